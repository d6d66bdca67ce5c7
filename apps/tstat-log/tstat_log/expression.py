# SPDX-License-Identifier: BSD-3-Clause
"""Conditions and formulas over the columns of a table.

    c_rtt_avg > 100 and s_port in (80, 443, 8000..8100)
    fqdn ~ "(^|\\.)example\\.com$" and not s_ip in 10.0.0.0/8
    c_bytes_all * 8 / (durat / 1s) > 2M
    fqdn is absent or con_t has tls

Columns by name, or by number ($7) as the header line counts them. Times and spans are milliseconds unless a unit says
otherwise. Nothing of it is ever Python: tokens, a parser for this grammar, and nodes that compute with NumPy.

    or         and [or and]...
    and        not [and not]...
    not        [not] comparison
    comparison sum [== != < <= > >= sum | [not] in set | ~ text | !~ text | has code | is [not] absent | is [not] present]
    sum        product [+ - product]...
    product    sign [* / % sign]...
    sign       [-] (number [unit] | "text" | address[/length] | column | $number | function(sum, ...) | ( or ))
    set        item | (item, ...)       item: number[..number] | "text" | address[/length] | code
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Callable, Optional

import numpy as np
import numpy.typing as npt

from tstat import Column, Schema, Table

from . import evaluation as ev
from .columns import Columns, is_number, unknown
from .evaluation import ExpressionError, Kind, Node, Wrong
from .messages import Usage

_MOST_DEPTH = 40
_MOST_DIGITS = 400  # of a number, more than the largest one has
_MOST_LINKS = 200  # of a chain of sums or products
_KEYWORDS = ("and", "or", "not", "in", "is", "has", "absent", "present", "true", "false")
_SPANS_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "min": 6e4, "h": 3.6e6, "d": 8.64e7}
_FACTORS = {"B": 1.0} | {letter + end: 1e3 ** power for power, letters in enumerate(("kK", "M", "G", "T"), 1)
                         for letter in letters for end in ("", "B")}
_FACTORS |= {letter + "i" + end: 1024.0 ** power for power, letters in enumerate(("kK", "M", "G", "T"), 1)
             for letter in letters for end in ("", "B")}
_TOKEN = re.compile(r"""
    (?P<space>\s+)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<address>\d+\.\d+\.\d+\.\d+(?:/\d+)?|(?=[0-9A-Fa-f]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:]+(?:\d+(?:\.\d+){3})?(?:/\d+)?)
  | (?P<number>0[xX][0-9A-Fa-f]+|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<column>\$\w*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign>==|!=|<=|>=|=~|!~|&&|\|\||\.\.|[-+*/%<>=!~(),\[\]])
""", re.VERBOSE)
_UNIT = re.compile(r"[A-Za-zµμ]+")
_SYNONYMS = {"&&": "and", "||": "or", "!": "not", "=": "==", "=~": "~", "[": "(", "]": ")"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARED = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class _Token:
    what: str  # text, address, number, column, name, sign, keyword, end
    text: str
    begin: int
    end: int
    unit: str = ""


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            is_quote = text[place] in "\"'"
            reason = "the text has no end" if is_quote else f"{text[place]!r} has no meaning here"
            raise ExpressionError(reason, text, place, len(text) if is_quote else place + 1)
        what, begin, place = match.lastgroup or "", place, match.end()
        part = match[0]
        unit = ""
        if what == "number" and (behind := _UNIT.match(text, place)):
            unit, place = behind[0], behind.end()
            if unit not in _SPANS_MS and unit not in _FACTORS:
                known = ", ".join([*(u for u in _SPANS_MS if u.isascii()), "k", "M", "G", "T", "kB", "KiB ..."])
                raise ExpressionError(f"{unit}: no such unit; there are {known}", text, behind.start(), place)
        if what == "name" and part.lower() in _KEYWORDS:
            what, part = "keyword", part.lower()
        if what == "sign" and part in _SYNONYMS:
            part = _SYNONYMS[part]
            what = "keyword" if part.isalpha() else what
        if what != "space":
            found.append(_Token(what, part, begin, place, unit))
    found.append(_Token("end", "", len(text), len(text) + 1))
    return found


class _Name(Node):
    """A word that is no column; the name of a code, perhaps."""

    kind = Kind.TEXT

    def __init__(self, name: str, begin: int) -> None:
        self.name, self.begin = name, begin


class _Parser:
    def __init__(self, text: str, schema: Schema, columns: Columns) -> None:
        self.text, self.schema, self.columns = text, schema, columns
        self.tokens = _tokens(text)
        self.place = 0
        self.depth = 0

    # Tokens

    @property
    def token(self) -> _Token:
        return self.tokens[self.place]

    def taken(self, *texts: str) -> Optional[_Token]:
        token = self.token
        if token.what in ("sign", "keyword") and token.text in texts:
            self.place += 1
            return token
        return None

    def expect(self, text: str, why: str) -> None:
        if not self.taken(text):
            raise self.unexpected(why)

    def unexpected(self, wanted: str) -> ExpressionError:
        token = self.token
        if token.what == "end":
            return ExpressionError(f"the expression ends where {wanted} is expected", self.text, token.begin, token.end)
        reason = f"{self.text[token.begin:token.end]} stands where {wanted} is expected"
        return ExpressionError(reason, self.text, token.begin, token.end)

    def made(self, begin: int, call: Callable[[], Node]) -> Node:
        """The node, or where it is wrong: from begin to the last token that was taken."""
        try:
            return call()
        except Wrong as wrong:
            raise ExpressionError(str(wrong), self.text, begin, self.tokens[self.place - 1].end) from wrong

    # Grammar

    def whole(self) -> Node:
        if self.token.what == "end":
            raise ExpressionError("the expression is empty", self.text, 0, 1)
        node = self.either()
        if self.token.what != "end":
            hint = "and, or" if node.kind == Kind.FLAG else "an operator"
            raise self.unexpected(f"{hint} or the end")
        return self.known(node)

    def known(self, node: Node) -> Node:
        if isinstance(node, _Name):
            raise ExpressionError(self.columns.unknown(node.name), self.text, node.begin, node.begin + len(node.name))
        return node

    def condition(self, node: Node, begin: int) -> Node:
        self.known(node)
        if node.kind != Kind.FLAG:
            raise ExpressionError(f"this is {node.kind.value}, not a condition", self.text, begin, self.tokens[self.place - 1].end)
        return node

    def either(self) -> Node:
        return self.joined("or", self.all)

    def all(self) -> Node:
        return self.joined("and", self.negated)

    def joined(self, word: str, part: Callable[[], Node]) -> Node:
        begin = self.token.begin
        node = part()
        parts = [node]
        while self.taken(word):
            if len(parts) == 1:
                self.condition(node, begin)
            begin = self.token.begin
            parts.append(self.condition(part(), begin))
        return node if len(parts) == 1 else ev.Joined(word == "or", parts)

    def negated(self) -> Node:
        count = 0
        while self.taken("not"):
            count += 1
        begin = self.token.begin
        node = self.comparison()
        if count:
            node = self.condition(node, begin)
        return ev.Not(node) if count % 2 else node

    def comparison(self) -> Node:
        begin = self.token.begin
        left = self.sum()
        if sign := self.taken(*_COMPARED):
            right_begin = self.token.begin
            right = self.sum()
            left, right = self.agreed(left, begin, right, right_begin)
            text = sign.text
            node = self.made(begin, lambda: self.compared(text, left, right))
            if self.token.text in _COMPARED and self.token.what == "sign":
                reason = "comparisons do not follow each other: say a < b and b < c"
                raise ExpressionError(reason, self.text, self.token.begin, self.token.end)
            return node
        if sign := self.taken("~", "!~"):
            node = self.matched(self.known(left), begin)
            return ev.Not(node) if sign.text == "!~" else node
        negated = False
        if self.token.text == "not" and self.tokens[self.place + 1].text == "in":
            negated = self.taken("not") is not None
        if self.taken("in"):
            node = self.member(self.known(left), begin)
            return ev.Not(node) if negated else node
        if self.taken("has"):
            return self.with_code(self.known(left), begin)
        if self.taken("is"):
            negated = self.taken("not") is not None
            if token := self.taken("absent", "present"):
                return ev.IsPresent(self.known(left), (token.text == "present") != negated)
            raise self.unexpected("absent or present")
        return left

    def agreed(self, left: Node, left_begin: int, right: Node, right_begin: int) -> tuple[Node, Node]:
        """Texts beside times and codes become these."""
        if isinstance(left, _Name) or (isinstance(left, ev.Constant) and left.kind == Kind.TEXT):
            left = self.as_kind_of(right, left, left_begin)
        elif isinstance(right, _Name) or (isinstance(right, ev.Constant) and right.kind == Kind.TEXT):
            right = self.as_kind_of(left, right, right_begin)
        return self.known(left), self.known(right)

    def as_kind_of(self, other: Node, node: Node, begin: int) -> Node:
        if isinstance(node, ev.Constant) and other.kind == Kind.TIME:
            ms = ev.milliseconds(node.value)
            if ms is None:
                end = self.tokens[self.place - 1].end
                raise ExpressionError('a time is "YYYY-MM-DD hh:mm:ss", UTC', self.text, begin, end)
            return ev.Constant(ms, Kind.TIME)
        if other.kind == Kind.CODE and isinstance(other, ev.Reference):
            column = other.column
            name: str = node.name if isinstance(node, _Name) else getattr(node, "value")
            return self.made(begin, lambda: ev.Constant(float(ev.code_value(column, name)), Kind.CODE))
        if isinstance(node, ev.Constant) and other.kind == Kind.ADDRESS:
            text: str = node.value
            return self.made(begin, lambda: _address(text))
        return node

    @staticmethod
    def compared(sign: str, left: Node, right: Node) -> Node:
        """Texts and addresses are compared once for each different one, where one side is a constant."""
        for one, other in ((left, right), (right, left)):
            if one.kind == Kind.ADDRESS and isinstance(one, ev.Reference) and isinstance(other, _Address) and sign in ("==", "!="):
                made = ev.InNetworks(one, [other.value])
                return ev.Not(made) if sign == "!=" else made
            if one.kind == other.kind == Kind.TEXT and isinstance(one, ev.Reference) and isinstance(other, ev.Constant):
                turned = sign if one is left else _TURNED.get(sign, sign)
                return ev.OfTexts(one.column, ev.text_order(turned, other.value))
        return ev.Comparison(sign, left, right)

    def column_of(self, node: Node, begin: int, what: str, *kinds: Kind) -> Column:
        if not isinstance(node, ev.Reference) or node.kind not in kinds:
            raise ExpressionError(f"{what} asks a column of {' or '.join(k.value.split()[1] + 's' for k in kinds)}",
                                  self.text, begin, self.tokens[self.place - 1].end)
        return node.column

    def matched(self, node: Node, begin: int) -> Node:
        column = self.column_of(node, begin, "~", Kind.TEXT, Kind.ADDRESS)
        if self.token.what != "text":
            raise self.unexpected("a regular expression in quotes")
        place = self.token.begin
        text = _unquoted(self.token.text)
        self.place += 1
        return self.made(place, lambda: ev.OfTexts(column, ev.pattern(text)))

    def with_code(self, node: Node, begin: int) -> Node:
        column = self.column_of(node, begin, "has", Kind.CODE)
        token = self.token
        if token.what not in ("name", "text"):
            raise self.unexpected("the name of a code")
        name = _unquoted(token.text) if token.what == "text" else token.text
        self.place += 1
        if column.kind == "enum":
            return self.made(token.begin, lambda: ev.InNumbers(node, [(ev.code_value(column, name),) * 2]))
        return self.made(token.begin, lambda: ev.HasBit(column, ev.code_value(column, name)))

    def member(self, node: Node, begin: int) -> Node:
        items: list[tuple[Any, Any]] = []
        if self.taken("("):
            while True:
                items.append(self.item(node))
                if not self.taken(","):
                    break
            self.expect(")", ", or )")
        else:
            items.append(self.item(node))
        if node.kind == Kind.ADDRESS:
            return ev.InNetworks(node, items)
        if node.kind == Kind.TEXT:
            texts = {low for low, _ in items}
            return ev.OfTexts(self.column_of(node, begin, "in", Kind.TEXT), lambda cell: cell in texts)
        return ev.InNumbers(node, items)

    def item(self, node: Node) -> tuple[Any, Any]:
        begin = self.token.begin
        if node.kind == Kind.ADDRESS:
            if self.token.what not in ("address", "text"):
                raise self.unexpected("an address or a network")
            self.place += 1
            text = self.tokens[self.place - 1].text
            try:
                return ev.network(_unquoted(text) if text[0] in "\"'" else text)
            except Wrong as wrong:
                raise ExpressionError(str(wrong), self.text, begin, self.tokens[self.place - 1].end) from wrong
        if node.kind == Kind.TEXT:
            if self.token.what != "text":
                raise self.unexpected("a text in quotes")
            self.place += 1
            return _unquoted(self.tokens[self.place - 1].text), None
        low = self.constant(node)
        high = self.constant(node) if self.taken("..") else low
        if high < low:
            raise ExpressionError("the range ends before it begins", self.text, begin, self.tokens[self.place - 1].end)
        return low, high

    def constant(self, other: Node) -> float:
        begin = self.token.begin
        node = self.sum()
        _, node = self.agreed(other, begin, node, begin)
        if node.columns or node.kind == Kind.TEXT:
            raise ExpressionError("what is in a set is a constant", self.text, begin, self.tokens[self.place - 1].end)
        self.made(begin, lambda: ev.Comparison("==", other, node))
        return float(node.evaluate(None)[0])  # type: ignore[arg-type]

    def sum(self) -> Node:
        return self.chain(self.product, "+", "-")

    def product(self) -> Node:
        return self.chain(self.signed, "*", "/", "%")

    def chain(self, part: Callable[[], Node], *signs: str) -> Node:
        begin, links = self.token.begin, 0
        node = part()
        while sign := self.taken(*signs):
            text, left, right = sign.text, self.known(node), self.known(part())
            node = self.made(begin, lambda: ev.Arithmetic(text, left, right))  # pylint: disable=cell-var-from-loop
            links += 1
            if links > _MOST_LINKS:
                raise ExpressionError("the expression is too deep", self.text, sign.begin, sign.end)
        return node

    def signed(self) -> Node:
        begin = self.token.begin
        if self.taken("-"):
            self.deeper()
            node = self.known(self.signed())
            self.depth -= 1
            return self.made(begin, lambda: ev.Arithmetic("*", ev.Constant(-1.0, Kind.NUMBER, is_bare=True), node))
        return self.primary()

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise ExpressionError("the expression is too deep", self.text, self.token.begin, self.token.end)

    def primary(self) -> Node:
        token = self.token
        if self.taken("("):
            self.deeper()
            node = self.known(self.either())
            self.depth -= 1
            self.expect(")", ")")
            return node
        if flag := self.taken("true", "false"):
            return ev.Constant(flag.text == "true", Kind.FLAG)
        if token.what in ("sign", "keyword", "end"):
            raise self.unexpected("a column, a number or a text")
        self.place += 1
        if token.what == "number":
            return self.made(token.begin, lambda: _number(token))
        if token.what == "text":
            return ev.Constant(_unquoted(token.text), Kind.TEXT)
        if token.what == "address":
            return self.made(token.begin, lambda: _address(token.text))
        if token.what == "name" and self.token.text == "(" and self.token.what == "sign":
            return self.call(token)
        return self.column(token)

    def call(self, name: _Token) -> Node:
        self.expect("(", "(")
        self.deeper()
        arguments: list[Node] = []
        while not self.taken(")"):
            if arguments:
                self.expect(",", ", or )")
            arguments.append(self.known(self.sum()))
        self.depth -= 1
        return self.made(name.begin, lambda: ev.function(name.text, arguments))

    def column(self, token: _Token) -> Node:
        name = token.text
        if token.what == "column":
            try:
                if not is_number(name[1:]):
                    raise Usage(f"{name}: a column is $1, $2, ..., or a name without $")
                name = self.columns.find(name[1:])
            except Usage as usage:
                raise ExpressionError(str(usage), self.text, token.begin, token.end) from usage
        elif name not in self.columns.names:
            return _Name(name, token.begin)
        return ev.Reference(self.schema[name])


class _Address(Node):
    """An address that stands in the expression."""

    kind = Kind.ADDRESS

    def __init__(self, value: tuple[int, int]) -> None:
        self.value = value

    def evaluate(self, table: Table) -> tuple[Any, Any]:
        return np.array([self.value[0].to_bytes(16, "big")], dtype="V16")[0], True


def _address(text: str) -> Node:
    return _Address(ev.network(text))


def _number(token: _Token) -> Node:
    if len(token.text) > _MOST_DIGITS:
        raise Wrong("the number is too long")
    try:
        value = float(int(token.text, 16)) if token.text[:2] in ("0x", "0X") else float(token.text)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise Wrong(f"{token.text}: is too large")
    if token.unit in _SPANS_MS:
        return ev.Constant(value * _SPANS_MS[token.unit], Kind.DURATION)
    return ev.Constant(value * _FACTORS.get(token.unit, 1.0), Kind.NUMBER, is_bare=not token.unit)


def _unquoted(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace("\\" + quote, quote)


class Expression:
    """A parsed expression: which columns it needs, and its values."""

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self._node = node

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return self._node.kind

    @property
    def columns(self) -> list[str]:
        """The columns that it looks at."""
        return sorted(self._node.columns)

    def values(self, table: Table) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """For each row its number (times and spans: ms), and whether there is one."""
        values, valid = self._node.evaluate(table)
        return (np.broadcast_to(np.asarray(values, dtype=np.float64), (len(table),)),
                np.broadcast_to(np.asarray(valid, dtype=bool), (len(table),)))

    def selects(self, table: Table) -> npt.NDArray[np.bool_]:
        """For each row whether the condition is known to be true."""
        values, valid = self._node.evaluate(table)
        return np.broadcast_to(np.asarray(values, dtype=bool) & np.asarray(valid, dtype=bool), (len(table),))


def _parsed(text: str, schema: Schema, columns: Columns) -> tuple[_Parser, Node]:
    parser = _Parser(text, schema, columns)
    return parser, parser.whole()


def condition(text: str, schema: Schema, columns: Columns) -> Expression:
    """A condition on rows. Throws ExpressionError."""
    parser, node = _parsed(text, schema, columns)
    return Expression(text, parser.condition(node, parser.tokens[0].begin))


def formula(text: str, schema: Schema, columns: Columns) -> Expression:
    """A number, a time or a span. Throws ExpressionError."""
    _, node = _parsed(text, schema, columns)
    if node.kind in (Kind.TEXT, Kind.ADDRESS):
        raise ExpressionError(f"this is {node.kind.value}, not a number", text, 0, len(text))
    return Expression(text, node)
