#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat-view: databases in a browser by one command.

usage: view_test.py TSTAT_VIEW      exit status 77 (skipped for ctest) without lighttpd or rrdtool
"""
import http.client, os, pathlib, re, shutil, signal, socket, subprocess, sys, tempfile, time, unittest, urllib.request

VIEW = ""
LIGHTTPD = shutil.which("lighttpd", path=os.environ.get("PATH", "") + ":/usr/sbin")
LAST = 1500006000


def make_databases(folder):
    folder.mkdir(parents=True)
    for half in ("in", "out"):
        for part in ("avg", "stdev"):
            file = folder / f"ip_len_{half}.{part}.rrd"
            subprocess.run(["rrdtool", "create", file, "--step", "300", "--start", str(LAST - 7200),
                            f"DS:ip_len_{half}:GAUGE:600:U:U", "RRA:AVERAGE:0.5:1:600"], check=True)
            subprocess.run(["rrdtool", "update", file, *(f"{t}:{t % 1000}" for t in range(LAST - 6900, LAST + 1, 300))],
                           check=True)


class View(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-view-test-"))
        self.addCleanup(shutil.rmtree, self.work)
        (self.work / "tmp").mkdir()

    def start(self, *args, cwd=None, **env):
        process = subprocess.Popen([VIEW, *map(str, args)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=os.environ | {"TMPDIR": str(self.work / "tmp")} | env, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if not found:
            process.wait(30)
            self.fail(line + process.stderr.read())
        return process, found[0], line

    def fails(self, *args, cwd=None, **env):
        done = subprocess.run([VIEW, *map(str, args)], cwd=cwd or self.work, capture_output=True, text=True, timeout=60,
                              env=os.environ | {"TMPDIR": str(self.work / "tmp")} | env)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def stop(self, process, number, whole_group=False):
        os.killpg(process.pid, number) if whole_group else process.send_signal(number)
        self.assertEqual(process.wait(30), 0, process.stderr.read())
        self.assertEqual(list((self.work / "tmp").iterdir()), [])

    def test_pages_and_pictures_until_ctrl_c(self):
        make_databases(self.work / "data" / "Lab")
        process, address, line = self.start(self.work / "data")
        self.assertIn(f"The databases in {self.work}/data: ", line)
        with urllib.request.urlopen(address, timeout=60) as page:  # follows to the program
            self.assertEqual(page.url, address + "tstat_rrd.cgi")
            self.assertIn(b"Lab", page.read())
        picture = "tstat_rrd.cgi?dir=Lab&var=ip_len&direction=both&template=stdev&duration=2h&view=png"
        with urllib.request.urlopen(address + picture, timeout=60) as answer:
            self.assertTrue(answer.read().startswith(b"\x89PNG"))
        self.stop(process, signal.SIGINT, whole_group=True)  # as a terminal does
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", int(address.split(":")[2].strip("/"))), 1)

    def test_databases_of_the_current_directory(self):
        make_databases(self.work / "with 'odd' name" / "Lab")
        process, address, _ = self.start(cwd=self.work / "with 'odd' name")
        with urllib.request.urlopen(address, timeout=60) as page:
            self.assertIn(b"Lab", page.read())
        self.stop(process, signal.SIGTERM)

    def test_a_directory_that_has_them_itself(self):
        """Whatever its name is; and nothing of its parent."""
        names = ("my rrd, 100%", "test1", ".hidden", "back\\slash", "two\nlines", " blanks ", "Geräte")
        make_databases(self.work / "sister")
        for name in names:
            folder = self.work / name
            shutil.copytree(self.work / "sister", folder)
            process, address, _ = self.start(folder)
            with urllib.request.urlopen(address, timeout=60) as page:
                text = page.read().decode()
            self.assertIn("Packet length", text)  # a picture of the first page
            self.assertIn(name.replace("\n", " ").strip(), text)
            self.assertNotIn("sister", text)
            picture = "tstat_rrd.cgi?var=ip_len&direction=both&template=stdev&duration=2h&view=png"
            with urllib.request.urlopen(address + picture, timeout=60) as answer:
                self.assertTrue(answer.read().startswith(b"\x89PNG"))
            self.stop(process, signal.SIGTERM)

    def test_all_directories_of_it_are_shown(self):
        make_databases(self.work / "data" / "test1")
        shutil.copytree(self.work / "data" / "test1", self.work / "data" / "Lab")
        process, address, _ = self.start(self.work / "data")
        with urllib.request.urlopen(address, timeout=60) as page:
            text = page.read()
        self.assertIn(b"dir=test1", text)
        self.assertIn(b"dir=Lab", text)
        self.stop(process, signal.SIGTERM)

    def test_the_address_may_lead_elsewhere_next_time(self):
        make_databases(self.work / "data")
        process, address, _ = self.start(self.work / "data")
        connection = http.client.HTTPConnection(address.split("/")[2], timeout=60)
        connection.request("GET", "/")
        self.assertEqual(connection.getresponse().status, 302)  # browsers keep 301
        connection.close()
        self.stop(process, signal.SIGTERM)

    def left(self, session):
        """Programs that still run of what was started: a responder begins a session of its own, but knows its settings."""
        found = {}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                state, _, _, its = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                is_ours = int(its) == session or os.fsencode(self.work) in (folder / "environ").read_bytes()
                if state != "Z" and is_ours:
                    found[int(folder.name)] = (folder / "comm").read_text().strip()
            except OSError:
                pass
        return found

    def wait_until_none_is_left(self, process):
        until = time.monotonic() + 30
        while left := self.left(process.pid):
            self.assertLess(time.monotonic(), until, left)
            time.sleep(0.02)

    def kill_server(self, process):
        for pid, name in self.left(process.pid).items():
            if name == "lighttpd":
                os.kill(pid, signal.SIGKILL)

    def test_nothing_is_left_however_early_it_ends(self):
        make_databases(self.work / "data")
        for _ in range(5):
            process, _, _ = self.start(self.work / "data")
            process.terminate()
            process.terminate()  # and twice
            self.assertEqual(process.wait(30), 0)
            self.wait_until_none_is_left(process)
            self.assertEqual(list((self.work / "tmp").iterdir()), [])

    def test_nothing_is_left_of_a_responder_that_starts_late(self):
        make_databases(self.work / "data")
        program = os.environ.get("TSTAT_RRD_CGI") or pathlib.Path(VIEW).parent / "../tstat-rrd-cgi/tstat_rrd.cgi"
        late = self.work / "late"
        late.write_text(f"#!/bin/sh\n[ -n \"$1\" ] || while [ -e '{self.work}/tmp'/* ]; do sleep 0.05; done\n"
                        f"exec '{program}' \"$@\"\n")
        late.chmod(0o755)
        process, _, _ = self.start(self.work / "data", TSTAT_RRD_CGI=str(late))
        self.kill_server(process)
        self.assertNotEqual(process.wait(30), 0)
        self.wait_until_none_is_left(process)

    def test_nothing_is_left_of_a_server_that_is_killed(self):
        make_databases(self.work / "data")
        for whole in (False, True):
            process, address, _ = self.start(self.work / "data")
            urllib.request.urlopen(address, timeout=60).close()
            if whole:
                process.kill()
            else:
                self.kill_server(process)
            self.assertNotEqual(process.wait(30), 0)
            self.wait_until_none_is_left(process)

    def test_a_port_of_ones_own(self):
        make_databases(self.work / "data" / "Lab")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            taken.listen()
            self.assertIn(f"port {port} is in use", self.fails("--port", port, "data"))
        process, address, _ = self.start("-p", port, self.work / "data")
        self.assertEqual(address, f"http://127.0.0.1:{port}/")
        self.stop(process, signal.SIGTERM)

    def test_says_what_is_missing(self):
        (self.work / "empty").mkdir()
        self.assertIn("empty: no databases (*.rrd) here or below", self.fails("empty"))
        self.assertIn("nowhere: there is no such directory", self.fails("nowhere"))
        self.assertIn("--prot: there is no such option", self.fails("--prot", "80"))
        for port in ("0", "70000", "x"):
            self.assertIn("a port is a number from 1 to 65535", self.fails("-p", port))
        make_databases(self.work / "data" / "Lab")
        self.assertIn("tstat_rrd.cgi is not there", self.fails("data", TSTAT_RRD_CGI="/nowhere"))
        self.assertIn("a b", self.fails("a b"))


if __name__ == "__main__":
    if LIGHTTPD is None or shutil.which("rrdtool") is None:
        print("skipped: no lighttpd or rrdtool", file=sys.stderr)
        sys.exit(77)
    VIEW = os.path.abspath(sys.argv.pop(1))
    unittest.main()
