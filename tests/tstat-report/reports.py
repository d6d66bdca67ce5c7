# SPDX-License-Identifier: BSD-3-Clause
"""How the tests run the program, read its pages (by Python's parser, strictly), and read logs without it."""

import gzip
import html.parser
import os
import pathlib
import subprocess
import tempfile
import unittest

import forked
import tstat  # noqa: F401  that each run has it
from tstat_report import report  # noqa: F401
from tstat_report.main import main

SOURCE = pathlib.Path(os.environ["TSTAT_SOURCE_DIR"])
PACKAGE = SOURCE / "apps/tstat-report/tstat_report"
TSTAT = os.environ["TSTAT_COMMAND"]
PROGRAM = os.environ["TSTAT_REPORT"]
TRACES = SOURCE / "tests/traces"
NETWORKS = TRACES / "networks.conf"
VOID = {"meta", "link", "br", "hr", "col"}


def run(*arguments, folder="/"):
    """The exit status, what is written, and what is said."""
    return forked.run(main, "tstat-report", arguments, {}, folder=folder)


class Element:
    """Of a page: its name, attributes, children."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.parent, self.children = tag, parent, []
        self.attributes = {name: value or "" for name, value in attributes}

    @property
    def text(self):
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def plain(self):
        return " ".join(self.text.replace("\u00a0", " ").split())

    def walk(self):
        for child in self.children:
            if not isinstance(child, str):
                yield child
                yield from child.walk()

    def all(self, tag, **attributes):
        return [e for e in self.walk() if e.tag == tag and
                all(e.attributes.get(name.rstrip("_").replace("_", "-")) == value
                    for name, value in attributes.items())]

    def value(self):
        """What stands in it for programs, else its text."""
        data = self.all("data")
        if not data:
            return self.plain
        number = data[0].attributes["value"]
        return float(number) if "." in number or "e" in number else int(number)


class Page(html.parser.HTMLParser):
    """A report; fails where an element is not closed, or another than the last one is, or an attribute stands twice."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.source = text
        self.at = self.root = Element("", (), None)
        self.feed(text)
        self.close()
        if self.at is not self.root:
            raise AssertionError(f"{self.at.tag} is not closed")

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if len(set(names)) != len(names):
            raise AssertionError(f"an attribute stands twice: {attributes}")
        element = Element(tag, attributes, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_endtag(self, tag):
        if self.at.tag != tag:
            raise AssertionError(f"{self.at.tag} is closed by {tag}, line {self.getpos()[0]}")
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)

    def by_id(self, identifier):
        found = [e for e in self.root.walk() if e.attributes.get("id") == identifier]
        assert len(found) == 1, (identifier, len(found))
        return found[0]

    def has(self, identifier):
        return any(e.attributes.get("id") == identifier for e in self.root.walk())

    def table(self, identifier):
        """Rows, each a dict of cells by head."""
        made = self.by_id(identifier)
        heads = [e.plain for e in made.all("thead")[0].all("th")]
        return [dict(zip(heads, [c.value() for c in row.children], strict=True))
                for row in made.all("tbody")[0].all("tr")]

    def cards(self):
        """Key figures by name: the figure, and what stands below it."""
        found = {}
        for card in self.root.all("dl", class_="cards")[0].all("div"):
            below = card.all("dd", class_="below")
            found[card.all("dt")[0].plain] = (card.all("dd", class_="figure")[0].value(), below[0].plain if below
                                              else "")
        return found

    def findings(self):
        """Level and text of each."""
        return [(e.all("b")[0].plain, e.all("span")[0].plain) for e in self.root.all("ul",
                                                                                     class_="findings")[0].all("li")]

    def figure(self, identifier):
        """Of a chart its text."""
        return " ".join(self.by_id(f"{identifier}-d").plain.split())


def analyse(folder, *traces, options=(), runtime="[log]\nlog_http_complete = 1\n"):
    """The session directory of an analysis, with all text logs."""
    file = pathlib.Path(folder, "runtime.conf")
    file.write_text(runtime, encoding="utf-8")
    subprocess.run([TSTAT, "-N", str(NETWORKS), "-T", str(file), "-s", f"{folder}/out", *options, *map(str, traces)],
                   check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"TZ": "UTC"})
    return next(pathlib.Path(folder, "out").glob("*.out"))


def rows_of(*logs):
    """The rows of text logs, each a dict of texts."""
    rows = []
    for log in logs:
        data = gzip.open(log).read() if str(log).endswith(".gz") else pathlib.Path(log).read_bytes()
        names = None
        for line in data.decode().splitlines():
            if line.startswith("#"):
                names = [name.rsplit(":", 1)[0] for name in line.split("#")[-1].split()]
            else:
                rows.append(dict(zip(names, line.split(" "), strict=True)))
    return rows


class WithReports(unittest.TestCase):
    """Tests with a folder of their own, and reports made there."""

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name)

    def page(self, *arguments, status=0):
        """The page that these arguments make, and what is said."""
        got, out, said = run(*arguments, "-o", "-", folder=self.folder)
        self.assertEqual(got, status, said)
        self.assertNotIn("Traceback", said)
        self.said = said
        return Page(out)

    def fails(self, status, *arguments):
        """What a run says that makes no page."""
        got, out, said = run(*arguments, folder=self.folder)
        self.assertEqual((got, out), (status, ""), out + said)
        self.assertNotIn("Traceback", said)
        return said
