#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What cmake/hardening.cmake asks for is in the ELF file.

usage: hardening.py FILE [--library]        (--library: a shared one, not a program)
"""
import argparse, re, subprocess, sys


def read(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--library", action="store_true")
    arguments = parser.parse_args()
    path = arguments.file

    header, segments = read("readelf", "-hW", path), read("readelf", "-lW", path)
    dynamic, symbols = read("readelf", "-dW", path), read("readelf", "--dyn-syms", "-W", path)
    properties = read("readelf", "-nW", path)
    is_x86 = "X86-64" in header
    failed = []

    def check(what, found):
        print("yes" if found else "NO ", what)
        if not found:
            failed.append(what)

    check("position independent (DYN)", re.search(r"Type:\s+DYN", header))
    if not arguments.library:
        check("a program: interpreter and flag PIE", "INTERP" in segments and re.search(r"FLAGS_1.*\bPIE\b", dynamic))
    check("RELRO segment", "GNU_RELRO" in segments)
    check("BIND_NOW (with RELRO: nothing that is called through stays writable)",
          re.search(r"\(FLAGS\).*BIND_NOW|\(BIND_NOW\)", dynamic) and re.search(r"FLAGS_1.*\bNOW\b", dynamic))
    check("stack is not executable", re.search(r"GNU_STACK(\s+0x\w+){5}\s+RW\s", segments))
    check("no segment is both writable and executable", not re.search(r"\bRWE\b", segments))
    check("no text relocations", "TEXTREL" not in dynamic)
    check("stack protector", "__stack_chk_fail" in symbols)
    check("FORTIFY", re.search(r"\b__\w+_chk@", symbols))
    if is_x86:
        check("CET: shadow stack", re.search(r"x86 feature:.*SHSTK", properties))
        # Indirect branch tracking is in the code, whatever the start-up files of the distribution are marked with.
        code = read("objdump", "-d", "--no-show-raw-insn", path)
        check("CET: targets of indirect branches (endbr64)", len(re.findall(r"\bendbr64$", code, re.M)) > 200)
        if not arguments.library:
            begin = re.search(r"^\w+ <main>:\n.*?:\s+(\S+)", code, re.M)
            check("CET: main begins with endbr64", begin and begin[1] == "endbr64")
    sys.exit(f"{path}: {len(failed)} missing" if failed else 0)


if __name__ == "__main__":
    main()
