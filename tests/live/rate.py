#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The highest rate at which a live capture drops nothing, with several numbers of readers, in turns.

usage: rate.py TSTAT [--readers 1,2] [--rounds 3] [--seconds 4] [--trace FILE] [-- tstat options]

Sender, kernel and tstat share the machine's processors, so a figure holds for that machine alone. Not one of ctest's tests.
"""
import argparse, pathlib, statistics, sys, tempfile, time

import network
from network import TRACES, Live, replay


def drops(arguments, readers, rate, extra):
    """The share of packets that was dropped, and the rate that was reached."""
    with tempfile.TemporaryDirectory(prefix="tstat-rate-") as directory:
        work = pathlib.Path(directory)
        work.chmod(0o755)
        with Live(arguments.tstat, work, "-s", "out", "--live-readers", readers, *extra) as live:
            began = time.monotonic()
            speed = ("--pps", str(rate)) if rate else ("--topspeed",)
            sent = replay(arguments.trace, "-K", "--loop", "0", "--duration", str(arguments.seconds), *speed)
            seconds = time.monotonic() - began
            live.stop()
            return live.dropped() / max(sent, 1), sent / seconds


def highest(arguments, readers, extra):
    lost, reached = drops(arguments, readers, 0, extra)
    if lost == 0:
        return reached, "the sender's highest"
    low, high = 0, reached
    while high - low > 0.04 * reached:
        rate = int((low + high) / 2)
        lost, reached_here = drops(arguments, readers, rate, extra)
        if lost == 0:
            low = max(rate if reached_here > 0.97 * rate else reached_here, low)
        else:
            high = rate
    return low, ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tstat", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--readers", default="1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--trace", default=str(TRACES / "mixed.pcap"))
    own = sys.argv[1:sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    arguments, extra = parser.parse_args(own), sys.argv[len(own) + 2:]
    network.enter()
    numbers = [int(n) for n in arguments.readers.split(",")]
    found = {n: [] for n in numbers}
    for _ in range(arguments.rounds):
        for n in numbers:
            rate, note = highest(arguments, n, extra)
            found[n].append(rate)
            print(f"{n} readers: {rate:,.0f} packets/s {note}", flush=True)
    for n in numbers:
        print(f"{n} readers, median: {statistics.median(found[n]):,.0f} packets/s")


if __name__ == "__main__":
    main()
