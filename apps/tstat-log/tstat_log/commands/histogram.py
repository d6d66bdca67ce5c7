# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log histogram."""

from __future__ import annotations

import argparse
import math
from typing import Any, Optional

import numpy as np

from .. import inputs, original_histogram, results, samples, terminal
from ..messages import Usage

NAME = "histogram"
HELP = "how often values of a column or formula are how large"
EPILOG = """  tstat-log histogram c_rtt_avg --bins 50 out/
  tstat-log histogram '$9 / $3' --where '$3 > 0' --min 0 --max 1460 log_tcp_complete
  tstat-log histogram s_bytes_all --log-scale --plot terminal out/

a bin holds its lower edge, the last one both. Without --min and --max bins go from the smallest to the largest value;
values outside of them are told in the notes, and count in the percentages."""
ORIGINAL_HELP = original_histogram.HELP
_MOST_BARS = 2000  # that are drawn one by one
_MOST_DRAWN = 20_000
add_original_arguments = original_histogram.add_arguments
run_original = original_histogram.run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("formula", metavar="FORMULA", help="a column or a formula (see tstat-log filter)")
    inputs.add_arguments(parser)
    parser.add_argument("-b", "--bins", metavar="N", type=int, default=20, help="how many bins (20)")
    parser.add_argument("--min", metavar="X", type=_bound, help="where the first one begins (auto: the smallest value)")
    parser.add_argument("--max", metavar="X", type=_bound, help="where the last one ends (auto: the largest value)")
    parser.add_argument("--log-scale", action="store_true", help="each bin so many times as wide as the one before; values > 0")
    samples.add_where(parser)
    results.add_arguments(parser)


def _bound(text: str) -> Optional[float]:
    return None if text == "auto" else float(text)


def edges_of(values: samples.Values, bins: int, low: Optional[float], high: Optional[float], is_log: bool) -> samples.Values:
    """One edge more than bins. Throws Usage."""
    low = float(values.min()) if low is None else low
    high = float(values.max()) if high is None else high
    if high == low:
        high = low + (abs(low) * 1e-6 if is_log and low else 1.0)
    if not math.isfinite(high - low):
        raise Usage(f"bins from {low:g} to {high:g} are too wide: --min and --max say where they are")
    if not high > low:
        raise Usage(f"bins would end at {results.number_text(high)} and begin at {results.number_text(low)}")
    if not is_log:
        return np.linspace(low, high, bins + 1)
    if low <= 0:
        raise Usage("with --log-scale bins begin above 0; --min says where")
    made: samples.Values = np.geomspace(low, high, bins + 1)
    made[0], made[-1] = low, high
    return made


def run(arguments: argparse.Namespace) -> int:
    """A row for each bin."""
    results.check(arguments)
    if not 1 <= arguments.bins <= 1_000_000:
        raise Usage(f"--bins {arguments.bins}: is not between 1 and a million")
    if arguments.plot not in (None, results.TERMINAL) and arguments.bins > _MOST_DRAWN:
        raise Usage(f"--bins {arguments.bins}: --plot draws {_MOST_DRAWN} of them at most")
    with inputs.opened(arguments) as logs:
        sampled = samples.Samples(logs, [arguments.formula], arguments.where)
        unit = sampled.units()[0]
        values, = sampled.read()
    name = samples.labelled(arguments.formula, unit)
    names = ["from", "to", "count", "percent", "cumulative"]
    if not len(values):
        nothing = results.Drawing(lambda: f"{name}: no values\n", lambda: _figure(np.array([0.0, 1.0]), np.array([0]), name, False))
        return results.emit(arguments, results.Result(names, [], [f"{name}: no values"]), nothing)
    counted = values[values > 0] if arguments.log_scale and arguments.min is None else values
    samples.require_values(counted, f"{name}, above 0")
    edges = edges_of(counted, arguments.bins, arguments.min, arguments.max, arguments.log_scale)
    counts = np.histogram(values, edges)[0]
    below, above = int((values < edges[0]).sum()), int((values > edges[-1]).sum())
    reached = below + np.cumsum(counts)
    rows = [[float(edges[i]), float(edges[i + 1]), int(count), 100 * int(count) / len(values), 100 * int(reached[i]) / len(values)]
            for i, count in enumerate(counts)]
    notes = [f"{name}: {len(values)} values, mean {results.number_text(float(values.mean()))}, "
             f"deviation {results.number_text(float(values.std()))}"]
    if below or above:
        notes.append(f"{below} values are below the first bin, {above} above the last one")
    labels = [f"{terminal.number(low)} .. {terminal.number(high)}" for low, high in zip(edges[:-1], edges[1:])]
    drawing = results.Drawing(lambda: f"{name}\n" + terminal.bars(labels, counts.tolist()),
                              lambda: _figure(edges, counts, name, arguments.log_scale))
    return results.emit(arguments, results.Result(names, rows, notes, shares=["percent", "cumulative"]), drawing)


def _figure(edges: Any, counts: Any, name: str, is_log: bool) -> Any:
    from .. import plots
    made, axes = plots.figure()
    (plots.bars if len(counts) <= _MOST_BARS else plots.outline)(axes, edges, counts)
    if is_log:
        plots.log_axis(axes, "x")
    plots.title(axes, f"Histogram of {name}", name, "values")
    return made
