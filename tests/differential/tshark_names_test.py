#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares the names that tshark shows of TCP and UDP flows with those that tstat --compat none shows.

usage: tshark_names_test.py --tstat FILE --shared DIR [--sample N] [--verbose] [TRACE...]

Without traces, those of DIR/golden/traces are compared; with --sample N, N of them: of those up to 1 MiB, in the order of
their sizes, at even distances.

A name is one of a flow, by its addresses and ports; it counts once, in lower case, with one mark for bytes that are no
printable ASCII, which both write in their own ways. HTTP over UDP, SSDP, is left out. A name that tstat does not show is an
exception; its reason is found by the rules of reason_of. One without a reason, or a kind of names of which less than
99.5 % are shown, fails the test.

Exit status 77 (skipped for ctest) without tshark or DIR.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Callable, NamedTuple

import tshark_packets
from golden_traces import SKIPPED, compare_traces, rows_of
from tshark_packets import Flow, address

LEAST_SHOWN = 0.995
SERVER_NAMES, DNS_NAMES, HOSTS = "TLS and QUIC server names", "DNS names", "HTTP hosts"
UNPRINTABLE = re.compile(r"(?:[^\x20-\x7e]|\\[0-3][0-7]{2}|\\[abtnvfr]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4,8})+")
CONFIGURATION = """[log]
log_tcp_complete = 1
log_tcp_nocomplete = 1
log_udp_complete = 1
log_http_complete = 1
log_dns_complete = 1
"""
# Names are in what tshark puts together.
PUT_TOGETHER = ("-o", "tcp.desegment_tcp_streams:TRUE", "-o", "ip.defragment:TRUE", "-o", "ipv6.defragment:TRUE")
# For reasons.
FIELDS = ("tcp.seq_raw", "dns.flags.response", "dns.count.answers", "tls.handshake.extensions_server_name_len")
LONGEST_PADDING = 6  # of Ethernet, behind headers of IPv4 and TCP
CUT = "[*]"  # at the end of a cell
# Layers that tshark looks into.
NOT_OPENED = {"capwap.data": "CAPWAP, which only tshark opens", "rdpudp": "TLS in RDP over UDP, which only tshark opens"}


def plain(name: str) -> str:
    """Of what tshark shows."""
    text = name.strip().lower()
    return UNPRINTABLE.sub("?", "" if text == "<root>" else text).rstrip(".")


def plain_bytes(name: bytes) -> str:
    text = name.decode("latin-1").strip().lower()
    return re.sub(r"[^\x20-\x7e]+", "?", text).rstrip(".")


def of_cell(cell: str) -> str:
    """Of a cell in which %XX stands for what would break a row."""
    text = re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), cell.encode(errors="surrogateescape"))
    return plain_bytes(text)


def of_master_file(cell: str) -> str:
    r"""Of a cell with \DDD and \X, as in master files."""
    return plain_bytes(re.sub(rb"\\(\d{3}|.)", lambda m: bytes([int(m[1])]) if len(m[1]) == 3 else m[1],
                              cell.encode(errors="surrogateescape")))


class Kind(NamedTuple):
    fields: tuple[str, ...]  # tshark's
    columns: str  # that may have them
    separator: str = "\0"  # of several in a cell
    plain: Callable[[str], str] = of_cell


KINDS = {
    SERVER_NAMES: Kind(("tls.handshake.extensions_server_name",), r"(c_)?(tls_|quic_)?sni"),
    DNS_NAMES: Kind(("dns.qry.name",), r"query", plain=of_master_file),
    HOSTS: Kind(("http.host",), r"hostname|http_hostname"),
    "HTTP methods": Kind(("http.request.method",), r"method"),
    "ALPN": Kind(("tls.handshake.extensions_alpn_str",), r"alpn(_offered)?", separator=","),
    "SSH versions": Kind(("ssh.protocol",), r"ssh_(client|server)"),
}


class Named(NamedTuple):
    kind: str
    connection: Flow
    name: str


class Shown(NamedTuple):
    """Of the frame that shows it first."""
    layers: frozenset[str]
    together: frozenset[str]  # names of its kind in that frame
    is_behind_padding: bool  # where it begins, there was padding of a short frame before
    is_answered: bool  # it is in a response of DNS with records
    is_cut: bool  # a server name that is longer than tshark shows


def shown_by_tshark(trace: pathlib.Path) -> dict[Named, Shown]:
    found: dict[Named, Shown] = {}
    padding: dict[Flow, list[tuple[int, int]]] = collections.defaultdict(list)
    fields = (*tshark_packets.FIELDS, *FIELDS, *(field for kind in KINDS.values() for field in kind.fields))
    for shown in tshark_packets.lines(trace, fields, PUT_TOGETHER, aggregator="\x01"):
        packet = tshark_packets.innermost(shown) if shown["frame.protocols"] else None
        if packet is None:
            continue
        is_behind_padding = False
        if packet.flow.protocol == "tcp" and packet.length and shown["tcp.seq_raw"]:
            sequence = int(shown["tcp.seq_raw"][-1])
            is_behind_padding = any((sequence - begin) % 2**32 < length for begin, length in padding[packet.flow])
            if packet.length <= LONGEST_PADDING:
                padding[packet.flow].append((sequence, packet.length))
        is_answered = "1" in shown["dns.flags.response"] and shown["dns.count.answers"] != ["0"]
        lengths = [int(length) for length in shown["tls.handshake.extensions_server_name_len"]]
        is_cut = any(length > len(name) for length, name in zip(lengths, shown["tls.handshake.extensions_server_name"]))
        for kind, of_kind in KINDS.items():
            if kind.startswith("HTTP") and packet.flow.protocol == "udp":
                continue
            names = frozenset(plain(name) for field in of_kind.fields for name in shown[field])
            for name in names:
                found.setdefault(Named(kind, packet.flow.connection(), name),
                                 Shown(packet.layers, names, is_behind_padding, is_answered, is_cut))
    return found


def protocol_of(log: pathlib.Path, row: dict[str, str]) -> str:
    if log.name.startswith("log_dns"):
        return row["proto"].lower()
    return "udp" if log.name.startswith("log_udp") else "tcp"


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
                try:
                    connection = Flow(protocol_of(log, row), address(row["c_ip"]), int(row["c_port"]), address(row["s_ip"]),
                                      int(row["s_port"])).connection()
                except (KeyError, ValueError):
                    continue  # a message
                for kind, of_kind in KINDS.items():
                    for column, cell in row.items():
                        if re.fullmatch(of_kind.columns, column, re.IGNORECASE) and cell != "-":
                            columns[kind].add(column)
                            found |= {Named(kind, connection, of_kind.plain(part)) for part in cell.split(of_kind.separator)}
    return found, columns


def reason_of(named: Named, shown: Shown, ours: frozenset[str]) -> str:
    """Why a name is not shown, by a rule that needs no knowledge of the trace; "?": none holds. `ours`: of its flow."""
    for layer, reason in NOT_OPENED.items():
        if layer in shown.layers:
            return reason
    if re.fullmatch(r"<name .*>", named.name):
        return "what tshark says of a name that cannot be read"
    if named.kind == DNS_NAMES and not named.name and not ours:
        return "a root that points into the header of what is no DNS"
    if named.kind == DNS_NAMES and shown.is_answered and ours:
        return "the question of an answer whose records have another name"
    if named.kind == SERVER_NAMES and shown.is_cut:
        return "with characters that no host name has"
    if named.kind == SERVER_NAMES and not re.fullmatch(r"[\w.:\[\]-]+\Z", named.name, re.ASCII):
        return "with characters that no host name has"
    if named.kind == HOSTS and shown.together & ours:
        return "a second host of a request, of which the first counts"
    if any(name.endswith(CUT) and named.name.startswith(name.removesuffix(CUT)) for name in ours):
        return "longer than a column"
    if shown.is_behind_padding:
        return "begins where padding of a short frame was counted before: the first bytes count"
    return "?"


class Found(NamedTuple):
    trace: str
    shown: collections.Counter[str]
    exceptions: list[tuple[str, Named]]  # reason
    columns: dict[str, set[str]]


def compare(tstat: pathlib.Path, trace: pathlib.Path) -> Found:
    theirs = shown_by_tshark(trace)
    ours, columns = shown_by_tstat(tstat, trace)
    of_flow: dict[tuple[str, Flow], set[str]] = collections.defaultdict(set)
    for named in ours:
        of_flow[named.kind, named.connection].add(named.name)
    exceptions = [(reason_of(named, theirs[named], frozenset(of_flow[named.kind, named.connection])), named)
                  for named in sorted(theirs.keys() - ours)]
    return Found(trace.name, collections.Counter(named.kind for named in theirs), exceptions, columns)


def table(found: list[Found]) -> list[str]:
    lines = [f"| names, in {len(found)} traces | shown by tshark | shown by tstat, too | columns |", "| --- | --- | --- | --- |"]
    for kind in KINDS:
        shown = sum(f.shown[kind] for f in found)
        both = shown - sum(named.kind == kind for f in found for _, named in f.exceptions)
        labels = {label for f in found for label in f.columns[kind]}
        share = f" ({both / shown:.2%})" if shown else ""
        lines.append(f"| {kind} | {shown:,} | {both:,}{share} | {', '.join(f'`{label}`' for label in sorted(labels)) or 'none'} |")
    return lines


def table_of_reasons(found: list[Found]) -> list[str]:
    reasons = collections.Counter((named.kind, reason) for f in found for reason, named in f.exceptions)
    return ["| not shown | why | names |", "| --- | --- | --- |",
            *(f"| {kind} | {reason} | {count:,} |" for (kind, reason), count in sorted(reasons.items()))]


def too_few(found: list[Found]) -> list[str]:
    shown = sum((f.shown for f in found), collections.Counter[str]())
    missed = collections.Counter(named.kind for f in found for _, named in f.exceptions)
    return [kind for kind in KINDS if missed[kind] > (1 - LEAST_SHOWN) * shown[kind]]


def main() -> int:
    done = compare_traces(__doc__, compare)
    if done is None:
        return SKIPPED
    a, found = done
    print("\n".join([*table(found), "", *table_of_reasons(found)]))
    unexplained = False
    for f in found:
        for reason, named in f.exceptions:
            unexplained |= reason == "?"
            if a.verbose or reason == "?":
                print(f"{f.trace}: {reason}: {named.kind}: {named.name!r} of {named.connection}")
    # A sample, and a trace of somebody's choice, may be one of exceptions only.
    few = [] if a.sample or a.traces else too_few(found)
    for kind in few:
        print(f"{kind}: less than {LEAST_SHOWN:.1%} are shown")
    return 1 if unexplained or few else 0


if __name__ == "__main__":
    sys.exit(main())
