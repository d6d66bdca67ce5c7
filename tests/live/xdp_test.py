#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Live capture by AF_XDP gives what AF_PACKET gives, and leaves the interface as it was.

usage: xdp_test.py TSTAT [unittest arguments]
"""
import os, signal

import live_case, network
from network import CAPTURED, TRACES, replay, run
from readers_test import rows

KINDS = ("xdp-generic:", "xdp-native:", "xdp:")


def link(name=CAPTURED):
    return run("ip", "-d", "link", "show", name)


class Xdp(live_case.LiveTest):
    def setUp(self):
        super().setUp()
        with self.live("-s", "probe", interface="xdp:" + CAPTURED) as live:
            if live.process.poll() is None:
                live.stop()
                return
        # In a container, root may not be allowed to.
        if any(words in live.err for words in ("built without", "not installed", "AF_XDP needs", "limit of locked memory",
                                              "Address family not supported")):
            self.skipTest(live.err)

    def test_rows_as_on_the_replayed_trace(self):
        self.on_file("-N", TRACES / "networks.conf", "-s", "file", TRACES / "web.pcap")
        for kind in KINDS:
            base = kind.rstrip(":")
            with self.live("-N", TRACES / "networks.conf", "-E", 65535, "-s", base, interface=kind + CAPTURED) as live:
                self.assertIn("xdpgeneric" if kind == KINDS[0] else "xdp", link())
                sent = replay("web.pcap", "-x", "2")
                self.assertEqual(live.stop(), 1)
            self.assertIn(f"Live capturing on: {kind}{CAPTURED} - snaplen = 65535", live.out)
            self.assertEqual((live.received(), live.dropped()), (sent, 0))
            self.assertNotIn("not read before the end", live.err)
            self.assertNotIn("xdp", link())
            for log in ("log_tcp_complete", "log_udp_complete"):
                self.assertEqual(rows(self.work / base, log), rows(self.work / "file", log))

    def test_several_queues(self):
        run("ip", "link", "add", "name", "many0", "numtxqueues", "3", "numrxqueues", "3", "type", "veth", "peer", "name", "many1",
            "numtxqueues", "3", "numrxqueues", "3")
        self.addCleanup(run, "ip", "link", "del", "many0")
        for name in ("many0", "many1"):
            run("ip", "link", "set", name, "up")
        with self.live("-s", "out", interface="xdp:many1") as live:
            threads = len(os.listdir(f"/proc/{live.process.pid}/task"))
            run("tcpreplay", "-q", "--topspeed", "-i", "many0", TRACES / "web.pcap")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            self.assertEqual(live.stop(), 1)
        self.assertEqual(threads, 4)
        self.assertEqual(live.received(), 268)
        self.assertEqual(len(live.rows("log_tcp_complete")), 8)

    def test_filter_snapshot_length_and_promiscuous_mode(self):
        with self.live("-E", 100, "--bpf", "udp port 53", "-s", "out", interface="xdp:" + CAPTURED) as live:
            self.assertIn("promiscuity 1", link())
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertEqual(len(live.rows("log_tcp_complete")), 0)
        self.assertGreaterEqual(len(live.rows("log_udp_complete")), 4)
        self.assertLess(live.received(), 50)
        with self.live("--bpf", "udp nonsense", interface="xdp:" + CAPTURED) as live:
            self.assertEqual(live.ended(), 1)
        self.assertIn("pcap_compile: ", live.err)
        self.assertIn("promiscuity 0", link())

    def test_what_the_kernel_drops(self):
        with self.live("-s", "out", "--capture-buffer", 1, interface="xdp:" + CAPTURED) as live:
            replay("ssh.pcap", "--topspeed")
            live.process.send_signal(signal.SIGSTOP)
            sent = sum(replay("bulk-lossy.pcap", "--topspeed", "--loop", "20") for _ in range(2))
            live.process.send_signal(signal.SIGCONT)
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            self.assertEqual(live.stop(), 1)
        self.assertGreater(live.received(), sent)
        self.assertGreater(live.dropped(), 0)
        self.assertLess(live.dropped(), sent)

    def test_killed(self):
        with self.live("-s", "out", interface="xdp:" + CAPTURED) as live:
            self.assertIn("xdp", link())
            live.stop(signal.SIGKILL)
        self.assertNotIn("xdp", link())

    def test_interface_that_goes_away(self):
        run("ip", "link", "add", "name", "gone4", "type", "veth", "peer", "name", "gone5")
        run("ip", "link", "set", "gone4", "up")
        run("ip", "link", "set", "gone5", "up")
        with self.live("-s", "out", interface="xdp:gone5") as live:
            run("tcpreplay", "-q", "--topspeed", "-i", "gone4", TRACES / "web.pcap")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            run("ip", "link", "del", "gone4")
            self.assertEqual(live.ended(), 1)
        self.assertIn("tstat: xdp:gone5: PCAP error: 'The interface disappeared'", live.err)
        self.assertIn(" packets seen, ", live.out)

    def test_what_cannot_be_opened(self):
        with self.live("-s", "out", interface="xdp:nope") as live:
            self.assertEqual(live.ended(), 1)
        self.assertIn("xdp:nope: No such device", live.err)
        with self.live("-s", "out", interface="xdp:" + CAPTURED), self.live("-s", "second", interface="xdp:" + CAPTURED) as second:
            self.assertEqual(second.ended(), 1)
            self.assertIn("another program of XDP is there already", second.err)
            self.assertIn("xdp", link())
        if live_case.REAL_ROOT:
            with self.live("-s", "out", interface="xdp:" + CAPTURED, before=lambda: os.setuid(65534)) as live:
                self.assertEqual(live.ended(), 1)
            self.assertIn("Operation not permitted (AF_XDP needs root, or CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF)", live.err)
            self.assertNotIn("setcap", live.err)
            self.assertNotIn("xdp", link())


if __name__ == "__main__":
    live_case.main()
