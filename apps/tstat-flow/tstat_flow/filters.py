# SPDX-License-Identifier: BSD-3-Clause
"""Which flow is meant: its number, words as those of packet filters, or a condition on columns as tstat-log has them.

    17                 the 17th TCP flow of the trace; tcp 17, udp 3
    host 10.0.0.1 and port 443; tcp port 443; client net 10.0.0.0/8; server port 53
    udp and net 192.0.2.0/24
    s_pkts_rto > 3 and fqdn ~ "example"

Words of packet filters become conditions: host A is (c_ip == A or s_ip == A); src and dst are client and server. What is
wrong is shown in what was written.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Any, Callable, Optional, Sequence

import numpy as np
import numpy.typing as npt

import tstat
from tstat_log.columns import Columns, is_number
from tstat_log.evaluation import ExpressionError
from tstat_log.expression import condition

_NUMBER = re.compile(r"\s*(?:flow\s+)?(?:(tcp|udp)(?:\s+flow)?\s*[\s:#]\s*)?#?(\d+)\s*", re.IGNORECASE)
_WORD = re.compile(r"""
    (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<primitive>(?<![\w.$])(?:(?P<end>client|server|src|dst)\s+)?(?P<key>host|net|portrange|port)\s+(?!(?:and|or|not|in|is)\b)(?P<value>[^\s()=<>!~]+))
  | (?P<protocol>(?<![\w.$])(?:tcp|udp)(?![\w.(]))
""", re.VERBOSE | re.IGNORECASE)

_MOST_DIGITS = 18  # of a flow's number
_PRIMITIVE_FOLLOWS = re.compile(r"\s+(?:(?:client|server|src|dst)\s+)?(?:host|net|portrange|port)\s+\S", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """A flow by its number."""

    protocol: str
    number: int


def number_of(text: str) -> Optional[Number]:
    """The flow's number, if that is what the text is."""
    match = _NUMBER.fullmatch(text)
    if match is None or len(match[2]) > _MOST_DIGITS or int(match[2]) < 1:
        return None
    return Number((match[1] or "tcp").lower(), int(match[2]))


class _Pieces:
    """The condition, and where its parts stand in what was written."""

    def __init__(self) -> None:
        self.text = ""
        self._starts: list[tuple[int, int, int, bool]] = []  # in the condition; in the original from, to; changed

    def add(self, text: str, begin: int, end: int, is_changed: bool) -> None:
        self._starts.append((len(self.text), begin, end, is_changed))
        self.text += text

    def original(self, place: int) -> tuple[int, int]:
        """Of a place in the condition."""
        for start, begin, end, is_changed in reversed(self._starts):
            if place >= start:
                return (begin, end) if is_changed else (begin + place - start, begin + place - start + 1)
        return place, place + 1


_SIDES = {"client": ("c",), "src": ("c",), "server": ("s",), "dst": ("s",)}


def _either(sides: Sequence[str], column: str, sign: str, value: str) -> str:
    return "(" + " or ".join(f"{side}_{column} {sign} {value}" for side in sides) + ")"


def _host(sides: Sequence[str], value: str) -> str:
    try:
        return _either(sides, "ip", "==", str(ipaddress.ip_address(value)))
    except ValueError:
        if re.fullmatch(r"[\d./]+|[0-9A-Fa-f:./]*:[0-9A-Fa-f:./]*", value):
            raise
        return f'fqdn == "{value}"'  # what the client had resolved


def _net(sides: Sequence[str], value: str) -> str:
    return _either(sides, "ip", "in", str(ipaddress.ip_network(value, strict=False)))


def _port(sides: Sequence[str], value: str) -> str:
    if not is_number(value) or int(value) > 65535:
        raise ValueError(f"{value} is no port")
    return _either(sides, "port", "==", value)


def _ports(sides: Sequence[str], value: str) -> str:
    begin, _, end = value.partition("-")
    if not is_number(begin) or not is_number(end) or int(begin) > int(end):
        raise ValueError(f"{value} is no range of ports, as 8000-8080 is")
    return _either(sides, "port", "in", f"{begin}..{end}")


_PRIMITIVES: dict[str, Callable[[Sequence[str], str], str]] = {"host": _host, "net": _net, "port": _port, "portrange": _ports}


def _translated(text: str, protocol: str) -> _Pieces:
    pieces = _Pieces()
    place = 0
    for match in _WORD.finditer(text):
        if match["quoted"]:
            continue
        pieces.add(text[place:match.start()], place, match.start(), False)
        if match["protocol"]:
            made = "true" if match["protocol"].lower() == protocol else "false"
            if _PRIMITIVE_FOLLOWS.match(text, match.end()):
                made += " and"
        else:
            try:
                made = _PRIMITIVES[match["key"].lower()](_SIDES.get((match["end"] or "").lower(), ("c", "s")), match["value"])
            except ValueError as error:
                raise ExpressionError(str(error), text, match.start("value"), match.end("value")) from error
        pieces.add(made, match.start(), match.end(), True)
        place = match.end()
    pieces.add(text[place:], place, len(text), False)
    return pieces


def selected(text: str, table: tstat.Table, protocol: str) -> npt.NDArray[np.bool_]:
    """For each row of a table whether the filter matches it. Throws ExpressionError, which shows where it is wrong."""
    pieces = _translated(text, protocol)
    try:
        found = condition(pieces.text, table.schema, Columns(table.columns))
    except ExpressionError as error:
        begin, end = pieces.original(error.begin)
        if not pieces.original(error.begin)[0] < len(text):
            begin, end = len(text), len(text) + 1
        name = re.match(r"\w+", text[begin:])
        raise ExpressionError(error.reason, text, begin, max(end, begin + len(name[0]) if name else end)) from error
    chosen: Any = found.selects(table)
    return np.asarray(chosen, dtype=bool)
