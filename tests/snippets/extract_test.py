#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests of extract.py: what it takes out of headers is what the compiler gets.    extract_test.py LIBTSTAT"""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import assumed
import extract

LIBTSTAT = pathlib.Path(sys.argv.pop(1))
EXTRACT = pathlib.Path(__file__).with_name("extract.py")


class Dots(unittest.TestCase):
    def test_stand_for_a_statement(self):
        self.assertEqual(extract.without_dots("if (x) ...   // any"), "if (x) ;   ")
        self.assertEqual(extract.without_dots("{ ... }"), "{ ; }")
        self.assertEqual(extract.without_dots("a(); ... b();"), "a(); ; b();")

    def test_stand_for_a_value_and_for_the_rest_of_a_list(self):
        self.assertEqual(extract.without_dots("time = ...;"), "time = {};")
        self.assertEqual(extract.without_dots("    ...};"), "    };")

    def test_in_texts_stay(self):
        self.assertEqual(extract.without_dots('F("a // ...\\"...");'), 'F("a // ...\\"...");')
        self.assertEqual(extract.without_dots("F('\"', 10'000); // ..."), "F('\"', 10'000); ")


class Headers(unittest.TestCase):
    def blocks(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.h"
            path.write_text(text)
            return extract.blocks_of(path)

    def test_usage_is_what_is_indented_in_the_first_comment(self):
        self.assertEqual(self.blocks("// SPDX\n//\n// Words.\n//\n//   A a;\n//     b;\n//\n//   c;\n#ifndef X\n//   d;\n"),
                         [(5, ["A a;", "  b;"]), (8, ["c;"])])

    def test_public_ones_need_usage_or_a_reason(self):
        found = {"include/tstat/a.h": [], "include/tstat/b.h": [(5, ["B b;"])], "flow/c.h": []}
        names = [problem.split(":")[0] for problem in extract.problems_of(found)]
        self.assertIn("tstat/a.h", names)
        self.assertNotIn("tstat/b.h", names)
        self.assertNotIn("flow/c.h", names)

    def test_a_form_for_each_block(self):
        with self.assertRaises(SystemExit):
            list(extract.source_of("a.h", [(1, ["a;"])], [assumed.MEMBERS, ""]))


class Sources(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def generate(self, libtstat):
        subprocess.run([sys.executable, "-B", EXTRACT, libtstat, self.folder], check=True)
        return {name: (self.folder / f"{name}.cc").read_text() for name in assumed.GROUPS}

    def test_every_line_of_usage_is_in_one(self):
        text = "\n".join(self.generate(LIBTSTAT).values())
        lines = 0
        for header in extract.headers_of(LIBTSTAT):
            form = assumed.FORMS.get(extract.include_name(header), "")
            for i, (number, block) in enumerate(extract.blocks_of(LIBTSTAT / header)):
                if isinstance(form, list) and isinstance(form[i], assumed.NoCode):
                    continue
                self.assertIn(f'#line {number} "libtstat/{header}"\n', text)
                for line in block:
                    self.assertIn(extract.without_dots(line) + "\n", text)
                    lines += 1
        self.assertGreater(lines, 300)

    def test_what_a_header_says_wrongly_reaches_the_compiler(self):
        copy = self.folder / "libtstat"
        shutil.copytree(LIBTSTAT, copy)
        header = copy / "include/tstat/analyzer.h"
        header.write_text(header.read_text().replace("//   analyzer.AddSink(", "//   analyzer.AddSinks("))
        self.assertIn("\nanalyzer.AddSinks(&my_sink);\n", self.generate(copy)["public"])


if __name__ == "__main__":
    unittest.main()
