# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log decode and join: text in, text out; as the scripts that they replace, and without what these miss."""

import gzip
import os
import pathlib
import subprocess
import tempfile
import unittest

from logs import GOLDEN, TRACES, TSTAT, TSTAT_LOG, WithLogs, rows_of, run

SCRIPTS = GOLDEN / "scripts"


def reference(test, path):
    """Skips a test where there is nothing of the reference; if something is, its files must be there."""
    if not path.is_dir():
        if os.environ.get("TSTAT_REQUIRE_GOLDEN") == "1" or GOLDEN.parent.is_dir():
            test.fail(f"{path} is not there")
        test.skipTest("there are no reference outputs (TSTAT_SHARED_DIR)")


class Decode(WithLogs):
    def test_examples(self):
        for hidden, plain in (("r3---sn-hpa7zn7s.googlevideo.com", "r3---mil04s03.googlevideo.com"), ("x---sn-4g5e6nsz---y", "x---fra15s34---y"),
                              ("r1.sn-25ge7nls.c.youtube.com", "r1.par10s23.c.youtube.com"),
                              ("o-o---preferred---sn-uxax3vh-5jfe.v1", "o-o---preferred---telekom-acw1.v1")):
            for line in (f"{hidden}\n", f"10.0.0.1 80 {hidden} 200\n"):
                self.assertEqual(self.ok("decode", stdin=line.encode()), line.replace(hidden, plain))
                self.assertEqual(self.ok("decode", "--as-original", stdin=line.encode()), line.replace(hidden, plain))

    def test_all_names_of_a_line(self):
        line = b"a---sn-hpa7zn7s.b---sn-4g5e6nsz.c x.sn-hpa7zn7s.y\n---sn-hpa7zn7s.x\n"
        self.assertEqual(self.ok("decode", stdin=line), "a---mil04s03.b---fra15s34.c x.mil04s03.y\n---mil04s03.x\n")
        self.assertEqual(self.ok("decode", "--as-original", stdin=line), "a---mil04s03.b---sn-4g5e6nsz.c x.sn-hpa7zn7s.y\n---\n")

    def test_quirks_of_the_script(self):
        """Once a line has a name behind a dot, one behind any character passes for it; and what begins a line does not count."""
        self.assertEqual(self.ok("decode", "--as-original", stdin=b"a/sn-25ge7nls.b.sn-25ge7nls.c\n"), "a.par10s23.b.sn-25ge7nls.c\n")
        self.assertEqual(self.ok("decode", stdin=b"a/sn-25ge7nls.b.sn-25ge7nls.c\n"), "a/sn-25ge7nls.b.par10s23.c\n")
        self.assertEqual(self.ok("decode", "--as-original", stdin=b".sn-25ge7nls.c.sn-hpa7zn7s.d\n"), ".sn-25ge7nls.c.mil04s03.d\n")

    def test_what_is_no_name_stays(self):
        text = "r3---sn-hpa7zn7s\na---sn-HPA7ZN7S.b\na.sn-25ge7nl.c\na---sn-25ge7nl.c\na---sn-abc-5jfez.z\nsn-hpa7zn7s.b\n\n"
        for option in ([], ["--as-original"]):
            self.assertEqual(self.ok("decode", *option, stdin=text.encode()), text)

    def test_files(self):
        packed = self.folder / "names.gz"
        packed.write_bytes(gzip.compress(b"x---sn-4g5e6nsz---y\n"))
        self.assertEqual(self.ok("decode", packed, "-", stdin=b"a.sn-25ge7nls.b\n"), "x---fra15s34---y\na.par10s23.b\n")
        packed.write_bytes(gzip.compress(os.urandom(9000).hex().encode() + b"\n")[:6000])
        self.assertIn(f"{packed}: ", self.fails(1, "decode", packed))

    def test_a_terminal_obeys_nothing(self):
        leader, follower = os.openpty()
        with subprocess.Popen([TSTAT_LOG, "decode"], stdin=subprocess.PIPE, stdout=follower) as process:
            process.communicate(b"a\x1b]0;title\x07b\xc2\x9bm\tc\n", timeout=60)
        os.close(follower)
        shown = os.read(leader, 1000)
        os.close(leader)
        self.assertEqual(shown, b"a\\x1B]0;title\\x07b\\xC2\\x9Bm\tc\r\n")

    def test_as_the_script(self):
        reference(self, SCRIPTS / "decode")
        self.assertEqual(self.ok("decode", "--as-original", SCRIPTS / "decode/input"), (SCRIPTS / "decode/output").read_text(encoding="utf-8"))


def message(connection, time, *cells):
    """A row of log_http_complete."""
    return "\t".join([*connection, time, *cells])


ONE = ("10.0.0.1", "2000", "10.0.0.9", "80")
TWO = ("10.0.0.2", "2000", "10.0.0.9", "80")


def request(connection, time, path):
    return message(connection, time, "GET", "a.test", "-", path, "-", "agent", "-", "-")


def response(connection, time, code):
    return message(connection, time, "HTTP", code, "5", "text/plain", "server", "-", "-", "-")


class Requests(WithLogs):
    def join(self, rows, *options):
        """Pairs of path and code, and the waits."""
        out = self.ok_or_told("join", "--log", "http", *options, stdin="\n".join([*rows, ""]).encode())
        lines = [line.split("\t") for line in out.splitlines()[1:]]
        self.assertTrue(all(len(line) == 22 for line in lines), lines)
        return [(line[8], line[14], line[21]) for line in lines]

    def ok_or_told(self, *arguments, **options):
        status, out, said = run(*arguments, **options)
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"^(tstat-log: warning: \d+ messages have no other: .*\n)?$")
        return out

    def test_requests_in_a_row_are_answered_in_order(self):
        rows = [request(ONE, "1500000000.000000", "/a"), request(ONE, "1500000000.001000", "/b"), request(TWO, "1500000000.002000", "/c"),
                response(ONE, "1500000000.010000", "200"), response(TWO, "1500000000.011500", "404"), response(ONE, "1500000001.001000", "304")]
        self.assertEqual(self.join(rows), [("/a", "200", "10.000"), ("/c", "404", "9.500"), ("/b", "304", "1000.000")])
        # The script knows of the last one alone.
        original = self.ok("join", "--log", "http", "--as-original", stdin="\n".join([*rows, ""]).encode()).splitlines()
        self.assertEqual(original, [f"{rows[1]}\t{rows[3]}", f"{rows[2]}\t{rows[4]}"])

    def test_the_first_word_is_not_the_answer(self):
        rows = [request(ONE, "1500000000.000000", "/a"), response(ONE, "1500000000.100000", "100"), response(ONE, "1500000000.200000", "200")]
        self.assertEqual(self.join(rows), [("/a", "200", "200.000")])

    def test_a_connection_of_the_same_ports_later(self):
        rows = [request(ONE, "1500000000.000000", "/a"), request(ONE, "1500009000.000000", "/b"), response(ONE, "1500009000.100000", "200")]
        self.assertEqual(self.join(rows), [("/b", "200", "100.000")])
        self.assertEqual(self.join(rows, "--patience", "10000"), [("/a", "200", "9000100.000")])

    def test_the_rest_goes_to_the_next_run(self):
        rows = [response(TWO, "1500000000.000000", "200"), request(ONE, "1500000000.500000", "/a"), request(TWO, "1500000000.250000", "/b")]
        rest = self.ok("join", "--log", "http", "-x", stdin="\n".join([*rows, ""]).encode())
        self.assertEqual(rest.splitlines()[2:], [rows[0], rows[2], rows[1]])
        later = [response(ONE, "1500000001.000000", "200"), response(TWO, "1500000002.000000", "404")]
        self.assertEqual(self.join([rest.rstrip("\n"), *later]), [("/a", "200", "500.000"), ("/b", "404", "1750.000")])

    def test_odd_rows_are_left_out(self):
        rows = [request(ONE, "1500000000.000000", "/a"), "x", "\t\t\t\t", message(ONE, "nan", "HTTP", "200"), message(ONE, "1e9", "GET"),
                message(ONE, "1500000000.000000", "RES2"), response(ONE, "1500000000.100000", "200")]
        self.assertEqual(self.join(rows), [("/a", "200", "100.000")])

    def test_of_a_trace(self):
        """Every response of the bundled trace, by a search of one's own."""
        rows = [line.split("\t") for line in self.http.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        expected = []
        for i, row in enumerate(rows):
            if row[5] != "HTTP":
                continue
            before = [other[5] == "HTTP" for other in rows[:i] if other[:4] == row[:4]].count(True)
            asked = [other for other in rows[:i] if other[:4] == row[:4] and other[5] != "HTTP"]
            if before < len(asked):
                expected.append((asked[before][8], row[6], row[9]))
        self.assertGreater(len(expected), 3)
        out = self.ok_or_told("join", self.out).splitlines()
        self.assertEqual(out[0].split("\t")[:2] + out[0].split("\t")[12:16] + out[0].split("\t")[-1:],
                         ["#c_ip:1", "c_port:2", "dnt:13", "response_time_abs:14", "response:15", "content_len:16", "wait_ms:22"])
        self.assertEqual([(cells[8], cells[14], cells[17]) for cells in (line.split("\t") for line in out[1:])], expected)

    def test_wrong_command_lines(self):
        self.assertIn("is log_tcp_complete; requests and responses are in log_http_complete", self.fails(2, "join", self.tcp))
        self.assertIn("no time", self.fails(2, "join", "--patience", "-1", self.http))
        self.assertIn("--unmatched and --as-original are of HTTP", self.fails(2, "join", "-x", "--dns", self.tcp, self.tcp))

    def test_as_the_script(self):
        reference(self, SCRIPTS / "merge")
        traces = sorted(path.stem for path in (SCRIPTS / "merge").glob("*.joined"))
        self.assertGreater(len(traces), 3)
        for trace in traces:
            logs = sorted((GOLDEN / "3.1.1/full" / trace).glob("*/log_http_complete"))
            self.assertEqual(self.ok("join", "--as-original", *logs).encode(), (SCRIPTS / f"merge/{trace}.joined").read_bytes(), trace)
            rest = self.ok("join", "--as-original", "-x", *logs).encode()
            self.assertEqual(b"".join(sorted(rest.splitlines(True))), (SCRIPTS / f"merge/{trace}.unmatched-sorted").read_bytes(), trace)


DNS = ("#c_ip:1 c_port:2 c_isint:3 c_iscrypto:4 s_ip:5 s_port:6 s_isint:7 s_iscrypto:8 time:9 entry:10 trans_id:11 query:12 ttl:13 class:14 "
       "type:15 answer:16 flags:17 qdcount:18 ancount:19 nscount:20 arcount:21 pkt_size:22")


def record(client, time, query, kind, answer, number="0x0001"):
    return f"{client} 5000 1 0 10.0.0.53 53 1 0 {time} RESP {number} {query} 300 IN {kind} {answer} 0x0c 1 2 0 0 70"


class Names(WithLogs):
    def join(self, records, flows, *options):
        with tempfile.TemporaryDirectory() as folder:
            dns, log = pathlib.Path(folder, "log_dns_complete"), pathlib.Path(folder, "log_tcp_complete")
            dns.write_text("\n".join([DNS, *records, ""]), encoding="utf-8")
            log.write_text("\n".join(["#c_ip:1 s_ip:2 first:3", *flows, ""]), encoding="utf-8")
            out = self.ok("join", "--dns", dns, log, *options).splitlines()
        self.assertEqual(out[0], "#c_ip:1 s_ip:2 first:3 dns_name:4 dns_time:5 dns_ttl:6 dns_age:7")
        self.assertEqual([line.split(" ")[:3] for line in out[1:]], [flow.split(" ") for flow in flows])
        return [line.split(" ")[3:] for line in out[1:]]

    def test_the_last_answer_before_the_flow(self):
        records = [record("10.0.0.1", "1000.5", "old.test.", "A", "192.0.2.1"), record("10.0.0.1", "2000", "new.test.", "A", "192.0.2.1"),
                   record("10.0.0.2", "1500", "of.another.test.", "A", "192.0.2.1"), record("10.0.0.1", "3000", "late.test.", "A", "192.0.2.1")]
        flows = ["10.0.0.1 192.0.2.1 1001.0", "10.0.0.1 192.0.2.1 2500", "10.0.0.2 192.0.2.1 2500", "10.0.0.1 192.0.2.9 2500", "10.0.0.1 192.0.2.1 900"]
        none = ["-"] * 4
        self.assertEqual(self.join(records, flows), [["old.test", "1000.5", "300", "0.500"], ["new.test", "2000", "300", "500.000"],
                                                     ["of.another.test", "1500", "300", "1000.000"], none, none])
        self.assertEqual(self.join(records, flows[1:2], "--patience", "0.4"), [none])

    def test_aliases_lead_back_to_the_question(self):
        records = [record("10.0.0.1", "1000", "www.test.", "CNAME", "www.cdn.test."), record("10.0.0.1", "1000", "www.cdn.test.", "CNAME", "Edge.cdn.test."),
                   record("10.0.0.1", "1000", "edge.CDN.test.", "AAAA", "2001:db8:0:0::1"),
                   record("10.0.0.1", "2000", "edge.cdn.test.", "A", "192.0.2.7", "0x0002"),
                   record("10.0.0.1", "3000", "a.test.", "CNAME", "b.test.", "0x0003"), record("10.0.0.1", "3000", "b.test.", "CNAME", "a.test.", "0x0003"),
                   record("10.0.0.1", "3000", "a.test.", "A", "192.0.2.8", "0x0003")]
        flows = ["10.0.0.1 2001:db8::1 1500", "10.0.0.1 192.0.2.7 2500", "10.0.0.1 192.0.2.8 3500"]
        found = [cells[0] for cells in self.join(records, flows)]
        self.assertEqual(found[:2], ["www.test", "edge.cdn.test"])
        self.assertIn(found[2], ("a.test", "b.test"))  # a circle ends

    def test_of_a_trace(self):
        """The analysis found the same names while it ran."""
        with tempfile.TemporaryDirectory() as folder:
            runtime = pathlib.Path(folder, "runtime.conf")
            runtime.write_text("[log]\nlog_dns_complete = 1\n", encoding="utf-8")
            subprocess.run([TSTAT, "--compat", "3.3", "-N", str(TRACES / "networks.conf"), "-T", str(runtime), "-s", folder + "/out",
                            str(TRACES / "mixed.pcap")], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            session = next(pathlib.Path(folder, "out").glob("*.out"))
            flows = rows_of(session / "log_tcp_complete")
            out = self.ok("join", "--dns", folder + "/out", folder + "/out").splitlines()
        names = [line.split(" ")[-4] for line in out[1:]]
        self.assertEqual(len(names), len(flows))
        self.assertGreater(len([name for name in names if name != "-"]), 5)
        for flow, name in zip(flows, names):
            self.assertEqual(name, flow["fqdn"])

    def test_what_is_no_flow(self):
        self.assertIn("is log_http_complete, which has no flows", self.fails(2, "join", "--dns", self.tcp, self.http))
        self.assertIn("not log_dns_complete", self.fails(2, "join", "--dns", self.udp, self.tcp))


if __name__ == "__main__":
    unittest.main()
