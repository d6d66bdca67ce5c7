# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log compare."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

import numpy as np

from .. import evaluation, expression, inputs, results, row_differences, samples, terminal
from ..evaluation import Kind
from ..inputs import Logs
from ..messages import Usage
from .top import Counts, texts_of

NAME = "compare"
HELP = "what changed from one log to another: distributions of all columns, or row by row"
EPILOG = """OLD and NEW are files, patterns or directories. For each column:

  numbers, times     medians and means, and the distance of the distributions (0: the same, 1: nothing in common)
  texts, codes       the value whose share of the rows changed most

the largest distances first; columns that did not change are left out, and so are times of day, texts and addresses, but
for fqdn and s_ip, unless --columns names them. --rows instead pairs rows by their endpoints and
begin, and tells those that are in one log alone, and every cell that differs."""
_AT_A_TIME = 16  # columns whose values are in memory
_MOST_TEXTS = 100_000
_NAMES = ("column", "old count", "new count", "old median", "new median", "old mean", "new mean", "change %", "distance", "most changed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("old", metavar="OLD", help="a file, a pattern or a directory")
    parser.add_argument("new", metavar="NEW", help="the other one")
    parser.add_argument("-l", "--log", metavar="NAME", help="which logs: tcp (default), udp, ... (see tstat-log columns)")
    parser.add_argument("-c", "--columns", metavar="COLUMNS", action="append", default=[], help="only these columns")
    parser.add_argument("-n", "--number", metavar="N", type=int, default=20, help="at most so many rows (20); 0: all")
    parser.add_argument("--rows", action="store_true", help="row by row")
    parser.add_argument("--key", metavar="COLUMNS", help="with --rows: what tells rows apart (endpoints and begin)")
    samples.add_where(parser)
    results.add_arguments(parser)


@dataclass
class _Column:
    """A column of one log: numbers, or how often each text is there."""

    numbers: list[Any] = field(default_factory=list)
    texts: Counts = field(default_factory=lambda: Counts(0))

    def values(self) -> samples.Values:
        """All numbers."""
        return np.concatenate(self.numbers) if self.numbers else np.zeros(0)


def distance(old: samples.Values, new: samples.Values) -> float:
    """The largest difference of two distributions (Kolmogorov and Smirnov)."""
    if not len(old) or not len(new):
        return 0.0 if len(old) == len(new) else 1.0
    old, new = np.sort(old), np.sort(new)
    places = np.concatenate([old, new])
    return float(np.max(np.abs(np.searchsorted(old, places, side="right") / len(old) -
                               np.searchsorted(new, places, side="right") / len(new))))


def _is_number(logs: Logs, name: str) -> bool:
    return evaluation.kind_of(logs.schema[name]) in (Kind.NUMBER, Kind.DURATION, Kind.FLAG)


def _read(logs: Logs, names: Sequence[str], where: Optional[str]) -> tuple[int, dict[str, _Column]]:
    columns = logs.columns()
    condition = expression.condition(where, logs.schema, columns) if where else None
    found = {name: _Column() for name in names}
    rows = 0
    for table in logs.tables(sorted({*names, *(condition.columns if condition else ())})):
        chosen = condition.selects(table) if condition else np.ones(len(table), dtype=bool)
        rows += int(chosen.sum())
        for name, column in found.items():
            if _is_number(logs, name):
                values, valid = evaluation.numbers(table, name)
                column.numbers.append(values[valid & chosen])
            else:
                codes, texts = texts_of(table, name)
                column.texts.add([(codes[chosen], texts)], [])
                if len(column.texts.found) > _MOST_TEXTS:
                    raise Usage(f"{name} has too many different values to be compared; --columns chooses others")
    return rows, found


def _of_numbers(name: str, old: samples.Values, new: samples.Values, rows: Sequence[int]) -> list[Any]:
    medians = [float(np.median(part)) if len(part) else None for part in (old, new)]
    before, after = [float(np.mean(part)) if len(part) else None for part in (old, new)]
    change = 100 * (after - before) / abs(before) if before and after is not None else None
    # Whether there is a value may change, too.
    presence = abs(len(old) / max(1, rows[0]) - len(new) / max(1, rows[1]))
    return [name, len(old), len(new), *medians, before, after, change, max(distance(old, new), presence), None]


def _of_texts(name: str, old: _Column, new: _Column) -> list[Any]:
    shares = []
    counts = []
    for part in (old.texts.found, new.texts.found):
        total = sum(entry[0] for entry in part.values())
        counts.append(int(sum(entry[0] for key, entry in part.items() if key != ("-",))))
        shares.append({key[0]: entry[0] / total for key, entry in part.items()} if total else {})
    different = [(abs(shares[1].get(key, 0) - shares[0].get(key, 0)), key) for key in {*shares[0], *shares[1]}]
    most, key = max(different, key=lambda pair: (pair[0], pair[1]), default=(0.0, ""))
    told = f"{key}: {100 * shares[0].get(key, 0):.1f} % -> {100 * shares[1].get(key, 0):.1f} %" if most > 0 else None
    return [name, *counts, None, None, None, None, None, sum(part for part, _ in different) / 2, told]


def _compared(arguments: argparse.Namespace, old: Logs, new: Logs) -> list[list[Any]]:
    columns = [logs.columns() for logs in (old, new)]
    if arguments.columns:
        names = columns[0].find_all(arguments.columns)
        missing = [name for name in names if name not in columns[1].names]
        if missing:
            raise Usage(f"{missing[0]}: {arguments.new} does not have this column")
    else:
        # Times of day and ports of clients always differ, and so do names that are given once.
        common = [name for name in columns[0].names if name in columns[1].names]
        names = [name for name in common if old.schema[name].kind not in ("time", "address", "text")]
        names = [name for name in names if name not in ("c_port", "flow")] + [name for name in ("fqdn", "s_ip") if name in common]
    rows: list[list[Any]] = []
    total = [0, 0]
    for begin in range(0, len(names), _AT_A_TIME):
        part = names[begin:begin + _AT_A_TIME]
        total[0], before = _read(old, part, arguments.where)
        total[1], after = _read(new, part, arguments.where)
        for name in part:
            rows.append(_of_numbers(name, before[name].values(), after[name].values(), total) if _is_number(old, name)
                        else _of_texts(name, before[name], after[name]))
    rows = sorted((row for row in rows if row[8] > 1e-12), key=lambda row: (-row[8], row[0]))
    kept = rows[:arguments.number] if arguments.number else rows
    change = 100 * (total[1] - total[0]) / total[0] if total[0] else None
    return [["rows", *total, None, None, None, None, change, None, None], *kept]


def run(arguments: argparse.Namespace) -> int:
    """A row for each column that changed."""
    results.check(arguments)
    if arguments.key and not arguments.rows:
        raise Usage("--key is of --rows")
    with inputs.named_logs([arguments.old], arguments.log) as old, inputs.named_logs([arguments.new], arguments.log) as new:
        if old.log != new.log:
            raise Usage(f"{arguments.old} is {old.log}, and {arguments.new} is {new.log}")
        if arguments.rows:
            if arguments.plot or arguments.where:
                raise Usage("--rows is neither drawn nor filtered")
            found = row_differences.compared(old, new, arguments.key, arguments.columns, arguments.number)
            return results.emit(arguments, found)
        rows = _compared(arguments, old, new)
    result = results.Result(_NAMES, rows, [f"{arguments.old} and {arguments.new}; times in ms"], shares=["change %"])
    return results.emit(arguments, result, _drawing(rows[1:26]))


def _drawing(rows: list[list[Any]]) -> results.Drawing:
    names, values = [row[0] for row in rows], [float(row[8]) for row in rows]
    title = "distance of the distributions"

    def figure() -> Any:
        from .. import plots
        made, axes = plots.figure(height=max(2.0, 0.8 + 0.25 * len(rows)))
        plots.named_bars(axes, names, values)
        plots.title(axes, "What changed most", title)
        return made

    return results.Drawing(lambda: f"{title}\n" + terminal.bars(names, values), figure)
