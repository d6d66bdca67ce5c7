# SPDX-License-Identifier: BSD-3-Clause
"""What the parts of an expression are, and their values for all rows of a table at once.

Every node has a kind and gives an array (or one value) and where it is present. What follows from something absent is
absent: a comparison with it is neither true nor false, and such a row is not selected, by ``not`` neither.
"""

from __future__ import annotations

import enum
import ipaddress
import operator
import re
from typing import Any, Callable, Optional, Sequence

import numpy as np
import numpy.typing as npt

from tstat import Column, Table

from .columns import nearest
from .messages import Usage

Array = npt.NDArray[Any]
NS_PER_MS = 1e6


class Kind(enum.Enum):
    """What a value is; the texts stand in messages."""

    NUMBER = "a number"
    DURATION = "a time span"
    TIME = "a time"
    FLAG = "a condition"
    CODE = "a code"
    TEXT = "a text"
    ADDRESS = "an address"


NUMBERS = (Kind.NUMBER, Kind.FLAG, Kind.CODE)
_KINDS = {"unsigned": Kind.NUMBER, "signed": Kind.NUMBER, "real": Kind.NUMBER, "bool": Kind.FLAG, "enum": Kind.CODE,
          "bits": Kind.CODE, "text": Kind.TEXT, "address": Kind.ADDRESS, "time": Kind.TIME, "duration": Kind.DURATION}


class ExpressionError(Usage):
    """An expression is wrong; the message shows where."""

    def __init__(self, reason: str, text: str, begin: int, end: int) -> None:
        marks = " " * begin + "^" + "~" * max(0, min(end, len(text)) - begin - 1)
        super().__init__(f"{reason}\n  {text}\n  {marks}")
        self.reason = reason
        self.begin = begin


class Wrong(Exception):
    """A node does not fit; the parser says where."""


def kind_of(column: Column) -> Kind:
    """What the values of a column are."""
    return _KINDS[column.kind]


def numbers(table: Table, name: str) -> tuple[Array, Array]:
    """A column of numbers, flags, codes or times as doubles (times in ms), and where it has values."""
    data, valid = table.values(name), table.valid(name)
    if data.dtype.kind in "mM":
        data = data.view("i8") / NS_PER_MS
    if data.dtype.kind == "f":
        valid = valid & np.isfinite(data)
    return data.astype(np.float64, copy=False), valid


class Node:
    """A part of an expression. ``is_bare``: a number without a unit, which takes that of what it is compared with."""

    kind = Kind.NUMBER
    is_bare = False
    columns: frozenset[str] = frozenset()

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        """The values and where they are present."""
        raise NotImplementedError


class Constant(Node):
    """A number, a span, a flag or a text."""

    def __init__(self, value: Any, kind: Kind, is_bare: bool = False) -> None:
        self.value, self.kind, self.is_bare = value, kind, is_bare

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        return self.value, True


class Reference(Node):
    """A column."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.kind = kind_of(column)
        self.columns = frozenset([column.name])

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        name = self.column.name
        if self.kind == Kind.TEXT:
            codes, texts = table.categories(name)
            known = np.empty(len(texts) + 1, dtype=object)
            known[:-1], known[-1] = texts, ""
            return known[codes], codes >= 0
        if self.kind == Kind.ADDRESS:
            return table.values(name), table.valid(name)
        values, valid = numbers(table, name)
        return (values != 0 if self.kind == Kind.FLAG else values), valid


class Arithmetic(Node):
    """+ - * / %; a result that is no number is absent."""

    _FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
        "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.mod}

    def __init__(self, sign: str, left: Node, right: Node) -> None:
        self.function = self._FUNCTIONS[sign]
        self.left, self.right = left, right
        self.kind = _kind_of_result(sign, left, right)
        self.is_bare = left.is_bare and right.is_bare
        self.columns = left.columns | right.columns

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        left, has_left = self.left.evaluate(table)
        right, has_right = self.right.evaluate(table)
        with np.errstate(all="ignore"):
            made = self.function(np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64))
        return made, has_left & has_right & np.isfinite(made)


def _kind_of_result(sign: str, left: Node, right: Node) -> Kind:
    kinds = []
    for node in (left, right):
        if node.kind in (Kind.TEXT, Kind.ADDRESS):
            raise Wrong(f"{sign} of {node.kind.value}")
        kinds.append(Kind.NUMBER if node.kind in NUMBERS else node.kind)
    first, second = kinds
    known = {("+", Kind.TIME, Kind.DURATION): Kind.TIME, ("+", Kind.DURATION, Kind.TIME): Kind.TIME,
             ("-", Kind.TIME, Kind.DURATION): Kind.TIME, ("-", Kind.TIME, Kind.TIME): Kind.DURATION,
             ("*", Kind.DURATION, Kind.NUMBER): Kind.DURATION, ("*", Kind.NUMBER, Kind.DURATION): Kind.DURATION,
             ("/", Kind.DURATION, Kind.NUMBER): Kind.DURATION, ("/", Kind.DURATION, Kind.DURATION): Kind.NUMBER,
             ("/", Kind.NUMBER, Kind.DURATION): Kind.NUMBER, ("%", Kind.TIME, Kind.DURATION): Kind.DURATION}
    if (sign, first, second) in known:
        return known[sign, first, second]
    if first == second and first != Kind.TIME and (sign in "+-%" or first == Kind.NUMBER):
        return first
    if sign in "+-%" and right.is_bare and first != Kind.NUMBER:
        return first if sign != "%" else Kind.DURATION
    if sign in "+-" and left.is_bare and second == Kind.DURATION:
        return second
    raise Wrong(f"{first.value} {sign} {second.value}")


class Function(Node):
    """A function of numbers, or of a text."""

    def __init__(self, kind: Kind, arguments: Sequence[Node], function: Callable[..., Any]) -> None:
        self.kind, self.arguments, self.function = kind, arguments, function
        self.is_bare = all(argument.is_bare for argument in arguments)
        self.columns = frozenset().union(*(argument.columns for argument in arguments))

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        valid: Any = True
        values = []
        for argument in self.arguments:
            value, has_value = argument.evaluate(table)
            values.append(value)
            valid = valid & has_value
        with np.errstate(all="ignore"):
            made = self.function(*values)
        return made, valid & np.isfinite(made)


def _lengths(texts: Any) -> Any:
    return np.array([len(text) for text in texts], dtype=np.float64) if isinstance(texts, np.ndarray) else float(len(texts))


def function(name: str, arguments: Sequence[Node]) -> Node:
    """The node of a call. Throws Wrong."""
    if name not in FUNCTIONS:
        near = nearest(name, FUNCTIONS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(FUNCTIONS)}"
        raise Wrong(f"{name}: no such function; {hint}")
    least, most, made, needed = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise Wrong(f"{name} takes {least if least == most else f'{least} or more'} argument{'s' if most > 1 else ''}")
    for argument in arguments:
        kind = Kind.NUMBER if argument.kind in NUMBERS else argument.kind
        if kind not in needed:
            raise Wrong(f"{name} of {argument.kind.value}")
    if len({Kind.NUMBER if a.kind in NUMBERS else a.kind for a in arguments if not a.is_bare}) > 1:
        raise Wrong(f"{name} of values of different kinds")
    strict = next((argument for argument in arguments if not argument.is_bare), arguments[0])
    kind = strict.kind if name in ("abs", "min", "max") and strict.kind not in NUMBERS else Kind.NUMBER
    return Function(kind, arguments, made)


def _clock(unit_ms: float, count: int, first: int = 0) -> Callable[[Any], Any]:
    """The hour or minute of a time; with ``first``, the first day's number from 0, the day of a week from 1."""
    if first == 0:
        return lambda ms: np.floor_divide(ms, unit_ms) % count
    return lambda ms: (np.floor_divide(ms, unit_ms) + first) % count + 1


_NUMBER = (Kind.NUMBER,)
_SPANS = (Kind.NUMBER, Kind.DURATION)
_MANY = 20
# Least and most arguments, how, and of which kinds.
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any], tuple[Kind, ...]]] = {
    "abs": (1, 1, np.abs, _SPANS), "floor": (1, 1, np.floor, _NUMBER), "round": (1, 1, np.round, _NUMBER),
    "sqrt": (1, 1, np.sqrt, _NUMBER), "log": (1, 1, np.log, _NUMBER), "log10": (1, 1, np.log10, _NUMBER),
    "min": (2, _MANY, lambda *values: _fold(np.minimum, values), (*_SPANS, Kind.TIME)),
    "max": (2, _MANY, lambda *values: _fold(np.maximum, values), (*_SPANS, Kind.TIME)),
    "length": (1, 1, _lengths, (Kind.TEXT,)),
    "hour": (1, 1, _clock(3.6e6, 24), (Kind.TIME,)), "minute": (1, 1, _clock(6e4, 60), (Kind.TIME,)),
    "weekday": (1, 1, _clock(8.64e7, 7, first=3), (Kind.TIME,)),  # 1: Monday; the epoch began on a Thursday
}


def _fold(two: Callable[[Any, Any], Any], values: Sequence[Any]) -> Any:
    made = values[0]
    for value in values[1:]:
        made = two(made, value)
    return np.asarray(made, dtype=np.float64)


class Comparison(Node):
    """== != < <= > >= of two values of one kind."""

    kind = Kind.FLAG
    _FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
        "==": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}

    def __init__(self, sign: str, left: Node, right: Node) -> None:
        self.sign, self.left, self.right = sign, left, right
        self.columns = left.columns | right.columns
        first, second = (Kind.NUMBER if node.kind in NUMBERS else node.kind for node in (left, right))
        fits = first == second or (left.is_bare and second in (Kind.DURATION, Kind.TIME)) or (
            right.is_bare and first in (Kind.DURATION, Kind.TIME))
        if not fits:
            raise Wrong(f"{left.kind.value} and {right.kind.value} cannot be compared")
        if first == Kind.ADDRESS and sign not in ("==", "!="):
            raise Wrong("addresses are compared by == and != alone; ranges by: in 10.0.0.0/8")

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        left, has_left = self.left.evaluate(table)
        right, has_right = self.right.evaluate(table)
        if self.left.kind == Kind.ADDRESS:
            same = (_halves(left) == _halves(right)).all(axis=1)
            return same if self.sign == "==" else ~same, has_left & has_right
        made = self._FUNCTIONS[self.sign](left, right)
        return np.asarray(made, dtype=bool), has_left & has_right


def _halves(addresses: Any) -> Array:
    return np.ascontiguousarray(addresses).view(">u8").reshape(-1, 2)


class OfTexts(Node):
    """A condition on a text (or the text of an address or a code), asked once for each different one."""

    kind = Kind.FLAG

    def __init__(self, column: Column, condition: Callable[[str], bool]) -> None:
        self.column, self.condition = column, condition
        self.columns = frozenset([column.name])

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        codes, texts = table.categories(self.column.name)
        known = np.zeros(len(texts) + 1, dtype=bool)
        known[:-1] = [self.condition(text) for text in texts]
        return known[codes], codes >= 0


class InNetworks(Node):
    """Whether an address is in one of some networks."""

    kind = Kind.FLAG

    def __init__(self, node: Node, networks: Sequence[tuple[int, int]]) -> None:
        self.node, self.networks = node, networks
        self.columns = node.columns

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        values, valid = self.node.evaluate(table)
        halves = _halves(values)
        found = np.zeros(len(halves), dtype=bool)
        for address, length in self.networks:
            mask = ((1 << 128) - 1) ^ ((1 << (128 - length)) - 1)
            is_in = np.ones(len(halves), dtype=bool)
            for half, shift in ((0, 64), (1, 0)):
                part = np.uint64((mask >> shift) & 0xFFFFFFFFFFFFFFFF)
                is_in &= (halves[:, half] & part) == np.uint64(((address & mask) >> shift) & 0xFFFFFFFFFFFFFFFF)
            found |= is_in
        return found, valid


class InNumbers(Node):
    """Whether a number or a time is one of some, or in one of some ranges (with both ends)."""

    kind = Kind.FLAG

    def __init__(self, node: Node, ranges: Sequence[tuple[float, float]]) -> None:
        self.node, self.columns = node, node.columns
        self.ranges = ranges

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        values, valid = self.node.evaluate(table)
        values = np.asarray(values, dtype=np.float64)
        found = np.zeros(values.shape, dtype=bool)
        for low, high in self.ranges:
            found |= (values >= low) & (values <= high)
        return found, valid


class HasBit(Node):
    """Whether a sum of codes has one of them."""

    kind = Kind.FLAG

    def __init__(self, column: Column, value: int) -> None:
        self.column, self.value = column, value
        self.columns = frozenset([column.name])

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        data = table.values(self.column.name).astype(np.uint64)
        return (data & np.uint64(self.value)) != 0, table.valid(self.column.name)


class IsPresent(Node):
    """Whether there is a value; the one question that absence answers."""

    kind = Kind.FLAG

    def __init__(self, node: Node, wanted: bool) -> None:
        self.node, self.wanted, self.columns = node, wanted, node.columns

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        _, valid = self.node.evaluate(table)
        return np.asarray(valid) == self.wanted, True


class Not(Node):
    """not."""

    kind = Kind.FLAG

    def __init__(self, node: Node) -> None:
        self.node, self.columns = node, node.columns

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        value, valid = self.node.evaluate(table)
        return np.logical_not(value), valid


class Joined(Node):
    """and, or: known as soon as one part tells it."""

    kind = Kind.FLAG

    def __init__(self, deciding: bool, parts: Sequence[Node]) -> None:
        self.deciding, self.parts = deciding, parts  # False decides `and`, True decides `or`
        self.columns = frozenset().union(*(part.columns for part in parts))

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        decides: Any = False
        has_all: Any = True
        for part in self.parts:
            value, valid = part.evaluate(table)
            decides = decides | (valid & np.equal(value, self.deciding))
            has_all = has_all & valid
        return np.where(decides, self.deciding, not self.deciding), decides | has_all


def packed(address: "ipaddress.IPv4Address | ipaddress.IPv6Address") -> int:
    """An address as columns have it: IPv4 within ::ffff:0:0/96."""
    return int(address) | (0xFFFF << 32) if address.version == 4 else int(address)


def network(text: str) -> tuple[int, int]:
    """An address or a network as a number and a length of 128. Throws Wrong."""
    try:
        made = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Wrong(f"{text}: is no address and no network") from error
    return packed(made.network_address), made.prefixlen + (96 if made.version == 4 else 0)


def pattern(text: str) -> Callable[[str], bool]:
    """Whether a regular expression is found somewhere in a text. Throws Wrong."""
    try:
        compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise Wrong(f"the regular expression is wrong: {error}") from error
    return lambda cell: compiled.search(cell) is not None


def text_order(sign: str, text: str) -> Callable[[str], bool]:
    """The condition "cell SIGN text" of cells."""
    two: Callable[[Any, Any], bool] = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
                                       ">": operator.gt, ">=": operator.ge}[sign]
    return lambda cell: two(cell, text)


def code_value(column: Column, name: str) -> int:
    """The number of a code's name. Throws Wrong."""
    known = {code.name: code.value for code in column.codes if code.name}
    for one in (name, name.lower()):
        if one in known:
            return known[one]
    near = nearest(name, known)
    hint = f"; did you mean {near}?" if near else f"; there are {', '.join(known)}" if known else ""
    raise Wrong(f"{name}: no such code of {column.name}{hint}")


def milliseconds(text: str) -> Optional[float]:
    """A time in a text, UTC, in ms since the epoch; None: it is none."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?(Z|\+00:00)?", text.strip())
    if not match:
        return None
    try:
        return int(np.datetime64(match[1] + ("T" + match[2] if match[2] else ""), "ns").view("i8")) / NS_PER_MS
    except ValueError:
        return None
