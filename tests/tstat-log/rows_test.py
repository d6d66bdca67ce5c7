# SPDX-License-Identifier: BSD-3-Clause
"""select, filter and convert, against rows split by hand."""

import csv
import gzip
import io
import ipaddress
import json
import os
import pathlib
import stat
import subprocess
import unittest

import tstat
from logs import TSTAT_LOG, WithLogs, rows_of, run


def milliseconds(text):
    """A time of a log as exports print it."""
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest:0<6}"


def address(text):
    """An address as exports print it."""
    return str(ipaddress.ip_address(text))


class Rows(WithLogs):
    def lines(self, *arguments, **options):
        return self.ok(*arguments, **options).splitlines()

    def test_filter_gives_rows_as_they_are(self):
        lines = self.tcp.read_text(encoding="utf-8").splitlines()
        rows = rows_of(self.tcp)
        for condition, wanted in (("s_port == 443", lambda row: row["s_port"] == "443"), ("c_rtt_avg > 20", lambda row: float(row["c_rtt_avg"]) > 20),
                                  ("s_port != 443 and s_bytes_all >= 1kB", lambda row: row["s_port"] != "443" and int(row["s_bytes_all"]) >= 1000),
                                  ("true", lambda row: True), ("false", lambda row: False)):
            expected = [lines[0]] + [line for line, row in zip(lines[1:], rows) if wanted(row)]
            self.assertEqual(self.lines("filter", condition, self.tcp), expected, condition)
        self.assertGreater(len(self.lines("filter", "s_port == 443", self.tcp)), 1)
        # The output is a log, and so the input of the next one.
        some = self.ok("filter", "s_port == 443", self.tcp)
        self.assertEqual(self.lines("filter", "c_pkts_all > 3", "-", stdin=some.encode()),
                         self.lines("filter", "s_port == 443 and c_pkts_all > 3", self.tcp))

    def test_select(self):
        rows = rows_of(self.tcp)
        for columns, names in (("c_ip,s_ip,fqdn", ["c_ip", "s_ip", "fqdn"]), ("16,1", ["s_port", "c_ip"]), ("7-9", ["c_bytes_uniq", "c_pkts_data", "c_bytes_all"]),
                               ("c_rtt_*", [name for name in rows[0] if name.startswith("c_rtt_")])):
            expected = ["#" + " ".join(f"{name}:{i}" for i, name in enumerate(names, 1))]
            expected += [" ".join(row[name] for name in names) for row in rows]
            self.assertEqual(self.lines("select", columns, self.tcp), expected)
            self.assertEqual(self.lines("select", columns, "--where", "s_port == 80", self.tcp),
                             expected[:1] + [line for line, row in zip(expected[1:], rows) if row["s_port"] == "80"])
            self.assertEqual(self.lines("filter", "s_port == 80", "-c", columns, self.tcp),
                             self.lines("select", columns, "--where", "s_port == 80", self.tcp))
        read = self.folder / "selected"
        read.write_text(self.ok("select", "c_ip,s_port,first", self.tcp), encoding="utf-8")
        self.assertEqual(self.lines("select", "s_port", read), self.lines("select", "s_port", self.tcp))

    def test_of_several_files(self):
        packed = self.folder / "log_tcp_complete.gz"
        packed.write_bytes(gzip.compress(self.tcp.read_bytes()))
        rows = rows_of(self.tcp, self.tcp)
        self.assertEqual(self.lines("select", "c_ip,c_port", self.tcp, packed)[1:], [f"{row['c_ip']} {row['c_port']}" for row in rows])
        self.assertEqual(self.lines("filter", "true", packed, self.tcp)[1:], self.tcp.read_text(encoding="utf-8").splitlines()[1:] * 2)
        self.assertEqual(self.lines("select", "c_ip", packed, "-f", "csv", self.tcp), ["c_ip"] + [address(row["c_ip"]) for row in rows])

    def test_csv_and_json(self):
        rows = rows_of(self.tcp)
        types = tstat.schema("tcp")
        names = ["c_ip", "s_port", "c_bytes_all", "first", "durat", "c_rtt_avg", "c_isint", "con_t", "fqdn", "c_tls_SNI"]

        def expected(row, name):
            if types[name].kind in ("time", "duration"):
                return milliseconds(row[name])
            if types[name].kind == "address":
                return address(row[name])
            return "" if types[name].kind == "text" and row[name] == "-" else row[name]

        written = list(csv.DictReader(io.StringIO(self.ok("select", ",".join(names), self.tcp, "-f", "csv"))))
        self.assertEqual(written, [{name: expected(row, name) for name in names} for row in rows])
        for line, row in zip(self.lines("select", ",".join(names), self.tcp, "-f", "json"), rows):
            values = json.loads(line, parse_float=str, parse_int=str)
            self.assertEqual(list(values), names)
            for name, value in values.items():
                told = {None: "", True: "1", False: "0"}.get(value, value) if not isinstance(value, str) else value
                self.assertEqual(told, expected(row, name), name)
        whole = list(csv.DictReader(io.StringIO(self.ok("convert", self.tcp))))
        self.assertEqual([row["s_bytes_all"] for row in whole], [row["s_bytes_all"] for row in rows])
        self.assertEqual(len(whole[0]), len(tstat.read_log(self.tcp).columns))
        # As the library's own exports write them.
        exported = io.StringIO()
        tstat.read_log(self.tcp).to_json(exported)
        self.assertEqual(self.ok("convert", "-f", "json", self.tcp), exported.getvalue())

    def test_texts_that_csv_quotes(self):
        lines = self.http.read_text(encoding="utf-8").splitlines()
        request = next(i for i, line in enumerate(lines) if "\tGET\t" in line)
        cells = lines[request].split("\t")
        cells[8] = '/a,"b"\u00e9'
        log = self.folder / "log_http_complete"
        log.write_text("\n".join([*lines[:request], "\t".join(cells), *lines[request + 1:]]) + "\n", encoding="utf-8")
        read = list(csv.DictReader(io.StringIO(self.ok("select", "method,path", "-w", "method is present", log, "-f", "csv"))))
        self.assertIn('/a,"b"\u00e9', [row["path"] for row in read])
        self.assertIn('/a,"b"\u00e9', [json.loads(line)["path"] for line in self.lines("convert", "-f", "json", log)])

    def test_rows_of_two_layouts(self):
        lines = self.http.read_text(encoding="utf-8").splitlines()
        self.assertEqual(self.lines("filter", "true", self.http), lines)
        self.assertEqual(self.lines("filter", "method is absent", self.http),
                         [line for line in lines if line.startswith("#") or line.split("\t")[5] == "HTTP"])
        self.assertIn("two layouts", self.fails(1, "select", "c_ip", self.http))
        self.assertEqual(self.lines("select", "c_ip", self.http, "-f", "csv")[1:], [address(line.split("\t")[0]) for line in lines if line[0] != "#"])

    def test_output_files(self):
        csv_file, packed, log = (self.folder / name for name in ("x.csv", "x.json.gz", "plain"))
        self.ok("select", "c_ip,fqdn", self.tcp, "-o", csv_file)
        self.assertEqual(csv_file.read_text(encoding="utf-8"), self.ok("select", "c_ip,fqdn", self.tcp, "-f", "csv"))
        self.ok("select", "c_ip,fqdn", self.tcp, "-o", packed)
        first = packed.read_bytes()
        self.assertEqual(gzip.decompress(first).decode(), self.ok("select", "c_ip,fqdn", self.tcp, "-f", "json"))
        self.ok("select", "c_ip,fqdn", self.tcp, "-o", packed)
        self.assertEqual(packed.read_bytes(), first)
        self.ok("filter", "true", self.tcp, "-o", log)
        self.assertEqual(log.read_bytes(), self.tcp.read_bytes())
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(stat.S_IMODE(log.stat().st_mode), 0o666 & ~mask)
        # What fails leaves the old one.
        self.fails(2, "select", "no_such", self.tcp, "-o", log)
        self.assertIn("Parquet is written into a file", self.fails(2, "convert", "-f", "parquet", self.tcp))
        self.assertEqual(log.read_bytes(), self.tcp.read_bytes())
        self.assertEqual([path.name for path in self.folder.glob(".*")], [])
        self.assertIn("/no/such/x.csv: No such file", self.fails(1, "select", "c_ip", self.tcp, "-o", "/no/such/x.csv"))

    @unittest.skipUnless(os.environ.get("TSTAT_DUCKDB_LIBRARY"), "TSTAT_DUCKDB_LIBRARY does not name DuckDB's C library")
    def test_parquet(self):
        parquet = self.folder / "x.parquet"
        self.ok("select", "c_ip,s_port", "--where", "s_port == 443", self.tcp, "-o", parquet)
        self.assertEqual(parquet.read_bytes()[:4], b"PAR1")
        self.ok("convert", self.tcp, "-o", parquet)
        self.assertEqual(parquet.read_bytes()[-4:], b"PAR1")

    def test_parquet_without_duckdb(self):
        said = self.fails(1, "convert", self.tcp, "-o", self.folder / "y.parquet", environment={"TSTAT_DUCKDB_LIBRARY": "/no/such.so"})
        self.assertIn("y.parquet: Parquet is written by DuckDB's C library, which is not there", said)
        self.assertFalse((self.folder / "y.parquet").exists())

    def test_wrong_columns(self):
        self.assertIn("c_rtt_agv: no such column; did you mean c_rtt_avg?", self.fails(2, "select", "c_rtt_agv", self.tcp))
        self.assertIn("there are columns 1 to", self.fails(2, "select", "5000", self.tcp))
        self.assertIn("x*: no column has such a name", self.fails(2, "select", "x*", self.tcp))
        self.assertEqual(self.fails(2, "filter", "s_prt == 80", self.tcp),
                         "tstat-log: s_prt: no such column; did you mean s_port?\n  s_prt == 80\n  ^~~~~\n")

    def test_lines_that_are_no_rows(self):
        lines = self.tcp.read_text(encoding="utf-8").splitlines()
        log = self.folder / "log_tcp_complete"
        log.write_text("\n".join([*lines[:3], "no row", *lines[3:]]) + "\n", encoding="utf-8")
        status, out, said = run("filter", "s_port > 0", log)
        self.assertEqual((status, out.splitlines()), (1, lines))
        self.assertRegex(said, rf"^tstat-log: warning: {log}:4: 2 cells where a row has \d+\n$")
        copy = self.folder / "copy"
        copy.write_bytes(log.read_bytes())
        self.assertIn(f"warning: {copy}:4: 2 cells", self.fails(1, "select", "c_ip", copy))

    def test_a_cut_gzip(self):
        lines = self.tcp.read_text(encoding="utf-8").splitlines()
        log = self.folder / "log_tcp_complete.gz"
        whole = gzip.compress("\n".join(lines[:1] + lines[1:] * 200).encode() + b"\n")
        log.write_bytes(whole[:len(whole) * 2 // 3])
        for arguments in (["filter", "true"], ["select", "c_ip,s_ip"], ["select", "c_ip,s_ip", "-f", "csv"]):
            status, out, said = run(*arguments, log)
            self.assertEqual(status, 1)
            # (Its last line may be cut, too.)
            self.assertTrue(said.endswith(f"tstat-log: warning: {log}: ends in the middle; the rows so far are read\n"), said)
            rows = out.splitlines()[1:]
            self.assertGreater(len(rows), 10)
            if arguments[0] == "filter":
                self.assertEqual(rows, (lines[1:] * 200)[:len(rows)])

    def test_mixed_headers(self):
        rows = rows_of(self.tcp)
        names = list(rows[0])[:20]
        other = self.folder / "other/log_tcp_complete"
        other.parent.mkdir(exist_ok=True)
        header = "#15#" + " ".join(f"{name}:{i}" for i, name in enumerate(names, 1))
        other.write_text("\n".join([header, *(" ".join(row[name] for name in names) for row in rows)]) + "\n", encoding="utf-8")
        status, out, said = run("select", "c_ip,fqdn", self.tcp, other, "-f", "csv")
        self.assertEqual(status, 0)
        self.assertIn("other/log_tcp_complete: has other columns than", said)
        self.assertEqual(out.splitlines()[1:], [f"{address(row['c_ip'])},{row['fqdn'] if row['fqdn'] != '-' else ''}" for row in rows] +
                         [f"{address(row['c_ip'])}," for row in rows])
        _, out, _ = run("select", "c_ip,fqdn", self.tcp, other)
        self.assertEqual(out.splitlines()[1:], [f"{row['c_ip']} {row['fqdn']}" for row in rows] + [f"{row['c_ip']} -" for row in rows])
        self.assertEqual(self.lines("filter", "s_port == 443", self.tcp, other)[0], self.tcp.read_text(encoding="utf-8").splitlines()[0])
        self.assertIn(header, self.lines("filter", "s_port == 443", self.tcp, other))

    def test_very_many_headers(self):
        lines = self.tcp.read_text(encoding="utf-8").splitlines()
        log = self.folder / "headers"
        log.write_text("\n".join([lines[0]] * 20_000 + lines[1:]) + "\n", encoding="utf-8")
        self.assertEqual(self.lines("filter", "true", log, "--log", "tcp"), [lines[0]] * 8 + lines[1:])

    def test_empty_input(self):
        header = self.tcp.read_text(encoding="utf-8").splitlines()[0]
        self.assertEqual(self.lines("filter", "s_port == 443", stdin=header.encode() + b"\n"), [header])
        self.assertEqual(self.lines("select", "c_ip,s_ip", "-f", "csv", stdin=b""), ["c_ip,s_ip"])
        self.assertEqual(self.lines("select", "c_ip,s_ip", "-f", "json", stdin=b""), [])
        self.assertTrue(self.ok("convert", "-l", "udp", stdin=b"").startswith("c_ip,c_port,c_first_abs,"))

    def test_a_terminal_is_not_commanded(self):
        lines = self.tcp.read_text(encoding="utf-8").splitlines()
        names = list(rows_of(self.tcp)[0])
        cells = lines[1].split(" ")
        cells[names.index("fqdn")] = "\x1b[31mred"
        log = self.folder / "log_tcp_complete"
        log.write_text("\n".join([lines[0], " ".join(cells)]) + "\n", encoding="utf-8")
        self.assertIn("\x1b[31m", self.ok("filter", "true", log))
        leader, follower = os.openpty()
        subprocess.run([TSTAT_LOG, "select", "fqdn", str(log)], stdout=follower, stdin=subprocess.DEVNULL, check=True)
        os.close(follower)
        with open(leader, "rb", buffering=0) as terminal:
            told = terminal.read(1000)
        self.assertIn(b"\\x1B[31mred", told)
        self.assertNotIn(b"\x1b", told)

    def test_memory_is_bounded(self):
        lines = self.tcp.read_bytes().split(b"\n", 1)
        log = pathlib.Path(self.folder, "large/log_tcp_complete")
        log.parent.mkdir(exist_ok=True)
        with open(log, "wb") as file:
            file.write(lines[0] + b"\n")
            for _ in range(30000):
                file.write(lines[1])
        used = []
        for repeats in (1, 3):
            program = f"exec '{TSTAT_LOG}' filter 's_port == 443' -o /dev/null {f' {log}' * repeats}"
            child = subprocess.Popen(["bash", "-c", program], stdin=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(child.returncode, 0)
            used.append(usage.ru_maxrss)
        self.assertLess(used[1], used[0] * 1.3)
        log.unlink()


if __name__ == "__main__":
    unittest.main()
