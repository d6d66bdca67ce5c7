# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log cdn."""

from __future__ import annotations

import argparse
import socket
from typing import Optional, Union

from .. import banners, inputs, lookups, messages, raw_rows, results
from ..messages import Failure, Usage
from ..progress import Progress

NAME = "cdn"
HELP = "asks the servers of a log what they are: the header Server of HEAD /, over HTTP, then HTTPS"
EPILOG = """This connects to each server of the log, ports 80 and 443, and so tells them that they are looked at: nothing is done without
--allow-network. Addresses that are not of the Internet are left out, no name is looked up, and no redirection is followed."""

ORIGINAL_HELP = """What cdnscan.py does with HOST, a name or an address: prints the header Server of its answer to HEAD /, over HTTP, then HTTPS.
Nothing is done without --allow-network."""
_WORKERS = 32
_ORIGINAL_TIMEOUT_S = 10.0  # of each port
_PORTS = banners.PORTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    inputs.add_arguments(parser)
    parser.add_argument("--allow-network", action="store_true", help="connect to the servers")
    parser.add_argument("-m", "--most", metavar="COUNT", type=int, default=1000, help="how many servers, those of most rows first (1000)")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=10.0, help="how long a server is waited for (10)")
    parser.add_argument("--private", action="store_true", help="also ask addresses of private networks and of this machine")
    results.add_arguments(parser, plot=False)


def add_original_arguments(parser: argparse.ArgumentParser) -> None:
    """As cdnscan.py."""
    parser.add_argument("host", metavar="HOST", help="a name, which is looked up, or an address")
    parser.add_argument("--allow-network", action="store_true", help="connect to it")


def run_original(arguments: argparse.Namespace) -> int:
    """As cdnscan.py."""
    host: str = arguments.host
    if not arguments.allow_network:
        raise Usage(f"this connects to {host}; with --allow-network it does")
    try:
        address = str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError) as error:
        raise Failure(f"{host}: {getattr(error, 'strerror', None) or error}") from None
    answer = banners.banner(address, host, 2 * _ORIGINAL_TIMEOUT_S, _PORTS)
    if answer is None:
        raise Failure(f"{host}: no answer of a web server")
    print(raw_rows.shown_text(answer.server))
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each server."""
    if arguments.most < 1 or not arguments.timeout > 0:
        raise Usage("--most and --timeout are above 0")
    results.check(arguments)
    servers = _servers(arguments)
    asked = [address for address in sorted(servers, key=lambda address: (-servers[address][0], address))
             if (banners.is_address if arguments.private else banners.is_public)(address)][:arguments.most]
    if not arguments.allow_network:
        raise Usage(f"this connects to {len(asked)} of the log's {len(servers)} servers, which shows them who looks at them; with --allow-network it does")
    if len(asked) < len(servers):
        messages.warn(f"{len(servers) - len(asked)} of {len(servers)} servers are not asked: they are not of the Internet, or more than --most")
    seconds: float = arguments.timeout

    def ask(address: str) -> Optional[banners.Banner]:
        return banners.banner(address, servers[address][1], seconds, _PORTS)

    found = lookups.Lookups(ask, _WORKERS, seconds + 1)
    rows = []
    with Progress("servers", len(asked)) as progress:
        for begin in range(0, len(asked), _WORKERS):
            some = asked[begin:begin + _WORKERS]
            answers = found.ask(some)
            progress.advance(len(some))
            rows += [_row(address, servers[address], answers[address]) for address in some]
    return results.emit(arguments, results.Result(["address", "rows", "name", "port", "server"], rows))


def _row(address: str, server: tuple[int, str], answer: Optional[banners.Banner]) -> list[Union[int, str, None]]:
    said = raw_rows.shown_text(answer.server) if answer is not None else ""
    return [address, server[0], raw_rows.shown_text(server[1]) or None, None if answer is None else answer.port, said or None]


def _servers(arguments: argparse.Namespace) -> dict[str, tuple[int, str]]:
    """For each server how many rows it has, and a name by which clients know it."""
    servers: dict[str, tuple[int, str]] = {}
    with inputs.opened(arguments) as logs, Progress("rows") as progress:
        for path, label in zip(logs.paths, logs.labels):
            layout: Optional[raw_rows.Layout] = None
            for line in raw_rows.lines(path, label):
                progress.advance()
                if line.startswith(b"#"):
                    layout = raw_rows.Layout(line)
                    layout.places(["s_ip"])
                elif layout is not None:
                    _count(servers, dict(zip(layout.names, line.split(layout.separator))))
    return servers


def _count(servers: dict[str, tuple[int, str]], row: dict[str, bytes]) -> None:
    address = row.get("s_ip", b"").decode("ascii", "replace")
    count, name = servers.get(address, (0, ""))
    for column in ("c_tls_SNI", "http_hostname", "hostname", "fqdn"):
        text = row.get(column, b"-").decode("utf-8", "replace")
        if not name and text not in ("-", ""):
            name = text
    servers[address] = (count + 1, name)
