# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log top."""

from __future__ import annotations

import argparse
from typing import Any, Iterable, Optional, Sequence

import numpy as np
import numpy.typing as npt
from tstat import Table

from .. import expression, inputs, results, samples, terminal
from ..columns import Columns, unknown
from ..expression import Expression
from ..inputs import Logs
from ..messages import Usage

NAME = "top"
HELP = "who or what has most: talkers, names, ports, or by any columns"
EPILOG = """WHAT is talkers (addresses of both sides together, so that shares add up to twice the whole), clients, servers, pairs,
ports, columns, or names (of servers: in TLS, QUIC or HTTP, else fqdn, what the client had looked up):

  tstat-log top talkers out/
  tstat-log top names -n 20 --by s_bytes_all --where 's_port == 443' out/
  tstat-log top s_ip,s_port --by c_pkts_retx out/

without --by the bytes of both directions count where the log has them, else rows. Equals stand in the order of
their texts."""
_WHAT: dict[str, tuple[tuple[str, ...], ...]] = {  # of each the first whose columns there are
    "talkers": (("c_ip", "s_ip"),), "clients": (("c_ip",),), "servers": (("s_ip",),), "pairs": (("c_ip", "s_ip"),),
    "ports": (("s_port",),)}
# The name of a server: the first of these that a row has. What a client asks for goes before what it resolved.
_SERVER_NAMES = ("c_tls_SNI", "tls_SNI", "quic_SNI", "hostname", "http_hostname", "fqdn", "query")
_BYTES = ("c_bytes_all", "s_bytes_all")
ABSENT = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("what", metavar="WHAT", help="talkers, clients, servers, pairs, names, ports, or columns")
    inputs.add_arguments(parser)
    parser.add_argument("-b", "--by", metavar="FORMULA", help="what is summed and sorted by: rows, a column or a formula")
    parser.add_argument("-n", "--number", metavar="N", type=int, default=10, help="so many (10); 0: all")
    samples.add_where(parser)
    results.add_arguments(parser)


def _keys(what: str, columns: Columns) -> list[str]:
    for names in _WHAT.get(what, ()):
        if all(name in columns.names for name in names):
            return list(names)
    if what == "names":
        found = [name for name in _SERVER_NAMES if name in columns.names]
        if not found:
            raise Usage("names: the log has no column of names")
        return found
    if what in _WHAT:
        raise Usage(f"{what}: the log has none of the columns {', '.join(name for names in _WHAT[what] for name in names)}")
    if what.isidentifier() and what not in [*columns.by_number, *columns.names]:
        raise Usage(unknown(what, [*_WHAT, "names", *columns.names]))
    return columns.find_all([what])


def texts_of(table: Table, name: str) -> tuple[npt.NDArray[Any], list[str]]:
    """A column by number, and what the numbers stand for; -1: absent."""
    column = table.schema[name]
    code_names = {code.name for code in column.codes} - {""}
    has_names = column.kind == "enum" and column.codes and len(code_names) == len(column.codes)
    if column.kind in ("text", "address") or has_names:
        return table.categories(name)
    data = table.values(name)
    different, codes = np.unique(data, return_inverse=True)
    if column.kind == "time":
        texts = [results.time_text(value) for value in different]
    elif column.kind == "duration":
        texts = [results.number_text(value / 1e6) for value in different.view("i8").tolist()]
    elif column.kind == "bits" and column.codes:
        texts = [_bits(value, column.codes) for value in different.tolist()]
    else:
        texts = [results.number_text(value) if isinstance(value, float) else str(int(value)) for value in different.tolist()]
    return np.where(table.valid(name), codes, -1), texts


def _bits(value: int, codes: Iterable[Any]) -> str:
    names = [code.name for code in codes if code.name and (code.value & value if value else code.value == 0)]
    return "+".join(names) or str(value)


def _first_of(parts: Sequence[tuple[npt.NDArray[Any], list[str]]]) -> tuple[npt.NDArray[Any], list[str]]:
    """For each row the first text that is there."""
    codes = np.full(len(parts[0][0]), -1, dtype=np.int64)
    texts: list[str] = []
    for numbers, own in parts:
        codes = np.where((codes < 0) & (numbers >= 0), numbers + len(texts), codes)
        texts += own
    return codes, texts


class Counts:
    """Rows and sums for each key."""

    def __init__(self, sums: int) -> None:
        self._sums = sums
        self.found: dict[tuple[str, ...], list[float]] = {}

    def add(self, keys: Sequence[tuple[npt.NDArray[Any], list[str]]], weights: Sequence[npt.NDArray[np.float64]]) -> None:
        """Rows by the numbers of their keys."""
        codes = np.zeros(len(keys[0][0]), dtype=np.int64)
        for numbers, texts in keys:
            codes = codes * (len(texts) + 1) + np.where(numbers < 0, len(texts), numbers)
        different, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
        sums = [np.bincount(places, weights=one, minlength=len(different)) for one in weights]
        for i, code in enumerate(different.tolist()):
            key = []
            for _, texts in reversed(keys):
                code, number = divmod(code, len(texts) + 1)
                key.append(texts[number] if number < len(texts) else ABSENT)
            entry = self.found.setdefault(tuple(reversed(key)), [0.0] * (1 + self._sums))
            entry[0] += int(counts[i])
            for number, one in enumerate(sums, 1):
                entry[number] += float(one[i])


def _weights(table: Table, formulas: Sequence[Expression], chosen: npt.NDArray[np.intp]) -> list[npt.NDArray[np.float64]]:
    found = []
    for formula in formulas:
        values, valid = formula.values(table)
        found.append(np.where(valid, values, 0.0)[chosen])
    return found


def _count(logs: Logs, keys: list[str], what: str, formulas: list[Expression], where: Optional[Expression]) -> Counts:
    needed = {*keys, *(name for one in [*formulas, *([where] if where else [])] for name in one.columns)}
    counts = Counts(len(formulas))
    for table in logs.tables(sorted(needed)):
        chosen = np.flatnonzero(where.selects(table)) if where else np.arange(len(table))
        weights = _weights(table, formulas, chosen)
        found = [texts_of(table, name) for name in keys]
        parts = [(numbers[chosen], texts) for numbers, texts in found]
        if what == "names":
            counts.add([_first_of(parts)], weights)
        elif what == "talkers":
            same = np.array([a == b for a, b in _pairs(parts)], dtype=bool)
            counts.add(parts[:1], weights)
            other = ~same  # who talks to himself does it once
            counts.add([(parts[1][0][other], parts[1][1])], [one[other] for one in weights])
        else:
            counts.add(parts, weights)
    return counts


def _pairs(parts: Sequence[tuple[npt.NDArray[Any], list[str]]]) -> Iterable[tuple[str, str]]:
    (left, left_texts), (right, right_texts) = parts
    for a, b in zip(left.tolist(), right.tolist()):
        yield left_texts[a] if a >= 0 else "", right_texts[b] if b >= 0 else " "


def run(arguments: argparse.Namespace) -> int:
    """A row for each key, the largest first."""
    results.check(arguments)
    if arguments.number < 0:
        raise Usage(f"--number {arguments.number}: is less than 0")
    with inputs.opened(arguments) as logs:
        columns = logs.columns()
        keys = _keys(arguments.what, columns)
        pooled = arguments.what == "talkers"
        where = expression.condition(arguments.where, logs.schema, columns) if arguments.where else None
        by = arguments.by
        if by is None:
            by = " + ".join(_BYTES) if all(name in columns.names for name in _BYTES) else "rows"
        formulas = [] if by == "rows" else [expression.formula(by, logs.schema, columns)]
        counts = _count(logs, keys, arguments.what, formulas, where)
    place = len(formulas)
    ranked = sorted(counts.found.items(), key=lambda item: (-item[1][place], item[0]))
    total = sum(entry[place] for entry in counts.found.values()) / (2 if pooled else 1)
    kept = ranked[:arguments.number] if arguments.number else ranked
    label = "bytes" if arguments.by is None and formulas else by
    rows = []
    for key, entry in kept:
        share = 100 * entry[place] / total if total else None
        rows.append([*key, int(entry[0]), *entry[1:], share])
    key_names = {"talkers": ["address"], "names": ["name"]}.get(arguments.what, keys)
    names = [*key_names, "rows", *([label] if formulas else []), "percent"]
    notes = [f"{len(kept)} of {len(ranked)}, by {label}"]
    bars = [(" ".join(key), entry[place]) for key, entry in kept]
    return results.emit(arguments, results.Result(names, rows, notes, shares=["percent"]), _drawing(bars, arguments.what, label))


def _drawing(bars: list[tuple[str, float]], what: str, label: str) -> results.Drawing:
    def text() -> str:
        return f"{what} by {label}\n" + terminal.bars([name for name, _ in bars], [value for _, value in bars])

    def figure() -> Any:
        from .. import plots
        made, axes = plots.figure(height=max(2.0, 0.8 + 0.25 * len(bars)))
        plots.named_bars(axes, [name for name, _ in bars], [value for _, value in bars])
        plots.large_numbers(axes.xaxis)
        plots.title(axes, f"{what} by {label}", label)
        return made

    return results.Drawing(text, figure)
