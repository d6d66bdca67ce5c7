#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat-drop-days, on a server and on a cluster: old days go from tstat's tables, all others stay.

usage: drop_days_test.py TSTAT TSTAT_SHIP TSTAT_DROP_DAYS      exit status 77 (skipped for ctest) without clickhouse-server. The part on a
cluster is skipped without java or ZooKeeper
"""
import datetime, pathlib, shutil, subprocess, sys, tempfile, unittest

import clickhouse_cluster
import clickhouse_server
import shipping

TSTAT = SHIP = DROP = ""
FEW = "logs=tcp,tcp_nocomplete,udp&columns=c_port&dialect=old"


def day(age):
    return (datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=age)).isoformat()


class Days(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-days-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def drop(self, server, *words, status=0):
        done = subprocess.run([DROP, *map(str, words), f"http://127.0.0.1:{server.port}/"], capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def fill(self, server, table, ages, column="row"):
        for number, age in enumerate(ages):
            server.ask(f"INSERT INTO {table} (day, {column}) VALUES ('{day(age)}', {number})")

    def days(self, server, table):
        return [row["day"] for row in server.query(f"SELECT DISTINCT toString(day) AS day FROM {table} ORDER BY day DESC "
                                                   "FORMAT JSONEachRow")]


class OnAServer(Days):
    def setUp(self):
        super().setUp()
        self.server = clickhouse_server.ClickHouse(self.work)
        self.addCleanup(self.server.kill)
        self.server.run_statements(clickhouse_server.schema(TSTAT, f"http://127.0.0.1/#{FEW}"))

    def test_old_days_go_from_all_tables(self):
        # Midnight may come meanwhile: the days at the edge are left out.
        for table in "tcp_complete", "udp_complete":
            self.fill(self.server, table, (0, 1, 3, 5, 6, 400))
        self.server.ask(f"INSERT INTO udp_complete (row) VALUES (9)")
        # One of somebody else, with days, too.
        self.server.ask("CREATE TABLE other (day Date, row UInt64) ENGINE = MergeTree PARTITION BY day ORDER BY row")
        self.fill(self.server, "other", (0, 400))
        # Those that look as ours do, but for their names or the type of the day.
        self.server.ask("CREATE TABLE archive AS tcp_complete")
        self.fill(self.server, "archive", (0, 400))
        self.server.ask("DROP TABLE tcp_nocomplete")
        self.server.ask("CREATE TABLE tcp_nocomplete (time Int64, day DateTime, probe String, run UInt64, row UInt64) "
                        "ENGINE = ReplacingMergeTree PARTITION BY day ORDER BY (time, probe, run, row)")
        self.server.ask("INSERT INTO tcp_nocomplete (day, row) VALUES (20200101, 1)")
        young = [day(age) for age in (0, 1, 3)]
        said = self.drop(self.server, "--keep", 5, "--dry-run")
        self.assertIn(f"default.tcp_complete: 3 days, {day(400)} to {day(5)} would be dropped\n", said)
        self.assertEqual(len(self.days(self.server, "tcp_complete")), 6)
        said = self.drop(self.server, "--keep", 5)
        self.assertIn(f"default.tcp_complete: 3 days, {day(400)} to {day(5)} dropped\n", said)
        self.assertIn(f"default.udp_complete: 4 days, 1970-01-01 to {day(5)} dropped\n", said)
        for table in "tcp_complete", "udp_complete":
            self.assertEqual(self.days(self.server, table), young)
        for table in "other", "archive":
            self.assertEqual(self.days(self.server, table), [day(0), day(400)])
        self.assertEqual(len(self.days(self.server, "tcp_nocomplete")), 1)
        self.assertEqual(self.drop(self.server, "--keep", 5), "")

    def test_of_one_table(self):
        for table in "tcp_complete", "udp_complete":
            self.fill(self.server, table, (0, 400))
        self.assertEqual(self.drop(self.server, "--keep", 100, "--table", "udp_complete"),
                         f"default.udp_complete: 1 day, {day(400)} dropped\n")
        self.assertEqual(self.days(self.server, "tcp_complete"), [day(0), day(400)])
        self.assertEqual(self.days(self.server, "udp_complete"), [day(0)])

    def test_all_kinds_of_tables_are_known(self):
        everything = f"http://127.0.0.1:{self.server.port}/?database=all#dialect=old&logs=all"
        self.server.ask("CREATE DATABASE all")
        for program in SHIP, TSTAT:
            for statement in clickhouse_server.schema(program, everything):
                self.server.ask(statement, "all")
        tables = [row["name"] for row in self.server.query("SHOW TABLES FROM all FORMAT JSONEachRow")]
        self.assertGreater(len(tables), 15)
        for table in tables:
            self.server.ask(f"INSERT INTO all.{table} (day, row) VALUES ('{day(400)}', 1)")
        self.assertEqual(self.drop(self.server, "--keep", 5, "-d", "all"),
                         "".join(f"all.{table}: 1 day, {day(400)} dropped\n" for table in sorted(tables)))

    def test_mistakes(self):
        password = self.work / "password"
        password.write_text("wrong\n")
        password.chmod(0o644)
        keep = ("--keep", 5)
        self.assertIn("mode must be 600", self.drop(self.server, *keep, "--password", f"file:{password}", status=1))
        password.chmod(0o600)
        said = self.drop(self.server, *keep, "--user", "nobody", "--password", f"file:{password}", status=1)
        self.assertIn("HTTP", said)
        self.assertNotIn("wrong", said)
        self.assertIn("tcp_complete, tcp_nocomplete, udp_complete", self.drop(self.server, *keep, "--table", "absent", status=1))
        self.assertIn("keep", self.drop(self.server, status=2))
        for days in "0", "x", "-3":
            self.assertIn("number of days", self.drop(self.server, f"--keep={days}", status=2))
        self.assertIn("database nothing has no tables of tstat", self.drop(self.server, *keep, "-d", "nothing", status=1))
        self.assertIn("names have", self.drop(self.server, *keep, "--database", "a'b", status=2))
        self.server.kill()
        self.assertIn("refused", self.drop(self.server, *keep, status=1))


@unittest.skipUnless(clickhouse_cluster.is_there(), "no ZooKeeper")
class OnACluster(Days):
    def test_old_days_go_from_all_shards(self):
        cluster = clickhouse_cluster.Cluster(self.work)
        self.addCleanup(cluster.kill)
        first = cluster.at(0, 0)
        first.ask(f"CREATE DATABASE d ON CLUSTER {clickhouse_cluster.NAME}")
        first.run_statements(clickhouse_server.schema(TSTAT, f"http://127.0.0.1/#{FEW}&database=d&cluster={clickhouse_cluster.NAME}"))
        first.run_statements(f"INSERT INTO d.tcp_complete_local (day, row) VALUES ('{day(age)}', 1)" for age in (0, 2, 50))
        cluster.at(1, 0).run_statements(f"INSERT INTO d.tcp_complete_local (day, row) VALUES ('{day(age)}', 2)" for age in (0, 60))
        said = self.drop(first, "--keep", 30, "-d", "d", "--cluster", clickhouse_cluster.NAME, "--table", "tcp_complete")
        self.assertEqual(said, f"d.tcp_complete_local: 2 days, {day(60)} to {day(50)} dropped\n")
        cluster.synchronize("d")
        for server in cluster.servers():
            self.assertEqual(self.days(server, "d.tcp_complete"), [day(0), day(2)])
        # A shard that is away is told.
        for server in cluster.shards[1]:
            server.kill()
        self.fill(first, "d.tcp_complete_local", (70,))
        self.assertIn("refused", self.drop(first, "--keep", 30, "-d", "d", "--cluster", clickhouse_cluster.NAME, status=1))


if __name__ == "__main__":
    shipping.need("clickhouse-server")
    TSTAT, SHIP, DROP = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
    unittest.main(verbosity=2)
