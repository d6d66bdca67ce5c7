# SPDX-License-Identifier: BSD-3-Clause
"""The values of formulas over all rows of logs: what percentiles, histograms and distributions are made of."""

from __future__ import annotations

import argparse
from typing import Optional, Sequence

import numpy as np
import numpy.typing as npt

from . import expression
from .evaluation import Kind
from .expression import Expression
from .inputs import Logs
from .messages import Usage

Values = npt.NDArray[np.float64]


def add_where(parser: argparse.ArgumentParser) -> None:
    """--where."""
    parser.add_argument("-w", "--where", metavar="CONDITION", help="of the rows for which this holds (see tstat-log filter)")


def split_formulas(text: str) -> list[str]:
    """Formulas separated by commas; those within parentheses and quotes belong to one."""
    parts, depth, quote, begin = [], 0, "", 0
    for place, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
    return [part.strip() for part in [*parts, text[begin:]]]


class Samples:
    """Formulas and a condition, for the columns of some logs. Throws ExpressionError."""

    def __init__(self, logs: Logs, formulas: Sequence[str], where: Optional[str]) -> None:
        columns = logs.columns()
        self._logs = logs
        self.names = list(formulas)
        self.formulas = [expression.formula(text, logs.schema, columns) for text in formulas]
        self._where: Optional[Expression] = expression.condition(where, logs.schema, columns) if where else None
        needed = {name for one in [*self.formulas, *([self._where] if self._where else [])] for name in one.columns}
        self._needed = sorted(needed) or columns.names[:1]

    def units(self) -> list[str]:
        """The unit of each formula, as far as it is known."""
        return [_unit(one, self._logs) for one in self.formulas]

    def read(self) -> list[Values]:
        """For each formula the values that there are, in the order of the rows."""
        parts: list[list[Values]] = [[] for _ in self.formulas]
        for table in self._logs.tables(self._needed):
            chosen = self._where.selects(table) if self._where else None
            for part, formula in zip(parts, self.formulas):
                values, valid = formula.values(table)
                part.append(values[valid if chosen is None else valid & chosen])
        return [np.concatenate(part) for part in parts]

    def read_rows(self) -> list[Values]:
        """Likewise, but only rows in which all formulas have values: arrays of one length."""
        parts: list[list[Values]] = [[] for _ in self.formulas]
        for table in self._logs.tables(self._needed):
            found = [formula.values(table) for formula in self.formulas]
            chosen = np.ones(len(table), dtype=bool) if self._where is None else self._where.selects(table)
            for _, valid in found:
                chosen = chosen & valid
            for part, (values, _) in zip(parts, found):
                part.append(values[chosen])
        return [np.concatenate(part) for part in parts]


def _unit(formula: Expression, logs: Logs) -> str:
    if formula.kind in (Kind.TIME, Kind.DURATION):
        return "ms"
    if formula.text in logs.schema:
        return logs.schema[formula.text].unit
    return ""


def labelled(name: str, unit: str) -> str:
    """For an axis."""
    return f"{name} [{unit}]" if unit else name


def require_values(values: Values, name: str) -> None:
    """Throws Usage where a command can do nothing without values."""
    if len(values) == 0:
        raise Usage(f"{name}: there are no values")
