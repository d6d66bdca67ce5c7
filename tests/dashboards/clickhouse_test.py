#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each query of the dashboard of ClickHouse, by a real server with a day of two probes in it.

usage: clickhouse_test.py TSTAT [unittest arguments]      exit status 77 (skipped for ctest) without clickhouse-server
"""
import json, os, pathlib, shutil, sys, tempfile, unittest

import data
import macros
from data import shipping

import clickhouse_server

TSTAT = ""
PROBES = ("north", "south.example")


class Panels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-dashboards-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        cls.server = clickhouse_server.ClickHouse(cls.work)
        cls.addClassCleanup(cls.server.kill)
        cls.server.ask("CREATE DATABASE tstat")
        address = f"http://127.0.0.1:{cls.server.port}/?database=tstat#dialect=old"
        for statement in clickhouse_server.schema(TSTAT, address):
            cls.server.ask(statement, "tstat")
        for number, probe in enumerate(PROBES):
            said = data.tstat(TSTAT, "-s", cls.work / f"out{number}", "--export", f"clickhouse={address}&probe={probe}",
                              cwd=cls.work)
            assert "rows wait" not in said, said
        cls.dashboard = json.loads((data.FOLDER / "grafana/dashboards/tstat/clickhouse.json").read_text())

    def rows(self, text):
        return json.loads(self.server.ask(text + " FORMAT JSON", "tstat"))["data"]

    def test_variable(self):
        (probe,) = self.dashboard["templating"]["list"]
        self.assertEqual([row["probe"] for row in self.rows(probe["query"])], sorted(PROBES))

    def test_panels(self):
        for panel in self.dashboard["panels"]:
            (target,) = panel["targets"]
            found = []
            for probes in (PROBES, PROBES[:1], PROBES[1:]):
                text = macros.clickhouse(target["rawSql"], {"probe": probes}, data.SPAN)
                self.assertNotRegex(text, r"\$[\w{]")
                rows = self.rows(text)
                self.assertTrue(rows, f"no rows: {text}")
                for name in rows[0]:
                    self.assertTrue(any(row[name] not in (None, "", "nan") for row in rows), f"nothing in {name}: {text}")
                numbers = [float(v) for row in rows for name, v in row.items() if name not in ("t", "probe", "network", "name") and v is not None]
                self.assertTrue(any(number > 0 for number in numbers), f"only zeros: {text}")
                found.append(rows)
            # Both probes saw the same.
            if panel["title"] in ("TCP flows", "Payload", "UDP flows", "Media streams"):
                both, one, other = (float(next(iter(rows[0].values()))) for rows in found)
                self.assertEqual((one, one + other), (other, both))

    def test_as_the_logs_have_it(self):
        logs = data.log_rows(self.work / "out0", "log_tcp_complete")
        (payload,) = (p for p in self.dashboard["panels"] if p["title"] == "Payload")
        ((sums),) = self.rows(macros.clickhouse(payload["targets"][0]["rawSql"], {"probe": PROBES[:1]}, data.SPAN))
        self.assertEqual(int(sums["payload"]), sum(int(row[c]) for row in logs for c in ("c_bytes_all", "s_bytes_all")))
        (networks,) = (p for p in self.dashboard["panels"] if p["title"] == "Networks")
        found = {row["network"]: int(row["flows"]) for row in self.rows(
            macros.clickhouse(networks["targets"][0]["rawSql"], {"probe": PROBES[:1]}, data.SPAN))}
        self.assertEqual(found["198.51.100.0/24"], sum(row["s_ip"].startswith("198.51.100.") for row in logs))
        self.assertEqual(found["2001:db8:2::10"], sum(":" in row["s_ip"] for row in logs))


if __name__ == "__main__":
    shipping.need("clickhouse-server")
    TSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
