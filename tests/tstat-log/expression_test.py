# SPDX-License-Identifier: BSD-3-Clause
"""Expressions: random ones against an evaluator that goes row by row, and what is wrong with wrong ones."""

import datetime
import ipaddress
import math
import os
import random
import re
import unittest

import numpy as np
import tstat
from logs import WithLogs
from tstat_log import expression
from tstat_log.columns import Columns
from tstat_log.evaluation import ExpressionError
from tstat_log.messages import Usage

NUMBERS = ("c_port", "s_port", "c_pkts_all", "s_bytes_all", "c_rtt_cnt", "s_win_max", "c_mss_max", "s_mss_min")
SPANS = ("durat", "c_rtt_avg", "s_rtt_max", "c_first", "s_last")
TEXTS = ("fqdn", "c_tls_SNI")
ADDRESSES = ("c_ip", "s_ip")
UNITS = {"us": 1e-3, "ms": 1, "s": 1e3, "min": 6e4}
SIZES = {"k": 1e3, "M": 1e6, "kB": 1e3, "KiB": 1024}


def number(value):
    """A record's value as the grammar sees it; None: absent."""
    if isinstance(value, np.timedelta64):
        return int(value.astype("i8")) / 1e6
    return None if value is None else float(value)


def remainder(x, y):
    """What x is above a multiple of y, with the sign of y. Exact: (rest + y) % y would round what is small away."""
    rest = math.fmod(x, y)
    return rest + y if rest and (rest < 0) != (y < 0) else rest


class Random:
    """Expressions, each with a function of a record that gives its value, None where it is absent."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def constant(self, spans):
        value = self.random.choice([0, 1, 2, 10, 80, 443, 1460, 0.5, 100, 2.25, 1e3])
        units = {**(UNITS if spans else SIZES), "": 1}
        unit = self.random.choice(list(units))
        return f"{value}{unit}", lambda row: value * units[unit], bool(unit)

    def figure(self, depth, spans):
        """A number, or a span."""
        pick = self.random.random()
        if depth == 0 or pick < 0.5:
            if pick < 0.1:
                text, function, _ = self.constant(spans)
                return (text, function) if not spans or text[-1] == "s" or "min" in text else (text + "ms", function)
            name = self.random.choice(SPANS if spans else NUMBERS)
            return name, lambda row: number(getattr(row, name))
        if pick < 0.6:
            text, inner = self.figure(depth - 1, spans)
            return f"-({text})", lambda row: None if inner(row) is None else -inner(row)
        sign = self.random.choice("+-" if spans else "+-*/%")
        (a, left), (b, right) = self.figure(depth - 1, spans), self.figure(depth - 1, spans)

        def value(row):
            x, y = left(row), right(row)
            if x is None or y is None:
                return None
            if sign in "/%" and y == 0:
                return None
            made = {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "/": lambda: x / y,
                    "%": lambda: remainder(x, y)}[sign]()
            return made if math.isfinite(made) else None

        return f"({a} {sign} {b})", value

    def compared(self):
        spans = self.random.random() < 0.5
        (a, left), (b, right) = self.figure(2, spans), self.figure(1, spans)
        sign = self.random.choice(["==", "!=", "<", "<=", ">", ">="])

        def value(row):
            x, y = left(row), right(row)
            if x is None or y is None:
                return None
            return {"==": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[sign]

        return f"{a} {sign} {b}", value

    def in_set(self):
        name = self.random.choice(NUMBERS)
        low = self.random.choice([0, 1, 80, 400])
        high = low + self.random.choice([0, 5, 60, 2000])
        one = self.random.choice([22, 443, 8080])

        def value(row):
            x = number(getattr(row, name))
            return None if x is None else low <= x <= high or x == one

        return f"{name} in ({one}, {low}..{high})", value

    def of_address(self):
        name = self.random.choice(ADDRESSES)
        network = ipaddress.ip_network(self.random.choice(["10.0.0.0/8", "198.51.100.0/24", "10.0.0.2/32", "2001:db8::/32", "0.0.0.0/0"]))
        negated = self.random.random() < 0.3

        def value(row):
            x = getattr(row, name)
            return (x.version == network.version and x in network) != negated

        return f"{name} {'not ' if negated else ''}in {network}", value

    def of_text(self):
        name = self.random.choice(TEXTS)
        kind = self.random.choice(["~", "!~", "==", "in", "absent", "<"])
        pattern = self.random.choice([r"example", r"^www\.", r"(net|org)$", "."])
        word = self.random.choice(["www.example.test", "files.example.test", "no such"])

        def value(row):
            x = getattr(row, name)
            if kind == "absent":
                return x is None
            if x is None:
                return None
            return {"~": bool(re.search(pattern, x)), "!~": not re.search(pattern, x), "==": x == word, "in": x in (word, "a"),
                    "<": x < word}[kind]

        right = {"~": f'"{pattern}"', "!~": f"'{pattern}'", "==": f'"{word}"', "<": f'"{word}"', "in": f'("a", "{word}")'}
        return (f"{name} is absent" if kind == "absent" else f"{name} {kind} {right[kind]}"), value

    def condition(self, depth):
        pick = self.random.random()
        if depth > 0 and pick < 0.55:
            word = self.random.choice(["and", "or"])
            parts = [self.condition(depth - 1) for _ in range(self.random.randint(2, 3))]
            decides = word == "or"

            def joined(row):
                values = [value(row) for _, value in parts]
                return decides if decides in values else None if None in values else not decides

            return "(" + f" {word} ".join(text for text, _ in parts) + ")", joined
        if depth > 0 and pick < 0.7:
            text, inner = self.condition(depth - 1)
            return f"not ({text})", lambda row: None if inner(row) is None else not inner(row)
        return self.random.choice([self.compared, self.compared, self.in_set, self.of_address, self.of_text])()


class Expressions(WithLogs):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.table = tstat.read_log(cls.tcp)
        cls.rows = list(cls.table)
        cls.columns = Columns(cls.table.columns)

    def condition(self, text):
        return expression.condition(text, self.table.schema, self.columns)

    def test_random_ones_row_by_row(self):
        seed = int(os.environ.get("TSTAT_SEED", "0")) or random.randrange(1 << 30)
        made = Random(seed)
        selected = 0
        for number_of in range(1500):
            text, value = made.condition(3)
            with self.subTest(f"TSTAT_SEED={seed}, expression {number_of}: {text}"):
                got = self.condition(text).selects(self.table).tolist()
                expected = [value(row) is True for row in self.rows]
                self.assertEqual(got, expected)
                selected += sum(expected)
        self.assertGreater(selected, 1000)

    def test_formulas_row_by_row(self):
        seed = int(os.environ.get("TSTAT_SEED", "0")) or random.randrange(1 << 30)
        made = Random(seed)
        for _ in range(500):
            text, value = made.figure(4, made.random.random() < 0.5)
            with self.subTest(f"TSTAT_SEED={seed}: {text}"):
                values, valid = expression.formula(text, self.table.schema, self.columns).values(self.table)
                for row, got, has in zip(self.rows, values.tolist(), valid.tolist()):
                    expected = value(row)
                    self.assertEqual(has, expected is not None)
                    if has:
                        self.assertTrue(math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-6), (got, expected))

    def test_garbage_is_told_and_nothing_else(self):
        seed = int(os.environ.get("TSTAT_SEED", "0")) or random.randrange(1 << 30)
        pick = random.Random(seed)
        words = ["c_rtt_avg", "fqdn", "s_ip", "con_t", "443", "10ms", "1.5", '"a"', "'", "(", ")", "[", ",", "and", "or", "not", "in", "is",
                 "absent", "has", "tls", "==", "<", "~", "..", "-", "*", "/", "%", "$3", "$", "10.0.0.0/8", "::1", "min", "first", "é", "\x00"]
        for _ in range(3000):
            text = " ".join(pick.choice(words) for _ in range(pick.randint(0, 9)))
            with self.subTest(f"TSTAT_SEED={seed}: {text}"):
                try:
                    self.condition(text).selects(self.table)
                except ExpressionError as error:
                    reason, shown, marks = str(error).rsplit("\n", 2)
                    self.assertTrue(reason)
                    self.assertEqual(shown, "  " + text)
                    self.assertRegex(marks, r"^  *\^~*$")

    def selected(self, text):
        return self.condition(text).selects(self.table).tolist()

    def test_the_ways_to_say_it(self):
        for one, other in (("s_port = 443", "s_port == 443"), ("not s_port == 443", "s_port != 443"), ("! (s_port == 443)", "s_port != 443"),
                           ("s_port==443&&c_port>1", "s_port == 443 and c_port > 1"), ("s_port < 80 || s_port > 80", "s_port != 80"),
                           ("s_port in [80,443]", "s_port in (80, 443)"), ("fqdn =~ 'x'", "fqdn ~ 'x'"), ("$16 == 443", "s_port == 443"),
                           ("1 == 1", "true"), ("s_port == 0x1bb", "s_port == 443"),
                           ("durat >= 1s", "durat >= 1000"), ("durat > 0.5min", "durat > 30s"), ("s_ip == 198.51.100.10", "s_ip in 198.51.100.10/32"),
                           ("c_isint == true", "c_isint"), ("con_t == TLS", 'con_t == "tls"'), ("NOT fqdn IS absent", "fqdn is present"),
                           ("s_bytes_all > 1kB", "s_bytes_all > 1000"), ("s_bytes_all > 1KiB", "s_bytes_all > 1024")):
            self.assertEqual(self.selected(one), self.selected(other), one)

    def test_codes_times_and_functions(self):
        def expect(text, function):
            self.assertEqual(self.selected(text), [bool(function(row)) for row in self.rows], text)

        expect("con_t has tls", lambda row: row.con_t & 8192)
        expect("con_t == http", lambda row: row.con_t == 1)
        self.assertIn(True, self.selected("con_t has tls"))
        day = np.datetime64(str(self.rows[0].first)[:16])
        expect(f'first >= "{str(day).replace("T", " ")}" and first < "{day + np.timedelta64(1, "m")}"',
               lambda row: day <= row.first < day + np.timedelta64(1, "m"))
        expect("last - first > 1s", lambda row: row.last - row.first > np.timedelta64(1, "s"))
        expect("hour(first) == 5", lambda row: row.first.astype("datetime64[h]").astype(int) % 24 == 5)
        expect("minute(first) < 41", lambda row: row.first.astype("datetime64[m]").astype(int) % 60 < 41)
        expect("weekday(first) == 2", lambda row: datetime.date.fromisoformat(str(row.first)[:10]).isoweekday() == 2)
        expect("max(c_pkts_all, s_pkts_all) >= 10", lambda row: max(row.c_pkts_all, row.s_pkts_all) >= 10)
        expect("length(fqdn) > 15", lambda row: row.fqdn is not None and len(row.fqdn) > 15)
        expect("s_bytes_all * 8 / (durat / 1s) > 100k",
               lambda row: row.durat and row.s_bytes_all * 8 / (row.durat / np.timedelta64(1, "s")) > 1e5)
        expect("c_ip ~ '^10[.]0'", lambda row: str(row.c_ip).startswith("10.0"))
        expect("c_ip == s_ip or c_ip != s_ip", lambda row: True)

    def test_a_million_values_of_a_set(self):
        ports = ", ".join(map(str, range(1, 5000)))
        self.assertEqual(self.selected(f"s_port in ({ports})"), [1 <= row.s_port < 5000 for row in self.rows])
        long = " or ".join(f"s_port == {port}" for port in range(2000))
        self.assertEqual(self.selected(long), [row.s_port < 2000 for row in self.rows])

    def test_errors_say_where(self):
        for text, reason, begin, length in (
                ("c_rtt_av > 100", "c_rtt_av: no such column; did you mean c_rtt_avg?", 0, 8),
                ("s_port == 443 and c_rtt_agv > 1", "c_rtt_agv: no such column; did you mean c_rtt_avg?", 18, 9),
                ("s_port == ", "the expression ends where a column, a number or a text is expected", 10, 1),
                ("", "the expression is empty", 0, 1), ("(s_port == 1", "the expression ends where ) is expected", 12, 1),
                ("s_port == 1)", ") stands where and, or or the end is expected", 11, 1),
                ('s_port == "443"', "a number and a text cannot be compared", 0, 15),
                ("c_rtt_avg > c_pkts_all", "a time span and a number cannot be compared", 0, 22),
                ("::1 == first", "an address and a time cannot be compared", 0, 12),
                ("fqdn != 10.0.0.1", "a text and an address cannot be compared", 0, 16),
                ("s_port > 10ms", "a number and a time span cannot be compared", 0, 13),
                ("1 < s_port < 3", "comparisons do not follow each other", 11, 1), ("fqdn", "this is a text, not a condition", 0, 4),
                ("s_port", "this is a number, not a condition", 0, 6), ('fqdn ~ "("', "the regular expression is wrong", 7, 3),
                ("s_ip in 300.1.1.1", "300.1.1.1: is no address and no network", 8, 9), ("con_t has htp", "htp: no such code of con_t; did you mean http?", 10, 3),
                ("durat > 5 parsecs", "parsecs stands where", 10, 7), ("durat > 5parsecs", "parsecs: no such unit", 9, 7),
                ("first > 'yesterday'", 'a time is "YYYY-MM-DD hh:mm:ss"', 8, 11), ("first > '2026-13-01'", "a time is", 8, 12),
                ("$999 == 1", "999: there are columns 1 to", 0, 4), ("abc(1) == 1", "abc: no such function", 0, 6),
                ("abs(1, 2) == 1", "abs takes 1 argument", 0, 9), ('fqdn + 1 > 2', "+ of a text", 0, 8), ("first + last > 1", "a time + a time", 0, 12),
                ('"abc', "the text has no end", 0, 4), ("s_port @ 3", "'@' has no meaning here", 7, 1), ("s_port in 5..3", "the range ends before it begins", 10, 4),
                ("s_ip < 10.0.0.1", "addresses are compared by == and != alone", 0, 15), ("(" * 100 + "1", "the expression is too deep", 41, 1),
                ("c_port in (s_port)", "what is in a set is a constant", 11, 6)):
            with self.subTest(text):
                with self.assertRaises(Usage) as caught:
                    self.condition(text)
                told, shown, marks = str(caught.exception).rsplit("\n", 2)
                self.assertIn(reason, told)
                self.assertEqual(shown, "  " + text)
                self.assertEqual((marks.index("^") - 2, len(marks.strip())), (begin, length))

    def test_numbers_that_are_too_large(self):
        for text, reason in (("$\u00b2 > 1", "a column is $1"), ("$" + "9" * 5000 + " > 1", "there are columns 1 to"),
                             ("s_port > 0x" + "f" * 390, "is too large"), ("s_port > " + "9" * 5000, "too long"), ("s_port > 1e999", "is too large"),
                             ("", "the expression is empty")):
            self.assertIn(reason, self.fails(2, "filter", text, self.tcp))
        for text in ("\u00b2", "9" * 5000, "1-" + "9" * 5000):
            self.fails(2, "select", text, self.tcp)
        self.fails(2, "top", "\u00b2", self.tcp)

    def test_nothing_is_ever_python(self):
        for text in ("__import__('os').system('true')", "s_port.__class__ == 1", "[x for x in (1,)]", "lambda: 1", "s_port if 1 else 2", "1; 2"):
            with self.assertRaises(ExpressionError):
                self.condition(text)


if __name__ == "__main__":
    unittest.main()
