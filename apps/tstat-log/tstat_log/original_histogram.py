# SPDX-License-Identifier: BSD-3-Clause
"""What make_histo.pl and make_histo_dyn_filt.pl print, with their quirks: `tstat-log histogram --as-original`.

There is one bin more than asked for; values outside go to the first and the last one; "std" is the root of the sum of
squares less the squared average, by the average. Cells are numbers as Perl takes them: by their first characters, or 0.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import IO, Any, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from . import expression
from .columns import Columns
from .inputs import open_text
from .columns import is_number
from .messages import Failure
from .originals import original_output

HELP = """What make_histo.pl does with FILE COLUMN MIN MAX BINS, and make_histo_dyn_filt.pl with FILE EXPRESSION FILTER MIN MAX BINS.
FILE is any file of columns (-: standard input), COLUMN counts from 1; MIN and MAX may be auto. Expressions have $d[0], $d[1], ...
for columns, and the grammar of tstat-log filter."""
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?))")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """As the scripts."""
    parser.add_argument("words", nargs="+", metavar="WORD", help="FILE COLUMN MIN MAX BINS, or FILE EXPRESSION FILTER MIN MAX BINS")


def perl_number(cell: str) -> float:
    """What a text is where a number is needed."""
    match = _NUMBER.match(cell)
    return float(match[1]) if match else 0.0


def perl_text(value: float) -> str:
    """A number as it is printed."""
    return f"{value:.15g}"


def _rows(path: str) -> Iterator[list[str]]:
    file: IO[bytes] = sys.stdin.buffer if path == "-" else open_text(path)
    with file:
        for text in file:
            line = text.decode("utf-8", "surrogateescape")
            if "#" not in line:
                yield line.split()


def _bound(word: str, cells: Sequence[str], is_low: bool) -> str:
    if word != "auto":
        return word
    if not cells:
        raise Failure("auto: there are no values")
    return (min if is_low else max)(cells, key=perl_number)


def run(arguments: argparse.Namespace) -> int:
    """Prints a histogram."""
    words: list[str] = arguments.words
    if len(words) not in (5, 6):
        raise Failure("FILE COLUMN MIN MAX BINS, or FILE EXPRESSION FILTER MIN MAX BINS", status=2)
    if words[0] == "-" and "auto" in words[-3:-1]:
        raise Failure("auto needs a file: standard input is read once", status=2)
    if not is_number(words[-1]) or int(words[-1]) < 1:
        raise Failure(f"{words[-1]}: is no number of bins", status=2)
    return _of_column(words) if len(words) == 5 else _of_expression(words)


def _of_column(words: Sequence[str]) -> int:
    path, column, low_word, high_word, bins = words
    if not is_number(column) or int(column) < 1:
        raise Failure(f"{column}: is no column; they count from 1", status=2)
    place = int(column) - 1
    cells = [cells[place] if place < len(cells) else "" for cells in _rows(path)]
    low_word, high_word = _bound(low_word, cells, True), _bound(high_word, cells, False)
    values = np.array([perl_number(cell) for cell in cells], dtype=np.float64)
    out = original_output()
    out.write(f"#making histogram {path} {column} {low_word} {high_word} {bins}\n")
    if len(values):
        average = _sum(values) / len(values)
        squares = _sum(values * values)
        spread = (max(0.0, squares - average * average) ** 0.5 / average) if average else 0.0
        out.write(f"#average= {perl_text(average)}\t#std= {perl_text(spread)}\n")
    _print(out, values, perl_number(low_word), perl_number(high_word), int(bins), 3)
    return 0


def _sum(values: npt.NDArray[np.float64]) -> float:
    """One after the other, as the script adds them."""
    total = 0.0
    for value in values.tolist():
        total += value
    return total


def _print(out: IO[str], values: npt.NDArray[np.float64], low: float, high: float, bins: int, digits: int) -> None:
    if high <= low:
        raise Failure(f"bins would end at {perl_text(high)} and begin at {perl_text(low)}", status=2)
    step = (high - low) / bins
    places = np.clip(np.trunc((values - low) / step), 0, bins).astype(np.int64)
    counts = np.bincount(places, minlength=bins + 1)
    out.write("#bin\t range\ttotbin\tdist\tcum\n")
    reached = 0
    for number, count in enumerate(counts.tolist()):
        reached += count
        total = max(1, len(values))
        out.write(f"{number}\t {low + number * step:.{digits}f}\t{count}\t{100 * count / total:5.3f}\t{reached / total:5.3f}\n")
    out.flush()


# Expressions --------------------------------------------------------------------------------------------------------


class _Cells:
    """Rows of any columns, as an expression looks at a table."""

    def __init__(self, rows: Sequence[Sequence[str]], schema: "_Numbers") -> None:
        self._rows, self.schema = rows, schema

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, name: str) -> npt.NDArray[np.float64]:
        """A column as numbers."""
        place = int(name) - 1
        return np.array([perl_number(row[place]) if place < len(row) else 0.0 for row in self._rows], dtype=np.float64)

    def valid(self, name: str) -> npt.NDArray[np.bool_]:
        """All are there."""
        del name
        return np.ones(len(self._rows), dtype=bool)


class _Numbers:
    """A schema of columns 1, 2, ..., all numbers."""

    def __getitem__(self, name: str) -> Any:
        return argparse.Namespace(name=name, kind="real")


def _of_expression(words: Sequence[str]) -> int:
    path, formula, condition, low_word, high_word, bins = words
    rows = list(_rows(path))
    schema: Any = _Numbers()
    columns = Columns([str(number) for number in range(1, max([len(row) for row in rows], default=0) + 1)])
    made, chosen = (re.sub(r"\$d\[(\d+)\]", lambda m: f"${int(m[1]) + 1}", text) for text in (formula, condition))
    table: Any = _Cells(rows, schema)
    found, valid = expression.formula(made, schema, columns).values(table)
    values = found[valid & expression.condition(chosen, schema, columns).selects(table)]
    cells = [perl_text(value) for value in values.tolist()]
    low, high = (perl_number(_bound(word, cells, is_low)) for word, is_low in ((low_word, True), (high_word, False)))
    total = _sum(values)
    out = original_output()
    out.write(f"#samples = {len(values)}; #sum = {perl_text(total)}; #average= {perl_text(total / max(1, len(values)))}\n")
    _print(out, values, low, high, int(bins), 5)
    return 0
