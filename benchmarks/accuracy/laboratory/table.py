# SPDX-License-Identifier: BSD-3-Clause
"""The table of scenarios."""

from __future__ import annotations

import itertools
import zlib
from typing import Any, Iterator

from .scenario import DIRECTIONS, HOPS, Scenario

NO_SACK = (("tcp_sack", "0"),)
NO_TIMESTAMPS = (("tcp_timestamps", "0"),)
NO_TAIL_PROBES = (("tcp_early_retrans", "0"),)
NO_RACK = (("tcp_recovery", "0"),)
PLAIN = NO_SACK + NO_TIMESTAMPS + NO_TAIL_PROBES + NO_RACK
ECN = (("tcp_ecn", "1"),)
SETTINGS = {"usual": (), "no-sack": NO_SACK, "no-ts": NO_TIMESTAMPS, "no-tlp": NO_TAIL_PROBES, "no-rack": NO_RACK, "plain": PLAIN}


def delay(client: float, server: float) -> tuple[str, ...]:
    """One-way times of the two hops, the same in both directions."""
    return tuple(f"{hop} {direction} delay {time}" for hop, time in zip(HOPS, (client, server)) for direction in DIRECTIONS)


def each(option: str, hops: tuple[str, ...] = HOPS, directions: tuple[str, ...] = DIRECTIONS) -> tuple[str, ...]:
    return tuple(f"{hop} {direction} {option}" for hop in hops for direction in directions)


WAY = delay(8, 17)
DOWN = ("to_client",)
#: Hops by where the loss is.
WHERE = {"near": ("client",), "far": ("server",), "both": HOPS}


def _make(family: str, name: str, link: tuple[str, ...], **more: Any) -> Scenario:
    full = f"{family}-{name}"
    return Scenario(name=full, family=family, seed=zlib.crc32(full.encode()) % 100000, link=link, **more)


def _clean() -> Iterator[Scenario]:
    for ms, traffic in itertools.product((1, 10, 60), ("download", "upload", "requests", "connections", "both_ways")):
        yield _make("clean", f"{traffic}-{ms}", delay(ms / 3, ms * 2 / 3), traffic=traffic, size=120_000, count=6)
    for congestion in ("reno", "bbr"):
        yield _make("clean", f"download-{congestion}", WAY, congestion=congestion)
    for traffic in ("download", "requests", "both_ways"):
        yield _make("clean", f"{traffic}-v6", WAY, traffic=traffic, ipv6=True, count=5)
    yield _make("clean", "jitter", WAY + each("jitter 6"), traffic="requests", count=20)
    yield _make("clean", "jitter-v6", WAY + each("jitter 3"), ipv6=True)


def _random_loss() -> Iterator[Scenario]:
    for where, percent, congestion in itertools.product(WHERE, (0.5, 2, 5), ("cubic", "reno", "bbr")):
        yield _make("random-loss", f"{where}-{percent}-{congestion}", WAY + each(f"loss {percent / 100}", WHERE[where], DOWN),
                    congestion=congestion)
    for where, traffic in itertools.product(WHERE, ("upload", "requests", "chunks", "connections")):
        yield _make("random-loss", f"{where}-{traffic}", WAY + each("loss 0.02", WHERE[where]), traffic=traffic, size=250_000, count=12)
    for where in WHERE:
        yield _make("random-loss", f"{where}-v6", WAY + each("loss 0.02", WHERE[where]), ipv6=True)
        yield _make("random-loss", f"{where}-long", delay(30, 70) + each("loss 0.02", WHERE[where], DOWN), size=300_000)


def _burst_loss() -> Iterator[Scenario]:
    for where, length, congestion in itertools.product(WHERE, (3, 8), ("cubic", "bbr")):
        yield _make("burst-loss", f"{where}-{length}-{congestion}", WAY + each(f"burst 0.006 {1 / length:.3f} 1", WHERE[where], DOWN),
                    congestion=congestion)
    for where in WHERE:
        yield _make("burst-loss", f"{where}-v6", WAY + each("burst 0.006 0.25 0.8", WHERE[where]), ipv6=True)


def _placed_loss() -> Iterator[Scenario]:
    segments = 60_000 // 1448 + 1
    rules = {"first": "data 1", "second": "data 2", "middle": "data 20", "three": "data 20-22", "again": "data 20 2",
             "thrice": "data 20 3", "tail": f"data {segments}", "tails": f"data {segments - 3}-{segments}",
             "tail-again": f"data {segments} 2", "fin": "fin 1"}
    for (rule, text), hop in itertools.product(rules.items(), HOPS):
        yield _make("placed-loss", f"{rule}-{hop}", WAY + each("lose " + text, (hop,), DOWN), size=60_000)
    for hop in HOPS:
        yield _make("placed-loss", f"syn-{hop}", WAY + each("lose syn 1", (hop,), ("to_server",)), size=60_000)
        yield _make("placed-loss", f"syn-ack-{hop}", WAY + each("lose syn 1", (hop,), DOWN), size=60_000)
        yield _make("placed-loss", f"acks-{hop}", WAY + each("lose ack 5-12", (hop,), ("to_server",)), size=60_000)
        yield _make("placed-loss", f"tail-v6-{hop}", WAY + each(f"lose data {segments}", (hop,), DOWN), size=60_000, ipv6=True)


def _settings() -> Iterator[Scenario]:
    for name, sysctls in SETTINGS.items():
        for hop in HOPS:
            if "tcp_sack" in dict(sysctls):  # duplicate acknowledgments are the same, byte for byte
                yield _make("settings", f"{name}-v6-{hop}", WAY + each("loss 0.02", (hop,), DOWN), ipv6=True, sysctls=sysctls)
            yield _make("settings", f"{name}-random-{hop}", WAY + each("loss 0.02", (hop,), DOWN), sysctls=sysctls)
            yield _make("settings", f"{name}-tail-{hop}", WAY + each("lose data 7", (hop,), DOWN), traffic="chunks", size=100_000, count=10,
                        sysctls=sysctls)
        yield _make("settings", f"{name}-reorder", WAY + each("reorder 0.02 6", ("client",), DOWN), sysctls=sysctls)
        yield _make("settings", f"{name}-outage", WAY + each("outage 300 450", ("server",), DOWN), sysctls=sysctls)


def _tails() -> Iterator[Scenario]:
    """The server sends some segments and pauses; of every second such group the last segment is lost."""
    count = 10
    for hop, segments, ms in itertools.product(HOPS, (1, 4), (6, 50, 150)):
        lost = tuple(line for i in range(2, count, 2) for line in each(f"lose data {i * segments}", (hop,), DOWN))
        yield _make("tails", f"{segments}-{ms}-{hop}", delay(ms / 6, ms / 3) + lost, traffic="chunks", size=count * segments * 1400, count=count)
    for segments in (1, 4):
        lost = tuple(line for i in range(2, count, 2) for line in each(f"lose data {i * segments}", ("server",), DOWN))
        settings: dict[str, dict[str, Any]] = {"v6": {"ipv6": True}, "bbr": {"congestion": "bbr"}, "no-ts": {"sysctls": NO_TIMESTAMPS}}
        for name, more in settings.items():
            yield _make("tails", f"{segments}-{name}", WAY + lost, traffic="chunks", size=count * segments * 1400, count=count, **more)


def _time_outs() -> Iterator[Scenario]:
    for hop, length in itertools.product(HOPS, (350, 1200)):
        yield _make("time-outs", f"outage-{hop}-{length}", WAY + each(f"outage 250 {length}", (hop,)), size=900_000)
    for hop, extra, congestion in itertools.product(HOPS, (250, 600), ("cubic", "bbr")):
        yield _make("time-outs", f"spike-{hop}-{extra}-{congestion}", WAY + each(f"spike 250 400 {extra}", (hop,), DOWN),
                    size=900_000, congestion=congestion)
    for hop in HOPS:
        yield _make("time-outs", f"spike-acks-{hop}", WAY + each("spike 200 400 500", (hop,), ("to_server",)), size=700_000)


def _order() -> Iterator[Scenario]:
    for where, by in itertools.product(WHERE, (1, 5, 30)):
        yield _make("reordering", f"{where}-{by}", WAY + each(f"reorder 0.02 {by}", WHERE[where]))
    for where in WHERE:
        yield _make("reordering", f"jitter-{where}", WAY + each("jitter 4", WHERE[where]) + each("jitter_reorders 1", WHERE[where]), size=250_000)
        yield _make("reordering", f"loss-{where}", WAY + each("reorder 0.01 4", WHERE[where]) + each("loss 0.01", WHERE[where]))
        yield _make("reordering", f"{where}-v6", WAY + each("reorder 0.02 5", WHERE[where]), ipv6=True)
    for where, after in itertools.product(WHERE, (0.1, 4, 25)):
        yield _make("duplicates", f"{where}-{after}", WAY + each(f"duplicate 0.02 {after}", WHERE[where]))
    for where in WHERE:
        yield _make("duplicates", f"{where}-v6", WAY + each("duplicate 0.02 1", WHERE[where]), ipv6=True)


def _queues() -> Iterator[Scenario]:
    for hop, kilobytes, congestion in itertools.product(HOPS, (20, 60), ("cubic", "reno", "bbr")):
        yield _make("queues", f"{hop}-{kilobytes}-{congestion}",
                    WAY + each("rate 8", (hop,), DOWN) + each(f"queue {kilobytes * 1000}", (hop,), DOWN), size=1_200_000, congestion=congestion)
    for hop, ipv6 in itertools.product(HOPS, (False, True)):
        yield _make("queues", f"marks-{hop}-{'v6' if ipv6 else 'v4'}",
                    WAY + each("rate 8", (hop,), DOWN) + each("queue 200000", (hop,), DOWN) + each("mark_above 20000", (hop,), DOWN),
                    size=1_000_000, sysctls=ECN, ipv6=ipv6)
    for hop in HOPS:
        yield _make("queues", f"mtu-{hop}", WAY + each("mtu 1300", (hop,)), size=150_000)


def _offload() -> Iterator[Scenario]:
    for traffic, ipv6 in itertools.product(("download", "upload", "both_ways"), (False, True)):
        for where in ("near", "far"):
            yield _make("offload", f"{traffic}-{where}-{'v6' if ipv6 else 'v4'}", WAY + each("loss 0.01", WHERE[where]), traffic=traffic,
                        ipv6=ipv6, offload=True, size=600_000)


def _others() -> Iterator[Scenario]:
    for percent in (0, 1, 3):
        loss = each(f"loss {percent / 100}", ("server",))
        yield _make("programs", f"iperf3-{percent}", WAY + loss, traffic="iperf3", size=600_000)
        yield _make("programs", f"curl-{percent}", WAY + loss, traffic="curl", size=600_000, count=4)
    yield _make("programs", "iperf3-bbr", WAY + each("loss 0.01", ("client",)), traffic="iperf3", size=600_000, congestion="bbr")
    yield _make("programs", "curl-v6", WAY + each("loss 0.01", ("client",)), traffic="curl", size=600_000, count=4, ipv6=True)
    yield _make("windows", "slow-reader", WAY, traffic="slow_reader", size=120_000)
    yield _make("windows", "slow-reader-loss", WAY + each("loss 0.03", ("server",), DOWN), traffic="slow_reader", size=120_000)
    yield _make("windows", "slow-reader-v6", WAY, traffic="slow_reader", size=120_000, ipv6=True)
    yield _make("windows", "keep-alive", WAY, traffic="keep_alive", size=5000)
    yield _make("windows", "keep-alive-v6", WAY, traffic="keep_alive", size=5000, ipv6=True)


def _rtp() -> Iterator[Scenario]:
    cases = {"clean": "", "jitter": "jitter 12", "reorder": "reorder 0.05 35", "duplicate": "duplicate 0.03 1"}
    for (name, option), ipv6 in itertools.product(cases.items(), (False, True)):
        yield _make("rtp", f"{name}-{'v6' if ipv6 else 'v4'}", WAY + (each(option, ("client",)) if option else ()), traffic="rtp", count=150,
                    ipv6=ipv6)
    for where in WHERE:
        yield _make("rtp", f"loss-{where}", WAY + each("loss 0.04", WHERE[where]) + each("jitter 5"), traffic="rtp", count=250)
        yield _make("rtp", f"burst-{where}", WAY + each("burst 0.02 0.3 1", WHERE[where]), traffic="rtp", count=250)
    for name, rule in (("first", "data 1-3"), ("sixteen", "data 20-35"), ("apart", "data 40")):
        yield _make("rtp", f"placed-{name}", WAY + each("lose " + rule, ("client",)) + each("lose data 56", ("client",)), traffic="rtp", count=120)


def scenarios() -> list[Scenario]:
    families = (_clean, _random_loss, _burst_loss, _placed_loss, _settings, _tails, _time_outs, _order, _queues, _offload, _others, _rtp)
    return [scenario for family in families for scenario in family()]
