#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the comparison of the viewer with the original's pages as a test.

usage: viewer_check.py --shared DIR --cgi PROGRAM

The comparison (cgi/check of DIR/golden) asks for the page model of each request. All of them must be the same, and all
graph commands. Exit status 77 (skipped for ctest) when there is no DIR; nothing is skipped when it is there.
"""
import argparse, os, pathlib, re, subprocess, sys

SKIPPED = 77


def all_equal(output):
    """Whether the last line says so: "90 of 90 requests, 342 of 342 graph commands"."""
    found = re.search(r"^(\d+) of (\d+) requests, (\d+) of (\d+) graph commands$", output, re.MULTILINE)
    if found is None:
        return False
    same, requests, drawn, commands = map(int, found.groups())
    return same == requests > 0 and drawn == commands > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--cgi", type=pathlib.Path, required=True)
    a = parser.parse_args()
    check = a.shared / "golden" / "cgi" / "check"
    if not check.exists():
        if os.environ.get("TSTAT_REQUIRE_GOLDEN") == "1" or a.shared.is_dir():
            print(f"NOT RUN, and that must not pass: no {check}")
            return 1
        print(f"skipped: no reference outputs at {check} (set TSTAT_SHARED_DIR)")
        return SKIPPED
    done = subprocess.run([sys.executable, check, "--cgi", a.cgi, "--verbose"], stdout=subprocess.PIPE, text=True,
                          errors="backslashreplace", env=dict(os.environ, TZ="UTC"))
    print(done.stdout[-20000:])
    return 0 if done.returncode == 0 and all_equal(done.stdout) else 1


if __name__ == "__main__":
    sys.exit(main())
