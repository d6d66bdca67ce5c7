#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the reference comparison (golden/check) as a test.

usage: run_check.py --shared DIR --tstat FILE [--script check-rrd] [--version 3.3] -- CHECK OPTIONS...
Exit status 77 (skipped for ctest) when DIR is not there. Fails when check does, and also when tstat itself failed on a
trace, which a percentage alone would hide.
"""
import argparse, pathlib, shlex, shutil, subprocess, sys, tempfile

SKIPPED = 77


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--tstat", type=pathlib.Path, required=True)
    parser.add_argument("--script", default="check", help="check, or check-rrd")
    parser.add_argument("--version", help="compare with the outputs of this version, by --compat")
    parser.add_argument("options", nargs="*")
    a = parser.parse_args()
    check = a.shared / "golden" / a.script
    if not check.exists():
        print(f"skipped: no reference outputs at {check} (set TSTAT_SHARED_DIR)")
        return SKIPPED
    if a.script == "check-rrd" and not shutil.which("rrdtool"):
        print("skipped: no rrdtool (apt-get install rrdtool)")
        return SKIPPED
    if not a.tstat.exists():
        print(f"no such binary: {a.tstat}")
        return 1
    with tempfile.TemporaryDirectory(prefix="tstat-golden-") as work:
        tstat, options = a.tstat, a.options
        if a.version:
            tstat = pathlib.Path(work) / "tstat"
            tstat.write_text(f'#!/bin/sh\nexec {shlex.quote(str(a.tstat.resolve()))} --compat {a.version} "$@"\n')
            tstat.chmod(0o755)
            options = ["--reference", a.shared / "golden" / a.version, *options]
        done = subprocess.run([sys.executable, check, "--tstat", tstat, *options], stdout=subprocess.PIPE, text=True)
    print(done.stdout)
    failures = [line for line in done.stdout.splitlines() if line.strip().startswith("FAILED on")]
    if failures:
        print(f"{len(failures)} runs of tstat failed; the first: {failures[0].strip()}")
    if "identical" not in done.stdout:
        print("nothing was compared")
        return 1
    return 1 if failures else done.returncode


if __name__ == "__main__":
    sys.exit(main())
