#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Live capture by several readers (--live-readers) gives what one gives.

usage: readers_test.py TSTAT [unittest arguments]
"""
import signal, struct, time

import live_case, network
from network import TRACES, replay, run
from results_test import TIMED


def read_pcap(path):
    data, at, packets = path.read_bytes(), 24, []
    while at < len(data):
        seconds, microseconds, size, _ = struct.unpack_from("<IIII", data, at)
        packets.append((seconds, microseconds, data[at + 16:at + 16 + size]))
        at += 16 + size
    return packets


def write_pcap(path, packets):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for seconds, microseconds, frame in packets:
            out.write(struct.pack("<IIII", seconds, microseconds, len(frame), len(frame)) + frame)


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def fragments(client, identification):
    """The frames of one datagram of UDP in two pieces."""
    payload = bytes(1600)
    datagram = struct.pack("!HHHH", 20000 + client, 5000, 8 + len(payload), 0) + payload
    for begin, end in ((0, 800), (800, len(datagram))):
        more = 0x2000 if end < len(datagram) else 0
        header = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + end - begin, identification, more | begin // 8, 64, 17, 0,
                             0x0A000001 + client, 0x0A000101)
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
        yield bytes.fromhex("0200000000010200000000020800") + header + datagram[begin:end]


def rows(base, log):
    """What of a log does not depend on when packets arrive."""
    (path,) = base.glob("2*.out/" + log)
    header = path.read_text().splitlines()[0].lstrip("#0123456789").split()
    kept = [i for i, label in enumerate(header) if not TIMED.search(label.split(":")[0])]
    return sorted([row.split()[i] for i in kept] for row in path.read_text().splitlines()[1:])


class Readers(live_case.LiveTest):
    def test_the_same_bytes_as_on_the_recorded_file(self):
        self.write("histo.conf", "include ALL\ninclude ADX\n")
        self.write("runtime.conf", "[log]\nlog_http_complete = 1\n[options]\ntcplog_advanced = 1\nvideolog_advanced = 1\n")
        options = ("-N", TRACES / "networks.conf", "-H", "histo.conf", "-g", "-T", "runtime.conf", "-E", 65535)
        with self.live(*options, "-s", "traces", "--live-readers", 3) as live:
            recorder = network.Recorder()
            sent = sum(replay(trace, "-x", "20") for trace in ("mixed.pcap", "voice.pcap"))
            live.wait_for(lambda: len(recorder.records) >= sent, "packets")
            recorder.write(self.work / "recorded.pcap")
            self.assertEqual(live.stop(), 1)
        self.assertEqual((live.received(), live.dropped()), (sent, 0))
        if "too late for their turn" in live.err:
            self.skipTest("the machine is too busy")
        self.on_file(*options, "-s", "traces2", "recorded.pcap")
        self.assert_trees_equal(self.work / "traces", self.work / "traces2")

    def test_at_full_speed_with_threads_and_other_readers(self):
        self.on_file("-N", TRACES / "networks.conf", "-s", "file", TRACES / "web.pcap")
        for readers, threads in ((1, 1), (3, 1), (2, 3)):
            base = f"out{readers}"
            with self.live("-N", TRACES / "networks.conf", "-E", 65535, "-s", base, "--live-readers", readers, "--threads",
                           threads) as live:
                sent = replay("web.pcap", "--topspeed")
                self.assertEqual(live.stop(), 1)
            self.assertEqual((live.received(), live.dropped()), (sent, 0))
            self.assertNotIn("not read before the end", live.err)
            for log in ("log_tcp_complete", "log_udp_complete"):
                self.assertEqual(rows(self.work / base, log), rows(self.work / "file", log), (log, readers))

    def test_tags_that_the_kernel_takes_off_and_fragments(self):
        packets = [(s, u, frame[:12] + struct.pack("!HH", 0x8100, 100 + i % 2) + frame[12:])
                   for i, (s, u, frame) in enumerate(read_pcap(TRACES / "web.pcap"))]
        last = packets[-1][0]
        for client in range(20):
            packets += [(last + 1, 1000 * client + i, frame) for i, frame in enumerate(fragments(client, 100 + client))]
        write_pcap(self.work / "sent.pcap", packets)
        options = ("--compat", "none", "-E", 65535)
        self.on_file(*options, "-s", "file", "sent.pcap")
        for readers in (1, 3):
            with self.live(*options, "-s", f"out{readers}", "--live-readers", readers) as live:
                sent = replay(self.work / "sent.pcap", "-x", "20")
                self.assertEqual(live.stop(), 1)
            self.assertEqual((sent, live.received()), (len(packets), len(packets)))
        for log in ("log_tcp_complete", "log_udp_complete"):
            self.assertEqual(rows(self.work / "out3", log), rows(self.work / "out1", log))
        self.assertEqual(len(rows(self.work / "out3", "log_udp_complete")), len(rows(self.work / "file", "log_udp_complete")))

    def test_what_the_kernel_drops(self):
        with self.live("-E", 2000, "-s", "out", "--live-readers", 2, "--capture-buffer", 1) as live:
            replay("ssh.pcap", "--topspeed")
            live.process.send_signal(signal.SIGSTOP)
            sent = sum(replay("bulk-lossy.pcap", "--topspeed", "--loop", "20") for _ in range(2))
            live.process.send_signal(signal.SIGCONT)
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            self.assertEqual(live.stop(), 1)
        self.assertGreater(live.received(), sent)
        self.assertGreater(live.dropped(), 0)
        self.assertLess(live.dropped(), sent)
        analysed = live.number(r"^(\d+) packets seen, ") if " packets seen, " in live.out else live.number(
            r"after processing (\d+) packets")
        self.assertLessEqual(analysed, live.received() - live.dropped())

    def test_signals_and_pauses(self):
        with self.live("-s", "out", "--live-readers", 3) as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows without further packets")
            began = time.monotonic()
            self.assertEqual(live.stop(signal.SIGINT), 1)
        self.assertLess(time.monotonic() - began, network.PATIENCE / 2)
        self.assertEqual(len(live.rows("log_tcp_complete")), 8)

    def test_interface_that_goes_away(self):
        network.add_pair("gone2", "gone3")
        with self.live("-s", "out", "--live-readers", 3, interface="gone3") as live:
            run("tcpreplay", "-q", "--topspeed", "-i", "gone2", TRACES / "web.pcap")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            network.del_pair("gone2")
            self.assertEqual(live.ended(), 1)
        self.assertIn("tstat: gone3: PCAP error: 'The interface disappeared'", live.err)
        self.assertIn(" packets seen, ", live.out)


if __name__ == "__main__":
    live_case.main()
