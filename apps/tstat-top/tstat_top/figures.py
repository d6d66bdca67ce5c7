# SPDX-License-Identifier: BSD-3-Clause
"""The figures above the table: a group for each subject, as far as the instance tells of it. A new one is a function in
``_GROUPS``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Optional

from . import words
from .metrics import Change, last_packet
from .monitor import Monitor

PLAIN, LABEL, HEADING, BAD = "plain", "label", "heading", "bad"
_LATE = 10.0  # seconds without a packet, of a live capture, that are odd
_MOST_REASONS = 4
_MOST_EXPORTS = 8
_MOST_TABLES = 6
_FLOW_TABLES = ("tcp_flows", "udp_flows")
_QUEUES = {"epochs": "epochs that wait", "decoding_blocks": "blocks being decoded"}


@dataclass(frozen=True)
class Piece:
    """A text that is not broken."""

    text: str
    style: str = PLAIN


@dataclass(frozen=True)
class Group:
    """A label, and what stands behind it."""

    label: str
    pieces: list[Piece]
    worth: int = 0


def _bad_if(is_bad: bool, text: str) -> Piece:
    return Piece(text, BAD if is_bad else PLAIN)


def _packets(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    pieces = [Piece(words.rate(change.rate("tstat_packets_total")))]
    pieces += [Piece(f"{name} {words.rate(value)}")
               for name, value in sorted(change.rates("tstat_transport_packets_total", "protocol").items())]
    reasons = change.rates("tstat_dropped_packets_total", "reason")
    left_out = {name: value for name, value in reasons.items() if value > 0}
    if left_out:
        largest = sorted(left_out.items(), key=lambda item: (-item[1], item[0]))[:_MOST_REASONS]
        pieces.append(Piece(f"not analysed {words.rate(sum(left_out.values()))}"))
        pieces += [Piece(f"{name} {words.rate(value)}") for name, value in largest]
    drawn = words.sparks(list(monitor.packet_rates), 24, unicode)
    return pieces + [Piece(drawn)] if drawn and len(monitor.packet_rates) > 1 else pieces


def _flows(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    pieces = []
    for protocol, value in sorted(change.rates("tstat_flows_total", "protocol").items()):
        pieces.append(Piece(f"{protocol} {words.rate(value)} new, "
                            f"{words.count(change.newer.found.total('tstat_open_flows', protocol=protocol))} open"))
    for name, text in (("tstat_evicted_flows_total", "closed early"), ("tstat_refused_flows_total", "refused")):
        value = change.rate(name)
        if value > 0 or change.newer.found.total(name) > 0:
            pieces.append(_bad_if(value > 0, f"{text} {words.rate(value)}"))
    return pieces


def _tables(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    """Those of flows, and others that are filled to more than a hundredth or make room."""
    found, told = change.newer.found, []
    for name, entries in found.by("tstat_table_entries", "table").items():
        limit = found.total("tstat_table_limit", table=name)
        share = max(_share(entries, limit), _share(found.total("tstat_table_bytes", table=name),
                                                   found.total("tstat_table_limit_bytes", table=name)))
        evicted = change.rate("tstat_table_evictions_total", table=name)
        is_of_flows = name in _FLOW_TABLES
        if name in _QUEUES or not (is_of_flows or share > 0.01 or evicted > 0):
            continue
        text = f"{name} {words.percent(share, 1)}" + (f" of {words.count(limit)}" if limit > 0 else "")
        text += f", {words.rate(evicted)} made room" if evicted > 0 else ""
        told.append((not is_of_flows, -share, _bad_if(is_of_flows and evicted > 0, text)))
    return [piece for _, _, piece in sorted(told, key=lambda one: one[:2])[:_MOST_TABLES]]


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _queues(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    """Of --threads."""
    found = change.newer.found
    entries = found.by("tstat_table_entries", "table")
    return [Piece(f"{text} {words.count(entries[name])} of {words.count(found.total('tstat_table_limit', table=name))}")
            for name, text in _QUEUES.items() if name in entries]


def _payload(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    recent = monitor.recent
    if recent is None:
        return []
    name = "tstat_flow_payload_bytes_total"
    pieces = [Piece(f"{words.size(recent.rate(name))}/s of flows that ended")]
    for protocol in sorted(recent.newer.found.by(name, "protocol")):
        for side in ("client", "server"):
            value = recent.rate(name, protocol=protocol, sender=side)
            if value > 0:
                pieces.append(Piece(f"{protocol} {words.size(value)}/s from {side}s"))
    return pieces


def _capture(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    found = change.newer.found
    if not found.has("tstat_capture_packets_total"):
        return []
    had = change.delta("tstat_capture_packets_total")
    pieces = [Piece(f"{words.rate(change.rate('tstat_capture_packets_total'))} from the kernel")]
    for by in sorted(found.by("tstat_capture_dropped_packets_total", "by")):
        lost = change.delta("tstat_capture_dropped_packets_total", by=by)
        text = f"lost by {by} {words.rate(change.rate('tstat_capture_dropped_packets_total', by=by))}"
        if lost > 0:
            text += f" ({words.percent(lost, had)})"
        pieces.append(_bad_if(lost > 0, text))
    since = found.total("tstat_capture_dropped_packets_total")
    if since > 0:
        pieces.append(Piece(f"{words.count(since)} since the start"))
    return pieces


def _clock(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    last = last_packet(change.newer)
    if last <= 0:
        return [Piece("no packet yet")]
    behind = change.newer.wall - last
    pieces = []
    if abs(behind) < 86400:
        is_live = change.newer.found.has("tstat_capture_packets_total")
        pieces.append(_bad_if(is_live and behind > _LATE, f"last packet {words.duration(max(0.0, behind))} ago"))
    else:
        pieces.append(Piece("last packet of " + time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(last))))
    passed = change.newer.when - change.older.when
    speed = (last - last_packet(change.older)) / passed if passed > 0 else 0.0
    if speed > 2:
        pieces.append(Piece(f"{words.count(speed)} times as fast as it was captured"))
    steps = change.delta("tstat_clock_steps_back_total")
    if steps > 0:
        pieces.append(Piece(f"set back {words.count(steps)} times", BAD))
    return pieces


def _round_trip(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    recent = monitor.recent
    if recent is None:
        return []
    pieces = []
    for side, text in (("client", "to clients"), ("server", "to servers")):
        mean = recent.mean("tstat_tcp_rtt_seconds", side=side)
        high = recent.quantile("tstat_tcp_rtt_seconds", 0.95, side=side)
        if mean is not None and high is not None:
            pieces.append(Piece(f"{text} {words.milliseconds(mean * 1000)}, "
                                f"95 % below {words.milliseconds(high * 1000)}"))
    return pieces


def _output(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    pieces = [Piece(f"{words.rate(change.rate('tstat_rows_total'))} rows")]
    for what, value in sorted(change.newer.found.by("tstat_lost_total", "what").items()):
        if value > 0:
            more = change.delta("tstat_lost_total", what=what)
            pieces.append(_bad_if(more > 0, f"{words.count(value)} {what} could not be written"))
    return pieces


def _exports(change: Change, monitor: Monitor, unicode: bool) -> list[Piece]:
    found, pieces = change.newer.found, []
    for name in sorted(found.by("tstat_export_rows_total", "export"))[:_MOST_EXPORTS]:
        waiting = found.total("tstat_export_queued_rows", export=name)
        is_down = found.total("tstat_export_up", export=name) == 0
        dropped = change.delta("tstat_export_dropped_rows_total", export=name)
        text = (f"{name}: {words.rate(change.rate('tstat_export_sent_rows_total', export=name))} sent, "
                f"{words.count(waiting)} wait")
        text += ", does not answer" if is_down else ""
        text += f", {words.count(dropped)} dropped" if dropped > 0 else ""
        pieces.append(_bad_if(is_down or dropped > 0, text))
    return pieces


# With what they are worth: those with the smallest give way where a screen is low.
_GROUPS = (("packets", _packets, 8), ("flows", _flows, 7), ("tables", _tables, 5), ("payload", _payload, 1),
           ("capture", _capture, 6), ("queues", _queues, 3), ("clock", _clock, 4), ("round trip", _round_trip, 3),
           ("output", _output, 2), ("exports", _exports, 2))
_WORTH_OF_ROWS = 5


def _rows(monitor: Monitor) -> list[Piece]:
    follower = monitor.follower
    if follower is None:
        return []
    now = monitor.time
    total = monitor.window.total(now)
    pieces = [Piece(f"{words.count(total.flows)} flows, {words.size(total.size)} in {monitor.window.seconds:g} s")]
    if total.segments:
        pieces.append(Piece(f"retransmitted {words.percent(total.retransmitted, total.segments)}"))
        pieces.append(Piece(f"lost {words.percent(total.lost, total.segments)}"))
    if total.mean_rtt_ms is not None:
        pieces.append(Piece(f"round trip to servers {words.milliseconds(total.mean_rtt_ms)}"))
    if not monitor.window.is_exact("name", now):
        pieces.append(Piece("many names: sums of small ones may be too low"))
    if follower.skipped:
        skipped = words.size(follower.skipped)
        pieces.append(Piece(f"{skipped} of rows skipped: they come faster than they are read", BAD))
    if follower.unreadable:
        pieces.append(Piece(f"{words.count(follower.unreadable)} lines are no rows", BAD))
    if follower.problem:
        pieces.append(Piece(f"{follower.place}: {follower.problem}", BAD))
    return pieces


def groups(monitor: Monitor, unicode: bool) -> list[Group]:
    """Those that there is something to be told of."""
    found: list[Group] = []
    change: Optional[Change] = monitor.now
    if change is not None and not monitor.problem:
        found += [Group(label, tell(change, monitor, unicode), worth) for label, tell, worth in _GROUPS]
    found.append(Group("rows", _rows(monitor), _WORTH_OF_ROWS))
    return [group for group in found if group.pieces]
