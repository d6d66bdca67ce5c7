# SPDX-License-Identifier: BSD-3-Clause
"""Tables as data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence

import numpy as np
import pandas as pd  # type: ignore[import]

from ._schema import Column
from ._table import names_of_codes

if TYPE_CHECKING:
    from ._table import Table


def _texts(table: Table, column: Column, text: str) -> Any:
    codes, categories = table.categories(column.name)
    made = pd.Categorical.from_codes(codes, categories=pd.Index(categories, dtype=object))
    return made.astype(object) if text == "object" and column.kind != "enum" else made


def _column(table: Table, column: Column, text: str, copy: bool) -> Any:
    if column.kind in ("text", "address") or names_of_codes(column) is not None:
        return _texts(table, column, text)
    data = table.values(column.name)
    valid = table.valid(column.name)
    all_there = bool(valid.all())
    if column.kind in ("time", "duration"):
        if all_there:
            return data.copy() if copy else data
        made = data.copy()
        made[~valid] = np.timedelta64("NaT") if column.kind == "duration" else np.datetime64("NaT")
        return made
    data = data.copy() if copy else data
    if not column.nullable and all_there:
        return data
    if column.kind == "bool":
        return pd.arrays.BooleanArray(data, ~valid)
    if column.kind == "real":
        return pd.arrays.FloatingArray(data, ~valid)
    return pd.arrays.IntegerArray(data, ~valid)


def frame(table: Table, columns: Optional[Sequence[str]], text: str, copy: bool) -> pd.DataFrame:
    """What Table.to_pandas gives."""
    if text not in ("category", "object"):
        raise ValueError(f'text: "{text}" is neither "category" nor "object"')
    names = table.columns if columns is None else list(columns)
    made = {}
    for name in names:
        index, column = table._find(name)
        made[name] = _column(table, column, text, copy)
    return pd.DataFrame(made, copy=False)
