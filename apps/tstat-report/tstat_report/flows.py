# SPDX-License-Identifier: BSD-3-Clause
"""Rows of a table as chapters look at them: columns without masks, and what all kinds of flows have."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from tstat import Table

Array = npt.NDArray[Any]
_LATEST_NS = 1 << 62  # of times; later ones are no times

#: Where a name is from, in the order in which they count: what the client asked this server for is more than what it
#: looked up before.
NAME_SOURCES = ("TLS", "HTTP", "DNS", "QUIC")


class Columns:
    """A table of bounded size, column by column."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name = table.name

    def __len__(self) -> int:
        return len(self.table)

    def has(self, *names: str) -> bool:
        """Whether there are these columns."""
        return all(name in self.table for name in names)

    def column(self, name: str) -> Array:
        """Its values, 0 where they are absent; zeros where there is no such column. Times and durations: int64, ns."""
        if name not in self.table:
            return np.zeros(len(self.table), dtype=np.int64)
        values: Array = self.table.values(name)
        return values.view(np.int64) if values.dtype.kind in "mM" else values

    def valid(self, name: str) -> Array:
        """Where there are values."""
        if name not in self.table:
            return np.zeros(len(self.table), dtype=bool)
        found: Array = self.table.valid(name)
        return found

    def texts(self, name: str) -> tuple[Array, list[str]]:
        """Texts or addresses by number: of each row its place in the list, -1 where absent."""
        if name not in self.table:
            return np.full(len(self.table), -1, dtype=np.int32), []
        return self.table.categories(name)


class Flows:
    """Flows of TCP and UDP alike. What a table lacks is 0, or absent."""

    def __init__(self, rows: Columns) -> None:
        self._rows = rows
        self.is_tcp = rows.name != "udp"
        self.c_bytes = np.maximum(rows.column("c_bytes_all").astype(np.int64), 0)
        self.s_bytes = np.maximum(rows.column("s_bytes_all").astype(np.int64), 0)
        self.c_packets = rows.column("c_pkts_all").astype(np.int64)
        self.s_packets = rows.column("s_pkts_all").astype(np.int64)
        self.has_times = rows.has("first", "last") if self.is_tcp else rows.has("c_first_abs")
        first, last = (rows.column("first"), rows.column("last")) if self.is_tcp else self._udp_times()
        self.first = np.clip(first, 0, _LATEST_NS)
        self.last = np.clip(np.maximum(first, last), 0, _LATEST_NS)
        self.c_internal = rows.column("c_isint").astype(bool)
        self.s_internal = rows.column("s_isint").astype(bool)
        self.s_port = rows.column("s_port").astype(np.int64)

    def _udp_times(self) -> tuple[Array, Array]:
        rows = self._rows
        client, server = rows.column("c_first_abs"), rows.column("s_first_abs")
        answered = rows.valid("s_first_abs")
        first = np.where(rows.valid("c_first_abs"), client, server)
        last = np.maximum(first, client + rows.column("c_durat"))
        last = np.where(answered, np.maximum(last, server + rows.column("s_durat")), last)
        return first, last

    @functools.cached_property
    def clients(self) -> tuple[Array, list[str]]:
        """Their addresses as texts."""
        return self._rows.texts("c_ip")

    @functools.cached_property
    def servers(self) -> tuple[Array, list[str]]:
        """Their addresses as texts."""
        return self._rows.texts("s_ip")

    @functools.cached_property
    def names(self) -> tuple[Array, list[str], Array]:
        """Of each row the place of its server's name in the list, or -1; and where it is from, of NAME_SOURCES."""
        columns = (("c_tls_SNI", 0), ("http_hostname", 1), ("fqdn", 2)) if self.is_tcp else (("quic_SNI", 3),
                                                                                             ("fqdn", 2))
        found = np.full(len(self._rows), -1, dtype=np.int64)
        sources = np.full(len(self._rows), -1, dtype=np.int8)
        listed: list[str] = []
        for column, source in columns:
            codes, texts = self._rows.texts(column)
            new = (found < 0) & (codes >= 0)
            found[new] = codes[new] + len(listed)
            sources[new] = source
            listed += texts
        return found, listed, sources

    @functools.cached_property
    def endpoints(self) -> tuple[Array, list[str], list[str]]:
        """Servers with their ports: of each row a place in the list; texts "address port"; a name of each, or empty."""
        codes, texts = self.servers
        pairs, places = np.unique(codes.astype(np.int64) << 16 | self.s_port, return_inverse=True)
        keys = [f"{texts[pair >> 16]} {pair & 0xFFFF}" for pair in pairs.tolist()]
        return places, keys, self.name_of_each(places, len(keys))

    def name_of_each(self, places: Array, number: int) -> list[str]:
        """A name for each of so many servers: that of the first row that has one."""
        codes, texts, _ = self.names
        named = np.flatnonzero(codes >= 0)
        found = np.full(number, -1, dtype=np.int64)
        found[places[named][::-1]] = codes[named][::-1]
        return [texts[code] if code >= 0 else "" for code in found.tolist()]

    def describe(self, row: int) -> tuple[str, int, str, int, str, int]:
        """A flow in a list: client, port, server, port, name, begin."""
        (clients, client_texts), (servers, server_texts) = self.clients, self.servers
        codes, names, _ = self.names
        return (client_texts[clients[row]] if clients[row] >= 0 else "?", int(self._rows.column("c_port")[row]),
                server_texts[servers[row]] if servers[row] >= 0 else "?", int(self.s_port[row]),
                names[codes[row]] if codes[row] >= 0 else "", int(self.first[row]))


class Rows(Columns):
    """A table, and what is computed once of it. (Flows do not know them: what is in no circle is gone at once.)"""

    @functools.cached_property
    def flows(self) -> Flows:
        """What all kinds of flows have."""
        return Flows(Columns(self.table))
