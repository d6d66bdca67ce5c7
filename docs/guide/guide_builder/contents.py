# SPDX-License-Identifier: BSD-3-Clause
"""Which pages the guide has, in which order, and where each of them stands in it."""
import dataclasses
import pathlib
import posixpath

LEFT_OUT = "Left out"
UNPLACED = "Further pages"


class GuideError(Exception):
    """What the guide cannot be made of, for the person who makes it."""


@dataclasses.dataclass(frozen=True)
class Entry:
    source: str  # a path in the sources
    target: str  # the page's path in the guide

    @property
    def key(self) -> str:
        """What the page is called in identifiers of the book."""
        return self.target.removesuffix(".html").replace("/", ".")


@dataclasses.dataclass(frozen=True)
class Part:
    title: str
    entries: list[Entry]


def target_of(source: str) -> str:
    if source.startswith("bindings/python/"):
        return "python-reference.html"
    path = source.removeprefix("docs/")
    for folder in ("packaging/etc/", "packaging/"):
        if path.startswith(folder):
            path = "files/" + path.removeprefix(folder)
            break
    if posixpath.basename(path) == "README.md":
        return posixpath.join(posixpath.dirname(path), "index.html")
    return path.removesuffix(".md") + ".html"


def documents(tree: pathlib.Path) -> list[str]:
    """The pages of docs/, as paths in the sources."""
    docs = tree / "docs"
    return sorted(str(page.relative_to(tree)) for pattern in ("*.md", "logs/*.md", "man/*.[1-8]") for page in docs.glob(pattern))


def read_contents(tree: pathlib.Path, file: pathlib.Path) -> list[Part]:
    parts: list[Part] = []
    seen: set[str] = set()
    for number, text in enumerate(file.read_text().splitlines(), 1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("="):
            parts.append(Part(line.removeprefix("=").strip(), []))
            continue
        if not parts:
            raise GuideError(f"{file}:{number}: a page before the first part")
        if not (tree / line).is_file():
            raise GuideError(f"{file}:{number}: {line}: no such page")
        if line in seen:
            raise GuideError(f"{file}:{number}: {line}: stands here twice")
        seen.add(line)
        parts[-1].entries.append(Entry(line, target_of(line)))
    unplaced = [Entry(page, target_of(page)) for page in documents(tree) if page not in seen]
    parts = [part for part in parts if part.title != LEFT_OUT]
    if unplaced and file == tree / "docs/guide/contents":
        parts.append(Part(UNPLACED, unplaced))
    return parts
