# SPDX-License-Identifier: BSD-3-Clause
"""Cells of CSV and JSON, as the library's exports write them: times in milliseconds with all digits, absent empty or null."""

from __future__ import annotations

import json
import math
from typing import Any, Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tstat import Table

_QUOTED = frozenset(',"\r\n')
ROWS = 8192  # at a time


def csv_text(text: str) -> str:
    """A text as a cell; an empty one is not an absent one."""
    if not text or not _QUOTED.isdisjoint(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def json_text(text: str) -> str:
    """A text as JSON."""
    return json.dumps(text, ensure_ascii=False)


def _milliseconds(ns: int) -> str:
    whole, rest = divmod(abs(ns), 1000000)
    return f"{'-' if ns < 0 else ''}{whole}.{rest:06d}"


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else ""


def _column(table: Table, name: str, is_json: bool) -> Callable[[npt.NDArray[np.intp]], Iterator[str]]:
    """What gives the cells of some rows."""
    kind = table.schema[name].kind
    absent = "null" if is_json else ""
    if kind in ("text", "address"):
        codes, texts = table.categories(name)
        written = [*map(json_text if is_json else csv_text, texts), absent]
        return lambda rows: (written[code] for code in codes[rows].tolist())
    data = table.values(name)
    valid = table.valid(name)
    make: Callable[[Any], str] = str
    if kind in ("time", "duration"):
        data, make = data.view("i8"), _milliseconds
    elif kind == "real":
        make = _number
    elif kind == "bool":
        words = ("false", "true") if is_json else ("0", "1")
        make = words.__getitem__
    if bool(valid.all()):
        return lambda rows: (make(value) or absent for value in data[rows].tolist())
    return lambda rows: ((make(value) or absent) if has else absent
                         for value, has in zip(data[rows].tolist(), valid[rows].tolist()))


def lines(table: Table, names: Sequence[str], rows: npt.NDArray[np.intp], is_json: bool) -> Iterator[bytes]:
    """Some rows of a table as lines of CSV or JSON, many at a time."""
    columns = [_column(table, name, is_json) for name in names]
    keys = ["{" + ",".join(f"{json_text(name)}:%s" for name in (part.replace("%", "%%") for part in names)) + "}\n"]
    for begin in range(0, len(rows), ROWS):
        some = rows[begin:begin + ROWS]
        cells = zip(*(column(some) for column in columns))
        if is_json:
            text = "".join(map(keys[0].__mod__, cells))
        else:
            text = "\n".join(map(",".join, cells)) + "\n"
        yield text.encode("utf-8", "surrogateescape")
