# SPDX-License-Identifier: BSD-3-Clause
"""Packets with what the analysis makes of them: Analyzer.on_packet."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any, Optional, Union

import numpy as np

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


@dataclass(frozen=True)
class Verdict:
    """What a segment that repeats bytes or fills a hole was counted as, and why.

    A segment has one for each range of bytes that was sent before, or hole that it fills.
    """

    #: As in the column pkts_<cause>: rto, fs, reor, dup, fc, unrto, unfs, unk.
    cause: str
    #: The first that held of: "window probe", "as neighbour", "same IP id", "acknowledgments", "time-out",
    #: "within round trip"; "none": the cause is unknown.
    rule: str
    repeats: bool  #: bytes that the probe had seen; else they fill a hole
    acknowledged: bool  #: these bytes had been; of a hole, those behind it
    has_predecessor: bool  #: the probe knows of bytes before these
    has_round_trips: bool  #: of both directions; without, the limits are fixed ones
    length: int  #: sequence numbers
    predecessor_acks: int  #: acknowledgments beyond the beginning of what is before
    recovery: Optional[np.timedelta64]  #: since these bytes were sent last; of a hole, since what is before it was
    since_next: Optional[np.timedelta64]  #: of a hole: since the bytes behind it were sent
    mean_round_trip: np.timedelta64  #: of both halves of the path together, as the next two
    time_out: Optional[np.timedelta64]  #: the mean and four deviations; None: it is no number, and never exceeded
    smallest_round_trip: np.timedelta64


@dataclass(frozen=True)
class Moment:
    """A TCP segment."""

    flags: int  #: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32
    sequence: int
    acknowledgment: int
    payload_length: int  #: by its headers; negative when they contradict each other
    window: Optional[int]  #: in bytes, as the columns about windows count it
    round_trip: Optional[np.timedelta64]  #: the acknowledgment is a sample of the other end's round-trip time
    is_retransmitted: bool  #: counts in pkts_retx
    is_out_of_order: bool  #: counts in pkts_ooo
    retransmitted_bytes: int
    connection_type: int  #: what the flow is known to be by now: the bits of the column con_t
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class Packet:
    """An IP packet."""

    number: int  #: in the run, from 1
    time: np.datetime64
    data: bytes  #: as far as it was captured, from the IP header on
    transport: bytes  #: of it what begins with the TCP or UDP header; empty: no flow
    ip_length: int  #: by the IP header
    result: str  #: what became of it, one of PACKET_RESULTS
    protocol: Optional[str]  #: "tcp", "udp"; None: it is in no flow, and all below says nothing
    flow_number: int  #: as in Table.flow_numbers
    from_client: bool
    client: Optional[Address]
    server: Optional[Address]
    client_port: int
    server_port: int
    tcp: Optional[Moment]
    udp_type: Optional[int]  #: the sender's type as the column c_type or s_type has it by now


def _duration(ns: Optional[int]) -> Optional[np.timedelta64]:
    return None if ns is None else np.timedelta64(ns, "ns")


def _verdict_of(told: dict[str, Any]) -> Verdict:
    durations = ("recovery", "since_next", "mean_round_trip", "time_out", "smallest_round_trip")
    return Verdict(**{**told, **{name: _duration(told[name]) for name in durations}})


def _moment_of(told: dict[str, Any]) -> Moment:
    made: dict[str, Any] = {"round_trip": _duration(told["round_trip"]), "verdicts": tuple(map(_verdict_of, told["verdicts"]))}
    return Moment(**{**told, **made})


def _address(text: Optional[str]) -> Optional[Address]:
    return None if text is None else ipaddress.ip_address(text)


def packet_of(told: dict[str, Any], results: tuple[str, ...]) -> Packet:
    """The packet that the compiled part tells of."""
    return Packet(**{**told, "time": np.datetime64(told["time"], "ns"), "result": results[told["result"]],
                     "client": _address(told["client"]), "server": _address(told["server"]),
                     "tcp": None if told["tcp"] is None else _moment_of(told["tcp"])})
