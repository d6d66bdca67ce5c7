# SPDX-License-Identifier: BSD-3-Clause
"""Packages in a root directory of their own, by rpm --root."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from building import REPOSITORY, Root, build_rpm, can_chroot


class RootCase(unittest.TestCase):
    """A root in which a package `system` provides what `allowed` says that the target has, as far as `rpms` need it."""
    rpms = {}
    allowed = ""

    @classmethod
    def setUpClass(cls):
        if not can_chroot():
            raise unittest.SkipTest("rpm --root needs root")

    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        folder = pathlib.Path(self.place.name)
        self.root = Root(folder / "root", ["sh"])
        self.rpm("--initdb")
        provided = {self.name_of(line) for path in self.rpms.values() for line in self.query(path, "--provides")}
        needed = {self.name_of(line) for path in self.rpms.values() for line in self.query(path, "--requires")} - provided
        strangers = sorted(n for n in needed if not re.fullmatch(self.allowed, n))
        self.assertEqual(strangers, [], "nothing on the target provides these")
        system = sorted(n for n in needed if not n.startswith("rpmlib"))
        self.install(build_rpm("system", "1", "0", {"/etc/system": "x\n"}, folder, head="".join(f"Provides: {n}\n" for n in system)))
        self.before = self.files()

    def query(self, path, what):
        return subprocess.run(["rpm", "-qp", what, str(path)], capture_output=True, text=True, check=True).stdout.splitlines()

    @staticmethod
    def name_of(line):
        return line.split(" ")[0]

    def rpm(self, *words):
        done = subprocess.run(["rpm", "--root", str(self.root.folder), "--nosignature", *map(str, words)], capture_output=True, text=True,
                              check=False)
        # Debian's rpm warns of itself.
        return done.returncode, "".join(line for line in (done.stdout + done.stderr).splitlines(keepends=True) if not line.startswith("rpm: "))

    def install(self, *paths, how="-i"):
        self.assertEqual(self.rpm(how, *paths), (0, ""))

    def install_the_original(self):
        """A package tstat-3.1.1-0, by the names of its files."""
        old = {f"/opt/tstat/tstat-conf/{name}": "as it was\n" for name in ("net.private", "histo.conf", "rrd.conf")}
        old |= {"/opt/tstat/bin/tstat": "#!/bin/sh\n", "/opt/tstat/bin/demo": "#!/bin/sh\n", "/opt/tstat/lib/libtstat.la": "x\n",
                "/opt/tstat/lib/libtstat.so.0.0.0": "x\n", "/opt/tstat/doc/HOWTO": "x\n", "/opt/tstat/include/libtstat.h": "x\n"}
        with tempfile.TemporaryDirectory() as folder:
            self.install(build_rpm("tstat", "3.1.1", "0", old, pathlib.Path(folder)))

    def files(self):
        return {str(p.relative_to(self.root.folder)) for p in self.root.folder.rglob("*") if not p.is_dir() or p.is_symlink()} - {"called"}

    def check_analysis(self, native, command="/opt/tstat/bin/tstat"):
        """The command runs there, and writes what the native one writes here."""
        self.root.add_libraries(str(self.root.folder / "opt/tstat/bin/tstat"))
        trace = REPOSITORY / "tests/traces/mixed.pcap"
        self.root.add_file(trace, "trace.pcap")
        before = self.files()
        done = self.root.run(command, "-N", "/opt/tstat/tstat-conf/net.private", "-s", "/out", "/trace.pcap")
        self.assertEqual(done.returncode, 0, done.stderr)
        with tempfile.TemporaryDirectory() as folder:
            own = subprocess.run([native, "-N", REPOSITORY / "packaging/etc/net.private", "-s", f"{folder}/out", trace],
                                 capture_output=True, text=True, check=False)
            self.assertEqual(own.returncode, 0, own.stderr)
            done = subprocess.run(["diff", "-r", f"{folder}/out", str(self.root.folder / "out")], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        self.assertTrue(any(f.endswith("log_tcp_complete") for f in self.files() - before))
        shutil.rmtree(self.root.folder / "out")
