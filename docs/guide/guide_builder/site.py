# SPDX-License-Identifier: BSD-3-Clause
"""The guide as pages of HTML: the contents beside each, no script, no request to anywhere else."""
import html
import pathlib
import posixpath
import re
import shutil

from .contents import Part
from .links import Links
from .pages import Page

API_TITLE = "C and C++ reference"


def relative(page: str, target: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def address(page: Page, target: str, anchor: str) -> str | None:
    if target == page.entry.target and anchor:
        return f"#{anchor}"
    return relative(page.entry.target, target) + (f"#{anchor}" if anchor else "")


def item(here: str, target: str, title: str, inside: str = "") -> str:
    current = ' aria-current="page"' if target == here else ""
    return f'<li><a href="{relative(here, target)}"{current}>{html.escape(title)}</a>{inside}</li>'


def navigation(parts: list[Part], pages: dict[str, Page], here: str, api: bool) -> str:
    lines = ['<nav class="contents" id="contents" aria-label="Contents">']
    for part in parts:
        entries = []
        for entry in part.entries:
            page = pages[entry.target]
            inside = ""
            if entry.target == here and len(page.headings) > 1:
                inside = "<ul>" + "".join(f'<li><a href="#{i}">{html.escape(t)}</a></li>' for i, t in page.headings) + "</ul>"
            entries.append(item(here, entry.target, page.title, inside))
        if api and part.title == "Programs":
            entries.append(item(here, "api/index.html", API_TITLE))
        is_open = " open" if any(entry.target == here for entry in part.entries) else ""
        lines.append(f"<details{is_open}><summary>{html.escape(part.title)}</summary><ul>")
        lines += entries
        lines.append("</ul></details>")
    lines.append("</nav>")
    return "\n".join(lines)


def frame(here: str, title: str, version: str, main: str, nav: str) -> str:
    name = f"tstat {version} users guide"
    heading = title if here == "index.html" else f"{title} - {name}"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(heading)}</title>
<link rel="stylesheet" href="{relative(here, "screen.css")}">
</head>
<body>
<a class="skip" href="#main">To the text</a>
<header class="top"><a class="home" href="{relative(here, "index.html")}">{html.escape(name)}</a> <a class="to-contents" href="#contents">Contents</a></header>
<div class="columns">
<main id="main" tabindex="-1">
{main}
</main>
{nav}
</div>
</body>
</html>
"""


def neighbours(here: str, order: list[Page]) -> str:
    place = next(i for i, page in enumerate(order) if page.entry.target == here)
    links = []
    for index, rel, label in ((place - 1, "prev", "Before"), (place + 1, "next", "Next")):
        if 0 <= index < len(order):
            page = order[index]
            links.append(f'<a rel="{rel}" href="{relative(here, page.entry.target)}">{label}: {html.escape(page.title)}</a>')
    return f'<nav class="neighbours" aria-label="Pages before and after">{" ".join(links)}</nav>'


def front(parts: list[Part], pages: dict[str, Page], introduction: str, pdf: str | None, api: bool) -> str:
    lines = [introduction]
    if pdf:
        lines.append(f'<p><a href="{pdf}">The guide as one PDF file</a>.</p>')
    lines.append('<div class="parts">')
    for part in parts:
        lines.append(f"<section><h2>{html.escape(part.title)}</h2><ul>")
        for page in (pages[entry.target] for entry in part.entries):
            about = f' <span class="about">{html.escape(page.about)}</span>' if page.about else ""
            lines.append(item("index.html", page.entry.target, page.title, about))
        if api and part.title == "Programs":
            lines.append(item("index.html", "api/index.html", API_TITLE))
        lines.append("</ul></section>")
    lines.append("</div>")
    return "\n".join(lines)


def write_site(out: pathlib.Path, parts: list[Part], order: list[Page], links: Links, version: str, introduction: str,
               pdf: str | None) -> None:
    pages = {page.entry.target: page for page in order}
    api = bool(links.api)
    shutil.copyfile(pathlib.Path(__file__).parent.parent / "screen.css", out / "screen.css")
    for page in order:
        here = page.entry.target
        body = links.rewrite(page, address)
        main = f"<h1>{html.escape(page.title)}</h1>\n{body}\n{neighbours(here, order)}"
        file = out / here
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(frame(here, page.title, version, main, navigation(parts, pages, here, api)), encoding="utf-8")
        copy_pictures(out, page, links.tree)
    main = f"<h1>tstat {version} users guide</h1>\n" + front(parts, pages, introduction, pdf, api)
    text = frame("index.html", f"tstat {version} users guide", version, main, navigation(parts, pages, "index.html", api))
    (out / "index.html").write_text(text, encoding="utf-8")


def copy_pictures(out: pathlib.Path, page: Page, tree: pathlib.Path) -> None:
    for picture in re.findall(r'<img\b[^>]*\bsrc="([^"]*)"', page.body):
        target = out / posixpath.normpath(posixpath.join(posixpath.dirname(page.entry.target), picture))
        target.parent.mkdir(parents=True, exist_ok=True)
        source = posixpath.normpath(posixpath.join(posixpath.dirname(page.entry.source), picture))
        shutil.copyfile(tree / source, target)
