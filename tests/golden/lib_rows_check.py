#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The logs of a program that uses libtstat.h are those of the command: the same rows for every trace, in however many
directories (the library begins a new one every hour of a trace).

usage: lib_rows_check.py --tstat FILE --feed FILE TRACES... [--option=-S ...] [--sample N]

FEED is tests/bindings/feed_trace.c. A folder among TRACES stands for the traces in it. Traces whose link layer FEED does
not take off are counted. --sample N takes every N-th of the others, and fails when there are none.
"""
import argparse, collections, concurrent.futures, os, pathlib, subprocess, sys, tempfile

NOT_FED = 3


def rows(folder):
    found = collections.defaultdict(collections.Counter)
    for path in sorted(folder.rglob("log_*")):
        lines = [line for line in path.read_bytes().splitlines() if not line.startswith(b"#")]
        if lines:
            found[path.name].update(lines)
    return found


def run(program, options, trace):
    with tempfile.TemporaryDirectory(prefix="tstat-rows-") as work:
        done = subprocess.run([str(program), *options, "-s", "out", str(trace)], cwd=work, capture_output=True,
                              env={**os.environ, "TZ": "UTC"}, timeout=300)
        return done.returncode, done.stderr, rows(pathlib.Path(work) / "out")


def compare(job):
    a, trace = job
    status, message, fed = run(a.feed, a.option, trace)
    if status == NOT_FED:
        return trace, None, 0, []
    if status != 0:
        return trace, False, 0, [f"the library: exit status {status}: {message[-300:]}"]
    status, message, command = run(a.tstat, a.option, trace)
    if status != 0 and b"PCAP error" not in message:  # a trace that is cut has its rows
        return trace, False, 0, [f"the command: exit status {status}: {message[-300:]}"]
    differences = []
    for log in sorted({*fed, *command}):
        lost, more = command[log] - fed[log], fed[log] - command[log]
        if lost or more:
            differences.append(f"{log}: {sum(lost.values())} rows only of the command, {sum(more.values())} only of the "
                               f"library: {list(lost)[:1]} {list(more)[:1]}")
    return trace, not differences, sum(sum(c.values()) for c in command.values()), differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tstat", type=lambda p: pathlib.Path(p).resolve(), required=True)
    parser.add_argument("--feed", type=lambda p: pathlib.Path(p).resolve(), required=True)
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("--sample", type=int, default=1)
    parser.add_argument("--known", action="append", default=[], help="name of a trace that differs, for a reason")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("traces", nargs="+", type=lambda p: pathlib.Path(p).resolve())
    a = parser.parse_args()
    if not a.feed.exists() or not a.tstat.exists():
        print("no such program")
        return 1
    traces = [t for path in a.traces for t in (sorted(path.iterdir()) if path.is_dir() else [path])]
    if not traces or not all(t.exists() for t in traces):
        if os.environ.get("TSTAT_REQUIRE_GOLDEN") == "1":
            print("NOT RUN, and that must not pass: no traces")
            return 1
        print("skipped: no traces (set TSTAT_SHARED_DIR)")
        return 77
    traces = traces[::a.sample]
    same = not_fed = all_rows = 0
    different = []
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for trace, equal, count, differences in pool.map(compare, [(a, t) for t in traces]):
            if equal is None:
                not_fed += 1
                continue
            all_rows += count
            if equal:
                same += 1
            else:
                different.append(trace.stem)
                print(f"== {trace.stem}", *differences, sep="\n")
    print(f"{same} traces give the same rows, {len(different)} do not; {not_fed} are of another link layer; {all_rows} rows")
    if same == 0 or not set(different) <= set(a.known):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
