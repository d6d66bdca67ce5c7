# SPDX-License-Identifier: BSD-3-Clause
"""The command line of tstat-flow."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import textwrap
from typing import Any, Iterator, Optional, Sequence

from tstat_log import messages, starting

from .timeline import Times

_DESCRIPTION = """Tells one flow of a trace as a person would: what happened, packet by packet, and why the analysis counts a packet as
it does."""
_EPILOG = """The filter chooses the flow: its number (17, tcp 17, udp 3), words of packet filters (host 10.0.0.1 and port 443) or a
condition on columns (s_pkts_rto > 3 and fqdn ~ "example"). Of several flows the one with most bytes is told.
Exit status: 0; 1 when something could not be read or written as a whole, or no flow matches; 2 when the command line is
wrong. tstat-flow(1)."""


def _times(text: str) -> Times:
    try:
        return Times.of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: a part of the flow is BEGIN-END in seconds, as 0.5-2 is") from None


def _parser(version: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tstat-flow", description=_DESCRIPTION, epilog=_EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", metavar="FILE", help="a trace: pcap, pcapng, ..., also compressed; - is standard input")
    parser.add_argument("filter", metavar="FILTER", nargs="*", help="which flow; all words together are one filter")
    parser.add_argument("-l", "--list", action="store_true", help="list the flows that the filter matches, and tell none")
    parser.add_argument("-a", "--all", action="store_true", help="each packet on a line of its own, also those of which there is nothing to tell")
    parser.add_argument("-p", "--plot", action="store_true", help="plots of characters, too")
    parser.add_argument("-o", "--output", metavar="FILE", help="write a picture (.svg, .png): sequence numbers, round trips and windows by time")
    parser.add_argument("-t", "--times", metavar="BEGIN-END", type=_times, default=Times(),
                        help="the time-line, the picture and the plots of this part only, in seconds since the begin: 0.5-2, 3-")
    parser.add_argument("-j", "--json", action="store_true", help="one JSON object in the place of the text")
    parser.add_argument("-N", "--networks", metavar="FILE", help="internal networks, as for tstat; without it all are")
    parser.add_argument("-c", "--compat", metavar="PROFILE", default="3.1.1", choices=("3.1.1", "3.3", "none"),
                        help="whose measurements the flow has: 3.1.1 (default) or 3.3")
    parser.add_argument("-v", "--version", action="version", version=f"tstat-flow {version}")
    return parser


@contextlib.contextmanager
def _file_of(trace: str) -> Iterator[str]:
    """A file that can be read twice."""
    if trace != "-" and (not os.path.exists(trace) or os.path.isfile(trace)):
        yield trace
        return
    if trace != "-" and os.path.isdir(trace):
        raise messages.Failure(f"{trace}: is a directory")
    with tempfile.NamedTemporaryFile(prefix="tstat-flow-", suffix=".trace") as copy:
        messages.rename(copy.name, "standard input" if trace == "-" else trace)
        with contextlib.ExitStack() as stack:
            shutil.copyfileobj(sys.stdin.buffer if trace == "-" else stack.enter_context(open(trace, "rb")), copy)
        copy.flush()
        yield copy.name


def _wrapped(text: str) -> str:
    from tstat_log import terminal
    return textwrap.fill(text, max(40, min(terminal.width(), 100)), break_long_words=False, break_on_hyphens=False)


def _tell_tcp(arguments: argparse.Namespace, analysis: Any, flow: Any, path: str, options: dict[str, Any]) -> None:
    from . import as_json, plots_of_characters, selection, story, summary, timeline
    from .segments import Gatherer
    gatherer = Gatherer()
    selection.packets_of(path, flow, options, gatherer)
    told = story.tell(analysis, flow, gatherer.segments)
    if arguments.output:
        from . import pictures
        pictures.save(pictures.of_tcp(told, arguments.times), arguments.output)
    if arguments.json:
        print(as_json.of_tcp(told, summary.paragraph(told)))
        return
    _heading(flow)
    print(_wrapped(summary.paragraph(told)))
    print()
    for line in timeline.lines(told, arguments.all, arguments.times):
        print(line)
    if arguments.plot:
        print("\n" + plots_of_characters.of_tcp(told, arguments.times), end="")


def _tell_udp(arguments: argparse.Namespace, analysis: Any, flow: Any, path: str, options: dict[str, Any]) -> None:
    from . import as_json, datagrams, plots_of_characters, selection
    gatherer = datagrams.Gatherer()
    selection.packets_of(path, flow, options, gatherer)
    told = datagrams.tell(analysis, flow, gatherer.datagrams)
    if arguments.output:
        from . import pictures
        pictures.save(pictures.of_udp(told, arguments.times), arguments.output)
    if arguments.json:
        print(as_json.of_udp(told, datagrams.paragraph(told)))
        return
    _heading(flow)
    print(_wrapped(datagrams.paragraph(told)))
    print()
    for line in datagrams.lines(told, arguments.all, arguments.times):
        print(line)
    if arguments.plot:
        print("\n" + plots_of_characters.of_udp(told, arguments.times), end="")


def _heading(flow: Any) -> None:
    print(f"{flow.protocol.upper()} flow {flow.number}: {flow.client} - {flow.server}" + (f"  {flow.name}" if flow.name else "") + "\n")


def _run(arguments: argparse.Namespace) -> int:
    from . import selection
    messages.take_warnings()
    starting.guard()
    if arguments.output:
        from tstat_log import plots
        plots.format_of(arguments.output)
        if os.path.exists(arguments.output) and os.path.exists(arguments.trace) and os.path.samefile(arguments.output, arguments.trace):
            raise messages.Usage(f"{arguments.output}: the trace itself; nothing is written")
    options: dict[str, Any] = {"profile": arguments.compat, "networks": arguments.networks, "keys": {"httplog_full_url": 2}}
    text = " ".join(arguments.filter)
    with _file_of(arguments.trace) as path:
        analysis = selection.analyse(path, options)
        found = selection.find(analysis, text)
        if not len(found):
            raise selection.nothing(analysis, text)
        if arguments.list:
            print(selection.listing(found), end="")
            return int(messages.is_incomplete())
        flow = found.largest()[0]
        if len(found) > 1:
            print(f"{messages.PROGRAM}: {len(found)} flows {'match' if text else 'are there'}; this is the largest, {flow.protocol} {flow.number}. "
                  "--list lists them, and a number as a filter chooses one.", file=sys.stderr)
        (_tell_tcp if flow.protocol == "tcp" else _tell_udp)(arguments, analysis, flow, path, options)
    return int(messages.is_incomplete())


def main(version: str, argv: Optional[Sequence[str]] = None) -> int:
    """Tells a flow; gives the exit status."""
    starting.prepare()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    arguments = _parser(version).parse_intermixed_args(sys.argv[1:] if argv is None else argv)
    try:
        return starting.status_of(lambda: _run(arguments))
    except KeyboardInterrupt:
        return 130
