#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat_rrd.cgi behind lighttpd, as CGI and as FastCGI: pages, pictures, errors, and what stays afterwards.

usage: server_test.py PROGRAM      exit status 77 (skipped for ctest) without lighttpd or rrdtool
"""
import concurrent.futures, os, pathlib, shutil, socket, subprocess, sys, tempfile, time, unittest, urllib.error, urllib.request

PROGRAM = ""
LIGHTTPD = shutil.which("lighttpd") or shutil.which("/usr/sbin/lighttpd")
LAST = 1500006000
PICTURE = "dir=Lab/May&var=ip_len&direction=both&template=idx&duration=2h&view=png"


def make_databases(root):
    trace = root / "Lab" / "May"
    trace.mkdir(parents=True)
    for half in ("in", "out"):
        for part in ("idx40", "idx1500", "avg", "stdev"):
            file = trace / f"ip_len_{half}.{part}.rrd"
            subprocess.run(["rrdtool", "create", file, "--step", "300", "--start", str(LAST - 7200),
                            f"DS:ip_len_{half}:GAUGE:600:U:U", "RRA:AVERAGE:0.5:1:600"], check=True)
            subprocess.run(["rrdtool", "update", file, *(f"{t}:{t % 1000}" for t in range(LAST - 6900, LAST + 1, 300))],
                           check=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """lighttpd that runs the program in one of two ways."""

    def __init__(self, way):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-viewer-"))
        make_databases(self.work / "rrd_data")
        (self.work / "images").mkdir()
        (self.work / "cgi-bin").mkdir()
        shutil.copy(PROGRAM, self.work / "cgi-bin" / "tstat_rrd.cgi")
        settings = self.work / "rrd-cgi.conf"
        settings.write_text(f"data_root = {self.work}/rrd_data\nimage_dir = {self.work}/images\n")
        self.port = free_port()
        conf = [f'server.document-root = "{self.work}"', f"server.port = {self.port}", 'server.bind = "127.0.0.1"',
                f'server.errorlog = "{self.work}/errors"']
        if way == "cgi":
            conf += ['server.modules = ("mod_cgi", "mod_setenv")', 'cgi.assign = ("tstat_rrd.cgi" => "")',
                     f'setenv.set-environment = ("TSTAT_RRD_CGI_CONF" => "{settings}")']
        else:
            conf += ['server.modules = ("mod_fastcgi")',
                     f'fastcgi.server = ("/cgi-bin/tstat_rrd.cgi" => (( "bin-path" => "{self.work}/cgi-bin/tstat_rrd.cgi", '
                     f'"socket" => "{self.work}/socket", "check-local" => "disable", "max-procs" => 2, '
                     f'"bin-environment" => ("TSTAT_RRD_CGI_CONF" => "{settings}") )))']
        (self.work / "lighttpd.conf").write_text("\n".join(conf) + "\n")
        self.process = subprocess.Popen([LIGHTTPD, "-D", "-f", self.work / "lighttpd.conf"])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("lighttpd does not answer")

    def get(self, query="", path="", method="GET", headers=None):
        address = f"http://127.0.0.1:{self.port}/cgi-bin/tstat_rrd.cgi{path}" + (f"?{query}" if query else "")
        request = urllib.request.Request(address, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.work)


class Ways:
    """The same for both."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.WAY)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_pages_and_style(self):
        status, headers, body = self.server.get("dir=Lab/May&var=ip_len&duration=1w")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn(b"IP packet length [byte]", body)
        self.assertIn(b'href="/cgi-bin/tstat_rrd.cgi/style.css"', body)
        status, headers, body = self.server.get(path="/style.css")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/css; charset=utf-8"))
        self.assertIn(b"prefers-color-scheme: dark", body)

    def test_pictures_are_sent_once(self):
        status, headers, body = self.server.get(PICTURE)
        self.assertEqual((status, headers["Content-Type"], body[:4]), (200, "image/png", b"\x89PNG"))
        self.assertTrue(headers["Last-Modified"].endswith("GMT"))
        status, _, body = self.server.get(PICTURE, headers={"If-None-Match": headers["ETag"]})
        self.assertEqual((status, body), (304, b""))

    def test_errors(self):
        for query, expected in (("dir=..", 400), ("dir=Nope", 404), ("gallery_add=x", 405)):
            status, headers, body = self.server.get(query)
            self.assertEqual(status, expected, query)
            self.assertIn(b'<p class="message">', body)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(self.server.get("dir=Lab/May", method="POST")[0], 405)
        self.assertEqual(self.server.get("dir=Lab/May", method="HEAD")[2], b"")

    def test_many_at_once(self):
        queries = [PICTURE.replace("2h", f"{hours}h") for hours in range(1, 7)] * 5
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(self.server.get, queries))
        by_query = {}
        for query, (status, _, body) in zip(queries, answers):
            self.assertEqual((status, body[:4]), (200, b"\x89PNG"), query)
            by_query.setdefault(query, set()).add(body)
        self.assertEqual([len(bodies) for bodies in by_query.values()], [1] * 6)
        left = [p.name for p in (self.server.work / "images").iterdir() if p.suffix == ".tmp"]
        self.assertEqual(left, [])


class CgiTest(Ways, unittest.TestCase):
    WAY = "cgi"


class FastCgiTest(Ways, unittest.TestCase):
    WAY = "fastcgi"


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if LIGHTTPD is None or shutil.which("rrdtool") is None:
        print("skipped: no lighttpd or no rrdtool (apt-get install lighttpd rrdtool)")
        sys.exit(77)
    if b"FastCGI" not in subprocess.run([PROGRAM, "--help"], capture_output=True).stdout:
        del FastCgiTest
    unittest.main()
