#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat-top beside a tstat that runs: on a stream of packets, with its metrics, its logs and an export; which ends, and is
started anew.

usage: live_test.py [unittest arguments]
"""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import instances

TSTAT = os.environ["TSTAT_COMMAND"]
PROGRAM = os.environ["TSTAT_TOP"]
TRACE = pathlib.Path(os.environ["TSTAT_SOURCE_DIR"]) / "tests/traces/mixed.pcap"


def packets():
    """Of the trace: its header, and time (s), lengths and bytes of each packet."""
    data, found, place = TRACE.read_bytes(), [], 24
    while place < len(data):
        seconds, micros, captured, length = struct.unpack_from("<IIII", data, place)
        found.append((seconds + micros / 1e6, captured, length, data[place + 16:place + 16 + captured]))
        place += 16 + captured
    return data[:24], found


class Instance:
    """A tstat on a stream: the trace again and again, each time later, until it is closed."""

    def __init__(self, folder, port, jump=0.0):
        self.address, self.said, self._done = "", [], threading.Event()
        self.jump = jump
        self.process = subprocess.Popen(
            [TSTAT, "--compat", "none", "-s", "out", "--metrics", str(port), "--export",
             "json=flows.jsonl#name=flows&batch_time=0", "-"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self._threads = [threading.Thread(target=self._listen), threading.Thread(target=self._feed)]
        for thread in self._threads:
            thread.start()

    def _listen(self):
        for line in self.process.stdout:
            self.said.append(line.decode(errors="replace"))
            if found := re.search(r"http://(127\.0\.0\.1:\d+)/metrics", self.said[-1]):
                self.address = found[1]

    def _feed(self):
        header, trace = packets()
        span = trace[-1][0] - trace[0][0] + 1
        shift = time.time() - trace[0][0]
        with self.process.stdin as out:
            out.write(header)
            while not self._done.wait(0.1):
                for when, captured, length, data in trace:
                    out.write(struct.pack("<IIII", int(when + shift), int((when + shift) % 1 * 1e6), captured, length) + data)
                out.flush()
                shift += span + self.jump

    def close(self):
        self._done.set()
        for thread in self._threads:
            thread.join()
        self.process.wait(60)
        self.process.stdout.close()


class Top:
    """tstat-top, and the pages that it prints."""

    def __init__(self, *arguments):
        self.pages = [""]
        self.process = subprocess.Popen([PROGRAM, "--batch", "1000000", *map(str, arguments)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            if line == "\n":
                self.pages.append("")
            else:
                self.pages[-1] += line

    def wait_for(self, *wanted):
        """Until one page, of those from now on, has all of it; gives that page."""
        return self.wait_until(lambda page: all(re.search(text, page, re.M) for text in wanted), wanted)

    def wait_until(self, is_wanted, what):
        """Until it is so of one page; gives that page."""
        first = len(self.pages) - 1
        try:
            return instances.wait_for(lambda: next((page for page in self.pages[first:-1] if is_wanted(page)), None), what)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.pages[-2:]}, {self.process.poll()}") from None

    def close(self):
        self.process.kill()
        self._thread.join()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()


def flows_of(page):
    """How many the window has."""
    found = re.search(r"^rows +(\d+) flows", page, re.M)
    return int(found[1]) if found else 0


class Live(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tstat-top-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def instance(self, port=0, **options):
        instance = Instance(self.folder, port, **options)
        self.addCleanup(instance.close)
        instances.wait_for(lambda: instance.address or instance.process.poll() is not None, "the address of the metrics")
        if not instance.address and "libmicrohttpd" in "".join(instance.said):
            self.skipTest("".join(instance.said))
        return instance

    def top(self, *arguments):
        top = Top("-d", "0.3", *arguments)
        self.addCleanup(top.close)
        return top

    def test_figures_and_names(self):
        instance = self.instance()
        logs = self.top("-m", instance.address, self.folder / "out")
        export = self.top("--by", "application", self.folder / "flows.jsonl")
        page = logs.wait_for(r"^www\.example\.test +\d+ ", r"^shop\.example\.test +\d+ .* [1-9]\.\d+ %", "round trip to clients",
                             r"^flows +tcp [1-9]")
        self.assertRegex(page.split("\n")[0], r"^tstat-top  \S+ \S+  127\.0\.0\.1:\d+  tstat \d+\.\d+\.\d+  running for ")
        for line in (r"packets +\d.*/s  tcp \d.*/s  udp \d", r"flows +tcp \d.* new, \d+ open  udp ", r"payload +[1-9].*B/s of flows that ended",
                     r"tables +(tcp|udp)_flows [\d.]+ % of \d.*  (tcp|udp)_flows [\d.]+ % of \d",
                     r"clock +last packet", r"round trip to clients [\d.]+ ms, 95 % below [\d.]+ ms  to servers ",
                     r"output +\d.*/s rows", r"exports +flows: ", r"rows +\d+ flows, .* in 60 s  retransmitted \d.*  lost \d"):
            self.assertRegex(page, f"(?m)^{line}")
        self.assertNotIn("not reachable", page)
        export.wait_for(r"^applications by bytes", r"^TLS +[1-9]", r"^HTTP +[1-9]")

    def test_sums_are_those_of_the_rows(self):
        """Once all was written: the names' flows and bytes, counted otherwise."""
        top = self.top("--window", "86400", "--top", "1000", "--by", "server", self.folder / "out")
        top.wait_for("not there yet")  # all that comes is new to it
        instance = self.instance(jump=1000.0)
        top.wait_for(r"^198\.51\.100\.10 +[1-9]")
        instances.wait_for(lambda: len(list((self.folder / "out").glob("*.out"))) > 1, "another session")
        instance.close()
        self.assertEqual(instance.process.returncode, 0, "".join(instance.said))
        flows = {}
        for log in (self.folder / "out").glob("*.out/log_*"):
            if log.name in ("log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete"):
                header, *lines = log.read_text(encoding="utf-8").splitlines()
                place = [name.rsplit(":", 1)[0] for name in header.rsplit("#", 1)[-1].split()].index("s_ip")
                for line in lines:
                    server = line.split(" ")[place]
                    flows[server] = flows.get(server, 0) + 1
        self.assertLessEqual({"198.51.100.10", "198.51.100.53"}, set(flows))  # of TCP and of UDP
        top.wait_for(*(rf"^{re.escape(server)} +{count} " for server, count in flows.items()))

    def test_it_is_started_anew(self):
        first = self.instance()
        port = first.address.rsplit(":", 1)[1]
        top = self.top("-m", port, self.folder / "out")
        top.wait_for("running for", "^packets +[1-9]", r"^www\.example\.test ")
        first.close()
        top.wait_for("not reachable: Connection refused")
        shutil.rmtree(self.folder / "out")
        second = self.instance(port)
        page = top.wait_for("running for", "^packets +[1-9]")
        self.assertNotIn("not reachable", page)
        shown = flows_of(page)
        top.wait_until(lambda page: flows_of(page) > shown + 20, "rows of the new session")
        second.close()
        top.wait_for("not reachable")


if __name__ == "__main__":
    unittest.main()
