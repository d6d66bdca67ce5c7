# SPDX-License-Identifier: BSD-3-Clause
"""What is known of the instance by now: its answers of the last time, and the rows of the same time."""

from __future__ import annotations

import collections
import copy
import time
from typing import Optional, Union

from .metrics import Change, Exposition, Instance, Sample, Unreachable
from .ranking import Window
from .rows import Follower, Row

_KEPT = 60  # answers in a window, and rates that are drawn


class Monitor:
    """Answers and rows go in by ``take`` and ``read_rows``, the view looks at the rest."""

    def __init__(self, instance: Optional[Instance], follower: Optional[Follower], window: float) -> None:
        self.instance = instance
        self.follower = follower
        self.window = Window(window)
        self.problem = ""  #: why there was no answer; empty: there was one
        self.last: Optional[Sample] = None
        self.before: Optional[Sample] = None  #: the answer before the last one
        self.packet_rates: collections.deque[float] = collections.deque(maxlen=_KEPT)
        self.runs = 0  #: that were seen
        self._stands_at: Optional[float] = None
        self._history: collections.deque[Sample] = collections.deque()

    def ask(self) -> Union[Sample, Unreachable, None]:
        """An answer, or why there is none; from any thread."""
        if self.instance is None:
            return None
        try:
            return self.instance.ask()
        except Unreachable as error:
            return error

    def take(self, answer: Union[Sample, Unreachable, None]) -> None:
        """What was answered."""
        if answer is None:
            return
        if isinstance(answer, Unreachable):
            self.problem = str(answer)
            return
        self.problem = ""
        if self.last is None or is_another_run(self.last.found, answer.found):
            self.runs += 1
            self._history.clear()
            self.packet_rates.clear()
            self.last = None
        self.before, self.last = self.last, answer
        while len(self._history) > 1 and answer.when - self._history[1].when >= self.window.seconds:
            self._history.popleft()
        if not self._history or answer.when - self._history[-1].when >= self.window.seconds / _KEPT:
            self._history.append(answer)
        if self.before is not None:
            self.packet_rates.append(Change(self.before, self.last).rate("tstat_packets_total"))

    @property
    def time(self) -> float:
        """Now, by the clock that only goes on."""
        return time.monotonic() if self._stands_at is None else self._stands_at

    def as_of_now(self) -> Monitor:
        """What it is now, to be looked at while this one goes on."""
        still = copy.copy(self)
        still._stands_at = self.time
        still.window = self.window.as_of_now()
        still.packet_rates = self.packet_rates.copy()
        still._history = self._history.copy()
        return still

    @property
    def now(self) -> Optional[Change]:
        """From the answer before to the last one."""
        return Change(self.before, self.last) if self.before is not None and self.last is not None else None

    @property
    def recent(self) -> Optional[Change]:
        """Of the window, or of what is known of it."""
        if self.last is None or not self._history or self._history[0] is self.last:
            return None
        return Change(self._history[0], self.last)

    def read_rows(self, seconds: float) -> bool:
        """Takes rows, for about so long; False: there are more."""
        if self.follower is None:
            return True
        now = time.monotonic()

        def add(row: Row, age: float) -> None:
            self.window.add(row.names, row.sums, now - age)

        return self.follower.read(add, seconds)

    @property
    def is_well(self) -> bool:
        """Whether all that was asked for is there."""
        return not self.problem and (self.follower is None or not self.follower.problem)


def is_another_run(older: Exposition, newer: Exposition) -> bool:
    """Whether tstat was started in between."""
    return (older.total("tstat_start_time_seconds") != newer.total("tstat_start_time_seconds") or
            older.total("tstat_packets_total") > newer.total("tstat_packets_total"))
