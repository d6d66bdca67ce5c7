#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""One end of a voice call: G.711 (RFC 3551, payload type 0) in RTP (RFC 3550) every 20 ms, and RTCP sender reports.

usage: rtp_sender.py LOCAL_ADDRESS PORT PEER_ADDRESS PEER_PORT SECONDS SSRC
RTCP goes to the next port. Reports carry what was received from the peer (loss, jitter, round-trip fields).
"""
import math, socket, struct, sys, time

PAYLOAD_TYPE, RATE, FRAME = 0, 8000, 160


def mu_law(sample):
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 0x0F) & 0xFF


class Receiver:
    """Reception statistics of RFC 3550, appendix A."""

    def __init__(self):
        self.ssrc = self.first = self.highest = None
        self.received = self.last_expected = self.last_received = 0
        self.jitter, self.transit = 0.0, None
        self.last_report, self.last_report_at = 0, 0.0

    def on_rtp(self, data, now):
        _, _, sequence, timestamp, ssrc = struct.unpack_from("!BBHII", data)
        if self.first is None:
            self.ssrc, self.first, self.highest = ssrc, sequence, sequence
        self.received += 1
        if (sequence - self.highest) & 0xFFFF < 0x8000:
            self.highest += (sequence - self.highest) & 0xFFFF
        transit = now * RATE - timestamp
        if self.transit is not None:
            self.jitter += (abs(transit - self.transit) - self.jitter) / 16
        self.transit = transit

    def on_rtcp(self, data, now):
        if data[1] == 200:
            self.last_report = struct.unpack_from("!I", data, 10)[0]
            self.last_report_at = now

    def block(self, now):
        expected = self.highest - self.first + 1
        lost = expected - self.received
        interval = expected - self.last_expected
        lost_now = interval - (self.received - self.last_received)
        self.last_expected, self.last_received = expected, self.received
        fraction = max(0, 256 * lost_now // interval) if interval else 0
        delay = int((now - self.last_report_at) * 65536) if self.last_report else 0
        return struct.pack("!IIIIII", self.ssrc, min(fraction, 255) << 24 | lost & 0xFFFFFF,
                           self.highest & 0xFFFFFFFF, int(self.jitter), self.last_report, delay)


def report(ssrc, packets, octets, timestamp, receiver, now):
    ntp = now + 2208988800
    blocks = receiver.block(now) if receiver.first is not None else b""
    body = struct.pack("!IIIIII", ssrc, int(ntp), int(ntp % 1 * 2**32), timestamp & 0xFFFFFFFF, packets, octets) + blocks
    sender = struct.pack("!BBH", 0x80 | (len(blocks) // 24), 200, len(body) // 4) + body
    name = b"tone@example.test"
    chunk = struct.pack("!IBB", ssrc, 1, len(name)) + name + b"\0"
    chunk += b"\0" * (-len(chunk) % 4)
    return sender + struct.pack("!BBH", 0x81, 202, len(chunk) // 4) + chunk


def main():
    local, port, peer, peer_port, seconds, ssrc = sys.argv[1:7]
    port, peer_port, ssrc = int(port), int(peer_port), int(ssrc, 0)
    family = socket.AF_INET6 if ":" in local else socket.AF_INET
    rtp, rtcp = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
    rtp.bind((local, port)), rtcp.bind((local, port + 1))
    rtp.setblocking(False), rtcp.setblocking(False)
    receiver = Receiver()
    base, start = ssrc & 0xFFFF, time.time()
    frames = int(float(seconds) * RATE / FRAME)
    for n in range(frames):
        for s, handler in ((rtp, receiver.on_rtp), (rtcp, receiver.on_rtcp)):
            try:
                while True:
                    handler(s.recv(2048), time.time())
            except OSError:
                pass  # nothing there (or the peer is not up yet)
        timestamp = ssrc % 100000 + n * FRAME
        tone = bytes(mu_law(int(9000 * math.sin(2 * math.pi * 440 * (n * FRAME + i) / RATE))) for i in range(FRAME))
        header = struct.pack("!BBHII", 0x80, (0x80 if n == 0 else 0) | PAYLOAD_TYPE, (base + n) & 0xFFFF, timestamp, ssrc)
        try:
            rtp.sendto(header + tone, (peer, peer_port))
            if n % 100 == 50:
                rtcp.sendto(report(ssrc, n + 1, (n + 1) * FRAME, timestamp, receiver, time.time()), (peer, peer_port + 1))
        except OSError:
            pass
        time.sleep(max(0.0, start + (n + 1) * FRAME / RATE - time.time()))


if __name__ == "__main__":
    main()
