# SPDX-License-Identifier: BSD-3-Clause
"""Compares what a tool says of a view with the truth: one row for each direction of a flow."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import frames, tools, views
from .packets import Flow, read
from .scenario import Scenario
from .truth import Finding, Truth, rtp_truth, tcp_truth

#: Columns that are numbers, and whether their error is relative to the truth.
NUMBERS = {"bytes_retransmitted": False, "bytes_unique": False, "bytes_missed": False, "window_max": True, "throughput": True,
           "rtt_min": True, "rtt_mean": True, "rtt_p50": True, "rtt_p95": True, "rtt_p99": True, "handshake_rtt": True,
           "rtp_lost": False, "rtp_jitter": True, "rtp_jitter_max": True}
#: Columns that are events: precision and recall.
EVENTS = ("retransmitted", "fast", "rto", "tlp", "lost_before", "lost_behind", "needless", "reordered", "duplicate")
CAUSES = ("fast", "rto", "tlp")
#: ESTABLISHED and CLOSE_WAIT: the last sample of TCP_INFO came before the end's own FIN, and so may lack something.
STILL_OPEN = (1, 8)
#: A mean of fewer samples is not compared.
FEWEST_SAMPLES = 5
#: The share of samples that are not more, and of how many samples at least it is compared.
PERCENTILES = {"rtt_p50": (0.5, 10), "rtt_p95": (0.95, 40), "rtt_p99": (0.99, 200)}


@dataclass
class Row:
    scenario: str
    family: str
    view: str
    direction: str
    tool: str
    #: Column: true, said.
    numbers: dict[str, tuple[float, float]] = field(default_factory=dict)
    #: Column: right, said and not so, so and not said.
    events: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    #: Segments sent again that no probe can tell from new ones.
    hidden: int = 0
    #: Segments that a time-out or a probe of the tail may have sent, and how many of them the tool takes for the latter.
    undecided: tuple[int, int] = (0, 0)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def _percentile(values: list[float], share: float) -> float:
    """The smallest of them that so many do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _event_sets(truth: Truth, said: Finding, kind: str) -> tuple[set[int], set[int]]:
    true, told = truth.events[kind], said.events[kind] - truth.hidden
    if kind in CAUSES:
        return true, told - truth.uncertain - truth.undecided
    if kind in ("lost_before", "lost_behind"):
        # What was needless is scored in a column of its own.
        return true, told - truth.events["needless"]
    return true, told


def _score_round_trips(truth: Truth, said: Finding, row: Row) -> None:
    true = list(truth.samples.values())
    if not true:
        return
    if "rtt_min" in said.values:
        row.numbers["rtt_min"] = (min(true), said.values["rtt_min"])
    for name, (share, fewest) in PERCENTILES.items():
        if name in said.values and len(true) >= fewest:
            row.numbers[name] = (_percentile(true, share), said.values[name])
    if said.samples:
        # Of the same acknowledgments, those that the receiver did not delay.
        both = [f for f in said.samples if f in truth.prompt]
        if len(both) >= FEWEST_SAMPLES:
            row.numbers["rtt_mean"] = (statistics.fmean(truth.samples[f] for f in both), statistics.fmean(said.samples[f] for f in both))
        right = sum(abs(truth.samples[f] - said.samples[f]) <= max(50e3, 0.01 * truth.samples[f]) for f in both)
        row.events["rtt_samples"] = (right, len(both) - right, len(truth.prompt) - len(both))
    elif len(true) >= FEWEST_SAMPLES and "rtt_mean" in said.values:
        row.numbers["rtt_mean"] = (statistics.fmean(true), said.values["rtt_mean"])


def score(truth: Truth, said: Finding, row: Row) -> Row:
    for name in NUMBERS:
        if name in truth.values and name in said.values:
            row.numbers[name] = (truth.values[name], said.values[name])
    _score_round_trips(truth, said, row)
    for kind in EVENTS:
        if kind not in truth.events:
            continue
        if kind in said.events:
            true_set, told_set = _event_sets(truth, said, kind)
            row.events[kind] = (len(true_set & told_set), len(told_set - true_set), len(true_set - told_set))
        elif kind in said.counts:
            true_count, told_count = len(truth.events[kind]), said.counts[kind]
            row.events[kind] = (min(true_count, told_count), max(0, told_count - true_count), max(0, true_count - told_count))
    return row


@dataclass
class Kernel:
    """What the sender's kernel told of a direction."""

    numbers: dict[str, float]
    reordered: int
    needless: int


def _is_final(end: dict[str, Any]) -> bool:
    """Whether the last that was told of this end has all."""
    last = end["last"]
    if not last or last["state"] in STILL_OPEN:
        return False
    return not end.get("before_end") or last["unacked"] + last["notsent_bytes"] == 0


def kernel_numbers(folder: Path, flows: list[Flow]) -> dict[tools.Key, Kernel]:
    ends = json.loads((folder / "kernel.json").read_text())
    clients = {end["connection"]: end["port"] for end in ends if end["end"] == "client"}
    found: dict[tools.Key, Kernel] = {}
    for end in ends:
        last = end["last"]
        for flow in flows:
            if _is_final(end) and flow.client_port == clients.get(end["connection"]):
                direction = "to_server" if end["end"] == "client" else "to_client"
                numbers = {"retransmitted": last["total_retrans"], "bytes_retransmitted": last["bytes_retrans"],
                           "bytes_unique": last["bytes_sent"] - last["bytes_retrans"]}
                if "min_rtt" in last:
                    numbers["rtt_min"] = last["min_rtt"] * 1e3
                found[flow.client_port, flow.server_port, direction] = Kernel(numbers, last["reord_seen"], last["dsack_dups"])
    return found


def _count(said: Finding, kind: str) -> int | None:
    return len(said.events[kind]) if kind in said.events else said.counts.get(kind)


def score_with_kernel(kernel: Kernel, said: Finding, scenario: Scenario, row: Row) -> None:
    """Of a probe at the sender, which sees all that its kernel sends and hears."""
    count = _count(said, "retransmitted")
    if count is not None and not scenario.offload:
        row.numbers["kernel_retransmitted"] = (kernel.numbers["retransmitted"], count)
    for name in ("bytes_retransmitted", "bytes_unique", "rtt_min"):
        if name in said.values and name in kernel.numbers:
            row.numbers["kernel_" + name] = (kernel.numbers[name], said.values[name])
    # Copies that the network makes have D-SACKs, too.
    needless = _count(said, "needless")
    if kernel.needless and needless is not None and scenario.family != "duplicates":
        row.numbers["kernel_needless"] = (kernel.needless, needless)


def score_order_with_kernel(kernel: Kernel, said: Finding, row: Row) -> None:
    """Of a probe at the receiver, which sees what was overtaken."""
    count = _count(said, "reordered")
    if kernel.reordered and count is not None:
        row.numbers["kernel_reordered"] = (kernel.reordered, count)


def score_folder(folder: Path, which: tuple[str, ...] = tools.TOOLS, kinds: tuple[str, ...] = ()) -> list[Row]:
    """By these tools; without `kinds`, of all views that the scenario's family has."""
    scenario, flows = read(folder)
    kernel = kernel_numbers(folder, flows)
    rows = []
    for kind in kinds or views.kinds_of(scenario.family):
        view = views.view(folder, kind, scenario.seed)
        truths: dict[tools.Key, Truth] = {}
        for flow in flows:
            for direction in flow.ways:
                make = tcp_truth if flow.protocol == frames.TCP else rtp_truth
                truths[flow.client_port, flow.server_port, direction] = make(flow, direction, view)
        for tool in which:
            found = tools.findings(tool, view.path)
            for key, truth in truths.items():
                if truth.values:
                    said = found.get(key, Finding())
                    row = Row(scenario.name, scenario.family, kind, key[2], tool, hidden=len(truth.hidden),
                              undecided=(len(truth.undecided), len(truth.undecided & said.events.get("tlp", set()))))
                    rows.append(score(truth, said, row))
                    if key in kernel and kind == ("client" if key[2] == "to_server" else "server"):
                        score_with_kernel(kernel[key], said, scenario, row)
                    elif key in kernel and kind in ("client", "server"):
                        score_order_with_kernel(kernel[key], said, row)
    return rows
