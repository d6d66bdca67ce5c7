# SPDX-License-Identifier: BSD-3-Clause
"""How far long work is: one line on standard error, where that is a terminal.

    with Progress("rows") as progress:
        for table in tables:
            progress.advance(len(table))
"""

from __future__ import annotations

import sys
import time
from typing import IO, Optional

_FIRST_S = 0.7  # what is done sooner needs no word
_EVERY_S = 0.2


class Progress:
    """Counts; nothing is shown where standard error is no terminal."""

    def __init__(self, unit: str, total: Optional[int] = None, stream: Optional[IO[str]] = None,
                 is_shown: bool = True) -> None:
        self._unit = unit
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._is_shown = is_shown and self._stream.isatty()
        self._done = 0
        self._note = ""
        self._next = time.monotonic() + _FIRST_S
        self._width = 0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def note(self, text: str) -> None:
        """What is being worked on, behind the count."""
        self._note = text

    def advance(self, count: int = 1) -> None:
        """So much more is done."""
        self._done += count
        now = time.monotonic()
        if not self._is_shown or now < self._next:
            return
        self._next = now + _EVERY_S
        done = f"{self._done:,}".replace(",", " ")
        share = f" ({100 * self._done // self._total} %)" if self._total else ""
        text = f"{done} {self._unit}{share}{'  ' + self._note if self._note else ''}"[:100]
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)

    def clear(self) -> None:
        """Takes the line away."""
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0
