# SPDX-License-Identifier: BSD-3-Clause
"""The reference of the Python module: signatures and words of what it exports, read from its sources, which are not run."""
import ast
import html
import pathlib
import re
import textwrap

from .contents import GuideError

SOURCE = "bindings/python/tstat/__init__.py"
TITLE = "Python reference"
WIDTH = 90
Named = ast.FunctionDef | ast.ClassDef


def exported(module: ast.Module) -> list[str]:
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    raise GuideError(f"{SOURCE}: no __all__")


def definitions(folder: pathlib.Path) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for file in sorted(folder.glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.setdefault(node.name, node)
    return found


def words(node: Named | ast.Module) -> str:
    """A docstring: paragraphs, and what is indented as code."""
    out = []
    for paragraph in re.split(r"\n\s*\n", ast.get_docstring(node) or ""):
        if paragraph.strip() in {"", "::"}:
            continue
        if paragraph.startswith("    ") or re.search(r"\n {2,}", paragraph):
            out.append(f"<pre><code>{html.escape(textwrap.dedent(paragraph), quote=False)}</code></pre>")
        else:
            text = html.escape(re.sub(r"::$", ":", paragraph), quote=False)
            out.append("<p>" + re.sub(r"(`{1,2})([^`]+)\1", r"<code>\2</code>", text) + "</p>")
    return "\n".join(out)


def apart(arguments: str) -> list[str]:
    parts, depth = [""], 0
    for letter in arguments:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def signature(node: ast.FunctionDef, name: str) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns and node.name != "__init__" else ""
    arguments = re.sub(r"^self(, )?", "", ast.unparse(node.args))
    if len(name) + len(arguments) > WIDTH:  # an argument a line
        arguments = "".join(f"\n    {argument}," for argument in apart(arguments)) + "\n"
    return f"<pre><code>{html.escape(f'{name}({arguments}){returns}', quote=False)}</code></pre>"


def is_property(node: ast.FunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id in {"property", "cached_property"} for d in node.decorator_list)


def members(node: ast.ClassDef) -> list[str]:
    out = []
    for member in node.body:
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name) and not member.target.id.startswith("_"):
            text = html.escape(ast.unparse(member.annotation), quote=False)
            out.append(f"<h3><code>{node.name}.{member.target.id}</code></h3>\n<p><code>{text}</code></p>")
        elif isinstance(member, ast.FunctionDef) and (member.name == "__init__" or not member.name.startswith("_")):
            if member.name == "__init__" and "_tstat." in ast.unparse(member.args):
                continue  # what only the module itself makes
            name = f"tstat.{node.name}" if member.name == "__init__" else f"{node.name}.{member.name}"
            out.append(f"<h3><code>{name}</code></h3>")
            if is_property(member):
                returns = html.escape(ast.unparse(member.returns), quote=False) if member.returns else ""
                out.append(f"<p>An attribute: <code>{returns}</code></p>")
            else:
                out.append(signature(member, name.rpartition(".")[2]))
            out.append(words(member))
    return out


def python_reference(tree: pathlib.Path) -> str:
    module = ast.parse((tree / SOURCE).read_text(encoding="utf-8"))
    known = definitions((tree / SOURCE).parent)
    out = ["<p>What <code>import tstat</code> gives, from its own words. How it is used: <a href=\"../../../docs/python.md\">Python</a>."
           "</p>"]
    for name in exported(module):
        node = known.get(name)
        if node is None:
            continue  # a value
        out.append(f'<h2><code>{"class " if isinstance(node, ast.ClassDef) else ""}{name}</code></h2>')
        if isinstance(node, ast.FunctionDef):
            out.append(signature(node, f"tstat.{name}"))
        out.append(words(node))
        if isinstance(node, ast.ClassDef):
            out += members(node)
    return "\n".join(out)
