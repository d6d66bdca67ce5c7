#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Installs the library, compiles a client of libtstat.h against it as the original's users do, and compares what it prints
and what files it leaves with what the original library answered.

usage: lib_check.py --shared DIR --build DIR [--source DIR] [--only CONFIG/TRACE] [--cc CC]

DIR/golden/lib holds the client and, in out/CONFIG-dDIRECTION[-newSECONDS]/TRACE, its output (times, rates and figures of
the hash search masked), the names of the files with their numbers of lines, and the logs that have rows. Exit status 77
(skipped for ctest) without it.
"""
import argparse, collections, os, pathlib, re, shutil, subprocess, sys, tempfile

SKIPPED = 77

# What each configuration has in its file. CONFIGS is the folder of configuration files.
CONFIGURATIONS = {
    "plain": "-s out\n",
    "nets": "-N CONFIGS/nets.conf -s out -S\n",
    "full": "-N CONFIGS/nets.conf -T CONFIGS/full.conf -sout\n",
    "tracename": "",
    "histo": "-L -H CONFIGS/all.histo -N CONFIGS/nets.conf -s out\n",
}
MASKS = [
    (r"^(total iteration spent in the hash search routine : ).*$", r"\1X"),
    (r"^(average TCP search length) ?: .*$", r"\1 : X"),
    (r"^(elapsed wallclock time: ).*$", r"\1X"),
    (r"^\d+( (?:pkts|flows)/sec analyzed)$", r"X\1"),
]
# How many samples they have depends on the machine.
UNSTABLE = re.compile(r"/profile_(cpu|trash)$")


def masked(text):
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def listing(work):
    """Files below `work` with their numbers of lines; what is not of the library is left out."""
    found = {}
    for path in sorted(work.rglob("*")):
        if path.is_file() and path.parent != work:
            found[str(path.relative_to(work))] = path.read_bytes().count(b"\n")
    return found


def expected_listing(path):
    return {name: int(lines) for name, lines in (line.rsplit("\t", 1) for line in path.read_text().splitlines())}


def rows(path):
    return collections.Counter(path.read_bytes().splitlines())


class Client:
    """The client program, linked as documented, against an installed tree."""

    def __init__(self, source, build, prefix, cc):
        subprocess.run(["cmake", "--install", str(build), "--prefix", str(prefix)], check=True, stdout=subprocess.DEVNULL)
        header = prefix / "include" / "libtstat.h"
        library = next(prefix.rglob("libtstat.so")).parent
        self.program = prefix / "client"
        subprocess.run([cc, str(source), "-o", str(self.program), f"-I{header.parent}", f"-L{library}", "-ltstat", "-lpcap",
                        "-lpthread", "-lm", f"-Wl,--rpath,{library}"], check=True)
        needed = subprocess.run(["readelf", "-dW", str(self.program)], capture_output=True, text=True, check=True).stdout
        if "[libtstat.so.0]" not in needed:
            raise SystemExit(f"the client does not need libtstat.so.0:\n{needed}")
        # And with pkg-config, which knows the rest.
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libtstat"], capture_output=True, text=True, check=True,
                               env={**os.environ, "PKG_CONFIG_PATH": str(library / "pkgconfig")}).stdout.split()
        subprocess.run([cc, str(source), "-o", str(prefix / "client2"), *flags, "-lpcap"], check=True)

    def run(self, work, trace, configuration, direction, seconds):
        (work / "conf").write_text(configuration)
        shutil.copyfile(trace, work / "t.pcap")
        done = subprocess.run([str(self.program), "t.pcap", "conf", direction, *seconds], cwd=work, capture_output=True,
                              text=True, env={**os.environ, "TZ": "UTC"})
        return done


def compare(client, shared, case, work):
    """Lines that say what differs, and the numbers of compared files and rows."""
    golden = shared / "golden"
    config, direction, *new = case.parent.name.split("-")
    trace = golden / "traces" / (case.name + ".pcap")
    configuration = CONFIGURATIONS[config].replace("CONFIGS", str(golden / "configs"))
    done = client.run(work, trace, configuration, direction[1:], [n[3:] for n in new])
    differences = []
    if done.returncode != 0:
        differences.append(f"exit status {done.returncode}: {done.stderr}")
    if masked(done.stdout) != (case / "stdout").read_text():
        (work / "stdout").write_text(masked(done.stdout))
        shown = subprocess.run(["diff", str(case / "stdout"), str(work / "stdout")], capture_output=True, text=True).stdout
        differences.append("stdout:\n" + "\n".join(shown.splitlines()[:20]))
    expected, found = expected_listing(case / "files"), listing(work)
    for name in sorted({*expected, *found}):
        if name == "stdout" or UNSTABLE.search(name):
            continue
        if expected.get(name) != found.get(name):
            differences.append(f"{name}: {found.get(name)} lines, not {expected.get(name)}")
    same = total = 0
    for log in sorted((case / "out").rglob("*")) if (case / "out").exists() else []:
        if not log.is_file():
            continue
        wanted = rows(log)
        got = rows(work / log.relative_to(case)) if (work / log.relative_to(case)).exists() else collections.Counter()
        total += sum(wanted.values())
        same += sum((wanted & got).values())
        if wanted != got:
            lost = list((wanted - got).elements())[:1]
            differences.append(f"{log.relative_to(case)}: {sum((wanted - got).values())} rows differ: {lost}")
    return differences, len(expected), same, total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--cc", default="cc")
    # Rows that the original takes from memory that is not of the packet.
    parser.add_argument("--known", action="append", default=[], help="CONFIG-dDIRECTION/TRACE that may differ")
    a = parser.parse_args()
    golden = a.shared / "golden" / "lib"
    if not (golden / "client.c").exists():
        if os.environ.get("TSTAT_REQUIRE_GOLDEN") == "1" or a.shared.is_dir():
            print(f"NOT RUN, and that must not pass: no {golden}")
            return 1
        print(f"skipped: no {golden} (set TSTAT_SHARED_DIR)")
        return SKIPPED
    cases = [c for c in sorted(golden.glob("out/*/*")) if a.only in f"{c.parent.name}/{c.name}"]
    with tempfile.TemporaryDirectory(prefix="tstat-lib-") as folder:
        folder = pathlib.Path(folder)
        client = Client(golden / "client.c", a.build, folder / "prefix", a.cc)
        different, files, same_rows, all_rows = [], 0, 0, 0
        for case in cases:
            name = f"{case.parent.name}/{case.name}"
            work = folder / name
            work.mkdir(parents=True)
            differences, compared, same, total = compare(client, a.shared, case, work)
            files, same_rows, all_rows = files + compared, same_rows + same, all_rows + total
            if differences:
                different.append(name)
                print(f"== {name}", *differences, sep="\n")
            shutil.rmtree(work)
    print(f"{len(cases) - len(different)} of {len(cases)} runs are the same; {files} files, lines of logs: {same_rows} of "
          f"{all_rows}")
    if not cases or sorted(different) != sorted(a.known):
        print(f"different: {different}; known: {a.known}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
