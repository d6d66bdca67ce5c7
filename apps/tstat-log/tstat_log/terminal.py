# SPDX-License-Identifier: BSD-3-Clause
"""Tables and plots of characters, for a terminal or a mail."""

from __future__ import annotations

import math
import shutil
import sys
import unicodedata
from typing import Callable, Optional, Sequence

Number = Callable[[float], str]

_EIGHTHS = " ▏▎▍▌▋▊▉█"
# The dots of a Braille character, by column and row.
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_COLOURS = ("\x1b[34m", "\x1b[31m", "\x1b[32m", "\x1b[35m", "\x1b[33m", "\x1b[36m")
_MARKS = "*o+x#@"


def width(default: int = 80) -> int:
    """The columns of the terminal."""
    return shutil.get_terminal_size((default, 24)).columns


def has_unicode() -> bool:
    """Whether standard output can show more than ASCII."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")


def has_colours() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def length(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def shorten(text: str, most: int) -> str:
    """The text, or its begin and a mark."""
    if length(text) <= most:
        return text
    while text and length(text) > most - 1:
        text = text[:-1]
    return text + ("…" if has_unicode() else "~")


def number(value: float) -> str:
    """A number as people read it: at most four digits that matter, no exponent where it can do without."""
    if value != value:
        return "-"
    if value == int(value) and abs(value) < 1e7:
        return str(int(value))
    if abs(value) >= 1e15 or abs(value) < 1e-4:
        return f"{value:.3g}"
    for limit, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            return f"{value / (limit if letter != 'k' else 1e3):.4g}{letter}"
    return f"{value:.4g}"


def short_number(value: float) -> str:
    """Likewise, for an axis: with k, M, G as soon as that is shorter."""
    for limit, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= max(limit, 1e4):
            return f"{value / limit:.4g}{letter}"
    return number(value)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Optional[Sequence[bool]] = None) -> str:
    """A table of texts in columns; ``right``: which columns are numbers, and stand to the right."""
    count = len(header)
    sides = [False] * count if right is None else list(right)
    widths = [max([length(header[i]), *(length(row[i]) for row in rows)]) for i in range(count)]

    def one(cells: Sequence[str]) -> str:
        padded = []
        for cell, wide, is_right in zip(cells, widths, sides):
            space = " " * (wide - length(cell))
            padded.append(space + cell if is_right else cell + space)
        return "  ".join(padded).rstrip()

    return "\n".join([one(header), *map(one, rows)]) + "\n"


def bars(labels: Sequence[str], values: Sequence[float], texts: Optional[Sequence[str]] = None,
         total_width: Optional[int] = None) -> str:
    """A bar for each label, with its value behind it."""
    from . import raw_rows  # with the module, which not each program needs
    texts = [number(value) for value in values] if texts is None else texts
    total_width = width() if total_width is None else total_width
    label_width = min(max([length(label) for label in labels], default=0), max(10, total_width // 3))
    room = max(10, total_width - label_width - max([len(text) for text in texts], default=0) - 3)
    largest = max([value for value in values if value == value], default=0)
    lines = []
    for label, value, text in zip(labels, values, texts):
        label = shorten(raw_rows.shown_text(label), label_width)
        share = value / largest if largest > 0 and value == value and value > 0 else 0.0
        lines.append(f"{label}{' ' * (label_width - length(label))} {_bar(share, room)} {text}".rstrip())
    return "\n".join(lines) + "\n"


def _bar(share: float, room: int) -> str:
    if not has_unicode():
        return ("#" * round(share * room)).ljust(room)
    eighths = round(share * room * 8)
    if share > 0:
        eighths = max(1, eighths)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(room)


class Canvas:
    """Points on a rectangle of characters: 2 x 4 dots each with Unicode, one mark each without."""

    def __init__(self, columns: int, rows: int, owners: int = 1) -> None:
        self.columns, self.rows = columns, rows
        # Without colours dots do not tell whose they are.
        self._is_unicode = has_unicode() and (owners == 1 or has_colours())
        self.dots = (columns * 2, rows * 4) if self._is_unicode else (columns, rows)
        self._cells: list[list[int]] = [[0] * columns for _ in range(rows)]
        self._owners: list[list[int]] = [[-1] * columns for _ in range(rows)]

    def dot(self, x: int, y: int, owner: int) -> None:
        """A dot, counted from the lower left."""
        if not (0 <= x < self.dots[0] and 0 <= y < self.dots[1]):
            return
        y = self.dots[1] - 1 - y
        column, row = (x // 2, y // 4) if self._is_unicode else (x, y)
        self._cells[row][column] |= _DOTS[x % 2][y % 4] if self._is_unicode else 1
        self._owners[row][column] = owner

    def stroke(self, begin: tuple[int, int], end: tuple[int, int], owner: int) -> None:
        """A straight line of dots."""
        steps = max(abs(end[0] - begin[0]), abs(end[1] - begin[1]), 1)
        for i in range(steps + 1):
            x, y = (round(a + (b - a) * i / steps) for a, b in zip(begin, end))
            self.dot(x, y, owner)

    def lines(self) -> list[str]:
        """The rows of characters, from the top."""
        colours = has_colours()
        made = []
        for cells, owners in zip(self._cells, self._owners):
            row = []
            for cell, owner in zip(cells, owners):
                if not cell:
                    row.append(" ")
                    continue
                mark = chr(0x2800 + cell) if self._is_unicode else _MARKS[owner % len(_MARKS)]
                row.append(f"{_COLOURS[owner % len(_COLOURS)]}{mark}\x1b[0m" if colours else mark)
            made.append("".join(row))
        return made


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two."""
    if not high > low:
        return [low]
    step = 10.0 ** math.floor(math.log10((high - low) / max(most, 1)))
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= most:
            step *= factor
            break
    return [step * i for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def plot(x: Sequence[float], series: Sequence[tuple[str, Sequence[float]]], title: str = "", x_text: Number = short_number,
         y_text: Number = short_number, rows: int = 15, total_width: Optional[int] = None, joined: bool = True,
         from_zero: bool = False) -> str:
    """Lines (or, not joined, points) over x; what is not a number leaves a gap. Labels of the axes by functions."""
    total_width = width() if total_width is None else total_width
    there = [value for _, values in series for value in values if math.isfinite(value)]
    if not there or not len(x):
        return (title + "\n" if title else "") + "(nothing to be drawn)\n"
    low, high = min(there), max(there)
    low = min(low, 0.0) if from_zero else low
    if high == low:
        high = low + 1
    left, right = min(x), max(x)
    if right == left:
        right = left + 1
    labels = {round((tick - low) / (high - low) * (rows - 1)): y_text(tick) for tick in _ticks(low, high, max(2, rows // 3))}
    margin = max(length(label) for label in labels.values())
    canvas = Canvas(max(20, total_width - margin - 2), rows, len(series))
    wide, tall = canvas.dots
    for owner, (_, values) in enumerate(series):
        before: Optional[tuple[int, int]] = None
        for one_x, one_y in zip(x, values):
            if not math.isfinite(one_y):
                before = None
                continue
            place = (round((one_x - left) / (right - left) * (wide - 1)), round((one_y - low) / (high - low) * (tall - 1)))
            if joined and before is not None:
                canvas.stroke(before, place, owner)
            else:
                canvas.dot(*place, owner)
            before = place
    axis = "│┤└─" if has_unicode() else "||+-"
    lines = [title] if title else []
    for i, text in enumerate(canvas.lines()):
        label = labels.get(rows - 1 - i)
        lines.append(f"{label or '':>{margin}}{axis[1] if label else axis[0]}{text}".rstrip())
    lines.append(" " * margin + axis[2] + axis[3] * canvas.columns)
    begin, end = x_text(left), x_text(right)
    lines.append(" " * (margin + 1) + begin + end.rjust(canvas.columns - length(begin)))
    if len(series) > 1:
        lines.append(" " * (margin + 1) + "  ".join(_key(i, name) for i, (name, _) in enumerate(series)))
    return "\n".join(lines) + "\n"


def _key(owner: int, name: str) -> str:
    if has_colours():
        return f"{_COLOURS[owner % len(_COLOURS)]}{'━━' if has_unicode() else _MARKS[owner % len(_MARKS)]}\x1b[0m {name}"
    return f"{_MARKS[owner % len(_MARKS)]} {name}"
