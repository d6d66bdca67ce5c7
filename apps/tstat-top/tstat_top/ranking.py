# SPDX-License-Identifier: BSD-3-Clause
"""Who had most in the last time, of any number of names, in bounded memory.

The time is cut into slots, and each keeps the names with most bytes and those with most flows by the algorithm
"Space-Saving" (Metwally, Agrawal, El Abbadi: Efficient computation of frequent and top-k elements in data streams,
2005): a name that is in none of the places takes that of the smallest one, and may have had as much as that before. So
each name that has more than the ``PLACES``-th part of all is there. Sums are those since a name has its place: exact
where no place was taken.
"""

from __future__ import annotations

import collections
import copy
import heapq
from dataclasses import dataclass, fields
from typing import Callable, Optional

PLACES = 400
SLOTS = 12
_LONGEST_NAME = 255
KINDS = ("name", "application", "server", "client")


@dataclass
class Sums:
    """Of rows: flows, bytes of payload; of TCP: segments with payload, those that repeat something, those of them that
    were lost on their way; round-trip times between the probe and the server."""

    flows: int = 0
    size: float = 0.0
    segments: float = 0.0
    retransmitted: float = 0.0
    lost: float = 0.0
    rtt_ms: float = 0.0
    rtt_flows: int = 0

    def add(self, more: Sums) -> None:
        """Others'."""
        for name in _FIELDS:
            setattr(self, name, getattr(self, name) + getattr(more, name))

    @property
    def mean_rtt_ms(self) -> Optional[float]:
        """Of the flows that have one."""
        return self.rtt_ms / self.rtt_flows if self.rtt_flows else None


_FIELDS = tuple(field.name for field in fields(Sums))


class _Place:
    __slots__ = ("weight", "sums")

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self.sums = Sums()


class Summary:
    """The names with most of one weight."""

    def __init__(self, places: int = PLACES) -> None:
        self.has_replaced = False
        self._most = places
        self.places: dict[str, _Place] = {}
        self._smallest: list[tuple[float, str]] = []  # some with a weight that they had before

    def add(self, name: str, weight: float, sums: Sums) -> None:
        """A row of that name."""
        place = self.places.get(name)
        if place is None:
            before = 0.0
            if len(self.places) >= self._most:
                before = self._replace()
            place = self.places[name] = _Place(before + weight)
            heapq.heappush(self._smallest, (place.weight, name))
        else:
            place.weight += weight
        place.sums.add(sums)

    def _replace(self) -> float:
        """Takes the place of the smallest one, and tells its weight."""
        self.has_replaced = True
        while True:
            weight, name = self._smallest[0]
            now = self.places[name].weight
            if now == weight:
                heapq.heappop(self._smallest)
                del self.places[name]
                return weight
            heapq.heapreplace(self._smallest, (now, name))


class _Slot:
    def __init__(self, number: int) -> None:
        self.number = number
        self.total = Sums()
        self.by_size = {kind: Summary() for kind in KINDS}
        self.by_flows = {kind: Summary() for kind in KINDS}

    def add(self, kind: str, name: str, sums: Sums) -> None:
        self.by_size[kind].add(name, sums.size, sums)
        self.by_flows[kind].add(name, sums.flows, sums)

    def sums(self, kind: str) -> dict[str, Sums]:
        """Of each name that has a place: the fuller of its two sums."""
        found = {name: place.sums for name, place in self.by_size[kind].places.items()}
        for name, place in self.by_flows[kind].places.items():
            if name not in found or found[name].flows < place.sums.flows:
                found[name] = place.sums
        return found


class Window:
    """The last ``seconds``, by a clock of the caller's."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._slots: collections.deque[_Slot] = collections.deque(maxlen=SLOTS + 1)

    def add(self, names: dict[str, str], sums: Sums, when: float) -> None:
        """A row, with its name of each kind that it has. What is older than the window is left out."""
        slot = self._slot(int(when / self.seconds * SLOTS))
        if slot is None:
            return
        slot.total.add(sums)
        for kind, name in names.items():
            slot.add(kind, name[:_LONGEST_NAME], sums)

    def as_of_now(self) -> Window:
        """Its rows until now. Slots before the newest one are the same, as they get no further rows."""
        still = Window(self.seconds)
        still._slots.extend(self._slots)
        if still._slots:
            still._slots[-1] = copy.deepcopy(still._slots[-1])
        return still

    def _slot(self, number: int) -> Optional[_Slot]:
        for slot in reversed(self._slots):
            if slot.number == number:
                return slot
        if self._slots and number < self._slots[-1].number:
            return None
        self._slots.append(_Slot(number))
        return self._slots[-1]

    def _recent(self, now: float) -> list[_Slot]:
        oldest = int(now / self.seconds * SLOTS) - SLOTS
        while self._slots and self._slots[0].number < oldest:
            self._slots.popleft()
        return list(self._slots)

    def total(self, now: float) -> Sums:
        """Of all rows of the window."""
        total = Sums()
        for slot in self._recent(now):
            total.add(slot.total)
        return total

    def is_exact(self, kind: str, now: float) -> bool:
        """Whether there were no more names than places."""
        return not any(slot.by_size[kind].has_replaced for slot in self._recent(now))

    def top(self, kind: str, now: float, key: Callable[[Sums], float],
            wanted: Callable[[str], bool] = lambda name: True) -> list[tuple[str, Sums]]:
        """The names that are wanted, those with the largest key first, then by their letters."""
        merged: dict[str, Sums] = {}
        for slot in self._recent(now):
            for name, sums in slot.sums(kind).items():
                if wanted(name):
                    merged.setdefault(name, Sums()).add(sums)
        return sorted(merged.items(), key=lambda item: (-key(item[1]), item[0]))
