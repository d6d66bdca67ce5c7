#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the comment of tstat.h, its part of docs/c-api.md and its manual page show compiles as C11.

usage: c_snippets_test.py SOURCE_DIR CC
"""
import pathlib, re, subprocess, sys, unittest

SOURCE, CC = pathlib.Path(sys.argv[1]), sys.argv[2]

# What the snippets assume.
ASSUMED = """
#include <stdio.h>
#include "tstat.h"
extern int use(void *user, ...);
extern void use_ns(void *user, int64_t ns), use_cell(void *user, int64_t label, int64_t samples);
extern tstat_session *session;
extern int64_t time_ns;
extern const void *bytes;
extern uint32_t length;
"""


def snippets_of_comment(text):
    """Blocks that are indented more than the comment that begins the header, before its rules."""
    comment = text[:text.index("\n * Rules:")]
    blocks, block = [], []
    for line in [line[2:] if line.startswith(" *") else line for line in comment.splitlines()] + [""]:
        if line.startswith("   "):
            block.append(line[3:])
        elif line.strip():
            blocks, block = blocks + ["\n".join(block)] * bool(block), []
        elif block:
            block.append("")
    return blocks + ["\n".join(block)] * bool("".join(block))


def snippets_of_page(text):
    return re.findall(r"^```c\n(.*?)^```$", text, re.M | re.S)


def snippets_of_manual(text):
    block = re.search(r"^\.SH EXAMPLES\n\.nf\n(.*?)^\.fi$", text, re.M | re.S)[1]
    return [block.replace("\\e", "\\").replace("\\-", "-")]


def program(snippet):
    """Functions as they are; what is outside of them in a function of its own."""
    functions = re.findall(r"^static .*?^}$", snippet, re.M | re.S)
    for function in functions:
        snippet = snippet.replace(function, "")
    session = "" if "tstat_session_new" not in snippet else "(void)session;"
    return ASSUMED + "\n".join(functions) + "\nvoid statements(void) {\n" + snippet + session + "\n}\n"


def compile_it(text):
    return subprocess.run([CC, "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-fsyntax-only",
                           f"-I{SOURCE}/bindings/c", "-x", "c", "-"], input=text, capture_output=True, text=True)


class CSnippetsTest(unittest.TestCase):
    def check(self, snippets, least):
        self.assertGreaterEqual(len(snippets), least)
        for snippet in snippets:
            done = compile_it(program(snippet))
            self.assertEqual(done.returncode, 0, snippet + "\n" + done.stderr)

    def test_comment_of_the_header(self):
        self.check(snippets_of_comment((SOURCE / "bindings/c/tstat.h").read_text()), 1)

    def test_page(self):
        self.check(snippets_of_page((SOURCE / "docs/c-api.md").read_text()), 5)

    def test_manual_page(self):
        self.check(snippets_of_manual((SOURCE / "docs/man/tstat_api.3").read_text()), 1)

    def test_a_mistake_does_not_compile(self):
        for mistake in ("tstat_no_such_function(session);", "tstat_session_set(session);",
                        "static int f(const tstat_row *row, void *user) {\n  return row->table;\n}"):
            self.assertNotEqual(compile_it(program(mistake)).returncode, 0, mistake)

    # Every function of the header has its place on the manual page.
    def test_the_manual_page_is_complete(self):
        header, page = (SOURCE / "bindings/c/tstat.h").read_text(), (SOURCE / "docs/man/tstat_api.3").read_text()
        functions = set(re.findall(r"^TSTAT_C_EXPORT[^;(]*?(tstat_\w+)\(", header, re.M))
        self.assertGreater(len(functions), 75)
        small = {"tstat_c_api", "tstat_version"} | {f for f in functions if re.search(r"_(count|rows|table|in_profile|name)$", f)}
        named = {f for f in functions if f.startswith("tstat_row_") and f.endswith("_named")}
        self.assertEqual({f for f in functions - small - named if f not in page}, set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
