# SPDX-License-Identifier: BSD-3-Clause
"""What tstat, tshark and tcptrace say of a capture, by flow and direction."""

from __future__ import annotations

import json
import importlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from . import frames
from .truth import Finding

#: Flow (the client machine's port and the server machine's) and direction.
Key = tuple[int, int, str]
Findings = dict[Key, Finding]

TSTAT_CAUSES = {"fs": "fast", "unfs": "fast", "rto": "rto", "unrto": "rto"}
NANOSECONDS = {"rtt_min": "rtt_min", "rtt_p50": "rtt_p50", "rtt_p95": "rtt_p95", "rtt_p99": "rtt_p99", "handshake_rtt": "rtt_syn"}


def _finding(found: Findings, key: Key) -> Finding:
    if key not in found:
        found[key] = Finding()
    return found[key]


class Places:
    """Which port is the client machine's: our servers' ports are known."""

    SERVERS = {8000, 8080, 5201, 40000}

    @classmethod
    def key(cls, source: int, target: int) -> Key:
        """Of what goes from the source port to the target port."""
        return (source, target, "to_server") if target in cls.SERVERS else (target, source, "to_client")


def _number(value: Any) -> float | None:
    if value is None or value != value:
        return None
    return float(value.astype("int64")) if hasattr(value, "astype") else float(value)


def _take_row(found: Findings, row: Any) -> None:
    for side, source, target in (("c", row.c_port, row.s_port), ("s", row.s_port, row.c_port)):
        values = _finding(found, Places.key(source, target)).values
        one: dict[str, float | None] = {name: _number(getattr(row, f"{side}_{column}", None)) for name, column in NANOSECONDS.items()}
        one["window_max"] = _number(getattr(row, f"{side}_win_max", None))
        one["bytes_unique"] = _number(getattr(row, f"{side}_bytes_uniq"))
        one["needless"] = _number(getattr(row, f"{side}_pkts_spur", None))
        one["bytes_missed"] = _number(getattr(row, f"{side}_bytes_missed", None))
        first, last = _number(getattr(row, f"{side}_first", None)), _number(getattr(row, f"{side}_last", None))
        if first is not None and last is not None and last - first > 100e6:
            one["throughput"] = getattr(row, f"{side}_bytes_uniq") / ((last - first) / 1e9)
        if not getattr(row, f"{side}_rtt_cnt", 0):
            one["rtt_min"] = None
        for name, value in one.items():
            if value is not None and (name not in values or not name.startswith(("rtt", "handshake"))):
                values[name] = values.get(name, 0) + value if name in ("bytes_unique", "needless", "bytes_missed") else value


class _TstatPackets:
    """Events, by packet."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._top: dict[Key, int] = {}

    def __call__(self, packet: Any) -> None:
        if packet.result == "duplicate":
            frame = frames.parse(packet.number, frames.Record(0, len(packet.data), packet.data))
            if frame is not None and frame.protocol == frames.TCP:
                self._found[Places.key(frame.source_port, frame.target_port)].events["duplicate"].add(packet.number)
            return
        if packet.protocol != "tcp" or packet.tcp is None:
            return
        source, target = int.from_bytes(packet.transport[:2], "big"), int.from_bytes(packet.transport[2:4], "big")
        key = Places.key(source, target)
        own = _finding(self._found, key)
        self._segment(own, key, packet)
        if packet.tcp.round_trip is not None:
            _finding(self._found, Places.key(target, source)).samples[packet.number] = _number(packet.tcp.round_trip) or 0

    def _segment(self, own: Finding, key: Key, packet: Any) -> None:
        segment = packet.tcp
        length = max(segment.payload_length, 0) + bool(segment.flags & 2) + bool(segment.flags & 1)
        end = (segment.sequence + length) % 2**32
        top = self._top.setdefault(key, end)
        at_tail = end == top
        if length and (end - top) % 2**32 < 2**31:
            self._top[key] = end
        for verdict in segment.verdicts:
            if verdict.cause == "dup":
                own.events["duplicate"].add(packet.number)
            elif verdict.cause == "reor":
                own.events["reordered"].add(packet.number)
            elif verdict.cause != "fc":
                self._sent_again(own, packet, verdict, at_tail)
        if not any(v.cause == "dup" for v in segment.verdicts):
            own.values["bytes_retransmitted"] = own.values.get("bytes_retransmitted", 0) + segment.retransmitted_bytes

    def _sent_again(self, own: Finding, packet: Any, verdict: Any, at_tail: bool) -> None:
        events = own.events
        if not packet.tcp.is_retransmitted and not (packet.tcp.is_out_of_order and verdict.cause in TSTAT_CAUSES):
            return  # late, for no known reason
        events["retransmitted"].add(packet.number)
        events["lost_behind" if verdict.repeats else "lost_before"].add(packet.number)
        if verdict.cause in TSTAT_CAUSES:
            events[TSTAT_CAUSES[verdict.cause]].add(packet.number)
        elif at_tail and verdict.repeats and verdict.has_round_trips and verdict.recovery >= verdict.mean_round_trip:
            events["tlp"].add(packet.number)


#: What tstat says of single segments. (Needless ones are only counted.)
TSTAT_EVENTS = {"3.1.1": ("retransmitted", "fast", "rto", "lost_before", "lost_behind", "reordered", "duplicate"),
                "none": ("retransmitted", "fast", "rto", "tlp", "lost_before", "lost_behind", "reordered", "duplicate")}


def tstat(path: Path, profile: str) -> Findings:
    module: Any = importlib.import_module("tstat")
    found: Findings = {}
    analyzer = module.Analyzer(profile=profile, networks=["10.9.0.1/32", "fd09::1/128"], tables=["tcp", "tcp_nocomplete", "media"])
    taker = _TstatPackets(found)

    def take(packet: Any) -> None:
        if packet.protocol == "tcp":
            source, target = int.from_bytes(packet.transport[:2], "big"), int.from_bytes(packet.transport[2:4], "big")
            for key in (Places.key(source, target), Places.key(target, source)):
                if key not in found:
                    found[key] = Finding(events={kind: set() for kind in (*TSTAT_EVENTS[profile], "tlp")})
        taker(packet)

    analyzer.on_packet(take)
    analyzer.read(str(path))
    analysis = analyzer.finish()
    for table in (analysis.tcp, analysis.tcp_nocomplete):
        for row in table:
            _take_row(found, row)
    for row in analysis.media:
        if getattr(row, "SSRC", None) is not None:
            values = _finding(found, Places.key(row.c_port, row.s_port) if row.direction == "C" else Places.key(row.s_port, row.c_port)).values
            values["rtp_lost"] = float(row.losses)
            values["rtp_jitter"], values["rtp_jitter_max"] = _number(row.jitter_avg) or 0, _number(row.jitter_max) or 0
    for finding in found.values():
        finding.counts = {name: int(finding.values.pop(name)) for name in ("needless",) if name in finding.values}
        if profile != "none":
            for name in ("handshake_rtt", "rtt_p50", "rtt_p95", "rtt_p99", "bytes_missed"):
                finding.values.pop(name, None)
            finding.events.pop("tlp", None)
            finding.counts.clear()
    return found


TSHARK_FIELDS = ("frame.number", "tcp.srcport", "tcp.dstport", "tcp.flags.syn", "tcp.len", "tcp.analysis.ack_rtt", "tcp.analysis.retransmission",
                 "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission", "tcp.analysis.out_of_order",
                 "tcp.window_size", "tcp.flags.reset", "tcp.completeness")


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def tshark(path: Path) -> Findings:
    found: Findings = {}
    text = _run("tshark", "-n", "-r", str(path), "-Y", "tcp && !icmp && !icmpv6", "-T", "fields", *(w for f in TSHARK_FIELDS for w in ("-e", f)))
    for line in text.splitlines():
        fields = line.split("\t")
        number, source, target = int(fields[0]), int(fields[1]), int(fields[2])
        keys = Places.key(source, target), Places.key(target, source)
        for key in keys:
            if key not in found:
                found[key] = Finding(events={kind: set() for kind in ("retransmitted", "fast", "reordered", "needless")})
        own, other = found[keys[0]], found[keys[1]]
        syn = fields[3] in ("1", "True")
        if fields[5]:
            other.samples[number] = float(fields[5]) * 1e9
            if syn:
                other.values["handshake_rtt"] = other.samples[number]
        if any(fields[6:9]):
            own.events["retransmitted"].add(number)
            own.events["needless" if fields[8] else "retransmitted"].add(number)
        if fields[7]:
            own.events["fast"].add(number)
        if fields[9]:
            own.events["reordered"].add(number)
        if fields[10] and fields[11] not in ("1", "True"):
            own.values["window_max"] = max(own.values.get("window_max", 0), float(fields[10]))
    for finding in found.values():
        if finding.samples:
            finding.values["rtt_min"] = min(finding.samples.values())
    if not found:
        _tshark_rtp(path, found)
    return found


def _tshark_rtp(path: Path, found: Findings) -> None:
    text = _run("tshark", "-n", "-r", str(path), "-d", "udp.port==40000,rtp", "-q", "-z", "rtp,streams")
    for line in text.splitlines():
        # Times, address, port, address, port, SSRC, payload, packets, lost (percent), deltas, jitters.
        match = re.search(r" (\d+)\s+\S+\s+(\d+)\s+0x[0-9A-F]+\s.*?\s(\d+)\s+(-?\d+) \(-?[\d.]+%\)\s+(.*)", line)
        if match:
            numbers = re.findall(r"-?[\d.]+", match[5])
            values = _finding(found, Places.key(int(match[1]), int(match[2]))).values
            values["rtp_lost"] = float(match[4])
            values["rtp_jitter_max"] = float(numbers[5]) * 1e6


TCPTRACE_NUMBERS = {"rexmt data pkts": "retransmitted", "rexmt data bytes": "bytes_retransmitted", "outoforder pkts": "reordered",
                    "RTT min": "rtt_min", "RTT from 3WHS": "handshake_rtt", "max win adv": "window_max", "throughput": "throughput",
                    "unique bytes sent": "bytes_unique", "RTT avg": "rtt_mean"}


def tcptrace(path: Path) -> Findings:
    found: Findings = {}
    text = _run("tcptrace", "-n", "-l", "-r", str(path))
    hosts: list[int] = []
    for line in text.splitlines():
        host = re.match(r"\s+host \w+:\s+(.*)$", line)
        if host:
            hosts = [*hosts[-1:], int(re.split(r"[:.]", host[1])[-1])]
            continue
        numbers = re.match(r"\s+(\w[\w ]*\w):\s+([\d.]+|NA)( \w+)?\s+(\w[\w ]*\w):\s+([\d.]+|NA)", line)
        if numbers is None or numbers[1] not in TCPTRACE_NUMBERS or len(hosts) < 2:
            continue
        for value, (source, target) in ((numbers[2], hosts), (numbers[5], hosts[::-1])):
            if value != "NA":
                _take_tcptrace(_finding(found, Places.key(source, target)), TCPTRACE_NUMBERS[numbers[1]], float(value))
    return found


def _take_tcptrace(finding: Finding, name: str, value: float) -> None:
    if name in ("retransmitted", "reordered"):
        finding.counts[name] = int(value)
    elif name in ("rtt_min", "handshake_rtt", "rtt_mean"):
        if value > 0:
            finding.values[name] = value * 1e6  # it prints milliseconds
    elif name != "throughput" or value > 0:
        finding.values[name] = value


TOOLS = ("none", "3.1.1", "tshark", "tcptrace")


def findings(tool: str, path: Path) -> Findings:
    if tool == "tshark":
        return tshark(path)
    if tool == "tcptrace":
        return tcptrace(path)
    return tstat(path, tool)


def missing(which: tuple[str, ...]) -> str:
    """What is not there of what these tools need, in words; nothing: it is all there."""
    for program in ("tshark", "tcptrace"):
        if program in which and shutil.which(program) is None:
            others = " ".join(f"--tool {tool}" for tool in which if shutil.which(tool) or tool in TSTAT_EVENTS)
            return f"there is no {program}; without it: {others}"
    if set(which) & set(TSTAT_EVENTS):
        try:
            importlib.import_module("tstat").Analyzer
        except (ImportError, AttributeError) as problem:
            return f"the Python module tstat is not on PYTHONPATH, or not for this interpreter (it is built by the target tstat_python): {problem}"
    return ""


def versions(which: tuple[str, ...]) -> dict[str, str]:
    """Of the programs of others; of one that is not asked for, nothing."""
    found = {"tshark": "", "tcptrace": ""}
    if "tshark" in which and (number := re.search(r"[\d.]+\d", _run("tshark", "--version"))):
        found["tshark"] = number[0]
    if "tcptrace" in which and shutil.which("dpkg-query"):
        found["tcptrace"] = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "tcptrace"], capture_output=True, text=True, check=False).stdout
    return found
