#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Flows as IPFIX: files, collectors over TCP and UDP, every value compared with the export as JSON.

usage: ipfix_test.py TSTAT TSTAT_SHIP [unittest arguments]      a part whose collector is missing is skipped, and says so
"""
import collections, decimal, fcntl, json, os, pathlib, random, select, shutil, signal, socket, subprocess, sys, tempfile, termios
import threading, time, unittest

import ipfix_reader, shipping

TSTAT = TSTAT_SHIP = None
TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
MIX = ["mixed.pcap", "web-ipv6.pcap"]  # IPv4 and IPv6
ALL = MIX + sorted({path.name for path in TRACES.glob("*.pcap")} - set(MIX))
if os.environ.get("TSTAT_ALL"):  # the mixes of the reference, too
    ALL += sorted(pathlib.Path(os.environ.get("TSTAT_SHARED_DIR") or "/nowhere", "golden/traces").glob("mix-*.pcap"))
SEED = int(os.environ.get("TSTAT_SEED") or random.randrange(1 << 30))
KILLS = int(os.environ.get("TSTAT_KILLS", "3"))
PATIENCE = 60
SESSIONS = 40
FLOWS = "logs=tcp,tcp_nocomplete,udp"


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError("in vain: " + what)
        time.sleep(0.02)
    return result


def nanoseconds(number):
    """Of milliseconds with six decimals, which a float has not."""
    return int(number * 1000000)


def address(record, which):
    return record.get(which + "IPv4Address") or record.get(which + "IPv6Address")


class Flow:
    """What the records of a flow say, as the row of JSON has it."""

    def __init__(self, records, case):
        forward = records[0]
        row = {"log": forward["tstat_log"], "flow": forward["flowId"]}
        row.update({"c_ip": address(forward, "source"), "s_ip": address(forward, "destination"),
                    "c_port": forward["sourceTransportPort"], "s_port": forward["destinationTransportPort"],
                    "c_pkts_all": forward["packetDeltaCount"], "c_bytes_all": forward["octetDeltaCount"]})
        if len(records) == 2:
            reverse = records[1]
            case.assertEqual(address(reverse, "source"), row["s_ip"])
            case.assertEqual(reverse["destinationTransportPort"], row["c_port"])
            counts = reverse["packetDeltaCount"], reverse["octetDeltaCount"]
        else:
            counts = forward.get("reversePacketDeltaCount", 0), forward.get("reverseOctetDeltaCount", 0)
        row["s_pkts_all"], row["s_bytes_all"] = counts
        for record in records:
            case.assertEqual(record["protocolIdentifier"], 17 if "udp" in row["log"] else 6)
            for name, value in record.items():
                if name.startswith("tstat_") and name not in ipfix_reader.SPECIAL:
                    name = name.removeprefix("tstat_").removesuffix("_signed")
                    case.assertTrue(name not in row or name.endswith("bytes_all"), name)
                    row[name] = value
        self.row, self.records = row, records


class IpfixTest(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-ipfix-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def start(self, *args, program=None, **more):
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | more
        return subprocess.Popen([program or TSTAT, *map(str, args)], cwd=self.work, env=dict(os.environ, TZ="UTC", LC_ALL="C"),
                                **more)

    def run_tstat(self, *args, status=0, program=None):
        process = self.start(*args, program=program)
        said = process.communicate(timeout=PATIENCE)[0].decode()
        self.assertEqual(process.returncode, status, said)
        return said

    def json_rows(self, name):
        text = (self.work / name).read_text()
        return [json.loads(line, parse_float=decimal.Decimal) for line in text.splitlines()]

    def flows(self, records):
        """Records of a run, by flow: those of one are one behind the other."""
        groups = {}
        for record in records:
            groups.setdefault((record["tstat_log"], record["flowId"]), []).append(record)
        return [Flow(group, self) for group in groups.values()]

    def compare(self, flows, rows):
        """Every value of every row."""
        self.assertEqual(len(flows), len(rows))
        by_flow = {(flow.row["log"], flow.row["flow"]): flow.row for flow in flows}
        sums = collections.Counter(), collections.Counter()
        for row in rows:
            got = by_flow[row["log"], row["flow"]]
            self.assertEqual(got.keys(), row.keys())
            for name, value in row.items():
                if isinstance(value, decimal.Decimal):
                    value = nanoseconds(value)
                self.assertEqual(got[name], value, f"{row['log']} {row['flow']} {name}")
                if isinstance(value, int) and not isinstance(value, bool):
                    sums[0][name] += value
                    sums[1][name] += got[name]
        self.assertEqual(*sums)
        self.assertGreater(len(sums[0]), 10)

    def export(self, trace, *exports, name="out"):
        options = [word for text in exports for word in ("--export", text)]
        return self.run_tstat("-s", name, "-S", "--export-wait", PATIENCE, *options, TRACES / trace)


class Files(IpfixTest):
    def test_every_value_is_that_of_json(self):
        for trace in ALL:
            for options in (FLOWS, FLOWS + "&columns=all", FLOWS + "&flows=biflow"):
                with self.subTest(trace=trace, options=options):
                    for name in ("flows.ipfix", "flows.json"):
                        (self.work / name).unlink(missing_ok=True)
                    self.export(trace, "ipfix=flows.ipfix#" + options,
                                "json=flows.json#" + options.replace("&flows=biflow", ""))
                    reader = ipfix_reader.Reader()
                    records = reader.records((self.work / "flows.ipfix").read_bytes())
                    self.assertEqual(reader.gaps, 0)
                    flows, rows = self.flows(records), self.json_rows("flows.json")
                    self.compare(flows, rows)
                    both = sum(row["c_pkts_all"] > 0 and row["s_pkts_all"] > 0 for row in rows)
                    self.assertEqual(len(records), len(rows) + (0 if "biflow" in options else both))

    def test_columns_pen_and_other_logs(self):
        self.export("web.pcap", "ipfix=a.ipfix#columns=c_rtt_avg,fqdn&domain=9&pen=77",
                    "ipfix=b.ipfix#logs=http,tls", "json=b.json#logs=http,tls", "json=a.json#logs=tcp&columns=c_rtt_avg,fqdn")
        reader = ipfix_reader.Reader()
        records = reader.records((self.work / "a.ipfix").read_bytes())
        self.assertEqual(reader.domain, 9)
        self.assertEqual({key[0] for key in reader.types}, {77})
        got = [record["tstat_c_rtt_avg"] for record in records if "tstat_c_rtt_avg" in record and "complete" in record["tstat_log"]]
        rows = self.json_rows("a.json")
        self.assertEqual(sorted(value for value in got if value is not None),
                         sorted(nanoseconds(row["c_rtt_avg"]) for row in rows if row["c_rtt_avg"] is not None))
        records = ipfix_reader.Reader().records((self.work / "b.ipfix").read_bytes())
        rows = self.json_rows("b.json")
        self.assertEqual(len(records), len(rows))
        for record, row in zip(records, rows):
            self.assertEqual((record["tstat_log"], address(record, "source"), record["destinationTransportPort"]),
                             (row["log"], row["c_ip"], row["s_port"]))

    def test_another_run_goes_on_behind_and_other_columns_begin_a_new_file(self):
        for name in ("one", "two"):
            self.export("web.pcap", "ipfix=flows.ipfix", name=name)
        once = len(ipfix_reader.Reader().records((self.work / "flows.ipfix").read_bytes()))
        self.export("web.pcap", "ipfix=single.ipfix", name="three")
        self.assertEqual(once, 2 * len(ipfix_reader.Reader().records((self.work / "single.ipfix").read_bytes())))
        self.export("web.pcap", "ipfix=flows.ipfix#columns=fqdn", name="four")
        self.assertEqual(len(ipfix_reader.Reader().records((self.work / "flows.ipfix.000001").read_bytes())), once)
        self.assertEqual(2 * len(ipfix_reader.Reader().records((self.work / "flows.ipfix").read_bytes())), once)

    def test_standard_output(self):
        with open(self.work / "flows.ipfix", "wb") as out:
            process = self.start("-s", "out", "-S", "--export", "ipfix=-", TRACES / "web.pcap", stdout=out,
                                 stderr=subprocess.PIPE)
            said = process.communicate(timeout=PATIENCE)[1]
        self.assertEqual(process.returncode, 0, said)
        self.assertGreater(len(ipfix_reader.Reader().records((self.work / "flows.ipfix").read_bytes())), 0)

    def test_logs_as_rows(self):
        """tstat-ship: the same, as far as logs have it."""
        self.export("web.pcap", "json=flows.json#logs=tcp,udp")
        self.run_tstat("--state", "state", "--ipfix-pen", 4711, "--export", "ipfix=ship.ipfix#logs=tcp,udp", "--export",
                       "json=ship.json#logs=tcp,udp", "out", program=TSTAT_SHIP)
        reader = ipfix_reader.Reader()
        records = reader.records((self.work / "ship.ipfix").read_bytes())
        self.assertEqual({key[0] for key in reader.types}, {4711})
        rows = self.json_rows("ship.json")
        self.assertGreater(len(rows), 0)
        forward = [record for record in records if "tstat_c_isint" in record]
        self.assertEqual(len(forward), len(rows))
        for record, row in zip(forward, rows):
            self.assertEqual((address(record, "source"), record["octetDeltaCount"], record["tstat_fqdn"]),
                             (row["c_ip"], row["c_bytes_all"], row["fqdn"]))

    def test_tshark_reads_it(self):
        [tshark] = need(self, "tshark")
        self.export("web.pcap", "ipfix=flows.ipfix", "json=flows.json")
        said = subprocess.run([tshark, "-o", "cflow.max_template_fields:0", "-r", self.work / "flows.ipfix", "-V"],
                              capture_output=True, timeout=PATIENCE, text=True).stdout
        for mistake in ("Malformed", "no template found", "Expert Info (Error"):
            self.assertNotIn(mistake, said)
        self.assertIn("Information Element Name: tstat_c_rtt_avg", said)
        shown = subprocess.run([tshark, "-o", "cflow.max_template_fields:0", "-r", self.work / "flows.ipfix", "-T", "fields",
                                "-e", "cflow.octets", "-e", "cflow.enterprise_private_entry"], capture_output=True,
                               timeout=PATIENCE, text=True).stdout
        octets, private = 0, ""
        for line in shown.splitlines():
            cells = line.split("\t")
            octets += sum(int(cell) for cell in cells[0].split(",") if cell)
            private += cells[1].replace(":", "") if len(cells) > 1 else ""
        rows = [row for row in self.json_rows("flows.json") if row["log"] in ("log_tcp_complete", "log_tcp_nocomplete",
                                                                              "log_udp_complete")]
        self.assertEqual(octets, sum(row["c_bytes_all"] + row["s_bytes_all"] for row in rows))
        names = {row["c_tls_SNI"] for row in rows if row.get("c_tls_SNI")}
        self.assertGreater(len(names), 0)
        for name in names:
            self.assertTrue(name.encode().hex() in private or name in said, name)


def need(case, *programs):
    found = [shipping.find(program) for program in programs]
    for program, path in zip(programs, found):
        if path is None:
            case.skipTest(f"no {program} (./run-tests --servers installs it)")
    return found


class TcpCollector:
    """Keeps whole messages of each connection; what it has read when it is killed is kept."""

    def __init__(self, port=0, most=1 << 40):
        """Of a connection it reads `most` bytes."""
        self.most, self.closed = most, 0
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        self.sessions, self.open, self.pause, self.ends = [], [], 0.0, False
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while not self.ends:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            session = bytearray()
            self.sessions.append(session)
            self.open.append(connection)
            threading.Thread(target=self.read, args=(connection, session), daemon=True).start()

    def read(self, connection, session):
        while len(session) < self.most:
            time.sleep(self.pause)
            try:
                data = connection.recv(8192)
            except OSError:
                data = b""
            if not data:
                self.closed += 1
                return connection.close()
            session += data

    def has_unread(self):
        """The last connection has bytes that are not read, and will not be."""
        if not self.sessions or len(self.sessions[-1]) < self.most:
            return False
        waiting = fcntl.ioctl(self.open[-1], termios.FIONREAD, bytes(4))
        return int.from_bytes(waiting, sys.byteorder) > 0

    def is_drained(self):
        """All connections have ended, and none waits to be taken."""
        return not select.select([self.listener], [], [], 0)[0] and self.closed == len(self.open) == len(self.sessions)

    def kill(self):
        """As a process that is killed: what was not read resets the connection."""
        self.ends = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            except OSError:
                continue
            connection.close()

    def records(self):
        found, templates = [], 0
        for session in self.sessions:
            reader = ipfix_reader.Reader()
            for message in ipfix_reader.split(bytes(session))[0]:
                found += reader.message(message)
            assert reader.gaps == 0, "sequence numbers of a connection have no gaps"
            templates += reader.template_count
        return found


class Tcp(IpfixTest):
    def test_a_collector_has_what_the_file_has(self):
        collector = TcpCollector()
        self.addCleanup(collector.kill)
        self.export("mixed.pcap", f"ipfix=tcp://127.0.0.1:{collector.port}", "ipfix=flows.ipfix")
        expected = ipfix_reader.Reader().records((self.work / "flows.ipfix").read_bytes())
        wait_for(lambda: len(collector.records()) == len(expected), "all records")
        self.assertEqual(collector.records(), expected)
        self.assertEqual(len(collector.sessions), 1)

    def test_batches_wait_for_a_collector_that_is_away(self):
        port = shipping.free_port()
        said = self.export("mixed.pcap", f"ipfix=tcp://127.0.0.1:{port}", "ipfix=flows.ipfix")
        self.assertIn("refused", said)
        self.assertIn("rows wait in", said)
        expected = ipfix_reader.Reader().records((self.work / "flows.ipfix").read_bytes())
        collector = TcpCollector(port)
        self.addCleanup(collector.kill)
        # The next run has other columns, and so another session.
        self.export("web.pcap", f"ipfix=tcp://127.0.0.1:{port}#columns=fqdn")
        wait_for(lambda: len(collector.records()) > len(expected), "what waited, and more")
        self.assertEqual(collector.records()[:len(expected)], expected)
        self.assertEqual(len(collector.sessions), 2)

    def logs(self):
        """Sessions of other names; what one of them is as IPFIX, and the command that ships them."""
        self.export("web.pcap", "json=logs.json#logs=tcp,udp")
        session = next((self.work / "out").glob("2*.out"))
        for i in range(SESSIONS):
            shutil.copytree(session, self.work / "logs" / f"2026_01_01_{i // 60:02}_{i % 60:02}.out")
        self.run_tstat("--state", "single", "--export", "ipfix=single.ipfix#logs=tcp,udp", session, program=TSTAT_SHIP)
        once = ipfix_reader.Reader().records((self.work / "single.ipfix").read_bytes())
        self.assertGreater(len(once), 10)
        port = shipping.free_port()
        return once, port, ("--state", "state", "--wait", str(PATIENCE), "--sync", "second", "--export",
                            f"ipfix=tcp://127.0.0.1:{port}#logs=tcp,udp&batch_bytes=4k", "logs")

    def count(self, once, collectors):
        """How many records there are beside those that must be, or None while some of these are missing."""
        counted = collections.Counter(key_of(record) for each in collectors for record in each.records())
        self.assertEqual(set(counted) - set(map(key_of, once)), set(), "nothing else is there")
        if any(counted[key] < SESSIONS * count for key, count in collections.Counter(map(key_of, once)).items()):
            return None
        return sum(counted.values()) - SESSIONS * len(once)

    def test_nothing_is_lost_when_the_collector_is_killed(self):
        once, port, ship = self.logs()
        collectors = [TcpCollector(port, most=20000)]
        self.addCleanup(lambda: collectors[-1].kill())
        # It goes on after failures, and lives until all is there.
        process = self.start("--follow", *ship, program=TSTAT_SHIP)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        # Tries come less and less often while nothing is delivered.
        kills = min(KILLS, 4)
        for kill in range(kills):
            wait_for(collectors[-1].has_unread, "bytes that it has not read")
            collectors[-1].kill()
            collectors.append(TcpCollector(port, most=1 << 40 if kill + 1 == kills else 20000))
        more = wait_for(lambda: None if (found := self.count(once, collectors)) is None else found + 1, "all records") - 1
        process.terminate()
        said = process.communicate(timeout=PATIENCE)[0].decode()
        self.assertEqual(process.returncode, 0, said)
        self.assertIn("may not have been read are sent again", said)
        self.assertGreater(more, 0, "some are there twice")

    def test_nothing_is_lost_when_tstat_is_killed(self):
        chance = random.Random(SEED)
        print("TSTAT_SEED =", SEED)
        once, port, ship = self.logs()
        collector = TcpCollector(port)
        collector.pause = 0.001
        for _ in range(KILLS):
            process = self.start(*ship, program=TSTAT_SHIP)
            time.sleep(chance.uniform(0.01, 0.15))
            process.kill()
            process.communicate(timeout=PATIENCE)
        collector.pause = 0
        self.run_tstat(*ship, program=TSTAT_SHIP)
        wait_for(collector.is_drained, "the collector has read all")
        collector.kill()
        more = self.count(once, [collector])
        self.assertIsNotNone(more, "nothing is lost")
        # A batch of 4 KiB may come twice for each of the kills.
        self.assertLessEqual(more, KILLS * 20)


def key_of(record):
    return json.dumps({name: value for name, value in record.items() if name != "tstat_absent"}, sort_keys=True)


class Udp(IpfixTest):
    def receiver(self, port=0, family=socket.AF_INET):
        receiver = socket.socket(family, socket.SOCK_DGRAM)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        receiver.bind(("127.0.0.1" if family == socket.AF_INET else "::1", port))
        receiver.settimeout(0.3)
        self.addCleanup(receiver.close)
        return receiver

    def datagrams(self, receiver):
        found = []
        try:
            while True:
                found.append(receiver.recv(65536))
        except TimeoutError:
            return found

    def test_a_collector_has_what_the_file_has(self):
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "[::1]")):
            with self.subTest(host=host):
                (self.work / "flows.ipfix").unlink(missing_ok=True)
                receiver = self.receiver(family=family)
                self.export("mixed.pcap", f"ipfix=udp://{host}:{receiver.getsockname()[1]}", "ipfix=flows.ipfix")
                expected = ipfix_reader.Reader().records((self.work / "flows.ipfix").read_bytes())
                reader = ipfix_reader.Reader()
                datagrams = self.datagrams(receiver)
                self.assertLessEqual(max(map(len, datagrams)), 1452)
                self.assertEqual([record for each in datagrams for record in reader.records(each)], expected)
                self.assertEqual(reader.gaps, 0)

    def test_a_collector_that_is_away_and_records_that_are_too_large(self):
        port = shipping.free_port()
        self.assertIn("rows wait in", self.export("web.pcap", f"ipfix=udp://127.0.0.1:{port}"))
        receiver = self.receiver(port)
        self.export("web.pcap", f"ipfix=udp://127.0.0.1:{port}", "ipfix=flows.ipfix")
        expected = ipfix_reader.Reader().records((self.work / "flows.ipfix").read_bytes())
        reader = ipfix_reader.Reader()
        got = [record for each in self.datagrams(receiver) for record in reader.records(each)]
        self.assertEqual(got, expected + expected)
        self.assertEqual(reader.gaps, 0)
        said = self.export("web.pcap", f"ipfix=udp://127.0.0.1:{port}#mtu=600&flows=biflow&columns=all", name="large")
        self.assertIn("larger than the 572 bytes of a datagram", said)
        self.assertRegex(said, r"export ipfix-\S+: \d+ rows")


class Collectors(IpfixTest):
    """What others count is what the logs have, of IPv4 and of IPv6."""

    def expected(self, rows):
        directions = [(row["c_pkts_all"], row["c_bytes_all"]) for row in rows]
        directions += [(row["s_pkts_all"], row["s_bytes_all"]) for row in rows if row["s_pkts_all"] > 0]
        return len(directions), sum(d[0] for d in directions), sum(d[1] for d in directions)

    def run_collector(self, command, ready, port):
        with open(self.work / "said", "wb") as said:
            process = subprocess.Popen(list(map(str, command)), cwd=self.work, stdout=said, stderr=subprocess.STDOUT)

        def end():
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()
        self.addCleanup(end)
        wait_for(lambda: process.poll() is not None or ready(port), "the collector begins")
        self.assertIsNone(process.poll(), (self.work / "said").read_text(errors="replace"))
        return end

    @staticmethod
    def is_bound(port):
        lines = pathlib.Path("/proc/net/udp").read_text() + pathlib.Path("/proc/net/udp6").read_text()
        return f":{port:04X} " in lines

    @staticmethod
    def unread(port):
        """Bytes that wait in the socket."""
        lines = [line.split() for line in pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]]
        return sum(int(cells[4].split(":")[1], 16) for cells in lines if cells[1].endswith(f":{port:04X}"))

    def ship(self, port):
        rows = []
        for i, trace in enumerate(MIX):
            self.export(trace, f"ipfix=udp://127.0.0.1:{port}", f"json=rows{i}.json#{FLOWS}", name=f"out{i}")
            rows += self.json_rows(f"rows{i}.json")
        self.assertTrue(any(":" in row["c_ip"] for row in rows) and any("." in row["c_ip"] for row in rows))
        return rows

    def test_nfcapd(self):
        nfcapd, nfdump = need(self, "nfcapd", "nfdump")
        port = shipping.free_port()
        (self.work / "nf").mkdir()
        end = self.run_collector([nfcapd, "-b", "127.0.0.1", "-p", port, "-w", self.work / "nf", "-t", 3600], self.is_bound, port)
        rows = self.ship(port)
        wait_for(lambda: self.unread(port) == 0, "it has read all")
        end()
        out = subprocess.run([nfdump, "-R", self.work / "nf", "-q", "-o", "fmt:%pr %sa %sp %da %dp %ipkt %ibyt", "-6", "-N"],
                             capture_output=True, text=True, timeout=PATIENCE).stdout
        got = [line.split() for line in out.splitlines() if line.strip()]
        self.assertEqual((len(got), sum(int(cells[-2]) for cells in got), sum(int(cells[-1]) for cells in got)),
                         self.expected(rows), (self.work / "said").read_text(errors="replace"))
        wanted = collections.Counter()
        for row in rows:
            ends = [(row["c_ip"], row["c_port"]), (row["s_ip"], row["s_port"])]
            for a, b, side in ((0, 1, "c"), (1, 0, "s")):
                if row[side + "_pkts_all"] > 0 or side == "c":
                    wanted[*ends[a], *ends[b], row[side + "_pkts_all"], row[side + "_bytes_all"]] += 1
        self.assertEqual(collections.Counter((sa, int(sp), da, int(dp), int(packets), int(octets))
                                             for _, sa, sp, da, dp, packets, octets in got), wanted)

    def test_nfacctd(self):
        [nfacctd] = need(self, "nfacctd")
        port = shipping.free_port()
        (self.work / "conf").write_text(
            f"nfacctd_ip: 127.0.0.1\nnfacctd_port: {port}\nplugins: print[all]\nprint_refresh_time[all]: 1\n"
            "aggregate[all]: src_host, dst_host, src_port, dst_port, proto, flows\n"
            f"print_output_file[all]: {self.work}/acct\nprint_output[all]: csv\nprint_output_file_append[all]: true\n"
            "nfacctd_disable_checks: true\nprint_history[all]: 1d\n")
        self.run_collector([nfacctd, "-f", self.work / "conf"], self.is_bound, port)
        wanted = self.expected(self.ship(port))

        def counted():
            if not (self.work / "acct").exists():
                return None
            lines = [line.split(",") for line in (self.work / "acct").read_text().splitlines()]
            heads = [line for line in lines if "PACKETS" in line]
            if not heads:
                return None
            places = [heads[0].index(name) for name in ("FLOWS", "PACKETS", "BYTES")]
            whole = [line for line in lines if "PACKETS" not in line and len(line) == len(heads[0])]
            return tuple(sum(int(line[place]) for line in whole) for place in places)
        try:
            wait_for(lambda: counted() == wanted, "all flows")
        except AssertionError:
            self.fail(f"{counted()}, not {wanted}\n" + (self.work / "said").read_text(errors="replace"))


class Mistakes(IpfixTest):
    def test_are_named(self):
        for text, error in {"ipfix=tcp://h#pen=0": "option pen", "ipfix=udp://h#pen=29305": "nobody's own",
                            "ipfix=http://h/": "ipfix goes to tcp://", "json=tcp://h:1": "tcp:// is for ipfix",
                            "ipfix=tcp://h/x": "neither path nor query", "ipfix=udp://h#mtu=1": "out of range",
                            "ipfix=tcp://h#mtu=1500": "is no option of tcp", "ipfix=x#columns=nothing": "is no column",
                            "ipfix=amqp://h/": "ipfix goes to"}.items():
            with self.subTest(text=text):
                self.assertIn(error, self.run_tstat("--export", text, TRACES / "web.pcap", status=1))
        self.assertIn("an enterprise number is expected", self.run_tstat("--ipfix-pen", "0", TRACES / "web.pcap", status=1))
        self.assertIn("nobody's own", self.run_tstat("--ipfix-pen", 29305, "--export", "ipfix=x", TRACES / "web.pcap", status=1))
        self.assertIn("is no number from 1", self.run_tstat("--ipfix-pen", 0, "--export", "ipfix=x", "d", status=1,
                                                            program=TSTAT_SHIP))


if __name__ == "__main__":
    TSTAT, TSTAT_SHIP = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    del sys.argv[1:3]
    unittest.main()
