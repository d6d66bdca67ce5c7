#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat-ship: every row once, whatever happens to it; what it replaces, byte by byte where there is a reference.

usage: ship_test.py TSTAT_SHIP READER [CLASS]...      TSTAT_SHARED_DIR: the reference; without it, or without RabbitMQ, their
parts are skipped: exit status 77 (skipped for ctest) when nothing is left. READER: '' without librabbitmq
"""
import gzip, http.server, json, os, pathlib, random, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time
import unittest

import influxdb_test, rabbitmq_test, shipping

SHIP = READER = ""
SHARED = pathlib.Path(os.environ.get("TSTAT_SHARED_DIR") or "/nowhere") / "golden"
HEADER = "#15#c_ip:1 c_port:2 c_bytes_all:9 s_ip:15 s_port:16 first:29\n"
COLUMNS = "#logs=tcp&columns=c_bytes_all"


def row(number):
    return f"10.0.0.1 4000 {number} 10.0.0.2 80 {1500000000000 + number}.000000\n"


class Work(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-ship-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.logs, self.out = self.work / "logs", self.work / "out.csv"

    def write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def command(self, *words):
        return [SHIP, "--state", str(self.work / "state"), *map(str, words)]

    def ship(self, *words, status=0):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def numbers(self):
        lines = self.out.read_text().splitlines() if self.out.exists() else []
        return [int(line) for line in lines if line != "c_bytes_all"]


class OnePass(Work):
    def test_each_row_once_and_gz(self):
        for hour in range(5):
            text = HEADER + "".join(row(100 * hour + i) for i in range(100))
            path = self.write(self.logs / f"2018/01_{hour}.out/log_tcp_complete", text)
            if hour % 2:
                with gzip.open(f"{path}.gz", "wt") as file:
                    file.write(text)
                path.unlink()
        for _ in range(2):
            self.ship("-e", f"csv={self.out}{COLUMNS}", self.logs)
            self.assertEqual(self.numbers(), list(range(500)))

    def test_two_destinations_each_have_all(self):
        self.write(self.logs / "a.out/log_tcp_complete", HEADER + row(1) + row(2))
        self.write(self.logs / "a.out/log_udp_complete", "#c_ip:1 c_port:2\n1.2.3.4 5\n")
        done = self.ship("-e", f"csv={self.out}{COLUMNS}", "-e", f"json={self.work}/all.jsonl", self.logs)
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.numbers(), [1, 2])
        rows = [json.loads(line) for line in (self.work / "all.jsonl").read_text().splitlines()]
        self.assertEqual([r["log"] for r in rows], ["log_tcp_complete"] * 2 + ["log_udp_complete"])
        self.assertEqual(rows[2]["c_port"], 5)

    def test_labels_are_those_of_tstat(self):
        self.write(self.logs / "a.out/log_tcp_complete", HEADER + row(1))
        conf = self.write(self.work / "runtime.conf", "[labels]\n80 = web\n")
        out = self.work / "rows.jsonl"
        self.ship("-e", f"json={out}#columns=c_bytes_all,label", "--labels", conf, self.logs)
        self.assertEqual(json.loads(out.read_text()),
                         {"log": "log_tcp_complete", "flow": None, "c_bytes_all": 1, "label": "web"})
        for words, expected in ((["--labels", self.work / "none"], "none: No such file"),
                                (["--labels", self.write(self.work / "bad", "[labels]\nx = y\n")], "bad:2"),
                                (["-e", f"json={out}", "-e", f"json={out}"], "two exports have the name")):
            done = self.ship("-e", "json=-#name=other", *words, self.logs, status=1)
            self.assertIn(expected, done.stderr)

    def test_logs_that_cannot_be_read_are_told_by_each_run(self):
        self.write(self.logs / "a.out/log_tcp_complete", HEADER + row(1))
        chance = random.Random(1)
        text = gzip.compress((HEADER + "".join(row(chance.randrange(1 << 40)) for _ in range(3000))).encode())
        damaged = bytearray(text)
        for at in range(len(text) // 2, len(text) // 2 + 20):
            damaged[at] ^= 0x55
        for content, what in ((text[:len(text) // 2], "ends in the middle"), (bytes(damaged), "damaged")):
            path = self.write(self.logs / "b.out/log_tcp_complete.gz", "")
            path.write_bytes(content)
            for _ in range(2):
                done = self.ship("-e", f"csv={self.out}{COLUMNS}", self.logs, status=1)
                self.assertIn(what, done.stderr)
        path.write_bytes(text)
        self.ship("-e", f"csv={self.out}{COLUMNS}", self.logs)

    def test_mistakes_are_named(self):
        for words, expected in ((["-e", "jsn=-", self.logs], '"jsn" is no format'),
                                (["-e", "json=-#lgs=tcp", self.logs], '"lgs" is no option'),
                                (["-e", "json=-", self.logs], "logs: No such file"),
                                (["--netsage", self.work / "none", self.logs], "none: No such file")):
            self.assertIn(expected, self.ship(*words, status=1).stderr)

    def test_one_process_a_state(self):
        self.write(self.logs / "a.out/log_tcp_complete", HEADER)
        first = subprocess.Popen(self.command("-f", "-e", f"csv={self.out}{COLUMNS}", self.logs))
        try:
            shipping.wait_for(lambda: list((self.work / "state").glob("*.positions")), "the first one")
            done = self.ship("-e", f"csv={self.out}{COLUMNS}", self.logs, status=1)
            self.assertIn("another process is using it", done.stderr)
        finally:
            first.terminate()
            self.assertEqual(first.wait(), 0)


class Writer:
    """A probe: rows with numbers, into sessions that follow each other."""

    def __init__(self, logs, rows, chance):
        self.logs, self.rows, self.chance = logs, rows, chance
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        number, session = 1, 0
        while number <= self.rows:
            folder = self.logs / f"2018/{session:06d}.out"
            folder.mkdir(parents=True)
            session += 1
            with open(folder / "log_tcp_complete", "w") as file:
                file.write(HEADER)
                for _ in range(self.chance.randrange(1, max(2, self.rows // 5))):
                    if number > self.rows:
                        break
                    # In pieces that end anywhere.
                    text = "".join(row(number + i) for i in range(self.chance.randrange(1, 20)))
                    number += text.count("\n")
                    cut = self.chance.randrange(len(text))
                    for piece in text[:cut], text[cut:]:
                        file.write(piece)
                        file.flush()
                        time.sleep(self.chance.random() * 0.002)
            path = folder / "log_tcp_complete"
            if self.chance.random() < 0.3:
                with gzip.open(f"{path}.gz", "wb") as file:
                    file.write(path.read_bytes())
                path.unlink()
        self.last = number - 1


class Killed(Work):
    ROWS = int(os.environ.get("TSTAT_SHIP_ROWS", "4000"))

    def kill_while_it_ships(self, destination, *words, disturb=lambda step: None):
        chance = random.Random(shipping.SEED)
        self.logs.mkdir()
        writer = Writer(self.logs, self.ROWS, random.Random(shipping.SEED + 1))
        command = self.command("-f", "-e", destination, *words, self.logs)
        kills = 0
        while kills < shipping.KILLS:
            process = subprocess.Popen(command)
            time.sleep(chance.random() * 0.25)
            disturb(kills)
            process.kill()
            process.wait()
            kills += 1
        writer.thread.join()
        self.ship("-e", destination, self.logs)
        return writer.last

    def test_rows_in_a_file_are_there_once(self):
        for poll in (["--poll", "0.01"], []):
            with self.subTest(poll=poll):
                last = self.kill_while_it_ships(f"csv={self.out}{COLUMNS}", "--sync", "never", *poll)
                self.assertEqual(self.numbers(), list(range(1, last + 1)))
                for path in (self.work / "state", self.logs):
                    shutil.rmtree(path)
                self.out.unlink()

    def test_requests_that_come_twice_have_the_same_name(self):
        requests = {}

        def answer(handler, body):
            name = "/".join(handler.headers[f"X-Tstat-{part}"] for part in ("Probe", "Run", "Sequence"))
            self.assertEqual(requests.setdefault(name, body), body, "two batches have the same name")
            return 204, b""

        with Web(answer) as web:
            last = self.kill_while_it_ships(f"csv=http://127.0.0.1:{web.port}/{COLUMNS}", "--poll", "0.01")
        numbers = [int(n) for body in requests.values() for n in body.decode().split() if n != "c_bytes_all"]
        self.assertEqual(sorted(numbers), list(range(1, last + 1)))

    @unittest.skipUnless(influxdb_test.INFLUXD, "no influxd (./run-tests --servers installs it)")
    def test_points_are_in_a_database_once(self):
        server = influxdb_test.Influxd(self.work)
        self.addCleanup(lambda: server.kill())

        def disturb(step):
            if step % 2:
                server.kill()
                server.start()

        address = f"influx=http://127.0.0.1:{server.port}/write?db=tstat"
        last = self.kill_while_it_ships(f"{address}#points=full&logs=tcp", "--sync", "never", disturb=disturb)
        self.assertEqual(sorted(server.values("c_bytes_all", "log_tcp_complete")), list(range(1, last + 1)))

    def test_stopped_by_signals(self):
        path = self.write(self.logs / "a.out/log_tcp_complete", HEADER)
        expected = []
        for number in range(10):
            process = subprocess.Popen(self.command("-f", "-e", f"csv={self.out}{COLUMNS}", self.logs))
            with open(path, "a") as file:
                file.write(row(number))
            expected.append(number)
            if number % 2:
                shipping.wait_for(lambda: self.numbers() == expected, "the row")
            sent = signal.SIGTERM if number % 3 else signal.SIGINT
            process.send_signal(sent)
            # It may come before anything has begun.
            self.assertIn(process.wait(timeout=60), (0,) if number % 2 else (0, -sent))
        self.ship("-e", f"csv={self.out}{COLUMNS}", self.logs)
        self.assertEqual(self.numbers(), expected)


class Web:
    """A web server; `answer(handler, body)` gives status and answer."""

    def __init__(self, answer, port=0):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, text = answer(self, body)
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(text)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            allow_reuse_address = True

            def handle_error(self, *args):
                pass  # clients that hang up

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()


class Influx:
    """What the scripts of the roll talk to."""

    def __init__(self):
        self.requests, self.writes, self.has_database = [], [], False

    def answer(self, handler, body):
        self.authorization = handler.headers.get("Authorization")
        self.requests.append(handler.path)
        if handler.path.startswith("/query"):
            query = body.decode()
            if "CREATE" in query:
                self.has_database = True
            error = b"" if self.has_database else b',"error":"database not found: tstat"'
            return 200, b'{"results":[{"statement_id":0' + error + b"}]}"
        if not self.has_database:
            return 404, b'{"error":"database not found"}'
        self.writes.append(body.decode())
        return 204, b""


@unittest.skipUnless((SHARED / "points").is_dir(), "no reference (TSTAT_SHARED_DIR)")
class GoldenPoints(Work):
    def setUp(self):
        super().setUp()
        self.influx = Influx()

    def case(self, name):
        shutil.copytree(SHARED / "points" / name / "input", self.work / "DATA")
        writes = sorted((SHARED / "points" / name).glob("write-*.txt"), key=lambda p: int(re.findall(r"\d+", p.name)[0]))
        expected = [path.read_text() for path in writes]
        return expected, (SHARED / "points" / name / "stdout.txt").read_text(), \
            (SHARED / "points" / name / "progress.txt").read_text()

    def configuration(self, port, limit, mode=0o600):
        path = self.work / "roll.ini"
        path.write_text(f"""[CONFIG]
host = 127.0.0.1
port = {port}
dbname = tstat
id = admin
password = very-hidden
path = {self.work}/DATA
file_list_path = {self.work}/lists
line_limit = {limit}
""")
        path.chmod(mode)
        return path

    def roll(self, port, limit, *words, status=0):
        for old in (self.work / "lists").glob("progress_*"):
            old.unlink()
        done = subprocess.run([SHIP, "--roll", self.configuration(port, limit), *words], capture_output=True, text=True,
                              timeout=120)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        stdout = re.sub(r"\d\d:\d\d:\d\d", "HH:MM:SS", done.stdout)
        [progress] = (self.work / "lists").glob("progress_*")
        text = progress.read_text().replace(f"{self.work}/DATA", "DATA")
        for path in [*(self.work / "lists").rglob("*")]:
            if path.is_file():
                self.assertNotIn(b"very-hidden", path.read_bytes())
        self.assertNotIn("very-hidden", done.stdout + done.stderr)
        return stdout, text, done.stderr

    def compare(self, name, limit, *words):
        expected, stdout, progress = self.case(name)
        with Web(self.influx.answer) as web:
            result = self.roll(web.port, limit, *words)
            self.assertEqual(self.influx.writes, expected)
            self.assertEqual(result[:2], (stdout, progress))
            self.assertEqual(self.influx.requests[:2], ["/query?db=tstat"] * 2)
            self.assertEqual(set(self.influx.requests[2:]), {"/write?db=tstat"})
            self.assertEqual(self.influx.authorization, "Basic YWRtaW46dmVyeS1oaWRkZW4=")
            # Nothing twice; and everything, if that is asked for.
            result = self.roll(web.port, limit, *words)
            self.assertEqual(self.influx.writes, expected)
            self.assertIn("Database is already exists\n", result[0])
            self.assertIn("Log process  : 0 \n", result[0])
            self.roll(web.port, limit, "--again", *words)
            self.assertEqual(self.influx.writes, expected + expected)

    def test_three_rows(self):
        self.compare("three-rows", 700, "2017_07", "2017_08")

    def test_mixed_rows(self):
        expected, stdout, progress = self.case("mixed-rows")
        with Web(self.influx.answer) as web:
            result = self.roll(web.port, 700, "2017", "2018")
        self.assertEqual(self.influx.writes, expected)
        self.assertEqual(result[:2], (stdout, progress))

    def test_batches(self):
        self.compare("batches", 4, "2017_07_14", "2017_07_15")

    def test_odd_limit(self):
        self.compare("odd-limit", 5, "2017_07_14", "2017_07_15")

    def test_the_option_wins(self):
        expected, stdout, _ = self.case("odd-limit")
        with Web(self.influx.answer) as web:
            result = self.roll(web.port, 4, "--line-limit", "5", "2017_07_14", "2017_07_15")
        self.assertEqual(self.influx.writes, expected)
        self.assertEqual(result[0], stdout)

    def test_equal_arguments_end_after_the_group(self):
        expected, _, progress = self.case("equal-args")
        with Web(self.influx.answer) as web:
            result = self.roll(web.port, 700, "2017_07_14", "2017_07_14")
        self.assertEqual(self.influx.writes, expected[:2])
        self.assertIn("Total Number of Log process  : 6 \n", result[0])
        self.assertEqual(result[1], progress)

    def test_no_arguments_are_all(self):
        expected, _, _ = self.case("equal-args")
        with Web(self.influx.answer) as web:
            result = self.roll(web.port, 700)
        self.assertEqual(self.influx.writes, expected)
        self.assertEqual(result[1], "Processing from 2017_07_14_02_40.out to 2017_08_01_00_00.out\n")

    def test_points_are_kept_while_the_server_is_away(self):
        expected, stdout, progress = self.case("curl-fails")
        port = shipping.free_port()
        words = ("2017_07_14", "2017_07_15")
        result = self.roll(port, 700, *words, status=1)
        self.assertEqual(result[0], stdout)
        lines, said = result[1].splitlines(), "The insert curl command occurs error! The command is below"
        self.assertEqual(lines[0], progress.splitlines()[0])
        self.assertEqual(lines[1::2], [said] * len(expected))
        for line, write in zip(lines[2::2], expected):
            self.assertIn(f"http://127.0.0.1:{port}/write?db=tstat as user admin", line)
            self.assertIn(f"its {len(write.splitlines())} points are kept", line)
            self.assertNotIn("curl", line)
        self.assertEqual(len(lines), 1 + 2 * len(expected))
        self.assertIn("3 requests (7 rows) wait", result[2])
        with Web(self.influx.answer, port):
            result = self.roll(port, 700, *words)
        self.assertEqual(self.influx.writes, expected)
        self.assertIn("Total Number of Log process  : 7 \n", result[0])

    def test_a_server_that_goes_away_between_the_questions_and_the_points(self):
        expected, _, _ = self.case("batches")
        away = True

        def answer(handler, body):
            return (503, b"busy") if away and handler.path.startswith("/write") else self.influx.answer(handler, body)

        with Web(answer) as web:
            result = self.roll(web.port, 4, "2017_07_14", "2017_07_15", status=1)
            self.assertEqual(result[1].count("HTTP 503"), len(expected), result[1])
            away = False
            self.roll(web.port, 4, "2017_07_14", "2017_07_15")
        self.assertEqual(self.influx.writes, expected)

    def test_bad_configurations_are_named(self):
        self.case("three-rows")
        for mode, more, expected in ((0o644, "", "roll.ini: holds a password, and others have access to it"),
                                     (0o600, "hots = x\n", 'roll.ini:10: "hots" is no key of [CONFIG]; known: host, port'),
                                     (0o600, "[CONFG]\n", 'roll.ini:10: "[CONFG]" is no section')):
            path = self.configuration(1, 700, mode)
            path.write_text(path.read_text() + more)
            done = subprocess.run([SHIP, "--roll", path], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn(expected, done.stderr)
            self.assertNotIn("very-hidden", done.stderr)
        self.assertFalse((self.work / "lists").exists())

    def test_a_session_without_the_log_is_left_out(self):
        expected, _, _ = self.case("three-rows")
        (self.work / "DATA/2017_07_13_00_00.out").mkdir()
        with Web(self.influx.answer) as web:
            result = self.roll(web.port, 700)
        self.assertEqual(self.influx.writes, expected)
        self.assertIn("2017_07_13_00_00.out: has no log_tcp_complete", result[2])


@unittest.skipUnless((SHARED / "netsage").is_dir(), "no reference (TSTAT_SHARED_DIR)")
class GoldenNetsage(Work):
    def test_messages(self):
        compared = 0
        for folder in sorted(path for path in (SHARED / "netsage").iterdir() if path.is_dir()):
            logs = SHARED / "3.1.1" / ("full" if folder.name.startswith("mix-") else "default") / folder.name
            for path in sorted(folder.glob("threshold-*.json")):
                threshold = re.findall(r"\d+", path.name)[0]
                out = self.work / f"{folder.name}-{threshold}.json"
                self.ship("-e", f"netsage={out}#threshold={threshold}&sensor=probe.example.test&instance=7"
                          f"&name={folder.name}-{threshold}", "--sync", "never", logs)
                expected = [json.loads(line, object_pairs_hook=list) for line in path.read_text().splitlines()]
                found = out.read_text().splitlines() if out.exists() else []
                # A session has two logs, and here a log ends a message.
                flows = [flow for line in found for flow in json.loads(line, object_pairs_hook=list)]
                self.assertEqual(flows, [flow for message in expected for flow in message], path)
                compared += len(flows)
        self.assertGreater(compared, 1000)


class Broker(Work):
    HEADER = ("#c_ip:1 c_port:2 c_first_abs:3 c_durat:4 c_bytes_all:5 c_pkts_all:6 "
              "s_ip:10 s_port:11 s_first_abs:12 s_durat:13 s_bytes_all:14 s_pkts_all:15\n")

    @classmethod
    def setUpClass(cls):
        if not READER or not os.path.exists(rabbitmq_test.PROGRAM):
            raise unittest.SkipTest("no librabbitmq, or no RabbitMQ (./run-tests --servers installs it)")
        # One for all: it takes long to start.
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tstat-ship-broker-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.server = rabbitmq_test.RabbitMq(cls.folder)
        cls.addClassCleanup(cls.server.end)

    def configuration(self, port=None):
        path = self.work / "shipper.ini"
        path.write_text(f"""[rabbit]
host = 127.0.0.1
port = {port or self.server.port}
username = guest
password = ${{TSTAT_TEST_NO_SUCH:guest}}
vhost = /
queue = {self.id().rpartition(".")[2]}
routing_key = {self.id().rpartition(".")[2]}
[rabbit_queue_options]
durable = yes
""")
        path.chmod(0o600)
        return path

    def messages(self):
        output = subprocess.run([READER, str(self.server.port), self.id().rpartition(".")[2]], check=True,
                                capture_output=True, text=True).stdout
        return [line.rstrip("\t").split("\t", 1) for line in output.splitlines()]

    def session(self, name, numbers):
        text = "".join(f"1.1.1.1 1 1000.0 1.0 {n} 1 2.2.2.2 2 1000.0 1.0 {n} 1\n" for n in numbers)
        self.write(self.logs / name / "log_udp_complete", self.HEADER + text)

    def marked(self):
        marks = sorted(self.logs.rglob(".processed"))
        self.assertEqual({path.read_text() for path in marks} - {"processed"}, set())
        return [path.parent.name for path in marks]

    def test_marks_are_of_what_is_confirmed(self):
        self.session("a.out", range(3))
        self.session("b.out", range(3, 60))
        words = ("--threshold", "0", "--min-age", "0")
        done = self.ship("--netsage", self.configuration(1), *words, "--wait", "1", self.logs, status=1)
        self.assertIn("messages wait", done.stderr)
        self.assertEqual(self.marked(), [])
        self.session("c.out", range(60, 61))
        # Too young to be taken.
        self.ship("--netsage", self.configuration(), "--threshold", "0", self.logs)
        self.assertEqual(self.marked(), [])
        self.ship("--netsage", self.configuration(1), *words, "--wait", "1", self.logs, status=1)
        self.ship("--netsage", self.configuration(), *words, self.logs)
        self.assertEqual(self.marked(), ["a.out", "b.out", "c.out"])
        named = dict(self.messages())
        flows = [flow for body in named.values() for flow in json.loads(body)]
        self.assertEqual([flow["values"]["num_bits"] for flow in flows], [8 * (n // 2) for n in range(122)])
        # Sessions do not share messages, which have 100 flows at most.
        self.assertEqual([len(json.loads(body)) for body in named.values()], [6, 100, 14, 2])
        self.ship("--netsage", self.configuration(), *words, "--cull", "0", self.logs)
        self.assertEqual(self.messages(), [])
        self.assertEqual(list(self.logs.iterdir()), [])

    def test_sessions_that_are_not_whole_have_no_marks(self):
        chance = random.Random(1)
        for name in "abcd":
            self.session(f"{name}.out", [chance.randrange(1 << 40) for _ in range(1000)])
        for name in "bc":
            path = self.logs / f"{name}.out/log_udp_complete"
            content = bytearray(gzip.compress(path.read_bytes()))
            for at in range(len(content) // 2, len(content) // 2 + 20):
                content[at] ^= 0x55
            pathlib.Path(f"{path}.gz").write_bytes(content if name == "b" else content[:len(content) // 3])
            path.unlink()
        path = self.logs / "d.out/log_udp_complete"
        path.write_text(path.read_text()[:-3])
        words = ("--threshold", "0", "--min-age", "0", "--cull", "0")
        for _ in range(2):
            done = self.ship("--netsage", self.configuration(), *words, self.logs, status=1)
            for name in "bcd":
                self.assertIn(f"{name}.out: has no mark", done.stderr)
            self.assertEqual(sorted(path.name for path in self.logs.iterdir()), ["b.out", "c.out", "d.out"])
        self.assertEqual(self.marked(), [])

    def test_killed(self):
        chance = random.Random(shipping.SEED)
        numbers = 0
        for session in range(40):
            count = chance.randrange(0, 200)
            self.session(f"{session:03d}.out", range(numbers, numbers + count))
            numbers += count
        words = ("--threshold", "0", "--min-age", "0", "--sync", "never", self.logs)
        for _ in range(shipping.KILLS):
            process = subprocess.Popen(self.command("--netsage", self.configuration(), *words))
            time.sleep(chance.random() * 0.2)
            process.kill()
            process.wait()
        self.ship("--netsage", self.configuration(), *words)
        self.assertEqual(len(self.marked()), 40)
        named = {}
        for name, body in self.messages():
            self.assertEqual(named.setdefault(name, body), body, "two messages have the same name")
        bits = sorted(flow["values"]["num_bits"] for body in named.values() for flow in json.loads(body))
        self.assertEqual(bits, [8 * (n // 2) for n in range(2 * numbers)])

    @unittest.skipUnless((SHARED / "netsage").is_dir(), "no reference (TSTAT_SHARED_DIR)")
    def test_golden_messages(self):
        for name in ("mix-voice", "http_ipv6"):
            logs = SHARED / "3.1.1" / ("full" if name.startswith("mix-") else "default") / name
            shutil.copytree(logs, self.logs / name)
            self.ship("--netsage", self.configuration(), "--threshold", "0", "--min-age", "0", "--sensor",
                      "probe.example.test", "--instance", "7", self.logs)
            expected = (SHARED / "netsage" / name / "threshold-0.json").read_text().splitlines()
            self.assertEqual([json.loads(body, object_pairs_hook=list) for _, body in self.messages()],
                             [json.loads(line, object_pairs_hook=list) for line in expected])


if __name__ == "__main__":
    SHIP, READER = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    shipping.arguments()
    result = unittest.main(verbosity=1, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun <= len(result.skipped):
        shipping.skip("; ".join(sorted({reason for _, reason in result.skipped})))
