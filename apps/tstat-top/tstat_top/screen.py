# SPDX-License-Identifier: BSD-3-Clause
"""The terminal: keys, colours, and the view drawn anew."""

from __future__ import annotations

import contextlib
import curses
import math
import os
import threading
import time
from typing import Optional, Union

from tstat_log import messages

from . import figures, words
from .metrics import Sample, Unreachable
from .monitor import Monitor
from .ranking import KINDS
from .view import SORTS, Choice, Line, View

_KEYS = (
    ("q", "ends"), ("p", "pauses, and goes on"), ("+ -", "longer, shorter interval"), ("s", "sorts by the next column"),
    ("b f r l t", "sorts by bytes, flows, retransmitted, lost, round-trip time"),
    ("Tab", "names, applications, servers, clients"), ("/", "shows names that have a text in them"),
    ("Esc", "shows all names"), ("Up, Down, Page Up, Page Down, Home", "scroll the names"), ("Ctrl-L", "draws anew"),
    ("h ?", "these keys"))
_FOOTER = "q ends  p pauses  + - interval  s sorts  Tab names, applications ...  / filter  h keys"
_INTERVALS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_SORT_KEYS = {"b": "bytes", "f": "flows", "r": "retransmitted", "l": "lost", "t": "rtt"}
_TICK = 0.2  # seconds between two looks at the keys
_READING = 0.05  # seconds of each tick in which rows are read
_SECOND_LOOK = 1.1  # seconds after the first one
_LONGEST_FILTER = 200
_MOST_ODD_WAITS = 100


class _Asking:
    """Asks on a thread of its own, so that keys do not wait for the instance."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._answers: list[Union[Sample, Unreachable, None]] = []
        threading.Thread(target=self._run, daemon=True).start()

    def ask(self) -> None:
        """Once more, unless the last question has no answer yet."""
        self._wanted.set()

    def answer(self) -> Optional[Union[Sample, Unreachable]]:
        """A new one."""
        with self._lock:
            return self._answers.pop(0) if self._answers else None

    def _run(self) -> None:
        while self._wanted.wait():
            answer = self._monitor.ask()
            with self._lock:
                self._answers = [answer]
            self._wanted.clear()


class Screen:
    """Draws, and does what keys say."""

    def __init__(self, window: "curses.window", monitor: Monitor, choice: Choice, unicode: bool) -> None:
        self._window = window
        self._monitor = monitor
        self._choice = choice
        self._unicode = unicode
        self._styles = _styles()
        self._shows_keys = False
        self._still: Optional[tuple[Monitor, float]] = None  # while it pauses: what was known, and when
        self._filter: Optional[str] = None  # while it is typed
        self._filter_before = ""
        self._odd_waits = 0  # in a row

    def run(self) -> None:
        """Until the user has seen enough."""
        asking = _Asking(self._monitor)
        next_look, looks = 0.0, 0
        while True:
            any_news = False  # to be drawn
            if time.monotonic() >= next_look:
                asking.ask()
                looks += 1
                # Two looks make the first rates.
                next_look = time.monotonic() + min(self._choice.interval, _SECOND_LOOK if looks == 1 else math.inf)
                any_news = self._still is None
            answer = asking.answer()
            if answer is not None:
                self._monitor.take(answer)
                any_news = self._still is None
            is_all_read = self._monitor.read_rows(_READING)
            if any_news:
                self._draw()
            key = self._key(_TICK if is_all_read else 0.0)
            if key is None:
                continue
            interval = self._choice.interval
            if not self._obey(key):
                return
            if self._choice.interval != interval:
                next_look = time.monotonic() + self._choice.interval
            self._draw()

    def _key(self, wait: float) -> Union[str, int, None]:
        """None: there was none. Throws Failure when the terminal is gone, which gives none at once."""
        begin = time.monotonic()
        self._window.timeout(int(wait * 1000))
        try:
            key = self._window.get_wch()
        except curses.error:
            key = None
        is_odd = key is None and time.monotonic() - begin < wait / 4
        self._odd_waits = self._odd_waits + 1 if is_odd else 0
        if self._odd_waits > _MOST_ODD_WAITS:
            raise messages.Failure("the terminal is gone")
        return key

    def _obey(self, key: Union[str, int]) -> bool:
        """False: that was the end."""
        if key == curses.KEY_RESIZE:
            curses.update_lines_cols()
            self._window.clear()
        elif key == "\x0c":
            self._window.clear()
        elif self._filter is not None:
            self._type(key)
        elif key in ("q", "Q", "\x03"):
            return False
        elif key in ("h", "?", curses.KEY_F1):
            self._shows_keys = not self._shows_keys
        elif key in ("p", " "):
            self._still = (self._monitor.as_of_now(), time.time()) if self._still is None else None
        elif key == "/":
            self._filter, self._filter_before = self._choice.filter, self._choice.filter
        elif key == "\x1b":
            self._choice.filter, self._shows_keys = "", False
        elif key in ("+", "=", "-"):
            self._step(1 if key != "-" else -1)
        else:
            self._choose(key)
        return True

    def _choose(self, key: Union[str, int]) -> None:
        choice = self._choice
        page = max(curses.LINES // 2, 1)
        moves: dict[Union[str, int], int] = {curses.KEY_DOWN: 1, curses.KEY_UP: -1, curses.KEY_NPAGE: page,
                                             curses.KEY_PPAGE: -page, curses.KEY_HOME: -choice.offset}
        if key in moves:
            choice.offset = max(0, choice.offset + moves[key])
            return
        if key == "s":
            choice.sort = _next(tuple(SORTS), choice.sort, 1)
        elif isinstance(key, str) and key in _SORT_KEYS:
            choice.sort = _SORT_KEYS[key]
        elif key in ("\t", curses.KEY_BTAB):
            choice.kind = _next(KINDS, choice.kind, 1 if key == "\t" else -1)
        choice.offset = 0

    def _step(self, direction: int) -> None:
        longer = [value for value in _INTERVALS if value > self._choice.interval]
        shorter = [value for value in _INTERVALS if value < self._choice.interval]
        if direction > 0 and longer:
            self._choice.interval = longer[0]
        elif direction < 0 and shorter:
            self._choice.interval = shorter[-1]

    def _type(self, key: Union[str, int]) -> None:
        text = self._filter or ""
        if key in ("\n", "\r", curses.KEY_ENTER):
            self._filter = None
            return
        if key == "\x1b":
            self._filter, self._choice.filter = None, self._filter_before
            return
        if key in ("\x7f", "\b", curses.KEY_BACKSPACE):
            text = text[:-1]
        elif key == "\x15":
            text = ""
        elif isinstance(key, str) and key.isprintable() and len(text) < _LONGEST_FILTER:
            text += key
        self._filter = self._choice.filter = text
        self._choice.offset = 0

    def _draw(self) -> None:
        height, width = self._window.getmaxyx()
        monitor, wall = self._still or (self._monitor, time.time())
        view = View(monitor, self._unicode, width, max(height - 1, 1))
        lines = view.lines(self._choice, wall, "paused" if self._still else "")
        if self._shows_keys:
            lines = lines[:1] + [[figures.Piece(f"{keys:<10} {text}")] for keys, text in _KEYS]
        self._window.erase()
        for number, line in enumerate(lines[:max(height - 1, 1)]):
            self._put(number, line, width)
        if height > 1:
            self._put(height - 1, [self._footer(width)], width)
        self._window.refresh()

    def _footer(self, width: int) -> figures.Piece:
        if self._filter is not None:
            text = words.clean(f"names with: {self._filter}_", self._unicode)
            return figures.Piece(words.clip(text, width - 1, self._unicode), figures.LABEL)
        return figures.Piece(words.clip(_FOOTER, width - 1, self._unicode), figures.LABEL)

    def _put(self, number: int, line: Line, width: int) -> None:
        column = 0
        for piece in line:
            # Once more, whatever made the text: nothing that a terminal would obey goes out.
            text = words.clip(words.clean(piece.text, self._unicode), width - column, self._unicode)
            try:
                self._window.addstr(number, column, text, self._styles[piece.style])
            except curses.error:
                return  # the last cell: it is drawn, and the cursor has no place to go to
            column += words.length(text)


def _next(values: tuple[str, ...], value: str, step: int) -> str:
    return values[(values.index(value) + step) % len(values)]


def _styles() -> dict[str, int]:
    styles = {figures.PLAIN: curses.A_NORMAL, figures.LABEL: curses.A_BOLD, figures.HEADING: curses.A_REVERSE,
              figures.BAD: curses.A_BOLD | curses.A_UNDERLINE}
    if curses.has_colors() and not os.environ.get("NO_COLOR"):
        curses.start_color()
        curses.use_default_colors()
        curses.init_pair(1, curses.COLOR_RED, -1)
        curses.init_pair(2, curses.COLOR_CYAN, -1)
        styles[figures.BAD] = curses.A_BOLD | curses.color_pair(1)
        styles[figures.LABEL] = curses.color_pair(2)
    return styles


def run(monitor: Monitor, choice: Choice, unicode: bool) -> int:
    """Shows it until the user has seen enough; gives the exit status. Throws Failure."""
    os.environ.setdefault("ESCDELAY", "25")
    try:
        curses.setupterm()
        problem = "" if curses.tigetstr("cup") is not None else "its cursor cannot be placed"
    except curses.error as error:
        problem = str(error)
    if problem:
        raise messages.Usage(f"the terminal {os.environ.get('TERM', '')!r} has no pages ({problem}); --once and "
                             "--batch N print text")
    window = curses.initscr()
    try:
        curses.noecho()
        curses.cbreak()
        window.keypad(True)
        with contextlib.suppress(curses.error):  # it stays visible
            curses.curs_set(0)
        Screen(window, monitor, choice, unicode).run()
    finally:
        with contextlib.suppress(curses.error):  # there is no terminal any more
            window.keypad(False)
            curses.endwin()
    return 0
