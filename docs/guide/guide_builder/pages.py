# SPDX-License-Identifier: BSD-3-Clause
"""One page of the sources as a piece of HTML: Markdown and manual pages by pandoc, other files as they are."""
import dataclasses
import html
import pathlib
import re
import subprocess
import unicodedata

from .contents import Entry, GuideError
from .python_reference import SOURCE, TITLE, python_reference

MANUAL = re.compile(r"man/(?P<name>[^/]+)\.(?P<section>[1-8])$")
HEADING = re.compile(r"<h(?P<level>[1-6])(?P<attributes>[^>]*)>(?P<text>.*?)</h(?P=level)>", re.S)


@dataclasses.dataclass
class Page:
    entry: Entry
    title: str
    body: str  # without the title
    headings: list[tuple[str, str]]  # identifier and text of those of the second level
    about: str  # what a manual page says of its subject in its first line
    kind: str  # "text", "manual", "reference" or "file"


def plain(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


def slug(text: str) -> str:
    letters = "".join(c for c in unicodedata.normalize("NFC", text.lower()) if c.isalnum() or c in " -_")
    return letters.replace(" ", "-") or "section"


def pandoc(source: pathlib.Path, form: str, *arguments: str) -> str:
    command = ["pandoc", "--from", form, "--to", "html5", "--no-highlight", "--wrap=none", *arguments, str(source)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    if run.returncode != 0:
        raise GuideError(f"{source}: pandoc: {run.stderr.strip()}")
    return run.stdout


def with_identifiers(body: str) -> str:
    """Each heading has an identifier, and none stands twice in a page."""
    taken: set[str] = set()

    def name(match: re.Match[str]) -> str:
        given = re.search(r'id="([^"]*)"', match["attributes"])
        wanted = given[1] if given else slug(plain(match["text"]))
        identifier, number = wanted, 1
        while identifier in taken:
            identifier, number = f"{wanted}-{number}", number + 1
        taken.add(identifier)
        return f'<h{match["level"]} id="{identifier}">{match["text"]}</h{match["level"]}>'

    return HEADING.sub(name, body)


def in_steps(body: str) -> str:
    """Where a page goes from its title to headings of the third level, they become the second."""
    if "<h2" in body or "<h3" not in body:
        return body
    return re.sub(r"(</?h)([3-6])\b", lambda match: f"{match[1]}{int(match[2]) - 1}", body)


def framed(body: str) -> str:
    """Tables and code scroll by themselves, by keyboard too; columns are as wide as what they hold."""
    body = re.sub(r"<colgroup>.*?</colgroup>\n?", "", body, flags=re.S)
    body = re.sub(r' class="(odd|even|header)"', "", body)
    body = re.sub(r"<tr>\s*(<th></th>\s*)+</tr>", "", body)  # a table that needs no heads
    body = re.sub(r"<thead>\s*</thead>\n?", "", body)
    body = re.sub(r"<code>([^\s<]{1,24})</code>", r'<code class="word">\1</code>', body)  # not to be broken at a hyphen
    body = body.replace("<th>", '<th scope="col">')
    body = re.sub(r"<table[^>]*>", '<div class="table" role="region" aria-label="Table" tabindex="0"><table>', body)
    body = body.replace("</table>", "</table></div>")
    return re.sub(r"<pre\b[^>]*>", '<pre tabindex="0">', body)


def manual_page(body: str) -> str:
    return re.sub(r"<strong><em>(.*?)</em></strong>", r"<em>\1</em>", body)


def convert(tree: pathlib.Path, entry: Entry) -> Page:
    source = tree / entry.source
    manual = MANUAL.search(entry.source)
    if manual:
        body = manual_page(pandoc(source, "man", "--shift-heading-level-by=1"))
        title, kind = f'{manual["name"]}({manual["section"]})', "manual"
    elif entry.source == SOURCE:
        body, title, kind = python_reference(tree), TITLE, "reference"
    elif entry.source.endswith(".md"):
        body = pandoc(source, "gfm-yaml_metadata_block")
        first = HEADING.search(body)
        if not first or first["level"] != "1":
            raise GuideError(f"{entry.source}: has no title")
        title, kind = plain(first["text"]), "text"
        body = body[: first.start()] + body[first.end() :]
    else:
        text = html.escape(source.read_text(encoding="utf-8"), quote=False)
        body, kind = f"<pre><code>{text}</code></pre>", "file"
        title = entry.source.removeprefix("packaging/etc/").removeprefix("packaging/")
    body = framed(with_identifiers(in_steps(re.sub(r"<!--.*?-->\n?", "", body, flags=re.S) if kind != "file" else body)))
    headings = [(re.search(r'id="([^"]*)"', m["attributes"])[1], plain(m["text"]))  # type: ignore[index]
                for m in HEADING.finditer(body) if m["level"] == "2"]
    about = re.search(r"<p>[^<]*? (?:-|\u2013) (.*?)</p>", body, re.S) if manual else None
    return Page(entry, title, body, headings, plain(about[1]) if about else "", kind)
