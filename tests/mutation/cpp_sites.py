# SPDX-License-Identifier: BSD-3-Clause
"""Places in the functions of a C++ source where a mutant can stand, and the source with some of them in it.

    source = Source(text)
    source.sites                       # all of them: relations, logic, constants, signs, removed statements
    source.with_mutants({7: site})     # the text in which mutant_is(7) chooses that site's change

A change never leaves its region: a condition, the value of a return or of a declaration, or a statement. With mutants in
it, a region stands there several times, once for each. Only function bodies, lambdas in tables and constants of
namespace scope are looked at; what must be known to the compiler (constexpr functions, case labels, types, tables that
other tables are made of) is left alone.
"""
from dataclasses import dataclass

from cpp_tokens import partners_of, tokens_of

RELATIONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
SIGNS = {"+": "-", "-": "+", "+=": "-=", "-=": "+="}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
# Before a `[` that begins a lambda.
BEFORE_LAMBDA = {"(", ",", "=", "return", "{", "&&", "||", "?", ":", ";", "}"}
NO_STATEMENT = {"using", "static", "static_assert", "constexpr", "typedef", "goto", "break", "continue", "template", "friend",
                "struct", "class", "enum", "union", "namespace", "asm", "throw", "delete", "co_return"}


@dataclass(frozen=True)
class Region:
    kind: str  # "condition", "return", "value", "statement", "constant"
    begin: int
    end: int


@dataclass(frozen=True)
class Site:
    region: Region
    what: str  # "'<' -> '<='", "removed", ...
    begin: int
    end: int
    replacement: str  # of text[begin:end]
    line: int


class Source:
    def __init__(self, text):
        self.text = text
        self.tokens = tokens_of(text)
        self.partner = partners_of(self.tokens)
        self.sites = []
        self.constants = []  # indexes of `constexpr` that must go when a constant is changed, with their regions
        self.fixed = self._names_for_the_compiler()
        self._scope(0, len(self.tokens))

    # --- What a token is

    def _is(self, i, *texts):
        return i < len(self.tokens) and self.tokens[i].text in texts

    def _spaced(self, i):
        t = self.tokens[i]
        return self.text[t.begin - 1].isspace() and self.text[t.end].isspace()

    def _is_lambda(self, i):
        return (self.tokens[i].text == "[" and not self._is(i + 1, "[") and not self._is(i - 1, "[") and
                (i == 0 or self.tokens[i - 1].text in BEFORE_LAMBDA))

    def _top_level(self, begin, end):
        """Indexes that are in no bracket."""
        i = begin
        while i < end:
            yield i
            i = self.partner[i] if i in self.partner else i + 1
            if i < end and self.tokens[i].text in ")]}":
                i += 1

    def _next_semicolon(self, i):
        return next(j for j in self._top_level(i, len(self.tokens)) if self.tokens[j].text == ";")

    def _names_for_the_compiler(self):
        """Names in array sizes, template arguments, static_asserts, constexpr functions, and in calls within constants."""
        names = set()

        def add(begin, end):
            names.update(self.tokens[j].text for j in range(begin, end) if self.tokens[j].kind == "word")

        for i, t in enumerate(self.tokens):
            if t.kind == "word" and (self._is(i - 1, "[") and self._is(i + 1, "]") or
                                     self._is(i - 1, "<") and not self._spaced(i - 1)):
                names.add(t.text)
            elif t.text == "static_assert" or (t.text == "constexpr" and self._is(i - 1, "if")):
                add(i + 1, self.partner[i + 1])
            elif t.text in ("constexpr", "consteval"):
                top = list(self._top_level(i, len(self.tokens)))
                stop = next(j for j in top if self.tokens[j].text in (";", "{", "="))
                if self._is(stop, "="):
                    for j in top[top.index(stop):]:
                        if self._is(j, ";"):
                            break
                        if j in self.partner:
                            for k in range(j, self.partner[j]):
                                if self._is(k, "("):
                                    add(k, self.partner[k])
                elif self._is(stop, "{"):
                    add(stop, self.partner[stop])
        return names

    # --- Namespaces and classes

    def _scope(self, begin, end):
        head = i = begin
        while i < end:
            text = self.tokens[i].text
            if text == ";":
                self._declaration(head, i)
                head = i = i + 1
            elif text == "{":
                close = self.partner[i]
                words = [self.tokens[j].text for j in self._top_level(head, i)]
                if "=" in words or (words and words[-1] in (",", "return")) or self._is_member_initializer(head, i):
                    i = close + 1
                    continue
                if "namespace" in words or "extern" in words:
                    self._scope(i + 1, close)
                elif "(" in words and "constexpr" not in words and "consteval" not in words:
                    self._block(i)
                elif ("struct" in words or "class" in words) and "enum" not in words and "(" not in words:
                    self._scope(i + 1, close)
                i = close + 1
                if not (("struct" in words or "class" in words or "enum" in words) and "(" not in words):
                    head = i
            elif text in "([":
                i = self.partner[i] + 1
            else:
                i += 1

    def _is_member_initializer(self, head, i):
        """A `{` in `X::X() : a_{1}, b_(2) {`."""
        top = list(self._top_level(head, i))
        return any(self.tokens[j].text == ":" and self._is(j - 1, ")") for j in top) and \
            self.tokens[i - 1].kind == "word" and not self._is(i - 1, "const", "noexcept", "override")

    def _declaration(self, head, end):
        """constexpr int kLongest = 20; and the lambdas in a table."""
        top = list(self._top_level(head, end))
        words = [self.tokens[j].text for j in top]
        if "constexpr" not in words or "=" not in words or "using" in words:
            return
        begin = top[words.index("=")] + 1
        bodies = self._lambdas(begin, end)
        name = next((self.tokens[j].text for j in reversed(range(head, begin)) if self.tokens[j].kind == "word"), "")
        if "template" in words or name in self.fixed:
            return
        region = Region("constant", self.tokens[begin].begin, self.tokens[end].begin)
        self.constants.append((region, top[words.index("constexpr")]))
        for j in range(begin, end):
            if self.tokens[j].kind == "number" and not any(first < j < last for first, last in bodies):
                self._number(region, j)

    # --- Statements

    def _block(self, i):
        end = self.partner[i]
        i += 1
        while i < end:
            i = self._statement(i)

    def _statement(self, i):
        """Returns the index after it."""
        text = self.tokens[i].text
        if text == "{":
            self._block(i)
            return self.partner[i] + 1
        if text == ";":
            return i + 1
        if text == "[" and self._is(i + 1, "["):
            return self._statement(self.partner[i] + 1)
        if text in ("if", "while", "switch", "for"):
            return self._control(i)
        if text in ("else", "try"):
            return self._statement(i + 1)
        if text == "catch":
            return self._statement(self.partner[i + 1] + 1)
        if text == "do":
            after = self._statement(i + 1)
            self._condition(after + 2, self.partner[after + 1])
            return self._next_semicolon(after) + 1
        if text == "case":
            return next(j for j in range(i, len(self.tokens)) if self.tokens[j].text == ":") + 1
        if text == "default":
            return i + 2
        end = self._next_semicolon(i)
        if text == "return":
            self._expression("return", i + 1, end, i)
        elif text not in NO_STATEMENT:
            self._simple(i, end)
        return end + 1

    def _control(self, i):
        keyword, opening = self.tokens[i].text, i + 1
        fixed = self._is(opening, "constexpr")
        if fixed:
            opening += 1
        close = self.partner[opening]
        parts = [j for j in self._top_level(opening + 1, close) if self.tokens[j].text == ";"]
        if keyword == "for":
            if len(parts) == 2:
                self._condition(parts[0] + 1, parts[1])
        elif keyword != "switch" and not fixed:
            self._condition(parts[-1] + 1 if parts else opening + 1, close)
        after = self._statement(close + 1)
        if keyword == "if" and self._is(after, "else"):
            after = self._statement(after + 1)
        return after

    def _condition(self, begin, end):
        if begin == end or any(self.tokens[j].text == "=" for j in self._top_level(begin, end)):
            return
        region = self._expression("condition", begin, end, begin)
        if region is not None:
            text = self.text[region.begin:region.end]
            self._add(region, "negated", region.begin, region.end, f"!({text})")

    def _simple(self, i, end):
        """An expression, or the declaration of a variable."""
        top = list(self._top_level(i, end))
        assignments = [j for j in top if self.tokens[j].text in ASSIGNMENTS]
        left = self._place(i)
        if left == end or (assignments and left == assignments[0]) or self._is(i, "++", "--"):
            region = self._expression("statement", i, end, i)
            if region is None:  # a lambda in it; it can go as a whole
                region = Region("whole", self.tokens[i].begin, self.tokens[end].end)
            self._add(region, "removed", region.begin, region.end, "")
        elif len(assignments) == 1 and self._is(assignments[0], "=") and not self._is(assignments[0] + 1, "{") and \
                not any(self.tokens[j].text == "," and j > assignments[0] for j in top):
            self._expression("value", assignments[0] + 1, end, assignments[0] + 1)
        else:
            self._lambdas(i, end)

    def _place(self, i):
        """The index after `*a.b(c)->d[e]`."""
        while self._is(i, "*", "(") and not (self._is(i, "(") and self._is(i - 1, ")")):
            if self._is(i, "("):
                i = self.partner[i] + 1
                break
            i += 1
        while i < len(self.tokens):
            t = self.tokens[i]
            if t.text in ("(", "["):
                i = self.partner[i] + 1
            elif t.kind == "word" and (i == 0 or self.tokens[i - 1].kind != "word"):
                i += 1
            elif t.text in ("::", ".", "->", "->*"):
                i += 1
            else:
                break
        return i

    # --- Expressions

    def _lambdas(self, begin, end):
        """Statements of the lambdas in an expression; the first and last index of each body."""
        found, i = [], begin
        while i < end:
            if self._is_lambda(i):
                body = next((j for j in self._top_level(self.partner[i] + 1, end) if self.tokens[j].text in "{,;"), None)
                if body is not None and self.tokens[body].text == "{":
                    found.append((body, self.partner[body]))
                    self._block(body)
                    i = self.partner[body]
            i += 1
        return found

    def _expression(self, kind, begin, end, start):
        """Adds what can change between two tokens; the region, or None when that must not stand there twice. A
        statement's region begins at `start` and takes its semicolon."""
        if begin == end or self._lambdas(begin, end):
            return None
        whole = kind in ("return", "statement")
        region = Region(kind, self.tokens[start if whole else begin].begin, self.tokens[end if whole else end - 1].end)
        for i in range(begin, end):
            t = self.tokens[i]
            if t.kind == "number":
                self._number(region, i)
            elif t.text in ("true", "false"):
                self._replace(region, i, "false" if t.text == "true" else "true")
            elif t.text in RELATIONS and self._spaced(i):
                self._replace(region, i, RELATIONS[t.text])
            elif t.text in ("+=", "-="):
                self._replace(region, i, SIGNS[t.text])
            elif t.text in SIGNS and self._spaced(i) and i > begin:
                self._replace(region, i, SIGNS[t.text])
            elif t.text in ("++", "--") and kind == "statement":
                self._replace(region, i, "--" if t.text == "++" else "++")
            elif t.text == "!":
                self._replace(region, i, "")
        return region

    def _number(self, region, i):
        t = self.tokens[i]
        if "." in t.text or (self._is(i - 1, "<") and not self._spaced(i - 1)):  # also: a template's argument
            return
        self._replace(region, i, f"({t.text} + 1)")
        if t.text.rstrip("uUlL") not in ("0", "0x0"):
            self._replace(region, i, f"({t.text} - 1)")

    def _replace(self, region, i, replacement):
        t = self.tokens[i]
        self._add(region, f"'{t.text}' -> '{replacement}'" if replacement else f"'{t.text}' removed", t.begin, t.end,
                  replacement)

    def _add(self, region, what, begin, end, replacement):
        self.sites.append(Site(region, what, begin, end, replacement, self.text.count("\n", 0, begin) + 1))

    # --- The source with mutants

    def with_mutants(self, chosen):
        """`chosen`: a Site for each number. Lines keep their numbers."""
        by_region = {}
        for number, site in chosen.items():
            by_region.setdefault(site.region, []).append((number, site))
        edits = []  # (begin, end, text)
        for region, mutants in by_region.items():
            edits += self._edits(region, mutants)
        text = self.text
        for begin, end, new in sorted(edits, key=lambda e: (e[0], e[1]), reverse=True):
            text = text[:begin] + new + text[end:]
        return text

    def _edits(self, region, mutants):
        original = self.text[region.begin:region.end]
        if region.kind == "constant":
            places = {}
            for number, site in mutants:
                places.setdefault((site.begin, site.end), []).append((number, site.replacement))
            edits = [(b, e, "(" + "".join(f"mutant_is({n}) ? {r} : " for n, r in them) + self.text[b:e] + ")")
                     for (b, e), them in places.items()]
            for constant, keyword in self.constants:
                if constant == region:
                    t = self.tokens[keyword]
                    edits.append((t.begin, t.end, "const"))
            return edits
        if region.kind == "whole":
            return [(region.begin, region.begin, "{ if (!mutant_is(%d)) " % mutants[0][0]), (region.end, region.end, " }")]
        variants = [(n, self._flat(region, s)) for n, s in mutants]
        if region.kind in ("statement", "return"):
            text = "{ " + "".join(f"if (mutant_is({n})) {{ {v} }} else " for n, v in variants) + original + " }"
        else:
            text = "(" + "".join(f"mutant_is({n}) ? ({v}) : " for n, v in variants) + "(" + original + "))"
        return [(region.begin, region.end, text)]

    def _flat(self, region, site):
        """The region with the change, on one line and without comments."""
        text = self.text[region.begin:site.begin] + site.replacement + self.text[site.end:region.end]
        line, end = "", 0
        for t in tokens_of(text):
            line += (" " if t.begin > end else "") + t.text  # `>>` is two tokens
            end = t.end
        return line
