#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat-stack: up, down and status, and what is in between.

usage: stack_test.py TSTAT_STACK [unittest arguments]      exit status 77 (skipped for ctest) without influxd or lighttpd
"""
import html, json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, unittest, urllib.parse, urllib.request

import data
from data import shipping

STACK = ""


def get(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read()


class StackTest(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-stack-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.state = self.work / "state"
        self.addCleanup(self.run_stack, "down", status=None)

    def run_stack(self, *arguments, status=0, program=None, **environment):
        done = subprocess.run([program or STACK, *arguments, "--state", self.state], capture_output=True, text=True, timeout=300,
                              env=os.environ | environment)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def up(self, **environment):
        return self.run_stack("up", "--sessions", "40", **environment)

    def servers(self):
        return {server["name"]: server for server in json.loads((self.state / "servers.json").read_text())}

    def fake(self, name, text):
        path = self.work / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def alive(self, pid):
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    def session(self, pid):
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                fields = pathlib.Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == pid and fields[0] not in "ZX":
                found.append(int(name))
        return found


class Life(StackTest):
    def test_up_status_down(self):
        self.assertEqual(self.run_stack("status", status=3), "Nothing runs.\n")
        self.assertEqual(self.run_stack("down"), "Nothing runs.\n")
        address = re.search(r"^Open (http://127\.0\.0\.1:\d+/) ", self.up(), re.M)[1]
        self.assertEqual(self.state.stat().st_mode & 0o777, 0o700)
        self.check_page(address)
        self.assertEqual(self.run_stack("up"), f"Runs already: {address}\n")
        self.assertEqual(self.run_stack("status").count(" runs\n"), 2)
        started = [pid for server in self.servers().values() for pid in self.session(server["pid"])]
        self.assertGreaterEqual(len(started), 2)
        self.assertEqual(self.run_stack("down"), "Stopped: influxdb, web.\n")
        self.assertFalse([pid for pid in started if self.alive(pid)])
        self.assertEqual(self.run_stack("status", status=3), "Nothing runs.\n")
        # Again: the day is there.
        said = self.up()
        self.assertNotIn("Analysing", said)
        self.check_page(re.search(r"^Open (\S+)", said, re.M)[1])
        self.run_stack("down", "--remove")
        self.assertFalse(self.state.exists())

    def check_page(self, address):
        page = get(address).decode()
        links = [urllib.parse.urljoin(address, html.unescape(link)) for link in re.findall(r'href="([^"]+)"', page)]
        influxdb = [link for link in links if "/query?" in link]
        self.assertGreater(len(influxdb), 15)
        for link in influxdb:
            (result,) = json.loads(get(link))["results"]
            self.assertIn("series", result, link)
        (viewer,) = set(links) - set(influxdb)
        self.assertTrue(viewer.startswith(address))
        first = get(viewer).decode()
        self.assertIn("Last update", first)
        picture = re.search(r'src="([^"]+view=png[^"]*)"', first)[1]
        self.assertTrue(get(urllib.parse.urljoin(viewer, html.unescape(picture))).startswith(b"\x89PNG"))
        # For a Grafana of one's own: its servers are these.
        sources = (self.state / "grafana-provisioning/datasources/tstat.yaml").read_text()
        self.assertEqual(sources.count(self.servers()["influxdb"]["address"]), 2)
        self.assertIn(f'"{address}tstat_rrd.cgi"', sources)
        folders = re.findall(r'path: "(.*)"', (self.state / "grafana-provisioning/dashboards/tstat.yaml").read_text())
        self.assertTrue(folders and all(list(pathlib.Path(f).glob("*.json")) for f in folders))

    def test_down_stops_what_up_started_and_nothing_else(self):
        self.up()
        servers = self.servers()
        os.kill(servers["influxdb"]["pid"], signal.SIGKILL)
        shipping.wait_for(lambda: not self.alive(servers["influxdb"]["pid"]), "its end")
        self.assertRegex(self.run_stack("status", status=3), r"influxdb .* has ended\nweb .* runs\n")
        # Its number belongs to another process by now.
        other = subprocess.Popen(["sleep", "600"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        noted = json.loads((self.state / "servers.json").read_text())
        noted[0]["pid"] = other.pid
        (self.state / "servers.json").write_text(json.dumps(noted))
        self.assertEqual(self.run_stack("down"), "Stopped: web.\n")
        self.assertFalse(self.alive(servers["web"]["pid"]))
        self.assertIsNone(other.poll())

    def test_up_mends_what_is_half_there(self):
        self.up()
        servers = self.servers()
        # Its FastCGI responder stays.
        started = [pid for pid in self.session(servers["web"]["pid"]) if pid != servers["web"]["pid"]]
        os.kill(servers["web"]["pid"], signal.SIGKILL)
        shipping.wait_for(lambda: not self.alive(servers["web"]["pid"]), "its end")
        self.assertTrue(all(map(self.alive, started)))
        said = self.up()
        self.assertNotIn("Runs already", said)
        self.assertFalse([pid for pid in started + [servers["influxdb"]["pid"]] if self.alive(pid)])
        self.check_page(re.search(r"^Open (\S+)", said, re.M)[1])


class Failures(StackTest):
    def test_interrupted(self):
        slow = self.fake("tstat", "exec sleep 600\n")
        process = subprocess.Popen([STACK, "up", "--state", self.state], stdout=subprocess.PIPE, text=True,
                                   env=os.environ | {"TSTAT": str(slow)})
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), "Analysing the sample day ...\n")
        influxdb = self.servers()["influxdb"]["pid"]
        self.assertTrue(self.alive(influxdb))
        self.assertIn("another tstat-stack is at work", self.run_stack("down", status=1))
        process.terminate()
        self.assertEqual(process.wait(120), 130)
        self.assertFalse(self.alive(influxdb))
        self.assertEqual(self.run_stack("down"), "Nothing runs.\n")
        # What was left half done is made anew.
        self.assertIn("Analysing", self.up())

    def test_a_server_that_does_not_start(self):
        self.fake("influxd", "echo no room on this disk\nexit 1\n")
        said = self.run_stack("up", status=1, PATH=f"{self.work}/bin:{os.environ['PATH']}")
        self.assertIn("tstat-stack: influxdb does not start: no room on this disk", said)
        self.assertEqual(self.servers(), {})

    def test_a_day_that_fails(self):
        broken = self.fake("tstat", "echo broken >&2\nexit 1\n")
        self.assertIn("tstat-stack: the sample day: broken", self.run_stack("up", status=1, TSTAT=str(broken)))
        self.assertEqual(self.servers(), {})
        self.assertFalse((self.state / "day").exists())

    def test_what_is_missing_is_named(self):
        (self.work / "bin").mkdir()
        (self.work / "bin/python3").symlink_to(sys.executable)
        # A copy that looks nowhere but on the path.
        folder = self.work / "apps/tstat-stack"
        folder.mkdir(parents=True)
        copy = folder / "tstat-stack"
        copy.write_text(pathlib.Path(STACK).read_text().replace(":/usr/sbin:/sbin", "").replace('"/usr/lib/cgi-bin/tstat_rrd.cgi"', ""))
        copy.chmod(0o755)
        said = self.run_stack("up", status=1, program=copy, PATH=f"{self.work}/bin", TSTAT="", TSTAT_RRD_CGI="")
        for text in ("influxd): apt install influxdb", "lighttpd: apt install lighttpd", "tstat is not there (TSTAT names it)",
                     "tstat_rrd.cgi is not there (TSTAT_RRD_CGI names it)", "its sample day and dashboards are not where"):
            self.assertIn(text, said)

    def test_directories_that_cannot_be(self):
        self.state.mkdir()
        (self.state / "mine").write_text("text")
        for command in ("up", "down"):
            self.assertIn("this directory is another's", self.run_stack(command, status=1))
        self.assertEqual([p.name for p in self.state.iterdir()], ["mine"])
        for name, text in (('a"b', "cannot stand in settings"), ("a" * 100, "too long")):
            self.state = self.work / name
            self.assertIn(text, self.run_stack("up", status=1))
        self.state = self.work / "state"


if __name__ == "__main__":
    shipping.need("influxd", "lighttpd")
    STACK = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
