#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Packet dumps as a user asks for them: [dump] of runtime.conf, -P, -F, --dump-format, --dump-compression."""
import gzip, shutil, struct, subprocess, unittest

import command
from command import DIRECTORY, FIRST, CommandTest, connection, pcap, udp_packet

QUESTION = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + b"\x01a\x00" + struct.pack(">HH", 1, 1)


def packets(data):
    """[(captured, original, bytes)] of a pcap file."""
    found, at = [], 24
    while at + 16 <= len(data):
        captured, original = struct.unpack_from("<II", data, at + 8)
        found.append((captured, original, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    assert at == len(data)
    return found


class Dumps(CommandTest):
    def setUp(self):
        super().setUp()
        start = FIRST * 1000000
        question = udp_packet((10, 0, 0, 1), (10, 0, 0, 53), 5000, 53, QUESTION)
        self.write("t.pcap", pcap(connection(start) + [(start + 20000, question)]))
        self.write("runtime.conf", "[dump]\nip_complete = 1\nudp_dns = 1\ntcp_complete = 1\nudp_rtp = 1\n")

    def dump(self, name, directory=DIRECTORY, traces="traces00"):
        return (self.work / "out" / directory / traces / name).read_bytes()

    def names(self, traces="traces00"):
        return sorted(path.name for path in (self.work / "out" / DIRECTORY / traces).iterdir())

    def test_each_dump_has_its_packets(self):
        out = self.run_tstat("-T", "runtime.conf", "-s", "out", "t.pcap")
        self.assertIn("[-] Enabling dump engine\n", out)
        self.assertIn(f"(Fri Jul 14 02:40:00 2017) Creating output dir out/{DIRECTORY}/traces00\n", out)
        self.assertEqual(self.names(), ["ip_complete.pcap", "log.txt", "tcp_complete.pcap", "udp_dns.pcap"])
        self.assertEqual(len(packets(self.dump("ip_complete.pcap"))), 9)
        self.assertEqual(len(packets(self.dump("tcp_complete.pcap"))), 8)
        (captured, original, frame), = packets(self.dump("udp_dns.pcap"))
        self.assertEqual((captured, original), (len(frame), len(frame)))
        self.assertEqual(frame[:14], bytes(12) + b"\x08\x00")
        self.assertTrue(frame.endswith(QUESTION))
        self.assertTrue(self.dump("log.txt").startswith(b"dump start: Fri Jul 14 02:40:00 2017\n"))

    def test_without_a_section_there_are_none(self):
        self.write("runtime.conf", "[log]\n")
        self.assertNotIn("dump engine", self.run_tstat("-T", "runtime.conf", "-s", "out", "t.pcap"))
        self.write("runtime.conf", "[dump]\nip_complete = 0\n")
        self.assertIn("[-] Disabling dump engine\n", self.run_tstat("-T", "runtime.conf", "-s", "out", "t.pcap"))
        self.assertFalse((self.work / "out" / DIRECTORY / "traces00").exists())

    def test_a_second_run_takes_the_place_of_the_first(self):
        for option in ((), ("--dump-format", "pcapng"), ("--dump-compression", "zstd"), ("-P",), ()):
            self.run_tstat("-T", "runtime.conf", "-s", "out", *option, "t.pcap")
            self.assertEqual([path.name for path in (self.work / "out").iterdir()], [DIRECTORY])

    def test_compression(self):
        self.run_tstat("-T", "runtime.conf", "-s", "out", "t.pcap")
        plain = self.dump("ip_complete.pcap")
        for options in (("-P",), ("--dump-compression", "gzip")):
            self.run_tstat("-T", "runtime.conf", "-s", "out", *options, "t.pcap")
            self.assertEqual(gzip.decompress(self.dump("ip_complete.pcap.gz")), plain)
        self.run_tstat("-T", "runtime.conf", "-s", "out", "-P", "--dump-compression", "zstd", "t.pcap")
        self.assertEqual(self.names(),
                         ["ip_complete.pcap.zst", "log.txt", "tcp_complete.pcap.zst", "udp_dns.pcap.zst"])
        # tstat reads what it writes.
        shutil.copy(self.work / "out" / DIRECTORY / "traces00" / "ip_complete.pcap.zst", self.work / "again")
        self.assertIn("9 packets seen, 8 TCP packets traced, 1 UDP packets traced\n",
                      self.run_tstat("-s", "out2", "again"))
        self.run_tstat("--dump-compression", "xz", "t.pcap", status=1)
        self.assertIn("--dump-compression xz: none, gzip or zstd", self.err)

    def test_pcapng_is_read_by_others(self):
        self.run_tstat("-T", "runtime.conf", "-s", "out", "--dump-format", "pcapng", "t.pcap")
        self.assertEqual(self.names(), ["ip_complete.pcapng", "log.txt", "tcp_complete.pcapng", "udp_dns.pcapng"])
        shutil.copy(self.work / "out" / DIRECTORY / "traces00" / "ip_complete.pcapng", self.work / "again")
        self.assertIn("9 packets seen, 8 TCP packets traced, 1 UDP packets traced\n",
                      self.run_tstat("-s", "out2", "again"))
        self.run_tstat("--dump-format", "erf", "t.pcap", status=1)
        self.assertIn("--dump-format erf: pcap or pcapng", self.err)

    @unittest.skipUnless(shutil.which("tshark"), "no tshark (apt-get install tshark)")
    def test_pcapng_tells_of_flows(self):
        self.run_tstat("-T", "runtime.conf", "-s", "out", "--dump-format", "pcapng", "t.pcap")
        shown = subprocess.run(
            ["tshark", "-n", "-r", self.work / "out" / DIRECTORY / "traces00" / "ip_complete.pcapng", "-T", "fields",
             "-e", "frame.time_epoch", "-e", "ip.proto", "-e", "frame.comment"], capture_output=True, text=True)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        lines = [line.split("\t") for line in shown.stdout.splitlines()]
        self.assertEqual(len(lines), 9)
        self.assertEqual(lines[0], [f"{FIRST}.000000000", "6", "tcp flow 1 c2s unknown"])
        self.assertEqual(lines[4][2], "tcp flow 1 s2c http")
        self.assertEqual(lines[8][1:], ["17", "udp flow 1 c2s dns"])

    def test_names(self):
        self.write("names", "ANY.ANY 0  # nothing else\nexample.net 1\n")
        for options in (("-Fnames", "-s", "out"), ("-F", "names", "-s", "out"), ("-s", "out", "-F", "names")):
            self.run_tstat("-T", "runtime.conf", *options, "t.pcap")
            self.assertEqual(self.names(), ["ip_complete.pcap", "log.txt", "udp_dns.pcap"])
        # Without names there is nothing to filter by, and the key switches it off.
        self.run_tstat("-T", "runtime.conf", "-F", "names", "-X", "-s", "out", "t.pcap")
        self.assertIn("tcp_complete.pcap", self.names())
        self.write("off.conf", "[dump]\ntcp_complete = 1\ndns_filter = 0\n")
        self.run_tstat("-T", "off.conf", "-F", "names", "-s", "out", "t.pcap")
        self.assertIn("tcp_complete.pcap", self.names())

    def test_names_that_cannot_be_read(self):
        failed = "dump engine err: Problem in initializing the DNS filter engine\n"
        self.run_tstat("-T", "runtime.conf", "-F", "none", "-s", "out", "t.pcap", status=1)
        self.assertIn("Unable to open file 'none'\n", self.err)
        self.assertTrue(self.err.endswith(failed))
        self.write("bad", "a.net 1\nb.net\n")
        for arguments in (("-s", "out", "t.pcap"), ("--check-config",)):
            self.run_tstat("-T", "runtime.conf", "-F", "bad", *arguments, status=1)
            self.assertIn("tstat: bad:2: invalid values for 'b.net' (none) - must be [0|1]", self.err)
            self.assertTrue(self.err.endswith(failed))
        # The file belongs to the section.
        self.write("log.conf", "[log]\n")
        self.run_tstat("-T", "log.conf", "-F", "none", "-s", "out", "t.pcap")

    def test_a_directory_that_cannot_be_made_does_not_end_the_run(self):
        self.run_tstat("-T", "runtime.conf", "-s", "out", "t.pcap")
        shutil.rmtree(self.work / "out")
        (self.work / "out" / DIRECTORY).mkdir(parents=True)
        self.write(f"out/{DIRECTORY}/traces00", "not a directory")
        # What is not tstat's stays, and the run goes beside it.
        self.run_tstat("-T", "runtime.conf", "-s", "out", "t.pcap")
        self.assertEqual(len(packets(self.dump("ip_complete.pcap", DIRECTORY.replace(".out", "_2.out")))), 9)

    def test_a_full_disk_ends_a_dump_only(self):
        self.write("many.pcap", pcap([(FIRST * 1000000 + i, udp_packet((10, 0, 0, 1), (10, 0, 0, 2), 5000, 6000,
                                                                        b"x" * 1000, i)) for i in range(200)]))
        self.write("runtime.conf", "[dump]\nip_complete = 1\n")
        # A limit on the size of files stands for the disk.
        self.run_tstat("-T", "runtime.conf", "-s", "out", "many.pcap", status=1,
                       preexec_fn=lambda: limit_file_size(100000))
        self.assertRegex(self.err, r"tstat: out/\S+/traces00/ip_complete\.pcap: File too large\n")
        self.assertRegex(self.err, r"tstat: packets that could not be dumped: \d+\n")
        self.assertEqual(self.err.count("ip_complete.pcap"), 1)
        lost = int(self.err.split("could not be dumped: ")[1].split()[0])
        self.assertEqual(len(packets(self.dump("ip_complete.pcap"))) + lost, 200)
        self.assertEqual(len(self.rows("log_udp_complete")), 1)

    def test_each_dump_that_fails_is_told_once(self):
        self.write("many.pcap", pcap([(FIRST * 1000000 + i, udp_packet((10, 0, 0, 1), (10, 0, 0, 2), 5000, 6000,
                                                                        b"x" * 1000, i)) for i in range(200)]))
        self.write("all.conf", "[dump]\nip_complete = 1\nudp_complete = 1\n")
        self.run_tstat("-T", "all.conf", "-s", "out", "many.pcap", status=1,
                       preexec_fn=lambda: limit_file_size(100000))
        for name in ("ip_complete", "udp_complete"):
            self.assertEqual(self.err.count(f"traces00/{name}.pcap: File too large\n"), 1, self.err)
        self.assertEqual(self.err.count("File too large"), 2)

    def test_options_without_a_dump_are_told(self):
        told = "Warning: nothing is dumped: no key of [dump] in runtime.conf (-T) switches a dump on"
        self.write("off.conf", "[dump]\nudp_dns = 0\n")
        self.write("names", "ANY.ANY 0\n")
        for options in (("-P",), ("-F", "names"), ("--dump-format", "pcapng", "--dump-compression", "gzip"),
                        ("-P", "-T", "off.conf")):
            self.run_tstat(*options, "-s", "out", "t.pcap")
            self.assertEqual(self.err.count(told), 1, options)
        self.run_tstat("-P", "-F", "names", "-T", "runtime.conf", "-s", "out", "t.pcap")
        self.assertNotIn(told, self.err)
        self.run_tstat("-s", "out", "t.pcap")
        self.assertNotIn(told, self.err)

    def test_that_dumps_hide_nothing_is_told(self):
        told = "Warning: dumps hold packets as they were captured, with all addresses and names"
        self.write("all", "0.0.0.0/0\n")
        for options in (("-Y", "all"), ("-Y", "all", "--enc")):
            self.run_tstat(*options, "-T", "runtime.conf", "-s", "out", "t.pcap")
            self.assertEqual(self.err.count(told), 1, options)
        for options in (("-Y", "all"), ("-T", "runtime.conf"), ("--strict-anonymity", "-T", "runtime.conf")):
            self.run_tstat(*options, "-s", "out", "t.pcap")
            self.assertNotIn(told, self.err)

    def test_names_without_a_file_are_told(self):
        self.write("key.conf", "[dump]\nudp_dns = 1\ndns_filter = 1\n")
        self.run_tstat("-T", "key.conf", "-s", "out", "t.pcap")
        self.assertIn("Using the default values: flows to all names are dumped (-F names a file).\n", self.err)

    def test_the_mask_of_addresses_is_in_dumps(self):
        self.run_tstat("-T", "runtime.conf", "-A", "255", "-s", "out", "t.pcap")
        self.assertEqual(packets(self.dump("udp_dns.pcap"))[0][2][26:30], bytes((10, 0, 0, 254)))


def limit_file_size(size):
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


if __name__ == "__main__":
    command.main()
