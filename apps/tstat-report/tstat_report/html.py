# SPDX-License-Identifier: BSD-3-Clause
"""Elements of HTML and SVG, balanced and escaped by construction.

    element("td", name, class_="name")       # <td class="name">...</td>, name escaped
    join(element("b", "a"), " < ", "b")      # <b>a</b> &lt; b

Children that are not Markup are text, and escaped. What the network says is ``foreign``: nothing in it is invisible,
turns the direction of what follows, or has no end.
"""

from __future__ import annotations

import unicodedata
from typing import Union

_VOID = frozenset(("meta", "link", "br", "hr", "col"))
_LONGEST = 120


class Markup(str):
    """Text that is HTML already."""


Child = Union[str, Markup, None]


def escape(text: str) -> Markup:
    """Text as HTML, in elements and in attributes."""
    if isinstance(text, Markup):
        return text
    return Markup(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
                  .replace("'", "&#39;"))


def join(*children: Child) -> Markup:
    """One after the other."""
    return Markup("".join(escape(child) for child in children if child is not None))


def element(tag: str, *children: Child, **attributes: object) -> Markup:
    """An element. class_ is class, aria_label is aria-label; attributes that are None are left out."""
    said = "".join(f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for name, value in attributes.items()
                   if value is not None)
    if tag in _VOID:
        return Markup(f"<{tag}{said}>")
    return Markup(f"<{tag}{said}>{join(*children)}</{tag}>")


def clean(text: str) -> str:
    """Text of strangers as it may be shown: what cannot be seen stands as \\uNNNN, and its end may be missing."""
    shown: list[str] = []
    marks = 0
    for character in text[:_LONGEST]:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        invisible = category[0] == "C" or category in ("Zl", "Zp") or marks > 2
        if invisible or (category == "Zs" and character != " "):
            shown.append(f"\\u{ord(character):04x}")
        else:
            shown.append(character)
    return "".join(shown) + ("…" if len(text) > _LONGEST else "")


def foreign(text: str) -> Markup:
    """Text of strangers as an element: it has its own direction."""
    return element("bdi", clean(text))
