# SPDX-License-Identifier: BSD-3-Clause
"""What a web server says that it is: the header Server of its answer to HEAD /, over HTTP and then over HTTPS.

Only addresses are connected to, never names, and no redirection is followed.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Optional, Union

PORTS = (80, 443)
_LARGEST_HEAD = 16384
_LONGEST_BANNER = 200
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # behind which an address of IPv4 is
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_STATUS = re.compile(rb"HTTP/\d(\.\d)? \d{3}\b")


@dataclass(frozen=True)
class Banner:
    """The answer of a server."""

    port: int
    server: str  # empty: it did not say


def is_public(address: str) -> bool:
    """Whether an address is one of the Internet's, and not of this machine, of a network at hand or of nobody."""
    try:
        parsed: Union[ipaddress.IPv4Address, ipaddress.IPv6Address] = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if parsed in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None and not inner.is_global:
            return False
    return parsed.is_global and not parsed.is_multicast


def is_address(text: str) -> bool:
    """Whether a text is an address that something can be sent to."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not parsed.is_multicast and not parsed.is_unspecified


def banner(address: str, host: str, seconds: float, ports: tuple[int, int] = PORTS) -> Optional[Banner]:
    """The banner of a server. ``host`` is the name that it is asked by; if it cannot be one, the address is."""
    if not _HOST.fullmatch(host):
        host = f"[{address}]" if ":" in address else address
    deadline = time.monotonic() + seconds
    for port, is_tls in zip(ports, (False, True)):
        try:
            head = _head(address, port, host, is_tls, min(deadline, time.monotonic() + seconds / 2))
        except (OSError, ValueError):
            continue
        if _STATUS.match(head):
            return Banner(port, _server(head))
    return None


def _head(address: str, port: int, host: str, is_tls: bool, deadline: float) -> bytes:
    """The head of the answer, until a time."""
    with socket.create_connection((address, port), _left(deadline)) as plain:
        plain.settimeout(_left(deadline))
        connection = plain
        if is_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False  # the banner alone is of interest, and who says it does not matter
            context.verify_mode = ssl.CERT_NONE
            connection = context.wrap_socket(plain, server_hostname=host.strip("[]"))
        with connection:
            connection.sendall(f"HEAD / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: tstat-log\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode("ascii"))
            head = b""
            while b"\r\n\r\n" not in head and len(head) < _LARGEST_HEAD:
                connection.settimeout(_left(deadline))
                some = connection.recv(4096)
                if not some:
                    break
                head += some
            return head


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _server(head: bytes) -> str:
    for line in head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() == b"server":
            return value.strip()[:_LONGEST_BANNER].decode("utf-8", "backslashreplace")
    return ""
