# SPDX-License-Identifier: BSD-3-Clause
"""The three tables that Tstat's MySQL scripts fill, from logs of any version: cells are found by the names of columns."""

from __future__ import annotations

import ipaddress
from typing import Any, Callable, Optional, Sequence, Union

from .databases import Definition, Field

_CONNECTIONS = ("HTTP", "RSTP", "RTP", "ICY", "RTCP", "MSN", "YMSG", "XMPP", "P2P", "SKYPE", "SMTP", "POP3", "IMAP", "SSL", "OBF", "SSH",
                "RTMP", "MSE_PE")
_P2P = ("", "ED2K", "DATA_KAZAA", "DATA_ED2K", "DATA_DC", "DC", "DATA_GNU", "GNU", "KAZAA", "BIT", "APPLE", "SOUL", "WINMX", "ARES", "MUTE",
        "WASTE", "XDCC", "KAD", "KADU")
_HTML = ("NONE", "GET", "POST", "MSN", "RTMPT", "YOUTUBE", "VIDEOCONTENT", "VIMEO", "WIKI", "RAPIDSHARE", "MEGAUPLOAD", "FACEBOOK", "ADV",
         "FLICKR", "GMAPS", "VOD", "YOUTUBESITE", "SOCIAL", "FLASHVIDEO", "MEDIAFIRE", "HOTFILE", "STORAGE", "YOUTUBE204", "YOUTUBE204VIDEO",
         "YOUTUBESITEDIRECT", "YOUTUBESITEEMBED")
_UDP = ("unknown", "ed2k", "kad", "kadu", "okad", "gnu", "bt", "dc", "kazaa", "rtp", "rtcp", "skype_e2e", "skype_out", "skype_sig", "pplive",
        "sopcast", "tvants", "dns", "utp", "utpbt", "vod", "ppstream", "teredo")
# By the code in the log.
_UDP_BY_CODE = ("unknown", "unknown", "unknown", "rtp", "rtcp", "skype_e2e", "skype_out", "skype_sig", "ed2k", "kad", "kadu", "gnu", "bt",
                "dc", "kazaa", "pplive", "sopcast", "tvants", "okad", "dns", "utp", "utpbt", "vod", "ppstream", "teredo")

Value = Union[int, float, str, None]


def _number(cell: str) -> Optional[int]:
    try:
        return int(cell)
    except ValueError:
        return None


def _real(cell: str) -> Optional[float]:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if value - value == 0 else None


def _real_text(cell: str) -> Optional[str]:
    return None if _real(cell) is None else cell


def _flag(cell: str) -> Optional[int]:
    return {"0": 0, "1": 1}.get(cell)


def _address(cell: str) -> Optional[int]:
    """An IPv4 address as a number; None: it is none."""
    try:
        return int(ipaddress.IPv4Address(cell))
    except ValueError:
        return None


def _set_of_bits(cell: str) -> Optional[str]:
    bits = _number(cell)
    if bits is None or bits < 0:
        return None
    return ",".join(name for bit, name in enumerate(_CONNECTIONS) if bits >> bit & 1)


def _udp_text(cell: str) -> Optional[str]:
    """Of codes that the scripts do not know, nothing."""
    code = _number(cell)
    return None if code is None else _UDP_BY_CODE[code] if 0 <= code < len(_UDP_BY_CODE) else ""


def _named(names: Sequence[str]) -> Callable[[str], Optional[str]]:
    def find(cell: str) -> Optional[str]:
        code = _number(cell)
        return names[code] if code is not None and 0 <= code < len(names) else None
    return find


_READ: dict[str, Callable[[str], Value]] = {
    "address": _address, "port": _number, "count": _number, "signed": _number, "real": _real, "flag": _flag,
    "conn": _set_of_bits, "p2p": _named(_P2P), "html": _named(_HTML), "udp": _named(_UDP_BY_CODE),
}
_READ_FOR_FILE: dict[str, Callable[[str], Value]] = {**_READ, "conn": _number, "real": _real_text, "udp": _udp_text}
_FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "address": ("uint32", ()), "port": ("uint16", ()), "count": ("uint64", ()), "signed": ("int", ()), "real": ("real", ()),
    "flag": ("bool", ()), "conn": ("set", _CONNECTIONS), "p2p": ("set", _P2P), "html": ("enum", _HTML), "udp": ("enum", _UDP),
}

# Field of the table, column of the log, what it is.
Mapping = tuple[tuple[str, str, str], ...]
_TCP: Mapping = (
    ("src_ip", "c_ip", "address"), ("src_port", "c_port", "port"), ("src_data", "c_bytes_uniq", "count"),
    ("src_packet", "c_pkts_data", "count"), ("dst_ip", "s_ip", "address"), ("dst_port", "s_port", "port"),
    ("dst_data", "s_bytes_uniq", "count"), ("dst_packet", "s_pkts_data", "count"), ("starttime", "first", "real"),
    ("duration", "durat", "real"), ("src_internal", "c_isint", "flag"), ("dst_internal", "s_isint", "flag"),
    ("conn_type", "con_t", "conn"), ("p2p_type", "p2p_t", "p2p"), ("ed2k_data", "ed2k_data", "count"), ("ed2k_sig", "ed2k_sig", "count"),
    ("ed2k_c2s", "ed2k_c2s", "count"), ("ed2k_c2c", "ed2k_c2c", "count"), ("ed2k_msg", "ed2k_chat", "count"),
    ("src_max_seg_size", "c_mss_max", "count"), ("dst_max_seg_size", "s_mss_max", "count"), ("html", "http_t", "html"),
)


def _both_sides(fields: Sequence[tuple[str, str, str]]) -> Mapping:
    return tuple((f"{table_side}_{name}", f"{log_side}_{column}", kind)
                 for table_side, log_side in (("src", "c"), ("dst", "s")) for name, column, kind in fields)


_TCP_NO: Mapping = (
    *_both_sides((("ip", "ip", "address"), ("port", "port", "port"), ("packet", "pkts_all", "count"), ("syn", "syn_cnt", "count"),
                  ("rst", "rst_cnt", "count"), ("ack", "ack_cnt", "count"), ("fin", "fin_cnt", "count"))),
    ("starttime", "first", "real"), ("duration", "durat", "real"), ("src_internal", "c_isint", "flag"), ("dst_internal", "s_isint", "flag"),
)
_UDP_FLOWS: Mapping = _both_sides((
    ("ip", "ip", "address"), ("port", "port", "port"), ("starttime", "first_abs", "real"), ("duration", "durat", "real"),
    ("data", "bytes_all", "signed"), ("packet", "pkts_all", "count"), ("internal", "isint", "flag"), ("type", "type", "udp")))

# By the log: the table's name, and what its columns are.
TABLES: dict[str, tuple[str, Mapping]] = {
    "log_tcp_complete": ("tcp", _TCP), "log_tcp_nocomplete": ("tcp_no", _TCP_NO), "log_udp_complete": ("udp", _UDP_FLOWS),
}

# Where a log of Tstat 2, which has no header line, has the columns (from 1).
_TCP_SIDES_2 = {1: "ip", 2: "port", 3: "pkts_all", 4: "rst_cnt", 5: "ack_cnt", 7: "bytes_uniq", 8: "pkts_data", 13: "syn_cnt", 14: "fin_cnt", 21: "mss_max"}
_TCP_2 = {**{place: f"c_{name}" for place, name in _TCP_SIDES_2.items()}, **{place + 44: f"s_{name}" for place, name in _TCP_SIDES_2.items()},
          89: "durat", 90: "first", 99: "c_isint", 100: "s_isint"}
_TCP_COMPLETE_2 = {**_TCP_2, 101: "con_t", 102: "p2p_t", 104: "ed2k_data", 105: "ed2k_sig", 106: "ed2k_c2s", 107: "ed2k_c2c", 108: "ed2k_chat",
                   109: "http_t"}
_UDP_SIDE_2 = ("ip", "port", "first_abs", "durat", "bytes_all", "pkts_all", "isint", "type")
_UDP_2 = dict(enumerate([f"{side}_{name}" for side in "cs" for name in _UDP_SIDE_2], 1))
_WITHOUT_HEADER = {"log_tcp_complete": _TCP_COMPLETE_2, "log_tcp_nocomplete": _TCP_2, "log_udp_complete": _UDP_2}


def names_of_tstat_2(log: str) -> list[str]:
    """The columns of a log without header line; those that the tables do not have are nameless."""
    places = _WITHOUT_HEADER[log]
    return [places.get(place, "") for place in range(1, max(places) + 1)]


_INDEXES = (("src_ip",), ("src_port",), ("dst_ip",), ("dst_port",), ("src_ip", "src_port"), ("dst_ip", "dst_port"), ("src_ip", "dst_ip"))


def definition(log: str, name: str = "") -> Definition:
    """The table of a log."""
    table, mapping = TABLES[log]
    fields = tuple(Field(column, *_fields_of(kind)) for column, _, kind in mapping)
    return Definition(name or table, (Field("id", "id"), *fields), "", _INDEXES)


def _fields_of(kind: str) -> tuple[str, str, tuple[str, ...]]:
    of_type, members = _FIELDS[kind]
    return of_type, "", members


class Reader:
    """Cells of a row as values of the table's columns without ``id``. For the files that ``mysqlimport`` reads, the sum of
    connection types stays one (their names would be divided by commas), and times stay as they are written."""

    def __init__(self, log: str, names: Sequence[str], *, for_file: bool = False) -> None:
        mapping = TABLES[log][1]
        self.columns = [column for column, _, _ in mapping]
        self.missing = [column for _, column, _ in mapping if column not in names]
        reads = _READ_FOR_FILE if for_file else _READ
        self._cells = [(names.index(column) if column in names else -1, reads[kind]) for _, column, kind in mapping]
        self._addresses = [i for i, (_, _, kind) in enumerate(mapping) if kind == "address"]

    def values(self, cells: Sequence[str]) -> Optional[list[Any]]:
        """The values; None: the flow has no IPv4 addresses, and the table no room for others."""
        read = [reads(cells[place]) if 0 <= place < len(cells) else None for place, reads in self._cells]
        return None if any(read[i] is None for i in self._addresses) else read
