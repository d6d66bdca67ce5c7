#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Do the unit tests notice when a line of the library is wrong? Puts small faults (mutants) into a copy of the sources,
all compiled at once and each switched on by TSTAT_MUTANT=N, and runs the unit tests with one at a time.

usage: mutate.py [--seed 1] [--count 200] [--folders tcp,l7] [--file tcp/rate] [--work build/mutation] [--list]

A mutant is killed when a test fails, crashes or hangs; the folder's own tests come first. Those that cannot be noticed
stand in equivalent.txt, with the reason. The exit status is 1 when fewer than 80 % of the others are killed. What
survives is listed by file and line: a test is missing there, or the code is not needed. Who killed the others stands in
build/mutation/killers.txt.
"""
import argparse, concurrent.futures, os, pathlib, re, subprocess, sys, tempfile, time

from mutated_tree import FOLDERS, MutatedTree, in_random_order

ROOT = pathlib.Path(__file__).resolve().parents[2]
EQUIVALENT = pathlib.Path(__file__).parent / "equivalent.txt"
WANTED = 80  # per cent
# Programs whose tests see a fault of a folder, the nearest first; the others follow.
PROGRAMS = ["flow", "tcp", "udp", "rtp", "names", "l7", "schema", "pipeline", "histogram", "output", "cli"]
NEAR = {"flow": ["flow", "pipeline"], "tcp": ["tcp", "pipeline", "schema"], "l7": ["l7", "rtp", "tcp", "pipeline"],
        "pipeline": ["pipeline", "flow"], "schema": ["schema", "output"]}


def read_equivalent(path):
    """Reason for each mutant's name."""
    reasons = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.rpartition(" | ")
            if not reason.strip() or name.count(" | ") < 2:
                raise SystemExit(f"{path}: not 'file | change | line | reason': {line}")
            reasons[name.strip()] = reason.strip()
    return reasons


class Tests:
    def __init__(self, folder):
        self.folder = folder
        self.seconds = {}

    def run(self, program, mutant=None):
        """The test that failed, or None."""
        environment = {k: v for k, v in os.environ.items() if k != "TSTAT_MUTANT"}
        if mutant is not None:
            environment["TSTAT_MUTANT"] = str(mutant)
        limit = 600 if mutant is None else 10 * self.seconds[program] + 10
        with tempfile.TemporaryDirectory(prefix="tstat-mutant-") as folder:
            environment["TMPDIR"] = environment["TEST_TMPDIR"] = folder
            try:
                done = subprocess.run([self.folder / f"{program}_test", "--gtest_fail_fast", "--gtest_brief=1"], cwd=folder,
                                      env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
            except subprocess.TimeoutExpired:
                return f"{program}: hangs"
        if done.returncode == 0:
            return None
        failed = re.search(rb"\[  FAILED  \] ([\w./]+)", done.stdout)
        return f"{program}.{failed[1].decode()}" if failed else f"{program}: status {done.returncode}"

    def check_unchanged(self):
        for program in PROGRAMS:
            began = time.monotonic()
            failure = self.run(program)
            if failure:
                raise SystemExit(f"without a mutant, {failure} fails")
            self.seconds[program] = time.monotonic() - began

    def killer(self, number, mutant):
        near = NEAR[mutant.file.split("/")[0]]
        for program in near + [p for p in sorted(PROGRAMS, key=self.seconds.get) if p not in near]:
            failure = self.run(program, number)
            if failure:
                return failure
        return None


def report(mutants, killers, reasons, show=print):
    """Shows what survived, folder by folder, and the shares; whether enough were killed."""
    folders = {}
    for number, mutant in sorted(mutants.items(), key=lambda item: (item[1].file, item[1].site.line, item[0])):
        row = folders.setdefault(mutant.file.split("/")[0], {"killed": 0, "survived": 0, "equivalent": 0})
        if killers[number]:
            row["killed"] += 1
            if mutant.name in reasons:
                show(f"NOT EQUIVALENT {mutant.name}: {killers[number]} notices it")
        elif mutant.name in reasons:
            row["equivalent"] += 1
        else:
            row["survived"] += 1
            show(f"survived: libtstat/{mutant.file}:{mutant.site.line}: {mutant.site.what}: {mutant.code}")
    total = {k: sum(row[k] for row in folders.values()) for k in ("killed", "survived", "equivalent")}
    for folder, row in [*folders.items(), ("all", total)]:
        share = 100 * row["killed"] / max(1, row["killed"] + row["survived"])
        show(f"{folder:9} {row['killed']:4} killed {row['survived']:4} survived {row['equivalent']:4} equivalent"
             f"   {share:5.1f} %")
    enough = total["killed"] * 100 >= WANTED * (total["killed"] + total["survived"])
    if not enough:
        show(f"FAILED: fewer than {WANTED} % of the mutants that can be noticed were")
    return enough


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--folders", default=",".join(FOLDERS))
    parser.add_argument("--file", default="", help="only of files with this in their names")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/mutation")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true", help="show the choice, and do nothing")
    a = parser.parse_args()
    began = time.monotonic()
    candidates = in_random_order(ROOT, a.folders.split(","), a.seed, a.file)
    if a.list:
        for m in candidates[:a.count]:
            print(f"libtstat/{m.file}:{m.site.line}: {m.name.split(' | ', 1)[1]}")
        return 0
    reasons = read_equivalent(EQUIVALENT)
    known = {m.name for m in candidates}
    for name in [n for n in reasons if n not in known and n.split("/")[0] in a.folders.split(",") and a.file in n]:
        print(f"NOT THERE ANY MORE {name} (equivalent.txt)")
    a.work.mkdir(parents=True, exist_ok=True)
    tree = MutatedTree(ROOT, a.work.resolve(), [f"{p}_test" for p in PROGRAMS], a.jobs)
    tree.copy()
    mutants = tree.build_with(candidates, a.count)
    print(f"{len(mutants)} mutants built after {time.monotonic() - began:.0f} s", flush=True)
    tests = Tests(tree.build / "tests")
    tests.check_unchanged()
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        killers = dict(zip(mutants, pool.map(lambda item: tests.killer(*item), mutants.items())))
    (a.work / "killers.txt").write_text("".join(f"{m.file}:{m.site.line}: {m.site.what}: {killers[n]}\n"
                                                for n, m in mutants.items()))
    enough = report(mutants, killers, reasons)
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
