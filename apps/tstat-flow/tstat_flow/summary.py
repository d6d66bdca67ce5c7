# SPDX-License-Identifier: BSD-3-Clause
"""What happened in a TCP flow, in a few sentences."""

from __future__ import annotations

from typing import Optional

from . import words
from .segments import FIN, RST, SYN, Segment
from .story import Story

_LONG_SILENCE_S = 1.0
_RATE_FROM_BYTES = 20000
_ORDER = ("rto", "fs", "reor", "dup", "fc", "unrto", "unfs", "unk")


def opening(story: Story) -> str:
    """Who and when."""
    flow = story.flow
    server = f"{flow.name} ({flow.server})" if flow.name else flow.server
    kinds = flow.kinds()
    what = f"{'an' if kinds[:1] in 'FHILMRSX' and kinds else 'a'} {kinds + ' ' if kinds else ''}connection"
    begin = str(flow.first.astype("datetime64[us]")).replace("T", " ")
    if not any(segment.has(SYN) for segment in story.of(False)):
        tries = sum(segment.has(SYN) for segment in story.of(True))
        return f"{flow.client} tried to open a connection to {server} at {begin} UTC, {words.counted(tries, 'time')}"
    return f"{flow.client} opened {what} to {server} at {begin} UTC, which lasted {words.span(flow.duration)}"


def ending(story: Story) -> str:
    """How it ended."""
    fins = [any(segment.has(FIN) for segment in story.of(side)) for side in (True, False)]
    reset = next((segment for segment in story.segments if segment.has(RST)), None)
    if reset is not None:
        after = " after both had said that they would send no more" if all(fins) else ""
        return f"The {reset.sender} reset it{after}."
    if not any(segment.has(SYN) for segment in story.of(False)):
        return "The server did not answer."
    if all(fins):
        return "Both ends closed it."
    if any(fins):
        return f"The {words.CLIENT if fins[0] else words.SERVER} closed its side; the other had not yet when the trace ended, or fell silent."
    return "It was still open when the trace ended, or fell silent."


def _volume(story: Story, from_client: bool) -> str:
    row, side = story.flow.row, "c" if from_client else "s"
    data = int(getattr(row, side + "_bytes_uniq"))
    packets = int(getattr(row, side + "_pkts_all"))
    text = f"{words.amount(data)} in {words.counted(packets, 'packet')}"
    sent = [segment.time for segment in story.of(from_client) if segment.length > 0]
    if data >= _RATE_FROM_BYTES and sent and sent[-1] > sent[0]:
        text += f" ({words.rate(8 * data / (sent[-1] - sent[0]))} while it sent)"
    return text


def _round_trips(story: Story) -> str:
    sides = {side: [s.round_trip for s in story.of(not side) if s.round_trip is not None] for side in (True, False)}
    if not sides[True] or not sides[False]:
        return ""
    # On what the client sent: the half of the path towards the server.
    parts = [f"{words.span(min(times))} to the {name}" + (f" (up to {words.span(max(times))})" if max(times) > 1.5 * min(times) else "")
             for times, name in ((sides[True], words.SERVER), (sides[False], words.CLIENT))]
    whole = sum(min(times) for times in sides.values())
    return f"From the place of the capture a round trip takes {parts[0]} and {parts[1]}: {words.span(whole)} for the whole path at best."


def _losses(story: Story, from_client: bool) -> str:
    side = "client" if from_client else "server"
    sent = sum(segment.length > 0 or segment.has(SYN | FIN) for segment in story.of(from_client))
    odd = sum(bool(segment.verdicts) for segment in story.of(from_client))
    if not odd:
        return ""
    counts = [(cause, story.count(from_client, cause)) for cause in _ORDER]
    causes = words.listed([words.counted(count, *words.CAUSES[cause]) for cause, count in counts if count])
    twice = sum(segment.verdicts != () and segment.is_retransmitted for segment in story.of(from_client))
    text = (f"Of {words.counted(sent, 'packet')} with data of the {side} {odd} {'is' if odd == 1 else 'are'} out of the ordinary "
            f"({100 * odd / max(sent, 1):.2g} %): {causes}.")
    repeated = int(getattr(story.flow.row, ("c" if from_client else "s") + "_bytes_retx"))
    if twice and repeated:
        text += f" {words.amount(repeated)} passed twice."
    return text


def _windows(story: Story) -> str:
    parts = []
    for receiver in (words.CLIENT, words.SERVER):
        closed = [one for one in story.closed if one.receiver == receiver]
        if not closed:
            continue
        last = story.segments[-1].time
        total = sum((last if one.end is None else one.end) - one.begin for one in closed)
        parts.append(f"The {receiver} closed its window {words.counted(len(closed), 'time')}, for {words.span(total)} in all: it did not "
                     "read as fast as data came.")
    return " ".join(parts)


def _silence(story: Story) -> str:
    longest: Optional[tuple[float, Segment]] = None
    for before, after in zip(story.segments, story.segments[1:]):
        if longest is None or after.time - before.time > longest[0]:
            longest = (after.time - before.time, after)
    if longest is None or longest[0] < _LONG_SILENCE_S:
        return ""
    quiet, after = longest
    return f"For {words.span(quiet)}, from {words.span(after.time - quiet)} on, nothing was sent, until the {after.sender} did."


def paragraph(story: Story) -> str:
    """All of it."""
    whole = [opening(story) + "."]
    if any(segment.has(SYN) for segment in story.of(False)):
        whole.append(f"The client sent {_volume(story, True)}, the server {_volume(story, False)}.")
        whole.append(_round_trips(story))
    losses = [_losses(story, from_client) for from_client in (True, False)]
    if any(losses):
        whole += losses
    elif story.flow.packets > 3:
        whole.append("No packet was lost, repeated or out of order.")
    whole += [_windows(story), _silence(story), ending(story)]
    return " ".join(part for part in whole if part)
