# SPDX-License-Identifier: BSD-3-Clause
"""Captures with a known truth: conversations packet by packet, written as pcap."""

import socket
import struct

START_S = 1_500_000_000
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, SERVER = "10.0.0.2", "198.51.100.10"
MSS = bytes([2, 4, 5, 180])


class Capture:
    """Packets in the order of their times."""

    def __init__(self):
        self.packets = []

    def add(self, time_s, frame):
        self.packets.append((round((START_S + time_s) * 1e6), frame))

    def bytes(self):
        out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]  # raw IP
        for us, frame in sorted(self.packets, key=lambda packet: packet[0]):
            out.append(struct.pack("<IIII", us // 10**6, us % 10**6, len(frame), len(frame)) + frame)
        return b"".join(out)


def ipv4(protocol, source, destination, identification, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, 0, 64, protocol, 0, socket.inet_aton(source),
                         socket.inet_aton(destination))
    return header + payload


def udp(capture, time_s, payload, port=5000, from_server=False, server_port=53):
    ends = [(CLIENT, port), (SERVER, server_port)]
    (source, source_port), (destination, destination_port) = ends[::-1] if from_server else ends
    capture.add(time_s, ipv4(17, source, destination, round(time_s * 1000) % 65536,
                             struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload))


class Connection:
    """A TCP connection; the capture sees a round trip of 25 ms on each side.

    After ``open`` and ``talk`` both ends have samples of it: the mean is 50 ms, and the time-out the least, 100 ms.
    """

    def __init__(self, capture, port, begin_s=0.0, server_port=80, isn=(1000, 5000)):
        self.capture, self.port, self.server_port = capture, port, server_port
        self.now = begin_s
        self.next = {True: isn[0], False: isn[1]}  # sequence numbers, by "from the client"
        self.acknowledged = {True: 0, False: 0}  # of the other end, by who says so
        self.windows = {True: 30000, False: 30000}
        self.identification = 0

    def send(self, from_client, payload=b"", flags=ACK, sequence=None, identification=None, options=b"", window=None):
        if identification is None:
            self.identification += 1
            identification = self.identification
        is_new = sequence is None
        if is_new:
            sequence = self.next[from_client]
            self.next[from_client] = (sequence + len(payload) + bool(flags & SYN) + bool(flags & FIN)) % 2**32
        ports = (self.port, self.server_port) if from_client else (self.server_port, self.port)
        tcp = struct.pack("!HHIIBBHHH", *ports, sequence, self.acknowledged[from_client] if flags & ACK else 0, (20 + len(options)) // 4 << 4, flags,
                          self.windows[from_client] if window is None else window, 0, 0) + options + payload
        source, destination = (CLIENT, SERVER) if from_client else (SERVER, CLIENT)
        self.capture.add(self.now, ipv4(6, source, destination, identification, tcp))
        return sequence

    def wait(self, ms):
        self.now += ms / 1000

    def acknowledge(self, from_client, upto=None, window=None):
        self.acknowledged[from_client] = self.next[not from_client] if upto is None else upto
        self.send(from_client, window=window)

    def open(self):
        self.send(True, flags=SYN, options=MSS)
        self.wait(25)
        self.acknowledged[False] = self.next[True]
        self.send(False, flags=SYN | ACK, options=MSS)
        self.wait(25)
        self.acknowledge(True)
        return self

    def talk(self, rounds=3, size=1000):
        """The server sends, and the client acknowledges each segment; the client asks once in between."""
        for _ in range(rounds):
            self.send(True, b"?" * 10, flags=PSH | ACK)
            self.wait(25)
            self.acknowledged[False] = self.next[True]
            self.data(size)
            self.wait(25)
            self.acknowledge(True)
        return self

    def data(self, size=1000, **options):
        """Of the server; gives its sequence number."""
        return self.send(False, bytes(size), flags=PSH | ACK, **options)

    def lose(self, size=1000):
        """Of the server, lost before the capture."""
        sequence = self.next[False]
        self.next[False] = (sequence + size) % 2**32
        return sequence

    def close(self):
        self.wait(25)
        self.send(True, flags=FIN | ACK)
        self.wait(25)
        self.acknowledged[False] = self.next[True]
        self.send(False, flags=FIN | ACK)
        self.wait(25)
        self.acknowledge(True)


def rto(c):
    sequence = c.data()
    c.wait(312)
    c.data(sequence=sequence)


def rto_before_the_probe(c):
    sequence = c.lose()
    c.data()
    c.wait(312)
    c.data(sequence=sequence)


def fast_retransmission(c):
    sequence = c.data()
    for _ in range(4):
        c.data()
    c.wait(25)
    for _ in range(4):
        c.acknowledge(True, upto=sequence)
        c.wait(5)
    c.wait(20)
    c.data(sequence=sequence)


def reordering(c):
    sequence = c.lose()
    c.data()
    c.wait(4)
    c.data(sequence=sequence)


def duplicate(c):
    sequence = c.data(identification=777)
    c.wait(30)
    c.data(sequence=sequence, identification=777)


def unknown(c):
    sequence = c.data()
    c.wait(60)
    c.data(sequence=sequence)


def needless_rto(c):
    sequence = c.data()
    c.wait(25)
    c.acknowledge(True)
    c.wait(400)
    c.data(sequence=sequence)


def needless_fast(c):
    c.data()
    for _ in range(5):
        c.wait(1)
        c.acknowledge(True)
    sequence = c.lose()
    c.data()
    for _ in range(2):
        c.wait(1)
        c.acknowledge(True)
    c.wait(30)
    c.data(sequence=sequence)


def window_probe(c):
    c.data()
    c.wait(25)
    c.acknowledge(True, window=0)
    c.windows[True] = 0
    c.wait(300)
    sequence = c.data(1)
    c.wait(500)
    c.data(1, sequence=sequence)
    c.wait(400)
    c.windows[True] = 30000
    c.acknowledge(True)


def slow_reader():
    """A capture with a connection whose client reads 24 kB at a time, with rests of half a second."""
    capture = Capture()
    c = Connection(capture, 41000).open().talk(1)
    room = 24000
    for rest in range(4):
        while room > 0:
            for _ in range(min(4, room // 1000)):
                c.data(1000)
                room -= 1000
                c.wait(2)
            c.wait(20)
            c.acknowledge(True, window=room)
            c.wait(25)
        c.windows[True] = 0
        c.wait(200)
        probe = c.data(1)
        c.wait(25)
        c.acknowledge(True, upto=probe)
        c.wait(180 + 60 * rest)
        c.data(1, sequence=probe)
        c.wait(25)
        room = 24000
        c.windows[True] = room
        c.acknowledge(True)
        c.wait(30)
    c.close()
    return capture


#: What happens, and the columns of the server that count it.
TRUTH = {
    "rto": (rto, {"s_pkts_rto": 1, "s_pkts_retx": 1, "s_pkts_ooo": 0}),
    "rto_before": (rto_before_the_probe, {"s_pkts_rto": 1, "s_pkts_retx": 0, "s_pkts_ooo": 1}),
    "fs": (fast_retransmission, {"s_pkts_fs": 1, "s_pkts_retx": 1}),
    "reor": (reordering, {"s_pkts_reor": 1, "s_pkts_ooo": 1, "s_pkts_retx": 0}),
    "dup": (duplicate, {"s_pkts_dup": 1, "s_pkts_retx": 1}),
    "unk": (unknown, {"s_pkts_unk": 1, "s_pkts_retx": 1}),
    "unrto": (needless_rto, {"s_pkts_unrto": 1, "s_pkts_retx": 1}),
    "unfs": (needless_fast, {"s_pkts_unfs": 1, "s_pkts_ooo": 1}),
    "fc": (window_probe, {"s_pkts_fc": 1, "s_pkts_retx": 1, "c_win_0": 1}),
}


def all_truths():
    """One capture with a connection for each, one after the other; their ports by name."""
    capture, ports, begin = Capture(), {}, 1.0
    for number, (name, (happen, _)) in enumerate(TRUTH.items()):
        connection = Connection(capture, 40000 + number, begin).open().talk()
        connection.wait(10)
        happen(connection)
        connection.wait(25)
        connection.acknowledge(True)
        connection.close()
        ports[name] = connection.port
        begin = connection.now + 1
    return capture, ports
