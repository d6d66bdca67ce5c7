# SPDX-License-Identifier: BSD-3-Clause
"""Which changes cpp_sites.py finds in a source, and that the source with them in it says what it should."""
import unittest

from cpp_sites import Source


def found(text):
    return [(site.what, site.line) for site in Source(text).sites]


def with_first(text, what):
    source = Source(text)
    site = next(s for s in source.sites if s.what == what)
    return source.with_mutants({7: site})


class Sites(unittest.TestCase):
    def test_condition(self):
        text = "void F(int a) {\n  if (a < kLimit) G();\n}\n"
        self.assertEqual(found(text), [("'<' -> '<='", 2), ("negated", 2), ("removed", 2)])
        self.assertEqual(with_first(text, "'<' -> '<='"),
                         "void F(int a) {\n  if ((mutant_is(7) ? (a <= kLimit) : (a < kLimit))) G();\n}\n")
        self.assertEqual(with_first(text, "removed"),
                         "void F(int a) {\n  if (a < kLimit) { if (mutant_is(7)) {  } else G(); }\n}\n")

    def test_return_and_value(self):
        text = "bool F(int a) {\n  const int b = a + 2;\n  return a == b || !b;\n}\n"
        self.assertEqual([what for what, _ in found(text)],
                         ["'+' -> '-'", "'2' -> '(2 + 1)'", "'2' -> '(2 - 1)'", "'==' -> '!='", "'||' -> '&&'", "'!' removed"])
        self.assertIn("const int b = (mutant_is(7) ? (a - 2) : (a + 2));", with_first(text, "'+' -> '-'"))
        self.assertIn("{ if (mutant_is(7)) { return a == b && !b; } else return a == b || !b; }",
                      with_first(text, "'||' -> '&&'"))

    def test_constants_of_a_namespace(self):
        text = "namespace n {\nconstexpr int kTable[] = {3, 0};\n}\n"
        self.assertEqual([what for what, _ in found(text)], ["'3' -> '(3 + 1)'", "'3' -> '(3 - 1)'", "'0' -> '(0 + 1)'"])
        self.assertEqual(with_first(text, "'3' -> '(3 - 1)'"),
                         "namespace n {\nconst int kTable[] = {(mutant_is(7) ? (3 - 1) : 3), 0};\n}\n")

    def test_a_lambda_does_not_stand_twice(self):
        text = "void F() {\n  Each([&](int i) {\n    if (i > 3) Use(i);\n  });\n}\n"
        self.assertEqual([what for what, line in found(text) if line == 3],
                         ["'>' -> '>='", "'3' -> '(3 + 1)'", "'3' -> '(3 - 1)'", "negated", "removed"])
        self.assertEqual([what for what, line in found(text) if line == 2], ["removed"])
        self.assertIn("{ if (!mutant_is(7)) Each([&](int i) {",
                      Source(text).with_mutants({7: next(s for s in Source(text).sites if s.line == 2)}))

    def test_what_the_compiler_must_know_is_left_alone(self):
        for text in ("constexpr bool F(int a) { return a < 3; }\n",
                     "void F(int a) {\n  switch (a) {\n    case 3:\n      break;\n  }\n}\n",
                     "enum class E { kOne = 1 };\n", "std::array<int, 3> table;\n",
                     "void F() {\n  if constexpr (kSize > 3) return;\n}\n",
                     'const char* F() {\n  return "a < 3";  // && 4 || 5\n}\n'):
            self.assertEqual(found(text), [], text)

    def test_constructors(self):
        text = "A::A(int n) : n_{n}, m_(n) {\n  count_ += n;\n}\n"
        self.assertEqual([what for what, _ in found(text)], ["'+=' -> '-='", "removed"])

    def test_exceptions(self):
        text = "void F() {\n  try {\n    G();\n  } catch (const E& e) {\n    status_ = 1;\n  }\n  H();\n}\n"
        self.assertEqual(found(text), [("removed", 3), ("'1' -> '(1 + 1)'", 5), ("'1' -> '(1 - 1)'", 5), ("removed", 5),
                                       ("removed", 7)])

    def test_lambdas_in_tables(self):
        text = "constexpr Row kRows[] = {\n    {3, [](const F& f) { return f.a > 4; }},\n};\n"
        self.assertEqual([what for what, _ in found(text)],
                         ["'>' -> '>='", "'4' -> '(4 + 1)'", "'4' -> '(4 - 1)'", "'3' -> '(3 + 1)'", "'3' -> '(3 - 1)'"])
        self.assertEqual(with_first(text, "'>' -> '>='"),
                         "constexpr Row kRows[] = {\n    {3, [](const F& f) { { if (mutant_is(7)) { return f.a >= 4; } "
                         "else return f.a > 4; } }},\n};\n")
        self.assertEqual([what for what, _ in found("template <int k>\nconstexpr auto Of = [](int a) { return a - k; };\n")],
                         ["'-' -> '+'"])

    def test_constants_that_the_compiler_needs(self):
        for use in ("int a[kSize];", "X<kSize> x;", "static_assert(kSize == 3);", "constexpr auto kTable = Twice(kSize);",
                    "constexpr int F() { return kSize; }", "void F() {\n  if constexpr (kSize) G();\n}"):
            text = f"constexpr int kSize = 3;\n{use}\n"
            self.assertEqual([what for what, line in found(text) if line == 1], [], use)
        text = "constexpr Row kA[] = {3};\nconstexpr Table kTables[] = {{'a', kA}};\n"
        self.assertEqual([line for _, line in found(text)], [1, 1])

    def test_shifts_stay_whole(self):
        text = "int F(int a) {\n  return a >> 2 |  // low bits\n         a << 3;\n}\n"
        self.assertIn("{ return a >> (2 + 1) | a << 3; }", with_first(text, "'2' -> '(2 + 1)'"))

    def test_lines_are_kept(self):
        text = "bool F(int a, int b) {\n  return a < 1 &&\n         b < 2;\n}\n"
        changed = Source(text).with_mutants(dict(enumerate(Source(text).sites)))
        self.assertEqual(changed.count("\n"), text.count("\n"))


if __name__ == "__main__":
    unittest.main()
