# SPDX-License-Identifier: BSD-3-Clause
"""The histogram files of log directories: DIR/YYYY_MM_DD_HH_MM.out/NNN/NAME, plain or .gz."""

from __future__ import annotations

import datetime
import gzip
import os
import re
import zlib
from dataclasses import dataclass, field
from typing import Iterable, Iterator, Optional

_SESSION = re.compile(r"(\d{4})_(\d\d)_(\d\d)_(\d\d)_(\d\d)\.out")
_STEP = re.compile(r"\d{2,9}")
_TITLE = re.compile(r"#(?:RANGE: )?min=(-?\d+) bin_size=(\d+) max=(-?\d+)\s*")
_MOST_BINS = 10_000_000
# What a mean over no time at all is printed as.
NO_MEAN = -(1 << 63)
# Their bins hold a rate or a mean of the interval, not a count.
_LEVELS = re.compile(r"(ip|tcp|udp|http|web|tls|L3)_bitrate_\w+|video_rate_\w+|chat_flow_num|profile_(cpu|flows)")


class FormatError(ValueError):
    """A file that is no histogram."""


@dataclass(frozen=True)
class Session:
    """A log directory, and when it began (local time of the probe)."""

    begin: datetime.datetime
    path: str


@dataclass(frozen=True)
class Step:
    """A directory of histograms: of one interval."""

    time: datetime.datetime
    path: str


@dataclass
class Histogram:
    """Bins by their lower ends; what is below the range stands at minimum - width, what is above at maximum."""

    title: str
    minimum: int
    width: int
    maximum: int
    bins: dict[int, float] = field(default_factory=dict)

    @property
    def labels(self) -> range:
        """All bins from the minimum to the maximum, which is the bin of what is above."""
        return range(self.minimum, self.maximum + 1, self.width)

    @property
    def bounds(self) -> tuple[int, int, int]:
        """What two histograms that can be added have in common."""
        return self.minimum, self.width, self.maximum


def is_level(name: str) -> bool:
    """Whether a histogram's bins hold levels (bit rates, means), which add up to nothing over time."""
    return _LEVELS.fullmatch(name) is not None


def sessions(directory: str) -> list[Session]:
    """The log directories below a base directory, or the one that it is, by time."""
    found = []
    here = os.path.abspath(directory)
    candidates = [here] if _SESSION.fullmatch(os.path.basename(here)) else [entry.path for entry in os.scandir(here) if entry.is_dir()]
    for path in candidates:
        match = _SESSION.fullmatch(os.path.basename(path))
        if match is None:
            continue
        try:
            found.append(Session(datetime.datetime(*map(int, match.groups())), path))  # type: ignore[arg-type]
        except ValueError:
            continue  # a month 13: no session
    return sorted(found, key=lambda session: (session.begin, session.path))


def steps(session: Session, seconds: float, with_last: bool) -> list[Step]:
    """The intervals of a session in order; LAST is what comes after the highest number."""
    numbered = sorted((int(entry.name), entry.path) for entry in os.scandir(session.path)
                      if entry.is_dir() and _STEP.fullmatch(entry.name))
    last = os.path.join(session.path, "LAST")
    if with_last and os.path.isdir(last):
        numbered.append((numbered[-1][0] + 1 if numbered else 0, last))
    found = []
    for number, path in numbered:
        try:
            found.append(Step(session.begin + datetime.timedelta(seconds=number * seconds), path))
        except OverflowError:
            continue
    return found


def read(step: Step, name: str) -> Optional[Histogram]:
    """The histogram of a step, None where it is not there."""
    plain = os.path.join(step.path, name)
    for path in (plain, plain + ".gz"):
        try:
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") if path.endswith(".gz") else open(
                    path, encoding="utf-8", errors="replace") as file:
                return _parsed(path, file)
        except FileNotFoundError:
            continue
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FormatError(f"{path}: {error}") from None
    return None


def _parsed(path: str, lines: Iterable[str]) -> Histogram:
    numbered = enumerate(lines, 1)
    _, title = next(numbered, (0, ""))
    _, line_of_bounds = next(numbered, (0, ""))
    match = _TITLE.fullmatch(line_of_bounds)
    if not title.startswith("#") or match is None:
        raise FormatError(f"{path}:2: no line like \"#RANGE: min=0 bin_size=1 max=255\"")
    minimum, width, maximum = (int(number) for number in match.groups())
    if width == 0 or maximum < minimum or (maximum - minimum) // width > _MOST_BINS:
        raise FormatError(f"{path}:2: no such bins: from {minimum} to {maximum} in steps of {width}")
    histogram = Histogram(title[1:].strip(), minimum, width, maximum)
    for line, label, count in _bins(path, numbered):
        if label != minimum - width and (label not in range(minimum, maximum + 1) or (label - minimum) % width):
            raise FormatError(f"{path}:{line}: {label} is no bin from {minimum} to {maximum} in steps of {width}")
        histogram.bins[label] = histogram.bins.get(label, 0) + count
    return histogram


def _bins(path: str, numbered: Iterator[tuple[int, str]]) -> Iterator[tuple[int, int, int]]:
    for line, text in numbered:
        if text.startswith("#") or not text.strip():
            continue
        cells = text.split()
        try:
            if len(cells) != 2:
                raise ValueError
            label, count = (int(cell) for cell in cells)
        except ValueError:
            raise FormatError(f"{path}:{line}: no bin and count: {text.strip()[:80]!r}") from None
        yield line, label, count


def add(total: Histogram, histogram: Histogram, path: str, keep_no_means: bool) -> None:
    """Adds what a step has to the sum of those before."""
    if total.bounds != histogram.bounds:
        raise FormatError(f"{path}: bins {histogram.bounds} are others than before: {total.bounds}")
    for label, count in histogram.bins.items():
        if count != NO_MEAN or keep_no_means:
            total.bins[label] = total.bins.get(label, 0) + count


@dataclass(frozen=True)
class Span:
    """Which steps count: between two times, both included, and at a time of day from one minute to before another."""

    begin: Optional[datetime.datetime] = None
    end: Optional[datetime.datetime] = None
    minutes: Optional[tuple[int, int]] = None

    def has_day(self, time: datetime.datetime) -> bool:
        """Whether the step lies between the two times, whatever its time of day."""
        return (self.begin is None or self.begin <= time) and (self.end is None or time <= self.end)

    def has(self, time: datetime.datetime) -> bool:
        """Whether the step counts."""
        if not self.has_day(time) or self.minutes is None:
            return self.has_day(time)
        begin, end = self.minutes
        minute = time.hour * 60 + time.minute
        return begin <= minute < end if begin <= end else minute >= begin or minute < end


def _time(text: str) -> datetime.datetime:
    for form in ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y/%m/%d", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError(f"{text}: no time like \"2026/01/31 13:00\"")


def _minute(text: str) -> int:
    match = re.fullmatch(r"(\d{1,2}):(\d\d)", text)
    if match is None or int(match[1]) > 24 or int(match[2]) > 59 or int(match[1]) * 60 + int(match[2]) > 24 * 60:
        raise ValueError(f"{text}: no time of day like 13:00")
    return int(match[1]) * 60 + int(match[2])


def span(begin: Optional[str], end: Optional[str], time_of_day: Optional[str]) -> Span:
    """From what the user wrote: ("2026/01/31 13:00", "2026/02/01 13:00", "08:00 18:00")."""
    minutes = None
    if time_of_day is not None:
        parts = re.split(r"[\s-]+", time_of_day.strip())
        if len(parts) != 2:
            raise ValueError(f"{time_of_day}: no times of day like \"08:00 18:00\"")
        minutes = (_minute(parts[0]), _minute(parts[1]))
    return Span(_time(begin) if begin else None, _time(end) if end else None, minutes)
