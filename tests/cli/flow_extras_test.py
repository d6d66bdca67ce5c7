#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Columns of --labels, --first-packets and --ndpi."""
import json, os, re, subprocess, threading, time

import command
from command import FIRST, CommandTest, connection, pcap, tcp_packet, udp_packet

START = FIRST * 1000000
CLIENT, SERVER, RESOLVER = (10, 0, 0, 1), (192, 0, 2, 1), (192, 0, 2, 53)
REQUEST = b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n"


def dns(name, address, answers, ident=7):
    question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0\0\1\0\1"
    head = ident.to_bytes(2, "big") + (b"\x81\x80" if answers else b"\x01\0") + b"\0\1\0" + (b"\1" if answers else b"\0") + b"\0\0\0\0"
    return head + question + (b"\xc0\x0c\0\1\0\1\0\0\1\0\0\4" + bytes(address) if answers else b"")


def resolved(start, name, address):
    """A question and its answer."""
    return [(start, udp_packet(CLIENT, RESOLVER, 4000, 53, dns(name, address, False))),
            (start + 1000, udp_packet(RESOLVER, CLIENT, 53, 4000, dns(name, address, True)))]


def request(start, host, server=SERVER, port=1025):
    """A connection with one request, and no answer to it."""
    c, s = (CLIENT, server, port, 80), (server, CLIENT, 80, port)
    data = REQUEST % host
    frames = [tcp_packet(*c, 100, 0, 0x02), tcp_packet(*s, 500, 101, 0x12), tcp_packet(*c, 101, 501, 0x10),
              tcp_packet(*c, 101, 501, 0x18, data), tcp_packet(*s, 501, 101 + len(data), 0x14)]
    return [(start + i * 1000, frame) for i, frame in enumerate(frames)]


class Extras(CommandTest):
    def flows(self, kinds, *args, base="out"):
        self.run_tstat("--compat", "none", "-s", base, *args)
        return self.read(kinds, base)

    def read(self, kinds, base="out"):
        """The rows, by column, in the order of their numbers."""
        found = []
        for path in (self.work / base).rglob(f"log_{kinds}_*complete"):
            labels = []
            for line in path.read_text().splitlines():
                if line.startswith("#"):
                    labels = [re.sub(r":\d+$", "", cell) for cell in re.sub(r"^#\d*#?", "", line).split(" ")]
                else:
                    found.append(dict(zip(labels, line.split(" "))))
        return sorted(found, key=lambda row: int(row["flow_no"]))


class Labels(Extras):
    RULES = "# rules\n*.example.org -> university\nwww.example.org -> web\n192.0.2.0/24 -> cdn\n192.0.2.53 -> resolver\n"

    def setUp(self):
        super().setUp()
        self.write("labels.conf", self.RULES)

    def test_names_and_networks(self):
        self.write("t.pcap", pcap(
            resolved(START, "ftp.example.org", (198, 51, 100, 1)) + request(START + 10000, b"www.example.org:80", port=1026)
            + request(START + 20000, b"b.www.EXAMPLE.org", port=1027) + request(START + 30000, b"other.example", port=1028)
            + connection(START + 40000, server=(198, 51, 100, 1), port=1029)
            + connection(START + 50000, server=(198, 51, 100, 2), port=1030)))
        rows = self.flows("tcp", "--labels", "labels.conf", "t.pcap")
        self.assertEqual([row["site_label"] for row in rows], ["web", "university", "cdn", "university", "-"])
        self.assertEqual([row["site_label"] for row in self.read("udp")], ["resolver"])

    def test_without_the_option_there_is_no_column(self):
        row, = self.flows("tcp", "t.pcap")
        self.assertFalse({"site_label", "first_sizes", "first_dirs", "first_times", "ndpi"} & set(row))

    def test_mistakes(self):
        self.run_tstat("--labels", "labels.conf", "t.pcap", status=1)
        self.assertIn("--labels: only with --compat none", self.err)
        self.write("bad.conf", "a.example -> a\n10.0.0.0/33 -> b\n")
        self.run_tstat("--compat", "none", "--labels", "bad.conf", "t.pcap", status=1)
        self.assertIn('bad.conf:2: "10.0.0.0/33": the prefix length must be 0-32', self.err)
        self.run_tstat("--compat", "none", "--labels", "missing.conf", "t.pcap", status=1)
        self.assertIn("missing.conf", self.err)
        self.assertFalse((self.work / "out").exists())
        self.run_tstat("--compat", "none", "--labels", "labels.conf", "--check-config")
        self.assertRegex(self.out, "label rules: *labels.conf, 4 entries")

    def test_what_is_secret_stays_so(self):
        self.write("t.pcap", pcap(request(START, b"www.example.org") + connection(START + 40000, port=1029)))
        self.write("all", "0.0.0.0/0\n")
        self.write("lan", "10.0.0.0/8\n")
        labels = ("--labels", "labels.conf", "--keyvalue", "k" * 32)
        of = lambda *args: [row["site_label"] for row in self.flows("tcp", *labels, *args, "t.pcap", base="o" + "".join(args))]
        self.assertEqual(of("-Y", "lan"), ["web", "cdn"])
        self.assertEqual(of("-Y", "all"), ["web", "-"])
        self.assertEqual(of("--strict-anonymity"), ["-", "-"])
        hidden = of("-Y", "all", "--enc")
        self.assertEqual(hidden[1], "-")
        self.assertRegex(hidden[0], "^[A-Za-z0-9+/]{22}==$")

    def test_exports_have_it(self):
        self.run_tstat("--compat", "none", "--labels", "labels.conf", "--first-packets", "2", "-s", "out",
                       "--export", "json=flows.jsonl#logs=tcp", "--export", "csv=flows.csv#logs=tcp", "t.pcap")
        record = json.loads((self.work / "flows.jsonl").read_text())
        self.assertEqual([record[name] for name in ("site_label", "first_sizes", "first_dirs", "first_times")],
                         ["cdn", "18,19", "1,-1", "3,4"])
        head, row = (self.work / "flows.csv").read_text().splitlines()
        self.assertIn("first_sizes", head)
        self.assertIn('"18,19"', row)
        schema = self.run_tstat("--compat", "none", "--labels", "labels.conf", "--first-packets", "2", "--export",
                                "clickhouse=http://127.0.0.1:1/#database=d", "--export-schema")
        self.assertTrue("`site_label` " in schema and "`first_times` " in schema)
        self.assertFalse("`ndpi` " in schema)

    def test_a_changed_file_is_read_again(self):
        self.write("g", "[globals]\nRuntime_Config_Idle = 0.1\nRuntime_Mtime_Counter = 1\n")
        process = subprocess.Popen([self.tstat, "--compat", "none", "-G", "g", "--labels", "labels.conf", "-s", "out", "-d", "stdin"],
                                   cwd=self.work, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=dict(os.environ, TZ="UTC"))
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        told = []
        reader = threading.Thread(target=lambda: told.extend(line.decode() for line in process.stderr), daemon=True)
        reader.start()
        process.stdin.write(pcap([]))
        sent = 0

        def feed_until(happened):
            nonlocal sent
            deadline = time.monotonic() + 60
            while not happened():
                self.assertLess(time.monotonic(), deadline, told)
                sent += 1
                # So far apart that nothing more is waited for of the one before.
                records = connection(START + sent * 3000000, port=1024 + sent)
                process.stdin.write(pcap(records)[24:])
                process.stdin.flush()
                time.sleep(0.02)
            return sent

        is_told = lambda text: lambda: any(text in line for line in told)
        feed_until((self.work / "out").exists)
        few = sent + 5
        feed_until(lambda: sent >= few)
        self.write("labels.conf", "192.0.2.0/24 -> second\n")
        changed = feed_until(is_told("Reload labels"))
        self.write("labels.conf", "192.0.2.0/24 -> two words\n")
        feed_until(is_told("; the labels are kept"))
        os.remove(self.work / "labels.conf")
        feed_until(is_told("No such file"))
        process.stdin.close()
        self.assertEqual(process.wait(60), 0)
        reader.join()
        labels = [row["site_label"] for row in self.read("tcp")]
        self.assertEqual(len(labels), sent)
        self.assertEqual(sorted(set(labels)), ["cdn", "second"])
        self.assertEqual(labels, sorted(labels))  # none goes back
        self.assertEqual(labels[0], "cdn")
        self.assertEqual(set(labels[changed:]), {"second"})
        self.assertIn('labels.conf:1: "two words": a label is one word', "".join(told))


class FirstPackets(Extras):
    def test_sizes_directions_and_times(self):
        row, = self.flows("tcp", "--first-packets", "255", "t.pcap")
        self.assertEqual([row[name] for name in ("first_sizes", "first_dirs", "first_times")], ["18,19", "1,-1", "3,4"])
        row, = self.flows("tcp", "--first-packets", "1", "t.pcap", base="one")
        self.assertEqual([row[name] for name in ("first_sizes", "first_dirs", "first_times")], ["18", "1", "3"])

    def test_copies_are_none_and_what_is_sent_again_is_one(self):
        c = (CLIENT, SERVER, 1025, 80)
        records = connection(START)
        again = tcp_packet(*c, 101, 501, 0x18, b"GET / HTTP/1.0\r\n\r\n")
        copies = [(time + 100, frame) for time, frame in records]
        self.write("t.pcap", pcap(sorted(records[:4] + copies[:4], key=lambda record: record[0])
                                  + [(START + 300000, again)] + [(time + 400000, frame) for time, frame in records[4:]]))
        row, = self.flows("tcp", "--first-packets", "9", "t.pcap")
        self.assertEqual([row[name] for name in ("first_sizes", "first_dirs", "first_times")], ["18,18,19", "1,1,-1", "3,300,404"])

    def test_of_udp(self):
        a, b = (CLIENT, SERVER, 5000, 6000), (SERVER, CLIENT, 6000, 5000)
        self.write("t.pcap", pcap([(START, udp_packet(*a, b"", 1)), (START + 1, udp_packet(*a, b"x" * 1200, 2)),
                                   (START + 250, udp_packet(*b, b"y", 3)), (START + 1250, udp_packet(*b, b"z" * 7, 4))]))
        row, = self.flows("udp", "--first-packets", "2", "t.pcap")
        self.assertEqual([row[name] for name in ("first_sizes", "first_dirs", "first_times")], ["1200,1", "1,-1", "0.001,0.25"])

    def test_none_is_told_as_absent(self):
        self.write("t.pcap", pcap([(START, udp_packet(CLIENT, SERVER, 5000, 6000, b""))] + connection(START + 10, port=9)[:3]))
        rows = self.flows("*", "--first-packets", "2", "t.pcap")
        self.assertEqual([row["first_sizes"] for row in rows], ["-", "-"])

    def test_each_row_of_a_long_flow_begins_anew(self):
        c, s = (CLIENT, SERVER, 1025, 80), (SERVER, CLIENT, 80, 1025)
        records = connection(START)[:4]
        records += [(START + (10 + i) * 1000000, tcp_packet(*c, 119 + i, 501, 0x18, b"x")) for i in range(3)]
        self.write("t.pcap", pcap(records))
        first, second = self.flows("tcp", "--first-packets", "9", "--active-timeout", "10", "t.pcap")
        self.assertEqual([first["first_sizes"], second["first_sizes"]], ["18", "1,1,1"])
        self.assertEqual(second["first_times"], "0,1000,2000")

    def test_the_number_has_bounds(self):
        for number in ("0", "256", "-1", "x", ""):
            self.run_tstat("--compat", "none", "--first-packets", number, "t.pcap", status=1)
            self.assertIn("1 to 255 are allowed", self.err)
        self.run_tstat("--first-packets", "5", "t.pcap", status=1)
        self.assertIn("--first-packets: only with --compat none", self.err)
        self.run_tstat("--community-id-seed", "0", "t.pcap", status=1)
        self.assertIn("--community-id-seed: only with --compat none", self.err)


class Ndpi(Extras):
    def test_its_names(self):
        done = subprocess.run([self.tstat, "--compat", "none", "--ndpi", "-s", "out", "t.pcap"], cwd=self.work,
                              capture_output=True, text=True, timeout=60)
        if done.returncode == 1:
            self.assertRegex(done.stderr, "--ndpi: libndpi.so.4.2 (is not installed|has another interface)")
            self.assertFalse((self.work / "out").exists())
            self.skipTest("no libndpi 4.2")
        self.assertEqual(done.returncode, 0, done.stderr)
        row, = self.read("tcp")
        self.assertEqual((row["ndpi"], row["app"]), ("HTTP", "HTTP"))
        self.write("t.pcap", pcap(resolved(START, "a.example.org", SERVER)
                                  + [(START + 50, udp_packet(CLIENT, SERVER, 50001, 50002, b"\xa7" * 33))]))
        rows = self.flows("udp", "--ndpi", "t.pcap", base="udp")
        self.assertEqual(sorted((row["s_port"], row["ndpi"]) for row in rows), [("50002", "-"), ("53", "DNS")])

    def test_it_is_for_none(self):
        self.run_tstat("--ndpi", "t.pcap", status=1)
        self.assertRegex(self.err, "--ndpi: (only with --compat none|libndpi)")


if __name__ == "__main__":
    command.main()
