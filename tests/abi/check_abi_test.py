#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The check of the ABI sees what it should see, on a tree of two small headers."""
import contextlib, io, pathlib, shutil, subprocess, sys, tempfile, unittest
from unittest import mock

import check_abi
import surface

COMPILER = "c++"
PLAIN = """#pragma once
namespace tstat::inline v1 {
struct Options {
  int first = 0;
  double second = 0;
};
template <typename T>
struct Pair {
  T a, b;
};
}  // namespace tstat::inline v1
namespace tstat::internal {
struct Hidden {
  int a;
};
}  // namespace tstat::internal
"""


class Surface(unittest.TestCase):
    def test_classes(self):
        self.assertEqual(surface.classes(PLAIN), ["Options"])
        self.assertEqual(surface.classes("class TSTAT_EXPORT A : public B {\n};\nclass C;\nstruct D final {\n};\n"), ["A", "D"])


@unittest.skipUnless(shutil.which("abidiff"), "no abidiff")
class Check(unittest.TestCase):
    def setUp(self):
        self.tree = pathlib.Path(tempfile.mkdtemp(prefix="tstat-abi-test-"))
        self.addCleanup(shutil.rmtree, self.tree)
        (self.tree / "store").mkdir()
        (self.tree / "bindings" / "c").mkdir(parents=True)
        headers = self.tree / "libtstat" / "include" / "tstat"
        headers.mkdir(parents=True)
        self.header, self.version = headers / "options.h", headers / "version.h"
        self.header.write_text(PLAIN)
        self.version.write_text("#define TSTAT_API_VERSION 1\n")
        self.released(False)
        self.library(["a", "b", "c", "d", "e", "f", "g", "h"])
        self.assertEqual(self.check("--renew"), 0)
        self.assertEqual(self.check(), 0)

    def released(self, is_released):
        (self.tree / "CHANGELOG.md").write_text("## Unreleased\n" + ("## 1.0.0\n" if is_released else ""))

    def library(self, names, second=()):
        source, script = self.tree / "l.c", self.tree / "l.map"
        source.write_text("".join(f"int tstat_{n}(void) {{ return 0; }}\n" for n in [*names, *second]))
        nodes = [f"TSTAT_1 {{ global: {' '.join(f'tstat_{n};' for n in names)} local: *; }};\n"]
        if second:
            nodes.append(f"TSTAT_2 {{ global: {' '.join(f'tstat_{n};' for n in second)} }};\n")
        script.write_text("".join(nodes))
        subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(self.tree / "l.so"),
                        f"-Wl,--version-script={script}"], check=True)

    def check(self, *more):
        arguments = ["check_abi.py", "--compiler", COMPILER, "--library", str(self.tree / "l.so"), "--tree", str(self.tree),
                     "--store", str(self.tree / "store"), *more]
        self.output = io.StringIO()
        with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(self.output):
            return check_abi.main()

    def test_a_member_that_is_added(self):
        self.header.write_text(PLAIN.replace("  double second", "  int between = 0;\n  long more = 0;\n  double second"))
        self.assertEqual(self.check(), 1)
        self.assertIn("Options", self.output.getvalue())
        self.assertIn("tests/abi/renew", self.output.getvalue())
        self.assertEqual(self.check("--renew"), 0)
        self.assertEqual(self.check(), 0)

    def test_after_a_release_it_takes_another_namespace(self):
        self.released(True)
        self.header.write_text(PLAIN.replace("  int first", "  long more = 0;\n  int first"))
        for _ in range(2):
            self.assertEqual(self.check("--renew"), 1)
            self.assertIn("inline namespace", self.output.getvalue())
        self.header.write_text(self.header.read_text().replace("v1", "v2"))
        self.version.write_text("#define TSTAT_API_VERSION 2\n")
        self.assertEqual(self.check(), 1)  # what is stored must be renewed
        self.assertEqual(self.check("--renew"), 0)
        self.assertEqual(self.check(), 0)

    def test_what_is_inside_may_change(self):
        self.released(True)
        self.header.write_text(PLAIN.replace("  int a;", "  int a, b, c;"))
        self.assertEqual(self.check(), 0)

    def test_a_function_takes_another_node(self):
        self.released(True)
        names = ["a", "b", "c", "d", "e", "f", "g", "h"]
        self.library([*names, "more"])
        self.assertEqual(self.check("--renew"), 1)
        self.assertIn("tstat_more TSTAT_1", self.output.getvalue())
        self.library(names, ["more"])
        self.assertEqual(self.check("--renew"), 0)
        self.library(names[1:], ["more"])
        self.assertEqual(self.check("--renew"), 1)
        self.assertIn("exported no more: ['tstat_a TSTAT_1']", self.output.getvalue())

    def test_another_compiler(self):
        about = self.tree / "store" / "about.txt"
        about.write_text(about.read_text().replace("compiler: ", "compiler: another "))
        self.assertEqual(self.check(), check_abi.SKIPPED)


if __name__ == "__main__":
    unittest.main()
