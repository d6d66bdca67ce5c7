# SPDX-License-Identifier: BSD-3-Clause
"""percentiles, cdf, histogram, series, top and compare, against loops over rows split by hand."""

import csv
import datetime
import io
import ipaddress
import json
import math
import os
import statistics
import subprocess
import tempfile
import unittest
import unittest.mock
import xml.dom.minidom
from collections import defaultdict
from pathlib import Path

from logs import TRACES, WithLogs, analyse, rows_of
from tstat_log import plots  # that each run has it, too

SVG = "<?xml version"


def percentile(values, point):
    """By interpolation between the two nearest values."""
    values = sorted(values)
    place = (len(values) - 1) * point / 100
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


class Figures(WithLogs):
    def table(self, *arguments):
        """A result as CSV, as numbers where it has numbers."""
        def value(text):
            try:
                return float(text)
            except ValueError:
                return None if text == "" else text
        rows = list(csv.reader(io.StringIO(self.ok(*arguments, "--format", "csv"))))
        return rows[0], [[value(cell) for cell in row] for row in rows[1:]]

    def values(self, name, where=lambda row: True, log=None):
        return [float(row[name]) for row in rows_of(log or self.tcp) if where(row)]

    def near(self, got, expected, **options):
        self.assertEqual(len(got), len(expected), (got, expected))
        for one, other in zip(got, expected):
            if isinstance(other, float) and one is not None:
                self.assertTrue(math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6), (got, expected))
            else:
                self.assertEqual(one, other, (got, expected))


class Percentiles(Figures):
    def test_columns_and_formulas(self):
        names, rows = self.table("percentiles", "c_pkts_all,s_bytes_all / s_pkts_all,durat", "-p", "0,12.5,50,99,100", self.tcp)
        self.assertEqual(names, ["percentile", "c_pkts_all", "s_bytes_all / s_pkts_all", "durat"])
        ratios = [float(row["s_bytes_all"]) / float(row["s_pkts_all"]) for row in rows_of(self.tcp) if row["s_pkts_all"] != "0"]
        for row in rows:
            self.near(row[1:], [percentile(values, row[0]) for values in (self.values("c_pkts_all"), ratios, self.values("durat"))])

    def test_with_a_condition_and_as_text(self):
        _, rows = self.table("percentiles", "s_bytes_all", "--where", "s_port == 443", self.tcp)
        chosen = self.values("s_bytes_all", lambda row: row["s_port"] == "443")
        self.near([row[1] for row in rows], [percentile(chosen, point) for point in (0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 100)])
        text = self.ok("percentiles", "s_bytes_all", self.tcp)
        self.assertTrue(text.startswith(f"# s_bytes_all [bytes]: {len(rows_of(self.tcp))} values\npercentile  s_bytes_all\n"))

    def test_wrong_points(self):
        for points in ("101", "x", "-1", "1,,2"):
            self.assertIn("is no number from 0 to 100", self.fails(2, "percentiles", "durat", f"--points={points}", self.tcp))
        self.assertIn("no such column", self.fails(2, "percentiles", "drat", self.tcp))
        self.assertIn("a text, not a number", self.fails(2, "percentiles", "fqdn", self.tcp))

    def test_no_values(self):
        self.assertIn("-", self.ok("percentiles", "durat", "--where", "false", self.tcp))
        self.assertIn("no values", self.ok("histogram", "durat", "--where", "false", self.tcp))
        self.assertEqual(self.ok("cdf", "durat", "--where", "false", self.tcp, "-f", "csv"), "durat,share\n")
        self.assertEqual(self.ok("series", "durat", "--where", "false", self.tcp, "-f", "csv"), "time,count,sum,mean,median,deviation\n")
        self.assertEqual(self.ok("top", "ports", "--where", "false", self.tcp, "-f", "csv"), "s_port,rows,bytes,percent\n")
        for command in (["percentiles", "durat"], ["histogram", "durat"], ["cdf", "durat"], ["series", "durat"], ["top", "ports"]):
            self.ok(*command, "-w", "false", self.tcp, "--plot", "terminal")
            self.ok(*command, "-w", "false", self.tcp, "--plot", self.folder / "empty.svg")


class Distributions(Figures):
    def test_all_values(self):
        _, rows = self.table("cdf", "s_bytes_all", "-n", "0", self.tcp)
        values = self.values("s_bytes_all")
        self.assertEqual([row[0] for row in rows], sorted(set(values)))
        self.near([row[1] for row in rows], [sum(one <= value for one in values) / len(values) for value in sorted(set(values))])
        _, rest = self.table("cdf", "s_bytes_all", "-n", "0", "--complement", self.tcp)
        self.near([row[1] for row in rest], [1 - row[1] for row in rows])

    def test_few_points_of_many(self):
        values = self.values("c_rtt_avg")
        names, rows = self.table("cdf", "c_rtt_avg,durat", "-n", "4", self.tcp)
        self.assertEqual(names, ["of", "value", "share"])
        own = [row for row in rows if row[0] == "c_rtt_avg"]
        self.assertLessEqual(len(own), 4)
        for _, value, share in own:
            self.assertAlmostEqual(sum(one <= value + 1e-9 for one in values) / len(values), share)
        self.assertEqual(own[-1][2], 1)


class Histograms(Figures):
    def check(self, rows, values, edges):
        self.assertEqual(len(rows), len(edges) - 1)
        reached = sum(value < edges[0] for value in values)
        for i, row in enumerate(rows):
            count = sum(edges[i] <= value < edges[i + 1] or (i == len(rows) - 1 and value == edges[-1]) for value in values)
            reached += count
            self.near(row, [edges[i], edges[i + 1], float(count), 100 * count / len(values), 100 * reached / len(values)])

    def test_automatic_range(self):
        values = self.values("c_bytes_all")
        low, high = min(values), max(values)
        names, rows = self.table("histogram", "c_bytes_all", "--bins", "7", self.tcp)
        self.assertEqual(names, ["from", "to", "count", "percent", "cumulative"])
        self.check(rows, values, [low + (high - low) * i / 7 for i in range(7)] + [high])
        text = self.ok("histogram", "c_bytes_all", self.tcp)
        self.assertIn(f"{len(values)} values, mean {statistics.fmean(values):.6g}"[:25], text)

    def test_a_range_of_an_expression_with_a_filter(self):
        rows_there = [row for row in rows_of(self.tcp) if float(row["c_pkts_all"]) > 4]
        values = [float(row["c_bytes_all"]) / float(row["c_pkts_all"]) for row in rows_there]
        _, rows = self.table("histogram", "$9/$3", "--where", "$3 > 4", "--min", "10", "--max", "200", "--bins", "5", self.tcp)
        self.check(rows, values, [10, 48, 86, 124, 162, 200])
        text = self.ok("histogram", "$9/$3", "--where", "$3 > 4", "--min", "10", "--max", "200", "--bins", "5", self.tcp)
        below, above = sum(value < 10 for value in values), sum(value > 200 for value in values)
        self.assertIn(f"# {below} values are below the first bin, {above} above the last one", text)
        self.assertIn(f"deviation {statistics.pstdev(values):.6g}"[:15], text)

    def test_logarithmic_bins(self):
        values = self.values("s_bytes_all")
        _, rows = self.table("histogram", "s_bytes_all", "--log-scale", "--bins", "3", "--min", "1", "--max", "1000", self.tcp)
        self.check(rows, values, [1, 10, 100, 1000])

    def test_wrong_ranges(self):
        for bound in ("--max=inf", "--min=-inf"):
            self.assertIn("too wide", self.fails(2, "histogram", "durat", bound, self.tcp))
        self.assertIn("too wide", self.fails(2, "histogram", "durat", "--min=-1e308", "--max=1e308", self.tcp))
        self.assertIn("at most", self.fails(2, "histogram", "durat", "--bins", "1000000", "--plot", self.folder / "h.svg", self.tcp))
        self.ok("histogram", "durat", "--bins", "20000", "--plot", self.folder / "h.svg", self.tcp)
        self.assertIn("bins would end at 1 and begin at 5", self.fails(2, "histogram", "durat", "--min", "5", "--max", "1", self.tcp))
        self.assertIn("bins begin above 0", self.fails(2, "histogram", "durat", "--log-scale", "--min", "0", self.tcp))
        self.assertIn("--bins 0", self.fails(2, "histogram", "durat", "--bins", "0", self.tcp))
        self.assertIn("invalid", self.fails(2, "histogram", "durat", "--min", "x", self.tcp))


class Series(Figures):
    def test_bins(self):
        for arguments, length, time in ((["--bin", "10s"], 10, "last"), (["--bin", "7"], 7, "last"), (["--time", "first", "-b", "1min"], 60, "first")):
            names, rows = self.table("series", "s_bytes_all", *arguments, self.tcp)
            self.assertEqual(names, ["time", "count", "sum", "mean", "median", "deviation"])
            bins = defaultdict(list)
            for row in rows_of(self.tcp):
                bins[math.floor(float(row[time]) / 1000 / length)].append(float(row["s_bytes_all"]))
            expected = []
            for number in range(min(bins), max(bins) + 1):
                values = bins.get(number, [])
                stamp = datetime.datetime.fromtimestamp(number * length, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
                figures = [statistics.fmean(values), statistics.median(values), statistics.pstdev(values)] if values else [None] * 3
                expected.append([stamp, float(len(values)), float(sum(values)), *figures])
            self.assertEqual(len(rows), len(expected))
            for got, one in zip(rows, expected):
                self.near(got, one)

    def test_other_logs(self):
        _, rows = self.table("series", "1", "--bin", "1h", self.http)
        self.assertEqual(sum(row[1] for row in rows), len(rows_of(self.http)))
        _, rows = self.table("series", "c_bytes_all", "--bin", "1d", self.udp)
        self.assertEqual(sum(row[2] for row in rows), sum(self.values("c_bytes_all", log=self.udp)))

    def test_wrong_options(self):
        self.assertIn("is no time", self.fails(2, "series", "durat", "--time", "durat", self.tcp))
        self.assertIn("is no length of time", self.fails(2, "series", "durat", "--bin", "s_port", self.tcp))
        self.assertIn("is not one or more whole milliseconds", self.fails(2, "series", "durat", "--bin", "0", self.tcp))
        self.assertIn("more than 10 000 years", self.fails(2, "series", "durat", "--bin", "1e30d", self.tcp))
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder, "log_tcp_complete")
            header, row = self.tcp.read_text(encoding="utf-8").splitlines()[:2]
            cells = row.split(" ")
            cells[29] = "1000.000000"
            log.write_text(f"{header}\n{row}\n{' '.join(cells)}\n", encoding="utf-8")
            self.assertIn("--bin makes them longer", self.fails(2, "series", "durat", "--bin", "1s", log))


class Top(Figures):
    def expected(self, key, measure, most, log=None, where=lambda row: True):
        found = defaultdict(lambda: [0, 0.0])
        for row in filter(where, rows_of(log or self.tcp)):
            entry = found[key(row)]
            entry[0] += 1
            entry[1] += measure(row)
        total = sum(entry[1] for entry in found.values())
        ranked = sorted(found.items(), key=lambda item: (-item[1][1], item[0]))[:most]
        return [[*name, float(entry[0]), entry[1], 100 * entry[1] / total] for name, entry in ranked]

    @staticmethod
    def bytes(row):
        return float(row["c_bytes_all"]) + float(row["s_bytes_all"])

    @staticmethod
    def ip(text):
        return str(ipaddress.ip_address(text))

    def check(self, arguments, names, expected):
        got_names, rows = self.table("top", *arguments, self.tcp)
        self.assertEqual(got_names, names)
        self.assertEqual(len(rows), len(expected))
        for got, one in zip(rows, expected):
            self.near(got, one)

    def test_servers_clients_ports_pairs(self):
        for what, key, names in (("servers", lambda row: (self.ip(row["s_ip"]),), ["s_ip"]), ("clients", lambda row: (self.ip(row["c_ip"]),), ["c_ip"]),
                                 ("ports", lambda row: (float(row["s_port"]),), ["s_port"]),
                                 ("pairs", lambda row: (self.ip(row["c_ip"]), self.ip(row["s_ip"])), ["c_ip", "s_ip"])):
            expected = sorted(self.expected(key, self.bytes, 100), key=lambda row: (-row[-2], [str(cell) for cell in row[:-3]]))
            self.check([what, "-n", "3"], [*names, "rows", "bytes", "percent"], expected[:3])

    def test_talkers(self):
        found = defaultdict(lambda: [0, 0.0])
        for row in rows_of(self.tcp):
            for address in {self.ip(row["c_ip"]), self.ip(row["s_ip"])}:
                found[address][0] += 1
                found[address][1] += self.bytes(row)
        total = sum(map(self.bytes, rows_of(self.tcp)))
        ranked = sorted(found.items(), key=lambda item: (-item[1][1], item[0]))
        self.check(["talkers", "-n", "0"], ["address", "rows", "bytes", "percent"],
                   [[name, float(entry[0]), entry[1], 100 * entry[1] / total] for name, entry in ranked])

    def test_names(self):
        def name(row):
            return (next((row[one] for one in ("c_tls_SNI", "http_hostname", "fqdn") if row.get(one, "-") != "-"), None) or "-",)
        self.check(["names"], ["name", "rows", "bytes", "percent"], self.expected(name, self.bytes, 10))

    def test_any_columns_by_any_formula(self):
        def key(row):
            return self.ip(row["s_ip"]), float(row["s_port"])
        expected = self.expected(key, lambda row: float(row["c_pkts_all"]) * 2, 2, where=lambda row: row["s_port"] == "443")
        self.check(["s_ip,s_port", "--by", "c_pkts_all * 2", "--where", "s_port == 443", "-n", "2"],
                   ["s_ip", "s_port", "rows", "c_pkts_all * 2", "percent"], expected)
        got_names, rows = self.table("top", "con_t", "--by", "rows", self.tcp)
        self.assertEqual(got_names, ["con_t", "rows", "percent"])
        self.assertEqual(sum(row[1] for row in rows), len(rows_of(self.tcp)))
        self.assertIn("tls", [row[0] for row in rows])

    def test_shares_to_read(self):
        for command in (["top", "servers"], ["histogram", "durat"]):
            names, *lines = [line.split() for line in self.ok(*command, self.tcp).splitlines() if line[0] != "#"]
            place = names.index("percent")
            _, rows = self.table(*command, self.tcp)
            self.assertEqual([line[place] for line in lines], [f"{row[place]:.2f}" for row in rows])

    def test_what_a_log_does_not_have(self):
        self.assertIn("talkrs: no such column; did you mean talkers?", self.fails(2, "top", "talkrs", self.tcp))
        self.assertIn("s_prt: no such column; did you mean s_port?", self.fails(2, "top", "s_prt", self.tcp))
        self.assertIn("c_tls_sesid: the column has no values", self.fails(2, "top", "c_tls_sesid", "-l", "tcp", stdin=b"#c_ip:1 c_tls_sesid:2\n"))
        self.assertIn("the log has no column of names", self.fails(2, "top", "names", "-l", "tcp_nocomplete", stdin=b""))


class Compare(Figures):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.other = analyse(holder.name, TRACES / "web.pcap") / "log_tcp_complete"

    def test_distances(self):
        names, rows = self.table("compare", self.tcp, self.other, "-n", "0")
        self.assertEqual(names[:3], ["column", "old count", "new count"])
        old, new = rows_of(self.tcp), rows_of(self.other)
        self.assertEqual(rows[0][:3], ["rows", len(old), len(new)])
        found = {row[0]: row for row in rows[1:]}
        self.assertEqual([row[8] for row in rows[1:]], sorted((row[8] for row in rows[1:]), reverse=True))
        for name in ("s_bytes_all", "c_pkts_all", "durat"):
            before, after = ([float(row[name]) for row in part] for part in (old, new))
            distance = max(abs(sum(v <= x for v in before) / len(before) - sum(v <= x for v in after) / len(after)) for x in before + after)
            mean = statistics.fmean(before), statistics.fmean(after)
            self.near(found[name], [name, float(len(before)), float(len(after)), statistics.median(before), statistics.median(after),
                                    *mean, 100 * (mean[1] - mean[0]) / mean[0], distance, None])
        shares = [sum(row["con_t"] == "8192" for row in part) / len(part) for part in (old, new)]
        self.assertTrue(shares[0] != shares[1] and "con_t" in found)

    def test_the_same(self):
        _, rows = self.table("compare", self.tcp, self.tcp)
        self.assertEqual(len(rows), 1)
        self.assertIn("0 removed, 0 added, 0 changed", self.ok("compare", "--rows", self.tcp, self.tcp))

    def test_rows(self):
        lines = self.tcp.read_text(encoding="utf-8").splitlines()
        names = list(rows_of(self.tcp)[0])
        cells = lines[3].split(" ")
        cells[names.index("s_bytes_all")] = "424242"
        extra = lines[5].split(" ")
        extra[1] = "1"
        changed = self.folder / "log_tcp_complete"
        changed.write_text("\n".join([*lines[:2], " ".join(cells), *lines[4:], " ".join(extra)]) + "\n", encoding="utf-8")
        text = self.ok("compare", "--rows", self.tcp, changed)
        self.assertIn(f"# 1 removed, 1 added, 1 changed, {len(lines) - 3} same rows", text)
        got = [json.loads(line) for line in self.ok("compare", "--rows", self.tcp, changed, "-f", "json").splitlines()]
        self.assertEqual([(row["difference"], row["c_port"], row["column"], row["new"]) for row in got],
                         [("removed", lines[2].split(" ")[1], None, None), ("changed", cells[1], "s_bytes_all", "424242"), ("added", "1", None, None)])

    def test_wrong_pairs(self):
        self.assertIn("is log_tcp_complete, and", self.fails(2, "compare", self.tcp, self.udp))
        self.assertIn("--key is of --rows", self.fails(2, "compare", "--key", "c_ip", self.tcp, self.tcp))


class Plots(Figures):
    COMMANDS = (["percentiles", "c_rtt_avg,s_rtt_avg"], ["cdf", "c_rtt_avg,s_rtt_avg", "--log-scale"], ["histogram", "durat"],
                ["histogram", "s_bytes_all", "--log-scale", "--min", "1"], ["series", "s_bytes_all", "--bin", "10s", "--show", "sum"], ["top", "servers"])

    def test_files_are_the_same_each_time(self):
        for command in self.COMMANDS:
            svgs = []
            for name in ("a.svg", "b.svg", "a.png", "b.png"):
                self.assertEqual(self.ok(*command, self.tcp, "--plot", self.folder / name), "")
                svgs.append((self.folder / name).read_bytes())
            self.assertTrue(svgs[0].startswith(SVG.encode()) and svgs[2].startswith(b"\x89PNG"))
            self.assertEqual((svgs[0], svgs[2]), (svgs[1], svgs[3]))
            self.assertNotRegex(svgs[0].decode(), r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+")
        self.ok("compare", self.tcp, self.tcp, "--plot", self.folder / "c.svg")

    def test_terminal(self):
        for command in self.COMMANDS:
            text = self.ok(*command, self.tcp, "--plot", "terminal")
            self.assertGreater(len(text.splitlines()), 3)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_names_are_no_markup(self):
        """Controls would make an SVG that nobody can read, and dollars a formula."""
        header, row = self.tcp.read_bytes().split(b"\n")[:2]
        place = [name.rsplit(b":", 1)[0] for name in header.split(b" ")].index(b"fqdn")
        cells = row.split(b" ")
        names = (b"<script>", b"a\x1b[31m", b"$\\frac{$", b"\xef\xbf\xbf", b"\x00", b"]]>&")
        rows = [b" ".join([*cells[:place], name, *cells[place + 1:]]) for name in names]
        log = self.folder / "log_of_names"
        log.write_bytes(b"\n".join([header, *rows, b""]))
        for suffix in ("svg", "png"):
            self.assertEqual(self.ok("top", "fqdn", log, "--plot", self.folder / f"names.{suffix}"), "")
        texts = [text.data for element in xml.dom.minidom.parse(str(self.folder / "names.svg")).getElementsByTagName("text")
                 for text in element.childNodes]
        for name in ("<script>", "a\\x1B[31m", "$\\frac{$", "\\x00", "]]>&"):
            self.assertIn(name, texts)
        self.ok("percentiles", "$45 % $46,s_port", self.tcp, "--plot", self.folder / "formula.svg")

    def test_settings_of_others_change_nothing(self):
        command = [os.environ["TSTAT_LOG"], "histogram", "durat", self.tcp, "--plot"]
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([*command, "plain.svg"], cwd=folder, check=True)
            Path(folder, "matplotlibrc").write_text("text.usetex: True\nlines.linewidth: 9\naxes.facecolor: red\n", encoding="utf-8")
            subprocess.run([*command, "other.svg"], cwd=folder, check=True, env={**os.environ, "MPLBACKEND": "no-such"})
            self.assertEqual(Path(folder, "plain.svg").read_bytes(), Path(folder, "other.svg").read_bytes())

    def test_a_picture_is_whole_or_as_it_was(self):
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder, "x.svg")
            picture.write_text("as it was", encoding="utf-8")
            made, _ = plots.figure()
            with unittest.mock.patch.object(plots, "svg_text", side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
                plots.save(made, str(picture))
            self.assertEqual((os.listdir(folder), picture.read_text(encoding="utf-8")), (["x.svg"], "as it was"))

    def test_numbers_beside_the_plot(self):
        plot = self.folder / "x.svg"
        self.assertEqual(self.ok("histogram", "durat", self.tcp, "--plot", plot, "-f", "csv"), self.ok("histogram", "durat", self.tcp, "-f", "csv"))
        self.assertIn("neither terminal nor a name that ends with .png or .svg", self.fails(2, "histogram", "durat", self.tcp, "--plot", "x.pdf"))
        self.assertIn("/no/such/x.svg: No such file", self.fails(1, "histogram", "durat", self.tcp, "--plot", "/no/such/x.svg"))


if __name__ == "__main__":
    unittest.main()
