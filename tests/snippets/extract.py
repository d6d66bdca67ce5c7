#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes C++ of the usage in the comments that begin libtstat's headers, so that the compiler checks it.

    extract.py LIBTSTAT OUT          OUT/<group>.cc, one for each group of folders, from assumed.py's table
    extract.py LIBTSTAT --check      what the table and the headers say of each other

A snippet is what stands indented by three blanks in a header's first comment:

    //   Slab<State> slab;
    //   if (slab.live() > 10) ...          // "..." is whatever one does then

Each becomes a function, which is compiled and never called. What it assumes (`State`) are the function's parameters,
in assumed.py; so are the few forms that are no statements. Print, Show, Use and Write take anything. Compiler messages
have the header's lines.
"""
import pathlib
import re
import sys

import assumed

INDENT = "//   "


def first_comment(lines):
    """The lines of the comment that begins a header."""
    for number, line in enumerate(lines, 1):
        if not line.startswith("//"):
            return
        yield number, line


def blocks_of(path):
    """[(number of the first line, [lines])], without the comment marks: one for each run of indented lines."""
    blocks = []
    before = 0
    for number, line in first_comment(path.read_text().splitlines()):
        if not line.startswith(INDENT):
            continue
        if not blocks or number != before + 1:
            blocks.append((number, []))
        blocks[-1][1].append(line[len(INDENT):])
        before = number
    return blocks


def without_dots(line):
    """A line of code with something else than "..." in it."""
    code, quote, at = "", None, 0
    while at < len(line):
        c = line[at]
        if quote:
            if c == "\\":
                code += line[at:at + 2]
                at += 2
                continue
            if c == quote:
                quote = None
        elif c in "\"'" and not (c == "'" and at and line[at - 1].isalnum()):  # 10'000
            quote = c
        elif line.startswith("//", at):
            break
        elif line.startswith("...", at):
            rest = line[at + 3:]
            if rest.startswith("}"):                 # the end of a list
                at += 3
                continue
            code += "{}" if code.rstrip().endswith("=") else ";"
            at += 3
            continue
        code += c
        at += 1
    return code


def function(header, parameters, blocks):
    """One function of all blocks."""
    name = re.sub(r"\W", "_", header)
    yield f"Returned {name}({parameters}) {{"
    for number, lines in blocks:
        yield f'#line {number} "libtstat/{header}"'
        yield from map(without_dots, lines)
    yield "return 0;"
    yield "}"


def wrapped(header, before, after, block):
    number, lines = block
    yield before
    yield f'#line {number} "libtstat/{header}"'
    yield from map(without_dots, lines)
    yield after


def source_of(header, blocks, form):
    """The lines for one header: `form` is a form for each block, or one for all of them."""
    if isinstance(form, str):
        yield from function(header, form, blocks)
        return
    if len(form) != len(blocks):
        sys.exit(f"assumed.py: {header} has {len(blocks)} blocks of usage, {len(form)} forms")
    functions = []
    for (number, lines), one in zip(blocks, form):
        if isinstance(one, str):
            functions.append((one, (number, lines)))
        elif isinstance(one, assumed.Wrap):
            yield from wrapped(header, one.before, one.after, (number, lines))
    for parameters in dict.fromkeys(p for p, _ in functions):
        yield from function(header, parameters, [b for p, b in functions if p == parameters])


def include_name(header):
    return header.removeprefix("include/")


def headers_of(libtstat):
    return sorted(str(p.relative_to(libtstat)) for p in libtstat.rglob("*.h"))


def group_of(header):
    folder = header.split("/")[0]
    for name, folders in assumed.GROUPS.items():
        if folder in folders:
            return name
    sys.exit(f"assumed.py: no group has folder {folder}")


def main():
    libtstat, out = pathlib.Path(sys.argv[1]), sys.argv[2]
    found = {h: blocks_of(libtstat / h) for h in headers_of(libtstat)}
    if out == "--check":
        problems = problems_of(found) + bad_citations(libtstat)
        print("\n".join(problems) or f"{sum(map(bool, found.values()))} headers with usage")
        sys.exit(1 if problems else 0)
    groups = {name: [] for name in assumed.GROUPS}
    for header, blocks in found.items():
        if blocks:
            groups[group_of(header)].append((header, blocks, assumed.FORMS.get(include_name(header), "")))
    for name, snippets in groups.items():
        lines = [f'#include "{include_name(h)}"' for h, _, _ in snippets]
        lines += [assumed.INCLUDES, "namespace tstat::internal::snippets {", assumed.HELPERS, assumed.COMMON[""],
                  assumed.COMMON[name]]
        for header, blocks, form in snippets:
            lines.append(f"namespace {re.sub(r'[^a-z0-9]', '_', include_name(header))} {{")
            lines += source_of(header, blocks, form)
            lines.append("}")
        lines.append("}")
        text = "\n".join(lines) + "\n"
        path = pathlib.Path(out) / f"{name}.cc"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def problems_of(found):
    """Public headers without usage are listed with a reason, and the table names no header that is gone."""
    problems = []
    names = {include_name(h): bool(blocks) for h, blocks in found.items()}
    for header, blocks in found.items():
        name = include_name(header)
        if not header.startswith("include/"):
            continue
        form = assumed.FORMS.get(name, "")
        compiled = blocks and not (isinstance(form, list) and all(isinstance(f, assumed.NoCode) for f in form))
        if not compiled and name not in assumed.WITHOUT_USAGE:
            problems.append(f"{name}: a public header without usage that compiles, and without a reason in assumed.py")
        if compiled and name in assumed.WITHOUT_USAGE:
            problems.append(f"{name}: has usage, so it needs no reason in assumed.py")
    for name in assumed.FORMS:
        if not names.get(name):
            problems.append(f"assumed.py: {name} has no usage")
    for name in assumed.WITHOUT_USAGE:
        if name not in names:
            problems.append(f"assumed.py: there is no {name}")
    if sum(names.values()) < 80:
        problems.append(f"only {sum(names.values())} headers with usage were found")
    return problems


def bad_citations(libtstat):
    """Public headers are read without the sources: they cite standards, examples and pages of docs/ that are there."""
    problems = []
    for path in sorted((libtstat / "include").rglob("*.h")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            comment = line.partition("//")[2]
            for page in re.findall(r"\b(?:docs|examples)/[\w./-]*\w", comment):
                if not (libtstat.parent / page).exists():
                    problems.append(f"{path.name}:{number}: there is no {page}")
            if re.search(r"(?<!examples/)\b\w+\.cc\b|\blibtstat/", comment):
                problems.append(f"{path.name}:{number}: cites a source of the library")
    return problems


if __name__ == "__main__":
    main()
