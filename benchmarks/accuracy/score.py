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
    parser.add_argument("folder", type=Path, help="what record.py made")
    parser.add_argument("result", type=Path)
    parser.add_argument("--tool", action="append", choices=tools.TOOLS, help="these only")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    which = tuple(given.tool or tools.TOOLS)
    folders = sorted(path.parent for path in given.folder.glob("*/scenario.json"))
    rows = []
    with concurrent.futures.ProcessPoolExecutor(given.jobs) as pool:
        for number, scored in enumerate(pool.map(score_folder, folders, [which] * len(folders)), 1):
            rows += [row.to_json() for row in scored]
            if sys.stderr.isatty():
                print(f"\r{number}/{len(folders)}", end="", file=sys.stderr)
    given.result.write_text(json.dumps({"versions": tools.versions(), "scenarios": len(folders), "rows": rows}) + "\n")
    print(f"{len(folders)} scenarios, {len(rows)} comparisons")
    return 0


if __name__ == "__main__":
    sys.exit(main())
