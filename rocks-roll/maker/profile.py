# SPDX-License-Identifier: BSD-3-Clause
"""The roll's profile: node and graph files with the roll's name in them, and the description of the roll."""
from __future__ import annotations

import pathlib
import re

from maker.rpm_build import Package
from maker.settings import ROLL_DIRECTORY, RollError, Settings


def node_text(settings: Settings, have: set[str]) -> str:
    """Names only what is on the disk: a frontend's yum stops or warns at others."""
    text = (ROLL_DIRECTORY / "nodes" / f"{settings.name}.xml").read_text(encoding="utf-8")
    named = set(re.findall(r"<package>([^<]+)</package>", text))
    unnamed = have - named
    if unnamed:
        raise RollError(f"nodes/{settings.name}.xml does not install {', '.join(sorted(unnamed))}")
    lines = (line for line in text.splitlines(keepends=True)
             if not (match := re.search(r"<package>([^<]+)</package>", line)) or match[1] in have)
    return re.sub(r"^<kickstart", f'<kickstart roll="{settings.name}"', "".join(lines), flags=re.MULTILINE)


def graph_text(settings: Settings) -> str:
    text = (ROLL_DIRECTORY / "graphs" / "default" / f"{settings.name}.xml").read_text(encoding="utf-8")
    return text.replace("<graph>", f'<graph roll="{settings.name}">')


def roll_text(settings: Settings) -> str:
    return f"""<roll name="{settings.name}" interface="4.0">
	<timestamp time="{settings.utc('%H:%M:%S')}" date="{settings.utc('%B %d %Y')}" tz="UTC"/>
	<color edge="{settings.color}" node="{settings.color}"/>
	<info version="{settings.version}" release="{settings.release}" arch="x86_64" os="linux"/>
	<iso maxsize="{settings.iso_megabytes}" bootable="0" mkisofs=""/>
	<rpm rolls="0" bin="1" src="0"/>
	<author name="root" host="localhost"/>
</roll>
"""


def stage(settings: Settings, have: set[str], to: pathlib.Path) -> None:
    root = to / "export" / "profile"
    (root / "nodes").mkdir(parents=True)
    (root / "graphs" / "default").mkdir(parents=True)
    (root / "nodes" / f"{settings.name}.xml").write_text(node_text(settings, have), encoding="utf-8")
    (root / "graphs" / "default" / f"{settings.name}.xml").write_text(graph_text(settings), encoding="utf-8")
    (root / f"roll-{settings.name}.xml").write_text(roll_text(settings), encoding="utf-8")


def package(settings: Settings) -> Package:
    return Package(f"roll-{settings.name}-kickstart", settings.version, settings.release, "noarch",
                   f"XML files for the {settings.name} roll", prefix="/export/profile",
                   shared=("/export/profile/nodes", "/export/profile/graphs/default"))
