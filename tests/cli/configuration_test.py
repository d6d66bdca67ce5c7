#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Configuration files: what they switch, and what is said of a bad one."""
import os, subprocess, time

import command
from command import DIRECTORY, FIRST, CommandTest, connection, pcap


class Configuration(CommandTest):
    def test_argument_file(self):
        self.run_tstat(status=1)
        self.assertEqual(self.err, "No 'tstat.conf' file. Try 'tstat -h' for more information.\n")
        self.write("tstat.conf", "-s out   # where\n\tt.pcap\n")
        self.run_tstat()
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    def test_compat(self):
        self.run_tstat("--compat", "3.3", "-s", "out", "t.pcap")
        self.run_tstat("--compat", "2.0", "-s", "out", "t.pcap", status=1)

    def test_networks(self):
        self.write("nets", "10.0.0.0/8\r\n")
        self.run_tstat("-N", "nets", "-s", "out", "t.pcap")
        self.assertTrue(self.out.startswith("Warning: -N option contains no IPv6 network.\n"))
        row = self.rows("log_tcp_complete")[0].split()
        self.assertEqual((row[37], row[38]), ("1", "0"))

    def test_network_errors(self):
        self.write("nets", "10.0.0.0/8\n10.0.0.0/33\n")
        self.run_tstat("-N", "nets", "t.pcap", status=1)
        self.assertTrue(self.err.startswith('tstat: nets:2: "10.0.0.0/33": prefix length must be 0-32 '))
        self.assertIn("Invalid network mask in internal config n.2", self.err)
        self.assertTrue(self.err.endswith("Error while loading NET addresses configuration\nWrong or missing nets\n"))
        self.run_tstat("-C", "none", "t.pcap", status=1)
        self.assertTrue(self.err.startswith("Unable to open file 'none'\n"))
        self.assertTrue(self.err.endswith("Error while loading configuration\nWrong or missing none\n"))

    def test_macs(self):
        self.write("macs", "02:00:00:00:00:02\n")
        self.run_tstat("-M", "macs", "-s", "out", "t.pcap")
        self.assertNotIn("-N option not specified", self.out)
        self.write("none", "# nothing\n")
        self.run_tstat("-M", "none", "-s", "out", "t.pcap")
        self.assertIn("Nothing is assumed to be internal", self.out)
        self.write("bad", "02:00:00:00:00\n")
        self.run_tstat("-M", "bad", "t.pcap", status=1)
        self.assertIn("bad:1: ", self.err)
        self.assertIn("Error while loading MAC addresses configuration\nWrong or missing bad\n", self.err)

    def test_runtime_conf(self):
        self.write("r", "[log]\r\nlog_http_complete=1\r\nlog_udp_complete =0\r\n[options]\r\ntcplog_advanced = 1\r\n")
        self.run_tstat("-T", "r", "-s", "out", "t.pcap")
        self.assertIn("[-] Disabling log_udp_complete\n[-] TCP log level set to 31 (Core + End_to_end + Layer7 + P2P + Options + "
                      "Advanced)\n", self.out.replace("[-] Enabling log_http_complete\n", ""))
        logs = {p.name for p in (self.work / "out" / DIRECTORY).iterdir()}
        self.assertIn("log_http_complete", logs)
        self.assertNotIn("log_udp_complete", logs)
        header = (self.work / "out" / DIRECTORY / "log_tcp_complete").read_text().split("\n")[0]
        self.assertTrue(header.startswith("#31#c_ip:1"))

    def test_columns_of_the_true_profile(self):
        """Without them rows are those of 3.3, and the header's level is the same."""
        for value in ("1", "0"):
            self.write("r", f"[options]\ntcplog_modern = {value}\nudplog_modern = {value}\n")
            self.run_tstat("--compat", "none", "-T", "r", "-s", f"out{value}", "t.pcap")
            for log, first in (("log_tcp_complete", "#15#c_ip:1"), ("log_udp_complete", "#c_ip:1")):
                path = next((self.work / f"out{value}").rglob(log))
                lines = path.read_text().splitlines()
                self.assertTrue(lines[0].startswith(first), lines[0][:20])
                self.assertEqual(" app:" in lines[0], value == "1")
                for line in lines[1:]:
                    self.assertEqual(len(line.split(" ")), len(lines[0].split(" ")))

    def test_runtime_conf_errors(self):
        self.run_tstat("-T", "none", "t.pcap", status=1)
        self.assertEqual(self.err, "err: Could not open none\n")
        self.run_tstat("-T", ".", "t.pcap", status=1)
        self.assertEqual(self.err, "err: . is a directory\n")
        for text, line, message in (("[log]\nfoo = 1\n", 2, "ini reader: 'foo' - unknown keyword"),
                                    ("[log]\nlog_tcp_complete = 1.0\n", 2, "ini reader: expected 0|1 value near 'log_tcp_complete'"),
                                    ("\n[nope]\n", 2, "inireader: '[nope]' - syntax error"),
                                    ("[globals]\n", 1, "ini reader: [globals] section not valid")):
            self.write("r", text)
            self.run_tstat("-T", "r", "-s", "out", "t.pcap", status=1)
            self.assertIn(f"tstat: r:{line}: {message}", self.err)
            self.assertFalse((self.work / "out").exists())
        self.write("r", "foo = 1\n")
        self.run_tstat("-T", "r", "-s", "out", "t.pcap")
        self.assertIn("inireader: warning - No section header in file 'r' - File ignored\n", self.err)

    def test_globals(self):
        self.write("g", "[globals]\nMax_TCP_Pairs = 20000\nTCP_Idle_Time = 4000\nRuntime_Config_Idle = 30\n")
        self.run_tstat("-s", "out", "t.pcap", "-G", "g")
        self.assertIn("Current flow vector index: 1 (20000)\n", self.out)
        self.write("g", "[globals]\n\nDirs = 0\n")
        self.run_tstat("-G", "g", "t.pcap", status=1)
        self.assertIn("tstat: g:3: global conf: error: 'Dirs' must have an positive integer value, not '0' (allowed: 1 to 2147483647)\n", self.err)
        self.run_tstat("-G", "none", "t.pcap", status=1)
        self.assertEqual(self.err, "inireader: 'none' - No such file\n")

    def test_runtime_conf_is_read_again(self):
        self.write("g", "[globals]\nRuntime_Config_Idle = 0.05\nRuntime_Mtime_Counter = 1\n")
        self.write("r", "[log]\nlog_udp_complete = 1\n")
        process = subprocess.Popen([self.tstat, "-G", "g", "-T", "r", "-s", "out", "stdin"], cwd=self.work, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
        trace = pcap([])
        def feed(second):
            nonlocal trace
            process.stdin.write(trace + pcap(connection((FIRST + second) * 1000000, port=3000 + second))[24:])
            process.stdin.flush()
            trace = b""
        feed(0)
        self.wait_for(self.work / "out" / DIRECTORY)
        self.write("r", "[log]\nlog_udp_complete = 0\nlog_http_complete = 1\n")
        new = self.work / "out" / "2017_07_14_02_40_2.out"
        for second in range(1, 50):
            feed(second)
            time.sleep(0.06)
            if new.exists():
                break
        feed(50)
        # A mistake is told, and the run goes on.
        self.write("r", "[log]\nnonsense = 1\n")
        for second in range(51, 59):
            feed(second)
            time.sleep(0.06)
        out, err = self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertRegex(out, r"\[Fri Jul 14 02:40:\d\d 2017\] Disabling log_udp_complete\n"
                              r"\[Fri Jul 14 02:40:\d\d 2017\] Enabling log_http_complete\n")
        self.assertIn("tstat: r:2: ini reader: 'nonsense' - unknown keyword", err)
        self.assertTrue((self.work / "out" / DIRECTORY / "log_udp_complete").exists())
        self.assertFalse((new / "log_udp_complete").exists())
        self.assertIn("\tGET\t", (new / "log_http_complete").read_text())

    def test_byte_order_marks(self):
        mark = b"\xef\xbb\xbf"
        self.write("r", mark + b"[log]\nlog_tcp_complete = 0\n")
        self.write("nets", mark + b"10.0.0.0/8\n")
        self.write("histo", mark + b"include ip_len_loc\n")
        self.write("g", mark + b"[globals]\nDirs = 7\n")
        self.write("f", mark + b"tcp")
        self.run_tstat("-s", "out", "-T", "r", "-N", "nets", "-H", "histo", "-G", "g", "-f", "f", "t.pcap")
        self.assertNotIn("inireader", self.err)
        self.assertFalse((self.work / "out" / DIRECTORY / "log_tcp_complete").exists())
        self.assertTrue((self.work / "out" / DIRECTORY / "LAST" / "ip_len_loc").exists())

    def test_what_is_no_text(self):
        long_line = b"10.0.0.0/8\n" + b"x" * 1000000
        options = (("-N", "nets"), ("-M", "macs"), ("-C", "nets"), ("-T", "r"), ("-G", "g"), ("-H", "h"), ("-f", "f"),
                   ("-R", "rrd", "-r", "databases"))
        for option in options:
            for content, text in ((b"[log]\n10.0.0.0\0/8\n", ":2: a NUL byte"), (long_line, ":2: \"xxxx")):
                self.write(option[1], content)
                self.run_tstat(*option, "-s", "out", "t.pcap", status=1)
                self.assertIn(f"{option[1]}{text}", self.err)
                self.assertLess(len(self.err), 1000)

    def test_text_before_the_first_section(self):
        self.write("r", "log_tcp_complete = 0\n[log]\nlog_udp_complete = 0\n")
        self.run_tstat("-s", "out", "-T", "r", "t.pcap")
        self.assertEqual(self.err, "r:1: inireader: warning - 'log_tcp_complete' stands before the first section - ignored\n")

    def test_check_config(self):
        self.write("nets", "10.0.0.0/8\n2001:db8::/32\n")
        self.write("r", "[log]\nlog_tcp_complete = 0\n[options]\nhisto_empty = skip\n")
        self.write("g", "[globals]\nDirs = 7\n")
        self.write("h", "include ip_len_loc\ninclude ADX\n")
        self.write("rrd.conf", "ip_len_in avg prc:50,95\n")
        self.write("f", "tcp port 80\n")
        options = ("-N", "nets", "-T", "r", "-G", "g", "-H", "h", "-R", "rrd.conf", "-r", "rrd", "-s", "out", "-z", "messages",
                   "-f", "f")
        before = sorted(self.work.iterdir())
        out = self.run_tstat("--check-config", *options, "t.pcap")
        self.assertEqual(sorted(self.work.iterdir()), before)  # nothing is made
        for line in ("# compatible with:       3.1.1", "# internal networks:     nets, 2 entries", "# packet filter:         tcp port 80",
                     "# RRD databases:         rrd, 3 of 1 histograms", "# histograms:            2 collected, addresses",
                     "log_tcp_complete = 0", "log_udp_complete = 1", "histo_empty = skip", "\tDirs = 7", "\tMax_TCP_Pairs = 180000"):
            self.assertIn(line + "\n", out)
        self.run_tstat("--check-config", *options, "-l", "-i", "eth7", "--keep", "30d")
        self.assertIn("interface eth7", self.out)
        self.assertIn("# kept:                  720 hours\n", self.out)
        for name, content, text in (("nets", "10.0.0.0/33\n", "nets:1: "), ("r", "[log]\nx = 1\n", "r:2: "),
                                    ("g", "[globals]\nRate_Sampling = 9223372036.0\n", "g:2: "), ("h", "include nothing\n", "h:1: "),
                                    ("rrd.conf", "ip_len_in prc:nan\n", "rrd.conf:1: "), ("f", "tcp prot 80", "pcap_compile: ")):
            kept = (self.work / name).read_bytes()
            self.write(name, content)
            self.run_tstat("--check-config", *options, status=1)
            self.assertIn(text, self.err)
            self.write(name, kept)

    def test_check_config_of_the_argument_file(self):
        self.write("tstat.conf", "-N nets\n")
        self.write("nets", "10.0.0.0/33\n")
        self.run_tstat("--check-config", status=1)
        self.assertIn("nets:1: ", self.err)
        self.write("nets", "10.0.0.0/8\n")
        self.run_tstat("--check-config")
        self.assertIn("nets, 1 entries", self.out)

    def test_histograms_without_samples(self):
        self.write("histo.conf", "include ALL\n")
        last = self.work / "out" / DIRECTORY / "LAST"
        self.run_tstat("-s", "out", "-H", "histo.conf", "t.pcap")
        everything = {p.name: p.read_text() for p in last.iterdir()}
        self.assertEqual(len(everything), 343)
        self.run_tstat("-s", "out", "-H", "histo.conf", "--histo-empty", "skip", "t.pcap")
        some = {p.name: p.read_text() for p in last.iterdir()}
        self.assertEqual(some, {n: t for n, t in everything.items() if t.count("\n") > 2})
        self.assertGreater(len(some), 20)
        self.write("r", "[options]\nhisto_empty = write\n")  # the file decides
        self.run_tstat("-s", "out", "-H", "histo.conf", "--histo-empty", "skip", "-T", "r", "t.pcap")
        self.assertEqual(len(list(last.iterdir())), 343)
        self.write("r", "[options]\nhisto_empty = 1\n")
        self.run_tstat("-T", "r", "t.pcap", status=1)
        self.assertIn("r:2: runtime conf err: 'histo_empty = 1' - not a valid value (allowed: write, skip)", self.err)
        self.run_tstat("--histo-empty", "no", "t.pcap", status=1)
        self.assertEqual(self.err, "tstat: --histo-empty no: write or skip are allowed\n")

    def test_many_histograms_without_samples_are_told_once(self):
        self.write("histo.conf", "include ALL\n")
        records = []
        for i in range(60):
            records += connection((FIRST + 301 * i) * 1000000, port=2000 + i)
        self.write("long.pcap", pcap(records))
        self.run_tstat("-s", "out", "-H", "histo.conf", "long.pcap")
        self.assertEqual(self.out.count("10000 histogram files without a sample were written"), 1)
        self.assertIn("histo_empty = skip", self.out)


if __name__ == "__main__":
    command.main()
