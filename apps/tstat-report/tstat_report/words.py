# SPDX-License-Identifier: BSD-3-Clause
"""Numbers as people read them: three digits that count, and a unit; the number itself for programs in <data value>."""

from __future__ import annotations

import datetime
import math

from .html import Markup, element

NS = 1_000_000_000
_SPACE = "\u00a0"  # between a number and its unit: they stay together


def _three(value: float) -> str:
    """Three digits that count: 1.52, 31.6, 440."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value)) + 1e-12))
    text = f"{value:.{min(digits, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scaled(value: float, units: tuple[str, ...], step: float) -> str:
    number = 0
    while number + 1 < len(units) and abs(value) >= step * 0.9995:
        value /= step
        number += 1
    return f"{_three(value)}{_SPACE}{units[number]}".rstrip()


def count_text(value: float) -> str:
    """1,516,188"""
    return f"{int(round(value)):,}"


def bytes_text(value: float) -> str:
    """1.52 MB, in powers of a thousand"""
    return _scaled(value, ("B", "kB", "MB", "GB", "TB", "PB", "EB"), 1000)


def rate_text(bits_per_s: float) -> str:
    """3.2 Mbit/s"""
    return _scaled(bits_per_s, ("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"), 1000)


def large_text(value: float) -> str:
    """1.52 k"""
    return _scaled(value, ("", "k", "M", "G"), 1000)


def duration_text(ns: float) -> str:
    """31.6 ms, 2.06 s, 3 h 12 min"""
    if abs(ns) < 60 * NS * 0.9995:
        return _scaled(ns / 1000, ("µs", "ms", "s"), 1000)
    seconds = int(round(ns / NS))
    parts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    first = next(i for i, (number, _) in enumerate(parts) if number)
    return _SPACE.join(f"{number}{_SPACE}{unit}" for number, unit in parts[first:first + 2] if number)


def share_text(share: float) -> str:
    """1.9 %; of what is there never 0 %, of what is not all never 100 %"""
    percent = 100 * share
    if 0 < percent < 0.01:
        return f"<{_SPACE}0.01{_SPACE}%"
    if 99.9 <= percent < 100:
        return f">{_SPACE}99.9{_SPACE}%"
    text = f"{percent:.2f}" if 0 < percent < 1 else f"{percent:.1f}".removesuffix(".0")
    return f"{text}{_SPACE}%"


def time_text(ns: int) -> str:
    """2026-11-24 06:03:35 UTC"""
    return f"{_datetime(ns):%Y-%m-%d %H:%M:%S} UTC"


def _datetime(ns: int) -> datetime.datetime:
    """Years that a date cannot have are its first and last ones."""
    seconds = min(max(ns // NS, -62_000_000_000), 253_402_300_799)
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(seconds))


def clock_text(ns: int, step_ns: int) -> str:
    """A time on an axis whose marks are that far apart."""
    at = _datetime(ns)
    if step_ns >= 86400 * NS:
        return f"{at:%Y-%m-%d}"
    if step_ns >= 60 * NS:
        return f"{at:%H:%M}"
    if step_ns >= NS:
        return f"{at:%H:%M:%S}"
    return f"{at:%H:%M:%S}.{ns % NS // 100_000_000}"


def _data(value: float, text: str) -> Markup:
    exact = int(value) if float(value).is_integer() else round(float(value), 9)
    return element("data", text, value=exact)


def count(value: float) -> Markup:
    """A number of things."""
    return _data(int(round(value)), count_text(value))


def plural(value: float, one: str, many: str = "") -> Markup:
    """1 flow, 2 flows"""
    return Markup(f"{count(value)} {one if round(value) == 1 else many or one + 's'}")


def size(value: float) -> Markup:
    """Bytes."""
    return _data(int(round(value)), bytes_text(value))


def rate(bits_per_s: float) -> Markup:
    """Bits a second."""
    return _data(bits_per_s, rate_text(bits_per_s))


def duration(ns: float) -> Markup:
    """Nanoseconds."""
    return _data(int(round(ns)), duration_text(ns))


def share(part: float, whole: float) -> Markup:
    """A part of a whole, in per cent."""
    return _data(part / whole, share_text(part / whole)) if whole else Markup("–")


def time(ns: int, with_zone: bool = True) -> Markup:
    """A time, UTC."""
    text = time_text(ns) if with_zone else time_text(ns).removesuffix(" UTC")
    return element("time", text, datetime=f"{_datetime(ns):%Y-%m-%dT%H:%M:%SZ}")
