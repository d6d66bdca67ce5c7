# SPDX-License-Identifier: BSD-3-Clause
"""Compiles columns.cc: without a mistake it compiles, with each of its mistakes it does not, for the reason given.

    compile_fail.py COMPILER SOURCE_DIR
"""
import pathlib
import subprocess
import sys

REASONS = {
    1: "the format does not print what the reader returns",
    2: "the format does not print what the reader returns",
    3: "the format does not print what the reader returns",
    4: "could not convert|no matching|no known conversion",
    5: "a column says when it is absent",
    6: "a column says when it is absent",
    7: "needs a placeholder",
    8: "the format does not print what the reader returns",
    9: "no table of bits",
}


def compile_with(compiler, source, mistake):
    tests = pathlib.Path(__file__).parent
    command = [compiler, "-std=c++20", "-fsyntax-only", f"-DMISTAKE={mistake}", f"-I{source}/libtstat",
               f"-I{source}/libtstat/include", str(tests / "columns.cc")]
    return subprocess.run(command, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})


def main():
    compiler, source = sys.argv[1:]
    failures = []
    right = compile_with(compiler, source, 0)
    if right.returncode != 0:
        failures.append("the table without a mistake does not compile:\n" + right.stderr)
    for mistake, reason in REASONS.items():
        wrong = compile_with(compiler, source, mistake)
        if wrong.returncode == 0:
            failures.append(f"mistake {mistake} compiles")
        elif not any(part in wrong.stderr for part in reason.split("|")):
            failures.append(f"mistake {mistake} fails for another reason than '{reason}':\n{wrong.stderr}")
    print("\n".join(failures) or f"{len(REASONS)} mistakes, none compiles")
    return 1 if failures else 0


sys.exit(main())
