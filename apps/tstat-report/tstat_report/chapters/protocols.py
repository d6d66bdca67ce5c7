# SPDX-License-Identifier: BSD-3-Clause
"""What was spoken, as tstat recognised it."""

from __future__ import annotations

from typing import Optional

import numpy as np

import tstat

from .. import charts, words
from ..chapter import FLOW_TABLES, Chapter
from ..flows import Array, Rows
from ..html import Child, Markup, join
from ..page import Options, note, number, shares, table
from ..rankings import Tally

# Of several connection types of a flow the last one here says the most.
_ORDER = ("mse", "obfuscated_ed2k", "rtmp", "http", "rtsp", "rtp", "icy", "rtcp", "msn", "ymsg", "xmpp", "smtp", "pop3",
          "imap", "tls",
          "facebook_zero", "ssh", "p2p", "skype")
_UNKNOWN = "not recognised"


def _meanings(table: str, column: str) -> dict[int, str]:
    """Codes in words, without what stands in brackets."""
    return {code.value: (code.meaning or code.name).split(" (")[0].split(":")[0].replace("`", "")
            for code in tstat.schema(table)[column].codes}


class Protocols(Chapter):
    """Classes of TCP and UDP flows."""

    identifier = "protocols"
    title = "Protocols"
    wants = {"tcp": ("con_t", "p2p_t"), "tcp_nocomplete": ("con_t", "p2p_t"), "udp": ("c_type", "s_type")}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._tally = Tally(4)
        self._bytes = 0
        self._types = {code.name: (code.value, (code.meaning or code.name).split(" (")[0])
                       for code in tstat.schema("tcp")["con_t"].codes}
        self._p2p = _meanings("tcp", "p2p_t")
        self._udp = _meanings("udp", "c_type")

    def _tcp_classes(self, rows: Rows) -> tuple[Array, list[str]]:
        con_t, p2p_t = rows.column("con_t").astype(np.int64), rows.column("p2p_t").astype(np.int64)
        pairs, places = np.unique(con_t << 16 | p2p_t, return_inverse=True)
        names = []
        for pair in pairs.tolist():
            known = [name for name in _ORDER if pair >> 16 & self._types[name][0]]
            if not known:
                names.append(f"TCP {_UNKNOWN}")
            elif known[-1] == "p2p":
                names.append(f"TCP {self._p2p.get(pair & 0xFFFF, 'P2P') if pair & 0xFFFF else 'P2P'}")
            else:
                names.append(f"TCP {self._types[known[-1]][1]}")
        return places, names

    def _udp_classes(self, rows: Rows) -> tuple[Array, list[str]]:
        client, server = rows.column("c_type").astype(np.int64), rows.column("s_type").astype(np.int64)
        numbers, places = np.unique(np.where(client != 0, client, server), return_inverse=True)
        return places, [f"UDP {self._udp.get(value, str(value)) if value else _UNKNOWN}" for value in numbers.tolist()]

    def add(self, rows: Rows) -> None:
        flows = rows.flows
        places, names = self._tcp_classes(rows) if flows.is_tcp else self._udp_classes(rows)
        both = flows.c_bytes + flows.s_bytes
        self._bytes += int(both.sum())
        self._tally.add(places, names, [both, np.ones(len(rows)), flows.s_bytes, flows.c_bytes])

    def section(self) -> Optional[Markup]:
        top = self._tally.top(len(self._tally))
        if not top:
            return None
        flows = sum(sums[1] for _, _, sums in top)
        largest, most = max(sums[0] for _, _, sums in top), max(sums[1] for _, _, sums in top)
        rows: list[list[Child]] = []
        for key, _, sums in top:
            transport, name = key.split(" ", 1)
            rows.append([name, transport, words.count(sums[1]), join(words.share(sums[1], flows),
                                                                     charts.bar(sums[1], most, 1)),
                         words.size(sums[0]), join(words.share(sums[0], self._bytes), charts.bar(sums[0], largest))])
        return join(table("Protocols by payload", ["Protocol", "Over", number("Flows"), shares("Share of the flows"),
                                                   number("Payload"),
                                                   shares("Share of the payload")], rows, "top-protocols"),
                    note("By what the packets say, not by ports. A flow that speaks several counts once, as the most "
                         "telling of them."))
