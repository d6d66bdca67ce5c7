#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What tstat-top shows of given answers and rows, on screens of any size.

usage: view_test.py [unittest arguments]
"""
import time
import unittest

from instances import sample
from tstat_log import terminal
from tstat_top import figures, ranking
from tstat_top.metrics import Instance, Unreachable, address_of
from tstat_top.monitor import Monitor
from tstat_top.ranking import Sums
from tstat_top.view import SORTS, Choice, View, plain


class Follower:
    """Of rows that the tests add themselves."""
    place, problem, skipped, unreadable, is_reading_old = "out", "", 0, 0, False


def monitor_of(*answers, rows=(), follower=True):
    monitor = Monitor(Instance(address_of("9111")), Follower() if follower else None, 60)
    for answer in answers:
        monitor.take(answer)
    for names, sums in rows:
        monitor.window.add(names, sums, time.monotonic())
    return monitor


def text_of(monitor, width=132, height=None, unicode=True, wall=0.0, **choice):
    return plain(View(monitor, unicode, width, height).lines(Choice(2.0, **choice), wall))


ROWS = (({"name": "a.example", "server": "192.0.2.1", "application": "TLS"},
         Sums(flows=3, size=6000, segments=100, retransmitted=2, lost=1, rtt_ms=30, rtt_flows=3)),
        ({"name": "b.example", "server": "192.0.2.2", "application": "TLS"},
         Sums(flows=9, size=4000, segments=100, retransmitted=1, lost=0, rtt_ms=800, rtt_flows=2)),
        ({"name": "192.0.2.3", "server": "192.0.2.3", "application": "DNS"}, Sums(flows=1, size=0)))
TWO = (sample(10, packets=1000, last=5010, flows=10, rtt=(0, 0, 0, 0)),
       sample(12, packets=3000, last=5012, flows=30, dropped=500, rtt=(0, 9, 9, 9)))


class Figures(unittest.TestCase):
    def test_of_a_live_capture(self):
        text = text_of(monitor_of(*TWO, rows=ROWS))
        for line in ("tstat-top  1970-01-01 00:00:00  127.0.0.1:9111  tstat 9.8.7  running for 1 h 6 min  every 2 s",
                     "packets    1000/s  tcp 500/s  udp 250/s  not analysed 100/s  not IP 100/s",
                     "flows      tcp 10/s new, 7 open  udp 0/s new, 3 open",
                     "capture    1250/s from the kernel  lost by interface 0/s  lost by kernel 250/s (20.0 %)  500 since the start",
                     "clock      last packet 0.0 s ago",
                     "round trip to servers 50.0 ms, 95 % below 95.5 ms",
                     "output     10/s rows",
                     "rows       13 flows, 10.0 kB in 60 s  retransmitted 1.50 %  lost 0.50 %  round trip to servers 166 ms"):
            self.assertIn("\n" + line + "\n", "\n" + text)
        self.assertNotIn("exports", text)

    def styles(self, monitor):
        return {piece.text for line in View(monitor, True, 132).lines(Choice(2.0), 0.0) for piece in line
                if piece.style == figures.BAD}

    def test_what_is_wrong_stands_out(self):
        self.assertEqual(self.styles(monitor_of(*TWO)), {"lost by kernel 250/s (20.0 %)"})
        more = ('tstat_evicted_flows_total {0}\ntstat_refused_flows_total{{protocol="tcp"}} 3\n'
                'tstat_lost_total{{what="export rows"}} {0}\ntstat_clock_steps_back_total {0}\n'
                'tstat_export_rows_total{{export="a"}} 5\ntstat_export_up{{export="a"}} {1}\n'
                'tstat_export_queued_rows{{export="a"}} 12\ntstat_export_dropped_rows_total{{export="a"}} {0}\n')
        monitor = monitor_of(sample(10, last=4970, more=more.format(0, 1)), sample(12, last=4980, more=more.format(4, 0)))
        self.assertEqual(self.styles(monitor), {
            "closed early 2/s", "last packet 32 s ago", "4 export rows could not be written", "set back 4 times",
            "a: 0/s sent, 12 wait, does not answer, 4 dropped"})
        self.assertIn("refused 0/s", text_of(monitor))

    def test_tables_and_queues(self):
        def tables(evicted):
            rows = (("tcp_flows", 50, 200, 400, 1000, evicted), ("udp_flows", 0, 400, 0, 0, 0), ("epochs", 3, 4, 0, 0, 0),
                    ("decoding_blocks", 0, 2, 0, 0, 0), ("fragments", 1, 4096, 0, 0, 0), ("dns", 99, 100, 0, 0, 7 * evicted),
                    ("http_text_bytes", 0, 0, 5, 100, 0))
            return "".join(f'tstat_table_{family}{{table="{row[0]}"}} {value}\n' for row in rows for family, value in zip(
                ("entries", "limit", "bytes", "limit_bytes", "evictions_total"), row[1:]))

        monitor = monitor_of(sample(10, more=tables(0)), sample(12, more=tables(10)))
        text = text_of(monitor)
        self.assertIn("tables     tcp_flows 40.0 % of 200, 5/s made room  udp_flows 0 % of 400  dns 99.0 % of 100, 35/s made room  "
                      "http_text_bytes 5.00 %\n", text)
        self.assertIn("queues     epochs that wait 3 of 4  blocks being decoded 0 of 2\n", text)
        self.assertIn("tcp_flows 40.0 % of 200, 5/s made room", self.styles(monitor))
        self.assertNotIn("tables", text_of(monitor_of(*TWO)))

    def test_a_trace_that_is_replayed(self):
        monitor = monitor_of(sample(10, packets=10, last=1e9, wall=2e9, capture=False),
                             sample(12, packets=99, last=1e9 + 50, wall=2e9 + 2, capture=False))
        text = text_of(monitor)
        self.assertIn("clock      last packet of 2001-09-09 01:47:30  25 times as fast as it was captured\n", text)
        self.assertNotIn("capture  ", text)
        self.assertEqual(self.styles(monitor), set())
        self.assertIn("no packet yet", text_of(monitor_of(sample(1), sample(2))))

    def test_no_answer(self):
        text = text_of(monitor_of(*TWO, Unreachable("Connection refused"), rows=ROWS))
        self.assertIn("not reachable: Connection refused", text)
        self.assertNotIn("packets  ", text)
        self.assertIn("a.example", text)

    def test_one_answer_is_no_rate(self):
        text = text_of(monitor_of(TWO[0]))
        self.assertIn("tstat 9.8.7", text)
        self.assertNotIn("packets  ", text)

    def test_rows_that_were_not_read(self):
        monitor = monitor_of(rows=ROWS)
        monitor.follower.skipped, monitor.follower.unreadable, monitor.follower.problem = 5_000_000, 7, "gone"
        self.assertIn("5.00 MB of rows skipped", text_of(monitor))
        self.assertIn("7 lines are no rows  out: gone", text_of(monitor))
        for number in range(ranking.PLACES + 1):
            monitor.window.add({"name": f"n{number}"}, Sums(flows=1), time.monotonic())
        self.assertIn("many names", text_of(monitor))


class Table(unittest.TestCase):
    def names(self, **choice):
        text = text_of(monitor_of(rows=ROWS), **choice)
        return [line.split()[0] for line in text[text.index(" by "):].split("\n")[1:-1]]

    def test_columns(self):
        text = text_of(monitor_of(rows=ROWS), width=80)
        self.assertTrue(text.endswith(
            "names by bytes                  flows   payload   share    retx    lost      rtt\n"
            "a.example                           3   6.00 kB  60.0 %  2.00 %  1.00 %  10.0 ms\n"
            "b.example                           9   4.00 kB  40.0 %  1.00 %     0 %   400 ms\n"
            "192.0.2.3                           1       0 B     0 %       -       -        -\n"), text)

    def test_sorted(self):
        self.assertEqual(self.names(), ["a.example", "b.example", "192.0.2.3"])
        self.assertEqual(self.names(sort="flows"), ["b.example", "a.example", "192.0.2.3"])
        self.assertEqual(self.names(sort="rtt"), ["b.example", "a.example", "192.0.2.3"])
        self.assertEqual(self.names(sort="lost"), ["a.example", "192.0.2.3", "b.example"])
        self.assertEqual(self.names(sort="name"), ["192.0.2.3", "a.example", "b.example"])
        self.assertEqual(self.names(top=1), ["a.example"])
        self.assertEqual(self.names(top=1, offset=1), ["b.example"])

    def test_kinds_and_filter(self):
        self.assertEqual(self.names(kind="application"), ["TLS", "DNS"])
        self.assertEqual(self.names(kind="server", filter="2.2"), ["192.0.2.2"])
        self.assertEqual(self.names(filter="B.EX"), ["b.example"])
        self.assertIn('names by bytes, with "xyz"', text_of(monitor_of(rows=ROWS), filter="xyz"))
        self.assertIn("(no rows)", text_of(monitor_of(rows=ROWS), filter="xyz"))
        without = monitor_of(rows=[({"name": "a"}, Sums(flows=1))])
        self.assertIn("--compat none", text_of(without, kind="application"))
        self.assertNotIn("names by", text_of(monitor_of(*TWO, follower=False)))


class Screens(unittest.TestCase):
    HOSTILE = "\x1b]0;title\x07\u202e例え" * 20

    def test_every_size(self):
        more = f'tstat_export_rows_total{{export="{self.HOSTILE}"}} 5\ntstat_export_up{{export="{self.HOSTILE}"}} 0\n'
        rows = [*ROWS, *(({"name": f"{number}{self.HOSTILE}"}, Sums(flows=1, size=number)) for number in range(20))]
        monitor = monitor_of(TWO[0], sample(12, packets=3000, last=5012, dropped=500, more=more), rows=rows)
        for unicode in (True, False):
            for width in (20, 33, 47, 80, 132):
                for height in (1, 2, 5, 10, 24, 100):
                    lines = View(monitor, unicode, width, height).lines(Choice(2.0, filter=self.HOSTILE[:3]), 0.0)
                    lines += View(monitor, unicode, width, height).lines(Choice(2.0), 0.0)
                    for line in lines:
                        text = "".join(piece.text for piece in line)
                        self.assertLessEqual(terminal.length(text), width)
                        self.assertTrue(text.isprintable() and (unicode or text.isascii()), repr(text))
                    self.assertLessEqual(len(lines), 2 * height)

    def test_a_low_screen_keeps_the_table_and_what_matters(self):
        monitor = monitor_of(*TWO, rows=ROWS)
        text = text_of(monitor, width=80, height=10)
        self.assertIn("a.example", text)
        self.assertIn("packets ", text)
        self.assertIn("lost by", text)
        self.assertNotIn("output ", text)
        self.assertLessEqual(text.count("\n"), 10)
        self.assertIn("b.example", text_of(monitor, width=80, height=24))

    def test_a_narrow_screen_has_the_name_and_few_columns(self):
        text = text_of(monitor_of(rows=ROWS), width=30)
        self.assertIn("\nnames by bytes        payload\na.example             6.00 kB\n", text.replace("         ", "        "))
        for sort in SORTS:
            self.assertIn("a.example", text_of(monitor_of(rows=ROWS), width=30, sort=sort))

    def test_what_stands_still(self):
        monitor = monitor_of(*TWO, rows=ROWS)
        still = monitor.as_of_now()
        before = text_of(still)
        monitor.take(sample(14, packets=9000, last=5014))
        monitor.window.add({"name": "a.example"}, Sums(flows=1, size=1e6), still.time)
        monitor.window.add({"name": "new.example"}, Sums(flows=1, size=1e6), time.monotonic() + 30)
        self.assertEqual(text_of(still), before)
        self.assertIn("new.example", text_of(monitor))


if __name__ == "__main__":
    unittest.main()
