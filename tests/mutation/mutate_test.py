# SPDX-License-Identifier: BSD-3-Clause
"""What mutate.py says about survivors and shares, and when it is content."""
import pathlib
import tempfile
import unittest

from cpp_sites import Source
from mutate import read_equivalent, report
from mutated_tree import Mutant

TEXT = "void F(int a) {\n  if (a < 3) G();\n}\n"


def mutants(folder, count):
    site = Source(TEXT).sites[0]
    return [Mutant(f"{folder}/f.cc", site, f"if (a{i} < 3) G();") for i in range(count)]


class Report(unittest.TestCase):
    def report(self, killed, survived, equivalent=0):
        chosen = dict(enumerate([*mutants("tcp", killed), *mutants("flow", survived + equivalent)]))
        killers = {n: "tcp.A.B" if n < killed else None for n in chosen}
        reasons = {chosen[killed + i].name: "only speed" for i in range(equivalent)}
        lines = []
        return report(chosen, killers, reasons, lines.append), lines

    def test_four_of_five_are_enough(self):
        for killed, survived, enough in ((8, 2, True), (79, 21, False), (80, 20, True), (0, 1, False), (0, 0, True)):
            self.assertEqual(self.report(killed, survived)[0], enough, (killed, survived))
        self.assertIn("FAILED", self.report(79, 21)[1][-1])

    def test_equivalent_ones_do_not_count(self):
        enough, lines = self.report(4, 1, 5)
        self.assertTrue(enough)
        self.assertIn("4 killed    1 survived    5 equivalent    80.0 %", lines[-1])

    def test_survivors_are_listed_by_line_and_folders_have_shares(self):
        lines = self.report(3, 1)[1]
        self.assertEqual(lines[0], "survived: libtstat/flow/f.cc:2: '<' -> '<=': if (a0 < 3) G();")
        self.assertEqual([(line.split()[0], line.split()[-2]) for line in lines[1:4]],
                         [("flow", "0.0"), ("tcp", "100.0"), ("all", "75.0")])

    def test_what_a_test_notices_is_not_equivalent(self):
        chosen, lines = dict(enumerate(mutants("tcp", 1))), []
        report(chosen, {0: "tcp.A.B"}, {chosen[0].name: "wrong"}, lines.append)
        self.assertIn("NOT EQUIVALENT", lines[0])


class Equivalent(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "equivalent.txt"
            path.write_text(text)
            return read_equivalent(path)

    def test_the_reason_is_what_stands_last(self):
        self.assertEqual(self.read("# a comment\n\ntcp/f.cc | '|' -> '&' | a | b | only speed\n"),
                         {"tcp/f.cc | '|' -> '&' | a | b": "only speed"})

    def test_none_without_a_reason(self):
        for line in ("tcp/f.cc | removed | f(); | ", "tcp/f.cc | removed | f();"):
            with self.assertRaises(SystemExit, msg=line):
                self.read(line)

    def test_the_list_in_the_tree_can_be_read(self):
        read_equivalent(pathlib.Path(__file__).parent / "equivalent.txt")


if __name__ == "__main__":
    unittest.main()
