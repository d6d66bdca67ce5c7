# SPDX-License-Identifier: BSD-3-Clause
"""The chapters of the report, in their order."""

from __future__ import annotations

from ..chapter import Chapter
from ..page import Options
from .anomalies import Anomalies
from .dns import Dns
from .hosts import Hosts
from .loss import Loss
from .names import Names
from .protocols import Protocols
from .round_trips import RoundTrips
from .slow_servers import SlowServers
from .traffic import Traffic
from .voice import Voice
from .web import Web

CHAPTERS: tuple[type[Chapter], ...] = (Traffic, Loss, RoundTrips, Anomalies, SlowServers, Names, Hosts, Protocols, Web,
                                       Dns, Voice)

_TCP = ("c_ip", "c_port", "s_ip", "s_port", "c_bytes_all", "s_bytes_all", "c_pkts_all", "s_pkts_all", "first", "last",
        "c_isint",
        "s_isint")
_NAMES = ("c_tls_SNI", "http_hostname", "fqdn", "quic_SNI")
_FLOWS = {"tcp": _TCP + _NAMES, "tcp_nocomplete": _TCP,
          "udp": _TCP + _NAMES + ("c_first_abs", "c_durat", "s_first_abs", "s_durat")}


def all_of(options: Options) -> list[Chapter]:
    """One of each."""
    return [chapter(options) for chapter in CHAPTERS]


def columns_of(table: str) -> frozenset[str]:
    """The columns of a table that some chapter looks at."""
    wanted = set(_FLOWS.get(table, ()))
    for chapter in CHAPTERS:
        wanted.update(chapter.wants.get(table, ()))
    return frozenset(wanted)


def tables() -> list[str]:
    """The tables that some chapter looks at."""
    return sorted({table for chapter in CHAPTERS for table in chapter.wants})
