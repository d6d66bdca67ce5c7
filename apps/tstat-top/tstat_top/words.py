# SPDX-License-Identifier: BSD-3-Clause
"""Texts and numbers as a terminal shows them. Names are strangers': nothing in them is obeyed."""

from __future__ import annotations

import locale

from tstat_log import terminal

_SPARKS = " ▁▂▃▄▅▆▇█"
_PLAIN_SPARKS = " .:-=+*#"


def has_unicode() -> bool:
    """Whether more than ASCII can be shown: by Python, and by the library that draws."""
    return terminal.has_unicode() and locale.nl_langinfo(locale.CODESET).upper().replace("-", "") == "UTF8"


def clean(text: str, unicode: bool = True) -> str:
    """The text with escapes (``\\x1B``, ``\\u202E``) for what is no visible character: controls, those that turn the
    direction of a line, lone surrogates; without Unicode also for all that is not ASCII."""
    if text.isprintable() and (unicode or text.isascii()):
        return text
    return "".join(c if c.isprintable() and (unicode or c.isascii()) else _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    if 0xdc80 <= code <= 0xdcff:  # a byte that was no UTF-8
        code -= 0xdc00
    return f"\\x{code:02X}" if code < 256 else f"\\u{code:04X}" if code < 65536 else f"\\U{code:08X}"


def clip(text: str, most: int, unicode: bool = True) -> str:
    """The text, or its begin and a mark, in so many columns at most."""
    text = text[:4 * most + 16]
    if terminal.length(text) <= most:
        return text
    if most < 1:
        return ""
    while terminal.length(text) > most - 1:
        text = text[:-1]
    return text + ("…" if unicode else "~")


def length(text: str) -> int:
    """The columns that it takes."""
    return terminal.length(text)


def pad(text: str, width: int, right: bool = False) -> str:
    """The text with blanks."""
    space = " " * (width - terminal.length(text))
    return space + text if right else text + space


def _scaled(value: float, limit: float) -> tuple[float, str]:
    for scale, letter in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")):
        if abs(value) >= scale:
            return value / scale, letter
    return (value / 1e3, "k") if abs(value) >= limit else (value, "")


def _digits(value: float) -> str:
    """Three that matter."""
    if value == 0:
        return "0"
    if abs(value) >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}" if abs(value) >= 0.00995 else f"{value:.1g}"


def count(value: float) -> str:
    """How many: 12345, 1.23 M."""
    if abs(value) < 1e5 and value == int(value):
        return str(int(value))
    number, letter = _scaled(value, 1e4)
    return _digits(number) + (" " + letter if letter else "")


def rate(value: float) -> str:
    """A second."""
    return count(value) + "/s"


def size(value: float) -> str:
    """Bytes."""
    number, letter = _scaled(value, 1e3)
    return (str(int(number)) if not letter and number == int(number) else _digits(number)) + f" {letter}B"


def percent(part: float, whole: float) -> str:
    """A share; of nothing: -."""
    return f"{_digits(100 * part / whole)} %" if whole > 0 else "-"


def milliseconds(value: float) -> str:
    """A time of milliseconds."""
    return f"{_digits(value / 1000)} s" if value >= 1000 else f"{_digits(value)} ms"


def duration(seconds: float) -> str:
    """How long something lasts, in two units."""
    whole = int(seconds)
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole // 60 % 60} min"
    return f"{whole // 86400} d {whole // 3600 % 24} h"


def sparks(values: list[float], width: int, unicode: bool) -> str:
    """The last values as a row of bars; the highest is full."""
    shown, marks = values[-width:], _SPARKS if unicode else _PLAIN_SPARKS
    highest = max(shown, default=0)
    if highest <= 0:
        return ""
    steps = len(marks) - 1
    return "".join(marks[0 if value <= 0 else max(1, round(value / highest * steps))] for value in shown)
