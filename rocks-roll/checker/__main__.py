# SPDX-License-Identifier: BSD-3-Clause
"""The check of a disk: `make check`, or python3 -m checker [OPTION]... ISO

  --allow PACKAGE   one that the node files name and that other rolls have
  --attr NAME=VALUE an attribute of the hosts (default: tstat=true for compute)
  --glibc VERSION   the newest that the target has, in place of 2.12 and 2.17
  --script FILE     where the script goes that `rocks run roll` would print on the last host that is looked at
"""
from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys

from checker.profile import generate
from checker.roll import GLIBC, RollCheck, Taken


class Findings:
    def __init__(self) -> None:
        self.all: list[tuple[str, str, str]] = []

    def add(self, level: str, rule: str, text: str) -> None:
        if (level, rule, text) not in self.all:
            self.all.append((level, rule, text))

    @property
    def errors(self) -> int:
        return sum(level == "ERROR" for level, _, _ in self.all)


def host_glibc() -> str:
    return os.confstr("CS_GNU_LIBC_VERSION").removeprefix("glibc ")  # type: ignore[union-attr]


def check_host(taken: Taken, release: str, appliance: str, more: dict[str, str], allowed: list[str], findings: Findings) -> str:
    """The script for one host; its packages are named when they are not on the disk."""
    generator = generate(taken.build, taken.name, release, appliance, more, findings.add)
    if generator is None:
        return ""
    files = {name: file for file, (name, _) in taken.packages.items()}
    if generator.chosen.nodes == 0:
        findings.add("ERROR", "R5.6", f"no node that {appliance} reaches is of roll '{taken.name}': the script does nothing")
    for name in generator.chosen.packages:
        if name not in files and name not in allowed and not name.startswith("@"):
            findings.add("ERROR", "R6.1", f"package '{name}' is named by a node and is not on the disk")
    for name in sorted(files):
        if name not in generator.chosen.packages and not name.endswith("-kickstart"):
            findings.add("WARN", "R6.2", f"package '{name}' is on the disk, and no node that {appliance} reaches installs it")
    script = generator.script(files)
    if subprocess.run(["sh", "-n"], input=script.encode(), capture_output=True, check=False).returncode != 0:
        findings.add("ERROR", "R6.3", f"the script for {appliance} of release {release} is not one of sh")
    return script


def check(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("iso")
    parser.add_argument("--allow", action="append", default=[])
    parser.add_argument("--attr", action="append", default=[])
    parser.add_argument("--glibc")
    parser.add_argument("--script")
    parser.add_argument("--release", choices=("6", "7"), action="append")
    parser.add_argument("--appliance", action="append")
    options = parser.parse_args(arguments)
    findings, path = Findings(), pathlib.Path(options.iso)
    if not path.is_file():
        print(f"ERROR R1.1 {path}: no such file (make check takes NATIVE, RELEASE and OUT as make roll does; ISO=FILE: another disk)")
        return 1
    if path.suffix != ".iso":
        print(f"ERROR R1.1 {path}: its name does not end in .iso: a frontend goes on without it")
        return 1
    wanted = options.glibc or os.environ.get("GLIBC") or ("host" if os.environ.get("NATIVE", "0") not in ("", "0") else "")
    glibc = {r: host_glibc() if wanted == "host" else wanted for r in GLIBC} if wanted else GLIBC
    taken = RollCheck(path.read_bytes(), findings.add, glibc).take()
    if taken:
        more = dict(a.split("=", 1) for a in options.attr)
        for release in options.release or ("6", "7"):
            for appliance in options.appliance or ("compute", "server"):
                host = more or ({} if appliance == "server" else {"tstat": "true"})
                script = check_host(taken, release, appliance, host, options.allow, findings)
                if options.script:
                    pathlib.Path(options.script).write_text(script, encoding="utf-8")
    for finding in findings.all:
        print(*finding)
    verdict = "refused" if findings.errors else "good"
    print(f"{path.name}: {verdict}: {findings.errors} errors, {len(findings.all) - findings.errors} warnings")
    return 1 if findings.errors else 0


if __name__ == "__main__":
    sys.exit(check(sys.argv[1:]))
