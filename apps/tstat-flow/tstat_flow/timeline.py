# SPDX-License-Identifier: BSD-3-Clause
"""The segments of a TCP flow, a line each, with what is odd below them; what is not told of is folded."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import Iterable, Iterator

from tstat_log import terminal

from . import words
from .segments import FIN, RST, SYN, Segment, flags_text
from .story import Anomaly, Story

@dataclass(frozen=True)
class Times:
    """A part of the flow, in seconds since its begin."""

    begin: float = 0.0
    end: float = math.inf

    def has(self, time: float) -> bool:
        """Whether a time is in it."""
        return self.begin <= time <= self.end

    @staticmethod
    def of(text: str) -> "Times":
        """0.5-2, 0.5-, -2. Throws ValueError."""
        begin, dash, end = text.strip().removesuffix("s").partition("-")
        made = Times(float(begin) if begin.strip() else 0.0, float(end) if end.strip() else math.inf)
        if not dash or not made.begin < made.end:
            raise ValueError(text)
        return made


_FOLDED_FROM = 5  # a run of so many plain segments becomes one line
_HEADER = f"{'time':>12}  {'':13} {'flags':8}{'seq':>11}{'ack':>11}{'bytes':>7}{'window':>9}"


def arrow(from_client: bool) -> str:
    """client ──> server, or the other way."""
    line = "──" if terminal.has_unicode() else "--"
    return f"client {line}>      " if from_client else f"      <{line} server"


def _is_plain(segment: Segment) -> bool:
    return not (segment.verdicts or segment.events or segment.has(SYN | FIN | RST) or segment.window == 0)


def _runs(segments: list[Segment], told: set[int], is_folded: bool) -> Iterator[list[Segment]]:
    """Runs of plain segments; others alone."""
    run: list[Segment] = []
    for segment in segments:
        if is_folded and _is_plain(segment) and segment.number not in told:
            run.append(segment)
            continue
        if run:
            yield run
            run = []
        yield [segment]
    if run:
        yield run


def one(segment: Segment) -> str:
    """The line of a segment."""
    ack = "" if segment.acknowledgment is None else str(segment.acknowledgment)
    window = "" if segment.window is None else str(segment.window)
    notes = list(segment.options)
    if segment.sack:
        notes.append("sack " + " ".join(f"{begin}-{end}" for begin, end in segment.sack))
    line = (f"{segment.time:12.6f}  {arrow(segment.from_client):13} {flags_text(segment.flags):8}{segment.sequence:>11}{ack:>11}"
            f"{segment.length or '':>7}{window:>9}")
    return f"{line}  {', '.join(notes)}".rstrip()


def dots() -> str:
    """What stands for packets that are not shown."""
    return "⋮" if terminal.has_unicode() else ":"


def bullet() -> str:
    """What stands before an event."""
    return "·" if terminal.has_unicode() else "-"


def _folded(run: list[Segment]) -> Iterable[str]:
    if len(run) < _FOLDED_FROM:
        return map(one, run)
    parts = []
    for from_client, name in ((True, words.CLIENT), (False, words.SERVER)):
        own = [segment for segment in run if segment.from_client == from_client]
        data = [segment for segment in own if segment.length > 0]
        if data:
            parts.append(f"{words.counted(len(data), 'packet')} of the {name} with {words.amount(sum(s.length for s in data))}")
        if len(own) > len(data):
            parts.append(f"{words.counted(len(own) - len(data), 'acknowledgment')} of the {name}")
    return [f"{run[0].time:12.6f}  {dots()}  {words.listed(parts)}, in {words.span(run[-1].time - run[0].time)}"]


def _wrapped(mark: str, text: str) -> Iterable[str]:
    """What stands below a segment."""
    indent = " " * 14
    wide = max(60, min(terminal.width(), 120))
    return textwrap.wrap(text, wide, initial_indent=indent + mark, subsequent_indent=indent + " " * len(mark), break_on_hyphens=False)


def lines(story: Story, is_whole: bool, times: Times) -> Iterator[str]:
    """The time-line; ``is_whole``: nothing is folded."""
    odd: dict[int, list[Anomaly]] = {}
    for anomaly in story.anomalies:
        odd.setdefault(anomaly.segment.number, []).append(anomaly)
    yield _HEADER
    event, mark = bullet() + " ", "! "
    for run in _runs([segment for segment in story.segments if times.has(segment.time)], set(odd), not is_whole):
        yield from _folded(run) if not is_whole else map(one, run)
        if len(run) > 1:
            continue
        for text in run[0].events:
            yield from _wrapped(event, text)
        for anomaly in odd.get(run[0].number, ()):
            yield from _wrapped(mark, f"{anomaly.name}: {anomaly.reason}")
