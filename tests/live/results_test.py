#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Live capture gives what the recorded file gives.

usage: results_test.py TSTAT [unittest arguments]
"""
import re, shutil

import live_case, network
from network import TRACES, replay, run

# Columns that depend on when packets arrive; everything else must be as on the trace that is replayed.
TIMED = re.compile(r"first|last|durat|_rtt_|_(rto|fs|reor|dup|unk|fc|unrto|unfs)$|dshakeT|appdataT|_tm$|dns_rslv")


class Results(live_case.LiveTest):
    def test_logs_histograms_and_databases_as_on_the_recorded_file(self):
        self.write("histo.conf", "include ALL\ninclude ADX\n")
        self.write("rrd.conf", "ip_len_in avg min max hit prc:50,95\nip_protocol_in idx:6,17,other\ntcp_rtt_avg_in avg stdev\n")
        self.write("runtime.conf", "[log]\nlog_http_complete = 1\n[options]\ntcplog_advanced = 1\nvideolog_advanced = 1\n")
        options = ("-N", TRACES / "networks.conf", "-H", "histo.conf", "-g", "-T", "runtime.conf", "-R", "rrd.conf", "-E", 65535)
        with self.live(*options, "-r", "rrd", "-s", "traces") as live:
            recorder = network.Recorder()
            sent = sum(replay(trace, "-x", "10") for trace in ("mixed.pcap", "voice.pcap"))
            live.wait_for(lambda: len(recorder.records) >= sent, "packets")
            recorder.write(self.work / "recorded.pcap")
            self.assertEqual(live.stop(), 1)
        self.assertEqual((live.received(), live.dropped()), (sent, 0))
        self.on_file(*options, "-r", "rrd2", "-s", "traces2", "recorded.pcap")
        self.assert_trees_equal(self.work / "traces", self.work / "traces2")
        databases = sorted(p.name for p in (self.work / "rrd").iterdir())
        self.assertEqual(len(databases), 11)
        self.assertEqual(databases, sorted(p.name for p in (self.work / "rrd2").iterdir()))
        if shutil.which("rrdtool"):
            for name in databases:
                info = [sorted(line for line in run("rrdtool", "info", self.work / base / name).splitlines()
                               if not line.startswith(("filename", "rra"))) for base in ("rrd", "rrd2")]
                self.assertEqual(*info)

    def test_rows_as_on_the_replayed_trace(self):
        with self.live("-N", TRACES / "networks.conf", "-E", 65535, "-s", "out") as live:
            replay("web.pcap", "-x", "2")
            self.assertEqual(live.stop(), 1)
        self.on_file("-N", TRACES / "networks.conf", "-s", "file", TRACES / "web.pcap")
        for log, least in (("log_tcp_complete", 8), ("log_udp_complete", 4)):
            header = next((self.work / "file").glob("2*.out/" + log)).read_text().splitlines()[0].lstrip("#0123456789").split()
            kept = [i for i, label in enumerate(header) if not TIMED.search(label.split(":")[0])]
            rows = [sorted([row.split()[i] for i in kept] for row in live.rows(log, base)) for base in ("out", "file")]
            self.assertGreaterEqual(len(rows[0]), least)
            self.assertEqual(rows[0], rows[1])

    def test_snapshot_length_filter_and_default_base(self):
        self.write("filter", "port 53\n")
        with self.live("-f", "filter", "--bpf", "udp", "-E", 100, "-c", "--capture-buffer", 8, "--no-promiscuous") as live:
            promiscuous = re.search(r"promiscuity (\d+)", run("ip", "-d", "link", "show", network.CAPTURED))
            self.assertEqual(promiscuous[1], "0")
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertIn("Live capturing on: live1 - snaplen = 100\n", live.out)
        self.assertEqual(len(live.rows("log_tcp_complete", "stdin")), 0)
        self.assertGreaterEqual(len(live.rows("log_udp_complete", "stdin")), 4)
        self.assertLess(live.received(), 50)


if __name__ == "__main__":
    live_case.main()
