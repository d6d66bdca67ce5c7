# SPDX-License-Identifier: BSD-3-Clause
"""Adds up what the comparisons found: precision and recall of events, and how many numbers are right."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable

from .views import PLACES

#: Column: its name in the tables, and by how much it may differ and be right: nanoseconds or bytes, or a share.
NUMBERS: dict[str, tuple[str, float, float]] = {
    "bytes_retransmitted": ("bytes sent again", 0, 0),
    "bytes_unique": ("bytes, each once", 0, 0),
    "bytes_missed": ("bytes that the capture missed", 0, 0),
    "throughput": ("throughput", 0, 0.01),
    "window_max": ("largest window", 0, 0),
    "handshake_rtt": ("round trip of the handshake", 50e3, 0.01),
    "rtt_min": ("smallest round trip", 50e3, 0.01),
    "rtt_mean": ("mean round trip", 0, 0.02),
    "rtt_p50": ("median of round trips", 50e3, 0.05),
    "rtt_p95": ("95 % of round trips", 50e3, 0.05),
    "rtt_p99": ("99 % of round trips", 50e3, 0.05),
    "rtp_lost": ("RTP: lost", 0, 0),
    "rtp_jitter": ("RTP: jitter", 0, 0.01),
    "rtp_jitter_max": ("RTP: largest jitter", 0, 0.01),
}
#: By what the sender's kernel tells at the end of the connection (TCP_INFO), of a probe beside it.
KERNEL_NUMBERS: dict[str, tuple[str, float, float]] = {
    "kernel_retransmitted": ("segments sent again: tcpi_total_retrans", 0, 0),
    "kernel_bytes_retransmitted": ("bytes sent again: tcpi_bytes_retrans", 0, 0),
    "kernel_bytes_unique": ("bytes, each once: tcpi_bytes_sent less those", 0, 0),
    "kernel_rtt_min": ("smallest round trip: tcpi_min_rtt", 50e3, 0.01),
    "kernel_needless": ("needless, where there are some: tcpi_dsack_dups", 0, 0),
    "kernel_reordered": ("overtaken, where some are: tcpi_reord_seen", 0, 0),
}
EVENTS: dict[str, str] = {
    "retransmitted": "sent again",
    "fast": "cause: fast retransmission",
    "rto": "cause: time-out",
    "tlp": "cause: probe of the tail",
    "needless": "needless",
    "lost_before": "lost before the probe",
    "lost_behind": "lost behind the probe",
    "reordered": "overtaken",
    "duplicate": "duplicated by the network",
    "rtt_samples": "samples of round trips",
}


@dataclass
class Score:
    """Of events."""

    right: int = 0
    wrong: int = 0  #: said, and not so
    missed: int = 0  #: so, and not said

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    @property
    def both(self) -> float:
        """Their harmonic mean: F1."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass
class Errors:
    """Of numbers."""

    right: int = 0
    #: Relative to the truth, or absolute where the truth is 0.
    relative: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.relative)

    @property
    def share(self) -> float:
        return self.right / self.count if self.count else 1.0

    def at(self, share: float) -> float:
        ordered = sorted(self.relative)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


Rows = list[dict[str, Any]]


def complete(rows: Iterable[dict[str, Any]]) -> Rows:
    """Those of captures that miss nothing."""
    return [row for row in rows if row["view"] in PLACES]


def events(rows: Iterable[dict[str, Any]]) -> dict[str, Score]:
    found: dict[str, Score] = defaultdict(Score)
    for row in rows:
        for column, (right, wrong, missed) in row["events"].items():
            score = found[column]
            score.right += right
            score.wrong += wrong
            score.missed += missed
    return found


def is_right(column: str, true: float, said: float) -> bool:
    _, absolute, share = (NUMBERS | KERNEL_NUMBERS)[column]
    return abs(said - true) <= max(absolute, share * abs(true))


def numbers(rows: Iterable[dict[str, Any]]) -> dict[str, Errors]:
    found: dict[str, Errors] = defaultdict(Errors)
    for row in rows:
        for column, (true, said) in row["numbers"].items():
            errors = found[column]
            errors.right += is_right(column, true, said)
            errors.relative.append(abs(said - true) / true if true else abs(said))
    return found


def by(rows: Rows, key: str) -> dict[str, Rows]:
    groups: dict[str, Rows] = defaultdict(list)
    for row in rows:
        groups[str(row[key])].append(row)
    return dict(groups)


def worst(rows: Rows, column: str, most: int) -> list[tuple[str, str, int]]:
    """Scenario and place with the most errors of that kind of event, and how many."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if column in row["events"]:
            _, wrong, missed = row["events"][column]
            found[row["scenario"], row["view"]] += wrong + missed
    measure: Callable[[tuple[tuple[str, str], int]], tuple[int, tuple[str, str]]] = lambda item: (-item[1], item[0])
    return [(scenario, view, count) for (scenario, view), count in sorted(found.items(), key=measure)[:most] if count]
