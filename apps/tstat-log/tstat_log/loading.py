# SPDX-License-Identifier: BSD-3-Clause
"""Logs into databases: each file once, as a whole or not at all."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import hashlib
import os
import zlib
from typing import Any, Iterator, Optional, Sequence

import tstat

from . import inputs, messages, original_tables, raw_rows, sql_rows
from .databases import Database, Definition
from .progress import Progress

_BATCH = 10_000


def digest_of(path: str) -> str:
    """Of what is in a file, compressed or not."""
    digest = hashlib.sha256()
    with inputs.open_text(path) as file, contextlib.suppress(EOFError, zlib.error, gzip.BadGzipFile):
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


class Loader:
    """Loads files into one table. What was loaded stands in the table tstat_loads."""

    def __init__(self, database: Database, log: str, definition: Definition, *, again: bool) -> None:
        self.database = database
        self.definition = definition
        self._log = log
        self._again = again
        database.alone()
        database.begin()
        for one in (sql_rows.LOADS, definition):
            database.create(one)
        database.commit()

    def load(self, file: inputs.LogFile) -> Optional[int]:
        """How many rows were loaded; None: they are there already."""
        path = file.label if file.label == inputs.STANDARD_INPUT else os.path.abspath(file.label).removesuffix(".gz")
        digest = digest_of(file.path)
        self.database.begin()
        try:
            if not self._again and not self._make_room(path, digest):
                self.database.rollback()
                return None
            loaded = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
            number = self.database.insert_one(sql_rows.LOADS, ("table_name", "log", "path", "digest", "loaded"),
                                              (self.definition.name, self._log, path, digest, loaded))
            rows = self.insert(file, number)
            mark = self.database.mark
            self.database.execute(f"UPDATE {self.database.named(sql_rows.LOADS.name)} SET row_count = {mark} WHERE id = {mark}", (rows, number))
            self.database.commit()
        except BaseException:
            self.database.rollback()
            raise
        return rows

    def _make_room(self, path: str, digest: str) -> bool:
        """Takes out what an earlier content of the file has left; False: the content is there."""
        mark = self.database.mark
        found = self.database.execute(
            f"SELECT id, path, digest FROM {self.database.named(sql_rows.LOADS.name)} WHERE table_name = {mark} "
            f"AND (path = {mark} OR digest = {mark})", (self.definition.name, path, digest)).fetchall()
        if any(row[2] == digest for row in found):
            return False
        if path != inputs.STANDARD_INPUT:
            for number, _, _ in found:
                self.remove(number, path)
        return True

    def remove(self, number: int, path: str) -> None:
        """Takes out the rows of a load."""
        mark = self.database.mark
        for table, column in ((self.definition.name, "load"), (sql_rows.LOADS.name, "id")):
            self.database.execute(f"DELETE FROM {self.database.named(table)} WHERE {self.database.named(column)} = {mark}", (number,))

    def insert(self, file: inputs.LogFile, number: int) -> int:
        """Adds the rows of a file; gives how many."""
        count = 0
        with Progress("rows") as progress:
            progress.note(file.label)
            for table in tstat.log_chunks(file.path, _BATCH):
                columns, rows = sql_rows.rows(table, number, self.database.kind != "sqlite")
                self.database.insert(self.definition, columns, rows)
                count += len(table)
                progress.advance(len(table))
        return count


class OriginalLoader(Loader):
    """The same, into a table of Tstat's scripts, which does not know which load a row is of."""

    def remove(self, number: int, path: str) -> None:
        """See Loader."""
        raise messages.Failure(f"{path}: was loaded when it was shorter or another file, and the original's tables do not tell "
                               "which rows were its: --again adds all rows of it")

    def insert(self, file: inputs.LogFile, number: int) -> int:
        """See Loader."""
        count = 0
        batch: list[Sequence[Any]] = []
        columns: list[str] = []
        for columns, values in original_rows(file):
            batch.append(values)
            if len(batch) == _BATCH:
                count += self._flush(columns, batch)
        return count + self._flush(columns, batch)

    def _flush(self, columns: list[str], batch: list[Sequence[Any]]) -> int:
        count = len(batch)
        if batch:
            self.database.insert(self.definition, columns, batch)
        batch.clear()
        return count


def original_rows(file: inputs.LogFile, *, for_file: bool = False) -> Iterator[tuple[list[str], list[Any]]]:
    """Rows of a log as values of the original's table, with the names of its columns."""
    reader: Optional[original_tables.Reader] = None
    left_out = 0
    with Progress("rows") as progress:
        progress.note(file.label)
        for line in raw_rows.lines(file.path, file.label):
            if line.startswith(b"#"):
                reader = original_tables.Reader(file.log, raw_rows.Layout(line).names, for_file=for_file)
                if reader.missing:
                    messages.warn(f"{file.label}: has no column {', '.join(reader.missing)}: there is no value in its place")
                continue
            if not line:
                continue
            if reader is None:
                messages.warn(f"{file.label}: has no header line; its columns are taken as those of Tstat 2")
                reader = original_tables.Reader(file.log, original_tables.names_of_tstat_2(file.log), for_file=for_file)
            values = reader.values(line.decode("utf-8", "replace").split(" "))
            progress.advance()
            if values is None:
                left_out += 1
            else:
                yield reader.columns, values
    if left_out:
        messages.warn(f"{file.label}: {left_out} rows are left out: the original's tables have room for IPv4 addresses only", incomplete=True)
