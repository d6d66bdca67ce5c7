# SPDX-License-Identifier: BSD-3-Clause
"""What the programs do before all else: streams that whoever starts them has closed, and signals after which what is
temporary goes."""

from __future__ import annotations

import os
import signal
import sys
from typing import Callable

from . import messages

_MODES = ("r", "w", "w")


def prepare() -> None:
    """Once, before anything is opened. A signal ends the program at once, as there is nothing to be cleaned up yet."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            _stand_in(number, name)
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def guard() -> None:
    """When modules are loaded, which an exception in between would leave half: signals end the program by one from now on."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) == signal.SIG_DFL:  # nohup ignores it
            signal.signal(ending, lambda number, frame: sys.exit(128 + number))


def status_of(run: Callable[[], int]) -> int:
    """Runs it; gives its exit status, or that of what went wrong, which is told."""
    try:
        status = run()
        sys.stdout.flush()
    except BrokenPipeError:
        # Who does not read on ends the program, as any other; but what is temporary goes first.
        forget_output()
        return 128 + signal.SIGPIPE
    except messages.Failure as failure:
        messages.fail(str(failure))
        return failure.status
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        messages.fail(f"{where}{error.strerror or error}")
        forget_output()
        return 1
    except Exception as error:
        if not _is_of_module(error):
            raise
        messages.fail(str(error))
        return 1
    return max(status, int(messages.is_incomplete()))


def _is_of_module(error: Exception) -> bool:
    """Whether the module ``tstat`` raised it, which not each program loads."""
    module = sys.modules.get("tstat")
    return module is not None and isinstance(error, module.Error)


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
