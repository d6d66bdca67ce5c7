# SPDX-License-Identifier: BSD-3-Clause
"""Lines of code of a C++ source and of the functions in it.

    code_lines(text)             # lines that are neither blank nor comment alone
    for f in functions(text):    # f.name, f.line, f.lines: from the signature to the closing brace

Functions are those of namespaces and classes; a lambda belongs to the function around it.
"""
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "mutation"))
from cpp_tokens import TOKEN, partners_of, tokens_of  # noqa: E402

CLASSES = {"class", "struct", "union"}


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int


def code_lines(text):
    return len({line for m in TOKEN.finditer(text) if m.group("comment") is None and m.group("space") is None
                for line in range(text.count("\n", 0, m.start()), text.count("\n", 0, m.end()) + 1)})


class _Walk:
    def __init__(self, text):
        self.text = text
        self.tokens = tokens_of(text)
        self.partner = partners_of(self.tokens)
        self.found = []
        self._scope(0, len(self.tokens))

    def _text(self, i):
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def _line(self, position):
        return self.text.count("\n", 0, position) + 1

    def _after_template(self, head, end):
        """Behind `template <...>`, of which there may be several."""
        while self._text(head) == "template":
            depth = 0
            for i in range(head + 1, end):
                depth += {"<": 1, ">": -1, ">>": -2}.get(self._text(i), 0)
                if depth <= 0:
                    break
            head = i + 1
        return head

    def _top_level(self, begin, end):
        i = begin
        while i < end:
            yield i
            i = self.partner[i] if i in self.partner else i + 1
            if i < end and self._text(i) in (")", "]", "}"):
                i += 1

    def _is_value(self, head, i):
        """A `{` that begins no body: of an initializer, or of a member's in a constructor's list."""
        top = list(self._top_level(head, i))
        if any(self._text(j) == "=" and self._text(j - 1) != "operator" for j in top):
            return True
        in_list = any(self._text(j) == ":" and self._text(j - 1) == ")" for j in top)
        before = self.tokens[i - 1]
        return in_list and before.kind == "word" and before.text not in ("const", "noexcept", "override", "final")

    def _scope(self, begin, end):
        head = i = begin
        while i < end:
            text = self._text(i)
            if text == ";" or (text == ":" and self._text(i - 1) in ("public", "protected", "private")):
                head = i = i + 1
            elif text == "{":
                self._brace(head, i)
                if not self._is_value(self._after_template(head, i), i):
                    head = self.partner[i] + 1
                i = self.partner[i] + 1
            elif text in ("(", "["):
                i = self.partner[i] + 1
            else:
                i += 1

    def _brace(self, head, i):
        begin = self._after_template(head, i)
        words = [self._text(j) for j in self._top_level(begin, i)]
        if not words or "namespace" in words or "extern" in words or words[0] in CLASSES:
            self._scope(i + 1, self.partner[i])
        elif "(" in words and words[0] != "enum" and not self._is_value(begin, i):
            first, last = self._line(self.tokens[head].begin), self._line(self.tokens[self.partner[i]].begin)
            self.found.append(Function(self._name(begin, i), first, last - first + 1))

    def _name(self, begin, i):
        """Before the parameters; with its class where that is written there."""
        at = next(j for j in self._top_level(begin, i) if self._text(j) == "(" and j > begin)
        first = at - 1
        if "operator" in (self._text(at - 2), self._text(at - 3)):
            first = at - 2 if self._text(at - 2) == "operator" else at - 3
        while first > begin and (self._text(first - 1) in ("::", "~") or self._text(first) == "::"):
            first -= 1
        return "".join(self._text(j) for j in range(first, at))


def functions(text):
    return _Walk(text).found
