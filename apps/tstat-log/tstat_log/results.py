# SPDX-License-Identifier: BSD-3-Clause
"""Tables of results: as text to read, CSV or JSON, and drawn.

    results.add_arguments(parser)
    ...
    result = Result(["time", "count"], [[...], ...], notes=["59 values"])
    return results.emit(arguments, result, draw)        # draw(where): where None: the terminal's text is returned
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import sys
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Sequence

import numpy as np

from . import output, raw_rows, terminal
from .messages import Failure, Usage

FORMATS = ("text", "csv", "json")
TERMINAL = "terminal"


@dataclass
class Result:
    """Rows of Python's values: int, float, str, numpy.datetime64; None: nothing. Notes stand before a text, in which shares, columns
    of per cent, have two decimals."""

    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = field(default_factory=list)
    shares: Sequence[str] = ()


@dataclass
class Drawing:
    """How a result is drawn: as characters, and by plots (PNG, SVG); each is called only if it is wanted."""

    text: Callable[[], str]
    figure: Callable[[], Any]


def add_arguments(parser: argparse.ArgumentParser, plot: bool = True) -> None:
    """--output, --format, --plot."""
    output.add_arguments(parser, FORMATS)
    if plot:
        parser.add_argument("--plot", metavar="WHERE",
                            help="draws it: on the terminal, or as FILE.png or FILE.svg; then the numbers are written only if "
                                 "--output or --format is given")


def time_text(time: np.datetime64) -> str:
    """A time, UTC, with as many digits of a second as it needs."""
    text = str(time.astype("datetime64[ns]")).replace("T", " ")
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def number_text(value: float) -> str:
    """Six digits that matter, and no exponent where it can do without."""
    if not math.isfinite(value):
        return "-"
    if value == 0 or value == int(value) and abs(value) < 1e15:
        return str(int(value))
    size = math.floor(math.log10(abs(value)))
    if not -5 <= size < 15:
        return f"{value:.6g}"
    text = f"{value:.{max(0, 5 - size)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return number_text(value)
    return time_text(value) if isinstance(value, np.datetime64) else raw_rows.shown_text(str(value))


def _share_text(value: Any) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{value:.2f}"


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return time_text(value)
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value == int(value) and abs(value) < 2 ** 53 else value
    return value


def _csv_cell(value: Any) -> Any:
    plain = _plain(value)
    return "" if plain is None else repr(plain) if isinstance(plain, float) else plain


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def as_text(result: Result, kind: str) -> str:
    """The result as text, csv or json (an object a line)."""
    if kind == "json":
        return "".join(json.dumps(dict(zip(result.names, map(_plain, row))), ensure_ascii=False) + "\n" for row in result.rows)
    if kind == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(result.names)
        writer.writerows(map(_csv_cell, row) for row in result.rows)
        return out.getvalue()
    right = [bool(result.rows) and all(row[i] is None or _is_number(row[i]) for row in result.rows)
             for i in range(len(result.names))]
    notes = "".join(f"# {note}\n" for note in result.notes)
    texts = [_share_text if name in result.shares else _text for name in result.names]
    return notes + terminal.table(result.names, [[text(cell) for text, cell in zip(texts, row)] for row in result.rows], right)


def check(arguments: argparse.Namespace) -> None:
    """Whether the options fit, before long work is done. Throws Usage."""
    output.format_of(arguments, FORMATS)
    where = getattr(arguments, "plot", None)
    if where and where != TERMINAL:
        suffix = where.lower().rsplit(".", 1)[-1] if "." in where else ""
        if suffix not in ("png", "svg"):
            raise Usage(f"--plot {where}: is neither {TERMINAL} nor a name that ends with .png or .svg")


def emit(arguments: argparse.Namespace, result: Result, drawing: Optional[Drawing] = None) -> int:
    """Writes and draws what the command line asks for."""
    kind = output.format_of(arguments, FORMATS)
    where = getattr(arguments, "plot", None)
    if where == TERMINAL and drawing:
        sys.stdout.write(drawing.text())
    elif where and drawing:
        try:
            from . import plots
        except ModuleNotFoundError as error:
            raise Failure(f"--plot {where}: pictures are drawn by matplotlib, which is not there ({error})") from error
        plots.save(drawing.figure(), where)
    if not where or arguments.output or arguments.format:
        with output.opened(arguments.output) as out:
            raw_rows.write(out, as_text(result, kind).encode("utf-8", "surrogateescape"))
    return 0
