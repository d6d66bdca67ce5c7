# SPDX-License-Identifier: BSD-3-Clause
"""The command line of tstat-report."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Optional, Sequence, Union

_DESCRIPTION = """Makes one HTML page about a trace or about logs of tstat: volumes, names, hosts, round-trip times,
loss and its causes, slow servers, failures, calls. The page asks for nothing outside of itself, and prints well."""
_EPILOG = """INPUT is a directory with logs (a session *.out, or one that holds such), a log, a pattern, or a trace,
which is analysed. tstat-report(1). Exit status: 0; 1 when something could not be read or written as a whole; 2 when the
command line is wrong."""
_MARK = b'content="tstat-report"'


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text}: a number from 1 to 1000 is wanted")
    return int(text)


def _parser(version: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tstat-report", description=_DESCRIPTION, epilog=_EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="directories, logs, patterns, traces")
    parser.add_argument("-o", "--output", metavar="FILE", default="tstat-report.html",
                        help="where the page goes (default: tstat-report.html); -: standard output")
    parser.add_argument("--title", metavar="TEXT", default="", help="the heading (default: names of the inputs)")
    parser.add_argument("--top", metavar="N", type=_positive, default=10, help="rows of lists (default: 10)")
    parser.add_argument("--samples", metavar="N", type=_positive, default=5,
                        help="connections that a server needs to be among the slow ones (default: 5)")
    parser.add_argument("--anonymous", action="store_true", help="numbers in place of addresses and names")
    parser.add_argument("--date", action="store_true", help="tell when the page was made (then no two are the same)")
    traces = parser.add_argument_group("traces")
    traces.add_argument("--profile", choices=("3.1.1", "3.3", "none"), default="3.1.1", help="whose measurements (default: "
                        "3.1.1)")
    traces.add_argument("-N", "--networks", metavar="FILE|PREFIX",
                        help="internal networks: a file as of tstat -N, or prefixes with commas between them (default: "
                        "all are)")
    parser.add_argument("-v", "--version", action="version", version=f"tstat-report {version}")
    return parser


def _check_output(path: str, inputs: Sequence[str]) -> None:
    """What is there may be an older report, and nothing else."""
    from tstat_log.messages import Usage
    if path == "-" or not os.path.exists(path) or not os.path.isfile(path):
        if os.path.isdir(path):
            raise Usage(f"{path}: is a directory; --output names a file")
        return
    if any(os.path.exists(name) and os.path.samefile(path, name) for name in inputs):
        raise Usage(f"{path}: is read, and cannot be written")
    with open(path, "rb") as file:
        head = file.read(4096)
    if head and _MARK not in head:
        raise Usage(f"{path}: is there, and is no report: it is left alone (--output names another file)")


def _write(path: str, text: str) -> None:
    """The whole file or none."""
    from tstat_log.output import replaced
    data = text.encode("utf-8", "backslashreplace")
    if path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    with replaced(path) as beside, open(beside, "wb") as file:
        file.write(data)


def _networks(text: Optional[str]) -> Union[str, list[str], None]:
    """A file as it is, several prefixes one by one."""
    if text is None or os.path.exists(text) or "," not in text:
        return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _label(name: str) -> str:
    path = os.path.normpath(name)
    return os.path.basename(os.path.abspath(path)) or path


def _run(arguments: argparse.Namespace) -> int:
    from tstat_log import messages, starting

    from .page import Options
    from .report import Report
    from .sources import Reader, find
    starting.guard()
    _check_output(arguments.output, arguments.inputs)
    sources = find(arguments.inputs)
    options = Options(title=arguments.title, top=arguments.top, samples=arguments.samples,
                      anonymous=arguments.anonymous,
                      made=time.time_ns() if arguments.date else None)
    reader = Reader(sources, arguments.profile, _networks(arguments.networks))
    report = Report(options)
    report.add(reader.rows())
    if report.traffic.total_flows == 0:
        messages.warn("there are no flows in what was read; the report says so")
    _write(arguments.output, report.page([_label(name) for name in arguments.inputs], reader.read))
    if arguments.output != "-":
        print(f"Report: {os.path.abspath(arguments.output)}")
    return int(messages.is_incomplete())


def main(version: str, argv: Optional[Sequence[str]] = None) -> int:
    """Makes a report; gives the exit status."""
    from tstat_log import messages, starting
    starting.prepare()
    arguments = _parser(version).parse_args(sys.argv[1:] if argv is None else argv)
    messages.PROGRAM = "tstat-report"
    messages.take_warnings()
    try:
        return starting.status_of(lambda: _run(arguments))
    except KeyboardInterrupt:
        return 130
