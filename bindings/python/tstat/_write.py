# SPDX-License-Identifier: BSD-3-Clause
"""Tables as files. Values are written as the library's exports write them."""

from __future__ import annotations

import contextlib
import csv as csv_module
import json
import math
import os
from typing import IO, TYPE_CHECKING, Any, Iterator, Optional, Sequence, Union

from . import _duckdb

if TYPE_CHECKING:
    from ._table import Table

_ROWS = 4096  # at a time


@contextlib.contextmanager
def _opened(file: Union[str, "os.PathLike[str]", IO[str]]) -> Iterator[IO[str]]:
    if isinstance(file, (str, os.PathLike)):
        with open(file, "w", encoding="utf-8", newline="") as opened:
            yield opened
    else:
        yield file


def _milliseconds(ns: int) -> str:
    whole, rest = divmod(abs(ns), 1000000)
    return f"{'-' if ns < 0 else ''}{whole}.{rest:06d}"


def _cells(table: Table, name: str, begin: int, end: int) -> list[Any]:
    index, column = table._find(name)
    if column.kind in ("text", "address"):
        return list(table._columns.texts(index, begin, end))
    data = table._columns.array(index)[begin:end]
    if column.kind in ("time", "duration"):
        values: list[Any] = [_milliseconds(ns) for ns in data.view("i8").tolist()]
    else:
        values = data.tolist()
    valid = table._columns.valid(index)[begin:end].tolist()
    return [value if is_valid else None for value, is_valid in zip(values, valid)]


def _rows(table: Table, names: list[str]) -> Iterator[tuple[Any, ...]]:
    for begin in range(0, len(table), _ROWS):
        end = min(begin + _ROWS, len(table))
        yield from zip(*(_cells(table, name, begin, end) for name in names))


def csv(table: Table, file: Any, columns: Optional[Sequence[str]]) -> None:
    """A header line and a line a row. Absent values are empty, flags 1 and 0, times milliseconds."""
    names = table.columns if columns is None else list(columns)
    for name in names:
        table._find(name)

    def cell(value: Any) -> Any:
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return ""
        if isinstance(value, bool):
            return int(value)
        return repr(value) if isinstance(value, float) else value

    with _opened(file) as out:
        writer = csv_module.writer(out, lineterminator="\n")
        writer.writerow(names)
        for row in _rows(table, names):
            writer.writerow([cell(value) for value in row])


def json_lines(table: Table, file: Any, columns: Optional[Sequence[str]]) -> None:
    """An object a line. Times are milliseconds, with all digits."""
    names = table.columns if columns is None else list(columns)
    is_time = [table._find(name)[1].kind in ("time", "duration") for name in names]
    keys = [json.dumps(name) + ":" for name in names]

    def value_text(value: Any, time: bool) -> str:
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return "null"
        return str(value) if time else json.dumps(value, ensure_ascii=False)

    with _opened(file) as out:
        for row in _rows(table, names):
            cells = (key + value_text(value, time) for key, value, time in zip(keys, row, is_time))
            out.write("{" + ",".join(cells) + "}\n")


def parquet(table: Table, path: Any, columns: Optional[Sequence[str]]) -> None:
    """By DuckDB. Durations are nanoseconds, addresses text."""
    names = table.columns if columns is None else list(columns)
    for name in names:
        table._find(name)
    _duckdb.write_parquet(table, names, os.fspath(path))
