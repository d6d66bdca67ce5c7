# SPDX-License-Identifier: BSD-3-Clause
"""What goes wrong, with file, line and reason."""

from __future__ import annotations

import re
from typing import Optional


class Error(Exception):
    """An error of an analysis, of its options, or of a file.

    ``status`` is its kind ("NOT_FOUND", "INVALID_ARGUMENT", "PERMISSION_DENIED", ...); ``file``, ``line`` and
    ``reason`` say where and why, as far as the error is about a file.
    """

    def __init__(self, status: str, message: str, file: Optional[str] = None, line: Optional[int] = None,
                 reason: Optional[str] = None) -> None:
        super().__init__(message)
        self.status = status
        self.file = file
        self.line = line
        self.reason = message if reason is None else reason


class TstatWarning(UserWarning):
    """Something odd that did not end the work: a trace that is cut, a line of a log that is no row."""


_PLACE = re.compile(r"(?P<file>[^:\n]+):(?P<line>\d+): (?P<reason>.*)", re.DOTALL)
# Of these, what stands before the reason is the name of a file, but for what begins like one of these.
_OF_FILES = ("NOT_FOUND", "PERMISSION_DENIED", "FAILED_PRECONDITION", "INVALID_ARGUMENT", "DATA_LOSS", "ABORTED")
_NAME = re.compile(r"(?P<file>[^:\n]*[./][^:\n]*): (?P<reason>.*)", re.DOTALL)


def make(status: str, message: str) -> Error:
    """The exception for a status of the library."""
    place = _PLACE.match(message)
    if place is not None:
        return Error(status, message, place["file"], int(place["line"]), place["reason"])
    name = _NAME.match(message) if status in _OF_FILES else None
    if name is not None:
        return Error(status, message, name["file"], None, name["reason"])
    return Error(status, message)
