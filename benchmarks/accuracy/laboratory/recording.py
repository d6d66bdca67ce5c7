# SPDX-License-Identifier: BSD-3-Clause
"""Runs a scenario: a folder with its captures, truth.csv, counters.csv, kernel.json and scenario.json."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from .network import Failure, Network
from .scenario import Scenario
from .traffic import Traffic


def record(scenario: Scenario, link: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Network(scenario, link, folder) as network:
        traffic = Traffic(network)
        traffic.run()
        if network.dropped() > 0:
            raise Failure(f"{scenario.name}: a kernel could not hand packets to the link")
    kernel = [{"connection": w.number, "end": w.end, "port": w.port, "last": w.samples[-1] if w.samples else {},
               "samples": w.samples[::5]} for w in traffic.watchers] + traffic.told
    (folder / "kernel.json").write_text(json.dumps(kernel) + "\n")
    scenario.save(folder / "scenario.json")
