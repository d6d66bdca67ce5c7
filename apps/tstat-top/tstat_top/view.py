# SPDX-License-Identifier: BSD-3-Clause
"""What is shown, as lines of styled pieces: of figures (a label, and what follows it), and the table of names."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Optional

from tstat_log import terminal

from . import figures, words
from .figures import BAD, HEADING, LABEL, PLAIN, Group, Piece
from .monitor import Monitor
from .ranking import KINDS, Sums

Line = list[Piece]

SORTS: dict[str, Callable[[Sums], float]] = {
    "bytes": lambda sums: sums.size,
    "flows": lambda sums: sums.flows,
    "retransmitted": lambda sums: sums.retransmitted,
    "lost": lambda sums: sums.lost,
    "rtt": lambda sums: sums.mean_rtt_ms or 0.0,
    "name": lambda sums: 0.0,
}
_INDENT = 11
_LEAST_TABLE = 5  # lines


@dataclass
class Choice:
    """What the user wants to see."""

    interval: float
    sort: str = "bytes"
    kind: str = KINDS[0]
    filter: str = ""
    top: Optional[int] = None  #: rows of the table; None: as many as there is room for
    offset: int = 0  #: rows that are scrolled over


@dataclass(frozen=True)
class _Column:
    title: str
    width: int
    text: Callable[[Sums, Sums], str]  # of a row, with the sums of all
    worth: int  # those with the smallest go first where there is little room


_COLUMNS = (
    _Column("flows", 8, lambda sums, total: words.count(sums.flows), 4),
    _Column("payload", 9, lambda sums, total: words.size(sums.size), 5),
    _Column("share", 7, lambda sums, total: words.percent(sums.size, total.size), 1),
    _Column("retx", 7, lambda sums, total: words.percent(sums.retransmitted, sums.segments), 3),
    _Column("lost", 7, lambda sums, total: words.percent(sums.lost, sums.segments), 0),
    _Column("rtt", 8, lambda sums, total: "-" if sums.mean_rtt_ms is None else words.milliseconds(sums.mean_rtt_ms), 2),
)
_LEAST_NAME = 14


class View:
    """Of a monitor, on a screen or in a file of so many columns. ``height`` None: as many lines as there are."""

    def __init__(self, monitor: Monitor, unicode: bool, width: int, height: Optional[int] = None) -> None:
        self._monitor = monitor
        self._unicode = unicode
        self._width = max(width, 20)
        self._height = height

    def lines(self, choice: Choice, wall: float, note: str = "") -> list[Line]:
        """All lines, none wider than the screen. ``note``: what is told in the first one, too."""
        lines = self._heading(choice, wall, note)
        lines += self._figures(len(lines))
        if self._monitor.follower is not None:
            room = None if self._height is None else max(self._height - len(lines), 0)
            lines += self._table(choice, room)
        return lines if self._height is None else lines[:self._height]

    def _heading(self, choice: Choice, wall: float, note: str) -> list[Line]:
        monitor = self._monitor
        form = "%Y-%m-%d %H:%M:%S" if self._height is None else "%H:%M:%S"
        pieces = [Piece(time.strftime(form, time.localtime(wall)))]
        if monitor.instance is not None:
            pieces.append(Piece(str(monitor.instance.address)))
        if monitor.problem:
            pieces.append(Piece(f"not reachable: {monitor.problem}", BAD))
        elif monitor.last is not None:
            found = monitor.last.found
            pieces.append(Piece(f"tstat {found.text('tstat_build_info', 'version')}"))
            pieces.append(Piece("running for " + words.duration(
                max(0.0, monitor.last.wall - found.total("tstat_start_time_seconds")))))
        pieces.append(Piece(f"every {choice.interval:g} s"))
        if note:
            pieces.append(Piece(note, BAD))
        return self._laid_out(Group("tstat-top", pieces))

    def _figures(self, above: int) -> list[Line]:
        """All lines of all groups; where these leave no room for the table, their first lines, and of these those of
        the worthier groups."""
        groups = figures.groups(self._monitor, self._unicode)
        laid_out = [self._laid_out(group) for group in groups]
        if self._height is not None:
            room = self._height - above - (_LEAST_TABLE if self._monitor.follower is not None else 0)
            if sum(map(len, laid_out)) > room:
                laid_out = [lines[:1] for lines in laid_out]
            worth = [group.worth + 100 * any(piece.style == BAD for piece in group.pieces) for group in groups]
            while len(laid_out) > max(room, 1):
                least = worth.index(min(worth))
                del worth[least], laid_out[least]
        return [line for lines in laid_out for line in lines]

    def _laid_out(self, group: Group) -> list[Line]:
        """The label, and as many pieces behind it as a line has room for; others below them."""
        lines: list[Line] = [[Piece(words.pad(group.label, _INDENT), LABEL)]]
        used = _INDENT
        for piece in group.pieces:
            text = words.clip(words.clean(piece.text, self._unicode), self._width - _INDENT, self._unicode)
            wide = terminal.length(text)
            if used > _INDENT and used + 2 + wide > self._width:
                lines.append([Piece(" " * _INDENT)])
                used = _INDENT
            if used > _INDENT:
                lines[-1].append(Piece("  "))
                used += 2
            lines[-1].append(Piece(text, piece.style))
            used += wide
        return lines

    def _columns(self) -> list[_Column]:
        columns = list(_COLUMNS)
        while columns and self._width - sum(column.width + 1 for column in columns) < _LEAST_NAME:
            columns.remove(min(columns, key=lambda column: column.worth))
        return columns

    def _table(self, choice: Choice, room: Optional[int]) -> list[Line]:
        now = self._monitor.time
        window = self._monitor.window
        total = window.total(now)
        wanted = choice.filter.casefold()
        names = window.top(choice.kind, now, SORTS[choice.sort], lambda name: wanted in name.casefold())
        columns = self._columns()
        name_width = self._width - sum(column.width + 1 for column in columns)
        title = f"{choice.kind}s by {choice.sort}" + (f', with "{choice.filter}"' if choice.filter else "")
        head = words.pad(self._cell(title, name_width), name_width) + "".join(
            " " + words.pad(column.title, column.width, right=True) for column in columns)
        lines = [[Piece(words.pad(head, self._width) if self._height is not None else head.rstrip(), HEADING)]]
        most = len(names) if choice.top is None else choice.top
        if room is not None:
            most = min(most, max(room - 1, 0))
        for name, sums in names[choice.offset:choice.offset + most]:
            text = words.pad(self._cell(name, name_width), name_width) + "".join(
                " " + words.pad(column.text(sums, total), column.width, right=True) for column in columns)
            lines.append([Piece(text, PLAIN)])
        if not names:
            lines.append([Piece(self._cell(self._nothing(choice, total), self._width))])
        return lines

    def _nothing(self, choice: Choice, total: Sums) -> str:
        if self._monitor.follower is not None and self._monitor.follower.is_reading_old:
            return "(what is there is being read)"
        if total.flows and choice.kind == "application" and not choice.filter:
            return "(rows have applications with --compat none)"
        return "(no rows)"

    def _cell(self, text: str, width: int) -> str:
        return words.clip(words.clean(text[:4 * width + 16], self._unicode), width, self._unicode)


def plain(lines: list[Line]) -> str:
    """The lines as text."""
    return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in lines)
