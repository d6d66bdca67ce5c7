#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Kafka: every row at least once, and by its key once, whatever brokers and tstat-ship go through. Brokers are those that
librdkafka has for tests.

usage: kafka_test.py TSTAT TSTAT_SHIP BROKERS      BROKERS: '' without librdkafka (exit status 77, skipped for ctest)
"""
import json, pathlib, random, shutil, subprocess, sys, tempfile, time, unittest

import shipping

TSTAT = SHIP = BROKERS = ""
TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
HEADER = "#15#c_ip:1 c_port:2 c_bytes_all:9 s_ip:15 s_port:16 first:29 fqdn:127\n"
COLUMNS = "logs=tcp&columns=c_bytes_all"
ALL = (1, 2, 3)
# Errors of brokers that go by, and some that do not (librdkafka's numbers; below 0: the connection breaks).
PASSING = {"not enough replicas": 19, "leader not available": 5, "not leader": 6, "timed out": 7, "connection": -195}
TOO_LARGE, INVALID_RECORD = 10, 87
PRODUCE = 0


def row(number, name="-"):
    return f"10.0.0.1 4000 {number} 10.0.0.2 80 {1500000000000 + number}.000000 {name}\n"


class Cluster:
    def __init__(self):
        self.process = subprocess.Popen([BROKERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.brokers = self.process.stdout.readline().strip()

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line == ".\n":
                return lines
            lines.append(line.rstrip("\n"))
        raise AssertionError("the brokers have ended")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Kafka(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-kafka-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.logs, self.state = self.work / "logs", self.work / "state"
        self.cluster = Cluster()
        self.addCleanup(self.cluster.end)
        self.cluster.ask("topic", "flows", 4)

    def address(self, options=COLUMNS, form="json"):
        return f"{form}=kafka://{self.cluster.brokers}/flows#name=k&probe=here&{options}"

    def write_rows(self, numbers, name="a"):
        path = self.logs / f"{name}.out/log_tcp_complete"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + "".join(map(row, numbers)))
        return path

    def command(self, *words, options=COLUMNS):
        return [SHIP, "--state", self.state, "--export", self.address(options), *words, self.logs]

    def ship(self, *words, options=COLUMNS, status=0):
        done = subprocess.run(self.command(*words, options=options), capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def messages(self):
        """Values by key: those that come again are the same."""
        by_key = {}
        self.repeats = 0
        for line in self.cluster.ask("read", "flows"):
            key, _, value = line.partition("\t")
            self.repeats += key in by_key
            self.assertEqual(by_key.setdefault(key, value), value)
            self.assertRegex(key, r"^here/[-\w.]+/\d+(\.[12])*/\d+$")
        return by_key

    def numbers(self):
        return sorted(json.loads(value)["c_bytes_all"] for value in self.messages().values())

    def dead_letters(self):
        return (self.state / "k/dead-letters").read_bytes()

    def test_messages_are_the_lines_of_json(self):
        subprocess.run([TSTAT, "-s", self.logs, "-S", TRACES / "mixed.pcap"], check=True, capture_output=True)
        out = self.work / "rows.jsonl"
        self.ship("--export", f"json={out}", options="batch_items=7")
        self.assertEqual(sorted(self.messages().values()), sorted(out.read_text().splitlines()))
        self.assertEqual(self.repeats, 0)

    def test_tstat_sends_them_too(self):
        out = self.work / "rows.jsonl"
        subprocess.run([TSTAT, "-s", self.work / "out", "-S", "--export", self.address("compression=gzip"), "--export",
                        f"json={out}", TRACES / "mixed.pcap"], check=True, capture_output=True)
        self.assertEqual(sorted(self.messages().values()), sorted(out.read_text().splitlines()))

    def test_a_batch_with_a_header_line_is_a_message(self):
        self.write_rows(range(5))
        subprocess.run([SHIP, "--state", self.state, "--export", self.address(form="csv"), self.logs], check=True)
        self.assertEqual(list(self.messages().values()), ["c_bytes_all\f0\f1\f2\f3\f4\f"])

    def test_errors_that_go_by_cost_nothing(self):
        for number, (what, error) in enumerate(PASSING.items()):
            with self.subTest(what):
                self.cluster.ask("errors", PRODUCE, error, 5)
                self.write_rows(range(1000 * number, 1000 * number + 1000), name=str(number))
                for _ in range(10):
                    # The end does not wait beyond a try that fails.
                    if subprocess.run(self.command(options=COLUMNS + "&batch_items=100"), stderr=subprocess.DEVNULL).returncode == 0:
                        break
                self.assertEqual(self.numbers(), list(range(1000 * number + 1000)))

    def test_what_a_broker_refuses_for_good_is_a_dead_letter(self):
        self.cluster.ask("errors", PRODUCE, INVALID_RECORD, 1)
        self.write_rows(range(300))
        said = self.ship(options=COLUMNS + "&batch_items=100", status=1)
        self.assertIn("Kafka: ", said)
        got = self.numbers()
        self.assertLess(len(got), 300)
        self.assertTrue(all(f'"c_bytes_all":{n}}}'.encode() in self.dead_letters() for n in set(range(300)) - set(got)))

    def test_a_message_that_is_too_large_is_a_dead_letter_and_others_are_none(self):
        path = self.write_rows(range(10))
        with open(path, "a") as log:
            log.write(row(10, "x" * 3000) + row(11))
        said = self.ship(options="logs=tcp&columns=c_bytes_all,fqdn&message_bytes=2000", status=1)
        self.assertRegex(said, "(?i)too large")
        self.assertEqual(self.numbers(), [*range(10), 11])
        self.assertIn(b"xxxx", self.dead_letters())

    def test_brokers_that_are_away_are_told_and_get_all_later(self):
        self.write_rows(range(500))
        for broker in ALL:
            self.cluster.ask("down", broker)
        said = self.ship("--wait", "30", status=1)
        self.assertRegex(said, "kafka://.*/flows: Kafka: .*; batches wait")
        self.assertIn("500 rows wait", said)
        for broker in ALL:
            self.cluster.ask("up", broker)
        self.ship()
        self.assertEqual(self.numbers(), list(range(500)))

    def test_brokers_that_come_and_go_get_each_row(self):
        print("TSTAT_SEED =", shipping.SEED)
        dice, path, count = random.Random(shipping.SEED), self.write_rows([]), 0
        process = subprocess.Popen(self.command("--follow", options=COLUMNS + "&batch_items=20"), stderr=subprocess.PIPE,
                                   text=True)
        try:
            with open(path, "a") as log:
                for _ in range(6 * shipping.SERVER_KILLS):
                    broker = dice.choice(ALL)
                    self.cluster.ask(dice.choice(("down", "up")), broker)
                    for _ in range(50):
                        log.write(row(count))
                        count += 1
                    log.flush()
                    time.sleep(dice.uniform(0, 0.4))
            for broker in ALL:
                self.cluster.ask("up", broker)
            shipping.wait_for(lambda: len(self.messages()) == count, "all rows")
        finally:
            process.terminate()
            said = process.communicate()[1]
        self.assertEqual(process.returncode, 0, said)
        self.assertEqual(self.numbers(), list(range(count)))

    def test_killed_at_any_moment_no_row_is_lost_and_repeats_have_their_key(self):
        print("TSTAT_SEED =", shipping.SEED)
        dice, more, count, kills = random.Random(shipping.SEED), 4000, 0, 0
        options, process = COLUMNS + "&batch_items=50", None
        while kills < shipping.KILLS:
            if process is None or process.returncode == 0:
                # They had all of them.
                for session in range(8):
                    self.write_rows(range(count + session, count + more, 8), name=f"{count}-{session}")
                count += more
            process = subprocess.Popen(self.command(options=options), stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.3))
            process.kill()
            kills += process.wait() != 0
        self.ship(options=options)
        self.assertEqual(self.numbers(), list(range(count)))
        # At most the batch that was under way.
        self.assertLessEqual(self.repeats, 50 * kills)

    def test_what_speaks_no_tls_is_told(self):
        self.write_rows(range(5))
        done = subprocess.run([SHIP, "--state", self.state, "--wait", "20", "--export",
                               f"json=kafkas://{self.cluster.brokers}/flows#{COLUMNS}", self.logs], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "(?i)ssl|tls|disconnected")
        self.assertEqual(self.messages(), {})


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    TSTAT, SHIP, BROKERS = sys.argv[1:4]
    if not BROKERS:
        shipping.skip("built without librdkafka")
    del sys.argv[1:4]
    unittest.main()
