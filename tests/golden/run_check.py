#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs a comparison with the reference's outputs as a test, and compares its result with what is known.

usage: run_check.py --test NAME --shared DIR --tstat FILE [--script check] [--version 3.3] [--update] -- OPTIONS...

The script (check, check-rrd, check-report, dump/check, dump-3.3/check of DIR/golden) counts what is identical; check also names each row and file
that is not. known_deviations.txt holds both for each test, with the reasons. The test passes when they are exactly the
same: one row less is a fault, and one more makes the list wrong. --update rewrites the part of this test there: read
the difference, and give a reason where it says "?".

--sample N compares every Nth trace only, with the part NAME/N of the list: for configurations that differ little from one
that is compared whole.

Exit status 77 (skipped for ctest) when there is no DIR. Nothing is skipped when it is there, and with
TSTAT_REQUIRE_GOLDEN=1 nothing at all: what was not compared has not passed.
"""
import argparse, difflib, glob, json, os, pathlib, re, shlex, shutil, subprocess, sys, tempfile

SKIPPED = 77
KNOWN = pathlib.Path(__file__).parent / "known_deviations.txt"


# What --compat is for a version: 3.3 is that of its users, with ldns and OpenSSL.
COMPAT = {"3.3": "3.3-default", "3.3-ldns": "3.3"}


class CannotRun(Exception):
    pass


def without_reason(line):
    return line.split("#")[0].rstrip()


def read_known(path):
    """The text above the first test, and the lines of each test."""
    preamble, tests, lines = [], {}, None
    for line in path.read_text().splitlines():
        if line.startswith("== "):
            lines = tests.setdefault(line[3:].strip(), [])
        elif lines is None:
            preamble.append(line)
        elif line.strip():
            lines.append(line)
    return preamble, tests


def write_known(path, preamble, tests):
    parts = ["\n".join(preamble).rstrip()]
    parts += ["\n".join([f"== {name}", *lines]) for name, lines in tests.items()]
    path.write_text("\n\n".join(parts) + "\n")


def deviations(reports):
    """A line for each log with other rows, and for each other file that differs."""
    lines = []
    for report in reports:
        for log, found in sorted(report["logs"].items()):
            missing = found["reference"] - found["identical"]
            extra = missing - found["missing"] + found["extra"]
            if missing or extra:
                lines.append(f"rows {report['trace']} {log} {missing} not there, {extra} instead")
        lines += [f"file {report['trace']} {file}" for file, (same, _) in sorted(report["files"].items()) if not same]
    return lines


def run(a):
    """What the script prints, and the lines that must be known."""
    check = a.shared / "golden" / a.script
    if not check.exists():
        raise CannotRun(f"no reference outputs at {check} (set TSTAT_SHARED_DIR)")
    if a.script == "check-rrd" and not shutil.which("rrdtool"):
        raise CannotRun("no rrdtool (apt-get install rrdtool)")
    with tempfile.TemporaryDirectory(prefix="tstat-golden-") as work:
        tstat, options, details = a.tstat, a.options, pathlib.Path(work) / "json"
        if a.sample > 1:
            options = [*options, *(f"--only={name}" for name in every_nth_trace(a.shared / "golden", a.script, a.sample))]
        if a.script == "check":
            options = [*options, "--json", details]
            if a.version:
                tstat = pathlib.Path(work) / "tstat"
                tstat.write_text(f'#!/bin/sh\nexec {shlex.quote(str(a.tstat.resolve()))} --compat {COMPAT.get(a.version, a.version)} "$@"\n')
                tstat.chmod(0o755)
                options += ["--reference", a.shared / "golden" / a.version]
        elif is_dump(a.script):
            options = [*options, *(["--before", f"--compat {a.version}"] if a.version else [])]
        elif a.version:
            options = [*options, "--profile", a.version]
        binary = "--binary" if is_dump(a.script) else "--tstat"
        # Examples of rows hold whatever was sent.
        done = subprocess.run([sys.executable, check, binary, tstat, *options], stdout=subprocess.PIPE, text=True,
                              errors="backslashreplace", env=dict(os.environ, TZ="UTC"))
        lines = [f"{what}: {same} of {all}" for what, same, all in
                 re.findall(r"^(?:identical|equal) (\w+): [\d.]+% \((\d+) of (\d+)\)", done.stdout, re.MULTILINE)]
        lines += [f"runs: {same} of {all}" for same, all in re.findall(r"^(\d+) of (\d+) runs equal", done.stdout, re.MULTILINE)]
        lines += re.findall(r"^(\S+ \S+: \d+ differences)$", done.stdout, re.MULTILINE)
        if a.script == "check" and details.exists():
            for reports in json.loads(details.read_text()).values():
                lines += deviations(reports)
    return done.stdout, lines


def every_nth_trace(golden, script, n):
    """Names of traces that the script compares, as patterns that match nothing else."""
    compared = (golden / "rrd").glob("*.txt") if script == "check-rrd" else (golden / "traces").glob("*.pcap")
    names = sorted(path.stem for path in compared)
    return [glob.escape(name) for name in names[::n]]


def is_dump(script):
    """The comparison of packet dumps, which has options of its own."""
    return script.startswith("dump")


def failed_runs(output):
    """What check says of each run that failed: a line that begins with FAILED, and what of tstat's messages follows it."""
    texts, inside = [], False
    for line in output.splitlines():
        if line.strip().startswith("FAILED on"):
            texts.append(line.strip())
            inside = True
        elif re.match(r"   \S.*(identical|differs)|==|identical", line):
            inside = False
        elif inside:
            texts[-1] += "\n" + line
    return texts


def is_cut_trace(text):
    """A trace that is cut gives exit status 1, and its rows nevertheless."""
    return re.match(r"FAILED on \S+: exit (status )?1: ", text) is not None and "PCAP error: '" in text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", required=True, help="its part of the list")
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--tstat", type=pathlib.Path, required=True)
    parser.add_argument("--script", default="check", help="check, check-rrd, check-report, dump/check or dump-3.3/check")
    parser.add_argument("--version", help="compare with the outputs of this version, by --compat: 3.3, 3.3-ldns")
    parser.add_argument("--sample", type=int, default=1, help="every how many traces")
    parser.add_argument("--known", type=pathlib.Path, default=KNOWN)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("options", nargs="*")
    a = parser.parse_args()
    part = a.test if a.sample == 1 else f"{a.test}/{a.sample}"
    if not a.tstat.exists():
        print(f"no such binary: {a.tstat}")
        return 1
    try:
        output, found = run(a)
    except CannotRun as reason:
        if os.environ.get("TSTAT_REQUIRE_GOLDEN") == "1" or a.shared.is_dir():
            print(f"NOT RUN, and that must not pass: {reason}")
            return 1
        print(f"skipped: {reason}")
        return SKIPPED
    print(output)
    failures = [text for text in failed_runs(output) if not is_cut_trace(text)]
    if failures:
        print(f"{len(failures)} runs of tstat failed; the first: {failures[0].strip()}")
        return 1
    if not found:
        print("nothing was compared")
        return 1
    preamble, tests = read_known(a.known)
    known = tests.get(part, [])
    if a.update:
        reasons = {without_reason(line): line for line in known}
        tests[part] = [reasons.get(line, line if ": " in line else f"{line}  # ?") for line in found]
        write_known(a.known, preamble, tests)
        return 0
    if found == [without_reason(line) for line in known]:
        return 0
    print(f"{part}: not what {a.known} says ('-' is known, '+' is now; --update takes it over):")
    print("\n".join(difflib.unified_diff([without_reason(line) for line in known], found, lineterm="", n=0)))
    return 1


if __name__ == "__main__":
    sys.exit(main())
