# SPDX-License-Identifier: BSD-3-Clause
"""The tree of package tstat, /opt/tstat, out of what `cmake --install` made."""
from __future__ import annotations

import os
import pathlib
import re
import shutil

from maker.rpm_build import Package
from maker.settings import REPOSITORY, ROLL_DIRECTORY, RollError, Settings, clean_environment, run

PREFIX = "opt/tstat"
# Tstat's own; the others in packaging/etc are those of services.
CONFIGURATION = ("DNS_config.txt", "avgipg.conf", "ether.internal", "globals.conf", "histo.conf", "net.all", "net.private",
                 "pktsize.conf", "rrd.conf", "runtime.conf", "tstat.conf")
PROGRAMS = ("tstat", "tstat-ship", "tstat-decrypt", "tstat-rrd-merge", "tstat-batch", "tstat-view")
FOLDERS = (("share/doc/tstat", "doc"), ("share/doc/tstat-cgi/examples", "doc/web-servers"),
           ("share/doc/libtstat-dev/examples", "doc/examples/programs"), ("share/man", "share/man"),
           ("share/bash-completion", "share/bash-completion"), ("share/tstat", "share/tstat"), ("include", "include"),
           ("lib/cgi-bin", "lib/cgi-bin"))


def installed_tree(settings: Settings, work: pathlib.Path) -> pathlib.Path:
    """The folder that becomes /opt/tstat: that of the portable build, or of this system's release build."""
    if settings.portable:
        given = pathlib.Path(settings.portable).absolute()
        for tree in (given / PREFIX, given):
            if (tree / "bin" / "tstat").is_file():
                return tree
        raise RollError(f"PORTABLE={settings.portable}: there is no bin/tstat in it")
    if not settings.native:
        raise RollError("which tstat? PORTABLE=DIR is what packaging/portable installs (for CentOS 6 and 7), NATIVE=1 the build in "
                        "build/release, for this system only")
    if not (settings.build / "cmake_install.cmake").is_file():
        raise RollError(f"{settings.build} is no build: cmake --preset release && cmake --build --preset release")
    environment = clean_environment(work, settings.epoch)
    environment["DESTDIR"] = str(work / "native")
    run(["cmake", "--install", str(settings.build), "--prefix", f"/{PREFIX}", "--strip"], "installing the release build", environment)
    return work / "native" / PREFIX


def find_one(tree: pathlib.Path, name: str) -> pathlib.Path:
    found = sorted(p for p in (tree / "lib").rglob(name) if not p.is_symlink())
    if len(found) != 1:
        raise RollError(f"{tree}/lib: {len(found)} files {name}, not one")
    return found[0]


def put_libraries(settings: Settings, tree: pathlib.Path, to: pathlib.Path) -> None:
    """The shared library straight below lib, whatever this system calls its libraries' directory; without the static one and
    CMake's files, which are for compilers that the targets lack."""
    library = find_one(tree, "libtstat.so.0.*")
    expected = "libtstat.so.0." + ".".join(settings.version.split(".")[:2])
    if library.name != expected:
        raise RollError(f"{library} is of another version than this roll: {expected}")
    (to / "lib" / "pkgconfig").mkdir(parents=True)
    shutil.copyfile(library, to / "lib" / library.name)
    (to / "lib" / library.name).chmod(0o755)
    os.symlink(library.name, to / "lib" / "libtstat.so.0")
    os.symlink("libtstat.so.0", to / "lib" / "libtstat.so")
    text = find_one(tree, "libtstat.pc").read_text(encoding="utf-8")
    text = re.sub(r"^prefix=.*$", "prefix=${pcfiledir}/../..", text, flags=re.MULTILINE)
    text = re.sub(r"^libdir=.*$", "libdir=${prefix}/lib", text, flags=re.MULTILINE)
    (to / "lib" / "pkgconfig" / "libtstat.pc").write_text(text, encoding="utf-8")


def leave_out(prefix: pathlib.Path, programs: tuple[str, ...]) -> None:
    """What needs a Python that the targets lack, and pages of programs that are not there."""
    for folder in ("doc/examples/programs/python", "share/tstat/python"):
        shutil.rmtree(prefix / folder, ignore_errors=True)
    for page in (prefix / "share" / "man" / "man1").glob("*.1"):
        if page.stem not in (*programs, "tstat_rrd.cgi"):
            page.unlink()
    for completion in (prefix / "share" / "bash-completion" / "completions").glob("*"):
        if completion.name not in programs:
            completion.unlink()


def with_own_paths(text: str) -> str:
    """What is written for the prefix /usr names the files where they are here."""
    text = re.sub(r"(?<![\w/])/etc/tstat/([\w.-]+)",
                  lambda m: f"/opt/tstat/{'tstat-conf' if m[1] in CONFIGURATION else 'etc/tstat'}/{m[1]}", text)
    return text.replace("/usr/share/doc/tstat/", "/opt/tstat/doc/")


def put_configuration(to: pathlib.Path) -> None:
    """Tstat's eleven files in tstat-conf, those of services in etc/tstat."""
    source = REPOSITORY / "packaging"
    (to / "tstat-conf").mkdir(parents=True)
    (to / "etc" / "tstat").mkdir(parents=True)
    for path in sorted((source / "etc").iterdir()) + [source / "viewer" / "rrd-cgi.conf"] + sorted((source / "ship").glob("*.ini")):
        folder = "tstat-conf" if path.name in CONFIGURATION else "etc/tstat" if path.suffix == ".conf" else "doc/examples"
        (to / folder).mkdir(parents=True, exist_ok=True)
        (to / folder / path.name).write_text(with_own_paths(path.read_text(encoding="utf-8")), encoding="utf-8")
    missing = [name for name in CONFIGURATION if not (to / "tstat-conf" / name).is_file()]
    if missing:
        raise RollError(f"packaging/etc lacks {', '.join(missing)}")


def stage_prefix(settings: Settings, prefix: pathlib.Path, work: pathlib.Path, programs: tuple[str, ...] = PROGRAMS) -> None:
    tree = installed_tree(settings, work)
    for name in programs:
        if (tree / "bin" / name).is_file():
            (prefix / "bin").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / "bin" / name, prefix / "bin" / name)
            (prefix / "bin" / name).chmod(0o755)
        elif name in ("tstat", "tstat-ship", "tstat-decrypt"):
            raise RollError(f"{tree}/bin lacks {name}")
    put_libraries(settings, tree, prefix)
    for source, target in FOLDERS:
        if (tree / source).is_dir():
            # The users guide is a package of its own.
            shutil.copytree(tree / source, prefix / target, ignore=shutil.ignore_patterns("guide"), symlinks=True, dirs_exist_ok=True)
        elif source != "lib/cgi-bin":
            raise RollError(f"{tree} lacks {source}")
    leave_out(prefix, programs)
    put_configuration(prefix)
    if not (prefix / "lib" / "cgi-bin" / "tstat_rrd.cgi").is_file():
        (prefix / "bin" / "tstat-view").unlink(missing_ok=True)
    shutil.copytree(ROLL_DIRECTORY / "src" / "tstat" / "examples", prefix / "doc" / "examples", dirs_exist_ok=True)


def stage(settings: Settings, to: pathlib.Path, work: pathlib.Path) -> None:
    stage_prefix(settings, to / PREFIX, work)
    own = ROLL_DIRECTORY / "src" / "tstat"
    for name, target in (("known-services", f"{PREFIX}/libexec/known-services"),
                         ("init-service", f"{PREFIX}/libexec/init-service"),
                         ("tstat.init", "etc/rc.d/init.d/tstat"),
                         ("tstat-ship.init", "etc/rc.d/init.d/tstat-ship"), ("tstat.service", "usr/lib/systemd/system/tstat.service"),
                         ("tstat-ship.service", "usr/lib/systemd/system/tstat-ship.service"),
                         ("ld.conf", "etc/ld.so.conf.d/tstat.conf")):
        (to / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(own / name, to / target)
        (to / target).chmod(0o644 if name.endswith((".service", ".conf")) else 0o755)


def package(settings: Settings, variables: dict[str, str]) -> Package:
    own = ROLL_DIRECTORY / "src" / "tstat"
    return Package(variables["NAME"], settings.version, settings.release, variables["ARCH"], variables["SUMMARY"], requirements=True,
                   shared=("/opt", "/etc/rc.d/init.d", "/etc/ld.so.conf.d", "/usr/lib/systemd/system"),
                   configuration=(f"/{PREFIX}/tstat-conf/", f"/{PREFIX}/etc/tstat/"),
                   scripts={name: (own / f"{name}.sh").read_text(encoding="utf-8") for name in ("post", "preun", "postun")})
