# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log enrich."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import Optional, Sequence

from .. import banners, inputs, lookups, messages, originals, places, raw_rows, results, summaries
from ..messages import Failure, Usage
from ..progress import Progress

NAME = "enrich"
HELP = "adds country, network and organisation of addresses by MaxMind's files, and names of addresses"
EPILOG = """--geo GeoLite2-ASN.mmdb --geo GeoLite2-Country.mmdb: columns s_country, s_asn, s_organisation at the end of each row. --names
asks the system's resolver, which may send each address to servers of strangers: only then s_name is there."""

_ROWS = 5000  # at a time, whose addresses are asked for together
_WORKERS = 32
_TIMEOUT_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    inputs.add_arguments(parser)
    parser.add_argument("-g", "--geo", metavar="FILE", action="append", default=[], help="a file of MaxMind's form, .mmdb (several times)")
    parser.add_argument("-s", "--side", choices=("server", "client", "both"), default="server", help="whose address (server)")
    parser.add_argument("-n", "--names", action="store_true", help="also look up the names of addresses")
    parser.add_argument("-O", "--organisation", metavar="EXPRESSION",
                        help="only rows whose organisation has this regular expression somewhere, in any case")
    parser.add_argument("--summary", action="store_true", help="instead of rows: for each organisation its rows and their bytes")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=_TIMEOUT_S, help="how long a name is waited for (10)")
    results.add_arguments(parser)


@dataclass
class _Work:
    places: Optional[places.Places]
    sides: list[str]
    organisation: Optional[re.Pattern[str]]
    names: Optional["lookups.Lookups[str, str]"]
    banners: Optional["lookups.Lookups[str, banners.Banner]"]
    as_original: bool


def run(arguments: argparse.Namespace) -> int:
    """Copies rows, and what is known of their addresses."""
    if not arguments.geo and not arguments.names:
        raise Usage("nothing to add: --geo FILE, or --names")
    if not arguments.timeout > 0:
        raise Usage(f"--timeout: {arguments.timeout} is no time")
    if arguments.organisation is not None and not arguments.geo:
        raise Usage("--organisation needs --geo FILE")
    sides = {"server": ["s_ip"], "client": ["c_ip"], "both": ["c_ip", "s_ip"]}[arguments.side]
    work = _Work(places.Places(arguments.geo) if arguments.geo else None, sides, _expression(arguments.organisation),
                 lookups.Lookups(lookups.reverse_name, _WORKERS, arguments.timeout) if arguments.names else None, None, as_original=False)
    if arguments.summary:
        return _summarise(arguments, work)
    if arguments.output or arguments.format or arguments.plot:
        raise Usage("--output, --format and --plot are of --summary")
    with inputs.opened(arguments) as logs:
        _copy(work, logs)
    return 0


def _summarise(arguments: argparse.Namespace, work: _Work) -> int:
    if work.places is None or work.names is not None or len(work.sides) != 1:
        raise Usage("--summary needs --geo, is about one side, and asks for no names")
    results.check(arguments)
    sums = summaries.Summary(work.places, work.sides[0], work.organisation)
    with inputs.opened(arguments) as logs, Progress("rows") as progress:
        for path, label in zip(logs.paths, logs.labels):
            sums.begin()
            for line in raw_rows.lines(path, label):
                progress.advance()
                sums.line(line)
    return results.emit(arguments, sums.result(), sums.drawing())


ORIGINAL_HELP = """What get-organization-records.py does: the rows whose server is of an organisation, each with the name of the
server behind it; of one without name the banner, for which --allow-network must be there, or organization-no-name."""


def add_original_arguments(parser: argparse.ArgumentParser) -> None:
    """As get-organization-records.py."""
    parser.add_argument("-r", metavar="LOG", default="-", help="the log (standard input)")
    parser.add_argument("-g", metavar="FILE", required=True, help="a file of MaxMind's form, .mmdb")
    parser.add_argument("-o", metavar="NAME", required=True, help="a regular expression that is in the name of the organisation, in any case")
    parser.add_argument("--allow-network", action="store_true", help="connect to servers of the log that have no name, ports 80 and 443")


def run_original(arguments: argparse.Namespace) -> int:
    """As get-organization-records.py, in the order of the log."""
    work = _Work(places.Places([arguments.g]), ["s_ip"], _expression(arguments.o), lookups.Lookups(lookups.reverse_name, _WORKERS, _TIMEOUT_S),
                 lookups.Lookups(_banner, _WORKERS, 2 * _TIMEOUT_S + 1) if arguments.allow_network else None, as_original=True)
    with inputs.named_logs([arguments.r], inputs.DEFAULT_LOG) as logs:
        _copy(work, logs)
    return 0


def _expression(text: Optional[str]) -> Optional[re.Pattern[str]]:
    if text is None:
        return None
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise Usage(f"{text}: {error}") from None


def _copy(work: _Work, logs: inputs.Logs) -> None:
    out = raw_rows.Writer()
    with Progress("rows") as progress:
        for path, label in zip(logs.paths, logs.labels):
            copier = _Copier(work, label, out)
            batch: list[bytes] = []
            for line in raw_rows.lines(path, label):
                progress.advance()
                if line.startswith(b"#") or len(batch) == _ROWS:
                    copier.rows(batch)
                    batch.clear()
                if line.startswith(b"#"):
                    copier.header(line)
                elif line:
                    batch.append(line)
            copier.rows(batch)
    late = sum(one.late for one in (work.names, work.banners) if one is not None)
    if late:
        messages.warn(f"{late} addresses gave no answer in time")


def _banner(address: str) -> Optional[banners.Banner]:
    return banners.banner(address, address, 2 * _TIMEOUT_S) if banners.is_public(address) else None


class _Copier:
    """The rows of one file."""

    def __init__(self, work: _Work, label: str, out: raw_rows.Writer) -> None:
        self._work = work
        self._label = label
        self._out = out
        self._layout: Optional[raw_rows.Layout] = None
        self._at: list[int] = []

    def header(self, line: bytes) -> None:
        """A header line; those of log_http_complete are two, with the same addresses."""
        self._layout = raw_rows.Layout(line)
        self._at = self._layout.places(self._work.sides)
        if not self._work.as_original:
            self._out.line(self._layout.header_with([name for side in self._work.sides for name in self._names(side[0])]))

    def _names(self, side: str) -> list[str]:
        found = [f"{side}_country", f"{side}_asn", f"{side}_organisation"] if self._work.places is not None else []
        return found + ([f"{side}_name"] if self._work.names is not None else [])

    def rows(self, lines: Sequence[bytes]) -> None:
        """Rows below the header line."""
        if not lines:
            return
        if self._layout is None and self._work.as_original:  # a log of Tstat 2
            self._layout = raw_rows.Layout(" ".join(originals.TCP_FIELDS).encode())
            self._at = self._layout.places(["sip"])
        if self._layout is None:
            raise Failure(f"{self._label}: has no header line, which tells its columns")
        kept = []
        for line in lines:
            cells = line.split(self._layout.separator)
            addresses = [cells[place].decode("ascii", "replace") if place < len(cells) else "" for place in self._at]
            if self._is_wanted(addresses):
                kept.append((line, addresses))
        every = {address for _, addresses in kept for address in addresses if address}
        names = self._work.names.ask(every) if self._work.names is not None else {}
        if self._work.as_original:
            self._original(kept, names)
            return
        for line, addresses in kept:
            more = [one for address in addresses for one in self._cells(address, names)]
            self._out.line(self._layout.separator.join([line, *more]))

    def _is_wanted(self, addresses: list[str]) -> bool:
        expression, known = self._work.organisation, self._work.places
        if expression is None or known is None:
            return True
        return any(expression.search(known.of(address).organisation or "") for address in addresses)

    def _cells(self, address: str, names: dict[str, Optional[str]]) -> list[bytes]:
        found = []
        if self._work.places is not None:
            place = self._work.places.of(address)
            found = [places.cell(place.country), b"-" if place.asn is None else b"%d" % place.asn, places.cell(place.organisation)]
        return found + ([places.cell(names.get(address))] if self._work.names is not None else [])

    def _original(self, kept: list[tuple[bytes, list[str]]], names: dict[str, Optional[str]]) -> None:
        nameless = {addresses[0] for _, addresses in kept if addresses[0] and not names.get(addresses[0])}
        found = self._work.banners.ask(nameless) if self._work.banners is not None else {}
        for line, (address,) in kept:
            name = names.get(address)
            answer = found.get(address)
            text = name if name else f"server-type-{answer.server}" if answer is not None else "organization-no-name"
            self._out.line(line + b" " + raw_rows.shown(text.encode("utf-8", "replace")))
