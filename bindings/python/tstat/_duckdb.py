# SPDX-License-Identifier: BSD-3-Clause
"""DuckDB's C library, loaded when it is asked for: what writes Parquet."""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    from ._table import Table

_RESULT_BYTES = 256  # of a duckdb_result, which is smaller


def _library() -> ctypes.CDLL:
    name = os.environ.get("TSTAT_DUCKDB_LIBRARY") or "libduckdb.so"
    try:
        library = ctypes.CDLL(name)
        library.duckdb_arrow_scan.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    except (OSError, AttributeError) as error:
        raise ModuleNotFoundError(f"Parquet is written by DuckDB's C library, which is not there ({error}): "
                                  "TSTAT_DUCKDB_LIBRARY says where it is") from None
    library.duckdb_open.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    library.duckdb_connect.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.duckdb_query.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    library.duckdb_result_error.argtypes = [ctypes.c_void_p]
    library.duckdb_result_error.restype = ctypes.c_char_p
    for name in ("duckdb_destroy_result", "duckdb_disconnect", "duckdb_close"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
        getattr(library, name).restype = None
    return library


@contextlib.contextmanager
def _connection(library: ctypes.CDLL) -> Iterator[ctypes.c_void_p]:
    database, connection = ctypes.c_void_p(), ctypes.c_void_p()
    if library.duckdb_open(None, ctypes.byref(database)) != 0:
        raise OSError("DuckDB does not open a database in memory")
    try:
        if library.duckdb_connect(database, ctypes.byref(connection)) != 0:
            raise OSError("DuckDB does not connect")
        yield connection
    finally:
        library.duckdb_disconnect(ctypes.byref(connection))
        library.duckdb_close(ctypes.byref(database))


def write_parquet(table: Table, names: list[str], path: str) -> None:
    """Writes these columns. OSError: what DuckDB says."""
    library = _library()
    file = "'" + path.replace("'", "''") + "'"
    statement = f"COPY (SELECT * FROM tstat_rows) TO {file} (FORMAT parquet, COMPRESSION zstd)"
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    # Durations as numbers: DuckDB's intervals have microseconds, those of Parquet milliseconds. And it shall have no
    # column that it does not read: by this interface it would take one for another.
    capsule = table._columns.arrow_stream([table.columns.index(name) for name in names], True)
    with _connection(library) as connection:
        if library.duckdb_arrow_scan(connection, b"tstat_rows", pointer(capsule, b"arrow_array_stream")) != 0:
            raise OSError("DuckDB does not take the table")
        result = ctypes.create_string_buffer(_RESULT_BYTES)
        failed = library.duckdb_query(connection, statement.encode(), result) != 0
        error = library.duckdb_result_error(result) if failed else None
        reason = error.decode(errors="replace") if error else "DuckDB does not write the file"
        library.duckdb_destroy_result(result)
        if failed:
            raise OSError(reason)
