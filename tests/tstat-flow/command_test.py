# SPDX-License-Identifier: BSD-3-Clause
"""The command line: which flow is told, what is wrong with filters and traces, exit statuses, types."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import tstat
from telling import SOURCE, TRACES, TSTAT_FLOW, WithFolder, run

MIXED = TRACES / "mixed.pcap"
PACKAGE = SOURCE / "apps/tstat-flow/tstat_flow"


class Choice(WithFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.analysis = tstat.read(MIXED, profile="3.1.1")

    def listed(self, *filter_):
        lines = self.ok(MIXED, "--list", *filter_).splitlines()[1:]
        return [" ".join(line.split()[:2]) for line in lines if not line.startswith("...")]

    def expected(self, matches):
        flows = []
        for name in ("tcp", "tcp_nocomplete", "udp"):
            table = self.analysis[name]
            for number, row in zip(table.flow_numbers, table):
                if matches(name[:3], row):
                    flows.append(f"{name[:3]} {number}")
        return sorted(flows)

    def test_the_trace_is_not_overwritten(self):
        trace = self.folder / "trace.svg"
        shutil.copy(MIXED, trace)
        self.assertIn("the trace itself", self.fails(2, trace, "-o", trace))
        self.assertEqual(trace.read_bytes(), MIXED.read_bytes())

    def test_filters(self):
        def ends(row):
            return {str(row.c_ip), str(row.s_ip)}, {row.c_port, row.s_port}

        for filter_, matches in {
                "host 10.0.0.2 and port 80": lambda p, r: "10.0.0.2" in ends(r)[0] and 80 in ends(r)[1],
                "udp": lambda p, r: p == "udp",
                "tcp port 443": lambda p, r: p == "tcp" and 443 in ends(r)[1],
                "not (tcp or host 10.0.0.2)": lambda p, r: p == "udp" and "10.0.0.2" not in ends(r)[0],
                "net 2001:db8::/32 and server port 443": lambda p, r: ":" in str(r.c_ip) and r.s_port == 443,
                "src host 10.0.0.2 and dst port 53": lambda p, r: str(r.c_ip) == "10.0.0.2" and r.s_port == 53,
                "portrange 440-450": lambda p, r: any(440 <= port <= 450 for port in ends(r)[1]),
                "host shop.example.test": lambda p, r: getattr(r, "fqdn", None) == "shop.example.test",
                "s_bytes_all > 10k and s_port == 80": lambda p, r: r.s_bytes_all > 10000 and r.s_port == 80,
                "c_type has rtp": lambda p, r: getattr(r, "c_type", 0) == 3,
                's_pkts_data > 3 and fqdn ~ "cdn"': lambda p, r: p == "tcp" and "cdn" in (getattr(r, "fqdn", None) or "") and r.s_pkts_data > 3,
                "tcp 7": lambda p, r: p == "tcp" and r.c_port == 56020,
                "7": lambda p, r: p == "tcp" and r.c_port == 56020,
                "udp:2": lambda p, r: p == "udp" and r.c_port == 40000}.items():
            expected = self.expected(matches)
            self.assertGreater(len(expected), 0, filter_)
            self.assertEqual(sorted(self.listed(*filter_.split(" ") if '"' not in filter_ else [filter_])), expected, filter_)

    def test_of_several_the_largest_is_told(self):
        status, out, said = run(MIXED, "port", "443")
        self.assertEqual(status, 0)
        row = max((row for row in self.analysis.tcp if row.s_port == 443), key=lambda row: row.c_bytes_all + row.s_bytes_all)
        self.assertRegex(out, rf"\ATCP flow \d+: 10\.0\.0\.2:{row.c_port} - ")
        self.assertRegex(said, r"\Atstat-flow: 5 flows match; this is the largest, tcp 8\. --list lists them, and a number as a filter chooses one\.\n\Z")
        status, out, said = run(MIXED)
        self.assertIn("32 flows are there; this is the largest, tcp 16.", said)

    def test_a_long_list_is_that_of_the_largest(self):
        out = self.ok(MIXED, "--list").splitlines()
        self.assertEqual(len(out), 22)
        self.assertEqual(out[-1], "... and 12 smaller ones")

    def test_standard_input(self):
        self.assertEqual(self.ok("-", "tcp", "7", stdin=MIXED.read_bytes()), self.ok(MIXED, "tcp", "7"))

    def test_options_may_stand_anywhere(self):
        self.assertEqual(self.ok("--all", MIXED, "tcp", "7"), self.ok(MIXED, "tcp", "7", "--all"))

    def test_json(self):
        told = json.loads(self.ok(MIXED, "tcp", "7", "--json"))
        self.assertEqual(told["flow"]["number"], 7)
        self.assertEqual(told["flow"]["kind"], "TLS")
        self.assertEqual(len(told["packets"]), told["flow"]["columns"]["c_pkts_all"] + told["flow"]["columns"]["s_pkts_all"])

    def test_profiles(self):
        for profile in ("3.1.1", "3.3"):
            self.assertIn("opened a TLS connection", self.ok(MIXED, "tcp", "7", "--compat", profile).replace("\n", " "))


class Wrong(WithFolder):
    def test_filters_that_are_wrong_show_where(self):
        for filter_, reason, marks in (
                ("c_rtt_avgg > 4 and port 80", "c_rtt_avgg: no such column; did you mean c_rtt_avg?", "^~~~~~~~~~"),
                ("port 80 and c_rtt_avgg > 4", "c_rtt_avgg: no such column; did you mean c_rtt_avg?", " " * 12 + "^~~~~~~~~~"),
                ("host 10.0.0.300", "does not appear to be an IPv4 or IPv6 address", " " * 5 + "^~~~~~~~~~"),
                ("net 10.0.0.0/33", "does not appear to be an IPv4 or IPv6 network", " " * 4 + "^~~~~~~~~~~"),
                ("tcp and port 99999", "99999 is no port", " " * 13 + "^~~~~"),
                ("portrange 9-8", "9-8 is no range of ports, as 8000-8080 is", " " * 10 + "^~~"),
                ("port 80 or", "the expression ends where", " " * 10 + "^"),
                ("(port 80", "the expression ends where ) is expected", " " * 8 + "^")):
            said = self.fails(2, MIXED, filter_)
            lines = said.splitlines()
            self.assertIn(reason, lines[0], filter_)
            self.assertEqual(lines[1:], ["  " + filter_, "  " + marks], filter_)

    def test_no_flow_matches(self):
        self.assertEqual(self.fails(1, MIXED, "port", "9999"),
                         "tstat-flow: no flow matches; 16 TCP flows and 16 UDP flows are there; --list lists them\n")
        self.assertIn("tcp 99: no such flow;", self.fails(1, MIXED, "tcp", "99"))
        empty = self.folder / "empty.pcap"
        empty.write_bytes(MIXED.read_bytes()[:24])
        self.assertEqual(self.fails(1, empty), "tstat-flow: there is no TCP or UDP flow in the trace\n")

    def test_a_trace_that_is_cut(self):
        cut = self.folder / "cut.pcap"
        cut.write_bytes((TRACES / "ssh.pcap").read_bytes()[:20000])
        status, out, said = run(cut, "tcp", "1")
        self.assertEqual(status, 1)
        self.assertIn("TCP flow 1:", out)
        self.assertRegex(said, rf"\Atstat-flow: warning: {re.escape(str(cut))}: .*\n\Z")

    def test_what_is_no_trace(self):
        self.assertIn("/no/such", self.fails(1, "/no/such"))
        self.assertIn(__file__, self.fails(1, __file__))
        self.assertIn(f"{self.folder}: is a directory", self.fails(1, self.folder))
        self.assertIn("standard input", self.fails(1, "-", stdin=b"nothing of the kind"))
        self.assertIn("no.nets", self.fails(1, MIXED, "-N", "/no.nets"))

    def test_wrong_command_lines(self):
        self.assertIn("FILE", self.fails(2))
        self.assertIn("a part of the flow is BEGIN-END in seconds", self.fails(2, MIXED, "-t", "3-1"))
        self.assertIn("plots are .png or .svg", self.fails(2, MIXED, "-o", "x.gif"))
        self.assertIn("--compat", self.fails(2, MIXED, "--compat", "2"))
        self.assertIn("/no/such/x.svg", self.fails(1, MIXED, "tcp", "7", "-o", "/no/such/x.svg"))

    def test_who_does_not_read_on(self):
        reader = subprocess.run(["bash", "-c", f'"{TSTAT_FLOW}" "{MIXED}" tcp 16 --all | head -1; echo "${{PIPESTATUS[0]}}"'],
                                capture_output=True, text=True, check=True)
        self.assertEqual(reader.stderr, "")
        self.assertIn(reader.stdout.splitlines()[-1], ("141", "0"))


class Program(WithFolder):
    def test_the_launcher(self):
        result = subprocess.run([TSTAT_FLOW, "--version"], capture_output=True, text=True, check=True)
        self.assertRegex(result.stdout, r"^tstat-flow \d+\.\d+\.\d+\n$")
        self.assertIn("usage: tstat-flow ", self.ok("--help"))

    def test_help_manual_and_completion_name_all_options(self):
        options = re.findall(r"(?m)^  -\w(?: \w+)?, (--\w+)", self.ok("--help"))
        self.assertGreater(len(options), 8)
        page = (SOURCE / "docs/man/tstat-flow.1").read_text(encoding="utf-8").replace("\\-", "-")
        completion = (SOURCE / "apps/tstat-flow/completion/tstat-flow.bash").read_text(encoding="utf-8")
        for option in options:
            self.assertIn(option, page)
            self.assertIn(option, completion)

    def test_text_of_strangers_is_one_line(self):
        # What a packet says moves no cursor.
        from tstat_flow import words
        self.assertEqual(words.printable("a\x1b[2Jb\n\u202ec"), "a?[2Jb??c")

    @unittest.skipUnless(shutil.which("mypy"), "mypy is not installed")
    def test_types(self):
        with tempfile.TemporaryDirectory() as cache:
            result = subprocess.run(
                ["mypy", "--python-executable", sys.executable, "--strict", "--cache-dir", cache, "-p", "tstat_flow"], text=True,
                capture_output=True, check=False,
                env={**os.environ, "MYPYPATH": f"{PACKAGE.parent}:{SOURCE / 'apps/tstat-log'}:{SOURCE / 'bindings/python'}"})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
