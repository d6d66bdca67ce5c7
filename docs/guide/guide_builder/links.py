# SPDX-License-Identifier: BSD-3-Clause
"""Where links of the sources lead in the guide: to its pages, to those of the API, or nowhere."""
import pathlib
import posixpath
import re
from collections.abc import Callable

from .contents import Entry
from .pages import Page

LINK = re.compile(r'<a href="(?P<target>[^"]*)"(?P<more>[^>]*)>(?P<text>.*?)</a>', re.S)
MENTION = re.compile(r"<strong>(?P<name>[a-z][\w.-]*)</strong>\((?P<section>[1-8])\)")
HEADERS = ("libtstat/include/tstat/", "bindings/c/")

# What a place is called from a page: (page, target's path in the guide, anchor) -> href, or None where it cannot be linked.
Address = Callable[[Page, str, str], str | None]


class Links:
    def __init__(self, tree: pathlib.Path, entries: list[Entry], api: set[str]) -> None:
        self.tree = tree
        self.pages = {entry.source: entry.target for entry in entries}
        self.api = api  # names of the API's pages

    def place(self, source: str) -> str | None:
        """The page of the guide for a file or folder of the sources."""
        if source in self.pages:
            return self.pages[source]
        if source.startswith(HEADERS) and source.endswith(".h"):
            page = header_page(source)
            return f"api/{page}" if page in self.api else None
        if (self.tree / source).is_dir():
            for inside in self.pages:  # in the order of the contents
                if inside.startswith(source.rstrip("/") + "/"):
                    return self.pages[inside]
        return None

    def rewrite(self, page: Page, address: Address) -> str:
        def link(match: re.Match[str]) -> str:
            target = match["target"]
            if re.match(r"[a-z]+:", target):
                return f'<a href="{target}">{match["text"]}</a>'
            path, _, anchor = target.partition("#")
            source = page.entry.source
            if path:
                source = posixpath.normpath(posixpath.join(posixpath.dirname(page.entry.source), path))
            place = self.place(source)
            href = address(page, place, anchor) if place else None
            return f'<a href="{href}">{match["text"]}</a>' if href else match["text"]

        def mention(match: re.Match[str]) -> str:
            place = self.pages.get(f'docs/man/{match["name"]}.{match["section"]}')
            href = address(page, place, "") if place and place != page.entry.target else None
            return f'<a href="{href}">{match[0]}</a>' if href else match[0]

        return MENTION.sub(mention, LINK.sub(link, page.body))


def header_page(header: str) -> str:
    """What doxygen calls the page of a header."""
    return posixpath.basename(header).replace("_", "__").replace(".", "_8") + ".html"
