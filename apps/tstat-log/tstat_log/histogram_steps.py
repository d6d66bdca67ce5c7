# SPDX-License-Identifier: BSD-3-Clause
"""Which histograms and which of their intervals a command is about, and what these hold."""

from __future__ import annotations

import argparse
import fnmatch
import glob
import os
from dataclasses import dataclass
from typing import Iterator, Optional, Sequence

from . import histogram_files as files
from . import messages
from .columns import unknown
from .messages import Failure, Usage
from .progress import Progress

_STEP_S = 300.0


@dataclass(frozen=True)
class Choice:
    """Base directories, times, and how long an interval is; ``with_last``: LAST is one, too."""

    directories: tuple[str, ...]
    span: files.Span
    seconds: float = _STEP_S
    with_last: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that both commands have."""
    parser.add_argument("names", nargs="*", metavar="HISTOGRAM", default=[], help="names of histograms, patterns (tcp_rtt_*), lists (a,b)")
    parser.add_argument("-d", "--directory", metavar="DIR", action="append", default=[],
                        help="with log directories (*.out) in it, or one (several times; the current one)")
    parser.add_argument("--list", action="store_true", help="list the log directories, with the times of their begin, and the histograms")
    parser.add_argument("--from", metavar="TIME", dest="begin", help='intervals that begin at "2026/01/31 13:00" or later')
    parser.add_argument("--to", metavar="TIME", dest="end", help="or earlier, both included")
    parser.add_argument("--time-of-day", metavar="TIMES", help='intervals that begin from one time of day to before another: "08:00 18:00"')
    parser.add_argument("--step", metavar="SECONDS", type=float, default=_STEP_S, help="how long an interval is (300)")
    parser.add_argument("-n", "--relative", action="store_true", help="shares of the whole instead of numbers")


def choice(arguments: argparse.Namespace) -> Choice:
    """What these arguments choose. Throws Usage."""
    if not 0 < arguments.step < 1e9:
        raise Usage(f"--step: {arguments.step} is no length of an interval")
    return Choice(tuple(arguments.directory or ["."]), span(arguments.begin, arguments.end, arguments.time_of_day), arguments.step)


def span(begin: Optional[str], end: Optional[str], time_of_day: Optional[str]) -> files.Span:
    """The times that are asked for. Throws Usage."""
    try:
        return files.span(begin, end, time_of_day)
    except ValueError as error:
        raise Usage(str(error)) from None


def sessions(chosen: Choice) -> list[files.Session]:
    """The log directories. Throws Failure."""
    found = []
    for directory in chosen.directories:
        below = files.sessions(directory)
        if not below:
            raise Failure(f"{directory}: no log directory like 2026_01_31_13_00.out is there")
        found += below
    return sorted(found, key=lambda session: (session.begin, session.path))


def steps(chosen: Choice) -> list[files.Step]:
    """All steps between the two times, in order, whatever their time of day. Throws Failure where none counts."""
    found = [step for session in sessions(chosen) for step in files.steps(session, chosen.seconds, chosen.with_last)]
    if not found:
        raise Failure(f"{', '.join(chosen.directories)}: no histograms are there (tstat writes them with -H FILE)")
    kept = sorted((step for step in found if chosen.span.has_day(step.time)), key=lambda step: step.time)
    if not any(chosen.span.has(step.time) for step in kept):
        raise Failure("there is no interval at these times")
    return kept


def names(wanted: Sequence[str], kept: Sequence[files.Step]) -> list[str]:
    """The histograms that are asked for. Throws Usage and Failure."""
    listed = [name for text in wanted for name in text.split(",") if name]
    if not listed:
        raise Usage("no histogram is named; --list tells which there are")
    known = there(kept)
    found: list[str] = []
    for name in listed:
        matching = [one for one in known if fnmatch.fnmatchcase(one, name)] if glob.has_magic(name) else [name] * (name in known)
        if not matching:
            raise Failure(unknown(name, known, "histogram"))
        found += [one for one in matching if one not in found]
    return found


def there(kept: Sequence[files.Step]) -> list[str]:
    """The names of all histograms in some steps."""
    found = set()
    for step in kept:
        found |= {name[:-3] if name.endswith(".gz") else name for name in os.listdir(step.path)}
    return sorted(name for name in found if not name.startswith("addresses"))


def session_list(chosen: Choice) -> list[str]:
    """The log directories by time."""
    return [session.begin.strftime("%Y/%m/%d %H:%M %a") for session in sessions(chosen)]


def print_list(chosen: Choice) -> int:
    """Prints the log directories and the histograms."""
    print("\n".join([*session_list(chosen), "", *there(steps(chosen))]))
    return 0


def read(name: str, kept: Sequence[files.Step], times: files.Span) -> Iterator[tuple[files.Step, Optional[files.Histogram]]]:
    """The histogram of each step; None: its time of day is not asked for, or it has none."""
    with Progress("intervals", len(kept)) as progress:
        for step in kept:
            progress.advance()
            yield step, _read(name, step) if times.has(step.time) else None


def _read(name: str, step: files.Step) -> Optional[files.Histogram]:
    try:
        return files.read(step, name)
    except files.FormatError as error:
        messages.warn(str(error), incomplete=True)
        return None


def total(name: str, kept: Sequence[files.Step], times: files.Span, *, means: bool) -> files.Histogram:
    """The sum of the steps; ``means``: of rates and means their mean. Throws Failure."""
    summed: Optional[files.Histogram] = None
    count = 0
    for step, histogram in read(name, kept, times):
        if histogram is None:
            continue
        count += 1
        if summed is None:
            summed = files.Histogram(histogram.title, *histogram.bounds)
        try:
            files.add(summed, histogram, f"{step.path}/{name}", not means)
        except files.FormatError as error:
            messages.warn(str(error), incomplete=True)
    if summed is None:
        raise Failure(f"{name}: no interval at these times has it")
    if means and files.is_level(name):
        summed.bins = {label: value / count for label, value in summed.bins.items()}
    return summed


Row = tuple[int, float, float, float]


def distribution(summed: files.Histogram, *, relative: bool, with_below: bool) -> list[Row]:
    """For each bin its lower end, its number, the same or its share, and the sum of these so far. ``with_below``: if there is
    something below the range, that, too."""
    labels = list(summed.labels)
    below = summed.minimum - summed.width
    if with_below and below in summed.bins:
        labels.insert(0, below)
    whole = sum(summed.bins.get(label, 0) for label in labels)
    rows: list[Row] = []
    cumulative = 0.0
    for label in labels:
        count = summed.bins.get(label, 0)
        share = (count / whole if whole else 0.0) if relative else count
        cumulative += share
        rows.append((label, count, share, cumulative))
    return rows
