# SPDX-License-Identifier: BSD-3-Clause
"""Two network namespaces with the link between them."""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Callable, TypeVar

from .scenario import Scenario

T = TypeVar("T")

DEVICE = "link0"
CLONE_NEWNET = 0x40000000
_numbers = itertools.count()
_libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """A program or a call that the laboratory needs has failed."""


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Machine:
    """A network namespace."""

    def __init__(self, name: str) -> None:
        self.name = name
        if Path("/run/netns", name).exists():  # of another process that had this one's number
            self.forget(name)
        _run("ip", "netns", "add", name)

    def call(self, function: Callable[[], T]) -> T:
        """The function's result; it runs in a thread of this namespace: sockets that it makes belong there."""
        results: list[T] = []
        problems: list[BaseException] = []

        def inside() -> None:
            try:
                with open(f"/run/netns/{self.name}", "rb") as space:
                    if _libc.setns(space.fileno(), CLONE_NEWNET) != 0:
                        raise Failure(f"setns {self.name}: {os.strerror(ctypes.get_errno())}")
                results.append(function())
            except BaseException as problem:  # handed on below
                problems.append(problem)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if problems:
            raise problems[0]
        return results[0]

    def command(self, *words: str) -> list[str]:
        """The words of a command that runs there, and is killed if this thread ends before it."""
        return ["setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", self.name, *words]

    def set(self, name: str, value: str) -> None:
        """A sysctl below net, with slashes."""
        self.call(lambda: Path("/proc/sys/net", name).write_text(value))

    def get(self, name: str) -> str:
        return self.call(lambda: Path("/proc/sys/net", name).read_text().strip())

    @staticmethod
    def forget(name: str) -> None:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def remove(self) -> None:
        self.forget(self.name)


def leftovers(folder: Path = Path("/run/netns")) -> list[str]:
    """Namespaces of runs that are gone and could not remove theirs."""
    found = ((path.name, re.fullmatch(r"acc(\d+)-\d+[cs]", path.name)) for path in sorted(folder.glob("acc*")))
    return [name for name, match in found if match and not Path("/proc", match[1]).exists()]


def remove_leftovers() -> list[str]:
    removed = leftovers()
    for name in removed:
        Machine.forget(name)
    return removed


class Network:
    """As long as it is entered, client and server reach each other through the link.

    The link's files are in `folder` when it is left."""

    def __init__(self, scenario: Scenario, link: Path, folder: Path) -> None:
        self.scenario = scenario
        self._link = link
        self.folder = folder
        self.addresses = ("fd09::1", "fd09::2") if scenario.ipv6 else ("10.9.0.1", "10.9.0.2")
        self._process: subprocess.Popen[str] | None = None
        self._machines: list[Machine] = []
        #: Nanoseconds between CLOCK_MONOTONIC and the times of the captures.
        self.clock_offset = 0

    def __enter__(self) -> Network:
        prefix = f"acc{os.getpid()}-{next(_numbers)}"
        try:
            for end in "cs":
                self._machines.append(Machine(prefix + end))
            self.client, self.server = self._machines
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def _start(self) -> None:
        options = self.folder / "link.options"
        options.write_text(self.scenario.options())
        command = [str(self._link), str(options), str(self.folder), self.client.name, self.server.name, DEVICE]
        if self.scenario.offload:
            command.append("offload")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                         start_new_session=True)
        assert self._process.stdout is not None and self._process.stderr is not None
        words = self._process.stdout.readline().split()
        if words[:1] != ["ready"]:
            raise Failure("the link did not start: " + self._process.stderr.read().strip())
        self.clock_offset = int(words[1])
        for machine, (own, other) in ((self.client, self.addresses), (self.server, self.addresses[::-1])):
            self._settle(machine, own, other)

    def _settle(self, machine: Machine, own: str, other: str) -> None:
        for name in ("all", "default", DEVICE):
            machine.set(f"ipv6/conf/{name}/disable_ipv6", "0" if self.scenario.ipv6 else "1")
            machine.set(f"ipv6/conf/{name}/router_solicitations", "0")
        for name, value in self.scenario.sysctls:
            machine.set("ipv4/" + name, value)
        nodad = ["nodad"] if self.scenario.ipv6 else []
        _run("ip", "-n", machine.name, "addr", "add", own, "peer", other, "dev", DEVICE, *nodad)
        _run("ip", "-n", machine.name, "link", "set", "lo", "up")
        _run("ip", "-n", machine.name, "link", "set", DEVICE, "up", "txqueuelen", "10000")
        if self.scenario.ipv6:
            _run("ip", "-n", machine.name, "route", "replace", other, "dev", DEVICE)

    def dropped(self) -> int:
        """Packets that a kernel could not hand to the link: the truth does not know them."""
        total = 0
        for machine in (self.client, self.server):
            text = machine.call(lambda: Path("/proc/thread-self/net/dev").read_text())
            for line in text.splitlines():
                name, _, numbers = line.partition(":")
                if name.strip() == DEVICE:
                    total += int(numbers.split()[3]) + int(numbers.split()[11])
        return total

    def _stop(self) -> str:
        told = ""
        if self._process is not None:
            try:
                _, told = self._process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.communicate()
        for machine in self._machines:
            machine.remove()
        return told

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        told = self._stop()
        if value is None and "refused" in told:
            raise Failure(told.strip())
