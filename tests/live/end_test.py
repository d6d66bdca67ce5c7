#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How a live capture ends.

usage: end_test.py TSTAT [unittest arguments]
"""
import os, shutil, signal

import live_case, network
from network import TRACES, replay, run


class End(live_case.LiveTest):
    def test_signals_that_end_the_run(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.live("-s", "out") as live:
                sent = replay("web.pcap", "--topspeed")
                # What the kernel holds at that moment is analysed, too.
                self.assertEqual(live.stop(number), 1)
            self.assertIn(f"Terminating processing early on signal {int(number)}\n", live.out)
            self.assertIn("Dumping internal status variables:", live.err)
            self.assertIn(f"\nLive pcap_stats:\n", live.err)
            self.assertEqual((live.received(), live.dropped()), (sent, 0))
            self.assertNotIn("not read before the end", live.err)
            self.assertEqual(len(live.rows("log_tcp_complete")), 8)
            shutil.rmtree(self.work / "out")

    def test_second_signal_ends_at_once(self):
        # Nobody reads its messages, so that it cannot end in good order after the first one.
        messages = self.work / "messages"
        os.mkfifo(messages)
        reader = os.open(messages, os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        live = self.live("-s", "out", "-z", messages)
        self.addCleanup(live.__exit__)
        told = b""

        def started():
            nonlocal told
            try:
                told += os.read(reader, 65536)
            except BlockingIOError:
                pass
            return b"Live capturing on" in told

        live.wait_for(started, "the start")
        for size in (4096, 1):  # what is written at once must fit as a whole
            try:
                while True:
                    os.write(reader, b"x" * size)
            except BlockingIOError:
                pass
        replay("web.pcap", "--topspeed")
        live.process.send_signal(signal.SIGINT)
        live.wait_for(lambda: not live.catches(signal.SIGINT), "the first signal's effect")
        self.assertEqual(live.stop(signal.SIGINT), -signal.SIGINT)

    def test_signal_before_the_first_packet(self):
        with self.live("-s", "out") as live:
            self.assertEqual(live.stop(signal.SIGINT), 1)
        self.assertIn("Partial result after processing 0 packets:", live.out)
        self.assertEqual(live.directories(), [])

    def test_report_on_request(self):
        with self.live("-s", "out") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            live.process.send_signal(signal.SIGUSR1)
            live.wait_for(lambda: "Dumping internal status variables:" in live.err, "the report")
            self.assertIn("Got a signal USR1", live.out)
            self.assertEqual(live.stop(), 1)
        self.assertEqual(live.err.count("Dumping internal status variables:"), 2)

    def test_interface_that_goes_away(self):
        network.add_pair("gone0", "gone1")
        with self.live("-s", "out", interface="gone1") as live:
            run("tcpreplay", "-q", "--topspeed", "-i", "gone0", TRACES / "web.pcap")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            network.del_pair("gone0")
            self.assertEqual(live.ended(), 1)
        self.assertIn("tstat: gone1: PCAP error: 'The interface disappeared'", live.err)
        self.assertIn(" packets seen, ", live.out)


if __name__ == "__main__":
    live_case.main()
