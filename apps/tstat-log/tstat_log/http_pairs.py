# SPDX-License-Identifier: BSD-3-Clause
"""Requests of a log_http_complete with their responses."""

from __future__ import annotations

import collections
import re
from dataclasses import dataclass, field
from typing import Iterator, Optional

_TIME = re.compile(rb"(\d{1,12})(?:\.(\d{1,9}))?")
_SWEEP = 100_000  # rows, after which what nobody waits for any more is forgotten


def _key(row: bytes) -> bytes:
    """Client and server: the first four columns."""
    return b"\t".join(row.split(b"\t", 4)[:4])


def _cell(row: bytes, index: int) -> bytes:
    cells = row.split(b"\t", index + 1)
    return cells[index] if len(cells) > index else b""


def microseconds(time: bytes) -> Optional[int]:
    """Of "1500000000.580428"; None: it is no time."""
    match = _TIME.fullmatch(time)
    return int(match[1]) * 1_000_000 + int((match[2] or b"").ljust(6, b"0")[:6]) if match else None


@dataclass
class Pairs:
    """Requests of a connection are answered in the order in which they were sent.

    Rows go in one by one by add(), which gives the request of a response. A request waits for its response for so many
    seconds; responses that are not the last word (100 Continue) do not end the wait, and segments that go on with a
    head that was cut (REQ2, RES2) are no messages.
    """

    patience: float  # s
    rest: list[tuple[int, int, bytes]] = field(default_factory=list)
    keep_rest: bool = True
    lost: int = 0  # unmatched rows, kept or not
    _waiting: dict[bytes, "collections.deque[tuple[int, int, bytes]]"] = field(default_factory=dict)
    _rows: int = 0

    def add(self, row: bytes) -> Optional[bytes]:
        """The request, if the row is a response that has one."""
        self._rows += 1
        word, time = _cell(row, 5), microseconds(_cell(row, 4))
        if time is None or word in (b"REQ2", b"RES2"):
            return None
        if self._rows % _SWEEP == 0:
            for key in list(self._waiting):
                self._forget(key, time)
        if word != b"HTTP":
            self._waiting.setdefault(_key(row), collections.deque()).append((time, self._rows, row))
            return None
        key = _key(row)
        self._forget(key, time)
        queue = self._waiting.get(key)
        if not queue:
            self._unmatched((time, self._rows, row))
            return None
        if _is_interim(_cell(row, 6)):
            return None
        request = queue.popleft()[2]
        if not queue:
            del self._waiting[key]
        return request

    def finish(self) -> Iterator[bytes]:
        """The rows that have no other, by time."""
        for queue in self._waiting.values():
            for entry in queue:
                self._unmatched(entry)
        self._waiting.clear()
        return (row for _, _, row in sorted(self.rest))

    def _unmatched(self, entry: tuple[int, int, bytes]) -> None:
        self.lost += 1
        if self.keep_rest:
            self.rest.append(entry)

    def _forget(self, key: bytes, now: int) -> None:
        queue = self._waiting.get(key)
        while queue and queue[0][0] + self.patience * 1e6 < now:
            self._unmatched(queue.popleft())
        if queue is not None and not queue:
            del self._waiting[key]


def _is_interim(code: bytes) -> bool:
    return len(code) == 3 and code.startswith(b"1") and code != b"101"


class OriginalPairs:
    """As merge_http_flows.pl: a connection has one request that waits, the last one."""

    def __init__(self) -> None:
        self._requests: dict[bytes, bytes] = {}
        self._responses: dict[bytes, bytes] = {}

    def add(self, row: bytes) -> Optional[bytes]:
        """The request, if the row is a response that has one."""
        key = _key(row)
        if b"HTTP" not in _cell(row, 5):
            self._requests[key] = row
            return None
        if key in self._requests:
            return self._requests.pop(key)
        self._responses[key] = row
        return None

    def finish(self) -> Iterator[bytes]:
        """Requests, then responses, that have no other."""
        yield from self._requests.values()
        yield from self._responses.values()
