# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log columns."""

from __future__ import annotations

import argparse
import sys

from .. import inputs, terminal

NAME = "columns"
HELP = "lists the columns of logs: number, name, type, unit and meaning"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    inputs.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each column."""
    with inputs.opened(arguments) as logs:
        columns = logs.columns()
        schema = logs.schema
    numbers = {name: str(number) for number, name in enumerate(columns.by_number, 1)}
    rows = []
    for name in columns.names:
        column = schema[name]
        unit = "ms" if column.kind in ("time", "duration") else column.unit or "-"
        rows.append([numbers.get(name, "-"), name, column.type, unit, column.description])
    sys.stdout.write(terminal.table(["number", "column", "type", "unit", "meaning"], rows, [True] + [False] * 4))
    return 0
