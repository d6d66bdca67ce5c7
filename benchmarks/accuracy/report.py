#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes docs/accuracy.md and its pictures from what score.py found."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from laboratory import report
from laboratory.reasons import REASONS

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path, help="what score.py wrote")
    parser.add_argument("--docs", type=Path, default=HERE.parent.parent / "docs")
    given = parser.parse_args()
    if not given.result.is_file():
        parser.error(f"there is no file {given.result}")
    template = (HERE / "accuracy.md.in").read_text(encoding="utf-8")
    report.write(json.loads(given.result.read_text()), given.docs / "accuracy.md", given.docs / "pictures", REASONS, template)


if __name__ == "__main__":
    main()
