# SPDX-License-Identifier: BSD-3-Clause
"""The examples in C: their logs are those of the command.

usage: c_test.py ANALYSE_TRACE FEED_PORTS TSTAT [unittest arguments]
"""
import os, pathlib, shutil, subprocess, sys, tempfile, unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
ANALYSE_TRACE = FEED_PORTS = TSTAT = ""


class CTest(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-c-"))
        self.addCleanup(shutil.rmtree, self.work)

    def run_in(self, folder, *command, **more):
        (self.work / folder).mkdir(exist_ok=True)
        return subprocess.run([str(c) for c in command], cwd=self.work / folder, capture_output=True, text=True,
                              env={**os.environ, "TZ": "UTC"}, **more)

    def logs(self, folder):
        """Directory and log, with its lines."""
        return {f"{p.parent.name}/{p.name}": p.read_text().splitlines() for p in (self.work / folder).rglob("log_*")}

    def test_a_trace(self):
        trace = SOURCE / "tests" / "traces" / "web.pcap"
        nets = SOURCE / "tests" / "traces" / "networks.conf"
        for where in ("library", "command"):
            (self.work / where).mkdir()
            shutil.copyfile(trace, self.work / where / "t.pcap")
        (self.work / "library" / "conf").write_text(f"-N {nets}  # ours\n")
        library = self.run_in("library", ANALYSE_TRACE, "t.pcap", "conf")
        command = self.run_in("command", TSTAT, "-N", nets, "t.pcap")
        self.assertEqual((library.returncode, command.returncode), (0, 0), library.stderr + command.stderr)
        logs = self.logs("library/t.pcap.out")
        self.assertEqual(logs, self.logs("command/t.pcap.out"))
        self.assertTrue(any("log_tcp_complete" in name and len(lines) > 5 for name, lines in logs.items()), logs.keys())
        self.assertIn("total TCP flows analized : 8\n", library.stdout)

    def test_ipv6_first(self):
        """A frame of IPv6 in a VLAN, from standard input."""
        syn = b"\x04\x01\x00\x50" + b"\0\0\0\x01" + b"\0" * 4 + b"\x50\x02\x20\0\0\0\0\0"
        ip = b"\x60\0\0\0\0\x14\x06\x40" + b"\xfc" + b"\0" * 14 + b"\x01" + b"\xfc" + b"\0" * 14 + b"\x02"
        frame = b"\x02" * 12 + b"\x81\0\0\x05" + b"\x86\xdd" + ip + syn
        arp = b"\x02" * 12 + b"\x08\x06" + b"\0" * 28
        capture = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
        for f in (arp, frame):
            capture += (1500000000).to_bytes(4, "little") + b"\0" * 4 + len(f).to_bytes(4, "little") * 2 + f
        (self.work / "conf").write_text("")
        done = subprocess.run([ANALYSE_TRACE, "-", "conf"], cwd=self.work, input=capture, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"standard input: 1 frames without an IP packet", done.stderr)
        rows = self.logs("stdin")["2017_07_14_02_40.out/log_tcp_nocomplete"]
        self.assertEqual(len(rows), 2)
        self.assertIn(" 1025 ", rows[1])

    def test_mistakes(self):
        self.assertEqual(self.run_in("", ANALYSE_TRACE).returncode, 1)
        missing = self.run_in("", ANALYSE_TRACE, "nowhere.pcap")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("nowhere.pcap", missing.stderr)
        no_conf = self.run_in("", ANALYSE_TRACE, SOURCE / "tests" / "traces" / "web.pcap", "nowhere.conf")
        self.assertEqual(no_conf.returncode, 1)
        self.assertIn("No 'nowhere.conf' file", no_conf.stderr)

    def test_ports(self):
        (self.work / "conf").write_text("-s out\n")
        done = self.run_in("", FEED_PORTS, "conf")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("36 packets of flows, ", done.stdout)
        self.assertIn("6 connections ended before the end", done.stdout)
        # Nothing came after a minute, but intervals of 300 s ended.
        self.assertIn("total packet analized : 36\n", done.stdout)
        rows = self.logs("out")["2017_07_14_02_40.out/log_tcp_complete"][1:]
        self.assertEqual(len(rows), 6)
        for row in rows:  # the client is inside, the server outside
            self.assertEqual(row.split(" ")[37:39], ["1", "0"])


if __name__ == "__main__":
    ANALYSE_TRACE, FEED_PORTS, TSTAT = sys.argv[1:4]
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
