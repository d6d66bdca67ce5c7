# SPDX-License-Identifier: BSD-3-Clause
"""What a probe sees of a scenario: the capture of a place, or what is left of it when the capture itself misses frames."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, replace
from pathlib import Path

from . import frames

#: Of each kind: the place, and what is left of its capture.
KINDS = {"client": "client", "middle": "middle", "server": "server", "lossy": "middle", "to_client": "middle", "to_server": "middle",
         "merged": "middle"}
PLACES = ("client", "middle", "server")
#: Scenarios' families that are looked at with captures that miss something, too.
FAMILIES_WITH_GAPS = ("clean", "random-loss", "settings")
CAPTURE_LOSS = 0.02
#: A network card, or a kernel, hands on as one what came within so many nanoseconds, and is no longer than so many bytes.
MERGED_WITHIN, MOST_MERGED = 200_000, 65_000


@dataclass(frozen=True)
class View:
    kind: str
    path: Path
    #: The number at the place of each frame of `path`, or the numbers of those that it was made of.
    numbers: tuple[tuple[int, ...], ...]

    @property
    def place(self) -> str:
        return KINDS[self.kind]


def kinds_of(family: str) -> tuple[str, ...]:
    return tuple(KINDS) if family in FAMILIES_WITH_GAPS else PLACES


def _is_kept(kind: str, data: bytes, draw: random.Random) -> bool:
    if kind == "lossy":
        return draw.random() >= CAPTURE_LOSS
    # The client's address ends with 1, the server's with 2.
    source = data[15] if data[0] >> 4 == 4 else data[23]
    return source == (1 if kind == "to_server" else 2)


def _options(data: bytes) -> bytes:
    """Of TCP."""
    begin = 4 * (data[0] & 15) if data[0] >> 4 == 4 else 40
    return data[begin + 20:begin + 4 * (data[begin + 12] >> 4)]


def _joined(whole: frames.Record, head: frames.Frame, next_record: frames.Record, next_head: frames.Frame) -> frames.Record | None:
    """Both as one, if a receiver's card may make it of them: the same headers but for PSH, and the payload goes on."""
    if (head.payload == 0 or next_head.payload == 0 or (head.flags | next_head.flags) & (frames.SYN | frames.FIN | frames.RST)
            or (head.source_port, head.target_port, head.acknowledgment, head.window) !=
            (next_head.source_port, next_head.target_port, next_head.acknowledgment, next_head.window)
            or _options(whole.data) != _options(next_record.data) or (head.sequence + head.payload) % 2**32 != next_head.sequence
            or next_record.time - whole.time > MERGED_WITHIN or whole.size + next_head.payload > MOST_MERGED):
        return None
    data = bytearray(whole.data + next_record.data[-next_head.payload:])
    if data[0] >> 4 == 4:
        struct.pack_into(">H", data, 2, len(data))
    else:
        struct.pack_into(">H", data, 4, len(data) - 40)
    return replace(whole, size=len(data), data=bytes(data))


def merged(all_frames: list[frames.Record]) -> tuple[list[frames.Record], tuple[tuple[int, ...], ...]]:
    """What a receiver's segmentation offload (GRO, LRO) makes of frames, and the numbers of those that each was made of."""
    made: list[frames.Record] = []
    numbers: list[tuple[int, ...]] = []
    last: dict[str, int] = {}  # of each sender
    for number, record in enumerate(all_frames, 1):
        head = frames.parse(number, record)
        if head is not None and head.protocol == frames.TCP and len(record.data) == record.size:
            before = last.get(head.source)
            if before is not None:
                other = frames.parse(0, made[before])
                joined = _joined(made[before], other, record, head) if other is not None and other.protocol == frames.TCP else None
                if joined is not None:
                    made[before], numbers[before] = joined, (*numbers[before], number)
                    continue
            last[head.source] = len(made)
        made.append(record)
        numbers.append((number,))
    return made, tuple(numbers)


def view(folder: Path, kind: str, seed: int, made: Path | None = None) -> View:
    """Makes the capture if it is not one of the link's, in the folder or in `made`."""
    place = folder / f"{KINDS[kind]}.pcap"
    all_frames = frames.records(place)
    if kind in PLACES:
        return View(kind, place, tuple((i,) for i in range(1, len(all_frames) + 1)))
    if kind == "merged":
        made_of, numbers = merged(all_frames)
        frames.write((made or folder) / "merged.pcap", made_of)
        return View(kind, (made or folder) / "merged.pcap", numbers)
    draw = random.Random(seed)
    kept = [i for i, record in enumerate(all_frames) if _is_kept(kind, record.data, draw)]
    path = (made or folder) / f"{kind}.pcap"
    frames.write(path, [all_frames[i] for i in kept])
    return View(kind, path, tuple((i + 1,) for i in kept))
