# SPDX-License-Identifier: BSD-3-Clause
"""The report as a whole: chapters look at all rows, then the page is put together."""

from __future__ import annotations

from typing import Iterable, Optional

import tstat

from . import charts, chapters, words
from .chapter import Chapter
from .chapters.traffic import Traffic
from .flows import Rows
from .html import Child, Markup, clean, element, foreign, join
from .page import Finding, Options, cards, document, findings_list, note, number, paragraph, table
from .sources import Read

_MOST_PROBLEMS = 20  # that are told one by one


class Report:
    """Takes rows, gives the page."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._chapters = chapters.all_of(options)
        self._readers: dict[str, list[Chapter]] = {}
        for chapter in self._chapters:
            for name in chapter.wants:
                self._readers.setdefault(name, []).append(chapter)

    def add(self, all_rows: Iterable[Rows]) -> None:
        """Looks at rows of all tables."""
        for rows in all_rows:
            for chapter in self._readers.get(rows.name, ()):
                chapter.add(rows)

    @property
    def traffic(self) -> Traffic:
        """The chapter that counts flows."""
        return next(chapter for chapter in self._chapters if isinstance(chapter, Traffic))

    def page(self, labels: list[str], read: Read) -> str:
        """The page, of what these arguments named."""
        options = self._options
        # In the order in which they stand there: who is told of first has the first number where names are left out.
        sections: list[tuple[str, str, Markup]] = []
        absent: list[tuple[str, str]] = []
        for chapter in self._chapters:
            content = chapter.section()
            if content is None:
                absent.append((chapter.title, chapter.absent()))
            else:
                sections.append((chapter.identifier, chapter.title, content))
        sections.insert(0, ("summary", "Summary", self._summary(read)))
        sections.append(("reading", "What was read", self._reading(read, absent)))
        about = f"{labels[0]}" + (f" and {len(labels) - 1} more" if len(labels) > 1 else "")
        if options.anonymous:
            about = "a network"
        return document(options.title or f"Traffic of {about}", self._subtitle(labels), sections, options.made)

    def _subtitle(self, labels: list[str]) -> Markup:
        traffic = self.traffic
        parts: list[Child] = []
        if traffic.begin is not None:
            parts += [words.time(traffic.begin), " to ", words.time(traffic.end)]
        if not self._options.anonymous and (len(labels) > 1 or self._options.title):
            shown = [foreign(label) for label in labels[:3]]
            listed = join(*(join(", " if i else "", label) for i, label in enumerate(shown)))
            more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
            parts += [" · " if parts else "", "of ", listed, more]
        return paragraph(*parts)

    def _summary(self, read: Read) -> Markup:
        findings = [finding for chapter in self._chapters for finding in chapter.findings()]
        if read.problems:
            findings.insert(0, Finding(2, join(words.plural(len(read.problems), "thing"), " went wrong or ", "was"
                                               if len(read.problems) == 1
                                               else "were", " odd while reading: figures may lack something."),
                                       "reading"))
        if self.traffic.total_flows == 0:
            findings.insert(0, Finding(2, Markup("There are no flows: what was read is empty, or has nothing of TCP or "
                                                 "UDP."), "reading"))
        shown = [card for chapter in self._chapters for card in chapter.cards()]
        return join(cards(shown) if self.traffic.total_flows else None, findings_list(findings))

    def _problems(self, read: Read) -> Optional[Markup]:
        if not read.problems:
            return None
        if self._options.anonymous:
            return paragraph(element("b", words.plural(len(read.problems), "problem")), " while reading.")
        entries = [element("li", clean(text)) for text in read.problems[:_MOST_PROBLEMS]]
        if len(read.problems) > _MOST_PROBLEMS:
            entries.append(element("li", f"and {len(read.problems) - _MOST_PROBLEMS} more"))
        return join(element("h3", "Problems while reading"), element("ul", *entries, id="problems"))

    def _packets(self, read: Read) -> list[Child]:
        dropped = sum(read.dropped.values())
        told: list[Child] = [words.plural(read.files["trace"], "trace"), ": ", words.plural(read.packets, "packet"),
                             ". "]
        if dropped:
            reasons = [f"{words.count_text(count)} {reason}" for reason, count in read.dropped.items()]
            told += ["Not analysed: ", words.count(dropped), " (", charts.sentence(reasons), "). "]
        if self.traffic.total_flows == 0 and read.packets > dropped:
            told.append("No packet that was analysed begins a flow: TCP connections are followed from their SYN on.")
        return told

    def _reading(self, read: Read, absent: list[tuple[str, str]]) -> Markup:
        rows: list[list[Child]] = []
        for name in sorted(read.rows):
            schema = tstat.schema(name)
            files = read.files.get(schema.log, 0)
            rows.append([schema.log or name, words.count(files) if files else "of a trace",
                         words.count(read.rows[name])])
        parts: list[Optional[Markup]] = [self._problems(read)]
        if rows:
            parts.append(table("Rows", ["Log", number("Files"), number("Rows")], rows, "rows"))
        if read.files.get("trace"):
            parts.append(note(*self._packets(read)))
        if absent:
            entries = [element("li", element("b", title), f": {why}.") for title, why in absent]
            parts.append(join(element("h3", "Not in this report"), element("ul", *entries, id="absent")))
        parts.append(note("Connections and figures are those that tstat measured at the probe. Quantiles of all flows "
                          "are exact to half a per "
                          "cent. What the words in the tables rest on: docs/report.md and docs/retransmissions.md of "
                          "tstat."))
        return join(*parts)
