# SPDX-License-Identifier: BSD-3-Clause
"""Rows of flows as a running tstat writes them: its logs (the directory of ``-s``, one session, one log) or a file of
``--export json=FILE``."""

from __future__ import annotations

import json
import math
import os
import re
import time
from dataclasses import dataclass
from typing import Callable, Optional

from .growing import Growing
from .ranking import Sums

LOGS = ("log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete")
_SESSION = re.compile(r"[^/]+\.out")
_NAMES = ("fqdn", "c_tls_SNI", "sni", "quic_SNI", "http_hostname")
_ABSENT = ("", "-", "--", "---", "?", "UNK")
_JSON_LOG = re.compile(rb'\{"log":"(log_[a-z_]+)"')
_HEADER = re.compile(rb"#(\d+#)?[A-Za-z_]")


@dataclass
class Row:
    """A flow that ended: its name of each kind that it has, what it had, and when it ended (ms since 1970)."""

    names: dict[str, str]
    sums: Sums
    ended_ms: float


Cells = Callable[[str], Optional[str]]


def _number(cell: Optional[str]) -> float:
    try:
        value = float(cell) if cell is not None else 0.0
    except ValueError:
        return 0.0
    return value if math.isfinite(value) and value > 0 else 0.0


def row_of(cell: Cells) -> Row:
    """Of the columns of a flow of TCP or UDP, whatever others there are; absent ones are None."""
    def both(column: str) -> float:
        return _number(cell("c_" + column)) + _number(cell("s_" + column))

    sums = Sums(flows=1, size=both("bytes_all"), segments=both("pkts_data"), retransmitted=both("pkts_retx"),
                lost=both("pkts_rto") + both("pkts_fs"))
    rtt = _number(cell("c_rtt_avg"))
    if rtt > 0:
        sums.rtt_ms, sums.rtt_flows = rtt, 1
    names = {}
    server, client, application = cell("s_ip"), cell("c_ip"), cell("app")
    if name := next((text for column in _NAMES if (text := cell(column))), server):
        names["name"] = name
    for kind, text in (("application", application), ("server", server), ("client", client)):
        if text:
            names[kind] = text
    ended = _number(cell("last")) or max(_number(cell(side + "_first_abs")) + _number(cell(side + "_durat"))
                                         for side in "cs")
    return Row(names, sums, ended)


class _Layout:
    """Which cell is which column, below a header line of a text log."""

    def __init__(self, header: bytes) -> None:
        self._separator = b"\t" if b"\t" in header else b" "
        names = [name.rsplit(":", 1)[0] for name in header.rsplit(b"#", 1)[-1].decode("utf-8", "replace").split()]
        self._places = {name: place for place, name in enumerate(names)}
        self._width = len(names)

    def row(self, line: bytes) -> Optional[Row]:
        """None: it has other cells."""
        cells = line.rstrip(self._separator).split(self._separator)
        if len(cells) != self._width:
            return None

        def cell(column: str) -> Optional[str]:
            place = self._places.get(column)
            if place is None:
                return None
            text = cells[place].decode("utf-8", "surrogateescape")
            return None if text in _ABSENT else text

        return row_of(cell)


class _Source:
    """One file: a text log, or an object a line."""

    def __init__(self, path: str, is_old: bool) -> None:
        self.file = Growing(path, is_old)
        self.unreadable = 0  #: lines that are no rows
        self._layout: Optional[_Layout] = None

    def row(self, line: bytes) -> Optional[Row]:
        """None: it is another line than one of a flow."""
        if line.startswith(b"{"):
            return self._json_row(line)
        if _HEADER.match(line):
            self._layout = _Layout(line)
            return None
        if self._layout is None and _HEADER.match(self.file.header):
            self._layout = _Layout(self.file.header)
        row = self._layout.row(line) if self._layout is not None else None
        self.unreadable += row is None
        return row

    def _json_row(self, line: bytes) -> Optional[Row]:
        log = _JSON_LOG.match(line)
        if log is not None and log[1].decode() not in LOGS:
            return None
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self.unreadable += 1
            return None
        if found.get("log") not in LOGS:
            return None

        def cell(column: str) -> Optional[str]:
            value = found.get(column)
            return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None

        return row_of(cell)


class Follower:
    """Rows of a place as they come. Of what is there at first those are taken that ended in the last ``window`` seconds
    of it."""

    def __init__(self, place: str, window: float) -> None:
        self.place = place
        self.problem = ""  #: why there are none now
        self._window_ms = window * 1000
        self._sources: dict[str, _Source] = {}
        self._folder = ""  # the session that is read
        self._seen: set[str] = set()  # sessions
        self._old: Optional[list[Row]] = []  # None: they were handed on
        self._closed_skipped = self._closed_unreadable = 0

    @property
    def skipped(self) -> int:
        """Bytes that were not looked at, because they came faster than they can be read."""
        return self._closed_skipped + sum(source.file.skipped for source in self._sources.values())

    @property
    def unreadable(self) -> int:
        """Lines that are no rows."""
        return self._closed_unreadable + sum(source.unreadable for source in self._sources.values())

    @property
    def is_reading_old(self) -> bool:
        """Whether what was there at first is still being read."""
        return self._old is not None

    def read(self, add: Callable[[Row, float], None], seconds: float) -> bool:
        """Hands on the rows that are new, each with its age in seconds; not for longer than about ``seconds``. False:
        there are more."""
        until = time.monotonic() + seconds
        try:
            later = self._look()
            while True:
                any_news = self._read_parts(add)
                if not any_news and later:
                    self._follow(later.pop(0), is_old=False)
                elif not any_news:
                    return True
                if time.monotonic() > until:
                    return False
        except OSError as error:
            self.problem = error.strerror or str(error)
            return True

    def close(self) -> None:
        """Gives the files back."""
        for path in list(self._sources):
            self._close(path)

    def _close(self, path: str) -> None:
        source = self._sources.pop(path)
        self._closed_skipped += source.file.skipped
        self._closed_unreadable += source.unreadable
        source.file.close()

    def _look(self) -> list[str]:
        """Opens files that are new. Gives the sessions that have begun after the one that is read."""
        later: list[str] = []
        is_folder = os.path.isdir(self.place)
        if not is_folder:
            self._look_for_file()
        elif not self._folder:
            self._begin()
        if is_folder and self._folder not in ("", self.place):
            later = [folder for folder in self._sessions() if folder not in self._seen]
        if self._folder:
            self._open_logs(is_old=self._old is not None)
        if self._sources:
            self.problem = ""
        elif self._old == []:
            self._old = None  # there is nothing: what comes is new
        return later

    def _look_for_file(self) -> None:
        if self.place in self._sources:
            return
        if not os.path.exists(self.place):
            self.problem = "it is not there yet"
            return
        self._sources[self.place] = _Source(self.place, self._old is not None)

    def _begin(self) -> None:
        if any(os.path.exists(path) for log in LOGS for path in _paths(self.place, log)):
            self._folder = self.place
            return
        sessions = self._sessions()
        self.problem = "there are no logs yet"
        if sessions and self._old is None:
            self._follow(sessions[0], is_old=False)  # all have begun since the start
        elif sessions:
            self._follow(sessions[-1], is_old=True)
            self._seen.update(sessions)

    def _sessions(self) -> list[str]:
        """Folders of sessions, in the order in which they were last changed, as they are when a log is made there."""
        found = []
        for name in os.listdir(self.place):
            path = os.path.join(self.place, name)
            if _SESSION.fullmatch(name) and os.path.isdir(path):
                found.append((os.stat(path).st_mtime_ns, name, path))
        self._seen &= {path for _, _, path in found}
        return [path for _, _, path in sorted(found)]

    def _follow(self, folder: str, is_old: bool) -> None:
        self.close()
        self._folder = folder
        self._seen.add(folder)
        self._open_logs(is_old)

    def _open_logs(self, is_old: bool) -> None:
        for log in LOGS:
            paths = _paths(self._folder, log)
            path = next((path for path in paths if os.path.isfile(path)), None)
            if path is not None and not any(known in self._sources for known in paths):
                self._sources[path] = _Source(path, is_old)

    def _read_parts(self, add: Callable[[Row, float], None]) -> bool:
        """A part of each file; whether there was one."""
        any_news = False
        for path, source in list(self._sources.items()):
            lines = source.file.lines()
            for line in lines or ():
                row = source.row(line)
                if row is not None and self._old is not None:
                    self._old.append(row)
                elif row is not None:
                    add(row, 0.0)
            any_news = any_news or lines is not None
            if lines is None and source.file.was_replaced():
                self._close(path)
                self._sources[path] = _Source(path, is_old=False)
                any_news = True
            self.problem = source.file.problem or self.problem
        if self._old is not None and self._sources and all(s.file.has_caught_up for s in self._sources.values()):
            self._hand_on_old(add)
        return any_news

    def _hand_on_old(self, add: Callable[[Row, float], None]) -> None:
        rows, self._old = self._old or [], None
        newest = max((row.ended_ms for row in rows), default=0.0)
        for row in sorted(rows, key=lambda row: row.ended_ms):
            if newest - row.ended_ms < self._window_ms:
                add(row, (newest - row.ended_ms) / 1000)


def _paths(folder: str, log: str) -> list[str]:
    return [os.path.join(folder, log), os.path.join(folder, log + ".gz")]
