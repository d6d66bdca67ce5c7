#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The files of dashboards/: they are what the description makes, and what the programs that read them need.

usage: files_test.py [unittest arguments]
"""
import json, pathlib, re, runpy, shutil, subprocess, sys, tempfile, tomllib, unittest

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "dashboards"
DASHBOARDS = sorted((FOLDER / "grafana/dashboards").glob("*/*.json"))
ROLL = {"Completion duration time (ms)": ("completion_duration_time", (0, 0, 12, 9)),
        "Average round trip time (ms)": ("average_round_trip_time", (12, 0, 12, 9)),
        "Retransmission (number of segments)": ("retransmission", (0, 9, 12, 9)),
        "Window scale (scale factor)": ("window_scale", (12, 9, 12, 18)), "Payload (bytes)": ("payload", (0, 18, 12, 9))}
PANELS = {"graph": ("yaxes", "lines", "nullPointMode"), "timeseries": ("fieldConfig", "options"), "stat": ("fieldConfig", "options"),
          "table": ("fieldConfig", "options"), "heatmap": ("options",)}
# What a target has to have, by the kind of its source.
TARGETS = {"influxdb": {"query", "rawQuery", "resultFormat"}, "prometheus": {"expr", "instant", "range"},
           "grafana-clickhouse-datasource": {"rawSql", "editorType", "queryType", "format"},
           "simpod-json-datasource": {"target", "type"}}


def sources():
    """Of the provisioning file, whose form is the generator's: name -> {key: value}."""
    found = {}
    for part in re.split(r"(?m)^  - ", (FOLDER / "grafana/provisioning/datasources/tstat.yaml").read_text())[1:]:
        one = dict(re.findall(r'(?m)^ *(\w+): "?([^"\n]*)"?$', part))
        found[one["name"]] = one
    return found


def places(panels):
    """The squares of the grid that each panel takes."""
    for panel in panels:
        x, y, w, h = (panel[k] for k in "xywh")
        yield {(column, row) for column in range(x, x + w) for row in range(y, y + h)}


class Generated(unittest.TestCase):
    def test_files_are_those_of_the_description(self):
        made = runpy.run_path(str(FOLDER / "generate"))["files"]()
        self.assertGreater(len(made), 15)
        for name, text in made.items():
            self.assertEqual((FOLDER / name).read_text(), text, f"{name}: run dashboards/generate")
        kept = {str(p.relative_to(FOLDER)) for kind in ("json", "tick", "yaml", "conf") for p in FOLDER.rglob(f"*.{kind}")}
        self.assertEqual(kept - {"prometheus/prometheus.yaml"}, set(made), "files that nothing makes")

    def test_once_more_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            first, second = (subprocess.run([FOLDER / "generate", folder], check=True, capture_output=True, text=True).stdout
                             for _ in range(2))
            self.assertIn("TSTAT.json", first)
            self.assertEqual(second, "")

    def test_no_secrets(self):
        for path in FOLDER.rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                for line in re.findall(r"(?i)^.*password.*$", path.read_text(), re.M):
                    self.assertNotRegex(line, r'(?i)password"?\s*[=:]\s*"?(?!\$)\w', path)


class Grafana(unittest.TestCase):
    def each(self):
        for path in DASHBOARDS:
            yield path, json.loads(path.read_text())

    def test_identity(self):
        self.assertEqual(len(DASHBOARDS), 8)
        uids, titles = [], []
        for path, dashboard in self.each():
            self.assertIsNone(dashboard["id"])
            self.assertRegex(dashboard["uid"], r"^[\w-]{1,40}$")
            self.assertGreaterEqual(dashboard["schemaVersion"], 16)
            uids.append(dashboard["uid"])
            titles.append((path.parent.name, dashboard["title"].lower()))
        self.assertEqual(len(uids), len(set(uids)))
        self.assertEqual(len(titles), len(set(titles)))

    def test_panels(self):
        for _, dashboard in self.each():
            panels = dashboard["panels"]
            self.assertEqual(len({p["id"] for p in panels}), len(panels))
            self.assertTrue(all(isinstance(p["id"], int) and p["id"] > 0 and p["title"] for p in panels))
            taken = set()
            for panel, squares in zip(panels, places([p["gridPos"] for p in panels])):
                self.assertTrue(all(0 <= column < 24 and row >= 0 for column, row in squares), panel["title"])
                self.assertFalse(taken & squares, f'{panel["title"]} lies over another panel')
                taken |= squares
                self.assertIn(panel["type"], PANELS)
                for member in PANELS[panel["type"]]:
                    self.assertIn(member, panel)
                # What Grafana before 8 cannot show, and what Grafana of now is to show as it is.
                self.assertEqual(panel["type"] == "graph", dashboard["schemaVersion"] < 30)

    def test_references_resolve(self):
        there = sources()
        kinds = {one["uid"]: one["type"] for one in there.values()}
        self.assertEqual(len(kinds), len(there))
        for _, dashboard in self.each():
            users = dashboard["panels"] + dashboard["templating"]["list"]
            users += [a for a in dashboard["annotations"]["list"] if not a.get("builtIn")]
            if dashboard["schemaVersion"] >= 30:
                users += [t for p in dashboard["panels"] for t in p["targets"]]
            for user in users:
                reference = user["datasource"]
                if isinstance(reference, str):
                    self.assertIn(reference, there)
                else:
                    self.assertEqual(kinds[reference["uid"]], reference["type"])

    def test_targets(self):
        there = sources()
        for _, dashboard in self.each():
            names = {v["name"] for v in dashboard["templating"]["list"]} | {
                "timeFilter", "__timeFilter", "__dateFilter", "__timeInterval", "__interval", "__rate_interval", "col", "tag_host", "tag_port", "tag_s_ip"}
            for panel in dashboard["panels"]:
                source = panel["datasource"]
                kind = there[source]["type"] if isinstance(source, str) else source["type"]
                self.assertTrue(panel["targets"])
                self.assertEqual(len({t["refId"] for t in panel["targets"]}), len(panel["targets"]))
                for target in panel["targets"]:
                    self.assertLessEqual(TARGETS[kind], set(target))
                    self.assertEqual(target.get("format") == "heatmap", panel["type"] == "heatmap")
                    used = re.findall(r"\$(\w+)", json.dumps([v for k, v in target.items() if k != "datasource"]))
                    self.assertLessEqual(set(used), names, panel["title"])

    def test_the_roll(self):
        for folder, tag, above in (("roll", "host", ""), ("roll-above-0", "host", 1), ("roll", "port", ""), ("roll-above-0", "port", 1)):
            dashboard = json.loads((FOLDER / f"grafana/dashboards/{folder}/by-{tag}.json").read_text())
            self.assertEqual((dashboard["title"], dashboard["schemaVersion"]), (f"TSTAT by {tag}", 16))
            self.assertEqual((dashboard["refresh"], dashboard["style"]), (False, "dark"))
            self.assertEqual(dashboard["timepicker"]["refresh_intervals"][::9], ["5s", "1d"])
            service, choice = dashboard["templating"]["list"]
            self.assertEqual((service["name"], service["query"], service["multi"], service["includeAll"], service["refresh"]),
                             ("Service", "SHOW MEASUREMENTS", False, False, 0))
            self.assertEqual([o["value"] for o in service["options"]], ["client", "server"])
            limit = " LIMIT 2000" if tag == "port" else ""
            self.assertEqual((choice["name"], choice["query"], choice["multi"], choice["includeAll"], choice["refresh"]),
                             (tag, f'SHOW TAG VALUES FROM $Service WITH KEY="{tag}"{limit}', True, True, 1 if tag == "host" else 0))
            self.assertEqual([p["title"] for p in dashboard["panels"]], list(ROLL))
            for panel in dashboard["panels"]:
                field, place = ROLL[panel["title"]]
                self.assertEqual(tuple(panel["gridPos"][k] for k in "xywh"), place)
                (target,) = panel["targets"]
                more = f' AND "{field}" > 0' if above else ""
                self.assertEqual(target["query"], f'SELECT mean("{field}") FROM /^$Service$/ WHERE ("{tag}" =~ /^${tag}$/{more}) '
                                                  f'AND $timeFilter GROUP BY time($__interval), "{tag}"')
                self.assertEqual((target["alias"], target["policy"], target["orderByTime"], target["resultFormat"]),
                                 (f"$tag_{tag}", "default", "ASC", "time_series"))
                self.assertEqual((panel["type"], panel["lines"], panel["linewidth"], panel["fill"], panel["nullPointMode"]),
                                 ("graph", True, 1, 1, "null"))
                self.assertEqual((panel["yaxes"][0]["format"], panel["legend"]["show"], panel["tooltip"]["shared"]),
                                 ("short", True, True))
        by_host = json.loads((FOLDER / "grafana/dashboards/roll/by-host.json").read_text())
        self.assertEqual(by_host["uid"], "F7RL-b_iz")

    def test_provisioning(self):
        text = (FOLDER / "grafana/provisioning/dashboards/tstat.yaml").read_text()
        paths = re.findall(r'path: "(.*)"', text)
        self.assertEqual({pathlib.Path(p).name for p in paths}, {p.parent.name for p in DASHBOARDS})
        self.assertTrue(all(p.startswith("/usr/share/tstat/dashboards/grafana/dashboards/") for p in paths))
        titles = re.findall(r'folder: "(.*)"', text)
        self.assertEqual(len({t.lower() for t in titles}), len(paths))
        there = sources()
        self.assertEqual([n for n, one in there.items() if one["isDefault"] == "true"], ["InfluxDB"])
        self.assertEqual(there["InfluxDB"]["database"], "tstat")


class Chronograf(unittest.TestCase):
    def test_cells(self):
        for path in sorted((FOLDER / "chronograf").glob("*.json")):
            dashboard, taken = json.loads(path.read_text()), set()
            self.assertEqual(set(dashboard), {"name", "cells", "templates"}, path)
            self.assertEqual(len({c["i"] for c in dashboard["cells"]}), len(dashboard["cells"]))
            for cell, squares in zip(dashboard["cells"], places(dashboard["cells"])):
                self.assertTrue(squares, cell["name"])
                self.assertTrue(all(0 <= column < 12 and row >= 0 for column, row in squares), cell["name"])
                self.assertFalse(taken & squares, f'{path.name}: {cell["name"]} lies over another cell')
                taken |= squares
                self.assertIn(cell["type"], ("line", "single-stat"))
                for query in cell["queries"]:
                    self.assertIn(":dashboardTime:", query["query"])
                    self.assertNotIn("$", query["query"])
                    self.assertIn(f'"{query["queryConfig"]["database"]}"."autogen".', query["query"])

    def test_the_roll(self):
        dashboard = json.loads((FOLDER / "chronograf/TSTAT.json").read_text())
        self.assertEqual(dashboard["name"], "TSTAT")
        self.assertEqual({(c["name"], c["queries"][0]["queryConfig"]["fields"][0]["value"], *(c[k] for k in "xywh"))
                          for c in dashboard["cells"]}, {
            ("Complete Time Duration", "completion_duration_time", 0, 0, 4, 4), ("Window Scale", "window_scale", 4, 0, 4, 4),
            ("Retransmission Segments", "retransmission", 8, 0, 4, 4),
            ("Average Round Trip Time", "average_round_trip_time", 0, 4, 6, 4), ("Data Payload", "payload", 6, 4, 6, 4)})
        self.assertEqual({c["queries"][0]["queryConfig"]["measurement"] for c in dashboard["cells"]}, {"server"})


class Others(unittest.TestCase):
    def test_telegraf(self):
        content = tomllib.loads((FOLDER / "telegraf/telegraf.conf").read_text())
        self.assertEqual((content["agent"]["interval"], content["agent"]["hostname"]), ("5s", ""))
        self.assertEqual(set(content["inputs"]),
                         {"prometheus", "cpu", "mem", "net", "swap", "disk", "diskio", "netstat", "system"})
        (influxdb,) = content["outputs"]["influxdb"]
        self.assertEqual((influxdb["urls"], influxdb["username"]), (["http://127.0.0.1:8086"], "$INFLUX_USER"))
        (metrics,) = content["inputs"]["prometheus"]
        self.assertRegex(metrics["urls"][0], r"^http://127\.0\.0\.1:\d+/metrics$")

    def test_prometheus(self):
        text = (FOLDER / "prometheus/prometheus.yaml").read_text()
        self.assertIn("job_name: tstat\n", text)
        port = re.search(r"127\.0\.0\.1:(\d+)", text)[1]
        self.assertIn(f"127.0.0.1:{port}/metrics", (FOLDER / "telegraf/telegraf.conf").read_text())
        if not shutil.which("promtool"):
            self.skipTest("no promtool (Debian's package prometheus)")
        done = subprocess.run(["promtool", "check", "config", FOLDER / "prometheus/prometheus.yaml"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
