# SPDX-License-Identifier: BSD-3-Clause
"""Versions of symbols that an ELF file of 64 bits needs of others: "GLIBC_2.12"."""
from __future__ import annotations

import struct

NEEDED_VERSIONS = 0x6FFFFFFE  # SHT_GNU_verneed


def needed_versions(data: bytes) -> set[str]:
    if data[:6] != b"\x7fELF\x02\x01" or len(data) < 64:
        return set()
    found: set[str] = set()
    try:
        section_at, = struct.unpack_from("<Q", data, 40)
        size, count = struct.unpack_from("<HH", data, 58)
        for i in range(count):
            _, kind, _, _, at, _, link, entries = struct.unpack_from("<IIQQQQII", data, section_at + i * size)
            if kind != NEEDED_VERSIONS:
                continue
            text_at, = struct.unpack_from("<Q", data, section_at + link * size + 24)
            for _ in range(entries):
                _, names, _, first, step = struct.unpack_from("<HHIII", data, at)
                name_at = at + first
                for _ in range(names):
                    _, _, _, name, following = struct.unpack_from("<IHHII", data, name_at)
                    end = data.index(b"\0", text_at + name)
                    found.add(data[text_at + name:end].decode("ascii", "replace"))
                    name_at += following
                at += step
    except (struct.error, ValueError):
        found.add("damaged")
    return found
