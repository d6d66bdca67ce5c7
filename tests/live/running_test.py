#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a live capture does while it runs: rows at once, intervals, reloads.

usage: running_test.py TSTAT [unittest arguments]
"""
import os, re, shutil, signal

import live_case
from network import replay


class WhileItRuns(live_case.LiveTest):
    def test_rows_show_up_without_further_traffic(self):
        for options in ((), ("-Z",)):
            with self.live("-s", "out", *options) as live:
                replay("web.pcap", "--topspeed")
                if options:
                    log = lambda: next(iter(live.directories()[0].glob("log_tcp_complete.gz")), None)
                    live.wait_for(lambda: live.directories() and log() is not None and log().stat().st_size > 600, "rows")
                else:
                    live.wait_for(lambda: len(live.rows("log_tcp_complete")) >= 8, "rows")
                live.wait_for(lambda: "created new outdir" in live.out, "messages")
                self.assertEqual(live.stop(), 1)
            shutil.rmtree(self.work / "out")

    def test_intervals_rotation_and_drops(self):
        self.write("g", "[globals]\nMax_Time_Step = 0.5\nDirs = 2\n")
        self.write("histo.conf", "include ALL\n")
        with self.live("-G", "g", "-H", "histo.conf", "-s", "out") as live:
            told = lambda: re.findall(r"^\[\w.*\] (\d+) packets received by filter, 0 dropped by kernel$", live.out, re.M)
            sent = live.replay_until(lambda: len(live.directories()) >= 3 and len(told()) >= 4, "intervals", "web.pcap", 0.1)
            self.assertEqual(live.stop(), 1)
        for directory in live.directories()[:-1]:
            self.assertEqual(sorted(p.name for p in directory.iterdir() if p.is_dir()), ["000", "001"])
        self.assertTrue((live.directories()[-1] / "LAST").is_dir())
        self.assertLessEqual(sum(map(int, told())), sent)
        self.assertEqual(live.received(), sent)
        # The same counts, by another way: nothing is unaccounted for.
        total = int(re.search(r"^total packet analized : (\d+)$", live.err, re.M)[1])
        others = int(re.search(r"^ +(\d+)  packets: not IP$", live.err, re.M)[1])
        self.assertEqual(total + others, sent)

    def test_what_the_kernel_drops_is_told(self):
        self.write("g", "[globals]\nMax_Time_Step = 1\n")
        with self.live("-G", "g", "-s", "out") as live:
            live.process.send_signal(signal.SIGSTOP)
            sent = replay("mixed.pcap", "--topspeed", "--loop", "200")  # more than its buffer holds
            live.process.send_signal(signal.SIGCONT)
            pattern = r"^\[\w.*\] \d+ packets received by filter, [1-9]\d* dropped by kernel$"
            live.wait_for(lambda: re.search(pattern, live.err, re.M), "the report")
            self.assertEqual(live.stop(), 1)
        analysed = live.number(r"^total packet analized : (\d+)$") + live.number(r"^ +(\d+)  packets: not IP$")
        self.assertGreater(live.dropped(), 0)
        self.assertEqual((live.received(), analysed + live.dropped()), (sent, sent))

    def test_runtime_conf_is_read_again(self):
        self.write("g", "[globals]\nRuntime_Config_Idle = 0.3\nRuntime_Mtime_Counter = 1\n")
        self.write("runtime.conf", "[log]\nlog_http_complete = 0\n")
        with self.live("-G", "g", "-T", "runtime.conf", "-s", "out") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: len(live.directories()) == 1, "output")
            self.write("runtime.conf", "[log]\nlog_http_complete = 1\nlog_udp_complete = 0\n")
            live.wait_for(lambda: len(live.directories()) == 2, "the reload")
            self.write("runtime.conf", "[log]\nlog_http_complete = 7x\n")
            live.wait_for(lambda: "the configuration is kept" in live.err, "the error")
            os.remove(self.work / "runtime.conf")
            live.wait_for(lambda: "err: 'runtime.conf' - No such file" in live.err, "the missing file")
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertRegex(live.out, r"\] Enabling log_http_complete\n")
        self.assertIn("runtime.conf:2: ", live.err)
        self.assertIn("7x", live.err)
        self.assertEqual(live.err.count("No such file"), 1)
        self.assertEqual(len(live.directories()), 2)
        self.assertTrue((live.directories()[1] / "log_http_complete").exists())
        self.assertFalse((live.directories()[1] / "log_udp_complete").exists())
        self.assertGreater(len(live.rows("log_http_complete")), 5)


if __name__ == "__main__":
    live_case.main()
