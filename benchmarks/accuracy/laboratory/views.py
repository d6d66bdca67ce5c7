# SPDX-License-Identifier: BSD-3-Clause
"""What a probe sees of a scenario: the capture of a place, or what is left of it when the capture itself misses frames."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from . import frames

#: Of each kind: the place, and what is left of its capture.
KINDS = {"client": "client", "middle": "middle", "server": "server", "lossy": "middle", "to_client": "middle", "to_server": "middle"}
PLACES = ("client", "middle", "server")
#: Scenarios' families that are looked at with captures that miss something, too.
FAMILIES_WITH_GAPS = ("clean", "random-loss", "settings")
CAPTURE_LOSS = 0.02


@dataclass(frozen=True)
class View:
    kind: str
    path: Path
    #: The frame's number at the place, of each frame of `path`.
    numbers: tuple[int, ...]

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


def view(folder: Path, kind: str, seed: int, made: Path | None = None) -> View:
    """Makes the capture if it is not one of the link's, in the folder or in `made`."""
    place = folder / f"{KINDS[kind]}.pcap"
    all_frames = frames.records(place)
    if kind in PLACES:
        return View(kind, place, tuple(range(1, len(all_frames) + 1)))
    draw = random.Random(seed)
    kept = [i for i, record in enumerate(all_frames) if _is_kept(kind, record.data, draw)]
    path = (made or folder) / f"{kind}.pcap"
    frames.write(path, [all_frames[i] for i in kept])
    return View(kind, path, tuple(i + 1 for i in kept))
