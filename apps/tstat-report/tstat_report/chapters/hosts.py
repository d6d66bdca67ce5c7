# SPDX-License-Identifier: BSD-3-Clause
"""Who talked, and on which ports."""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np

from .. import charts, words
from ..chapter import FLOW_TABLES, Chapter
from ..flows import Rows
from ..html import Child, Markup, join
from ..page import Column, Options, note, number, shares, table
from ..rankings import Tally

# Well-known ports, by IANA's register.
_SERVICES = {"TCP": {20: "FTP data", 21: "FTP", 22: "SSH", 23: "Telnet", 25: "SMTP", 53: "DNS", 80: "HTTP", 110: "POP3",
                     119: "NNTP",
                     143: "IMAP", 179: "BGP", 389: "LDAP", 443: "HTTPS", 445: "SMB", 465: "SMTP over TLS", 554: "RTSP",
                     587: "mail submission", 636: "LDAP over TLS", 853: "DNS over TLS", 873: "rsync",
                     993: "IMAP over TLS",
                     995: "POP3 over TLS", 1194: "OpenVPN", 1433: "SQL Server", 1723: "PPTP", 1883: "MQTT",
                     1935: "RTMP", 2049: "NFS",
                     3128: "web proxy", 3306: "MySQL", 3389: "remote desktop", 5060: "SIP", 5222: "XMPP",
                     5432: "PostgreSQL",
                     5672: "AMQP", 5900: "VNC", 6379: "Redis", 8080: "HTTP, other port", 8443: "HTTPS, other port"},
             "UDP": {53: "DNS", 67: "DHCP", 68: "DHCP", 69: "TFTP", 123: "NTP", 137: "NetBIOS names", 138: "NetBIOS",
                     161: "SNMP",
                     162: "SNMP traps", 389: "LDAP", 443: "QUIC, HTTP/3", 500: "IKE", 514: "syslog", 546: "DHCPv6",
                     547: "DHCPv6",
                     853: "DNS over QUIC", 1194: "OpenVPN", 1900: "SSDP", 3478: "STUN, TURN", 4500: "IPsec",
                     4739: "IPFIX", 5060: "SIP",
                     5353: "multicast DNS", 5355: "LLMNR", 51820: "WireGuard"}}
_BYTES, _FLOWS, _SENT, _RECEIVED, _FAILED = range(5)


class Hosts(Chapter):
    """Clients, servers and ports, by what they carried."""

    identifier = "hosts"
    title = "Hosts and ports"
    wants = {name: () for name in FLOW_TABLES}

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._clients, self._servers, self._ports = Tally(5), Tally(5), Tally(5)
        self._bytes = 0

    def add(self, rows: Rows) -> None:
        flows = rows.flows
        both = flows.c_bytes + flows.s_bytes
        self._bytes += int(both.sum())
        each = np.ones(len(rows))
        failed = each if rows.name == "tcp_nocomplete" else np.zeros(len(rows))
        codes, texts = flows.clients
        self._clients.add(codes, texts, [both, each, flows.c_bytes, flows.s_bytes, failed])
        codes, texts = flows.servers
        names = flows.name_of_each(codes, len(texts)) if rows.name != "tcp_nocomplete" else None
        self._servers.add(codes, texts, [both, each, flows.s_bytes, flows.c_bytes, failed], names)
        if rows.has("s_port"):
            kind = "TCP" if flows.is_tcp else "UDP"
            numbers, places = np.unique(flows.s_port, return_inverse=True)
            self._ports.add(places, [f"{kind} {port}" for port in numbers.tolist()],
                            [both, each, flows.s_bytes, flows.c_bytes, failed])

    def _rows(self, tally: Tally, has_names: bool) -> list[list[Child]]:
        top = tally.top(self.options.top)
        largest = max((sums[_BYTES] for _, _, sums in top), default=0)
        rows: list[list[Child]] = []
        for key, name, sums in top:
            rows.append([self.options.host(key), *([self.options.name(name)] if has_names else []),
                         words.count(sums[_FLOWS]),
                         words.size(sums[_SENT]), words.size(sums[_RECEIVED]),
                         join(words.share(sums[_BYTES], self._bytes), charts.bar(sums[_BYTES], largest))])
        return rows

    def _port_rows(self) -> list[list[Child]]:
        top = self._ports.top(self.options.top)
        largest = max((sums[_BYTES] for _, _, sums in top), default=0)
        rows: list[list[Child]] = []
        for key, _, sums in top:
            kind, port = key.split()
            rows.append([key, _SERVICES[kind].get(int(port), "–"), words.count(sums[_FLOWS]),
                         words.count(sums[_FAILED]) if kind == "TCP" else "–",
                         join(words.share(sums[_BYTES], self._bytes), charts.bar(sums[_BYTES], largest))])
        return rows

    def section(self) -> Optional[Markup]:
        clients, servers, ports = self._rows(self._clients, False), self._rows(self._servers, True), self._port_rows()
        if not clients and not servers:
            return None
        figures: Sequence[Column] = (number("Flows"), number("Sent"), number("Received"))
        lost = max(self._clients.lost, self._servers.lost)
        about = note(f"There are very many hosts: sums may lack up to {words.bytes_text(lost)} each.") if lost else None
        return join(table("Clients with the most payload", ["Client", *figures, shares("Share of the payload")],
                          clients, "top-clients"),
                    table("Servers with the most payload", ["Server", "A name of it", *figures,
                                                            shares("Share of the payload")], servers,
                          "top-servers"), about,
                    table("Ports of servers with the most payload",
                          ["Port", "Usually", number("Flows"), number("Not completed",
                                                                      "TCP connections without an orderly life"),
                           shares("Share of the payload")], ports, "top-ports"))
