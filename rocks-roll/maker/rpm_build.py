# SPDX-License-Identifier: BSD-3-Clause
"""One RPM from a tree of files. The same tree gives the same bytes: times, host and payload are set, not found."""
from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shutil
import stat

from maker.settings import RollError, Settings, clean_environment, plain_directory, run

# What rpm 4.8 of CentOS 6 can read: gzip, SHA-256 of files. The rest keeps rpmbuild from changing or adding files.
MACROS = """\
%define _binary_payload w9.gzdio
%define _binary_filedigest_algorithm 8
%define __os_install_post %{nil}
%define debug_package %{nil}
%define _build_id_links none
%define _buildhost roll
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define source_date_epoch_from_changelog 0
"""
# Commands of scripts are what every system has, and no user of a library needs pkg-config.
NOT_REQUIRED = r"^(/usr/bin/env|/bin/bash|/usr/bin/bash|/usr/bin/pkg-config|/usr/bin/perl|/usr/bin/python.*|pkgconfig.*|perl.*)$"
ALLOWED_NAME = re.compile(r"[A-Za-z0-9._+@,=/~ ()-]+")


@dataclasses.dataclass
class Package:
    name: str
    version: str
    release: str
    arch: str
    summary: str
    license: str = "BSD-3-Clause"
    prefix: str = ""
    # Directories of others, which this package fills but does not own.
    shared: tuple[str, ...] = ()
    # Below these an administrator's changes stay.
    configuration: tuple[str, ...] = ()
    requirements: bool = False  # found in its programs
    relations: tuple[str, ...] = ()  # further ones, "Recommends: NAME"
    scripts: dict[str, str] = dataclasses.field(default_factory=dict)  # "post": text

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"


def settle(tree: pathlib.Path, epoch: int) -> None:
    """Modes and times as they are installed: 0644, 0755 for what runs, the time of the sources."""
    for folder, folders, files in os.walk(tree, topdown=False):
        for name in files + folders:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISDIR(mode):
                os.chmod(path, 0o755)
            elif stat.S_ISREG(mode):
                os.chmod(path, 0o755 if mode & 0o100 else 0o644)
            elif not stat.S_ISLNK(mode):
                raise RollError(f"{path}: neither a file nor a directory nor a link")
            os.utime(path, (epoch, epoch), follow_symlinks=False)
    os.chmod(tree, 0o755)


def list_files(tree: pathlib.Path, package: Package) -> list[str]:
    lines = []
    for folder, folders, files in os.walk(tree):
        folders.sort()
        inside = "/" + os.path.relpath(folder, tree) if folder != str(tree) else ""
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in [n for n in folders if n not in links]:
            path = f"{inside}/{name}"
            if not any(s == path or s.startswith(path + "/") for s in package.shared):
                lines.append(f'%dir "{path}"')
        for name in sorted(files + links):
            path = f"{inside}/{name}"
            if not ALLOWED_NAME.fullmatch(path):
                raise RollError(f"{package.name}: no package can have a file named {path!r}")
            mark = "%config(noreplace) " if path.startswith(package.configuration or ("\0",)) else ""
            lines.append(f'{mark}"{path}"')
    return lines


def spec_text(package: Package, tree: str, files: list[str]) -> str:
    head = [f"Name: {package.name}", f"Version: {package.version}", f"Release: {package.release}", f"Summary: {package.summary}",
            f"License: {package.license}", "Vendor: The tstat authors", "Group: System Environment/Base"]
    if package.arch == "noarch":
        head.append("BuildArch: noarch")
    if package.prefix:
        head.append(f"Prefix: {package.prefix}")
    if package.requirements:
        head.append(f"%global __requires_exclude {NOT_REQUIRED}")
    else:
        head.append("AutoReqProv: no")
    head += package.relations
    scripts = "".join(f"%{name}\n{text.rstrip()}\n\n" for name, text in package.scripts.items())
    return (MACROS + "\n".join(head) + f"\n\n%description\n{package.summary}.\n\n%install\nmkdir -p %{{buildroot}}\n"
            f"cp -a {tree}/. %{{buildroot}}/\n\n{scripts}%files\n%defattr(-,root,root,-)\n" + "\n".join(files) + "\n")


def build(settings: Settings, package: Package, tree: pathlib.Path, folder: pathlib.Path | None = None) -> pathlib.Path:
    """Builds in a directory of its own, whose name rpmbuild can take; the result appears whole or not at all, in RPMS/ARCH unless
    another folder is given."""
    settle(tree, settings.epoch)
    with plain_directory() as work:
        for name in ("tree", "tmp", "rpmbuild"):
            (work / name).mkdir()
        shutil.copytree(tree, work / "tree", symlinks=True, dirs_exist_ok=True)
        settle(work / "tree", settings.epoch)
        spec = work / f"{package.name}.spec"
        spec.write_text(spec_text(package, str(work / "tree"), list_files(work / "tree", package)), encoding="utf-8")
        run(["rpmbuild", "-bb", "--quiet", "--target", package.arch, "--define", f"_topdir {work}/rpmbuild", "--define",
             f"_tmppath {work}/tmp", str(spec)], f"package {package.name}", clean_environment(work, settings.epoch), work)
        return publish(settings, work / "rpmbuild" / "RPMS" / package.arch / package.file, folder)


def publish(settings: Settings, made: pathlib.Path, folder: pathlib.Path | None = None) -> pathlib.Path:
    """Puts a package into its folder, readable by everybody."""
    folder = folder or settings.out / "RPMS" / made.name.rsplit(".", 2)[1]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / made.name
    part = folder / f".{made.name}.part"
    try:
        shutil.copyfile(made, part)
        part.chmod(0o644)
        os.utime(part, (settings.epoch, settings.epoch))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
