#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes seed inputs for traffic_fuzzer.cc: one conversation or two for each protocol, and what may happen to packets.

usage: make_traffic_corpus.py OUT_DIR
"""
import pathlib, sys

# Of traffic_grammar.cc and traffic_payloads.cc, in their order.
OPERATIONS = "open send _ ack close resend segment datagram time repeat swap damage quote fragment wrap control".split()
PAYLOADS = ("filler raw request response tls_client tls_server tls_data query answer dns_tcp rtp rtcp sip stun quic quic_short dtls ssh mail "
            "peers rtsp half_request").split()
SERVER = 0x80


def do(operation, conversation=0, *operands):
    return bytes([OPERATIONS.index(operation) | conversation << 4, *operands])


def send(conversation, side, payload, *operands, by="send"):
    return do(by, conversation, PAYLOADS.index(payload) | side, *operands)


def connection(conversation, *messages):
    return do("open", conversation, 0) + b"".join(send(conversation, *m) for m in messages) + do("close", conversation, 0)


def datagrams(conversation, *messages):
    return b"".join(send(conversation, *m, by="datagram") for m in messages)


WEB = connection(0, (0, "request", 0, 1), (SERVER, "response", 2, 0, 1), (SERVER, "filler", 11))
TLS = connection(1, (0, "tls_client", 1, 0), (SERVER, "tls_server", 0, 1), (0, "tls_data", 9, 40), (SERVER, "tls_data", 9, 200))
NAMES = datagrams(2, (0, "query", 1, 1, 0), (SERVER, "answer", 1, 1, 0, 0))
CALL = (datagrams(3, (0, "sip", 2, 0, 0), (SERVER, "sip", 3, 1, 1)) +
        b"".join(datagrams(2, (0, "rtp", 0, i, i), (SERVER, "rtp", 0, i, i)) for i in range(12)) + datagrams(2, (0, "rtcp", 0, 0, 1, 9, 3, 0, 7, 1)))
LOSS = (do("open", 0, 8) + send(0, SERVER, "filler", 10) + do("swap", 0, 0) + send(0, SERVER, "filler", 10) + do("ack", 0, 6) +
        do("resend", 0, SERVER) + do("time", 0, 18) + do("resend", 0, SERVER | 2) + do("repeat", 0, 1) + do("ack", 0, 0x82) + do("close", 0, 12))
WAYS = b"".join(connection(c, (0, "request", 0, c)) + do("wrap", c, c | c << 4) + do("quote", c, c) + do("fragment", c, c) for c in range(6))
SEEDS = {
    "web": WEB, "tls": TLS, "names": NAMES + WEB, "call": CALL, "loss": LOSS, "ways": WAYS,
    "quic": datagrams(8, (0, "quic", 7), (SERVER, "quic", 7), (0, "quic_short", 7)) + datagrams(1, (0, "dtls", 0, 0), (0, "stun", 0)),
    "texts": connection(4, (SERVER, "ssh", 0), (0, "ssh", 1)) + connection(5, (SERVER, "mail", 0), (0, "mail", 1)) +
             connection(6, (SERVER, "rtsp", 0), (SERVER, "rtsp", 1, 0, 1, 2)),
    "peers": b"".join(connection(10, (0, "peers", i)) + datagrams(11, (0, "peers", i)) for i in range(6)),
    "dns_tcp": connection(2, (0, "dns_tcp", 0, 5, 1, 0), (SERVER, "dns_tcp", 1, 5, 1, 0, 3)) + connection(3, (0, "half_request", 0, 1, 40)),
    "clocks": WEB + do("time", 0, 30) + TLS + do("time", 0, 0x80 | 28) + NAMES + do("control", 0, 1) + WEB + do("control", 0, 2) + CALL + do("control", 0, 3),
    "everything": NAMES + WEB + do("control", 0, 0x31) + LOSS + TLS + CALL + WAYS,
}


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for number, (name, events) in enumerate(sorted(SEEDS.items())):
        for profile in (0, 1, 2, 3) if name in ("everything", "loss") else (number % 4, 2):
            how = profile | (number % 2) << 2 | (number % 3 == 0) << 3 | (number % 2) << 4 | (number % 5 == 0) << 5 | (number % 4) << 6
            (out / f"{name}-{profile}").write_bytes(bytes([how, number * 3 % 40 | (name == "everything" and profile == 2) << 7]) + events)


if __name__ == "__main__":
    main()
