# SPDX-License-Identifier: BSD-3-Clause
"""Two logs row by row: rows that are in one alone, and cells that differ; as texts, as they stand in the logs."""

from __future__ import annotations

from typing import Any, Iterator, Optional, Sequence

from . import columns as names_of
from .inputs import Logs, header_names, open_text
from .messages import Failure, Usage
from .results import Result

_ENDPOINTS = ("c_ip", "c_port", "s_ip", "s_port")
_BEGINS = ("first", "c_first_abs", "time_abs", "msg_num")


def _rows(logs: Logs) -> Iterator[dict[str, str]]:
    for path in logs.paths:
        names: Optional[list[str]] = None
        with open_text(path) as file:
            for raw in file:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                if line.startswith("#"):
                    names = header_names(line) or names
                    continue
                if names is None:
                    raise Failure(f"{path}: has no header line: its rows are not compared")
                cells = line.split("\t" if "\t" in line else " ")
                yield dict(zip(names, cells))


def _key_columns(logs: Logs, wanted: Optional[str]) -> list[str]:
    labels = logs.header()
    if wanted:
        return names_of.Columns(labels).find_all([wanted])
    begin = [name for name in _BEGINS if name in labels][:1]
    key = [name for name in _ENDPOINTS if name in labels] + begin
    if not key:
        raise Usage("nothing tells rows apart; --key names columns that do")
    return key


def compared(old: Logs, new: Logs, key: Optional[str], listed: Sequence[str], most: int) -> Result:
    """A row for each difference: in the order of the old log, then rows that are new. Rows of one key pair in their order."""
    keys = _key_columns(old, key)
    chosen = names_of.Columns(old.header()).find_all(listed) if listed else None
    waiting: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in _rows(new):
        waiting.setdefault(tuple(row.get(name, "") for name in keys), []).append(row)
    found: list[list[Any]] = []
    counts = {"removed": 0, "added": 0, "changed": 0, "same": 0}
    for row in _rows(old):
        place = tuple(row.get(name, "") for name in keys)
        others = waiting.get(place)
        if not others:
            counts["removed"] += 1
            found.append(["removed", *place, None, None, None])
            continue
        other = others.pop(0)
        different = [name for name in chosen or row if row.get(name) != other.get(name)]
        counts["changed" if different else "same"] += 1
        found += [["changed", *place, name, row.get(name), other.get(name)] for name in different]
    for place, rest in waiting.items():
        counts["added"] += len(rest)
        found += [["added", *place, None, None, None] for _ in rest]
    notes = [", ".join(f"{count} {what}" for what, count in counts.items()) + " rows"]
    return Result(["difference", *keys, "column", "old", "new"], found[:most] if most else found, notes)
