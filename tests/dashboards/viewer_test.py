#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each query of the dashboard of RRD databases, as Grafana's JSON plug-in asks the viewer for it.

usage: viewer_test.py TSTAT VIEWER [unittest arguments]
"""
import json, os, sys, unittest

import data
import macros

sys.path.insert(0, str(data.TESTS / "rrd_cgi"))
import cgi_program

TSTAT = VIEWER = ""


class Databases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.viewer = cgi_program.Viewer(VIEWER)
        cls.addClassCleanup(cls.viewer.close)
        data.tstat(TSTAT, "-R", data.DAY / "rrd.conf", "-r", cls.viewer.data / "day", "-S", "-L", cwd=cls.viewer.work)
        cls.dashboard = json.loads((data.FOLDER / "grafana/dashboards/tstat/databases.json").read_text())

    def post(self, path, content):
        status, headers, body = self.viewer.get(path=path, method="POST", body=json.dumps(content).encode(),
                                                CONTENT_TYPE="application/json")
        self.assertEqual(status, 200, body)
        self.assertEqual(headers["Content-Type"], "application/json")
        return json.loads(body)

    def times(self):
        return {"from": data.SPAN[0] * 1000, "to": data.SPAN[1] * 1000}

    def test_variable(self):
        (variable,) = self.dashboard["templating"]["list"]
        self.assertEqual((variable["name"], variable["query"]["format"]), ("trace", "string"))
        answer = self.post("/variable", {"payload": {"target": variable["query"]["query"]}, "range": self.times()})
        self.assertEqual([one["__value"] for one in answer], ["day"])

    def test_panels(self):
        for panel in self.dashboard["panels"]:
            targets = [target | {"target": macros.grafana(target["target"], {"trace": "day"}, data.SPAN)}
                       for target in panel["targets"]]
            answer = self.post("/query", {"range": self.times(), "intervalMs": 600000, "maxDataPoints": 1000, "targets": targets})
            self.assertTrue(answer, panel["title"])
            values = [v for series in answer for v, _ in series["datapoints"] if v is not None]
            self.assertTrue(any(values), f'{panel["title"]}: nothing but zeros')
            for series in answer:
                self.assertTrue(any(v is not None for v, _ in series["datapoints"]), series["target"])
                self.assertTrue(all(data.SPAN[0] * 1000 <= t <= data.SPAN[1] * 1000 for _, t in series["datapoints"]))
            if panel["fieldConfig"]["defaults"]["unit"] == "percent":
                self.assertLess(max(map(abs, values)), 100 + 1e-9, panel["title"])

    def test_annotations(self):
        (ours,) = (a for a in self.dashboard["annotations"]["list"] if not a.get("builtIn"))
        asked = ours | {"query": macros.grafana(ours["query"], {"trace": "day"}, data.SPAN)}
        answer = self.post("/annotations", {"range": self.times(), "annotation": asked})
        self.assertTrue(answer)
        self.assertTrue(all(one["text"].startswith("day: ") for one in answer))


if __name__ == "__main__":
    TSTAT, VIEWER = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
