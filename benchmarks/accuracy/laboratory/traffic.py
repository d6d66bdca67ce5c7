# SPDX-License-Identifier: BSD-3-Clause
"""What is sent: our own senders and receivers, both in this process, with TCP_INFO of both ends; and programs of others."""

from __future__ import annotations

import random
import shutil
import socket
import struct
import subprocess
import threading
import time
from typing import Any, Callable

from . import tcp_info
from .network import Failure, Machine, Network
from .socket_statistics import SocketStatistics

PORT = 8000
PATIENCE = 60.0
SAMPLE_EVERY = 0.01
CLOSED_STATE = 7
TCP_CONGESTION = 13  # of linux/tcp.h

Sample = dict[str, int]


class Watcher:
    """Looks at TCP_INFO of a connection until it is told that it closes."""

    def __init__(self, end: str, number: int, connection: socket.socket, clock_offset: int) -> None:
        self.end, self.number = end, number
        self.samples: list[Sample] = []
        self._connection = connection
        self._offset = clock_offset
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.port = int(connection.getsockname()[1])
        self._thread.start()

    def _sample(self) -> None:
        sample = tcp_info.read(self._connection)
        if sample["state"] != CLOSED_STATE:  # where the numbers are gone
            self.samples.append({"time": time.monotonic_ns() + self._offset, **sample})

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_EVERY):
            self._sample()

    def finish(self) -> None:
        """Waits until all is acknowledged, and takes the last sample."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            now = tcp_info.read(self._connection)
            if now["state"] == CLOSED_STATE or now["unacked"] + now["notsent_bytes"] == 0:
                break
            time.sleep(SAMPLE_EVERY)
        self._sample()
        self._done.set()
        self._thread.join()


class Connection:
    """A connection of our own: both ends."""

    def __init__(self, traffic: Traffic, listener: socket.socket, number: int) -> None:
        network = traffic.network
        family = socket.AF_INET6 if network.scenario.ipv6 else socket.AF_INET

        def connect() -> socket.socket:
            made = socket.socket(family)
            made.settimeout(PATIENCE)
            traffic.choose_congestion_control(made)
            for level, option, value in traffic.client_options:
                made.setsockopt(level, option, value)
            made.connect((network.addresses[1], PORT))
            return made

        self.client = network.client.call(connect)
        self.server, _ = listener.accept()
        for end in (self.client, self.server):
            end.settimeout(PATIENCE)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.watchers = [Watcher("client", number, self.client, network.clock_offset),
                         Watcher("server", number, self.server, network.clock_offset)]

    def close(self, first: socket.socket) -> None:
        """`first` ends its direction, the other end follows; both have what was sent."""
        second = self.server if first is self.client else self.client
        first.shutdown(socket.SHUT_WR)
        while second.recv(65536):
            pass
        second.shutdown(socket.SHUT_WR)
        while first.recv(65536):
            pass
        for watcher in self.watchers:
            watcher.finish()
        self.client.close()
        self.server.close()


def receive(connection: socket.socket, size: int) -> None:
    while size > 0:
        got = len(connection.recv(min(size, 65536)))
        if got == 0:
            raise Failure("the connection ended early")
        size -= got


class Traffic:
    """What a scenario sends."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.scenario = network.scenario
        self.random = random.Random(network.scenario.seed)
        self.watchers: list[Watcher] = []
        #: Of kernel.json, of programs that are not ours.
        self.told: list[dict[str, Any]] = []
        self.client_options: list[tuple[int, int, int]] = []

    def run(self) -> None:
        KINDS[self.scenario.traffic](self)

    def listener(self) -> socket.socket:
        family = socket.AF_INET6 if self.scenario.ipv6 else socket.AF_INET

        def listen() -> socket.socket:
            made = socket.socket(family)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.choose_congestion_control(made)
            made.bind((self.network.addresses[1], PORT))
            made.listen(64)
            made.settimeout(PATIENCE)
            return made

        return self.network.server.call(listen)

    def choose_congestion_control(self, made: socket.socket) -> None:
        """Of this socket: the default of a namespace may only be one that every user may choose."""
        made.setsockopt(socket.IPPROTO_TCP, TCP_CONGESTION, self.scenario.congestion.encode())

    def payload(self, size: int) -> bytes:
        return self.random.randbytes(size)

    def exchange(self, connection: Connection, up: int, down: int) -> None:
        """`up` bytes to the server, which answers with `down` bytes when it has them."""
        def serve() -> None:
            receive(connection.server, up)
            connection.server.sendall(answer)

        answer, question = self.payload(down), self.payload(up)
        server = threading.Thread(target=serve)
        server.start()
        connection.client.sendall(question)
        receive(connection.client, down)
        server.join()

    def with_connection(self, use: Callable[[Connection], None], client_closes: bool = False) -> None:
        with self.listener() as listener:
            for number in range(self.scenario.count if self.scenario.traffic == "connections" else 1):
                connection = Connection(self, listener, number)
                self.watchers += connection.watchers
                use(connection)
                connection.close(connection.client if client_closes else connection.server)


def download(traffic: Traffic) -> None:
    traffic.with_connection(lambda c: traffic.exchange(c, 120, traffic.scenario.size))


def upload(traffic: Traffic) -> None:
    traffic.with_connection(lambda c: traffic.exchange(c, traffic.scenario.size, 120), client_closes=True)


def connections(traffic: Traffic) -> None:
    """One after the other."""
    traffic.with_connection(lambda c: traffic.exchange(c, 200, traffic.scenario.size // traffic.scenario.count))


def requests(traffic: Traffic) -> None:
    """In one connection."""
    def use(connection: Connection) -> None:
        for _ in range(traffic.scenario.count):
            traffic.exchange(connection, 200, traffic.scenario.size // traffic.scenario.count)

    traffic.with_connection(use)


def chunks(traffic: Traffic) -> None:
    """The server sends and pauses: many tails."""
    def use(connection: Connection) -> None:
        size = traffic.scenario.size // traffic.scenario.count
        for _ in range(traffic.scenario.count):
            traffic.exchange(connection, 0, size)
            time.sleep(traffic.random.uniform(0.05, 0.25))

    traffic.with_connection(use)


def both_ways(traffic: Traffic) -> None:
    def use(connection: Connection) -> None:
        half = traffic.scenario.size // 2
        payload = traffic.payload(half)
        threads = [threading.Thread(target=connection.client.sendall, args=(payload,)),
                   threading.Thread(target=connection.server.sendall, args=(payload,)),
                   threading.Thread(target=receive, args=(connection.client, half))]
        for thread in threads:
            thread.start()
        receive(connection.server, half)
        for thread in threads:
            thread.join()

    traffic.with_connection(use)


def slow_reader(traffic: Traffic) -> None:
    """The client's window closes."""
    def use(connection: Connection) -> None:
        size = traffic.scenario.size
        sender = threading.Thread(target=connection.server.sendall, args=(traffic.payload(size),))
        sender.start()
        for _ in range(4):
            time.sleep(0.7)
            receive(connection.client, size // 4)
        receive(connection.client, size - size // 4 * 4)
        sender.join()

    traffic.client_options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)]
    traffic.with_connection(use)


def keep_alive(traffic: Traffic) -> None:
    """A connection that says nothing for some seconds."""
    def use(connection: Connection) -> None:
        traffic.exchange(connection, 300, traffic.scenario.size)
        time.sleep(3.5)
        traffic.exchange(connection, 300, traffic.scenario.size)

    traffic.client_options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
                              (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)]
    traffic.with_connection(use)


def rtp(traffic: Traffic) -> None:
    """`count` packets of voice, one each 20 ms, of which the link loses and delays some."""
    family = socket.AF_INET6 if traffic.scenario.ipv6 else socket.AF_INET
    receiver = traffic.network.server.call(lambda: socket.socket(family, socket.SOCK_DGRAM))
    receiver.bind((traffic.network.addresses[1], 40000))
    sender = traffic.network.client.call(lambda: socket.socket(family, socket.SOCK_DGRAM))
    sender.bind((traffic.network.addresses[0], 40002))
    number, stamp, source = 65500, 12345, 0x1234ABCD
    begin = time.monotonic()
    for i in range(traffic.scenario.count):
        time.sleep(max(0.0, begin + 0.02 * i - time.monotonic()))
        header = struct.pack(">BBHII", 0x80, 0, (number + i) % 65536, (stamp + 160 * i) % 2**32, source)
        sender.sendto(header + traffic.payload(160), (traffic.network.addresses[1], 40000))
    time.sleep(0.5)
    sender.close()
    receiver.close()


def _serve(machine: Machine, words: list[str], ready: Callable[[], bool]) -> subprocess.Popen[bytes]:
    if shutil.which(words[0]) is None:
        raise Failure(f"no {words[0]}")
    process = subprocess.Popen(machine.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > until or process.poll() is not None:
            process.kill()
            raise Failure(f"{words[0]} did not start")
        time.sleep(0.02)
    return process


def _listens(network: Network, port: int) -> bool:
    pattern = f":{port:04X} "

    def look() -> bool:
        for name in ("tcp", "tcp6"):
            with open(f"/proc/thread-self/net/{name}", encoding="ascii") as lines:
                if any(pattern in line.split()[1] + " " and line.split()[3] == "0A" for line in lines):
                    return True
        return False

    return network.server.call(look)


def _others(traffic: Traffic, serve: list[str], fetch: list[str], port: int) -> None:
    network = traffic.network
    with SocketStatistics(network) as sockets:
        server = _serve(network.server, serve, lambda: _listens(network, port))
        try:
            done = subprocess.run(network.client.command(*fetch), capture_output=True, text=True, timeout=PATIENCE, check=False,
                                  start_new_session=True)
            if done.returncode != 0:
                raise Failure(f"{fetch[0]}: {done.stderr.strip() or done.stdout.strip()}")
            sockets.wait_until_closed()
        finally:
            server.terminate()
            server.wait()
    traffic.told = sockets.entries


def iperf3(traffic: Traffic) -> None:
    congestion = traffic.scenario.congestion
    _others(traffic, ["iperf3", "-s", "-1", "-p", "5201"],
            ["iperf3", "-c", traffic.network.addresses[1], "-p", "5201", "-n", str(traffic.scenario.size), "-C", congestion], 5201)


def curl(traffic: Traffic) -> None:
    """nginx serves, curl fetches."""
    root = traffic.network.folder / "www"
    root.mkdir()
    (root / "file").write_bytes(traffic.payload(traffic.scenario.size // traffic.scenario.count))
    address = traffic.network.addresses[1]
    shown = f"[{address}]" if traffic.scenario.ipv6 else address
    configuration = traffic.network.folder / "nginx.conf"
    configuration.write_text(f"daemon off; master_process off; pid {root}/pid; error_log {root}/log;\nevents {{}}\n"
                             f"http {{ access_log off; server {{ listen {shown}:8080; root {root}; }} }}\n")
    urls = [f"http://{shown}:8080/file"] * traffic.scenario.count
    _others(traffic, ["nginx", "-c", str(configuration)],
            ["curl", "-sS", "--fail", *(word for url in urls for word in ("-o", "/dev/null", url))], 8080)
    shutil.rmtree(root)


KINDS: dict[str, Callable[[Traffic], None]] = {
    "download": download,
    "upload": upload,
    "connections": connections,
    "requests": requests,
    "chunks": chunks,
    "both_ways": both_ways,
    "slow_reader": slow_reader,
    "keep_alive": keep_alive,
    "rtp": rtp,
    "iperf3": iperf3,
    "curl": curl,
}
#: What others wrote and these kinds need.
PROGRAMS: dict[str, tuple[str, ...]] = {"iperf3": ("iperf3",), "curl": ("curl", "nginx")}
