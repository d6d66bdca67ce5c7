# SPDX-License-Identifier: BSD-3-Clause
"""A UDP flow: its datagrams, RTP with its numbers, what happened in a few sentences, and the time-line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator, Optional

import tstat

from . import selection, timeline, words

_RTP_TYPES = (1, 3, 28, 29)  # codes of c_type and s_type; those of 3.3 are the last
_RTP_LETTER, _CLIENT_LETTER = "R", "C"  # of the columns a_proto and direction (3.3)
_RTP_HEADER = 12
_FOLDED_FROM = 5
_UDP_HEADER = 8


@dataclass
class Rtp:
    """What an RTP header says."""

    sequence: int
    timestamp: int
    source: int
    payload_type: int
    is_marked: bool


@dataclass
class Datagram:
    """One of the flow."""

    number: int
    time: float
    from_client: bool
    length: int
    kind: int  #: the sender's type by now, as in the column c_type
    rtp: Optional[Rtp]
    events: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Stream:
    """What is measured of one direction's RTP."""

    is_client: bool
    lost: int
    late: int
    jitter: words.Span


@dataclass
class Story:
    """A UDP flow. ``media``: its rows in the table of that name."""

    flow: selection.Flow
    datagrams: list[Datagram]
    media: list[Any]

    def of(self, from_client: bool) -> list[Datagram]:
        """Those of one end."""
        return [one for one in self.datagrams if one.from_client == from_client]


class Gatherer:
    """Makes datagrams of packets, one after the other."""

    def __init__(self) -> None:
        self.datagrams: list[Datagram] = []
        self._first: Optional[int] = None

    def add(self, packet: tstat.Packet) -> None:
        """One more packet of the flow."""
        ns = int(packet.time.astype("int64"))
        if self._first is None:
            self._first = ns
        header = packet.transport
        length = int.from_bytes(header[4:6], "big") - _UDP_HEADER if len(header) >= _UDP_HEADER else 0
        kind = packet.udp_type or 0
        payload = header[_UDP_HEADER:]
        rtp = None
        if kind in _RTP_TYPES and len(payload) >= _RTP_HEADER and payload[0] >> 6 == 2:
            rtp = Rtp(int.from_bytes(payload[2:4], "big"), int.from_bytes(payload[4:8], "big"), int.from_bytes(payload[8:12], "big"),
                      payload[1] & 127, bool(payload[1] & 128))
        self.datagrams.append(Datagram(packet.number, (ns - self._first) / 1e9, packet.from_client, length, kind, rtp))


def _kind_names() -> dict[int, str]:
    return {code.value: code.meaning.split(" (")[0] for code in tstat.schema("udp")["c_type"].codes}


def _sequence_events(datagrams: list[Datagram]) -> None:
    """Numbers of RTP that are left out, or come again or late."""
    last: dict[tuple[bool, int], int] = {}
    for one in datagrams:
        if one.rtp is None:
            continue
        key = (one.from_client, one.rtp.source)
        before = last.get(key)
        if before is None:
            one.events.append(f"RTP begins: source {one.rtp.source:#010x}, payload type {one.rtp.payload_type}")
        else:
            step = (one.rtp.sequence - before + 0x8000) % 0x10000 - 0x8000
            if step > 1:
                one.events.append(words.counted(step - 1, "packet") + f" missing before RTP {one.rtp.sequence}")
            elif step <= 0:
                one.events.append(f"RTP {one.rtp.sequence} after {before}: " + ("once more" if step == 0 else "late"))
                continue
        last[key] = one.rtp.sequence


def missing_so_far(own: list[Datagram]) -> list[int]:
    """For each of one end's datagrams of RTP how many numbers, of those up to the highest, have not come by then."""
    missing: list[int] = []
    highest: dict[int, int] = {}
    seen: dict[int, set[int]] = {}
    lost = 0
    for one in own:
        if one.rtp is not None:
            source, number = one.rtp.source, one.rtp.sequence
            before = highest.setdefault(source, number - 1)
            number = before + (number - before + 0x8000) % 0x10000 - 0x8000
            numbers = seen.setdefault(source, set())
            if number > before:
                lost += number - before - 1
                highest[source] = number
            elif number not in numbers:
                lost -= 1
            numbers.add(number)
        missing.append(max(0, lost))
    return missing


def tell(analysis: tstat.Analysis, flow: selection.Flow, datagrams: list[Datagram]) -> Story:
    """The story of a flow."""
    by_number = {one.number: one for one in datagrams}
    for packet, row in selection.rows_of(analysis["dns"], flow):
        if packet in by_number and row.fqdn:
            by_number[packet].events.append(f"DNS: {words.printable(row.fqdn)} is known by this answer")
    names = _kind_names()
    known: dict[bool, int] = {}
    for one in datagrams:
        if one.kind and known.get(one.from_client) != one.kind:
            one.events.append(f"the {words.CLIENT if one.from_client else words.SERVER}'s side is known as {names.get(one.kind, one.kind)}")
            known[one.from_client] = one.kind
    _sequence_events(datagrams)
    media = [row for _, row in selection.rows_of(analysis["media"], flow) if (row.c_ip, row.c_port) in _ends(flow)]
    return Story(flow, datagrams, media)


def _ends(flow: selection.Flow) -> tuple[tuple[Any, int], tuple[Any, int]]:
    return (flow.row.c_ip, flow.row.c_port), (flow.row.s_ip, flow.row.s_port)


def _streams(story: Story) -> list[_Stream]:
    """The streams of RTP that log_mm_complete has: both directions in a row in 3.1.1, one a row in 3.3."""
    found = []
    client = _ends(story.flow)[0]
    for row in story.media:
        if hasattr(row, "direction"):
            if row.a_proto == _RTP_LETTER:
                found.append(_Stream(row.direction == _CLIENT_LETTER, row.losses or 0, row.oos or 0, row.jitter_avg))
            continue
        for side in "cs":
            if getattr(row, f"{side}_type") in _RTP_TYPES:
                is_client = (getattr(row, f"{side}_ip"), getattr(row, f"{side}_port")) == client
                found.append(_Stream(is_client, getattr(row, f"{side}_lost") or 0, getattr(row, f"{side}_out_of_seq") or 0, getattr(row, f"{side}_jitter")))
    return found


def _of_media(story: Story) -> str:
    """What the columns of log_mm_complete say of RTP."""
    parts = []
    for stream in _streams(story):
        name = words.CLIENT if stream.is_client else words.SERVER
        lost = words.counted(stream.lost, "packet") if stream.lost else "no packet"
        text = f"In the {name}'s RTP {lost} {'is' if stream.lost <= 1 else 'are'} lost"
        if stream.late:
            text += f", {words.counted(stream.late, 'is', 'are')} out of sequence"
        if stream.jitter is not None:
            text += f"; the mean jitter is {words.of(stream.jitter)}"
        parts.append(text + ".")
    return " ".join(parts)


def paragraph(story: Story) -> str:
    """What happened."""
    flow, row = story.flow, story.flow.row
    kinds = flow.kinds()
    begin = str(flow.first.astype("datetime64[us]")).replace("T", " ")
    server = f"{flow.name} ({flow.server})" if flow.name else flow.server
    sentences = [f"{flow.client} and {server} exchanged {kinds + ' over ' if kinds else ''}UDP from {begin} UTC on, for {words.span(flow.duration)}."]
    sent = [f"{words.amount(int(getattr(row, side + '_bytes_all')))} in {words.counted(int(getattr(row, side + '_pkts_all')), 'packet')}"
            for side in "cs"]
    sentences.append(f"The client sent {sent[0]}, the server {sent[1]}." if row.s_pkts_all else
                     f"The client sent {sent[0]}; nothing came back.")
    answers = [b.time - a.time for a, b in zip(story.datagrams, story.datagrams[1:]) if a.from_client and not b.from_client]
    if answers and not any(one.rtp for one in story.datagrams):
        sentences.append(f"The first answer took {words.span(answers[0])}.")
    sentences.append(_of_media(story))
    return " ".join(part for part in sentences if part)


def _one(one: Datagram) -> str:
    rtp = "" if one.rtp is None else (f"  RTP {one.rtp.sequence}, time {one.rtp.timestamp}" + (", marked" if one.rtp.is_marked else ""))
    return f"{one.time:12.6f}  {timeline.arrow(one.from_client):13} {one.length:>6}{rtp}"


def lines(story: Story, is_whole: bool, times: timeline.Times) -> Iterator[str]:
    """The time-line; ``is_whole``: nothing is folded."""
    yield f"{'time':>12}  {'':13} {'bytes':>6}"
    run: list[Datagram] = []
    for one in [*(one for one in story.datagrams if times.has(one.time)), None]:
        if one is not None and not one.events and not is_whole:
            run.append(one)
            continue
        yield from map(_one, run) if len(run) < _FOLDED_FROM else (_folded(run),)
        run = []
        if one is not None:
            yield _one(one)
            yield from (" " * 14 + f"{timeline.bullet()} {event}" for event in one.events)


def _folded(run: list[Datagram]) -> str:
    parts = []
    for from_client, name in ((True, words.CLIENT), (False, words.SERVER)):
        own = [one for one in run if one.from_client == from_client]
        if own:
            parts.append(f"{words.counted(len(own), 'packet')} of the {name} with {words.amount(sum(one.length for one in own))}")
    return f"{run[0].time:12.6f}  {timeline.dots()}  {words.listed(parts)}, in {words.span(run[-1].time - run[0].time)}"
