#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prometheus scrapes tstat, and has every figure as the listener gives it.

usage: prometheus_test.py TSTAT      exit status 77 (skipped for ctest) without prometheus
"""
import json, os, re, subprocess, sys, unittest, urllib.parse, urllib.request

import command_test, shipping
from command_test import wait_for

SAMPLE = re.compile(r'(?m)^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
# One at least of each kind; all others are compared, too.
FAMILIES = {
    "tstat_packets_total": "counter", "tstat_transport_packets_total": "counter", "tstat_dropped_packets_total": "counter",
    "tstat_flow_payload_bytes_total": "counter", "tstat_flows_total": "counter", "tstat_open_flows": "gauge",
    "tstat_rows_total": "counter", "tstat_lost_total": "counter", "tstat_export_sent_rows_total": "counter",
    "tstat_export_up": "gauge", "tstat_flow_duration_seconds": "histogram", "tstat_tcp_rtt_seconds": "histogram"}


class Server:
    def __init__(self, work, target):
        self.work, self.port = work, shipping.free_port()
        (work / "prometheus.yml").write_text(f"""scrape_configs:
  - job_name: tstat
    scrape_interval: 200ms
    scrape_timeout: 200ms
    static_configs:
      - targets: ["{target}"]
""")
        self.start()

    def start(self):
        self.log = open(self.work / "prometheus.log", "a")
        command = [PROMETHEUS, f"--config.file={self.work}/prometheus.yml", f"--storage.tsdb.path={self.work}/tsdb",
                   f"--web.listen-address=127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        wait_for(self.answers, "prometheus")

    def answers(self):
        assert self.process.poll() is None, (self.work / "prometheus.log").read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def ask(self, what, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            answer = json.load(answer)
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression):
        """Values by name and labels."""
        result = {}
        for series in self.ask("query", query=expression)["result"]:
            name, *labels = (series["metric"].get("__name__", ""), *series["metric"].items())
            labels = frozenset(label for label in labels if label[0] not in ("job", "instance", "__name__"))
            result[name, labels] = float(series["value"][1])
        return result

    def value(self, expression):
        return next(iter(self.query(expression).values()), None)


def samples(text):
    return {(name, frozenset(LABEL.findall(labels or ""))): float(value) for name, labels, value in SAMPLE.findall(text)
            if not name.startswith("#")}


class Prometheus(command_test.StreamTest):
    def setUp(self):
        super().setUp()
        self.process = self.stream("-s", "out", "--metrics", "0", "--export", "json=a.jsonl#name=flows")
        self.stop = self.feed(self.process)
        self.url = self.listener(self.process)
        self.server = Server(self.work, self.url.split("/")[2])
        self.addCleanup(lambda: self.server.kill())

    def text(self):
        with urllib.request.urlopen(self.url, timeout=10) as answer:
            return answer.read().decode()

    def finish(self):
        self.stop()
        self.end(self.process)

    def wait_until_equal(self):
        """No packets come any more. All that is there, and nothing else."""
        equal = lambda: self.server.query('{__name__=~"tstat_.*"}') == samples(self.text())
        wait_for(equal, "the figures of the listener")

    def test_has_every_figure(self):
        wait_for(lambda: (self.server.value("tstat_packets_total") or 0) > 2000, "packets")
        wait_for(lambda: (self.server.value("rate(tstat_packets_total[5s])") or 0) > 0, "a rate")
        self.assertEqual(self.server.value('up{job="tstat"}'), 1)
        median = 'histogram_quantile(0.5, tstat_flow_duration_seconds_bucket{protocol="tcp"})'
        wait_for(lambda: (self.server.value(median) or 0) > 0, "a quantile")
        self.stop()
        self.wait_until_equal()
        self.assertGreater(len(samples(self.text())), 100)
        # Types and texts.
        kinds = {name: entries[0] for name, entries in self.server.ask("metadata").items()}
        text = self.text()
        for name, kind in re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text):
            help_text = re.search(rf"(?m)^# HELP {name} (.*)$", text)[1]
            self.assertEqual((kinds[name]["type"], kinds[name]["help"]), (kind, help_text))
        for name, kind in FAMILIES.items():
            self.assertEqual(kinds[name]["type"], kind)
            some = name + "_count" if kind == "histogram" else name
            self.assertIsNotNone(self.server.value(some), some)
        self.finish()

    def test_killed_and_cut_off(self):
        """Whoever scrapes is no part of the capture."""
        packets = lambda: self.server.value("tstat_packets_total") or 0
        for disturb in (self.kill_server, self.cut_network):
            wait_for(lambda: packets() > 0, "packets")
            before = packets()
            disturb()
            wait_for(lambda: packets() > before, "more packets")
        self.stop()
        self.wait_until_equal()
        # They were never begun anew.
        self.assertEqual(self.server.value("resets(tstat_packets_total[10m])"), 0)
        self.finish()
        self.assertFalse([line for line in self.process.lines if "metrics" in line and "http://" not in line])

    def kill_server(self):
        self.server.kill()
        self.server.start()

    def cut_network(self):
        if not shipping.can_cut():
            return
        shipping.set_network("down")
        written = lambda: sum(p.stat().st_size for p in self.work.glob("out/2*/log_tcp_complete"))
        size = written()
        wait_for(lambda: written() > size, "rows meanwhile")
        shipping.set_network("up")

    def test_promtool_has_no_complaint(self):
        wait_for(lambda: samples(self.text())["tstat_packets_total", frozenset()] > 2000, "packets")
        done = subprocess.run([PROMTOOL, "check", "metrics"], input=self.text(), capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        done = subprocess.run([PROMTOOL, "check", "metrics"], input="# TYPE a counter\na 1\n", capture_output=True, text=True)
        self.assertNotEqual((done.returncode, done.stdout + done.stderr), (0, ""), "it does not look")
        self.finish()


if __name__ == "__main__":
    shipping.enter_network()
    PROMETHEUS, PROMTOOL = shipping.need("prometheus", "promtool")
    command_test.TSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
