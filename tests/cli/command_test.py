#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the tstat command as a user does: options, bad inputs, messages, exit statuses.

usage: command_test.py TSTAT [unittest arguments]
The traces are made here, byte by byte, so that each test says what is in them.
"""
import gzip, os, pathlib, re, resource, shutil, signal, struct, subprocess, sys, tempfile, time, unittest

TSTAT = None
FIRST = 1500000000  # Fri Jul 14 02:40:00 2017 UTC
DIRECTORY = "2017_07_14_02_40.out"


def tcp_packet(source, destination, sport, dport, seq, ack, flags, payload=b""):
    """An Ethernet frame."""
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 8192, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), seq & 0xFFFF, 0, 64, 6, 0, bytes(source), bytes(destination))
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + ip + tcp


def udp_packet(source, destination, sport, dport, payload, ident=1):
    udp = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), ident, 0, 64, 17, 0, bytes(source), bytes(destination))
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + ip + udp


ARP = b"\xff" * 6 + b"\x02\0\0\0\0\2\x08\x06" + b"\0" * 28


def connection(start, client=(10, 0, 0, 1), server=(192, 0, 2, 1), port=1025):
    """A complete connection of nine packets, as (time in microseconds, frame)."""
    c, s = (client, server, port, 80), (server, client, 80, port)
    frames = [
        tcp_packet(*c, 100, 0, 0x02), tcp_packet(*s, 500, 101, 0x12), tcp_packet(*c, 101, 501, 0x10),
        tcp_packet(*c, 101, 501, 0x18, b"GET / HTTP/1.0\r\n\r\n"), tcp_packet(*s, 501, 119, 0x18, b"HTTP/1.0 200 OK\r\n\r\n"),
        tcp_packet(*c, 119, 520, 0x11), tcp_packet(*s, 520, 120, 0x11), tcp_packet(*c, 120, 521, 0x10),
    ]
    return [(start + i * 1000, frame) for i, frame in enumerate(frames)]


def pcap(records, link_type=1):
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)]
    for microseconds, frame in records:
        out.append(struct.pack("<IIII", microseconds // 1000000, microseconds % 1000000, len(frame), len(frame)) + frame)
    return b"".join(out)


def standard_trace(start=FIRST * 1000000, port=1025):
    return pcap(connection(start, port=port))


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-test-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.write("t.pcap", standard_trace())

    def write(self, name, content):
        (self.work / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def run_tstat(self, *args, status=0, stdin=b"", **kwargs):
        done = subprocess.run([TSTAT, *args], cwd=self.work, input=stdin, capture_output=True, timeout=60,
                              env=dict(os.environ, TZ="UTC", LC_ALL="C"), **kwargs)
        self.out, self.err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, status, f"tstat {' '.join(args)}\n--- stdout\n{self.out}--- stderr\n{self.err}")
        return self.out

    def rows(self, log, base="out", directory=DIRECTORY):
        text = (self.work / base / directory / log).read_text()
        return [line for line in text.splitlines() if not line.startswith("#")]

    # What a user sees -------------------------------------------------------------------------------------------

    def test_messages_and_report(self):
        self.run_tstat("-s", "out", "t.pcap")
        before, report = self.out.split("\n---\nDumping internal status variables:\n---\n")
        lines = before.split("\n")
        self.assertEqual(lines[0], "Warning: -N option not specified.")
        self.assertEqual(lines[1], "         All subnets are assumed to be internal")
        self.assertEqual(lines[2], "1 arg remaining, starting with 't.pcap'")
        self.assertEqual(lines[4], "")
        self.assertEqual(lines[5], f"[Fri Jul 14 02:40:00 2017] created new outdir out/{DIRECTORY}")
        self.assertEqual(self.err, "")
        expected = [
            r"total packet analized : 8", r"total flows analized : 1", r"total TCP flows analized : 1",
            r"total UDP flows analized : 0", r"total RTP flows analized : 0", r"total RTCP flows analized : 0",
            r"total tunneled RTP flows analized : 0", r"total iteration spent in the hash search routine : \d+",
            r"total analyzed TCP packet: 8 ", r"total analyzed UDP packet: 0 ", r"total trash TCP packet: 0 ",
            r"average TCP search length: \d\.\d{6}", r"Current opened flows: TCP = 0 UDP = 0",
            r"Current flow vector index: 1 \(180000\)", r"Total adx used in hash: 0 ", r"Total adx used in list: 0 ",
            r"Total adx hash search: 0", r"Total adx list search: 0", r"elapsed wallclock time: \d+:\d\d:\d\d\.\d{6}",
            r"\d+ pkts/sec analyzed", r"\d+ flows/sec analyzed",
            r"8 packets seen, 8 TCP packets traced, 0 UDP packets traced", r"trace file elapsed time: 0:00:00\.00(7000|6999)",
        ]
        lines = report.splitlines()
        self.assertEqual(len(lines), len(expected))
        for line, pattern in zip(lines, expected):
            self.assertRegex(line, "^" + pattern + "$")
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    def test_no_bold_outside_terminals(self):
        self.run_tstat("-6", "-X", "-s", "out", "t.pcap")
        self.assertIn("IPv6 traffic ignored\nDNS engine disabled\n", self.out)
        self.assertNotIn("\x1b", self.out + self.err)

    def test_help_and_version(self):
        self.run_tstat("-h")
        self.assertTrue(self.out.startswith("Usage:\n\t"))
        for part in ("\nOptions:\n", "\nSupported Input File Formats:\n\ttcpdump", "'stdin'", "\nNote: ", "--internal-nets",
                     "\nGlobals (-G):\n\t# Current value of internal global constants (-G option)\n"
                     "\t[globals]\n\tMax_TCP_Pairs = 180000\n"):
            self.assertIn(part, self.out)
        help_text = self.out
        for args in (("--help",), ("--quiet", "-h")):
            self.run_tstat(*args)
            self.assertEqual((self.out, self.err), (help_text, ""))
        for option in ("-v", "--version"):
            self.run_tstat(option)
            self.assertEqual(self.out, "")
            self.assertIn("\nVersion: ", self.err)

    def test_help_shows_globals_of_the_file(self):
        self.write("g", "[globals]\nDirs = 99\n")
        self.run_tstat("-h", "-G", "g")
        self.assertIn("\tDirs = 99\n", self.out)

    def test_quiet(self):
        self.run_tstat("--quiet", "-s", "out", "t.pcap")
        self.assertEqual((self.out, self.err), ("", ""))
        self.run_tstat("--quiet", "-s", "out", "none.pcap", status=255)
        self.assertEqual(self.out, "")
        self.assertEqual(self.err, "tstat: none.pcap: No such file or directory\n")

    def test_quiet_with_histograms(self):
        self.write("histo.conf", "include ALL\n")
        self.run_tstat("--quiet", "-s", "out", "-H", "histo.conf", "t.pcap")
        self.assertEqual((self.out, self.err), ("", ""))
        self.assertTrue((self.work / "out" / DIRECTORY / "LAST").is_dir())

    def test_dash_is_standard_input(self):
        self.run_tstat("-s", "out", "-", stdin=standard_trace())
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    def test_option_in_the_place_of_a_name(self):
        for args, what in ((("-R", "-l", "-r", "rrd"), "-R needs a file; '-l'"), (("-N", "--live"), "-N needs a file; '--live'"),
                           (("-s", "-Z"), "-s needs a directory; '-Z'"), (("-z", "-q"), "-z needs a file; '-q'")):
            self.run_tstat(*args, "t.pcap", status=1)
            self.assertIn(f"tstat: {what} looks like an option", self.err)
        self.run_tstat("-s", "", "t.pcap", status=1)
        self.assertEqual(self.err, "tstat: -s: the name of the directory is empty\n")
        self.write("-odd", "10.0.0.0/8\n")
        self.run_tstat("-N", "-odd", "-s", "out", "t.pcap")

    def test_snapshot_length(self):
        for text in ("0", "65536", "nan", "", "-1", "9" * 30):
            self.run_tstat("--quiet", "-l", "-i", "lo", "-E", text, "-s", "out", status=1)
            self.assertIn(": 1 to 65535 bytes are allowed\n", self.err)

    def test_dropped_packets_are_told(self):
        self.write("arp.pcap", pcap(connection(FIRST * 1000000) + [(FIRST * 1000000 + 9000, ARP)] * 3))
        self.run_tstat("-s", "out", "arp.pcap")
        self.assertRegex(self.err, r"^Not analysed:\n +3  packets: ")
        self.run_tstat("--quiet", "-s", "out", "arp.pcap")
        self.assertEqual(self.err, "")

    def test_debug_times(self):
        self.run_tstat("-d", "-s", "out", "t.pcap")
        self.assertIn("Running file 't.pcap'\n", self.out)
        self.assertIn("\tfirst packet:  Fri Jul 14 02:40:00.000000 2017\n\tlast packet:   Fri Jul 14 02:40:00.007000 2017\n",
                      self.out)

    def test_ticks(self):
        records = []
        for i in range(30):
            records += connection((FIRST + i) * 1000000, port=2000 + i)
        self.write("many.pcap", pcap(records))
        self.run_tstat("-t", "-s", "out", "many.pcap")
        ticks = re.findall(r"Tp= (\d+) Tf=(\d+) (\d+)% \((\d:\d\d:\d\d\.\d{6})\) Nf\(TCP\)=\d+ Nf\(UDP\)=\d+ Ntrash=0\r", self.out)
        self.assertEqual([int(t[0]) for t in ticks], list(range(10, 100, 10)) + [100, 200])
        self.assertEqual([int(t[1]) for t in ticks[:3]], [2, 3, 4])
        self.assertTrue(all(0 <= int(t[2]) <= 100 for t in ticks))
        self.assertTrue(self.out.splitlines()[-3] == "" or "\n\n" in self.out[-200:])

    def test_message_file(self):
        self.run_tstat("-s", "out", "-z", "messages", "t.pcap", "-z", "other")
        self.assertEqual((self.out, self.err), ("", ""))
        text = (self.work / "messages").read_text()
        self.assertIn("Warning: -N option", text)
        self.assertIn("packets seen", text)
        self.assertFalse((self.work / "other").exists())
        self.run_tstat("-z", "/dev/full", "-s", "out", "t.pcap", status=1)
        self.assertEqual(self.err, "tstat: /dev/full: No space left on device\n")
        self.run_tstat("-z", "missing/messages", "t.pcap", status=1)
        self.assertEqual(self.err, "Error creating missing/messages\n")

    def test_argument_file(self):
        self.run_tstat(status=1)
        self.assertEqual(self.err, "No 'tstat.conf' file. Try 'tstat -h' for more information.\n")
        self.write("tstat.conf", "-s out   # where\n\tt.pcap\n")
        self.run_tstat()
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    # Options ----------------------------------------------------------------------------------------------------

    def test_option_errors(self):
        for args, text in ((("-q",), "unknown option '-q'"), (("-s",), "missing argument of option '-s'"),
                           (("--key", "x"), "ambiguous option '--key'"), (("--nope",), "unknown option '--nope'")):
            self.run_tstat(*args, status=1)
            self.assertTrue(self.err.startswith("tstat: " + text), self.err)
            self.assertIn("Usage: tstat", self.err)
        self.run_tstat("-t", status=1)
        self.assertTrue(self.err.startswith("tstat: no trace file given\n"))

    def test_options_before_an_error_act(self):
        self.run_tstat("-h", "--nope")

    def test_no_udp_leaves_udp_out_of_the_final_line(self):
        self.run_tstat("-u", "-s", "out", "t.pcap")
        self.assertIn("8 packets seen, 8 TCP packets traced\n", self.out)

    def test_address_mask(self):
        self.run_tstat("-A", "0xff", "-s", "out", "t.pcap")
        self.assertIn("Anonymization mask set to 0x000000ff\n", self.out)
        self.assertEqual(self.rows("log_tcp_complete")[0].split()[0], "10.0.0.254")
        for mask in ("12x", "zz", "", "-1", "0x", "0x100000000", "1" * 1000):
            self.run_tstat("--quiet", "-A", mask, "-s", "none", "t.pcap", status=1)
            self.assertIn("invalid value for the anonymization mask (allowed: 0 to 0xffffffff", self.err)
            self.assertLess(len(self.err), 300)
            self.assertFalse((self.work / "none").exists())

    def test_gzip_logs(self):
        self.run_tstat("-Z", "-s", "out", "t.pcap")
        with gzip.open(self.work / "out" / DIRECTORY / "log_tcp_complete.gz", "rt") as log:
            self.assertEqual(len(log.read().splitlines()), 2)

    def test_no_logs(self):
        self.run_tstat("-L", "-s", "out", "t.pcap")
        self.assertEqual(list((self.work / "out" / DIRECTORY).iterdir()), [])
        self.run_tstat("-L", "-S", "-s", "none", "t.pcap")
        self.assertFalse((self.work / "none" / DIRECTORY).exists())

    def test_compat(self):
        self.run_tstat("--compat", "3.3", "-s", "out", "t.pcap")
        self.run_tstat("--compat", "2.0", "-s", "out", "t.pcap", status=1)

    # Networks ---------------------------------------------------------------------------------------------------

    def test_networks(self):
        self.write("nets", "10.0.0.0/8\r\n")
        self.run_tstat("-N", "nets", "-s", "out", "t.pcap")
        self.assertTrue(self.out.startswith("Warning: -N option contains no IPv6 network.\n"))
        row = self.rows("log_tcp_complete")[0].split()
        self.assertEqual((row[37], row[38]), ("1", "0"))

    def test_network_errors(self):
        self.write("nets", "10.0.0.0/8\n10.0.0.0/33\n")
        self.run_tstat("-N", "nets", "t.pcap", status=1)
        self.assertTrue(self.err.startswith('tstat: nets:2: "10.0.0.0/33": prefix length must be 0-32 '))
        self.assertIn("Invalid network mask in internal config n.2", self.err)
        self.assertTrue(self.err.endswith("Error while loading NET addresses configuration\nWrong or missing nets\n"))
        self.run_tstat("-C", "none", "t.pcap", status=1)
        self.assertTrue(self.err.startswith("Unable to open file 'none'\n"))
        self.assertTrue(self.err.endswith("Error while loading configuration\nWrong or missing none\n"))

    def test_macs(self):
        self.write("macs", "02:00:00:00:00:02\n")
        self.run_tstat("-M", "macs", "-s", "out", "t.pcap")
        self.assertNotIn("-N option not specified", self.out)
        self.write("none", "# nothing\n")
        self.run_tstat("-M", "none", "-s", "out", "t.pcap")
        self.assertIn("Nothing is assumed to be internal", self.out)
        self.write("bad", "02:00:00:00:00\n")
        self.run_tstat("-M", "bad", "t.pcap", status=1)
        self.assertIn("bad:1: ", self.err)
        self.assertIn("Error while loading MAC addresses configuration\nWrong or missing bad\n", self.err)

    # Configuration files ----------------------------------------------------------------------------------------

    def test_runtime_conf(self):
        self.write("r", "[log]\r\nlog_http_complete=1\r\nlog_udp_complete =0\r\n[options]\r\ntcplog_advanced = 1\r\n")
        self.run_tstat("-T", "r", "-s", "out", "t.pcap")
        self.assertIn("[-] Disabling log_udp_complete\n[-] TCP log level set to 31 (Core + End_to_end + Layer7 + P2P + Options + "
                      "Advanced)\n", self.out.replace("[-] Enabling log_http_complete\n", ""))
        logs = {p.name for p in (self.work / "out" / DIRECTORY).iterdir()}
        self.assertIn("log_http_complete", logs)
        self.assertNotIn("log_udp_complete", logs)
        header = (self.work / "out" / DIRECTORY / "log_tcp_complete").read_text().split("\n")[0]
        self.assertTrue(header.startswith("#31#c_ip:1"))

    def test_runtime_conf_errors(self):
        self.run_tstat("-T", "none", "t.pcap", status=1)
        self.assertEqual(self.err, "err: Could not open none\n")
        self.run_tstat("-T", ".", "t.pcap", status=1)
        self.assertEqual(self.err, "err: . is a directory\n")
        for text, line, message in (("[log]\nfoo = 1\n", 2, "ini reader: 'foo' - unknown keyword"),
                                    ("[log]\nlog_tcp_complete = 1.0\n", 2, "ini reader: expected 0|1 value near 'log_tcp_complete'"),
                                    ("\n[nope]\n", 2, "inireader: '[nope]' - syntax error"),
                                    ("[globals]\n", 1, "ini reader: [globals] section not valid")):
            self.write("r", text)
            self.run_tstat("-T", "r", "-s", "out", "t.pcap", status=1)
            self.assertIn(f"tstat: r:{line}: {message}", self.err)
            self.assertFalse((self.work / "out").exists())
        self.write("r", "foo = 1\n")
        self.run_tstat("-T", "r", "-s", "out", "t.pcap")
        self.assertIn("inireader: warning - No section header in file 'r' - File ignored\n", self.err)

    def test_globals(self):
        self.write("g", "[globals]\nMax_TCP_Pairs = 20000\nTCP_Idle_Time = 4000\nRuntime_Config_Idle = 30\n")
        self.run_tstat("-s", "out", "t.pcap", "-G", "g")
        self.assertIn("Current flow vector index: 1 (20000)\n", self.out)
        self.write("g", "[globals]\n\nDirs = 0\n")
        self.run_tstat("-G", "g", "t.pcap", status=1)
        self.assertIn("tstat: g:3: global conf: error: 'Dirs' must have an positive integer value, not '0' (allowed: 1 to 2147483647)\n", self.err)
        self.run_tstat("-G", "none", "t.pcap", status=1)
        self.assertEqual(self.err, "inireader: 'none' - No such file\n")

    # Traces -----------------------------------------------------------------------------------------------------

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
                 ("header.pcap", 0, "Not even a single packet read (check tcpdump filter)! Skipping current file.\n"))
        for name, status, message in cases:
            shutil.rmtree(self.work / "out", ignore_errors=True)
            self.run_tstat("-s", "out", name, "t.pcap", status=status)
            self.assertEqual(self.err, message, name)
            self.assertIn("\nRunning file 't.pcap' (2 of 2)\n", self.out)
            self.assertEqual(len(self.rows("log_tcp_complete")), 1, name)
            self.assertIn("trace files elapsed time: ", self.out)
        self.run_tstat("-s", "out", "text", "none.pcap", "t.pcap", status=255)  # the worst counts

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

    def test_pairs_of_traces(self):
        packets = connection(FIRST * 1000000)
        client = [p for p in packets if p[1][26:30] == b"\x0a\0\0\1"]
        self.write("c.pcap", pcap(client))
        self.write("s.pcap", pcap([p for p in packets if p not in client]))
        self.run_tstat("-2", "-s", "out", "c.pcap", "s.pcap")
        row = self.rows("log_tcp_complete")[0].split()
        self.assertEqual((row[37], row[38]), ("1", "0"))
        self.run_tstat("-2", "-s", "out", "c.pcap", status=1)

    # Streams ----------------------------------------------------------------------------------------------------

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

    def wait_for(self, path):
        for _ in range(500):
            if path.exists():
                return
            time.sleep(0.01)
        self.fail(f"{path} does not appear")

    def test_runtime_conf_is_read_again(self):
        self.write("g", "[globals]\nRuntime_Config_Idle = 0.05\nRuntime_Mtime_Counter = 1\n")
        self.write("r", "[log]\nlog_udp_complete = 1\n")
        process = subprocess.Popen([TSTAT, "-G", "g", "-T", "r", "-s", "out", "stdin"], cwd=self.work, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
        trace = pcap([])
        def feed(second):
            nonlocal trace
            process.stdin.write(trace + pcap(connection((FIRST + second) * 1000000, port=3000 + second))[24:])
            process.stdin.flush()
            trace = b""
        feed(0)
        self.wait_for(self.work / "out" / DIRECTORY)
        self.write("r", "[log]\nlog_udp_complete = 0\nlog_http_complete = 1\n")
        new = self.work / "out" / "2017_07_14_02_40_2.out"
        for second in range(1, 50):
            feed(second)
            time.sleep(0.06)
            if new.exists():
                break
        feed(50)
        # A mistake is told, and the run goes on.
        self.write("r", "[log]\nnonsense = 1\n")
        for second in range(51, 59):
            feed(second)
            time.sleep(0.06)
        out, err = self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertRegex(out, r"\[Fri Jul 14 02:40:\d\d 2017\] Disabling log_udp_complete\n"
                              r"\[Fri Jul 14 02:40:\d\d 2017\] Enabling log_http_complete\n")
        self.assertIn("tstat: r:2: ini reader: 'nonsense' - unknown keyword", err)
        self.assertTrue((self.work / "out" / DIRECTORY / "log_udp_complete").exists())
        self.assertFalse((new / "log_udp_complete").exists())
        self.assertIn("\tGET\t", (new / "log_http_complete").read_text())

    # Configuration files ----------------------------------------------------------------------------------------

    def test_byte_order_marks(self):
        mark = b"\xef\xbb\xbf"
        self.write("r", mark + b"[log]\nlog_tcp_complete = 0\n")
        self.write("nets", mark + b"10.0.0.0/8\n")
        self.write("histo", mark + b"include ip_len_loc\n")
        self.write("g", mark + b"[globals]\nDirs = 7\n")
        self.write("f", mark + b"tcp")
        self.run_tstat("-s", "out", "-T", "r", "-N", "nets", "-H", "histo", "-G", "g", "-f", "f", "t.pcap")
        self.assertNotIn("inireader", self.err)
        self.assertFalse((self.work / "out" / DIRECTORY / "log_tcp_complete").exists())
        self.assertTrue((self.work / "out" / DIRECTORY / "LAST" / "ip_len_loc").exists())

    def test_what_is_no_text(self):
        long_line = b"10.0.0.0/8\n" + b"x" * 1000000
        options = (("-N", "nets"), ("-M", "macs"), ("-C", "nets"), ("-T", "r"), ("-G", "g"), ("-H", "h"), ("-f", "f"),
                   ("-R", "rrd", "-r", "databases"))
        for option in options:
            for content, text in ((b"[log]\n10.0.0.0\0/8\n", ":2: a NUL byte"), (long_line, ":2: \"xxxx")):
                self.write(option[1], content)
                self.run_tstat(*option, "-s", "out", "t.pcap", status=1)
                self.assertIn(f"{option[1]}{text}", self.err)
                self.assertLess(len(self.err), 1000)

    def test_text_before_the_first_section(self):
        self.write("r", "log_tcp_complete = 0\n[log]\nlog_udp_complete = 0\n")
        self.run_tstat("-s", "out", "-T", "r", "t.pcap")
        self.assertEqual(self.err, "r:1: inireader: warning - 'log_tcp_complete' stands before the first section - ignored\n")

    def test_check_config(self):
        self.write("nets", "10.0.0.0/8\n2001:db8::/32\n")
        self.write("r", "[log]\nlog_tcp_complete = 0\n[options]\nhisto_empty = skip\n")
        self.write("g", "[globals]\nDirs = 7\n")
        self.write("h", "include ip_len_loc\ninclude ADX\n")
        self.write("rrd.conf", "ip_len_in avg prc:50,95\n")
        self.write("f", "tcp port 80\n")
        options = ("-N", "nets", "-T", "r", "-G", "g", "-H", "h", "-R", "rrd.conf", "-r", "rrd", "-s", "out", "-z", "messages",
                   "-f", "f")
        before = sorted(self.work.iterdir())
        out = self.run_tstat("--check-config", *options, "t.pcap")
        self.assertEqual(sorted(self.work.iterdir()), before)  # nothing is made
        for line in ("# compatible with:       3.1.1", "# internal networks:     nets, 2 entries", "# packet filter:         tcp port 80",
                     "# RRD databases:         rrd, 3 of 1 histograms", "# histograms:            2 collected, addresses",
                     "log_tcp_complete = 0", "log_udp_complete = 1", "histo_empty = skip", "\tDirs = 7", "\tMax_TCP_Pairs = 180000"):
            self.assertIn(line + "\n", out)
        self.run_tstat("--check-config", *options, "-l", "-i", "eth7", "--keep", "30d")
        self.assertIn("interface eth7", self.out)
        self.assertIn("# kept:                  720 hours\n", self.out)
        for name, content, text in (("nets", "10.0.0.0/33\n", "nets:1: "), ("r", "[log]\nx = 1\n", "r:2: "),
                                    ("g", "[globals]\nRate_Sampling = 9223372036.0\n", "g:2: "), ("h", "include nothing\n", "h:1: "),
                                    ("rrd.conf", "ip_len_in prc:nan\n", "rrd.conf:1: "), ("f", "tcp prot 80", "pcap_compile: ")):
            kept = (self.work / name).read_bytes()
            self.write(name, content)
            self.run_tstat("--check-config", *options, status=1)
            self.assertIn(text, self.err)
            self.write(name, kept)

    def test_check_config_of_the_argument_file(self):
        self.write("tstat.conf", "-N nets\n")
        self.write("nets", "10.0.0.0/33\n")
        self.run_tstat("--check-config", status=1)
        self.assertIn("nets:1: ", self.err)
        self.write("nets", "10.0.0.0/8\n")
        self.run_tstat("--check-config")
        self.assertIn("nets, 1 entries", self.out)

    def test_histograms_without_samples(self):
        self.write("histo.conf", "include ALL\n")
        last = self.work / "out" / DIRECTORY / "LAST"
        self.run_tstat("-s", "out", "-H", "histo.conf", "t.pcap")
        everything = {p.name: p.read_text() for p in last.iterdir()}
        self.assertEqual(len(everything), 343)
        self.run_tstat("-s", "out", "-H", "histo.conf", "--histo-empty", "skip", "t.pcap")
        some = {p.name: p.read_text() for p in last.iterdir()}
        self.assertEqual(some, {n: t for n, t in everything.items() if t.count("\n") > 2})
        self.assertGreater(len(some), 20)
        self.write("r", "[options]\nhisto_empty = write\n")  # the file decides
        self.run_tstat("-s", "out", "-H", "histo.conf", "--histo-empty", "skip", "-T", "r", "t.pcap")
        self.assertEqual(len(list(last.iterdir())), 343)
        self.write("r", "[options]\nhisto_empty = 1\n")
        self.run_tstat("-T", "r", "t.pcap", status=1)
        self.assertIn("r:2: runtime conf err: 'histo_empty = 1' - not a valid value (allowed: write, skip)", self.err)
        self.run_tstat("--histo-empty", "no", "t.pcap", status=1)
        self.assertEqual(self.err, "tstat: --histo-empty no: write or skip are allowed\n")

    def test_many_histograms_without_samples_are_told_once(self):
        self.write("histo.conf", "include ALL\n")
        records = []
        for i in range(60):
            records += connection((FIRST + 301 * i) * 1000000, port=2000 + i)
        self.write("long.pcap", pcap(records))
        self.run_tstat("-s", "out", "-H", "histo.conf", "long.pcap")
        self.assertEqual(self.out.count("10000 histogram files without a sample were written"), 1)
        self.assertIn("histo_empty = skip", self.out)

    # Failing outputs --------------------------------------------------------------------------------------------

    def test_directory_cannot_be_made(self):
        self.write("file", "x")
        self.run_tstat("-s", "file/out", "t.pcap", "t.pcap", status=1)
        self.assertIn("Cannot create directory file/out", self.err)
        self.assertEqual(self.err.count("Cannot create"), 1)

    def test_full_standard_output(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([TSTAT, "-s", "out", "t.pcap"], cwd=self.work, stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left on device", done.stderr)
        self.assertEqual(len(self.rows("log_tcp_complete", directory=next((self.work / "out").iterdir()).name)), 1)

    def test_closed_pipe_does_not_stop_the_analysis(self):
        process = subprocess.Popen([TSTAT, "-s", "out", "t.pcap"], cwd=self.work, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=dict(os.environ, TZ="UTC"))
        process.stdout.close()
        process.stderr.read()
        process.stderr.close()
        self.assertNotEqual(process.wait(60), -signal.SIGPIPE)
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    def many_connections(self):
        records = []
        for i in range(2000):
            records += connection((FIRST + i // 100) * 1000000 + i % 100, port=2000 + i)
        self.write("many.pcap", pcap(records))

    def test_limited_file_size(self):
        self.many_connections()
        self.run_tstat("-s", "out", "many.pcap", status=1,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)))
        self.assertRegex(self.err, r"tstat: out/.*log_tcp_complete: File too large\n")
        self.assertIn("packets seen", self.out)

    def test_limited_address_space(self):
        if b"__asan_init" in pathlib.Path(TSTAT).read_bytes():
            self.skipTest("the address sanitizer reserves terabytes")

        def limit(megabytes):
            return lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2)
        self.run_tstat("-s", "out", "t.pcap", preexec_fn=limit(1000))
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        self.run_tstat("-s", "out2", "t.pcap", status=1, preexec_fn=limit(100))
        self.assertIn("tstat: out of memory\n", self.err)

    def test_full_disk(self):
        self.many_connections()
        mount = self.work / "small"
        mount.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], capture_output=True).returncode != 0:
            self.skipTest("cannot mount a small file system here")
        try:
            self.run_tstat("-s", "small/out", "many.pcap", status=1)
            self.assertEqual(self.err.count("No space left on device"), 1)
            self.assertIn("16000 packets seen", self.out)
            for log in (mount / "out").rglob("log_*"):
                self.assertIn(log.read_bytes()[-1:], (b"", b"\n"), log.name)  # no half row
        finally:
            subprocess.run(["umount", mount], check=True)

    def test_databases_with_holes_on_a_full_disk(self):
        """librrd writes through a mapping: SIGBUS where the disk has no page for it."""
        mount = self.work / "small"
        mount.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", mount], capture_output=True).returncode != 0:
            self.skipTest("cannot mount a small file system here")
        try:
            self.write("rrd.conf", "ip_len_loc avg max\nweb_bitrate_loc avg\n")
            rrd = ("-R", "rrd.conf", "-r", "small/rrd")
            self.run_tstat("-s", "first", "t.pcap", *rrd)
            made = sorted((mount / "rrd").iterdir())
            self.assertEqual(len(made), 3)
            for database in made[:2]:
                subprocess.run(["fallocate", "-p", "-o", "8192", "-l", "12288", database], check=True)
            subprocess.run(["dd", "if=/dev/zero", f"of={mount}/fill", "bs=1k", "count=1000"], capture_output=True)
            self.write("later.pcap", standard_trace((FIRST + 3600) * 1000000))
            self.run_tstat("-s", "out", "later.pcap", *rrd, status=1)
            self.assertEqual(len(self.rows("log_tcp_complete", directory="2017_07_14_03_40.out")), 1)
            self.assertRegex(self.err, r"small/rrd/\S+\.rrd: the process that wrote to it died \(Bus error\)")
            self.assertRegex(self.err, "values that RRD databases did not take: [12]\n")  # a page may be left for one of them
        finally:
            subprocess.run(["umount", mount], check=True)

    def test_databases_that_cannot_begin_so_early(self):
        self.write("early.pcap", standard_trace(3 * 1000000))
        self.write("rrd.conf", "ip_len_loc avg\n")
        self.run_tstat("-s", "out", "-R", "rrd.conf", "-r", "rrd", "early.pcap", status=1)
        self.assertIn("less than 11 seconds after 1970-01-01", self.err)

    # Earlier and other runs -------------------------------------------------------------------------------------

    def test_a_stream_never_replaces_an_earlier_result(self):
        for directory in (DIRECTORY, DIRECTORY.replace(".out", "_2.out"), DIRECTORY.replace(".out", "_3.out")):
            self.run_tstat("-s", "out", "stdin", stdin=standard_trace())
            self.assertEqual(len(self.rows("log_tcp_complete", directory=directory)), 1)
        self.assertIn(f"Warning: out/{DIRECTORY} is there already, the next goes to out/{directory}\n", self.err)
        self.run_tstat("-s", "out", "t.pcap")  # a trace can be had again
        self.assertEqual(self.err, "")
        self.assertEqual(len(list((self.work / "out").iterdir())), 3)

    def test_files_of_others_are_kept(self):
        self.run_tstat("-s", "out", "t.pcap")
        self.write(f"out/{DIRECTORY}/notes", "mine")
        self.run_tstat("-s", "out", "t.pcap")
        self.assertIn(f"out/{DIRECTORY} holds what is not of tstat (notes), the next goes to", self.err)
        self.assertEqual((self.work / "out" / DIRECTORY / "notes").read_text(), "mine")
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        self.assertEqual(len(self.rows("log_tcp_complete", directory=DIRECTORY.replace(".out", "_2.out"))), 1)

    def test_two_runs_at_once(self):
        self.write("rrd.conf", "ip_len_loc avg\n")
        fifo = self.work / "fifo"
        os.mkfifo(fifo)
        process = subprocess.Popen([TSTAT, "-s", "out", "-R", "rrd.conf", "-r", "rrd", "fifo"], cwd=self.work,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
        with open(fifo, "wb") as trace:
            trace.write(standard_trace())
            trace.flush()
            self.wait_for(self.work / "out" / DIRECTORY)
            self.run_tstat("-s", "out", "t.pcap")
            self.assertIn(f"out/{DIRECTORY} is being written by another tstat, the next goes to", self.err)
            self.run_tstat("-s", "out", "-R", "rrd.conf", "-r", "rrd", "t.pcap", status=1)
            self.assertIn("tstat: rrd: another tstat keeps its RRD databases there", self.err)
        self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        self.assertEqual(len(self.rows("log_tcp_complete", directory=DIRECTORY.replace(".out", "_2.out"))), 1)

    # Signals ----------------------------------------------------------------------------------------------------

    def start_stream(self, data):
        process = subprocess.Popen([TSTAT, "-s", "out", "stdin"], cwd=self.work, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
        process.stdin.write(data)
        process.stdin.flush()
        if len(data) > 24:
            for _ in range(500):
                if (self.work / "out").exists():
                    break
                time.sleep(0.01)
        time.sleep(0.2)
        return process

    def finish(self, process):
        out, err = process.communicate(timeout=60)
        return out.decode(), err.decode()

    def test_signals_that_end_a_run(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            shutil.rmtree(self.work / "out", ignore_errors=True)
            process = self.start_stream(pcap(connection(FIRST * 1000000)[:5]))
            process.send_signal(number)
            out, err = self.finish(process)
            self.assertEqual(process.returncode, 1)
            self.assertIn(f"\a\nTerminating processing early on signal {int(number)}\n"
                          "Partial result after processing 5 packets:\n\n\n", out)
            self.assertIn("Dumping internal status variables:", err)
            self.assertNotIn("packets seen", out)
            self.assertEqual(len(self.rows("log_tcp_nocomplete")), 1)

    def test_signal_before_the_first_packet(self):
        for data in (b"", pcap([])):
            process = self.start_stream(data)
            process.send_signal(signal.SIGINT)
            out, _ = self.finish(process)
            self.assertEqual(process.returncode, 1)
            self.assertIn("Partial result after processing 0 packets:", out)

    def test_report_on_request(self):
        process = self.start_stream(standard_trace())
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
        out, err = self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertIn("\a\nGot a signal USR1\n", out)
        self.assertEqual(err.count("Dumping internal status variables:"), 1)
        self.assertEqual(out.count("Dumping internal status variables:"), 1)


if __name__ == "__main__":
    TSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
