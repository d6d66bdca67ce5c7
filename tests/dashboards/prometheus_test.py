#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each query of the dashboard of a probe, by a Prometheus that asks a live tstat: in a network of its own, whose traffic is what
the two say to each other.

usage: prometheus_test.py TSTAT [unittest arguments]      exit status 77 (skipped for ctest) without prometheus or such a network
"""
import json, math, os, pathlib, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time, unittest
import urllib.error, urllib.parse, urllib.request

import data
import macros
from data import shipping

TSTAT = PROMETHEUS = ""
# Grafana's macro is four times the interval of the scrapes, and a minute at least; here it fits into the test.
RATE_INTERVAL = "2s"


class Probe:
    """tstat with its metrics, threads, and an export."""

    def __init__(self, work):
        exports = ["--export", f"json={work}/flows.jsonl#name=flows&batch_time=0"]
        self.process = subprocess.Popen([TSTAT, "-s", "out", "--metrics", "0", "--threads", "2", *exports, "-l", "-i", "lo"], cwd=work,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.address, self.said = None, []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.said.append(line.decode(errors="replace"))
            if found := re.search(r"http://(127\.0\.0\.1:\d+)/metrics", self.said[-1]):
                self.address = found[1]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.reader.join()
        self.process.stdout.close()


class Prometheus:
    def __init__(self, work, target):
        self.port = shipping.free_port()
        text = (data.FOLDER / "prometheus/prometheus.yaml").read_text()
        self.text = text.replace("127.0.0.1:9111", target).replace("15s", "500ms")
        (work / "prometheus.yaml").write_text(self.text)
        self.log = open(work / "prometheus.log", "w")
        self.process = subprocess.Popen(
            [PROMETHEUS, f"--config.file={work}/prometheus.yaml", f"--storage.tsdb.path={work}/tsdb",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log)

    def ask(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters, doseq=True)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it begins
                raise
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def answers(self):
        try:
            return self.ask("query", query="up")["result"] != []
        except OSError:
            return False

    def values(self, text, instant):
        """Of each series the numbers that it has."""
        now = time.time()
        result = (self.ask("query", query=text) if instant else
                  self.ask("query_range", query=text, start=now - 60, end=now, step=1))["result"]
        found = []
        for series in result:
            numbers = [float(v) for _, v in ([series["value"]] if instant else series["values"])]
            found.append([n for n in numbers if math.isfinite(n)])
        return found

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Panels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-dashboards-"))
        cls.addClassCleanup(shutil.rmtree, work, ignore_errors=True)
        cls.probe = Probe(work)
        cls.addClassCleanup(cls.probe.close)
        shipping.wait_for(lambda: cls.probe.address or cls.probe.process.poll() is not None, "the address of the metrics")
        if not cls.probe.address:
            shipping.skip("no metrics: " + "".join(cls.probe.said))
        cls.prometheus = Prometheus(work, cls.probe.address)
        cls.addClassCleanup(cls.prometheus.close)
        shipping.wait_for(cls.prometheus.answers, "prometheus")
        cls.dashboard = json.loads((data.FOLDER / "grafana/dashboards/tstat/probe.json").read_text())
        cls.done = threading.Event()
        cls.traffic = threading.Thread(target=cls.talk)
        cls.traffic.start()
        cls.addClassCleanup(lambda: (cls.done.set(), cls.traffic.join()))

    @classmethod
    def talk(cls):
        """Flows that begin and end while Prometheus looks."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            while not cls.done.is_set():
                datagrams.sendto(b"text", ("127.0.0.1", 9))
                try:
                    urllib.request.urlopen(f"http://{cls.probe.address}/metrics", timeout=10).close()
                except OSError:
                    pass
                cls.done.wait(0.1)

    def test_variable(self):
        (variable,) = self.dashboard["templating"]["list"]
        family, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"]).groups()
        shipping.wait_for(lambda: self.prometheus.ask(f"label/{label}/values", **{"match[]": family}) == [self.probe.address],
                          "the instance")

    def test_panels(self):
        waiting, asked = {}, 0
        for panel in self.dashboard["panels"]:
            for target in panel["targets"]:
                for instance in (".*", macros.chosen([self.probe.address])):
                    # Grafana escapes for the string around it, too.
                    text = macros.grafana(target["expr"], {"instance": instance.replace("\\", "\\\\")}, (0, 0), RATE_INTERVAL)
                    self.assertNotRegex(text, r"\$\w")
                    waiting[text] = target["instant"]
                    asked += 1
        self.assertGreater(asked, 50)

        def answered():
            for text, instant in list(waiting.items()):
                if any(self.prometheus.values(text, instant)):
                    del waiting[text]
            return not waiting
        try:
            shipping.wait_for(answered, "rows")
        except AssertionError:
            self.fail("no rows: " + "\n".join(waiting))

    def test_what_is_named_is_there(self):
        """Families of the queries are families of the program: none has another name by now."""
        with urllib.request.urlopen(f"http://{self.probe.address}/metrics", timeout=60) as answer:
            families = set(re.findall(r"(?m)^# TYPE (\S+) ", answer.read().decode()))
        text = json.dumps(self.dashboard)
        named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\b(tstat_\w+)", text)}
        self.assertGreater(len(named), 20)
        self.assertLessEqual(named, families)


if __name__ == "__main__":
    (PROMETHEUS,) = shipping.need("prometheus")
    shipping.enter_network()
    if not shipping.can_cut():
        shipping.skip("no network namespace")
    TSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
