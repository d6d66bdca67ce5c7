# SPDX-License-Identifier: BSD-3-Clause
"""The rules of layout that a program can check: folders form no circle, files and functions keep to their size.

style_test.py [TREE] [TEST...]: of the tree that the file is in if none is named."""
import sys
import tempfile
import unittest
from pathlib import Path

from rooms import contracted, cycles_of, edges_of, misplaced_of
from sizes import code_lines, functions

TREE = Path(sys.argv.pop(1) if len(sys.argv) > 1 and Path(sys.argv[1]).is_dir() else Path(__file__).parent / "../..").resolve()
MAX_FILE = 500  # lines of code
MAX_FUNCTION = 80  # lines from its signature to its closing brace


class RoomsOfFixtures(unittest.TestCase):
    def edges(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, includes in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("// Text.\n" + "".join(f'#include "{i}"\n' for i in includes), encoding="utf-8")
            return edges_of(folder)

    def test_one_way_is_no_cycle(self):
        edges = self.edges({"libtstat/tcp/a.h": ["flow/b.h", "tstat/t.h"], "libtstat/flow/b.h": ["tstat/t.h", "absl/c.h"],
                            "libtstat/include/tstat/t.h": []})
        self.assertEqual(set(edges), {("tcp", "flow"), ("tcp", "include"), ("flow", "include")})
        self.assertEqual(edges["tcp", "flow"], ["libtstat/tcp/a.h:2: flow/b.h"])
        self.assertEqual(cycles_of(edges), [])

    def test_a_cycle_of_two(self):
        edges = self.edges({"libtstat/tcp/a.h": ["tcp/a2.h", "flow/b.h"], "libtstat/tcp/a2.h": [],
                            "libtstat/flow/b.h": [], "libtstat/flow/b.cc": ["tcp/a2.h"]})
        self.assertEqual(cycles_of(edges), [(["flow", "tcp"], ["libtstat/flow/b.cc:2: tcp/a2.h",
                                                               "libtstat/tcp/a.h:3: flow/b.h"])])

    def test_a_cycle_of_three(self):
        edges = self.edges({"libtstat/a/a.h": ["b/b.h"], "libtstat/b/b.h": ["c/c.h"], "libtstat/c/c.h": ["a/a.h"],
                            "libtstat/d/d.h": ["a/a.h"]})
        self.assertEqual([group for group, _ in cycles_of(edges)], [["a", "b", "c"]])

    def test_a_folder_and_the_one_above_it_are_two_rooms(self):
        files = {"libtstat/l7/text.h": [], "libtstat/l7/tcp/a.h": ["l7/text.h"], "libtstat/l7/tls/b.h": ["l7/text.h"]}
        self.assertEqual(cycles_of(self.edges(files)), [])
        files["libtstat/l7/text.h"] = ["l7/tls/b.h"]
        self.assertEqual([group for group, _ in cycles_of(self.edges(files))], [["l7", "l7/tls"]])

    def test_a_cycle_that_only_first_folders_show(self):
        edges = self.edges({"libtstat/l7/tcp/a.h": ["rtp/r.h"], "libtstat/rtp/r.h": ["l7/udp/b.h"],
                            "libtstat/l7/udp/b.h": []})
        self.assertEqual(cycles_of(edges), [])
        self.assertEqual([group for group, _ in cycles_of(contracted(edges))], [["l7", "rtp"]])

    def test_what_no_room_may_include(self):
        edges = self.edges({"libtstat/include/tstat/t.h": ["flow/b.h"], "libtstat/flow/b.h": ["tstat-cli/run.h"],
                            "apps/tstat-cli/run.h": ["tstat/t.h", "flow/b.h", "startup/s.h"], "libtstat/startup/s.h": [],
                            "apps/tstat-cli/main.cc": ["tstat-cli/run.h"]})
        self.assertEqual(misplaced_of(edges), ["apps/tstat-cli/run.h:3: flow/b.h", "libtstat/flow/b.h:2: tstat-cli/run.h",
                                               "libtstat/include/tstat/t.h:2: flow/b.h"])


class SizesOfFixtures(unittest.TestCase):
    def names_and_lines(self, text):
        return [(f.name, f.line, f.lines) for f in functions(text)]

    def test_lines_of_code(self):
        self.assertEqual(code_lines("// Text.\n\n#include <a>\nint a;  // why\n/* more\n   of it */\nint b;\n"), 3)
        self.assertEqual(code_lines('const char* a = R"(one\n\ntwo)";\n'), 3)
        self.assertEqual(code_lines("int a;\n" * 501), 501)

    def test_a_long_function(self):
        text = "int F(int a) {\n" + "  ++a;\n" * 79 + "}\n"
        self.assertEqual(self.names_and_lines(text), [("F", 1, 81)])

    def test_where_functions_stand(self):
        text = """namespace a {
namespace {
template <typename T = int>
T G(T t) { return t; }
}  // namespace
class B : public C {
 public:
  explicit B(int n)
      : n_{n}, m_(n) {
    D();
  }
  ~B() override;
  bool operator==(const B& b) const { return n_ == b.n_; }

 private:
  struct E {
    int f() const {
      return 1;
    }
  };
  int n_ = {1};
};
B::~B() {}
std::vector<int> B::Values(int a,
                           int b) const {
  const auto add = [](int c) {
    return c;
  };
  return {add(a), b};
}
}  // namespace a
"""
        self.assertEqual(self.names_and_lines(text),
                         [("G", 3, 2), ("B", 8, 4), ("operator==", 13, 1), ("f", 17, 3), ("B::~B", 23, 1),
                          ("B::Values", 24, 7)])

    def test_what_is_no_function(self):
        for text in ("constexpr int kTable[] = {F(1),\n 2};\n", "enum class E : uint8_t { kA };\n",
                     "constexpr std::array<int, 3> kAll = [] {\n  return F(3);\n}();\n", "struct alignas(64) S {\n  int a;\n};\n",
                     "using A = int (*)(int);\n", "static_assert(sizeof(int) == 4);\n", "int n{3};\n"):
            self.assertEqual(self.names_and_lines(text), [], text)


class Tree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.edges = edges_of(TREE)
        cls.sources = [path for top in ("libtstat", "apps") for path in sorted((TREE / top).rglob("*"))
                       if path.suffix in (".h", ".cc")]

    def test_no_folders_form_a_cycle(self):
        self.assertGreater(len(self.edges), 50)
        for edges in (self.edges, contracted(self.edges)):
            self.assertEqual(cycles_of(edges), [])

    def test_nothing_includes_what_it_must_not(self):
        self.assertEqual(misplaced_of(self.edges), [])

    def test_files_keep_to_their_size(self):
        self.assertGreater(len(self.sources), 300)
        sizes = {str(path.relative_to(TREE)): code_lines(path.read_text(encoding="utf-8")) for path in self.sources}
        self.assertEqual({path: lines for path, lines in sizes.items() if lines > MAX_FILE}, {})

    def test_functions_keep_to_their_size(self):
        found = {f"{path.relative_to(TREE)}:{f.line}: {f.name}": f.lines
                 for path in self.sources for f in functions(path.read_text(encoding="utf-8"))}
        self.assertGreater(len(found), 1500)
        self.assertEqual({name: lines for name, lines in found.items() if lines > MAX_FUNCTION}, {})


if __name__ == "__main__":
    unittest.main()
