# SPDX-License-Identifier: BSD-3-Clause
"""What a kernel knows of a connection: struct tcp_info of linux/tcp.h, by offsets."""

from __future__ import annotations

import socket
import struct

SIZE = 256

#: Format and offset of each number; what a kernel does not have is absent.
FIELDS: dict[str, tuple[str, int]] = {
    "state": ("B", 0),
    "ca_state": ("B", 1),
    "rto": ("I", 8),
    "snd_mss": ("I", 16),
    "unacked": ("I", 24),
    "sacked": ("I", 28),
    "lost": ("I", 32),
    "retrans": ("I", 36),
    "rtt": ("I", 68),
    "rttvar": ("I", 72),
    "snd_cwnd": ("I", 80),
    "reordering": ("I", 88),
    "total_retrans": ("I", 100),
    "bytes_acked": ("Q", 120),
    "bytes_received": ("Q", 128),
    "segs_out": ("I", 136),
    "segs_in": ("I", 140),
    "notsent_bytes": ("I", 144),
    "min_rtt": ("I", 148),
    "data_segs_in": ("I", 152),
    "data_segs_out": ("I", 156),
    "delivery_rate": ("Q", 160),
    "delivered": ("I", 192),
    "delivered_ce": ("I", 196),
    "bytes_sent": ("Q", 200),
    "bytes_retrans": ("Q", 208),
    "dsack_dups": ("I", 216),
    "reord_seen": ("I", 220),
    "rcv_ooopack": ("I", 224),
    "snd_wnd": ("I", 228),
    "rcv_wnd": ("I", 232),
    "total_rto": ("H", 240),
}


def parse(raw: bytes) -> dict[str, int]:
    """The numbers that the bytes reach to."""
    return {name: struct.unpack_from("=" + form, raw, offset)[0]
            for name, (form, offset) in FIELDS.items() if offset + struct.calcsize(form) <= len(raw)}


def read(connection: socket.socket) -> dict[str, int]:
    return parse(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, SIZE))
