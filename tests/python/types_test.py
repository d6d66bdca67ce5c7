# SPDX-License-Identifier: BSD-3-Clause
"""mypy --strict on the module and on a program that uses it; the compiled part is what its stub says."""

import ast
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from tstat import _tstat
from traces import MIXED, SOURCE

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = SOURCE / "bindings/python/tstat"


class Types(unittest.TestCase):
    @unittest.skipUnless(shutil.which("mypy"), "mypy is not installed")
    def test_mypy(self):
        with tempfile.TemporaryDirectory() as cache:
            result = subprocess.run(
                ["mypy", "--python-executable", sys.executable, "--strict", "--cache-dir", cache, HERE / "typed_example.py",
                 *sorted(PACKAGE.glob("*.py"))], text=True, capture_output=True, check=False,
                env={**os.environ, "MYPYPATH": str(PACKAGE.parent)})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_the_example_runs(self):
        result = subprocess.run([sys.executable, "-B", HERE / "typed_example.py", MIXED], text=True, capture_output=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"repeat something.*: 198\.51\.100\.20")

    def test_the_stub_of_the_compiled_part(self):
        stub = ast.parse((PACKAGE / "_tstat.pyi").read_text(encoding="utf-8"))
        said = {}
        for node in stub.body:
            if isinstance(node, ast.ClassDef):
                said[node.name] = {f.name for f in node.body if isinstance(f, ast.FunctionDef)} - {"__init__"}
            elif isinstance(node, ast.FunctionDef):
                said[node.name] = set()
        there = {}
        for name, value in vars(_tstat).items():
            if name.startswith("_") or name == "version":
                continue
            there[name] = {n for n in vars(value) if not n.startswith("_")} if isinstance(value, type) else set()
        self.assertEqual(said, there)


if __name__ == "__main__":
    unittest.main()
