# SPDX-License-Identifier: BSD-3-Clause
"""The TCP segments and UDP datagrams that tshark shows of a trace: in each frame the innermost one.

    trace = read(path)
    for p in trace.packets:
        p.flow          # Flow(protocol, source, source port, destination, destination port), of who sent it
        p.length        # of the payload, by the headers; None: tshark shows none
        p.around        # the Flow of UDP or TCP that it came in; None: in none
        p.layers        # {"eth", "ethertype", "ip", "udp", "gtp", "tcp"}
    trace.unread        # frames in which tshark shows no TCP, UDP or ICMP

What an ICMP error or an sFlow sample quotes is no packet.
"""
import functools
import ipaddress
import os
import shutil
import subprocess
from typing import Iterator, NamedTuple

FIELDS = ("frame.time_epoch", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "tcp.len",
          "tcp.stream", "udp.srcport", "udp.dstport", "udp.length", "udp.stream", "ip.frag_offset", "ip.flags.mf",
          "ipv6.fraghdr.offset", "ip.len", "ip.hdr_len", "tcp.hdr_len")
# Lengths as the headers tell them: nothing is put together, and nothing is looked for behind a hole.
PREFERENCES = ("ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE", "tcp.analyze_sequence_numbers:FALSE",
               "capwap.reassemble:FALSE")
UDP_HEADER = 8
QUOTING = frozenset(("icmp", "icmpv6", "sflow"))


class Flow(NamedTuple):
    protocol: str
    source: str
    source_port: int
    destination: str
    destination_port: int

    def reversed(self) -> "Flow":
        return Flow(self.protocol, self.destination, self.destination_port, self.source, self.source_port)

    def connection(self) -> "Flow":
        """The same of both directions."""
        return min(self, self.reversed())


class Shown(NamedTuple):
    time: float
    flow: Flow
    length: int | None
    around: Flow | None
    stream: int
    layers: frozenset[str]
    is_fragment: bool
    is_beyond_frame: bool  # its IP header tells of more than there was on the wire


class Trace(NamedTuple):
    packets: list[Shown]
    unread: int


@functools.cache
def address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def available() -> bool:
    return shutil.which("tshark") is not None


def lines(trace: os.PathLike[str] | str, fields: tuple[str, ...], more: tuple[str, ...] = (),
          aggregator: str = " ") -> Iterator[dict[str, list[str]]]:
    """The values of each frame, by field."""
    command = ["tshark", "-n", "-r", os.fspath(trace), "-T", "fields", "-E", "occurrence=a", "-E", f"aggregator={aggregator}"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    command += more
    for field in fields:
        command += ["-e", field]
    # 2: the trace is cut, and all before is shown.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="surrogateescape")
    if done.returncode not in (0, 2):
        raise RuntimeError(f"tshark: exit status {done.returncode}: {done.stderr}")
    for line in done.stdout.split("\n")[:-1]:
        yield {name: value.split(aggregator) if value else [] for name, value in zip(fields, line.split("\t"))}


def value(of: dict[str, list[str]], field: str, occurrence: int) -> str | None:
    values = of[field]
    return values[occurrence] if occurrence < len(values) else None


def number(of: dict[str, list[str]], field: str, occurrence: int) -> int | None:
    text = value(of, field, occurrence)
    return None if text is None else int(text)


def is_fragment(shown: dict[str, list[str]]) -> bool:
    return any(word not in ("0", "False") for field in ("ip.flags.mf", "ip.frag_offset") for word in shown[field]) or \
        bool(shown["ipv6.fraghdr.offset"])


def innermost(shown: dict[str, list[str]]) -> Shown | None:
    """What is in the innermost IP packet of a frame, if that is TCP or UDP."""
    counts = {"ip": 0, "ipv6": 0, "tcp": 0, "udp": 0}
    ends: tuple[str | None, str | None] = (None, None)
    beyond = None  # the innermost IP header, and how long what follows it is
    found: Shown | None = None
    around: Flow | None = None
    layers = shown["frame.protocols"][0].split(":")
    for layer in layers:
        if layer in QUOTING:
            break
        if layer not in counts:
            continue
        at = counts[layer]
        counts[layer] += 1
        if layer in ("ip", "ipv6"):
            ends = value(shown, f"{layer}.src", at), value(shown, f"{layer}.dst", at)
            total, header = number(shown, "ip.len", at), number(shown, "ip.hdr_len", at)
            beyond = None if layer == "ipv6" or total is None or header is None else total - header
            around = around if found is None else found.flow
            found = None
            continue
        source, destination, stream = (number(shown, f"{layer}.{name}", at) for name in ("srcport", "dstport", "stream"))
        if ends[0] is None or ends[1] is None or source is None or destination is None:
            continue
        flow = Flow(layer, address(ends[0]), source, address(ends[1]), destination)
        header = number(shown, "tcp.hdr_len", at) if layer == "tcp" else UDP_HEADER
        length = number(shown, "tcp.len" if layer == "tcp" else "udp.length", at)
        if length is not None and layer == "udp":
            length -= UDP_HEADER
        is_beyond = None not in (length, beyond, header) and (length or 0) < (beyond or 0) - (header or 0)
        found = Shown(float(shown["frame.time_epoch"][0]), flow, length, around, -1 if stream is None else stream, frozenset(layers),
                      is_fragment(shown), is_beyond)
    return found


def read(trace: os.PathLike[str] | str) -> Trace:
    packets, unread = [], 0
    for shown in lines(trace, FIELDS):
        if not shown["frame.protocols"]:
            continue
        found = innermost(shown)
        if found is not None:
            packets.append(found)
        elif not QUOTING & set(shown["frame.protocols"][0].split(":")):
            unread += 1
    return Trace(packets, unread)
