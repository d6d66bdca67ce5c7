# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log evolution."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

from .. import histogram_files as files
from .. import histogram_steps, terminal
from ..messages import Failure

NAME = "evolution"
HELP = "shows how histograms of log directories change from interval to interval: a row for each, a map as plot"
EPILOG = "Times are those of the directories' names, in the time zone of the probe."

_SHADES = " ░▒▓█"
_ASCII_SHADES = " .:*#"
_MOST_ROWS = 24
_MOST_BINS = 120
_MOST_STEPS = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    histogram_steps.add_arguments(parser)
    parser.add_argument("-a", "--all-bins", action="store_true", help="also bins that are empty in all intervals")
    parser.add_argument("-p", "--plot", metavar="FILE", help="draw it: into FILE.png, FILE.svg, or - for the terminal")
    parser.add_argument("--title", metavar="TEXT", help="of the plot")
    parser.add_argument("--as-original", action="store_true", help="rows as plot_time.pl prints them")


def run(arguments: argparse.Namespace) -> int:
    """Prints or draws."""
    if arguments.list:
        histogram_steps.print_list(arguments)
        return 0
    times = histogram_steps.span(arguments)
    kept = [step for step in histogram_steps.steps(arguments) if times.has_day(step.time)]
    if not any(times.has(step.time) for step in kept):
        raise Failure("there is no interval at these times")
    for number, name in enumerate(histogram_steps.names(arguments, kept)):
        matrix = _Matrix(name, kept, times)
        if arguments.as_original:
            matrix.print_original(arguments.relative)
        elif arguments.plot == "-":
            matrix.draw_in_terminal(arguments)
        elif arguments.plot:
            if number:
                raise Failure("a file has room for one plot: name one histogram")
            matrix.draw(arguments)
        else:
            matrix.print(arguments, "\n" if number else "")
    return 0


class _Matrix:
    """The bins of one histogram by time."""

    def __init__(self, name: str, kept: list[files.Step], times: files.Span) -> None:
        self.name = name
        self.steps = list(histogram_steps.read(name, kept, times))
        self.there = [(step, histogram) for step, histogram in self.steps if histogram is not None]
        if not self.there:
            raise Failure(f"{name}: no interval at these times has it")
        first = self.there[0][1]
        self.title = first.title
        for step, histogram in self.there:
            if histogram.bounds != first.bounds:
                raise Failure(f"{step.path}/{name}: bins {histogram.bounds} are others than before: {first.bounds}")
        self.labels = list(first.labels)
        self._below = first.minimum - first.width

    def shown(self, all_bins: bool) -> list[int]:
        """The bins that have something."""
        if all_bins:
            return self.labels
        some = {label for _, histogram in self.there for label in histogram.bins}
        return [label for label in [self._below, *self.labels] if label in some]

    def print_original(self, relative: bool) -> None:
        """A line for each step, NaN for what is not there."""
        for _, histogram in self.steps:
            if histogram is None:
                print("NaN")
                continue
            whole = sum(histogram.bins.get(label, 0) for label in self.labels)
            divisor = whole if relative and whole else 1
            print(" ".join(f"{histogram.bins[label] / divisor:.15g}" if label in histogram.bins else "NaN" for label in self.labels))

    def values(self, labels: list[int], relative: bool) -> list[list[float]]:
        """For each step that is there, the bins' numbers or shares."""
        rows = []
        for _, histogram in self.there:
            cells = {label: value for label, value in histogram.bins.items() if value != files.NO_MEAN}
            whole = sum(cells.values())
            rows.append([cells.get(label, 0) / (whole if relative and whole else 1) for label in labels])
        return rows

    def print(self, arguments: argparse.Namespace, gap: str) -> None:
        """A line for each step: its time and its bins."""
        labels = self.shown(arguments.all_bins)
        print(f"{gap}# {self.name}: {self.title}")
        print(" ".join(["# time", *map(str, labels)]))
        for (step, _), row in zip(self.there, self.values(labels, arguments.relative)):
            sys.stdout.write(" ".join([step.time.strftime("%Y-%m-%dT%H:%M:%S"), *(f"{value:.15g}" for value in row)]) + "\n")

    def _map(self, arguments: argparse.Namespace, most_bins: int, most_steps: int) -> tuple[list[int], list[int], Any]:
        """What is drawn: the first bin of each row, the first step of each column, and the sum of their numbers: from the lowest
        bin that has something to the highest, so that the axis is straight."""
        import numpy as np
        shown = self.shown(arguments.all_bins)
        width = self.labels[1] - self.labels[0] if len(self.labels) > 1 else 1
        labels = list(range(shown[0], shown[-1] + 1, width)) if shown else [0]
        rows = np.array(self.values(labels, arguments.relative)).T
        bins, columns = _begins(len(labels), most_bins), _begins(len(self.there), most_steps)
        summed = np.add.reduceat(np.add.reduceat(rows, bins, axis=0), columns, axis=1)
        return [labels[i] for i in bins], columns, summed

    def draw_in_terminal(self, arguments: argparse.Namespace) -> None:
        """A map: time to the right, bins upwards, the more the darker."""
        labels, _, cells = self._map(arguments, _MOST_ROWS, max(10, terminal.width() - 12))
        largest = float(cells.max())
        shades = _SHADES if terminal.has_unicode() else _ASCII_SHADES
        margin = max(len(terminal.number(label)) for label in labels)
        print(arguments.title or self.title)
        for label, line in reversed(list(zip(labels, cells.tolist()))):
            marks = (shades[math.ceil(math.sqrt(value / largest) * (len(shades) - 1))] if value > 0 else " " for value in line)
            print(f"{terminal.number(label):>{margin}} {''.join(marks)}".rstrip())
        begin, end = (self.there[i][0].time.strftime("%Y-%m-%d %H:%M") for i in (0, -1))
        print(f"{'':{margin}} {begin} - {end}, {shades[-1]} {terminal.number(largest)}")

    def draw(self, arguments: argparse.Namespace) -> None:
        """The same, as PNG or SVG."""
        import datetime

        from .. import plots
        labels, columns, cells = self._map(arguments, _MOST_BINS, _MOST_STEPS)
        begins = [self.there[i][0].time for i in columns]
        last = self.there[-1][0].time + (begins[-1] - begins[-2] if len(begins) > 1 else datetime.timedelta(seconds=300))
        figure, axes = plots.figure()
        top = labels[-1] + (labels[-1] - labels[-2] if len(labels) > 1 else 1)
        mesh = axes.pcolormesh([*begins, last], [*labels, top], cells, cmap="Greys", norm=plots.root_scale(), rasterized=True)
        axes.grid(visible=False)
        plots.time_axis(axes)
        plots.title(axes, arguments.title or self.name, "", self.title)
        figure.colorbar(mesh, ax=axes, label="share" if arguments.relative else "count")
        plots.save(figure, arguments.plot)


def _begins(count: int, most: int) -> list[int]:
    """So many things in at most so many groups: where each begins."""
    groups = min(count, most)
    return [i * count // groups for i in range(groups)]
