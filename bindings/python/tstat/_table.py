# SPDX-License-Identifier: BSD-3-Clause
"""Tables: rows of one kind as columns."""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING, Any, Iterator, Optional, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import _tstat
from ._schema import Column, Schema, schema, unknown

if TYPE_CHECKING:
    import pandas  # type: ignore[import]

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class Table:
    """Rows of one kind, column by column.

    ``table["c_rtt_avg"]`` is an array that looks at the analysis' own memory; a masked one where values can be absent.
    Numbers have the schema's widths, times are ``datetime64[ns]`` (UTC), durations ``timedelta64[ns]``, addresses
    16 bytes (``V16``, IPv4 as ``::ffff:a.b.c.d``), texts ``str`` objects. ``for row in table`` gives records with
    the columns as attributes.
    """

    def __init__(self, columns: _tstat.Columns) -> None:
        self._columns = columns
        self._names = columns.names
        self._index = {name: i for i, name in enumerate(self._names)}
        self.name = columns.name

    @property
    def schema(self) -> Schema:
        """The schema of the table, with columns of other profiles, too."""
        return schema(self.name)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._names)

    @property
    def files(self) -> npt.NDArray[np.uint64]:
        """Of rows of logs read with ``places``: for each row which file it is from, counted from 0."""
        return self._columns.files

    @property
    def lines(self) -> npt.NDArray[np.uint64]:
        """Likewise its line there, counted from 1."""
        return self._columns.lines

    @property
    def flow_numbers(self) -> Optional[npt.NDArray[np.uint64]]:
        """For each row the number of its flow: the n-th of TCP, or of UDP, of the run; 0: none. None: rows of logs.

        It is that of rows of other tables about the same flow, and of ``Analyzer.on_packet``.
        """
        return self._columns.flow_numbers

    @property
    def packet_numbers(self) -> Optional[npt.NDArray[np.uint64]]:
        """For each row the number of the packet that made it, from 1; 0: none. None: rows of logs."""
        return self._columns.packet_numbers

    def __len__(self) -> int:
        return self._columns.rows

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __repr__(self) -> str:
        return f"<tstat.Table {self.name}: {len(self)} rows, {len(self._names)} columns>"

    def _find(self, name: str) -> tuple[int, Column]:
        index = self._index.get(name)
        if index is None:
            raise KeyError(unknown(name, self._names, f"column of {self.name}"))
        return index, self.schema[name]

    def _nullable(self, index: int, column: Column) -> bool:
        return column.nullable or self._columns.absent(index) > 0

    def __getitem__(self, name: str) -> Any:
        """A column as a NumPy array; a masked array where its values can be absent."""
        index, column = self._find(name)
        data: npt.NDArray[Any]
        if column.kind == "text":
            data = np.array(self._columns.texts(index, 0, len(self)), dtype=object)
        else:
            data = self._columns.array(index)
        if not self._nullable(index, column):
            return data
        return np.ma.MaskedArray(data, mask=~self._columns.valid(index), copy=False)  # type: ignore[no-untyped-call]

    def valid(self, name: str) -> npt.NDArray[np.bool_]:
        """For each row whether the column has a value."""
        return self._columns.valid(self._find(name)[0])

    def values(self, name: str) -> npt.NDArray[Any]:
        """A column's memory itself, without a mask: 0 where values are absent. Of texts all their bytes."""
        return self._columns.array(self._find(name)[0])

    def offsets(self, name: str) -> npt.NDArray[np.uint64]:
        """Of a text column: text i is ``values(name)[offsets[i]:offsets[i + 1]]``."""
        return self._columns.offsets(self._find(name)[0])

    def categories(self, name: str) -> tuple[npt.NDArray[Any], list[str]]:
        """Texts, addresses or codes by number: for each row the place of its text in the list, -1 where it is absent.

        Bytes that are not UTF-8 stand as ``\\xNN``.
        """
        index, column = self._find(name)
        if column.kind == "enum":
            return _codes_of_enum(self._columns.array(index), self._columns.valid(index), column)
        return self._columns.text_codes(index)

    def addresses(self, name: str) -> npt.NDArray[Any]:
        """A column of addresses as objects of ``ipaddress``; None where absent."""
        index, column = self._find(name)
        if column.kind != "address":
            raise TypeError(f"{name}: is {column.type}, not address")
        codes, texts = self._columns.text_codes(index)
        known = np.empty(len(texts) + 1, dtype=object)  # the last one for -1
        known[:-1] = [ipaddress.ip_address(text) for text in texts]
        found: npt.NDArray[Any] = known[codes]
        return found

    def __iter__(self) -> Iterator[Any]:
        """Records: named tuples of Python's own types; None where a value is absent.

        Times and durations are NumPy's, which keep nanoseconds; addresses are those of ``ipaddress``.
        """
        record = _record_type(self.name, tuple(self._names))
        step = 1024
        for begin in range(0, len(self), step):
            end = min(begin + step, len(self))
            yield from map(record._make, zip(*(self._objects(i, begin, end) for i in range(len(self._names)))))

    def row(self, index: int) -> Any:
        """The record of one row, as ``for row in table`` gives it; negative from the end."""
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"{index}: {self.name} has {len(self)} rows")
        record = _record_type(self.name, tuple(self._names))
        return record._make(self._objects(i, place, place + 1)[0] for i in range(len(self._names)))

    def _objects(self, index: int, begin: int, end: int) -> Sequence[Any]:
        column = self.schema[self._names[index]]
        if column.kind == "text":
            return self._columns.texts(index, begin, end)
        if column.kind == "address":
            return [None if text is None else _address(text) for text in self._columns.texts(index, begin, end)]
        data = self._columns.array(index)[begin:end]
        values: list[Any] = list(data) if column.kind in ("time", "duration") else data.tolist()
        if self._columns.absent(index) == 0:
            return values
        valid = self._columns.valid(index)[begin:end].tolist()
        return [value if is_valid else None for value, is_valid in zip(values, valid)]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table for Arrow's consumers (DuckDB, pyarrow, polars): numbers, times and texts without copies.

        Addresses are text; absent values are null.
        """
        return self._columns.arrow_stream()

    def to_pandas(self, columns: Optional[Sequence[str]] = None, text: str = "category",
                  copy: bool = False) -> "pandas.DataFrame":
        """A data frame: nullable types where values can be absent, categories for texts, addresses and codes.

        ``text="object"`` gives texts and addresses as ``str`` objects. Without ``copy`` numbers are the table's own
        memory, which cannot be written to.
        """
        from . import _pandas
        return _pandas.frame(self, columns, text, copy)

    def to_csv(self, file: Any, columns: Optional[Sequence[str]] = None) -> None:
        """Writes a header line and a line a row; times in milliseconds, as ``tstat --export csv`` does."""
        from . import _write
        _write.csv(self, file, columns)

    def to_json(self, file: Any, columns: Optional[Sequence[str]] = None) -> None:
        """Writes an object a line; absent values are null."""
        from . import _write
        _write.json_lines(self, file, columns)

    def to_parquet(self, path: Any, columns: Optional[Sequence[str]] = None) -> None:
        """Writes a Parquet file, by DuckDB's C library; durations are nanoseconds, as integers."""
        from . import _write
        _write.parquet(self, path, columns)


@functools.lru_cache(maxsize=65536)
def _address(text: str) -> Address:
    return ipaddress.ip_address(text)


@functools.lru_cache(maxsize=None)
def _record_type(table: str, names: tuple[str, ...]) -> Any:
    import collections
    import keyword
    fields = [f"{name}_" if keyword.iskeyword(name) else name for name in names]
    record: Any = collections.namedtuple(f"{table}_record", fields)  # type: ignore[misc]
    record.__doc__ = schema(table).description
    for name, field in zip(names, fields):
        column = schema(table)[name]
        getattr(record, field).__doc__ = column.description + (f" [{column.unit}]" if column.unit else "")
    return record


def names_of_codes(column: Column) -> Optional[list[str]]:
    """The names of an enumeration's codes; None: they are none, or not all different."""
    names = [code.name for code in column.codes]
    if column.kind != "enum" or not names or "" in names or len(set(names)) != len(names):
        return None
    return names


def _codes_of_enum(data: npt.NDArray[Any], valid: npt.NDArray[np.bool_],
                   column: Column) -> tuple[npt.NDArray[Any], list[str]]:
    names = names_of_codes(column)
    if names is None:
        raise TypeError(f"{column.name}: its codes have no names")
    known = np.array([code.value for code in column.codes], dtype=np.uint64)
    places = np.searchsorted(known, data)
    found = known[np.minimum(places, len(known) - 1)] == data
    codes = np.where(found, places, -1).astype(np.int32)
    if not found.all():
        # Numbers without a name are their own.
        for value in np.unique(data[~found & valid]):
            codes[data == value] = len(names)
            names.append(str(value))
    codes[~valid] = -1
    return codes, names
