#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each query of each panel and TICKscript that asks InfluxDB, sent to influxd with a day of bundled conversations in it.

usage: influx_test.py TSTAT [unittest arguments]      exit status 77 (skipped for ctest) without influxd
"""
import json, os, pathlib, re, shutil, subprocess, sys, tempfile, unittest

import data
import macros

TSTAT = ""
# Python for Debian's module influxdb, which knows no other interpreter.
PYTHONS = (sys.executable, "/usr/bin/python3")
CLIENT = """
import json, sys
import influxdb
client = influxdb.InfluxDBClient("127.0.0.1", int(sys.argv[1]), database="tstat")
databases = [d["name"] for d in client.get_list_database()]
points = {m: list(client.query('SELECT * FROM "%s"' % m).get_points()) for m in ("server", "client")}
one = list(client.query('SELECT mean("payload") FROM server GROUP BY host').items())
flows = list(client.query('SELECT * FROM log_tcp_complete', database="tstat_flows").get_points())
print(json.dumps([databases, [m["name"] for m in client.get_list_measurements()], points, [k[1] for k, _ in one], flows]))
"""


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-dashboards-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        cls.server = data.Server(cls.work, TSTAT)
        cls.addClassCleanup(cls.server.kill)
        cls.databases = data.databases()

    def rows(self, database, text):
        """Fails unless each column has values."""
        found = data.columns(self.server.ask(database, text))
        self.assertTrue(found, f"no rows: {text}")
        for name, values in found.items():
            self.assertTrue(values, f"nothing in {name}: {text}")
        return found

    def dashboards(self, kind):
        """Of those whose source is of the kind: (dashboard, database)."""
        for path in sorted((data.FOLDER / "grafana/dashboards").glob("*/*.json")):
            dashboard = json.loads(path.read_text())
            source = dashboard["panels"][0]["datasource"]
            uid = {"InfluxDB": "tstat-influxdb"}[source] if isinstance(source, str) else source["uid"]
            if uid in self.databases:
                self.assertTrue(all(p["datasource"] == source for p in dashboard["panels"]))
                if (dashboard["schemaVersion"] < 30) == (kind == "roll"):
                    yield dashboard, self.databases[uid]

    def test_panels_of_the_roll(self):
        asked = 0
        for dashboard, database in self.dashboards("roll"):
            service, choice = dashboard["templating"]["list"]
            self.assertEqual([name for (name,) in self.server.ask(database, service["query"])[0]["values"]], ["client", "server"])
            for name in ("client", "server"):
                values = self.server.ask(database, macros.grafana(choice["query"], {"Service": name}, data.SPAN))[0]["values"]
                all_values = choice["allValue"] or macros.chosen([value for _, value in values])
                for panel in dashboard["panels"]:
                    (target,) = panel["targets"]
                    self.assertEqual(macros.built(target), target["query"])
                    field = target["select"][0][0]["params"][0]
                    # One and two of the menu that have something in this panel.
                    tag = choice["name"]
                    having = [s["tags"][tag] for s in self.server.ask(
                        database, f'SELECT max("{field}") FROM "{name}" WHERE "{field}" > 0 GROUP BY "{tag}"')]
                    self.assertLessEqual(set(having), {value for _, value in values})
                    for chosen in (all_values, macros.chosen(having[:1]), macros.chosen(having[:2])):
                        text = macros.grafana(target["query"], {"Service": name, tag: chosen}, data.SPAN, "2h")
                        series = self.server.ask(database, text)
                        self.assertTrue(any(v for s in series for _, v in s["values"]), text)
                        self.assertTrue(all(s["tags"].keys() == {tag} for s in series), "what the alias $tag_ stands for")
                        if "> 0" in text:
                            self.assertTrue(all(v is None or v > 0 for s in series for _, v in s["values"]))
                        asked += 1
        self.assertEqual(asked, 4 * 2 * 5 * 3)

    def test_panels_of_flows(self):
        asked = 0
        for dashboard, database in self.dashboards("flows"):
            (server,) = dashboard["templating"]["list"]
            servers = [value for _, value in self.server.ask(database, server["query"])[0]["values"]]
            self.assertGreater(len(servers), 2)
            for panel in dashboard["panels"]:
                for target in panel["targets"]:
                    for choice in (server["allValue"], macros.chosen(servers[:1]), macros.chosen(servers[:2])):
                        text = macros.grafana(target["query"], {"server": choice}, data.SPAN)
                        self.assertNotRegex(text, r"\$\w")
                        found = self.rows(database, text)
                        values = [v for name, column in found.items() if name not in ("time",) for v in column]
                        self.assertTrue(any(isinstance(v, (int, float)) and v > 0 for v in values), f"only zeros: {text}")
                        asked += 1
        self.assertGreater(asked, 60)

    def test_sums_are_those_of_the_log(self):
        rows = data.log_rows(self.work / "out", "log_tcp_complete")
        wanted = sum(int(row[c]) for row in rows for c in ("c_bytes_all", "s_bytes_all"))
        ((dashboard, database),) = self.dashboards("flows")
        (panel,) = (p for p in dashboard["panels"] if p["title"] == "Payload")
        found = self.rows(database, macros.grafana(panel["targets"][0]["query"], {"server": ".*"}, data.SPAN))
        self.assertEqual(found["payload"], [wanted])

    def test_cells_of_chronograf(self):
        asked = 0
        for path in sorted((data.FOLDER / "chronograf").glob("*.json")):
            for cell in json.loads(path.read_text())["cells"]:
                for query in cell["queries"]:
                    # Chronograf names no database: it is in the query.
                    self.rows("", macros.chronograf(query["query"], data.SPAN))
                    asked += 1
        self.assertGreater(asked, 20)

    def test_alerts_of_kapacitor(self):
        scripts = sorted((data.FOLDER / "kapacitor").glob("*.tick"))
        self.assertEqual([p.stem for p in scripts], ["loss", "media-loss", "probe-silent", "retransmission", "rtt"])
        for path in scripts:
            with self.subTest(path.name):
                self.check_alert(macros.Tick(path.read_text()))

    def check_alert(self, tick):
        text = tick.text
        for one, other in ("()", "{}"):
            self.assertEqual(text.count(one), text.count(other))
        self.assertEqual(text.count("'''") % 2, 0)
        self.assertIn(f'"{tick.database[1]}"."{tick.database[2]}".', tick.query)
        self.assertNotRegex(tick.query, r"(?i)group by|\btime\b", "Kapacitor adds these")
        self.assertLessEqual(macros.seconds(tick.every), macros.seconds(tick.period))
        # When most begins, a period after the other.
        period, tags, points = macros.seconds(tick.period), set(), []
        for begin in range(data.SPAN[0] + 8 * 3600, data.SPAN[1], period):
            for series in self.server.ask("", tick.statement(begin, begin + period)):
                tags |= set(series.get("tags", {}))
                points += [dict(zip(series["columns"], row)) for row in series["values"]]
        self.assertTrue(points)
        self.assertEqual(tags, set(tick.groups))
        named = set(re.findall(r'\.(?:Fields|Tags) "(\w+)"', text)) | set(re.findall(r'"(\w+)"', " ".join(tick.conditions)))
        self.assertLessEqual(named, set(points[0]) | tags)
        # Before the day there is nothing: what a silent probe looks like.
        self.assertEqual(self.server.ask("", tick.statement(data.SPAN[0] - period, data.SPAN[0] - 1)), [])
        if "|deadman(" in text:
            self.assertRegex(text, r"\|deadman\(0\.0, " + tick.period + r"\)")
            return
        self.assertEqual(len(tick.conditions), 2)
        # Each condition compares numbers that are there.
        for condition in tick.conditions:
            self.assertRegex(condition, r'^"\w+" >= (warning|critical) AND "\w+" >= enough$')
            value, limit, number, enough = re.findall(r"\w+", condition.replace(">=", " ").replace(" AND ", " "))
            self.assertLessEqual({limit, enough}, set(tick.variables))
            known = [p for p in points if p[value] is not None]
            self.assertTrue(known)
            self.assertTrue(all(isinstance(p[value], (int, float)) and isinstance(p[number], int) for p in known))
            self.assertTrue(any(p[value] > 0 and p[number] > 0 for p in known), condition)
        self.assertGreater(float(tick.variables["critical"]), float(tick.variables["warning"]))

    def test_python3_influxdb(self):
        """Debian's package, the client of the roll, reads what we wrote."""
        for python in PYTHONS:
            if subprocess.run([python, "-c", "import influxdb"], capture_output=True).returncode == 0:
                break
        else:
            self.skipTest("no python3-influxdb")
        done = subprocess.run([python, "-c", CLIENT, str(self.server.port)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        databases, measurements, points, groups, flows = json.loads(done.stdout)
        self.assertLessEqual({"tstat", "tstat_flows"}, set(databases))
        self.assertEqual(measurements, ["client", "server"])
        self.assertTrue(all(set(group) == {"host"} for group in groups))
        # Each row of the log, by its own endpoint.
        rows = data.log_rows(self.work / "out", "log_tcp_complete")
        self.assertGreater(len(rows), 300)
        for measurement, side in (("client", "c"), ("server", "s")):
            ours = {(p["host"], p["port"], p["payload"], p["average_round_trip_time"]) for p in points[measurement]}
            self.assertEqual(ours, {(row[f"{side}_ip"], row[f"{side}_port"], float(row[f"{side}_bytes_all"]),
                                     float(row[f"{side}_rtt_avg"])) for row in rows if "22" not in (row["c_port"], row["s_port"])})
        self.assertEqual(len(flows), len(rows))
        self.assertEqual(sum(f["s_bytes_all"] for f in flows), sum(int(row["s_bytes_all"]) for row in rows))


if __name__ == "__main__":
    TSTAT = os.path.abspath(sys.argv.pop(1))
    data.shipping.need("influxd")
    unittest.main(verbosity=2)
