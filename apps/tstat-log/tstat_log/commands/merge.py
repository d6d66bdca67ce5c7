# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log merge."""

from __future__ import annotations

import argparse
import os
import signal
from types import FrameType
from typing import Optional

from .. import inputs, merging, messages
from ..following import Probe
from ..messages import Failure, Usage

NAME = "merge"
HELP = "merges the same log of several probes by time, while they run"
EPILOG = """DIR is where a probe makes its log directories (*.out): the log in the newest one is followed, and in those that come
after it. SIGINT and SIGTERM end it when all rows that were read are written."""
_ORIGINAL_ROWS = 100
_LONGEST_POLL = 86400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("places", nargs="+", metavar="DIR", help="directories of probes; or files")
    parser.add_argument("-l", "--log", metavar="NAME", help="which log: tcp (default), udp, http, ... or log_tcp_complete, ...")
    parser.add_argument("-o", "--output", metavar="DIR", help="write DIR/SESSION/LOG instead of standard output")
    parser.add_argument("--once", action="store_true", help="all sessions that are there, from the first one, also compressed; then end")
    parser.add_argument("--by", metavar="COLUMN", default="", help="the column to go by, by name or number; without it, when a row was written")
    parser.add_argument("--patience", metavar="SECONDS", type=float, default=60.0, help="how long a silent probe is waited for (60)")
    parser.add_argument("--poll", metavar="SECONDS", type=float, default=0.1, help="how often there is a look (0.1)")


def run(arguments: argparse.Namespace) -> int:
    """Merges until it is told to stop."""
    if not 0 < arguments.poll <= _LONGEST_POLL or not arguments.patience >= 0:
        raise Usage("--poll and --patience are times, --poll of a day at most")
    log = _log(arguments)
    probes = [Probe(place, log, from_first=arguments.once) for place in _there(arguments.places, arguments.output)]
    output: merging.Output = merging.StreamOutput()
    if arguments.output is not None:
        output = merging.DirectoryOutput(arguments.output, log)
    merger = merging.Merger(probes, log, output, by=arguments.by, patience=arguments.patience)
    return _run(merger, once=arguments.once, poll=arguments.poll)


ORIGINAL_HELP = """What log_merger.py does: the same log of several running probes, by the number in the fifth column, into
OUTDIR/SESSION/LOG, from the last 100 rows of each on; the columns of the header line are separated by tabs."""


def add_original_arguments(parser: argparse.ArgumentParser) -> None:
    """As log_merger.py."""
    parser.add_argument("-i", metavar="DIR,DIR", required=True, help="the directories of the probes")
    parser.add_argument("-o", metavar="OUTDIR", required=True, help="where to")
    parser.add_argument("-l", metavar="LOG", required=True, help="the name of the log")
    parser.add_argument("-t", metavar="MINUTES", type=float, default=1.0, help="a log that is silent for a minute more is not waited for")


def run_original(arguments: argparse.Namespace) -> int:
    """As log_merger.py."""
    if not arguments.t >= 0:
        raise Usage(f"-t: {arguments.t} is no time")
    if "/" in arguments.l or arguments.l in ("", ".", ".."):
        raise Usage(f"-l: {arguments.l!r} is no name of a file")
    places = _there(arguments.i.split(","), arguments.o)
    probes = [Probe(place, arguments.l, from_first=False, last_rows=_ORIGINAL_ROWS) for place in places]
    output = merging.DirectoryOutput(arguments.o, arguments.l, tabs=True)
    merger = merging.Merger(probes, arguments.l, output, by="5", patience=60 * (arguments.t + 1))
    return _run(merger, once=False, poll=0.1)


def _there(places: list[str], output: Optional[str]) -> list[str]:
    """The places, if they are there, and the output is none of them."""
    for place in places:
        if not os.path.exists(place):
            raise Failure(f"{place}: no such file or directory")
    if output is not None and merging.places_below(places, output):
        raise Usage(f"{output}: the logs of probes lie there, or in a directory in which it is")
    return places


def _run(merger: merging.Merger, *, once: bool, poll: float) -> int:
    stop = _Stop()
    if once:
        merger.once(stop.is_wanted)
    else:
        merger.follow(stop.is_wanted, poll)
    merger.finish()
    if merger.late:
        messages.warn(f"{merger.late} of {merger.rows} rows came after later ones of other probes, which had not waited")
    return 0


def _log(arguments: argparse.Namespace) -> str:
    if arguments.log:
        return inputs.log_of_name(arguments.log)
    name: str = os.path.basename(arguments.places[0]).removesuffix(".gz")
    return name if os.path.isfile(arguments.places[0]) and name in inputs.known_logs().values() else inputs.DEFAULT_LOG


class _Stop:
    """SIGINT, SIGTERM, or the end of the terminal."""

    def __init__(self) -> None:
        self._is_wanted = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._handle)

    def _handle(self, number: int, frame: Optional[FrameType]) -> None:
        self._is_wanted = True

    def is_wanted(self) -> bool:
        """Whether the run shall end."""
        return self._is_wanted
