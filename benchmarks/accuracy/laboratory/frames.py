# SPDX-License-Identifier: BSD-3-Clause
"""Reads the link's captures: nanoseconds, frames that begin with IP."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

FIN, SYN, RST, ACK = 1, 2, 4, 16
TCP, UDP = 6, 17


@dataclass(frozen=True)
class Frame:
    """A TCP segment or a UDP datagram."""

    number: int
    time: int
    protocol: int
    source: str
    source_port: int
    target_port: int
    size: int  #: from the IP header on
    payload: int
    #: Of TCP.
    flags: int = 0
    sequence: int = 0
    acknowledgment: int = 0
    window: int = 0
    scale: int | None = None
    #: Of UDP: the first 12 bytes.
    head: bytes = b""


@dataclass(frozen=True)
class Record:
    """What a capture has of a frame."""

    time: int
    size: int  #: as it was; the bytes may be fewer
    data: bytes


def records(path: Path) -> list[Record]:
    raw = path.read_bytes()
    magic, link = struct.unpack_from("<I16xI", raw)
    if magic != 0xA1B23C4D or link != 101:
        raise ValueError(f"{path}: no capture of the link")
    found = []
    at = 24
    while at + 16 <= len(raw):
        seconds, nanoseconds, kept, size = struct.unpack_from("<IIII", raw, at)
        found.append(Record(seconds * 10**9 + nanoseconds, size, raw[at + 16:at + 16 + kept]))
        at += 16 + kept
    return found


def write(path: Path, frames: list[Record], most: int = 262144) -> None:
    """At most so many bytes of each frame."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, most, 101))
        for frame in frames:
            data = frame.data[:most]
            out.write(struct.pack("<IIII", frame.time // 10**9, frame.time % 10**9, len(data), frame.size) + data)


def _scale(options: bytes) -> int | None:
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if at + 1 >= len(options) or options[at + 1] < 2:
            return None
        if options[at] == 3:
            return options[at + 2]
        at += options[at + 1]
    return None


def parse(number: int, record: Record) -> Frame | None:
    """None: neither TCP nor UDP."""
    data = record.data
    if data[0] >> 4 == 4:
        header, protocol, source = 4 * (data[0] & 15), data[9], data[12:16].hex()
    else:
        header, protocol, source = 40, data[6], data[8:24].hex()
    if protocol not in (TCP, UDP):
        return None
    source_port, target_port = struct.unpack_from(">HH", data, header)
    if protocol == UDP:
        return Frame(number, record.time, protocol, source, source_port, target_port, record.size, record.size - header - 8,
                     head=data[header + 8:header + 20])
    sequence, acknowledgment, offset, flags, window = struct.unpack_from(">IIBBH", data, header + 4)
    begin = header + 4 * (offset >> 4)
    scale = _scale(data[header + 20:begin]) if flags & SYN else None
    return Frame(number, record.time, protocol, source, source_port, target_port, record.size, record.size - begin, flags, sequence,
                 acknowledgment, window, scale)


def read(path: Path) -> dict[int, Frame]:
    """By number, from 1."""
    frames = (parse(number, record) for number, record in enumerate(records(path), 1))
    return {frame.number: frame for frame in frames if frame is not None}
