# SPDX-License-Identifier: BSD-3-Clause
"""Numbers as people say them."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np

Span = Optional[np.timedelta64]

CLIENT, SERVER = "client", "server"

#: What a cause is called, by its column pkts_<cause>: one, and several.
CAUSES = {
    "rto": ("retransmission after a time-out", "retransmissions after time-outs"),
    "fs": ("fast retransmission", "fast retransmissions"),
    "reor": ("reordered packet", "reordered packets"),
    "dup": ("copy of a packet", "copies of packets"),
    "fc": ("probe of a closed window", "probes of closed windows"),
    "unrto": ("needless retransmission after a time-out", "needless retransmissions after time-outs"),
    "unfs": ("needless fast retransmission", "needless fast retransmissions"),
    "unk": ("packet of unknown cause", "packets of unknown cause"),
}


def seconds(value: Any) -> float:
    """A span of NumPy's in seconds."""
    return float(value / np.timedelta64(1, "ns")) / 1e9


def span(value: float) -> str:
    """Seconds, with three digits that matter: 312 ms."""
    if value < 0:
        return "-" + span(-value)
    if value < 0.00095:
        return f"{value * 1e6:.0f} us"
    if value < 0.0095:
        return f"{value * 1e3:.2f} ms"
    if value < 0.095:
        return f"{value * 1e3:.1f} ms"
    if value < 0.95:
        return f"{value * 1e3:.0f} ms"
    if value < 59.95:
        return f"{value:.2f} s" if value < 9.95 else f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def of(value: Span) -> str:
    """A span of NumPy's."""
    return "an unknown time" if value is None else span(seconds(value))


def amount(count: float) -> str:
    """Bytes: 1.52 MB."""
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e4, "kB")):
        if count >= limit:
            return f"{count / (1e3 if unit == 'kB' else limit):.3g} {unit}"
    return counted(int(count), "byte")


def rate(bits_per_second: float) -> str:
    """12.3 Mbit/s."""
    for limit, unit in ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")):
        if bits_per_second >= limit:
            return f"{bits_per_second / limit:.3g} {unit}"
    return f"{bits_per_second:.0f} bit/s"


def counted(count: int, one: str, several: Optional[str] = None) -> str:
    """1 packet, 2 packets."""
    return f"{count:,} {one if count == 1 else several or one + 's'}".replace(",", " ")


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def endpoint(address: Any, port: int) -> str:
    """192.0.2.1:80, [2001:db8::1]:80."""
    text = str(address)
    return f"[{text}]:{port}" if ":" in text else f"{text}:{port}"


def printable(text: str) -> str:
    """What a packet says: one line, no codes for the terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)
