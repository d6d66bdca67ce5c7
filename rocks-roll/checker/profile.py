# SPDX-License-Identifier: BSD-3-Clause
"""What a frontend makes of the profile: which nodes a host reaches, and the script that `rocks run roll` prints."""
from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from xml.sax.saxutils import escape

from checker.conditions import Attributes, ConditionError, holds, joined

Report = Callable[[str, str, str], None]  # "ERROR" or "WARN", rule, text
# Connection points that other rolls bring.
FOREIGN = {"server", "client", "compute"}
FOREIGN_EDGES = {"compute": [("client", "")]}
SECTIONS = ("post", "configure")


@dataclasses.dataclass
class Chosen:
    packages: list[str] = dataclasses.field(default_factory=list)
    off: list[str] = dataclasses.field(default_factory=list)
    sections: list[tuple[str, str]] = dataclasses.field(default_factory=list)  # interpreter, text
    nodes: int = 0  # of the roll


def attributes_of(release: str, appliance: str, more: Attributes) -> Attributes:
    return {"os": "linux", "arch": "x86_64", "hostname": "frontend", "Kickstart_PublicHostname": "frontend.example.org", "root": appliance,
            "appliance": "frontend" if appliance == "server" else appliance, "rocks_version_major": release,
            "version": "7.0" if release == "7" else "6.2", "release": "Manzanita" if release == "7" else "SideWinder"} | more


class Graph:
    """Edges as they are kept: those of child elements only when their conditions hold."""

    def __init__(self, attributes: Attributes) -> None:
        self.attributes = attributes
        self.edges: dict[str, list[tuple[str, str]]] = {name: list(edges) for name, edges in FOREIGN_EDGES.items()}
        self.names = set(FOREIGN)

    def add(self, start: str, end: str, condition: str) -> None:
        self.names |= {start, end}
        self.edges.setdefault(start, []).append((end, condition))

    def read(self, text: str) -> None:
        for edge in ET.fromstring(text).iter("edge"):
            condition = joined(edge.attrib)
            start, end = edge.get("from"), edge.get("to")
            children = [c for c in edge if c.tag in ("to", "from")]
            for child in children:
                name = child.text or ""
                if not holds(joined(child.attrib, condition), self.attributes):
                    continue
                if child.tag == "to" and start:
                    self.add(start, name, condition)
                elif child.tag == "from" and end:
                    self.add(name, end, condition)
            if start and end and not children:
                self.add(start, end, condition)

    def reach(self, root: str) -> list[str]:
        """Depth first. The first edge to a node decides whether it counts; its own edges are followed all the same."""
        seen: dict[str, str] = {}

        def visit(name: str, condition: str) -> None:
            seen[name] = condition
            for end, own in self.edges.get(name, []):
                if end not in seen:
                    visit(end, own)

        visit(root, "")
        return sorted(name for name, condition in seen.items() if holds(condition, self.attributes))


class Generator:
    def __init__(self, release: str, attributes: Attributes, report: Report) -> None:
        self.release, self.attributes, self.report = release, attributes, report
        self.chosen = Chosen()

    def node(self, name: str, text: str, roll: str) -> None:
        head = "".join(f'<!ENTITY {k} "{escape(v, {chr(34): "&#34;"})}">\n' for k, v in self.attributes.items())
        body = "".join(line for line in text.splitlines(keepends=True) if "<?xml" not in line)
        try:
            root = ET.fromstring(f"<!DOCTYPE kickstart [\n{head}]>\n{body}")
        except ET.ParseError as error:
            self.report("ERROR", "R5.4", f"node {name}: {error}")
            return
        if root.get("roll", "unknown") == roll:
            self.chosen.nodes += 1
            self._elements(root, name)

    def _elements(self, parent: ET.Element, node: str) -> None:
        for element in parent:
            if not self._applies(element, node):
                continue
            if element.tag == "package":
                self._package(element)
            elif element.tag in SECTIONS:
                self._section(element, node)
            elif element.tag not in ("pre", "boot", "description", "copyright", "changelog", "debug", "attributes", "ansible"):
                self._elements(element, node)

    def _applies(self, element: ET.Element, node: str) -> bool:
        if not {"pre", "post"} & set(element.get("phase", "pre,post").split(",")):
            return False
        try:
            return holds(joined(element.attrib), self.attributes)
        except ConditionError as error:
            self.report("WARN", "R5.8", f"node {node}: {error}")
            return True

    def _package(self, element: ET.Element) -> None:
        name = (element.text or "").strip()
        if element.get("type") == "meta":
            name = "@" + name
        if "disable" in element.attrib:
            self.report("WARN", "R5.9", f"package '{name}' is disabled: yum of release 7 gets it as -{name}")
            if name not in self.chosen.packages:
                self.chosen.off.append(name)
        else:
            self.chosen.packages.append(name)
            if name in self.chosen.off:
                self.chosen.off.remove(name)

    def _section(self, element: ET.Element, node: str) -> None:
        if element.get("arg", "").strip() == "--nochroot":
            return
        text = element.text or ""
        for child in element:
            if child.tag == "file":
                text += self._file(child)
            else:
                self.report("ERROR", "R5.5", f"node {node}: <{child.tag}> inside of <{element.tag}>: the generator stops")
            text += child.tail or ""
        self.chosen.sections.append((element.get("interpreter", "/bin/bash"), text))

    def _file(self, element: ET.Element) -> str:
        name, text = element.get("name", ""), element.text or ""
        if not name or element.get("os", "linux") != "linux":
            return ""
        to = ">>" if element.get("mode") == "append" else ">"
        end = "EOF" if element.get("vars") == "expanded" else "'EOF'"
        made = f"cat {to} {name} << {end}\n{text.strip(chr(10))}\nEOF\n" if text.strip() else f"touch {name}\n"
        return made + (f"chmod {element.get('perms')} {name}\n" if element.get("perms") else "")

    def script(self, files: dict[str, str]) -> str:
        """files: of each package on the disk."""
        lines = ["#!/bin/sh", "yum clean all"]
        names = sorted(self.chosen.packages) + [f"-{n}" for n in sorted(self.chosen.off)]
        if self.release == "7" and names:
            lines.append("yum --nogpgcheck -y install " + " ".join(names))
        elif self.release == "6":
            url = f"http://{self.attributes['Kickstart_PublicHostname']}/install/rocks-dist/x86_64/RedHat/RPMS"
            for name in (n for n in names if n in files):
                lines += [f"yum install {name}", "[ $? -ne 0 ] && \\", 'echo "# YUM failed - trying with RPM" && \\',
                          f"rpm -Uvh --force --nodeps {url}/{files[name]}", ""]
        for number, (interpreter, text) in enumerate(self.chosen.sections):
            path = f"/tmp/post{number}"
            lines += [f"cat > {path} << 'ROCKS-KS-POST'", f"#!{interpreter}", text, "ROCKS-KS-POST", f"/bin/chmod +x {path}", path,
                      f"/bin/rm {path}"]
        return "\n".join(lines) + "\n"


def generate(build: dict[str, str], roll: str, release: str, appliance: str, more: Attributes, report: Report) -> Generator | None:
    """build: what the unpacked profiles hold, by their paths below the distribution's build directory."""
    attributes = attributes_of(release, appliance, more)
    graph = Graph(attributes)
    graphs = {path: text for path, text in build.items() if re.fullmatch(r"graphs/default/[^/]+\.xml", path)}
    if not graphs:
        report("ERROR", "R5.1", "the profile has no graphs/default/*.xml where a frontend looks")
        return None
    try:
        for path, text in sorted(graphs.items()):
            graph.read(text)
        reached = graph.reach(appliance)
    except ET.ParseError as error:
        report("ERROR", "R5.1", f"{path}: {error}")
        return None
    except ConditionError as error:
        report("ERROR", "R5.8", f"graph: {error}")
        return None
    if appliance not in graph.names:
        report("ERROR", "R5.2", f"{appliance} stands in no graph")
        return None
    generator = Generator(release, attributes, report)
    for name in reached:
        own = [build[p] for p in (f"nodes/replace-{name}.xml", f"nodes/{name}.xml", f"nodes/extend-{name}.xml") if p in build]
        if not own and name not in FOREIGN:
            report("ERROR", "R5.3", f"the graph leads to node '{name}', which has no file: no host that reaches it gets a profile")
        for text in own:
            generator.node(name, text, roll)
    return generator
