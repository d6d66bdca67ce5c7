# SPDX-License-Identifier: BSD-3-Clause
"""What others made, as files that the builder has: found by name, taken only when their sums are right."""
from __future__ import annotations

import dataclasses
import enum
import hashlib
import os
import pathlib
import re
import shutil
import urllib.error
import urllib.request

from maker.settings import RollError, Settings, read_text, say, warn

BLOCK = 1 << 20
LARGEST = 512 << 20  # of a download, and of a file that is none of the table and looked into
TIMEOUT_S = 60


class Verdict(enum.Enum):
    RIGHT = "right"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "no sum of it is known"


@dataclasses.dataclass(frozen=True)
class Payload:
    file: str
    package: str  # directory below src
    sha1: str  # "" is not known
    sha256: str
    origin: str


@dataclasses.dataclass(frozen=True)
class Result:
    payload: Payload
    verdict: Verdict
    message: str = ""


def read_table(path: pathlib.Path) -> list[Payload]:
    table: list[Payload] = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 5:
            raise RollError(f"{path}:{number}: five columns with tabs between them, not {len(cells)}")
        file, package, sha1, sha256, origin = (cell.strip() for cell in cells)
        if "/" in file or not file or file in (p.file for p in table):
            raise RollError(f"{path}:{number}: '{file}' is no name of a file, or stands there twice")
        for digits, text in ((40, sha1), (64, sha256)):
            if text != "-" and not re.fullmatch(rf"[0-9a-f]{{{digits}}}", text):
                raise RollError(f"{path}:{number}: '{text}': {digits} hexadecimal digits, or -")
        table.append(Payload(file, package, sha1.strip("-"), sha256.strip("-"), origin))
    return table


def read_sums(folder: pathlib.Path) -> dict[str, str]:
    """Sums that the builder vouches for: SHA256SUMS, as sha256sum writes it."""
    sums: dict[str, str] = {}
    path = folder / "SHA256SUMS"
    if not path.is_file():
        return sums
    for number, line in enumerate(read_text(path).splitlines(), 1):
        match = re.fullmatch(r"([0-9a-f]{64}) [ *](?:\./)?(.+)", line)
        if not match:
            raise RollError(f"{path}:{number}: not a line of sha256sum")
        if sums.setdefault(match[2], match[1]) != match[1]:
            raise RollError(f"{path}:{number}: another sum of {match[2]} stands above")
    return sums


def sums_of(path: pathlib.Path) -> tuple[str, str]:
    sha1, sha256 = hashlib.sha1(), hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            sha1.update(block)
            sha256.update(block)
    return sha1.hexdigest(), sha256.hexdigest()


def verify(path: pathlib.Path, payload: Payload, vouched: str) -> Result:
    if not path.is_file():
        return Result(payload, Verdict.MISSING, "is no file" if path.exists() or path.is_symlink() else "")
    try:
        sha1, sha256 = sums_of(path)
    except OSError as error:
        return Result(payload, Verdict.WRONG, f"cannot be read: {error.strerror}")
    for name, expected, found in (("SHA-1", payload.sha1, sha1), ("SHA-256", payload.sha256, sha256),
                                  ("SHA-256 of SHA256SUMS", vouched, sha256)):
        if expected and expected != found:
            return Result(payload, Verdict.WRONG, f"{name} {found}, not {expected}")
    if not (payload.sha1 or payload.sha256 or vouched):
        return Result(payload, Verdict.UNKNOWN, f"if it is what you trust, add to SHA256SUMS beside it: {sha256}  {payload.file}")
    return Result(payload, Verdict.RIGHT)


def name_strangers(folder: pathlib.Path, table: list[Payload]) -> list[str]:
    """Files beside the payloads that are none of them: doubled ones most of all."""
    known = {p.file for p in table} | {"SHA256SUMS"}
    by_sum = {p.sha1: p for p in table if p.sha1} | {p.sha256: p for p in table if p.sha256}
    found = []
    for path in sorted(folder.iterdir()):
        if path.name in known or not path.is_file():
            continue
        sums = sums_of(path) if path.stat().st_size <= LARGEST and os.access(path, os.R_OK) else ()
        same = next((by_sum[s] for s in sums if s in by_sum), None)
        if same and (folder / same.file).exists():
            found.append(f"{path.name!r} is {same.file} once more: not used")
        elif same:
            found.append(f"{path.name!r} is {same.file} under another name: rename it")
        else:
            found.append(f"{path.name!r} is no payload of the table: not used")
    return found


def version_key(file: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|[a-zA-Z]+", file)]


def drop_older(right: list[Payload]) -> tuple[list[Payload], list[str]]:
    """Of several files of one RPM package a disk can have one: the newest."""
    best: dict[str, Payload] = {}
    told: list[str] = []
    for payload in right:
        name = re.sub(r"-[^-]+-[^-]+$", "", payload.file) if payload.file.endswith(".rpm") else payload.file
        other = best.get(name)
        if other:
            older, newer = sorted((other, payload), key=lambda p: version_key(p.file))
            told.append(f"{older.file} and {newer.file} are both {name}: {newer.file} is taken, {older.file} left out")
            best[name] = newer
        else:
            best[name] = payload
    return list(best.values()), told


def examine(settings: Settings) -> list[Result]:
    table = read_table(settings.payload_table)
    if not settings.payloads.is_dir():
        return [Result(p, Verdict.MISSING) for p in table]
    sums = read_sums(settings.payloads)
    return [verify(settings.payloads / p.file, p, sums.get(p.file, "")) for p in table]


def collect(settings: Settings) -> dict[str, list[pathlib.Path]]:
    """Copies of the right ones, by package; what is not right is named and left out."""
    results = examine(settings)
    sources = settings.out / "SOURCES"
    shutil.rmtree(sources, ignore_errors=True)
    sources.mkdir(parents=True)
    wrong = [f"{r.payload.file}: {r.verdict.value}: {r.message}: left out" if r.verdict != Verdict.MISSING else
             f"{r.payload.file}: {r.message}: left out" for r in results if r.message]
    if settings.payloads.is_dir():
        wrong += name_strangers(settings.payloads, read_table(settings.payload_table))
    elif settings.payloads != pathlib.Path("payloads").absolute():
        wrong.append(f"PAYLOADS={settings.payloads}: no directory, so there are none")
    for text in wrong:
        warn(text)
    if wrong and settings.strict:
        raise RollError("payloads are not as they should be, and STRICT=1 was given")
    right, told = drop_older([r.payload for r in results if r.verdict == Verdict.RIGHT])
    for text in told:
        warn(text)
    missing = [r.payload.file for r in results if r.verdict == Verdict.MISSING and not r.message]
    say(f"payloads: {len(right)} taken from {settings.payloads}" if right else "payloads: none")
    if missing and right:
        say("payloads that are not there: " + ", ".join(missing))
    taken: dict[str, list[pathlib.Path]] = {}
    for payload in right:
        copy = sources / payload.file
        shutil.copyfile(settings.payloads / payload.file, copy)
        taken.setdefault(payload.package, []).append(copy)
        result = verify(copy, payload, read_sums(settings.payloads).get(payload.file, ""))
        if result.verdict != Verdict.RIGHT:
            raise RollError(f"{payload.file} changed while it was copied")
    return taken


def report(settings: Settings) -> bool:
    """Says of each what it is; whether none is wrong."""
    good = True
    for result in examine(settings):
        good = good and (result.verdict in (Verdict.RIGHT, Verdict.MISSING) and not result.message)
        say(f"{result.payload.file}: {result.verdict.value}" + (f": {result.message}" if result.message else ""))
    if settings.payloads.is_dir():
        for text in name_strangers(settings.payloads, read_table(settings.payload_table)):
            warn(text)
    return good


def take_from(settings: Settings, folder: pathlib.Path) -> bool:
    """Copies the payloads of a folder to where `make roll` looks."""
    if not folder.is_dir():
        raise RollError(f"{folder} is no directory")
    table, sums, good = read_table(settings.payload_table), read_sums(folder), True
    settings.payloads.mkdir(parents=True, exist_ok=True)
    for payload in table:
        result = verify(folder / payload.file, payload, sums.get(payload.file, ""))
        if result.verdict == Verdict.MISSING and not result.message:
            continue
        if result.verdict == Verdict.RIGHT:
            shutil.copyfile(folder / payload.file, settings.payloads / payload.file)
        good = good and result.verdict == Verdict.RIGHT
        say(f"{payload.file}: {result.verdict.value}" + (f": {result.message}" if result.message else ""))
    kept = read_sums(settings.payloads) | {p.file: sums[p.file] for p in table if p.file in sums}
    if kept:
        (settings.payloads / "SHA256SUMS").write_text("".join(f"{s}  {f}\n" for f, s in sorted(kept.items())), encoding="utf-8")
    return good


def download(settings: Settings) -> bool:
    """Fetches what is not there; a file stays only when its sum is right, or when nobody knows it."""
    settings.payloads.mkdir(parents=True, exist_ok=True)
    sums, good = read_sums(settings.payloads), True
    for payload in read_table(settings.payload_table):
        target = settings.payloads / payload.file
        if target.exists():
            say(f"{payload.file}: there")
            continue
        part = target.with_name(target.name + ".part")
        try:
            with urllib.request.urlopen(payload.origin, timeout=TIMEOUT_S) as answer, part.open("wb") as file:
                length = 0
                while block := answer.read(BLOCK):
                    length += len(block)
                    if length > LARGEST:
                        raise RollError(f"more than {LARGEST} bytes")
                    file.write(block)
            result = verify(part, payload, sums.get(payload.file, ""))
            if result.verdict == Verdict.WRONG:
                raise RollError(result.message)
            part.replace(target)
            say(f"{payload.file}: " + (result.message or "fetched"))
        except (OSError, urllib.error.URLError, RollError) as error:
            good = False
            warn(f"{payload.file}: {payload.origin}: {error}")
        finally:
            part.unlink(missing_ok=True)
    return good
