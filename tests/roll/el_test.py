#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The package for Enterprise Linux 9 without Rocks: it installs, runs, upgrades and goes as such a system expects it.

usage: el_test.py TSTAT [unittest arguments]
TSTAT_PORTABLE_TREE=DIR: what packaging/portable/build made, in the place of files that have its names only. TSTAT writes what its
command has to write.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import building
from building import make
from installing import RootCase

PORTABLE = os.environ.get("TSTAT_PORTABLE_TREE", "")
# What every Enterprise Linux has, with the oldest glibc that the portable build promises.
ALLOWED = (r"/bin/sh|shadow-utils|rtld\(GNU_HASH\)|rpmlib\((CompressedFileNames|FileDigests|PayloadFilesHavePrefix)\)|config\(tstat\)|"
           r"(lib(c|m|pthread|dl|rt)\.so\.\d|ld-linux-x86-64\.so\.2)\((GLIBC_2\.([0-9](\.\d+)?|1[012]))?\)\(64bit\)")
UNITS = ("tstat.service", "tstat-ship.service", "tstat-rrd-cgi.service", "tstat-rrd-cgi.socket")
STARTED = "tstat.service tstat-ship.service tstat-rrd-cgi.socket"
HOLDER = tempfile.TemporaryDirectory()
WORK = pathlib.Path(HOLDER.name)


def made(release="0"):
    out = WORK / f"out{release}"
    status, said = make("el", out, PORTABLE=PORTABLE or WORK / "tree", RELEASE=release)
    assert status == 0, said
    package, = out.glob("tstat-*.rpm")
    assert package.name == f"tstat-{building.VERSION}-{release}.el9.x86_64.rpm", package
    return package


def setUpModule():
    building.small_tree(WORK / "tree")


def tearDownModule():
    HOLDER.cleanup()


class EnterpriseLinux(RootCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rpms, cls.allowed = {"tstat": made()}, ALLOWED

    def setUp(self):
        super().setUp()
        for name in ("useradd", "groupadd", "ldconfig"):
            self.root.stub(f"usr/sbin/{name}")
        self.root.stub("usr/bin/getent", "exit 2\n")
        self.root.stub("usr/bin/systemctl")
        self.before = self.files()

    def newly_called(self, text):
        return [line for line in self.root.called() if line.startswith(text)]

    def test_installs_works_and_goes(self):
        self.install(self.rpms["tstat"])
        self.assertEqual(self.rpm("-V", "tstat"), (0, ""))
        self.assertEqual(self.root.called(), ["getent group tstat", "groupadd -r tstat", "getent passwd tstat",
                                              "useradd -r -g tstat -d /var/lib/tstat -M -s /sbin/nologin -c tstat traffic analyser tstat",
                                              "ldconfig ", f"systemctl --no-reload preset {STARTED}"])
        for link, at in (("usr/bin/tstat", "opt/tstat/bin/tstat"), ("usr/share/man/man1/tstat.1", "opt/tstat/share/man/man1/tstat.1"),
                         ("usr/share/bash-completion/completions/tstat", "opt/tstat/share/bash-completion/completions/tstat")):
            self.assertTrue((self.root.folder / link).is_symlink())
            self.assertEqual((self.root.folder / link).resolve(), self.root.folder / at)
        self.assertIn("u tstat ", (self.root.folder / "usr/lib/sysusers.d/tstat.conf").read_text())
        self.assertEqual(len(list((self.root.folder / "opt/tstat/tstat-conf").iterdir())), 11)
        self.assertFalse([f for f in self.files() if "init.d" in f or "known-services" in f], "of older systems")
        self.check_units()
        if PORTABLE:
            self.check_analysis(pathlib.Path(sys.argv[1]).absolute(), "/usr/bin/tstat")
        changed = self.root.folder / "opt/tstat/tstat-conf/net.private"
        changed.write_text("10.0.0.0/8\n")
        building.write(self.root.folder / "var/lib/tstat/2026/log_tcp_complete", "a row\n")
        (self.root.folder / "run/systemd/system").mkdir(parents=True)
        self.assertEqual(self.rpm("-e", "tstat")[0], 0)
        self.assertEqual(self.root.called()[6:], [f"systemctl --no-reload disable {STARTED}",
                                                  f"systemctl stop {STARTED} tstat-rrd-cgi.service", "ldconfig ", "systemctl daemon-reload"])
        left = {f for f in self.files() - self.before if not f.startswith(("var/lib/rpm/", "usr/lib/x86_64-linux-gnu/", "lib"))}
        self.assertEqual(left - {"trace.pcap"}, {"opt/tstat/tstat-conf/net.private.rpmsave", "var/lib/tstat/2026/log_tcp_complete"})

    def check_units(self):
        """They start programs that are there, with files that are there, and systemd reads them."""
        units = self.root.folder / "usr/lib/systemd/system"
        self.assertEqual({p.name for p in units.iterdir()}, set(UNITS))
        for path in units.iterdir():
            text = path.read_text()
            self.assertNotRegex(text, r"/usr/local|[-= ]/etc/|/usr/lib/|www-data")
            for name in re.findall(r"(?m)^(?:ExecStart=|EnvironmentFile=-|Environment=\w+=)(/\S+)", text):
                self.assertTrue((self.root.folder / name.lstrip("/")).is_file(), name)
        if shutil.which("systemd-analyze"):
            with tempfile.TemporaryDirectory() as folder:
                for path in units.iterdir():
                    text = re.sub(r"/opt/tstat/\S*/(tstat[\w.-]*)(?= |$)", "/bin/true", path.read_text(), flags=re.MULTILINE)
                    (pathlib.Path(folder) / path.name).write_text(re.sub(r"(?m)^(User|Group|SupplementaryGroups|Documentation)=.*\n", "", text))
                done = subprocess.run(["systemd-analyze", "verify", "--man=no", *pathlib.Path(folder).iterdir()], capture_output=True,
                                      text=True, check=False)
                self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if folder in line]), (0, []), done.stderr)

    def test_upgrades_from_the_original(self):
        self.install_the_original()
        changed = self.root.folder / "opt/tstat/tstat-conf/net.private"
        changed.write_text("192.0.2.0/24\n")
        status, said = self.rpm("-U", self.rpms["tstat"])
        self.assertEqual(status, 0, said)
        self.assertEqual(self.rpm("-q", "tstat")[1], f"tstat-{building.VERSION}-0.el9.x86_64\n")
        self.assertEqual(changed.read_text(), "192.0.2.0/24\n", "what the administrator changed stays")
        self.assertNotIn("as it was", (self.root.folder / "opt/tstat/tstat-conf/rrd.conf").read_text())
        for gone in ("bin/demo", "lib/libtstat.la", "lib/libtstat.so.0.0.0", "doc/HOWTO"):
            self.assertNotIn(f"opt/tstat/{gone}", self.files())

    def test_a_newer_one_takes_the_place_of_what_runs(self):
        self.install(self.rpms["tstat"])
        (self.root.folder / "run/systemd/system").mkdir(parents=True)
        self.root.stub("usr/bin/getent")
        before = len(self.root.called())
        self.install(made("9"), how="-U")
        self.assertEqual(self.root.called()[before:], ["getent group tstat", "getent passwd tstat", "ldconfig ", "systemctl daemon-reload", "ldconfig ",
                                                       "systemctl daemon-reload",
                                                       "systemctl try-restart tstat.service tstat-ship.service tstat-rrd-cgi.service"])
        self.assertEqual(self.rpm("-V", "tstat"), (0, ""))

    def test_comes_after_that_of_the_roll(self):
        status, said = make("rpm", WORK / "roll", PACKAGE="tstat", PORTABLE=PORTABLE or WORK / "tree")
        self.assertEqual(status, 0, said)
        self.install(building.packages_of(WORK / "roll")["tstat"])
        self.install(self.rpms["tstat"], how="-U")
        self.assertEqual(self.rpm("-V", "tstat"), (0, ""))
        self.assertFalse([f for f in self.files() if "init.d" in f])

    def test_is_made_of_the_portable_build(self):
        status, said = make("el", WORK / "native", NATIVE=1)
        self.assertNotEqual(status, 0)
        self.assertIn("PORTABLE=DIR", said)

    def test_what_it_asks_for(self):
        self.assertIn("librrd.so.8()(64bit)", self.query(self.rpms["tstat"], "--recommends"))
        self.assertIn("libcurl.so.4()(64bit)", self.query(self.rpms["tstat"], "--suggests"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
