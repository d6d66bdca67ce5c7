# SPDX-License-Identifier: BSD-3-Clause
"""A scenario is data: what the link does, what is sent, and how the kernels are set."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HOPS = ("client", "server")
DIRECTIONS = ("to_server", "to_client")


@dataclass(frozen=True)
class Scenario:
    name: str
    #: What its table row is about: scenarios of one family are summed up together.
    family: str
    seed: int
    #: Lines of the link's options, without the seed.
    link: tuple[str, ...]
    #: One of traffic.KINDS.
    traffic: str = "download"
    #: Bytes of payload in all.
    size: int = 400_000
    #: Requests, chunks or connections.
    count: int = 1
    congestion: str = "cubic"
    ipv6: bool = False
    #: The kernels leave cutting segments to the device.
    offload: bool = False
    #: Of both ends, below net.ipv4.
    sysctls: tuple[tuple[str, str], ...] = ()

    def options(self) -> str:
        """The link's options."""
        return "".join(f"{line}\n" for line in (f"seed {self.seed}", *self.link))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Scenario:
        told: dict[str, Any] = json.loads(path.read_text())
        told["link"] = tuple(told["link"])
        told["sysctls"] = tuple((str(name), str(value)) for name, value in told["sysctls"])
        return cls(**told)
