# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log evolution."""

from __future__ import annotations

import argparse
import math
from typing import Any, Sequence

import numpy as np

from .. import histogram_files as files
from .. import histogram_steps, original_plots, results, terminal
from ..messages import Failure, Usage

NAME = "evolution"
HELP = "shows how a histogram of log directories changes from interval to interval: a row for each, a map as plot"
EPILOG = "Times are those of the directories' names, in the time zone of the probe."
ORIGINAL_HELP = original_plots.EVOLUTION_HELP
add_original_arguments = original_plots.add_evolution_arguments
run_original = original_plots.run_evolution

_SHADES = " ░▒▓█"
_ASCII_SHADES = " .:*#"
_MOST_ROWS = 24
_MOST_BINS = 120
_MOST_STEPS = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    histogram_steps.add_arguments(parser)
    parser.add_argument("-a", "--all-bins", action="store_true", help="also bins that are empty in all intervals")
    parser.add_argument("--title", metavar="TEXT", help="of the plot")
    results.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints or draws."""
    results.check(arguments)
    chosen = histogram_steps.choice(arguments)
    if arguments.list:
        return histogram_steps.print_list(chosen)
    kept = histogram_steps.steps(chosen)
    name, *others = histogram_steps.names(arguments.names, kept)
    if others:
        raise Usage("one histogram at a time")
    matrix = _Matrix(name, kept, chosen.span)
    return results.emit(arguments, matrix.result(arguments), results.Drawing(lambda: matrix.text(arguments), lambda: matrix.figure(arguments)))


class _Matrix:
    """The bins of one histogram by time."""

    def __init__(self, name: str, kept: Sequence[files.Step], times: files.Span) -> None:
        self._name = name
        self._there = [(step, histogram) for step, histogram in histogram_steps.read(name, kept, times) if histogram is not None]
        if not self._there:
            raise Failure(f"{name}: no interval at these times has it")
        first = self._there[0][1]
        self._title = first.title
        for step, histogram in self._there:
            if histogram.bounds != first.bounds:
                raise Failure(f"{step.path}/{name}: bins {histogram.bounds} are others than before: {first.bounds}")
        self._labels = list(first.labels)
        self._below = first.minimum - first.width
        self._width = first.width

    def _shown(self, all_bins: bool) -> list[int]:
        """The bins that have something."""
        if all_bins:
            return self._labels
        some = {label for _, histogram in self._there for label in histogram.bins}
        return [label for label in [self._below, *self._labels] if label in some]

    def _values(self, labels: list[int], relative: bool) -> list[list[float]]:
        """For each step the bins' numbers or shares."""
        rows = []
        for _, histogram in self._there:
            cells = {label: value for label, value in histogram.bins.items() if value != files.NO_MEAN}
            whole = sum(cells.values())
            rows.append([float(cells.get(label, 0) / (whole if relative and whole else 1)) for label in labels])
        return rows

    def result(self, arguments: argparse.Namespace) -> results.Result:
        """A row for each step: its time and its bins."""
        labels = self._shown(arguments.all_bins)
        rows = [[np.datetime64(step.time), *row] for (step, _), row in zip(self._there, self._values(labels, arguments.relative))]
        return results.Result(["time", *map(str, labels)], rows, [f"{self._name}: {self._title}"])

    def _map(self, arguments: argparse.Namespace, most_bins: int, most_steps: int) -> tuple[list[int], list[int], Any]:
        """What is drawn: the first bin of each row, the first step of each column, and the sum of their numbers: from the lowest
        bin that has something to the highest, so that the axis is straight."""
        shown = self._shown(arguments.all_bins)
        labels = list(range(shown[0], shown[-1] + 1, self._width)) if shown else [0]
        rows = np.array(self._values(labels, arguments.relative)).T
        bins, columns = _begins(len(labels), most_bins), _begins(len(self._there), most_steps)
        return [labels[i] for i in bins], columns, np.add.reduceat(np.add.reduceat(rows, bins, axis=0), columns, axis=1)

    def text(self, arguments: argparse.Namespace) -> str:
        """A map: time to the right, bins upwards, the more the darker."""
        labels, _, cells = self._map(arguments, _MOST_ROWS, max(10, terminal.width() - 12))
        largest = float(cells.max())
        shades = _SHADES if terminal.has_unicode() else _ASCII_SHADES
        margin = max(len(terminal.number(label)) for label in labels)
        lines = [arguments.title or self._title]
        for label, line in reversed(list(zip(labels, cells.tolist()))):
            marks = (shades[math.ceil(math.sqrt(value / largest) * (len(shades) - 1))] if value > 0 else " " for value in line)
            lines.append(f"{terminal.number(label):>{margin}} {''.join(marks)}".rstrip())
        begin, end = (self._there[i][0].time.strftime("%Y-%m-%d %H:%M") for i in (0, -1))
        lines.append(f"{'':{margin}} {begin} - {end}, {shades[-1]} {terminal.number(largest)}")
        return "\n".join(lines) + "\n"

    def figure(self, arguments: argparse.Namespace) -> Any:
        """The same as a figure."""
        import datetime

        from .. import plots
        labels, columns, cells = self._map(arguments, _MOST_BINS, _MOST_STEPS)
        begins = [self._there[i][0].time for i in columns]
        last = self._there[-1][0].time + (begins[-1] - begins[-2] if len(begins) > 1 else datetime.timedelta(seconds=arguments.step))
        figure, axes = plots.figure()
        top = labels[-1] + (labels[-1] - labels[-2] if len(labels) > 1 else self._width)
        mesh = axes.pcolormesh([*begins, last], [*labels, top], cells, cmap="Greys", norm=plots.root_scale(), rasterized=True)
        axes.grid(visible=False)
        plots.time_axis(axes)
        plots.title(axes, arguments.title or self._name, "", self._title)
        figure.colorbar(mesh, ax=axes, label="share" if arguments.relative else "count")
        return figure


def _begins(count: int, most: int) -> list[int]:
    """So many things in at most so many groups: where each begins."""
    groups = min(count, most)
    return [i * count // groups for i in range(groups)]
