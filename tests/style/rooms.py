# SPDX-License-Identifier: BSD-3-Clause
"""Which folders include which, and where that goes round in a circle.

    edges = edges_of("/path/of/the/tree")      # {(from, to): ["l7/tcp/layer7.h:28", ...]}
    for room, reasons in cycles_of(edges): ...
    misplaced_of(edges)                        # includes that no room may have

A room is a folder of libtstat/ with the headers and sources that stand in it: "tcp", "l7" and "l7/tls" are three. The
public headers are one room, "include"; the command is another, "apps/tstat-cli".
"""
import re
from pathlib import Path

INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')
PUBLIC = "include"
STARTUP = "startup"


def _room(folder):
    parts = folder.parts
    if parts[0] == "apps":
        return str(folder)
    return PUBLIC if parts[1] == "include" else "/".join(parts[1:])


def edges_of(tree):
    """What is included by quotes and stands in the tree."""
    tree = Path(tree)
    edges = {}
    for top in ("libtstat", "apps"):
        for path in sorted((tree / top).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            source = path.relative_to(tree)
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                found = INCLUDE.match(line)
                if found is None:
                    continue
                for root in ("libtstat/include", "libtstat", "apps"):
                    if (tree / root / found.group(1)).is_file():
                        edge = _room(source.parent), _room((Path(root) / found.group(1)).parent)
                        edges.setdefault(edge, []).append(f"{source}:{number}: {found.group(1)}")
                        break
    return edges


def contracted(edges):
    """The same between the first folders: l7/tcp and l7/tls are l7."""
    found = {}
    for (a, b), reasons in edges.items():
        first = [room if room.startswith("apps/") else room.split("/")[0] for room in (a, b)]
        found.setdefault(tuple(first), []).extend(reasons)
    return found


def _reached_from(room, edges):
    reached, waiting = set(), [room]
    while waiting:
        at = waiting.pop()
        for a, b in edges:
            if a == at and b != at and b not in reached:
                reached.add(b)
                waiting.append(b)
    return reached


def cycles_of(edges):
    """Groups of rooms that all reach each other, each with the includes that lead from one to another."""
    reached = {room: _reached_from(room, edges) for edge in edges for room in edge}
    found, done = [], set()
    for room in sorted(reached):
        group = sorted({other for other in reached[room] if room in reached[other]} | {room})
        if len(group) > 1 and room not in done:
            done.update(group)
            found.append((group, [reason for (a, b), reasons in sorted(edges.items())
                                  if a != b and a in group and b in group for reason in reasons]))
    return found


def misplaced_of(edges):
    """Public headers know nothing private, the library knows no program, and programs know what is public and what
    starts them."""
    def is_misplaced(a, b):
        if a.startswith("apps/"):
            return not b.startswith("apps/") and b not in (PUBLIC, STARTUP)
        return (a == PUBLIC and b != PUBLIC) or b.startswith("apps/")
    return [reason for (a, b), reasons in sorted(edges.items()) if is_misplaced(a, b) for reason in reasons]
