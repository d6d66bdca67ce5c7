#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Parquet files of tstat-ship: read back by DuckDB and by parquet-wasm, with the values of JSON; whoever is killed, whole files
and each row once.

usage: parquet_test.py TSTAT TSTAT_SHIP NPM_FOLDER      exit status 77 (skipped for ctest) without npm's libduckdb
"""
import collections, json, math, os, pathlib, random, shutil, subprocess, sys, tempfile, time, unittest

import duckdb_library
import shipping

TSTAT = SHIP = LIBRARY = ""
NPM = None
TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
HEADER = "#15#c_ip:1 c_port:2 c_bytes_all:9 s_ip:15 s_port:16 first:29\n"
HOUR_MS = 3600 * 1000
ALL_LOGS = "[log]\n" + "".join(f"log_{name} = 1\n" for name in (
    "tcp_complete", "tcp_nocomplete", "udp_complete", "mm_complete", "chat_complete", "chat_messages", "video_complete",
    "http_complete", "tcp_periodic", "udp_periodic", "dns_complete"))


def row(number, hours=0):
    return f"10.0.0.1 4000 {number} 10.0.0.2 80 {1500000000000 + number + hours * HOUR_MS}.000000\n"


class Work(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-parquet-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.logs, self.lake, self.state = self.work / "logs", self.work / "lake", self.work / "state"
        self.session = duckdb_library.Session(LIBRARY)

    def write(self, name, text):
        path = self.logs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def command(self, *words, options=""):
        return [SHIP, "--state", self.state, "--export", f"parquet={self.lake}{options}", *words, self.logs]

    def ship(self, *words, options="", status=0, **environment):
        done = subprocess.run(self.command(*words, options=options), capture_output=True, text=True, timeout=300,
                              env={**os.environ, **environment})
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def files(self, table="*"):
        return sorted(self.lake.glob(f"{table}/*/*/*.parquet"))

    def numbers(self):
        if not self.files():
            return []
        return sorted(int(n) for [n] in self.session.rows(f"SELECT c_bytes_all FROM '{self.lake}/tcp_complete/*/*/*.parquet'"))

    def assert_whole(self):
        for file in self.files():
            self.session.rows(f"SELECT count(*), sum(c_bytes_all) FROM '{file}'")


def normal(value, kind):
    """A value of JSON as what a column of this type of DuckDB has."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Real):
        return float(value.text) if kind == "DOUBLE" else int(value.text.replace(".", ""))
    return float(value) if kind == "DOUBLE" else value


def read(text, kind):
    """A value that DuckDB showed."""
    if text is None or kind == "VARCHAR":
        return text
    if kind == "BOOLEAN":
        return text == "true"
    return float(text) if kind == "DOUBLE" else int(text)


class Real:
    """A number with a point, as JSON has it: a real, or milliseconds with all their digits."""

    def __init__(self, text):
        self.text = text


class Values(Work):
    def ship_traces(self):
        traces = sorted(TRACES.glob("*.pcap"))
        conf = self.work / "runtime.conf"
        conf.write_text(ALL_LOGS + "[options]\nhttplog_full_url = 2\n")
        for number, trace in enumerate(traces):
            for version in "3.1.1", "3.3":
                subprocess.run([TSTAT, "--compat", version, "-T", conf, "-s", self.logs / f"{number}-{version}", "-S", trace],
                               capture_output=True, check=True)
        out = self.work / "rows.jsonl"
        self.ship("--export", f"json={out}#columns=default", options="#probe=here")
        tables = collections.defaultdict(list)
        for line in out.read_text().splitlines():
            values = json.loads(line, parse_float=Real)
            log = values.pop("log")
            tables[self.table_of(log, values)].append(values)
        return tables

    @staticmethod
    def table_of(log, values):
        tables = {"log_http_complete": "http_request" if "method" in values else "http_response",
                  "log_mm_complete": "media_stream" if "s_ssrc" not in values else "media_flow",
                  "log_tcp_periodic": "tcp_period", "log_udp_periodic": "udp_period", "log_dns_complete": "dns_entry"}
        return tables.get(log, log.removeprefix("log_"))

    def kinds_of(self, table):
        described = self.session.rows(f"DESCRIBE SELECT * FROM read_parquet('{self.lake}/{table}/*/*/*.parquet', "
                                      "hive_partitioning=false)")
        return {name: kind for name, kind, *_ in described}

    def rows_of(self, table, kinds):
        shown = ", ".join(f'epoch_ns("{name}")' if kind.startswith("TIMESTAMP") else f'"{name}"' for name, kind in kinds.items())
        rows = self.session.rows(f"SELECT {shown} FROM read_parquet('{self.lake}/{table}/*/*/*.parquet')")
        return [dict(zip(kinds, map(read, values, kinds.values()))) for values in rows]

    def test_values_are_those_of_json_and_so_are_all_sums(self):
        expected = self.ship_traces()
        self.assertGreater(len(expected), 6)
        self.assertEqual(set(expected), {folder.name for folder in self.lake.iterdir()})
        by_wasm, summed = self.read_by_wasm(), 0
        for table, rows in expected.items():
            kinds = self.kinds_of(table)
            got = self.rows_of(table, kinds)
            self.assertEqual({values["probe"] for values in got}, {"here"})
            wanted = [{name: normal(value, kinds[name]) for name, value in values.items()} for values in rows]
            columns = list(dict.fromkeys(name for values in wanted for name in values))
            key = lambda values: repr([values.get(name) for name in columns])
            self.assertEqual(sorted(map(key, got)), sorted(map(key, wanted)), table)
            for name, kind in kinds.items():
                values = [v[name] for v in got if v[name] is not None]
                total = sum(len(v.encode()) if isinstance(v, str) else v for v in values) if kind != "DOUBLE" else math.fsum(values)
                count, wasm_total = by_wasm[table][name]
                self.assertEqual(count, len(values), f"{table}.{name}")
                is_same = math.isclose(wasm_total, total, rel_tol=1e-12) if kind == "DOUBLE" else wasm_total == total
                self.assertTrue(is_same, f"{table}.{name}: {wasm_total} and {total}")
                summed += bool(values)
        self.assertGreater(summed, 300)

    def read_by_wasm(self):
        """Of each table and column, how many values there are and their sum."""
        # Without threads: at its end Node 20 may wait for ever for one that compiles.
        reader = ["node", "--single-threaded", duckdb_library.HERE / "read.mjs", NPM]
        lines = subprocess.run([*reader, *self.files()], stdout=subprocess.PIPE, check=True, text=True,
                               timeout=300).stdout.splitlines()
        tables = collections.defaultdict(dict)
        for line in map(json.loads, lines):
            table = tables[pathlib.Path(line["file"]).parts[-4]]
            for name, (kind, count, total) in line["columns"].items():
                so_far = table.get(name, (0, 0))
                table[name] = (so_far[0] + count, so_far[1] + (total if kind.startswith("Float") else int(total)))
        return tables

    def test_types_are_those_of_the_schema(self):
        subprocess.run([TSTAT, "-s", self.logs, "-S", TRACES / "mixed.pcap"], capture_output=True, check=True)
        self.ship()
        kinds = self.kinds_of("tcp_complete")
        expected = {"time": "TIMESTAMP_NS", "c_ip": "VARCHAR", "c_port": "USMALLINT", "c_bytes_all": "UBIGINT",
                    "c_pkts_retx": "UINTEGER", "c_rst_cnt": "UTINYINT", "c_isint": "BOOLEAN", "first": "TIMESTAMP_NS",
                    "durat": "BIGINT", "c_rtt_avg": "BIGINT", "con_t": "UINTEGER", "fqdn": "VARCHAR", "flow": "UBIGINT",
                    "probe": "VARCHAR"}
        self.assertEqual({name: kinds.get(name) for name in expected}, expected)

    def test_partitions_are_by_the_hour_of_the_flow(self):
        self.write("a.out/log_tcp_complete", HEADER + "".join(row(i, hours=i % 30) for i in range(300)))
        self.ship()
        days = self.session.rows("SELECT day::VARCHAR, hour::INT, count(*), min(hour(time)), max(hour(time)) FROM "
                                 f"read_parquet('{self.lake}/tcp_complete/*/*/*.parquet', hive_partitioning=true) "
                                 "GROUP BY ALL ORDER BY ALL")
        self.assertEqual(len(days), 30)
        self.assertEqual(days[0][:3], ["2017-07-14", "2", "10"])
        self.assertEqual(days[-1][:3], ["2017-07-15", "7", "10"])
        for _, hour, count, first, last in days:
            self.assertEqual((count, first, last), ("10", hour, hour))

    def test_sessions_of_one_pass_share_files(self):
        for session in range(20):
            self.write(f"{session:02}.out/log_tcp_complete", HEADER + row(session))
        self.ship()
        self.assertEqual(len(self.files()), 1)
        self.ship()
        self.assertEqual(self.numbers(), list(range(20)))


class Trouble(Work):
    def write_many(self, count, first=0):
        for session in range(10):
            self.write(f"{first}-{session}.out/log_tcp_complete",
                       HEADER + "".join(row(i, hours=i % 2) for i in range(first + session, first + count, 10)))

    def test_killed_at_any_moment_each_row_is_there_once(self):
        print("TSTAT_SEED =", shipping.SEED)
        dice, more, count, kills = random.Random(shipping.SEED), 3000, 0, 0
        options = "#batch_items=100"
        process = None
        while kills < shipping.KILLS:
            if process is None or process.returncode == 0:
                # It had all of them.
                self.write_many(more, first=count)
                count += more
            process = subprocess.Popen(self.command(options=options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.25))
            process.kill()
            if process.wait() == 0:
                continue
            kills += 1
            self.assert_whole()
            numbers = self.numbers()
            self.assertEqual(len(numbers), len(set(numbers)))
        self.ship(options=options)
        self.assertEqual(self.numbers(), list(range(count)))

    def test_rows_that_are_being_written_come_in_few_files(self):
        path = self.write("a.out/log_tcp_complete", HEADER)
        process = subprocess.Popen(self.command("--follow", options="#batch_time=2"), stderr=subprocess.PIPE, text=True)
        try:
            with open(path, "a") as log:
                for number in range(40):
                    log.write(row(number))
                    log.flush()
                    time.sleep(0.02)
            shipping.wait_for(lambda: self.files(), "a file")
        finally:
            process.terminate()
            self.assertEqual(process.wait(), 0, process.stderr.read())
            process.stderr.close()
        self.ship()
        self.assertEqual(self.numbers(), list(range(40)))
        self.assertLess(len(self.files()), 10)

    @shipping.needs_namespaces
    def test_a_full_disk_is_told_and_nothing_is_lost(self):
        disk = shipping.SmallDisk(self.work / "disk", "4m")
        self.addCleanup(disk.end)
        self.lake = disk.folder / "lake"
        self.write_many(3000)
        disk.fill()
        self.assertIn("No space left on device", self.ship(options="#batch_items=500", status=1))
        self.assertEqual(self.files(), [])
        disk.make_room()
        self.ship(options="#batch_items=500")
        self.assertEqual(self.numbers(), list(range(3000)))
        self.assertEqual(list(self.lake.glob("*/*/*/.*")), [])

    def test_places_that_cannot_be_are_named(self):
        self.write_many(10)
        (self.work / "file").write_text("")
        for place, why in ((self.work / "file", "Not a directory"), (self.work / "none/lake", "none: No such file"),
                           (self.work / "file/lake", "Not a directory"), ("-", "is no directory"),
                           ("http://127.0.0.1/", "is no directory"), ("", "is no directory")):
            self.lake = place
            self.assertIn(why, self.ship(status=1))

    @shipping.needs_namespaces
    def test_a_directory_that_cannot_be_written_is_named(self):
        self.write_many(10)
        self.lake.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", self.lake], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.lake], check=True)
        self.assertIn("Read-only file system", self.ship(status=1))

    def test_without_the_library_it_says_how_to_get_it(self):
        self.write_many(10)
        said = self.ship(status=1, **{duckdb_library.VARIABLE: str(self.work / "none.so")})
        for part in ("none.so is not there", "DuckDB's releases", "@duckdb/node-bindings-linux-x64", duckdb_library.VARIABLE):
            self.assertIn(part, said)
        self.assertEqual(self.files(), [])

    def test_tstat_says_who_writes_it(self):
        done = subprocess.run([TSTAT, "-s", self.work / "out", "--export", f"parquet={self.lake}", TRACES / "mixed.pcap"],
                              capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("tstat-ship", done.stderr)

    def test_an_option_that_is_not_known_is_named(self):
        self.write_many(10)
        self.assertIn('"codes" is no option of a directory of Parquet files', self.ship(options="#codes=names", status=1))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    shipping.need("node", "npm")
    TSTAT, SHIP, NPM = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    LIBRARY = duckdb_library.fetch(NPM)
    shipping.enter_network()
    del sys.argv[1:4]
    unittest.main()
