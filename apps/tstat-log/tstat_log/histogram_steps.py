# SPDX-License-Identifier: BSD-3-Clause
"""Which histograms and which of their intervals a command is about."""

from __future__ import annotations

import argparse
import fnmatch
import glob
import os
from typing import Iterator, Optional, Sequence

from . import histogram_files as files
from . import messages
from .columns import unknown
from .messages import Failure, Usage
from .progress import Progress

_STEP_S = 300.0
_ORIGINAL_STEP_S = 900.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that both commands have."""
    parser.add_argument("names", nargs="*", metavar="HISTOGRAM", default=[], help="names of histograms, patterns (tcp_rtt_*), lists (a,b)")
    parser.add_argument("-d", "--directory", metavar="DIR", action="append", default=[],
                        help="with log directories (*.out) in it, or one (several times; the current one)")
    parser.add_argument("--list", action="store_true", help="list the log directories, with the times of their begin, and the histograms")
    parser.add_argument("--from", metavar="TIME", dest="begin", help='intervals that begin at "2026/01/31 13:00" or later')
    parser.add_argument("--to", metavar="TIME", dest="end", help="or earlier, both included")
    parser.add_argument("--time-of-day", metavar="TIMES", help='intervals that begin from one time of day to before another: "08:00 18:00"')
    parser.add_argument("--step", metavar="SECONDS", type=float,
                        help="how long an interval is (300; with --as-original 900, as there)")
    parser.add_argument("-n", "--relative", action="store_true", help="shares of the whole instead of numbers")


def span(arguments: argparse.Namespace) -> files.Span:
    """The times that are asked for. Throws Usage."""
    try:
        return files.span(arguments.begin, arguments.end, arguments.time_of_day)
    except ValueError as error:
        raise Usage(str(error)) from None


def steps(arguments: argparse.Namespace) -> list[files.Step]:
    """All steps of all directories, in order of time."""
    seconds = arguments.step
    if seconds is None:
        seconds = _ORIGINAL_STEP_S if arguments.as_original else _STEP_S
    if not 0 < seconds < 1e9:
        raise Usage(f"--step: {seconds} is no length of an interval")
    found = []
    for session in sessions(arguments):
        found += files.steps(session, seconds, not arguments.as_original)
    return sorted(found, key=lambda step: step.time)


def sessions(arguments: argparse.Namespace) -> list[files.Session]:
    """The log directories. Throws Failure."""
    found = []
    for directory in arguments.directory or ["."]:
        below = files.sessions(directory)
        if not below:
            raise Failure(f"{directory}: no log directory like 2026_01_31_13_00.out is there")
        found += below
    return sorted(found, key=lambda session: (session.begin, session.path))


def names(arguments: argparse.Namespace, kept: Sequence[files.Step]) -> list[str]:
    """The histograms that are asked for. Throws Usage."""
    wanted = [name for text in arguments.names for name in text.split(",") if name]
    if not wanted:
        raise Usage("no histogram is named; --list tells which there are")
    known = there(kept)
    found: list[str] = []
    for name in wanted:
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


def print_list(arguments: argparse.Namespace) -> None:
    """The log directories by time; and, if not as the original, the names of the histograms."""
    for session in sessions(arguments):
        print(session.begin.strftime("%Y/%m/%d %H:%M %a"))
    if not arguments.as_original:
        print()
        print("\n".join(there(steps(arguments))))


def read(name: str, kept: Sequence[files.Step], times: files.Span) -> Iterator[tuple[files.Step, Optional[files.Histogram]]]:
    """The histogram of each step between the two times; None: its time of day is not asked for, or it has none."""
    with Progress("intervals", len(kept)) as progress:
        for step in kept:
            progress.advance()
            if times.has_day(step.time):
                yield step, _read(name, step) if times.has(step.time) else None


def _read(name: str, step: files.Step) -> Optional[files.Histogram]:
    try:
        return files.read(step, name)
    except files.FormatError as error:
        messages.warn(str(error), incomplete=True)
        return None
