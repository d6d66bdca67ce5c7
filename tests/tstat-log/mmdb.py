# SPDX-License-Identifier: BSD-3-Clause
"""Makes small files of MaxMind's form (MaxMind DB, version 2.0) for tests.

    mmdb.write("a.mmdb", "GeoLite2-ASN", {"192.0.2.0/24": {"autonomous_system_number": 64500}})
"""

import ipaddress
import pathlib

_TEXT, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY = 2, 5, 6, 7, 9, 11


def _control(kind, size):
    extension = b"" if kind < 8 else bytes([kind - 7])
    first = (kind if kind < 8 else 0) << 5
    if size < 29:
        return bytes([first | size]) + extension
    assert size < 29 + 256
    return bytes([first | 29]) + extension + bytes([size - 29])


def encoded(value, kind=_UINT32):
    """A value as the data section has it."""
    if isinstance(value, str):
        data = value.encode()
        return _control(_TEXT, len(data)) + data
    if isinstance(value, dict):
        return _control(_MAP, len(value)) + b"".join(encoded(key) + encoded(one, _KINDS.get(key, _UINT32)) for key, one in value.items())
    if isinstance(value, list):
        return _control(_ARRAY, len(value)) + b"".join(map(encoded, value))
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(data)) + data


_KINDS = {"binary_format_major_version": _UINT16, "binary_format_minor_version": _UINT16, "ip_version": _UINT16, "record_size": _UINT16,
          "build_epoch": _UINT64}


def write(path, kind, records):
    """A file that has these records, by networks that do not contain one another."""
    nodes = [[None, None]]
    data = b""
    for text, record in records.items():
        network = ipaddress.ip_network(text)
        bits, length = int(network.network_address), network.prefixlen + (96 if network.version == 4 else 0)
        node = 0
        for depth in range(length):
            side = bits >> (127 - depth) & 1
            if depth == length - 1:
                nodes[node][side] = ("data", len(data))
            else:
                if nodes[node][side] is None:
                    nodes[node][side] = len(nodes)
                    nodes.append([None, None])
                node = nodes[node][side]
        data += encoded(record)
    count = len(nodes)
    tree = b""
    for pair in nodes:
        for one in pair:
            number = count if one is None else one if isinstance(one, int) else count + 16 + one[1]
            tree += number.to_bytes(3, "big")
    about = {"binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1, "database_type": kind, "description": {"en": kind},
             "ip_version": 6, "languages": ["en"], "node_count": count, "record_size": 24}
    pathlib.Path(path).write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(about))
