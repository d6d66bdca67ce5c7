#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""InfluxDB: nothing lost, nothing twice, whoever is killed.

usage: influxdb_test.py DRIVER      exit status 77 (skipped for ctest) without influxd
"""
import json, pathlib, shutil, subprocess, tempfile, time, unittest, urllib.parse, urllib.request

import shipping


INFLUXD = shipping.find("influxd")


class Influxd:
    """`disk`: where its data are."""

    def __init__(self, work, disk=None):
        self.work, self.port, rpc = work, shipping.free_port(), shipping.free_port()
        disk = disk or work
        self.configuration = work / "influxdb.conf"
        self.configuration.write_text(f"""reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{disk}/meta"
[data]
  dir = "{disk}/data"
  wal-dir = "{disk}/wal"
[http]
  bind-address = "127.0.0.1:{self.port}"
  log-enabled = false
[monitor]
  store-enabled = false
""")
        self.start()
        self.query("CREATE DATABASE tstat", post=True)

    def start(self):
        self.log = open(self.work / "influxd.log", "a")
        self.process = subprocess.Popen([INFLUXD, "-config", self.configuration], stdout=self.log, stderr=self.log)
        shipping.wait_for(self.answers, "influxd")

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5) as answer:
                return answer.status == 204
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def query(self, text, post=False):
        data = urllib.parse.urlencode({"q": text, "db": "tstat", "epoch": "ns"})
        url = f"http://127.0.0.1:{self.port}/query"
        request = (url, data.encode()) if post else (f"{url}?{data}",)
        with urllib.request.urlopen(*request) as answer:
            return json.load(answer)["results"][0]

    def values(self, field="value", measurement="rows"):
        """The number in each point."""
        series = self.query(f'SELECT "{field}" FROM "{measurement}"').get("series")
        return [int(point[1]) for point in series[0]["values"]] if series else []


class InfluxDb(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-exports-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.server = Influxd(self.work)
        self.addCleanup(self.server.kill)
        self.address = f"http://127.0.0.1:{self.server.port}/write?db=tstat"

    def check(self, rows):
        values = self.server.values()
        self.assertEqual(len(values), len(set(values)), "a point is there twice")
        self.assertEqual(rows.compare(set(values)), (set(), set()))

    def test_killed_on_both_sides(self):
        def disturb(step):
            self.server.kill()
            time.sleep(0.1)
            self.server.start()

        rows = shipping.ship(self.work, self.address, "influx", [], disturb)
        self.check(rows)
        self.assertGreater(len(rows.kept), shipping.ROWS / 2)

    def send_all(self, rows, count, *options):
        return shipping.Run(self.work, self.address, "influx", rows, count, list(options), shipping.PATIENCE)

    def check_all_sent(self, run, rows):
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["queued"], 0)
        self.check(rows)
        self.assertEqual(len(rows.kept), shipping.ROWS)

    @shipping.needs_namespaces
    def test_network_cut(self):
        rows = shipping.Rows()
        run = self.send_all(rows, shipping.ROWS, "timeout=2")
        shipping.wait_for(lambda: rows.next > 100, "the first rows")
        shipping.set_network("down")
        # Rows are taken all the same.
        shipping.wait_for(lambda: rows.next > shipping.ROWS, "all rows")
        time.sleep(1)
        shipping.set_network("up")
        self.check_all_sent(run, rows)

    @shipping.needs_namespaces
    def test_disk_of_the_server_full(self):
        disk = shipping.SmallDisk(self.work / "disk", "256M")
        self.addCleanup(disk.end)
        self.server.kill()
        self.server = Influxd(self.work, disk.folder)
        self.addCleanup(self.server.kill)
        self.address = f"http://127.0.0.1:{self.server.port}/write?db=tstat"
        rows = shipping.Rows()
        self.assertEqual(self.send_all(rows, shipping.ROWS // 2).wait(), 0)
        disk.fill()
        run = self.send_all(rows, shipping.ROWS - shipping.ROWS // 2)
        shipping.wait_for(lambda: "HTTP 500" in (self.work / "errors").read_text(), "the failure")
        shipping.wait_for(lambda: rows.next > shipping.ROWS, "all rows")
        disk.make_room()
        # It does not write any more before it is started again.
        self.server.kill()
        self.server.start()
        self.check_all_sent(run, rows)

    @shipping.needs_namespaces
    def test_disk_of_the_spool_full(self):
        disk = shipping.SmallDisk(self.work / "spool", "512k")
        self.addCleanup(disk.end)
        rows = shipping.Rows()
        self.server.kill()
        run = self.send_all(rows, shipping.ROWS)
        shipping.wait_for(lambda: "No space left" in (self.work / "errors").read_text(), "the failure")
        self.server.start()
        self.assertEqual(run.wait(), 0)
        # What was taken is there, and only that; the rest is counted.
        self.check(rows)
        self.assertGreater(run.figures["unwritten"], 0)
        self.assertEqual(len(rows.kept) + shipping.ROWS_A_BATCH * run.figures["unwritten"], shipping.ROWS)

    def test_a_database_that_comes_later(self):
        rows = shipping.Rows()
        self.server.query("DROP DATABASE tstat", post=True)
        run = shipping.Run(self.work, self.address, "influx", rows, 200, [], shipping.PATIENCE)
        shipping.wait_for(lambda: "database not found" in (self.work / "errors").read_text(), "the refusal")
        self.server.query("CREATE DATABASE tstat", post=True)
        self.assertEqual(run.wait(), 0)
        self.assertEqual((run.figures["dead"], run.figures["queued"]), (0, 0))
        self.check(rows)
        self.assertEqual((self.work / "errors").read_text().count("HTTP 404"), 1)

    def test_what_it_refuses(self):
        rows = shipping.Rows()
        # Lines that are no points.
        run = shipping.Run(self.work, self.address, "text", rows, 100, [], shipping.PATIENCE)
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["dead"], 1)
        self.assertEqual((self.work / "errors").read_text().count("refuses batches for good"), 1)
        # Points that do not fit to what is there: a partial write of none of them.
        urllib.request.urlopen(self.address, b'rows,host=h value="text" 1700000000000000000').close()
        run = shipping.Run(self.work, self.address, "influx", rows, 100, [], shipping.PATIENCE)
        self.assertEqual(run.wait(), 0)
        self.assertEqual((run.figures["dead"], run.figures["sent"], run.figures["rows"]), (1, 1, 0))
        self.assertIn("partial write", (self.work / "spool" / "dead-letters").read_text())


if __name__ == "__main__":
    shipping.enter_network()
    shipping.need("influxd")
    shipping.arguments()
    unittest.main(verbosity=2)
