# SPDX-License-Identifier: BSD-3-Clause
"""A disk as a frontend takes it: what it copies, which packages it sees, what of the profile is unpacked where."""
from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET

from checker.elf import needed_versions
from checker.iso9660 import Entry, Iso, IsoError
from checker.profile import Report
from checker.rpm_file import RpmError, RpmFile

ARCHITECTURES = {"x86_64", "ia32e", "athlon", "i686", "i586", "i486", "i386", "src", "noarch"}
RPMLIB = {"CompressedFileNames", "PayloadFilesHavePrefix", "FileDigests", "VersionedDependencies", "PartialHardlinkSets",
          "ScriptletInterpreterArgs", "BuiltinLuaScripts", "PayloadIsBzip2", "PayloadIsLzma", "PayloadIsXz", "FileCaps",
          "ConcurrentAccess", "ExplicitPackageProvide", "HeaderLoadSortsTags"}
RPMLIB_OF_7 = {"ScriptletExpansion", "TildeInVersions"}
COMPRESSORS = ("gzip", "xz", "bzip2", "lzma")
GLIBC = {"6": "2.12", "7": "2.17"}
OTHER_ATTRIBUTES = (("info", "release"), ("iso", "maxsize"), ("iso", "bootable"), ("iso", "mkisofs"), ("rpm", "rolls"), ("rpm", "bin"),
                    ("rpm", "src"), ("color", "edge"), ("color", "node"))


@dataclasses.dataclass
class Taken:
    name: str
    packages: dict[str, tuple[str, RpmFile]]  # by their file names: the name that a frontend gives them, the file
    build: dict[str, str]  # what the profiles unpack to


class RollCheck:
    def __init__(self, data: bytes, report: Report, glibc: dict[str, str]) -> None:
        self.report, self.glibc = report, glibc
        self.iso: Iso | None = None
        try:
            self.iso = Iso(data)
        except IsoError as error:
            report("ERROR", "R1.2", str(error))

    def take(self) -> Taken | None:
        if self.iso is None:
            return None
        if not self.iso.rock_ridge:
            self.report("ERROR", "R1.2", "no Rock Ridge: long names are lost when the disk is mounted")
        if self.iso.bootable:
            self.report("WARN", "R1.3", "a boot record on a disk that is not to be booted")
        roll = self._description()
        if roll is None:
            return None
        name, version, arch = roll
        self._discinfo(name, arch)
        place = f"{name}/{version}/{arch}"
        if name not in self.iso.entries or not self.iso.entries[name].is_directory:
            self.report("ERROR", "R2.1", f"no directory /{name}, where the copy starts")
            return None
        if place not in self.iso.entries or f"{place}/RedHat/RPMS" not in self.iso.entries:
            self.report("ERROR", "R2.2", f"no directory /{place}/RedHat/RPMS, though the description says version {version}, {arch}")
            return None
        strangers = sorted({p.split("/")[0] for p in self.iso.entries} - {name, ".discinfo", "TRANS.TBL"})
        if strangers:
            self.report("WARN", "R2.4", f"not copied: {', '.join(strangers)}")
        packages = self._packages(f"{place}/RedHat/RPMS/", name)
        return Taken(name, packages, self._profile(packages, name))

    def _description(self) -> tuple[str, str, str] | None:
        assert self.iso is not None
        found: dict[str, tuple[str, str, str]] = {}
        for path, entry in sorted(self.iso.entries.items()):
            if entry.is_directory or entry.is_link or not re.fullmatch(r"roll-.*\.xml", path.rsplit("/", 1)[-1]):
                continue
            try:
                last = {e.tag: e.attrib for e in ET.fromstring(self.iso.read(entry).decode("utf-8", "replace")).iter()}
            except ET.ParseError as error:
                self.report("ERROR", "R1.5", f"{path}: {error}")
                continue
            name, info = last.get("roll", {}).get("name", ""), last.get("info", {})
            if not name or not info.get("version") or not info.get("arch"):
                self.report("ERROR", "R1.5", f"{path}: roll name, version and architecture are needed")
                continue
            if info.get("os", "linux") != "linux" or info["arch"] != "x86_64":
                self.report("ERROR", "R1.5", f"{path}: for {info.get('os', 'linux')}, {info['arch']}")
            missing = [f"{e} {a}" for e, a in OTHER_ATTRIBUTES if a not in last.get(e, {})]
            if missing:
                self.report("WARN", "R1.6", f"{path} lacks {', '.join(missing)}")
            found[name] = name, info["version"], info["arch"]
        if not found:
            self.report("ERROR", "R1.4", "no roll-*.xml: it is taken for a disk of the operating system")
            return None
        if len(found) > 1:
            self.report("ERROR", "R1.4", f"descriptions of several rolls: {', '.join(sorted(found))}")
        return found.get("tstat") or next(iter(found.values()))

    def _discinfo(self, name: str, arch: str) -> None:
        assert self.iso is not None
        entry = self.iso.entries.get(".discinfo")
        lines = self.iso.read(entry).decode("utf-8", "replace").splitlines() if entry else []
        if len(lines) != 4 or lines[1:] != [name, arch, "1"] or not re.fullmatch(r"\d+(\.\d+)?", lines[0]):
            self.report("WARN", "R1.7", ".discinfo is not: time, name, architecture, number of the disk")

    def _packages(self, place: str, roll: str) -> dict[str, tuple[str, RpmFile]]:
        assert self.iso is not None
        packages: dict[str, tuple[str, RpmFile]] = {}
        seen: dict[str, str] = {}
        for path, entry in sorted(self.iso.entries.items()):
            if not path.startswith(f"{roll}/") or entry.is_directory:
                continue
            if entry.mode >= 0 and not entry.mode & 0o004:
                self.report("ERROR", "R2.3", f"/{path}: mode {entry.mode:04o}: the web server cannot serve it")
            if path.startswith(place) and path.endswith(".rpm"):
                file = path.removeprefix(place)
                rpm = self._package(file, entry)
                if rpm is None:
                    continue
                stem = file.removesuffix(".rpm")
                name, key = stem.rsplit("-", 2)[0], stem.rsplit("-", 2)[0] + "-" + stem.rsplit(".", 1)[-1]
                if key in seen:
                    self.report("WARN", "R3.1", f"{file} and {seen[key]}: only the newer one counts")
                seen[key] = file
                packages[file] = name, rpm
        return packages

    def _package(self, file: str, entry: Entry) -> RpmFile | None:
        assert self.iso is not None
        if not re.fullmatch(r".+-[^-]+-[^-]+\.[a-z0-9_]+\.rpm", file):
            self.report("ERROR", "R4.1", f"{file}: not name-version-release.arch.rpm")
        try:
            rpm = RpmFile(self.iso.read(entry))
        except RpmError as error:
            self.report("ERROR", "R4.3", f"{file}: {error}")
            return None
        if f"{rpm.full_name}.rpm" != file:
            self.report("ERROR", "R4.1", f"{file}: its header says {rpm.full_name}")
        if rpm.full_name.rsplit(".", 1)[-1] not in ARCHITECTURES:
            self.report("ERROR", "R4.2", f"{file}: another architecture")
        if rpm.compressor not in COMPRESSORS:
            self.report("ERROR", "R4.4", f"{file}: payload {rpm.compressor}: rpm of CentOS 6 and 7 cannot unpack it")
            return rpm
        for need in rpm.requirements:
            match = re.fullmatch(r"rpmlib\((\w+)\)", need)
            if need.startswith("(") or " if " in need:
                self.report("ERROR", "R4.4", f"{file}: rich requirement {need}")
            elif match and match[1] not in RPMLIB | RPMLIB_OF_7:
                self.report("ERROR", "R4.4", f"{file}: needs {need}, which rpm of CentOS does not know")
            elif match and match[1] in RPMLIB_OF_7:
                self.report("WARN", "R4.4", f"{file}: needs {need}, which only rpm of release 7 knows")
        self._symbols(file, rpm)
        return rpm

    def _symbols(self, file: str, rpm: RpmFile) -> None:
        """In the programs themselves: what a header says could be left out."""
        newest = max(tuple(map(int, v.split("."))) for v in self.glibc.values())
        try:
            files = list(rpm.files())
        except (RpmError, ValueError) as error:
            self.report("ERROR", "R4.3", f"{file}: {error}")
            return
        for packed in files:
            versions = [v.removeprefix("GLIBC_") for v in needed_versions(packed.data) if re.fullmatch(r"GLIBC_[\d.]+", v)]
            needed = max((tuple(map(int, v.split("."))) for v in versions), default=(0,))
            if needed > newest:
                self.report("ERROR", "R4.5", f"{file}: {packed.path} needs glibc {'.'.join(map(str, needed))}")
                continue
            for release, limit in self.glibc.items():
                if needed > tuple(map(int, limit.split("."))):
                    version = ".".join(map(str, needed))
                    self.report("WARN", "R4.5", f"{file}: {packed.path} needs glibc {version}: not for release {release}")

    def _profile(self, packages: dict[str, tuple[str, RpmFile]], roll: str) -> dict[str, str]:
        build: dict[str, str] = {}
        own = [(f, r) for f, (name, r) in packages.items() if re.fullmatch(r"roll-.+-kickstart", name)]
        if f"roll-{roll}-kickstart" not in {name for name, _ in packages.values()}:
            self.report("ERROR", "R3.2", f"no package roll-{roll}-kickstart: nothing of a profile")
        for file, rpm in own:
            prefix = rpm.prefixes[0] if rpm.prefixes else ""
            if not prefix:
                self.report("ERROR", "R3.2", f"{file}: not relocatable: it is unpacked where nobody looks")
            try:
                files = list(rpm.files())
            except (RpmError, ValueError) as error:
                self.report("ERROR", "R3.2", f"{file}: {error}: and unpacking fails without a word")
                continue
            for packed in files:
                if packed.mode & 0o170000 == 0o100000:
                    inside = packed.path.removeprefix(prefix).lstrip("/")
                    build[inside] = packed.data.decode("utf-8", "replace")
        return build
