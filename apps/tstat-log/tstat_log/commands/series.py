# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log series."""

from __future__ import annotations

import argparse
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from .. import inputs, original_series, results, samples, terminal
from ..columns import is_number
from ..evaluation import Kind
from ..expression import formula
from ..inputs import Logs
from ..messages import Usage

NAME = "series"
HELP = "a column or formula over time: count, sum, mean, median, deviation of each bin"
EPILOG = """  tstat-log series c_rtt_avg --bin 5min out/
  tstat-log series s_bytes_all --show sum --plot bytes.svg --where 's_port == 443' out/
  tstat-log series 1 out/                                counts rows

a row belongs to the bin of its time: the end of a flow, unless --time names another column. Bins begin at whole
multiples of their length, UTC; those without rows are there. Deviations are those of all values (population)."""
ORIGINAL_HELP = original_series.HELP
add_original_arguments = original_series.add_arguments
run_original = original_series.run
_NAMES = ("count", "sum", "mean", "median", "deviation")
_MOST_BINS = 1_000_000
_LONGEST_BIN_MS = 3_652_425 * 86_400_000
_TIMES = ("last", "time_abs", "first", "c_first_abs")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("formula", metavar="FORMULA", help="a column or a formula (see tstat-log filter)")
    inputs.add_arguments(parser)
    parser.add_argument("-b", "--bin", metavar="LENGTH", default="5min", help="the length of a bin: 60s, 5min (default), 1h, 1d")
    parser.add_argument("-t", "--time", metavar="COLUMN", help="the time of a row (default: the end of the flow, or the only one)")
    parser.add_argument("--show", choices=_NAMES, default="mean", help="what --plot draws (mean)")
    samples.add_where(parser)
    results.add_arguments(parser)


def time_column(logs: Logs, wanted: Optional[str]) -> str:
    """The column of the rows' times. Throws Usage."""
    columns = logs.columns()
    if wanted:
        name = columns.find(wanted)
        if logs.schema[name].kind != "time":
            raise Usage(f"--time {wanted}: is no time")
        return name
    times = [name for name in columns.names if logs.schema[name].kind == "time"]
    if not times:
        raise Usage(f"{logs.log} has no column of times")
    return next((name for name in _TIMES if name in times), times[0])


def bin_ms(text: str, logs: Logs) -> int:
    """The length of a bin. Throws Usage."""
    made = formula(text if not is_number(text) else text + "s", logs.schema, logs.columns())
    if made.columns or made.kind != Kind.DURATION:
        raise Usage(f"--bin {text}: is no length of time, as 60s, 5min, 1h, 1d")
    value = float(made._node.evaluate(None)[0])  # type: ignore[arg-type]  # pylint: disable=protected-access
    if not 1 <= value <= _LONGEST_BIN_MS or value != int(value):
        raise Usage(f"--bin {text}: is not one or more whole milliseconds, or more than 10 000 years")
    return int(value)


def binned(times_ms: samples.Values, values: samples.Values, length_ms: int) -> tuple[npt.NDArray[np.int64], list[list[Any]]]:
    """The first bin's begin and all following ones (ms), and for each count, sum, mean, median, deviation."""
    if not len(values):
        return np.zeros(0, dtype=np.int64), []
    numbers = np.floor_divide(times_ms, length_ms).astype(np.int64)
    first, last = int(numbers.min()), int(numbers.max())
    if last - first >= _MOST_BINS:
        raise Usage(f"there would be {last - first + 1} bins; --bin makes them longer")
    order = np.argsort(numbers, kind="stable")
    values, numbers = values[order], numbers[order]
    bounds = np.searchsorted(numbers, np.arange(first, last + 2))
    rows: list[list[Any]] = []
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist()):
        part = values[begin:end]
        if not len(part):
            rows.append([0, 0.0, None, None, None])
            continue
        rows.append([len(part), float(part.sum()), float(part.mean()), float(np.median(part)), float(part.std())])
    return np.arange(first, last + 1) * length_ms, rows


def run(arguments: argparse.Namespace) -> int:
    """A row for each bin."""
    results.check(arguments)
    with inputs.opened(arguments) as logs:
        time = time_column(logs, arguments.time)
        length = bin_ms(arguments.bin, logs)
        sampled = samples.Samples(logs, [time, arguments.formula], arguments.where)
        unit = sampled.units()[1]
        times, values = sampled.read_rows()
    begins, rows = binned(times, values, length)
    stamps = begins.astype("datetime64[ms]")
    result = results.Result(["time", *_NAMES], [[stamp, *row] for stamp, row in zip(stamps, rows)],
                            [f"{samples.labelled(arguments.formula, unit)} by {time}, bins of {results.number_text(length / 1000)} s, UTC"])
    place = _NAMES.index(arguments.show)
    shown = [np.nan if row[place] is None else float(row[place]) for row in rows]
    title = f"{arguments.show} of {samples.labelled(arguments.formula, unit if arguments.show != 'count' else '')}"
    return results.emit(arguments, result, _drawing(stamps, shown, title, arguments.show))


def _drawing(stamps: Any, shown: list[float], title: str, what: str) -> results.Drawing:
    def text() -> str:
        return terminal.plot(stamps.astype("i8").tolist(), [(title, shown)], title, from_zero=True,
                             x_text=lambda ms: results.time_text(np.datetime64(int(ms), "ms")))

    def figure() -> Any:
        from .. import plots
        made, axes = plots.figure()
        plots.line(axes, stamps, shown, steps=False)
        if len(shown) < 200:
            plots.points(axes, stamps, shown)
        plots.time_axis(axes)
        plots.large_numbers(axes.yaxis)
        axes.set_ylim(bottom=min(0.0, *[value for value in shown if value == value], 0.0))
        plots.title(axes, title, "time (UTC)", what)
        return made

    return results.Drawing(text, figure)
