#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""How many of the names that tshark shows of TCP and UDP flows tstat --compat none shows, too.

usage: tshark_names.py --tstat FILE --shared DIR [--verbose] [TRACE...]

Without traces, all of DIR/golden/traces. A name is one of a flow, by its addresses and ports; it counts once, in lower case.
Prints a table: for each kind of names how many tshark shows, how many of them tstat shows in a column of that kind, and
which of its columns were looked at. HTTP over UDP, SSDP, is left out. --verbose lists those that tstat does not show.
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
from typing import Iterator, NamedTuple

import tshark_packets
from tshark_packets import Flow, address

# Kinds of names: tshark's field, and the columns of tstat's logs that may have them.
KINDS = {
    "TLS and QUIC server names": ("tls.handshake.extensions_server_name", r"(c_)?(tls_|quic_)?sni"),
    "ALPN": ("tls.handshake.extensions_alpn_str", r"[cs]_alpn|alpn"),
    "DNS names": ("dns.qry.name", r"query|dns_name"),
    "HTTP hosts": ("http.host", r"hostname|http_hostname|host"),
    "HTTP methods": ("http.request.method", r"method"),
    "SSH versions": ("ssh.protocol", r"([cs]_)?ssh(_version)?"),
}
CONFIGURATION = """[log]
log_tcp_complete = 1
log_tcp_nocomplete = 1
log_udp_complete = 1
log_http_complete = 1
log_dns_complete = 1
"""
# Names are in what tshark puts together.
PUT_TOGETHER = ("-o", "tcp.desegment_tcp_streams:TRUE", "-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE")


class Named(NamedTuple):
    kind: str
    connection: Flow
    name: str


def shown_by_tshark(trace: pathlib.Path) -> set[Named]:
    found = set()
    fields = tshark_packets.FIELDS + tuple(field for field, _ in KINDS.values())
    for shown in tshark_packets.lines(trace, fields, PUT_TOGETHER, aggregator="\x01"):
        packet = tshark_packets.innermost(shown) if shown["frame.protocols"] else None
        if packet is None:
            continue
        for kind, (field, _) in KINDS.items():
            if kind.startswith("HTTP") and packet.flow.protocol == "udp":
                continue
            found |= {Named(kind, packet.flow.connection(), plain(name)) for name in shown[field]}
    return found


def plain(name: str) -> str:
    return name.strip().rstrip(".").lower()


def rows_of(log: pathlib.Path) -> Iterator[dict[str, str]]:
    """With the labels of the log's first header: in log_http_complete, that of requests."""
    labels: list[str] = []
    separator = "\t" if log.name.startswith("log_http") else " "
    with open(log, errors="surrogateescape") as lines:
        for line in lines:
            cells = line.rstrip("\n").split(separator)
            if line.startswith("#"):
                labels = labels or [re.sub(r"^(#\w+)?#|:\d+$", "", cell) for cell in cells]
            else:
                yield dict(zip(labels, cells))


def shown_by_tstat(tstat: pathlib.Path, trace: pathlib.Path) -> tuple[set[Named], dict[str, set[str]]]:
    found = set()
    columns: dict[str, set[str]] = {kind: set() for kind in KINDS}
    with tempfile.TemporaryDirectory(prefix="tstat-tshark-") as name:
        folder = pathlib.Path(name)
        (folder / "runtime.conf").write_text(CONFIGURATION)
        subprocess.run([tstat, "--compat", "none", "-T", folder / "runtime.conf", "-s", folder / "out", trace],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, TZ="UTC"))
        for log in sorted((folder / "out").rglob("log_*complete")):
            for row in rows_of(log):
                protocol = "udp" if log.name.startswith(("log_udp", "log_dns")) else "tcp"
                try:
                    connection = Flow(protocol, address(row["c_ip"]), int(row["c_port"]), address(row["s_ip"]), int(row["s_port"]))
                except (KeyError, ValueError):
                    continue  # a message
                for kind, (_, label) in KINDS.items():
                    for column, cell in row.items():
                        if re.fullmatch(label, column, re.IGNORECASE):
                            columns[kind].add(column)
                            found |= {Named(kind, connection.connection(), plain(part)) for part in cell.split(",")}
    return found, columns


def compare(tstat: pathlib.Path, trace: pathlib.Path) -> tuple[set[Named], set[Named], dict[str, set[str]]]:
    theirs = shown_by_tshark(trace)
    ours, columns = shown_by_tstat(tstat, trace)
    return theirs, theirs - ours, columns


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tstat", type=pathlib.Path, required=True)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("traces", type=pathlib.Path, nargs="*")
    a = parser.parse_args()
    if not tshark_packets.available():
        print("no tshark (apt-get install tshark)")
        return 1
    traces = a.traces or sorted((a.shared / "golden" / "traces").glob("*.pcap"))
    shown, missed = collections.Counter[str](), collections.Counter[str]()
    columns: dict[str, set[str]] = {kind: set() for kind in KINDS}
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for trace, (theirs, missing, looked_at) in zip(traces, pool.map(compare, [a.tstat] * len(traces), traces)):
            shown.update(named.kind for named in theirs)
            missed.update(named.kind for named in missing)
            for kind, labels in looked_at.items():
                columns[kind] |= labels
            for named in sorted(missing) if a.verbose else ():
                print(f"{trace.name}: {named.kind}: {named.name!r} of {named.connection}")
    print("| names | shown by tshark | shown by tstat, too | columns |\n| --- | --- | --- | --- |")
    for kind in KINDS:
        both = shown[kind] - missed[kind]
        share = f" ({both / shown[kind]:.2%})" if shown[kind] else ""
        print(f"| {kind} | {shown[kind]:,} | {both:,}{share} | {', '.join(sorted(columns[kind])) or 'none'} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
