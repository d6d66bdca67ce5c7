# SPDX-License-Identifier: BSD-3-Clause
"""The reference of the C and C++ interfaces: doxygen's, of the public headers.

Their comments are plain ones. A copy of the headers has them in doxygen's form; nothing in them is taken for one of its
commands. What doxygen writes loses its scripts: pages are to be read without any.
"""
import pathlib
import re
import shutil
import subprocess

from .contents import GuideError
from .links import HEADERS

PUBLIC_C = {"libtstat.h", "tstat.h"}  # the others beside them are not installed
COMMENT_LINE = re.compile(r"^(\s*)//( ?)(.*)$")
INLINE = "namespace tstat::inline v1 {"  # which doxygen 1.9 reads as v1
TRAILING = re.compile(r"^(.*[^\s/].*?)(\s+)// (.*)$")


FIRST_PAGE = """
The public headers of libtstat, with the words that stand in them:

- C++, the folder tstat: begin with tstat/analyzer.h (records for the program's own sinks) or tstat/session.h (everything that
  the command does).
- C: libtstat.h, the interface of Tstat's own library, and tstat.h, everything else.
"""


def literal(text: str) -> str:
    """A text without commands; what is between backquotes is as it is."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") and len(part) > 1 else re.sub(r"([\\@<>#%&$])", r"\\\1", part)
                   .replace("::", "\\::") for part in parts)


def block(lines: list[str], file: str | None = None) -> list[str]:
    """A comment, line by line without its signs, in doxygen's form; what is set off by two blanks more is code."""
    out = [f"@file {file}"] if file else []
    code = False
    for index, line in enumerate(lines):
        indented = line.startswith("  ") and (code or index == 0 or not lines[index - 1].strip())
        if indented and not code:
            out.append("@code")
        elif code and line.strip() and not indented:
            out.append("@endcode")
        code = indented or (code and not line.strip())
        out.append(line if code else literal(line))
    if code:
        out.append("@endcode")
    return out


def cpp_comments(text: str, name: str) -> str:
    lines, out, index, first = text.split("\n"), [], 0, True
    aligned = -1  # where a comment behind code stands, while it goes on
    while index < len(lines):
        line = lines[index]
        comment = COMMENT_LINE.match(line)
        if comment and len(comment[1]) == aligned:
            out.append(f"{comment[1]}///< {literal(comment[3].strip())}")
        elif comment:
            indent, content = comment[1], []
            while index < len(lines) and (match := COMMENT_LINE.match(lines[index])) and match[1] == indent:
                content.append(match[3])
                index += 1
            index -= 1
            if first:
                content = [c for c in content if not c.startswith("SPDX-")]
            out += [f"{indent}/// {c}" for c in block(content, name if first else None)]
            if first:
                out.append("")
            first, aligned = False, -1
        elif (trailing := TRAILING.match(line)) and not line.lstrip().startswith("#") and '"' not in trailing[3]:
            out.append(f"{trailing[1]}{trailing[2]}///< {literal(trailing[3])}")
            aligned = len(trailing[1]) + len(trailing[2])
        else:
            out.append(line)
            aligned = -1
        index += 1
    return "\n".join(out)


def c_comments(text: str, name: str) -> str:
    first = True

    def comment(match: re.Match[str]) -> str:
        nonlocal first
        content = match[1]
        if content.startswith(" ----"):
            return match[0]
        lines = [re.sub(r"^\s*\*? ?", "", line) if i else line.strip() for i, line in enumerate(content.split("\n"))]
        lines = [line.rstrip() for line in lines if not line.startswith("SPDX-")]
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        mark = "/**<" if before.strip() else "/**"
        lines = block(lines, name if first else None)
        first = False
        return f"{mark} " + "\n".join(lines) + " */"

    return re.sub(r"/\*(.*?)\*/", comment, text, flags=re.S)


def prepare(tree: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    folder = work / "headers"
    for place in HEADERS:
        target = folder / ("tstat" if place.endswith("/tstat/") else "c")
        target.mkdir(parents=True)
        for header in sorted((tree / place).glob("*.h")):
            if target.name == "c" and header.name not in PUBLIC_C:
                continue
            text = header.read_text(encoding="utf-8").replace(INLINE, "namespace tstat {")
            named = f"tstat/{header.name}" if target.name == "tstat" else header.name
            change = cpp_comments if target.name == "tstat" else c_comments
            (target / header.name).write_text(change(text, named), encoding="utf-8")
    (folder / "first.dox").write_text(f"/** @mainpage C and C++ reference\n{FIRST_PAGE}*/\n", encoding="utf-8")
    return folder


def in_guide(page: str) -> str:
    places = set(re.findall(r'\b(?:id|name)="([^"]*)"', page))
    page = re.sub(r'<a [^>]*href="#([^"]*)"[^>]*>(.*?)</a>', lambda m: m[0] if m[1] in places else m[2], page)
    return re.sub(r"<body>", '<body>\n<p class="guide"><a href="../index.html">Users guide</a></p>', page, count=1)


def without_scripts(page: str) -> str:
    page = re.sub(r"<script\b.*?</script>\n?", "", page, flags=re.S)
    page = re.sub(r'\s(onclick|onmouseover|onmouseout|onkeydown|onkeypress)="[^"]*"', "", page)
    page = re.sub(r"<span[^>]*class=\"arrow\"[^>]*>.*?</span>", "", page)
    return re.sub(r'<a href="javascript:[^"]*">(.*?)</a>', r"\1", page)


def write_reference(tree: pathlib.Path, out: pathlib.Path, work: pathlib.Path, version: str) -> set[str]:
    """Makes OUT/api; returns the names of its pages."""
    headers = prepare(tree, work)
    guide = pathlib.Path(__file__).parent.parent
    settings = (guide / "Doxyfile").read_text() + f"""
PROJECT_NUMBER = {version}
INPUT = "{headers}"
STRIP_FROM_PATH = "{headers}"
OUTPUT_DIRECTORY = "{work}"
HTML_EXTRA_STYLESHEET = "{guide / 'reference.css'}"
"""
    run = subprocess.run(["doxygen", "-"], input=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                         cwd=work, check=False)
    if run.returncode != 0 or run.stderr.strip():
        raise GuideError(f"doxygen: {run.stderr.strip() or run.returncode}")
    made, api = work / "html", out / "api"
    api.mkdir(parents=True)
    for file in sorted(made.rglob("*")):
        if file.suffix == ".html":
            (api / file.name).write_text(in_guide(without_scripts(file.read_text(encoding="utf-8"))), encoding="utf-8")
        elif file.is_file() and file.suffix not in {".js", ".md5", ".map"}:
            shutil.copyfile(file, api / file.name)
    return {page.name for page in api.glob("*.html")}
