# SPDX-License-Identifier: BSD-3-Clause
"""The command line of tstat-top."""

from __future__ import annotations

import argparse
import locale
import sys
import time
from typing import Callable, Optional, Sequence

from tstat_log import messages, starting, terminal

from . import view, words
from .metrics import DEFAULT_PORT, Address, Instance, address_of
from .monitor import Monitor
from .ranking import KINDS
from .rows import Follower
from .view import Choice, View

_DESCRIPTION = """Shows what a running tstat does, live in a terminal: packets, flows, losses, round-trip times, and
which names, applications, servers and clients have most."""
_EPILOG = """PLACE is the directory of tstat -s, a session in it (*.out), a log, or the file of --export json=FILE.
Without PLACE and -m: -m 9111. Keys: h shows them. tstat-top(1).
Exit status: 0; 1 when, with --once or --batch, the instance did not answer or there were no logs at the end; 2 when
the command line is wrong."""
_WIDTH = 132  # of what is no terminal


def _seconds(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text}: seconds from {least:g} to {most:g} are wanted")
        return value
    return read


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text}: a number from 1 to 1000000 is wanted")
    return int(text)


def _address(text: str) -> Address:
    try:
        return address_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: [ADDRESS:]PORT is wanted, as of tstat --metrics") from None


def _parser(version: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tstat-top", description=_DESCRIPTION, epilog=_EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", nargs="?", metavar="PLACE", help="where rows of flows are written")
    parser.add_argument("-m", "--metrics", metavar="[ADDRESS:]PORT", type=_address,
                        help="where tstat --metrics answers; its default address is 127.0.0.1")
    parser.add_argument("-d", "--interval", metavar="SECONDS", type=_seconds(0.2, 3600), default=2.0,
                        help="time between two looks (default: 2; metrics are new once a second)")
    parser.add_argument("-w", "--window", metavar="SECONDS", type=_seconds(1, 86400), default=60.0,
                        help="the time of which names, round-trip times and payload are (default: 60)")
    parser.add_argument("-b", "--by", metavar="KIND", choices=KINDS, default=KINDS[0],
                        help="whose sums the table has: name (default), application, server, client")
    parser.add_argument("-s", "--sort", metavar="COLUMN", choices=tuple(view.SORTS), default="bytes",
                        help="what the table is sorted by: bytes (default), flows, retransmitted, lost, rtt, name")
    parser.add_argument("-f", "--filter", metavar="TEXT", default="", help="show names that have this in them only")
    parser.add_argument("-n", "--top", metavar="N", type=_number,
                        help="rows of the table (default: as many as there is room for; with --once and --batch 10)")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("-1", "--once", action="store_true",
                       help="look for one interval, print what is seen as text, and end")
    group.add_argument("--batch", metavar="N", type=_number, help="the same N times")
    parser.add_argument("-v", "--version", action="version", version=f"tstat-top {version}")
    return parser


def _batch(monitor: Monitor, choice: Choice, times: int) -> int:
    unicode = words.has_unicode()
    due = time.monotonic()
    monitor.take(monitor.ask())
    for number in range(times):
        due += choice.interval
        while True:  # rows come meanwhile
            monitor.read_rows(0.1)
            left = due - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, 0.25))
        monitor.take(monitor.ask())
        while not monitor.read_rows(1.0):  # those at the start are many, perhaps
            pass
        width = terminal.width(_WIDTH)
        if number:
            print()
        print(view.plain(View(monitor, unicode, width).lines(choice, time.time())), end="", flush=True)
    return 0 if monitor.is_well else 1


def _run(arguments: argparse.Namespace) -> int:
    starting.guard()
    place: Optional[str] = arguments.place
    address: Optional[Address] = arguments.metrics
    if place is None and address is None:
        address = Address("127.0.0.1", DEFAULT_PORT)
    follower = None if place is None else Follower(place, arguments.window)
    monitor = Monitor(None if address is None else Instance(address), follower, arguments.window)
    choice = Choice(arguments.interval, arguments.sort, arguments.by, arguments.filter, arguments.top)
    times: Optional[int] = 1 if arguments.once else arguments.batch
    if times is not None:
        choice.top = choice.top or 10
        return _batch(monitor, choice, times)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise messages.Usage("there is no terminal; --once and --batch N print text")
    from . import screen
    return screen.run(monitor, choice, words.has_unicode())


def main(version: str, argv: Optional[Sequence[str]] = None) -> int:
    """Shows a running tstat; gives the exit status."""
    starting.prepare()
    try:
        locale.setlocale(locale.LC_CTYPE, "")
    except locale.Error:
        pass  # that of the user is not there: C
    arguments = _parser(version).parse_args(sys.argv[1:] if argv is None else argv)
    messages.PROGRAM = "tstat-top"
    try:
        return starting.status_of(lambda: _run(arguments))
    except KeyboardInterrupt:
        return 130
