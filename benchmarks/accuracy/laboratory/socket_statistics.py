# SPDX-License-Identifier: BSD-3-Clause
"""What a kernel tells of the connections of programs that are not ours: `ss` (iproute2) samples them, and hears of each socket's end."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Iterator

from .network import Failure, Machine, Network

SAMPLE_EVERY = 0.05
PATIENCE = 10.0
#: One line a socket, with TCP_INFO; -E: each when it is destroyed, with its last numbers.
COMMAND = ("ss", "-tieHnO")
#: By include/net/tcp_states.h.
STATES = {"ESTAB": 1, "SYN-SENT": 2, "SYN-RECV": 3, "FIN-WAIT-1": 4, "FIN-WAIT-2": 5, "TIME-WAIT": 6, "UNCONN": 7, "CLOSE-WAIT": 8, "LAST-ACK": 9,
          "LISTEN": 10, "CLOSING": 11}
TIME_WAIT, CLOSED = 6, 7
#: The names of `ss` and those of TCP_INFO; what is 0 is not in its lines.
COUNTERS = {"bytes_sent": "bytes_sent", "bytes_retrans": "bytes_retrans", "bytes_acked": "bytes_acked", "bytes_received": "bytes_received",
            "segs_out": "segs_out", "segs_in": "segs_in", "data_segs_out": "data_segs_out", "data_segs_in": "data_segs_in", "unacked": "unacked",
            "sacked": "sacked", "lost": "lost", "notsent": "notsent_bytes", "delivered": "delivered", "delivered_ce": "delivered_ce",
            "dsack_dups": "dsack_dups", "reord_seen": "reord_seen", "rcv_ooopack": "rcv_ooopack"}
NETLINK_SOCK_DIAG = "4"

Sample = dict[str, int]


@dataclass(frozen=True)
class Told:
    """A line of `ss`."""

    port: int
    peer: int
    numbers: Sample


def _microseconds(milliseconds: str) -> int:
    return round(float(milliseconds) * 1000)


def parse(line: str) -> Told | None:
    """None: not of a connection."""
    words = line.split()
    if len(words) < 6 or words[0] not in STATES:
        return None
    ports = [address.rpartition(":")[2] for address in words[3:5]]
    if not all(port.isdigit() for port in ports):
        return None  # a listener
    pairs = dict(word.split(":", 1) for word in words[5:] if ":" in word)
    numbers = {"state": STATES[words[0]], **{name: int(pairs.get(shown, "0")) for shown, name in COUNTERS.items()}}
    # Those that are out, and all so far.
    out, _, total = pairs.get("retrans", "0/0").partition("/")
    numbers |= {"retrans": int(out), "total_retrans": int(total)}
    if "rtt" in pairs:
        mean, _, deviation = pairs["rtt"].partition("/")
        numbers |= {"rtt": _microseconds(mean), "rttvar": _microseconds(deviation)}
    if "minrtt" in pairs:
        numbers["min_rtt"] = _microseconds(pairs["minrtt"])
    if rate := re.search(r" delivery_rate (\d+)bps", line):
        numbers["delivery_rate"] = int(rate[1]) // 8
    return Told(int(ports[0]), int(ports[1]), numbers)


def lines(text: str) -> Iterator[Told]:
    """An unfinished one, of an `ss` that was ended while it wrote, says nothing: what is 0 is not in it, either."""
    for line in text.splitlines(keepends=True):
        if line.endswith("\n") and (told := parse(line)):
            yield told


#: An end's port and its peer's.
Ports = tuple[int, int]


def kernel_entries(ended: dict[str, dict[Ports, Sample]], samples: dict[str, dict[Ports, list[Sample]]]) -> list[dict[str, Any]]:
    """Of kernel.json: one for each end. `before_end`: its socket's end was not heard of, the last is a sample."""
    numbers: dict[int, int] = {}  # of connections, by the client's port
    found = []
    for end in ("client", "server"):
        for ports in dict.fromkeys([*samples.get(end, {}), *ended.get(end, {})]):
            number = numbers.setdefault(ports[0] if end == "client" else ports[1], len(numbers))
            seen, last = samples.get(end, {}).get(ports, []), ended.get(end, {}).get(ports)
            found.append({"connection": number, "end": end, "port": ports[0], "by": "ss", "before_end": last is None,
                          "last": last or seen[-1], "samples": seen})
    return found


class SocketStatistics:
    """Of both ends, as long as it is entered; then `entries` is what was told."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._machines = {"client": network.client, "server": network.server}
        self._listeners: list[subprocess.Popen[bytes]] = []
        self._samples: dict[str, dict[Ports, list[Sample]]] = {end: defaultdict(list) for end in self._machines}
        self._done = threading.Event()
        self._open = True
        self._thread = threading.Thread(target=self._watch)
        self.entries: list[dict[str, Any]] = []

    def __enter__(self) -> SocketStatistics:
        try:
            for end, machine in self._machines.items():
                with (self._network.folder / f"{end}.sockets").open("wb") as told:
                    self._listeners.append(subprocess.Popen(machine.command("stdbuf", "-oL", *COMMAND, "-E"), stdout=told, stderr=subprocess.DEVNULL,
                                                            start_new_session=True))
                self._await_listener(machine)
        except BaseException:
            self._end_listeners()
            raise
        self._thread.start()
        return self

    def _await_listener(self, machine: Machine) -> None:
        def listens() -> bool:
            with open("/proc/thread-self/net/netlink", encoding="ascii") as table:
                return any(words[1] == NETLINK_SOCK_DIAG and int(words[3], 16) for words in map(str.split, list(table)[1:]))

        until = time.monotonic() + PATIENCE
        while not machine.call(listens):
            if time.monotonic() > until or self._listeners[-1].poll() is not None:
                raise Failure("ss -E does not listen")
            time.sleep(0.02)

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_EVERY):
            some = False
            for end, machine in self._machines.items():
                now = time.monotonic_ns() + self._network.clock_offset
                for told in lines(subprocess.run(machine.command(*COMMAND), capture_output=True, text=True, check=False).stdout):
                    if told.numbers["state"] not in (TIME_WAIT, CLOSED):
                        some = True
                        self._samples[end][told.port, told.peer].append({"time": now, **told.numbers})
            self._open = some

    def wait_until_closed(self) -> None:
        """Until no end has anything to say any more."""
        time.sleep(4 * SAMPLE_EVERY)
        until = time.monotonic() + PATIENCE
        while self._open and time.monotonic() < until:
            time.sleep(SAMPLE_EVERY)

    def _end_listeners(self) -> None:
        for listener in self._listeners:
            listener.kill()  # the processes of record.py ignore the other signals, and so does what they start
            listener.wait()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()
        self._end_listeners()
        ended = {end: {(t.port, t.peer): t.numbers for t in lines((self._network.folder / f"{end}.sockets").read_text())} for end in self._machines}
        self.entries = kernel_entries(ended, self._samples)
