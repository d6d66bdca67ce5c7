#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The users guide as it is made: every link leads somewhere, every page is there, what it tells to type exists.

  pages_test.py BUILD_DIR      where the programs are
"""
import filecmp, html, html.parser, os, pathlib, posixpath, re, shutil, subprocess, sys, tempfile, unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path()
GUIDE = SOURCE / "docs/guide"
DOXYGEN = shutil.which("doxygen")
# Programs whose options the guide is compared with; tstat-log and others have commands with options of their own.
PROGRAMS = {"tstat": "tstat-cli/tstat", "tstat-ship": "tstat-ship/tstat-ship", "tstat-decrypt": "tstat-decrypt/tstat-decrypt",
            "tstat-rrd-merge": "tstat-rrd-merge/tstat-rrd-merge", "tstat-stack": "tstat-stack/tstat-stack",
            "tstat-drop-days": "tstat-drop-days/tstat-drop-days"}


def build(*arguments, **more):
    command = [sys.executable, GUIDE / "build", *([] if DOXYGEN else ["--no-api"]), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, **more)


class Reader(html.parser.HTMLParser):
    """What a page has of links, places, and the marks that programs which read aloud go by."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loaded, self.places, self.tags = [], [], set(), []
        self.code, self.title, self._open = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append((tag, values))
        for name in ("id", "name"):
            if name == "id" or tag == "a":
                self.places.add(values.get(name))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag in {"link", "img", "script", "iframe", "source"}:
            self.loaded.append(values.get("href") or values.get("src"))
        if tag not in {"meta", "link", "img", "br", "hr", "input", "col", "wbr", "area"}:
            self._open.append(tag)
        if tag == "pre":
            self.code.append("")

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "pre" in self._open:
            self.code[-1] += data
        if self._open and self._open[-1] == "title":
            self.title += data


def dead_links(pages, files):
    """Links of pages, by name, that lead to no page, or to none of its places."""
    dead = []
    for name, page in pages.items():
        for link in page.links + page.loaded:
            if re.match(r"(https?|mailto):", link):
                continue
            path, _, place = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if target not in files or (place and target in pages and html.unescape(place) not in pages[target].places):
                dead.append(f"{name}: {link}")
    return dead


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.work = pathlib.Path(temporary.name)
        cls.guide = cls.work / "guide"
        made = build(cls.guide)
        assert made.returncode == 0 and not made.stdout, made.stdout
        cls.files = {str(file.relative_to(cls.guide)): file for file in cls.guide.rglob("*") if file.is_file()}
        cls.pages = {name: Reader(file.read_text()) for name, file in cls.files.items() if name.endswith(".html")}
        cls.own = {name: page for name, page in cls.pages.items() if not name.startswith("api/")}

    def test_every_link_leads_to_a_place(self):
        self.assertGreater(sum(len(page.links) for page in self.own.values()), 2000)
        self.assertEqual(dead_links(self.pages, self.files), [])

    def test_links_that_lead_nowhere_are_seen(self):
        pages = {"a/x.html": Reader('<a href="../b.html#one">'), "b.html": Reader('<p id="two"><a href="c.html"><a href="#two">')}
        self.assertEqual(dead_links(pages, set(pages)), ["a/x.html: ../b.html#one", "b.html: c.html"])

    def test_nothing_comes_from_elsewhere(self):
        for name, page in self.pages.items():
            self.assertFalse([tag for tag, _ in page.tags if tag in {"script", "iframe"}], name)
            self.assertFalse([address for address in page.loaded if re.match(r"[a-z]+:|//", address)], name)
            self.assertFalse([name for _, values in page.tags for name in values if name.startswith("on")], name)
        for name, file in self.files.items():
            if name.endswith(".css"):
                self.assertNotRegex(file.read_text(), r"@import|url\(\s*['\"]?(https?:|//)", name)

    def test_every_page_of_docs_is_there_or_left_out(self):
        text = (GUIDE / "contents").read_text()
        left_out = set(text.partition("= Left out\n")[2].split())
        self.assertEqual({page for page in left_out if not (SOURCE / page).is_file()}, set())
        titles = {html.unescape(re.sub("<[^>]*>", "", re.search(r"<h1>(.*?)</h1>", self.files[name].read_text())[1])) for name in self.own}
        for page in [*(SOURCE / "docs").glob("*.md"), *(SOURCE / "docs/logs").glob("*.md")]:
            if str(page.relative_to(SOURCE)) not in left_out:
                self.assertIn(page.read_text().partition("\n# ")[2].partition("\n")[0] if page.read_text().startswith("<!--")
                              else page.read_text().partition("\n")[0].removeprefix("# ").replace("`", ""), titles)
        for page in (SOURCE / "docs/man").iterdir():
            self.assertIn(f"{page.stem}({page.suffix[1:]})", titles)

    def test_every_page_can_be_reached_from_the_first(self):
        seen, waiting = set(), ["index.html"]
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.own:
                continue
            seen.add(name)
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), link.partition("#")[0])) for link in self.own[name].links]
        self.assertEqual(seen, set(self.own))

    def test_marks_for_reading_aloud(self):
        titles = set()
        for name, page in self.own.items():
            tags = [tag for tag, _ in page.tags]
            self.assertEqual((tags.count("main"), tags.count("h1"), tags.count("header")), (1, 1, 1), name)
            self.assertIn(("html", {"lang": "en"}), page.tags)
            self.assertTrue(all("aria-label" in values for tag, values in page.tags if tag == "nav"), name)
            self.assertTrue(all(values.get("alt") for tag, values in page.tags if tag == "img"), name)
            levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
            self.assertTrue(all(after - before <= 1 for before, after in zip(levels, levels[1:])), f"{name}: {levels}")
            self.assertNotIn(page.title, titles, name)
            titles.add(page.title)
            self.assertIn(page.links[0], {"#main"}, name)

    def test_options_that_are_typed_exist(self):
        lines = [(name, line) for name, page in self.own.items() for block in page.code
                 for line in re.sub(r"\\\n\s*", " ", block).splitlines()]
        checked = 0
        known = {}
        for name, line in lines:
            command = re.match(r"\s*(?:[$#] )?(?:sudo )?(?:/\S*/)?(tstat(?:-[a-z]+)*) (.*)", re.split(r"\s+# |[|;>]", line)[0])
            if not command or command[1] not in PROGRAMS or not re.search(r"(^| )-", command[2]):
                continue
            program = BUILD / "apps" / PROGRAMS[command[1]]
            if not program.exists():
                continue  # not built
            if program not in known:
                text = subprocess.run([program, "--help"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
                known[program] = set(re.findall(r"(?<![\w-])--?[\w][\w-]*", text))
            words = re.sub(r"'[^']*'|\"[^\"]*\"", "X", command[2]).split()
            for option in (word.partition("=")[0] for word in words if re.fullmatch(r"--?[A-Za-z0-9][\w-]*(=.*)?", word)):
                joined = not option.startswith("--") and len(option) > 2
                for single in ([f"-{letter}" for letter in option[1:]] if joined else [option]):
                    self.assertIn(single, known[program], f"{name}: {line}")
                    checked += 1
        self.assertGreater(checked, 100)

    def test_files_that_are_shown_are_taken(self):
        """A block that begins with the name of a file is one; the command lines beside it read it, and tstat finds no fault."""
        program = BUILD / "apps" / PROGRAMS["tstat"]
        checked = 0
        for name in ("migrating.html", "first-steps.html"):
            folder = self.work / "files" / name
            folder.mkdir(parents=True)
            shutil.copy(SOURCE / "packaging/etc/rrd.conf", folder)
            for block in self.own[name].code:
                first = re.match(r"# ([\w-]+\.conf)\b", block)
                if first or block.startswith("include "):
                    (folder / (first[1] if first else "histo.conf")).write_text(block)
                elif re.match(r"[\d.]+/\d+\n", block):
                    (folder / "nets.conf").write_text(block)
            for line in "\n".join(self.own[name].code).splitlines():
                command = re.match(r"(?:/opt/tstat/bin/)?tstat (?=.*-l )(.*)", line)
                if command:
                    words = [word for word in command[1].split() if word != "--check-config"]
                    run = subprocess.run([program, "--check-config", *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         encoding="utf-8", check=False)
                    self.assertEqual(run.returncode, 0, f"{line}\n{run.stdout}")
                    self.assertRegex(run.stdout, r"# internal networks: +\w+\.conf, [23] entries")
                    checked += 1
        self.assertGreaterEqual(checked, 5)

    def test_nothing_of_this_machine(self):
        for name, file in self.files.items():
            data = file.read_bytes()
            for path in {str(SOURCE), str(self.work), str(BUILD), os.path.expanduser("~")} - {"/"}:
                at = data.find(path.encode() + b"/")
                self.assertEqual(at, -1, f"{name}: {data[max(0, at - 40):at + 80]!r}")

    def test_the_same_twice(self):
        other = self.work / "other place"
        other.mkdir()
        made = build("../again", cwd=other, env={**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"})
        self.assertEqual((made.returncode, made.stdout), (0, ""))
        again = self.work / "again"
        self.assertEqual(set(self.files), {str(file.relative_to(again)) for file in again.rglob("*") if file.is_file()})
        self.assertEqual(filecmp.cmpfiles(self.guide, again, sorted(self.files), shallow=False)[1:], ([], []))


class Mistakes(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.work = pathlib.Path(temporary.name)

    def said(self, contents, out="out"):
        (self.work / "contents").write_text(contents)
        made = build("--contents", self.work / "contents", "--no-api", self.work / out)
        self.assertEqual(made.returncode, 1)
        self.assertFalse((self.work / "out").exists())
        return made.stdout.replace(f"{self.work}/", "")

    def test_contents(self):
        self.assertEqual(self.said("= A\ndocs/nothing.md\n"), "build: contents:2: docs/nothing.md: no such page\n")
        self.assertEqual(self.said("docs/live.md\n"), "build: contents:1: a page before the first part\n")
        self.assertEqual(self.said("= A\ndocs/live.md\n\ndocs/live.md\n"), "build: contents:4: docs/live.md: stands here twice\n")

    def test_a_folder_that_is_no_guide_stays(self):
        (self.work / "mine").mkdir()
        (self.work / "mine/file").write_text("x")
        self.assertEqual(self.said("= A\ndocs/live.md\n", "mine"), "build: mine: is there, and no guide\n")
        self.assertEqual((self.work / "mine/file").read_text(), "x")

    def test_a_page_that_stands_nowhere_comes_at_the_end(self):
        sys.path.insert(0, str(GUIDE))
        from guide_builder.contents import read_contents  # pylint: disable=import-outside-toplevel
        tree = self.work / "tree"
        (tree / "docs/guide").mkdir(parents=True)
        for name in ("one", "two", "three"):
            (tree / f"docs/{name}.md").write_text(f"# {name}\n")
        (tree / "docs/guide/contents").write_text("= A\ndocs/two.md\n= Left out\ndocs/three.md\n")
        parts = read_contents(tree, tree / "docs/guide/contents")
        self.assertEqual([(part.title, [entry.source for entry in part.entries]) for part in parts],
                         [("A", ["docs/two.md"]), ("Further pages", ["docs/one.md"])])


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
