# SPDX-License-Identifier: BSD-3-Clause
"""The edits that a page of docs/ shows: what stands in front of a block of code says where it belongs.

    edits = edits_of(page_text)
    for edit in edits: ...                    # edit.path, edit.kind, edit.anchor, edit.code
    apply(edits, "/a/copy/of/the/tree")       # raises ValueError: which edit has no place, or two

    <!-- new file PATH -->                    the code is the file
    <!-- in PATH after TEXT -->               the code comes below the line that has TEXT
    <!-- in PATH instead of TEXT -->          the code takes that line's place
"""
import pathlib, re
from dataclasses import dataclass

BLOCK = re.compile(r"^<!-- (?P<where>.*?) -->\n```cpp\n(?P<code>.*?)^```$", re.M | re.S)
WHERE = re.compile(r"new file (?P<new>\S+)|in (?P<path>\S+) (?P<kind>after|instead of) (?P<anchor>.+)")


@dataclass
class Edit:
    path: str
    kind: str  # "new", "after", "instead of"
    anchor: str
    code: str


def edits_of(text):
    edits = []
    for block in BLOCK.finditer(text):
        where = WHERE.fullmatch(block["where"])
        if where is None:
            raise ValueError(f"<!-- {block['where']} -->: not a place")
        if where["new"]:
            edits.append(Edit(where["new"], "new", "", block["code"]))
        else:
            edits.append(Edit(where["path"], where["kind"], where["anchor"], block["code"]))
    shown = text.count("\n```cpp\n")
    if shown != len(edits):
        raise ValueError(f"{shown} blocks of code, but {len(edits)} with a place")
    return edits


def apply(edits, tree):
    """Several edits of one file see what the earlier ones left."""
    for edit in edits:
        path = pathlib.Path(tree) / edit.path
        if edit.kind == "new":
            if path.exists():
                raise ValueError(f"{edit.path}: is there already")
            path.write_text(edit.code)
            continue
        lines = path.read_text().splitlines(keepends=True)
        places = [i for i, line in enumerate(lines) if edit.anchor in line]
        if len(places) != 1:
            raise ValueError(f"{edit.path}: {len(places)} lines have {edit.anchor!r}, not one")
        at = places[0]
        lines[at : at + 1] = [lines[at], edit.code] if edit.kind == "after" else [edit.code]
        path.write_text("".join(lines))
