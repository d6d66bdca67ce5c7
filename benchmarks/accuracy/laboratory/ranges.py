# SPDX-License-Identifier: BSD-3-Clause
"""Sets of numbers as ranges that do not touch."""

from __future__ import annotations

import bisect


class Ranges:
    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []

    def overlap(self, begin: int, end: int) -> int:
        """How many numbers of [begin, end) are in it."""
        total = 0
        i = bisect.bisect_right(self._ends, begin)
        while i < len(self._begins) and self._begins[i] < end:
            total += min(end, self._ends[i]) - max(begin, self._begins[i])
            i += 1
        return total

    def add(self, begin: int, end: int) -> None:
        if begin >= end:
            return
        i = bisect.bisect_left(self._ends, begin)
        j = bisect.bisect_right(self._begins, end)
        if i < j:
            begin, end = min(begin, self._begins[i]), max(end, self._ends[j - 1])
        self._begins[i:j] = [begin]
        self._ends[i:j] = [end]

    def total(self) -> int:
        return sum(self._ends) - sum(self._begins)

    def last(self) -> int | None:
        return self._ends[-1] if self._ends else None
