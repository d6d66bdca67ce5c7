#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the applications that tstat --compat none tells with those of libndpi (--ndpi), flow by flow.

usage: ndpi_agreement_test.py --tstat FILE --shared DIR [--sample N] [--markdown] [--verbose] [TRACE...]

Without traces, those of DIR/golden/traces that are captures of their own are compared: traces named mix-* hold packets of others,
those named crafted-* are no captures. With --sample N, N of those up to 256 KiB, in the order of their sizes, at even distances.
Flows without payload show nothing but ports, and are left out.

A flow is of a family of FAMILIES when tstat's `app` or nDPI's protocol is (the first part of "TLS.Google", or the service behind
it where that is a protocol, too). The two agree when both say the same family. A flow in which they differ needs a judgment of JUDGED;
one without fails the test. When all are compared, so do less than 95 % in agreement of the flows that nDPI has a name for, and a
judgment that no flow needs.

Exit status 77 (skipped for ctest) without libndpi or DIR.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

from golden_traces import SKIPPED, rows_of

LOGS = ("log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete")
LEAST_AGREEMENT = 0.95
MOST_BYTES_OF_SAMPLE = 1 << 18


class Family(NamedTuple):
    name: str
    apps: frozenset[str]
    protocols: frozenset[str]


def family(name: str, apps: str, protocols: str) -> Family:
    return Family(name, frozenset(apps.split()), frozenset(protocols.split()))


# What both know. Media of a call, and what leads to it, is one family: nDPI names a flow by its first message, tstat by what most of it is.
FAMILIES = [
    family("HTTP", "HTTP HTTP2 WebSocket", "HTTP HTTP_Proxy HTTP_Connect WebSocket Ookla SOAP"),
    family("TLS", "TLS DoT DoH", "TLS DoH_DoT"),
    family("QUIC", "QUIC DoQ gQUIC", "QUIC"),
    family("DNS", "DNS", "DNS DNScrypt AVASTSecureDNS"),
    family("mDNS, LLMNR", "mDNS LLMNR", "MDNS LLMNR"),
    family("STUN, DTLS, RTP, RTCP", "STUN DTLS WebRTC RTP RTCP", "STUN DTLS RTP RTCP"),
    family("SIP", "SIP", "SIP"),
    family("SSH", "SSH", "SSH"),
    family("mail", "SMTP POP3 IMAP", "SMTP SMTPS POP3 POPS IMAP IMAPS"),
    family("MQTT", "MQTT", "MQTT"),
    family("AMQP", "AMQP", "AMQP"),
    family("SMB, NetBIOS", "SMB NetBIOS", "SMBv1 SMBv23 NetBIOS"),
    family("RDP", "RDP", "RDP"),
    family("LDAP", "LDAP", "LDAP"),
    family("Kerberos", "Kerberos", "Kerberos"),
    family("SNMP", "SNMP", "SNMP"),
    family("NTP", "NTP", "NTP"),
    family("WireGuard", "WireGuard", "WireGuard"),
    family("OpenVPN", "OpenVPN", "OpenVPN"),
    family("IPsec", "IPsec", "IPsec"),
    family("BitTorrent", "BitTorrent", "BitTorrent"),
    family("Redis", "Redis", "Redis"),
    family("PostgreSQL", "PostgreSQL", "PostgreSQL"),
    family("MySQL", "MySQL", "MySQL"),
]


class Judgment(NamedTuple):
    trace: str  # patterns of the whole
    app: str
    ndpi: str
    right: str
    reason: str


JUDGED = [
    Judgment("badpackets", "DNS", "-", "tstat", "answers of which the first fragment of IP was captured; nDPI takes no fragments"),
    Judgment("snmp", "SNMP", "-", "tstat", "traps and answers of versions 1 and 2"),
    Judgment("discord_mid_flow", "RTCP", "-", "tstat", "reports of RTCP alone"),
    Judgment("discord|discord_mid_flow|i3d|rtp", "RTP", "-", "tstat", "RTP after messages of its own that find the address"),
    Judgment("stun|stun_tcp_multiple_msgs_same_pkt|stun_dtls_rtp", "STUN", "-|Google", "tstat", "STUN over TCP, to a TURN server"),
    Judgment("dtls_mid_sessions|custom_rules_ipv6", "DTLS", "-|CiscoVPN", "tstat", "DTLS from the middle"),
    Judgment("dtls_old_version", "DTLS", "-", "tstat", "DTLS of the version before 1.0"),
    Judgment("dnscrypt_skype_false_positive|dnscrypt-v2", "DNS", "-|MDNS", "tstat", "DNSCrypt, by the mark of its answers; nDPI goes by the port"),
    Judgment("tailscale", "WireGuard", "-", "tstat", "WireGuard after messages of its own"),
    Judgment("custom_rules_ipv6", "DNS", "-", "tstat", "a question and its answer on another port"),
    Judgment("anyconnect-vpn", "TLS|DTLS", "CiscoVPN", "both", "the VPN is within TLS and DTLS"),
    Judgment("anydesk", "TLS", "HTTP.AnyDesk", "tstat", "TLS from the middle, on port 80"),
    Judgment("nomachine|ultrasurf", "TLS", "-", "tstat", "TLS after a greeting of its own, or from the middle"),
    Judgment("openvpn|openvpn_obfuscated", "OpenVPN", "TLS|-", "tstat", "OpenVPN on other ports than its own: resets of both ends, and lengths before them in TCP"),
    Judgment("lru_ipv6_caches|targusdataspeed_false_positives", "BitTorrent", "-|TargusDataspeed", "tstat", "its distributed table; nDPI goes by the port"),
    Judgment("bittorrent_utp|bittorrent_tcp_miss", "BitTorrent", "-", "tstat", "uTP; a connection from the middle"),
    Judgment("quic_0RTT", "QUIC", "Google", "tstat", "QUIC 1, told by its Initial packet"),
    Judgment("http_ipv6|quic|viber|weibo|quic_sh", "QUIC", "-|Google", "tstat", "QUIC from the middle: by its port, as both say"),
    Judgment("gnutella", "HTTP", "Gnutella", "both", "files of Gnutella are sent by HTTP"),
    Judgment("bt-http", "HTTP", "BitTorrent", "both", "a tracker of BitTorrent answers by HTTP"),
    Judgment("ossfuzz_seed_fake_traces_3", "HTTP", "MapleStory", "tstat", "one made request, of HTTP"),
    Judgment("imaps", "IMAP", "TLS.ntop", "both", "IMAP in TLS, by its port"),
    Judgment("genshin-impact|elasticsearch|lustre|tls_false_positives|trdp", "unknown", "TLS", "tstat", "protocols of their own; no record of TLS in them"),
    Judgment("fins|gaijin_warthunder|ipv6_in_gtp|roblox", "unknown", "RTP", "tstat", "Omron FINS, games, a single packet: no RTP"),
    Judgment("telegram", "unknown", "OpenVPN", "tstat", "two packets of Telegram"),
    Judgment("line|epicgames", "RTP", "-", "nDPI", "calls and games whose packets look like RTP"),
    Judgment("jsonrpc", "HTTP", "Mining", "neither", "JSON-RPC on port 8080, by that port"),
    Judgment("waze|whatsapp_voice_and_message", "TLS", "WhatsApp", "nDPI", "WhatsApp's own encryption on port 443, by that port"),
    Judgment("openvpn", "QUIC", "-", "neither", "OpenVPN on port 443, of which one direction is there, by that port"),
    Judgment("coap_mqtt", "unknown", "MQTT", "nDPI", "MQTT from the middle, other than those that tstat knows"),
    Judgment("websocket", "unknown", "WebSocket", "nDPI", "five frames from the middle"),
]


class Flow(NamedTuple):
    trace: str
    number: str
    app: str
    ndpi: str
    ends: str


def flows_of(tstat: str, trace: pathlib.Path) -> list[Flow]:
    flows = []
    with tempfile.TemporaryDirectory(prefix="tstat-ndpi-") as folder:
        done = subprocess.run([tstat, "--compat", "none", "--ndpi", "-s", folder + "/out", str(trace)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
        if done.returncode not in (0, 1) or b"--ndpi:" in done.stderr:
            sys.exit(f"{trace}: {done.stderr.decode(errors='replace')}")
        for name in LOGS:
            for log in sorted(pathlib.Path(folder).rglob(name)):
                for row in rows_of(log):
                    if row["c_bytes_all"] != "0" or row["s_bytes_all"] != "0":
                        ends = f"{row['c_ip']}:{row['c_port']} {row['s_ip']}:{row['s_port']}"
                        flows.append(Flow(trace.name, name[4:7] + row["flow_no"], row["app"], row["ndpi"], ends))
    return flows


def traces_of(arguments: argparse.Namespace) -> list[pathlib.Path]:
    if arguments.traces:
        return [pathlib.Path(trace) for trace in arguments.traces]
    folder = pathlib.Path(arguments.shared) / "golden/traces"
    traces = [trace for trace in folder.glob("*.pcap") if not trace.name.startswith(("mix-", "crafted-"))]
    if not arguments.sample:
        return sorted(traces)
    small = sorted((trace for trace in traces if trace.stat().st_size <= MOST_BYTES_OF_SAMPLE),
                   key=lambda trace: (trace.stat().st_size, trace.name))
    count = min(arguments.sample, len(small))
    return [small[i * len(small) // count] for i in range(count)]


def judgment_of(flow: Flow) -> Judgment | None:
    for judgment in JUDGED:
        if (re.fullmatch(judgment.trace, flow.trace.removesuffix(".pcap")) and re.fullmatch(judgment.app, flow.app)
                and re.fullmatch(judgment.ndpi, flow.ndpi)):
            return judgment
    return None


class Comparison:
    def __init__(self) -> None:
        self.same: collections.Counter[str] = collections.Counter()  # by family
        self.other: collections.Counter[str] = collections.Counter()  # both name a protocol
        self.unknown_to_ndpi: collections.Counter[str] = collections.Counter()
        self.unknown_to_tstat: collections.Counter[str] = collections.Counter()
        self.agreed = self.differing = self.nameless = 0
        self.judged: dict[Judgment, list[Flow]] = collections.defaultdict(list)
        self.unjudged: list[Flow] = []

    def add(self, flow: Flow) -> None:
        parts = flow.ndpi.split(".")
        concerned = [f for f in FAMILIES if flow.app in f.apps or parts[0] in f.protocols]
        if not concerned:
            return
        agreed = [f for f in concerned if flow.app in f.apps and set(parts) & f.protocols]
        if agreed:
            self.agreed += 1
            self.same[agreed[0].name] += 1
            return
        self.differing += 1
        self.nameless += flow.ndpi == "-"
        for one in concerned:
            where = self.unknown_to_ndpi if flow.ndpi == "-" else self.unknown_to_tstat if flow.app == "unknown" else self.other
            where[one.name] += 1
        judgment = judgment_of(flow)
        if judgment is None:
            self.unjudged.append(flow)
        else:
            self.judged[judgment].append(flow)

    def agreement(self) -> float:
        """Of the flows that nDPI has a name for."""
        return self.agreed / max(1, self.agreed + self.differing - self.nameless)

    def markdown(self) -> str:
        lines = ["| family | flows | same | other | nDPI does not know | tstat does not know |", "| --- | --- | --- | --- | --- | --- |"]
        for one in FAMILIES:
            counts = [c[one.name] for c in (self.same, self.other, self.unknown_to_ndpi, self.unknown_to_tstat)]
            if sum(counts):
                lines.append(f"| {one.name} | {sum(counts)} | " + " | ".join(str(count) if count else "" for count in counts) + " |")
        lines += ["", "| captures | tstat | nDPI | flows | right | why |", "| --- | --- | --- | --- | --- | --- |"]
        for judgment in JUDGED:
            flows = self.judged.get(judgment, [])
            if not flows:
                continue
            seen = [", ".join(sorted(set(values))) for values in ((flow.trace.removesuffix(".pcap") for flow in flows),
                                                                  (flow.app for flow in flows), (flow.ndpi for flow in flows))]
            lines.append("| " + " | ".join(seen) + f" | {len(flows)} | {judgment.right} | {judgment.reason} |")
        return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tstat", required=True)
    parser.add_argument("--shared", required=True)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--markdown", action="store_true", help="print the tables of docs/ndpi.md")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("traces", nargs="*")
    arguments = parser.parse_args()
    check = subprocess.run([arguments.tstat, "--compat", "none", "--ndpi", "--check-config"], capture_output=True, text=True)
    traces = traces_of(arguments)
    if "--ndpi:" in check.stderr or not traces:
        print("skipped: no libndpi 4.2, or no traces")
        return SKIPPED
    comparison = Comparison()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for flows in pool.map(lambda trace: flows_of(arguments.tstat, trace), traces):
            for flow in flows:
                comparison.add(flow)
    if arguments.markdown:
        print(comparison.markdown())
    whole = comparison.agreed + comparison.differing
    print(f"{len(traces)} traces: {comparison.agreed} of {whole} flows in agreement, {100 * comparison.agreed / max(1, whole):.2f} %; "
          f"of the {whole - comparison.nameless} that nDPI has a name for {100 * comparison.agreement():.2f} %")
    if arguments.verbose:
        for judgment, flows in comparison.judged.items():
            for flow in flows:
                print("judged", *flow, judgment.right)
    for flow in comparison.unjudged:
        print("no judgment:", *flow)
    is_well = not comparison.unjudged
    if not arguments.sample and not arguments.traces:
        idle = [judgment for judgment in JUDGED if judgment not in comparison.judged]
        for judgment in idle:
            print("no flow needs it:", *judgment)
        is_well = is_well and not idle and comparison.agreement() >= LEAST_AGREEMENT
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
