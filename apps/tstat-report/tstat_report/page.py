# SPDX-License-Identifier: BSD-3-Clause
"""The page: its head, its parts, tables, and what all chapters ask of it."""

from __future__ import annotations

import base64
import hashlib
import pathlib
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence, Union

from . import words
from .html import Child, Markup, clean, element, foreign, join

STYLE = pathlib.Path(__file__).with_name("style.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Finding:
    """A sentence at the top. Level 2: look at this first; 1: worth knowing; 0: as it should be."""

    level: int
    text: Markup
    chapter: str  #: where more is told


@dataclass
class Options:
    """What the user asked for."""

    title: str = ""
    top: int = 10
    samples: int = 5  #: that a server needs to be compared with others
    anonymous: bool = False
    made: Optional[int] = None  #: when, ns; None: not told
    _numbers: dict[str, dict[str, int]] = field(default_factory=dict)

    def _stands_for(self, kind: str, text: str) -> str:
        known = self._numbers.setdefault(kind, {})
        return f"{kind} {known.setdefault(text, len(known) + 1)}"

    def host(self, address: str) -> Markup:
        """An address, or what stands for it."""
        return element("span", self._stands_for("host", address) if self.anonymous else short_address(address),
                       class_="host")

    def name(self, text: str) -> Markup:
        """A name of a server, or what stands for it; a dash for none."""
        if not text:
            return element("span", "–", class_="none", aria_label="no name")
        return Markup(self._stands_for("name", text)) if self.anonymous else foreign(text)

    def endpoint(self, address: str, port: int) -> Markup:
        """Address and port."""
        host = self.host(address)
        if not self.anonymous and ":" in address:
            return join("[", host, f"]:{port}")
        return join(host, f":{port}")

    def flow(self, row: Sequence[Any]) -> list[Child]:
        """Cells of what Flows.describe gave: client, server, name, begin."""
        client, c_port, server, s_port, name, begin = row[:6]
        return [self.endpoint(client, c_port), self.endpoint(server, s_port), self.name(name),
                words.time(begin, with_zone=False)]


def short_address(text: str) -> str:
    """An address as it is written by people: 2001:db8::1."""
    import ipaddress
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return clean(text)


@dataclass(frozen=True)
class Column:
    """The head of a column: its name, and how its cells look."""

    name: str
    look: Optional[str] = None  #: n: numbers, at the right; share: a figure and a bar; words: sentences
    tip: str = ""


def table(caption: str, columns: Sequence[Union[str, Column]], rows: Sequence[Sequence[Child]],
          identifier: Optional[str] = None,
          note: Child = None) -> Markup:
    """A table with heads; the first cell of a row is its head. In a frame that can be moved where it is too wide."""
    heads = [c if isinstance(c, Column) else Column(c) for c in columns]
    top = element("tr", *(element("th", h.name, scope="col", class_=h.look, title=h.tip or None) for h in heads))
    body = []
    for row in rows:
        cells = [element("th" if i == 0 else "td", cell, scope="row" if i == 0 else None, class_=heads[i].look)
                 for i, cell in enumerate(row)]
        body.append(element("tr", *cells))
    made = element("table", element("caption", caption), element("thead", top), element("tbody", *body), id=identifier)
    return join(element("div", made, class_="scroll", tabindex=0, role="region", aria_label=caption),
                element("p", note, class_="note") if note else None)


def number(name: str, tip: str = "") -> Column:
    """A column of numbers."""
    return Column(name, "n", tip)


def shares(name: str) -> Column:
    """A column of shares, each with its bar."""
    return Column(name, "share")


def sentences(name: str) -> Column:
    """A column of sentences."""
    return Column(name, "words")


def paragraph(*children: Child) -> Markup:
    """Text."""
    return element("p", *children)


def note(*children: Child) -> Markup:
    """What explains."""
    return element("p", *children, class_="note")


def cards(entries: Sequence[tuple[str, Child, Child]]) -> Markup:
    """Key figures: name, figure, what is said below."""
    return element("dl", *(element("div", element("dt", name), element("dd", figure, class_="figure"),
                                   element("dd", below, class_="below") if below else None)
                           for name, figure, below in entries),
                   class_="cards")


_LEVELS = {2: ("look", "Look"), 1: ("note", "Note"), 0: ("fine", "Fine")}


def findings_list(findings: Sequence[Finding]) -> Markup:
    """The findings, the ones to look at first."""
    entries = []
    for finding in sorted(findings, key=lambda f: -f.level):
        kind, word = _LEVELS[finding.level]
        entries.append(element("li", element("b", word, class_="level"), " ",
                               element("span", finding.text, " ", element("a", "More", href=f"#{finding.chapter}",
                                                                           aria_label=f"More: {finding.chapter}"))
                               if finding.chapter else element("span", finding.text), class_=kind))
    return element("ul", *entries, class_="findings")


def document(title: str, subtitle: Markup, sections: Sequence[tuple[str, str, Markup]], made: Optional[int]) -> str:
    """The whole file. Sections: identifier, title, content. Nothing in it asks for anything outside of it."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    head = element("head", element("meta", charset="utf-8"),
                   element("meta", http_equiv="Content-Security-Policy", content=policy),
                   element("meta", name="viewport", content="width=device-width, initial-scale=1"),
                   element("meta", name="referrer", content="no-referrer"),
                   element("meta", name="generator", content="tstat-report"),
                   element("meta", name="color-scheme", content="light dark"),
                   element("link", rel="icon", href="data:,"),
                   element("title", clean(title)), element("style", Markup(STYLE)))
    links = [element("li", element("a", name, href=f"#{identifier}")) for identifier, name, _ in sections]
    parts = [element("section", element("h2", name, id=f"{identifier}-h"), content, id=identifier,
                     aria_labelledby=f"{identifier}-h")
             for identifier, name, content in sections]
    said = [join(" Made ", words.time(made), ".")] if made is not None else []
    body = element("body", element("a", "To the report", href="#main", class_="skip"),
                   element("header", element("h1", foreign(title)), subtitle),
                   element("nav", element("ul", *links), aria_label="Parts of the report"),
                   element("main", *parts, id="main"),
                   element("footer", paragraph("By tstat-report, of what tstat measured. Times are UTC; k, M and G are "
                                               "powers of a thousand; bytes are payload, without headers.", *said)))
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"
