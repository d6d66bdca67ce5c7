# SPDX-License-Identifier: BSD-3-Clause
"""What plot_cum.pl and plot_time.pl print, by their own command lines, of the files of today: --as-original."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Callable, Sequence

from . import histogram_files as files
from . import histogram_steps
from .messages import Usage

_STEP_S = 900.0
CUMULATIVE_HELP = "What plot_cum.pl does: the sum of histograms over a time, a row \"bin count pdf cdf\" for each bin."
EVOLUTION_HELP = "What plot_time.pl does: for each interval a line with the numbers of all bins."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of both scripts."""
    parser.add_argument("-d", metavar="DIR", default=".", help="the base directory of log directories, or several, separated by commas")
    parser.add_argument("-l", action="store_true", help="list the log directories, and stop")
    parser.add_argument("-n", action="store_true", help="shares of the whole")
    parser.add_argument("-g", action="store_true", help="write TITLE.data and TITLE.cmd, for gnuplot")
    parser.add_argument("-v", action="store_true", help="no effect")
    parser.add_argument("-b", metavar="TITLE", help="names of these files (the first histogram)")
    parser.add_argument("-o", metavar="TIMES", help='intervals at a time of day: "HH:MM HH:MM"')
    parser.add_argument("dates", nargs="*", metavar="TIME", help='two times: "YYYY/MM/DD hh:mm"')


def add_cumulative_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of plot_cum.pl."""
    add_arguments(parser)
    parser.add_argument("-f", metavar="NAMES", default="", help="histograms, separated by commas")
    parser.add_argument("-N", action="store_true", help="as -n; gnuplot draws the cumulative distribution")
    _add_axes(parser, ("--",))


def _add_axes(parser: argparse.ArgumentParser, dashes: Sequence[str]) -> None:
    for name, what in (("xra", "begin of the x axis"), ("xrb", "its end"), ("yra", "begin of the y axis"), ("yrb", "its end")):
        parser.add_argument(*[f"{dash}{name}" for dash in dashes], metavar="V", type=float, help=what)
    for name in "xy":
        parser.add_argument(*[f"{dash}l{name}" for dash in dashes], action="store_true", help=f"logarithmic {name} axis")


def add_evolution_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of plot_time.pl."""
    add_arguments(parser)
    parser.add_argument("-f", metavar="NAMES", default="ac_protocol", help="histograms, separated by commas (ac_protocol)")
    parser.add_argument("-c", metavar="COLUMN", help="no effect")
    _add_axes(parser, ("-", "--"))


def _choice(arguments: argparse.Namespace) -> histogram_steps.Choice:
    if len(arguments.dates) not in (0, 2):
        raise Usage("there are two times, or none")
    begin, end = arguments.dates or (None, None)
    return histogram_steps.Choice(tuple(arguments.d.split(",")), histogram_steps.span(begin, end, arguments.o), _STEP_S, with_last=False)


def _word(text: str) -> str:
    """A text that gnuplot takes as one, and nothing of it as a command."""
    return re.sub(r"[^\w .,:;()\[\]/%+=<>~-]", " ", text)


def run_cumulative(arguments: argparse.Namespace) -> int:
    """As plot_cum.pl."""
    chosen = _choice(arguments)
    if arguments.l:
        print("\n".join(histogram_steps.session_list(chosen)))
        return 0
    kept = histogram_steps.steps(chosen)
    names = histogram_steps.names([arguments.f], kept)
    lines, titles = [], []
    for name in names:
        summed = histogram_steps.total(name, kept, chosen.span, means=False)
        titles.append(summed.title)
        lines += [" ".join(f"{value:.15g}" for value in row)
                  for row in histogram_steps.distribution(summed, relative=arguments.n or arguments.N, with_below=False)]
    _write(arguments, names, lines, lambda title: _cumulative_commands(arguments, title, titles))
    return 0


def _cumulative_commands(arguments: argparse.Namespace, title: str, titles: Sequence[str]) -> list[str]:
    column = 4 if arguments.N else 3 if arguments.n else 2
    commands = ["set data style steps", "set terminal png small", f"set output '{title}.png'", *_axes_commands(arguments)]
    commands.append(f"set ylabel '{'%' if arguments.n or arguments.N else 'hits'}'")
    clauses = [f"'{title}.data' index {i} using 1:(${column}) title \"{_word(text)}\"" for i, text in enumerate(titles)]
    return [*commands, "plot " + ", ".join(clauses)]


def _axes_commands(arguments: argparse.Namespace) -> list[str]:
    commands = []
    for axis, begin, end in (("x", arguments.xra, arguments.xrb), ("y", arguments.yra, arguments.yrb)):
        if begin is not None or end is not None:
            commands.append(f"set {axis}range [{'' if begin is None else f'{begin:g}'}:{'' if end is None else f'{end:g}'}]")
    return commands + [f"set logscale {axis}" for axis, is_wanted in (("x", arguments.lx), ("y", arguments.ly)) if is_wanted]


def _write(arguments: argparse.Namespace, names: Sequence[str], lines: Sequence[str], commands: Callable[[str], list[str]]) -> None:
    """To standard output, or into the two files for gnuplot."""
    if not arguments.g:
        sys.stdout.writelines(line + "\n" for line in lines)
        return
    title = arguments.b or names[0]
    if not re.fullmatch(r"[\w.+/-]+", title):
        raise Usage(f"-b: {title!r}: names of files for gnuplot are of letters, digits and ._+-/")
    for suffix, written in (("data", lines), ("cmd", commands(title))):
        with open(f"{title}.{suffix}", "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in written)


def run_evolution(arguments: argparse.Namespace) -> int:
    """As plot_time.pl."""
    chosen = _choice(arguments)
    if arguments.l:
        print("\n".join(histogram_steps.session_list(chosen)))
        return 0
    kept = histogram_steps.steps(chosen)
    names = histogram_steps.names([arguments.f], kept)
    lines = []
    for name in names:
        read = [histogram for _, histogram in histogram_steps.read(name, kept, chosen.span)]
        bins = next((len(list(histogram.labels)) for histogram in read if histogram is not None), 1)
        lines += [" ".join(["NaN"] * bins) if histogram is None else _line(histogram, arguments.n) for histogram in read]
    _write(arguments, names, lines, lambda title: _evolution_commands(arguments, title, kept))
    return 0


def _line(histogram: files.Histogram, relative: bool) -> str:
    whole = sum(histogram.bins.get(label, 0) for label in histogram.labels)
    divisor = whole if relative and whole else 1
    return " ".join(f"{histogram.bins[label] / divisor:.15g}" if label in histogram.bins else "NaN" for label in histogram.labels)


def _evolution_commands(arguments: argparse.Namespace, title: str, kept: Sequence[files.Step]) -> list[str]:
    places = sorted({i * (len(kept) - 1) // 9 for i in range(10)})
    tics = ", ".join(f"\"{kept[place].time.strftime('%Y/%m/%d %H:%M')}\" {place}" for place in places)
    return ["set terminal png small", f"set output '{title}.png'", *_axes_commands(arguments), "set data style lines", "set data st impulses",
            f"set ytics ({tics})", f"splot '{title}.data' matrix t \"\""]
