# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log cdf."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .. import inputs, results, samples, terminal
from ..messages import Usage

NAME = "cdf"
HELP = "distribution: which share of the values is at most so large"
EPILOG = """  tstat-log cdf c_rtt_avg,s_rtt_avg out/ --plot rtt.svg --log-scale
  tstat-log cdf durat --complement --where 'con_t has tls' out/"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("formulas", metavar="FORMULA,...", help="columns or formulas (see tstat-log filter)")
    inputs.add_arguments(parser)
    parser.add_argument("-n", "--points", metavar="N", type=int, default=100, help="at most so many points for each (100); 0: all values")
    parser.add_argument("--complement", action="store_true", help="the share of the values that are larger")
    parser.add_argument("--log-scale", action="store_true", help="plots with a logarithmic axis of values")
    samples.add_where(parser)
    results.add_arguments(parser)


def distribution(values: samples.Values, points: int) -> tuple[samples.Values, samples.Values]:
    """Values, rising, and the share of all that is at most so large; the last one is 1."""
    if not len(values):
        return values, values
    different, counts = np.unique(values, return_counts=True)
    shares = np.cumsum(counts) / len(values)
    if points and len(different) > points:
        # Those that are first to reach equal steps of the share.
        chosen = np.unique(np.searchsorted(shares, np.arange(1, points + 1) / points - 1e-12))
        different, shares = different[chosen], shares[chosen]
    return different, shares


def run(arguments: argparse.Namespace) -> int:
    """A row for each point of each formula."""
    results.check(arguments)
    if arguments.points < 0:
        raise Usage(f"--points {arguments.points}: is less than 0")
    with inputs.opened(arguments) as logs:
        sampled = samples.Samples(logs, samples.split_formulas(arguments.formulas), arguments.where)
        units = sampled.units()
        columns = sampled.read()
    found = []
    for values in columns:
        places, shares = distribution(values, arguments.points)
        found.append((places, 1 - shares if arguments.complement else shares))
    share = "larger" if arguments.complement else "share"
    if len(found) == 1:
        names, rows = [sampled.names[0], share], [[float(x), float(y)] for x, y in zip(*found[0])]
        result = results.Result(names, rows, [f"{len(columns[0])} values"])
    else:
        long = [[name, float(x), float(y)] for name, (xs, ys) in zip(sampled.names, found) for x, y in zip(xs, ys)]
        result = results.Result(["of", "value", share], long,
                                [f"{name}: {len(values)} values" for name, values in zip(sampled.names, columns)])
    return results.emit(arguments, result, _drawing(arguments, found, sampled.names, units))


def _drawing(arguments: argparse.Namespace, found: list[Any], names: list[str], units: list[str]) -> results.Drawing:
    unit = units[0] if len(set(units)) == 1 else ""
    label = names[0] if len(names) == 1 else "value"
    share = "share of larger values" if arguments.complement else "share of values"

    def text() -> str:
        places = np.unique(np.concatenate([xs for xs, _ in found])) if found else np.array([])
        places = places[places > 0] if arguments.log_scale else places
        series = []
        for name, (xs, ys) in zip(names, found):
            before = np.concatenate([[1.0 if arguments.complement else 0.0], ys])
            series.append((name, before[np.searchsorted(xs, places, side="right")].tolist()))
        shown = np.log10(places) if arguments.log_scale else places
        return terminal.plot(shown.tolist(), series, f"{share}: {samples.labelled(label, unit)}", from_zero=True,
                             x_text=(lambda x: terminal.number(10 ** x)) if arguments.log_scale else terminal.number)

    def figure() -> Any:
        from .. import plots
        made, axes = plots.figure()
        for number, (name, (xs, ys)) in enumerate(zip(names, found)):
            plots.line(axes, xs, ys, number, label=name, steps=True)
        if arguments.log_scale:
            plots.log_axis(axes, "x")
        axes.set_ylim(0, 1.02)
        plots.title(axes, f"Distribution of {', '.join(names)}", samples.labelled(label, unit), share)
        plots.legend(axes)
        return made

    return results.Drawing(text, figure)
