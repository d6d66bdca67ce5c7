#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes seed inputs for the fuzzers from pcap traces (classic, Ethernet): the first packets of each.

usage: make_corpus.py OUT_DIR TRACE.pcap...     writes NAME into the folders analyzer, trace, pcapng, c_api and c_session of OUT_DIR
"""
import pathlib, struct, sys

PACKETS, BYTES = 24, 6000

# Of c_session_fuzzer.cc: the numbers of its calls, and what they read.
CALLS = ("Options Keys Histograms CallBacks Start Begin End Finish Interrupt Advance NewOutput Read Reopen Feed").split()


def call(name, *read):
    return bytes([CALLS.index(name), *read])


def session_of(frames):
    """Call-backs that read; each frame; its end, all that is known, another session that drives itself from within."""
    calls = call("Histograms", 0) + call("CallBacks", 0, 0, 3, 1)
    for step, frame in frames:
        eights = min(len(frame) // 8, 255)
        calls += call("Feed", 0, step, 0, 0, 0, eights) + frame[:eights * 8] + b"\0"
    return calls + call("Read", 0, 0) + call("Finish") + call("Reopen")


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def pcapng_of(frames):
    """Two sections, of either byte order, with packets of each kind of block; and, in the first byte, that this is a file."""
    text = b"\0"
    for order in "<>":
        text += block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
        options = struct.pack(order + "HHB3xHHq", 9, 1, 9, 14, 8, 1_500_000_000)
        text += block(order, 1, struct.pack(order + "HHI", 1, 0, 65535) + options)
        for step, frame in frames[:6]:
            lengths = struct.pack(order + "II", len(frame), len(frame))
            text += block(order, 6, struct.pack(order + "III", 0, step, 7) + lengths + frame)
        text += block(order, 3, struct.pack(order + "I", len(frame)) + frame)
        text += block(order, 2, struct.pack(order + "HHII", 0, 0, 99, 7) + lengths + frame)
        text += block(order, 5, b"statistics")
    return text


def main():
    out = pathlib.Path(sys.argv[1])
    for name in ("analyzer", "trace", "pcapng", "c_api", "c_session"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for trace in map(pathlib.Path, sys.argv[2:]):
        data, at, frames, last = trace.read_bytes(), 24, bytearray(b"\0"), None
        fed, calls = [], bytearray(b"\0\2" b"\1\0\0")  # tstat_init, tstat_new_logdir
        for _ in range(PACKETS):
            if at + 16 > len(data) or at > BYTES:
                break
            seconds, micros, length, _ = struct.unpack_from("<IIII", data, at)
            now = seconds * 1_000_000 + micros
            step = max(0, now - last).bit_length() if last is not None else 0
            last = now
            fed.append((step + 10, data[at + 16:at + 16 + length]))
            frames += struct.pack("!BH", step, length) + data[at + 16:at + 16 + length]
            ip = data[at + 16 + 14:at + 16 + length][:255]
            calls += bytes([5, min(20 * step, 180), 0, len(ip)]) + ip
            at += 16 + length
        (out / "analyzer" / trace.stem).write_bytes(frames)
        (out / "c_api" / trace.stem).write_bytes(calls + b"\3\4\1")
        (out / "pcapng" / trace.stem).write_bytes(pcapng_of(fed))
        session = session_of(fed)
        (out / "c_session" / trace.stem).write_bytes(b"\4" + session + session_of(fed[:4]) + call("Start") + call("Finish"))
        (out / "c_session" / (trace.stem + "-stops")).write_bytes(b"\7" + session)
        (out / "trace" / trace.stem).write_bytes(data[:at])


if __name__ == "__main__":
    main()
