# SPDX-License-Identifier: BSD-3-Clause
"""Rows that a condition selects, written as a log, CSV, JSON or Parquet: what select, filter and convert do."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from typing import IO, Optional, Sequence

import numpy as np
import tstat

from . import cells, expression, inputs, messages, output, raw_rows
from .expression import Expression
from .inputs import Logs
from .messages import Failure
from .rows import LogWriter, RawRows, first_header, labels_of

FORMATS = ("log", "csv", "json", "parquet")


def _write_log(logs: Logs, out: IO[bytes], where: Optional[Expression], listed: Sequence[str]) -> None:
    header = first_header(logs)
    writer = LogWriter(out, header, labels_of(header, listed) if listed else None)
    needed = where.columns if where and where.columns else logs.columns().names[:1]
    with RawRows(logs) as raw:
        for table in logs.tables(needed, places=True):
            files, lines = table.files, table.lines
            if where:
                chosen = where.selects(table)
                files, lines = files[chosen], lines[chosen]
            writer.write(raw, raw.take(files.tolist(), lines.tolist()))


def _write_values(logs: Logs, out: IO[bytes], where: Optional[Expression], names: Sequence[str], is_json: bool) -> None:
    if not is_json:
        out.write((",".join(names) + "\n").encode())
    for table in logs.tables(sorted({*names, *(where.columns if where else ())})):
        rows = np.flatnonzero(where.selects(table)) if where else np.arange(len(table))
        for text in cells.lines(table, names, rows, is_json):
            raw_rows.write(out, text)


def _write_parquet(logs: Logs, path: str, where: Optional[Expression], names: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="tstat-log-") as folder:
        paths = logs.paths
        if where:
            chosen = os.path.join(folder, logs.log)
            with open(chosen, "wb") as file:
                _write_log(logs, file, where, [])
            paths = [chosen]
        table = tstat.read_log(paths, table=logs.table, columns=list(names))
        try:
            with output.replaced(path) as beside:
                table.to_parquet(beside, list(names))
        except (ModuleNotFoundError, OSError) as error:
            raise Failure(f"{path}: {error}") from error


def write(arguments: argparse.Namespace, condition: Optional[str], listed: Sequence[str], formats: Sequence[str] = FORMATS) -> int:
    """Writes the rows of the logs of a command line: those for which the condition holds, all or some of their columns."""
    kind = output.format_of(arguments, formats)
    with inputs.opened(arguments) as logs:
        # Rows on a terminal tell how far it is.
        logs.shows_progress = arguments.output is not None or not sys.stdout.isatty()
        columns = logs.columns()
        where = expression.condition(condition, logs.schema, columns) if condition is not None else None
        if kind == "log":
            with output.opened(arguments.output) as out:
                _write_log(logs, out, where, listed)
            return 0
        names = columns.find_all(listed) if listed else columns.names
        if not listed and columns.added():
            messages.warn(f"left out: {', '.join(columns.added())}, which have no values, only text")
        if kind == "parquet":
            if arguments.output in (None, "-"):
                raise Failure("Parquet is written into a file: --output names it", status=2)
            _write_parquet(logs, arguments.output, where, names)
            return 0
        with output.opened(arguments.output) as out:
            _write_values(logs, out, where, names, kind == "json")
    return 0
