#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Live capture by DPDK, from virtual devices: a capture file, and one end of a veth pair.

usage: dpdk_test.py TSTAT [unittest arguments]
The plug-in must be where the dynamic linker finds it (LD_LIBRARY_PATH).
"""
import re, signal, urllib.request

import live_case, network
from network import CAPTURED, TRACES, replay, run
from readers_test import read_pcap, rows

# No huge pages, no files, no cards.
ARGUMENTS = "dpdk:--no-huge --no-shconf --no-pci -m 256"


class Dpdk(live_case.LiveTest):
    def received(self, live):
        run("ip", "link", "set", "lo", "up")
        live.wait_for(lambda: "/metrics" in live.out, "the address of the metrics")
        (url,) = re.findall(r"http://127.0.0.1:\d+/metrics", live.out)
        text = urllib.request.urlopen(url, timeout=10).read().decode()
        return int((re.search(r"(?m)^tstat_capture_packets_total (\d+)$", text) or (0, 0))[1])

    def test_rows_of_a_capture_file(self):
        for profile in ("3.1.1", "3.3"):  # (In the true one time moves on without packets.)
            for trace in ("web", "mixed", "voice"):
                base, path = f"{profile}-{trace}", TRACES / f"{trace}.pcap"
                options = ("-N", TRACES / "networks.conf", "--compat", profile)
                self.on_file(*options, "-s", base + "-file", path)
                packets = len(read_pcap(path))
                with self.live(*options, "-E", 65535, "-s", base, "--metrics", "0",
                               interface=f"{ARGUMENTS} --vdev=net_pcap0,rx_pcap={path}") as live:
                    live.wait_for(lambda: self.received(live) >= packets, "packets")
                    self.assertEqual(live.stop(), 1)
                self.assertEqual((live.received(), live.dropped()), (packets, 0))
                for log in ("log_tcp_complete", "log_udp_complete"):
                    of_dpdk, of_file = ([p.read_text() for p in (self.work / b).glob("2*.out/" + log)]
                                        for b in (base, base + "-file"))
                    self.assertEqual(of_dpdk, of_file, (base, log))
                self.assertGreater(len(live.rows("log_udp_complete", base) + live.rows("log_tcp_complete", base)), 1)

    def test_rows_of_what_comes_through_a_veth_pair(self):
        self.on_file("-N", TRACES / "networks.conf", "-s", "file", TRACES / "web.pcap")
        interface = f"{ARGUMENTS} --vdev=net_af_packet0,iface={CAPTURED}"
        with self.live("-N", TRACES / "networks.conf", "-E", 65535, "-s", "out", interface=interface) as live:
            sent = replay("web.pcap", "-x", "2")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            self.assertEqual(live.stop(signal.SIGINT), 1)
        self.assertEqual((live.received(), live.dropped()), (sent, 0))
        for log in ("log_tcp_complete", "log_udp_complete"):
            self.assertEqual(rows(self.work / "out", log), rows(self.work / "file", log))

    def test_two_ports_and_a_filter(self):
        devices = " ".join(f"--vdev=net_pcap{i},rx_pcap={TRACES / 'web.pcap'}" for i in range(2))
        with self.live("--bpf", "udp port 53", "-s", "out", "--metrics", "0",
                       interface=f"{ARGUMENTS} {devices}") as live:
            live.wait_for(lambda: self.received(live) >= 16, "packets")
            self.assertEqual(live.stop(), 1)
        self.assertEqual(live.rows("log_tcp_complete"), [])
        self.assertEqual(live.received() % 2, 0)

    def test_what_cannot_be_opened(self):
        for interface, words in ((ARGUMENTS, "dpdk: no port (-a DEVICE, --vdev=DEVICE)"),
                                 ("dpdk:--nonsense", "dpdk: does not start: Invalid argument"),
                                 (ARGUMENTS + " --vdev=net_pcap0,rx_pcap=nope.pcap", "nope.pcap: No such file or directory")):
            with self.live("-s", "out", interface=interface) as live:
                self.assertEqual(live.ended(), 1)
            self.assertIn(words, live.err)
        with self.live("--bpf", "nonsense", interface=ARGUMENTS) as live:
            self.assertEqual(live.ended(), 1)
        self.assertIn("pcap_compile: ", live.err)
        # The plug-in is not there.
        with self.live(interface=ARGUMENTS, env=network.environment(LD_LIBRARY_PATH="")) as live:
            self.assertEqual(live.ended(), 1)
        self.assertIn("libtstat-dpdk.so.0: cannot open shared object file", live.err)


if __name__ == "__main__":
    live_case.main()
