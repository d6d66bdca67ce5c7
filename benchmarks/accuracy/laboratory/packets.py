# SPDX-License-Identifier: BSD-3-Clause
"""What was sent, by the link's truth.csv: each packet with its headers, and the cause of each retransmission by the kernels' counters."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from . import frames
from .frames import Frame
from .ranges import Ranges
from .scenario import Scenario

PLACES = ("client", "middle", "server")
#: Between a kernel's counting and the link's seeing what it counted; before or behind it.
LATE = 5_000_000


@dataclass
class Sent:
    """A packet on the link."""

    id: int
    copy_of: int
    direction: str
    entered: int
    left: int | None
    fate: str
    hop: str
    #: Of the places that it passed.
    passed: dict[str, int]
    frame: dict[str, int]
    header: Frame
    #: Where its bytes begin and end; from the first sequence number of the direction on, with SYN and FIN.
    begin: int = 0
    end: int = 0
    payload: int = 0
    ack: int = 0
    #: "fast", "rto" or "tlp": why it was sent again; None: it was not, or the counters do not say.
    cause: str | None = None
    resent: bool = False  # repeats something that its sender sent before
    #: A time-out sent what a sender with probes of the tail sends as one, and just then (mark_undecided).
    undecided: bool = False

    @property
    def lost(self) -> bool:
        return self.left is None


@dataclass
class Way:
    """One direction of a flow."""

    sent: list[Sent] = field(default_factory=list)


@dataclass
class Flow:
    client_port: int
    server_port: int
    protocol: int
    ways: dict[str, Way] = field(default_factory=lambda: {"to_server": Way(), "to_client": Way()})


def _other(direction: str) -> str:
    return "to_client" if direction == "to_server" else "to_server"


def _distance(a: int, b: int) -> int:
    """a - b modulo 2^32, as the nearer of the two."""
    return (a - b + 2**31) % 2**32 - 2**31


def _rows(folder: Path) -> list[Sent]:
    heads = {place: frames.read(folder / f"{place}.pcap") for place in ("client", "server")}
    sent: list[Sent] = []
    cut: dict[int, int] = defaultdict(int)  # payload of a burst's segments so far
    with (folder / "truth.csv").open(newline="", encoding="ascii") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: int(row["id"]))
    for row in rows:
        origin = "client" if row["direction"] == "to_server" else "server"
        head = heads[origin].get(int(row[f"{origin}_frame"]))
        if head is None:
            continue  # no TCP or UDP, or an answer of the link itself
        one = Sent(id=int(row["id"]), copy_of=int(row["copy_of"]), direction=row["direction"], entered=int(row["entered"]),
                   left=int(row["left"]) if row["left"] else None, fate=row["fate"], hop=row["hop"],
                   passed={p: int(row[p]) for p in PLACES if row[p]},
                   frame={p: int(row[f"{p}_frame"]) for p in PLACES if row[f"{p}_frame"] != "0"}, header=head)
        if one.copy_of:
            original = next(s for s in reversed(sent) if s.id == one.copy_of)
            one.begin, one.payload = original.begin, original.payload
        else:
            before = cut[int(row["burst"])]
            one.payload = min(head.payload - before, _payload_of(head, int(row["length"])))
            one.begin = before
            cut[int(row["burst"])] += one.payload
        sent.append(one)
    return sent


def _payload_of(head: Frame, length: int) -> int:
    """Of a packet of that length; all packets of a burst have headers of the same size."""
    return head.payload if head.size <= length else head.payload - (head.size - length)


def _number(flow: Flow) -> None:
    """Relative numbers, and what is sent again."""
    first: dict[str, int] = {}
    for direction, way in flow.ways.items():
        numbers = [s.header.sequence for s in way.sent]
        first[direction] = numbers[0] if numbers else 0
    for direction, way in flow.ways.items():
        known = Ranges()
        for one in way.sent:
            head = one.header
            syn, fin = bool(head.flags & frames.SYN), bool(head.flags & frames.FIN)
            one.begin += _distance(head.sequence, first[direction])
            last = one.begin + one.payload == _distance(head.sequence, first[direction]) + head.payload
            one.end = one.begin + one.payload + syn + (fin and last)
            one.ack = _distance(head.acknowledgment, first[_other(direction)]) if head.flags & frames.ACK else 0
            if not one.copy_of and not head.flags & frames.RST:
                one.resent = known.overlap(one.begin, one.end) > 0
                known.add(one.begin, one.end)


#: What the kernel counts for a segment that it sends again, and the cause that this is.
KINDS = {"TCPTimeouts": "rto", "TCPSlowStartRetrans": "rto", "TCPFastRetrans": "fast", "TCPLossProbes": "tlp"}


def counted_causes(path: Path, end: str) -> list[tuple[int, str | None]]:
    """One for each segment that this end's kernel counted as sent again, with the time by which it had counted it. None: it
    counted two causes at once, or another one. (Probes of the tail may send new data, too.)"""
    found: list[tuple[int, str | None]] = []
    before: dict[str, int] | None = None
    with path.open(newline="", encoding="ascii") as lines:
        for row in csv.DictReader(lines):
            if row["end"] != end:
                continue
            now = {name: int(row[name]) for name in KINDS}
            changes = {name: now[name] - before[name] for name in KINDS if before and now[name] > before[name]}
            causes = {KINDS[name] for name in changes}
            # Without any time-out before, a smaller MTU made the kernel send again.
            known = len(causes) == 1 and (now["TCPTimeouts"] > 0 or "TCPSlowStartRetrans" not in changes)
            for name, change in changes.items():
                found += [(int(row["time"]), KINDS[name] if known else None)] * change
            before = now
    return found


def give_causes(resent: list[Sent], counted: list[tuple[int, str | None]]) -> None:
    """Each segment gets the first of the counted causes that is nobody's and of its time."""
    i = 0
    for one in sorted(resent, key=lambda s: s.entered):
        while i < len(counted) and counted[i][0] < one.entered - LATE:
            i += 1
        if i < len(counted) and counted[i][0] <= one.entered + LATE:
            one.cause = counted[i][1]
            i += 1


#: RFC 8985, 7.2: a segment that is alone in flight is sent again as a probe after two round trips and the time of a delayed
#: acknowledgment; Linux does so after a time-out if that is sooner. With the timers of both.
ALONE, TIMERS = 200_000_000, 50_000_000


def _one_way(way: Way) -> int:
    return min((s.left - s.entered for s in way.sent if s.left is not None), default=0)


def mark_undecided(way: Way, answers: Way) -> None:
    """Of a sender that sends no probes of the tail: time-outs that send the last segment, alone in flight, for the first time again."""
    longest = 2 * (_one_way(way) + _one_way(answers)) + ALONE + TIMERS
    heard = sorted((s.left, s.ack) for s in answers.sent if s.left is not None and s.header.flags & frames.ACK)
    before: list[Sent] = []
    for one in (s for s in way.sent if s.begin != s.end and not s.copy_of):
        if one.cause == "rto" and before and one.end == max(s.end for s in before):
            sendings = [s for s in before if s.begin < one.end and one.begin < s.end]
            known = [(time, ack) for time, ack in heard if time <= one.entered]
            highest = max((ack for _, ack in known), default=0)
            since = [s.entered for s in sendings] + [time for time, ack in known if ack == highest][:1]
            one.undecided = len(sendings) == 1 and highest >= one.begin and one.entered - max(since) <= longest
        before.append(one)


def read(folder: Path) -> tuple[Scenario, list[Flow]]:
    """The scenario of a folder, and its flows by their first packet."""
    scenario = Scenario.load(folder / "scenario.json")
    flows: dict[tuple[int, int, int], Flow] = {}
    for one in _rows(folder):
        head = one.header
        ports = (head.source_port, head.target_port)
        client, server = ports if one.direction == "to_server" else ports[::-1]
        flow = flows.setdefault((head.protocol, client, server), Flow(client, server, head.protocol))
        flow.ways[one.direction].sent.append(one)
    for flow in flows.values():
        if flow.protocol == frames.TCP:
            _number(flow)
    for direction, end in (("to_server", "client"), ("to_client", "server")):
        resent = [s for flow in flows.values() for s in flow.ways[direction].sent if s.resent and not s.copy_of]
        give_causes(resent, counted_causes(folder / "counters.csv", end))
    settings = dict(scenario.sysctls)
    if settings.get("tcp_early_retrans") == "0" and settings.get("tcp_sack") != "0":
        for flow in flows.values():
            for direction, way in flow.ways.items():
                mark_undecided(way, flow.ways[_other(direction)])
    return scenario, list(flows.values())
