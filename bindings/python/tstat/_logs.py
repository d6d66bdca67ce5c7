# SPDX-License-Identifier: BSD-3-Clause
"""Text logs as tables."""

from __future__ import annotations

import glob
import os
import warnings
from typing import Iterator, Optional, Sequence, Union

from . import _tstat
from ._errors import TstatWarning, make
from ._schema import schema, unknown
from ._table import Table

Path = Union[str, "os.PathLike[str]"]


def _paths(logs: Union[Path, Sequence[Path]]) -> list[str]:
    if not isinstance(logs, (str, os.PathLike)):
        return [os.fspath(path) for path in logs]
    pattern = os.fspath(logs)
    if os.path.exists(pattern) or not glob.has_magic(pattern):
        return [pattern]
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        raise make("NOT_FOUND", f"{pattern}: no file has such a name")
    return found


def _of_one(tables: list[Table], wanted: Optional[str]) -> Table:
    names = [table.name for table in tables]
    if wanted is None and len(tables) == 1:
        return tables[0]
    if wanted is None:
        raise ValueError(f"the log has several tables: say which one by table=, of {', '.join(names)}")
    if wanted not in names:
        raise KeyError(unknown(wanted, names, "table of this log"))
    return tables[names.index(wanted)]


def _next(rows: _tstat.LogRows, wanted: Optional[str], columns: Optional[Sequence[str]]) -> Optional[Table]:
    taken = rows.next()
    if not taken:
        return None
    table = _of_one([Table(part) for part in taken], wanted)
    for name in columns or ():
        if name not in table:
            raise KeyError(unknown(name, schema(table.name).names, f"column of {table.name} in these logs"))
    return table


def _tell(rows: _tstat.LogRows) -> None:
    for problem in rows.problems:
        warnings.warn(problem, TstatWarning, stacklevel=3)


def _of(logs: Union[Path, Sequence[Path]], rows: int, columns: Optional[Sequence[str]], places: bool) -> _tstat.LogRows:
    if columns is not None and (isinstance(columns, str) or not columns):
        raise ValueError("columns: a list of names, at least one")
    return _tstat.LogRows(_paths(logs), rows, list(columns or ()), places)


def read_log(logs: Union[Path, Sequence[Path]], *, table: Optional[str] = None,
             columns: Optional[Sequence[str]] = None, places: bool = False) -> Table:
    """Reads text logs of this and of Tstat's own versions, with any columns, plain or gzip.

    ``logs`` is a name, a pattern (``"out/*/log_tcp_complete*"``) or a list of names, all of one kind of log. Files
    with other columns than the first one's are told by a TstatWarning, and so are lines that are no rows, and a
    compressed file that is cut: its rows so far are there. An empty file gives an empty table with its columns.
    ``table`` chooses where a log has several kinds of rows (log_skype_complete). With ``columns`` only these are read,
    which takes less time. With ``places`` the table knows where each row stands: ``table.files``, ``table.lines``.
    """
    rows = _of(logs, 0, columns, places)
    read = _next(rows, table, columns)
    assert read is not None  # no rows are an answer
    _tell(rows)
    return read


def log_chunks(logs: Union[Path, Sequence[Path]], rows: int = 100_000, *, table: Optional[str] = None,
               columns: Optional[Sequence[str]] = None, places: bool = False) -> Iterator[Table]:
    """As read_log, but tables of at most ``rows`` rows, one after the other, so that memory is bounded."""
    if rows < 1:
        raise ValueError(f"rows: {rows} is less than 1")
    return _log_chunks(_of(logs, rows, columns, places), table, columns)


def _log_chunks(rows: _tstat.LogRows, wanted: Optional[str], columns: Optional[Sequence[str]]) -> Iterator[Table]:
    while True:
        read = _next(rows, wanted, columns)
        if read is None:
            break
        if len(read) > 0:
            yield read
    _tell(rows)
