# SPDX-License-Identifier: BSD-3-Clause
"""Analyzer.on_packet: packets with what the analysis made of them, and which flow a row is about."""

import collections
import unittest

import numpy as np

import tstat
from traces import ALL, MIXED, NETWORKS, TRACES

CAUSES = ("rto", "fs", "reor", "dup", "fc", "unrto", "unfs", "unk")


def packets_of(trace, flow=None, profile="3.1.1", **options):
    """All packets of a trace, and its analysis."""
    analyzer = tstat.Analyzer(profile=profile, networks=NETWORKS, **options)
    packets = []
    analyzer.on_packet(packets.append, flow)
    analyzer.read(trace)
    return packets, analyzer.finish()


class Packets(unittest.TestCase):
    def test_they_add_up_to_the_rows(self):
        anomalies = 0
        for trace in ALL:
            packets, analysis = packets_of(trace)
            self.assertEqual(len(packets), analysis.statistics["ip_packets"])
            sums = collections.defaultdict(collections.Counter)
            for packet in packets:
                side = "c" if packet.from_client else "s"
                one = sums[packet.protocol, packet.flow_number]
                one[side + "_pkts_all"] += 1
                if packet.tcp is None:
                    continue
                one[side + "_bytes_all"] += packet.tcp.payload_length
                one[side + "_pkts_retx"] += packet.tcp.is_retransmitted
                one[side + "_bytes_retx"] += packet.tcp.retransmitted_bytes
                one[side + "_pkts_ooo"] += packet.tcp.is_out_of_order
                one[("s" if side == "c" else "c") + "_rtt_cnt"] += packet.tcp.round_trip is not None
                for verdict in packet.tcp.verdicts:
                    one[f"{side}_pkts_{verdict.cause}"] += 1
            names = ["pkts_all", "bytes_all", "pkts_retx", "bytes_retx", "pkts_ooo", "rtt_cnt", *(f"pkts_{c}" for c in CAUSES)]
            for number, row in zip(analysis.tcp.flow_numbers, analysis.tcp):
                for name in [f"{side}_{name}" for side in "cs" for name in names]:
                    self.assertEqual(sums["tcp", number][name], getattr(row, name), (trace, number, name))
                anomalies += row.c_pkts_retx + row.s_pkts_retx + row.c_pkts_ooo + row.s_pkts_ooo
            for number, row in zip(analysis.udp.flow_numbers, analysis.udp):
                for name in ("c_pkts_all", "s_pkts_all"):
                    self.assertEqual(sums["udp", number][name], getattr(row, name), (trace, number, name))
        self.assertGreater(anomalies, 30)

    def test_one_flow(self):
        everything, analysis = packets_of(MIXED)
        number = int(analysis.tcp.flow_numbers[3])
        some, again = packets_of(MIXED, ("tcp", number))
        self.assertEqual(some, [p for p in everything if (p.protocol, p.flow_number) == ("tcp", number)])
        self.assertEqual(list(again.tcp), list(analysis.tcp))
        row = list(analysis.tcp)[3]
        self.assertEqual({(p.client, p.client_port, p.server, p.server_port) for p in some},
                         {(row.c_ip, row.c_port, row.s_ip, row.s_port)})
        self.assertEqual(len(some), row.c_pkts_all + row.s_pkts_all)
        self.assertEqual(some[0].time, row.first)
        self.assertEqual(some[0].tcp.flags & 2, 2)
        self.assertIsInstance(some[0].time, np.datetime64)
        self.assertEqual(some[0].data[-len(some[0].transport):], some[0].transport)
        self.assertEqual(int.from_bytes(some[0].transport[:2], "big"), row.c_port)

    def test_several_call_backs(self):
        analyzer = tstat.Analyzer(profile="3.1.1", networks=NETWORKS, tables=["udp"])
        first, second, rows = [], [], []
        analyzer.on_packet(first.append, ("tcp", 1))
        analyzer.on_packet(second.append, ("udp", 2))
        analyzer.on("udp", rows.append)
        analyzer.read(MIXED)
        analyzer.finish()
        self.assertEqual({p.flow_number for p in first}, {1})
        self.assertEqual({(p.protocol, p.flow_number) for p in second}, {("udp", 2)})
        self.assertGreater(len(rows), 2)

    def test_packets_without_a_flow(self):
        packets, _ = packets_of(MIXED)
        results = collections.Counter(p.result for p in packets if p.protocol is None)
        self.assertGreater(results["not analysed"], 0)
        for packet in packets:
            self.assertEqual(packet.protocol is None, packet.client is None)

    def test_rules_come_with_what_they_looked_at(self):
        packets, _ = packets_of(TRACES / "bulk-lossy.pcap")
        verdicts = [v for p in packets if p.tcp is not None for v in p.tcp.verdicts]
        rules = {v.rule for v in verdicts}
        self.assertLessEqual({"time-out", "acknowledgments", "within round trip", "none"}, rules)
        for verdict in verdicts:
            if verdict.rule == "time-out":
                self.assertGreater(verdict.recovery, verdict.time_out)
            if verdict.rule == "acknowledgments":
                self.assertGreater(verdict.predecessor_acks, 3)
                self.assertLess(verdict.recovery, verdict.time_out)
            if verdict.rule == "within round trip":
                self.assertLess(verdict.since_next, verdict.smallest_round_trip)
            self.assertEqual(verdict.since_next is None, verdict.repeats)

    def test_of_anonymised_flows_no_payload_is_told(self):
        plain, _ = packets_of(TRACES / "web.pcap")
        key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        hidden, analysis = packets_of(TRACES / "web.pcap", strict_anonymity=True, keyvalue=key)
        self.assertEqual([p.number for p in hidden], [p.number for p in plain])
        shown = {row.c_ip for row in analysis.tcp}
        for before, now in zip(plain, hidden):
            payload = before.transport[20:]
            if len(payload) > 100:
                self.assertNotIn(payload[-40:], now.data)
            if now.protocol == "tcp":
                self.assertIn(now.client, shown)
                self.assertNotEqual(now.client, before.client)

    def test_what_cannot_be(self):
        analyzer = tstat.Analyzer(profile="3.1.1")
        for flow in (("icmp", 1), ("tcp", 0)):
            with self.assertRaisesRegex(ValueError, r'is not \("tcp", n\)'):
                analyzer.on_packet(print, flow)
        analyzer.read(MIXED)
        with self.assertRaisesRegex(tstat.Error, "before the first one"):
            analyzer.on_packet(print)

    def test_what_a_call_back_raises_comes_out(self):
        analyzer = tstat.Analyzer(profile="3.1.1")

        def fail(packet):
            raise RuntimeError(f"packet {packet.number}")

        analyzer.on_packet(fail)
        with self.assertRaisesRegex(RuntimeError, "packet 1"):
            analyzer.read(MIXED)


class Origins(unittest.TestCase):
    def test_one_row(self):
        table = tstat.read(MIXED, profile="3.1.1", networks=NETWORKS).udp
        rows = list(table)
        self.assertEqual([table.row(i) for i in range(len(table))], rows)
        self.assertEqual(table.row(-1), rows[-1])
        for index in (len(table), -len(table) - 1):
            with self.assertRaisesRegex(IndexError, "udp has"):
                table.row(index)

    def test_rows_of_one_flow_have_its_number(self):
        analysis = tstat.read(TRACES / "web.pcap", profile="3.1.1", networks=NETWORKS)
        flows = {number: (row.c_ip, row.c_port) for number, row in zip(analysis.tcp.flow_numbers, analysis.tcp)}
        self.assertEqual(len(flows), len(analysis.tcp))
        for table in (analysis.http, analysis.tls):
            self.assertGreater(len(table), 2)
            for number, row in zip(table.flow_numbers, table):
                self.assertEqual(flows[number], (row.c_ip, row.c_port))

    def test_rows_say_which_packet_made_them(self):
        packets, analysis = packets_of(TRACES / "web.pcap", keys={"httplog_full_url": 2})
        by_number = {p.number: p for p in packets}
        for number, row in zip(analysis.http.packet_numbers, analysis.http):
            if row.method is not None:
                self.assertIn(row.path.encode(), by_number[number].data)
                self.assertEqual(by_number[number].time, row.time_abs)
        self.assertTrue((np.diff(analysis.tcp.packet_numbers.astype(int)) >= 0).all())

    def test_rows_of_logs_have_none(self):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            analysis = tstat.read(MIXED, profile="3.1.1", networks=NETWORKS, output_dir=folder)
            log = tstat.read_log(analysis.directory + "/log_tcp_complete")
            self.assertEqual(len(log), len(analysis.tcp))
            self.assertIsNone(log.flow_numbers)
            self.assertIsNone(log.packet_numbers)


if __name__ == "__main__":
    unittest.main()
