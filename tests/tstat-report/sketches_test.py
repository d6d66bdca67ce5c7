# SPDX-License-Identifier: BSD-3-Clause
"""What little memory keeps of many values, compared with what all of them say."""

import collections
import random
import re
import unittest

import numpy as np

from tstat_report import html, words
from tstat_report.charts import Chart, nice_steps, round_range, time_steps
from tstat_report.rankings import Tally, Timings, Worst, median
from tstat_report.sketches import COARSE_TIMES, Distinct, Spread, Timeline


def addresses(numbers):
    """IPv4 addresses as tables have them."""
    made = np.zeros((len(numbers), 16), dtype=np.uint8)
    made[:, 10:12] = 0xFF
    made[:, 12:] = np.asarray(numbers, dtype=">u4").view(np.uint8).reshape(-1, 4)
    return made.view("V16").reshape(-1)


class Values(unittest.TestCase):
    def test_quantiles(self):
        rng = np.random.default_rng(7)
        values = np.exp(rng.normal(17, 2, 50_000)).astype(np.int64)
        spread = Spread()
        for part in np.array_split(values, 7):
            spread.add(part)
        spread.add(values[:0])
        self.assertEqual((spread.count, spread.smallest, spread.largest), (len(values), values.min(), values.max()))
        self.assertAlmostEqual(spread.mean, values.mean(), delta=1e-6 * values.mean())
        for share in (0.01, 0.1, 0.5, 0.9, 0.99, 0.999):
            self.assertAlmostEqual(spread.quantile(share) / np.quantile(values, share), 1, delta=0.006)
        self.assertEqual((spread.quantile(0), spread.quantile(1)), (values.min(), values.max()))

    def test_few_values(self):
        for values in ([5_000_000], [1, 10**18], [7_000, 7_000, 9_000]):
            spread = Spread()
            spread.add(np.array(values))
            for share in (0, 0.3, 0.5, 0.9, 1):
                self.assertTrue(min(values) <= spread.quantile(share) <= max(values))
        self.assertEqual(Spread().quantile(0.5), 0)

    def test_how_many_differ(self):
        distinct = Distinct()
        for _ in range(3):
            distinct.add(addresses(range(100_000)))
            distinct.add(addresses([]))
        self.assertEqual((distinct.count, distinct.is_exact), (100_000, True))
        for begin in range(0, 1_000_000, 100_000):
            distinct.add(addresses(range(begin, begin + 100_000)))
        self.assertFalse(distinct.is_exact)
        self.assertAlmostEqual(distinct.count / 1_000_000, 1, delta=0.006)


class OverTime(unittest.TestCase):
    def expected(self, flows, timeline):
        """Each flow spread by hand."""
        bins = np.zeros(timeline.sums.shape[1])
        width, start = timeline.width_ns, timeline.start_ns
        for begin, end, amount in flows:
            for i in range(len(bins)):
                low, high = start + i * width, start + (i + 1) * width
                if begin == end or begin // width == end // width:
                    bins[i] += amount if low <= begin < high else 0
                else:
                    bins[i] += amount * max(0, min(high, end) - max(low, begin)) / (end - begin)
        return bins

    def test_flows_are_spread_over_their_life(self):
        chance = random.Random(3)
        for span in (10**8, 10**10, 10**13, 10**17):
            flows = []
            for _ in range(200):
                begin = chance.randrange(span) + 10**18
                flows.append((begin, begin + chance.choice((0, 1, chance.randrange(span // 3))),
                              chance.randrange(10**6)))
            timeline = Timeline(2)
            for part in (flows[:1], flows[1:50], flows[50:]):
                timeline.add(*(np.array(column) for column in list(zip(*part))[:2]),
                             [None, np.array([f[2] for f in part])])
            self.assertLessEqual(timeline.sums.shape[1], Timeline.MOST)
            self.assertEqual(timeline.sums[0].sum(), 0)
            np.testing.assert_allclose(timeline.sums[1], self.expected(flows, timeline), rtol=1e-6, atol=1e-2)
            self.assertAlmostEqual(timeline.sums[1].sum(), sum(f[2] for f in flows), delta=1)

    def test_extreme_times(self):
        timeline = Timeline(1)
        timeline.add(np.array([0, 1 << 62]), np.array([1 << 62, 1 << 62]), [np.array([10.0, 5.0])])
        self.assertAlmostEqual(timeline.sums.sum(), 15, delta=1e-6)
        self.assertLessEqual(timeline.sums.shape[1], Timeline.MOST)


class Largest(unittest.TestCase):
    def test_sums_by_key(self):
        chance = random.Random(5)
        tally, exact = Tally(2), collections.Counter()
        for _ in range(20):
            keys = [f"k{chance.randrange(500)}" for _ in range(100)] + [None]
            listed = sorted({key for key in keys if key})
            amounts = [chance.randrange(1000) for _ in keys]
            for key, amount in zip(keys, amounts):
                if key:
                    exact[key] += amount
            tally.add(np.array([listed.index(key) if key else -1 for key in keys]), listed,
                      [np.array(amounts), np.ones(len(keys))],
                      [f"name of {key}" for key in listed])
        expected = sorted(exact, key=lambda key: (-exact[key], key))
        self.assertEqual([(key, name, sums[0]) for key, name, sums in tally.top(30)],
                         [(key, f"name of {key}", exact[key]) for key in expected[:30]])
        self.assertEqual((tally.total(1), tally.lost), (2000, 0))

    def test_too_many_keys(self):
        tally = Tally(1, most=100)
        for i in range(50):
            listed = [f"small {i} {j}" for j in range(100)] + ["large"]
            tally.add(np.arange(101), listed, [np.array([1] * 100 + [50])])
            self.assertLessEqual(len(tally), 301)
        self.assertEqual(tally.top(1)[0][0], "large")
        self.assertEqual(tally.top(1)[0][2][0], 2500)
        self.assertGreater(tally.lost, 0)

    def test_times_by_key(self):
        rng = np.random.default_rng(9)
        timings, exact = Timings(2, most=40), collections.defaultdict(list)
        for _ in range(10):
            codes = rng.integers(-1, 60, 2000)
            values = np.exp(rng.normal(15, 1, 2000) + codes / 20).astype(np.int64)
            timings.add(codes, [f"k{i:02}" for i in range(60)], 0, values)
            timings.prune()
            for code, value in zip(codes, values):
                if code >= 0:
                    exact[f"k{code:02}"].append(value)
        found = timings.slowest(60, 5)
        self.assertEqual(len(found), 60)
        medians = {key: median(counts[0]) for key, _, counts in found}
        for key, value in medians.items():
            self.assertEqual(int(dict((k, c) for k, _, c in found)[key][0].sum()), len(exact[key]))
            self.assertAlmostEqual(value / np.median(exact[key]), 1, delta=0.06)
        self.assertEqual([key for key, _, _ in found], sorted(medians, key=lambda key: (-medians[key], key)))
        timings.add(np.arange(200), [f"x{i}" for i in range(200)], 0, np.full(200, 10**6))
        timings.prune()
        self.assertEqual(len(timings.slowest(1000, 1)), 40)
        self.assertEqual(COARSE_TIMES.quantile(np.zeros(COARSE_TIMES.bins), 0.5, 0, 1), 0)

    def test_the_worst(self):
        chance = random.Random(1)
        worst, exact = Worst(10), []
        for _ in range(30):
            scores = np.array([chance.choice((0, 1, 2, chance.randrange(1000))) for _ in range(1000)])
            marks = [chance.randrange(10**6) for _ in range(1000)]
            worst.add(scores, lambda row, marks=marks: (marks[row],))
            exact += [(-score, mark) for score, mark in zip(scores.tolist(), marks) if score]
        self.assertEqual([(-score, mark) for score, mark in worst.rows()], sorted(exact)[:10])


class Words(unittest.TestCase):
    def test_numbers(self):
        def said(text):
            return text.replace("\u00a0", " ")
        for value, text in ((0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1516188, "1.52 MB"), (999_999, "1 MB"),
                            (5e15, "5 PB")):
            self.assertEqual(said(words.bytes_text(value)), text)
        for ns, text in ((0, "0 µs"), (1500, "1.5 µs"), (31_600_000, "31.6 ms"), (2_060_000_000, "2.06 s"),
                         (59_999_999_999, "1 min"),
                         (11_520 * 10**9, "3 h 12 min"), (3600 * 10**9, "1 h"), (86400 * 10**9 * 40, "40 d"),
                         (90 * 10**9, "1 min 30 s")):
            self.assertEqual(said(words.duration_text(ns)), text)
        for share, text in ((0, "0 %"), (0.00001, "< 0.01 %"), (0.0096, "0.96 %"), (0.125, "12.5 %"), (0.5, "50 %"),
                            (0.99999, "> 99.9 %"),
                            (1, "100 %")):
            self.assertEqual(said(words.share_text(share)), text)
        self.assertEqual(words.count_text(1234567), "1,234,567")
        self.assertEqual(words.plural(1, "flow"), '<data value="1">1</data> flow')
        self.assertEqual(words.share(1, 0), "–")
        self.assertEqual(words.time_text(1 << 62), "2116-02-20 23:53:38 UTC")
        self.assertEqual(words.time_text(10**21), "9999-12-31 23:59:59 UTC")

    def test_markup(self):
        self.assertEqual(html.element("a", "<&>", html.Markup("<b>"), None, href='"', class_="x", aria_label="'",
                                      id=None),
                         '<a href="&quot;" class="x" aria-label="&#39;">&lt;&amp;&gt;<b></a>')
        self.assertEqual(html.element("br"), "<br>")
        self.assertEqual(html.clean("a\tb\u00a0c\ud800"), "a\\u0009b\\u00a0c\\ud800")

    def test_axes(self):
        self.assertEqual(nice_steps(7), [0, 2, 4, 6, 8])
        self.assertEqual(nice_steps(2, 1), [0, 1, 2])
        self.assertEqual(nice_steps(0), [0, 1])
        self.assertEqual(nice_steps(11), [0, 2.5, 5, 7.5, 10, 12.5])
        self.assertEqual(nice_steps(11, 1), [0, 5, 10, 15])
        self.assertEqual(nice_steps(110, 1), [0, 25, 50, 75, 100, 125])
        for lowest, highest, texts in ((10, 100, "10 20 30 50 100"), (5, 10, "5 7 10"), (1, 2000, "1 10 100 1000")):
            chart = Chart("c", "title", "text")
            chart.log_axis(lowest, highest, lambda value: f"{value:g} ms", "time")
            named = re.findall(r'class="tick"[^>]*>([0-9]+) ms<', str(chart.figure()))
            self.assertEqual(" ".join(named), texts)
        self.assertEqual(round_range(24, 43.1), (20, 50))
        steps, step = time_steps(10**18, 10**18 + 3600 * 10**9)
        self.assertEqual(step, 900 * 10**9)
        self.assertTrue(all(at % step == 0 for at in steps))
        self.assertLessEqual(len(time_steps(0, 1 << 62)[0]), 20)


if __name__ == "__main__":
    unittest.main()
