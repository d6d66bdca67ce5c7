#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Exports and metrics as users of the command meet them.

usage: command_test.py TSTAT [unittest arguments]      exit status 77 (skipped for ctest) when nothing could be tested
"""
import fcntl, http.server, json, os, pathlib, random, re, shutil, signal, subprocess, sys, tempfile, threading, time, unittest
import urllib.error, urllib.request

import influxdb_test, shipping

TSTAT = None
TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
SEED = int(os.environ.get("TSTAT_SEED") or random.randrange(1 << 30))
KILLS = int(os.environ.get("TSTAT_KILLS", "8"))
PATIENCE = 60


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("in vain: " + what)
        time.sleep(0.02)


class Collector:
    """A web server that keeps what is posted, or answers with an error, or does not answer."""

    def __init__(self):
        self.status, self.stalls, self.taken, self.paths, self.heads = 204, False, [], [], []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                while collector.stalls:
                    time.sleep(0.05)
                if collector.status == 204:
                    collector.taken.append(body.decode())
                collector.paths.append(self.path)
                collector.heads.append(dict(self.headers))
                self.send_response(collector.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def address(self, path="/flows"):
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self):
        self.stalls = False
        self.server.shutdown()
        self.server.server_close()


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-exports-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def start(self, *args, **more):
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
        environment = dict(os.environ, TZ="UTC", LC_ALL="C") | more.pop("env", {})
        return subprocess.Popen([TSTAT, *map(str, args)], cwd=self.work, env=environment, **more)

    def tstat(self, *args, status=0, **more):
        process = self.start(*args, **more)
        out, err = (text.decode() for text in process.communicate(timeout=120))
        self.assertEqual(process.returncode, status, f"tstat {args}\n{out}{err}")
        self.out, self.err = out, err
        return out

    def collector(self):
        collector = Collector()
        self.addCleanup(collector.close)
        return collector

    def write(self, name, text):
        (self.work / "new").write_text(text)
        (self.work / "new").rename(self.work / name)
        return name

    def rows(self, name):
        return [json.loads(line) for line in (self.work / name).read_text().splitlines()]

    def log_rows(self, log, base="out"):
        lines = next((self.work / base).glob(f"2*.out/{log}")).read_text().splitlines()
        return [line for line in lines if not line.startswith("#")]


class Mistakes(CommandTest):
    def test_are_named_before_anything_is_analysed(self):
        (self.work / "open").write_text("secret\n")
        (self.work / "open").chmod(0o644)
        mistakes = {
            "json": "json, csv, influx, netsage",
            "xml=x": 'xml=x: "xml" is no format; known: json, csv, influx, netsage',
            "json=ftp://h/": '"ftp" is no kind of destination; allowed are',
            "json=http://": "json=http:",
            "json=http://user:word@h/": "json=http://: ",
            "json=x#logs=tcpp": '"tcpp" is no log of this profile; known: all, tcp',
            "json=x#columns=c_ip,c_opt": '"c_opt" is no column of the selected logs; known: ',
            "json=x#colums=c_ip": '"colums" is no option of a file; there are: rotate_bytes',
            "csv=x": "csv has one kind of rows a stream",
            "json=http://h/x#user=u&password=file:open": "others have access to it",
            "json=http://h/x#user=u&password=word": "a secret is given as env:NAME",
            "json=http://h/x#token=env:NO_SUCH_NAME": 'the environment has no variable "NO_SUCH_NAME"',
            "json=x#spool_full=block": "known: oldest, newest, wait"}
        for text, error in mistakes.items():
            for more in ((), ("--check-config",)):
                self.tstat("--export", text, "-s", "out", *more, TRACES / "web.pcap", status=1)
                self.assertIn(error, self.err)
                self.assertNotIn("word@", self.out + self.err)
            # In runtime.conf likewise.
            self.write("runtime.conf", f"[export]\n{text}\n")
            self.tstat("-T", "runtime.conf", "-s", "out", TRACES / "web.pcap", status=1)
            self.assertIn(error, self.err)
            self.assertNotIn("word@", self.out + self.err)
        self.assertEqual(sorted(os.listdir(self.work)), ["open", "runtime.conf"])

    def test_two_of_one_destination_need_names(self):
        two = ("--export", "json=unix:x#logs=tcp", "--export", "json=unix:x#logs=udp")
        self.tstat(*two, TRACES / "web.pcap", status=1)
        self.assertIn("#name=NAME", self.err)
        self.tstat("--export", "json=x#name=one", "--export", "csv=y#logs=tcp&name=one", TRACES / "web.pcap", status=1)
        self.assertIn("two exports have the name one", self.err)

    def test_two_of_one_file_cannot_be(self):
        for second in ("json=x#name=b", "csv=./x#logs=tcp", f"json=file:{self.work}/x"):
            for more in ((), ("--check-config",)):
                self.tstat("-s", "out", *more, "--export", "json=x", "--export", second, TRACES / "web.pcap", status=1)
                self.assertIn("another export writes to this file", self.err)
        # Of another process.
        (self.work / "x").write_text("theirs\n")
        with open(self.work / "x") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.tstat("-s", "out", "--export", "json=x", TRACES / "web.pcap", status=1)
        self.assertIn("x: another export, of this process or another one, writes to it", self.err)
        self.assertEqual((self.work / "x").read_text(), "theirs\n")
        self.assertFalse(list((self.work / "out").glob("2*.out")), "it is refused before anything is analysed")

    def test_lines_of_runtime_conf(self):
        for text, error in {"[export]\njson=x more\n": "runtime.conf:2: inireader: 'more' - syntax error (one export a line)",
                            "[export]\njson=x\njson=x\n": "runtime.conf:3: 'json=x' is there twice",
                            "[export]\njson=-\n": "cannot write to standard output",
                            "[labels]\n0 = a\n": "runtime.conf:2: labels: '0' is no port",
                            "[labels]\nhttp = a\n": "labels: 'http' is no port",
                            "[labels]\n80\n": "labels: port 80 needs a name"}.items():
            self.write("runtime.conf", text)
            self.tstat("-T", "runtime.conf", "-s", "out", TRACES / "web.pcap", status=1)
            self.assertIn(error, self.err)

    def test_options(self):
        for args, error in {("--export-wait", "soon"): "seconds are expected, 0 to 86400",
                            ("--spool", ""): "--spool: the name of the directory is empty",
                            ("--metrics", "here"): "a port, or ADDRESS:PORT, is expected",
                            ("--metrics", "::1:80"): "a port, or ADDRESS:PORT, is expected",
                            ("--metrics", "127.0.0.1:70000"): "a port, or ADDRESS:PORT, is expected"}.items():
            self.tstat(*args, TRACES / "web.pcap", status=1)
            self.assertIn(error, self.err)

    def test_check_config_tells_of_them(self):
        self.write("runtime.conf", "[export]\njson=b.jsonl\n[labels]\n5201 = iperf3\n80 = web\n")
        self.tstat("--check-config", "-s", "out", "-T", "runtime.conf", "--export", "influx=http://h/write?db=hidden#points=full",
                   "--metrics", "9111")
        self.assertIn("# export:                influx=http://h/write\n", self.out)
        self.assertIn("# spools:                out/spool\n", self.out)
        self.assertIn("# metrics:               127.0.0.1, port 9111\n", self.out)
        self.assertIn("[export]\njson=b.jsonl\n[labels]\n80 = web\n5201 = iperf3\n", self.out)
        self.assertNotIn("hidden", self.out + self.err)


class Files(CommandTest):
    def test_have_the_rows_of_the_logs_that_are_on(self):
        self.tstat("-s", "out", "--export", "json=a.jsonl", TRACES / "web.pcap")
        rows = self.rows("a.jsonl")
        for log in ("log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete", "log_video_complete"):
            ours = [row for row in rows if row["log"] == log]
            self.assertEqual(len(ours), len(self.log_rows(log)), log)
        self.assertGreater(len(rows), 10)
        self.assertFalse([row for row in rows if row["log"] == "log_http_complete"])
        self.assertRegex(self.out, r"(?m)^export json-a.jsonl-[0-9a-f]{8}: %d rows sent in \d+ batches$" % len(rows))
        # Nothing is left of the spool of a trace.
        self.assertEqual(sorted(p.name for p in (self.work / "out").iterdir() if p.name == "spool"), [])
        # Others on request; without text logs, too.
        self.tstat("-s", "out", "-L", "-S", "--export", "json=b.jsonl#logs=http,tls&columns=all",
                   "--export", "csv=c.csv#logs=tcp&columns=c_ip,s_port", TRACES / "web.pcap")
        self.assertEqual({row["log"] for row in self.rows("b.jsonl")}, {"log_http_complete", "tls_handshake"})
        lines = (self.work / "c.csv").read_text().splitlines()
        self.assertEqual(lines[0], "c_ip,s_port")
        self.assertEqual(len(lines) - 1, sum(row["log"] == "log_tcp_complete" for row in rows))
        # With no log on there must be a choice.
        self.tstat("-L", "--export", "json=d.jsonl", TRACES / "web.pcap", status=1)
        self.assertIn("no text log is on", self.err)

    def test_standard_output_has_rows_alone(self):
        self.tstat("-s", "out", "--export", "json=-", TRACES / "web.pcap")
        self.assertGreater(len([json.loads(line) for line in self.out.splitlines()]), 10)
        self.assertIn("packets seen", self.err)
        self.tstat("-s", "out", "--export", "csv=-#logs=tcp&columns=s_port", "--quiet", TRACES / "web.pcap")
        self.assertEqual(self.out.splitlines()[0], "s_port")

    def test_labels_are_a_column(self):
        self.write("runtime.conf", "[labels]\n80 = plain-web\n")
        self.tstat("-s", "out", "-T", "runtime.conf", "--export", "json=a.jsonl", TRACES / "web.pcap")
        labelled = [row for row in self.rows("a.jsonl") if "label" in row]
        self.assertEqual({row["label"] for row in labelled if row["s_port"] == 80}, {"plain-web"})
        self.assertEqual({row["label"] for row in labelled if row["s_port"] != 80}, {None})

    def test_rows_of_others_in_the_file_stay(self):
        # Spools that do not know of each other, and a program that knows of none.
        for spool in ("a", "b", "a"):
            self.tstat("-s", "out", "--spool", spool, "--export", "json=x#logs=tcp", TRACES / "web.pcap")
            with open(self.work / "x", "a") as x:
                x.write("{}\n")
        count = len(self.log_rows("log_tcp_complete"))
        self.assertEqual([len(row) > 0 for row in self.rows("x")], ([True] * count + [False]) * 3)
        self.assertIn("stay", self.err)

    def test_other_columns_are_another_table(self):
        for columns in ("c_ip,c_port", "c_ip,c_port", "s_port"):
            self.tstat("-s", "out", "--export", f"csv=x#logs=tcp&columns={columns}", TRACES / "web.pcap")
        count = len(self.log_rows("log_tcp_complete"))
        for name, header, rows in (("x.000001", "c_ip,c_port", 2 * count), ("x", "s_port", count)):
            lines = (self.work / name).read_text().splitlines()
            self.assertEqual((lines[0], len(lines)), (header, rows + 1))
        self.assertIn("x: begins anew, with another header line; what was there is x.000001", self.err)

    def test_killed_at_any_moment_no_row_is_there_twice_or_in_part(self):
        """A run that is killed leaves a beginning of its rows, each once, and the next one begins behind it."""
        print("TSTAT_SEED =", SEED)
        chance = random.Random(SEED)
        # One batch a row: as many moments as there are rows.
        export = ("-s", "out", "-L", "-S", "--spool", "spools", "--export", "json=a.jsonl#logs=all&batch_items=1")
        self.tstat(*export, TRACES / "mixed.pcap")
        whole = (self.work / "a.jsonl").read_text().splitlines(keepends=True)
        self.assertGreater(len(whole), 30)
        (self.work / "a.jsonl").unlink()
        shutil.rmtree(self.work / "spools")
        begun = time.monotonic()
        self.tstat(*export, TRACES / "mixed.pcap")
        lasts = time.monotonic() - begun
        (self.work / "a.jsonl").unlink()
        shutil.rmtree(self.work / "spools")
        for _ in range(KILLS):
            process = self.start(*export, TRACES / "mixed.pcap")
            time.sleep(chance.random() * lasts)
            process.kill()
            process.communicate()
        self.tstat(*export, TRACES / "mixed.pcap")
        lines = (self.work / "a.jsonl").read_text().splitlines(keepends=True)
        self.assertEqual(lines[-len(whole):], whole)
        at, runs = 0, 0
        while at < len(lines):
            self.assertEqual(lines[at], whole[0], f"line {at + 1}")
            run = 0
            while run < len(whole) and at < len(lines) and lines[at] == whole[run]:
                at, run = at + 1, run + 1
            runs += 1
        self.assertLessEqual(runs, KILLS + 1)


class Servers(CommandTest):
    def test_what_a_server_does_not_take_now_it_gets_by_the_next_run(self):
        collector = self.collector()
        collector.status = 503
        export = ("-s", "out", "--spool", "spools", "--export-wait", "5", "--export",
                  f"json={collector.address()}?key=hidden#logs=tcp&batch_items=3")
        self.tstat(*export, TRACES / "web.pcap")
        rows = len(self.log_rows("log_tcp_complete"))
        self.assertRegex(self.err, rf"export json-127.0.0.1-\S+: {rows} rows wait in spools/json-127.0.0.1-\S+ for the next run")
        self.assertRegex(self.err, r"503.*; batches wait in spools/")
        self.assertNotIn("hidden", self.out + self.err)
        self.assertEqual(collector.paths[0], "/flows?key=hidden")
        collector.status = 204
        self.tstat(*export, TRACES / "web.pcap")
        flows = [json.loads(line)["flow"] for body in collector.taken for line in body.splitlines()]
        self.assertEqual(len(flows), 2 * rows)
        self.assertEqual(flows[:rows], flows[rows:])
        names = [(head["X-Tstat-Run"], head["X-Tstat-Sequence"]) for head in collector.heads[-len(collector.taken):]]
        self.assertEqual(len(set(names)), len(names))
        self.assertEqual(len({run for run, _ in names}), 2)

    def test_secrets_are_sent_and_written_nowhere(self):
        collector = self.collector()
        (self.work / "password").write_text("from-a-file\n")
        (self.work / "password").chmod(0o600)
        self.tstat("-s", "out", "--spool", "spools", "--export",
                   f"json={collector.address()}#logs=tcp&user=me&password=file:password", "--export",
                   f"json={collector.address('/other')}#logs=udp&token=env:THE_TOKEN", "-d", "-d", TRACES / "web.pcap",
                   env={"THE_TOKEN": "from-the-environment"})
        sent = {head.get("Authorization") for head in collector.heads}
        self.assertEqual(sent, {"Basic bWU6ZnJvbS1hLWZpbGU=", "Bearer from-the-environment"})
        written = b"".join(p.read_bytes() for top in ("out", "spools") for p in (self.work / top).rglob("*") if p.is_file())
        for secret in ("from-a-file", "from-the-environment", "bWU6ZnJvbS1hLWZpbGU="):
            self.assertNotIn(secret, self.out + self.err)
            self.assertNotIn(secret.encode(), written)

    def test_a_password_that_is_put_right_loses_nothing(self):
        collector = self.collector()
        export = ("-s", "out", "--export", f"json={collector.address()}#logs=tcp", TRACES / "web.pcap")
        for status in (401, 403, 404, 407):
            collector.status = status
            self.tstat(*export)
            self.assertRegex(self.err, f"HTTP {status}; batches wait in ")
            self.assertFalse(list((self.work / "out/spool").glob("*/dead-letters")))
        collector.status = 204
        self.tstat(*export)
        self.assertEqual("".join(collector.taken).count("\n"), 5 * len(self.log_rows("log_tcp_complete")))

    def test_what_is_refused_for_good_is_kept_and_told(self):
        collector = self.collector()
        collector.status = 400
        self.tstat("-s", "out", "--export", f"json={collector.address()}#logs=tcp", TRACES / "web.pcap")
        self.assertRegex(self.err, r"refuses batches for good: .*400")
        self.assertRegex(self.err, r"\d+ rows were refused for good, see out/spool/json-\S+/dead-letters")
        (letters,) = (self.work / "out/spool").glob("*/dead-letters")
        self.assertIn(b'"log":"log_tcp_complete"', letters.read_bytes())


@unittest.skipUnless(influxdb_test.INFLUXD, "no influxd (./run-tests --servers installs it)")
class Database(CommandTest):
    def test_killed_on_both_sides_each_row_is_a_point(self):
        print("TSTAT_SEED =", SEED)
        chance = random.Random(SEED)
        server = influxdb_test.Influxd(self.work)
        self.addCleanup(lambda: server.kill())
        # One batch a row: as many moments as there are rows.
        export = ("-s", "out", "-L", "-S", "--spool", "spools", "--export-wait", str(PATIENCE), "--export",
                  f"influx=http://127.0.0.1:{server.port}/write?db=tstat#name=db&points=full&logs=tcp,udp&batch_items=1")
        begun = time.monotonic()
        self.tstat("-s", "out", "--export", "json=a.jsonl#logs=tcp,udp&batch_items=1", TRACES / "mixed.pcap")
        lasts = time.monotonic() - begun
        expected = {}
        for row in self.rows("a.jsonl"):
            expected.setdefault(row["log"], []).append(row["c_bytes_all"])
        self.assertEqual(len(expected), 2)
        for step in range(KILLS):
            process = self.start(*export, TRACES / "mixed.pcap")
            time.sleep(chance.random() * lasts)
            if step % 2:
                server.kill()
                server.start()
            process.kill()
            process.communicate()
        # A server that is started answers late: what a run leaves goes out with the next one.
        for _ in range(5):
            self.tstat(*export, TRACES / "mixed.pcap")
            if "rows wait in" not in self.err:
                break
        for log, values in expected.items():
            self.assertEqual(sorted(server.values("c_bytes_all", log)), sorted(values), log)


class StreamTest(CommandTest):
    """Standard input that stays open."""

    def stream(self, *args):
        process = self.start(*args, "stdin", stdin=subprocess.PIPE)
        self.addCleanup(process.kill)
        process.lines = []

        def read(stream):
            with stream:
                for line in stream:
                    process.lines.append(line.decode())
        process.readers = [threading.Thread(target=read, args=(stream,), daemon=True) for stream in (process.stdout, process.stderr)]
        for reader in process.readers:
            reader.start()
        return process

    @staticmethod
    def head(trace):
        data = (TRACES / trace).read_bytes()
        return data[:24], data[24:]

    def end(self, process):
        process.stdin.close()
        self.assertEqual(process.wait(timeout=PATIENCE), 0, process.lines)
        for reader in process.readers:
            reader.join()

    def feed(self, process, trace="web.pcap"):
        """Again and again, a bit later each time, as long as the process lives."""
        header, packets = self.head(trace)
        process.stdin.write(header)
        stop = threading.Event()

        def write():
            shift = 0
            while not stop.is_set():
                at, out = 0, bytearray()
                while at < len(packets):
                    seconds = int.from_bytes(packets[at:at + 4], "little") + shift
                    size = int.from_bytes(packets[at + 8:at + 12], "little")
                    out += seconds.to_bytes(4, "little") + packets[at + 4:at + 16 + size]
                    at += 16 + size
                try:
                    process.stdin.write(out)
                    process.stdin.flush()
                except (BrokenPipeError, ValueError):
                    return
                shift += 200
                stop.wait(0.05)
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        return lambda: (stop.set(), thread.join())

    def listener(self, process):
        """Where its metrics are."""
        wait_for(lambda: process.poll() is not None or any("/metrics" in text for text in process.lines), "the listener")
        if any("libmicrohttpd" in text for text in process.lines):
            self.skipTest("no libmicrohttpd")
        return next(m[0] for text in process.lines if (m := re.search(r"http://127.0.0.1:\d+/metrics", text)))


class Streams(StreamTest):
    def test_exports_come_and_go_with_runtime_conf(self):
        first, second = self.collector(), self.collector()
        self.write("globals.conf", "[globals]\nruntime_config_idle = 0.1\nruntime_mtime_counter = 1\n")
        line = lambda collector: f"json={collector.address()}#logs=tcp&batch_time=0\n"
        self.write("runtime.conf", "[export]\n" + line(first))
        process = self.stream("-G", "globals.conf", "-T", "runtime.conf", "-s", "out")
        end = self.feed(process)
        wait_for(lambda: first.taken, "rows at the first")
        self.assertFalse(second.taken)
        # One more: the other one goes on.
        self.write("runtime.conf", "[export]\n" + line(first) + line(second))
        wait_for(lambda: second.taken, "rows at the second")
        self.write("runtime.conf", "[export]\n" + line(second) + "json=ftp://x/\n")
        wait_for(lambda: any("is no kind of destination" in text for text in process.lines), "the mistake")
        before = len(first.taken)
        wait_for(lambda: len(first.taken) > before, "the configuration is kept")
        self.write("runtime.conf", "[export]\n" + line(second))
        wait_for(lambda: any("Disabling export" in text for text in process.lines), "one export less")
        wait_for(lambda: (n := len(second.taken)) and not time.sleep(0.3) and len(second.taken) > n, "more rows at the second")
        before = len(first.taken)
        seen = len(second.taken)
        wait_for(lambda: len(second.taken) > seen, "more rows at the second")
        self.assertEqual(len(first.taken), before)
        end()
        self.end(process)
        # Each row once at each.
        for collector in (first, second):
            flows = [json.loads(line)["flow"] for body in collector.taken for line in body.splitlines()]
            self.assertEqual(len(flows), len(set(flows)))

    def test_a_stalled_server_holds_nothing_up(self):
        collector = self.collector()
        collector.stalls = True
        process = self.stream("-s", "out", "--spool", "spools", "--export-wait", "0", "--export",
                              f"json={collector.address()}#logs=tcp&batch_time=0")
        end = self.feed(process)
        logged = lambda: sum(len(p.read_text().splitlines()) - 1 for p in self.work.glob("out/2*/log_tcp_complete"))
        wait_for(lambda: logged() > 400, "rows of the log")
        end()
        begun = time.monotonic()
        self.end(process)
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual(collector.taken, [])
        waits = next(m for text in process.lines if (m := re.search(r"(\d+) rows wait in", text)))
        self.assertEqual(int(waits[1]), logged())

    def test_metrics(self):
        process = self.stream("-s", "out", "--metrics", "0", "--export", "json=a.jsonl#name=flows")
        stop = self.feed(process)
        url = self.listener(process)

        def ask(address=url, method="GET"):
            with urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=10) as answer:
                self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
                return answer.read().decode()
        value = lambda name: float(m[1]) if (m := re.search(rf"(?m)^{re.escape(name)} (\S+)$", text)) else None
        end = time.monotonic() + PATIENCE
        while (text := ask()) and value("tstat_packets_total") < 2620 and time.monotonic() < end:
            time.sleep(0.1)
        self.assertGreaterEqual(value("tstat_packets_total"), 2620)
        self.assertGreaterEqual(value('tstat_flows_total{protocol="tcp"}'), 80)
        self.assertIsNotNone(value('tstat_export_rows_total{export="flows"}'))
        self.assertEqual(value('tstat_export_up{export="flows"}'), 1)
        # As Prometheus has it: each family once, described before its samples; buckets grow.
        families = re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text)
        self.assertEqual(len(families), len(set(families)))
        self.assertGreater(len(families), 25)
        for name, kind in families:
            self.assertEqual(kind == "counter", name.endswith("_total"), name)
            self.assertRegex(text, rf"(?m)^# HELP {name} \S")
            if kind == "histogram":
                for labels in set(re.findall(rf'(?m)^{name}_bucket{{(.*?),le=', text)):
                    counts = [int(n) for n in re.findall(rf'(?m)^{name}_bucket{{{re.escape(labels)},le="[^"]*"}} (\d+)$', text)]
                    self.assertEqual(counts, sorted(counts))
                    self.assertLessEqual(len(counts), 21)
                    self.assertEqual(value(f"{name}_count{{{labels}}}"), counts[-1])
        samples = re.findall(r"(?m)^(?!#)(\w+)", text)
        names = {name for name, _ in families}
        for sample in samples:
            self.assertIn(re.sub(r"_(bucket|sum|count)$", "", sample) if sample not in names else sample, names)
        self.assertEqual(ask(method="HEAD"), "")
        for address, method, status in ((url + "x", "GET", 404), (url, "POST", 405)):
            with self.assertRaises(urllib.error.HTTPError) as error:
                ask(address, method)
            self.assertEqual(error.exception.code, status)
            error.exception.close()
        stop()
        self.end(process)


if __name__ == "__main__":
    TSTAT = os.path.abspath(sys.argv[1])
    del sys.argv[1]
    result = unittest.main(exit=False).result
    skipped = result.wasSuccessful() and 0 < result.testsRun == len(result.skipped)
    sys.exit(shipping.SKIPPED if skipped else not result.wasSuccessful())
