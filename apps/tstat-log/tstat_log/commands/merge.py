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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("places", nargs="+", metavar="DIR", help="directories of probes; or files")
    parser.add_argument("-l", "--log", metavar="NAME", help="which log: tcp (default), udp, http, ... or log_tcp_complete, ...")
    parser.add_argument("-o", "--output", metavar="DIR", help="write DIR/SESSION/LOG instead of standard output")
    parser.add_argument("--once", action="store_true", help="all sessions that are there, from the first one, also compressed; then end")
    parser.add_argument("--by", metavar="COLUMN", default="", help="the column to go by, by name or number; without it, when a row was written")
    parser.add_argument("--patience", metavar="SECONDS", type=float, default=60.0, help="how long a silent probe is waited for (60)")
    parser.add_argument("--poll", metavar="SECONDS", type=float, default=0.1, help="how often there is a look (0.1)")
    parser.add_argument("--as-original", action="store_true", help="the header line as log_merger.py writes it: with tabs; needs --output")


def run(arguments: argparse.Namespace) -> int:
    """Merges until it is told to stop."""
    log = _log(arguments)
    if not arguments.poll > 0 or not arguments.patience >= 0:
        raise Usage("--poll and --patience are times")
    if arguments.as_original and arguments.output is None:
        raise Usage("--as-original needs --output")
    for place in arguments.places:
        if not os.path.exists(place):
            raise Failure(f"{place}: no such file or directory")
    if arguments.output is not None and merging.places_below(arguments.places, arguments.output):
        raise Usage(f"{arguments.output}: the logs of probes lie there, or in a directory in which it is")
    output: merging.Output = merging.StreamOutput()
    if arguments.output is not None:
        output = merging.DirectoryOutput(arguments.output, log, tabs=arguments.as_original)
    probes = [Probe(place, log, from_first=arguments.once) for place in arguments.places]
    merger = merging.Merger(probes, log, output, by=arguments.by, patience=arguments.patience)
    stop = _Stop()
    if arguments.once:
        merger.once(stop.is_wanted)
    else:
        merger.follow(stop.is_wanted, arguments.poll)
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
    """SIGINT or SIGTERM."""

    def __init__(self) -> None:
        self._is_wanted = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: Optional[FrameType]) -> None:
        self._is_wanted = True

    def is_wanted(self) -> bool:
        """Whether the run shall end."""
        return self._is_wanted
