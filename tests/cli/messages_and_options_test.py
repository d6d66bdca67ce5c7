#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a user sees, and the options that say so."""
import gzip, json, pathlib, re

import command
from command import DIRECTORY, FIRST, CommandTest, connection, pcap

MIXED = str(pathlib.Path(__file__).resolve().parents[1] / "traces" / "mixed.pcap")


class MessagesAndOptions(CommandTest):
    def test_messages_and_report(self):
        self.run_tstat("-s", "out", "t.pcap")
        before, report = self.out.split("\n---\nDumping internal status variables:\n---\n")
        lines = before.split("\n")
        self.assertEqual(lines[0], "Warning: -N option not specified.")
        self.assertEqual(lines[1], "         All subnets are assumed to be internal")
        self.assertEqual(lines[2], "1 arg remaining, starting with 't.pcap'")
        self.assertEqual(lines[4], "")
        self.assertEqual(lines[5], f"[Fri Jul 14 02:40:00 2017] created new outdir out/{DIRECTORY}")
        self.assertEqual(self.err, "")
        expected = [
            r"total packet analized : 8", r"total flows analized : 1", r"total TCP flows analized : 1",
            r"total UDP flows analized : 0", r"total RTP flows analized : 0", r"total RTCP flows analized : 0",
            r"total tunneled RTP flows analized : 0", r"total iteration spent in the hash search routine : \d+",
            r"total analyzed TCP packet: 8 ", r"total analyzed UDP packet: 0 ", r"total trash TCP packet: 0 ",
            r"average TCP search length: \d\.\d{6}", r"Current opened flows: TCP = 0 UDP = 0",
            r"Current flow vector index: 1 \(180000\)", r"Total adx used in hash: 0 ", r"Total adx used in list: 0 ",
            r"Total adx hash search: 0", r"Total adx list search: 0", r"elapsed wallclock time: \d+:\d\d:\d\d\.\d{6}",
            r"\d+ pkts/sec analyzed", r"\d+ flows/sec analyzed",
            r"8 packets seen, 8 TCP packets traced, 0 UDP packets traced", r"trace file elapsed time: 0:00:00\.00(7000|6999)",
        ]
        lines = report.splitlines()
        self.assertEqual(len(lines), len(expected))
        for line, pattern in zip(lines, expected):
            self.assertRegex(line, "^" + pattern + "$")
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    def test_no_bold_outside_terminals(self):
        self.run_tstat("-6", "-X", "-s", "out", "t.pcap")
        self.assertIn("IPv6 traffic ignored\nDNS engine disabled\n", self.out)
        self.assertNotIn("\x1b", self.out + self.err)

    def test_help_and_version(self):
        self.run_tstat("-h")
        self.assertTrue(self.out.startswith("Usage:\n\t"))
        for part in ("\nOptions:\n", "\nSupported Input File Formats:\n\ttcpdump", "'stdin'", "\nNote: ", "--internal-nets",
                     "\nGlobals (-G):\n\t# Current value of internal global constants (-G option)\n"
                     "\t[globals]\n\tMax_TCP_Pairs = 180000\n"):
            self.assertIn(part, self.out)
        help_text = self.out
        for args in (("--help",), ("--quiet", "-h")):
            self.run_tstat(*args)
            self.assertEqual((self.out, self.err), (help_text, ""))
        for option in ("-v", "--version"):
            self.run_tstat(option)
            self.assertEqual(self.out, "")
            self.assertIn("\nVersion: ", self.err)

    def test_help_shows_globals_of_the_file(self):
        self.write("g", "[globals]\nDirs = 99\n")
        self.run_tstat("-h", "-G", "g")
        self.assertIn("\tDirs = 99\n", self.out)

    def test_quiet(self):
        self.run_tstat("--quiet", "-s", "out", "t.pcap")
        self.assertEqual((self.out, self.err), ("", ""))
        self.run_tstat("--quiet", "-s", "out", "none.pcap", status=255)
        self.assertEqual(self.out, "")
        self.assertEqual(self.err, "tstat: none.pcap: No such file or directory\n")

    def test_quiet_with_histograms(self):
        self.write("histo.conf", "include ALL\n")
        self.run_tstat("--quiet", "-s", "out", "-H", "histo.conf", "t.pcap")
        self.assertEqual((self.out, self.err), ("", ""))
        self.assertTrue((self.work / "out" / DIRECTORY / "LAST").is_dir())

    def test_option_in_the_place_of_a_name(self):
        for args, what in ((("-R", "-l", "-r", "rrd"), "-R needs a file; '-l'"), (("-N", "--live"), "-N needs a file; '--live'"),
                           (("-s", "-Z"), "-s needs a directory; '-Z'"), (("-z", "-q"), "-z needs a file; '-q'")):
            self.run_tstat(*args, "t.pcap", status=1)
            self.assertIn(f"tstat: {what} looks like an option", self.err)
        self.run_tstat("-s", "", "t.pcap", status=1)
        self.assertEqual(self.err, "tstat: -s: the name of the directory is empty\n")
        self.write("-odd", "10.0.0.0/8\n")
        self.run_tstat("-N", "-odd", "-s", "out", "t.pcap")

    def test_snapshot_length(self):
        for text in ("0", "65536", "nan", "", "-1", "9" * 30):
            self.run_tstat("--quiet", "-l", "-i", "lo", "-E", text, "-s", "out", status=1)
            self.assertIn(": 1 to 65535 bytes are allowed\n", self.err)

    def test_debug_times(self):
        self.run_tstat("-d", "-s", "out", "t.pcap")
        self.assertIn("Running file 't.pcap'\n", self.out)
        self.assertIn("\tfirst packet:  Fri Jul 14 02:40:00.000000 2017\n\tlast packet:   Fri Jul 14 02:40:00.007000 2017\n",
                      self.out)

    def test_ticks(self):
        records = []
        for i in range(30):
            records += connection((FIRST + i) * 1000000, port=2000 + i)
        self.write("many.pcap", pcap(records))
        for threads in ([], ["--threads", "3"]):
            self.run_tstat("-t", *threads, "-s", "out", "many.pcap")
            ticks = re.findall(r"Tp= (\d+) Tf=(\d+) (\d+)% \((\d:\d\d:\d\d\.\d{6})\) Nf\(TCP\)=\d+ Nf\(UDP\)=\d+ Ntrash=0\r", self.out)
            self.assertEqual([int(t[0]) for t in ticks], list(range(10, 100, 10)) + [100, 200])
            self.assertEqual([int(t[1]) for t in ticks[:3]], [2, 3, 4])
            self.assertTrue(all(0 <= int(t[2]) <= 100 for t in ticks))
            self.assertTrue(self.out.splitlines()[-3] == "" or "\n\n" in self.out[-200:])

    def test_message_file(self):
        self.run_tstat("-s", "out", "-z", "messages", "t.pcap", "-z", "other")
        self.assertEqual((self.out, self.err), ("", ""))
        text = (self.work / "messages").read_text()
        self.assertIn("Warning: -N option", text)
        self.assertIn("packets seen", text)
        self.assertFalse((self.work / "other").exists())
        self.run_tstat("-z", "/dev/full", "-s", "out", "t.pcap", status=1)
        self.assertEqual(self.err, "tstat: /dev/full: No space left on device\n")
        self.run_tstat("-z", "missing/messages", "t.pcap", status=1)
        self.assertEqual(self.err, "Error creating missing/messages\n")

    def test_option_errors(self):
        for args, text in ((("-q",), "unknown option '-q'"), (("-s",), "missing argument of option '-s'"),
                           (("--key", "x"), "ambiguous option '--key'"), (("--nope",), "unknown option '--nope'")):
            self.run_tstat(*args, status=1)
            self.assertTrue(self.err.startswith("tstat: " + text), self.err)
            self.assertIn("Usage: tstat", self.err)
        self.run_tstat("-t", status=1)
        self.assertTrue(self.err.startswith("tstat: no trace file given\n"))

    def test_options_before_an_error_act(self):
        self.run_tstat("-h", "--nope")

    def test_no_udp_leaves_udp_out_of_the_final_line(self):
        self.run_tstat("-u", "-s", "out", "t.pcap")
        self.assertIn("8 packets seen, 8 TCP packets traced\n", self.out)

    def test_the_version_is_that_of_the_profile(self):
        for options, version, built in (((), "3.1.1", "with IPv6 support"),
                                        (("--compat", "3.3"), "3.3.0", "with IPv6 support and with LDNS (log_dns) support"),
                                        (("--compat", "3.3-default"), "3.3.0",
                                         "with IPv6 support and without LDNS (log_dns) support")):
            self.run_tstat(*options, "-s", "out", "t.pcap")
            self.assertRegex(self.out, rf"(?m)^tstat \S+, compatible with tstat-{re.escape(version)}$")
            for order in (("-v", *options), (*options, "-v")):
                self.run_tstat(*order)
                self.assertTrue(self.err.endswith(f", compatible with tstat-{version}\nCompiled {built}\n\n"), self.err)
            self.run_tstat("-h", *options)
            self.assertIn(f", compatible with tstat-{version}\nCompiled {built}\n\n", self.out)

    def test_logs_of_another_version_are_told(self):
        self.write("run.conf", "[log]\nlog_dns_complete = 1\n")
        self.run_tstat("-T", "run.conf", "-s", "out", "t.pcap")
        self.assertIn("'log_dns_complete' is not written", self.err)
        self.assertNotIn("Enabling log_dns_complete", self.out)
        self.run_tstat("--compat", "3.3", "-T", "run.conf", "-s", "out", "t.pcap")
        self.assertIn("Enabling log_dns_complete", self.out)
        self.assertNotIn("not written", self.err)

    def test_notices_of_the_cache_of_names(self):
        (self.work / "globals.conf").write_text("[globals]\nDns_Cache_Size = 1\n")
        trace = MIXED
        self.run_tstat("-Q", "-G", "globals.conf", "-s", "out", trace)
        self.assertIn("DNS engine cache wrap-around report enabled\n", self.out)
        self.assertRegex(self.err, r"(?m)^DNS cache \(size=1\) full at \S.*$")
        self.run_tstat("-G", "globals.conf", "-s", "out", trace)
        self.assertNotIn("full at", self.err)

    def test_bitrate_log_is_of_other_builds(self):
        self.run_tstat("-3", "t.pcap", status=1)
        self.assertIn("option -3 not valid or missing option argument\n"
                      "check if L3_BITMASK is enabled in Makefile.conf\n", self.err)

    def test_builds_of_33(self):
        (self.work / "dns.conf").write_text("[log]\nlog_dns_complete = 1\n")
        trace = MIXED
        for version, has_log in (("3.3", True), ("3.3-default", False), ("3.1.1", False)):
            self.run_tstat("--compat", version, "-T", "dns.conf", "-s", version, trace)
            logs = list((self.work / version).rglob("log_dns_complete"))
            self.assertEqual(len(logs), 1 if has_log else 0, version)
        rows = (self.work / "3.3").rglob("log_dns_complete").__next__().read_text().splitlines()[1:]
        self.assertGreater(len(rows), 10)
        self.assertEqual({len(row.split(" ")) for row in rows}, {22})
        self.assertEqual({row.split(" ")[9] for row in rows} - {"RESP_ERR"}, {"REQ", "RESP"})
        self.run_tstat("--compat", "3.2", "t.pcap", status=1)
        self.assertIn("the versions are 3.1.1, 3.3, 3.3-default and none", self.err)

    def test_duplicate_filter(self):
        for text in ("maybe", "0", "-1", "60001", "nan"):
            self.run_tstat("--duplicate-filter", text, "t.pcap", status=1)
            self.assertIn("on, off or milliseconds, 60000 at most, are allowed", self.err)
        self.run_tstat("--duplicate-filter", "0.5", "-s", "out", "t.pcap")

    def test_active_timeout(self):
        for text in ("no", "0", "-5", "inf"):
            self.run_tstat("--compat", "none", "--active-timeout", text, "t.pcap", status=1)
            self.assertIn("seconds are expected", self.err)
        self.run_tstat("--active-timeout", "60", "t.pcap", status=1)
        self.assertIn("--active-timeout: only with --compat none", self.err)
        self.run_tstat("--active-timeout", "60", "--compat", "none", "-s", "out", "t.pcap")

    def test_max_memory(self):
        for text in ("much", "47M", "-1", "1.5G"):
            self.run_tstat("--compat", "none", "--max-memory", text, "t.pcap", status=1)
            self.assertIn("from 48M on, is expected", self.err)
        for version in ("3.1.1", "3.3"):
            self.run_tstat("--compat", version, "--max-memory", "1G", "t.pcap", status=1)
            self.assertIn("--max-memory: on trace files only with --compat none", self.err)
        self.run_tstat("--max-memory", "1G", "-s", "out", "-", stdin=(self.work / "t.pcap").read_bytes())
        self.run_tstat("--max-memory", "48M", "--compat", "none", "-s", "none", "t.pcap")

    def limits(self, *options):
        """Of each table, with --compat none."""
        self.run_tstat("--compat", "none", "--stats-json", "stats.json", "-s", "out", *options, "t.pcap")
        tables = json.loads((self.work / "stats.json").read_text())["tables"]
        return {name: table["limit_bytes"] for name, table in tables.items()}

    def test_memory_without_the_option(self):
        self.assertEqual(self.limits("--max-memory", "124M")["tcp_flows"], 50 << 20)
        self.assertGreater(self.limits()["tcp_flows"], 10 << 20)  # of the machine
        self.assertEqual(self.limits("--max-flows", "0")["tcp_flows"], 0)

    def test_statistics_as_json(self):
        for threads in ("1", "3"):
            self.run_tstat("--stats-json", "stats.json", "--threads", threads, "-s", "out", "t.pcap")
            text = (self.work / "stats.json").read_text()
            self.assertEqual(text.count("\n"), 1)
            stats = json.loads(text)
            self.assertEqual(stats["threads"], int(threads))
            self.assertEqual(stats["packets"]["tcp"], 8)
            self.assertEqual(stats["flows"]["tcp"], 1)
            self.assertEqual(stats["tables"]["tcp_flows"]["limit"], 180000)
            self.assertEqual("epochs" in stats["tables"], threads != "1")
            self.assertNotIn("capture", stats)
            self.assertEqual(stats["last_packet_ns"] - stats["first_packet_ns"], 7_000_000)
            self.assertFalse((self.work / "stats.json.new").exists())

    def test_statistics_that_cannot_be_written(self):
        self.run_tstat("--stats-json", "none/stats.json", "-s", "out", "t.pcap", status=1)
        self.assertEqual(self.err.count("none/stats.json: No such file or directory"), 1)
        self.run_tstat("--stats-json", "", "t.pcap", status=1)

    def test_tunnels_and_flow_key(self):
        self.run_tstat("--tunnels", "all", "t.pcap", status=1)
        self.assertIn("--tunnels all: inner, outer or both are allowed", self.err)
        self.run_tstat("--flow-key", "vlan,mac", "t.pcap", status=1)
        self.assertIn("--flow-key vlan,mac: vlan, tunnel or vlan,tunnel are allowed", self.err)
        for option, value in (("--tunnels", "outer"), ("--flow-key", "vlan")):
            self.run_tstat(option, value, "t.pcap", status=1)
            self.assertIn(f"{option}: only with --compat none", self.err)
        self.run_tstat("--compat", "none", "--tunnels", "inner", "--flow-key", "vlan,tunnel", "-s", "out", "t.pcap")

    def test_address_mask(self):
        self.run_tstat("-A", "0xff", "-s", "out", "t.pcap")
        self.assertIn("Anonymization mask set to 0x000000ff\n", self.out)
        self.assertEqual(self.rows("log_tcp_complete")[0].split()[0], "10.0.0.254")
        # C's strtoll, of which the low 32 bits count.
        self.run_tstat("-A", "-0x01000001", "-s", "out", "t.pcap")
        self.assertIn("Anonymization mask set to 0xfeffffff\n", self.out)
        self.assertEqual(self.rows("log_tcp_complete")[0].split()[0], "244.255.255.254")
        self.run_tstat("-A", "0x1000000ff", "-s", "out", "t.pcap")
        self.assertIn("Anonymization mask set to 0x000000ff\n", self.out)
        for mask in ("12x", "zz", "", "-", "0x", "1" * 1000):
            self.run_tstat("--quiet", "-A", mask, "-s", "none", "t.pcap", status=1)
            self.assertIn("invalid value for the anonymization mask (allowed: integers, of which the low 32 bits count", self.err)
            self.assertLess(len(self.err), 300)
            self.assertFalse((self.work / "none").exists())

    def test_gzip_logs(self):
        self.run_tstat("-Z", "-s", "out", "t.pcap")
        with gzip.open(self.work / "out" / DIRECTORY / "log_tcp_complete.gz", "rt") as log:
            self.assertEqual(len(log.read().splitlines()), 2)

    def test_no_logs(self):
        self.run_tstat("-L", "-s", "out", "t.pcap")
        self.assertEqual(list((self.work / "out" / DIRECTORY).iterdir()), [])
        self.run_tstat("-L", "-S", "-s", "none", "t.pcap")
        self.assertFalse((self.work / "none" / DIRECTORY).exists())


if __name__ == "__main__":
    command.main()
