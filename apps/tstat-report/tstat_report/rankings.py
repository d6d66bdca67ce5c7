# SPDX-License-Identifier: BSD-3-Clause
"""The largest of many, in bounded memory: sums by key (names, hosts, ports) and single flows."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
import numpy.typing as npt

from .sketches import COARSE_TIMES

Array = npt.NDArray[Any]


class Tally:
    """Sums by key. The first sum is the weight: of too many keys the light ones are left out.

    A key that was left out and comes again begins anew, so its sums may lack what it had: at most ``lost``.
    """

    def __init__(self, sums: int, most: int = 20_000) -> None:
        self._most = most
        self._sums = np.zeros((1024, sums))
        self._rows: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self.lost = 0.0

    def __len__(self) -> int:
        return len(self._rows)

    def _places(self, keys: Sequence[str]) -> Array:
        rows = self._rows
        places = np.fromiter((rows.setdefault(key, len(rows)) for key in keys), dtype=np.int64, count=len(keys))
        if len(rows) > len(self._sums):
            grown = np.zeros((max(len(rows), 2 * len(self._sums)), self._sums.shape[1]))
            grown[:len(self._sums)] = self._sums
            self._sums = grown
        return places

    def add(self, codes: Array, keys: Sequence[str], values: Sequence[Array],
            names: Optional[Sequence[str]] = None) -> None:
        """Adds rows: the place of each row's key among ``keys`` (-1: none), and its values. ``names`` are what keys are
        called; the first one stays."""
        known = codes >= 0
        of_rows = codes[known]
        if len(of_rows) == 0:
            return
        used = np.flatnonzero(np.bincount(of_rows, minlength=len(keys)))
        places = self._places([keys[i] for i in used])
        for number, amounts in enumerate(values):
            sums = np.bincount(of_rows, weights=amounts[known].astype(np.float64), minlength=len(keys))
            np.add.at(self._sums[:, number], places, sums[used])
        if names is not None:
            for i in used:
                if names[i]:
                    self._names.setdefault(keys[i], names[i])
        if len(self._rows) > 2 * self._most:
            self._prune()

    def _prune(self) -> None:
        keys = list(self._rows)
        sums = self._sums[:len(keys)]
        order = self._order(keys, sums)
        kept = order[:self._most]
        self.lost += float(sums[order[self._most:], 0].max())
        self._sums = np.concatenate([sums[kept], np.zeros((self._most + 1, sums.shape[1]))])
        self._rows = {keys[i]: place for place, i in enumerate(kept)}
        self._names = {key: name for key, name in self._names.items() if key in self._rows}

    @staticmethod
    def _order(keys: list[str], sums: Array) -> list[int]:
        by_name = np.argsort(np.array(keys, dtype=object), kind="stable")
        return [int(i) for i in by_name[np.argsort(-sums[by_name, 0], kind="stable")]]

    def top(self, number: int) -> list[tuple[str, str, list[float]]]:
        """The heaviest: key, name (or empty), sums. As heavy ones by key."""
        keys = list(self._rows)
        if not keys:
            return []
        sums = self._sums[:len(keys)]
        return [(keys[i], self._names.get(keys[i], ""), sums[i].tolist()) for i in self._order(keys, sums)[:number]]

    def total(self, number: int = 0) -> float:
        """Of one sum over all keys that are kept."""
        return float(self._sums[:len(self._rows), number].sum())


class Timings:
    """Durations by key: how often, and quantiles. The keys with few are left out when there are too many."""

    def __init__(self, kinds: int, most: int = 4096) -> None:
        self._kinds = kinds
        self._most = most
        self._bins = COARSE_TIMES.bins
        self._counts = np.zeros((256, kinds * self._bins), dtype=np.int32)
        self._rows: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self.is_pruned = False

    def add(self, codes: Array, keys: Sequence[str], kind: int, ns: Array,
            names: Optional[Sequence[str]] = None) -> None:
        """Durations of one kind: the place of each one's key among ``keys`` (-1: none)."""
        known = codes >= 0
        cells, counts = np.unique(codes[known].astype(np.int64) * self._bins
                                  + COARSE_TIMES.bin_of(ns[known].astype(np.float64)),
                                  return_counts=True)
        used = np.unique(cells // self._bins)
        places = np.zeros(len(keys), dtype=np.int64)
        for i in used:
            places[i] = self._rows.setdefault(keys[i], len(self._rows))
            if names is not None and names[i]:
                self._names.setdefault(keys[i], names[i])
        if len(self._rows) > len(self._counts):
            grown = np.zeros((max(len(self._rows), 2 * len(self._counts)), self._counts.shape[1]), dtype=np.int32)
            grown[:len(self._counts)] = self._counts
            self._counts = grown
        np.add.at(self._counts, (places[cells // self._bins], kind * self._bins + cells % self._bins), counts)

    def prune(self) -> None:
        """Keeps memory bounded; between tables."""
        if len(self._rows) <= 2 * self._most:
            return
        self.is_pruned = True
        keys = list(self._rows)
        totals = self._counts[:len(keys), :self._bins].sum(axis=1)
        by_name = np.argsort(np.array(keys, dtype=object), kind="stable")
        kept = by_name[np.argsort(-totals[by_name], kind="stable")][:self._most]
        self._counts = np.concatenate([self._counts[kept], np.zeros((self._most, self._counts.shape[1]),
                                                                    dtype=np.int32)])
        self._rows = {keys[i]: place for place, i in enumerate(kept)}
        self._names = {key: name for key, name in self._names.items() if key in self._rows}

    def slowest(self, number: int, least: int) -> list[tuple[str, str, list[Array]]]:
        """Keys with at least so many durations of the first kind, those with the largest median first.

        Key, name, and of each kind the counts by bin of COARSE_TIMES.
        """
        found = []
        for key, row in self._rows.items():
            counts = [self._counts[row, k * self._bins:(k + 1) * self._bins] for k in range(self._kinds)]
            if counts[0].sum() >= least:
                found.append((-median(counts[0]), key, self._names.get(key, ""), counts))
        found.sort(key=lambda entry: entry[:2])
        return [(key, name, counts) for _, key, name, counts in found[:number]]

    def enough(self, least: int) -> int:
        """How many keys have at least so many durations of the first kind."""
        return int((self._counts[:len(self._rows), :self._bins].sum(axis=1) >= least).sum())


def median(counts: Array) -> float:
    """Of durations by bin of COARSE_TIMES."""
    return COARSE_TIMES.quantile(counts, 0.5, 0.0, float("inf"))


class Worst:
    """The few flows of the highest score, with what is told of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[Any, ...]] = []

    def add(self, scores: Array, describe: Any) -> None:
        """``describe(i)`` gives a tuple for row i: what is told, comparable, so that ties have an order."""
        candidates = np.flatnonzero(scores > 0)
        if len(candidates) > self._most:
            least = np.partition(scores[candidates], len(candidates) - self._most)[len(candidates) - self._most]
            if len(self._kept) == self._most:
                least = max(least, -self._kept[-1][0])
            candidates = candidates[scores[candidates] >= least]
        if len(candidates) > 50 * self._most:  # as bad as each other: the first ones
            candidates = candidates[:50 * self._most]
        self._kept += [(-float(scores[i]), *describe(int(i))) for i in candidates]
        self._kept.sort()
        del self._kept[self._most:]

    def rows(self) -> list[tuple[Any, ...]]:
        """The worst first: (score, what describe gave)."""
        return [(-kept[0], *kept[1:]) for kept in self._kept]
