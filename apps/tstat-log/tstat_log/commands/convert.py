# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log convert."""

from __future__ import annotations

import argparse

from .. import inputs, output, selection

NAME = "convert"
HELP = "writes all rows as CSV, JSON or Parquet"
EPILOG = """the values are those of tstat's exports: times in milliseconds with all digits, absent is empty or null; in
Parquet times and numbers have types, and all rows are in memory meanwhile (by DuckDB's C library;
TSTAT_DUCKDB_LIBRARY names it)."""
_FORMATS = ("csv", "json", "parquet", "log")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    inputs.add_arguments(parser)
    output.add_arguments(parser, _FORMATS)


def run(arguments: argparse.Namespace) -> int:
    """Writes all rows."""
    return selection.write(arguments, None, [], _FORMATS)
