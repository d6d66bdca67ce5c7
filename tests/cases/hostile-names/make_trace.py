#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes trace.pcap: names and HTTP fields with which a sender would write rows of his own.

usage: make_trace.py FILE
"""
import struct, sys

CLIENT, SERVER, RESOLVER = bytes([10, 0, 0, 1]), bytes([198, 51, 100, 7]), bytes([198, 51, 100, 53])
packets = []


def ip(protocol, source, destination, payload):
    packets.append(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), len(packets) + 1, 0, 64, protocol, 0,
                               source, destination) + payload)


def udp(source, source_port, destination, destination_port, payload):
    ip(17, source, destination, struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload)


class Tcp:
    """A connection from CLIENT to SERVER, opened and closed in order."""

    def __init__(self, port, server_port, server):
        self.ports, self.server, self.next = (port, server_port), server, [1000, 5000]
        self.send(0, 0x02), self.send(1, 0x12), self.send(0, 0x10)

    def send(self, side, flags, payload=b""):
        ends = (CLIENT, self.server)
        header = struct.pack("!HHIIBBHHH", self.ports[side], self.ports[1 - side], self.next[side],
                             self.next[1 - side] if flags != 0x02 else 0, 0x50, flags, 65535, 0, 0)
        ip(6, ends[side], ends[1 - side], header + payload)
        self.next[side] += len(payload) + (flags & 3 != 0)

    def close(self):
        self.send(0, 0x11), self.send(1, 0x11), self.send(0, 0x10)


def dns(name, address, number, asked=True, port=4000):
    question = bytes([len(name)]) + name + b"\x07example\x00" + struct.pack("!HH", 1, 1)
    if asked:
        udp(CLIENT, port, RESOLVER, 53, struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + question)
    answer = struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + address
    udp(RESOLVER, 53, CLIENT, port, struct.pack("!6H", number, 0x8180, 1, 1, 0, 0) + question + answer)


def client_hello(name):
    names = struct.pack("!HBH", len(name) + 3, 0, len(name)) + name
    extensions = struct.pack("!HH", 0, len(names)) + names
    body = b"\x03\x03" + b"r" * 32 + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00" + struct.pack("!H", len(extensions))
    body += extensions
    return b"\x16\x03\x01" + struct.pack("!H", len(body) + 4) + b"\x01\x00" + struct.pack("!H", len(body)) + body


# A row of the UDP log, as a name that nobody asked for.
dns(b"x\n9.9.9.9 6666 1.0 0.0 9 9 1 0 0 6.6.6.6 53 1.0 0.0 1 1 0 0 19 v", SERVER, 1, asked=False)
udp(CLIENT, 6000, SERVER, 6001, b"hello world")
# A name with all that is escaped, and then TLS with such a server name.
dns(b'caf\xc3\xa9 "q"\t\x1b[2J\x7f\xff%41', SERVER, 2)
tls = Tcp(6100, 443, SERVER)
tls.send(0, 0x18, client_hello(b'a b\n"c"\xc3\xa9\xe2\x82.example.org'))
tls.send(1, 0x18, b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00")
tls.close()
# HTTP: blanks and quotes inside are ordinary there.
http = Tcp(6200, 80, SERVER)
http.send(0, 0x18, b'GET /a"b%41 HTTP/1.1\r\nHost: "h" x\r\nUser-Agent: "Agent" (one; two) \xfc\xc3\xbc\r\nDNT: #1\r\n\r\n')
http.send(1, 0x18, b'HTTP/1.1 200 OK\r\nServer: "s" t\r\nContent-Type: text/html; charset="utf-8"\r\n\r\n')
http.close()

with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    for i, packet in enumerate(packets):
        out.write(struct.pack("<IIII", 1_700_000_000 + i // 100, i % 100 * 10_000, len(packet), len(packet)) + packet)
