#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Live capture by AF_XDP gives what AF_PACKET gives, and leaves the interface as it was.

usage: xdp_test.py TSTAT [unittest arguments]
"""
import collections, os, signal, struct, subprocess, time

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
        network.add_pair("many0", "many1", queues=3)
        self.addCleanup(network.del_pair, "many0")
        with self.live("-s", "out", interface="xdp:many1") as live:
            live.wait_for(lambda: len(os.listdir(f"/proc/{live.process.pid}/task")) == 4, "a thread for each queue")
            run("tcpreplay", "-q", "--topspeed", "-i", "many0", TRACES / "web.pcap")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            self.assertEqual(live.stop(), 1)
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

    def test_frames_after_an_overload(self):
        """Each of them is what was sent, once: its payload is its number, over and over."""
        count = 20000
        with open(self.work / "numbers.pcap", "wb") as trace:
            trace.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for i in range(count):
                payload = struct.pack("!I", i) * (4 + i * 7 % 60)
                udp = struct.pack("!HHHH", 20000 + i % 50, 30000, 8 + len(payload), 0) + payload
                frame = bytes(12) + struct.pack("!HBBHHHBBHII", 0x800, 0x45, 0, 20 + len(udp), i, 0, 64, 17, 0, 0x0A000001, 0x0A000002)
                trace.write(struct.pack("<IIII", 1, 0, len(frame + udp), len(frame + udp)) + frame + udp)
        (self.work / "dumps.conf").write_text("[dump]\nip_complete = 1\n")
        for kind in KINDS[:2]:
            base = kind.rstrip(":") + "-numbers"
            with self.live("-s", base, "-T", "dumps.conf", "--capture-buffer", 1, interface=kind + CAPTURED) as live:
                with subprocess.Popen(["tcpreplay", "-q", "--topspeed", "--loop", "4", "-i", network.SENDER, self.work / "numbers.pcap"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sender:
                    while sender.poll() is None:
                        for what in (signal.SIGSTOP, signal.SIGCONT):
                            live.process.send_signal(what)
                            time.sleep(0.03)
                self.assertEqual(live.stop(), 1)
            (dump,) = (self.work / base).glob("*.out/traces00/ip_complete.pcap")
            data, at, numbers = dump.read_bytes(), 24, []
            while at < len(data):
                size = struct.unpack_from("<I", data, at + 8)[0]
                frame = data[at + 16:at + 16 + size]
                at += 16 + size
                if frame[12:14] != b"\x08\x00":  # neighbours are looked for
                    continue
                number = frame[42:46]
                self.assertEqual(len(frame), 42 + 4 * (4 + int.from_bytes(number, "big") * 7 % 60))
                self.assertEqual(frame[42:], number * ((len(frame) - 42) // 4))
                numbers.append(number)
            self.assertGreater(len(numbers), 100)
            self.assertLessEqual(max(collections.Counter(numbers).values()), 4)

    def test_killed(self):
        with self.live("-s", "out", interface="xdp:" + CAPTURED) as live:
            self.assertIn("xdp", link())
            live.stop(signal.SIGKILL)
        self.assertNotIn("xdp", link())

    def test_interface_that_goes_away(self):
        network.add_pair("gone4", "gone5")
        with self.live("-s", "out", interface="xdp:gone5") as live:
            run("tcpreplay", "-q", "--topspeed", "-i", "gone4", TRACES / "web.pcap")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            network.del_pair("gone4")
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
