# SPDX-License-Identifier: BSD-3-Clause
"""A copy of the tree in which mutants stand, and the unit tests built from it."""
import collections, pathlib, random, re, shutil, subprocess
from dataclasses import dataclass

from cpp_sites import Source

FOLDERS = ["flow", "tcp", "l7", "pipeline", "schema"]


@dataclass(frozen=True)
class Mutant:
    file: str  # below libtstat/
    site: object
    code: str  # the line

    @property
    def name(self):
        return f"{self.file} | {self.site.what} | {self.code}"


def kind_of(site):
    """What a reader would call the change; each kind has its share of a choice."""
    if site.what in ("negated", "removed"):
        return site.what
    if site.region.kind == "constant":
        return "table"
    return "number" if re.match(r"'[\d.]", site.what) else "operator"


def all_mutants(root, folders):
    """(folder, kind) -> its mutants."""
    groups = collections.defaultdict(list)
    for folder in folders:
        for path in sorted((root / "libtstat" / folder).rglob("*.cc")):
            text = path.read_text()
            lines = text.split("\n")
            for site in Source(text).sites:
                file = str(path.relative_to(root / "libtstat"))
                groups[folder, kind_of(site)].append(Mutant(file, site, lines[site.line - 1].strip()))
    return groups


def in_random_order(root, folders, seed, only=""):
    """All mutants, so that any first part of them has about the same number of each folder and kind."""
    chance, queues = random.Random(seed), []
    groups = all_mutants(root, folders)
    for key in sorted(groups):
        chance.shuffle(groups[key])
    for folder in folders:
        mine = [groups[key] for key in sorted(groups) if key[0] == folder]
        longest = max((len(g) for g in mine), default=0)
        queues.append([g[i] for i in range(longest) for g in mine if i < len(g)])
    longest = max((len(q) for q in queues), default=0)
    return [q[i] for i in range(longest) for q in queues if i < len(q) and only in q[i].file]


class MutatedTree:
    def __init__(self, root, work, programs, jobs):
        self.root, self.source, self.build = root, work / "source", work / "build"
        self.programs, self.jobs = programs, jobs
        self.log = work / "build.log"

    def copy(self):
        """Brings the copy up to date; what did not change keeps its time."""
        listed = subprocess.run(["git", "ls-files", "-zco", "--exclude-standard"], cwd=self.root, check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        names = {n for n in listed.split("\0") if n and (self.root / n).is_file()}
        for name in names:
            if not self._may_have_mutants(name):
                self._write(name, (self.root / name).read_bytes())
        for path in self.source.rglob("*"):
            if path.is_file() and str(path.relative_to(self.source)) not in names:
                path.unlink()

    def _may_have_mutants(self, name):
        """put() writes these."""
        part = pathlib.PurePath(name).parts
        return len(part) > 2 and part[0] == "libtstat" and part[1] in FOLDERS and name.endswith(".cc")

    def _write(self, name, content):
        path = self.source / name
        if path.exists() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        shutil.copymode(self.root / name, path)

    def put(self, mutants):
        """Writes the sources with `mutants`: a Mutant for each number."""
        by_file = collections.defaultdict(dict)
        for number, mutant in mutants.items():
            by_file[mutant.file][number] = mutant.site
        for folder in FOLDERS:
            for path in (self.root / "libtstat" / folder).rglob("*.cc"):
                file = str(path.relative_to(self.root / "libtstat"))
                text = path.read_text()
                if file in by_file:
                    text = Source(text).with_mutants(by_file[file])
                    # In the place of the first line, a comment: lines keep their numbers.
                    text = f'#include "{self.source}/tests/mutation/mutant.h"\n' + text.split("\n", 1)[1]
                self._write(f"libtstat/{file}", text.encode())

    def make(self):
        """Builds; what the compiler says when it fails, else None."""
        if not (self.build / "build.ninja").exists():
            # Narrowing: what was a constant is none any more.
            flags = "-O1 -w -Wno-narrowing"
            command = ["cmake", "-G", "Ninja", "-S", self.source, "-B", self.build, "-DCMAKE_BUILD_TYPE=Release",
                       f"-DCMAKE_CXX_FLAGS_RELEASE={flags}", "-DTSTAT_PRECOMPILED_HEADERS=ON",
                       "-DTSTAT_HARDENING=OFF", "-DTSTAT_BUILD_EXAMPLES=OFF", "-DTSTAT_BUILD_TESTS=ON"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with self.log.open("w") as log:
            done = subprocess.run(["ninja", "-k", "0", "-j", str(self.jobs), "-C", self.build, *self.programs], stdout=log, stderr=log)
        return None if done.returncode == 0 else self.log.read_text()

    def rejected(self, mutants, messages):
        """Numbers of the mutants that the compiler does not take. An error elsewhere in a file is the fault of a
        constant that stopped being one."""
        numbers, where = set(), collections.defaultdict(set)
        # Whole paths, or relative ones (ccache with a base directory).
        for file, line in re.findall(rf"^\S*{re.escape(self.source.name)}/libtstat/(\S+?):(\d+):\d+: error:", messages,
                                     re.MULTILINE):
            where[file].add(int(line))
        for file, lines in where.items():
            mine = {n: m for n, m in mutants.items() if m.file == file}
            for line in lines:
                here = {n for n, m in mine.items() if self._covers(m, line)}
                constants = {n for n, m in mine.items() if m.site.region.kind == "constant"}
                numbers |= here or constants or set(mine)
        return numbers

    def _covers(self, mutant, line):
        text = (self.root / "libtstat" / mutant.file).read_text()
        region = mutant.site.region
        return text.count("\n", 0, region.begin) + 1 <= line <= text.count("\n", 0, region.end) + 1

    def build_with(self, candidates, count):
        """The first `count` of `candidates` that compile, by number, built."""
        queue, number = list(candidates), 0
        mutants = {}
        while True:
            while len(mutants) < count and queue:
                mutants[number] = queue.pop(0)
                number += 1
            self.put(mutants)
            messages = self.make()
            if messages is None:
                return mutants
            bad = self.rejected(mutants, messages)
            if not bad:
                raise RuntimeError(f"the copy does not build: {self.log}")
            for n in bad:
                del mutants[n]
