# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log join."""

from __future__ import annotations

import argparse
from typing import Iterator, Union

from .. import http_pairs, inputs, messages, raw_rows, resolutions
from ..messages import Failure, Usage
from ..progress import Progress

NAME = "join"
HELP = "joins HTTP requests with their responses, or flows with the names that were asked for before"
EPILOG = """Of log_http_complete (the default), a row for each request that has a response: its columns, then those of the response
and the time between. With --dns, each row of a log of flows, and the DNS answer from which its client knew the address."""

_HTTP = "log_http_complete"
_FIRST = {"log_tcp_complete": "first", "log_tcp_nocomplete": "first", "log_video_complete": "first", "log_udp_complete": "c_first_abs"}
_DNS_COLUMNS = ("dns_name", "dns_time", "dns_ttl", "dns_age")
_REQUEST = b"#C#c_ip:1\tc_port:2\ts_ip:3\ts_port:4\ttime_abs:5\tmethod:6\thostname:7\tfqdn:8\tpath:9\treferer:10\tuser_agent:11\tcookie:12\tdnt:13"
_RESPONSE = b"#S#c_ip:1\tc_port:2\ts_ip:3\ts_port:4\ttime_abs:5\tHTTP:6\tresponse:7\tcontent_len:8\tcontent_type:9\tserver:10\trange:11\tlocation:12\tset_cookie:13"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    inputs.add_arguments(parser)
    parser.add_argument("-x", "--unmatched", action="store_true",
                        help="the requests without response, and the responses without request, instead: to be read with the next log")
    parser.add_argument("-d", "--dns", metavar="LOG", action="append", default=[],
                        help="join the flows of LOG... with the answers in this log_dns_complete (several times)")
    parser.add_argument("-p", "--patience", metavar="SECONDS", type=float,
                        help="how long a request waits for its response (300), or an answer holds (86400)")
    parser.add_argument("--as-original", action="store_true",
                        help="as merge_http_flows.pl: of a connection's open requests only the last one counts; 26 columns")


def run(arguments: argparse.Namespace) -> int:
    """Joins."""
    if arguments.dns and (arguments.unmatched or arguments.as_original):
        raise Usage("--dns joins flows: --unmatched and --as-original are of HTTP")
    if arguments.patience is not None and not arguments.patience >= 0:
        raise Usage(f"--patience: {arguments.patience} is no time")
    if arguments.log is None and not arguments.dns:
        arguments.log = _HTTP
    with inputs.opened(arguments) as logs:
        if arguments.dns:
            _flows_with_names(logs, arguments)
            return 0
        if logs.log != _HTTP:
            raise Usage(f"{logs.labels[0]}: is {logs.log}; requests and responses are in {_HTTP}, and flows are joined with --dns")
        if arguments.as_original:
            _as_original(logs, arguments.unmatched)
        else:
            _requests_with_responses(logs, arguments)
    return 0


def _lines(logs: inputs.Logs) -> Iterator[bytes]:
    with Progress("rows") as progress:
        for path, label in zip(logs.paths, logs.labels):
            for line in raw_rows.lines(path, label):
                progress.advance()
                yield line


def _as_original(logs: inputs.Logs, unmatched: bool) -> None:
    pairs = http_pairs.OriginalPairs()
    out = raw_rows.Writer()
    for line in _lines(logs):
        if line.startswith(b"#"):
            continue
        request = pairs.add(line)
        if request is not None and not unmatched:
            out.line(request + b"\t" + line)
    for row in pairs.finish() if unmatched else ():
        out.line(row)


def _requests_with_responses(logs: inputs.Logs, arguments: argparse.Namespace) -> None:
    patience = 300.0 if arguments.patience is None else arguments.patience
    pairs = http_pairs.Pairs(patience, keep_rest=arguments.unmatched)
    out = raw_rows.Writer()
    for line in [_REQUEST, _RESPONSE] if arguments.unmatched else [_joined_header()]:
        out.line(line)
    joined = 0
    for line in _lines(logs):
        if line.startswith(b"#") or not line:
            continue
        request = pairs.add(line)
        if request is None:
            continue
        joined += 1
        if not arguments.unmatched:
            out.line(_joined(request, line))
    for row in pairs.finish():
        out.line(row)
    if pairs.lost and not arguments.unmatched:
        messages.warn(f"{pairs.lost} messages have no other: --unmatched prints them, {joined} pairs were found")


def _joined_header() -> bytes:
    response = raw_rows.Layout(_RESPONSE).names
    names = [*raw_rows.Layout(_REQUEST).names, "response_time_abs", *response[6:], "wait_ms"]
    return b"#" + b"\t".join(f"{name}:{number}".encode() for number, name in enumerate(names, 1))


def _joined(request: bytes, response: bytes) -> bytes:
    """Client and server are not repeated."""
    cells = response.split(b"\t")
    begin, end = (http_pairs.microseconds(time) or 0 for time in (request.split(b"\t")[4], cells[4]))
    return b"\t".join([request, cells[4], *cells[6:], b"%.3f" % ((end - begin) / 1000)])


def _flows_with_names(logs: inputs.Logs, arguments: argparse.Namespace) -> None:
    if logs.log not in _FIRST:
        raise Usage(f"{logs.labels[0]}: is {logs.log}, which has no flows; these have: {', '.join(_FIRST)}")
    age_ms = (86400.0 if arguments.patience is None else arguments.patience) * 1000
    known = _read_names(arguments.dns)
    out = raw_rows.Writer()
    layout: Union[raw_rows.Layout, None] = None
    places: list[int] = []
    header = b""
    for line in _lines(logs):
        if line.startswith(b"#"):
            layout = raw_rows.Layout(line)
            places = layout.places(("c_ip", "s_ip", _FIRST[logs.log]))
            if layout.header_with(_DNS_COLUMNS) != header:
                header = layout.header_with(_DNS_COLUMNS)
                out.line(header)
            continue
        if layout is None:
            raise Failure(f"{logs.labels[0]}: has no header line, which tells its columns")
        out.line(layout.separator.join([line, *_name_cells(known, line.split(layout.separator), places, age_ms)]))


def _name_cells(known: resolutions.Resolutions, cells: list[bytes], places: list[int], age_ms: float) -> list[bytes]:
    try:
        client, server, first = (cells[place] for place in places)
        resolution = known.found(client, server, float(first), age_ms)
    except (IndexError, ValueError):
        resolution = None
    if resolution is None:
        return [b"-"] * len(_DNS_COLUMNS)
    return [resolution.name, resolution.time_text, resolution.ttl, b"%.3f" % (float(first) - resolution.time)]


def _read_names(named: list[str]) -> resolutions.Resolutions:
    known = resolutions.Resolutions()
    with inputs.named_logs(named, "log_dns_complete") as logs:
        if logs.log != "log_dns_complete":
            raise Usage(f"{logs.labels[0]}: is {logs.log}, not log_dns_complete")
        places: list[int] = []
        for line in _lines(logs):
            if line.startswith(b"#"):
                places = raw_rows.Layout(line).places(resolutions.NEEDED)
                continue
            cells = line.split(b" ")
            if places and len(cells) > max(places):
                known.add([cells[place] for place in places])
    known.finish()
    return known
