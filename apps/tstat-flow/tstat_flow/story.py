# SPDX-License-Identifier: BSD-3-Clause
"""What happened in a TCP flow: its segments, what they say, and each anomaly with its rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import tstat

from . import rules, selection, words
from .segments import ACK, RST, SYN, Segment

_TLS_HANDSHAKE = 22
_HELLOS = {1: "TLS client hello", 2: "TLS server hello", 11: "TLS certificate"}


@dataclass(frozen=True)
class Anomaly:
    """Something that a person would point at. ``cause`` is that of a column pkts_<cause>, or zero, reset."""

    segment: Segment
    cause: str
    name: str
    reason: str
    rule: str


@dataclass(frozen=True)
class ClosedWindow:
    """While a receiver's window was 0. ``end`` None: to the end of the flow."""

    receiver: str
    begin: float
    end: Optional[float]


@dataclass
class Story:
    """A TCP flow."""

    flow: selection.Flow
    segments: list[Segment]
    anomalies: list[Anomaly]
    closed: list[ClosedWindow]

    def of(self, from_client: bool) -> list[Segment]:
        """The segments of one end."""
        return [segment for segment in self.segments if segment.from_client == from_client]

    def count(self, from_client: bool, cause: str) -> int:
        """How many verdicts of a cause one end's segments have."""
        return sum(verdict.cause == cause for segment in self.of(from_client) for verdict in segment.verdicts)


def _http(row: Any) -> str:
    if row.continuation:
        return ""
    if row.method is not None:
        return f"{row.method} {row.hostname or ''}{row.path or ''}"
    parts = [row.response, row.content_type, f"{row.content_len} bytes" if row.content_len else None]
    return "HTTP " + " ".join(str(part) for part in parts if part)


def _tls(row: Any) -> str:
    names = [f"asked for {row.tls_SNI}" if row.tls_SNI else "", f"certificate of {row.tls_SCN}" if row.tls_SCN else ""]
    return "TLS handshake" + (" answered" if row.answered else "") + "".join(f", {name}" for name in names if name)


_TELLERS = {"http": _http, "tls": _tls}


def _add_events(analysis: tstat.Analysis, flow: selection.Flow, segments: list[Segment]) -> None:
    """What is known of layer 7, at the segments that showed it."""
    by_number = {segment.number: segment for segment in segments}
    for name, teller in _TELLERS.items():
        for packet, row in selection.rows_of(analysis[name], flow):
            if packet in by_number and (text := teller(row)):
                by_number[packet].events.append(words.printable(text))
    known = 0
    for segment in segments:
        if segment.connection_type != known:
            segment.events.append("known as " + (selection.connection_kinds(segment.connection_type & ~known) or "something else"))
            known = segment.connection_type
        payload = segment.payload
        if len(payload) >= 6 and payload[0] == _TLS_HANDSHAKE and payload[1] == 3 and segment.length > 0:
            if (hello := _HELLOS.get(payload[5])) and not any(event.startswith("TLS") for event in segment.events):
                segment.events.insert(0, hello)


def _verdicts(segments: list[Segment]) -> list[Anomaly]:
    return [Anomaly(segment, verdict.cause, rules.name(verdict), rules.reason(verdict), verdict.rule)
            for segment in segments for verdict in segment.verdicts]


def _closed_windows(segments: list[Segment]) -> tuple[list[ClosedWindow], list[Anomaly]]:
    closed: list[ClosedWindow] = []
    told: list[Anomaly] = []
    begins: dict[bool, Optional[Segment]] = {True: None, False: None}
    for segment in segments:
        begin = begins[segment.from_client]
        if segment.window == 0 and segment.has(ACK) and begin is None:
            begins[segment.from_client] = segment
        elif segment.window and begin is not None:
            closed.append(ClosedWindow(segment.sender, begin.time, segment.time))
            begins[segment.from_client] = None
    closed += [ClosedWindow(begin.sender, begin.time, None) for begin in begins.values() if begin is not None]
    closed.sort(key=lambda one: one.begin)
    for one in closed:
        segment = next(s for s in segments if s.time == one.begin and s.sender == one.receiver and s.window == 0)
        until = "until the end" if one.end is None else f"for {words.span(one.end - one.begin)}"
        told.append(Anomaly(segment, "zero", "closed window", f"the {one.receiver} takes no more bytes, {until}", "window of 0"))
    return closed, told


def _resets(segments: list[Segment]) -> list[Anomaly]:
    return [Anomaly(segment, "reset", "reset", f"the {segment.sender} ends the connection at once", "RST flag")
            for segment in segments if segment.has(RST)][:1]


def _refusal(anomaly: Anomaly, segments: list[Segment]) -> Anomaly:
    if len(segments) > 1 and segments[0].has(SYN) and not any(s.has(SYN) for s in segments if not s.from_client):
        return Anomaly(anomaly.segment, anomaly.cause, "refusal", "the server refuses the connection", anomaly.rule)
    return anomaly


def tell(analysis: tstat.Analysis, flow: selection.Flow, segments: list[Segment]) -> Story:
    """The story of a flow."""
    _add_events(analysis, flow, segments)
    closed, of_windows = _closed_windows(segments)
    anomalies = _verdicts(segments) + of_windows + [_refusal(one, segments) for one in _resets(segments)]
    anomalies.sort(key=lambda one: one.segment.number)
    return Story(flow, segments, anomalies, closed)
