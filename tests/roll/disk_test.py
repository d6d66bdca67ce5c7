#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The roll of this build: a frontend takes it, its script runs, and its packages install, work, upgrade and go.

usage: disk_test.py BUILD_DIR SHARED_DIR [unittest arguments]
SHARED_DIR/roll/rollcheck.py is another judge of rolls; where it is not, the roll's own check is the only one.
TSTAT_PORTABLE_TREE=DIR: what packaging/portable/build made, for CentOS, in the place of the build of this system.
TSTAT_HEAVY=1: with the guide's PDF, too, which takes a minute.
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
import frontend
from building import REPOSITORY, Root, can_chroot, disk_of, make, packages_of
from installing import RootCase

BUILD, SHARED = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
JUDGE = SHARED / "roll" / "rollcheck.py"
PORTABLE = os.environ.get("TSTAT_PORTABLE_TREE", "")
HAS_PDF = os.environ.get("TSTAT_HEAVY") == "1" and shutil.which("weasyprint") is not None
VARIABLES = {**building.tstat_of(BUILD), "PDF": int(HAS_PDF)}
# What CentOS has; and what a build for this system needs of this system.
LIBRARIES = "c|m|pthread|dl|rt" if PORTABLE else "c|m|pthread|dl|rt|gcc_s|stdc\\+\\+|pcap|z|bz2|lzma|zstd|lz4|crypto|seccomp|fmt|fcgi|absl_\\w+"
ALLOWED = (r"/bin/sh|rtld\(GNU_HASH\)|rpmlib\(.*\)|config\(tstat\)|"
           rf"lib({LIBRARIES})\.so\.[\w.]+(\([\w.]*\))?(\(64bit\))?|"
           r"ld-linux-x86-64\.so\.2(\([\w.]*\))?(\(64bit\))?")
HOLDER = tempfile.TemporaryDirectory()
WORK = pathlib.Path(HOLDER.name)
OUT = WORK / "out"
HOSTS = [(release, appliance, attributes) for release in ("6", "7") for appliance, attributes in (("server", ()), ("compute", ("tstat=true",)))]


def glibc_of_host():
    return subprocess.run(["getconf", "GNU_LIBC_VERSION"], capture_output=True, text=True, check=True).stdout.split()[-1]


def setUpModule():
    status, said = make("roll", OUT, **VARIABLES)
    assert status == 0, said


def tearDownModule():
    HOLDER.cleanup()


class NativeRoll(unittest.TestCase):
    def setUp(self):
        self.iso = disk_of(OUT)
        self.work = WORK

    def judged(self, release, appliance, attributes):
        """The script that the other judge writes for a host."""
        script = self.work / "add-roll.sh"
        words = [word for attribute in attributes for word in ("--attr", attribute)]
        done = subprocess.run([sys.executable, str(JUDGE), "--release", release, "--appliance", appliance, *words,
                               *([] if PORTABLE else ["--target-glibc", glibc_of_host()]), "--work", str(self.work / "judge"), "--script", str(script), str(self.iso)],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^ACCEPTED: 0 errors, 0 warnings")
        return script.read_text()

    def own(self, release, appliance, attributes):
        script = self.work / "own.sh"
        words = [word for attribute in attributes for word in ("--attr", attribute)]
        done = subprocess.run([sys.executable, "-B", "-m", "checker", "--release", release, "--appliance", appliance, *words,
                               *([] if PORTABLE else ["--glibc", glibc_of_host()]), "--script", str(script), str(self.iso)], cwd=building.ROLL, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, f"{self.iso.name}: good: 0 errors, 0 warnings\n"), done.stderr)
        return script.read_text()

    def test_a_frontend_takes_it(self):
        status, said = make("check", OUT, **VARIABLES)
        self.assertEqual((status, said), (0, f"{self.iso.name}: good: 0 errors, 0 warnings\n"))
        for host in HOSTS:
            with self.subTest(host=host):
                self.assertEqual(subprocess.run(["sh", "-n", "-c", self.own(*host)], check=False).returncode, 0)

    def test_another_judge_takes_it(self):
        if not JUDGE.is_file() or not shutil.which("cpio"):
            self.skipTest("no other judge here: the roll's own check is the only one")
        for host in HOSTS:
            with self.subTest(host=host):
                self.assertEqual(subprocess.run(["sh", "-n", "-c", self.judged(*host)], check=False).returncode, 0)

    def test_for_this_system_only(self):
        """Its symbols are too new for CentOS, and the check says so."""
        if PORTABLE:
            self.skipTest("this one is for CentOS")
        status, said = make("check", OUT, ISO=self.iso)
        self.assertNotEqual(status, 0)
        self.assertIn("ERROR R4.5", said)

    def test_the_script_runs(self):
        if not can_chroot():
            self.skipTest("chroot needs root")
        for release, appliance, attributes in HOSTS:
            judges = [self.own] + ([self.judged] if JUDGE.is_file() and shutil.which("cpio") else [])
            for judge in judges:
                with self.subTest(release=release, appliance=appliance, judge=judge.__name__), tempfile.TemporaryDirectory() as folder:
                    self.check_script(Root(pathlib.Path(folder), ["sh", "bash", "cat", "touch", "mkdir", "chown", "dirname", "cp", "rm", "chmod"]),
                                      judge(release, appliance, attributes), release)

    def check_script(self, root, script, release):
        root.stub("usr/bin/yum")
        root.stub("usr/bin/rpm")
        for name in ("opt/rocks/bin/ci", "opt/rocks/bin/co", "usr/sbin/useradd", "usr/sbin/groupadd", "usr/sbin/ldconfig", "usr/sbin/chkconfig"):
            root.stub(name)
        root.stub("usr/bin/getent", "exit 2\n")
        unpacked = root.folder / "opt/tstat/libexec/known-services"
        building.write(unpacked, (building.ROLL / "src/tstat/known-services").read_text(), 0o755)
        building.write(root.folder / "add-roll.sh", script)
        done = root.run("/bin/sh", "/add-roll.sh")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        called = root.called()
        self.assertEqual(called[0], "yum clean all")
        if release == "7":
            self.assertEqual(called[1], "yum --nogpgcheck -y install roll-tstat-usersguide tstat")
        else:
            self.assertEqual(called[1:3], ["yum install roll-tstat-usersguide", "yum install tstat"])
        for wanted in ("ldconfig ", "groupadd -r tstat", "chkconfig --add tstat", "chkconfig --add tstat-ship"):
            self.assertIn(wanted, called)
        self.assertEqual([p.name for p in (root.folder / "tmp").iterdir()], [])


class AFrontend(unittest.TestCase):
    """The five commands of the README, where the tree is as Rocks has it."""

    def setUp(self):
        if not can_chroot():
            self.skipTest("a frontend has root")
        self.place = tempfile.TemporaryDirectory()
        self.addCleanup(self.place.cleanup)
        self.folder = pathlib.Path(self.place.name)
        shutil.copy(disk_of(OUT), self.folder)

    def run_commands(self, release, judge, glibc):
        commands = frontend.readme_commands("Installing")
        self.assertEqual([c.split()[:3] for c in commands[:2]], [["rocks", "add", "roll"], ["rocks", "enable", "roll"]])
        self.assertEqual(len(commands), 5)
        after = f"""
set -eu
{"".join(line + chr(10) for line in commands)}
cat /var/called >called
rpm -V --nodeps tstat roll-tstat-usersguide >verified || true
getent passwd tstat >user || true
(cd /export/rocks/install && find rolls rocks-dist ! -type d | sort) >tree
(cd /var/judge 2>/dev/null && find rolls rocks-dist ! -type d ! -path '*/x86_64/repo/*' ! -name server.xml ! -name client.xml ! -name compute.xml \
  ! -name server-end.xml ! -name zz-base.xml | sort) >judged-tree || true
/opt/tstat/bin/tstat -N /opt/tstat/tstat-conf/net.private -s out {REPOSITORY}/tests/traces/mixed.pcap >said 2>&1
ls /var/www/html/roll-documentation/tstat/*/index.html >guide
"""
        done = frontend.Frontend(self.folder, frontend.script_by(judge, release, glibc)).run(after)
        if done is None:
            self.skipTest("no overlay file system here")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def check(self, release):
        result = {name: (self.folder / name).read_text() for name in ("called", "verified", "user", "tree", "judged-tree", "add-roll.sh")}
        names = ["roll-tstat-usersguide", "tstat"]
        wanted = [f"yum install {name}" for name in names] if release == "6" else [f"yum --nogpgcheck -y install {' '.join(names)}"]
        self.assertEqual(result["called"].splitlines(), ["yum clean all", *wanted])
        self.assertEqual(result["verified"], "", "as it was packed")
        self.assertRegex(result["user"], r"^tstat:.*:/var/lib/tstat:")
        version = re.search(r"tstat-([\d.]+)-", disk_of(OUT).name)[1]
        for path in (f"rolls/tstat/{version}/x86_64/roll-tstat.xml", "rocks-dist/x86_64/build/nodes/tstat.xml",
                     "rocks-dist/x86_64/build/graphs/default/tstat.xml", f"rocks-dist/x86_64/RedHat/RPMS/{packages_of(OUT)['tstat'].name}"):
            self.assertIn(path, result["tree"].splitlines())
        self.assertIn("known-services", result["add-roll.sh"])
        native = self.folder / "native"
        subprocess.run([BUILD / "apps/tstat-cli/tstat", "-N", REPOSITORY / "packaging/etc/net.private", "-s", native,
                        REPOSITORY / "tests/traces/mixed.pcap"], capture_output=True, check=True, env={**os.environ, "TZ": "UTC"})
        done = subprocess.run(["diff", "-r", native, self.folder / "out"], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout + done.stderr, "")
        return result

    def test_of_either_release(self):
        other = JUDGE.is_file() and shutil.which("cpio")
        if other:
            shutil.copy(JUDGE, self.folder)
        words = [] if PORTABLE else ["--target-glibc" if other else "--glibc", glibc_of_host()]
        for release in "67":
            with self.subTest(release=release):
                self.run_commands(release, self.folder / JUDGE.name if other else None, words)
                result = self.check(release)
                if other:
                    self.assertEqual(result["tree"], result["judged-tree"], "the tree as that judge lays it out")


class Installed(RootCase):
    """Packages in a root directory of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rpms, cls.allowed = packages_of(OUT), ALLOWED
        cls.version = re.search(r"tstat-([\d.]+)-", disk_of(OUT).name)[1]

    def test_installs_works_and_goes(self):
        for name, path in sorted(self.rpms.items()):
            if name != "roll-tstat-kickstart":
                self.install(path)
        self.assertEqual(self.rpm("-V", "tstat", "roll-tstat-usersguide"), (0, ""))
        guide = self.root.folder / f"var/www/html/roll-documentation/tstat/{self.version}"
        self.assertIn("roll-tstat-usersguide", (guide / "packages.html").read_text())
        self.assertIn('href="packages.html"', (guide / "index.html").read_text())
        self.assertTrue((guide / "configuration.html").is_file())
        self.assertEqual((guide / "api").is_dir(), shutil.which("doxygen") is not None)
        self.assertEqual((guide / "roll-tstat-usersguide.pdf").is_file(), HAS_PDF)
        self.assertEqual('href="roll-tstat-usersguide.pdf"' in (guide / "index.html").read_text(), HAS_PDF)
        self.check_analysis(BUILD / "apps/tstat-cli/tstat")
        # The administrator's, and what was captured.
        changed = self.root.folder / "opt/tstat/tstat-conf/net.private"
        changed.write_text("10.0.0.0/8\n")
        building.write(self.root.folder / "var/lib/tstat/2026/log_tcp_complete", "a row\n")
        self.assertEqual(self.rpm("-e", "tstat", "roll-tstat-usersguide")[0], 0)
        left = {f for f in self.files() - self.before if not f.startswith(("var/lib/rpm/", "usr/lib/x86_64-linux-gnu/", "lib"))}
        self.assertEqual(left - {"trace.pcap"}, {"opt/tstat/tstat-conf/net.private.rpmsave", "var/lib/tstat/2026/log_tcp_complete"})
        self.assertFalse((self.root.folder / "opt/tstat/bin").exists())

    def test_upgrades_from_the_original(self):
        self.install_the_original()
        changed = self.root.folder / "opt/tstat/tstat-conf/net.private"
        changed.write_text("192.0.2.0/24\n")
        status, said = self.rpm("-U", str(self.rpms["tstat"]))
        self.assertEqual(status, 0, said)
        self.assertIn(f"tstat-{self.version}-", self.rpm("-q", "tstat")[1])
        self.assertEqual(changed.read_text(), "192.0.2.0/24\n", "what the administrator changed stays")
        self.assertNotIn("as it was", (self.root.folder / "opt/tstat/tstat-conf/rrd.conf").read_text())
        files = self.files()
        for gone in ("bin/demo", "lib/libtstat.la", "lib/libtstat.so.0.0.0", "doc/HOWTO"):
            self.assertNotIn(f"opt/tstat/{gone}", files)
        self.assertTrue((self.root.folder / "opt/tstat/lib/libtstat.so").resolve().is_file())

    def test_what_runs_is_restarted_by_an_upgrade(self):
        self.install(self.rpms["tstat"])
        status, said = make("rpm", WORK / "newer", PACKAGE="tstat", RELEASE="9", **VARIABLES)
        self.assertEqual(status, 0, said)
        building.write(self.root.folder / "var/run/tstat.pid", "1\n")
        self.root.stub("usr/bin/cat")  # the first program that the service's script asks
        self.install(packages_of(WORK / "newer")["tstat"], how="-U")
        self.assertEqual(self.root.called(), ["cat /var/run/tstat.pid"], "and what does not run is left")

    def test_says_that_services_are_known(self):
        """The scripts of the package meet a CentOS 6 with chkconfig."""
        for name in ("useradd", "groupadd", "ldconfig", "chkconfig"):
            self.root.stub(f"usr/sbin/{name}")
        self.root.stub("usr/bin/getent", "exit 2\n")
        self.install(self.rpms["tstat"])
        called = self.root.called()
        self.assertIn("chkconfig --add tstat", called)
        self.assertIn("useradd -r -g tstat -d /var/lib/tstat -M -s /sbin/nologin -c Tstat tstat", called)
        self.assertFalse([c for c in called if " on" in c or "start" in c], "nothing starts by itself")
        self.assertEqual(self.rpm("-e", "tstat")[0], 0)
        self.assertIn("chkconfig --del tstat-ship", self.root.called())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
