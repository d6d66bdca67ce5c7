# SPDX-License-Identifier: BSD-3-Clause
"""What gate.py lets through."""
import unittest

import gate


class Judge(unittest.TestCase):
    def kept(self, figure, value):
        return gate.judge({"bytes a TCP flow": figure}, {"bytes a TCP flow": value})[1]

    def test_one_per_cent(self):
        self.assertTrue(self.kept("1000.0", 1000))
        self.assertTrue(self.kept("1000.0", 1009.9))
        self.assertFalse(self.kept("1000.0", 1010.1))
        self.assertTrue(self.kept("1000.0", 500))

    def test_what_has_no_figure_is_too_much(self):
        self.assertFalse(gate.judge({}, {"bytes a TCP flow": 1})[1])

    def test_every_measurement_has_its_figure(self):
        figures = gate.read_figures(gate.FIGURES)
        self.assertEqual(set(figures), {"compiler", *gate.MEASURED})


if __name__ == "__main__":
    unittest.main()
