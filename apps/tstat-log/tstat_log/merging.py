# SPDX-License-Identifier: BSD-3-Clause
"""Rows of several probes' logs in one order of time."""

from __future__ import annotations

import collections
import math
import os
import time
from dataclasses import dataclass, field
from typing import BinaryIO, Callable, Iterable, Optional, Protocol

from . import messages, raw_rows
from .columns import is_number
from .following import Probe
from .messages import Failure

# When a row was written, by the columns of its log: the largest of these sums of a time and a number of units.
Terms = tuple[tuple[str, str, float], ...]
WRITTEN: dict[str, Terms] = {
    "log_tcp_complete": (("last", "", 0),), "log_tcp_nocomplete": (("last", "", 0),), "log_video_complete": (("last", "", 0),),
    "log_udp_complete": (("c_first_abs", "c_durat", 1000), ("s_first_abs", "s_durat", 1000)),
    "log_http_complete": (("time_abs", "", 0),), "log_dns_complete": (("time", "", 0),),
    "log_chat_complete": (("first_tm", "durat", 1),), "log_chat_messages": (("first_tm", "durat", 1),),
    "log_mm_complete": (("c_first", "", 0), ("s_first", "", 0), ("starttime", "", 0)),
    "log_skype_complete": (("first", "durat", 1),),
    "log_tcp_periodic": (("time_abs_start", "bin_duration", 1),), "log_udp_periodic": (("time_abs_start", "bin_duration", 1),),
}
_AHEAD = 20_000  # rows that are read ahead of a probe that must wait for others


class Output(Protocol):
    """Where merged rows go."""

    def begin(self, session: str, header: list[bytes]) -> None:
        """The rows that follow are of a session with these columns."""

    def row(self, row: bytes) -> None:
        """A row, without its end."""

    def flush(self) -> None:
        """No row comes for a moment."""

    def close(self) -> None:
        """No row comes any more."""


@dataclass
class _Layout:
    """How rows of a log are split, and where their times are."""

    separator: bytes
    cells: int  # 0: any number
    times: list[tuple[int, int, float]]
    places: Optional[list[int]]  # where the merged columns are; None: in the same order

    def key(self, cells: list[bytes]) -> float:
        """When the row was written; -infinity: it does not tell."""
        best = -math.inf
        for begin, duration, unit in self.times:
            try:
                value = float(cells[begin]) + (float(cells[duration]) * unit if unit else 0)
            except (ValueError, IndexError):
                continue
            if value > best:  # (which a NaN is not)
                best = value
        return best


@dataclass
class _Input:
    probe: Probe
    layout: Optional[_Layout] = None
    header: list[bytes] = field(default_factory=list)
    rows: "collections.deque[tuple[float, str, bytes]]" = field(default_factory=collections.deque)
    latest: float = -math.inf
    heard: float = 0.0  # when the last row came
    has_ended: bool = False
    reads_header: bool = False


class Merger:
    """Takes the row that was written first, as long as each probe has one; a silent probe is not waited for."""

    def __init__(self, probes: list[Probe], log: str, output: Output, *, by: str = "", patience: float = 60,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._inputs = [_Input(probe) for probe in probes]
        self._log = log
        self._output = output
        self._by = by
        self._patience = patience
        self._clock = clock
        self._columns: Optional[list[str]] = None
        self._session = ""
        self._header: Optional[list[bytes]] = None
        self.rows = 0
        self.late = 0  # rows of a probe that was not waited for, which others have overtaken
        self._last_key = -math.inf
        for source in self._inputs:
            source.heard = clock()

    def step(self) -> bool:
        """Reads what is there and writes what can be; whether there was anything."""
        read = sum(self._fill(source) for source in self._inputs)
        written = 0
        while self._can_write():
            self._write_first()
            written += 1
        if not read:
            self._output.flush()
        return bool(read or written)

    def finish(self) -> None:
        """Writes what was still waited with."""
        while any(source.rows for source in self._inputs):
            self._write_first()
        for source in self._inputs:
            source.probe.close()
        self._output.close()

    def follow(self, stops: Callable[[], bool], poll: float) -> None:
        """Until it is told to stop."""
        while not stops():
            if not self.step():
                time.sleep(poll)

    def once(self, stops: Callable[[], bool]) -> None:
        """All that is there."""
        self._patience = math.inf
        while not stops() and not all(source.has_ended for source in self._inputs):
            if not self.step():
                for source in self._inputs:
                    source.has_ended = not source.rows and source.probe.is_at_end()

    def _fill(self, source: _Input) -> int:
        if len(source.rows) >= _AHEAD:
            return 0
        lines = source.probe.lines()
        for line in lines:
            self._take(source, line)
        if lines:
            source.heard = self._clock()
        return len(lines)

    def _take(self, source: _Input, line: bytes) -> None:
        if line.startswith(b"#"):
            source.header = source.header + [line] if source.reads_header else [line]
            source.reads_header = True
            source.layout = None
            return
        if not line:
            return
        source.reads_header = False
        if source.layout is None:
            source.layout = self._layout_of(source, line)
        layout = source.layout
        cells = line.split(layout.separator)
        if layout.cells and len(cells) != layout.cells:
            messages.warn(f"{source.probe.place}: a row of {len(cells)} cells where {layout.cells} are is left out", incomplete=True)
            return
        if layout.places is not None:
            line = layout.separator.join(cells[place] if place >= 0 else b"-" for place in layout.places)
        # A log is in the order in which its rows were written; what their times say beyond that does not matter.
        source.latest = max(source.latest, layout.key(cells))
        source.rows.append((source.latest, source.probe.session, line))

    def _layout_of(self, source: _Input, row: bytes) -> _Layout:
        # (An answer in log_dns_complete has tabs in it: the header line tells.)
        separator = b"\t" if b"\t" in (source.header[0] if source.header else row) else b" "
        names = raw_rows.Layout(source.header[0]).names if source.header else []
        if self._columns is None:
            self._columns, self._header = names, source.header
        places = None
        if names != self._columns:
            where = f"{source.probe.place}: {source.probe.session}"
            if len(source.header) != 1 or not self._columns:
                raise Failure(f"{where} has other columns than the first log")
            messages.warn(f"{where} has other columns than the first log: they are put where those are, and - where there is none")
            places = [names.index(name) if name in names else -1 for name in self._columns]
        cells = len(names) if len(source.header) == 1 else 0
        return _Layout(separator, cells, self._times_in(names, source), places)

    def _times_in(self, names: list[str], source: _Input) -> list[tuple[int, int, float]]:
        if is_number(self._by) and 0 < len(self._by.lstrip("0")) < 10:
            return [(int(self._by) - 1, 0, 0)]
        terms: Terms = ((self._by, "", 0),) if self._by else WRITTEN.get(self._log, ())
        found = [(names.index(begin), names.index(duration) if unit and duration in names else 0, unit if duration in names else 0.0)
                 for begin, duration, unit in terms if begin in names]
        if not found:
            what = self._by or "that is known to say when a row was written: --by says which one it is"
            raise Failure(f"{source.probe.place}: {source.probe.session}/{self._log} has no column {what}")
        return found

    def _can_write(self) -> bool:
        some = False
        for source in self._inputs:
            if source.rows:
                some = True
            elif not source.has_ended and self._clock() - source.heard <= self._patience:
                return False
        return some

    def _write_first(self) -> None:
        source = min((source for source in self._inputs if source.rows), key=lambda source: source.rows[0][0])
        key, session, row = source.rows.popleft()
        if session > self._session:
            self._session = session
            self._output.begin(session, self._header or [])
        if key < self._last_key:
            self.late += 1
        self._last_key = max(self._last_key, key)
        self._output.row(row)
        self.rows += 1


class StreamOutput:
    """Rows of all sessions one after the other, below one header, to standard output."""

    def __init__(self) -> None:
        self._out = raw_rows.Writer()
        self._header: Optional[list[bytes]] = None

    def begin(self, session: str, header: list[bytes]) -> None:
        """See Output."""
        if self._header is None:
            for line in header:
                self._out.line(line)
        self._header = header

    def row(self, row: bytes) -> None:
        """See Output."""
        self._out.line(row)

    def flush(self) -> None:
        """See Output."""
        self._out.flush()

    def close(self) -> None:
        """See Output."""
        self._out.flush()


class DirectoryOutput:
    """DIR/SESSION/LOG."""

    def __init__(self, directory: str, log: str, *, tabs: bool = False) -> None:
        self._directory = directory
        self._log = log
        self._tabs = tabs
        self._file: Optional[BinaryIO] = None

    def begin(self, session: str, header: list[bytes]) -> None:
        """See Output."""
        self.close()
        os.makedirs(os.path.join(self._directory, session), exist_ok=True)
        self._file = open(os.path.join(self._directory, session, self._log), "wb")
        self._file.writelines((line.replace(b" ", b"\t") if self._tabs else line) + b"\n" for line in header)

    def row(self, row: bytes) -> None:
        """See Output."""
        assert self._file is not None
        self._file.write(row + b"\n")

    def flush(self) -> None:
        """See Output."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """See Output."""
        if self._file is not None:
            self._file.close()
        self._file = None


def places_below(inputs: Iterable[str], output: str) -> list[str]:
    """The inputs that lie in the output directory, or it in them: whose logs would be overwritten or read again."""
    there = os.path.realpath(output)
    return [place for place in inputs
            if os.path.commonpath([os.path.realpath(place), there]) in (os.path.realpath(place), there)]
