# SPDX-License-Identifier: BSD-3-Clause
"""What is true at a probe of one direction of a flow: numbers, events by frame, and round-trip times."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from . import frames
from .packets import Flow, Sent, Way
from .ranges import Ranges
from .views import View

#: A receiver that answers later than this has delayed its acknowledgment.
AT_ONCE = 2_000_000
#: What is said of segments, each a set of frame numbers.
EVENTS = ("retransmitted", "fast", "rto", "tlp", "reordered", "duplicate", "lost_before", "lost_behind", "needless")


@dataclass
class Finding:
    """Of one direction of a flow: what is true, or what a tool says. What it does not say is absent."""

    values: dict[str, float] = field(default_factory=dict)
    events: dict[str, set[int]] = field(default_factory=dict)
    #: Of events that are only counted.
    counts: dict[str, int] = field(default_factory=dict)
    #: Round-trip times in nanoseconds, by the frame that ends them.
    samples: dict[int, float] = field(default_factory=dict)


@dataclass
class Truth(Finding):
    #: Acknowledgments of `samples` that the receiver did not delay.
    prompt: set[int] = field(default_factory=set)
    #: Retransmitted frames that look as if they were sent for the first time: what they repeat was lost before the probe, and so was
    #: all that followed it, or nothing did.
    hidden: set[int] = field(default_factory=set)
    #: Retransmitted frames whose cause the kernels' counters do not tell.
    uncertain: set[int] = field(default_factory=set)
    #: Retransmitted frames of a time-out that are, by all that a probe can see, probes of the tail.
    undecided: set[int] = field(default_factory=set)


class Observer:
    """What of one way a view holds, in its order."""

    def __init__(self, way: Way, view: View) -> None:
        self._index = {number: i for i, made_of in enumerate(view.numbers, 1) for number in made_of}
        self.place = view.place
        # A copy that was made behind the probe is in no frame of its own.
        originals = {s.id: self.frame(s) for s in way.sent}
        self.seen = sorted(((self.frame(s), s.id, s) for s in way.sent if self.frame(s) and self.frame(s) != originals.get(s.copy_of)),
                           key=lambda t: t[:2])

    def frame(self, sent: Sent) -> int:
        """In the view; 0: it is not there."""
        return self._index.get(sent.frame.get(self.place, 0), 0)


def _data_events(truth: Truth, own: Observer, way: Way) -> None:
    events = truth.events
    seen, passed = Ranges(), set[int]()
    repeated, payload = 0, Ranges()
    top: int | None = None
    delivered = Delivered(way)
    for frame, _, one in own.seen:
        if one.header.flags & frames.RST:
            continue
        original = one.copy_of or one.id
        if original in passed:
            events["duplicate"].add(frame)
            continue
        passed.add(original)
        if one.begin == one.end:
            continue
        if one.resent and not seen.overlap(one.begin, one.end) and (top is None or one.begin >= top):
            truth.hidden.add(frame)
        elif one.resent:
            _resent(truth, frame, one, seen, delivered)
            repeated += seen.overlap(one.begin, one.begin + one.payload)
        elif top is not None and one.begin < top:
            events["reordered"].add(frame)
        seen.add(one.begin, one.end)
        payload.add(one.begin + bool(one.header.flags & frames.SYN), one.begin + bool(one.header.flags & frames.SYN) + one.payload)
        top = one.end if top is None else max(top, one.end)
    truth.values["bytes_retransmitted"] = repeated
    truth.values["bytes_unique"] = payload.total()


class Delivered:
    """Which bytes had been sent before, and reached the receiver by that."""

    def __init__(self, way: Way) -> None:
        self._sent = sorted((s for s in way.sent if s.begin != s.end), key=lambda s: s.id)
        self._ids = [s.id for s in self._sent]

    def has(self, one: Sent) -> bool:
        """Whether all that `one` sends again did."""
        before = self._sent[:bisect.bisect_left(self._ids, one.id)]
        there, earlier = Ranges(), Ranges()
        for other in before:
            if other.begin < one.end and one.begin < other.end and other.copy_of != one.id:
                earlier.add(other.begin, other.end)
                if other.left is not None:
                    there.add(other.begin, other.end)
        return there.overlap(one.begin, one.end) >= earlier.overlap(one.begin, one.end)


def _resent(truth: Truth, frame: int, one: Sent, seen: Ranges, delivered: Delivered) -> None:
    events = truth.events
    events["retransmitted"].add(frame)
    if one.undecided:
        truth.undecided.add(frame)
    elif one.cause is None:
        truth.uncertain.add(frame)
    else:
        events[one.cause].add(frame)
    if delivered.has(one):
        events["needless"].add(frame)
    elif seen.overlap(one.begin, one.end):
        events["lost_behind"].add(frame)
    else:
        events["lost_before"].add(frame)


def _windows(truth: Truth, own: Observer, other: Observer) -> None:
    def scale(seen: Observer) -> int | None:
        found = [one.header.scale for _, _, one in seen.seen if one.header.flags & frames.SYN]
        return found[0] if found else None

    shift = scale(own) or 0
    if scale(own) is None or scale(other) is None:
        shift = 0
    windows = [one.header.window << (0 if one.header.flags & frames.SYN else shift) for _, _, one in own.seen
               if not one.header.flags & frames.RST]
    if windows and scale(own) is not None and scale(other) is not None:
        truth.values["window_max"] = max(windows)


def _round_trips(truth: Truth, own: Observer, back: Observer, way: Way, answers: Way) -> None:
    """Of each acknowledgment of something new: from the packet whose arrival let the receiver send it, at the probe, to itself."""
    arrivals = sorted(((s.left, s.id, s) for s in way.sent if s.left is not None and s.begin != s.end and not s.copy_of),
                      key=lambda t: t[:2])
    times = [left for left, _, _ in arrivals]
    acknowledged: int | None = None
    for frame, _, ack in back.seen:
        if not ack.header.flags & frames.ACK or (acknowledged is not None and ack.ack <= acknowledged):
            continue
        before, acknowledged = acknowledged, ack.ack
        i = bisect.bisect_right(times, ack.entered) - 1
        # What came since then is behind a hole, or was not looked at yet.
        while i >= 0 and arrivals[i][2].end > ack.ack:
            i -= 1
        if i < 0 or (before is not None and arrivals[i][2].end <= before):
            continue
        cause = arrivals[i][2]
        if not own.frame(cause):
            continue
        truth.samples[frame] = ack.passed[own.place] - cause.passed[own.place]
        if ack.entered - arrivals[i][0] <= AT_ONCE:
            truth.prompt.add(frame)
        if cause.header.flags & frames.SYN:
            truth.values["handshake_rtt"] = truth.samples[frame]


def _throughput(truth: Truth, own: Observer) -> None:
    """Of what passed the probe: bytes a second from the first payload to the last."""
    times = [one.passed[own.place] for _, _, one in own.seen if one.payload > 0]
    if times and max(times) - min(times) > 100_000_000:
        truth.values["throughput"] = truth.values["bytes_unique"] / ((max(times) - min(times)) / 1e9)


def tcp_truth(flow: Flow, direction: str, view: View) -> Truth:
    """Of what that direction's sender sent; round-trip times of the half between the probe and its receiver."""
    way = flow.ways[direction]
    answers = flow.ways["to_client" if direction == "to_server" else "to_server"]
    own, back = Observer(way, view), Observer(answers, view)
    truth = Truth(events={kind: set() for kind in EVENTS})
    _data_events(truth, own, way)
    _windows(truth, own, back)
    _round_trips(truth, own, back, way, answers)
    if view.kind in ("client", "middle", "server"):
        _throughput(truth, own)
    _missed(truth, own, way, view)
    return truth


def _missed(truth: Truth, own: Observer, way: Way, view: View) -> None:
    """Payload that passed the place and is not in the view."""
    there, seen = Ranges(), Ranges()
    for one in way.sent:
        begin = one.begin + bool(one.header.flags & frames.SYN)
        if one.frame.get(view.place):
            there.add(begin, begin + one.payload)
        if own.frame(one):
            seen.add(begin, begin + one.payload)
    truth.values["bytes_missed"] = there.total() - seen.total()


def rtp_truth(flow: Flow, direction: str, view: View) -> Truth:
    """Numbers lost between the lowest and the highest that came, and the jitter of RFC 3550, 6.4.1, of what passed the probe."""
    truth = Truth()
    own = Observer(flow.ways[direction], view)
    numbers, jitter, before = set[int](), 0.0, None
    biggest = 0.0
    for _, _, one in own.seen:
        number = int.from_bytes(one.header.head[2:4], "big")
        number += 65536 if number < 32768 else 0  # the stream begins just below 65536
        if number in numbers:
            continue
        numbers.add(number)
        transit = one.passed[own.place] / 1e9 - int.from_bytes(one.header.head[4:8], "big") / 8000
        if before is not None:
            jitter += (abs(transit - before) - jitter) / 16
            biggest = max(biggest, jitter)
        before = transit
    if numbers:
        truth.values["rtp_lost"] = max(numbers) - min(numbers) + 1 - len(numbers)
        truth.values["rtp_jitter"] = jitter * 1e9
        truth.values["rtp_jitter_max"] = biggest * 1e9
    return truth
