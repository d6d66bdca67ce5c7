# SPDX-License-Identifier: BSD-3-Clause
"""Questions to the network: many at a time, each once, and none waited for longer than so long."""

from __future__ import annotations

import queue
import signal
import socket
import threading
import time
from typing import Callable, Generic, Iterable, Optional, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
_STUCK = 4  # times as many threads as work at a time are there at most, with those that nobody waits for any more


class Lookups(Generic[Key, Value]):
    """Answers by key; None: there is none, or not in time."""

    def __init__(self, find: Callable[[Key], Optional[Value]], workers: int, seconds: float) -> None:
        self.known: dict[Key, Optional[Value]] = {}
        self.late = 0
        self._find = find
        self._workers = workers
        self._seconds = seconds
        self._keys: "queue.SimpleQueue[Key]" = queue.SimpleQueue()
        self._answers: "queue.SimpleQueue[tuple[Key, Optional[Value]]]" = queue.SimpleQueue()
        self._begun: dict[Key, float] = {}
        self._threads = 0

    def ask(self, keys: Iterable[Key]) -> dict[Key, Optional[Value]]:
        """Answers to all of them, and those to earlier questions."""
        waiting = {key for key in keys if key not in self.known}
        for key in waiting:
            self._keys.put(key)
        self._start(min(self._workers, len(waiting)) - self._threads)
        while waiting:
            try:
                key, value = self._answers.get(timeout=0.05)
            except queue.Empty:
                self._give_up(waiting)
                continue
            self.known[key] = value
            self._begun.pop(key, None)
            waiting.discard(key)
        return self.known

    def _start(self, count: int) -> None:
        for _ in range(count):
            if self._threads < self._workers * _STUCK:
                self._threads += 1
                threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        # A peer that closes a connection must not end the program, as who does not read its output on does.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
        while True:
            key = self._keys.get()
            self._begun[key] = time.monotonic()
            try:
                value = self._find(key)
            except Exception:  # whatever a stranger's answer did: there is none
                value = None
            self._answers.put((key, value))

    def _give_up(self, waiting: set[Key]) -> None:
        """Who has waited for long enough gets no answer; another thread takes the place of the one that is stuck."""
        now = time.monotonic()
        for key, begun in list(self._begun.items()):
            if key in waiting and now - begun > self._seconds:
                self.known[key] = None
                waiting.discard(key)
                self.late += 1
                self._start(1)


def reverse_name(address: str) -> Optional[str]:
    """The name of an address, as the system finds it; None: it has none."""
    try:
        return socket.getnameinfo((address, 0), socket.NI_NAMEREQD)[0].rstrip(".").lower()
    except (OSError, UnicodeError):
        return None
