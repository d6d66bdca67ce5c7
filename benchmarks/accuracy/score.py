#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares what tstat, tshark and tcptrace say of recorded scenarios with the truth; the result is a JSON file."""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import sys
from pathlib import Path

from laboratory import tools
from laboratory.scoring import score_folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, epilog="The module tstat has to be on PYTHONPATH.")
    parser.add_argument("folder", type=Path, nargs="?", help="what record.py made")
    parser.add_argument("result", type=Path, nargs="?")
    parser.add_argument("--check", action="store_true", help="say whether the tools are there, and no more")
    parser.add_argument("--tool", action="append", choices=tools.TOOLS, help="these only")
    parser.add_argument("--jobs", type=int, choices=range(1, 65), default=2, metavar="N")
    given = parser.parse_args()
    which = tuple(given.tool or tools.TOOLS)
    if missing := tools.missing(which):
        parser.exit(2, f"score.py: {missing}\n")
    if given.check:
        return 0
    if given.folder is None or given.result is None:
        parser.error("what record.py made, and where the result goes")
    folders = sorted(path.parent for path in given.folder.glob("*/scenario.json"))
    if not folders:
        parser.exit(2, f"score.py: {given.folder} has no recorded scenarios\n")
    rows = []
    with concurrent.futures.ProcessPoolExecutor(given.jobs) as pool:
        for number, scored in enumerate(pool.map(score_folder, folders, [which] * len(folders)), 1):
            rows += [row.to_json() for row in scored]
            if sys.stderr.isatty():
                print(f"\r{number}/{len(folders)}", end="", file=sys.stderr)
    given.result.write_text(json.dumps({"versions": tools.versions(which), "scenarios": len(folders), "rows": rows}) + "\n")
    print(f"{len(folders)} scenarios, {len(rows)} comparisons")
    return 0


if __name__ == "__main__":
    sys.exit(main())
