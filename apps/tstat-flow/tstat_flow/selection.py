# SPDX-License-Identifier: BSD-3-Clause
"""The flows of a trace, and the one that is told."""

from __future__ import annotations

import warnings
from typing import Any, Sequence

import numpy as np

import tstat
from tstat_log import terminal
from tstat_log.evaluation import ExpressionError
from tstat_log.messages import Failure

from . import filters, words

#: Those whose rows say something about a flow's packets.
TABLES = ("tcp", "tcp_nocomplete", "udp", "http", "tls", "dns", "media")
_FLOWS = ("tcp", "tcp_nocomplete", "udp")
_MOST_LISTED = 20


class Flow:
    """A flow by its row."""

    def __init__(self, table: tstat.Table, index: int) -> None:
        numbers = table.flow_numbers
        self.protocol = _protocol(table)
        self.number = int(numbers[index]) if numbers is not None else 0
        self.table = table.name
        self.row: Any = table.row(index)

    @property
    def bytes(self) -> int:
        """Both ways."""
        return int(self.row.c_bytes_all + self.row.s_bytes_all)

    @property
    def packets(self) -> int:
        """Both ways."""
        return int(self.row.c_pkts_all + self.row.s_pkts_all)

    @property
    def client(self) -> str:
        """address:port."""
        return words.endpoint(self.row.c_ip, self.row.c_port)

    @property
    def server(self) -> str:
        """address:port."""
        return words.endpoint(self.row.s_ip, self.row.s_port)

    @property
    def name(self) -> str:
        """What the client called the server; empty: not known."""
        for column in ("fqdn", "c_tls_SNI", "http_hostname"):
            if value := getattr(self.row, column, None):
                return words.printable(str(value))
        return ""

    @property
    def first(self) -> Any:
        """The time of the first packet."""
        if self.protocol == "tcp":
            return self.row.first
        times = [time for time in (self.row.c_first_abs, self.row.s_first_abs) if time is not None]
        return min(times) if times else np.datetime64(0, "ns")

    @property
    def duration(self) -> float:
        """Seconds."""
        if self.protocol == "tcp":
            return words.seconds(self.row.durat)
        ends = [first + durat for first, durat in ((self.row.c_first_abs, self.row.c_durat), (self.row.s_first_abs, self.row.s_durat))
                if first is not None and durat is not None]
        return words.seconds(max(ends) - self.first) if ends else 0.0

    def kinds(self) -> str:
        """What the analysis takes it for: "HTTP"; empty: not known."""
        if self.protocol == "tcp":
            return connection_kinds(int(self.row.con_t))
        names = []
        for column in ("c_type", "s_type"):
            for code in tstat.schema("udp")[column].codes:
                if code.value == getattr(self.row, column) and code.value != 0:
                    names.append(code.meaning.split(" (")[0])
        return words.listed(list(dict.fromkeys(names))) if names else ""


def connection_kinds(bits: int) -> str:
    """The protocols of con_t; empty: not known."""
    names = [code.meaning.split(",")[0].split(":")[0] for code in tstat.schema("tcp")["con_t"].codes if code.value & bits]
    return " and ".join(names)


def analyse(path: str, options: dict[str, Any]) -> tstat.Analysis:
    """All rows of a trace. What is wrong with it is told later, once."""
    return tstat.read(path, tables=TABLES, **options)


def packets_of(path: str, flow: Flow, options: dict[str, Any], gatherer: Any) -> None:
    """Gives each packet of a flow to gatherer.add."""
    analyzer = tstat.Analyzer(tables=["tcp"], **options)
    analyzer.on_packet(gatherer.add, (flow.protocol, flow.number))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tstat.TstatWarning)  # of the analysis before
        analyzer.read(path)
    analyzer.finish()


class Found:
    """The flows that a filter matches, in the order of their begin; their rows are read where they are needed."""

    def __init__(self, tables: Sequence[tstat.Table], chosen: Sequence[Any]) -> None:
        self._tables = tables
        places = [(which, np.nonzero(mask)[0]) for which, mask in enumerate(chosen)]
        self._which = np.concatenate([np.full(len(rows), which) for which, rows in places])
        self._rows = np.concatenate([rows for _, rows in places])
        first = np.concatenate([_first_of(tables[which])[rows] for which, rows in places])
        order = np.argsort(first, kind="stable")
        self._which, self._rows = self._which[order], self._rows[order]

    def __len__(self) -> int:
        return len(self._rows)

    def _sums(self, name: str) -> Any:
        sums = np.zeros(len(self), dtype=np.int64)
        for which, table in enumerate(self._tables):
            here = self._which == which
            for side in "cs":
                sums[here] += table.values(f"{side}_{name}").astype(np.int64)[self._rows[here]]
        return sums

    def _flow(self, place: int) -> Flow:
        return Flow(self._tables[self._which[place]], int(self._rows[place]))

    def largest(self, most: int = 1) -> list[Flow]:
        """Those with most bytes, the largest first; of equal ones those with more packets, and the earlier."""
        order = np.lexsort((np.arange(len(self)), -self._sums("pkts_all"), -self._sums("bytes_all")))
        return [self._flow(int(place)) for place in order[:most]]

    def all(self) -> list[Flow]:
        """All of them."""
        return [self._flow(place) for place in range(len(self))]


def _protocol(table: tstat.Table) -> str:
    return "udp" if table.name == "udp" else "tcp"


def _first_of(table: tstat.Table) -> Any:
    """When each row's flow began."""
    if _protocol(table) == "tcp":
        return table.values("first")
    far = np.datetime64(np.iinfo(np.int64).max, "ns")
    return np.minimum(*(np.where(table.valid(name), table.values(name), far) for name in ("c_first_abs", "s_first_abs")))


def _has_number(table: tstat.Table, wanted: filters.Number) -> Any:
    numbers = table.flow_numbers
    if numbers is None or _protocol(table) != wanted.protocol:
        return np.zeros(len(table), dtype=bool)
    return numbers == wanted.number


def find(analysis: tstat.Analysis, text: str) -> Found:
    """The flows that a filter matches; all without one."""
    tables = [analysis[name] for name in _FLOWS]
    by_number = filters.number_of(text)
    chosen: list[Any] = []
    errors: list[ExpressionError] = []
    for table in tables:
        if by_number is not None:
            chosen.append(_has_number(table, by_number))
        elif not text.strip():
            chosen.append(np.ones(len(table), dtype=bool))
        else:
            try:
                chosen.append(filters.selected(text, table, _protocol(table)))
            except ExpressionError as error:
                # A column of others: these flows do not have it.
                errors.append(error)
                chosen.append(np.zeros(len(table), dtype=bool))
    if len(errors) == len(tables):
        raise max(errors, key=lambda error: error.begin)
    return Found(tables, chosen)


def rows_of(table: tstat.Table, flow: Flow) -> list[tuple[int, Any]]:
    """The rows of a table about a flow, and the numbers of the packets that made them."""
    flows, packets = table.flow_numbers, table.packet_numbers
    if flows is None or packets is None:
        return []
    return [(int(packets[i]), table.row(int(i))) for i in np.nonzero(flows == flow.number)[0]]


def listing(found: Found) -> str:
    """A table of flows; of many the largest."""
    flows = found.all() if len(found) <= _MOST_LISTED else found.largest(_MOST_LISTED)
    rows = [[f"{flow.protocol} {flow.number}", str(flow.first.astype("datetime64[ms]")).replace("T", " "), words.span(flow.duration),
             flow.client, flow.server, str(flow.packets), words.amount(flow.bytes), " ".join(part for part in (flow.kinds(), flow.name) if part)]
            for flow in flows]
    text = terminal.table(["flow", "begin (UTC)", "lasts", "client", "server", "packets", "bytes", "what"], rows,
                          [False, False, True, False, False, True, True, False])
    return text + (f"... and {len(found) - len(flows)} smaller ones\n" if len(flows) < len(found) else "")


def nothing(analysis: tstat.Analysis, text: str) -> Failure:
    """That no flow matches, with how many there are."""
    tcp, udp = analysis.statistics["tcp_flows"], analysis.statistics["udp_flows"]
    if not tcp and not udp:
        return Failure("there is no TCP or UDP flow in the trace")
    there = f"{words.counted(tcp, 'TCP flow')} and {words.counted(udp, 'UDP flow')} are there; --list lists them"
    return Failure(f"{text.strip()}: no such flow; {there}" if filters.number_of(text) else f"no flow matches; {there}")
