# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log cumulative."""

from __future__ import annotations

import argparse
import sys
from typing import Optional

from .. import histogram_files as files
from .. import histogram_steps, messages, terminal
from ..messages import Failure, Usage

NAME = "cumulative"
HELP = "sums histograms of log directories over time: distribution and cumulative distribution"
EPILOG = """Of bit rates and means (tcp_bitrate_in, profile_flows) it gives the mean over the intervals, as they add up to nothing.
Times are those of the directories' names, in the time zone of the probe."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    histogram_steps.add_arguments(parser)
    parser.add_argument("-p", "--plot", metavar="FILE", help="draw it: into FILE.png, FILE.svg, or - for the terminal")
    parser.add_argument("-c", "--cdf", action="store_true", help="draw the cumulative distribution")
    parser.add_argument("--log-x", action="store_true", help="logarithmic axis")
    parser.add_argument("--log-y", action="store_true", help="logarithmic axis")
    parser.add_argument("--x-range", metavar="FROM:TO", help="part of the axis")
    parser.add_argument("--y-range", metavar="FROM:TO", help="part of the axis")
    parser.add_argument("--title", metavar="TEXT", help="of the plot")
    parser.add_argument("--as-original", action="store_true", help="rows as plot_cum.pl prints them")


def run(arguments: argparse.Namespace) -> int:
    """Sums, prints, draws."""
    if arguments.list:
        histogram_steps.print_list(arguments)
        return 0
    ranges = axis_range(arguments.x_range), axis_range(arguments.y_range)
    times = histogram_steps.span(arguments)
    kept = [step for step in histogram_steps.steps(arguments) if times.has(step.time)]
    if not kept:
        raise Failure("there is no interval at these times")
    totals = [(name, _total(name, kept, times, arguments.as_original)) for name in histogram_steps.names(arguments, kept)]
    made = [(name, total, _rows(total, arguments)) for name, total in totals if total is not None]
    if arguments.plot:
        _draw(made, arguments, ranges)
    else:
        _print(made, arguments.as_original)
    return 0


def axis_range(text: Optional[str]) -> tuple[Optional[float], Optional[float]]:
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


def _total(name: str, kept: list[files.Step], times: files.Span, as_original: bool) -> Optional[files.Histogram]:
    total: Optional[files.Histogram] = None
    count = 0
    for step, histogram in histogram_steps.read(name, kept, times):
        if histogram is None:
            continue
        count += 1
        if total is None:
            total = files.Histogram(histogram.title, *histogram.bounds)
        try:
            files.add(total, histogram, f"{step.path}/{name}", as_original)
        except files.FormatError as error:
            messages.warn(str(error), incomplete=True)
    if total is not None and files.is_level(name) and not as_original:
        total.bins = {label: value / count for label, value in total.bins.items()}
    return total


Row = tuple[int, float, float, float]


def _rows(total: files.Histogram, arguments: argparse.Namespace) -> list[Row]:
    """Bin, its number, the same or its share, and the sum of these so far."""
    labels = list(total.labels)
    below = total.minimum - total.width
    if below in total.bins and not arguments.as_original:
        labels.insert(0, below)
    whole = sum(total.bins.get(label, 0) for label in labels)
    rows: list[Row] = []
    cumulative = 0.0
    for label in labels:
        count = total.bins.get(label, 0)
        share = (count / whole if whole else 0.0) if arguments.relative else count
        cumulative += share
        rows.append((label, count, share, cumulative))
    return rows


def _print(made: list[tuple[str, files.Histogram, list[Row]]], as_original: bool) -> None:
    for number, (name, total, rows) in enumerate(made):
        if not as_original:
            gap = "\n" if number else ""
            print(f"{gap}# {name}: {total.title}\n# bin count pdf cdf")
        for row in rows:
            sys.stdout.write(" ".join(f"{value:.15g}" for value in row) + "\n")


def _draw(made: list[tuple[str, files.Histogram, list[Row]]], arguments: argparse.Namespace, ranges: tuple[
        tuple[Optional[float], Optional[float]], tuple[Optional[float], Optional[float]]]) -> None:
    column = 3 if arguments.cdf else 2
    title = arguments.title or (made[0][1].title if len(made) == 1 else "")
    if arguments.plot == "-":
        x = sorted({row[0] for _, _, rows in made for row in rows})
        series = []
        for name, _, rows in made:
            values = {row[0]: row[column] for row in rows}
            series.append((name, [float(values.get(label, float("nan"))) for label in x]))
        sys.stdout.write(terminal.plot(x, series, title, from_zero=True))
        return
    from .. import plots
    figure, axes = plots.figure()
    for number, (name, _, rows) in enumerate(made):
        plots.line(axes, [row[0] for row in rows], [row[column] for row in rows], number, name, steps=True)
    plots.title(axes, title, made[0][1].title if len(made) == 1 else "", "share" if arguments.relative else "count")
    if arguments.log_x:
        axes.set_xscale("log")
    if arguments.log_y:
        axes.set_yscale("log")
    axes.set_xlim(*ranges[0])
    axes.set_ylim(*ranges[1])
    plots.legend(axes)
    plots.save(figure, arguments.plot)
