# SPDX-License-Identifier: BSD-3-Clause
"""The guide as one file of PDF: the same pages in one document, which WeasyPrint lays out."""
import html
import os
import pathlib
import posixpath
import re
import subprocess
import time

from .contents import GuideError, Part
from .links import Links
from .pages import Page


def keys(order: list[Page]) -> dict[str, str]:
    return {page.entry.target: page.entry.key for page in order}


def chapter(page: Page, links: Links, names: dict[str, str]) -> str:
    def address(_: Page, target: str, anchor: str) -> str | None:
        if target not in names:
            return None  # the reference of the API is not in the book
        return f"#{names[target]}" + (f"--{anchor}" if anchor else "")

    key = page.entry.key
    body = links.rewrite(page, address)
    body = re.sub(r'(<h[2-6]) id="([^"]*)"', rf'\1 id="{key}--\2"', body)
    folder = posixpath.dirname(page.entry.source)
    body = re.sub(r'(<img\b[^>]*\bsrc=")([^"]*)"', lambda m: f"{m[1]}{posixpath.normpath(posixpath.join(folder, m[2]))}\"", body)
    body = re.sub(r' (tabindex|role|aria-label)="[^"]*"', "", body)
    return f'<section class="chapter {page.kind}" id="{key}"><h1>{html.escape(page.title)}</h1>\n{body}\n</section>'


def document(parts: list[Part], order: list[Page], links: Links, version: str, introduction: str) -> str:
    pages = {page.entry.target: page for page in order}
    names = keys(order)
    date = ""
    if "SOURCE_DATE_EPOCH" in os.environ:
        date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"])))
    lines = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        f"<title>tstat {version} users guide</title></head><body>",
        f'<section class="cover"><p class="name">tstat</p><p class="subtitle">Users guide</p>'
        f'<p>Version {version}</p><p>{date}</p><div class="introduction">{introduction}</div></section>',
        '<nav class="contents"><h1>Contents</h1>',
    ]
    for number, part in enumerate(parts, 1):
        lines.append(f'<p class="part"><a href="#part-{number}">{number}. {html.escape(part.title)}</a></p><ul>')
        lines += [f'<li><a href="#{entry.key}">{html.escape(pages[entry.target].title)}</a></li>' for entry in part.entries]
        lines.append("</ul>")
    lines.append("</nav>")
    for number, part in enumerate(parts, 1):
        lines.append(f'<section class="part"><h1 id="part-{number}">{number}. {html.escape(part.title)}</h1></section>')
        lines += [chapter(pages[entry.target], links, names) for entry in part.entries]
    lines.append("</body></html>")
    return "\n".join(lines)


def write_book(file: pathlib.Path, work: pathlib.Path, text: str, tree: pathlib.Path) -> None:
    source = work / "book.html"
    source.write_text(text, encoding="utf-8")
    style = pathlib.Path(__file__).parent.parent / "book.css"
    command = ["weasyprint", "--quiet", "--base-url", f"{tree}/", "--stylesheet", str(style), str(source), str(file)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    if run.returncode != 0:
        raise GuideError(f"weasyprint: {run.stdout.strip()}")


