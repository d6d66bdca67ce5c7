# SPDX-License-Identifier: BSD-3-Clause
"""What programs are compiled with: a source file that has every class of the public headers as an argument, compiled with
debug information, and its dump by abidw. The library itself need not be built for that.

    dump(tree, compiler, "/tmp/work", ["-I..."])      # the text of the dump
"""
import re
import subprocess
from pathlib import Path

CLASS = re.compile(r"^(?:struct|class) (?:TSTAT_EXPORT )?(\w+)(?: final)?(?: : [^;{]*)?\s*\{", re.MULTILINE)
TEMPLATE = re.compile(r"^template <[^\n]*>\n(?:struct|class) (?:TSTAT_EXPORT )?(\w+)", re.MULTILINE)
# Behind which the class is not of programs.
INTERNAL = re.compile(r"^namespace tstat::internal \{.*?^\}  // namespace tstat::internal", re.MULTILINE | re.DOTALL)
C_STRUCT = re.compile(r"^typedef struct(?: \w+)? \{[^}]*\} (\w+);", re.MULTILINE)


def classes(text):
    """Classes of namespace tstat that `text` defines, templates left out."""
    text = INTERNAL.sub("", text)
    templates = set(TEMPLATE.findall(text))
    return [name for name in CLASS.findall(text) if name not in templates]


def source(tree):
    lines, body = [], []
    for header in sorted((tree / "libtstat" / "include" / "tstat").glob("*.h")):
        lines.append(f'#include "tstat/{header.name}"')
        body += [f"void Use{name}(const tstat::{name}&) {{}}" for name in classes(header.read_text())]
    for header in ("libtstat.h", "tstat.h"):
        path = tree / "bindings" / "c" / header
        if path.exists():
            lines.append(f'#include "{header}"')
            body += [f"void Use_{name}(const {name}*) {{}}" for name in C_STRUCT.findall(path.read_text())]
    return "\n".join([*lines, "namespace surface {", *body, "}"]) + "\n"


def dump(tree, compiler, work, flags):
    work = Path(work)
    (work / "surface.cc").write_text(source(tree))
    include = tree / "libtstat" / "include"
    subprocess.run([compiler, "-std=c++20", "-g", "-O0", "-fPIC", "-shared", *flags, f"-I{include}",
                    f"-I{tree / 'bindings' / 'c'}", "surface.cc", "-o", "surface.so"], cwd=work, check=True)
    return subprocess.run(["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-parameter-names",
                           "--drop-undefined-syms", "surface.so"], cwd=work, check=True, capture_output=True, text=True).stdout
