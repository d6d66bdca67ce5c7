# SPDX-License-Identifier: BSD-3-Clause
"""The truth of recorded scenarios agrees with what their kernels told, and its parts are right by hand."""
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "recorded"
LABORATORY = HERE.parent.parent / "benchmarks" / "accuracy"
sys.path.insert(0, str(LABORATORY))

from laboratory import frames, network, packets, reasons, report, scoring, socket_statistics, summary, table, tcp_info, truth, views  # noqa: E402
from laboratory.ranges import Ranges  # noqa: E402


#: Of `ss -tieHnO`, with -E but for the last one.
SS_LINES = """\
UNCONN 1      276688 10.9.0.1:60752 10.9.0.2:5201 ino:0 sk:10ea ts sack wscale:10,10 rto:252 rtt:50.247/0.059 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:24 ssthresh:24 bytes_sent:401013 bytes_retrans:7240 bytes_acked:359022 bytes_received:1 segs_out:280 segs_in:187 data_segs_out:278 send 5532987bps lastsnd:316 lastrcv:836 lastack:316 pacing_rate 6639496bps delivery_rate 7383632bps delivered:250 busy:836ms rwnd_limited:64ms(7.7%) retrans:0/5 reord_seen:1 rcv_space:14480 rcv_ssthresh:64088 notsent:241936 minrtt:49.008 snd_wnd:468992
UNCONN 0      0      [fd09::2]:8080 [fd09::1]:52818 ino:0 sk:a3 ts sack bbr wscale:10,10 rto:252 rtt:50.883/0.487 ato:40 mss:1428 cwnd:204 bytes_sent:606688 bytes_acked:600977 bytes_received:329 segs_out:430 bbr:(bw:0bps,mrtt:0.007) send 45801073bps pacing_rate 15250480bps delivered:426 dsack_dups:2 minrtt:50
UNCONN 0      0      [fd09::2]:8080         *:*     ino:0 sk:a6 rto:1000 mss:536 cwnd:10 lastsnd:6785364 lastrcv:6785364 lastack:6785364 app_limited
FIN-WAIT-1 0  1449   10.9.0.1:60744 10.9.0.2:5201 timer:(on,200ms,1) ino:0 sk:95 <-> ts sack rto:252 mss:1448 cwnd:17 unacked:3 retrans:1/4 lost:2
"""


class Parts(unittest.TestCase):
    def test_ranges_are_a_set_of_numbers(self):
        ranges, numbers = Ranges(), set()
        for begin, end in [(10, 20), (30, 40), (20, 25), (5, 8), (35, 50), (8, 10), (0, 60), (70, 70), (80, 90)]:
            self.assertEqual(ranges.overlap(begin, end), len(numbers & set(range(begin, end))))
            ranges.add(begin, end)
            numbers |= set(range(begin, end))
            self.assertEqual(ranges.total(), len(numbers))

    def test_tcp_info_by_offsets(self):
        raw = bytearray(256)
        struct.pack_into("=I", raw, 68, 1234)
        struct.pack_into("=Q", raw, 208, 2**40)
        told = tcp_info.parse(bytes(raw))
        self.assertEqual((told["rtt"], told["bytes_retrans"]), (1234, 2**40))
        # An older kernel has fewer.
        self.assertNotIn("bytes_retrans", tcp_info.parse(bytes(raw[:208])))

    def test_sockets_by_the_lines_of_ss(self):
        told = list(socket_statistics.lines(SS_LINES + "UNCONN 0 0 10.9.0.1:1 10.9.0.2:5201 ino:0 bytes_sent:"))
        self.assertEqual([(t.port, t.peer) for t in told], [(60752, 5201), (8080, 52818), (60744, 5201)])  # not the listener
        ended, answers, sample = (t.numbers for t in told)
        expected = {"state": 7, "total_retrans": 5, "retrans": 0, "bytes_retrans": 7240, "bytes_sent": 401013, "notsent_bytes": 241936, "rtt": 50247,
                    "rttvar": 59, "min_rtt": 49008, "delivery_rate": 922954, "dsack_dups": 0, "reord_seen": 1, "lost": 0, "unacked": 0}
        self.assertEqual(ended, ended | expected)
        self.assertEqual((answers["bytes_retrans"], answers["dsack_dups"]), (0, 2))  # what is 0 is not in the line
        self.assertEqual((sample["state"], sample["unacked"], sample["retrans"], sample["lost"]), (4, 3, 1, 2))
        self.assertNotIn("min_rtt", sample)

    def test_numbers_of_sockets_that_have_not_ended_are_compared_when_they_are_final(self):
        last, earlier = {"state": 7, "unacked": 4, "notsent_bytes": 9}, {"state": 1, "unacked": 4, "notsent_bytes": 0}
        ended = {"client": {(60752, 5201): last}}
        samples = {"client": {(60752, 5201): [earlier]}, "server": {(5201, 60752): [earlier]}}
        entries = socket_statistics.kernel_entries(ended, samples)
        self.assertEqual([(e["connection"], e["end"], e["port"], e["before_end"], e["last"]) for e in entries],
                         [(0, "client", 60752, False, last), (0, "server", 5201, True, earlier)])
        for state, unacked, before_end, final in [(7, 4, False, True), (1, 0, True, False), (5, 0, True, True), (4, 1, True, False), (8, 0, True, False)]:
            entry = {"before_end": before_end, "last": {"state": state, "unacked": unacked, "notsent_bytes": 0}}
            self.assertEqual(scoring._is_final(entry), final, entry)

    def test_the_table_has_names_of_its_own(self):
        names = [scenario.name for scenario in table.scenarios()]
        self.assertGreaterEqual(len(names), 200)
        self.assertEqual(len(set(names)), len(names))

    def test_causes_go_to_segments_of_their_time(self):
        def sent(number, time):
            return packets.Sent(number, 0, "to_client", time, None, "", "", {}, {}, None)

        ms = 1_000_000
        segments = [sent(1, 100 * ms), sent(2, 200 * ms), sent(3, 201 * ms), sent(4, 300 * ms)]
        # A probe with new data at 50 ms; the kernel counts a little before or behind.
        packets.give_causes(segments, [(50 * ms, "tlp"), (101 * ms, "fast"), (199 * ms, "rto"), (200 * ms, None)])
        self.assertEqual([s.cause for s in segments], ["fast", "rto", None, None])

    def test_time_outs_that_look_like_probes_of_the_tail(self):
        ms = 1_000_000

        def sent(number, entered, begin, end, cause=None, ack=None):
            header = frames.Frame(number, 0, frames.TCP, "", 1, 2, 40, 0, flags=frames.ACK)
            return packets.Sent(number, 0, "", entered * ms, entered * ms + 25 * ms, "", "", {}, {}, header, begin, end, ack=ack or 0, cause=cause)

        def undecided(again, begin=100, answered=150, before=()):
            way = packets.Way([sent(1, 0, 0, 100), sent(2, 1, 100, 200), *before, sent(9, again, begin, 200, "rto")])
            answers = packets.Way([sent(3, answered - 25, 1, 1, ack=100)])
            packets.mark_undecided(way, answers)
            return way.sent[-1].undecided

        self.assertTrue(undecided(450))
        self.assertFalse(undecided(600))  # later than two round trips, a delayed acknowledgment, and timers
        self.assertFalse(undecided(450, begin=0))  # not alone: the first segment was not acknowledged
        self.assertFalse(undecided(420, before=[sent(8, 300, 100, 200, "rto")]))  # the second time
        self.assertFalse(undecided(450, before=[sent(8, 200, 200, 300)]))  # not the last one

    def test_rows_where_another_tool_is_as_near_have_a_reason(self):
        def row(tool, samples, window):
            return {"tool": tool, "events": {"rtt_samples": samples}, "numbers": {"window_max": (100, window)}}

        by_tool = {"none": [row("none", (97, 0, 3), 100)], "3.1.1": [], "tshark": [row("tshark", (99, 5, 1), 100)],
                   "tcptrace": [row("tcptrace", (90, 5, 10), 99)]}
        found = [entry[:3] for entry in report.nearer(by_tool)]
        self.assertEqual(found, [("samples of round trips", "recall", "tshark"), ("largest window", "", "tshark")])
        self.assertIn(found[0][:2], reasons.REASONS)

    def test_the_page_gives_all_reasons(self):
        page = (HERE.parent.parent / "docs" / "accuracy.md").read_text(encoding="utf-8")
        self.assertNotIn("not known yet", page)
        self.assertNotIn("{{", page)

    def test_precision_and_recall(self):
        score = summary.Score(right=8, wrong=2, missed=8)
        self.assertEqual((score.precision, score.recall), (0.8, 0.5))
        self.assertTrue(summary.is_right("rtt_min", 1e6, 1.049e6))
        self.assertTrue(summary.is_right("rtt_min", 100e6, 100.9e6))
        self.assertFalse(summary.is_right("rtt_min", 100e6, 101.1e6))
        self.assertFalse(summary.is_right("bytes_unique", 100, 101))

    def test_segments_that_a_card_hands_on_as_one(self):
        def frame(time, sequence, payload, flags=0x10, acknowledgment=7):
            tcp = struct.pack(">HHIIBBHHH", 8000, 1000, sequence, acknowledgment, 0x50, flags, 500, 0, 0) + bytes(payload)
            data = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, bytes(4), bytes(4)) + tcp
            return frames.Record(time, len(data), data)

        us = 1000
        given = [frame(0, 100, 10), frame(10 * us, 110, 10, 0x18), frame(20 * us, 120, 10, acknowledgment=8),
                 frame(30 * us, 140, 10, acknowledgment=8), frame(300 * us, 150, 10, acknowledgment=8), frame(310 * us, 160, 10, 0x11, 8)]
        made, numbers = views.merged(given)
        # Another acknowledgment, a hole, too much time between, and a FIN begin another one.
        self.assertEqual(numbers, ((1, 2), (3,), (4,), (5,), (6,)))
        self.assertEqual(made[0].data[2:4], struct.pack(">H", 60))
        self.assertEqual((made[0].size, len(made[0].data)), (60, 60))


class Command(unittest.TestCase):
    def said(self, *words):
        done = subprocess.run(["sh", str(LABORATORY / "run"), *words], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2, done.stdout)
        return done.stderr

    def test_it_says_what_is_wrong(self):
        self.assertIn("usage: run", self.said("--bogus"))
        self.assertIn("--link needs a value", self.said("--link"))
        # The tree's page is of all scenarios.
        self.assertIn("--docs FOLDER", self.said("--only", "tails-*"))

    def test_leftovers_are_those_of_processes_that_are_gone(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in (f"acc{os.getpid()}-1c", "acc99999999-1c", "acc99999999-1s", "account", "acc99999999-1x"):
                Path(folder, name).touch()
            self.assertEqual(network.leftovers(Path(folder)), ["acc99999999-1c", "acc99999999-1s"])


class Recorded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all = {path.parent.name: packets.read(path.parent)[1] for path in sorted(RECORDED.glob("*/scenario.json"))}

    def test_as_many_were_sent_again_as_the_kernels_tell(self):
        compared = 0
        for name, flows in self.all.items():
            kernel = json.loads((RECORDED / name / "kernel.json").read_text())
            for end in kernel:
                port = next(e["port"] for e in kernel if e["connection"] == end["connection"] and e["end"] == "client")
                flow = next(f for f in flows if f.client_port == port)
                own = [s for s in flow.ways["to_server" if end["end"] == "client" else "to_client"].sent if s.resent]
                self.assertEqual(sum(s.payload for s in own), end["last"]["bytes_retrans"], name)
                # A SYN/ACK that answers a repeated SYN is not always one that its kernel counts.
                syns = sum(bool(s.header.flags & frames.SYN) for s in own)
                if "offload" not in name:
                    self.assertIn(end["last"]["total_retrans"], (len(own), len(own) - syns), name)
                compared += len(own)
        self.assertGreater(compared, 120)

    def test_nearly_each_has_a_cause(self):
        causes = [s.cause for flows in self.all.values() for f in flows for way in f.ways.values() for s in way.sent if s.resent]
        self.assertLess(causes.count(None), len(causes) / 50)
        self.assertTrue({"fast", "rto", "tlp"} <= set(causes))

    def test_the_probe_sees_the_round_trip_of_its_place(self):
        # 8 ms from the client to the middle, 17 ms from there to the server.
        flow, name = self.all["random-loss-near-v6"][0], "random-loss-near-v6"
        for kind, far in (("client", 0), ("middle", 16e6), ("server", 50e6)):
            found = truth.tcp_truth(flow, "to_client", views.view(RECORDED / name, kind, 1))
            self.assertGreaterEqual(min(found.samples.values()), far)
            self.assertLess(min(found.samples.values()), far + 5e6)
            self.assertEqual(found.values["bytes_unique"], 400_000)

    def test_losses_are_before_or_behind(self):
        flow, name = self.all["placed-loss-tail-server"][0], "placed-loss-tail-server"
        lost = {kind: truth.tcp_truth(flow, "to_client", views.view(RECORDED / name, kind, 1)) for kind in views.PLACES}
        self.assertEqual(len(lost["server"].events["lost_behind"]), 1)
        self.assertEqual({kind: len(t.events["lost_before"] | t.hidden) for kind, t in lost.items()}, {"client": 1, "middle": 1, "server": 0})

    def test_a_capture_that_misses_frames(self):
        with tempfile.TemporaryDirectory() as folder:
            name = "random-loss-near-v6"
            lossy = views.view(RECORDED / name, "lossy", 1, Path(folder))
            whole = views.view(RECORDED / name, "middle", 1)
            share = 1 - len(lossy.numbers) / len(whole.numbers)
            self.assertTrue(0.001 < share < 0.06, share)
            one_way = views.view(RECORDED / name, "to_client", 1, Path(folder))
            found = truth.tcp_truth(self.all[name][0], "to_client", one_way)
            self.assertEqual((found.values["bytes_unique"], found.values["bytes_missed"], found.samples), (400_000, 0, {}))


if __name__ == "__main__":
    unittest.main()
