# SPDX-License-Identifier: BSD-3-Clause
"""Rows and bytes of each organisation."""

from __future__ import annotations

import re
from typing import Any, Optional

from . import raw_rows, results, terminal
from .places import Place, Places

_BYTES = ("c_bytes_all", "s_bytes_all", "c_bytes", "s_bytes")
_DRAWN = 20
_MOST_DIGITS = 20  # of a number of bytes


class Summary:
    """Lines of logs go in; a table comes out, of most bytes first."""

    def __init__(self, places: Places, side: str, wanted: Optional[re.Pattern[str]]) -> None:
        self._places = places
        self._side = side
        self._wanted = wanted
        self._layout: Optional[raw_rows.Layout] = None
        self._address = 0
        self._bytes: list[int] = []
        self._sums: dict[Place, list[int]] = {}

    def begin(self) -> None:
        """Another file."""
        self._layout = None

    def line(self, line: bytes) -> None:
        """A header line, which tells the columns, or a row."""
        if line.startswith(b"#"):
            self._layout = raw_rows.Layout(line)
            self._address, = self._layout.places([self._side])
            self._bytes = [self._layout.names.index(name) for name in _BYTES if name in self._layout.names]
            return
        if self._layout is None:
            return
        cells = line.split(self._layout.separator)
        if len(cells) <= self._address:
            return
        place = self._places.of(cells[self._address].decode("ascii", "replace"))
        if self._wanted is not None and not self._wanted.search(place.organisation or ""):
            return
        sums = self._sums.setdefault(place, [0, 0])
        sums[0] += 1
        for at in self._bytes:
            if at < len(cells) and cells[at].isdigit() and len(cells[at]) <= _MOST_DIGITS:
                sums[1] += int(cells[at])

    def _sorted(self) -> list[tuple[Place, list[int]]]:
        return sorted(self._sums.items(), key=lambda item: (-item[1][1], -item[1][0], item[0].organisation or "", item[0].asn or 0, item[0].country or ""))

    def result(self) -> results.Result:
        """A row for each organisation, network and country."""
        rows = [[_shown(place.organisation), place.asn, _shown(place.country), *sums] for place, sums in self._sorted()]
        return results.Result(["organisation", "asn", "country", "rows", "bytes"], rows)

    def drawing(self) -> results.Drawing:
        """Bars of those with most bytes."""
        drawn = [(_shown(place.organisation) or "(not known)", float(sums[1])) for place, sums in self._sorted()[:_DRAWN]]

        def text() -> str:
            return terminal.bars([name for name, _ in drawn], [value for _, value in drawn])

        def figure() -> Any:
            from . import plots
            made, axes = plots.figure()
            plots.named_bars(axes, [name for name, _ in drawn], [value for _, value in drawn])
            plots.large_numbers(axes.xaxis, "B")
            plots.title(axes, "Bytes of organisations")
            return made
        return results.Drawing(text, figure)


def _shown(text: Optional[str]) -> Optional[str]:
    return raw_rows.shown_text(text) if text else None
