#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command tstat-top without a running tstat: its command line, its text, its terminal.

usage: command_test.py [unittest arguments]
"""
import contextlib
import errno
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import forked
import instances
from instances import HEADER, row
from tstat_top import view  # noqa: F401  that each run has it
from tstat_top.main import main

PROGRAM = os.environ["TSTAT_TOP"]
SOURCE = pathlib.Path(os.environ["TSTAT_SOURCE_DIR"])
PACKAGE = SOURCE / "apps/tstat-top/tstat_top"
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil.example"


def run(*arguments, **environment):
    """The exit status, what is written, and what is said."""
    return forked.run(main, "tstat-top", arguments, {"LC_ALL": "C.UTF-8", **environment})


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tstat-top-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.session = self.folder / "2026_01_01_00_00.out"
        self.session.mkdir()
        self.log = self.session / "log_tcp_complete"
        self.log.write_text(HEADER + row("a.example", 5000) + row("b.example", 3000), encoding="utf-8")


class CommandLine(WithFolder):
    def test_what_is_wrong(self):
        for arguments, said in ((("-m", "x"), r"x: \[ADDRESS:\]PORT is wanted"), (("-d", "0"), "seconds from 0.2 to 3600"),
                                (("-d", "nan"), "seconds from"), (("-w", "0"), "seconds from 1 to 86400"),
                                (("--batch", "0"), "a number from 1"), (("--sort", "x"), "invalid choice"),
                                (("--once", "--batch", "2"), "not allowed with"), (("a", "b"), "unrecognized arguments"),
                                ((self.folder,), "there is no terminal; --once and --batch N print text")):
            status, out, err = run(*arguments)
            self.assertEqual((status, out), (2, ""), arguments)
            self.assertRegex(err, said)

    def test_help_page_manual_and_completion(self):
        status, out, err = run("--help")
        self.assertEqual((status, err), (0, ""))
        options = set(re.findall(r"--[a-z]+", out))
        self.assertGreaterEqual(options, {"--metrics", "--once", "--batch", "--filter", "--window"})
        manual = (SOURCE / "docs/man/tstat-top.1").read_text(encoding="utf-8").replace("\\-", "-")
        docs = (SOURCE / "docs/tstat-top.md").read_text(encoding="utf-8")
        for option in options - {"--export"}:
            self.assertIn(option, manual)
            if option not in ("--help", "--version"):
                self.assertIn(option, docs)
        done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
        self.assertRegex(done.stdout, r"^tstat-top \d+\.\d+\.\d+\n$")
        script = f"""source {SOURCE}/apps/tstat-top/completion/tstat-top.bash
COMP_WORDS=({PROGRAM} "$1" "$2") COMP_CWORD=2
_tstat_top 2>/dev/null
printf '%s ' "${{COMPREPLY[@]}}" """
        for before, word, expected in (("", "--bat", "--batch "), ("--by", "s", "server "), ("-s", "r", "retransmitted rtt ")):
            done = subprocess.run(["bash", "-c", script, "bash", before, word], capture_output=True, text=True, check=True)
            self.assertEqual(done.stdout, expected)

    def test_it_starts_without_other_modules(self):
        done = subprocess.run([sys.executable, "-X", "importtime", PROGRAM, "--version"], capture_output=True, text=True,
                              check=True)
        loaded = set(re.findall(r"\| +(\S+)$", done.stderr, re.M))
        self.assertIn("tstat_top.main", loaded)
        self.assertEqual(loaded & {"numpy", "pandas", "matplotlib", "tstat", "curses"}, set())

    @unittest.skipUnless(shutil.which("mypy"), "mypy is not installed")
    def test_types(self):
        with tempfile.TemporaryDirectory() as cache:
            paths = (PACKAGE.parent, SOURCE / "apps/tstat-log", SOURCE / "bindings/python")
            result = subprocess.run(["mypy", "--python-executable", sys.executable, "--strict", "--cache-dir", cache, "-p",
                                     "tstat_top"], text=True, capture_output=True, check=False,
                                    env={**os.environ, "MYPYPATH": ":".join(map(str, paths))})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Text(WithFolder):
    def test_logs_alone(self):
        status, out, err = run("--once", "-d", "0.2", self.folder, COLUMNS="80")
        self.assertEqual((status, err), (0, ""))
        lines = out.split("\n")
        self.assertRegex(lines[0], r"^tstat-top  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  every 0.2 s$")
        self.assertEqual(lines[1], "rows       2 flows, 8.00 kB in 60 s  retransmitted 0 %  lost 0 %")
        self.assertRegex(lines[3], "^names by bytes ")
        self.assertRegex(lines[4], r"^a\.example +1 +5\.00 kB")
        self.assertEqual(len(lines), 7)
        self.assertEqual(run("--once", "-d", "0.2", self.log, COLUMNS="80")[1].split("\n")[1:], lines[1:])
        self.assertLessEqual(max(map(len, run("--once", "-d", "0.2", self.folder, COLUMNS="30")[1].split("\n"))), 30)

    def test_no_logs(self):
        status, out, err = run("--once", "-d", "0.2", self.folder / "none")
        self.assertEqual((status, err), (1, ""))
        self.assertIn("none: it is not there yet", out)

    def test_metrics_alone_and_how_often(self):
        count = iter(range(100))
        text = lambda: instances.exposition(packets=1000 * next(count))  # noqa: E731
        with instances.server(instances.answering(text)) as port:
            status, out, err = run("--batch", "3", "-d", "0.3", "-m", port)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(len(out.split("\n\n")), 3)
        self.assertEqual(out.count("tstat 9.8.7"), 3)
        self.assertRegex(out, r"(?m)^packets    [\d.]+( k)?/s  tcp ")
        self.assertNotIn("names by", out)

    def test_no_answer(self):
        with instances.server(instances.answering("Nothing was counted yet.\n", 503)) as port:
            status, out, err = run("--once", "-d", "0.2", "-m", port)
        self.assertEqual((status, err), (1, ""))
        self.assertIn("not reachable: nothing was counted yet", out)
        status, out, err = run("--once", "-d", "0.2", "-m", port, self.folder)
        self.assertEqual((status, err), (1, ""))
        self.assertIn("not reachable: Connection refused", out)
        self.assertIn("a.example", out)

    def test_text_from_strangers(self):
        path = self.folder / "flows.jsonl"
        path.write_text("".join(json.dumps({"log": "log_tcp_complete", "fqdn": name}) + "\n"
                                for name in (HOSTILE, "bücher.example")), encoding="utf-8")
        more = f'tstat_dropped_packets_total{{reason="{HOSTILE}"}} %d\n'
        count = iter(range(100))
        answer = instances.answering(lambda: instances.exposition(packets=next(count), more=more % next(count)))
        for encoding, name, plain in (("C.UTF-8", "bücher.example", ""), ("C", r"b\xFCcher.example", "\n")):
            with instances.server(answer) as port:
                _, out, err = run("--once", "-d", "0.2", path, "-m", port, LC_ALL=encoding)
            self.assertEqual(err, "")
            self.assertIn(name, out)
            self.assertIn(r"\x1B]0;owned\x07\x1B[2J\x9B31m\u202Eevil.example", out)
            self.assertTrue(all(line.isprintable() for line in out.split("\n")))
            self.assertTrue(not plain or out.isascii())

    def test_a_reader_that_goes(self):
        with subprocess.Popen([PROGRAM, "--batch", "1000", "-d", "0.2", self.folder], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.readline()
            process.stdout.close()
            self.assertEqual((process.wait(60), process.stderr.read()), (141, b""))


class Terminal:
    """A terminal, what the program wrote to it, and keys."""

    def __init__(self, *arguments, rows=24, columns=90, preexec_fn=None, **environment):
        self.text, (self.master, slave) = "", os.openpty()
        self.resize(rows, columns)
        variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LINES", "COLUMNS")}
        self.process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, preexec_fn=preexec_fn or (lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)),
                                        env={**variables, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment})
        os.close(slave)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.05):
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.text += os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError as error:
                if error.errno != errno.EIO:  # nobody has it open any more
                    raise

    @property
    def page(self):
        """What was drawn since all was drawn anew."""
        return self.text.rsplit("\x1b[H\x1b[2J", 1)[-1]

    def wait_for(self, *wanted, seconds=60):
        """Until all of it is there."""
        until = time.monotonic() + seconds
        while not all(re.search(text, self.page) for text in wanted):
            self.read()
            if time.monotonic() > until:
                raise AssertionError(f"{wanted}: not drawn: {self.text!r}")

    def press(self, keys):
        """And lets it draw all anew, so that what is there can be found."""
        self.text = ""
        os.write(self.master, keys.encode() + b"\x0c")

    def end(self, keys=b"q"):
        """The exit status, and what was written since."""
        self.text = ""
        with contextlib.suppress(OSError):
            os.write(self.master, keys)
        return self.rest()

    def rest(self):
        until = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < until:
            self.read()
        self.read()
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait(), self.text

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)


class Screen(WithFolder):
    def terminal(self, *arguments, **options):
        terminal = Terminal(*arguments, **options)
        self.addCleanup(terminal.close)
        return terminal

    def test_keys(self):
        terminal = self.terminal(self.folder)
        terminal.wait_for("names by bytes", "a.example", "b.example", "q ends")
        for keys, wanted in (("\t", "applications by bytes"), ("\t", "servers by bytes"), ("\x1b[Z\x1b[Z", "names by bytes"),
                             ("s", "names by flows"), ("r", "names by retransmitted"), ("t", "names by rtt"),
                             ("b", "names by bytes"), ("+", "every 5 s"), ("-", "every 2 s"), ("p", "paused"),
                             ("h", "Page Down")):
            terminal.press(keys)
            terminal.wait_for(wanted)
        terminal.press("hp")
        terminal.wait_for("every 2 s", "a.example")
        terminal.press("/B.EXY\x7f")
        terminal.wait_for("names with: B.EX_", "b.example")
        self.assertNotIn("a.example", terminal.page)
        terminal.press("\n")
        terminal.wait_for('names by bytes, with "B.EX"', "b.example", "q ends")
        terminal.press("/\x15zzz")
        terminal.wait_for("no rows")
        terminal.press("\x1b")
        terminal.wait_for('with "B.EX"', "b.example")
        terminal.press("\x1b")
        terminal.wait_for("a.example", "b.example")
        terminal.press("\x1bOB")
        terminal.wait_for("b.example", "q ends")
        self.assertNotIn("a.example", terminal.page)
        status, text = terminal.end()
        self.assertEqual(status, 0)
        self.assertIn("\x1b[?1049l", text)  # the screen from before is back

    def test_rows_and_answers_as_they_come(self):
        count = iter(range(1000))
        with instances.server(instances.answering(lambda: instances.exposition(packets=50_000 * next(count)))) as port:
            terminal = self.terminal("-m", port, "-d", "0.2", self.folder)
            terminal.wait_for("tstat 9.8.7", "packets ", "a.example")
            with open(self.log, "a", encoding="utf-8") as log:
                log.write(row("late.example", 9e9))
            terminal.wait_for("late.example")
        terminal.wait_for("not reachable")
        self.assertEqual(terminal.end()[0], 0)

    def test_the_size_changes(self):
        terminal = self.terminal(self.folder)
        terminal.wait_for("a.example")
        for rows, columns in ((5, 20), (1, 1), (2, 300), (50, 60)):
            terminal.resize(rows, columns)
            terminal.press("s")
        terminal.wait_for("names by", "b.example")
        self.assertEqual(terminal.end()[0], 0)

    def test_signals_give_the_terminal_back(self):
        for number, expected in ((15, 143), (2, 130)):
            terminal = self.terminal(self.folder)
            terminal.wait_for("a.example")
            terminal.process.send_signal(number)
            status, text = terminal.rest()
            self.assertEqual(status, expected)
            self.assertIn("\x1b[?1049l", text)

    def test_a_terminal_that_goes_ends_it(self):
        for ignored in (False, True):
            terminal = self.terminal(self.folder, preexec_fn=(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) if ignored else None)
            terminal.wait_for("a.example")
            os.close(terminal.master)
            terminal.master = os.open(os.devnull, os.O_RDWR)
            self.assertEqual(terminal.process.wait(60), 1 if ignored else 129)

    def test_colours(self):
        terminal = self.terminal(self.folder)
        terminal.wait_for("a.example", r"\x1b\[36m")
        plain = self.terminal(self.folder, NO_COLOR="1")
        plain.wait_for("a.example", "q ends")
        plain.end()
        self.assertNotRegex(plain.text, r"\x1b\[[0-9;]*[34][0-9][0-9;]*m")

    def test_text_from_strangers(self):
        path = self.folder / "flows.jsonl"
        path.write_text(json.dumps({"log": "log_tcp_complete", "fqdn": HOSTILE}) + "\n", encoding="utf-8")
        terminal = self.terminal(path, columns=140)
        terminal.wait_for(r"\\x1B\]0;owned\\x07\\x1B\[2J\\x9B31m\\u202Eevil.example")
        for text in ("\x1b]0", "\x07", "\x9b", "\u202e"):
            self.assertNotIn(text, terminal.text)

    def test_terminals_without_pages(self):
        for name in ("dumb", "no-such-terminal"):
            terminal = self.terminal(self.folder, TERM=name)
            status, text = terminal.rest()
            self.assertEqual(status, 2)
            self.assertIn(f"the terminal '{name}' has no pages", text)


if __name__ == "__main__":
    unittest.main()
