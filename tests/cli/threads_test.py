#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""--threads: what is written does not depend on it."""
import filecmp, pathlib, subprocess, time

import command
from command import FIRST, CommandTest, connection, pcap, tcp_packet, udp_packet

TRACES = pathlib.Path(__file__).parent.parent / "traces"
# Long enough for threads to be made; they stay for the traces behind it.
CONNECTIONS = 700

LOGS = """[log]
histo_engine = 1
log_tcp_complete = 1
log_tcp_nocomplete = 1
log_udp_complete = 1
log_mm_complete = 1
log_skype_complete = 1
log_chat_complete = 1
log_chat_messages = 1
log_video_complete = 1
log_http_complete = 1
{more}
[options]
tcplog_end_to_end = 1
tcplog_layer7 = 1
tcplog_p2p = 1
tcplog_options = 1
tcplog_advanced = 1
httplog_full_url = 2
[dump]
slice_win = 0
ip_complete = 1
udp_dns = 1
"""
PERIODIC = "log_dns_complete = 1\nlog_tcp_periodic = 1\nlog_udp_periodic = 1\n"


def long_trace():
    records = []
    for number in range(CONNECTIONS):
        start, client = FIRST * 1000000 + number * 7919, (10, 0, number // 250, number % 250 + 1)
        records += connection(start, client=client, port=1025 + number)
        records += [(start + 500 * i, udp_packet(client, (192, 0, 2, 7), 5000 + number, 4000, b"x" * (i + 1), ident=i))
                    for i in range(4)]
    return pcap(sorted(records))


class Threads(CommandTest):
    def files(self, base):
        root = self.work / base
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    def check(self, profile, more, *options):
        self.write("long.pcap", long_trace())
        self.write("runtime.conf", LOGS.format(more=more))
        traces = ["long.pcap", *(str(TRACES / f"{name}.pcap") for name in ("web", "web-ipv6", "mixed", "voice", "bulk-lossy"))]
        for threads in ("1", "2", "6"):
            self.run_tstat("--compat", profile, "--threads", threads, "-T", "runtime.conf", "-s", f"out{threads}", *options, *traces)
        expected = self.files("out1")
        self.assertGreater(len(expected), 50)
        rows = sum(path.read_text().count("\n") for path in (self.work / "out1").rglob("log_tcp_complete"))
        self.assertGreater(rows, CONNECTIONS)
        for threads in ("2", "6"):
            self.assertEqual(self.files(f"out{threads}"), expected)
            match, differ, bad = filecmp.cmpfiles(self.work / "out1", self.work / f"out{threads}", sorted(expected), shallow=False)
            self.assertEqual((differ, bad), ([], []), f"{threads} threads")

    def test_as_3_1_1(self):
        self.check("3.1.1", "")

    def test_as_3_3_with_addresses_encrypted(self):
        self.write("nets", "10.0.0.0/8\n")
        self.check("3.3", PERIODIC, "-g", "-N", "nets", "-Y", "nets", "--keyvalue", "0123456789abcdef0123456789abcdef")

    def test_true_numbers(self):
        self.check("none", PERIODIC, "--first-packets", "5", "--flow-key", "vlan,tunnel")

    def test_memory_that_flows_share(self):
        """Long heads of HTTP, more than there is memory for: whose are cut does not depend on threads."""
        ends = [((10, 0, 1, n + 1), 20000 + n) for n in range(60)]
        head = b"GET /" + b"u" * 30000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"
        server, frames = (192, 0, 2, 9), []
        for client, port in ends:
            frames += [tcp_packet(client, server, port, 80, 1000, 0, 0x02), tcp_packet(server, client, 80, port, 2000, 1001, 0x12),
                       tcp_packet(client, server, port, 80, 1001, 2001, 0x10)]
        for at in range(0, len(head), 1400):
            frames += [tcp_packet(client, server, port, 80, 1001 + at, 2001, 0x18, head[at:at + 1400]) for client, port in ends]
        self.write("heads.pcap", pcap([(FIRST * 1000000 + 100 * number, frame) for number, frame in enumerate(frames)]))
        self.write("runtime.conf", LOGS.format(more=""))
        logs = []
        for threads in ("1", "2", "6"):
            self.run_tstat("--compat", "none", "--max-memory", "48M", "--threads", threads, "-T", "runtime.conf", "-s", f"out{threads}",
                           "heads.pcap")
            logs += [path.read_bytes() for path in (self.work / f"out{threads}").rglob("log_http_complete")]
        self.assertIn(b"[*]", logs[0])
        self.assertEqual([log == logs[0] for log in logs], [True] * 3)

    def test_a_stream(self):
        trace = long_trace()
        for threads in ("1", "3"):
            self.run_tstat("--threads", threads, "-s", f"out{threads}", "stdin", stdin=trace)
        files = self.files("out1")
        self.assertEqual(self.files("out3"), files)
        _, differ, bad = filecmp.cmpfiles(self.work / "out1", self.work / "out3", sorted(files), shallow=False)
        self.assertEqual((differ, bad), ([], []))

    def test_exports_and_databases(self):
        """The rows of databases begin at a random one, so these are compared as text."""
        self.write("long.pcap", long_trace())
        self.write("rrd.conf", "rtcp_cl_b_loc avg,max,prc:50\nudp_bitrate_loc idx:0,other\nL4_flow_number idx:0,1\n")
        exports = ("json=x.json", "csv=x.csv#logs=tcp_complete", "influx=x.influx", "ipfix=x.ipfix",
                   "json=h.json#logs=histogram,histogram_network,tls,dns_resolution&name=h")
        for threads in ("1", "3"):
            (self.work / threads).mkdir()
            options = [word for export in exports for word in ("--export", export.replace("=", f"={threads}/", 1))]
            self.run_tstat("--compat", "none", "--threads", threads, "-R", "rrd.conf", "-r", f"{threads}/rrd", "-s", f"{threads}/out",
                           *options, "long.pcap", str(TRACES / "web.pcap"), str(TRACES / "voice.pcap"))
        files = self.files("1")
        databases = sorted(name for name in files if name.endswith(".rrd"))
        self.assertGreaterEqual(len(databases), 5)
        self.assertEqual(self.files("3"), files)
        for name in databases:
            one, three = (subprocess.run(["rrdtool", "dump", self.work / threads / name], check=True, stdout=subprocess.PIPE).stdout
                          for threads in ("1", "3"))
            self.assertIn(b"<lastupdate>", one)
            self.assertEqual(one, three, name)
        _, differ, bad = filecmp.cmpfiles(self.work / "1", self.work / "3", sorted(files - set(databases)), shallow=False)
        self.assertEqual((differ, bad), ([], []))

    def test_there_are_so_many(self):
        """A thread for each but the one that reads: seen while a stream is open."""
        process = subprocess.Popen([self.tstat, "--threads", "4", "-s", "out", "stdin"], cwd=self.work, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdin.write(long_trace())
        process.stdin.flush()
        tasks, deadline = pathlib.Path(f"/proc/{process.pid}/task"), time.monotonic() + 60
        while len(list(tasks.iterdir())) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        number = len(list(tasks.iterdir()))
        self.finish(process)
        self.assertEqual((number, process.returncode), (4, 0))

    def test_a_slow_stream(self):
        """Rows are there soon, although there are too few packets to be worth another thread's while."""
        process = subprocess.Popen([self.tstat, "--threads", "3", "-s", "out", "stdin"], cwd=self.work, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        rows, number, deadline = 0, 0, time.monotonic() + 60
        while rows < 1 and time.monotonic() < deadline:
            data = pcap(connection(FIRST * 1000000 + number * 50000, client=(10, 0, 0, 1), port=1025 + number))
            process.stdin.write(data if number == 0 else data[24:])  # one file header
            process.stdin.flush()
            number += 1
            time.sleep(0.05)
            rows = sum(path.read_text().count("\n") - 1 for path in (self.work / "out").rglob("log_tcp_complete"))
        self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertGreater(rows, 0)
        self.assertLess(number, 200)  # less than an epoch

    def test_other_numbers_are_refused(self):
        for number in ("0", "65", "-1", "many", ""):
            self.run_tstat("--threads", number, "t.pcap", status=1)
            self.assertIn("1 to 64 are allowed", self.err)


command.main()
