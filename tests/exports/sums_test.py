#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every column of numbers has one sum, wherever the rows went: text, JSON, CSV, ClickHouse, Parquet.

usage: sums_test.py TSTAT TSTAT_SHIP NPM_FOLDER      exit status 77 (skipped for ctest) without clickhouse-server or libduckdb
The bundled traces, and with TSTAT_ALL the mixes of the reference where TSTAT_SHARED_DIR has them.
"""
import collections, csv, json, math, os, pathlib, shutil, subprocess, sys, tempfile, unittest

import clickhouse_server
import clickhouse_sums
import duckdb_library
import shipping

TSTAT = SHIP = LIBRARY = ""
TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
SHARED = pathlib.Path(os.environ.get("TSTAT_SHARED_DIR") or "/nowhere")
# As text the two kinds of rows of log_http_complete have no columns of their own.
TEXT_LOGS = ("tcp_complete", "tcp_nocomplete", "udp_complete", "mm_complete", "video_complete", "chat_complete", "chat_messages")
LOGS = TEXT_LOGS + ("http_complete",)
CSV_KINDS = TEXT_LOGS + ("http_request", "http_response")
ANALYSIS_KINDS = ("tls_handshake", "dns_resolution")
CONFIGURATION = "[log]\n" + "".join(f"log_{name} = 1\n" for name in LOGS)


class Sums(dict):
    """{(table, column): [sum, number of values]}, times in milliseconds."""

    def add(self, table, column, value):
        entry = self.setdefault((table, column), [[], 0])
        entry[0].append(value)
        entry[1] += 1

    def total(self, key):
        return math.fsum(self[key][0])


def of_json(path):
    """And which columns are times or reals: those whose numbers have a point."""
    sums, points = Sums(), set()
    for table, rows in clickhouse_sums.rows_by_table(path).items():
        for row in rows:
            for column, value in row.items():
                if type(value) in (int, float) and column != "flow":
                    sums.add(table, column, value)
                    if isinstance(value, float):
                        points.add((table, column))
    return sums, points


def of_csv(folder, keys):
    sums = Sums()
    for path in folder.glob("*.csv"):
        with open(path, newline="") as file:
            for row in csv.DictReader(file):
                for column, cell in row.items():
                    if (path.stem, column) in keys and cell != "":
                        sums.add(path.stem, column, float(cell))
    return sums


RTCP, TCP = "4", "1"


def number_of(log, label, cell, cells):
    """0 for '-' and the like."""
    try:
        number = float(cell)
    except ValueError:
        return 0
    if label.endswith("_mss") and number < 0:
        return number + 65536  # printed as a signed number
    if number >= 1 << 63:
        return int(cell) - (1 << 64)  # a negative one, printed without its sign
    # log_mm_complete has seconds and bit/s of RTP, milliseconds and kbit/s of RTCP and TCP. Jitter of RTCP, in units of its clock, is a
    # column of its own elsewhere.
    is_tcp = cells.get("proto") == TCP
    if log == "mm_complete" and (is_tcp or cells.get(label[:2] + "type") == RTCP):
        return 0 if "jitter" in label and not is_tcp else number * {"durat": 1e-3, "rate": 1e3}.get(label[2:], 1)
    return number


def of_text(folder, keys, rows):
    """Where the log has no header line its columns are those of JSON, in that order."""
    sums = Sums()
    for name in TEXT_LOGS:
        for path in folder.glob(f"*/*/log_{name}"):
            lines = path.read_text().split("\n")[:-1] or [""]
            if lines[0].startswith("#"):
                labels = [label.rpartition(":")[0].rpartition("#")[2] for label in lines.pop(0).split()]
            else:
                labels = [column for column in rows[name][0] if column not in ("log", "flow")] if rows[name] else []
            for line in lines:
                cells = dict(zip(labels, line.split(" ")))
                for label, cell in cells.items():
                    if (name, label) in keys:
                        sums.add(name, label, number_of(name, label, cell, cells))
    return sums


class EverySum(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-sums-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        (cls.work / "server").mkdir()
        cls.server = clickhouse_server.ClickHouse(cls.work / "server")
        cls.addClassCleanup(cls.server.kill)
        (cls.work / "runtime.conf").write_text(CONFIGURATION + "[options]\nhttplog_full_url = 2\n")
        for folder in ("analysis", "logs"):
            (cls.work / folder).mkdir()
        # Each trace is a run of its own; what they export comes together.
        traces = sorted(TRACES.glob("*.pcap")) + (sorted((SHARED / "golden/traces").glob("mix-*.pcap")) if shipping.ALL else [])
        exports = cls.exports("analysis", ",".join(LOGS + ANALYSIS_KINDS), CSV_KINDS + ANALYSIS_KINDS)
        for trace in traces:
            cls.run_program(TSTAT, "-S", "-T", cls.work / "runtime.conf", "-s", cls.work / "text" / trace.name,
                            "--export-wait", "120", *exports, trace)
        lake = ["--export", f"parquet={cls.work}/lake#logs={','.join(LOGS)}"]
        cls.run_program(SHIP, "--state", cls.work / "state", *cls.exports("logs", ",".join(LOGS), CSV_KINDS), *lake, cls.work / "text")
        print(len(traces), "traces")

    @classmethod
    def run_program(cls, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        assert "wait in" not in done.stderr, done.stderr

    @staticmethod
    def media(kind):
        """The kind of rows of a log_mm_complete of 3.1.1."""
        return "media_flow" if kind == "mm_complete" else kind

    @classmethod
    def exports(cls, name, logs, kinds):
        """Options; `logs` is also a database."""
        address = f"http://127.0.0.1:{cls.server.port}/?user=default#dialect=old&database={name}&logs={logs}"
        cls.server.ask(f"CREATE DATABASE {name}")
        cls.server.run_statements(clickhouse_server.schema(SHIP if name == "logs" else TSTAT, address))
        words = [f"json={cls.work}/{name}/rows.jsonl#logs={logs}", f"clickhouse={address}"]
        words += [f"csv={cls.work}/{name}/{kind}.csv#logs={cls.media(kind) if name == 'logs' else kind}" for kind in kinds]
        return [word for export in words for word in ("--export", export)]

    def assert_same(self, what, found, expected, counts=True, scales=(1,)):
        for key in sorted(expected):
            if key not in found and not expected.total(key):
                continue
            self.assertTrue(key in found, f"{what}: no {key}")
            if counts:
                self.assertEqual(found[key][1], expected[key][1], f"{what}: values of {key}")
            got, total = found.total(key), expected.total(key)
            self.assertTrue(any(math.isclose(got * s, total, rel_tol=1e-9, abs_tol=1e-6) for s in scales),
                            f"{what}: {key}: {got} instead of {total}")

    def of_clickhouse(self, database, expected, points):
        sums = Sums()
        for table in {table for table, _ in expected}:
            types = {c["name"]: c["type"] for c in self.server.query(f"DESCRIBE TABLE {database}.{self.media(table)} FORMAT JSONEachRow")}
            names = [column for t, column in expected if t == table]
            stored = {c: c + "_" if c + "_" in types else c for c in names}
            asked = ", ".join(f"toString(sum(toFloat64(`{stored[c]}`))), count(`{stored[c]}`)" for c in names)
            cells = self.server.ask(f"SELECT {asked} FROM {database}.{self.media(table)} FINAL FORMAT TabSeparated").rstrip("\n").split("\t")
            for number, column in enumerate(names):
                total, count = float(cells[2 * number]), int(cells[2 * number + 1])
                is_time = (table, column) in points and "Float" not in types[stored[column]]
                sums[table, column] = [[total / 1e6 if is_time else total], count]
        return sums

    def of_parquet(self, expected):
        session, sums = duckdb_library.Session(LIBRARY), Sums()
        for table in {table for table, _ in expected}:
            source = f"read_parquet('{self.work}/lake/{self.media(table)}/*/*/*.parquet')"
            types = {row[0]: row[1] for row in session.rows(f"DESCRIBE SELECT * FROM {source}")}
            for column in (column for t, column in expected if t == table):
                stored = column + "_" if column + "_" in types else column
                number = f'epoch_ns("{stored}")' if types[stored].startswith("TIMESTAMP") else f'"{stored}"'
                kind = "BOOLEAN" if types[stored] == "BOOLEAN" else ""
                [[total, count]] = session.rows(f"SELECT sum({number}::{'INT' if kind else 'DOUBLE'}), count(\"{stored}\") FROM {source}")
                is_time = (table, column) in self.points and types[stored] != "DOUBLE"
                sums[table, column] = [[float(total) / (1e6 if is_time else 1)], int(count)] if total else [[0], int(count)]
        return sums

    def test_of_logs(self):
        expected, self.points = of_json(self.work / "logs/rows.jsonl")
        tables = collections.Counter(table for table, _ in expected)
        print("logs:", len(expected), "columns", dict(tables))
        self.assertGreater(len(expected), 200)
        rows = clickhouse_sums.rows_by_table(self.work / "logs/rows.jsonl")
        # Seconds of the text are milliseconds elsewhere.
        self.assert_same("text", of_text(self.work / "text", expected, rows), Sums({k: v for k, v in expected.items() if k[0] in TEXT_LOGS}),
                         counts=False, scales=(1, 1000))
        self.assert_same("CSV", of_csv(self.work / "logs", expected), expected)
        self.assert_same("ClickHouse", self.of_clickhouse("logs", expected, self.points), expected)
        self.assert_same("Parquet", self.of_parquet(expected), expected)

    def test_of_analyses(self):
        expected, points = of_json(self.work / "analysis/rows.jsonl")
        print("analyses:", len(expected), "columns")
        self.assertGreater(len(expected), 220)
        self.assert_same("CSV", of_csv(self.work / "analysis", expected), expected)
        self.assert_same("ClickHouse", self.of_clickhouse("analysis", expected, points), expected)


if __name__ == "__main__":
    shipping.need("clickhouse-server")
    TSTAT, SHIP = map(os.path.abspath, sys.argv[1:3])
    LIBRARY = duckdb_library.fetch(pathlib.Path(sys.argv[3]).resolve())
    del sys.argv[1:4]
    unittest.main()
