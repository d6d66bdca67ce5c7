# SPDX-License-Identifier: BSD-3-Clause
"""How much, when, between how many."""

from __future__ import annotations

from typing import Optional

import numpy as np

from .. import charts, words
from ..chapter import FLOW_TABLES, Chapter
from ..flows import Rows
from ..html import Child, Markup, join
from ..page import Options, note, number, shares, table
from ..sketches import Distinct, Timeline

_IN, _OUT, _WITHIN, _FROM_SERVERS, _FROM_CLIENTS, _BEGUN = range(6)


class Traffic(Chapter):
    """Volumes, hosts, and throughput over time."""

    identifier = "traffic"
    title = "Traffic over time"
    wants = {name: () for name in FLOW_TABLES}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.flows = dict.fromkeys(FLOW_TABLES, 0)
        self.bytes = {"TCP": [0, 0], "UDP": [0, 0]}  # from clients, from servers
        self.packets = {"TCP": 0, "UDP": 0}
        self.directions = [0, 0, 0]  # in, out, neither
        self.clients, self.servers, self.hosts = Distinct(), Distinct(), Distinct()
        self.begin: Optional[int] = None
        self.end = 0
        self._timeline = Timeline(6)

    def add(self, rows: Rows) -> None:
        flows = rows.flows
        self.flows[rows.name] += len(rows)
        kind = "TCP" if flows.is_tcp else "UDP"
        self.bytes[kind][0] += int(flows.c_bytes.sum())
        self.bytes[kind][1] += int(flows.s_bytes.sum())
        self.packets[kind] += int(flows.c_packets.sum() + flows.s_packets.sum())
        for name, distinct in (("c_ip", self.clients), ("s_ip", self.servers)):
            if rows.has(name):
                addresses = rows.column(name)
                distinct.add(addresses)
                self.hosts.add(addresses)
        entering = ~flows.c_internal & flows.s_internal
        leaving = flows.c_internal & ~flows.s_internal
        incoming = np.where(entering, flows.c_bytes, np.where(leaving, flows.s_bytes, 0))
        outgoing = np.where(leaving, flows.c_bytes, np.where(entering, flows.s_bytes, 0))
        neither = np.where(entering | leaving, 0, flows.c_bytes + flows.s_bytes)
        for place, amounts in enumerate((incoming, outgoing, neither)):
            self.directions[place] += int(amounts.sum())
        if flows.has_times and len(rows):
            first = int(flows.first.min())
            self.begin = first if self.begin is None else min(self.begin, first)
            self.end = max(self.end, int(flows.last.max()))
            self._timeline.add(flows.first, flows.last, [incoming, outgoing, neither, flows.s_bytes, flows.c_bytes,
                                                         None])
            self._timeline.add(flows.first, flows.first, [None] * _BEGUN + [np.ones(len(rows))])

    @property
    def total_flows(self) -> int:
        """Of all kinds."""
        return sum(self.flows.values())

    @property
    def total_bytes(self) -> int:
        """Both ways."""
        return sum(sum(ways) for ways in self.bytes.values())

    @property
    def has_networks(self) -> bool:
        """Whether some hosts are inside and others are not."""
        return self.directions[0] + self.directions[1] > 0

    def cards(self) -> list[tuple[str, Child, Child]]:
        tcp = self.flows["tcp"] + self.flows["tcp_nocomplete"]
        up, down = (sum(ways[i] for ways in self.bytes.values()) for i in (0, 1))
        about = "" if self.hosts.is_exact else "about "
        found: list[tuple[str, Child, Child]] = []
        if self.begin is not None:
            found.append(("Time", words.duration(self.end - self.begin), join("from ", words.time(self.begin))))
        found.append(("Flows", words.count(self.total_flows), join(words.count(tcp), " TCP, ",
                                                                   words.count(self.flows["udp"]), " UDP")))
        if self.has_networks:
            below = join(words.size(self.directions[0]), " in, ", words.size(self.directions[1]), " out")
        else:
            below = join(words.size(down), " from servers, ", words.size(up), " from clients")
        found.append(("Payload", words.size(self.total_bytes), below))
        found.append(("Hosts", join(about, words.count(self.hosts.count)),
                      join(words.plural(self.clients.count, "client"), ", ",
                           words.plural(self.servers.count, "server"))))
        return found

    def _charts(self) -> Markup:
        width_s = self._timeline.width_ns / words.NS
        rates = self._timeline.sums * 8 / width_s
        shown = [("in", rates[_IN]), ("out", rates[_OUT])]
        if self.directions[2]:
            shown.append(("neither", rates[_WITHIN]))
        if not self.has_networks:
            shown = [("from servers", rates[_FROM_SERVERS]), ("from clients", rates[_FROM_CLIENTS])]
        start, width = self._timeline.start_ns, self._timeline.width_ns
        told = []
        for name, values in shown:
            peak = int(values.argmax())
            told.append(f"{name} {words.rate_text(float(values.mean()))} on average, "
                        f"{words.rate_text(float(values.max()))} at most "
                        f"({words.time_text(start + peak * width)})")
        text = f"Payload by time, in steps of {words.duration_text(width)}: {'; '.join(told)}."
        begun = self._timeline.sums[_BEGUN]
        peak = int(begun.argmax())
        of_flows = (f"Flows that begin in each {words.duration_text(width)}: {words.count_text(begun.sum())} in all, "
                    f"{words.count_text(begun.max())} at most ({words.time_text(start + peak * width)}).")
        return charts.grid(charts.over_time("throughput", "Throughput", text, shown, start, width, words.large_text,
                                            "bit/s"),
                           charts.over_time("begun", "New flows", of_flows, [("flows", begun)], start, width,
                                            words.large_text,
                                            f"flows in {words.duration_text(width)}", smallest_step=1))

    def section(self) -> Optional[Markup]:
        if self.total_flows == 0:
            return None
        rows: list[list[Child]] = []
        tcp = self.flows["tcp"] + self.flows["tcp_nocomplete"]
        for kind, flows in (("TCP", tcp), ("UDP", self.flows["udp"])):
            up, down = self.bytes[kind]
            rows.append([kind, words.count(flows), words.count(self.packets[kind]), words.size(down), words.size(up),
                         join(words.share(up + down, self.total_bytes), charts.bar(up + down, self.total_bytes))])
        parts: list[Child] = []
        if self.begin is not None:
            parts += [self._charts(), note("What a flow carried is spread evenly over its life: short bursts look "
                                           "lower and longer than they were.")]
        parts.append(table("Volumes", ["Transport", number("Flows"), number("Packets"), number("From servers"),
                                       number("From clients"), shares("Share of the payload")], rows, "volumes"))
        return join(*parts)
