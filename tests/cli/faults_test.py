#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Files that fail: what is in the logs then are whole rows of those that would be there, all others are counted, and the exit status is
right, for any number of threads. And a process that is killed at any moment, which tells nobody.

usage: faults_test.py TSTAT [unittest arguments]      TSTAT_FAULTS=N: so many of each; TSTAT_SEED=N: that one
"""
import concurrent.futures, filecmp, itertools, json, os, pathlib, random, shutil, subprocess, threading, time, unittest, zlib

import command
from command import FIRST, CommandTest, connection, pcap, udp_packet

LIBRARY = os.environ.get("TSTAT_FAILING_FILES")
TRACES = pathlib.Path(__file__).parent.parent / "traces"
HISTOGRAMS = str(TRACES.parent.parent / "packaging/etc/histo.conf")
COUNT = int(os.environ.get("TSTAT_FAULTS", "10"))
ONE = os.environ.get("TSTAT_SEED")
SEEDS = [int(ONE)] if ONE else range(1, COUNT + 1)
RUNTIME = """[log]
log_tcp_complete = 1
log_tcp_nocomplete = 1
log_udp_complete = 1
log_http_complete = 1
histo_engine = 1
[dump]
udp_dns = 1
tcp_complete = 1
"""


def traffic(connections, start=FIRST * 1000000, step=7919):
    """Of rows so many that logs are written to several times."""
    records = []
    for number in range(connections):
        at, client = start + number * step, (10, 0, number // 250, number % 250 + 1)
        records += connection(at, client=client, port=1025 + number % 60000)
        records.append((at + 500, udp_packet(client, (192, 0, 2, 7), 5000 + number % 60000, 4000, b"x" * 9)))
    return sorted(records)


def is_subsequence(rows, of):
    there = iter(of)
    return all(row in there for row in rows)


class FailingFiles(CommandTest):
    @classmethod
    def setUpClass(cls):
        if LIBRARY is None:
            raise unittest.SkipTest("a build with sanitizers")

    def setUp(self):
        super().setUp()
        self.write("long.pcap", pcap(traffic(600)))
        self.write("runtime.conf", RUNTIME)
        self.traces = ["long.pcap", str(TRACES / "mixed.pcap")]

    def run_with(self, folder, fault, options, threads="1"):
        """The process, and its --stats-json."""
        for name in (folder, "stats.json", "calls"):
            path = self.work / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        env = dict(os.environ, TZ="UTC", LC_ALL="C")
        if fault is not None:
            env.update(LD_PRELOAD=LIBRARY, TSTAT_FAIL=fault, TSTAT_FAIL_BELOW=str(self.work / folder), TSTAT_FAIL_CALLS=str(self.work / "calls"))
        done = subprocess.run([self.tstat, "--threads", threads, "-s", folder, "-T", "runtime.conf", "--stats-json", "stats.json", *options,
                               *self.traces], cwd=self.work, capture_output=True, text=True, timeout=120, check=False, env=env)
        return done, json.loads((self.work / "stats.json").read_text())

    def logs(self, folder):
        """By their names below the folder: lines."""
        root, texts = self.work / folder, {}
        for path in sorted(root.rglob("log_*")):
            data = path.read_bytes()
            if path.suffix == ".gz":  # may end anywhere
                data = zlib.decompressobj(31).decompress(data)
                data = data[:data.rfind(b"\n") + 1]
            self.assertIn(data[-1:], (b"", b"\n"), f"{path.name} ends within a row")
            texts[str(path.relative_to(root))] = data.splitlines()
        return texts

    def check(self, seed, honest, profile, options):
        numbers = random.Random(seed)
        call = numbers.choice(("write", "write", "write", "open", "close"))
        error = numbers.choice(("ENOSPC", "EIO", "EINTR", "short", "full", "full") if call == "write" else ("ENOSPC", "EIO"))
        times = numbers.choice((1, 2, 7, 1000000))
        if error in ("EINTR", "short"):
            times = min(times, 7)
        number = numbers.randrange(1, 30 * (1 if call != "write" else 2 if profile != "3.3" else 6))
        fault = f"{call}:{number}:{error}:{times}"
        with self.subTest(seed=seed, fault=fault, options=options):
            done, stats = self.run_with("out", fault, options)
            happened = int((self.work / "calls").read_text()) >= number
            lost = stats["lost"]
            harmless = not happened or error in ("EINTR", "short") or (error == "full" and times == 1)
            self.assertEqual(stats["packets"], honest["packets"])
            if harmless:
                self.assertEqual((done.returncode, done.stderr, sum(lost.values())), (0, self.told.replace("whole/", "out/"), 0))
            elif call == "close" and done.returncode == 0:
                self.same_files("whole", "out")  # of one to which nothing was written yet
            else:
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertRegex(done.stderr, "No space left on device|Input/output error")
            whole, there = self.logs("whole"), self.logs("out")
            missing = 0
            for name, rows in whole.items():
                found = there.get(name, [])
                self.assertTrue(is_subsequence(found, rows), f"{name}: rows that no other run has")
                missing += sum(1 for row in rows if not row.startswith(b"#")) - sum(1 for row in found if not row.startswith(b"#"))
            self.assertEqual(set(there) - set(whole), set())
            self.assertLessEqual(missing, lost["rows"])
            if call == "write" and "-Z" not in options:
                self.assertEqual(missing, lost["rows"])
            self.same_with_threads(fault, options)

    def same_with_threads(self, fault, options):
        self.run_with("out3", fault, options, threads="3")
        self.same_files("out", "out3")

    def same_files(self, *folders):
        names = [{str(path.relative_to(self.work / folder)) for path in (self.work / folder).rglob("*") if path.is_file()}
                 for folder in folders]
        self.assertEqual(*names)
        _, differ, bad = filecmp.cmpfiles(*(self.work / folder for folder in folders), sorted(names[0]), shallow=False)
        self.assertEqual((differ, bad), ([], []))

    def test_errors_at_any_call(self):
        for profile, seeds in itertools.groupby(SEEDS, lambda seed: ("3.1.1", "none", "3.3")[seed * 3 // (COUNT + 1) % 3]):
            options = ["--compat", profile, *{"3.1.1": [], "none": ["-Z"], "3.3": ["-H", HISTOGRAMS]}[profile]]
            done, honest = self.run_with("whole", None, options)
            self.assertEqual((done.returncode, sum(honest["lost"].values())), (0, 0), done.stderr)
            self.told = done.stderr
            for seed in seeds:
                self.check(seed, honest, profile, options)


class KilledRuns(CommandTest):
    """By -9, as a system does that has no memory left."""

    def start(self, folder, *options):
        return subprocess.Popen([self.tstat, "-s", folder, *options, "stdin"], cwd=self.work, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env=dict(os.environ, TZ="UTC"))

    def rows_of(self, folder, log="log_tcp_complete"):
        """And whether the log ends with a whole one."""
        data = b"".join(path.read_bytes() for path in sorted((self.work / folder).rglob(log)))
        return data.splitlines(), data[-1:] in (b"", b"\n")

    def test_at_any_moment(self):
        data = pcap(traffic(3000))
        begin = time.monotonic()
        self.start("whole").communicate(data, timeout=120)
        seconds = time.monotonic() - begin
        whole, _ = self.rows_of("whole")
        self.assertGreater(len(whole), 3000)
        some, cut = 0, 0
        for seed in SEEDS:
            with self.subTest(seed=seed):
                shutil.rmtree(self.work / "out", ignore_errors=True)
                process = self.start("out", "--threads", str(1 + seed % 3))
                threading.Timer(random.Random(seed).uniform(0, 1.2) * seconds, process.kill).start()
                try:
                    process.communicate(data, timeout=120)
                except BrokenPipeError:
                    process.wait()
                rows, is_whole = self.rows_of("out")
                if not is_whole:  # the system stopped within a write
                    cut += 1
                    self.assertTrue(whole[len(rows) - 1].startswith(rows.pop()))
                self.assertEqual(rows, whole[:len(rows)])
                some += 0 < len(rows) < len(whole)
                # The next one finds nothing in its way.
                self.run_tstat("-s", "out", "t.pcap")
        print(f"{some} of {len(SEEDS)} were killed when they had some rows, {cut} within a row")

    def feed_and_kill(self, folder, threads, goes_on):
        """How many connections were over three seconds before it was killed."""
        process = self.start(folder, "--threads", threads)
        process.stdin.write(pcap([]))
        begin, fed = time.monotonic(), []  # when they were over
        while time.monotonic() - begin < 5:
            number = len(fed)
            process.stdin.write(pcap(connection(FIRST * 1000000 + number * 20000, port=1025 + number))[24:])
            process.stdin.flush()
            fed.append(time.monotonic())
            time.sleep(0.02 if goes_on or time.monotonic() - begin < 1 else 4)
        killed = time.monotonic()
        process.kill()
        process.wait()
        process.stdin.close()
        return sum(over < killed - 3 for over in fed)

    def test_what_is_older_than_three_seconds_is_there(self):
        """Of a stream that goes on, and of one that is silent."""
        runs = [(f"out{threads}{goes_on}", threads, goes_on) for threads in ("1", "3") for goes_on in (True, False)]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            older = list(pool.map(lambda run: self.feed_and_kill(*run), runs))
        for (folder, threads, goes_on), least in zip(runs, older):
            with self.subTest(threads=threads, goes_on=goes_on):
                rows, is_whole = self.rows_of(folder)
                self.assertTrue(is_whole)
                self.assertGreater(least, 20)
                self.assertGreaterEqual(len(rows) - 1, least)  # without the header


if __name__ == "__main__":
    command.main()
