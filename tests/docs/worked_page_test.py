# SPDX-License-Identifier: BSD-3-Clause
"""Where a page's blocks of code go, and what is wrong when they have no place. Also: those of docs/extending.md have one."""
import pathlib, shutil, tempfile, unittest

import worked_page

TREE = pathlib.Path(__file__).resolve().parents[2]


def block(where, code):
    return f"<!-- {where} -->\n```cpp\n{code}```\n"


class WorkedPage(unittest.TestCase):
    def setUp(self):
        self.tree = pathlib.Path(tempfile.mkdtemp(prefix="tstat-page-"))
        self.addCleanup(shutil.rmtree, self.tree)
        (self.tree / "table.cc").write_text("a\nb\nc\n")

    def apply(self, *blocks):
        worked_page.apply(worked_page.edits_of("A page.\n" + "".join(blocks)), self.tree)

    def test_places(self):
        self.apply(block("in table.cc after b", "new\n"), block("in table.cc instead of c", "d\n"), block("new file e.h", "e\n"))
        self.assertEqual((self.tree / "table.cc").read_text(), "a\nb\nnew\nd\n")
        self.assertEqual((self.tree / "e.h").read_text(), "e\n")

    def test_later_ones_see_the_earlier(self):
        self.apply(block("in table.cc after b", "new\n"), block("in table.cc after new", "newer\n"))
        self.assertEqual((self.tree / "table.cc").read_text(), "a\nb\nnew\nnewer\nc\n")

    def test_a_place_is_one_line(self):
        for anchor in ("x", ""):
            with self.assertRaises(ValueError):
                self.apply(block(f"in table.cc after {anchor}", "new\n"))
        (self.tree / "table.cc").write_text("a\na\n")
        with self.assertRaisesRegex(ValueError, "2 lines have 'a'"):
            self.apply(block("in table.cc after a", "new\n"))

    def test_a_new_file_is_new(self):
        with self.assertRaisesRegex(ValueError, "there already"):
            self.apply(block("new file table.cc", "new\n"))

    def test_code_without_a_place(self):
        with self.assertRaisesRegex(ValueError, "1 blocks of code, but 0"):
            self.apply("\n```cpp\nint x;\n```\n")

    def test_extending_has_a_place_for_all(self):
        shutil.copytree(TREE / "libtstat", self.tree / "libtstat")
        edits = worked_page.edits_of((TREE / "docs/extending.md").read_text())
        worked_page.apply(edits, self.tree)
        self.assertGreater(len(edits), 12)
        for edit in edits:
            self.assertIn(edit.code, (self.tree / edit.path).read_text())


if __name__ == "__main__":
    unittest.main()
