#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The parts of tstat-top: texts, answers, changes between them, files that grow, rows, rankings.

usage: units_test.py [unittest arguments]
"""
import gzip
import os
import pathlib
import random
import shutil
import socket
import tempfile
import unittest
import zlib
from unittest import mock

import instances
from instances import HEADER, row, sample
from tstat_top import growing, metrics, ranking, rows, words
from tstat_top.metrics import Change, Exposition, Instance, Unreachable, address_of
from tstat_top.monitor import Monitor
from tstat_top.ranking import Sums, Summary, Window


class Words(unittest.TestCase):
    def test_nothing_is_obeyed(self):
        self.assertEqual(words.clean("www.example.test"), "www.example.test")
        self.assertEqual(words.clean("bücher.example 例え"), "bücher.example 例え")
        self.assertEqual(words.clean("a\x1b]0;b\x07\n\t\x7f\x9b"), r"a\x1B]0;b\x07\x0A\x09\x7F\x9B")
        self.assertEqual(words.clean("a\u202eb\u2028\u200b\U000e0001"), r"a\u202Eb\u2028\u200B\U000E0001")
        self.assertEqual(words.clean("a\udcffb"), r"a\xFFb")
        self.assertEqual(words.clean("bücher", unicode=False), r"b\xFCcher")
        for code in range(0x3000):
            self.assertTrue(words.clean(chr(code)).isprintable(), hex(code))

    def test_widths(self):
        self.assertEqual(words.clip("example", 7), "example")
        self.assertEqual(words.clip("example", 4), "exa…")
        self.assertEqual(words.clip("example", 4, unicode=False), "exa~")
        self.assertEqual(words.clip("例え例え", 5), "例え…")
        self.assertEqual(words.clip("例え", 1), "…")
        self.assertEqual(words.clip("a", 0), "")
        self.assertEqual(len(words.clip("x" * 10_000_000, 20)), 20)
        self.assertEqual(words.pad("例", 4, right=True), "  例")

    def test_numbers(self):
        self.assertEqual([words.count(v) for v in (0, 7, 99999, 123456, 1.5, 1234567, 2.5e12)],
                         ["0", "7", "99999", "123 k", "1.50", "1.23 M", "2.50 T"])
        self.assertEqual([words.size(v) for v in (0, 999, 1000, 1.5e9)], ["0 B", "999 B", "1.00 kB", "1.50 GB"])
        self.assertEqual([words.percent(*v) for v in ((0, 0), (1, 3), (1, 1), (0, 5))], ["-", "33.3 %", "100 %", "0 %"])
        self.assertEqual([words.milliseconds(v) for v in (0.05, 12.34, 999, 1500)], ["0.05 ms", "12.3 ms", "999 ms", "1.50 s"])
        self.assertEqual([words.duration(v) for v in (0.25, 42, 61, 3700, 90000)],
                         ["0.2 s", "42 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"])

    def test_bars(self):
        self.assertEqual(words.sparks([0, 1, 4, 8], 4, True), " ▁▄█")
        self.assertEqual(words.sparks([9, 0.001, 8], 2, False), ".#")
        self.assertEqual(words.sparks([0, 0], 4, True), "")
        self.assertEqual(words.sparks([], 4, True), "")


class Answers(unittest.TestCase):
    def test_series(self):
        found = Exposition('# HELP a text 5\na 1\nb{x="1",y="p q"} 2.5\nb{x="2"} 3e2 1700000000\n'
                           'c{x="a\\"}b\\\\\\n"} 4\nbroken{x="1"\nd NaN\ne text\n\n 5\nf{} 6\n')
        self.assertEqual(found.total("a"), 1)
        self.assertEqual(found.total("b"), 302.5)
        self.assertEqual(found.total("b", x="2"), 300)
        self.assertEqual(found.by("b", "x"), {"1": 2.5, "2": 300})
        self.assertEqual(found.by("b", "y"), {"p q": 2.5, "": 300})
        self.assertEqual(found.text("c", "x"), 'a"}b\\\n')
        self.assertEqual(found.total("f"), 6)
        self.assertFalse(found.has("e") or found.has("broken") or found.has("text"))
        self.assertEqual(found.total("not there"), 0)

    def test_bounded(self):
        found = Exposition("".join(f'a{{x="{n}"}} 1\n' for n in range(30_000)))
        self.assertEqual(len(found.series("a")), 20_000)

    def test_addresses(self):
        for text, host, port, shown in (
                ("9111", "127.0.0.1", 9111, "127.0.0.1:9111"), ("192.0.2.1:80", "192.0.2.1", 80, "192.0.2.1:80"),
                ("[::1]:9111", "::1", 9111, "[::1]:9111"), ("probe.example:1", "probe.example", 1, "probe.example:1"),
                ("http://probe.example:9111/metrics", "probe.example", 9111, "probe.example:9111"),
                ("http://[::1]:5/other", "::1", 5, "[::1]:5/other"), ("http://probe.example", "probe.example", 80, "probe.example:80")):
            address = address_of(text)
            self.assertEqual((address.host, address.port, str(address)), (host, port, shown))
        for text in ("", "0", "65536", "x", "::1:9111", "https://a/", "http://", "http://a:b@c/", "a:", ":5", "http://a:99999/"):
            with self.assertRaises(ValueError, msg=text):
                address_of(text)

    def asked(self, port):
        return Instance(address_of(str(port))).ask()

    def test_asking(self):
        with instances.server(instances.answering(instances.exposition(packets=7))) as port:
            self.assertEqual(self.asked(port).found.total("tstat_packets_total"), 7)
        for answer, why in ((instances.answering("Nothing was counted yet.\n", 503), "nothing was counted yet"),
                            (instances.answering("no\n", 404), "the answer is 404 Not Found"),
                            (instances.answering("up 1\n"), "there are no metrics of tstat"),
                            (instances.answering("x" * (5 << 20)), "larger than 4 MiB")):
            with instances.server(answer) as port, self.assertRaisesRegex(Unreachable, why):
                self.asked(port)
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        with self.assertRaisesRegex(Unreachable, "Connection refused"):
            self.asked(port)

    def test_who_does_not_answer(self):
        with mock.patch.object(metrics, "_TIMEOUT", 0.1), socket.create_server(("127.0.0.1", 0)) as silent:
            with self.assertRaisesRegex(Unreachable, "timed out"):
                self.asked(silent.getsockname()[1])


class Changes(unittest.TestCase):
    def test_rates(self):
        change = Change(sample(10, packets=1000, last=500), sample(14, packets=3000, last=900))
        self.assertEqual(change.seconds, 4)  # packets' time goes another way
        self.assertEqual(change.rate("tstat_packets_total"), 500)
        self.assertEqual(change.rates("tstat_transport_packets_total", "protocol"), {"tcp": 250, "udp": 125})

    def test_rates_of_a_live_capture_are_by_the_time_of_its_packets(self):
        # The first answer was new, the second is half a second old.
        change = Change(sample(10, packets=1000, last=500.0), sample(12, packets=2500, last=501.5))
        self.assertEqual(change.rate("tstat_packets_total"), 1000)
        silent = Change(sample(10, packets=1000, last=500.0), sample(11, packets=1000, last=500.0))
        self.assertEqual((silent.seconds, silent.rate("tstat_packets_total")), (1, 0))

    def test_quantiles(self):
        change = Change(sample(1, rtt=(5, 5, 5, 5)), sample(2, rtt=(5, 25, 25, 25)))
        self.assertAlmostEqual(change.quantile("tstat_tcp_rtt_seconds", 0.5, side="server"), 0.055)
        self.assertAlmostEqual(change.mean("tstat_tcp_rtt_seconds", side="server"), 0.05)
        same = Change(sample(1, rtt=(5, 5, 5, 5)), sample(2, rtt=(5, 5, 5, 5)))
        self.assertIsNone(same.quantile("tstat_tcp_rtt_seconds", 0.5, side="server"))
        self.assertIsNone(same.mean("tstat_tcp_rtt_seconds", side="server"))
        self.assertIsNone(change.quantile("tstat_tcp_rtt_seconds", 0.5, side="client"))
        beyond = Change(sample(1, rtt=(0, 0, 0, 0)), sample(2, rtt=(0, 0, 0, 9)))
        self.assertEqual(beyond.quantile("tstat_tcp_rtt_seconds", 0.95, side="server"), 1)

    def test_another_run(self):
        monitor = Monitor(None, None, 60)
        monitor.take(sample(1, packets=1000))
        self.assertIsNone(monitor.now)
        monitor.take(sample(2, packets=2000))
        self.assertEqual(monitor.now.rate("tstat_packets_total"), 1000)
        monitor.take(Unreachable("Connection refused"))
        self.assertEqual((monitor.problem, monitor.is_well), ("Connection refused", False))
        monitor.take(sample(9, packets=10, start=2000))
        self.assertEqual((monitor.now, monitor.recent, monitor.problem, monitor.runs), (None, None, "", 2))
        monitor.take(sample(10, packets=110, start=2000))
        self.assertEqual(monitor.now.rate("tstat_packets_total"), 100)

    def test_the_window(self):
        monitor = Monitor(None, None, 60)
        for second in range(1000):
            monitor.take(sample(second, packets=second * second))
        self.assertEqual(monitor.recent.older.when, 939)
        self.assertEqual(monitor.now.older.when, 998)
        self.assertLess(len(monitor._history), 70)
        for second in range(1000, 10_000):
            monitor.take(sample(1000 + (second - 1000) / 100, packets=1_000_000 + second))
        self.assertLess(len(monitor._history), 70)


class Rankings(unittest.TestCase):
    def test_few_names_are_exact(self):
        window = Window(60)
        for number in range(100):
            window.add({"name": f"n{number % 5}", "server": "s"}, Sums(flows=1, size=number, segments=10, retransmitted=1), 1000)
        top = window.top("name", 1000, lambda sums: sums.size)
        self.assertEqual([name for name, _ in top], ["n4", "n3", "n2", "n1", "n0"])
        self.assertEqual((top[0][1].flows, top[0][1].size, top[0][1].segments), (20, 1030, 200))
        self.assertEqual(window.total(1000).flows, 100)
        self.assertTrue(window.is_exact("name", 1000))
        self.assertEqual(window.top("application", 1000, lambda sums: sums.size), [])
        self.assertEqual([n for n, _ in window.top("name", 1000, lambda sums: 0.0, lambda name: name != "n1")],
                         ["n0", "n2", "n3", "n4"])

    def test_old_rows_go(self):
        window = Window(60)
        window.add({"name": "old"}, Sums(flows=1, size=5), 1000)
        window.add({"name": "new"}, Sums(flows=1, size=5), 1050)
        self.assertEqual(window.total(1055).flows, 2)
        self.assertEqual([n for n, _ in window.top("name", 1070, lambda sums: sums.size)], ["new"])
        self.assertEqual(window.total(1200).flows, 0)
        window.add({"name": "late"}, Sums(flows=1), 1150)  # of a slot before the newest one
        window.add({"name": "late"}, Sums(flows=1), 900)
        self.assertEqual(window.total(1150).flows, 1)

    def test_whatever_has_much_is_found_in_bounded_memory(self):
        rng = random.Random(7)
        summary, total, true = Summary(places=50), 0.0, {}
        for number in range(50_000):
            name = f"large{rng.randrange(5)}" if number % 5 == 0 else f"small{number}"
            weight = rng.randrange(1, 100)
            total += weight
            true[name] = true.get(name, 0) + weight
            summary.add(name, weight, Sums(flows=1, size=weight))
        self.assertEqual(len(summary.places), 50)
        self.assertLessEqual(len(summary._smallest), 50)
        self.assertTrue(summary.has_replaced)
        for name, weight in true.items():
            if weight > total / 50:
                self.assertIn(name, summary.places)
        for name, place in summary.places.items():
            self.assertGreaterEqual(place.weight, true[name])
            self.assertLessEqual(place.weight, true[name] + total / 50)
            self.assertLessEqual(place.sums.size, true[name])

    def test_a_window_of_random_names_is_bounded(self):
        window = Window(60)
        for second in range(200):
            for number in range(20):
                window.add({kind: f"{kind}{second}.{number}" * 50 for kind in ranking.KINDS}, Sums(flows=1, size=1), second)
        for number in range(3 * ranking.PLACES):
            window.add({"name": f"n{number}"}, Sums(flows=1, size=1), 200)
        window.add({"name": "much"}, Sums(flows=1, size=1e6), 200)
        self.assertLessEqual(len(window._slots), ranking.SLOTS + 1)
        self.assertFalse(window.is_exact("name", 200))
        self.assertEqual(window.top("name", 200, lambda sums: sums.size)[0][0], "much")
        for slot in window._slots:
            for summary in (*slot.by_size.values(), *slot.by_flows.values()):
                self.assertLessEqual(len(summary.places), ranking.PLACES)
                self.assertTrue(all(len(name) <= 255 for name in summary.places))


class WithFiles(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tstat-top-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.log = self.folder / "log_tcp_complete"


class Growing(WithFiles):
    def all_of(self, file):
        lines = []
        while (part := file.lines()) is not None:
            lines += part
        return [line.decode() for line in lines]

    def opened(self, path, is_old):
        file = growing.Growing(str(path), is_old)
        self.addCleanup(file.close)
        return file

    def test_whole_lines_as_they_come(self):
        self.log.write_bytes(b"head\none\ntw")
        file = self.opened(self.log, False)
        self.assertEqual(self.all_of(file), ["head", "one"])
        self.assertEqual(self.all_of(file), [])
        with open(self.log, "ab") as more:
            more.write(b"o\nthree\n")
        self.assertEqual(self.all_of(file), ["two", "three"])
        self.assertEqual(file.header, b"head")
        self.assertFalse(file.was_replaced())
        os.rename(self.log, self.log.with_suffix(".1"))
        self.assertFalse(file.was_replaced())
        self.log.write_bytes(b"")
        self.assertTrue(file.was_replaced())

    def test_a_shorter_file_was_replaced(self):
        self.log.write_bytes(b"head\none\n")
        file = self.opened(self.log, False)
        self.all_of(file)
        os.truncate(self.log, 3)
        self.assertTrue(file.was_replaced())

    def test_of_what_is_there_the_end(self):
        with mock.patch.object(growing, "TAIL", 1000), mock.patch.object(growing, "_PART", 300):
            self.log.write_bytes(b"head\n" + b"".join(b"%06d\n" % n for n in range(10_000)))
            file = self.opened(self.log, True)
            self.assertFalse(file.has_caught_up)
            lines = self.all_of(file)
            self.assertTrue(file.has_caught_up)
            self.assertEqual(lines[-1], "009999")
            self.assertLess(len(lines), 200)
            self.assertTrue(all(len(line) == 6 for line in lines), lines)
            self.assertEqual((file.header, file.skipped), (b"head", 0))
            with open(self.log, "ab") as more:
                more.write(b"new\n")
            self.assertEqual(self.all_of(file), ["new"])

    def test_what_is_too_much_later_is_skipped_and_counted(self):
        with mock.patch.object(growing, "TAIL", 1000), mock.patch.object(growing, "MOST_BEHIND", 5000):
            self.log.write_bytes(b"head\n")
            file = self.opened(self.log, False)
            self.assertEqual(self.all_of(file), ["head"])
            with open(self.log, "ab") as more:
                more.write(b"".join(b"%06d\n" % n for n in range(10_000)))
            lines = self.all_of(file)
            self.assertEqual((file.skipped, lines[-1]), (69_000, "009999"))
            self.assertLess(len(lines), 200)

    def test_gzip_that_is_not_finished(self):
        path = self.folder / "log_tcp_complete.gz"
        deflater = zlib.compressobj(wbits=31)
        with open(path, "wb", buffering=0) as out:
            file = self.opened(path, False)
            self.assertEqual(self.all_of(file), [])
            out.write(deflater.compress(b"head\none\n") + deflater.flush(zlib.Z_SYNC_FLUSH))
            self.assertEqual(self.all_of(file), ["head", "one"])
            data = deflater.compress(b"two\n" * 3) + deflater.flush()
            out.write(data[:5])
            first = self.all_of(file)
            out.write(data[5:] + gzip.compress(b"three\n"))  # another member
            self.assertEqual(first + self.all_of(file), ["two"] * 3 + ["three"])
            out.write(b"damage")
            self.all_of(file)
            self.assertIn("log_tcp_complete.gz: ", file.problem)

    def test_gzip_that_is_large(self):
        path = self.folder / "log_tcp_complete.gz"
        path.write_bytes(gzip.compress(b"head\n" + b"x" * 99 + b"\n" + b"line of text\n" * 1_000_000))
        file = self.opened(path, True)
        lines = self.all_of(file)
        self.assertEqual((file.header, set(lines)), (b"head", {"line of text"}))
        self.assertLessEqual(sum(map(len, lines)), growing.TAIL)
        self.assertEqual(len(self.all_of(self.opened(path, False))), 1_000_002)

    def test_lines_without_end(self):
        self.log.write_bytes(b"head\n" + b"x" * (3 << 20) + b"\nnext\n")
        self.assertEqual(self.all_of(self.opened(self.log, False)), ["head", "next"])

    def test_no_file(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for path in (fifo, self.folder, self.folder / "missing"):
            with self.assertRaises(OSError):
                growing.Growing(str(path), False)


class Rows(WithFiles):
    def follower(self, place, window=60.0):
        follower = rows.Follower(str(place), window)
        self.addCleanup(follower.close)
        return follower

    def read(self, follower):
        found = []
        while not follower.read(lambda row, age: found.append((row.names.get("name"), round(age))), 5):
            pass
        return found

    def append(self, path, *lines):
        with open(path, "a", encoding="utf-8", errors="surrogateescape") as file:
            file.write("".join(lines))

    def test_a_row(self):
        layout = rows._Layout(HEADER.strip().encode())
        found = layout.row(row("www.example.test", 5000, 1700000000000, retx=3, rto=2).strip().encode())
        self.assertEqual(found.names, {"name": "www.example.test", "application": "TLS", "server": "192.0.2.1",
                                       "client": "10.0.0.1"})
        self.assertEqual(found.sums, Sums(flows=1, size=5000, segments=10, retransmitted=3, lost=2, rtt_ms=20.5, rtt_flows=1))
        self.assertEqual(found.ended_ms, 1700000000000)
        name = {text: layout.row(line.strip().encode()).names["name"] for text, line in
                (("sni", row(sni="sni.example")), ("address", row()), ("dns", row("dns.example", sni="sni.example")))}
        self.assertEqual(name, {"sni": "sni.example", "address": "192.0.2.1", "dns": "dns.example"})
        odd = layout.row(row(size="nan", rtt="1e999", app="-").strip().encode())
        self.assertEqual((odd.sums.size, odd.sums.rtt_flows, "application" in odd.names), (0, 0, False))
        self.assertIsNone(layout.row(b"1 2 3"))

    def test_rows_of_udp(self):
        layout = rows._Layout(b"#c_ip:1 c_first_abs:2 c_durat:3 c_bytes_all:4 s_ip:5 s_first_abs:6 s_durat:7 s_bytes_all:8 quic_SNI:9")
        found = layout.row(b"10.0.0.1 1700000000000.000 50.5 10 192.0.2.1 1700000000020.000 100 20 quic.example")
        self.assertEqual((found.names["name"], found.sums.size, found.ended_ms), ("quic.example", 30, 1700000000120))

    def test_rows_that_are_there_count_by_their_age(self):
        self.append(self.log, HEADER, row("early", last=1_000_000), row("last", last=1_090_000), row("mid", last=1_050_000))
        follower = self.follower(self.log)
        self.assertEqual(self.read(follower), [("mid", 40), ("last", 0)])
        self.append(self.log, row("new", last=1))
        self.assertEqual(self.read(follower), [("new", 0)])

    def test_the_directory_of_s(self):
        follower = self.follower(self.folder)
        self.assertEqual((self.read(follower), follower.problem), ([], "there are no logs yet"))
        for number, name in ((1, "2026_01_01_10_00.out"), (2, "2026_01_01_10_00_2.out")):
            session = self.folder / name
            session.mkdir()
            self.append(session / "log_tcp_complete", HEADER, row(f"first{number}"))
            os.utime(session, (number, number))
            self.assertEqual((self.read(follower), follower.problem), ([(f"first{number}", 0)], ""))
            self.append(session / "log_tcp_complete", row(f"second{number}"))
            self.append(session / "log_udp_complete", HEADER, row(f"udp{number}"))
            self.append(session / "log_http_complete", HEADER, row("other"))
            self.assertEqual(sorted(self.read(follower)), [(f"second{number}", 0), (f"udp{number}", 0)])
        self.assertEqual(self.read(follower), [])
        self.assertEqual(len(follower._sources), 2)

    def test_the_last_rows_of_a_session_come_before_those_of_the_next(self):
        for name, text in (("a.out", "old"), ("b.out", "present")):
            (self.folder / name).mkdir()
            self.append(self.folder / name / "log_tcp_complete", HEADER, row(text, last=5))
            os.utime(self.folder / name, (ord(name[0]), ord(name[0])))
        follower = self.follower(self.folder)
        self.assertEqual(self.read(follower), [("present", 0)])
        self.append(self.folder / "b.out/log_tcp_complete", row("last"))
        for number, name in enumerate("dc"):
            (self.folder / f"{name}.out").mkdir()
            self.append(self.folder / f"{name}.out/log_tcp_complete", HEADER, row(name))
            os.utime(self.folder / f"{name}.out", (1000 + number, 1000 + number))
        self.assertEqual(self.read(follower), [("last", 0), ("d", 0), ("c", 0)])

    def test_sessions_that_begin_at_once(self):
        follower = self.follower(self.folder)
        self.assertEqual(self.read(follower), [])
        for number, name in enumerate("ba"):
            (self.folder / f"{name}.out").mkdir()
            self.append(self.folder / f"{name}.out/log_tcp_complete", HEADER, row(name))
            os.utime(self.folder / f"{name}.out", (number, number))
        self.assertEqual(self.read(follower), [("b", 0), ("a", 0)])

    def test_sessions_gzip_and_a_log_that_was_made_anew(self):
        session = self.folder / "x.out"
        session.mkdir()
        (session / "log_tcp_complete.gz").write_bytes(gzip.compress((HEADER + row("a", last=9)).encode()))
        follower = self.follower(session)
        self.assertEqual(self.read(follower), [("a", 0)])
        (session / "new.gz").write_bytes(gzip.compress((HEADER + row("b")).encode()))
        os.replace(session / "new.gz", session / "log_tcp_complete.gz")
        self.assertEqual(self.read(follower), [("b", 0)])
        shutil.rmtree(session)
        self.assertEqual(self.read(follower), [])
        session.mkdir()
        (session / "log_tcp_complete.gz").write_bytes(gzip.compress((HEADER + row("c")).encode()))
        self.assertEqual(self.read(follower), [("c", 0)])

    def test_json_lines(self):
        path = self.folder / "flows.jsonl"
        follower = self.follower(path)
        self.assertEqual((self.read(follower), follower.problem), ([], "it is not there yet"))
        self.append(path, '{"log":"log_tcp_complete","flow":1,"c_ip":"10.0.0.1","s_ip":"192.0.2.1","s_bytes_all":700,'
                    '"fqdn":"a.example\\u001b[2J","app":null,"c_rtt_avg":12.5}\n'
                    '{"log":"log_http_complete","flow":2}\n{"log":"log_udp_complete","fqdn":true,"s_ip":"192.0.2.2"}\n'
                    '{broken\n' + '{"log":' + "[" * 100_000 + '\n{"log":"log_udp_complete","c_bytes_all":1e400}\n[1]\n')
        self.assertEqual(self.read(follower), [("a.example\x1b[2J", 0), ("192.0.2.2", 0), (None, 0)])
        self.assertEqual(follower.unreadable, 3)
        os.rename(path, str(path) + ".000001")
        self.append(str(path) + ".000001", '{"log":"log_tcp_complete","fqdn":"last"}\n')
        self.append(path, '{"log":"log_tcp_complete","fqdn":"next"}\n')
        self.assertEqual(self.read(follower), [("last", 0), ("next", 0)])

    def test_lines_that_are_no_rows_are_counted(self):
        self.append(self.log, HEADER, row("a"), "one two\n", "\x00\udcff\n", row("b"))
        follower = self.follower(self.log)
        self.assertEqual(sorted(name for name, _ in self.read(follower)), ["a", "b"])
        self.assertEqual(follower.unreadable, 2)
        self.append(self.log, HEADER.replace(" app:19", ""), row("c").replace(" TLS", ""))  # other columns from here on
        self.assertEqual(self.read(follower), [("c", 0)])
        self.assertEqual(follower.unreadable, 2)

    def test_reading_is_in_parts(self):
        self.append(self.log, HEADER)
        follower = self.follower(self.log)
        self.read(follower)
        self.append(self.log, row("a") * 50_000)
        found = []
        calls = 0
        while not follower.read(lambda row, age: found.append(row), 0.0):
            calls += 1
        self.assertEqual(len(found), 50_000)
        self.assertGreater(calls, 5)


if __name__ == "__main__":
    unittest.main()
