# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log cumulative."""

from __future__ import annotations

import argparse
import os
from typing import Any, Optional, Sequence

from .. import histogram_files as files
from .. import histogram_steps, original_plots, results, terminal
from ..messages import Usage

NAME = "cumulative"
HELP = "sums histograms of log directories over time: distribution and cumulative distribution"
EPILOG = """Of bit rates and means (tcp_bitrate_in, profile_flows) it gives the mean over the intervals, as they add up to nothing.
Times are those of the directories' names, in the time zone of the probe."""
ORIGINAL_HELP = original_plots.CUMULATIVE_HELP
add_original_arguments = original_plots.add_cumulative_arguments
run_original = original_plots.run_cumulative

Range = tuple[Optional[float], Optional[float]]
_Made = Sequence[tuple[str, files.Histogram, list[histogram_steps.Row]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    histogram_steps.add_arguments(parser)
    parser.add_argument("-c", "--cdf", action="store_true", help="draw the cumulative distribution")
    parser.add_argument("--log-x", action="store_true", help="logarithmic axis")
    parser.add_argument("--log-y", action="store_true", help="logarithmic axis")
    parser.add_argument("--x-range", metavar="FROM:TO", help="part of the axis")
    parser.add_argument("--y-range", metavar="FROM:TO", help="part of the axis")
    parser.add_argument("--title", metavar="TEXT", help="of the plot")
    results.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Sums, prints, draws."""
    results.check(arguments)
    ranges = axis_range(arguments.x_range), axis_range(arguments.y_range)
    chosen = histogram_steps.choice(arguments)
    if arguments.list:
        return histogram_steps.print_list(chosen)
    kept = histogram_steps.steps(chosen)
    made = []
    for name in histogram_steps.names(arguments.names, kept):
        summed = histogram_steps.total(name, kept, chosen.span, means=True)
        made.append((name, summed, histogram_steps.distribution(summed, relative=arguments.relative, with_below=True)))
    rows = [(name, *map(float, row)) for name, _, distribution in made for row in distribution]
    notes = [f"{name}: {summed.title}" for name, summed, _ in made]
    drawing = results.Drawing(lambda: _text(made, arguments), lambda: _figure(made, arguments, ranges))
    return results.emit(arguments, results.Result(["histogram", "bin", "count", "pdf", "cdf"], rows, notes), drawing)


def axis_range(text: Optional[str]) -> Range:
    """Of "10:20", "10:" or ":20". Throws Usage."""
    if text is None:
        return None, None
    begin, colon, end = text.partition(":")
    try:
        if not colon:
            raise ValueError
        return float(begin) if begin else None, float(end) if end else None
    except ValueError:
        raise Usage(f"{text}: no range like 10:20") from None


def _title(made: _Made, arguments: argparse.Namespace) -> str:
    return str(arguments.title or (made[0][1].title if len(made) == 1 else ""))


def _text(made: _Made, arguments: argparse.Namespace) -> str:
    column = 3 if arguments.cdf else 2
    x = sorted({row[0] for _, _, rows in made for row in rows})
    series = []
    for name, _, rows in made:
        values = {row[0]: row[column] for row in rows}
        series.append((name, [float(values.get(label, float("nan"))) for label in x]))
    return terminal.plot(x, series, _title(made, arguments), from_zero=True)


def _figure(made: _Made, arguments: argparse.Namespace, ranges: tuple[Range, Range]) -> Any:
    from .. import plots
    column = 3 if arguments.cdf else 2
    figure, axes = plots.figure()
    for number, (name, _, rows) in enumerate(made):
        plots.line(axes, [row[0] for row in rows], [row[column] for row in rows], number, name, steps=True)
    # "IP packet length [byte] - incoming packets" and "... - outgoing packets" have the axis in common.
    common = os.path.commonprefix([summed.title for _, summed, _ in made]).rstrip(" -") if len(made) > 1 else ""
    plots.title(axes, _title(made, arguments), common, "share" if arguments.relative else "count")
    if arguments.log_x:
        plots.log_axis(axes, "x")
    if arguments.log_y:
        plots.log_axis(axes, "y")
    axes.set_xlim(*ranges[0])
    axes.set_ylim(*ranges[1])
    plots.legend(axes)
    return figure
