# SPDX-License-Identifier: BSD-3-Clause
"""What is known of many values in little memory: how they are spread, how many differ, how they lie in time.

None depends on the order in which values come, so that the same rows give the same figures.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from .words import NS

Array = npt.NDArray[Any]


class Scale:
    """Bins of positive numbers, as many an octave; what is outside is in the first and the last one."""

    def __init__(self, per_octave: int, lowest: float, octaves: int) -> None:
        self.per_octave = per_octave
        self.lowest = lowest
        self.bins = per_octave * octaves

    def bin_of(self, values: Array) -> Array:
        """The bin of each value."""
        logs = np.log2(np.maximum(values, self.lowest) / self.lowest)
        found: Array = np.minimum((logs * self.per_octave).astype(np.int64), self.bins - 1)
        return found

    def edges(self) -> Array:
        """One more than bins."""
        found: Array = self.lowest * np.exp2(np.arange(self.bins + 1) / self.per_octave)
        return found

    def quantile(self, counts: Array, share: float, smallest: float, largest: float) -> float:
        """The value below which that share is: as exact as a bin is narrow."""
        total = int(counts.sum())
        if total == 0:
            return 0.0
        wanted = share * (total - 1) + 0.5
        before = np.concatenate([[0], np.cumsum(counts)])
        place = min(max(int(np.searchsorted(before, wanted, side="right")) - 1, 0), self.bins - 1)
        within = (wanted - before[place]) / max(int(counts[place]), 1)
        value = self.lowest * 2.0 ** ((place + within) / self.per_octave)
        return float(min(max(value, smallest), largest))


#: Of durations: from 1 µs to 12 days, within half a per cent.
TIMES = Scale(64, 1000.0, 40)
#: The same for each of many servers: within four per cent.
COARSE_TIMES = Scale(8, 1000.0, 30)


class Spread:
    """How durations (or other numbers) are spread: count, mean, quantiles, extremes."""

    def __init__(self, scale: Scale = TIMES) -> None:
        self.scale = scale
        self.counts = np.zeros(scale.bins, dtype=np.int64)
        self.sum = 0.0
        self.smallest = float("inf")
        self.largest = float("-inf")

    def add(self, values: Array) -> None:
        """More of them."""
        if len(values) == 0:
            return
        numbers = values.astype(np.float64)
        self.counts += np.bincount(self.scale.bin_of(numbers), minlength=self.scale.bins)
        self.sum += float(numbers.sum())
        self.smallest = min(self.smallest, float(numbers.min()))
        self.largest = max(self.largest, float(numbers.max()))

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Of all."""
        return self.sum / self.count if self.count else 0.0

    def quantile(self, share: float) -> float:
        """Below it is that share of the values."""
        if share <= 0:
            return self.smallest
        if share >= 1:
            return self.largest
        return self.scale.quantile(self.counts, share, self.smallest, self.largest)


class Distinct:
    """How many different 16-byte addresses there are: exact up to some hundred thousand, then within half a per cent.

    Kept are the smallest of their hashes; where there are more, how dense these lie says how many there are.
    """

    MOST = 1 << 18

    def __init__(self) -> None:
        self._smallest: npt.NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)
        self._is_full = False

    def add(self, addresses: Array) -> None:
        """More of them, which may have come before."""
        if len(addresses) == 0:
            return
        words = np.ascontiguousarray(addresses).view(np.uint64).reshape(-1, 2)
        hashes = np.unique(_mixed(_mixed(words[:, 0]) ^ words[:, 1]))
        found = np.union1d(self._smallest, hashes)
        self._is_full = self._is_full or len(found) > self.MOST
        self._smallest = found[:self.MOST]

    @property
    def is_exact(self) -> bool:
        """Whether none was left out."""
        return not self._is_full

    @property
    def count(self) -> int:
        """How many there are."""
        if not self._is_full:
            return len(self._smallest)
        return round((self.MOST - 1) / (float(self._smallest[-1]) / 2.0 ** 64))


def _mixed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Words whose bits all depend on all bits (the finaliser of SplitMix64)."""
    mixed = words + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return result


# Each is a multiple of the one before.
_WIDTHS_NS = [NS // 10, NS // 2, NS, 5 * NS, 10 * NS, 30 * NS, 60 * NS, 300 * NS, 600 * NS, 1800 * NS, 3600 * NS,
              10800 * NS,
              21600 * NS, 86400 * NS, 604800 * NS]


class Timeline:
    """Sums over time, in bins that become wider as the span becomes longer.

    What a flow carried is spread evenly over its life.
    """

    MOST = 400  # bins

    def __init__(self, series: int) -> None:
        self._step = 0
        self._first = 0  # number of the first bin, since the epoch
        self._sums = np.zeros((series, 0))

    @property
    def width_ns(self) -> int:
        """Of a bin."""
        if self._step < len(_WIDTHS_NS):
            return _WIDTHS_NS[self._step]
        return int(_WIDTHS_NS[-1] << (self._step - len(_WIDTHS_NS) + 1))

    @property
    def start_ns(self) -> int:
        """Where the first bin begins."""
        return self._first * self.width_ns

    @property
    def sums(self) -> Array:
        """Of each series, bin by bin."""
        return self._sums

    def _widen(self) -> None:
        old = self.width_ns
        self._step += 1
        factor = self.width_ns // old
        bins = self._sums.shape[1]
        first = self._first // factor
        before = self._first - first * factor
        after = -(before + bins) % factor
        padded = np.pad(self._sums, ((0, 0), (before, after)))
        self._sums = padded.reshape(len(padded), -1, factor).sum(axis=2)
        self._first = first

    def _reach(self, begin_ns: int, end_ns: int) -> None:
        while True:
            begin, end = begin_ns // self.width_ns, end_ns // self.width_ns + 1
            if self._sums.shape[1]:
                begin, end = min(begin, self._first), max(end, self._first + self._sums.shape[1])
            if end - begin <= self.MOST:
                break
            self._widen()
        if self._sums.shape[1] == 0:
            self._first = begin
        self._sums = np.pad(self._sums, ((0, 0), (self._first - begin, end - self._first - self._sums.shape[1])))
        self._first = begin

    def add(self, begin: Array, end: Array, values: list[Optional[Array]]) -> None:
        """Values of each series (None: none) between begin and end, nanoseconds since the epoch."""
        if len(begin) == 0:
            return
        end = np.maximum(begin, end)
        self._reach(int(begin.min()), int(end.max()))
        width, bins = self.width_ns, self._sums.shape[1]
        first, last = begin // width - self._first, end // width - self._first
        whole = first == last
        life = np.where(whole, 1, end - begin).astype(np.float64)
        # Of a flow in several bins: a part in the first, a part in the last, and the same in each between.
        of_first = ((first + 1 + self._first) * width - begin) / life
        of_last = (end - (last + self._first) * width) / life
        for number, amounts in enumerate(values):
            if amounts is None:
                continue
            weights = amounts.astype(np.float64)
            sums = self._sums[number]
            sums += np.bincount(first, weights=np.where(whole, weights, weights * of_first), minlength=bins)
            sums += np.bincount(last, weights=np.where(whole, 0, weights * of_last), minlength=bins)
            each = np.where(whole, 0, weights * width / life)
            change = np.bincount(first + 1, weights=each, minlength=bins + 1)
            change -= np.bincount(last, weights=each, minlength=bins + 1)
            between = np.cumsum(change)[:bins]
            sums += np.where(between > weights.max(initial=0) * 1e-9, between, 0)
