#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The pages as they are installed: all are there, and each relative link leads to a page and a heading.

  pages_test.py [FOLDER]       FOLDER: where they were installed; without it they are made as an installation does
"""
import pathlib, re, subprocess, sys, tempfile, unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOLDER = None


def anchors(text):
    """What the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_links(text):
    text = re.sub(r"\[[^]]*\]\([^)]*extending\.md[^)]*\)", "`docs/extending.md` of the sources", text)
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)


class InstalledPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = FOLDER
        if cls.folder is None:
            temporary = tempfile.TemporaryDirectory()
            cls.addClassCleanup(temporary.cleanup)
            cls.folder = pathlib.Path(temporary.name)
            subprocess.run(["cmake", "-D", f"SOURCE={SOURCE}", "-D", f"TO={cls.folder}", "-P",
                            SOURCE / "cmake/installed_pages.cmake"], check=True)
        cls.pages = {page.relative_to(cls.folder): page.read_text() for page in cls.folder.rglob("*.md")}

    def test_all_are_there(self):
        docs = SOURCE / "docs"
        wanted = {page.relative_to(docs) for part in ("*.md", "logs/*.md") for page in docs.glob(part)}
        wanted -= {pathlib.Path("extending.md")}
        self.assertEqual(set(self.pages), wanted | {pathlib.Path("CHANGELOG.md")})

    def test_links_lead_somewhere(self):
        links = 0
        for page, text in self.pages.items():
            for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", re.sub(r"(?s)```.*?```", "", text)):
                if "://" in target or not (target or anchor):
                    continue
                links += 1
                path = (self.folder / page.parent / target if target else self.folder / page).resolve()
                self.assertTrue(path.is_file(), f"{page}: {target}")
                if anchor:
                    self.assertIn(anchor, anchors(path.read_text()), f"{page}: {target}")
        self.assertGreater(links, 60)

    def test_nothing_but_links_is_changed(self):
        for page, text in self.pages.items():
            source = (SOURCE / ("." if page.name == "CHANGELOG.md" else "docs") / page).read_text()
            self.assertEqual(without_links(text), without_links(source), page)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        FOLDER = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
