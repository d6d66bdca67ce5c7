# SPDX-License-Identifier: BSD-3-Clause
"""The trees of the packages that are made of payloads: FDT, jq, Python modules; and packages that stay as they are."""
from __future__ import annotations

import contextlib
import gzip
import lzma
import os
import pathlib
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from maker.rpm_build import Package, publish
from maker.settings import ROLL_DIRECTORY, SITE_PACKAGES, RollError, Settings, clean_environment, plain_directory, run

LARGEST_FILE = 64 << 20


def described(variables: dict[str, str], shared: tuple[str, ...]) -> Package:
    return Package(variables["NAME"], variables["VERSION"], variables["RELEASE"], variables["ARCH"], variables["SUMMARY"],
                   variables["LICENSE"], shared=shared)


def stage_fdt(jar: pathlib.Path, to: pathlib.Path) -> None:
    (to / "opt/fdt/bin").mkdir(parents=True)
    (to / "opt/fdt/lib").mkdir()
    shutil.copyfile(jar, to / "opt/fdt/lib/fdt.jar")
    for name in ("fdt-server.sh", "fdt-client.sh"):
        shutil.copyfile(ROLL_DIRECTORY / "src" / "fdt" / name, to / "opt/fdt/bin" / name)
        (to / "opt/fdt/bin" / name).chmod(0o755)


@contextlib.contextmanager
def reading(archive: pathlib.Path) -> Iterator[None]:
    """What a damaged or odd archive makes Python's modules raise is a message."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError, RuntimeError, ValueError,
            OverflowError) as error:
        raise RollError(f"{archive.name}: not an archive: {error}") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise RollError(f"{archive.name}: it has one name for a file and a directory") from None


def read_archive(archive: pathlib.Path) -> dict[str, bytes]:
    """Regular files by their path below the archive's one folder. Nothing is unpacked by paths of the archive's own."""
    files: dict[str, bytes] = {}

    def add(name: str, data: bytes) -> None:
        parts = pathlib.PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts:
            raise RollError(f"{archive.name}: a path that leads out of it: {name!r}")
        if len(parts) > 1:
            files["/".join(parts[1:])] = data

    with reading(archive):
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as packed:
                for info in packed.infolist():
                    if not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16) and info.file_size <= LARGEST_FILE:
                        add(info.filename, packed.read(info))
            return files
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and member.size <= LARGEST_FILE:
                    stream = tar.extractfile(member)
                    add(member.name, stream.read() if stream else b"")
    return files


def stage_python(archive: pathlib.Path, variables: dict[str, str], to: pathlib.Path) -> None:
    """The module's files and an egg-info beside them; nothing of the archive runs."""
    files = read_archive(archive)
    module = variables["MODULE"]
    own = {name: data for name, data in files.items() if name == module or name.startswith(module + "/")}
    if not own:
        raise RollError(f"{archive.name}: there is no {module} in it")
    site = to / SITE_PACKAGES.lstrip("/")
    with reading(archive):
        for name, data in own.items():
            if name.endswith((".pyc", ".pyo")):
                continue
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(data)
    distribution, version = variables["DISTRIBUTION"], variables["VERSION"]
    egg = site / f"{distribution.replace('-', '_')}-{version}-py2.7.egg-info"
    egg.mkdir()
    plain = (f"Metadata-Version: 1.0\nName: {distribution}\nVersion: {version}\nSummary: {variables['SUMMARY']}\n"
             f"License: {variables['LICENSE']}\n")
    (egg / "PKG-INFO").write_bytes(files.get("PKG-INFO", plain.encode()))
    (egg / "top_level.txt").write_text(module.removesuffix(".py") + "\n", encoding="utf-8")
    if variables.get("REQUIRES"):
        (egg / "requires.txt").write_text("\n".join(variables["REQUIRES"].split()) + "\n", encoding="utf-8")
    if module == "chardet":
        command = to / "opt/python/bin/chardetect"
        command.parent.mkdir(parents=True)
        command.write_text("#!/opt/python/bin/python2.7\nimport sys\nfrom chardet.cli.chardetect import main\nsys.exit(main())\n",
                           encoding="utf-8")
        command.chmod(0o755)


def unpack(archive: pathlib.Path, to: pathlib.Path) -> None:
    """The regular files of a tar archive, with their times: what was generated stays newer than what it is made from."""
    with reading(archive):
        with tarfile.open(archive) as tar:
            for member in tar:
                parts = pathlib.PurePosixPath(member.name).parts
                if member.name.startswith("/") or ".." in parts:
                    raise RollError(f"{archive.name}: a path that leads out of it: {member.name!r}")
                if not member.isfile() or len(parts) < 2:
                    continue
                path = to.joinpath(*parts[1:])
                path.parent.mkdir(parents=True, exist_ok=True)
                stream = tar.extractfile(member)
                path.write_bytes(stream.read() if stream else b"")
                path.chmod(0o755 if member.mode & 0o100 else 0o644)
                os.utime(path, (member.mtime, member.mtime))


def check_glibc(tree: pathlib.Path) -> None:
    """A roll for CentOS 6 and 7 has no program that does not run on either."""
    from checker.elf import needed_versions
    from checker.roll import GLIBC
    newest = max(release_of(v) for v in GLIBC.values())
    for path in sorted(p for p in tree.rglob("*") if p.is_file() and not p.is_symlink()):
        needed = max((release_of(v[6:]) for v in needed_versions(path.read_bytes()) if re.fullmatch(r"GLIBC_[\d.]+", v)), default=(0,))
        if needed > newest:
            raise RollError(f"{path.name} needs glibc {'.'.join(map(str, needed))}, which CentOS 7 lacks. JQ_CC=COMMAND is another compiler, as "
                            "that of the portable build, ~/.cache/tstat-portable/bin/cc")


def release_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def stage_jq(settings: Settings, archive: pathlib.Path, to: pathlib.Path) -> None:
    """Compiled: the archive's own configure and make run, without the builder's settings."""
    with plain_directory() as work:
        source, installed = work / "source", work / "installed"
        source.mkdir()
        unpack(archive, source)
        environment = clean_environment(work, settings.epoch)
        if settings.jq_cc:
            environment["CC"] = settings.jq_cc
        run(["./configure", "--prefix=/opt/tstat", "--disable-maintainer-mode", "--without-oniguruma"], "jq", environment, source)
        run(["make"], "jq", environment, source)
        run(["make", f"DESTDIR={installed}", "install"], "jq", environment, source)
        if not (installed / "opt/tstat/bin/jq").is_file():
            raise RollError("jq: its installation has no /opt/tstat/bin/jq")
        if not settings.native:
            check_glibc(installed)
        shutil.copytree(installed, to, symlinks=True, dirs_exist_ok=True)


def rpm_names(path: pathlib.Path) -> str:
    """name-version-release.arch of the header, read by our own reader."""
    from checker.rpm_file import RpmError, RpmFile
    try:
        return RpmFile(path.read_bytes()).full_name
    except RpmError as error:
        raise RollError(f"{path.name}: {error}") from None


def take_rpms(settings: Settings, sources: list[pathlib.Path]) -> None:
    for path in sources:
        if not re.fullmatch(r"[^-].*-[^-]+-[^-]+\.(x86_64|noarch)\.rpm", path.name) or f"{rpm_names(path)}.rpm" != path.name:
            raise RollError(f"{path.name}: its header says {rpm_names(path)}")
        publish(settings, path)
