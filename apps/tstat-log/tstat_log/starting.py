# SPDX-License-Identifier: BSD-3-Clause
"""What the programs do before all else: streams that whoever starts them has closed, and signals after which what is
temporary goes."""

from __future__ import annotations

import os
import signal
import sys

_MODES = ("r", "w", "w")


def prepare() -> None:
    """Once, before anything is opened."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            _stand_in(number, name)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) == signal.SIG_DFL:  # nohup ignores it
            signal.signal(ending, lambda number, frame: sys.exit(128 + number))


def forget_output() -> None:
    """What standard output could not take is not tried again at the end."""
    handle = os.open(os.devnull, os.O_WRONLY)
    os.dup2(handle, sys.stdout.fileno())
    os.close(handle)


def _stand_in(number: int, name: str) -> None:
    """A stream that is closed: input is at its end, output fails as it would, messages go nowhere."""
    try:
        os.fstat(number)
    except OSError:
        handle = os.open(os.devnull, os.O_RDONLY if number < 2 else os.O_WRONLY)
        if handle != number:
            os.dup2(handle, number)
            os.close(handle)
    setattr(sys, name, open(number, _MODES[number], encoding="utf-8", closefd=False))
