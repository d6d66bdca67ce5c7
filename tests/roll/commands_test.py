#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command lines of the roll's README, as its users type them: from /opt/tstat, on an interface eth5 of a network of its own.

TSTAT_PORTABLE_TREE=DIR: with what packaging/portable/build made.

usage: commands_test.py BUILD_DIR [unittest arguments]      exit status 77 (skipped for ctest) without namespaces or root
"""
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import building
from building import REPOSITORY, Root, can_chroot, make, packages_of
from checker.rpm_file import RpmFile

sys.path.insert(0, str(REPOSITORY / "tests" / "live"))
import network  # noqa: E402  pylint: disable=wrong-import-position

EXAMPLES = "/opt/tstat/doc/examples"


def unpack(rpm, folder):
    for packed in RpmFile(rpm.read_bytes()).files():
        path = folder / packed.path.lstrip("/")
        if stat.S_ISDIR(packed.mode):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISLNK(packed.mode):
            os.symlink(packed.data.decode(), path)
        else:
            path.write_bytes(packed.data)
            path.chmod(packed.mode & 0o7777)


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.holder.name)
        status, said = make("rpm", folder / "out", PACKAGE="tstat", **building.tstat_of(BUILD))
        assert status == 0, said
        folder.chmod(0o755)
        cls.root = Root(folder / "root", [])
        unpack(packages_of(folder / "out")["tstat"], cls.root.folder)
        cls.root.add_libraries(str(cls.root.folder / "opt/tstat/bin/tstat"))
        # Loaded at run time, not linked.
        for rrd in pathlib.Path("/usr/lib/x86_64-linux-gnu").glob("librrd.so.*"):
            cls.root.add_file(rrd.resolve(), str(rrd).lstrip("/"))
            cls.root.add_libraries(str(rrd))
        building.write(cls.root.folder / "etc/passwd", "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        building.write(cls.root.folder / "etc/group", "root:x:0:\nnogroup:x:65534:\n")
        work = cls.root.folder / "work"
        work.mkdir()
        work.chmod(0o777)
        for path in (cls.root.folder / EXAMPLES.lstrip("/")).glob("*.conf"):
            shutil.copyfile(path, work / path.name)
        network.run("ip", "link", "add", "name", network.SENDER + "5", "type", "veth", "peer", "name", "eth5")
        for name in (network.SENDER + "5", "eth5"):
            network.run("ip", "link", "set", name, "up")

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def run_live(self, *words):
        """Runs the command in /work until it has seen a trace; what it says."""
        log = self.root.folder / "said"
        with log.open("wb") as out:
            process = subprocess.Popen(list(words), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env={"TZ": "UTC", "LC_ALL": "C"},
                                       preexec_fn=lambda: (os.chroot(self.root.folder), os.chdir("/work")))
        try:
            until = time.monotonic() + network.PATIENCE
            while "Live capturing on" not in log.read_text() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            self.assertIsNone(process.poll(), log.read_text())
            network.run("tcpreplay", "-q", "--topspeed", "-i", network.SENDER + "5", str(REPOSITORY / "tests/traces/mixed.pcap"))
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(network.PATIENCE), 1, log.read_text())  # as Tstat
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        return log.read_text()

    def test_histograms(self):
        said = self.run_live("/opt/tstat/bin/tstat", "-N", "l.conf", "-l", "-i", "eth5", "-H", "tcp-histo.conf", "-s", "traces")
        found = {p.name for p in (self.root.folder / "work/traces").rglob("*") if p.is_file()}
        for name in ("log_tcp_complete", "log_udp_complete", "tcp_opts_SACK", "ip_protocol_in", "profile_flows"):
            self.assertTrue(any(f.startswith(name) for f in found), f"{name}: {sorted(found)}\n{said}")
        self.assertNotIn(" 0 packets seen", said)

    def test_databases(self):
        said = self.run_live("/opt/tstat/bin/tstat", "-R", "/opt/tstat/tstat-conf/rrd.conf", "-l", "-N", "l.conf", "-H", "histo.conf", "-i", "eth5",
                             "-s", "traces2", "-r", "traces2")
        found = [p.name for p in (self.root.folder / "work/traces2").rglob("*.rrd")]
        self.assertGreater(len(found), 100, said)

    def test_the_line_that_lacks_a_file(self):
        """As an earlier guide had it: -R takes a file."""
        done = subprocess.run(["/opt/tstat/bin/tstat", "-R", "-l", "-N", "l.conf", "-s", "t", "-r", "t"], capture_output=True, text=True, check=False,
                              preexec_fn=lambda: (os.chroot(self.root.folder), os.chdir("/work")), env={"LC_ALL": "C"})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("-R needs a file; '-l' looks like an option", done.stderr)


if __name__ == "__main__":
    if not can_chroot():
        network.skip("chroot needs root")
    network.enter()
    BUILD = pathlib.Path(sys.argv[1])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
