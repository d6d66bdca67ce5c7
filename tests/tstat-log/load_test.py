# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log load: rows of logs in databases.

    load_test.py [--postgresql | --mariadb]     instead of SQLite, a server that the test starts; status 77 if it is not installed
"""

import contextlib
import csv
import gzip
import importlib.util
import ipaddress
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import servers
import tstat
from logs import TSTAT_LOG, WithLogs, rows_of, run
from tstat_log import databases, inputs, loading, sql_rows

SERVER = sys.argv[1][2:] if sys.argv[1:2] in (["--postgresql"], ["--mariadb"]) else ""
# What a text log prints for nothing.
NOTHING = ("-", "--", "---", "0", "0.0", "0.000000", "?")


class Loads:
    """Tests for each kind of database: self.url, self.connect()."""

    def query(self, statement):
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall())

    def load(self, *arguments, **options):
        return self.ok("load", "-d", self.url, *arguments, **options)

    def quoted(self, name):
        mark = "`" if self.url.startswith("mysql") else '"'
        return mark + name.replace(mark, mark * 2) + mark

    def test_values(self):
        """Each cell of the text, as a number, a flag or a text, is in the database."""
        for log, table in ((self.tcp, "tcp"), (self.udp, "udp")):
            expected = rows_of(log)
            made = f"values_{table}"
            self.assertEqual(self.load("-t", made, log), f"{log}: {len(expected)} rows into {made}\n")
            schema = tstat.schema(table)
            names = [name for name in expected[0] if name in schema]
            self.assertGreater(len(names), 15)
            # (inet and the time types come as texts)
            columns = ", ".join(f"CAST({self.quoted(name)} AS CHAR(60))" if schema[name].kind in ("address", "time") else self.quoted(name)
                                for name in names)
            rows = self.query(f"SELECT {columns} FROM {made}")
            self.assertEqual(len(rows), len(expected))
            key = [names.index(name) for name in ("c_port", "s_port", "c_ip")]
            rows.sort(key=lambda row: (row[key[0]], row[key[1]], row[key[2]]))
            expected.sort(key=lambda row: (int(row["c_port"]), int(row["s_port"]), row["c_ip"]))
            for row, texts in zip(rows, expected):
                for name, value in zip(names, row):
                    with self.subTest(table=table, column=name):
                        self.same(schema[name], value, texts[name])

    def same(self, column, value, text):
        if value is None:
            self.assertIn(text, NOTHING)
        elif column.kind == "address":
            self.assertEqual(ipaddress.ip_interface(value.strip()).ip, ipaddress.ip_address(text))
        elif column.kind == "time":
            digits = value.strip().split("+")[0]
            self.assertAlmostEqual(milliseconds(digits), float(text), delta=0.0021)
        elif column.kind == "duration":
            self.assertAlmostEqual(int(value) / 1e9, float(text) / (1 if column.name in ("c_durat", "s_durat") else 1000), delta=2e-9)
        elif column.kind == "enum":
            self.assertIn((int(text), value), [(code.value, code.name) for code in column.codes])
        elif column.kind == "text":
            self.assertEqual(value, text)
        elif column.kind == "real":
            self.assertAlmostEqual(float(value), float(text))
        else:
            self.assertEqual(int(value), int(text))

    def test_a_log_is_loaded_once(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "log_tcp_complete")
            lines = self.tcp.read_text(encoding="utf-8").splitlines(True)
            log.write_text("".join(lines[:6]), encoding="utf-8")
            self.assertIn("5 rows into once", self.load("-t", "once", log))
            self.assertIn("is there already", self.load("-t", "once", log))
            packed = pathlib.Path(folder, "log_tcp_complete.gz")
            packed.write_bytes(gzip.compress(log.read_bytes()))
            self.assertIn("is there already", self.load("-t", "once", packed))
            packed.unlink()
            shutil.copy(log, folder + "/log_copy")
            self.assertIn("is there already", self.load("-t", "once", "-l", "tcp", folder + "/log_copy"))
            log.write_text("".join(lines[:9]), encoding="utf-8")  # it has grown
            self.assertIn("8 rows into once", self.load("-t", "once", log))
            self.assertEqual(self.query("SELECT count(*) FROM once"), [(8,)])
            self.assertEqual([tuple(map(str, row)) for row in self.query("SELECT row_count, path FROM tstat_loads WHERE table_name = 'once'")],
                             [("8", str(log))])
            self.assertIn("8 rows", self.load("-t", "once", "--again", log))
            self.assertEqual(self.query("SELECT count(*) FROM once"), [(16,)])

    def test_runs_side_by_side(self):
        """Who finds another one at work waits, and finds the rows."""
        processes = [subprocess.Popen([TSTAT_LOG, "load", "-d", self.url, "-t", "shared", self.tcp], stdout=subprocess.PIPE, text=True)
                     for _ in range(4)]
        outs = [process.communicate(timeout=240)[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0] * 4)
        count = len(rows_of(self.tcp))
        self.assertEqual(sorted(out.rpartition(": ")[2] for out in outs), [f"{count} rows into shared\n"] + ["is there already\n"] * 3)
        self.assertEqual(self.query("SELECT count(*) FROM shared"), [(count,)])

    def test_names_are_names(self):
        table = """a'b"c`d;-- %s \\"""
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "log_udp_complete")
            lines = self.udp.read_text(encoding="utf-8").splitlines(True)
            for count in (5, 9):  # the second one takes the first one's rows out
                log.write_text("".join(lines[:1 + count]), encoding="utf-8")
                self.load("-t", table, log)
                self.assertEqual(self.query(f"SELECT count(*) FROM {self.quoted(table)}"), [(count,)])
        for name in ("\t", "a\nb", "x" * 70):
            self.assertIn("no name of a table", self.fails(2, "load", "-d", self.url, "-t", name, self.udp))
        self.assertIn("is the table of what was loaded", self.fails(2, "load", "-d", self.url, "-t", "tstat_loads", self.udp))

    def test_texts_are_values(self):
        nasty = ["x'); DROP TABLE tcp; --", "%s%(a)s", "tab\\t", "back\\slash\\", "quote\"'`", "ünï", "\\N", "\x01bell"]
        nasty = [text.replace(" ", "_") for text in nasty]
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "log_tcp_complete")
            log.write_text("#c_ip:1 c_port:2 fqdn:3\n" + "".join(f"10.0.0.1 {i} {text}\n" for i, text in enumerate(nasty)), encoding="utf-8")
            self.load("-t", "texts", log)
        self.assertEqual([row[0] for row in self.query("SELECT fqdn FROM texts ORDER BY c_port")], nasty)

    def test_a_failed_load_leaves_nothing(self):
        """A table of somebody's that does not take the rows."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE TABLE narrow (fqdn varchar(100) NOT NULL)")
            connection.commit()
        self.assertRegex(self.fails(1, "load", "-d", self.url, "-t", "narrow", self.tcp), "(?i)null")
        self.assertEqual(self.query("SELECT count(*) FROM narrow"), [(0,)])
        self.assertEqual(self.query("SELECT count(*) FROM tstat_loads WHERE table_name = 'narrow'"), [(0,)])

    def test_original_tables(self):
        for log in ("log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete"):
            path = self.session / log
            with warnings_of_ipv6(self, path) as options:
                options("load", "-d", self.url, "--original-tables", path, "-t", "orig_" + log)
            rows = [row for row in rows_of(path) if ":" not in row["c_ip"]]
            table = "orig_" + log
            found = self.query(f"SELECT src_ip, src_port, dst_ip, dst_port, src_internal FROM {table} ORDER BY id")
            udp_flag = "c_isint"
            self.assertEqual([tuple(map(int, row)) for row in found],
                             [(number(row["c_ip"]), int(row["c_port"]), number(row["s_ip"]), int(row["s_port"]), int(row[udp_flag])) for row in rows])
        found = self.query("SELECT starttime, duration, src_max_seg_size, conn_type, html FROM orig_log_tcp_complete ORDER BY id")
        rows = [row for row in rows_of(self.tcp) if ":" not in row["c_ip"]]
        self.assertEqual([(float(row[0]), float(row[1]), int(row[2])) for row in found],
                         [(float(row["first"]), float(row["durat"]), int(row["c_mss_max"])) for row in rows])
        self.assertEqual([(row[3], row[4]) for row in found],
                         [({"1": "HTTP", "8192": "SSL", "32768": "SSH", "0": ""}[row["con_t"]], ("NONE", "GET", "POST")[int(row["http_t"])]) for row in rows])
        types = {"0": "unknown", "3": "rtp", "4": "rtcp", "19": "dns"}
        self.assertEqual([row[0] for row in self.query("SELECT src_type FROM orig_log_udp_complete ORDER BY id")],
                         [types.get(row["c_type"]) for row in rows_of(self.udp) if ":" not in row["c_ip"]])


def milliseconds(text):
    """Of a time as databases print it, UTC."""
    import calendar
    import time
    whole, _, fraction = text.partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%d %H:%M:%S")) * 1000 + float("0." + (fraction or "0")) * 1000


def number(address):
    return int(ipaddress.IPv4Address(address))


@contextlib.contextmanager
def warnings_of_ipv6(test, log):
    """A run that tells how many rows of IPv6 it leaves out, if there are any."""
    def runs(*arguments):
        status, _, said = run(*arguments)
        count = len([row for row in rows_of(log) if ":" in row["c_ip"]])
        test.assertEqual(status, 1 if count else 0, said)
        test.assertEqual(f"{count} rows are left out" in said, bool(count), said)
    yield runs


class InSqlite(Loads, WithLogs):
    def setUp(self):
        self.database = self.folder / f"{self.id()}.sqlite"
        self.url = str(self.database)

    def connect(self):
        return sqlite3.connect(self.database)

    def test_definitions(self):
        self.load(self.tcp)
        text = self.query("SELECT sql FROM sqlite_master WHERE name = 'tcp'")[0][0]
        for column in tstat.schema("tcp"):
            self.assertIn(f'"{column.name}"', text)
            self.assertIn(column.description, text)
        self.assertIn(("tcp_s_ip",), self.query("SELECT name FROM sqlite_master WHERE type = 'index'"))

    def test_large_numbers(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "log_tcp_complete")
            log.write_text("#c_ip:1 c_bytes_all:2\n10.0.0.1 18446744073709551615\n10.0.0.1 9223372036854775807\n", encoding="utf-8")
            self.load(log)
        self.assertEqual(self.query("SELECT c_bytes_all FROM tcp"), [(18446744073709551615.0,), (9223372036854775807,)])

    def test_columns_that_a_table_lacks_are_added(self):
        with contextlib.closing(self.connect()) as connection:
            connection.execute("CREATE TABLE udp (load INTEGER, c_ip TEXT)")
        self.load(self.udp)
        self.assertEqual(self.query("SELECT count(fqdn) FROM udp"), [(len([row for row in rows_of(self.udp) if row["fqdn"] != "-"]),)])

    def test_standard_input_and_chunks(self):
        header, *rows = self.udp.read_text(encoding="utf-8").splitlines(True)
        data = (header + "".join(rows) * 1000).encode()
        self.assertGreater(len(rows) * 1000, 10_000)
        self.assertEqual(self.load("-", stdin=data), f"standard input: {len(rows) * 1000} rows into udp\n")
        self.assertEqual(self.query("SELECT count(*) FROM udp"), [(len(rows) * 1000,)])

    def test_others_wait_before_anything_is_looked_up(self):
        database = databases.opened(self.url)
        self.addCleanup(database.close)
        loader = loading.Loader(database, "log_tcp_complete", sql_rows.definition("tcp", "tcp"), again=False)
        seen = []
        with mock.patch.object(loader, "_make_room", lambda *_: seen.append(database.connection.in_transaction)):
            loader.load(inputs.LogFile(str(self.tcp), str(self.tcp), "log_tcp_complete"))
        self.assertEqual(seen, [True])

    def test_http(self):
        self.load(self.http)
        lines = [line.split("\t") for line in self.http.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
        self.assertEqual(sorted(self.query("SELECT hostname FROM http WHERE method IS NOT NULL")),
                         sorted((row[6],) for row in lines if row[5] != "HTTP"))

    def test_statements(self):
        for kind in ("sqlite", "postgresql", "mysql"):
            for log in ("tcp", "udp", "http", "video"):
                text = self.ok("load", "--print-schema", kind, "-l", log)
                self.assertTrue(text.startswith("CREATE TABLE ") and text.endswith(";\n"), text)
        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(self.ok("load", "--print-schema", "sqlite", "-l", "media"))

    def test_original_tables_once(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "log_udp_complete")
            lines = [line for line in self.udp.read_text(encoding="utf-8").splitlines(True) if "2001:" not in line]
            log.write_text("".join(lines[:3]), encoding="utf-8")
            self.load("--original-tables", log)
            self.assertIn("is there already", self.load("--original-tables", log))
            log.write_text("".join(lines[:4]), encoding="utf-8")
            self.assertIn("--again adds all rows", self.fails(1, "load", "-d", self.url, "--original-tables", log))
        self.assertEqual(self.query("SELECT count(*) FROM udp"), [(2,)])

    def test_wrong_command_lines(self):
        self.assertIn("are sqlite:FILE", self.fails(2, "load", "-d", "oracle://a/b", self.tcp))
        self.assertIn("file is not a database", self.fails(1, "load", "-d", "sqlite:" + str(self.tcp), self.tcp))
        self.assertIn("unable to open database", self.fails(1, "load", "-d", "/no/such/directory/a", self.tcp))
        self.assertIn("there is no such variable", self.fails(2, "load", "-d", "mysql://a@h/b?password=env:NO_SUCH_VARIABLE", self.tcp))
        self.assertIn("tables of the original for", self.fails(2, "load", "-d", self.url, "--original-tables", self.http))
        self.assertIn("--print-schema reads no log", self.fails(2, "load", "--print-schema", "mysql", self.tcp))

    @unittest.skipUnless(importlib.util.find_spec("psycopg2") and importlib.util.find_spec("pymysql"), "no python3-psycopg2, python3-pymysql")
    def test_odd_names_and_addresses(self):
        for name, reason in (("TSTAT_LOADS", "is the table of what was loaded"), ("a\udcffb", "no UTF-8")):
            self.assertIn(reason, self.fails(2, "load", "-d", self.folder / "odd.sqlite", "-t", name, self.tcp))
        for url in ("mysql://u:pa/ss@h/x", "mysql://u:p@h:99999/x", "postgresql://u:p@[::1/x"):
            said = self.fails(2, "load", "-d", url, self.tcp)
            self.assertIn("the address of the database is none", said)
            self.assertNotIn("'pa'", said)
        self.assertIn("needs the name", self.fails(2, "load", "-d", "sqlite:", self.tcp))

    def test_secrets_are_not_told(self):
        for url in ("postgresql://u:secret@127.0.0.1:1/d", "mysql://u:secret@127.0.0.1:1/d"):
            said = self.fails(1, "load", "-d", url, self.tcp)
            self.assertIn("127.0.0.1:1/d: ", said)
            self.assertNotIn("secret", said)


class Files(WithLogs):
    """tcp.csv, tcp_no.csv, udp.csv."""

    TCP = ("c_ip c_port c_bytes_uniq c_pkts_data s_ip s_port s_bytes_uniq s_pkts_data first durat c_isint s_isint con_t p2p_t ed2k_data ed2k_sig "
           "ed2k_c2s ed2k_c2c ed2k_chat c_mss_max s_mss_max http_t").split()
    TCP_NO = ("c_ip c_port c_pkts_all c_syn_cnt c_rst_cnt c_ack_cnt c_fin_cnt s_ip s_port s_pkts_all s_syn_cnt s_rst_cnt s_ack_cnt s_fin_cnt first durat "
              "c_isint s_isint").split()
    UDP = [f"{side}_{name}" for side in "cs" for name in ("ip", "port", "first_abs", "durat", "bytes_all", "pkts_all", "isint", "type")]

    def test_as_the_scripts(self):
        for log, file, names in (("log_tcp_complete", "tcp.csv", self.TCP), ("log_tcp_nocomplete", "tcp_no.csv", self.TCP_NO),
                                 ("log_udp_complete", "udp.csv", self.UDP)):
            path = self.session / log
            with warnings_of_ipv6(self, path) as runs, tempfile.TemporaryDirectory() as folder:
                runs("load", "--as-original", "-o", folder, path)
                with open(f"{folder}/{file}", encoding="utf-8", newline="") as lines:
                    found = list(csv.reader(lines))
            rows = [row for row in rows_of(path) if ":" not in row["c_ip"]]
            self.assertGreater(len(rows), 0)
            self.assertEqual(len(found), len(rows))
            words = {"http_t": ("NONE", "GET", "POST"), "p2p_t": ("",), "c_type": {0: "unknown", 3: "rtp", 4: "rtcp", 19: "dns", 27: ""}}
            words["s_type"] = words["c_type"]
            for cells, row in zip(found, rows):
                self.assertEqual((cells[0], len(cells)), ("\\N", len(names) + 1))
                for name, cell in zip(names, cells[1:]):
                    if name.endswith("_ip"):
                        self.assertEqual(int(cell), number(row[name]))
                    elif name in ("c_type", "s_type"):
                        self.assertEqual(cell, words[name][int(row[name])])
                    elif name in words:
                        self.assertEqual(cell, words[name][int(row[name])])
                    else:
                        self.assertEqual(cell, row[name], name)  # as it is written

    def test_logs_of_tstat_2(self):
        """Without a header line; cells are named by their numbers here."""
        text = {1: "10.0.0.1", 45: "192.0.2.255", 99: "1", 100: "0", 102: "1", 109: "2"}
        tcp = [text.get(place, str(place)) for place in range(1, 120)]
        udp = ["10.0.0.1", "2", "3.5", "4", "5", "6", "1", "15", "192.0.2.255", "10", "11.25", "12", "13", "14", "0", "27"]
        client, server = "\\N,167772161,2", "3221226239"
        for log, row, file, expected in (
                ("tcp_complete", tcp, "tcp", f"{client},7,8,{server},46,51,52,90,89,1,0,101,ED2K,104,105,106,107,108,21,65,POST"),
                ("tcp_nocomplete", tcp, "tcp_no", f"{client},3,13,4,5,14,{server},46,47,57,48,49,58,90,89,1,0"),
                ("udp_complete", udp, "udp", f"{client},3.5,4,5,6,1,pplive,{server},10,11.25,12,13,14,0,")):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder, "log_" + log)
                path.write_text(" ".join(row) + "\n", encoding="utf-8")
                status, _, said = run("load", "--as-original", "-o", folder, path)
                self.assertEqual((status, "are taken as those of Tstat 2" in said), (0, True))
                self.assertEqual(pathlib.Path(folder, file + ".csv").read_text(encoding="utf-8"), expected + "\n")

    def test_columns_are_found_by_name(self):
        """Where the scripts read by number: here in another order, and one is missing."""
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "log_tcp_complete")
            names = [name for name in reversed(self.TCP) if name != "ed2k_sig"]
            cells = {"c_ip": "10.0.0.1", "s_ip": "192.0.2.255", "first": "1500000000000.5", "con_t": "8193", "http_t": "25", "p2p_t": "18"}
            log.write_text(f"#{' '.join(names)}\n{' '.join(cells.get(name, '1') for name in names)}\n", encoding="utf-8")
            status, _, said = run("load", "--as-original", "-o", folder, log)
            self.assertEqual((status, "has no column ed2k_sig" in said), (0, True))
            self.assertEqual(pathlib.Path(folder, "tcp.csv").read_text(encoding="utf-8"),
                             "\\N,167772161,1,1,1,3221226239,1,1,1,1500000000000.5,1,1,1,8193,KADU,1,\\N,1,1,1,1,1,YOUTUBESITEEMBED\n")


class InPostgresql(Loads, WithLogs):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url, cls.connection = cls.enterClassContext(servers.postgresql())

    def connect(self):
        return type(self).connection()

    def test_comments(self):
        self.load("-t", "commented", self.tcp)
        self.assertIn((tstat.schema("tcp")["c_rtt_avg"].description + " [ns]",), self.query(
            "SELECT description FROM pg_description JOIN pg_class ON pg_class.oid = objoid WHERE relname = 'commented'"))
        self.assertEqual(self.query("SELECT count(*) > 0 FROM commented WHERE c_ip << '10.0.0.0/8' AND last >= first"), [(True,)])


class InMariadb(Loads, WithLogs):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url, cls.connection = cls.enterClassContext(servers.mariadb())

    def connect(self):
        return type(self).connection()

    def test_comments(self):
        self.load("-t", "commented", self.tcp)
        self.assertIn(("c_rtt_avg", tstat.schema("tcp")["c_rtt_avg"].description + " [ns]"), self.query(
            "SELECT column_name, column_comment FROM information_schema.columns WHERE table_name = 'commented'"))

    def test_files_are_for_mysqlimport(self):
        statement = self.ok("load", "--print-schema", "mysql", "--original-tables", "-t", "tcp_import")
        with contextlib.closing(self.connect()) as connection:
            connection.cursor().execute(statement.rstrip(";\n"))
        with tempfile.TemporaryDirectory() as folder:
            run("load", "--as-original", "-o", folder, self.tcp)
            pathlib.Path(folder, "tcp.csv").rename(folder + "/tcp_import.csv")
            subprocess.run(["mariadb-import", "--no-defaults", "-S", self.url.partition("unix_socket=")[2], "-u", "root", "-L", "--ignore",
                            "--fields-terminated-by=,", "flows", folder + "/tcp_import.csv"], check=True, stdout=subprocess.DEVNULL)
        run("load", "-d", self.url, "--original-tables", "-t", "tcp_loaded", self.tcp)
        imported, loaded = (self.query(f"SELECT * FROM {table} ORDER BY id") for table in ("tcp_import", "tcp_loaded"))
        self.assertEqual(imported, loaded)
        self.assertEqual(self.query("SELECT INET_NTOA(dst_ip) FROM tcp_import WHERE FIND_IN_SET('HTTP', conn_type) ORDER BY id"),
                         [(row["s_ip"],) for row in rows_of(self.tcp) if row["con_t"] == "1" and ":" not in row["s_ip"]])


def main():
    """Runs the tests of one kind of database."""
    if SERVER:
        program, module, test = {"postgresql": (servers.POSTGRESQL, "psycopg2", InPostgresql), "mariadb": (servers.MARIADB, "pymysql", InMariadb)}[SERVER]
        if program is None or importlib.util.find_spec(module) is None:
            print(f"skipped: {SERVER} or python3-{module} is not installed")
            sys.exit(77)
        unittest.main(argv=[sys.argv[0], test.__name__, *sys.argv[2:]])
    unittest.main(argv=[sys.argv[0], *(sys.argv[1:] or ("InSqlite", "Files"))])


if __name__ == "__main__":
    main()
