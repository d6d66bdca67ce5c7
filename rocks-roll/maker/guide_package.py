# SPDX-License-Identifier: BSD-3-Clause
"""The users guide: one that was made before, or what docs/guide makes, or the pages of docs/ by pandoc; and a page of what is
on the roll."""
import html
import pathlib
import re
import shutil
import sys

from maker.rpm_build import Package
from maker.settings import REPOSITORY, RollError, Settings, clean_environment, run

# In reading order; the rest follows by name.
FIRST = ("install", "roll", "configuration", "output", "logs/README", "histograms", "rrd", "viewer", "dumps", "privacy", "live", "ship",
         "dashboards", "c-api", "embedding", "python", "compatibility")
PDF = "roll-tstat-usersguide.pdf"
STYLE = """body { font-family: sans-serif; line-height: 1.45; max-width: 60em; margin: 1em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { border: 1px solid #bbb; padding: .2em .5em; text-align: left; vertical-align: top; }
code, pre { background: #f3f3f3; } pre { padding: .6em; overflow: auto; } img { max-width: 100%; }
"""


def directory(settings: Settings) -> str:
    return f"var/www/html/roll-documentation/{settings.name}/{settings.version}"


def page(title: str, body: str, up: str = "") -> str:
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
            f'<link rel="stylesheet" href="{up}style.css">\n</head>\n<body>\n{body}\n</body>\n</html>\n')


def pages_of(folder: pathlib.Path) -> list[str]:
    found = sorted(str(p.relative_to(folder).with_suffix("")) for p in folder.rglob("*.md"))
    return [p for p in FIRST if p in found] + [p for p in found if p not in FIRST]


def convert(settings: Settings, to: pathlib.Path, work: pathlib.Path) -> None:
    """The pages as they are installed, one HTML page each, with the links among them."""
    pages = work / "pages"
    run(["cmake", "-D", f"SOURCE={REPOSITORY}", "-D", f"TO={pages}", "-P", str(REPOSITORY / "cmake" / "installed_pages.cmake")],
        "the pages of docs/")
    entries = []
    for name in pages_of(pages):
        text = (pages / f"{name}.md").read_text(encoding="utf-8")
        title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), name).replace("`", "")
        source, result = work / "page.md", work / "page.html"
        source.write_text(re.sub(r"\]\(((?![a-z]+:)[^)#]+)\.md(#[^)]*)?\)", r"](\1.html\2)", text), encoding="utf-8")
        run(["pandoc", "--from=gfm", "--to=html5", "--wrap=preserve", "-o", str(result), str(source)], f"page {name}",
            clean_environment(work, settings.epoch))
        up = "../" * name.count("/")
        body = result.read_text(encoding="utf-8")
        (to / f"{name}.html").parent.mkdir(parents=True, exist_ok=True)
        (to / f"{name}.html").write_text(page(title, f'<p><a href="{up}index.html">Users guide</a></p>\n{body}', up), encoding="utf-8")
        entries.append(f'<li><a href="{name}.html">{html.escape(title)}</a></li>')
    for picture in pages.rglob("*.png"):
        (to / picture.relative_to(pages)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, to / picture.relative_to(pages))
    (to / "style.css").write_text(STYLE, encoding="utf-8")
    body = (f"<h1>Tstat {settings.version}: users guide</h1>\n"
            '<p>Installed in <code>/opt/tstat</code>; <a href="packages.html">what is on this roll</a>.</p>\n'
            "<ul>\n" + "\n".join(entries) + "\n</ul>")
    (to / "index.html").write_text(page("Tstat: users guide", body), encoding="utf-8")


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


def stage(settings: Settings, packages: list[tuple[str, str, str]], to: pathlib.Path, work: pathlib.Path) -> None:
    folder = to / directory(settings)
    folder.mkdir(parents=True)
    made, builder = pathlib.Path(settings.guide).absolute() if settings.guide else work / "guide", REPOSITORY / "docs" / "guide" / "build"
    if not settings.guide and builder.is_file():
        run([sys.executable, "-B", str(builder), "--no-api", str(made)], "the guide", clean_environment(work, settings.epoch))
    if (made / "index.html").is_file():
        shutil.copytree(made, folder, dirs_exist_ok=True)
        adapt(folder)
    elif settings.guide:
        raise RollError(f"GUIDE={settings.guide}: there is no index.html in it")
    else:
        convert(settings, folder, work)
    (folder / "packages.html").write_text(list_packages(packages), encoding="utf-8")


def package(settings: Settings, variables: dict[str, str]) -> Package:
    return Package(variables["NAME"], settings.version, settings.release, variables["ARCH"], variables["SUMMARY"],
                   shared=("/var/www/html/roll-documentation",))
