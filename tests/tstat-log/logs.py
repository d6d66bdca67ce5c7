# SPDX-License-Identifier: BSD-3-Clause
"""Logs of the tests, how the command is run, and how logs are read without it: lines split by hand."""

import gzip
import os
import pathlib
import subprocess
import tempfile
import unittest

import forked
import tstat  # noqa: F401  that each run has it
from tstat_log.main import main

SOURCE = pathlib.Path(os.environ["TSTAT_SOURCE_DIR"])
PACKAGE = SOURCE / "apps/tstat-log/tstat_log"
TSTAT = os.environ["TSTAT_COMMAND"]
TSTAT_LOG = os.environ["TSTAT_LOG"]
TRACES = SOURCE / "tests/traces"
GOLDEN = pathlib.Path(os.environ.get("TSTAT_SHARED_DIR") or "/nonexistent") / "golden"


def run(*arguments, stdin=b"", environment=None):
    """The exit status, what is written, and what is said."""
    return forked.run(main, "tstat-log", arguments, {"COLUMNS": "80", **(environment or {})}, stdin)


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
