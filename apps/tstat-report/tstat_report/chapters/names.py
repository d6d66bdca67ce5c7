# SPDX-License-Identifier: BSD-3-Clause
"""Which services were used, by name."""

from __future__ import annotations

from typing import Optional

from .. import charts, words
from ..chapter import Chapter
from ..flows import NAME_SOURCES, Rows
from ..html import Child, Markup, join
from ..page import Options, note, number, shares, table
from ..rankings import Tally

_BYTES, _FLOWS, _DOWN, _UP, _FIRST_SOURCE = range(5)


class Names(Chapter):
    """Names of servers, by what they carried."""

    identifier = "names"
    title = "Names"
    wants = {"tcp": (), "udp": ()}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._tally = Tally(_FIRST_SOURCE + len(NAME_SOURCES))
        self._bytes = 0
        self._named_bytes = 0

    def add(self, rows: Rows) -> None:
        flows = rows.flows
        codes, names, sources = flows.names
        both = flows.c_bytes + flows.s_bytes
        self._bytes += int(both.sum())
        self._named_bytes += int(both[codes >= 0].sum())
        self._tally.add(codes, names, [both, codes >= 0, flows.s_bytes, flows.c_bytes,
                                       *(sources == i for i in range(len(NAME_SOURCES)))])

    def absent(self) -> str:
        return "no flow has a name: neither TLS, QUIC and HTTP name their servers, nor did clients look them up"

    def section(self) -> Optional[Markup]:
        top = self._tally.top(self.options.top)
        if not top:
            return None
        largest = max(sums[_BYTES] for _, _, sums in top)
        rows: list[list[Child]] = []
        for name, _, sums in top:
            known_by = [source for source, count in zip(NAME_SOURCES, sums[_FIRST_SOURCE:]) if count]
            rows.append([self.options.name(name), words.count(sums[_FLOWS]), words.size(sums[_DOWN]),
                         words.size(sums[_UP]),
                         join(words.share(sums[_BYTES], self._bytes), charts.bar(sums[_BYTES], largest)),
                         ", ".join(known_by)])
        about = "" if not self._tally.lost else (f" There are very many: sums may lack up to "
                                                 f"{words.bytes_text(self._tally.lost)} each.")
        return join(table(f"The {len(rows)} names with the most payload" if len(self._tally) > len(rows)
                          else "All names",
                          ["Name", number("Flows"), number("From servers"), number("From clients"),
                           shares("Share of the payload"),
                           "Known by"], rows, "top-names"),
                    note("Of ", words.plural(len(self._tally), "name"), "; ",
                         words.share(self._named_bytes, self._bytes),
                         " of the payload has one. TLS, QUIC: what the client asked for in its hello; HTTP: the Host "
                         "of the first request; DNS: what the client had looked up." + about))
