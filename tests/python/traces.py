# SPDX-License-Identifier: BSD-3-Clause
"""The traces of the tests, and what the command makes of one."""

import os
import pathlib
import subprocess
import tempfile

SOURCE = pathlib.Path(os.environ["TSTAT_SOURCE_DIR"])
COMMAND = os.environ["TSTAT_COMMAND"]
TRACES = SOURCE / "tests/traces"
MIXED = TRACES / "mixed.pcap"
NETWORKS = TRACES / "networks.conf"
ALL = [MIXED] + [TRACES / name for name in ("web.pcap", "web-ipv6.pcap", "bulk-lossy.pcap", "ssh.pcap", "voice.pcap")]


def logs_of(trace, profile="3.1.1", options=()):
    """A temporary directory, and the path of the log directory in it, with all logs."""
    holder = tempfile.TemporaryDirectory()
    runtime = pathlib.Path(holder.name, "runtime.conf")
    runtime.write_text("[log]\nlog_http_complete = 1\n", encoding="utf-8")
    subprocess.run([COMMAND, "--compat", profile, "-N", str(NETWORKS), "-T", str(runtime), "-s", holder.name + "/out", *options,
                    str(trace)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return holder, next(pathlib.Path(holder.name, "out").glob("*.out"))


def rows_of(log):
    """The column names and the rows of a text log, split by hand."""
    lines = log.read_text(encoding="utf-8").splitlines()
    names = [name.rsplit(":", 1)[0] for name in lines[0].split("#")[-1].split()]
    return names, [line.split(" ") for line in lines[1:]]
