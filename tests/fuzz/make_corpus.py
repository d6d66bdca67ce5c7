#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes seed inputs for the fuzzers from pcap traces (classic, Ethernet): the first packets of each.

usage: make_corpus.py OUT_DIR TRACE.pcap...     writes OUT_DIR/analyzer/NAME, OUT_DIR/trace/NAME and OUT_DIR/c_api/NAME
"""
import pathlib, struct, sys

PACKETS, BYTES = 24, 6000


def main():
    out = pathlib.Path(sys.argv[1])
    for name in ("analyzer", "trace", "c_api"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for trace in map(pathlib.Path, sys.argv[2:]):
        data, at, frames, last = trace.read_bytes(), 24, bytearray(b"\0"), None
        calls = bytearray(b"\0\2" b"\1\0\0")  # tstat_init, tstat_new_logdir
        for _ in range(PACKETS):
            if at + 16 > len(data) or at > BYTES:
                break
            seconds, micros, length, _ = struct.unpack_from("<IIII", data, at)
            now = seconds * 1_000_000 + micros
            step = max(0, now - last).bit_length() if last is not None else 0
            last = now
            frames += struct.pack("!BH", step, length) + data[at + 16:at + 16 + length]
            ip = data[at + 16 + 14:at + 16 + length][:255]
            calls += bytes([5, min(20 * step, 180), 0, len(ip)]) + ip
            at += 16 + length
        (out / "analyzer" / trace.stem).write_bytes(frames)
        (out / "c_api" / trace.stem).write_bytes(calls + b"\3\4\1")
        (out / "trace" / trace.stem).write_bytes(data[:at])


if __name__ == "__main__":
    main()
