# SPDX-License-Identifier: BSD-3-Clause
"""What the Python 2 scripts around Tstat print, by their own command lines and with their quirks: --as-original.

Rows are those of log_tcp_complete as Tstat 2 had it, without names, or of logs with header lines, by these.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import IO, Iterator, Optional, Sequence

from . import inputs
from .columns import unknown
from .messages import Failure

# A direction's columns; $ is the side that sends, @ the other one.
_SIDE = """$ip $port $2@pckt $ressent $ackssent $pureackssent $sentbytes $datapckt $txdata $rtxpckt $rtxdata $outseqpckt
$synpckt $finpckt $ws $tss $wsneg $sackr $sacks $Mssdec $Mssmeas $mssmeas $Mrw $mrw $wz $Mwin $mwin $iwin $2@avgrtt $2@minrtt
$2@avgmaxrtt $2@stdrtt $2@rttsamples $2@ttlmin $2@ttlmax $2@rto $2@rfr $2@reord $2@dup $2@unk $2@flcntl $2@unnecrto
$2@unnecfr $2@rsyn"""
_REST = "comlp fpckt lpckt cfpckt sfpckt clpckt slpckt cfack sfack timestamp cipint sipint conntype"
TCP_FIELDS = tuple(f"{_SIDE.replace('$', 'c').replace('@', 's')} {_SIDE.replace('$', 's').replace('@', 'c')} {_REST}".split())
_NAMES_FROM, _NAMES_TO, _WITH_NAMES = 112, 115, 119  # of columns, where there are so many
_HTTP = ("c_ip", "c_port", "s_ip", "s_port", "time_abs")
_REQUEST = ("method", "hostname", "fqdn", "path", "referer", "user_agent")
_MARK = "HTTP"  # of responses
_RESPONSE = ("response", "content_len", "content_type", "server", "range")


class Fields:
    """The cells of a row by name."""

    def __init__(self, kind: str, headers: Sequence[Sequence[str]] = ()) -> None:
        """``headers``: the names of each header line. A log of HTTP has two, for requests and for responses; of others the last counts."""
        self._kind = kind
        self._headers = [{name: place for place, name in enumerate(header)} for header in headers]
        self._tcp = {name: place for place, name in enumerate(TCP_FIELDS)}

    def names(self) -> list[str]:
        """All that there are."""
        if self._headers:
            return list(dict.fromkeys(name for header in self._headers for name in header))
        return [*self._tcp, "fqdn", "fqdnr"] if self._kind == "tcp" else list(dict.fromkeys([*_HTTP, *_REQUEST, _MARK, *_RESPONSE]))

    def cells(self, line: str) -> dict[str, str]:
        """The row's cells; those that it is too short for are missing."""
        if self._headers:
            cells = line.split("\t" if "\t" in line else " ")
            return {name: cells[place] for name, place in self._header_of(cells).items() if place < len(cells)}
        if self._kind == "tcp":
            cells = line.split(" ")
            found = {name: cells[place] for name, place in self._tcp.items() if place < len(cells)}
            has_names = len(cells) == _WITH_NAMES
            found["fqdn"] = " ".join(cells[_NAMES_FROM:_NAMES_TO]) if has_names else ""
            found["fqdnr"] = cells[-1] if has_names else ""
            return found
        cells = line.split()
        names = [*_HTTP, *((_MARK, *_RESPONSE) if cells[5:6] == [_MARK] else _REQUEST)]
        found = dict(zip(names[:-1], cells))
        if len(cells) >= len(names):
            found[names[-1]] = " ".join(cells[len(names) - 1:])
        return found

    def _header_of(self, cells: Sequence[str]) -> dict[str, int]:
        """The one that is a row's."""
        is_response = cells[5:6] == [_MARK]
        same = [header for header in self._headers if (_MARK in header) == is_response]
        return same[-1] if self._kind == "http" and same else self._headers[-1]


def numbered_lines(file: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Lines without their ends, from 1."""
    for number, text in enumerate(file, 1):
        yield number, text.decode("utf-8", "surrogateescape").rstrip("\n")


def original_output() -> IO[str]:
    """Standard output for texts of any bytes."""
    sys.stdout.flush()
    return open(sys.stdout.fileno(), "w", encoding="utf-8", errors="surrogateescape", newline="", closefd=False)


# regexp_filter.py ---------------------------------------------------------------------------------------------------

FILTER_HELP = """What regexp_filter.py does: of each file of DIR whose name ends with INSUFFIX the rows in whose columns COLS the
regular expression is found; their columns FIELDS are written into DIR/PREFIX<name>OUTSUFFIX.
Columns have the names of a log's header line, or those of the script's records."""


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    """As regexp_filter.py."""
    parser.add_argument("-r", metavar="DIR", required=True, help="the directory of the logs")
    parser.add_argument("-i", metavar="INSUFFIX", required=True, help="ends of their names")
    parser.add_argument("-e", metavar="REGEX", required=True, help="the regular expression")
    parser.add_argument("-c", metavar="COLS", required=True, help="columns that are searched, separated by commas, or all")
    parser.add_argument("-f", metavar="FIELDS", required=True, help="columns that are written, or all")
    parser.add_argument("-p", metavar="PREFIX", default="", help="before the names of the outputs")
    parser.add_argument("-o", metavar="OUTSUFFIX", default="", help="behind them")
    parser.add_argument("-l", metavar="LOG", required=True, help="tcp or http")


def run_filter(arguments: argparse.Namespace) -> int:
    """Writes a file for each file, in the order of their names."""
    out = original_output()
    if arguments.l not in ("tcp", "http"):
        print("Error! Log type do not exist.", file=out, flush=True)
        return 1
    names = []
    if os.path.isdir(arguments.r):
        names = sorted(name for name in os.listdir(arguments.r) if name.endswith(arguments.i))
    if not names:
        print("Error! Input dir or files do not exist.", file=out, flush=True)
        return 1
    try:
        wanted = re.compile(arguments.e)
    except re.error as error:
        raise Failure(f"-e: the regular expression is wrong: {error}", status=2) from error
    written = set()
    for name in names:
        target = arguments.p + (name[:-3] if name.endswith(".gz") else name) + arguments.o
        if target in names or target in written:
            raise Failure(f"{target}: would be written over; -p and -o give other names")
        written.add(target)
        print(f"Printing {arguments.f} of log {name} with {arguments.e} on {arguments.c}", file=out, flush=True)
        _filter_file(arguments, name, target, wanted, out)
    return 0


def _listed(text: str, fields: Fields) -> Optional[list[str]]:
    listed = text.split(",")
    if "all" in listed:
        return None
    known = fields.names()
    for name in listed:
        if name not in known:
            raise Failure(unknown(name, known), status=2)
    return listed


def _filter_file(arguments: argparse.Namespace, name: str, target: str, wanted: "re.Pattern[str]", messages: IO[str]) -> None:
    fields = Fields(arguments.l)
    headers: list[list[str]] = []
    searched, printed = None, None
    is_first = True
    with inputs.open_text(os.path.join(arguments.r, name)) as file, \
            open(os.path.join(arguments.r, target), "w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        for number, line in numbered_lines(file):
            if line.startswith("#"):
                if is_first and (names := inputs.header_names(line)):
                    headers.append(names)
                    fields = Fields(arguments.l, headers)
                continue
            if is_first:
                searched, printed = _listed(arguments.c, fields), _listed(arguments.f, fields)
                is_first = False
            cells = fields.cells(line) if searched or printed else {}
            if not all(one in cells for one in (*(searched or ()), *(printed or ()))):
                print(f"Shorter line in log! {number}", file=messages, flush=True)
                continue
            if wanted.search(line if searched is None else " ".join(cells[one] for one in searched)):
                out.write((line if printed is None else " ".join(cells[one] for one in printed)) + "\n")
