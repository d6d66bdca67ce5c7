#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the flows of tstat --compat none with the packets that tshark shows: packets and bytes by direction.

usage: tshark_flows_test.py --tstat FILE --shared DIR [--sample N] [--verbose] [TRACE...]

Without traces, those of DIR/golden/traces are compared; with --sample N, N of them: of those up to 1 MiB, in the order of
their sizes, at even distances.

Twice: with --duplicate-filter off, packets and bytes have to be the same; as it is by default, packets and those that c_dup
and s_dup tell of. Flows are compared by addresses and ports; of how many the rows are cut as tshark's streams are is
told, too. A flow that differs is an exception. Its reason is found by the rules of reason_of; one without a reason,
or more than 1 % of exceptions, fails the test.

Exit status 77 (skipped for ctest) without tshark or DIR.
"""
import collections
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Iterator, NamedTuple

import tshark_packets
from golden_traces import SKIPPED, compare_traces, rows_of
from tshark_packets import Flow, Shown, address

LOGS = ("log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete")
MOST_EXCEPTIONS = 0.01
# Layers that tshark looks into.
NOT_OPENED = {"capwap.data": "CAPWAP, which only tshark opens", "cfp": "FabricPath, which only tshark opens"}


class Volume(NamedTuple):
    packets: int = 0
    bytes: int = 0

    def __add__(self, other: object) -> "Volume":
        assert isinstance(other, Volume)
        return Volume(self.packets + other.packets, self.bytes + other.bytes)


class Row(NamedTuple):
    """A flow, as one of the directions sees it."""
    first: float
    last: float
    volume: Volume
    copies: int
    columns: dict[str, str]


Rows = dict[Flow, list[Row]]


def both_directions(columns: dict[str, str]) -> Iterator[tuple[Flow, Row]]:
    protocol = "tcp" if "first" in columns else "udp"
    client, server = ((address(columns[f"{side}_ip"]), int(columns[f"{side}_port"])) for side in "cs")
    for side, flow in (("c", Flow(protocol, *client, *server)), ("s", Flow(protocol, *server, *client))):
        if protocol == "tcp":
            first, last = float(columns["first"]), float(columns["last"])
        else:
            starts = [(float(columns[f"{s}_first_abs"]), float(columns[f"{s}_durat"]) * 1000) for s in "cs"
                      if columns[f"{s}_pkts_all"] != "0"]
            first, last = min(start for start, _ in starts), max(start + length for start, length in starts)
        volume = Volume(int(columns[f"{side}_pkts_all"]), int(columns[f"{side}_bytes_all"]))
        yield flow, Row(first / 1000, last / 1000, volume, int(columns[f"{side}_dup"]), columns)


def tstat_rows(tstat: pathlib.Path, trace: pathlib.Path, *options: str) -> Rows:
    """Of the flows inside of tunnels, by who sent."""
    rows: Rows = collections.defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="tstat-tshark-") as folder:
        done = subprocess.run([tstat, "--compat", "none", "-s", folder, *options, trace], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="surrogateescape", env=dict(os.environ, TZ="UTC"))
        if done.returncode not in (0, 1) or (done.returncode == 1 and "PCAP error" not in done.stdout + done.stderr):
            raise RuntimeError(f"{trace.name}: exit status {done.returncode}: {done.stderr}")
        for log in sorted(pathlib.Path(folder).rglob("log_*_*complete")):
            for columns in rows_of(log):
                if log.name in LOGS and columns["tunnel"] != "outer":
                    for flow, row in both_directions(columns):
                        rows[flow].append(row)
    return rows


def volume_of(packets: list[Shown]) -> Volume:
    return Volume(len(packets), sum(p.length or 0 for p in packets))


class Shows:
    """What tshark shows of a trace."""

    def __init__(self, trace: pathlib.Path) -> None:
        packets, self.unread = tshark_packets.read(trace)
        self.sent: dict[Flow, list[Shown]] = collections.defaultdict(list)
        self.inside: dict[Flow, list[Shown]] = collections.defaultdict(list)  # of a tunnel, by its connection
        for p in packets:
            self.sent[p.flow].append(p)
            if p.around is not None:
                self.inside[p.around.connection()].append(p)

    def of(self, connection: Flow) -> list[Shown]:
        return self.sent.get(connection, []) + self.sent.get(connection.reversed(), [])


def reason_of(connection: Flow, shows: Shows, rows: Rows) -> str:
    """Why a connection differs, by a rule that needs no knowledge of the trace; "?": none holds."""
    packets = shows.of(connection)
    ours = rows.get(connection, []) + rows.get(connection.reversed(), [])
    missing = len(packets) - sum(r.volume.packets for r in ours)
    for layer, reason in NOT_OPENED.items():
        if any(layer in p.layers for p in packets + shows.inside.get(connection, [])):
            return reason
    if any(p.is_fragment for p in packets):
        return "fragments of IP: tshark counts each first one, tstat segments that are whole"
    if any(p.is_beyond_frame for p in packets):
        return "the IP header tells of more than the frame has: tshark counts the frame's bytes, tstat the header's"
    if any(p.length is None for p in packets):
        return "headers that tshark shows without a length"
    if not packets and shows.unread >= -missing:
        return "a link or header that tshark does not look behind"
    ends = [r.last for r in ours if r.columns["end"] in ("1", "2")]
    if ends and 0 < missing <= sum(p.time > min(ends) for p in packets):
        return "segments later than two seconds after the end of the connection"
    return "?"


class Found(NamedTuple):
    trace: str
    connections: dict[str, int]
    volume: Volume
    cuts: collections.Counter[str]  # of the flows that are the same
    exceptions: list[tuple[str, str]]  # reason, what


def by_streams(connection: Flow, shows: Shows) -> list[tuple[Volume, Volume]]:
    volumes: dict[int, list[Volume]] = {}
    for side, flow in enumerate((connection, connection.reversed())):
        for p in shows.sent.get(flow, []):
            both = volumes.setdefault(p.stream, [Volume(), Volume()])
            both[side] += Volume(1, p.length or 0)
    return sorted((a, b) for a, b in volumes.values())


def by_rows(connection: Flow, rows: Rows) -> list[tuple[Volume, Volume]]:
    return sorted((a.volume, b.volume) for a, b in zip(rows.get(connection, []), rows.get(connection.reversed(), [])))


def cut_of(connection: Flow, shows: Shows, rows: Rows) -> str:
    """How the rows of a flow divide what tshark shows as streams."""
    streams, ours = by_streams(connection, shows), by_rows(connection, rows)
    if streams == ours:
        return "in rows that are tshark's streams"
    if len(ours) > len(streams) and any(r.columns["end"] == "3" for r in rows.get(connection, [])):
        return "in rows that a silence divides, which tshark has no rule for"
    return "in other rows"


def compare(tstat: pathlib.Path, trace: pathlib.Path) -> Found:
    shows = Shows(trace)
    rows = tstat_rows(tstat, trace, "--duplicate-filter", "off")
    filtered = tstat_rows(tstat, trace)
    connections = {flow.connection() for flow in (*shows.sent, *rows)}
    exceptions = []
    cuts = collections.Counter[str]()
    for connection in sorted(connections):
        differences = []
        for flow in (connection, connection.reversed()):
            theirs = volume_of(shows.sent.get(flow, []))
            ours = sum((r.volume for r in rows.get(flow, [])), Volume())
            counted = sum(r.volume.packets + r.copies for r in filtered.get(flow, []))
            if theirs != ours:
                differences.append(f"{flow}: tshark {tuple(theirs)}, tstat {tuple(ours)}")
            elif counted != theirs.packets:
                differences.append(f"{flow}: tshark {theirs.packets} packets, tstat with its copies {counted}")
        if differences:
            reason = reason_of(connection, shows, rows)
            exceptions += [(reason, f"{trace.name}: {'; '.join(differences)}")]
        else:
            cuts[cut_of(connection, shows, rows)] += 1
    count = collections.Counter(connection.protocol for connection in connections)
    return Found(trace.name, dict(count), sum((volume_of(p) for p in shows.sent.values()), Volume()), cuts, exceptions)


def falling(counts: collections.Counter[str], prefix: str = "") -> list[str]:
    return [f"| {prefix}{name} | {count:,} |" for name, count in sorted(counts.items(), key=lambda c: (-c[1], c[0]))]


def table(found: list[Found]) -> tuple[list[str], float]:
    flows = sum(sum(f.connections.values()) for f in found)
    reasons = collections.Counter(reason for f in found for reason, _ in f.exceptions)
    volume = sum((f.volume for f in found), Volume())
    protocols = collections.Counter[str]()
    for f in found:
        protocols.update(f.connections)
    lines = [f"| {len(found)} traces, {volume.packets:,} packets, {volume.bytes:,} bytes | flows |", "| --- | --- |",
             f"| TCP | {protocols['tcp']:,} |", f"| UDP | {protocols['udp']:,} |",
             f"| the same packets and bytes in both directions | {flows - reasons.total():,} |",
             *falling(sum((f.cuts for f in found), collections.Counter()), "of these, "), *falling(reasons)]
    return lines, reasons.total() / flows


def main() -> int:
    done = compare_traces(__doc__, compare)
    if done is None:
        return SKIPPED
    a, found = done
    lines, rate = table(found)
    print("\n".join(lines))
    unexplained = [what for f in found for reason, what in f.exceptions if reason == "?"]
    if a.verbose:
        print("\n".join(f"{reason}: {what}" for f in found for reason, what in f.exceptions))
    else:
        print("\n".join(unexplained))
    print(f"{rate:.2%} of the flows differ")
    return 1 if unexplained or rate > MOST_EXCEPTIONS else 0


if __name__ == "__main__":
    sys.exit(main())
