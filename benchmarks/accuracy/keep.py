#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Copies recorded scenarios to where tests read them: the headers of each frame, the truth, and the last of what the kernels know."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from laboratory import frames
from laboratory.views import PLACES

#: IPv6 with 60 bytes of TCP header, or RTP.
MOST = 100


def keep(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for place in PLACES:
        frames.write(target / f"{place}.pcap", frames.records(source / f"{place}.pcap"), MOST)
    for name in ("truth.csv", "counters.csv", "scenario.json"):
        shutil.copyfile(source / name, target / name)
    kernel = json.loads((source / "kernel.json").read_text())
    (target / "kernel.json").write_text(json.dumps([{**end, "samples": []} for end in kernel], indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what record.py made")
    parser.add_argument("target", type=Path)
    parser.add_argument("name", nargs="+")
    given = parser.parse_args()
    for name in given.name:
        keep(given.folder / name, given.target / name)


if __name__ == "__main__":
    main()
