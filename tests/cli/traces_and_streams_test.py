#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Traces and streams: what is read, and where its results go."""
import gzip, re, shutil, struct

import command
from command import ARP, FIRST, CommandTest, connection, pcap, standard_trace, udp_packet


class TracesAndStreams(CommandTest):
    def test_dash_is_standard_input(self):
        self.run_tstat("-s", "out", "-", stdin=standard_trace())
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    def test_dropped_packets_are_told(self):
        self.write("arp.pcap", pcap(connection(FIRST * 1000000) + [(FIRST * 1000000 + 9000, ARP)] * 3))
        self.run_tstat("-s", "out", "arp.pcap")
        self.assertRegex(self.err, r"^Not analysed:\n +3  packets: not IP\n  Frames without IP: ARP 3\n$")
        self.run_tstat("--quiet", "-s", "out", "arp.pcap")
        self.assertEqual(self.err, "")

    def test_bad_trace_is_named_and_others_are_read(self):
        self.write("empty", "")
        self.write("text", "hello, this is no capture file\n")
        self.write("raw", pcap([(FIRST * 1000000, b"x" * 60)], link_type=189))
        self.write("header.pcap", pcap([]))
        self.write("fake.gz", "this is not gzip")
        cases = (("none.pcap", 255, "tstat: none.pcap: No such file or directory\n"),
                 (".", 255, "tstat: .: is a directory\n"),
                 ("empty", 0, "tstat: empty: empty file\n"),
                 ("text", 1, "tstat: text: not a capture file\n"),
                 ("raw", 1, "tstat: raw: unsupported link type 189 (USB_LINUX)\n"),
                 ("header.pcap", 0, "Not even a single packet read! Skipping current file.\n"))
        for name, status, message in cases:
            shutil.rmtree(self.work / "out", ignore_errors=True)
            self.run_tstat("-s", "out", name, "t.pcap", status=status)
            self.assertEqual(self.err, message, name)
            self.assertIn("\nRunning file 't.pcap' (2 of 2)\n", self.out)
            self.assertEqual(len(self.rows("log_tcp_complete")), 1, name)
            self.assertIn("trace files elapsed time: ", self.out)
        self.run_tstat("-s", "out", "text", "none.pcap", "t.pcap", status=255)  # the worst counts

    def test_times_at_zero(self):
        records = [(time, frame) for time, frame in connection(0)]
        self.write("zero.pcap", pcap([(0, frame) for _, frame in records]))
        self.run_tstat("-s", "out", "zero.pcap")
        self.assertIn("Not even a single packet read (those at time zero are skipped)!", self.err)
        self.assertRegex(self.err, r"\n +8  packets: time stamp zero, at the start of a trace\n")
        self.run_tstat("--compat", "none", "-s", "out", "zero.pcap")
        self.assertEqual(self.err, "")
        self.assertTrue((self.work / "out/1970_01_01_00_00.out/log_tcp_complete").exists())

    def test_pieces_of_one_capture(self):
        records = connection(FIRST * 1000000)
        self.write("cap_2.pcap", pcap(records[4:]))
        self.write("cap_1.pcap", pcap(records[:4]))
        self.run_tstat("--compat", "none", "-s", "out", "cap_2.pcap", "cap_1.pcap")
        self.assertEqual(self.err, "tstat: traces are read in the order of their times: cap_1.pcap, cap_2.pcap\n")
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        self.assertIn("\nRunning file 'cap_2.pcap' (2 of 2)\n", self.out)
        shutil.rmtree(self.work / "out")
        self.run_tstat("--compat", "none", "--separate", "-s", "out", "cap_1.pcap", "cap_2.pcap")
        self.assertEqual(len(list((self.work / "out").iterdir())), 2)
        # Not pieces: they were captured at the same time.
        self.write("host1.pcap", pcap(records))
        self.write("host2.pcap", pcap(records))
        shutil.rmtree(self.work / "out")
        self.run_tstat("--compat", "none", "-s", "out", "host1.pcap", "host2.pcap")
        self.assertEqual(len(list((self.work / "out").iterdir())), 2)

    def test_traces_in_the_wrong_order(self):
        records = connection(FIRST * 1000000)
        self.write("b.pcap", pcap(records[4:]))
        self.write("a.pcap", pcap(records[:4]))
        self.run_tstat("-c", "-s", "out", "b.pcap", "a.pcap")
        self.assertIn("tstat: a.pcap: begins before the end of the trace before it; ", self.err)
        self.run_tstat("-c", "-s", "out2", "a.pcap", "b.pcap")
        self.assertEqual(self.err, "")

    def test_archives_are_named(self):
        self.write("t.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100))
        self.run_tstat("-s", "out", "t.7z", status=1)
        self.assertEqual(self.err, "tstat: t.7z: not a capture file, but a 7z archive: unpack it first\n")

    def test_only_unusable_packets(self):
        self.write("arp.pcap", pcap([(FIRST * 1000000, ARP)]))
        self.run_tstat("-s", "out", "arp.pcap")
        self.assertIn("Not even a single packet read", self.err)
        self.assertIn("0 packets seen, 0 TCP packets traced, 0 UDP packets traced\n", self.out)
        self.assertNotIn("Dumping internal status", self.out)
        self.assertFalse((self.work / "out").exists())

    def test_cut_trace(self):
        self.write("cut.pcap", standard_trace()[:-10])
        self.run_tstat("-s", "out", "cut.pcap", status=1)
        self.assertRegex(self.err, r"^tstat: cut.pcap: PCAP error: 'truncated dump file; tried to read \d+ captured bytes, only got \d+'\n$")
        self.assertIn("7 packets seen", self.out)
        self.assertEqual(len(self.rows("log_tcp_complete")) + len(self.rows("log_tcp_nocomplete")), 1)

    def test_impossible_record_length(self):
        data = bytearray(standard_trace())
        data += struct.pack("<IIII", FIRST, 0, 0x7FFFFFFF, 0x7FFFFFFF)
        self.write("bad.pcap", bytes(data))
        self.run_tstat("-s", "out", "bad.pcap", status=1)
        self.assertRegex(self.err, r"^tstat: bad.pcap: PCAP error: 'invalid packet capture length 2147483647, bigger than ")
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    def test_checksum_of_compressed_data(self):
        damaged = bytearray(standard_trace())
        damaged[24 + 16 + 4] ^= 0xFF  # a byte of a packet
        damaged[24 + 8] = 0xFF        # and of a length: libpcap gives up here
        damaged[24 + 11] = 0x7F
        whole = bytearray(gzip.compress(standard_trace()))
        stored = bytearray(gzip.compress(bytes(damaged)))
        stored[-8:] = whole[-8:]
        self.write("bad.pcap.gz", bytes(stored))
        self.run_tstat("--quiet", "-s", "out", "bad.pcap.gz", status=1)
        self.assertEqual(self.err.splitlines()[0], "tstat: bad.pcap.gz: gzip data: incorrect data check")

    def test_compressed(self):
        self.write("t.pcap.gz", gzip.compress(standard_trace()))
        self.run_tstat("-s", "out", "t.pcap.gz")
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        records = []
        for i in range(3000):
            records += connection((FIRST + i) * 1000000, port=2000 + i)
        whole = gzip.compress(pcap(records))
        self.write("cut.gz", whole[:len(whole) // 2])
        self.run_tstat("-s", "out2", "cut.gz", status=1)
        self.assertIn("tstat: cut.gz: ", self.err)
        self.assertGreater(len(self.rows("log_tcp_complete", "out2")), 100)

    def test_filter(self):
        self.write("f", "tcp port 81\n")
        self.run_tstat("-f", "f", "-s", "out", "t.pcap")
        self.assertIn("Not even a single packet read (check tcpdump filter)!", self.err)
        self.write("f", "tcp port 80\n")
        self.run_tstat("-f", "f", "-s", "out", "t.pcap")
        self.assertIn("8 packets seen", self.out)
        shutil.rmtree(self.work / "out")
        self.write("f", "tcp prot 80\n")
        self.run_tstat("-f", "f", "-s", "out", "t.pcap", "t.pcap", status=1)
        self.assertRegex(self.err, r"^pcap_compile: ")
        self.assertFalse((self.work / "out").exists())
        # It means nothing for this trace alone.
        self.write("raw.pcap", pcap([(FIRST * 1000000, b"E" * 40)], link_type=101))
        self.run_tstat("--bpf", "ip or vlan", "-s", "out", "raw.pcap", status=1)
        self.assertRegex(self.err, r"^raw.pcap: pcap_compile: ")
        self.run_tstat("-f", "none", "-s", "out", "t.pcap", status=1)
        self.assertEqual(self.err, "can't open none\n")

    def test_standard_input(self):
        self.run_tstat("stdin", stdin=standard_trace())
        self.assertEqual(len(self.rows("log_tcp_complete", "stdin")), 1)

    def test_directory_names(self):
        self.run_tstat("t.pcap")  # the trace is a regular file of that name
        self.assertEqual(len(self.rows("log_tcp_complete", "t.pcap.out")), 1)
        self.run_tstat("-s", "with blank; touch evil", "t.pcap")
        self.assertEqual(len(self.rows("log_tcp_complete", "with blank; touch evil")), 1)
        self.assertFalse((self.work / "evil").exists())
        self.run_tstat("-s", "a" * 200 + "/" + "b" * 200 + "/" + "c" * 250 + "/" + "d" * 200, "t.pcap")

    def test_two_traces_of_the_same_minute(self):
        self.write("u.pcap", standard_trace(port=1026))
        self.run_tstat("-s", "out", "t.pcap", "u.pcap")
        found = [p for p in (self.work / "out").glob("*/log_tcp_complete")]
        self.assertEqual(sorted(len(p.read_text().splitlines()) for p in found), [2, 2])
        self.assertIn("Warning: ", self.err)
        self.assertEqual(self.out.count("Dumping internal status variables:"), 2)

    def test_concatenated_traces(self):
        packets = connection(FIRST * 1000000)
        self.write("a.pcap", pcap(packets[:4]))
        self.write("b.pcap", pcap(packets[4:]))
        self.run_tstat("-c", "-s", "out", "a.pcap", "b.pcap")
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        self.write("empty.pcap", pcap([]))
        self.run_tstat("-c", "-s", "out2", "empty.pcap", "a.pcap", "empty.pcap")
        self.assertEqual(len(self.rows("log_tcp_nocomplete", "out2")), 1)
        self.run_tstat("-c", "-s", "out3", "a.pcap", "none.pcap", status=255)
        self.assertEqual(len(self.rows("log_tcp_nocomplete", "out3")), 1)

    def test_filter_expression(self):
        self.write("u.pcap", pcap(connection(FIRST * 1000000) + [(FIRST * 1000000 + 9000, udp_packet((10, 0, 0, 1), (192, 0, 2, 1), 5000, 53, b"x"))]))
        self.run_tstat("--bpf", "udp", "-s", "out", "u.pcap")
        self.assertIn("\n1 packets seen", self.out)
        # With a file, both must let a packet through.
        self.write("f", "port 80 or port 53\n")
        self.run_tstat("-f", "f", "--bpf", "tcp", "-s", "out2", "u.pcap")
        self.assertIn("\n8 packets seen", self.out)
        self.run_tstat("--bpf", "udp prot 53", "-s", "out3", "u.pcap", status=1)
        self.assertRegex(self.err, r"^pcap_compile: .*syntax error")
        self.run_tstat("--capture-buffer", "0", "-l", status=1)
        self.assertIn("--capture-buffer 0: 1 to 2047 MiB are allowed", self.err)
        for number in ("0", "33", "x"):
            self.run_tstat("--live-readers", number, "-l", status=1)
            self.assertIn(f"--live-readers {number}: 1 to 32 are allowed", self.err)

    def test_pairs_of_traces(self):
        packets = connection(FIRST * 1000000)
        client = [p for p in packets if p[1][26:30] == b"\x0a\0\0\1"]
        self.write("c.pcap", pcap(client))
        self.write("s.pcap", pcap([p for p in packets if p not in client]))
        self.run_tstat("-2", "-s", "out", "c.pcap", "s.pcap")
        row = self.rows("log_tcp_complete")[0].split()
        self.assertEqual((row[37], row[38]), ("1", "0"))
        self.run_tstat("-2", "-s", "out", "c.pcap", status=1)

    def test_streams_rotate(self):
        # 30 connections 310 s apart: an interval ends with each, a directory with each twelfth.
        records = []
        for i in range(30):
            records += connection((FIRST + 310 * i) * 1000000, port=2000 + i)
        self.run_tstat("-s", "out", "stdin", stdin=pcap(records))
        names = ["2017_07_14_02_40.out", "2017_07_14_03_42.out", "2017_07_14_04_44.out"]
        self.assertEqual(sorted(p.name for p in (self.work / "out").iterdir()), names)
        self.assertEqual([len(self.rows("log_tcp_complete", directory=n)) for n in names], [12, 12, 6])
        self.assertEqual(re.findall(r"\[(.*)\] created new outdir out/(.*)", self.out),
                         list(zip(["Fri Jul 14 02:40:00 2017", "Fri Jul 14 03:42:00 2017", "Fri Jul 14 04:44:00 2017"], names)))
        self.write("many.pcap", pcap(records))
        self.run_tstat("-s", "one", "many.pcap")
        self.assertEqual([p.name for p in (self.work / "one").iterdir()], names[:1])


if __name__ == "__main__":
    command.main()
