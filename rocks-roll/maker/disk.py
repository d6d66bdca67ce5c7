# SPDX-License-Identifier: BSD-3-Clause
"""The disk: the packages of RPMS in the tree that a frontend copies, as an ISO image."""
from __future__ import annotations

import os
import pathlib
import shutil

from maker import profile
from maker.rpm_build import settle
from maker.settings import RollError, Settings, clean_environment, run, warn


def choose(settings: Settings) -> list[pathlib.Path]:
    """Of each name and architecture the newest file: then a disk has it once."""
    from checker.rpm_file import RpmError, RpmFile
    best: dict[tuple[str, str], tuple[tuple[float, int], pathlib.Path]] = {}
    for path in sorted((settings.out / "RPMS").glob("*/*.rpm")):
        try:
            rpm = RpmFile(path.read_bytes())
        except RpmError as error:
            raise RollError(f"{path}: {error}") from None
        if path.name != f"{rpm.full_name}.rpm":
            raise RollError(f"{path}: its header says {rpm.full_name}")
        key, age = (rpm.name, path.name.rsplit(".", 2)[1]), (path.stat().st_mtime, rpm.build_time)
        if key in best:
            older, newer = sorted((best[key], (age, path)))
            warn(f"{newer[1].name} is taken, {older[1].name} left out")
            best[key] = newer
        else:
            best[key] = age, path
    return sorted((path for _, path in best.values()), key=lambda p: p.name)


def lay_out(settings: Settings, rpms: list[pathlib.Path]) -> pathlib.Path:
    top = settings.out / "disk1"
    shutil.rmtree(top, ignore_errors=True)
    place = top / settings.name / settings.version / "x86_64"
    (place / "RedHat" / "RPMS").mkdir(parents=True)
    (place / "SRPMS").mkdir()
    for path in rpms:
        shutil.copyfile(path, place / "RedHat" / "RPMS" / path.name)
    (place / f"roll-{settings.name}.xml").write_text(profile.roll_text(settings), encoding="utf-8")
    (top / ".discinfo").write_text(f"{settings.epoch}.000000\n{settings.name}\nx86_64\n1\n", encoding="utf-8")
    settle(top, settings.epoch)
    os.utime(top, (settings.epoch, settings.epoch))
    return top


def make(settings: Settings) -> pathlib.Path:
    rpms = choose(settings)
    if not any(p.name.startswith(f"{settings.name}-") for p in rpms):
        raise RollError(f"{settings.out}/RPMS has no package {settings.name}: make roll builds it")
    size = sum(p.stat().st_size for p in rpms)
    if settings.iso_megabytes and size > settings.iso_megabytes << 20:
        raise RollError(f"packages of {size >> 20} MB do not fit on one disk of {settings.iso_megabytes} MB (ISOSIZE in version.mk)")
    top = lay_out(settings, rpms)
    part = settings.iso.with_name(f".{settings.iso.name}.part")
    stamp = settings.utc("%Y%m%d%H%M%S") + "00"
    try:
        part.unlink(missing_ok=True)
        # Every time of the image is that of the sources, and so is its number.
        run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-uid", "0", "-gid", "0", f"--modification-date={stamp}", "-V",
             f"{settings.name} disk1", "-o", str(part), str(top)], "the disk", clean_environment(settings.out, settings.epoch))
        part.replace(settings.iso)
        # With RPMS, what `rocks create roll roll-tstat.xml` takes on a Rocks host.
        (settings.out / f"roll-{settings.name}.xml").write_text(profile.roll_text(settings), encoding="utf-8")
    finally:
        part.unlink(missing_ok=True)
        shutil.rmtree(top, ignore_errors=True)
    return settings.iso
