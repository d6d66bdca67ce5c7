# SPDX-License-Identifier: BSD-3-Clause
"""What is told of a flow: anomalies with the rules that made them, as many as the columns count; events, windows, sentences."""

import collections
import re
import unittest

import conversations
import tstat
from conversations import ACK, FIN, RST, SYN, Capture, Connection, udp
from telling import CAUSES, TRACES, WithFolder


class Truth(WithFolder):
    """Each connection of the capture has one anomaly, that is known."""

    REASONS = {
        "rto": r"sent again 312 ms after the same bytes, longer than the least time-out, 100 ms$",
        "rto_before": r"fills a hole 347 ms after the bytes before it, longer than the least time-out, 100 ms; the first copy was lost before",
        "fs": r"sent again 65.0 ms after the same bytes, within the least time-out, 100 ms, when 5 acknowledgments \(more than 3\)",
        "reor": r"fills a hole only 4.00 ms after the bytes behind it, less than the smallest round trip, 50.0 ms: it was overtaken",
        "dup": r"has the same IP identification as the packet that it repeats",
        "unk": r"no rule holds: sent again 60.0 ms after the same bytes, not longer than the least time-out, 100 ms, "
               r"after 1 acknowledgment for what is before it",
        "unrto": r"sent again 425 ms after the same bytes, longer than the least time-out, 100 ms; these bytes had been acknowledged",
        "unfs": r"within the least time-out, 100 ms, when \d+ acknowledgments .*; bytes behind the hole had been acknowledged",
        "fc": r"one byte, while the receiver's window is closed",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        capture, cls.ports = conversations.all_truths()
        cls.trace = cls.folder / "truth.pcap"
        cls.trace.write_bytes(capture.bytes())
        cls.rows = {row.c_port: row for row in tstat.read(cls.trace, profile="3.1.1").tcp}

    def test_rows_are_the_truth(self):
        self.assertEqual(len(self.rows), len(conversations.TRUTH))
        for name, (_, columns) in conversations.TRUTH.items():
            row = self.rows[self.ports[name]]
            expected = {f"{side}_pkts_{cause}": 0 for side in "cs" for cause in CAUSES} | columns
            self.assertEqual({column: getattr(row, column) for column in expected}, expected, name)

    def test_each_anomaly_is_told_with_its_rule(self):
        for name in conversations.TRUTH:
            told = self.told(self.trace, "port", self.ports[name])
            cause = name.split("_")[0]
            found = [one for one in told["anomalies"] if one["cause"] in CAUSES]
            self.assertEqual([(one["cause"], one["from"]) for one in found], [(cause, "server")], name)
            self.assertRegex(found[0]["reason"], self.REASONS[name])
            text = self.ok(self.trace, "port", self.ports[name])
            below = " ".join(line.strip() for line in text.splitlines())
            self.assertIn(f"! {found[0]['name']}: {found[0]['reason']}", below)
            self.assertRegex(below, r"1 is out of the ordinary \([\d.]+ %\): 1 " + found[0]["name"].split()[0])

    def test_a_closed_window(self):
        told = self.told(self.trace, "port", self.ports["fc"])
        zero = [one for one in told["anomalies"] if one["cause"] == "zero"]
        self.assertEqual(len(zero), 1)
        self.assertEqual(zero[0]["reason"], "the client takes no more bytes, for 1.20 s")
        self.assertIn("The client closed its window 1 time, for 1.20 s in all", told["summary"])
        for name in conversations.TRUTH:
            if name != "fc":
                self.assertNotIn("closed its window", self.told(self.trace, "port", self.ports[name])["summary"])


class Counts(WithFolder):
    """Captures of real programs: what is told adds up to the columns."""

    def test_anomalies_are_as_many_as_the_columns_count(self):
        number_of_anomalies = 0
        for name in ("bulk-lossy", "ssh", "web-ipv6"):
            trace = TRACES / f"{name}.pcap"
            analysis = tstat.read(trace, profile="3.1.1")
            for number, row in zip(analysis.tcp.flow_numbers, analysis.tcp):
                told = self.told(trace, "tcp", number)
                counts = collections.Counter((one["from"][0], one["cause"]) for one in told["anomalies"])
                for side in "cs":
                    for cause in CAUSES:
                        self.assertEqual(counts[side, cause], getattr(row, f"{side}_pkts_{cause}"), (name, number, side, cause))
                    own = [one for one in told["packets"] if one["from"][0] == side]
                    self.assertEqual(len(own), getattr(row, f"{side}_pkts_all"))
                    self.assertEqual(sum(one["retransmitted"] for one in own), getattr(row, f"{side}_pkts_retx"))
                    self.assertEqual(sum(one["bytes"] for one in own), getattr(row, f"{side}_bytes_all"))
                    self.assertEqual(max(one["window"] or 0 for one in own), getattr(row, f"{side}_win_max"))
                number_of_anomalies += sum(counts.values())
                self.assertEqual(told["flow"]["columns"]["s_port"], row.s_port)
        self.assertGreaterEqual(number_of_anomalies, 31)

    def test_the_time_line_of_all_packets(self):
        out = self.ok(TRACES / "ssh.pcap", "tcp", 1, "--all")
        row = next(iter(tstat.read(TRACES / "ssh.pcap", profile="3.1.1").tcp))
        self.assertEqual(len(re.findall(r"(?m)^ +\d+\.\d{6}  client ", out)), row.c_pkts_all)
        self.assertEqual(len(re.findall(r"(?m)^ +\d+\.\d{6}  +<.. server ", out)), row.s_pkts_all)
        folded = self.ok(TRACES / "ssh.pcap", "tcp", 1)
        self.assertLess(len(folded), len(out))
        self.assertIn("retransmission after a time-out", folded)

    def test_a_part_of_the_time(self):
        out = self.ok(TRACES / "ssh.pcap", "tcp", 1, "--all", "-t", "0.1-0.2")
        times = [float(time) for time in re.findall(r"(?m)^ +(\d+\.\d{6})  ", out)]
        self.assertGreater(len(times), 2)
        self.assertTrue(all(0.1 <= time <= 0.2 for time in times))


class Events(WithFolder):
    def test_http(self):
        out = self.ok(TRACES / "web.pcap", "host", "www.example.test", "and", "port", "80")
        for text in ("GET www.example.test/\n", "known as HTTP", "HTTP 200 text/html 1595 bytes", "GET www.example.test/photo.jpg"):
            self.assertIn("· " + text, out)
        self.assertIn("opened an HTTP connection to www.example.test (198.51.100.10:80)", out)

    def test_tls(self):
        out = self.ok(TRACES / "web.pcap", "tcp", 6)
        below = " ".join(line.strip() for line in out.splitlines())
        self.assertIn("· TLS client hello", below)
        self.assertIn("· TLS handshake answered, asked for www.example.test, certificate of www.example.test", below)
        self.assertIn("opened a TLS connection", below)

    def test_options_and_numbers_that_wrap(self):
        capture = Capture()
        connection = Connection(capture, 40000, isn=(1000, 0xFFFFFF00)).open().talk()
        connection.close()
        trace = self.folder / "wrap.pcap"
        trace.write_bytes(capture.bytes())
        told = self.told(trace)
        server = [one for one in told["packets"] if one["from"] == "server"]
        self.assertEqual([one["seq"] for one in server if one["bytes"]], [1, 1001, 2001])
        self.assertEqual([one["options"] for one in told["packets"][:3]], [["mss 1460"], ["mss 1460"], []])
        self.assertEqual(told["packets"][1]["round_trip"], 0.025)
        capture = Capture()
        Connection(capture, 40000).open().talk().close()
        trace.write_bytes(capture.bytes())
        told = self.told(trace)
        self.assertIn("No packet was lost, repeated or out of order. Both ends closed it.", told["summary"])
        self.assertIn("a round trip takes 25.0 ms to the server and 25.0 ms to the client: 50.0 ms", told["summary"])

    def test_selective_acknowledgments(self):
        told = self.told(TRACES / "bulk-lossy.pcap", "tcp", 1)
        for one in told["packets"]:
            for begin, end in one["sack"][1:]:
                self.assertLess(one["ack"], begin)
            for begin, end in one["sack"]:  # the first may be of what came twice (RFC 2883)
                self.assertTrue(0 < begin < end < 1_510_000, one)
        self.assertGreater(sum(bool(one["sack"]) for one in told["packets"]), 50)


class Ends(WithFolder):
    def summary(self, happen, open_first=True):
        capture = Capture()
        connection = Connection(capture, 40000)
        if open_first:
            connection.open().talk(1)
        happen(connection)
        trace = self.folder / "end.pcap"
        trace.write_bytes(capture.bytes())
        return self.told(trace)["summary"]

    def test_how_it_ends(self):
        self.assertIn("It was still open", self.summary(lambda c: c.wait(1)))
        self.assertIn("The server reset it.", self.summary(lambda c: c.send(False, flags=RST | ACK)))
        self.assertIn("The client closed its side;", self.summary(lambda c: c.send(True, flags=FIN | ACK)))

    def test_a_server_that_refuses_or_says_nothing(self):
        def refused(connection):
            connection.send(True, flags=SYN)
            connection.wait(10)
            connection.acknowledged[False] = connection.next[True]
            connection.send(False, flags=RST | ACK)

        def unanswered(connection):
            for ms in (1000, 2000, 4000):
                connection.send(True, flags=SYN, sequence=1000)
                connection.wait(ms)

        self.assertIn("tried to open a connection to 198.51.100.10:80", self.summary(refused, open_first=False))
        silent = self.summary(unanswered, open_first=False)
        self.assertIn(", 3 times.", silent)
        self.assertIn("The server did not answer.", silent)
        self.assertIn("For 2.00 s, from 1.00 s on, nothing was sent, until the client did.", silent)


class Datagrams(WithFolder):
    def test_rtp(self):
        told = self.told(TRACES / "voice.pcap", "udp", 1)
        media = next(iter(tstat.read(TRACES / "voice.pcap", profile="3.1.1").media))
        self.assertIn(f"In the client's RTP {media.c_lost} packets are lost", told["summary"])
        self.assertIn("exchanged RTP over UDP", told["summary"])
        rows = list(tstat.read(TRACES / "voice.pcap", profile="3.3").media)
        newer = self.told(TRACES / "voice.pcap", "udp", 1, "--compat", "3.3")
        for row in rows[:2]:
            side = "client" if row.direction == "C" else "server"
            self.assertIn(f"In the {side}'s RTP {row.losses} packets are lost, {row.oos} are out of sequence", newer["summary"])
        self.assertEqual([one["rtp"] for one in newer["packets"]], [one["rtp"] for one in told["packets"]])
        row = told["flow"]["columns"]
        self.assertEqual(len(told["packets"]), row["c_pkts_all"] + row["s_pkts_all"])
        self.assertEqual(sum(one["bytes"] for one in told["packets"]), row["c_bytes_all"] + row["s_bytes_all"])
        out = self.ok(TRACES / "voice.pcap", "udp", 1)
        self.assertIn("· 1 packet missing before RTP 34392", out)
        self.assertRegex(out, r"  ⋮  \d+ packets of the client with ")

    def test_numbers_that_do_not_come(self):
        capture = Capture()
        numbers = [*range(65530, 65536), *range(0, 5), 7, 8, 6, 9, 9, 10, *range(15, 40)]
        for i, number in enumerate(numbers):
            udp(capture, 1 + i * 0.02, bytes([0x80, 0]) + number.to_bytes(2, "big") + (i * 160).to_bytes(4, "big") + b"abcd" + bytes(160),
                server_port=6000)
        trace = self.folder / "rtp.pcap"
        trace.write_bytes(capture.bytes())
        told = self.told(trace)
        events = [event for one in told["packets"] for event in one["events"] if "RTP" in event and "known" not in event and "begins" not in event]
        self.assertEqual(events, ["2 packets missing before RTP 7", "RTP 6 after 8: late", "RTP 9 after 9: once more",
                                  "4 packets missing before RTP 15"])

    def test_dns(self):
        out = self.ok(TRACES / "mixed.pcap", "udp", 1)
        self.assertIn("exchanged DNS over UDP", out)
        self.assertIn("DNS: www.example.test is known by this answer", out)

    def test_nothing_comes_back(self):
        capture = Capture()
        for i in range(3):
            udp(capture, 1 + i, b"anyone there?")
        trace = self.folder / "silent.pcap"
        trace.write_bytes(capture.bytes())
        self.assertIn("The client sent 39 bytes in 3 packets; nothing came back.", self.told(trace)["summary"])


if __name__ == "__main__":
    unittest.main()
