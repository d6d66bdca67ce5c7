# SPDX-License-Identifier: BSD-3-Clause
"""The metrics of a running tstat (``tstat --metrics``): asked for, read, and what changed between two answers."""

from __future__ import annotations

import http.client
import math
import re
import time
import urllib.parse
from dataclasses import dataclass
from typing import Optional

Labels = tuple[tuple[str, str], ...]

DEFAULT_PORT = 9111
_LARGEST = 4 << 20  # bytes of an answer
_MOST_SERIES = 20_000
_TIMEOUT = 3.0  # seconds
_LINE = re.compile(r'([A-Za-z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*',
                   re.ASCII)
_LABEL = re.compile(r'\s*([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?', re.ASCII)


def _unescaped(label: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else str(match[1]), label)


class Unreachable(Exception):
    """There is no answer, or none with metrics of tstat."""


class Exposition:
    """The series of one answer."""

    def __init__(self, text: str) -> None:
        self._families: dict[str, dict[Labels, float]] = {}
        series = 0
        for line in text.split("\n"):
            match = None if line.startswith("#") else _LINE.fullmatch(line)
            if match is None:
                continue
            try:
                value = float(match[3])
            except ValueError:
                continue
            series += 1
            if series > _MOST_SERIES:
                break
            labels = tuple(sorted((name, _unescaped(label)) for name, label in _LABEL.findall(match[2] or "")))
            self._families.setdefault(match[1], {})[labels] = value

    def has(self, name: str) -> bool:
        """Whether a series has that name."""
        return name in self._families

    def series(self, name: str) -> dict[Labels, float]:
        """All with that name."""
        return self._families.get(name, {})

    def total(self, name: str, **labels: str) -> float:
        """The sum of those with these labels."""
        wanted = set(labels.items())
        return math.fsum(value for have, value in self.series(name).items() if wanted <= set(have))

    def by(self, name: str, label: str) -> dict[str, float]:
        """Sums by the value of a label."""
        sums: dict[str, float] = {}
        for labels, value in self.series(name).items():
            key = dict(labels).get(label, "")
            sums[key] = sums.get(key, 0.0) + value
        return sums

    def text(self, name: str, label: str) -> str:
        """The value of a label of the first series with that name."""
        return next((dict(labels).get(label, "") for labels in self.series(name)), "")


@dataclass(frozen=True)
class Sample:
    """An answer, with the time at which it came: of the clock that only goes on, and of the wall."""

    when: float
    wall: float
    found: Exposition


@dataclass(frozen=True)
class Address:
    """Where metrics are."""

    host: str
    port: int
    path: str = "/metrics"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" + (self.path if self.path != "/metrics" else "")


def address_of(text: str) -> Address:
    """[ADDRESS:]PORT as of tstat --metrics, or a URL. Throws ValueError."""
    if text.startswith("http://"):
        parts = urllib.parse.urlsplit(text)
        if not parts.hostname or parts.username is not None:
            raise ValueError(text)
        return Address(parts.hostname, parts.port or 80, parts.path if parts.path not in ("", "/") else "/metrics")
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]:|([^\s:/\[\]]+):)?(\d{1,5})", text)
    if match is None or not 1 <= int(match[3]) <= 65535:
        raise ValueError(text)
    return Address(match[1] or match[2] or "127.0.0.1", int(match[3]))


class Instance:
    """A tstat that answers."""

    def __init__(self, address: Address) -> None:
        self.address = address

    def ask(self) -> Sample:
        """Its metrics now. Throws Unreachable, after some seconds at the latest."""
        connection = http.client.HTTPConnection(self.address.host, self.address.port, timeout=_TIMEOUT)
        try:
            connection.request("GET", self.address.path, headers={"Accept": "text/plain", "Connection": "close"})
            answer = connection.getresponse()
            body = _body(answer)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise Unreachable(reason or type(error).__name__) from None
        finally:
            connection.close()
        if answer.status == 503:
            raise Unreachable("nothing was counted yet")
        if answer.status != 200:
            raise Unreachable(f"the answer is {answer.status} {answer.reason}")
        found = Exposition(body.decode("utf-8", "replace"))
        if not found.has("tstat_packets_total"):
            raise Unreachable("there are no metrics of tstat")
        return Sample(time.monotonic(), time.time(), found)


def _body(answer: http.client.HTTPResponse) -> bytes:
    parts, size, until = [], 0, time.monotonic() + _TIMEOUT
    while part := answer.read1(65536):
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            raise Unreachable(f"the answer is larger than {_LARGEST >> 20} MiB")
        if time.monotonic() > until:
            raise Unreachable("the answer does not end")
    return b"".join(parts)


class Change:
    """What changed from one answer to a later one of the same run."""

    def __init__(self, older: Sample, newer: Sample) -> None:
        self.older, self.newer = older, newer
        self.seconds = _seconds(older, newer)

    def delta(self, name: str, **labels: str) -> float:
        """How much more."""
        return max(0.0, self.newer.found.total(name, **labels) - self.older.found.total(name, **labels))

    def rate(self, name: str, **labels: str) -> float:
        """How much more, a second."""
        return self.delta(name, **labels) / self.seconds if self.seconds > 0 else 0.0

    def rates(self, name: str, label: str) -> dict[str, float]:
        """Rates by the value of a label."""
        return {value: self.rate(name, **{label: value}) for value in self.newer.found.by(name, label)}

    def mean(self, name: str, **labels: str) -> Optional[float]:
        """Of a histogram's values that are new; None: there are none."""
        many = self.delta(name + "_count", **labels)
        return self.delta(name + "_sum", **labels) / many if many > 0 else None

    def quantile(self, name: str, share: float, **labels: str) -> Optional[float]:
        """Of the same, below which that share is: as exact as the histogram's steps are narrow."""
        steps: list[tuple[float, float]] = []
        for have in self.newer.found.series(name + "_bucket"):
            if set(labels.items()) <= set(have):
                limit = dict(have)["le"]
                steps.append((float(limit), self.delta(name + "_bucket", **{**labels, "le": limit})))
        steps.sort()
        many = steps[-1][1] if steps else 0.0
        if many <= 0:
            return None
        begin, before = 0.0, 0.0
        for end, below in steps:
            if below >= share * many:
                if math.isinf(end):
                    return begin
                return begin + (end - begin) * ((share * many - before) / (below - before) if below > before else 1.0)
            begin, before = end, below
        return begin


def last_packet(sample: Sample) -> float:
    """When it was, since 1970; 0: there was none."""
    return sample.found.total("tstat_last_packet_time_seconds")


def _seconds(older: Sample, newer: Sample) -> float:
    """How long that was. Answers are a second old at most, and no two as old as each other; in a live capture the last
    packet's time tells better which time the counts are of."""
    passed = newer.when - older.when
    of_packets = last_packet(newer) - last_packet(older)
    return of_packets if abs(of_packets - passed) <= 1.1 and of_packets >= passed / 2 else passed
