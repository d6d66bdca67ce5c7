# SPDX-License-Identifier: BSD-3-Clause
"""Tokens of a C++ source that clang-format has laid out, and what belongs together in them."""
import re
from dataclasses import dataclass

TOKEN = re.compile(r'''
  (?P<comment>//[^\n]*|/\*.*?\*/)
 |(?P<directive>(?:(?<=\n)|\A)[ ]*\#(?:[^\n\\]|\\\n|\\.)*)
 |(?P<string>(?:u8|[uUL])?R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)"\w*|(?:u8|[uUL])?"(?:[^"\\\n]|\\.)*"\w*)
 |(?P<char>(?:u8|[uUL])?'(?:[^'\\\n]|\\.)+')
 |(?P<number>\.?\d(?:[eEpP][+-]|[\w.'](?!(?<=')\W))*)
 |(?P<word>[A-Za-z_]\w*)
 |(?P<space>\s+)
 |(?P<sign><=>|->\*|\.\.\.|<<=|>>=|::|->|\+\+|--|<<|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
''', re.VERBOSE | re.DOTALL)

CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    begin: int
    end: int


def tokens_of(text):
    """All but spaces, comments and preprocessor lines."""
    found = []
    for m in TOKEN.finditer(text):
        if m.lastgroup == "mark" or m.lastgroup is None:
            raise ValueError(f"no token at {m.start()}")
        kind = next(k for k in ("comment", "directive", "string", "char", "number", "word", "space", "sign")
                    if m.group(k) is not None)
        if kind not in ("comment", "directive", "space"):
            found.append(Token(kind, m.group(), m.start(), m.end()))
    return found


def partners_of(tokens):
    """Index of the closing bracket for each opening one."""
    partner, open_ones = {}, []
    for i, t in enumerate(tokens):
        if t.kind != "sign":
            continue
        if t.text in CLOSES:
            open_ones.append(i)
        elif t.text in CLOSES.values():
            at = open_ones.pop()
            if CLOSES[tokens[at].text] != t.text:
                raise ValueError(f"brackets do not match at {t.begin}")
            partner[at] = i
    if open_ones:
        raise ValueError("a bracket is not closed")
    return partner
