# SPDX-License-Identifier: BSD-3-Clause
"""Which servers let their clients wait."""

from __future__ import annotations

from typing import Optional

import numpy as np

from .. import words
from ..chapter import Chapter
from ..flows import Rows
from ..html import Child, Markup, join
from ..page import Finding, Options, note, number, table
from ..rankings import Timings, median
from ..sketches import COARSE_TIMES, Spread

_ANSWER, _WAY = range(2)
_SLOW_NS = 1e9  # of which the summary tells


class SlowServers(Chapter):
    """From what the client asks to the first byte of the answer, by server."""

    identifier = "slow-servers"
    title = "Slow servers"
    wants = {"tcp": ("c_first", "s_first", "c_rtt_avg")}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._servers = Timings(2)
        self.answers = Spread()

    def add(self, rows: Rows) -> None:
        if not rows.has("c_first", "s_first", "s_ip"):
            return
        wait = rows.column("s_first") - rows.column("c_first")
        # Where the server speaks first (SSH, SMTP) there is no question to wait for.
        asked = rows.valid("c_first") & rows.valid("s_first") & (wait > 0)
        self.answers.add(wait[asked])
        places, keys, names = rows.flows.endpoints
        self._servers.add(np.where(asked, places, -1), keys, _ANSWER, wait, names)
        way = rows.valid("c_rtt_avg") & asked
        self._servers.add(np.where(way, places, -1), keys, _WAY, rows.column("c_rtt_avg"), names)
        self._servers.prune()

    def findings(self) -> list[Finding]:
        slow = [entry for entry in self._servers.slowest(50, self.options.samples)
                if median(entry[2][_ANSWER]) >= _SLOW_NS]
        if not slow:
            return []
        return [Finding(1, join(words.plural(len(slow), "server") if len(slow) < 50 else "Many servers",
                                " of those with at least ",
                                words.plural(self.options.samples, "connection"), " let clients wait more than ",
                                words.duration_text(_SLOW_NS), " for the first byte, as often as not."),
                        self.identifier)]

    def section(self) -> Optional[Markup]:
        if not self.answers.count:
            return None
        rows: list[list[Child]] = []
        for key, name, counts in self._servers.slowest(self.options.top, self.options.samples):
            address, port = key.rsplit(" ", 1)
            way = words.duration(median(counts[_WAY])) if counts[_WAY].sum() else "–"
            rows.append([self.options.endpoint(address, int(port)), self.options.name(name),
                         words.count(int(counts[_ANSWER].sum())),
                         words.duration(median(counts[_ANSWER])),
                         words.duration(COARSE_TIMES.quantile(counts[_ANSWER], 0.9, 0.0, self.answers.largest)), way])
        least = self.options.samples
        explained = note("From the client's first payload to the server's first payload, as the probe sees it: the way "
                         "to the server and back, "
                         "and what the server needs to begin its answer. Over TLS that is the handshake's first "
                         "answer. Where the wait is much "
                         "longer than the round-trip time, it is the server and not the path. Of all connections the "
                         "median is ",
                         words.duration(self.answers.quantile(0.5)), ", and nine in ten have at most ",
                         words.duration(self.answers.quantile(0.9)),
                         ". Medians of single servers are exact to some per cent.")
        if not rows:
            return join(note(f"No server has {least} connections whose client asked first, so none is compared with "
                             "others."), explained)
        return join(table(f"Servers whose answers begin latest, of those with at least {least} connections",
                          ["Server", "A name of it", number("Connections"), number("Wait, median"),
                           number("Wait, 90 %"),
                           number("Round trip, median")], rows, "slowest"), explained)

    def absent(self) -> str:
        return "no TCP flow has a question and its answer"
