# SPDX-License-Identifier: BSD-3-Clause
"""Plots of a flow for the terminal."""

from __future__ import annotations

import math
from typing import Sequence

from tstat_log import terminal

from . import datagrams, words
from .story import Story
from .timeline import Times


def _together(series: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> tuple[list[float], list[tuple[str, list[float]]]]:
    """Series with times of their own over the times of all."""
    times = sorted({time for _, points in series for time, _ in points})
    made = []
    for name, points in series:
        values = dict(points)
        made.append((name, [values.get(time, math.nan) for time in times]))
    return times, made


def _plot(series: Sequence[tuple[str, Sequence[tuple[float, float]]]], part: Times, title: str, y_text: terminal.Number) -> str:
    shown = [(name, [point for point in points if part.has(point[0])]) for name, points in series]
    there = [one for one in shown if one[1]]
    if not there:
        return ""
    times, made = _together(there)
    return terminal.plot(times, made, title, x_text=words.span, y_text=y_text, rows=12, joined=False, from_zero=True)


def of_tcp(story: Story, part: Times) -> str:
    """Bytes sent, round trips and windows by time."""
    sides = ((True, words.CLIENT), (False, words.SERVER))
    plots = [
        _plot([(f"{name}'s bytes", [(s.time, s.end) for s in story.of(side) if s.length > 0]) for side, name in sides],
              part, "Sequence numbers", words.amount),
        _plot([(f"to the {name}", [(s.time, s.round_trip) for s in story.of(side) if s.round_trip is not None])
               for side, name in ((False, words.SERVER), (True, words.CLIENT))], part, "Round trips from the capture", words.span),
        _plot([(f"of the {name}", [(s.time, s.window) for s in story.of(side) if s.window is not None]) for side, name in sides],
              part, "Windows", words.amount)]
    return "\n".join(plot for plot in plots if plot)


def of_udp(story: datagrams.Story, part: Times) -> str:
    """Lengths by time."""
    return _plot([(name, [(one.time, float(one.length)) for one in story.of(side)]) for side, name in ((True, words.CLIENT), (False, words.SERVER))],
                 part, "Bytes of each packet", words.amount)
