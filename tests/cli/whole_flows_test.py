#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Flows of --compat none: whatever of a connection was captured has a row, once."""
import re
import shutil

import command
from command import FIRST, CommandTest, connection, pcap, tcp_packet, udp_packet

START = FIRST * 1000000
CLIENT, SERVER = (10, 0, 0, 1), (192, 0, 2, 1)
TO_SERVER, TO_CLIENT = (CLIENT, SERVER, 1025, 80), (SERVER, CLIENT, 80, 1025)


class WholeFlows(CommandTest):
    def flows(self, *args):
        """The TCP rows, by column, in the order of their numbers."""
        self.run_tstat("--compat", "none", "-s", "out", *args)
        found = []
        for log in ("log_tcp_complete", "log_tcp_nocomplete"):
            for path in (self.work / "out").rglob(log):
                labels = []
                for line in path.read_text().splitlines():
                    if line.startswith("#"):
                        labels = [re.sub(r":\d+$", "", cell) for cell in re.sub(r"^#\d*#?", "", line).split(" ")]
                    else:
                        found.append(dict(zip(labels, line.split(" ")), log=log))
        return sorted(found, key=lambda row: int(row["flow_no"]))

    def values(self, row, columns):
        return [row[column] for column in columns.split()]

    def test_without_a_beginning(self):
        self.write("middle.pcap", pcap(connection(START)[3:]))
        row, = self.flows("middle.pcap")
        self.assertEqual(self.values(row, "log c_ip s_port c_pkts_all s_pkts_all c_bytes_all s_bytes_all partial end prev"),
                         ["log_tcp_nocomplete", "10.0.0.1", "80", "3", "2", "18", "19", "1", "1", "0"])
        self.assertEqual(self.err, "")
        self.run_tstat("-s", "old", "middle.pcap")
        self.assertRegex(self.err, r"\n +5  TCP packets: no flow, its SYN not captured or its end before them\n")

    def test_of_one_side(self):
        whole = connection(START)
        self.write("client.pcap", pcap([record for record in whole if record[1][26:30] == bytes(CLIENT)]))
        self.write("server.pcap", pcap([record for record in whole if record[1][26:30] == bytes(SERVER)]))
        row, = self.flows("client.pcap")
        self.assertEqual(self.values(row, "c_ip c_pkts_all c_bytes_all s_pkts_all partial end"),
                         ["10.0.0.1", "5", "18", "0", "4", "4"])
        row, = self.flows("server.pcap")
        self.assertEqual(self.values(row, "c_ip c_pkts_all s_pkts_all s_bytes_all partial end"),
                         ["10.0.0.1", "0", "3", "19", "3", "4"])

    def test_captured_twice(self):
        twice = [(time + late, frame) for time, frame in connection(START) for late in (0, 1500)]
        self.write("twice.pcap", pcap(sorted(twice, key=lambda record: record[0])))
        row, = self.flows("twice.pcap")
        self.assertEqual(self.values(row, "log c_pkts_all s_pkts_all c_pkts_retx s_pkts_retx c_dup s_dup"),
                         ["log_tcp_complete", "5", "3", "0", "0", "5", "3"])
        # Copies of the last ones, too, which come when the connection has ended.
        self.assertRegex(self.err, r"\n +8  packets: captured twice, counted once\n")
        self.assertNotIn("late", self.err)
        row, = self.flows("--duplicate-filter", "1", "twice.pcap")
        self.assertEqual(self.values(row, "c_dup s_dup"), ["0", "0"])

    def test_the_ports_are_used_again(self):
        again = [tcp_packet(*TO_SERVER, 70000, 0, 0x02), tcp_packet(*TO_CLIENT, 90000, 70001, 0x12),
                 tcp_packet(*TO_SERVER, 70001, 90001, 0x18, b"more")]
        self.write("again.pcap", pcap(connection(START)[:5] + [(START + 60000000 + i, frame) for i, frame in enumerate(again)]))
        first, second = self.flows("again.pcap")
        self.assertEqual(self.values(first, "log c_bytes_all end"), ["log_tcp_complete", "18", "5"])
        self.assertEqual(self.values(second, "log c_bytes_all prev end"), ["log_tcp_nocomplete", "4", "0", "4"])

    def test_of_two_traces(self):
        whole = connection(START)
        self.write("a.pcap", pcap(whole[:4]))
        self.write("b.pcap", pcap(whole[4:]))
        self.run_tstat("--compat", "none", "-s", "both", "-c", "a.pcap", "b.pcap")
        counts = []
        for name in ("a.pcap", "b.pcap"):
            row, = self.flows(name)
            counts.append(int(row["c_pkts_all"]) + int(row["s_pkts_all"]))
        self.assertEqual(counts, [4, 4])

    def test_of_two_places(self):
        whole = connection(START)
        self.write("here.pcap", pcap(whole))
        self.write("there.pcap", pcap([(time + 100, frame) for time, frame in whole]))
        for number, name in enumerate(("here.pcap", "there.pcap")):
            shutil.copy(self.work / name, self.work / f"place{number}.pcap")
        for files in (["place0.pcap", "place1.pcap"], ["here.pcap", "there.pcap"], ["--separate", "here.pcap", "there.pcap"], ["here.pcap", "here.pcap"]):
            rows = self.flows(*files)
            self.assertEqual([self.values(row, "log c_pkts_all s_pkts_all partial prev") for row in rows],
                             [["log_tcp_complete", "5", "3", "0", "0"]] * 2, files)
            self.assertNotIn("late", self.err)
            shutil.rmtree(self.work / "out")

    def test_wrong_times(self):
        whole = connection(START)
        for wrong in (0, START - 5000000000, START + 5000000000):
            self.write("wrong.pcap", pcap([(wrong if i == 5 else time, frame) for i, (time, frame) in enumerate(whole)]))
            row, = self.flows("wrong.pcap")
            self.assertEqual(self.values(row, "log c_pkts_all s_pkts_all first last durat end"),
                             ["log_tcp_complete", "5", "3", "1500000000000.000000", "1500000000007.000000", "7.000000", "1"])
            self.assertRegex(self.err, r"^The packets' clock fell back: 1 time, ")
            shutil.rmtree(self.work / "out")
        other = udp_packet(CLIENT, SERVER, 1, 2, b"x")
        later = connection(START + 100000000, port=1026)
        self.write("wrong.pcap", pcap([*whole, (0, other), *later]))
        self.assertEqual([row["first"] for row in self.flows("wrong.pcap")], ["1500000000000.000000", "1500000100000.000000"])

    def test_a_clock_that_falls_back(self):
        whole = connection(START)
        for back in (100000, 899000, 905000, 5000000, 1400000000000000):
            for at in range(1, len(whole)):
                self.write("back.pcap", pcap([(time - (back if i >= at else 0), frame) for i, (time, frame) in enumerate(whole)]))
                row, = self.flows("back.pcap")
                self.assertEqual(self.values(row, "log c_pkts_all s_pkts_all first end"),
                                 ["log_tcp_complete", "5", "3", "1500000000000.000000", "1"], (back, at))
                self.assertGreaterEqual(float(row["last"]), START / 1000 + at - 1, (back, at))
                self.assertGreaterEqual(float(row["durat"]), at - 1, (back, at))
                shutil.rmtree(self.work / "out")

    def test_open_for_long(self):
        packets = connection(START)[:3]
        for second in range(100):
            packets.append((START + second * 1000000 + 3000, tcp_packet(*TO_SERVER, 101 + second, 501, 0x18, b"x")))
        self.write("long.pcap", pcap(packets))
        rows = self.flows("--active-timeout", "30", "long.pcap")
        self.assertEqual([self.values(row, "flow_no prev c_bytes_all c_pkts_retx end") for row in rows],
                         [["1", "0", "30", "0", "6"], ["2", "1", "30", "0", "6"], ["3", "2", "30", "0", "6"],
                          ["4", "3", "10", "0", "4"]])
        self.assertEqual(sum(int(row["c_pkts_all"]) for row in rows), 102)

    def test_after_a_silence(self):
        datagrams = [udp_packet(CLIENT, SERVER, 5000, 5001, b"x" * 10, ident) for ident in range(1, 5)]
        self.write("silence.pcap", pcap([(START + 199000000 * i + (2000000 if i == 3 else 0), frame)
                                         for i, frame in enumerate(datagrams)]))
        self.run_tstat("--compat", "none", "-s", "out", "silence.pcap")
        path, = (self.work / "out").rglob("log_udp_complete")
        header, *rows = path.read_text().splitlines()
        labels = [re.sub(r":\d+$", "", cell) for cell in header.lstrip("#").split(" ")]
        got = [dict(zip(labels, row.split(" "))) for row in rows]
        # A single datagram waits for less.
        self.assertEqual([self.values(row, "c_pkts_all flow_no prev end") for row in got],
                         [["1", "1", "0", "3"], ["1", "2", "1", "3"], ["1", "3", "2", "3"], ["1", "4", "3", "4"]])


if __name__ == "__main__":
    command.main()
