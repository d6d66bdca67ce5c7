# SPDX-License-Identifier: BSD-3-Clause
"""The users guide: one that was made before, or what docs/guide makes of docs/; and a page of what is on the roll."""
from __future__ import annotations

import html
import pathlib
import shutil
import sys

from maker.rpm_build import Package
from maker.settings import REPOSITORY, RollError, Settings, clean_environment, run, warn

PDF = "roll-tstat-usersguide.pdf"
STYLE = """body { font-family: sans-serif; line-height: 1.45; max-width: 60em; margin: 1em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { border: 1px solid #bbb; padding: .2em .5em; text-align: left; vertical-align: top; }
code, pre { background: #f3f3f3; } pre { padding: .6em; overflow: auto; } img { max-width: 100%; }
"""


def directory(settings: Settings) -> str:
    return f"var/www/html/roll-documentation/{settings.name}/{settings.version}"


def page(title: str, body: str) -> str:
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
            f'<link rel="stylesheet" href="style.css">\n</head>\n<body>\n{body}\n</body>\n</html>\n')


def list_packages(packages: list[tuple[str, str, str]]) -> str:
    rows = "\n".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in packages)
    return page("What is on this roll", "<h1>What is on this roll</h1>\n<table>\n"
                f"<tr><th>package</th><th>version</th><th>what it is</th></tr>\n{rows}\n</table>\n"
                '<p>What else a roll can have was not given to its builder.</p>\n<p><a href="index.html">Users guide</a></p>')


def adapt(folder: pathlib.Path) -> None:
    """A guide that knows nothing of rolls: the page of packages has a link, and the PDF the name that it has on a roll."""
    if not (folder / "style.css").exists():
        (folder / "style.css").write_text(STYLE, encoding="utf-8")
    text = (folder / "index.html").read_text(encoding="utf-8")
    if (folder / "tstat-guide.pdf").is_file():
        (folder / "tstat-guide.pdf").rename(folder / PDF)
        for path in folder.rglob("*.html"):
            page_text = path.read_text(encoding="utf-8")
            if "tstat-guide.pdf" in page_text:
                path.write_text(page_text.replace("tstat-guide.pdf", PDF), encoding="utf-8")
        text = text.replace("tstat-guide.pdf", PDF)
    if 'href="packages.html"' not in text:
        link = '<p><a href="packages.html">What is on this roll</a></p>\n'
        head, body, rest = text.rpartition("</body>")
        text = head + link + body + rest if body else text + link
    (folder / "index.html").write_text(text, encoding="utf-8")


def parts(settings: Settings) -> list[str]:
    """Words for docs/guide/build: what the programs that are here can make."""
    if not shutil.which("pandoc"):
        raise RollError("the guide: pandoc is not installed (./bootstrap.sh installs it; GUIDE=DIR: a guide that was made before)")
    words = []
    if not shutil.which("doxygen"):
        warn("the guide is without the reference of C and C++: doxygen is not installed (./bootstrap.sh installs it)")
        words.append("--no-api")
    if settings.pdf and shutil.which("weasyprint"):
        words.append("--pdf")
    elif settings.pdf:
        warn("the guide is without its PDF: weasyprint is not installed (./bootstrap.sh installs it)")
    return words


def stage(settings: Settings, packages: list[tuple[str, str, str]], to: pathlib.Path, work: pathlib.Path) -> None:
    folder = to / directory(settings)
    folder.mkdir(parents=True)
    made = pathlib.Path(settings.guide).absolute() if settings.guide else work / "guide"
    if not settings.guide:
        run([sys.executable, "-B", str(REPOSITORY / "docs" / "guide" / "build"), *parts(settings), str(made)], "the guide",
            clean_environment(work, settings.epoch))
    if not (made / "index.html").is_file():
        raise RollError(f"GUIDE={settings.guide}: there is no index.html in it")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    adapt(folder)
    (folder / "packages.html").write_text(list_packages(packages), encoding="utf-8")


def package(settings: Settings, variables: dict[str, str]) -> Package:
    return Package(variables["NAME"], settings.version, settings.release, variables["ARCH"], variables["SUMMARY"],
                   shared=("/var/www/html/roll-documentation",))
