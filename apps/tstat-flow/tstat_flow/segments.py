# SPDX-License-Identifier: BSD-3-Clause
"""TCP segments of one flow, with numbers that count from the begin of each end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

import tstat

from . import words

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
_FLAGS = ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (PSH, "PSH"), (URG, "URG"), (ACK, "ACK"))
_WRAP = 1 << 32


@dataclass(slots=True)
class Segment:
    """A segment: numbers are relative to the first of their end."""

    number: int  #: of the packet in the trace
    time: float  #: seconds since the flow's first packet
    from_client: bool
    flags: int
    sequence: int
    acknowledgment: Optional[int]
    length: int
    window: Optional[int]
    options: tuple[str, ...]
    sack: tuple[tuple[int, int], ...]  #: of the other end's bytes
    round_trip: Optional[float]  #: seconds
    is_retransmitted: bool
    is_out_of_order: bool
    verdicts: tuple[tstat.Verdict, ...]
    connection_type: int
    payload: bytes  #: how it begins
    events: list[str] = field(default_factory=list)

    @property
    def end(self) -> int:
        """Behind its last byte; SYN and FIN count one."""
        return self.sequence + max(self.length, 0) + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def sender(self) -> str:
        """client, server."""
        return words.CLIENT if self.from_client else words.SERVER

    def has(self, flags: int) -> bool:
        """Whether one of the flags is set."""
        return bool(self.flags & flags)


def flags_text(flags: int) -> str:
    """SYN ACK; a data segment's ACK goes without saying."""
    names = [name for bit, name in _FLAGS if flags & bit and not (bit == ACK and flags & ~(ACK | PSH) == 0 and flags != ACK)]
    return " ".join(names) or "-"


class _Numbers:
    """Sequence numbers of one end, as numbers that do not wrap."""

    def __init__(self) -> None:
        self._base: Optional[int] = None
        self._last = 0

    def relative(self, number: int) -> int:
        """The place nearest to the last one."""
        if self._base is None:
            self._base = number
        place = (number - self._base) % _WRAP
        place += round((self._last - place) / _WRAP) * _WRAP
        self._last = place
        return place


def _sack_blocks(body: bytes) -> list[tuple[int, int]]:
    return [(int.from_bytes(body[i:i + 4], "big"), int.from_bytes(body[i + 4:i + 8], "big")) for i in range(0, len(body) - 7, 8)]


def _option(kind: int, body: bytes) -> str:
    number = int.from_bytes(body, "big")
    if kind == 2 and len(body) == 2:
        return f"mss {number}"
    if kind == 3 and len(body) == 1:
        return f"wscale {number}"
    if kind == 4:
        return "sack ok"
    if kind == 8 and len(body) == 8:
        return "timestamps"
    return {30: "mptcp", 34: "fast open", 19: "md5", 29: "tcp-ao"}.get(kind, f"option {kind}")


def _options(header: bytes) -> tuple[list[str], list[tuple[int, int]]]:
    """Options of a TCP header as texts, and blocks of SACK."""
    found: list[str] = []
    blocks: list[tuple[int, int]] = []
    end = min(len(header), 4 * (header[12] >> 4)) if len(header) > 12 else 0
    place = 20
    while place < end and header[place] != 0:
        if header[place] == 1:
            place += 1
            continue
        length = header[place + 1] if place + 1 < end else 0
        if length < 2 or place + length > end:
            break
        body = header[place + 2:place + length]
        if header[place] == 5:
            blocks += _sack_blocks(body)
        else:
            found.append(_option(header[place], body))
        place += length
    return found, blocks


class Gatherer:
    """Makes segments of packets, one after the other."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._numbers = {True: _Numbers(), False: _Numbers()}
        self._first: Optional[int] = None

    def add(self, packet: tstat.Packet) -> None:
        """One more packet of the flow."""
        tcp = packet.tcp
        if tcp is None:
            return
        ns = int(packet.time.astype("int64"))
        if self._first is None:
            self._first = ns
        own, other = self._numbers[packet.from_client], self._numbers[not packet.from_client]
        header = packet.transport
        options, blocks = _options(header)
        sequence = own.relative(tcp.sequence)
        acknowledgment = other.relative(tcp.acknowledgment) if tcp.flags & ACK else None
        sack = tuple((other.relative(begin), other.relative(end)) for begin, end in blocks)
        if acknowledgment is not None and sack:
            other.relative(tcp.acknowledgment)
        offset = 4 * (header[12] >> 4) if len(header) > 12 else len(header)
        self.segments.append(Segment(
            number=packet.number, time=(ns - self._first) / 1e9, from_client=packet.from_client, flags=tcp.flags,
            sequence=sequence, acknowledgment=acknowledgment, length=tcp.payload_length, window=tcp.window,
            options=tuple(option for option in options if option != "timestamps" or tcp.flags & SYN), sack=sack,
            round_trip=None if tcp.round_trip is None else words.seconds(tcp.round_trip),
            is_retransmitted=tcp.is_retransmitted, is_out_of_order=tcp.is_out_of_order, verdicts=tcp.verdicts,
            connection_type=tcp.connection_type, payload=header[offset:offset + 6]))
