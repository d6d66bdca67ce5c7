# SPDX-License-Identifier: BSD-3-Clause
"""How well voice and video calls came through."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from .. import words
from ..chapter import Chapter
from ..flows import Array, Rows
from ..html import Child, Markup, join
from ..page import Finding, Options, note, number, table
from ..rankings import Worst
from ..sketches import Spread

_RTP = 3  # of c_type, s_type
_UDP = 2  # of proto
BAD_LOSS = 0.01
BAD_JITTER_NS = 30e6

# RFC 3551, table 4 and 5.
_PAYLOADS = {0: "PCMU", 3: "GSM", 4: "G.723", 8: "PCMA", 9: "G.722", 10: "L16", 11: "L16", 13: "comfort noise",
             15: "G.728", 18: "G.729",
             26: "JPEG", 31: "H.261", 32: "MPEG video", 33: "MPEG-TS", 34: "H.263"}
_SIDES = ("type", "ip", "port", "pkts", "lost", "jitter", "jitter_max", "durat", "pt", "late", "first", "rtt_avg",
          "rtt_cnt")
_STREAMS = ("proto", "a_proto", "direction", "packets", "losses", "jitter_avg", "jitter_max", "duration", "pt_id",
            "late", "starttime",
            "rtt_avg", "rtt_samples")


def _payload(number_of: int) -> str:
    return _PAYLOADS.get(number_of, f"dynamic ({number_of})" if 96 <= number_of <= 127 else f"type {number_of}")


class Voice(Chapter):
    """Streams of RTP: loss, jitter; round-trip times by RTCP."""

    identifier = "voice"
    title = "Voice and video calls"
    wants = {"media": tuple(f"{side}_{name}" for side in "cs" for name in _SIDES) + _STREAMS}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.streams = 0
        self.packets = 0
        self.lost = 0
        self.bad = 0
        self.jitter, self.round_trips = Spread(), Spread()
        self._worst = Worst(2 * options.top)

    def add(self, rows: Rows) -> None:
        if rows.has("a_proto"):
            self._add_streams(rows)
            return
        for side in ("c", "s"):
            is_udp = rows.column("proto") == _UDP
            is_rtp = is_udp & (rows.column(f"{side}_type") == _RTP) & (rows.column(f"{side}_pkts") > 0)
            columns = {name: rows.column(f"{side}_{name}") for name in ("pkts", "lost", "jitter", "jitter_max", "durat",
                                                                        "late", "first")}
            payloads = rows.column(f"{side}_pt")
            self._take(rows, is_rtp, np.full(len(rows), side == "c"), columns,
                       [_payload(value) for value in payloads.tolist()])
            reported = rows.valid(f"{side}_rtt_avg") & (rows.column(f"{side}_rtt_cnt") > 0) & is_udp & ~is_rtp
            self.round_trips.add(rows.column(f"{side}_rtt_avg")[reported])

    def _add_streams(self, rows: Rows) -> None:
        """Profile 3.3: a row a stream."""
        kinds, kind_texts = rows.texts("a_proto")
        is_rtp = np.array([text == "R" for text in kind_texts] + [False])[kinds]
        ways, way_texts = rows.texts("direction")
        from_client = np.array([text == "C" for text in way_texts] + [False])[ways]
        columns = {"pkts": rows.column("packets"), "lost": rows.column("losses"), "jitter": rows.column("jitter_avg"),
                   "jitter_max": rows.column("jitter_max"), "durat": rows.column("duration"),
                   "late": rows.column("late"),
                   "first": rows.column("starttime")}
        codes, texts = rows.texts("pt_id")
        payloads = []
        for code in codes.tolist():
            first = texts[code].strip("[]").split(":")[0].split(",")[0] if code >= 0 else ""
            payloads.append(_payload(int(first)) if first.isascii() and first.isdigit() else "–")
        self._take(rows, is_rtp, from_client, columns, payloads)
        self.round_trips.add(rows.column("rtt_avg")[rows.valid("rtt_avg") & (rows.column("rtt_samples") > 0) & ~is_rtp])

    def _take(self, rows: Rows, chosen: Array, from_client: Array, columns: dict[str, Array],
              payloads: list[str]) -> None:
        if not chosen.any():
            return
        packets, lost = (columns[name].astype(np.int64) for name in ("pkts", "lost"))
        jitter, most = columns["jitter"], columns["jitter_max"]
        shares = lost / np.maximum(packets + lost, 1)
        self.streams += int(chosen.sum())
        self.packets += int(packets[chosen].sum())
        self.lost += int(lost[chosen].sum())
        self.bad += int((chosen & ((shares > BAD_LOSS) | (jitter > BAD_JITTER_NS))).sum())
        self.jitter.add(jitter[chosen])
        ends = {side: (rows.texts(f"{side}_ip"), rows.column(f"{side}_port")) for side in "cs"}

        def end(side: str, row: int) -> tuple[str, int]:
            (codes, texts), ports = ends[side]
            return (texts[codes[row]] if codes[row] >= 0 else "?", int(ports[row]))

        def describe(row: int) -> tuple[Any, ...]:
            sender, receiver = ("c", "s") if from_client[row] else ("s", "c")
            return (*end(sender, row), *end(receiver, row), payloads[row], int(packets[row]), int(lost[row]),
                    int(columns["late"][row]),
                    int(jitter[row]), int(most[row]), int(columns["durat"][row]))
        # Loss counts first, then jitter, in parts of what is bad.
        self._worst.add(np.where(chosen, 1e-6 + 100 * shares / BAD_LOSS + jitter / BAD_JITTER_NS, 0), describe)

    def findings(self) -> list[Finding]:
        if not self.streams:
            return []
        if not self.bad:
            which = "The only" if self.streams == 1 else join("All ", words.count(self.streams))
            return [Finding(0, join(which, " RTP stream" + ("" if self.streams == 1 else "s"),
                                    " lost at most 1 % and had at most 30 ms of jitter."),
                            self.identifier)]
        return [Finding(2 if self.bad / self.streams >= 0.1 else 1,
                        join(words.count(self.bad), " of ", words.plural(self.streams, "RTP stream"),
                             " lost more than 1 % or had more than 30 ms of jitter: people hear that."),
                        self.identifier)]

    def section(self) -> Optional[Markup]:
        if not self.streams:
            return None
        rows: list[list[Child]] = []
        for row in self._worst.rows()[:self.options.top]:
            _, sender, s_port, receiver, r_port, payload, packets, lost, late, jitter, most, length = row
            rows.append([self.options.endpoint(sender, s_port), self.options.endpoint(receiver, r_port), payload,
                         words.duration(length),
                         words.count(packets), words.share(lost, packets + lost), words.count(late),
                         words.duration(jitter),
                         words.duration(most)])
        rtcp: list[Child] = []
        if self.round_trips.count:
            rtcp = ["Round-trip times between the ends, by RTCP: half of ",
                    words.plural(self.round_trips.count, "report flow"), " at most ",
                    words.duration(self.round_trips.quantile(0.5)), ", the largest ",
                    words.duration(self.round_trips.largest), ". "]
        return join(table("RTP streams, the worst first", ["From", "To", "Payload", number("Length"), number("Packets"),
                                                           number("Lost"),
                                                           number("Late"), number("Jitter"), number("Jitter, largest")],
                          rows, "streams"),
                    note(words.plural(self.streams, "stream"), ", ", words.share(self.lost, self.packets + self.lost),
                         " of their packets lost; "
                         "median jitter ", words.duration(self.jitter.quantile(0.5)), ". ", *rtcp,
                         "Jitter is that of RFC 3550 at the end of the stream; late packets came too late to be in "
                         "order. Calls are usually good "
                         "below 1 % of loss and 30 ms of jitter."))

    def absent(self) -> str:
        return "no RTP stream, or no log of them (log_mm_complete)"
