# SPDX-License-Identifier: BSD-3-Clause
"""What tables are made of, from the library's own schema."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from typing import Iterator

from . import _tstat


@dataclass(frozen=True)
class Code:
    """A number of a column that has a meaning."""

    value: int
    name: str
    meaning: str


@dataclass(frozen=True)
class Column:
    """A column: name, type, unit, when it is absent, and what it means."""

    name: str
    label: str  #: in the header line of the text log
    kind: str  #: unsigned, signed, real, bool, enum, bits, text, address, time, duration
    type: str  #: "uint32", "real", "bits16", "time", ...
    unit: str  #: "bytes", "ns", ...; empty: a count, a flag, a code or a text
    absent: str  #: when there is no value; empty: there always is one
    privacy: str  #: public, address, name, content, derived
    side: str  #: flow, client, server
    description: str
    codes: tuple[Code, ...]
    profiles: tuple[str, ...]  #: that measure it, if only where an option asks for it

    @property
    def nullable(self) -> bool:
        """Whether values may be absent."""
        return bool(self.absent)


@dataclass(frozen=True)
class Schema:
    """The columns of a table, by name and in order."""

    name: str
    log: str  #: the text log with these rows
    description: str
    columns: tuple[Column, ...]
    profiles: tuple[str, ...]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(unknown(name, self.names, f"column of {self.name}"))

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    @property
    def names(self) -> list[str]:
        """The names of all columns."""
        return [column.name for column in self.columns]

    def __str__(self) -> str:
        lines = [f"{self.name} ({self.log}): {self.description}"]
        width = max(len(column.name) for column in self.columns)
        for column in self.columns:
            unit = f" [{column.unit}]" if column.unit else ""
            lines.append(f"  {column.name:{width}}  {column.type:8}  {column.description}{unit}")
        return "\n".join(lines)


def unknown(name: str, known: list[str], what: str) -> str:
    """A sentence about a name that is none, with the nearest one that is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"{name}: no such {what}" + (f"; did you mean {near[0]}?" if near else "")


def tables() -> list[str]:
    """The names of all tables."""
    return list(_tstat.tables())


@functools.lru_cache(maxsize=None)
def schema(table: str) -> Schema:
    """What a table ("tcp", "udp", "http", ...) is made of, in all profiles."""
    if table not in _tstat.tables():
        raise KeyError(unknown(table, tables(), "table"))
    told = _tstat.describe(table)
    columns = tuple(
        Column(name=c["name"], label=c["label"], kind=c["kind"], type=c["type"], unit=c["unit"], absent=c["absent"],
               privacy=c["privacy"], side=c["side"], description=c["description"],
               codes=tuple(Code(*code) for code in c["codes"]), profiles=tuple(c["profiles"]))
        for c in told["columns"])
    return Schema(told["name"], told["log"], told["description"], columns, tuple(told["profiles"]))
