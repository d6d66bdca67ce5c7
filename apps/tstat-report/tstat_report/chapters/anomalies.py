# SPDX-License-Identifier: BSD-3-Clause
"""What did not go as it should: connections that fail, resets, closed windows, repeated handshakes."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from .. import charts, words
from ..chapter import Chapter
from ..flows import Array, Rows
from ..html import Child, Markup, join
from ..page import Finding, Options, note, number, sentences, shares, table
from ..rankings import Tally, Worst

# Why a connection is not complete: key, name, what it means.
REASONS = (
    ("silent", "No answer", "The server is away, or something drops the packets; or the capture sees one "
     "direction only."),
    ("refused", "Refused", "The server answered with a reset: nothing listens there, or a firewall says no."),
    ("begun", "Handshake not seen", "The capture began later, or sees one direction of the handshake only."),
    ("open", "Open at the end", "Was under way when the capture ended, or when tstat stopped following it."),
)


def _reasons(rows: Rows) -> dict[str, Array]:
    silent = rows.column("s_pkts_all") == 0
    handshake = rows.column("s_syn_cnt") > 0
    refused = ~silent & ~handshake & (rows.column("s_rst_cnt") > 0)
    begun = ~silent & ~handshake & ~refused
    return {"silent": silent, "refused": refused, "begun": begun, "open": ~silent & handshake}


class Anomalies(Chapter):
    """Of TCP connections."""

    identifier = "anomalies"
    title = "Failures and anomalies"
    wants = {"tcp_nocomplete": ("s_syn_cnt", "s_rst_cnt"),
             "tcp": ("c_rst_cnt", "s_rst_cnt", "c_fin_cnt", "s_fin_cnt", "c_win_0", "s_win_0", "c_syn_cnt", "s_syn_cnt",
                     "http_res")}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.complete = 0
        self.reasons = dict.fromkeys((key for key, _, _ in REASONS), 0)
        self.counts = dict.fromkeys(("client reset", "server reset", "left open", "client window", "server window",
                                     "syn again"), 0)
        self._servers, self._clients = Tally(3), Tally(2)
        self._windows = Worst(options.top)
        self._has_windows = False

    def add(self, rows: Rows) -> None:
        if rows.name == "tcp_nocomplete":
            self._add_failed(rows)
        else:
            self._add_complete(rows)

    def _add_failed(self, rows: Rows) -> None:
        reasons = _reasons(rows)
        for key, chosen in reasons.items():
            self.reasons[key] += int(chosen.sum())
        failed = reasons["silent"] | reasons["refused"]
        if rows.has("s_ip", "s_port"):
            places, keys, _ = rows.flows.endpoints
            self._servers.add(np.where(failed, places, -1), keys, [failed, reasons["silent"], reasons["refused"]])
        if rows.has("c_ip"):
            codes, texts = rows.flows.clients
            pairs = rows.flows.servers[0].astype(np.int64) << 16 | rows.flows.s_port
            # Of the same client and server once a table: how many different ones it tried, about.
            _, firsts = np.unique(codes.astype(np.int64) * (int(pairs.max(initial=0)) + 1) + pairs, return_index=True)
            once = np.zeros(len(rows), dtype=bool)
            once[firsts] = True
            self._clients.add(np.where(failed, codes, -1), texts, [failed, once])

    def _add_complete(self, rows: Rows) -> None:
        self.complete += len(rows)
        resets = {side: rows.column(f"{side}_rst_cnt") > 0 for side in "cs"}
        self.counts["client reset"] += int(resets["c"].sum())
        self.counts["server reset"] += int((resets["s"] & ~resets["c"]).sum())
        if rows.has("c_fin_cnt", "s_fin_cnt", "c_rst_cnt"):
            closed = (rows.column("c_fin_cnt") > 0) & (rows.column("s_fin_cnt") > 0)
            self.counts["left open"] += int((~closed & ~resets["c"] & ~resets["s"]).sum())
        self.counts["syn again"] += int(((rows.column("c_syn_cnt") > 1) | (rows.column("s_syn_cnt") > 1)).sum())
        self._has_windows = self._has_windows or rows.has("c_win_0")
        # Who sends a reset may announce no window in it: one segment is no sign.
        zeros = {side: np.maximum(rows.column(f"{side}_win_0").astype(np.int64) - resets[side], 0) for side in "cs"}
        for side, name in (("c", "client window"), ("s", "server window")):
            self.counts[name] += int((zeros[side] > 0).sum())
        if rows.has("c_ip", "s_ip"):
            flows = rows.flows

            def describe(row: int) -> tuple[Any, ...]:
                return (*flows.describe(row), int(zeros["c"][row]), int(zeros["s"][row]))
            self._windows.add(zeros["c"] + zeros["s"], describe)

    @property
    def failed(self) -> int:
        """Connections that got no answer, or were refused."""
        return self.reasons["silent"] + self.reasons["refused"]

    @property
    def tried(self) -> int:
        """Connections of which it is known whether they came about."""
        return self.complete + self.failed + self.reasons["open"]

    def findings(self) -> list[Finding]:
        found = []
        if self.failed:
            share = self.failed / self.tried
            parts = [f"{words.count_text(self.reasons[key])} {what}" for key,
                     what in (("silent", "without an answer"), ("refused", "refused"))
                     if self.reasons[key]]
            found.append(Finding(2 if share >= 0.05 and self.failed > 3 else 1,
                                 join(words.share(self.failed, self.tried), " of the TCP connections failed (",
                                      charts.sentence(parts), ")."), self.identifier))
        elif self.complete:
            found.append(Finding(0, Markup("No TCP connection was refused or left without an answer."),
                                 self.identifier))
        resets = self.counts["client reset"] + self.counts["server reset"]
        if self.complete and resets / self.complete >= 0.2 and resets > 3:
            found.append(Finding(1, join(words.share(resets, self.complete),
                                         " of the complete connections ended by a reset."), self.identifier))
        windows = self.counts["client window"] + self.counts["server window"]
        if windows:
            level = 2 if windows / self.complete >= 0.02 and windows > 3 else 1
            found.append(Finding(level, join("In ", words.plural(windows, "connection"),
                                             " a receiver closed its window: it was slower than the "
                                             "network."), self.identifier))
        return found

    def _reasons_table(self) -> Optional[Markup]:
        total = sum(self.reasons.values())
        if not total:
            return None
        largest = max(self.reasons.values())
        rows: list[list[Child]] = [[name, words.count(self.reasons[key]), join(words.share(self.reasons[key], total
                                                                                           + self.complete),
                                                                               charts.bar(self.reasons[key], largest,
                                                                                          1)), meaning]
                                   for key, name, meaning in REASONS if self.reasons[key]]
        return table("TCP connections that are not complete", ["Kind", number("Connections"), shares("Share of all"),
                                                               sentences("What it means")], rows,
                     "not-complete")

    def _complete_table(self) -> Optional[Markup]:
        told = (
            ("client reset", "Ended by a reset of the client",
             "Usual of browsers and of programs that have all they want; else: a program gave up."),
            ("server reset", "Ended by a reset of the server",
             "The server or something before it gave up, or was restarted."),
            ("left open", "Neither closed nor reset", "Still open when tstat stopped following it: idle, or the "
             "end got lost."),
            ("syn again", "Handshake repeated", "A SYN got lost, or its answer: each costs a second or more."),
            ("client window", "Client closed its window",
             "The client's program or machine was too slow to take what came."),
            ("server window", "Server closed its window",
             "The server's program or machine was too slow to take what came."))
        rows: list[list[Child]] = []
        none: list[str] = []
        for key, name, meaning in told:
            if key.endswith("window") and not self._has_windows:
                continue
            if not self.counts[key]:
                none.append(name[0].lower() + name[1:])
                continue
            rows.append([name, words.count(self.counts[key]), join(words.share(self.counts[key], self.complete),
                                                                   charts.bar(self.counts[key], self.complete, 1)),
                         meaning])
        if not self.complete:
            return None
        return join(table("Complete TCP connections", ["What happened", number("Connections"),
                                                       shares("Share of the complete"),
                                                       sentences("What it means")], rows, "complete-odd") if rows
                    else None,
                    note("None of ", words.plural(self.complete, "complete connection"), f": {', '.join(none)}.")
                    if none else None)

    def section(self) -> Optional[Markup]:
        if not self.complete and not any(self.reasons.values()):
            return None
        servers: list[list[Child]] = []
        for key, _, (failed, silent, refused) in self._servers.top(self.options.top):
            address, port = key.rsplit(" ", 1)
            servers.append([self.options.endpoint(address, int(port)), words.count(failed), words.count(silent),
                            words.count(refused)])
        clients: list[list[Child]] = [[self.options.host(key), words.count(failed), words.count(once)]
                                      for key, _, (failed, once) in self._clients.top(self.options.top)]
        windows = [[*self.options.flow(row[1:]), words.count(row[7]), words.count(row[8])]
                   for row in self._windows.rows()]
        return join(self._reasons_table(),
                    table("Servers that connections failed to", ["Server", number("Failed"), number("No answer"),
                                                                 number("Refused")], servers,
                          "failed-servers") if servers else None,
                    table("Clients whose connections failed", ["Client", number("Failed"),
                                                               number("Servers and ports, about")], clients,
                          "failed-clients") if clients else None,
                    note("A client with many failures to many servers or ports may be looking for open ones.")
                    if clients else None,
                    self._complete_table(),
                    table("Flows with the most segments that announce a closed window",
                          ["Client", "Server", "Name", "Begin", number("By the client"), number("By the server")],
                          windows, "windows") if windows else None)

    def absent(self) -> str:
        return "no TCP flows"
