#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The web servers' files and the service, as they are installed: they name the paths of the prefix, all of them.

usage: viewer_test.py
"""
import os, pathlib, subprocess, tempfile, unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
# What they need of the whole project.
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(viewer LANGUAGES NONE)
set(PROJECT_SOURCE_DIR "@SOURCE@")
set(CMAKE_INSTALL_MANDIR share/man)
set(CMAKE_INSTALL_DATADIR share)
add_custom_target(tstat_rrd.cgi)
include("@SOURCE@/packaging/viewer.cmake")
"""


class InstalledViewer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.work = pathlib.Path(temporary.name)
        (cls.work / "CMakeLists.txt").write_text(PROJECT.replace("@SOURCE@", str(SOURCE)))
        subprocess.run(["cmake", "-S", cls.work, "-B", cls.work / "build"], check=True, stdout=subprocess.DEVNULL)

    def installed(self, prefix, times=1):
        """The texts by name."""
        to = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        for _ in range(times):
            subprocess.run(["cmake", "--install", self.work / "build", "--prefix", prefix], check=True,
                           stdout=subprocess.DEVNULL, env=dict(os.environ, DESTDIR=str(to)))
        root = pathlib.Path(f"{to}{prefix}")
        files = [*(root / "share/doc/tstat-cgi/examples").glob("*.conf"), *(root / "lib/systemd/system").iterdir()]
        return {file.name: file.read_text() for file in files}

    def sources(self):
        packaging = SOURCE / "packaging"
        files = [*(packaging / "viewer").glob("*.conf"), *(packaging / "systemd").glob("tstat-rrd-cgi.s*")]
        return {file.name: file.read_text() for file in files}

    def test_the_prefix_of_packages_is_that_of_the_sources(self):
        sources = self.sources()
        installed = self.installed("/usr")
        self.assertEqual(installed, {name: sources[name] for name in installed})
        self.assertGreater(len(installed), 5)
        for path in ("/usr/lib/cgi-bin", "/etc/tstat/rrd-cgi.conf"):
            self.assertIn(path, installed["tstat-rrd-cgi.service"])

    def test_another_prefix_is_written_into_them(self):
        """Once, however often they are installed."""
        written = self.installed("/usr")
        for times in (1, 2):
            for name, text in self.installed("/usr/local", times).items():
                wanted = written[name].replace("/usr/lib/cgi-bin", "/usr/local/lib/cgi-bin")
                self.assertEqual(text, wanted.replace("/etc/tstat/rrd-cgi.conf", "/usr/local/etc/tstat/rrd-cgi.conf"), name)


if __name__ == "__main__":
    unittest.main()
