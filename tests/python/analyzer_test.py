# SPDX-License-Identifier: BSD-3-Clause
"""tstat.Analyzer: packets of one's own, call-backs, signals, an interface."""

import datetime
import importlib.util
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np

import tstat
from traces import MIXED, NETWORKS, TRACES


def packets_of(trace):
    """Times in ns, bytes and lengths on the wire, read by hand: a classic pcap of microseconds."""
    data, place, packets = trace.read_bytes(), 24, []
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    scale = {b"\xd4\xc3\xb2\xa1": 1000, b"\xa1\xb2\xc3\xd4": 1000}.get(data[:4], 1)
    while place < len(data):
        seconds, rest, captured, length = struct.unpack_from(order + "IIII", data, place)
        packets.append((seconds * 10**9 + rest * scale, data[place + 16:place + 16 + captured], length))
        place += 16 + captured
    return packets


def analyzer(**options):
    options.setdefault("networks", NETWORKS)
    return tstat.Analyzer(profile="3.1.1", **options)


class Packets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.packets = packets_of(MIXED)
        cls.expected = tstat.read(MIXED, profile="3.1.1", networks=NETWORKS)

    def assert_same(self, analysis):
        for name in self.expected.tables:
            self.assertEqual(list(analysis[name]), list(self.expected[name]), name)

    def test_one_by_one(self):
        one = analyzer()
        results = [tstat.PACKET_RESULTS[one.feed(ns, data, original_length=length)] for ns, data, length in self.packets]
        self.assert_same(one.finish())
        self.assertEqual(results.count("dropped"), 8)
        self.assertGreater(results.count("counted"), 1500)

    def test_all_at_once(self):
        one = analyzer()
        buffer = np.frombuffer(b"".join(data for _, data, _ in self.packets), dtype=np.uint8)
        offsets = np.cumsum([0] + [len(data) for _, data, _ in self.packets])
        lengths = [length for _, _, length in self.packets]
        times = np.array([ns for ns, _, _ in self.packets], dtype="datetime64[ns]")
        one.feed_arrays(times, buffer, offsets, original_lengths=lengths)
        self.assert_same(one.finish())

    def test_pairs_and_what_looks_like_scapy(self):
        class Ether:
            def __init__(self, time, data, length):
                self.time, self.wirelen, self._data = time, length, data

            def __bytes__(self):
                return self._data

        for packets in (((ns, memoryview(data)) for ns, data, _ in self.packets),
                        (Ether(ns / 1e9, data, length) for ns, data, length in self.packets)):
            one = analyzer()
            self.assertEqual(one.feed_packets(packets), len(self.packets))
            analysis = one.finish()
            self.assertEqual(analysis.tcp["c_bytes_uniq"].tolist(), self.expected.tcp["c_bytes_uniq"].tolist())

    @unittest.skipUnless(importlib.util.find_spec("scapy"), "scapy is not installed")
    def test_packets_of_scapy(self):
        """A program of its own: scapy's import takes its time, and looks at the machine's interfaces."""
        program = """
import sys, scapy.layers.inet, scapy.layers.inet6, scapy.layers.l2, tstat
from scapy.utils import PcapReader
from scapy.layers.inet import IP
packets = list(PcapReader(sys.argv[1]))
inner = [packet[IP] for packet in packets if IP in packet]
for packet in inner:
    packet.time = packet.underlayer.time
for these in (packets, inner):
    analyzer = tstat.Analyzer(profile="3.1.1", networks=sys.argv[2])
    analyzer.feed_packets(these)
    print(analyzer.finish().tcp["c_bytes_uniq"].tolist())
"""
        told = subprocess.run([sys.executable, "-c", program, MIXED, NETWORKS], check=True, capture_output=True, text=True).stdout
        all_of_them, of_ipv4 = (json.loads(line) for line in told.splitlines())
        self.assertEqual(all_of_them, self.expected.tcp["c_bytes_uniq"].tolist())
        is_v4 = [address.version == 4 for address in self.expected.tcp.addresses("c_ip")]
        self.assertEqual(of_ipv4, [n for n, v4 in zip(all_of_them, is_v4) if v4])

    def test_packets_that_begin_with_their_ip_header(self):
        class IP:
            def __init__(self, time, data):
                self.time, self._data = time, data

            def __bytes__(self):
                return self._data

        one = analyzer()
        one.feed_packets(IP(ns / 1e9, data[14:]) for ns, data, _ in self.packets if data[12:14] in (b"\x08\0", b"\x86\xdd"))
        self.assertEqual(one.finish().tcp["c_pkts_all"].tolist(), self.expected.tcp["c_pkts_all"].tolist())

    def test_times(self):
        moment = datetime.datetime(2026, 11, 24, 6, 3, 37, 970564, tzinfo=datetime.timezone.utc)
        ns = 1795500217970564000
        for time in (ns, ns / 1e9, moment, moment.replace(tzinfo=None), np.datetime64(ns, "ns"), np.int64(ns)):
            one = analyzer()
            one.feed(time, self.packets[0][1])
            self.assertEqual(one.statistics["first_packet"], ns, repr(time))

    def test_mistakes(self):
        one = analyzer()
        data = self.packets[0][1]
        for call, error in ((lambda: one.feed(2**63 - 1, data), tstat.Error), (lambda: one.feed(0, data), tstat.Error),
                            (lambda: one.feed(1, data, link_type=-1), ValueError), (lambda: one.feed(1, data, origin=9), ValueError),
                            (lambda: one.feed(1, "text"), TypeError),
                            (lambda: one.feed_arrays([1], data, [0]), ValueError),
                            (lambda: one.feed_arrays([1], data, [0, len(data) + 1]), ValueError),
                            (lambda: one.feed_arrays([1.5], data, [0, 5]), TypeError),
                            (lambda: one.feed_arrays([1], data, [0, 5], original_lengths=[1, 2]), ValueError),
                            (lambda: one.on("tcpp", print), KeyError), (lambda: one.capture(seconds=1), tstat.Error)):
            with self.assertRaises(error):
                call()
        one.finish()
        one.finish()
        with self.assertRaisesRegex(tstat.Error, "finished"):
            one.feed(self.packets[0][0], data)


class CallBacks(unittest.TestCase):
    def test_records_and_tables(self):
        for feed in (lambda one: one.read(MIXED), lambda one: [one.feed(ns, d, original_length=n) for ns, d, n in packets_of(MIXED)]):
            one, flows, sizes = analyzer(), [], []
            one.on("tcp", flows.append)
            one.on_rows("udp", lambda table: sizes.append(len(table)))
            feed(one)
            analysis = one.finish()
            expected = tstat.read(MIXED, profile="3.1.1", networks=NETWORKS)
            self.assertEqual(flows, list(expected.tcp))
            self.assertEqual(sum(sizes), len(expected.udp))
            self.assertEqual((len(analysis.tcp), len(analysis.udp)), (0, 0))
            self.assertEqual(list(analysis.http), list(expected.http))

    def test_several_traces(self):
        one, names = analyzer(tables=["tcp"]), []
        one.on("tcp", lambda flow: names.append(flow.fqdn))
        one.read(MIXED)
        count = len(names)
        one.read(TRACES / "web.pcap")
        self.assertGreater(len(names), count)

    def test_what_one_raises_comes_out(self):
        class Enough(Exception):
            pass

        def stop(flow):
            raise Enough(flow.c_port)

        one = analyzer(tables=["http"])
        one.on("http", stop)
        with self.assertRaises(Enough):
            one.read(MIXED)
        self.assertGreater(len(one.finish().http) + 1, 0)

    def test_one_that_drives_the_analysis(self):
        one = analyzer(tables=["http"])
        errors = []

        def feed(_):
            try:
                one.read(MIXED)
            except tstat.Error as error:
                errors.append(str(error))

        one.on_rows("http", feed)
        one.read(MIXED)
        self.assertTrue(errors and all("at work" in error for error in errors))

    def test_threads_work_meanwhile(self):
        results = []

        def run():
            results.append([len(t) for t in tstat.read(MIXED, profile="3.1.1", networks=NETWORKS).tables.values()])

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(results), 4)
        self.assertTrue(all(result == results[0] for result in results))


INTERRUPTED = """
import sys, tstat
try:
    print("ready", flush=True)
    tstat.read(sys.argv[1], profile="3.1.1", tables=["tcp"])
except KeyboardInterrupt:
    print("interrupted")
"""


class Signals(unittest.TestCase):
    def interrupted(self, begin):
        """Ctrl-C while a stream is waited for that began with these bytes."""
        with tempfile.TemporaryDirectory() as directory:
            pipe = pathlib.Path(directory, "pipe")
            os.mkfifo(pipe)
            with subprocess.Popen([sys.executable, "-c", INTERRUPTED, pipe], stdout=subprocess.PIPE, text=True) as process:
                self.assertEqual(process.stdout.readline(), "ready\n")
                writer = os.open(pipe, os.O_WRONLY)  # returns when it is read
                os.write(writer, begin)
                # Until it notices: a signal may come before it waits.
                while process.poll() is None:
                    process.send_signal(signal.SIGINT)
                    try:
                        process.wait(0.3)
                    except subprocess.TimeoutExpired:
                        continue
                os.close(writer)
                self.assertEqual(process.stdout.read(), "interrupted\n")
                self.assertEqual(process.returncode, 0)

    def test_while_packets_are_waited_for(self):
        self.interrupted(MIXED.read_bytes()[:24 + 3000])

    def test_while_the_first_bytes_are_waited_for(self):
        self.interrupted(b"")


class Live(unittest.TestCase):
    def test_the_loopback_interface(self):
        options = dict(profile="3.1.1", networks="127.0.0.0/8", tables=["udp"], bpf="udp")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            receiver.bind(("127.0.0.1", 0))
            port = receiver.getsockname()[1]
            stop = threading.Event()

            def send():
                while not stop.wait(0.02):
                    sender.sendto(b"x" * 100, ("127.0.0.1", port))

            thread = threading.Thread(target=send)
            thread.start()
            try:
                analysis = tstat.capture("lo", packets=20, seconds=60, **options)
            except tstat.Error as error:
                if error.status in ("PERMISSION_DENIED", "NOT_FOUND"):
                    self.skipTest(str(error))
                raise
            finally:
                stop.set()
                thread.join()
        flows = [flow for flow in analysis.udp if flow.s_port == port or flow.c_port == port]
        self.assertEqual(len(flows), 1)
        self.assertGreater(flows[0].c_pkts_all, 0)

    def test_an_interface_that_is_not_there(self):
        with self.assertRaises(tstat.Error):
            tstat.capture("nothing0", profile="3.1.1", seconds=1)


if __name__ == "__main__":
    unittest.main()
