#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The ABI is what it was: abidiff compares the classes of the public headers, and the names that the shared library exports
are compared with a list, node by node.

usage: check_abi.py --compiler CXX --library libtstat.so [--renew] [--store FOLDER]

A class that has another size or another member order breaks programs that were compiled before. Once a version was
released, it takes the next inline namespace (TSTAT_API_VERSION, tstat::v2) with a node of that name in
bindings/c/libtstat.map, a new function of a C interface the next node (TSTAT_LIB_2, TSTAT_2), and only then --renew
writes what is stored anew. Before the first release --renew is enough, in the same commit.

Exit status 77 (skipped for ctest): there is no abidiff, or the compiler is not the one that the stored dump is of.
"""
import argparse, lzma, os, pathlib, re, shutil, subprocess, sys, tempfile

import surface

SKIPPED = 77
TREE = pathlib.Path(__file__).resolve().parent.parent.parent


def api_version(tree):
    text = (tree / "libtstat" / "include" / "tstat" / "version.h").read_text()
    return int(re.search(r"^#define TSTAT_API_VERSION (\d+)$", text, re.MULTILINE)[1])


def is_released(tree):
    """CHANGELOG.md has another heading than "Unreleased"."""
    headings = re.findall(r"^## (.*)$", (tree / "CHANGELOG.md").read_text(), re.MULTILINE)
    return any(h != "Unreleased" for h in headings)


def exported(library):
    """Name and node of what the C interfaces export; of C++ the node only."""
    text = subprocess.run(["readelf", "-W", "--dyn-syms", str(library)], capture_output=True, text=True, check=True).stdout
    found = set()
    for line in text.splitlines():
        cells = line.split()
        if len(cells) < 8 or cells[6] == "UND" or "@" not in cells[7]:
            continue
        name, node = re.fullmatch(r"([^@]+)@@?(.+)", cells[7]).groups()
        if node.startswith("TSTAT_CXX"):
            name = "(C++)"
        elif name == node:
            continue
        found.add(f"{name} {node}")
    return sorted(found)


def compiler_of(compiler):
    first = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    return re.sub(r"^\S+ (?=\()", "", first)  # without the name that it was called by


def difference(old, new):
    """What abidiff says of two dumps; empty: nothing."""
    with tempfile.TemporaryDirectory() as work:
        paths = [pathlib.Path(work) / name for name in ("old.abi", "new.abi")]
        for path, text in zip(paths, (old, new)):
            path.write_text(text)
        done = subprocess.run(["abidiff", "--no-show-locs", *map(str, paths)], capture_output=True, text=True)
    if done.returncode & 3:
        sys.exit(f"abidiff failed: {done.stderr}")
    return done.stdout if done.returncode & 12 else ""


def may_renew(tree, stored_version, names, stored_names):
    """Why not, or nothing."""
    if not is_released(tree):
        return None
    def nodes(lines):
        return {line.split()[1] for line in lines}
    if api_version(tree) > stored_version or nodes(names) - nodes(stored_names):
        return None
    return ("a version with this ABI was released: give the change the next inline namespace (TSTAT_API_VERSION in "
            "tstat/version.h, and its node), or the next node of its C interface (bindings/c/libtstat.map)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("--store", type=pathlib.Path, default=TREE / "tests" / "abi")
    parser.add_argument("--tree", type=pathlib.Path, default=TREE)
    a = parser.parse_args()
    dump_path, names_path, about_path = (a.store / n for n in ("classes.abi.xz", "exported.txt", "about.txt"))
    for program in ("abidw", "abidiff", "readelf"):
        if not shutil.which(program):
            print(f"skipped: no {program} (apt-get install abigail-tools binutils)")
            return SKIPPED
    about = dict(line.split(": ", 1) for line in about_path.read_text().splitlines()) if about_path.exists() else {}
    compiler = compiler_of(a.compiler)
    if not a.renew and about.get("compiler") != compiler:
        print(f"skipped: what is stored is of {about.get('compiler')}, this is {compiler}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="tstat-abi-") as work:
        dump = surface.dump(a.tree, a.compiler, work, [])
    names = exported(a.library)
    if len(names) < 8:
        print(f"only these names are exported: {names}")
        return 1
    stored_names = names_path.read_text().splitlines() if names_path.exists() else []
    stored_dump = lzma.decompress(dump_path.read_bytes()).decode() if dump_path.exists() else None
    changes = difference(stored_dump, dump) if stored_dump is not None else "nothing is stored"
    if names != stored_names:
        gone, more = sorted(set(stored_names) - set(names)), sorted(set(names) - set(stored_names))
        changes += f"\nexported no more: {gone}\nexported now: {more}"
    if not changes:
        print(f"the ABI is that of {dump_path.name}: {len(names)} names")
        return 0
    print(changes)
    reason = may_renew(a.tree, int(about.get("api", 0)), names, stored_names) if stored_dump is not None else None
    if reason:
        print(reason)
        return 1
    if not a.renew:
        print("It changed. No version was released with it, or a new node or namespace is there: tests/abi/renew BUILD writes "
              "what is stored anew, in the same commit.")
        return 1
    dump_path.write_bytes(lzma.compress(dump.encode(), preset=9))
    names_path.write_text("\n".join(names) + "\n")
    about_path.write_text(f"compiler: {compiler}\napi: {api_version(a.tree)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
