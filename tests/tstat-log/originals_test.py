# SPDX-License-Identifier: BSD-3-Clause
"""--as-original: what the scripts around Tstat print, against their outputs where these are there, and loops of the test's own."""

import datetime
import gzip
import math
import os
import re
import statistics
import unittest

from logs import GOLDEN, WithLogs, rows_of, run

HISTOGRAMS = GOLDEN / "scripts/histo"


class Histograms(WithLogs):
    def test_against_outputs_of_the_original(self):
        if not HISTOGRAMS.is_dir():
            if os.environ.get("TSTAT_REQUIRE_GOLDEN") == "1" or GOLDEN.parent.is_dir():
                self.fail(f"{HISTOGRAMS} is not there")
            self.skipTest("there are no reference outputs")
        log, = (GOLDEN / "3.1.1/default/sites").glob("*/log_tcp_complete")
        outputs = sorted(HISTOGRAMS.glob("col*"))
        self.assertEqual(len(outputs), 4)
        for output in outputs:
            column, *rest = output.name[len("col"):].split("-")
            expected = output.read_text(encoding="utf-8").replace(" FILE ", f" {log} ", 1)
            self.assertEqual(self.ok("histogram", "--as-original", log, column, *rest), expected, output.name)

    @staticmethod
    def expected(path, words, values, low, high, bins):
        average = sum(values) / len(values)
        spread = math.sqrt(sum(value * value for value in values) - average * average) / average
        lines = [f"#making histogram {path} {words}", f"#average= {average:.15g}\t#std= {spread:.15g}", "#bin\t range\ttotbin\tdist\tcum"]
        counts = [0] * (bins + 1)
        for value in values:
            counts[min(max(int((value - low) / ((high - low) / bins)), 0), bins)] += 1
        reached = 0
        for number, count in enumerate(counts):
            reached += count
            lines.append(f"{number}\t {low + number * (high - low) / bins:.3f}\t{count}\t{100 * count / len(values):5.3f}"
                         f"\t{reached / len(values):5.3f}")
        return "".join(line + "\n" for line in lines)

    def test_against_a_loop(self):
        values = [float(row["s_bytes_all"]) for row in rows_of(self.tcp)]
        self.assertEqual(self.ok("histogram", "--as-original", self.tcp, "23", "100", "5000", "8"),
                         self.expected(self.tcp, "23 100 5000 8", values, 100, 5000, 8))
        text = "3 1\n# 100\n5 x 2\n4 3.5abc\n-1 -2e1\n7\n"
        self.assertEqual(self.ok("histogram", "--as-original", "-", "2", "-20", "4", "3", stdin=text.encode()),
                         self.expected("-", "2 -20 4 3", [1, 0, 3.5, -20, 0], -20, 4, 3))

    def test_expressions(self):
        rows = [[float(cell) for cell in line.split()] for line in ("1 2", "3 0", "8 4", "9 2")]
        file = self.folder / "columns"
        file.write_text("".join(" ".join(map(str, row)) + "\n" for row in rows) + "#\n", encoding="utf-8")
        out = self.ok("histogram", "--as-original", file, "$d[0]/$d[1]", "$d[1]>0", "0", "auto", "3")
        self.assertEqual(out, "#samples = 3; #sum = 7; #average= 2.33333333333333\n#bin\t range\ttotbin\tdist\tcum\n0\t 0.00000\t1\t33.333\t0.333\n"
                              "1\t 1.50000\t1\t33.333\t0.667\n2\t 3.00000\t0\t0.000\t0.667\n3\t 4.50000\t1\t33.333\t1.000\n")

    def test_wrong_words(self):
        for words in (["1"], [self.tcp, "0", "0", "1", "5"], [self.tcp, "1", "0", "1", "x"], [self.tcp, "3", "5", "1", "4"], ["-", "1", "auto", "1", "4"]):
            self.fails(2, "histogram", "--as-original", *words)
        self.fails(1, "histogram", "--as-original", "/no/such", "1", "0", "1", "5")


class Quantiles(WithLogs):
    def test_against_a_loop(self):
        values = [3.5, -1, 20, 7, 7, 100.25, 4e3]
        out = self.ok("percentiles", "--as-original", stdin="".join(f"{value}\n" for value in values).encode())
        values.sort()
        expected = ""
        for point in range(100):
            place = (len(values) - 1) * point / 100
            low = math.floor(place)
            value = values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (place - low)
            expected += f"{point:.6f}\t{value:.6f}\n"
        self.assertEqual(out, expected)

    def test_what_is_no_number(self):
        self.assertIn("standard input:2: 'x' is no number", self.fails(1, "percentiles", "--as-original", stdin=b"1\nx\n"))
        self.assertIn("there is no number", self.fails(1, "percentiles", "--as-original", stdin=b""))


class TimeSeries(WithLogs):
    @staticmethod
    def expected(rows, seconds):
        """Bins of rows (end, value): what stands in docs/log-tools.md, in one loop."""
        first = rows[0][0]
        edge = first - first % 300 + 60
        edges = [edge + step for step in range(0, 3720, seconds)]
        lines, values, reference, place = "", [], -math.inf, 0
        for end, value in rows:
            if place < len(edges) and reference > edges[place]:
                when = datetime.datetime.fromtimestamp(edges[place], datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
                lines += "%s %d %f %f %f %f\n" % (when, len(values), sum(values), statistics.fmean(values), statistics.median(values),
                                                  statistics.pstdev(values))
                values, place = [value], place + 1
            else:
                values.append(value)
                reference = end
        return lines

    def log(self, ends, values):
        """A log of Tstat 2 with these rows."""
        text = "".join(" ".join([*["0"] * 6, str(value), *["0"] * 81, "250", *["0"] * 8, f"{end * 1000 - 250:.3f}", *["0"] * 3]) + "\n"
                       for end, value in zip(ends, values))
        (self.folder / "log_tcp_complete").write_text(text, encoding="utf-8")

    def run_it(self, *more, **options):
        out = self.ok("series", "--as-original", "-r", self.folder, "-l", "tcp", "-o", ".series", *more, **options)
        return out

    def test_bins_and_gaps(self):
        # Bins are closed by the row behind the first one beyond an edge, one a row.
        ends = [1500000130, 1500000131, 1500000150, 1500000170, 1500000200, 1500000201, 1500000202, 1500000600, 1500000601, 1500000602, 1500000603,
                1500000604, 1500000605, 1500000606, 1500000607, 1500000608, 1500000609, 1500005000, 1500005001, 1500005002]
        values = [3, 4, 100, 7, 1, 2, 8, 5, 9, 6, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
        self.log(ends, values)
        out = self.run_it("-i", "log_tcp_complete", "-f", "csentbytes", "-b", "60")
        self.assertEqual(out, self.expected(list(zip(ends, values)), 60))
        self.assertTrue(out.startswith("2017-07-14 02:41:00 "), out)
        self.assertGreater(len(out.splitlines()), 7)
        self.assertEqual((self.folder / "log_tcp_complete.series").read_text(encoding="utf-8"), out)

    def test_logs_with_names_and_zones(self):
        packed = self.folder / "packed.gz"
        packed.write_bytes(gzip.compress(self.tcp.read_bytes()))
        rows = [((float(row["first"]) + float(row["durat"])) / 1000, float(row["s_bytes_all"])) for row in rows_of(self.tcp)]
        out = self.run_it("-i", "packed.gz", "-f", "s_bytes_all", "-b", "5")
        self.assertEqual(out, self.expected(rows, 5))
        self.assertGreater(len(out), 0)
        self.assertNotEqual(self.run_it("-i", "packed.gz", "-f", "s_bytes_all", "-b", "5", environment={"TZ": "Asia/Kolkata"}), out)

    def test_errors(self):
        self.log([1500000130], [1])
        log = self.folder / "log_tcp_complete"
        log.write_text("# a remark\n" + log.read_text(encoding="utf-8") * 2, encoding="utf-8")  # is no header line
        self.assertEqual(self.run_it("-i", "log_tcp_complete", "-f", "csentbytes", "-b", "60"), self.expected([(1500000130, 1)] * 2, 60))
        common = ["series", "--as-original", "-r", self.folder, "-l", "tcp", "-i", "log_tcp_complete", "-b", "60"]
        self.assertIn("csentbyte: no such column; did you mean csentbytes?", self.fails(2, *common, "-o", ".x", "-f", "csentbyte"))
        self.assertIn("would be written over", self.fails(2, *common, "-o", "", "-f", "csentbytes"))
        self.fails(2, *common, "-f", "csentbytes")


class RegularExpressions(WithLogs):
    def setUp(self):
        self.logs = self.folder / self.id()
        self.logs.mkdir()

    def filter(self, *more, status=0):
        arguments = ["filter", "--as-original", "-r", self.logs, "-p", "out_", "-o", ".txt", *more]
        return self.ok(*arguments) if status == 0 else self.fails(status, *arguments)

    def test_http(self):
        lines = self.http.read_text(encoding="utf-8").splitlines()
        rows = [line for line in lines if not line.startswith("#")]
        (self.logs / "a_log_http").write_text("\n".join(rows) + "\n", encoding="utf-8")
        (self.logs / "b_log_http.gz").write_bytes(gzip.compress(("#C#c_ip:1\n" + "\n".join(rows[:4]) + "\n").encode()))
        out = self.filter("-i", "_log_http", "-e", "GET", "-c", "method", "-f", "s_ip,c_ip,path", "-l", "http")
        self.assertTrue(out.startswith("Printing s_ip,c_ip,path of log a_log_http with GET on method\n"))
        got = (self.logs / "out_a_log_http.txt").read_text(encoding="utf-8").splitlines()
        expected = []
        for row in rows:
            cells = row.split()
            if cells[5] != "HTTP" and re.search("GET", cells[5]):
                expected.append(f"{cells[2]} {cells[0]} {cells[8]}")
        self.assertEqual(got, expected)
        self.assertIn("Shorter line in log! ", out)  # responses have no method
        self.filter("-i", ".gz", "-e", "10[.]0", "-c", "all", "-f", "all", "-l", "http")
        self.assertEqual((self.logs / "out_b_log_http.txt").read_text(encoding="utf-8").splitlines(), [row for row in rows[:4] if re.search("10[.]0", row)])

    def test_http_with_its_two_header_lines(self):
        """Requests have the columns of the first one, responses those of the second one."""
        (self.logs / "log_http").write_bytes(self.http.read_bytes())
        rows = [(number, line.split("\t")) for number, line in enumerate(self.http.read_text(encoding="utf-8").splitlines(), 1) if line[0] != "#"]
        out = self.filter("-i", "_http", "-e", "^Mozilla|curl", "-c", "user_agent", "-f", "c_ip,user_agent,path", "-l", "http")
        expected = [f"{cells[0]} {cells[10]} {cells[8]}" for _, cells in rows if cells[5] != "HTTP" and re.search("^Mozilla|curl", cells[10])]
        self.assertGreater(len(expected), 0)
        self.assertEqual((self.logs / "out_log_http.txt").read_text(encoding="utf-8").splitlines(), expected)
        self.assertEqual(out.splitlines()[1:], [f"Shorter line in log! {number}" for number, cells in rows if cells[5] == "HTTP"])
        self.filter("-i", "_http", "-e", "^20", "-c", "response", "-f", "s_ip,response,content_type", "-l", "http")
        expected = [f"{cells[2]} {cells[6]} {cells[8]}" for _, cells in rows if cells[5] == "HTTP" and cells[6].startswith("20")]
        self.assertGreater(len(expected), 0)
        self.assertEqual((self.logs / "out_log_http.txt").read_text(encoding="utf-8").splitlines(), expected)

    def test_tcp_of_tstat_2(self):
        rows = [" ".join(f"{row}.{i}" for i in range(119 if row % 2 else 101)) for row in range(6)]
        (self.logs / "x_tcp").write_text("# head\n" + "\n".join([*rows, "1 2 3"]) + "\n", encoding="utf-8")
        out = self.filter("-i", "tcp", "-e", r"[135]\.0 .*\.44$", "-c", "cip,sip", "-f", "timestamp,cip,fqdn,sip", "-l", "tcp")
        self.assertEqual(out, "Printing timestamp,cip,fqdn,sip of log x_tcp with [135]\\.0 .*\\.44$ on cip,sip\nShorter line in log! 8\n")
        self.assertEqual((self.logs / "out_x_tcp.txt").read_text(encoding="utf-8").splitlines(),
                         [f"{row}.97 {row}.0 {row}.112 {row}.113 {row}.114 {row}.44" for row in (1, 3, 5)])

    def test_logs_with_names(self):
        (self.logs / "log_tcp_complete").write_bytes(self.tcp.read_bytes())
        self.filter("-i", "complete", "-e", "^443$", "-c", "s_port", "-f", "c_ip,s_port,fqdn", "-l", "tcp")
        self.assertEqual((self.logs / "out_log_tcp_complete.txt").read_text(encoding="utf-8").splitlines(),
                         [f"{row['c_ip']} {row['s_port']} {row['fqdn']}" for row in rows_of(self.tcp) if row["s_port"] == "443"])

    def test_errors(self):
        arguments = ["filter", "--as-original", "-i", "x", "-e", "y", "-c", "all", "-f", "all", "-p", "a"]
        for more, told in ((["-r", "/no/such", "-l", "tcp"], "Error! Input dir or files do not exist.\n"),
                           (["-r", self.logs, "-l", "tcp"], "Error! Input dir or files do not exist.\n"),
                           (["-r", self.logs, "-l", "udp"], "Error! Log type do not exist.\n")):
            self.assertEqual(run(*arguments, *more)[:2], (1, told))
        (self.logs / "x").write_bytes(self.tcp.read_bytes())
        self.assertIn("the regular expression is wrong", self.filter("-i", "x", "-e", "(", "-c", "all", "-f", "all", "-l", "tcp", status=2))
        self.assertIn("c_ipp: no such column", self.filter("-i", "x", "-e", "y", "-c", "c_ipp", "-f", "all", "-l", "tcp", status=2))

    def test_select_takes_the_same_command_line(self):
        (self.logs / "x").write_bytes(self.tcp.read_bytes())
        out = self.ok("select", "--as-original", "-r", self.logs, "-i", "x", "-e", ".", "-c", "all", "-f", "all", "-p", "p", "-l", "tcp")
        self.assertEqual(out, "Printing all of log x with . on all\n")
        self.assertEqual((self.logs / "px").read_text(encoding="utf-8").splitlines(), self.tcp.read_text(encoding="utf-8").splitlines()[1:])


if __name__ == "__main__":
    unittest.main()
