# SPDX-License-Identifier: BSD-3-Clause
"""How long packets and their acknowledgments are on the way."""

from __future__ import annotations

from typing import Optional

import numpy as np

from .. import charts, words
from ..chapter import Chapter
from ..flows import Rows
from ..html import Child, Markup, join
from ..page import Options, note, number, table
from ..sketches import Spread


class RoundTrips(Chapter):
    """Round-trip times of both halves of the path, of hosts inside and outside."""

    identifier = "round-trips"
    title = "Round-trip times"
    wants = {"tcp": tuple(f"{side}_rtt_{what}" for side in "cs" for what in ("avg", "min"))}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        # By what the probe's packets went to, and whether that is inside.
        self.means = {(side, inside): Spread() for side in ("servers", "clients") for inside in (False, True)}
        self.least = {group: Spread() for group in self.means}
        self._has_columns = False

    def add(self, rows: Rows) -> None:
        self._has_columns = self._has_columns or rows.has("c_rtt_avg")
        # What the client sends goes to the server, and its acknowledgment comes back.
        for side, to, internal in (("c", "servers", rows.flows.s_internal), ("s", "clients", rows.flows.c_internal)):
            known = rows.valid(f"{side}_rtt_avg")
            for inside in (False, True):
                chosen = known & (internal == inside)
                if chosen.any():
                    self.means[to, inside].add(rows.column(f"{side}_rtt_avg")[chosen])
                    self.least[to, inside].add(rows.column(f"{side}_rtt_min")[chosen])

    def _groups(self) -> list[tuple[str, tuple[str, bool]]]:
        found = [group for group in self.means if self.means[group].count]
        one_kind = len({inside for _, inside in found}) < 2
        return [(f"to {side}" if one_kind else f"to {side} {'inside' if inside else 'outside'}", (side, inside))
                for side, inside in found]

    def cards(self) -> list[tuple[str, Child, Child]]:
        groups = [(name, self.means[group]) for name, group in self._groups() if group[0] == "servers"]
        if not groups:
            return []
        name, spread = max(groups, key=lambda entry: entry[1].count)
        return [("Round-trip time", words.duration(spread.quantile(0.5)), f"median of flows, {name}")]

    def _chart(self, identifier: str, what: str, spreads: dict[tuple[str, bool], Spread]) -> Markup:
        groups = [(name, spreads[group]) for name, group in self._groups()]
        highest = max(spread.quantile(0.995) for _, spread in groups)
        lowest = max(min(spread.quantile(0.005) for _, spread in groups), highest / 1e5)
        lowest, highest = charts.round_range(lowest, max(highest, 1.5 * lowest))
        told = [f"{name} half within {words.duration_text(spread.quantile(0.5))}, nine tenths within "
                f"{words.duration_text(spread.quantile(0.9))}" for name, spread in groups]
        text = f"Share of flows whose {what} round-trip time is at most so long: {'; '.join(told)}."
        chart = charts.Chart(identifier, f"Flows by {what} round-trip time", text)
        chart.y_axis(1.0, lambda value: f"{100 * value:.0f} %", "flows at most so long")
        chart.log_axis(lowest, highest, words.duration_text, "round-trip time")
        for place, (name, spread) in enumerate(groups):
            edges = spread.scale.edges()
            shares_below = np.concatenate([[0.0], np.cumsum(spread.counts) / spread.count])
            inside = (edges >= lowest) & (edges <= highest)
            low, high = (float(np.interp(value, edges, shares_below)) for value in (lowest, highest))
            chart.line(charts.Series(name, [lowest, *edges[inside].tolist(), highest],
                                     [low, *shares_below[inside].tolist(), high]), place)
        return chart.figure()

    def section(self) -> Optional[Markup]:
        groups = self._groups()
        if not groups:
            return None
        rows: list[list[Child]] = []
        for name, group in groups:
            means, least = self.means[group], self.least[group]
            rows.append([name, words.count(means.count), words.duration(least.quantile(0.5)),
                         *(words.duration(means.quantile(share)) for share in (0.1, 0.5, 0.9, 0.99)),
                         words.duration(means.largest)])
        parts = [table("Round-trip times from the probe, by flow", ["From the probe", number("Flows"),
                                                                    number("Median of the smallest"),
                                                                    number("10 %"), number("Median"), number("90 %"),
                                                                    number("99 %"),
                                                                    number("Largest")], rows, "rtt"),
                 note("The probe sees a packet pass and its acknowledgment come back: each time is that of one half of "
                      "the path, to that host and back. All but the first two figures are of flows' means; 90 %: nine "
                      "in ten flows have at most that. The smallest of a flow is nearest to the length of the path; "
                      "what means have beyond it is queues and delayed acknowledgments.")]
        return join(charts.grid(self._chart("rtt-means", "mean", self.means),
                                self._chart("rtt-least", "smallest", self.least)), *parts)

    def absent(self) -> str:
        if self._has_columns:
            return "no flow has a sample"
        return "the logs have no such columns, or there are no complete TCP flows"
