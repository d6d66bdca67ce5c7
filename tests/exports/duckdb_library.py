# SPDX-License-Identifier: BSD-3-Clause
"""DuckDB's C library as the npm package has it, for tests that read Parquet files.

  library = duckdb_library.fetch(folder)      # ends with status 77 where npm or its registry is not there
  rows = duckdb_library.Session(library).rows("SELECT ...")
"""
import ctypes, fcntl, os, pathlib, shutil, subprocess

import shipping

HERE = pathlib.Path(__file__).resolve().parent / "parquet"
VARIABLE = "TSTAT_DUCKDB_LIBRARY"


def fetch(folder):
    """The path of libduckdb.so; node_modules are below the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = open(folder / "lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
    library = folder / "node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so"
    if not library.exists() or not (folder / "node_modules/parquet-wasm").exists():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        try:
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, timeout=300,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            shipping.skip("no libduckdb: npm or its registry is not there")
    lock.close()
    os.environ[VARIABLE] = str(library)
    return library


class Result(ctypes.Structure):
    _fields_ = [("numbers", ctypes.c_uint64 * 3), ("pointers", ctypes.c_void_p * 3)]


class Session:
    """A database in memory."""

    def __init__(self, library):
        self.api = ctypes.CDLL(str(library))
        for name in "row_count", "column_count":
            getattr(self.api, "duckdb_" + name).restype = ctypes.c_uint64
        self.api.duckdb_result_error.restype = ctypes.c_char_p
        self.api.duckdb_value_varchar.restype = ctypes.c_void_p
        self.api.duckdb_free.argtypes = [ctypes.c_void_p]
        database, self.connection = ctypes.c_void_p(), ctypes.c_void_p()
        assert self.api.duckdb_open(None, ctypes.byref(database)) == 0
        assert self.api.duckdb_connect(database, ctypes.byref(self.connection)) == 0

    def rows(self, statement):
        """Values as texts; None for NULL. The mistake of a statement is one of the test."""
        result = Result()
        where = ctypes.byref(result)
        if self.api.duckdb_query(self.connection, statement.encode(), where) != 0:
            raise AssertionError(f"{statement[:200]}: {self.api.duckdb_result_error(where).decode()}")
        columns = range(self.api.duckdb_column_count(where))
        rows = [[self.text(where, column, row) for column in columns] for row in range(self.api.duckdb_row_count(where))]
        self.api.duckdb_destroy_result(where)
        return rows

    def text(self, result, column, row):
        value = self.api.duckdb_value_varchar(result, ctypes.c_uint64(column), ctypes.c_uint64(row))
        if value is None:
            return None
        text = ctypes.string_at(value).decode()
        self.api.duckdb_free(value)
        return text
