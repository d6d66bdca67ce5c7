# SPDX-License-Identifier: BSD-3-Clause
"""examples/json_sink.cc writes valid JSON, a line a row: of the bundled traces, and of one whose names are any bytes.

    json_rows_test.py JSON_SINK TRACES
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

HOSTILE = bytes(range(0x80, 0x100)) + b'"\\ {}[]\',:' + b"\xed\xa0\x80\xf4\x90\x80\x80\xc0\x80"
CLIENT, SERVER, RESOLVER = b"\x0a\x00\x00\x01", b"\xc0\x00\x02\x07", b"\x0a\x00\x00\x35"
SYN, FIN, ACK, PSH = 2, 1, 16, 8


def ipv4(source, target, protocol, body):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0, source, target) + body


class Trace:
    """A pcap file of raw IPv4 packets, 10 ms apart."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        self.micros = 1_700_000_000_000_000
        self.sequence = {}

    def add(self, packet):
        self.micros += 10_000
        self.file.write(struct.pack("<IIII", self.micros // 1_000_000, self.micros % 1_000_000, len(packet), len(packet)))
        self.file.write(packet)

    def udp(self, source, target, ports, body):
        self.add(ipv4(source, target, 17, struct.pack("!HHHH", *ports, 8 + len(body), 0) + body))

    def tcp(self, source, target, ports, flags, body=b""):
        here, there = (source, ports[0]), (target, ports[1])
        header = struct.pack("!HHIIBBHHH", *ports, self.sequence.get(here, 1000), self.sequence.get(there, 1000), 0x50,
                             flags, 65535, 0, 0)
        self.add(ipv4(source, target, 6, header + body))
        self.sequence[here] = self.sequence.get(here, 1000) + len(body) + (flags & (SYN | FIN) != 0)

    def connection(self, port, *exchanges):
        there, back = (40000 + port, port), (port, 40000 + port)
        self.tcp(CLIENT, SERVER, there, SYN)
        self.tcp(SERVER, CLIENT, back, SYN | ACK)
        self.tcp(CLIENT, SERVER, there, ACK)
        for request, answer in exchanges:
            self.tcp(CLIENT, SERVER, there, ACK | PSH, request)
            self.tcp(SERVER, CLIENT, back, ACK | PSH, answer)
        self.tcp(CLIENT, SERVER, there, ACK | FIN)
        self.tcp(SERVER, CLIENT, back, ACK | FIN)
        self.tcp(CLIENT, SERVER, there, ACK)


def dns(name, answer):
    question = b"".join(bytes([len(label)]) + label for label in name) + b"\0" + struct.pack("!HH", 1, 1)
    head = struct.pack("!HHHHHH", 7, 0x8180 if answer else 0x0100, 1, 1 if answer else 0, 0, 0)
    return head + question + (b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + SERVER if answer else b"")


def client_hello(name):
    server_name = struct.pack("!HBH", len(name) + 3, 0, len(name)) + name
    extensions = struct.pack("!HH", 0, len(server_name)) + server_name
    body = b"\x03\x03" + bytes(32) + b"\0" + struct.pack("!HH", 2, 0x1301) + b"\x01\0"
    body += struct.pack("!H", len(extensions)) + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack("!H", len(handshake)) + handshake


def hostile_trace(path):
    trace = Trace(path)
    name = [HOSTILE[:60], HOSTILE[60:120], b"example"]
    trace.udp(CLIENT, RESOLVER, (5353, 53), dns(name, answer=False))
    trace.udp(RESOLVER, CLIENT, (53, 5353), dns(name, answer=True))
    request = b"GET /%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nCookie: %s\r\n\r\n" % ((HOSTILE[:128],) * 4)
    answer = b"HTTP/1.1 200 OK\r\nServer: %s\r\nContent-Type: %s\r\n\r\n" % ((HOSTILE,) * 2)
    trace.connection(80, (request, answer))
    video = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 400\r\n\r\n" + HOSTILE * 2
    trace.connection(8080, (b"GET /%s.mp4 HTTP/1.1\r\nHost: %s\r\n\r\n" % ((HOSTILE[:60],) * 2), video))
    trace.connection(5222, (b"<stream:stream to='%s'>" % HOSTILE[:60], b"<stream:stream id='1'>"),
                     (b"<presence from='%s'/>" % HOSTILE, b"<message to='%s'>" % HOSTILE))
    trace.connection(443, (client_hello(HOSTILE), b"\x16\x03\x03\0\x02\x02\0"))
    trace.file.close()


def rows_of(program, trace, profile):
    """Each line is one JSON object; NaN and Infinity, which Python would read, are no JSON."""
    run = subprocess.run([program, trace] + profile, capture_output=True)
    assert run.returncode == 0, (trace, run.stderr)

    def refuse(constant):
        raise ValueError(f"{trace}: {constant}")

    return [json.loads(line, parse_constant=refuse) for line in run.stdout.decode("utf-8").split("\n") if line]


def main():
    program, traces = sys.argv[1:]
    seen = {}
    for profile in ([], ["3.3"]):
        for trace in sorted(pathlib.Path(traces).glob("*.pcap")):
            for row in rows_of(program, str(trace), profile):
                seen.setdefault((tuple(profile), row["table"]), []).append(row)
    for table in ("tcp_complete", "udp_complete", "media_flow", "http_request", "http_response"):
        assert ((), table) in seen, table
    for table in ("tcp_complete", "udp_complete", "media_stream", "udp_period", "tcp_period"):
        assert (("3.3",), table) in seen, table
    flow = seen[((), "tcp_complete")][0]
    assert isinstance(flow["first"], int) and flow["first"] > 10**18, flow["first"]
    assert isinstance(flow["c_isint"], bool) and isinstance(flow["c_ip"], str)
    assert isinstance(flow["c_rtt_avg"], int) and flow["p2p_t"] == 0

    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/hostile.pcap"
        hostile_trace(path)
        for profile in ([], ["3.3"]):
            rows = {}
            for row in rows_of(program, path, profile):
                rows[row["table"]] = rows.get(row["table"], row) if "http" in row["table"] else row
            for table in ("tcp_complete", "udp_complete", "http_request", "http_response", "video_complete", "chat_complete",
                          "chat_message"):
                assert table in rows, (profile, table)
            names = {rows["tcp_complete"][column] for column in ("fqdn", "c_tls_SNI")} | {rows["http_request"]["hostname"]}
            assert sum(name is not None for name in names) >= 2, names
            assert any("\ufffd" in name for name in names if name), names
            assert rows["http_response"]["server"], rows["http_response"]
            assert "\ufffd" in rows["http_request"]["user_agent"], rows["http_request"]
            assert rows["http_request"]["cookie"] is None  # the level that shows no cookies
    print(f"{sum(map(len, seen.values()))} rows of {len(seen)} tables")


main()
