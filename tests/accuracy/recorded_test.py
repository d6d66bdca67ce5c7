# SPDX-License-Identifier: BSD-3-Clause
"""What tstat says of recorded scenarios, compared with their truth: errors are those that recorded/errors.json lists, no more and
no fewer. After a change that mends some, `recorded_test.py --write` lists what is left."""
import json
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "recorded"
sys.path.insert(0, str(HERE.parent.parent / "benchmarks" / "accuracy"))

from laboratory import scoring, summary, views  # noqa: E402

#: In all recorded scenarios together; the list of errors says the rest.
FLOORS = {"retransmitted": 0.99, "fast": 0.98, "rto": 0.98, "lost_before": 0.99, "lost_behind": 0.99, "rtt_samples": 0.97}


def rows_of(folder):
    return [row.to_json() for row in scoring.score_folder(folder, ("none",), views.PLACES)]


def errors_of(rows):
    """By scenario, probe and direction: what is wrong. (A kernel's own round trips have its own time in them.)"""
    found = {}
    for row in rows:
        wrong = {column: f"{w} wrong, {m} missed" for column, (_, w, m) in row["events"].items() if w + m and column != "rtt_samples"}
        wrong |= {column: f"{said:.0f} instead of {true:.0f}" for column, (true, said) in row["numbers"].items()
                  if column != "kernel_rtt_min" and not summary.is_right(column, true, said)}
        if wrong:
            found[f"{row['scenario']} {row['view']} {row['direction']}"] = dict(sorted(wrong.items()))
    return dict(sorted(found.items()))


class Recorded(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folders = sorted(path.parent for path in RECORDED.glob("*/scenario.json"))
        cls.rows = [row for folder in folders for row in rows_of(folder)]
        cls.folders = folders

    def test_there_are_twelve(self):
        self.assertEqual(len(self.folders), 12)
        self.assertGreater(sum(summary.events(self.rows)["retransmitted"].__dict__.values()), 400)

    def test_errors_are_those_that_are_known(self):
        self.assertEqual(errors_of(self.rows), json.loads((RECORDED / "errors.json").read_text()))

    def test_most_is_right(self):
        found = summary.events(self.rows)
        for column, floor in FLOORS.items():
            self.assertGreaterEqual(min(found[column].precision, found[column].recall), floor, column)

    def test_bytes_are_exact(self):
        for row in self.rows:
            for column in ("bytes_unique", "bytes_retransmitted", "bytes_missed"):
                if column in row["numbers"]:
                    self.assertEqual(*row["numbers"][column], (row["scenario"], row["view"], row["direction"], column))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        all_rows = [row for path in sorted(RECORDED.glob("*/scenario.json")) for row in rows_of(path.parent)]
        (RECORDED / "errors.json").write_text(json.dumps(errors_of(all_rows), indent=1) + "\n")
    else:
        unittest.main()
