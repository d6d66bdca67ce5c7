#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Records scenarios of the table, each into a folder of its name."""

from __future__ import annotations

import argparse
import concurrent.futures
import fnmatch
import sys
import time
from pathlib import Path

from laboratory.recording import record
from laboratory.scenario import Scenario
from laboratory.table import scenarios


def chosen(patterns: list[str]) -> list[Scenario]:
    return [s for s in scenarios() if not patterns or any(fnmatch.fnmatch(s.name, p) for p in patterns)]


def _one(scenario: Scenario, link: Path, folder: Path) -> str:
    """What went wrong, or nothing."""
    try:
        record(scenario, link, folder / scenario.name)
    except Exception as problem:  # told at the end; the others go on
        return f"{type(problem).__name__}: {problem}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where the folders are made")
    parser.add_argument("--link", type=Path, default=Path("build/release/benchmarks/accuracy/accuracy_link"))
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN", help="scenarios of such names")
    parser.add_argument("--jobs", type=int, default=4, help="at a time: most of them wait (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="show the names")
    given = parser.parse_args()
    wanted = chosen(given.only)
    if given.list or given.folder is None:
        for scenario in wanted:
            print(scenario.name)
        return 0
    failures = 0
    begin = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(given.jobs) as pool:
        running = {pool.submit(_one, s, given.link.resolve(), given.folder.resolve()): s for s in wanted}
        for number, done in enumerate(concurrent.futures.as_completed(running), 1):
            problem = done.result()
            failures += bool(problem)
            print(f"{number}/{len(wanted)} {running[done].name} {problem or 'recorded'}", flush=True)
    print(f"{len(wanted) - failures} recorded, {failures} failed, {time.monotonic() - begin:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
