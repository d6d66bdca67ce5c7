# SPDX-License-Identifier: BSD-3-Clause
"""Names that clients asked for before they opened a flow, from log_dns_complete."""

from __future__ import annotations

import bisect
import ipaddress
from dataclasses import dataclass, field
from typing import Optional

NEEDED = ("c_ip", "c_port", "s_ip", "s_port", "time", "entry", "trans_id", "query", "ttl", "type", "answer")
_LONGEST_CHAIN = 32  # of aliases
_OTHER_MESSAGES = 4096  # between the records of one message


@dataclass(frozen=True)
class Resolution:
    """That a name was said to have an address."""

    time: float  # ms since the epoch
    time_text: bytes
    name: bytes  # as the client asked for it, without the dot at the end
    ttl: bytes


def address(text: bytes) -> bytes:
    """The same for the same address, however it is written."""
    if b":" not in text:
        return text
    try:
        return ipaddress.ip_address(text.decode("ascii")).packed
    except ValueError:
        return text


@dataclass
class Resolutions:
    """Rows go in by add(); then finish(), and found() tells the name of a flow."""

    _aliases: dict[tuple[bytes, ...], dict[bytes, bytes]] = field(default_factory=dict)
    _by_pair: dict[tuple[bytes, bytes], list[Resolution]] = field(default_factory=dict)

    def add(self, cells: list[bytes]) -> None:
        """A row, by the columns that are NEEDED."""
        client, client_port, server, server_port, time, entry, number, query, ttl, kind, answer = cells
        if entry != b"RESP" or kind not in (b"A", b"AAAA", b"CNAME"):
            return
        try:
            when = float(time)
        except ValueError:
            return
        owner = query.rstrip(b".").lower()
        message = (client, client_port, server, server_port, number, time)
        if kind == b"CNAME":
            while len(self._aliases) > _OTHER_MESSAGES:
                del self._aliases[next(iter(self._aliases))]
            self._aliases.setdefault(message, {})[answer.rstrip(b".").lower()] = owner
            return
        name = self._asked(message, owner)
        self._by_pair.setdefault((address(client), address(answer)), []).append(Resolution(when, time, name, ttl))

    def _asked(self, message: tuple[bytes, ...], owner: bytes) -> bytes:
        """The name that the owner of an address is an alias' target of."""
        aliases = self._aliases.get(message, {})
        for _ in range(_LONGEST_CHAIN):
            before = aliases.get(owner)
            if before is None:
                break
            owner = before
        return owner

    def finish(self) -> None:
        """All rows are in."""
        for found in self._by_pair.values():
            found.sort(key=lambda resolution: resolution.time)

    def found(self, client: bytes, server: bytes, first: float, age_ms: float) -> Optional[Resolution]:
        """The last one before a flow began, unless it is older."""
        known = self._by_pair.get((address(client), address(server)))
        if not known:
            return None
        place = bisect.bisect_right(known, first, key=lambda resolution: resolution.time)
        if place == 0 or known[place - 1].time < first - age_ms:
            return None
        return known[place - 1]
