# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log cumulative and evolution: histogram files of log directories over time."""

import gzip
import math
import os
import pathlib
import re
import tempfile
import unittest
import xml.dom.minidom

from logs import TRACES, WithLogs, analyse

# Five intervals in two sessions; "rtt" of 0 to 30 by 10, whose LAST lacks.
INTERVALS = {("2026_01_31_23_55.out", "000"): {-10: 1, 0: 2, 20: 3}, ("2026_01_31_23_55.out", "001"): {10: 4, 30: 5},
             ("2026_01_31_23_55.out", "LAST"): {0: 6}, ("2026_02_01_08_00.out", "000"): {20: 7}, ("2026_02_01_08_00.out", "001"): None}


def write(folder, name, contents, title="round-trip time", bounds="#RANGE: min=0 bin_size=10 max=30"):
    path = pathlib.Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([f"#{title}", bounds, *(f"{label} {count}" for label, count in contents.items()), ""]), encoding="utf-8")
    return path


class WithHistograms(WithLogs):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.base = cls.folder / "histograms"
        for (session, step), contents in INTERVALS.items():
            if contents is not None:
                write(cls.base, f"{session}/{step}/rtt", contents)
            write(cls.base, f"{session}/{step}/tcp_bitrate_in", {0: 1000, 3: 10 if step == "000" else 30}, "rate [bit/s]",
                  "#RANGE: min=0 bin_size=1 max=5")
        packed = cls.base / "2026_02_01_08_00.out/000/rtt"
        packed.with_suffix(".gz").write_bytes(gzip.compress(packed.read_bytes()))
        packed.unlink()
        (cls.base / "2026_13_01_08_00.out").mkdir()
        (cls.base / "other.out/000").mkdir(parents=True)

    def rows(self, *arguments):
        """The rows of one histogram, as numbers."""
        out = self.ok(*arguments, "-d", self.base, "-f", "csv")
        return [tuple(map(float, line.split(",")[1:])) for line in out.splitlines()[1:]]

    def original(self, command, *arguments):
        """What is printed as the script does."""
        return self.ok(command, "--as-original", "-d", self.base, *arguments)


class Cumulative(WithHistograms):
    def expected(self, steps, labels=(-10, 0, 10, 20, 30), relative=False):
        counts = [sum(INTERVALS[step].get(label, 0) for step in steps) for label in labels]
        whole = sum(counts) if relative else 1
        return [(label, count, count / whole, sum(counts[:i + 1]) / whole) for i, (label, count) in enumerate(zip(labels, counts))]

    def close(self, rows, expected):
        self.assertEqual(len(rows), len(expected))
        for row, other in zip(rows, expected):
            for one, two in zip(row, other):
                self.assertTrue(math.isclose(one, two, rel_tol=1e-12), (row, other))

    def test_all(self):
        steps = [step for step, contents in INTERVALS.items() if contents is not None]
        out = self.ok("cumulative", "rtt", "-d", self.base)
        self.assertEqual([line.split() for line in out.splitlines()[:4]], [["#", "rtt:", "round-trip", "time"], ["histogram", "bin", "count", "pdf", "cdf"],
                                                                            ["rtt", "-10", "1", "1", "1"], ["rtt", "0", "8", "8", "9"]])
        self.close(self.rows("cumulative", "rtt"), self.expected(steps))
        self.close(self.rows("cumulative", "-n", "rtt"), self.expected(steps, relative=True))

    def test_as_the_script(self):
        """Only numbered steps, fifteen minutes long, and no bin below the range."""
        self.assertEqual(self.original("cumulative", "-f", "rtt"), "0 2 2 2\n10 4 4 6\n20 10 10 16\n30 5 5 21\n")
        for option in "nN":
            out = self.original("cumulative", "-f", "rtt", "-" + option)
            self.assertEqual(out, "".join(f"{label} {count} {count / 21:.15g} {total / 21:.15g}\n"
                                          for label, count, total in ((0, 2, 2), (10, 4, 6), (20, 10, 16), (30, 5, 21))))
        later = self.original("cumulative", "-f", "rtt", "2026/02/01 00:10", "2026/02/01 07:00")
        self.assertEqual(later, "0 0 0 0\n10 4 4 4\n20 0 0 4\n30 5 5 9\n")
        self.assertEqual(self.original("cumulative", "-f", "rtt", "-o", "00:10 00:11"), later)
        self.assertIn("0 1000 1000 1000\n", self.original("cumulative", "-f", "rtt,tcp_bitrate_in", "-o", "00:10 00:11"))
        self.assertEqual(self.original("cumulative", "-l"), "2026/01/31 23:55 Sat\n2026/02/01 08:00 Sun\n")

    def test_files_for_gnuplot(self):
        with tempfile.TemporaryDirectory() as folder:
            write(folder, "2026_01_01_00_00.out/000/rtt", {10: 1}, title='"`touch x`\'; $(touch y)')
            title = f"{folder}/picture"
            out = self.ok("cumulative", "--as-original", "-d", folder, "-f", "rtt", "-N", "-g", "-b", title, "--xra=1", "--yrb=0.5", "--lx")
            self.assertEqual(out, "")
            self.assertEqual(pathlib.Path(title + ".data").read_text(encoding="utf-8"), "0 0 0 0\n10 1 1 1\n20 0 0 1\n30 0 0 1\n")
            self.assertEqual(pathlib.Path(title + ".cmd").read_text(encoding="utf-8").splitlines(), [
                "set data style steps", "set terminal png small", f"set output '{title}.png'", "set xrange [1:]", "set yrange [:0.5]", "set logscale x",
                "set ylabel '%'", f"plot '{title}.data' index 0 using 1:($4) title \"  touch x  ;  (touch y)\""])
            self.ok("evolution", "--as-original", "-d", folder, "-f", "rtt", "-g", "-b", title, "-c", "3", "-xra=1", "--yrb=2", "-ly")
            self.assertEqual(pathlib.Path(title + ".data").read_text(encoding="utf-8"), "NaN 1 NaN NaN\n")
            self.assertEqual(pathlib.Path(title + ".cmd").read_text(encoding="utf-8").splitlines(), [
                "set terminal png small", f"set output '{title}.png'", "set xrange [1:]", "set yrange [:2]", "set logscale y",
                "set data style lines", "set data st impulses", 'set ytics ("2026/01/01 00:00" 0)',
                f"splot '{title}.data' matrix t \"\""])
            self.fails(2, "cumulative", "--as-original", "-d", folder, "-f", "rtt", "-xra=1")  # one dash is plot_time.pl's alone
            self.assertIn("names of files for gnuplot", self.fails(2, "cumulative", "--as-original", "-d", folder, "-f", "rtt", "-g", "-b", "a'; b"))

    def test_times(self):
        first, second, last, third, _ = INTERVALS
        for options, steps in (
                (["--from", "2026/02/01 00:00"], [second, last, third]), (["--to", "2026-02-01"], [first, second]),
                (["--from", "2026-02-01T00:05", "--to", "2026/02/01 08:00"], [last, third]), (["--time-of-day", "00:00 00:05"], [second]),
                (["--time-of-day", "08:00-24:00"], [first, third]), (["--time-of-day", "23:00 00:05"], [first, second]),
                (["--step", "60", "--to", "2026/01/31 23:56"], [first, second])):
            rows = self.rows("cumulative", "rtt", *options)
            self.close(rows[-4:], self.expected(steps)[-4:] if len(rows) == 5 else self.expected(steps, (0, 10, 20, 30)))

    def test_rates_are_averaged(self):
        rows = dict((row[0], row[1]) for row in self.rows("cumulative", "tcp_bitrate_in"))
        self.assertEqual(rows, {0: 1000, 1: 0, 2: 0, 3: (10 + 30 + 30 + 10 + 30) / 5, 4: 0, 5: 0})
        self.assertIn("3 80 80 4080\n", self.original("cumulative", "-f", "tcp_bitrate_in"))

    def test_list(self):
        self.assertEqual(self.ok("cumulative", "--list", "-d", self.base),
                         "2026/01/31 23:55 Sat\n2026/02/01 08:00 Sun\n\nrtt\ntcp_bitrate_in\n")

    def test_several(self):
        out = self.ok("cumulative", "rtt,tcp_*", "-d", self.base)
        self.assertEqual(re.findall("(?m)^# (.*):", out), ["rtt", "tcp_bitrate_in"])
        self.assertIn("one histogram at a time", self.fails(2, "evolution", "rtt,tcp_*", "-d", self.base))

    def test_of_a_trace(self):
        """Sums of what the command wrote, by hand."""
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "histograms.conf").write_text("include ALL\n", encoding="utf-8")
            pathlib.Path(folder, "globals.conf").write_text("[globals]\nMax_Time_Step = 2\n", encoding="utf-8")
            session = analyse(folder, TRACES / "mixed.pcap", options=("-H", f"{folder}/histograms.conf", "-G", f"{folder}/globals.conf"))
            steps = [path for path in session.iterdir() if path.is_dir()]
            self.assertGreater(len(steps), 1)
            for name in ("ip_len_out", "tcp_cl_b_s_c2s", "L7_TCP_num_out"):
                total = {}
                for step in steps:
                    for line in (step / name).read_text(encoding="utf-8").splitlines()[2:]:
                        label, count = map(int, line.split())
                        total[label] = total.get(label, 0) + count
                self.assertGreater(len(total), 0, name)
                out = self.ok("cumulative", name, "-d", folder + "/out", "-f", "csv")
                rows = [list(map(int, line.split(",")[1:])) for line in out.splitlines()[1:]]
                self.assertEqual({row[0]: row[1] for row in rows if row[1]}, total)
                self.assertEqual(rows[-1][3], sum(total.values()))

    def test_plots(self):
        picture = self.folder / "cumulative.svg"
        self.ok("cumulative", "-c", "-n", "rtt", "-d", self.base, "--plot", picture, "--log-y", "--y-range", "0.1:1", "--title", "a <title>")
        once = picture.read_bytes()
        xml.dom.minidom.parseString(once)
        self.assertIn(b"a &lt;title&gt;", once)
        self.ok("cumulative", "-c", "-n", "rtt", "-d", self.base, "--plot", picture, "--log-y", "--y-range", "0.1:1", "--title", "a <title>")
        self.assertEqual(picture.read_bytes(), once)
        self.ok("cumulative", "rtt,tcp_bitrate_in", "-d", self.base, "--plot", self.folder / "c.png", "--log-x", "--x-range", ":20")
        self.assertEqual((self.folder / "c.png").read_bytes()[:4], b"\x89PNG")
        self.assertIn("round-trip time", self.ok("cumulative", "rtt", "-d", self.base, "--plot", "terminal"))


class Evolution(WithHistograms):
    def test_rows(self):
        out = self.ok("evolution", "rtt", "-d", self.base, "-f", "csv").splitlines()
        self.assertEqual(out, ["time,-10,0,10,20,30", "2026-01-31 23:55:00,1,2,0,3,0", "2026-02-01 00:00:00,0,0,4,0,5",
                               "2026-02-01 00:05:00,0,6,0,0,0", "2026-02-01 08:00:00,0,0,0,7,0"])
        out = self.ok("evolution", "-n", "-a", "rtt", "-d", self.base, "--time-of-day", "23:00 24:00", "-f", "csv").splitlines()
        self.assertEqual(out, ["time,0,10,20,30", f"2026-01-31 23:55:00,{2 / 6!r},0,0.5,0"])
        self.assertTrue(self.ok("evolution", "rtt", "-d", self.base).startswith("# rtt: round-trip time\ntime "))

    def test_as_the_script(self):
        out = self.original("evolution", "-f", "rtt")
        self.assertEqual(out, "2 NaN 3 NaN\nNaN 4 NaN 5\nNaN NaN 7 NaN\nNaN NaN NaN NaN\n")
        out = self.original("evolution", "-f", "rtt", "-n", "-o", "08:00 09:00")
        self.assertEqual(out, "NaN NaN NaN NaN\n" * 2 + "NaN NaN 1 NaN\nNaN NaN NaN NaN\n")
        out = self.ok("evolution", "--as-original", "-f", "rtt", "-d", f"{self.base}/2026_01_31_23_55.out,{self.base}/2026_02_01_08_00.out")
        self.assertEqual(out, "2 NaN 3 NaN\nNaN 4 NaN 5\nNaN NaN 7 NaN\nNaN NaN NaN NaN\n")
        self.assertEqual(self.original("evolution", "-l"), "2026/01/31 23:55 Sat\n2026/02/01 08:00 Sun\n")
        self.assertIn("did you mean", self.fails(1, "evolution", "--as-original", "-d", self.base, "-f", "rt"))

    def test_plots(self):
        for suffix in ("svg", "png"):
            self.ok("evolution", "rtt", "-d", self.base, "--plot", self.folder / f"evolution.{suffix}")
            self.assertGreater(os.path.getsize(self.folder / f"evolution.{suffix}"), 2000)
        xml.dom.minidom.parse(str(self.folder / "evolution.svg"))
        lines = self.ok("evolution", "rtt", "-d", self.base, "--plot", "terminal", environment={"PYTHONIOENCODING": "utf-8"}).splitlines()
        self.assertEqual([line.split()[0] for line in lines[1:6]], ["30", "20", "10", "0", "-10"])
        self.assertIn("2026-01-31 23:55 - 2026-02-01 08:00", lines[-1])


class Odd(WithHistograms):
    def test_what_is_no_histogram(self):
        for number, (bounds, contents, said) in enumerate((
                ("#RANGE: min=0 bin_size=0 max=30", {}, ":2: no such bins: from 0 to 30 in steps of 0"),
                ("#RANGE: min=0 bin_size=1 max=99999999999", {}, ":2: no such bins"), ("0 1", {}, ":2: no line like"),
                ("#RANGE: min=0 bin_size=10 max=30", {5: 1}, ":3: 5 is no bin"), ("#RANGE: min=0 bin_size=10 max=30", {"x": 1}, ":3: no bin and count"),
                ("#RANGE: min=0 bin_size=10 max=40", {}, "are others than before"))):
            with tempfile.TemporaryDirectory() as folder:
                write(folder, "2026_01_01_00_00.out/000/rtt", {10: 1})
                write(folder, "2026_01_01_00_00.out/001/rtt", contents, bounds=bounds)
                self.assertIn(said, self.fails(1, "cumulative", "rtt", "-d", folder), number)
                self.assertIn(said, self.fails(1, "evolution", "rtt", "-d", folder), number)

    def test_a_cut_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = write(folder, "2026_01_01_00_00.out/000/rtt", {10: 1})
            path.with_suffix(".gz").write_bytes(gzip.compress(path.read_bytes())[:-9])
            path.unlink()
            self.assertIn("rtt.gz: ", self.fails(1, "cumulative", "rtt", "-d", folder))

    def test_wrong_command_lines(self):
        self.assertIn("rt: no such histogram; did you mean rtt?", self.fails(1, "cumulative", "rt", "-d", self.base))
        self.assertIn("no such histogram", self.fails(1, "cumulative", "../000/rtt", "-d", self.base))
        self.assertIn("no histogram is named", self.fails(2, "evolution", "-d", self.base))
        self.assertIn("no log directory like", self.fails(1, "evolution", "x", "-d", "/usr"))
        self.assertIn("no time like", self.fails(2, "cumulative", "rtt", "-d", self.base, "--from", "yesterday"))
        self.assertIn("no times of day like", self.fails(2, "cumulative", "rtt", "-d", self.base, "--time-of-day", "8"))
        self.assertIn("no time of day like", self.fails(2, "cumulative", "rtt", "-d", self.base, "--time-of-day", "25:00 26:00"))
        self.assertIn("no range like", self.fails(2, "cumulative", "rtt", "-d", self.base, "--x-range", "1"))
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "2026_01_31_13_00.out").mkdir()
            self.assertIn("no histograms are there (tstat writes them with -H FILE)", self.fails(1, "cumulative", "rtt", "-d", folder))
        self.assertIn("no interval at these times", self.fails(1, "cumulative", "rtt", "-d", self.base, "--from", "2027/01/01"))
        self.assertIn("is neither terminal nor a name that ends with .png or .svg", self.fails(2, "evolution", "rtt", "-d", self.base, "--plot", "a.pdf"))


if __name__ == "__main__":
    unittest.main()
