# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of a flow: sequence numbers by time, as xplot shows them; round trips; windows."""

from __future__ import annotations

import math
from typing import Any, Sequence

from tstat_log import plots

from . import datagrams, words
from .segments import Segment
from .story import Story
from .timeline import Times

_DATA, _ACK, _WINDOW, _SACK = "#0072B2", "#009E73", "#8a8a8a", "#7b4fa3"
# Markers and colours of causes; needless ones are hollow.
_MARKS = {"rto": ("v", "#D55E00", True), "fs": ("^", "#CC79A7", True), "reor": ("s", "#E69F00", True), "dup": ("D", "#56B4E9", True),
          "fc": ("o", "#000000", True), "unrto": ("v", "#D55E00", False), "unfs": ("^", "#CC79A7", False), "unk": ("X", "#555555", True)}
_SLICES = 1500  # of the time axis: contiguous segments within one become one line


def save(made: Any, path: str) -> None:
    """Writes a picture, by the name of the file."""
    plots.save(made, path)


def _bars(segments: Sequence[Segment], slice_s: float) -> tuple[list[float], list[float]]:
    """Each segment as a line from its first to its last byte, all of them one path."""
    x: list[float] = []
    y: list[float] = []
    for segment in segments:
        if segment.end == segment.sequence:
            continue
        if len(x) >= 3 and segment.sequence == y[-2] and segment.time - x[-3] < slice_s:
            y[-2] = segment.end
            continue
        x += [segment.time, segment.time, math.nan]
        y += [segment.sequence, segment.end, math.nan]
    return x, y


def _acknowledged(segments: Sequence[Segment]) -> tuple[list[float], list[int], list[int]]:
    """Times, acknowledged numbers, and the end of the window, where they change."""
    times: list[float] = []
    acks: list[int] = []
    limits: list[int] = []
    highest = 0
    for segment in segments:
        if segment.acknowledgment is None or segment.window is None:
            continue
        highest = max(highest, segment.acknowledgment)
        limit = highest + segment.window
        if acks and acks[-1] == highest and limits[-1] == limit:
            continue
        times.append(segment.time)
        acks.append(highest)
        limits.append(limit)
    return times, acks, limits


def _sequence_plot(axes: Any, story: Story, from_client: bool, legend_of: dict[str, Any]) -> None:
    own, others = story.of(from_client), story.of(not from_client)
    last = story.segments[-1].time or 1e-3
    slice_s = last / _SLICES
    x, y = _bars(own, slice_s)
    legend_of["data"] = axes.plot(x, y, color=_DATA, linewidth=1.6, solid_capstyle="butt")[0]
    times, acks, limits = _acknowledged(others)
    if times:
        times.append(last)
        acks.append(acks[-1])
        limits.append(limits[-1])
        legend_of["acknowledged"] = axes.plot(times, acks, color=_ACK, linewidth=0.9, drawstyle="steps-post")[0]
        top = max(y[:1] + [v for v in y if v == v])
        if min(limits) < 3 * max(top, 1):
            legend_of["end of window"] = axes.plot(times, limits, color=_WINDOW, linewidth=0.8, linestyle="--", drawstyle="steps-post")[0]
            axes.set_ylim(top=1.04 * max(min(max(limits), 1.6 * top), top))
    blocks = [(segment.time, begin, end) for segment in others for begin, end in segment.sack]
    if blocks:
        legend_of["selectively acknowledged"] = axes.plot([v for time, _, _ in blocks for v in (time, time, math.nan)],
                                      [v for _, begin, end in blocks for v in (begin, end, math.nan)], color=_SACK, linewidth=0.7, alpha=0.8)[0]
    for cause, (marker, colour, is_filled) in _MARKS.items():
        marked = [segment for segment in own if any(verdict.cause == cause for verdict in segment.verdicts)]
        if marked:
            legend_of[words.CAUSES[cause][0]] = axes.plot(
                [segment.time for segment in marked], [(segment.sequence + segment.end) / 2 for segment in marked], linestyle="none", marker=marker,
                markersize=5, color=colour, markerfacecolor=colour if is_filled else "white", markeredgewidth=0.8, zorder=5)[0]
    for closed in story.closed:
        if (closed.receiver == words.CLIENT) != from_client:
            patch = axes.axvspan(closed.begin, last if closed.end is None else closed.end, color="#f4d9c6", zorder=0, linewidth=0)
            legend_of["window closed"] = patch
    plots.title(axes, f"What the {words.CLIENT if from_client else words.SERVER} sent", "", "sequence number")
    plots.large_numbers(axes.yaxis)


def _sides(story: Story) -> list[bool]:
    """Whose sequence numbers are shown: the end with most data, and the other if it has a fifth of that."""
    sent = {side: sum(max(segment.length, 0) for segment in story.of(side)) for side in (True, False)}
    first = sent[True] > sent[False]
    odd = any(segment.verdicts for segment in story.of(not first))
    return [first, not first] if sent[not first] * 5 > sent[first] or odd else [first]


def _from_zero(axes: Any) -> None:
    """The vertical axis from 0 to a little above all curves."""
    values = [y for curve in axes.get_lines() for y in curve.get_ydata() if y == y]
    axes.set_ylim(0, 1.12 * max(values, default=0) or 1)


def _round_trips(axes: Any, story: Story) -> None:
    for number, (side, name) in ((1, (False, words.SERVER)), (0, (True, words.CLIENT))):
        samples = [(segment.time, 1e3 * segment.round_trip) for segment in story.of(side) if segment.round_trip is not None]
        if samples:
            plots.points(axes, [time for time, _ in samples], [value for _, value in samples], number, f"to the {name}", "o" if side else "s", 3)
    plots.title(axes, "Round trips from the place of the capture", "", "ms")
    _from_zero(axes)
    plots.legend(axes)


def _windows(axes: Any, story: Story) -> None:
    for number, (side, name) in enumerate(((True, words.CLIENT), (False, words.SERVER))):
        windows = [(segment.time, segment.window) for segment in story.of(side) if segment.window is not None]
        if windows:
            plots.line(axes, [time for time, _ in windows], [value for _, value in windows], number, f"window of the {name}", steps=True)
    side = _sides(story)[0]
    flight = _in_flight(story, side)
    if flight:
        axes.plot([time for time, _ in flight], [value for _, value in flight], color=plots.COLOURS[2], linewidth=0.9, drawstyle="steps-post",
                  label=f"under way from the {words.CLIENT if side else words.SERVER}")
    plots.title(axes, "Windows", "seconds", "bytes")
    plots.large_numbers(axes.yaxis)
    _from_zero(axes)
    plots.legend(axes)


def _in_flight(story: Story, from_client: bool) -> list[tuple[float, int]]:
    """Bytes of one end that passed and are not acknowledged."""
    made: list[tuple[float, int]] = []
    sent = acknowledged = 0
    for segment in story.segments:
        if segment.from_client == from_client:
            sent = max(sent, segment.end)
        elif segment.acknowledgment is not None:
            acknowledged = max(acknowledged, segment.acknowledgment)
        made.append((segment.time, max(0, sent - acknowledged)))
    return made


def _cut(curve: Any, times: Times) -> None:
    """Leaves out what is far from the part that is shown, so that the picture is small."""
    x = list(curve.get_xdata())
    inside = [i for i, time in enumerate(x) if times.has(time)]
    begin, end = (inside[0], inside[-1] + 1) if inside else (0, 0)
    while begin > 0 and not x[begin] < times.begin:
        begin -= 1
    while end < len(x) and not x[end - 1] > times.end:
        end += 1
    curve.set_data(x[begin:end], list(curve.get_ydata())[begin:end])


def _limit(axes: Any, times: Times) -> None:
    """Shows a part of the flow; the heights of curves are those of the part."""
    if times == Times():
        return
    for one in axes:
        low, high = math.inf, -math.inf
        for curve in one.get_lines():
            _cut(curve, times)
            if curve.get_color() == _WINDOW:  # as far as there is room for it
                continue
            values = [y for x, y in zip(curve.get_xdata(), curve.get_ydata()) if times.has(x) and y == y]
            low, high = min([low, *values]), max([high, *values])
        if high > low:
            is_from_zero = one.get_ylim()[0] == 0
            margin = 0.1 * (high - low)
            one.set_ylim(0 if is_from_zero else low - margin, high + margin * (1 if is_from_zero else 3))
    left, right = axes[0].get_xlim()
    axes[0].set_xlim(max(left, times.begin), min(right, times.end))


def of_tcp(story: Story, times: Times) -> Any:
    """A TCP flow: one figure."""
    sides = _sides(story)
    heights = [3.2] * len(sides) + [1.5, 1.5]
    figure, axes = plots.figure(8.0, sum(heights) + 0.6, len(heights), 1, sharex=True, gridspec_kw={"height_ratios": heights})
    flow = story.flow
    figure.suptitle(f"{flow.client} - {flow.server}" + (f"  {flow.name}" if flow.name else "").replace("$", "\\$"), fontsize=10)
    legend_of: dict[str, Any] = {}
    for one, side in zip(axes, sides):
        _sequence_plot(one, story, side, legend_of)
    axes[0].legend(legend_of.values(), legend_of.keys(), loc="best", frameon=True, framealpha=0.9, edgecolor="none")
    _round_trips(axes[-2], story)
    _windows(axes[-1], story)
    _limit(axes, times)
    return figure


def _cumulative(axes: Any, story: datagrams.Story) -> None:
    for number, (side, name) in enumerate(((True, words.CLIENT), (False, words.SERVER))):
        total, times, sums = 0, [], []
        for one in story.of(side):
            total += one.length
            times.append(one.time)
            sums.append(total)
        if times:
            plots.line(axes, times, sums, number, f"from the {name}", steps=True)
    plots.title(axes, "Bytes so far", "", "bytes")
    plots.large_numbers(axes.yaxis)
    plots.legend(axes)


def _spacing(axes: Any, story: datagrams.Story) -> None:
    for number, (side, name) in enumerate(((True, words.CLIENT), (False, words.SERVER))):
        own = story.of(side)
        plots.points(axes, [one.time for one in own[1:]], [1e3 * (b.time - a.time) for a, b in zip(own, own[1:])], number, f"from the {name}",
                     "o" if side else "s", 2.5)
    plots.title(axes, "Since the packet before", "seconds", "ms")
    _from_zero(axes)
    plots.legend(axes)


def _missing(axes: Any, story: datagrams.Story) -> None:
    """How many numbers of RTP have not come by then."""
    for number, (side, name) in enumerate(((True, words.CLIENT), (False, words.SERVER))):
        own = [one for one in story.of(side) if one.rtp is not None]
        if own:
            plots.line(axes, [one.time for one in own], datagrams.missing_so_far(own), number, f"from the {name}", steps=True)
    plots.title(axes, "Packets of RTP that have not come", "", "")
    _from_zero(axes)
    plots.legend(axes)


def of_udp(story: datagrams.Story, times: Times) -> Any:
    """A UDP flow: one figure."""
    has_rtp = any(one.rtp is not None for one in story.datagrams)
    figure, axes = plots.figure(8.0, 5.6 if has_rtp else 4.4, 3 if has_rtp else 2, 1, sharex=True)
    flow = story.flow
    figure.suptitle(f"{flow.client} - {flow.server}" + (f"  {flow.name}" if flow.name else "").replace("$", "\\$"), fontsize=10)
    _cumulative(axes[0], story)
    if has_rtp:
        _missing(axes[1], story)
    _spacing(axes[-1], story)
    _limit(axes, times)
    return figure
