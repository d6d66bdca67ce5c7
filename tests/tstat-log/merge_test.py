# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log merge: logs of several probes in one order, when they are finished and while they grow."""

import contextlib
import gzip
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from logs import TSTAT_LOG, WithLogs, rows_of, run
from tstat_log import following

DEADLINE_S = 120
HEADER = "#c_ip:1 c_port:2 last:3"


def end_of(row):
    """When a row of log_udp_complete was written, at the earliest [ms]."""
    return max(float(row[f"{side}_first_abs"]) + 1000 * float(row[f"{side}_durat"]) for side in "cs")


class Folder(WithLogs):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.here = pathlib.Path(holder.name)

    def write(self, probe, name, rows, log="log_tcp_complete", header=HEADER):
        path = self.here / probe / name / log
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in [header, *rows]), encoding="utf-8")
        return path


class Finished(Folder):
    def shared_out(self, log, key):
        """Rows of a log of the bundled trace, in the order of a key, in turn to three probes with two sessions each."""
        lines = log.read_text(encoding="utf-8").splitlines()
        rows = sorted(zip(rows_of(log), lines[1:]), key=lambda pair: key(pair[0]))
        texts = [text for _, text in rows]
        self.assertGreater(len(texts), 9)
        for i in range(3):
            own = texts[i::3]
            self.write(f"probe{i}", "2026_01_01_00_00.out", own[:2], log.name, lines[0])
            self.write(f"probe{i}", "2026_01_01_01_00.out", own[2:], log.name, lines[0])
        return lines[0], texts, [key(row) for row, _ in rows]

    def test_one_order(self):
        for log, key in ((self.tcp, lambda row: float(row["last"])), (self.udp, end_of)):
            header, texts, keys = self.shared_out(log, key)
            packed = self.here / "probe1/2026_01_01_00_00.out" / log.name
            packed.with_name(log.name + ".gz").write_bytes(gzip.compress(packed.read_bytes()))
            packed.unlink()
            out = self.ok("merge", "--once", "-l", log.name, *sorted(self.here.iterdir())).splitlines()
            self.assertEqual(out[0], header)
            place = {text: number for number, text in enumerate(texts)}
            self.assertEqual([keys[place[line]] for line in out[1:]], keys)
            self.assertEqual(sorted(out[1:]), sorted(texts))
            shutil.rmtree(self.here / "probe1")

    def test_http(self):
        """The reference's case: a merge by the fifth column."""
        lines = self.http.read_text(encoding="utf-8").splitlines()
        header, rows = lines[:2], lines[2:]
        for i in range(2):
            self.write(f"probe{i}", "2026_01_01_00_00.out", rows[i::2], "log_http_complete", "\n".join(header))
        out = self.ok("merge", "--once", "-l", "http", *sorted(self.here.iterdir())).splitlines()
        self.assertEqual(out[:2], header)
        self.assertEqual([float(line.split("\t")[4]) for line in out[2:]], sorted(float(row.split("\t")[4]) for row in rows))
        self.assertEqual(sorted(out[2:]), sorted(rows))

    def test_files_and_sessions_of_the_output(self):
        _, texts, _ = self.shared_out(self.tcp, lambda row: float(row["last"]))
        merged = self.here.parent / (self.here.name + "-merged")
        self.addCleanup(shutil.rmtree, merged, True)
        probes = sorted(self.here.iterdir())
        self.ok("merge", "--once", "-o", merged, *probes)
        found = [(path.parent.name, path.read_text(encoding="utf-8").splitlines()[1:]) for path in sorted(merged.glob("*/log_tcp_complete"))]
        self.assertEqual([name for name, _ in found], ["2026_01_01_00_00.out", "2026_01_01_01_00.out"])
        self.assertEqual([row for _, rows in found for row in rows], texts)
        self.assertEqual(self.ok("merge", "--once", *(path for probe in probes for path in sorted(probe.glob("*/*")))).splitlines()[1:], texts)

    def test_who_is_late_with_a_session(self):
        """Its rows go into the newer one; no session of the output begins twice."""
        for probe, session, row in (("a", "1.out", "a 1 1"), ("a", "2.out", "a 2 2"), ("b", "1.out", "b 3 3"), ("b", "2.out", "b 4 4")):
            self.write(f"probes/{probe}", session, [row])
        self.ok("merge", "--once", "-o", self.here / "merged", self.here / "probes/a", self.here / "probes/b")
        self.assertEqual([path.read_text(encoding="utf-8").splitlines()[1:] for path in sorted((self.here / "merged").glob("*/*"))],
                         [["a 1 1"], ["a 2 2", "b 3 3", "b 4 4"]])

    def test_what_is_written_while_the_next_session_is_found(self):
        path = self.write("a", "1.out", ["a 1 1"])
        probe = following.Probe(str(self.here / "a"), "log_tcp_complete", from_first=False)
        self.addCleanup(probe.close)
        self.assertEqual(probe.lines(), [HEADER.encode(), b"a 1 1"])

        def find():
            with path.open("a", encoding="utf-8") as file:
                file.write("a 2 2\n")
            self.write("a", "2.out", ["a 3 3"])
            probe._next = original
            return original()
        original, probe._next = probe._next, find
        self.assertEqual([probe.lines(), probe.session], [[b"a 2 2"], "1.out"])
        self.assertEqual([probe.lines(), probe.session], [[HEADER.encode(), b"a 3 3"], "2.out"])

    def test_a_log_that_is_cut_is_read_anew(self):
        path = self.write("a", "1.out", ["a 1 1", "a 2 2"])
        follower = following.Follower(str(path))
        self.addCleanup(follower.close)
        self.assertEqual(len(follower.lines()), 3)
        self.write("a", "1.out", ["a 3 3"])
        self.assertEqual(follower.lines(), [HEADER.encode(), b"a 3 3"])

    def test_by_a_column(self):
        self.write("a", "1.out", ["a 5 1", "a 7 0"])
        self.write("b", "1.out", ["b 6 9"])
        for column in ("c_port", "2"):
            self.assertEqual(self.ok("merge", "--once", "--by", column, self.here / "a", self.here / "b"), f"{HEADER}\na 5 1\nb 6 9\na 7 0\n")
        # A row that does not tell its time, or goes back, stays where its log has it.
        self.write("a", "1.out", ["a x 1", "a 7 0", "a nan 0", "a 1 0", "a 9 0"])
        self.assertEqual(self.ok("merge", "--once", "--by", "2", self.here / "b", self.here / "a").splitlines()[1:],
                         ["a x 1", "b 6 9", "a 7 0", "a nan 0", "a 1 0", "a 9 0"])

    def test_without_header_lines(self):
        self.write("a", "1.out", ["1 a 9"], header="5 a 3")
        self.write("b", "1.out", [], header="4 b 5")
        self.assertEqual(self.ok("merge", "--once", "--by", "3", self.here / "a", self.here / "b"), "5 a 3\n4 b 5\n1 a 9\n")

    def test_other_columns(self):
        self.write("a", "1.out", ["10.0.0.1 1 1"])
        self.write("b", "1.out", ["2 10.0.0.2 x"], header="#last:1 c_ip:2 fqdn:3")
        status, out, said = run("merge", "--once", self.here / "a", self.here / "b")
        self.assertEqual((status, out), (0, f"{HEADER}\n10.0.0.1 1 1\n10.0.0.2 - 2\n"))
        self.assertIn("b: 1.out has other columns than the first log", said)

    def test_what_is_lost_is_told(self):
        path = self.write("a", "1.out", ["a 1 1", "a 2", "a 3 3 3", "a 4 4"])
        with path.open("a", encoding="utf-8") as file:
            file.write("a 5")
        status, out, said = run("merge", "--once", self.here / "a")
        self.assertEqual((status, out), (1, f"{HEADER}\na 1 1\na 4 4\n"))
        self.assertIn("a row of 2 cells where 3 are is left out", said)
        self.assertIn("a row of 4 cells where 3 are is left out", said)
        self.assertIn("log_tcp_complete: the last line has no end and is left out", said)
        packed = self.here / "b/1.out/log_tcp_complete.gz"
        packed.parent.mkdir(parents=True)
        data = gzip.compress("".join([f"{HEADER}\n", *(f"b {i * i} {i}\n" for i in range(9999))]).encode())
        packed.write_bytes(data[:len(data) // 2])
        status, out, said = run("merge", "--once", self.here / "b")
        self.assertEqual(status, 1)
        self.assertGreater(len(out.splitlines()), 1000)
        self.assertIn("log_tcp_complete.gz: ", said)

    def test_wrong_command_lines(self):
        self.write("a", "1.out", ["a 1 1"])
        self.assertIn("no such file or directory", self.fails(1, "merge", self.here / "none"))
        self.assertIn("has no column firs", self.fails(1, "merge", "--once", "--by", "firs", self.here / "a"))
        self.assertIn("is no name of a file", self.fails(2, "merge", "--as-original", "-i", self.here / "a", "-o", self.here / "b", "-l", "../x"))
        self.assertIn("the logs of probes lie there", self.fails(2, "merge", "--as-original", "-i", self.here, "-o", self.here / "b", "-l", "x"))
        for output in (self.here, self.here / "a", self.here / "a/1.out"):
            self.assertIn("the logs of probes lie there", self.fails(2, "merge", "--once", "-o", output, self.here / "a"))
        self.assertIn("are times", self.fails(2, "merge", "--poll", "0", self.here / "a"))


class Live(Folder):
    def setUp(self):
        super().setUp()
        self.merged = self.here / "merged"
        self.paths = {probe: self.write(f"probes/{probe}", "2026_01_01_00_00.out", []) for probe in "ab"}

    @contextlib.contextmanager
    def merger(self, *options):
        places = sorted((self.here / "probes").iterdir())
        with self.process("-o", self.merged, "--poll", "0.02", *options, *places) as process:
            yield process

    @contextlib.contextmanager
    def process(self, *arguments):
        with subprocess.Popen([TSTAT_LOG, "merge", *arguments], stderr=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def add(self, probe, text, session="2026_01_01_00_00.out"):
        with (self.here / "probes" / probe / session / "log_tcp_complete").open("a", encoding="utf-8") as file:
            file.write(text)

    def merged_rows(self, session="2026_01_01_00_00.out"):
        path = self.merged / session / "log_tcp_complete"
        return path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []

    def until(self, rows, session="2026_01_01_00_00.out"):
        deadline = time.monotonic() + DEADLINE_S
        while self.merged_rows(session) != rows:
            self.assertLess(time.monotonic(), deadline, (self.merged_rows(session), rows))
            time.sleep(0.01)

    def test_rows_come_as_they_are_written(self):
        with self.merger("--patience", "9999") as process:
            self.add("a", "a 1 1\na 3 3\n")
            self.add("b", "b 2 2\n")
            self.until(["a 1 1", "b 2 2"])  # b could still write one before 3
            self.add("b", "b 4 ")  # (half a row)
            self.add("a", "a 5 5\n")
            self.add("b", "4\nb 6 6\n")
            self.until(["a 1 1", "b 2 2", "a 3 3", "b 4 4", "a 5 5"])
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.communicate(timeout=DEADLINE_S)[1], "")
            self.assertEqual(process.returncode, 0)
        self.assertEqual(self.merged_rows()[-1], "b 6 6")  # what was waited with is not lost

    def test_new_sessions(self):
        later = "2026_01_01_01_00.out"
        with self.merger("--patience", "9999"):
            self.add("a", "a 1 1\n")
            self.add("b", "b 2 2\n")
            self.until(["a 1 1"])
            self.add("a", "a 3 3\n")
            self.write("probes/a", later, ["a 4 4"])
            self.until(["a 1 1", "b 2 2"])
            self.write("probes/b", later, ["b 5 5"])
            self.until(["a 4 4"], later)
            self.assertEqual(self.merged_rows(), ["a 1 1", "b 2 2", "a 3 3"])
            self.add("a", "a 6 6\n", later)
            self.until(["a 4 4", "b 5 5"], later)

    def test_as_the_script(self):
        """From the last hundred rows on, by the fifth column."""
        header = "#a:1 b:2 c:3 d:4 e:5"
        for probe, begin in (("a", 0), ("b", 1)):
            self.write(f"probes/{probe}", "2026_01_01_00_00.out", [f"{probe} 1 2 3 {i}" for i in range(begin, 600, 2)], header=header)
        places = ",".join(str(path) for path in sorted((self.here / "probes").iterdir()))
        with self.process("--as-original", "-i", places, "-o", self.merged, "-l", "log_tcp_complete", "-t", "9"):
            self.until([f"{'ab'[i % 2]} 1 2 3 {i}" for i in range(400, 599)])
            self.add("a", "a 1 2 3 600\n")
            self.until([f"{'ab'[i % 2]} 1 2 3 {i}" for i in range(400, 600)])
        written = (self.merged / "2026_01_01_00_00.out/log_tcp_complete").read_text(encoding="utf-8")
        self.assertEqual(written.splitlines()[0], header.replace(" ", "\t"))

    def test_who_is_silent_is_not_waited_for(self):
        with self.merger("--patience", "0.3") as process:
            self.add("a", "a 5 5\n")
            self.until(["a 5 5"])
            self.add("b", "b 4 4\n")
            self.until(["a 5 5", "b 4 4"])
            process.send_signal(signal.SIGINT)
            self.assertIn("1 of 2 rows came after later ones", process.communicate(timeout=DEADLINE_S)[1])

    def test_only_the_newest_session_at_first(self):
        self.write("probes/a", "2026_01_01_02_00.out", ["a 9 9"])
        self.add("a", "a 1 1\n")
        self.add("b", "b 8 8\nb 10 10\n")
        with self.merger("--patience", "9999"):
            self.until(["a 9 9"], "2026_01_01_02_00.out")
        self.assertEqual(self.merged_rows(), ["b 8 8"])

    def test_a_log_that_is_made_anew(self):
        """A second start within a minute deletes the directory of the first one."""
        with self.merger("--patience", "0"):
            self.add("a", "a 1 1\n")
            self.until(["a 1 1"])
            shutil.rmtree(self.paths["a"].parent)
            self.write("probes/a", "2026_01_01_00_00.out", ["a 2 2"])
            self.until(["a 1 1", "a 2 2"])


if __name__ == "__main__":
    unittest.main()
