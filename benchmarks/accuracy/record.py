#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Records scenarios of the table, each into a folder of its name."""

from __future__ import annotations

import argparse
import concurrent.futures
import ctypes
import fnmatch
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from laboratory import network
from laboratory.recording import record
from laboratory.scenario import Scenario
from laboratory.table import scenarios
from laboratory.traffic import PROGRAMS

PR_SET_PDEATHSIG = 1  # of linux/prctl.h


def chosen(patterns: list[str]) -> list[Scenario]:
    return [s for s in scenarios() if not patterns or any(fnmatch.fnmatch(s.name, p) for p in patterns)]


def _needs(link: Path) -> str:
    """What is not there without which nothing can be recorded, in words."""
    if os.geteuid() != 0:
        return "network namespaces and TUN devices are root's"
    if shutil.which("ip") is None:
        return "there is no ip (Debian: iproute2)"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun (modprobe tun)"
    if not os.access(link, os.X_OK) or link.is_dir():
        return f"there is no program {link}: build the target accuracy_link, or name it with --link"
    return ""


def _one(scenario: Scenario, link: Path, folder: Path) -> str:
    """What went wrong, or nothing."""
    try:
        record(scenario, link, folder / scenario.name)
    except Exception as problem:  # told at the end; the others go on
        return f"{type(problem).__name__}: {problem}"
    return ""


def _leave_signals() -> None:
    """Of a terminal all processes get them; the scenarios that run are to end, and remove what they made. Unless the parent was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where the folders are made")
    parser.add_argument("--link", type=Path, default=Path("build/release/benchmarks/accuracy/accuracy_link"))
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN", help="scenarios of such names")
    parser.add_argument("--jobs", type=int, choices=range(1, 65), default=4, metavar="N", help="at a time: most of them wait (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="show the names")
    given = parser.parse_args()
    wanted = chosen(given.only)
    if given.list or given.folder is None:
        for scenario in wanted:
            print(scenario.name)
        return 0
    if not wanted:
        parser.error("no scenario has such a name")
    if given.folder.exists() and not given.folder.is_dir():
        parser.error(f"{given.folder} is no folder")
    if problem := _needs(given.link):
        parser.exit(2, f"record.py: {problem}\n")
    for name in network.remove_leftovers():
        print(f"removed {name}, of a run that was ended")
    absent = {s.name: program for s in wanted for program in PROGRAMS.get(s.traffic, ()) if shutil.which(program) is None}
    for name, program in absent.items():
        print(f"{name} left out: there is no {program}")
    wanted = [s for s in wanted if s.name not in absent]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        failures = _all(wanted, given)
    except KeyboardInterrupt:
        print("ended", file=sys.stderr)
        return 2
    return 0 if not failures else 1 if failures < len(wanted) else 2


def _all(wanted: list[Scenario], given: argparse.Namespace) -> int:
    """How many failed."""
    failures = 0
    begin = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(given.jobs, initializer=_leave_signals) as pool:
        running = {pool.submit(_one, s, given.link.resolve(), given.folder.resolve()): s for s in wanted}
        try:
            for number, done in enumerate(concurrent.futures.as_completed(running), 1):
                problem = done.result()
                failures += bool(problem)
                print(f"{number}/{len(wanted)} {running[done].name} {problem or 'recorded'}", flush=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    print(f"{len(wanted) - failures} recorded, {failures} failed, {time.monotonic() - begin:.0f} s")
    return failures


if __name__ == "__main__":
    sys.exit(main())
