# SPDX-License-Identifier: BSD-3-Clause
"""What got lost, overtaken, doubled or sent again, and why."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from .. import charts, words
from ..chapter import Chapter
from ..flows import Array, Rows
from ..html import Child, Markup, join
from ..page import Finding, Options, note, number, paragraph, sentences, shares, table
from ..rankings import Worst
from ..sketches import Timeline

# Column, name, what it means. In the order in which they matter.
CAUSES = (
    ("rto", "Time-out", "Sent again because no acknowledgment came for long: the last packets of a burst got "
     "lost, or many at once. Costs the user the most time."),
    ("fs", "Fast retransmission", "Sent again after repeated acknowledgments: single packets got lost, and the "
     "rest came through."),
    ("unk", "Unknown cause", "Sent again, or late; none of the others fits."),
    ("unrto", "Needless time-out", "What was sent again had arrived: its acknowledgment got lost or was "
     "slow, or the path became slower than the sender thought."),
    ("unfs", "Needless fast retransmission", "Sent again after repeated acknowledgments, but it had arrived."),
    ("reor", "Overtaken on the way", "Came out of order; nothing was lost. Several paths, or parallel links or "
     "queues."),
    ("dup", "Doubled by the network", "The same packet came twice."),
    ("fc", "Window probe", "The receiver had no room; the sender asks whether there is some again. Slow "
     "receivers."),
)
_COLUMNS = ("pkts_data", "pkts_retx", "pkts_ooo", *(f"pkts_{cause}" for cause, _, _ in CAUSES))
_ENOUGH = 50  # segments of which a share is told, over time
_FEW = 3  # segments sent again of which a flow is not told


def _sent_again(rows: Rows, side: str) -> Array:
    """Segments of each flow: docs/retransmissions.md."""
    sums = {name: rows.column(f"{side}_pkts_{name}").astype(np.int64) for name in ("retx", "ooo", "reor", "dup")}
    found: Array = np.maximum(sums["retx"] + sums["ooo"] - sums["reor"] - sums["dup"], 0)
    return found


def _pooled(again: Array, data: Array) -> Array:
    """The share of each bin; of neighbours together where each has few segments, of which one would be much."""
    found = np.zeros(len(data))
    begin = 0
    for end in range(1, len(data) + 1):
        if data[begin:end].sum() >= _ENOUGH or end == len(data):
            found[begin:end] = min(again[begin:end].sum() / max(data[begin:end].sum(), 1.0), 1.0)
            begin = end
    return found


class Loss(Chapter):
    """Retransmissions of complete TCP flows by cause."""

    identifier = "loss"
    title = "Loss and retransmissions"
    wants = {"tcp": tuple(f"{side}_{name}" for side in "cs" for name in _COLUMNS)}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.flows = 0
        self.affected = 0
        self.sums: dict[str, dict[str, int]] = {side: dict.fromkeys((*_COLUMNS, "again"), 0) for side in "cs"}
        self._timeline = Timeline(2)
        self._worst = Worst(options.top)
        self._has_causes = False

    def add(self, rows: Rows) -> None:
        if not rows.has("c_pkts_retx", "c_pkts_data"):
            return
        self.flows += len(rows)
        self._has_causes = self._has_causes or rows.has("c_pkts_rto")
        again = {side: _sent_again(rows, side) for side in "cs"}
        for side in "cs":
            for name in _COLUMNS:
                self.sums[side][name] += int(rows.column(f"{side}_{name}").sum(dtype=np.int64))
            self.sums[side]["again"] += int(again[side].sum())
        both = again["c"] + again["s"]
        data = rows.column("c_pkts_data").astype(np.int64) + rows.column("s_pkts_data").astype(np.int64)
        self.affected += int((both > 0).sum())
        flows = rows.flows
        if flows.has_times:
            self._timeline.add(flows.first, flows.last, [data, both])
        if not rows.has("c_ip", "s_ip"):
            return
        causes = np.stack([rows.column(f"c_pkts_{name}").astype(np.int64)
                           + rows.column(f"s_pkts_{name}").astype(np.int64)
                           for name, _, _ in CAUSES])

        def describe(row: int) -> tuple[Any, ...]:
            main = int(causes[:, row].argmax())
            return (*flows.describe(row), int(data[row]), CAUSES[main][1] if causes[main, row] else "–")
        self._worst.add(np.where(both > _FEW, both, 0), describe)

    @property
    def data(self) -> int:
        """Segments with payload."""
        return sum(self.sums[side]["pkts_data"] for side in "cs")

    @property
    def again(self) -> int:
        """Segments sent again."""
        return sum(self.sums[side]["again"] for side in "cs")

    def cards(self) -> list[tuple[str, Child, Child]]:
        if not self.data:
            return []
        return [("Sent again", words.share(self.again, self.data), join(words.count(self.again), " of ",
                                                                        words.count(self.data),
                                                                        " TCP segments with payload"))]

    def _main_cause(self) -> str:
        causes = [(sum(self.sums[side][f"pkts_{name}"] for side in "cs"), title) for name, title, _ in CAUSES
                  if name not in ("reor", "dup", "fc")]
        most, title = max(causes, key=lambda entry: entry[0])
        return f", most often: {title[0].lower()}{title[1:]}" if most else ""

    def findings(self) -> list[Finding]:
        if not self.data:
            return []
        found = []
        share = self.again / self.data
        level = 2 if share >= 0.02 and self.again > _FEW else 1 if share >= 0.005 else 0
        found.append(Finding(level, join(words.share(self.again, self.data),
                                         " of the TCP segments with payload were sent again (",
                                         words.plural(self.again, "segment"), ", in ",
                                         words.plural(self.affected, "flow"), " of ",
                                         words.count(self.flows), ")", self._main_cause(), "."), self.identifier))
        for name, what in (("reor", "were overtaken on the way: packets take paths of different lengths"),
                           ("dup", "came twice: something doubles packets, or the capture sees them at two places")):
            number_of = sum(self.sums[side][f"pkts_{name}"] for side in "cs")
            if number_of >= 0.005 * self.data and number_of > _FEW:
                found.append(Finding(1, join(words.share(number_of, self.data), f" of the segments {what}."),
                                     self.identifier))
        return found

    def _causes(self) -> Markup:
        sums = {name: [self.sums[side][f"pkts_{name}"] for side in "cs"] for name, _, _ in CAUSES}
        largest = max(sum(ways) for ways in sums.values())
        rows: list[list[Child]] = [[title, words.count(sums[name][1]), words.count(sums[name][0]),
                                    join(words.share(sum(sums[name]), self.data),
                                         charts.bar(sum(sums[name]), largest, 1)), meaning]
                                   for name, title, meaning in CAUSES if sum(sums[name])]
        none = [title[0].lower() + title[1:] for name, title, _ in CAUSES if not sum(sums[name])]
        return join(table("Causes, in segments", ["Cause", number("From servers"), number("From clients"),
                                                  shares("Share of the segments"),
                                                  sentences("What it means")], rows, "causes") if rows else None,
                    note(f"Not one segment: {', '.join(none)}.") if none else None)

    def _places(self) -> Markup:
        rows: list[list[Child]] = []
        for side, name in (("s", "from servers"), ("c", "from clients")):
            sums = self.sums[side]
            before = max(sums["pkts_ooo"] - sums["pkts_reor"], 0)
            behind = max(sums["pkts_retx"] - sums["pkts_dup"] - sums["pkts_unrto"] - sums["pkts_unfs"], 0)
            rows.append([name, words.count(sums["pkts_data"]), words.count(sums["again"]),
                         words.share(sums["again"], sums["pkts_data"]),
                         words.count(before), words.count(behind)])
        return table("Where segments got lost, about", ["Segments", number("With payload"), number("Sent again"),
                                                        number("Share"),
                                                        number("Lost before the probe"),
                                                        number("Lost behind the probe")], rows, "loss-places")

    def _over_time(self) -> Optional[Markup]:
        data, again = self._timeline.sums
        if not self.again or len(data) == 0:
            return None
        shares_of_bins = 100 * _pooled(again, data)
        start, width = self._timeline.start_ns, self._timeline.width_ns
        peak = int(shares_of_bins.argmax())
        most = words.share_text(float(shares_of_bins.max()) / 100)
        text = (f"Share of the segments with payload that were sent again, in steps of {words.duration_text(width)}, "
                f"longer ones where there are few: {words.share_text(self.again / self.data)} on average, {most} at "
                f"most ({words.time_text(start + peak * width)}).")
        return charts.over_time("again", "Segments sent again", text, [("sent again", shares_of_bins)], start, width,
                                lambda value: f"{value:g} %", "of the segments with payload")

    def _flows(self) -> Optional[Markup]:
        worst = self._worst.rows()
        if not worst:
            return None
        rows = [[*self.options.flow(row[1:]), words.count(row[7]), words.count(row[0]), words.share(row[0], row[7]),
                 row[8]] for row in worst]
        return table("Flows with the most segments sent again",
                     ["Client", "Server", "Name", "Begin", number("Segments"), number("Sent again"), number("Share"),
                      "Main cause"], rows, "loss-flows")

    def section(self) -> Optional[Markup]:
        if not self.data:
            return None
        parts: list[Optional[Markup]] = [paragraph(words.plural(self.again, "segment"), " of ", words.count(self.data),
                                                   " with payload ",
                                                   "was" if self.again == 1 else "were", " sent again: ",
                                                   words.share(self.again, self.data),
                                                   ". ", words.plural(self.affected, "flow"), " of ",
                                                   words.count(self.flows),
                                                   " complete ones had any.")]
        over_time = self._over_time()
        parts.append(charts.grid(over_time) if over_time else None)
        if self._has_causes:
            parts.append(self._causes())
        parts += [self._places(), note("A segment that the probe sees twice got lost behind it, on the way to the "
                                       "receiver; one that comes late "
                                       "and once got lost before it, on the way from the sender."), self._flows()]
        return join(*parts)

    def absent(self) -> str:
        return "no complete TCP flow carried anything, or the logs have no such columns"
