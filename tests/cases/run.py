#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs tstat on small traces and compares rows with what stands beside the command.

usage: run.py --tstat FILE [--update] CASE_DIR

A case is a folder:
  command        the arguments of tstat; TRACES and CASE stand for tests/traces and the folder itself. -s is added.
                 A line that starts with # is a comment: it says what the case shows.
  expected/      one file for each log to compare, by its name. Its first line names the columns that count
                 ("# c_port s_port c_pkts_retx"; order is free); the rows follow, in the order of the log. A file
                 without such a line is compared whole.
  status         the exit status (default 0)
  stdout, stderr lines that must be there, in this order, with TRACES and CASE as in the command; the rest is free
--update rewrites the rows of expected/ from what tstat writes now: read the difference before it is committed.
"""
import argparse, os, pathlib, re, shlex, subprocess, sys, tempfile


def columns_of(header):
    """Labels of a log's header line "#15#c_ip:1 c_port:2" in order."""
    return [re.sub(r":\d+$", "", re.sub(r"^#?(\d+#)?", "", cell)) for cell in header.split()]


def selected(path, wanted):
    """The rows of a log, reduced to the wanted columns."""
    lines = path.read_text(errors="surrogateescape").splitlines()
    if wanted is None:
        return lines
    labels, rows = [], []
    for line in lines:
        if line.startswith("#"):
            labels = columns_of(line)
        else:
            cells = line.split(" ")
            unknown = [w for w in wanted if w not in labels]
            if unknown:
                raise SystemExit(f"{path.name} has no column {', '.join(unknown)}")
            rows.append(" ".join(cells[labels.index(w)] for w in wanted))
    return rows


def missing_lines(wanted, text):
    """Lines of `wanted` that do not follow one another in `text`."""
    rest = iter(text.splitlines())
    return [line for line in wanted.splitlines() if not any(line == other for other in rest)]


def compare(case, expected, out, update):
    found = [p for p in out.rglob(expected.name)]
    if len(found) != 1:
        return [f"{expected.name}: {len(found)} files of that name were written"]
    lines = expected.read_text(errors="surrogateescape").splitlines()
    wanted = lines[0].lstrip("# ").split() if lines and lines[0].startswith("# ") else None
    got, want = selected(found[0], wanted), lines[1:] if wanted is not None else lines
    if update:
        expected.write_text("\n".join(([lines[0]] if wanted is not None else []) + got) + "\n", errors="surrogateescape")
        return []
    errors = [f"{expected.name}: row {i + 1}\n  want {w}\n  got  {g}" for i, (w, g) in enumerate(zip(want, got)) if w != g]
    if len(want) != len(got):
        errors.append(f"{expected.name}: {len(want)} rows wanted, {len(got)} written")
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tstat", type=pathlib.Path, required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("case", type=pathlib.Path)
    a = parser.parse_args()
    case = a.case.resolve()
    words = shlex.split((case / "command").read_text(), comments=True)
    replace = {"TRACES": str(case.parent.parent / "traces"), "CASE": str(case)}
    def with_paths(text):
        return re.sub(r"\b(TRACES|CASE)\b", lambda m: replace[m[1]], text)

    arguments = [with_paths(w) for w in words]
    with tempfile.TemporaryDirectory(prefix="tstat-case-") as work:
        out = pathlib.Path(work) / "out"
        done = subprocess.run([a.tstat.resolve(), "-s", "out", *arguments], cwd=work, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                              env=dict(os.environ, TZ="UTC", LC_ALL="C"), errors="surrogateescape", text=True)
        errors = []
        status = int((case / "status").read_text()) if (case / "status").exists() else 0
        if done.returncode != status:
            errors.append(f"exit status {done.returncode}, not {status}: {done.stderr[-600:]}")
        for name, text in (("stdout", done.stdout), ("stderr", done.stderr)):
            if (case / name).exists():
                for line in missing_lines(with_paths((case / name).read_text()), text):
                    errors.append(f"{name}: no line '{line}' (or not in this order)\n{text[-600:]}")
        for expected in sorted((case / "expected").glob("*")):
            errors += compare(case, expected, out, a.update)
    print("\n".join(errors) or f"{case.name}: as expected")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
