# SPDX-License-Identifier: BSD-3-Clause
"""Tables of the module as tables of a database: definitions from the schema, and rows of values."""

from __future__ import annotations

from typing import Any, Iterator, Sequence

import numpy as np

import tstat
from tstat import Column, Table

from .databases import Definition, Field

LOADS = Definition("tstat_loads", (
    Field("id", "id", "number of the load"), Field("table_name", "text", "where its rows are"), Field("log", "text", "which log it is"),
    Field("path", "text", "file that was loaded"), Field("digest", "text", "SHA-256 of the file"),
    Field("row_count", "int", "how many rows it has"), Field("loaded", "time", "when (UTC)")),
    "logs that were loaded; the column load of other tables is the id in this one")
_INDEXED = ("c_ip", "s_ip", "s_port", "fqdn", "hostname", "query")


def definition(table: str, name: str) -> Definition:
    """The table of a database for all columns that rows of a table of the module can have."""
    schema = tstat.schema(table)
    fields = [Field("load", "int", "the load that the row is of: tstat_loads")]
    for column in schema:
        unit = f" [{column.unit}]" if column.unit and column.kind != "time" else ""
        fields.append(Field(column.name, _type(column), column.description + unit))
    time = next((column.name for column in schema if column.kind == "time"), None)
    indexes = ["load", *([time] if time else []), *(name for name in _INDEXED if name in schema)]
    return Definition(name, tuple(fields), schema.description, tuple((name,) for name in indexes))


def _has_names(column: Column) -> bool:
    return column.kind == "enum" and bool(column.codes) and len({code.name for code in column.codes} - {""}) == len(column.codes)


def _type(column: Column) -> str:
    if column.kind in ("real", "bool", "text", "address", "time", "duration"):
        return column.kind
    if _has_names(column):
        return "text"
    if column.kind == "signed":
        return "int"
    return {"8": "uint8", "6": "uint16", "2": "uint32"}.get(column.type[-1], "uint64")


def rows(table: Table, load: int, microseconds: bool) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """The columns that a table has, and its rows as values of Python; absent is None. Times are texts (UTC), with nine
    digits of a second or with six."""
    columns = [_values(table, table.schema[name], microseconds) for name in table.columns]
    return ["load", *table.columns], zip([load] * len(table), *columns)


def _values(table: Table, column: Column, microseconds: bool) -> list[Any]:
    if column.kind in ("text", "address") or _has_names(column):
        codes, texts = table.categories(column.name)
        known = np.array([*texts, None], dtype=object)  # the last one for -1
        named: list[Any] = known[codes].tolist()
        return named
    data = table.values(column.name)
    if column.kind == "time":
        data = np.char.replace(np.datetime_as_string(data, unit="us" if microseconds else "ns"), "T", " ")
    elif column.kind == "duration":
        data = data.astype(np.int64)
    values: list[Any] = data.tolist()
    valid = table.valid(column.name)
    if not valid.all():
        values = [value if is_valid else None for value, is_valid in zip(values, valid.tolist())]
    if column.kind == "real":  # no database has all of these
        values = [value if value is not None and value - value == 0 else None for value in values]
    return values
