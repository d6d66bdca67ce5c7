# SPDX-License-Identifier: BSD-3-Clause
"""The command line: help, versions, exit statuses, which logs are read, and what is wrong with them."""

import contextlib
import gzip
import io
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

from logs import PACKAGE, SOURCE, WithLogs, rows_of, run
from tstat_log.progress import Progress


class CommandLine(WithLogs):
    def test_help(self):
        out = self.ok("--help")
        names = sorted(path.stem.replace("_", "-") for path in (PACKAGE / "commands").glob("[a-z]*.py"))
        for name in names:
            self.assertRegex(out, rf"(?m)^    {name}\s")
            self.assertRegex(self.ok(name, "--help"), rf"usage: tstat-log {name} ")

    def test_version(self):
        result = subprocess.run([os.environ["TSTAT_LOG"], "--version"], capture_output=True, text=True, check=True)
        self.assertRegex(result.stdout, r"^tstat-log \d+\.\d+\.\d+\n$")

    def test_wrong_command_lines(self):
        self.assertIn("COMMAND", self.fails(2))
        self.assertIn("invalid choice", self.fails(2, "no-such-command"))
        self.assertIn("unrecognized arguments: --no-such", self.fails(2, "columns", "--no-such", self.tcp))

    def test_what_is_temporary_goes(self):
        log = self.tcp.read_bytes()
        lines = log + log.split(b"\n", 1)[1] * 300
        for end in ("reader", "signal"):
            with tempfile.TemporaryDirectory() as folder:
                child = subprocess.Popen([os.environ["TSTAT_LOG"], "filter", "true"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": folder})
                child.stdin.write(lines)
                child.stdin.close()
                child.stdout.readline()  # it has begun to write, and has more than a pipe holds
                self.assertEqual(len(os.listdir(folder)), 1)
                if end == "reader":
                    child.stdout.close()
                else:
                    child.send_signal(signal.SIGTERM)
                    child.stdout.read()
                    child.stdout.close()
                said = child.stderr.read()
                child.stderr.close()
                self.assertEqual((child.wait(), said), (141 if end == "reader" else 143, b""))
                self.assertEqual(os.listdir(folder), [])

    def test_half_an_output_is_none(self):
        """Whatever ends a program, what was there before stays, and nothing else is left beside it."""
        rows = self.tcp.read_bytes()
        for ending in (signal.SIGTERM, signal.SIGHUP):
            with tempfile.TemporaryDirectory() as folder:
                os.mkdir(f"{folder}/temporary")
                output = pathlib.Path(folder, "kept")
                output.write_text("as it was", encoding="utf-8")
                os.mkfifo(f"{folder}/log_tcp_complete")
                child = subprocess.Popen([os.environ["TSTAT_LOG"], "filter", "true", "-o", output, "-", f"{folder}/log_tcp_complete"],
                                         stdin=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": f"{folder}/temporary"},
                                         preexec_fn=lambda number=ending: signal.signal(number, signal.SIG_DFL))
                child.stdin.write(rows)
                child.stdin.close()
                with open(f"{folder}/log_tcp_complete", "wb"):  # it has read the one, and waits for the other
                    child.send_signal(ending)
                    child.wait()
                self.assertEqual((child.returncode, child.stderr.read()), (128 + ending, b""))
                child.stderr.close()
                self.assertEqual(sorted(os.listdir(folder)), ["kept", "log_tcp_complete", "temporary"])
                self.assertEqual((os.listdir(f"{folder}/temporary"), output.read_text()), ([], "as it was"))

    def test_signals_while_modules_are_loaded(self):
        """They end the program, and nothing is said."""
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "numpy").mkdir()
            pathlib.Path(folder, "numpy/__init__.py").write_text("print('loading', flush=True)\nimport time\ntime.sleep(600)\n", encoding="utf-8")
            code = "import sys; sys.argv[0] = 'tstat-log'; from tstat_log.main import main; main('1', ['top', 'names', 'x'])"
            for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                child = subprocess.Popen([sys.executable, "-B", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         env={**os.environ, "PYTHONPATH": folder + ":" + os.environ["PYTHONPATH"]},
                                         preexec_fn=lambda number=ending: signal.signal(number, signal.SIG_DFL))
                child.stdout.readline()
                child.send_signal(ending)
                self.assertEqual((child.communicate(), child.returncode), ((b"", b""), -ending))

    def test_what_a_file_was_beside_its_contents(self):
        with tempfile.TemporaryDirectory() as folder:
            secret, link = pathlib.Path(folder, "secret.svg"), pathlib.Path(folder, "link.svg")
            secret.touch(mode=0o600)
            link.symlink_to("secret.svg")
            for option in ("-o", "--plot"):
                secret.write_text("", encoding="utf-8")
                self.ok("top", "names", self.tcp, option, link)
                self.assertEqual((link.is_symlink(), secret.stat().st_mode & 0o777, secret.stat().st_size > 0), (True, 0o600, True))
            self.assertEqual(sorted(os.listdir(folder)), ["link.svg", "secret.svg"])

    def test_messages_are_not_obeyed(self):
        folder = self.folder / "\x1b[31mred"
        folder.mkdir()
        (folder / "log_tcp_complete").write_bytes(self.tcp.read_bytes() + b"junk\n")
        self.assertIn("\\x1B[31mred/log_tcp_complete:", said := self.fails(1, "top", "names", folder))
        self.assertNotIn("\x1b", said)
        self.assertNotIn("\x1b", "".join(run("load", "-d", self.folder / "escapes.sqlite", folder)[1:]))

    def test_closed_streams(self):
        def ran(closed, *arguments):
            return subprocess.run([os.environ["TSTAT_LOG"], *arguments], capture_output=True, check=False,
                                  preexec_fn=lambda: os.close(closed))
        self.assertEqual(ran(0, "filter", "true", self.tcp).stdout, self.tcp.read_bytes())
        self.assertEqual(ran(2, "filter", "true", self.tcp).stdout, self.tcp.read_bytes())
        self.assertEqual(ran(0, "filter", "true").returncode, 0)
        for command in (["filter", "true"], ["top", "names"], ["merge", "--once"]):
            got = ran(1, *command, self.tcp)
            self.assertEqual((got.returncode, got.stderr), (1, b"tstat-log: Bad file descriptor\n"))

    def test_terminals_obey_no_name(self):
        header, row = self.tcp.read_bytes().split(b"\n")[:2]
        cells = row.split(b" ")
        cells[[name.rsplit(b":", 1)[0] for name in header.split(b" ")].index(b"fqdn")] = b"x\x1b]0;title\x07\xc2\x9b31m"
        log = self.folder / "evil"
        log.write_bytes(header + b"\n" + b" ".join(cells) + b"\n")
        for command in (["top", "fqdn"], ["top", "fqdn", "-f", "csv"], ["top", "fqdn", "--plot", "terminal"], ["select", "fqdn"],
                        ["select", "fqdn", "-f", "csv"], ["convert", "-f", "json"]):
            ours, its = os.openpty()
            with subprocess.Popen([os.environ["TSTAT_LOG"], *command, log], stdout=its, stderr=subprocess.DEVNULL) as child:
                os.close(its)
                shown = b""
                with contextlib.suppress(OSError):  # it has ended
                    while data := os.read(ours, 65536):
                        shown += data
                os.close(ours)
            self.assertEqual(child.returncode, 0)
            self.assertIn(b"]0;title\\", shown)
            self.assertNotRegex(shown.decode("utf-8"), "[\x00-\x08\x0e-\x1f\x7f-\x9f]")
        self.assertIn("\nx\x1b]0;title\x07\x9b31m,", self.ok("top", "fqdn", "-f", "csv", log))

    def test_the_manual_page_names_all_commands(self):
        page = (SOURCE / "docs/man/tstat-log.1").read_text(encoding="utf-8").replace("\\-", "-")
        for path in (PACKAGE / "commands").glob("[a-z]*.py"):
            self.assertRegex(page, rf'(?m)^\.B "?{path.stem.replace("_", "-")}\b')

    @unittest.skipUnless(shutil.which("mypy"), "mypy is not installed")
    def test_types(self):
        with tempfile.TemporaryDirectory() as cache:
            result = subprocess.run(
                ["mypy", "--python-executable", sys.executable, "--strict", "--cache-dir", cache, "-p", "tstat_log"], text=True,
                capture_output=True, check=False,
                env={**os.environ, "MYPYPATH": f"{PACKAGE.parent}:{SOURCE / 'bindings/python'}"})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class WhichLogs(WithLogs):
    def columns(self, *arguments, **options):
        return [line.split()[1] for line in self.ok("columns", *arguments, **options).splitlines()[1:]]

    def test_ways_to_name_a_log(self):
        names = list(rows_of(self.tcp)[0])
        of_file = self.columns(self.tcp)
        self.assertEqual([name for name in of_file if name in names], [name for name in names if name in of_file])
        copy = self.folder / "other_name"
        shutil.copy(self.tcp, copy)
        packed = self.folder / "packed"
        packed.write_bytes(gzip.compress(self.tcp.read_bytes()))
        pattern = f"{self.out}/*/log_tcp_comp*"
        for logs in ([self.out], [self.session], [pattern], [copy], [packed], [self.out, "-l", "tcp_complete"]):
            self.assertEqual(self.columns(*logs), of_file, logs)
        for data in (self.tcp.read_bytes(), packed.read_bytes()):
            self.assertEqual(self.columns("-", stdin=data), of_file)
            self.assertEqual(self.columns(stdin=data), of_file)
        self.assertEqual(self.columns("-", stdin=self.udp.read_bytes()), self.columns(self.udp))
        self.assertEqual(self.columns("-", stdin=self.http.read_bytes()), self.columns(self.http))
        self.assertEqual(self.columns(self.out, "--log", "udp"), self.columns(self.udp))
        self.assertEqual(self.columns(f"{self.out}/*/log_*", "--log", "http"), self.columns(self.http))

    def test_pipes(self):
        for path, wanted in ((self.tcp, self.columns(self.tcp)), (self.udp, self.columns(self.udp))):
            program = f"'{os.environ['TSTAT_LOG']}' columns <(cat '{path}') <(gzip -c '{path}')"
            result = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertEqual([line.split()[1] for line in result.stdout.splitlines()[1:]], wanted)
        out = subprocess.run(["bash", "-c", f"cat '{self.tcp}' | '{os.environ['TSTAT_LOG']}' filter true /dev/stdin"], capture_output=True,
                             check=True).stdout
        self.assertEqual(out, self.tcp.read_bytes())

    def test_progress(self):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        with unittest.mock.patch("tstat_log.progress.time.monotonic", side_effect=itertools.count(0, 0.4)):
            for stream, is_shown, total, expected in (
                    (Terminal(), True, None, "\r3 000 rows\r4 000 rows\r5 000 rows\r          \r"),
                    (Terminal(), True, 10000, "\r3 000 rows (30 %)\r4 000 rows (40 %)\r5 000 rows (50 %)\r                 \r"),
                    (Terminal(), False, None, ""), (io.StringIO(), True, None, "")):
                with Progress("rows", total, stream, is_shown) as progress:
                    for _ in range(5):
                        progress.advance(1000)
                written = re.sub(r"\r[12] 000[^\r]*", "", stream.getvalue())
                self.assertEqual(written, expected)

    def test_columns_that_are_not_of_tstat(self):
        joined = self.folder / "joined"
        joined.write_text(self.ok("join", self.http), encoding="utf-8")
        for command in (["percentiles", "wait_ms"], ["filter", "wait_ms > 1"], ["select", "22", "-f", "csv"]):
            self.assertIn("wait_ms: the column has no values, only text", self.fails(2, *command, joined))
        waits = self.ok("select", "wait_ms,hostname", joined).splitlines()
        self.assertEqual(len(waits), len(joined.read_text(encoding="utf-8").splitlines()))
        self.assertRegex(waits[1], r"^[0-9.]+\t[a-z]")
        status, out, said = run("convert", joined)
        self.assertEqual((status, len(out.splitlines())), (0, len(waits)))
        self.assertRegex(said, "left out: response_time_abs, .*, wait_ms, which have no values, only text")
        for log in (self.tcp, self.udp, self.http):
            self.assertEqual(run("convert", log)[2], "")

    def test_empty_logs_have_their_columns(self):
        header = self.tcp.read_bytes().split(b"\n", 1)[0] + b"\n"
        empty = self.folder / "log_tcp_complete"
        empty.write_bytes(header)
        self.assertEqual(self.columns(empty), self.columns(self.tcp))
        empty.write_bytes(b"")
        self.assertGreater(len(self.columns(empty)), 100)
        self.assertGreater(len(self.columns(stdin=b"")), 100)
        self.assertGreater(len(self.columns("--log", "udp", stdin=b"")), 10)

    def test_what_is_no_log(self):
        self.assertIn("/no/such: no such file or directory", self.fails(1, "columns", "/no/such"))
        self.assertIn("no/such*: no file has such a name", self.fails(1, "columns", "/no/such*"))
        self.assertIn("neither its name nor its first line tell which log it is", self.fails(1, "columns", __file__))
        self.assertIn("tpc: no such log; did you mean tcp?", self.fails(2, "columns", "--log", "tpc", self.out))
        self.assertIn("one kind of log at a time", self.fails(1, "columns", self.tcp, self.udp))
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn(f"{folder}: no log_tcp_complete is there (no log at all is there", self.fails(1, "columns", folder))
            self.assertIn("(tstat -T FILE writes it, where FILE has the lines '[log]' and 'log_http_complete = 1')", self.fails(1, "join", folder))
            shutil.copy(self.udp, folder)
            self.assertIn("(log_udp_complete is there; --log chooses)", self.fails(1, "columns", folder))

    def test_damaged_files(self):
        header, *rows = self.tcp.read_bytes().splitlines(keepends=True)
        numbered = b"".join(b"%d.%d.%d.%d" % (i & 255, i >> 4 & 255, i * 7 & 255, i * 13 & 255) + row[row.index(b" "):]
                            for i, row in enumerate(rows * 100))
        whole = gzip.compress(header + numbered)
        damaged = self.folder / "log_tcp_complete.gz"
        for place in (400, len(whole) // 2, len(whole) - 3000):
            damaged.write_bytes(whole[:place] + b"\x00\xff" * 60 + whole[place + 120:])
            for command in (["filter", "true"], ["top", "names"], ["histogram", "durat"], ["convert", "-f", "csv"]):
                self.assertIn(f"warning: {damaged}:", self.fails(1, *command, damaged))
        self.assertIn(header + rows[0][rows[0].index(b" "):].join([b"0.0.0.0", b""]), run("filter", "true", damaged)[1].encode())

    def test_neither_a_log_nor_input(self):
        leader, follower = os.openpty()
        try:
            result = subprocess.run([os.environ["TSTAT_LOG"], "columns"], stdin=follower, capture_output=True, text=True, check=False)
        finally:
            os.close(leader)
            os.close(follower)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no log is named, and standard input is a terminal", result.stderr)


if __name__ == "__main__":
    unittest.main()
