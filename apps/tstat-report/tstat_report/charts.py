# SPDX-License-Identifier: BSD-3-Clause
"""Charts as SVG within the page.

They are written here and not by matplotlib: of those the colours could not follow the reader's choice of light or
dark, names of their parts would meet in one page, and each would be ten times as large. All have a text that says what
they show.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, Callable, Optional, Sequence

import numpy as np
import numpy.typing as npt

from .html import Markup, element, escape, join
from .words import NS, clock_text

Array = npt.NDArray[Any]

# Narrow enough for a telephone, where it is shown at three quarters of its size; two stand side by side on a desk.
WIDTH, HEIGHT = 480, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 30, 40


@dataclass(frozen=True)
class Series:
    """A line: its name, and points in the chart's units."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    is_area: bool = False


def _number(value: float) -> str:
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def nice_steps(largest: float, smallest_step: float = 0.0, most: int = 5) -> list[float]:
    """Marks from 0 to at least the largest value: 0, 2, 4, 6. Of whole numbers, with a smallest step of 1, all are whole."""
    if largest <= 0:
        return [0.0, 1.0]
    rough = max(largest / most, smallest_step)
    power = 10.0 ** math.floor(math.log10(rough))
    factors = (1, 2, 5, 10) if power == smallest_step else (1, 2, 2.5, 5, 10)
    step = next(power * factor for factor in factors if power * factor >= rough * 0.9999)
    return [step * i for i in range(math.ceil(largest / step * 0.9999) + 1)]


_TIME_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
                 86400, 172800,
                 604800, 1209600, 2592000, 7776000, 31536000, 157680000, 630720000)


def time_steps(begin_ns: int, end_ns: int, most: int = 5) -> tuple[list[int], int]:
    """Marks within a span, and how far they are apart."""
    rough = (end_ns - begin_ns) / NS / most
    step = int(next((s for s in _TIME_STEPS_S if s >= rough), 10 * _TIME_STEPS_S[-1]) * NS)
    first = -(-begin_ns // step) * step
    return list(range(first, end_ns + 1, step)), step


# Of an axis of so many decades at most: which multiples of powers of ten have a mark. Those that begin with the first ones
# of _NAMED have their text before the others, as far as there is room.
_NAMED = (1, 5, 2, 3, 7, 4)
_DIGIT_WIDTH, _BETWEEN = 8.0, 8.0
_MARKS = ((1.0, (1, 2, 3, 4, 5, 7)), (2.2, (1, 2, 5)), (3.2, (1, 3)), (math.inf, (1,)))


def _is_at_end(at: float) -> bool:
    return at > WIDTH - RIGHT - 20


def _with_room(marks: Sequence[tuple[int, float, str]]) -> set[float]:
    """The places of those marks whose texts do not meet the texts of marks before them."""
    taken: list[tuple[float, float]] = []
    named: set[float] = set()
    for _, at, text in marks:
        width = _DIGIT_WIDTH * len(text)
        begin = at - width if _is_at_end(at) else at - width / 2
        end = begin + width + _BETWEEN
        if all(end <= other_begin or begin >= other_end for other_begin, other_end in taken):
            taken.append((begin, end))
            named.add(at)
    return named


class Chart:
    """Axes, and what is drawn on them. Functions give places in the picture for values."""

    def __init__(self, identifier: str, title: str, text: str) -> None:
        self._id = identifier
        self._title = title
        self._text = text
        self._parts: list[Markup] = []
        self._keys: list[tuple[str, int, bool]] = []
        self.x: Callable[[float], float] = float
        self.y: Callable[[float], float] = float

    def y_axis(self, largest: float, text: Callable[[float], str], unit: str, smallest_step: float = 0.0) -> None:
        """From 0 up; the unit stands above it."""
        steps = nice_steps(largest, smallest_step)
        top = steps[-1]
        self.y = lambda value: HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top
        for step in steps:
            at = self.y(step)
            self._parts.append(element("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=_number(at),
                                       y2=_number(at)))
            self._parts.append(element("text", text(step), class_="tick", x=LEFT - 6, y=_number(at + 4),
                                       text_anchor="end"))
        self._parts.append(element("text", unit, class_="unit", x=4, y=14))

    def _x_mark(self, at: float, text: Optional[str]) -> None:
        bottom = HEIGHT - BOTTOM
        self._parts.append(element("line", class_="grid", x1=_number(at), x2=_number(at), y1=bottom, y2=bottom + 4))
        if text is not None:
            anchor = "end" if _is_at_end(at) else "middle"
            self._parts.append(element("text", text, class_="tick", x=_number(at), y=bottom + 18, text_anchor=anchor))

    def time_axis(self, begin_ns: int, end_ns: int) -> None:
        """Times, UTC."""
        span = max(end_ns - begin_ns, 1)
        self.x = lambda ns: LEFT + (WIDTH - LEFT - RIGHT) * (ns - begin_ns) / span
        steps, step = time_steps(begin_ns, end_ns)
        for at in steps:
            self._x_mark(self.x(at), clock_text(at, step))
        self._parts.append(element("text", "time, UTC", class_="unit", x=WIDTH - RIGHT, y=HEIGHT - 6,
                                   text_anchor="end"))

    def log_axis(self, lowest: float, highest: float, text: Callable[[float], str], name: str) -> None:
        """Powers of ten, with others between where there is room."""
        low, high = math.log10(lowest), math.log10(max(highest, lowest * 1.01))
        self.x = lambda value: LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(min(max(value, lowest),
                                                                               highest)) - low) / (high - low)
        decades = high - low
        factors = next(factors for most, factors in _MARKS if decades <= most)
        marks = [(factor, self.x(factor * 10.0 ** power), text(factor * 10.0 ** power))
                 for power in range(math.floor(low), math.ceil(high) + 1) for factor in factors
                 if lowest * 0.999 <= factor * 10.0 ** power <= highest * 1.001]
        named = _with_room(sorted(marks, key=lambda mark: _NAMED.index(mark[0])))
        for _, at, label in marks:
            self._x_mark(at, label if at in named else None)
        self._parts.append(element("text", name, class_="unit", x=WIDTH - RIGHT, y=HEIGHT - 6, text_anchor="end"))

    def line(self, series: Series, number: int) -> None:
        """A line in the colour and the pattern of its number."""
        points = [f"{_number(self.x(x))},{_number(self.y(y))}" for x, y in zip(series.x, series.y)]
        # Of equal neighbours the first and the last one.
        places = [(key, list(group)) for key, group in itertools.groupby(points, key=lambda point: point.split(",")[1])]
        points = [point for _, group in places for point in (group if len(group) < 3 else [group[0], group[-1]])]
        if series.is_area and points:
            floor = _number(HEIGHT - BOTTOM)
            closed = [f"{points[0].split(',')[0]},{floor}", *points, f"{points[-1].split(',')[0]},{floor}"]
            self._parts.append(element("polygon", class_=f"area c{number}", points=" ".join(closed)))
        self._parts.append(element("polyline", class_=f"line c{number}", points=" ".join(points)))
        self._keys.append((series.name, number, True))

    def _legend(self) -> Optional[Markup]:
        if len(self._keys) < 2:
            return None
        entries = [element("li", element("svg", element("line", class_=f"line c{number}", x1=0, x2=26, y1=6, y2=6),
                                         viewBox="0 0 26 12",
                                         class_="key", aria_hidden="true"), name) for name, number, _ in self._keys]
        return element("ul", *entries, class_="legend")

    def figure(self) -> Markup:
        """The chart with its title, its legend and, for who cannot see it, its text."""
        picture = element("svg", element("title", self._title, id=f"{self._id}-t"),
                          element("desc", self._text, id=f"{self._id}-d"),
                          *self._parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", class_="chart",
                          aria_labelledby=f"{self._id}-t {self._id}-d")
        return element("figure", element("figcaption", element("b", self._title)), self._legend(), picture,
                       element("p", self._text, class_="alt"), class_="plot")


def over_time(identifier: str, title: str, text: str, series: Sequence[tuple[str, Array]], start_ns: int, width_ns: int,
              label: Callable[[float], str], unit: str, smallest_step: float = 0.0) -> Markup:
    """Steps over time: values bin by bin."""
    chart = Chart(identifier, title, text)
    bins = len(series[0][1])
    chart.y_axis(max(float(values.max()) for _, values in series), label, unit, smallest_step)
    chart.time_axis(start_ns, start_ns + bins * width_ns)
    edges = np.repeat(start_ns + width_ns * np.arange(bins + 1), 2)[1:-1]
    for number, (name, values) in enumerate(series):
        chart.line(Series(name, edges.tolist(), np.repeat(values, 2).tolist(), is_area=number == 0), number)
    return chart.figure()


def bar(part: float, whole: float, number: int = 0) -> Markup:
    """A bar in a cell of a table, beside the figure that it shows."""
    width = 0.0 if whole <= 0 else min(max(100 * part / whole, 0.6 if part > 0 else 0), 100)
    return element("svg", element("rect", class_="track", width=100, height=10),
                   element("rect", class_=f"bar c{number}", width=_number(width), height=10), class_="cellbar",
                   viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")


def grid(*figures: Optional[Markup]) -> Markup:
    """Charts side by side where there is room."""
    return element("div", join(*figures), class_="plots")


def round_range(lowest: float, highest: float) -> tuple[float, float]:
    """The next numbers outside of a range that begin with 1, 2 or 5."""
    powers = range(math.floor(math.log10(lowest)) - 1, math.ceil(math.log10(highest)) + 2)
    marks = [factor * 10.0 ** power for power in powers for factor in (1, 2, 5)]
    return max(m for m in marks if m <= lowest * 1.0001), min(m for m in marks if m >= highest * 0.9999)


def sentence(parts: Sequence[str]) -> str:
    """a, b and c"""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else list(parts))


__all__ = ["Chart", "Series", "bar", "escape", "grid", "over_time", "round_range", "sentence"]
