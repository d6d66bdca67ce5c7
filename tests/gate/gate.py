#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Instructions a packet and an exported row, and memory a flow, against the figures in the tree.

usage: gate.py --gate build/release/tests/gate/tstat_gate --compiler "GNU 12.2.0" [--update]

Fails when one is more than 1 % above its figure in figures.txt: a change that costs more says so by a figure of its own
(--update writes those of this build), in the same commit. Instructions are counted by callgrind, which sees the same ones
on every machine; libraries that choose code by the processor are told to take the plain one. The figures are those of one
compiler; with another one nothing is compared (exit status 77).
"""
import argparse, os, pathlib, re, shutil, subprocess, sys

FIGURES = pathlib.Path(__file__).with_name("figures.txt")
SKIPPED, ALLOWED = 77, 1.01
PACKETS, FLOWS, ROWS = 20000, 20000, 5000
# What runs the same code everywhere (glibc's and OpenSSL's choices).
PLAIN = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,-BMI2,-SSE4_2,-SSSE3,-RTM",
         "OPENSSL_ia32cap": "0:0"}


def instructions(gate, what, function="Analyse", count=PACKETS):
    """Of a function, for each of `count` packets or rows."""
    command = ["valgrind", "--tool=callgrind", f"--toggle-collect=tstat::internal::{function}(*", "--callgrind-out-file=/dev/null",
               gate, what, str(count)]
    done = subprocess.run(command, env={**os.environ, **PLAIN}, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found or int(found[1]) < count:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
    return int(found[1]) / count


def memory(gate, what):
    return float(subprocess.run([gate, what, str(FLOWS)], check=True, stdout=subprocess.PIPE, text=True).stdout)


MEASURED = {"instructions a packet, records": lambda gate: instructions(gate, "records"),
            "instructions a packet, histograms": lambda gate: instructions(gate, "histograms"),
            "instructions a row, a log to JSON": lambda gate: instructions(gate, "export", "ExportLog", ROWS),
            "bytes a TCP flow": lambda gate: memory(gate, "tcp"),
            "bytes a UDP flow": lambda gate: memory(gate, "udp")}


def read_figures(path):
    figures = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, value = line.rpartition(": ")
            figures[name] = value
    return figures


def judge(figures, measured):
    """A line for each figure, and whether all are kept."""
    lines, kept = [], True
    for name, value in measured.items():
        allowed = float(figures[name]) if name in figures else 0
        difference = 100 * (value / allowed - 1) if allowed else float("inf")
        too_much = value > allowed * ALLOWED
        kept = kept and not too_much
        lines.append(f"{name}: {value:.1f}, of {allowed:.1f} ({difference:+.2f} %){'  TOO MUCH' if too_much else ''}")
    return lines, kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gate", type=pathlib.Path, required=True, help="the program")
    parser.add_argument("--compiler", required=True, help="that built it, with its version")
    parser.add_argument("--figures", type=pathlib.Path, default=FIGURES)
    parser.add_argument("--update", action="store_true", help="take the figures of this build")
    a = parser.parse_args()
    figures = read_figures(a.figures)
    if not a.update and figures.get("compiler") != a.compiler:
        print(f"skipped: the figures are those of {figures.get('compiler')}, this is {a.compiler}")
        return SKIPPED
    if not shutil.which("valgrind"):
        print("no valgrind (apt-get install valgrind)")
        return 1
    measured = {name: measure(a.gate) for name, measure in MEASURED.items()}
    if a.update:
        comments = [line for line in a.figures.read_text().splitlines() if line.startswith("#")]
        lines = [*comments, f"compiler: {a.compiler}", *(f"{name}: {value:.1f}" for name, value in measured.items())]
        a.figures.write_text("\n".join(lines) + "\n")
        return 0
    lines, kept = judge(figures, measured)
    print("\n".join(lines))
    if not kept:
        print(f"More than 1 % above a figure in {a.figures}. If that is what the change costs: gate.py --update, in its commit.")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
