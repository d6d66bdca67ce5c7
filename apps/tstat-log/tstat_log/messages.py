# SPDX-License-Identifier: BSD-3-Clause
"""What goes wrong: errors that end a command, and warnings after which it goes on."""

from __future__ import annotations

import os
import re
import sys
import warnings
from typing import Any

_STARTED_AS = os.path.basename(sys.argv[0]) if sys.argv else ""
PROGRAM = _STARTED_AS if _STARTED_AS in ("tstat-flow", "tstat-report", "tstat-top") else "tstat-log"


class Failure(Exception):
    """Ends a command with a message. ``status`` 2: the command line is wrong; 1: the work cannot be done."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class Usage(Failure):
    """The command line is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=2)


_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_is_incomplete = False
_told: set[str] = set()
_renamed: list[tuple[str, str]] = []


def warn(text: str, incomplete: bool = False) -> None:
    """Tells something odd on standard error. ``incomplete``: rows are missing, and the exit status will be 1."""
    global _is_incomplete
    _is_incomplete = _is_incomplete or incomplete
    text = with_names(text)
    if text in _told:
        return
    _told.add(text)
    sys.stdout.flush()
    print(f"{PROGRAM}: warning: {text}", file=sys.stderr)


def fail(text: str) -> None:
    """Tells on standard error what ends the program."""
    print(f"{PROGRAM}: {with_names(text)}", file=sys.stderr)


def rename(path: str, label: str) -> None:
    """Messages that name this (temporary) path name the label from now on."""
    _renamed.append((path, label))


def with_names(text: str) -> str:
    """The text, with paths as the user knows them, and without what a terminal would obey: cells and names are strangers'."""
    for path, label in _renamed:
        text = text.replace(path, label)
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02X}", text)


def is_incomplete() -> bool:
    """Whether rows are missing."""
    return _is_incomplete


def take_warnings() -> None:
    """Warnings of the module ``tstat`` become warnings of the program from now on."""
    from tstat import TstatWarning

    def show(message: Any, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
        if issubclass(category, TstatWarning):
            text = str(message)
            only_told = "has other columns than" in text or "from here on there are other columns" in text
            warn(text, incomplete=not only_told)
        else:
            original(message, category, filename, lineno, file, line)

    original = warnings.showwarning
    warnings.showwarning = show
    warnings.simplefilter("always", TstatWarning)
    warnings.simplefilter("ignore", RuntimeWarning)  # numbers that doubles cannot hold are told by the result: -
