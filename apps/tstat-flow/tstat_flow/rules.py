# SPDX-License-Identifier: BSD-3-Clause
"""Why a segment was counted as it was, in words: the rule of the analysis with the numbers that met it."""

from __future__ import annotations

import tstat

from . import words

_LEAST_TIME_OUT_S = 0.1


def _time_out(verdict: tstat.Verdict) -> str:
    if verdict.time_out is None:
        return "the time-out, which is no number here"
    text = words.of(verdict.time_out)
    if not verdict.has_round_trips:
        return f"the time-out of {text} that holds until round trips of both ends are known"
    if words.seconds(verdict.time_out) <= _LEAST_TIME_OUT_S:
        return f"the least time-out, {text}"
    return f"the time-out of {text} (the mean round trip, {words.of(verdict.mean_round_trip)}, and four deviations)"


def _since(verdict: tstat.Verdict) -> str:
    """How long ago what was."""
    if verdict.repeats:
        return f"sent again {words.of(verdict.recovery)} after the same bytes"
    if verdict.has_predecessor:
        return f"fills a hole {words.of(verdict.recovery)} after the bytes before it"
    return f"fills a hole {words.of(verdict.since_next)} after the bytes behind it"


def _late(verdict: tstat.Verdict) -> str:
    return f"{_since(verdict)}, longer than {_time_out(verdict)}"


def _acknowledged_often(verdict: tstat.Verdict) -> str:
    return (f"{_since(verdict)}, within {_time_out(verdict)}, when {verdict.predecessor_acks} acknowledgments (more than 3) had come "
            "for what is before it")


def _overtaken(verdict: tstat.Verdict) -> str:
    least = "the least one that is assumed, " if not verdict.has_round_trips else ""
    return (f"fills a hole only {words.of(verdict.since_next)} after the bytes behind it, less than the smallest round trip, "
            f"{least}{words.of(verdict.smallest_round_trip)}: it was overtaken on the way")


def _as_before(verdict: tstat.Verdict) -> str:
    return (f"{_since(verdict)}, less than the mean round trip, {words.of(verdict.mean_round_trip)}, and the segment before it is a "
            f"{words.CAUSES[verdict.cause][0]}: the same")


def _none(verdict: tstat.Verdict) -> str:
    parts = [f"{_since(verdict)}, not longer than {_time_out(verdict)}"]
    if verdict.has_predecessor:
        parts.append(f"after {words.counted(verdict.predecessor_acks, 'acknowledgment')} for what is before it (not more than 3)")
    if not verdict.repeats and not verdict.acknowledged:
        parts.append(f"not within the smallest round trip, {words.of(verdict.smallest_round_trip)}")
    return "no rule holds: " + ", ".join(parts)


_RULES = {
    "window probe": lambda verdict: "one byte, while the receiver's window is closed",
    "as neighbour": _as_before,
    "same IP id": lambda verdict: "has the same IP identification as the packet that it repeats",
    "acknowledgments": _acknowledged_often,
    "time-out": _late,
    "within round trip": _overtaken,
    "none": _none,
}


def name(verdict: tstat.Verdict) -> str:
    """What it is: "fast retransmission"."""
    return words.CAUSES[verdict.cause][0]


def reason(verdict: tstat.Verdict) -> str:
    """Why: "sent again 312 ms after the same bytes, longer than the time-out of 287 ms (...)"."""
    text = _RULES[verdict.rule](verdict)
    if verdict.cause in ("unrto", "unfs") or (verdict.acknowledged and verdict.rule == "none"):
        text += "; " + ("these bytes" if verdict.repeats else "bytes behind the hole") + " had been acknowledged"
    elif not verdict.repeats and verdict.cause in ("rto", "fs"):
        text += "; the first copy was lost before the probe"
    return text
