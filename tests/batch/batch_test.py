#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat-batch: every trace once and as a whole, by xargs, whoever is killed.

usage: batch_test.py TSTAT_BATCH
"""
import collections, os, pathlib, random, re, shlex, shutil, signal, subprocess, sys, tempfile, time, unittest

BATCH = ""
TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
SEED = int(os.environ.get("TSTAT_SEED") or random.randrange(1 << 30))
KILLS = int(os.environ.get("TSTAT_KILLS", "8"))


def rows_of(folder):
    """Rows of all logs below it, by path; what is not done does not count."""
    rows = {}
    for path in sorted(folder.rglob("log_*")):
        if ".tstat-batch" not in path.parts:
            rows[str(path.relative_to(folder))] = [l for l in path.read_text().splitlines() if not l.startswith("#")]
    return rows


class Batch(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-batch-"))
        self.addCleanup(shutil.rmtree, self.work)
        (self.work / "archive" / "north").mkdir(parents=True)
        for number, name in enumerate(("mixed", "web", "voice", "ssh", "mixed", "web")):
            folder = self.work / "archive" / ("north" if number % 2 else "")
            shutil.copy(TRACES / f"{name}.pcap", folder / f"{number} {name}.pcap")
        self.traces = sorted(self.work.joinpath("archive").rglob("*.pcap"))
        (self.work / "list").write_text("".join(f"{t.relative_to(self.work)}\n" for t in self.traces))

    def batch(self, *arguments, status=0):
        done = subprocess.run([BATCH, *arguments], cwd=self.work, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout + done.stderr

    def reference(self):
        """What plain runs of tstat write."""
        tstat = pathlib.Path(BATCH).parent / "../tstat-cli/tstat"
        for trace in self.traces:
            name = trace.relative_to(self.work)
            subprocess.run([tstat, "-S", "-s", self.work / "plain" / name, trace], check=True, capture_output=True)
        return rows_of(self.work / "plain")

    def shipped(self):
        """How often each row is in the files."""
        return collections.Counter(line for file in self.work.glob("*.jsonl") for line in file.read_text().splitlines())

    def test_each_trace_has_a_directory_by_its_path(self):
        self.batch("-o", "out", *(str(t.relative_to(self.work)) for t in self.traces), "--", "-S")
        self.assertEqual(rows_of(self.work / "out"), self.reference())
        self.assertGreater(len(self.reference()), 20)
        self.assertEqual(list(self.work.rglob("part")), [])

    def test_what_leads_out_does_not(self):
        (self.work / "here").mkdir()
        done = subprocess.run([BATCH, "../archive/./north/../0 mixed.pcap", self.traces[1], "--", "-S"], text=True,
                              cwd=self.work / "here", capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {str(p.relative_to(self.work / "here/results")) for p in (self.work / "here/results").rglob("*.pcap")
                 if ".tstat-batch" not in p.parts}
        self.assertEqual(found, {"archive/0 mixed.pcap", str(self.traces[1]).lstrip("/")})

    def test_tasks_share_the_list(self):
        for task in ("1/3", "2/3", "3/3"):
            self.batch("-o", task.replace("/", " of "), "--list", "list", "--task", task, "--", "-S")
        rows = [rows_of(self.work / f"{i} of 3") for i in (1, 2, 3)]
        self.assertEqual(len(self.reference()), sum(len(r) for r in rows))
        self.assertEqual(self.reference(), {path: lines for r in rows for path, lines in r.items()})

    def test_as_its_page_shows(self):
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "scaling.md").read_text()
        [command] = re.findall(r"^    (find .*xargs.*)$", page.replace("|\n", "|"), re.M)
        command = command.replace("/archive", "archive").replace("*.pcap.gz", "*.pcap").replace("-N nets.conf ", "")
        subprocess.run(command.replace("tstat-batch", shlex.quote(BATCH)), shell=True, cwd=self.work, check=True)
        self.assertEqual(rows_of(self.work / "results"), self.reference())

    def test_once_more_does_nothing_and_rows_go_out_once(self):
        arguments = ("-o", "out", "--list", "list", "--export", f"json={self.work}/rows.jsonl#logs=tcp", "--", "-S")
        self.batch(*arguments)
        first = self.shipped()
        before = {p: p.stat().st_mtime_ns for p in (self.work / "out").rglob("log_*")}
        self.batch(*arguments)
        self.assertEqual(self.shipped(), first)
        self.assertEqual({p: p.stat().st_mtime_ns for p in (self.work / "out").rglob("log_*")}, before)
        expected = sum(len(rows) for path, rows in self.reference().items() if path.endswith("log_tcp_complete"))
        self.assertEqual(sum(first.values()), expected)

    def test_xargs_with_kills(self):
        """Whoever of them is killed: in the end all rows are there, and each was shipped once."""
        print("TSTAT_SEED =", SEED)
        dice = random.Random(SEED)
        one = self.work / "one"
        # A file belongs to one program at a time: each trace has its own.
        one.write_text(f"""#!/bin/sh
name=$(basename "$1") && [ -n "$name" ] || exit 1
exec '{BATCH}' -o out --export "json=$PWD/$name.jsonl#logs=tcp,udp&columns=c_ip,c_port,s_ip,s_port,first,c_first_abs" "$1" -- -S
""")
        one.chmod(0o755)
        command = "tr '\\n' '\\0' <list | xargs -0 -n 1 -P 3 ./one"
        kills = 0
        while True:
            run = subprocess.Popen(["sh", "-c", command], cwd=self.work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   start_new_session=True, text=True)
            if kills < KILLS:
                time.sleep(dice.uniform(0.02, 0.4))
                number = dice.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
                if dice.random() < 0.5:
                    os.killpg(run.pid, number)
                else:
                    self.kill_one(run.pid, number, dice)
                kills += 1
            errors = run.communicate(timeout=300)[1]
            if run.returncode == 0 and kills == KILLS:
                break
            self.assertTrue(kills < KILLS or "another one is at it" in errors or self.retried(), errors)
        self.assertEqual(rows_of(self.work / "out"), self.reference())
        expected = sum(len(rows) for path, rows in self.reference().items()
                       if path.endswith(("log_tcp_complete", "log_udp_complete")))
        rows = [(file.name, line) for file in self.work.glob("*.jsonl") for line in file.read_text().splitlines()]
        self.assertEqual(len(rows), expected)
        self.assertEqual(len(set(rows)), expected)

    def retried(self):
        """After the last kill one more run may be needed, no second one."""
        self.rounds = getattr(self, "rounds", 0) + 1
        return self.rounds == 1

    def kill_one(self, session, number, dice):
        processes = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(stat[3]) == session:
                    processes.append(int(folder.name))
            except OSError:
                pass
        if processes:
            try:
                os.kill(dice.choice(sorted(processes)), number)
            except ProcessLookupError:
                pass

    def test_damaged_traces(self):
        trace = self.traces[0]
        trace.write_bytes(trace.read_bytes()[:-7])
        name = str(trace.relative_to(self.work))
        said = self.batch("-o", "out", "--list", "list", "--", "-S", status=1)
        self.assertIn(f"{name}: tstat ended with status 1, see out/.tstat-batch/{name.replace('/', '%2F')}/tstat.log: ", said)
        self.assertIn("1 of 6 traces are not done", said)
        self.assertFalse((self.work / "out" / name).exists())
        self.assertIn("truncated", said)
        self.batch("--damaged", "-o", "out", "--list", "list", "--", "-S")
        self.assertGreater(len(rows_of(self.work / "out" / name)), 3)

    def test_a_result_is_of_one_trace(self):
        for day, source in (("day1", 0), ("day2", 2)):
            (self.work / day).mkdir()
            shutil.copy(self.traces[source], self.work / day / "00.pcap")
        for day, status in (("day1", 0), ("day2", 1), ("day1", 0)):
            done = subprocess.run([BATCH, "-o", "../r", "00.pcap", "--", "-S"], cwd=self.work / day, capture_output=True, text=True)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertEqual("r/00.pcap is of another trace" in done.stderr, status == 1, done.stderr)
        # Nor is a directory one, also where results are.
        said = self.batch("-o", "out", "archive", str(self.traces[0]), "--", "-S", status=1)
        self.assertIn("archive: there is no such file", said)
        self.assertIn("archive: there is no such file", self.batch("-o", "out", "archive", "--", "-S", status=1))
        # Names that are those of its own files elsewhere; and results beside the traces.
        for name in ("x.pcap", "x.pcap.part", "x.pcap.state"):
            shutil.copy(self.traces[1], self.work / name)
        self.batch("-o", "out", "x.pcap", "x.pcap.part", "x.pcap.state", "--", "-S")
        self.assertEqual(rows_of(self.work / "out/x.pcap.part"), rows_of(self.work / "out/x.pcap"))
        self.assertIn("./x.pcap is there, and is not of it", self.batch("-o", ".", "x.pcap", "--", "-S", status=1))
        self.assertTrue((self.work / "x.pcap.part").is_file())

    def test_a_trace_without_packets_is_done(self):
        (self.work / "empty.pcap").write_bytes(self.traces[0].read_bytes()[:24])
        for _ in range(2):
            self.batch("empty.pcap", "--", "-S")

    def test_what_is_not_the_traces_fault_does_not_count_as_damage(self):
        trace = str(self.traces[0])
        slow = self.work / "slow.pcap"
        shutil.copy(trace, slow)
        log = self.work / "out/.tstat-batch/slow.pcap/tstat.log"
        stop = "#!/bin/sh\necho 'Terminating processing early on signal 15'\necho 'tstat: slow.pcap: cut' >&2\nexit 1\n"
        full = "#!/bin/sh\necho 'tstat: slow.pcap: cut' >&2\necho 'tstat: out/log_tcp_complete: No space left' >&2\nexit 1\n"
        cut = "#!/bin/sh\necho 'tstat: slow.pcap: cut' >&2\nexit 1\n"
        for script, status in ((stop, 1), (full, 1), (cut, 0)):
            folder = self.work / "bin"
            folder.mkdir(exist_ok=True)
            shutil.copy(BATCH, folder / "tstat-batch")
            for name, text in (("tstat", script), ("tstat-ship", cut)):
                (folder / name).write_text(text)
                (folder / name).chmod(0o755)
            done = subprocess.run([folder / "tstat-batch", "-d", "-o", "out", "slow.pcap"], cwd=self.work, capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, status, done.stderr + log.read_text())

    def test_options_of_other_runs(self):
        for options in (["-Sl"], ["-cS"], ["--conc"], ["--live"], ["-S", "other.pcap"], ["-s", "x"], ["--export", "json=x"], ["--sp=x"]):
            self.assertIn("not of one trace into DIR", self.batch(str(self.traces[0]), "--", *options, status=1), options)
        (self.work / "nets").write_text("10.0.0.0/8\n")
        self.batch(str(self.traces[3]), "--", "-SN", "nets", "--compat", "3.3")

    def test_says_what_is_wrong(self):
        self.assertIn("--task 4/3: task I of N", self.batch("--task", "4/3", "x", status=1))
        self.assertIn("--output needs a value", self.batch("--output", status=1))
        self.assertIn("--what: there is no such option", self.batch("--what", status=1))
        self.assertIn("-l: not of one trace into DIR", self.batch("x.pcap", "--", "-l", status=1))
        self.assertIn("nowhere: cannot be read", self.batch("--list", "nowhere", status=1))
        self.assertIn("no traces", self.batch(status=1))
        self.assertIn("(traces stand before --)", self.batch("--", "-S", str(self.traces[3]), status=1))
        (self.work / "none").write_text("\n\n")
        self.assertIn("none: no traces in it", self.batch("--list", "none", status=1))
        said = self.batch("missing.pcap", str(self.traces[3]), "--", "-S", status=1)
        self.assertIn("missing.pcap: there is no such file", said)
        self.assertIn("1 of 2 traces are not done", said)
        (self.work / "other.pcap").write_text("no packets")
        self.assertIn("other.pcap: tstat ended with status", self.batch("other.pcap", "--", "-S", status=1))
        self.assertIn("not all rows are out", self.batch("-o", "refused", "--export", f"json={self.work}/absent/rows", str(self.traces[3]),
                                                         "--", "-S", status=1))


if __name__ == "__main__":
    BATCH = os.path.abspath(sys.argv.pop(1))
    unittest.main()
