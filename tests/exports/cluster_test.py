#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A cluster of ClickHouse, two shards of two replicas: rows of both programs, and what happens when parts of it are gone, or
killed in turn with the programs: TSTAT_ROUNDS times, by TSTAT_SEED.

usage: cluster_test.py TSTAT TSTAT_SHIP      exit status 77 (skipped for ctest) without clickhouse-server, java or ZooKeeper
"""
import collections, os, pathlib, random, re, shutil, signal, subprocess, sys, tempfile, time, unittest

import clickhouse_cluster
import clickhouse_server
import clickhouse_sums
import shipping

TSTAT = SHIP = ""
TRACE = pathlib.Path(__file__).resolve().parents[1] / "traces/mixed.pcap"
ROUNDS = int(os.environ.get("TSTAT_ROUNDS", "3"))
LOGS = "logs=tcp,tcp_nocomplete,udp,http,video"
# Few columns: a column of a part is two files.
FEW = "logs=tcp,udp&columns=c_ip,c_port,s_port,c_bytes_all,s_bytes_all"
TABLES = ("tcp_complete", "udp_complete")
IN_LOGS = ("tcp_complete", "tcp_nocomplete", "udp_complete", "http_request", "http_response", "video_complete")


class OfACluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tstat-cluster-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.cluster = clickhouse_cluster.Cluster(cls.folder)
        cls.addClassCleanup(cls.cluster.kill)
        # The rows of one run.
        file = cls.folder / "rows.jsonl"
        subprocess.run([TSTAT, "-S", "-L", "--export", f"json={file}#{FEW}", TRACE], check=True, capture_output=True,
                       cwd=cls.folder)
        cls.rows = clickhouse_sums.rows_by_table(file)
        assert min(len(cls.rows[table]) for table in TABLES) > 10

    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-exports-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        # A database of each test's own.
        self.database = self._testMethodName

    def address(self, server, logs=FEW, more="", sync=1):
        return (f"http://127.0.0.1:{server.port}/?insert_distributed_sync={sync}#dialect=old&cluster={clickhouse_cluster.NAME}"
                f"&database={self.database}&{logs}{more}")

    def make_tables(self, program, logs=FEW):
        first = self.cluster.at(0, 0)
        first.ask(f"CREATE DATABASE {self.database} ON CLUSTER {clickhouse_cluster.NAME}")
        first.run_statements(clickhouse_server.schema(program, self.address(first, logs)))

    def tstat(self, *words, trace=TRACE):
        done = subprocess.run([TSTAT, "-s", self.work / "out", "--spool", self.work / "spool", *words, trace],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout + done.stderr

    def export(self, server, more="", sync=1):
        return "-L", "--export", "clickhouse=" + self.address(server, more="&batch_items=7&name=there" + more, sync=sync)

    def send(self, server):
        """What waits in the spool."""
        empty = self.work / "empty.pcap"
        empty.write_bytes(TRACE.read_bytes()[:24])
        shipping.wait_for(lambda: "rows wait" not in self.tstat(*self.export(server), trace=empty), "all rows sent")

    def count(self, server, table, final="FINAL"):
        return server.query(f"SELECT toUInt32(count()) AS n FROM {self.database}.{table} {final} FORMAT JSONEachRow")[0]["n"]


class OnACluster(OfACluster):
    def expect(self, runs):
        """So many runs are there, each once, whichever server is asked."""
        self.cluster.synchronize(self.database)
        for table in TABLES:
            rows = self.rows[table] * runs
            clickhouse_sums.compare(self, self.cluster.at(0, 0), rows, table, self.database)
            for server in self.cluster.servers():
                self.assertEqual(self.count(server, table), len(rows), table)

    def test_rows_of_an_analysis_and_of_logs(self):
        self.make_tables(SHIP, LOGS)
        address = self.address(self.cluster.at(0, 0), LOGS, "&probe=analysis")
        said = self.tstat("--export-wait", "60", "--export", f"clickhouse={address}", "--export",
                          f"json={self.work}/analysis#{LOGS}")
        self.assertNotIn("rows wait", said)
        # By another server, of the other shard.
        address = self.address(self.cluster.at(1, 1), LOGS, "&probe=logs")
        done = subprocess.run([SHIP, "--state", self.work / "state", "--export", f"clickhouse={address}", "--export",
                               f"json={self.work}/logs#{LOGS}", self.work / "out"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.cluster.synchronize(self.database)
        for probe in "analysis", "logs":
            rows = clickhouse_sums.rows_by_table(self.work / probe)
            self.assertLessEqual(set(rows), set(IN_LOGS))
            compared = sum(clickhouse_sums.compare(self, self.cluster.at(0, 1), rows[table], table, self.database,
                                                   f"probe = '{probe}'") for table in IN_LOGS)
            self.assertGreater(compared, 150, probe)
        # Rows are on both shards; replicas of a shard have the same ones.
        whole = self.count(self.cluster.at(0, 0), "tcp_complete")
        parts = []
        for replicas in self.cluster.shards:
            counts = {self.count(server, "tcp_complete_local") for server in replicas}
            self.assertEqual(len(counts), 1, counts)
            parts += counts
        self.assertGreater(min(parts), 0)
        self.assertEqual(sum(parts), whole)

    def test_a_batch_that_comes_again_is_there_once(self):
        self.make_tables(TSTAT)
        first, other = self.cluster.at(0, 0), self.cluster.at(1, 1)
        nowhere = self.export(first)[2].replace(f":{first.port}/", f":{shipping.free_port()}/")
        self.assertIn("30 rows wait", self.tstat("-L", "--export", nowhere))
        # The same spool twice.
        shutil.copytree(self.work / "spool", self.work / "saved")
        self.send(first)
        shutil.rmtree(self.work / "spool")
        shutil.move(self.work / "saved", self.work / "spool")
        self.send(other)
        self.expect(1)
        for table in TABLES:
            # As blocks, too: the shards know those that they have.
            self.assertEqual(self.count(first, table, ""), len(self.rows[table]))
            # In other blocks they are there until parts are merged, and always on the shard of the first ones.
            other.ask(f"INSERT INTO {self.database}.{table} SELECT * FROM {self.database}.{table} ORDER BY row DESC")
        shipping.wait_for(lambda: self.count(first, "tcp_complete", "") > len(self.rows["tcp_complete"]), "rows in other blocks")
        self.expect(1)

    def test_a_shard_is_down(self):
        self.make_tables(TSTAT)
        for server in self.cluster.shards[1]:
            server.kill()
        said = self.tstat(*self.export(self.cluster.at(0, 0)))
        self.assertRegex(said, r"HTTP 500: .*Connection refused")
        self.assertIn("30 rows wait", said)
        # A server that answers before its shards have the rows keeps them for the shard.
        said = self.tstat(*self.export(self.cluster.at(0, 1), f"&spool={self.work}/other", sync=0))
        self.assertIn("30 rows sent", said)
        for server in self.cluster.shards[1]:
            server.start()
        self.send(self.cluster.at(0, 0))
        shipping.wait_for(lambda: all(self.count(self.cluster.at(0, 1), table) >= 2 * len(self.rows[table]) for table in TABLES),
                          "rows that a server kept")
        self.expect(2)

    def test_a_replica_is_behind(self):
        self.make_tables(TSTAT)
        first = self.cluster.at(0, 0)
        behind, other = self.cluster.shards[1]
        behind.kill()
        self.assertIn("30 rows sent", self.tstat(*self.export(first)))
        other.kill()
        behind.start()
        # It is alone, and without the rows of the first run.
        self.assertEqual(self.count(behind, "udp_complete_local"), 0)
        self.tstat(*self.export(first))
        self.send(first)
        self.assertGreater(self.count(behind, "udp_complete_local"), 0)
        other.start()
        self.expect(2)
        self.assertEqual(*(self.count(server, "udp_complete_local") for server in (behind, other)))

    def test_zookeeper_is_gone(self):
        self.make_tables(TSTAT)
        self.cluster.zookeeper.kill()
        runs = 0
        while True:
            # That tables are read only is known when the session with ZooKeeper has ended.
            said = self.tstat(*self.export(self.cluster.at(0, 0)))
            runs += 1
            self.assertIn(f" {30 * runs} rows wait", said)
            if re.search("HTTP 500: .*readonly mode", said):
                break
            self.assertRegex(said, "HTTP 500|time-out|timed out")
        self.cluster.zookeeper.start()
        self.send(self.cluster.at(0, 0))
        self.expect(runs)


class Killed(OfACluster):
    """Rounds of an analysis into logs and into the cluster, and of tstat-ship, which follows the logs, into it, too."""

    TRACES = 10  # of a run
    COLUMNS = ("c_port", "s_port", "c_bytes_all", "s_bytes_all")

    def export_of(self, probe):
        server = self.cluster.at(0, 0)
        return "--export", "clickhouse=" + self.address(server, more=f"&batch_items=50&name={probe}&probe={probe}")

    def launch(self, *words):
        with open(self.work / "errors", "a") as errors:
            process = subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL, stderr=errors)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def follow(self):
        return self.launch(SHIP, "--state", self.work / "ship", "--follow", *self.export_of("logs"), self.work / "logs")

    def test_all_are_killed(self):
        print("TSTAT_SEED =", shipping.SEED)
        dice = random.Random(shipping.SEED)
        self.make_tables(SHIP)
        (self.work / "logs").mkdir()
        follower, whole, ends = self.follow(), 0, collections.Counter()
        for number in range(ROUNDS):
            run = self.launch(TSTAT, "-s", self.work / f"logs/{number}", "-S", "--spool", self.work / "spool",
                              *self.export_of("analysis"), *[TRACE] * self.TRACES)
            victim = dice.choice(("analysis", "analysis", "ship", "zookeeper", "server", "server"))
            time.sleep(dice.uniform(0, 0.3))
            ends[victim] += 1
            if victim == "analysis":
                run.kill()
            elif victim == "ship":
                follower.kill()
                follower.wait()
                follower = self.follow()
            else:
                server = self.cluster.zookeeper if victim == "zookeeper" else dice.choice(self.cluster.servers())
                server.kill()
                time.sleep(dice.uniform(0, 0.3))
                server.start()
            status = run.wait()
            self.assertIn(status, (0, -signal.SIGKILL), (self.work / "errors").read_text()[-2000:])
            whole += status == 0
        print("killed:", dict(ends))
        follower.terminate()
        follower.wait()
        empty = self.work / "empty.pcap"
        empty.write_bytes(TRACE.read_bytes()[:24])
        shipping.wait_for(lambda: "rows wait" not in self.tstat("-L", *self.export_of("analysis"), trace=empty), "all rows sent")
        shipping.wait_for(lambda: subprocess.run([SHIP, "--state", self.work / "ship", *self.export_of("logs"), self.work / "logs"],
                                                 capture_output=True).returncode == 0, "all logs sent")
        self.cluster.synchronize(self.database)
        for table in TABLES:
            self.compare_logs(table)
            self.compare_runs(table, whole)

    def compare_logs(self, table):
        rows = [row for log in self.work.glob(f"logs/**/log_{table}") for row in rows_of_log(log)]
        sums = {name: sum(int(row[name]) for row in rows) for name in self.COLUMNS}
        texts = ", ".join(f"toString(sum({name})) AS {name}" for name in self.COLUMNS)
        [found] = self.cluster.at(1, 0).query(f"SELECT toUInt32(count()) AS n, {texts} FROM {self.database}.{table} FINAL "
                                              "WHERE probe = 'logs' FORMAT JSONEachRow")
        self.assertEqual(found, {"n": len(rows), **{name: str(value) for name, value in sums.items()}}, table)
        print(f"{table}: {len(rows)} rows of logs, c_bytes_all {sums['c_bytes_all']}")

    def compare_runs(self, table, whole):
        """Of each run there are its first rows, each once; of one that was not killed, all."""
        runs = collections.defaultdict(list)
        for row in self.cluster.at(0, 1).query(f"SELECT toString(run) AS run, toUInt32(row) AS row, toString(c_bytes_all) AS bytes, "
                                               f"c_port FROM {self.database}.{table} FINAL WHERE probe = 'analysis' "
                                               "ORDER BY run, row FORMAT JSONEachRow"):
            runs[row["run"]].append((row["row"], int(row["bytes"]), row["c_port"]))
        expected = [(row["c_bytes_all"], row["c_port"]) for row in self.rows[table] * self.TRACES]
        complete = 0
        for run in runs.values():
            self.assertEqual(run, [(i, *row) for i, row in enumerate(expected[:len(run)])], table)
            complete += len(run) == len(expected)
        self.assertGreaterEqual(complete, whole, f"{table}: rows of whole runs are lost")
        print(f"{table}: {sum(map(len, runs.values()))} rows of {len(runs)} runs, {whole} of them to their end")


def rows_of_log(path):
    """Those with an end."""
    names, *lines = path.read_text().splitlines(keepends=True) or [""]
    labels = [cell.split(":")[0].split("#")[-1] for cell in names.split()]
    return [dict(zip(labels, line.split())) for line in lines if line.endswith("\n")]


if __name__ == "__main__":
    clickhouse_cluster.need()
    TSTAT, SHIP = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main(verbosity=2)
