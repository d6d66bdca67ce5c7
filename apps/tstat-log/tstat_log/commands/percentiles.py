# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log percentiles."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

import numpy as np

from .. import inputs, results, samples, terminal
from ..messages import Failure, Usage

NAME = "percentiles"
HELP = "percentiles of columns or formulas"
EPILOG = """formulas are columns, or made of them (see tstat-log filter), separated by commas:

  tstat-log percentiles c_rtt_avg,s_rtt_avg out/
  tstat-log percentiles 's_bytes_all * 8 / (durat / 1s)' --points 50,95,99.9 --where 's_port == 443' out/

between two values they are interpolated; rows without a value do not count."""
ORIGINAL_HELP = """What quantile.py does: numbers, one a line, of standard input; percentiles 0 to 99 and their values."""
_POINTS = "0,1,5,10,25,50,75,90,95,99,100"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("formulas", metavar="FORMULA,...", help="columns or formulas")
    inputs.add_arguments(parser)
    parser.add_argument("-p", "--points", metavar="P,...", default=_POINTS, help=f"which percentiles ({_POINTS})")
    parser.add_argument("--log-scale", action="store_true", help="plots with a logarithmic axis of values")
    samples.add_where(parser)
    results.add_arguments(parser)


def _points(text: str) -> list[float]:
    points = []
    for part in text.split(","):
        try:
            point = float(part)
        except ValueError:
            point = math.nan
        if not 0 <= point <= 100:
            raise Usage(f"--points {text}: {part} is no number from 0 to 100")
        points.append(point)
    return points


def run(arguments: argparse.Namespace) -> int:
    """A row for each percentile, a column for each formula."""
    results.check(arguments)
    points = _points(arguments.points)
    with inputs.opened(arguments) as logs:
        sampled = samples.Samples(logs, samples.split_formulas(arguments.formulas), arguments.where)
        units = sampled.units()
        columns = sampled.read()
    found: list[Any] = [np.percentile(values, points) if len(values) else [math.nan] * len(points) for values in columns]
    rows = [[point, *(float(column[i]) for column in found)] for i, point in enumerate(points)]
    notes = [f"{samples.labelled(name, unit)}: {len(values)} values" for name, unit, values in zip(sampled.names, units, columns)]
    result = results.Result(["percentile", *sampled.names], rows, notes)
    return results.emit(arguments, result, _drawing(arguments, points, found, sampled.names, units))


def _drawing(arguments: argparse.Namespace, points: list[float], found: list[Any], names: list[str],
             units: list[str]) -> results.Drawing:
    unit = units[0] if len(set(units)) == 1 else ""

    def text() -> str:
        def shown(value: float) -> float:
            return value if not arguments.log_scale else math.log10(value) if value > 0 else math.nan

        series = [(name, [shown(float(value)) for value in column]) for name, column in zip(names, found)]
        return terminal.plot(points, series, samples.labelled("percentiles", unit),
                             y_text=(lambda y: terminal.short_number(10 ** y)) if arguments.log_scale else terminal.short_number)

    def figure() -> Any:
        from .. import plots
        made, axes = plots.figure()
        for number, (name, column) in enumerate(zip(names, found)):
            plots.line(axes, points, column, number, label=name)
        if arguments.log_scale:
            plots.log_axis(axes, "y")
        plots.title(axes, f"Percentiles of {', '.join(names)}", "percentile", samples.labelled("value", unit))
        plots.legend(axes)
        return made

    return results.Drawing(text, figure)


def add_original_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""
    del parser


def run_original(arguments: argparse.Namespace) -> int:
    """As quantile.py."""
    del arguments
    values = []
    for number, line in enumerate(sys.stdin, 1):
        try:
            values.append(float(line))
        except ValueError as error:
            raise Failure(f"{inputs.STANDARD_INPUT}:{number}: {line.strip()!r} is no number") from error
    if not values:
        raise Failure(f"{inputs.STANDARD_INPUT}: there is no number")
    for point, value in enumerate(np.percentile(np.array(values), range(100))):
        sys.stdout.write(f"{point:f}\t{value:f}\n")
    return 0
