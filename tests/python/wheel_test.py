# SPDX-License-Identifier: BSD-3-Clause
"""The wheel: made twice it is the same; unpacked as pip does, it works.

  wheel_test.py BUILD_DIR
"""

import base64
import csv
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

from traces import MIXED, SOURCE

BUILD = None


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.directory = pathlib.Path(holder.name)

    def make(self, name):
        out = subprocess.run([sys.executable, "-B", SOURCE / "packaging/python/make-wheel", BUILD, self.directory / name], check=True,
                             capture_output=True, text=True)
        return pathlib.Path(out.stdout.strip())

    def test_it(self):
        wheel, again = self.make("one"), self.make("two")
        self.assertEqual(wheel.read_bytes(), again.read_bytes())
        self.assertRegex(wheel.name, r"^tstat-\d+\.\d+\.\d+-cp3\d+-cp3\d+-linux_\w+\.whl$")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            record = next(name for name in names if name.endswith("/RECORD"))
            listed = {row[0]: row[1:] for row in csv.reader(archive.read(record).decode().splitlines())}
            self.assertEqual(set(listed), set(names))
            for name, (digest, size) in listed.items():
                if name != record:
                    data = archive.read(name)
                    self.assertEqual(int(size), len(data))
                    self.assertEqual(digest, "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode())
            archive.extractall(self.directory / "site")
        for name in ("tstat/__init__.py", "tstat/py.typed", "tstat/_tstat.pyi"):
            self.assertIn(name, names)
        program = "import tstat, sys; print(tstat.__file__, len(tstat.read(sys.argv[1], profile='3.1.1').tcp))"
        out = subprocess.run([sys.executable, "-B", "-c", program, MIXED], check=True, capture_output=True, text=True,
                             env={**os.environ, "PYTHONPATH": str(self.directory / "site")})
        self.assertEqual(out.stdout.split(), [str(self.directory / "site/tstat/__init__.py"), "14"])

    def test_nothing_was_built(self):
        out = subprocess.run([sys.executable, "-B", SOURCE / "packaging/python/make-wheel", self.directory / "nothing"], check=False,
                             capture_output=True, text=True)
        self.assertEqual(out.returncode, 1)
        self.assertIn("no compiled module", out.stderr)


if __name__ == "__main__":
    BUILD = sys.argv.pop()
    unittest.main()
