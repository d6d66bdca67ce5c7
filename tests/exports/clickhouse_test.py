#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""ClickHouse: the tables of the statements, rows with the values of JSON, no row twice whoever is killed.

usage: clickhouse_test.py TSTAT TSTAT_SHIP      exit status 77 (skipped for ctest) without clickhouse-server
"""
import pathlib, random, shutil, subprocess, sys, tempfile, time, unittest

import clickhouse_server
import clickhouse_sums
import shipping

TSTAT = SHIP = ""
TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
TRACE = TRACES / "mixed.pcap"
LOGS = "logs=tcp,tcp_nocomplete,udp,http,video,tls,dns_resolution"


class ClickHouse(clickhouse_server.ClickHouse):
    def make_tables(self, options, program=None):
        self.run_statements(clickhouse_server.schema(program or TSTAT, self.address(options)))

    def address(self, options, user="default"):
        return f"http://127.0.0.1:{self.port}/?user={user}#dialect=old&{options}"


class ToClickHouse(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-exports-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        (self.work / "server").mkdir()
        self.server = ClickHouse(self.work / "server")
        self.addCleanup(self.server.kill)

    def run_tstat(self, *arguments, traces=(TRACE,)):
        done = subprocess.run([TSTAT, "-s", self.work / "out", "-S", "-L", "--spool", self.work / "spool", *arguments,
                               *traces], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout + done.stderr

    def compare(self, encoding):
        options = f"{LOGS}&encoding={encoding}"
        self.server.make_tables(options)
        json_file = self.work / "rows.jsonl"
        self.run_tstat("--export", f"clickhouse={self.server.address(options)}", "--export", f"json={json_file}#{LOGS}")
        rows = clickhouse_sums.rows_by_table(json_file)
        tables = [row["name"] for row in self.server.query("SHOW TABLES FORMAT JSONEachRow")]
        compared = sum(clickhouse_sums.compare(self, self.server, rows.pop(table, []), table) for table in tables)
        self.assertEqual(dict(rows), {})
        self.assertGreater(compared, 150)

    def test_binary_rows_have_the_sums_of_json(self):
        self.compare("RowBinary")

    def test_tab_separated_rows_have_them_too(self):
        self.compare("TabSeparated")

    def test_addresses_and_days_can_be_asked_for(self):
        self.server.make_tables("logs=tcp")
        self.run_tstat("--export", f"clickhouse={self.server.address('logs=tcp&probe=here')}")
        found = self.server.query("SELECT IPv6NumToString(s_ip) AS ip, toString(day) AS day, probe FROM tcp_complete "
                                  "ORDER BY time LIMIT 1 FORMAT JSONEachRow")[0]
        self.assertRegex(found["ip"], r"^::ffff:\d+\.\d+\.\d+\.\d+$")
        self.assertRegex(found["day"], r"^20\d\d-")
        self.assertEqual(found["probe"], "here")

    def test_a_missing_table_is_told_and_others_get_their_rows(self):
        self.server.make_tables("logs=tcp")
        said = self.run_tstat("--export-wait", "60", "--export", f"clickhouse={self.server.address('logs=tcp,udp')}")
        self.assertIn("udp_complete", said)
        self.assertGreater(self.server.query("SELECT toUInt32(count()) AS n FROM tcp_complete FORMAT JSONEachRow")[0]["n"], 0)

    def test_rows_of_logs_have_the_same_values(self):
        self.server.make_tables("logs=tcp,udp", SHIP)
        subprocess.run([TSTAT, "-s", self.work / "out", "-S", TRACE], check=True, capture_output=True)
        done = subprocess.run([SHIP, "--state", self.work / "state", "--export",
                               f"clickhouse={self.server.address('logs=tcp,udp&probe=log')}", self.work / "out"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.run_tstat("--export", f"clickhouse={self.server.address('logs=tcp,udp&probe=live')}")
        for table, columns in (("tcp_complete", "IPv6NumToString(c_ip) AS ip, c_port, c_bytes_all, s_rtt_max, first, fqdn"),
                               ("udp_complete", "IPv6NumToString(c_ip) AS ip, c_port, s_port, c_bytes_all, c_first_abs, s_durat")):
            of = {probe: self.server.query(f"SELECT {columns} FROM {table} WHERE probe = '{probe}' ORDER BY time, c_port "
                                           "FORMAT JSONEachRow") for probe in ("log", "live")}
            self.assertGreater(len(of["log"]), 5)
            self.assertEqual(of["log"], of["live"])

    def test_times_that_its_dates_do_not_have(self):
        """All in one partition: those of two would make the server refuse the batch for ever."""
        self.server.make_tables("logs=tcp", SHIP)
        times = (0, 1500000000000, 4400000000000, 4500000000000, 5000000000000)
        log = self.work / "out/2020_01_01_00_00.out/log_tcp_complete"
        log.parent.mkdir(parents=True)
        log.write_text("#15#c_ip:1 c_port:2 s_ip:15 s_port:16 first:29\n" +
                       "".join(f"10.0.0.1 {4000 + i} 10.0.0.2 80 {time}.000000\n" for i, time in enumerate(times)))
        subprocess.run([SHIP, "--state", self.work / "state", "--export", f"clickhouse={self.server.address('logs=tcp')}",
                        self.work / "out"], capture_output=True, check=True)
        [found] = self.server.query("SELECT toUInt32(count()) AS n, toString(max(time)) AS last FROM tcp_complete FORMAT JSONEachRow")
        self.assertEqual((found["n"], found["last"]), (len(times), "5000000000000000000"))

    def test_no_row_is_lost_or_there_twice_when_both_are_killed(self):
        print("TSTAT_SEED =", shipping.SEED)
        dice = random.Random(shipping.SEED)
        options = "logs=tcp,udp&columns=c_ip,c_port,s_port,c_bytes_all&batch_items=7"
        self.server.make_tables(options)
        export = ("--export", f"clickhouse={self.server.address(options)}")
        traces = [TRACE] * 20
        for _ in range(shipping.SERVER_KILLS):
            run = subprocess.Popen([TSTAT, "-s", self.work / "out", "-S", "-L", "--spool", self.work / "spool", *export,
                                    *traces], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.4))
            self.server.kill()
            time.sleep(dice.uniform(0, 0.2))
            self.server.start()
            self.assertEqual(run.wait(), 0)
            killed = subprocess.Popen([TSTAT, "-s", self.work / "out", "-S", "-L", "--spool", self.work / "spool",
                                       *export, TRACE], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, 0.1))
            killed.kill()
            killed.wait()
        # What waits goes out; of whole runs every row is there.
        json_file = self.work / "rows.jsonl"
        self.run_tstat("--export-wait", "60", *export, "--export", f"json={json_file}#logs=tcp,udp")
        expected = clickhouse_sums.rows_by_table(json_file)
        for table in "tcp_complete", "udp_complete":
            of_run = len(expected[table])
            runs = self.server.query(f"SELECT run, toUInt32(count()) AS n, toUInt32(uniqExact(row)) AS different, "
                                     f"toUInt32(max(row) + 1) AS last FROM {table} FINAL GROUP BY run FORMAT JSONEachRow")
            for run in runs:
                self.assertEqual(run["n"], run["different"], "a row is there twice")
                self.assertEqual(run["n"], run["last"], "a row is lost")
            whole = [run["n"] for run in runs if run["n"] == of_run * len(traces)]
            self.assertGreaterEqual(len(whole), shipping.SERVER_KILLS)


if __name__ == "__main__":
    shipping.need("clickhouse-server")
    TSTAT, SHIP = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main(verbosity=2)
