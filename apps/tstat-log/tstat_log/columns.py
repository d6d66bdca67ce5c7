# SPDX-License-Identifier: BSD-3-Clause
"""Columns by name or number."""

from __future__ import annotations

import difflib
from typing import Iterable, Optional, Sequence

from .messages import Usage


# Columns that tstat writes, and that repeat others (tls_session_stat, the kind of the log).
_WITHOUT_VALUES = ("c_tls_sesid", "T")


_MOST_DIGITS = 18  # of a number that can be one of a column


def is_number(text: str) -> bool:
    """Whether a text is 0, 1, 2, ..., in the digits that logs have."""
    return text.isascii() and text.isdigit()


def nearest(name: str, known: Iterable[str]) -> Optional[str]:
    """The name that was meant, perhaps."""
    known = list(known)
    lower = {one.lower(): one for one in reversed(known)}
    if name.lower() in lower:
        return lower[name.lower()]
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return found[0] if found else None


def unknown(name: str, known: Iterable[str], what: str = "column") -> str:
    """A sentence about a name that there is not."""
    near = nearest(name, known)
    return f"{name}: no such {what}" + (f"; did you mean {near}?" if near else "")


class Columns:
    """The columns of a log: by name, and by number as its header line counts them (from 1)."""

    def __init__(self, names: Sequence[str], by_number: Optional[Sequence[str]] = None) -> None:
        self.names = list(names)
        self.by_number = list(names if by_number is None else by_number)
        self._known = set(self.names)

    def find(self, name: str) -> str:
        """The name of one column, given by name or number. Throws Usage."""
        if name in self._known:
            return name
        if is_number(name):
            number = int(name[-_MOST_DIGITS:]) if name[:-_MOST_DIGITS].strip("0") == "" else 0
            if not 1 <= number <= len(self.by_number):
                raise Usage(f"{name}: there are columns 1 to {len(self.by_number)}")
            found = self.by_number[number - 1]
            if found not in self._known:
                raise Usage(self.unknown(found))
            return found
        raise Usage(self.unknown(name))

    def unknown(self, name: str) -> str:
        """A sentence about a name that has no values; the log may have such a column nevertheless (wait_ms of join)."""
        if name in self.by_number:
            return f"{name}: the column has no values, only text, which 'select' without --format hands on"
        return unknown(name, self.names)

    def added(self) -> list[str]:
        """The columns of the header line that tstat does not write."""
        return [name for name in self.by_number if name not in self._known and name not in _WITHOUT_VALUES]

    def find_all(self, listed: Sequence[str]) -> list[str]:
        """Columns by lists separated by commas: names, numbers, ranges of numbers (3-7), and patterns (c_rtt_*)."""
        found: list[str] = []
        for part in (part.strip() for text in listed for part in text.split(",")):
            begin, dash, end = part.partition("-")
            if dash and is_number(begin) and is_number(end):
                found.extend(self.find(str(number)) for number in range(int(begin[:_MOST_DIGITS]), int(end[:_MOST_DIGITS]) + 1))
            elif any(c in part for c in "*?["):
                import fnmatch
                matching = [name for name in self.names if fnmatch.fnmatchcase(name, part)]
                if not matching:
                    raise Usage(f"{part}: no column has such a name")
                found.extend(matching)
            elif part:
                found.append(self.find(part))
        if not found:
            raise Usage("no column is named")
        return found
