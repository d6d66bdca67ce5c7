# SPDX-License-Identifier: BSD-3-Clause
"""What a build was asked for: the variables of the Makefile, which come as environment."""
from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

ROLL_DIRECTORY = pathlib.Path(__file__).resolve().parent.parent
REPOSITORY = ROLL_DIRECTORY.parent
LAST_SECOND = 0xFFFFFFFF  # times of a package have 32 bits
SITE_PACKAGES = "/opt/python/lib/python2.7/site-packages"


class RollError(Exception):
    """A message for who builds the roll."""


def say(text: str) -> None:
    print(text, flush=True)


def warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr, flush=True)


def read_text(path: pathlib.Path) -> str:
    """Of a file that somebody gave."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RollError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RollError(f"{path}: no text (UTF-8)") from None


def number(name: str, text: str, largest: int, what: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > largest:
        raise RollError(f"{name} '{text}': a number of {what}, up to {largest}")
    return int(text)


def read_variables(path: pathlib.Path) -> dict[str, str]:
    """NAME = value lines of a version.mk."""
    lines = (re.match(r"(\w+)\s*[:?]?=\s*(.*?)\s*$", line) for line in path.read_text(encoding="utf-8").splitlines())
    return {match[1]: match[2] for match in lines if match}


def default_epoch() -> int:
    """The time of the sources: that of the last commit, so that the same sources give the same disk."""
    done = subprocess.run(["git", "-C", str(REPOSITORY), "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False)
    if done.returncode == 0 and done.stdout.strip().isdigit():
        return int(done.stdout)
    return int((REPOSITORY / "CHANGELOG.md").stat().st_mtime)


def target_of_host() -> str:
    """Of this machine, as a part of a release: "debian12"."""
    try:
        text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return "native"
    values: dict[str, str] = dict(re.findall(r'^(ID|VERSION_ID)="?([A-Za-z0-9.]+)"?$', text, re.MULTILINE))
    return (values.get("ID", "native") + values.get("VERSION_ID", "")).replace("-", "_")


@dataclasses.dataclass
class Settings:
    name: str
    version: str
    release: str
    color: str
    iso_megabytes: int
    out: pathlib.Path
    payloads: pathlib.Path
    payload_table: pathlib.Path
    native: bool
    portable: str
    build: pathlib.Path
    guide: str
    pdf: bool
    strict: bool
    jq_cc: str
    epoch: int

    @staticmethod
    def from_environment(environment: dict[str, str]) -> "Settings":
        def get(name: str, default: str = "") -> str:
            return environment.get(name, "") or default

        own = read_variables(ROLL_DIRECTORY / "version.mk")
        version = get("VERSION")
        if not re.fullmatch(r"\d+(\.\d+)+", version):
            raise RollError(f"version '{version}': it is read from libtstat/include/tstat/version.h")
        native = get("NATIVE", "0") not in ("0", "no")
        release = get("RELEASE", own["RELEASE"])
        if native and release == own["RELEASE"]:
            release = f"{release}.{target_of_host()}"  # of this system only, and says so
        if not re.fullmatch(r"[A-Za-z0-9._+]+", release):
            raise RollError(f"RELEASE '{release}': letters, digits, dots")
        epoch = get("SOURCE_DATE_EPOCH") or str(default_epoch())
        name, color = get("ROLLNAME", own["ROLLNAME"]), get("COLOR", own["COLOR"])
        if not (ROLL_DIRECTORY / "nodes" / f"{name}.xml").is_file() or "/" in name:
            raise RollError(f"ROLLNAME '{name}': there is no nodes/{name}.xml")
        if not re.fullmatch(r"#?[A-Za-z0-9]+", color):
            raise RollError(f"COLOR '{color}': a name, as palegreen, or #rrggbb")
        return Settings(
            name=name, version=version, release=release, color=color,
            iso_megabytes=number("ISOSIZE", get("ISOSIZE", own["ISOSIZE"]), 1 << 20, "megabytes"), out=pathlib.Path(get("OUT", ".")).absolute(),
            payloads=pathlib.Path(get("PAYLOADS", "payloads")).absolute(),
            payload_table=pathlib.Path(get("PAYLOAD_TABLE", "payloads.tsv")).absolute(), native=native,
            portable=get("PORTABLE"), build=pathlib.Path(get("RELEASE_BUILD", str(REPOSITORY / "build" / "release"))),
            guide=get("GUIDE"), pdf=get("PDF", "1") not in ("0", "no"), strict=get("STRICT", "0") not in ("0", "no"),
            jq_cc=get("JQ_CC"), epoch=number("SOURCE_DATE_EPOCH", epoch, LAST_SECOND, "seconds"))

    @property
    def iso(self) -> pathlib.Path:
        return self.out / f"{self.name}-{self.version}-{self.release}.x86_64.disk1.iso"

    def utc(self, form: str) -> str:
        return time.strftime(form, time.gmtime(self.epoch))


def run(command: list[str], what: str, environment: dict[str, str] | None = None, directory: pathlib.Path | None = None) -> None:
    """Runs a program; when it fails, the error says what for and what it printed last."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              env=environment, cwd=directory, check=False)
    except FileNotFoundError:
        raise RollError(f"{what}: {command[0]} is not installed (./bootstrap.sh installs it)") from None
    if done.returncode != 0:
        last = "\n".join(done.stdout.decode("utf-8", "replace").splitlines()[-12:])
        raise RollError(f"{what}: {command[0]} failed ({done.returncode})\n{last}")


@contextlib.contextmanager
def plain_directory() -> Iterator[pathlib.Path]:
    """A directory for a while, whose path has nothing in it that rpmbuild or make would take apart."""
    place = tempfile.gettempdir()
    path = pathlib.Path(tempfile.mkdtemp(prefix="roll-", dir=place if re.fullmatch(r"[\w./-]+", place) else "/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def clean_environment(home: pathlib.Path, epoch: int) -> dict[str, str]:
    """Without what the builder's own settings would change in the result."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C", "TZ": "UTC",
            "SOURCE_DATE_EPOCH": str(epoch)}
