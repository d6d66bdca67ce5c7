# SPDX-License-Identifier: BSD-3-Clause
"""Logs of the tests, how the command is run, and how logs are read without it: lines split by hand."""

import contextlib
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import traceback
import unittest

import tstat  # noqa: F401  that each run has it
from tstat_log.main import main

SOURCE = pathlib.Path(os.environ["TSTAT_SOURCE_DIR"])
PACKAGE = SOURCE / "apps/tstat-log/tstat_log"
TSTAT = os.environ["TSTAT_COMMAND"]
TSTAT_LOG = os.environ["TSTAT_LOG"]
TRACES = SOURCE / "tests/traces"
GOLDEN = pathlib.Path(os.environ.get("TSTAT_SHARED_DIR") or "/nonexistent") / "golden"


def _child(arguments, files, environment):
    for number, file in enumerate(files):
        os.dup2(file.fileno(), number)
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww"))
    os.environ.update(environment)
    time.tzset()
    sys.argv[0] = "tstat-log"
    try:
        status = main("1.2.3", arguments)
    except SystemExit as leaving:
        status = leaving.code
    except BaseException:
        traceback.print_exc()
        status = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def run(*arguments, stdin=b"", environment=None):
    """The exit status, what is written, and what is said: of a process that has the modules already."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(stdin)
        files[0].seek(0)
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            _child(list(map(str, arguments)), files, {"TZ": "UTC", "COLUMNS": "80", **(environment or {})})
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for file in files[1:]:
            file.seek(0)
            texts.append(file.read().decode("utf-8", "surrogateescape"))
        return status, *texts


def analyse(folder, *traces, options=()):
    """The session directory of an analysis, with all text logs."""
    runtime = pathlib.Path(folder, "runtime.conf")
    runtime.write_text("[log]\nlog_http_complete = 1\n", encoding="utf-8")
    subprocess.run([TSTAT, "-N", str(TRACES / "networks.conf"), "-T", str(runtime), "-s", f"{folder}/out", *options,
                    *map(str, traces)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return next(pathlib.Path(folder, "out").glob("*.out"))


def rows_of(*logs):
    """The rows of text logs, each a dict of texts."""
    rows = []
    for log in logs:
        data = gzip.open(log).read() if str(log).endswith(".gz") else pathlib.Path(log).read_bytes()
        names = None
        for line in data.decode().splitlines():
            if line.startswith("#"):
                names = [name.rsplit(":", 1)[0] for name in line.split("#")[-1].split()]
            else:
                rows.append(dict(zip(names, line.split(" "))))
    return rows


class WithLogs(unittest.TestCase):
    """Tests with the logs of a trace with something of everything: self.tcp, self.udp, ... and self.folder to write into."""

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name)
        cls.session = analyse(cls.folder, TRACES / "mixed.pcap")
        cls.out = cls.folder / "out"
        cls.tcp = cls.session / "log_tcp_complete"
        cls.udp = cls.session / "log_udp_complete"
        cls.http = cls.session / "log_http_complete"

    def ok(self, *arguments, **options):
        """What a run writes that goes well and says nothing."""
        status, out, said = run(*arguments, **options)
        self.assertEqual((status, said), (0, ""), said)
        return out

    def fails(self, status, *arguments, **options):
        """What a run says that does not go well."""
        got, out, said = run(*arguments, **options)
        self.assertEqual(got, status, out + said)
        self.assertNotIn("Traceback", said)
        return said
