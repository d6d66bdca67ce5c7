#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat_rrd.cgi behind each web server of Debian, set up as packaging/viewer says: pages, pictures, errors, and what stays
afterwards.

usage: server_test.py PROGRAM      exit status 77 (skipped for ctest) without any server, or without rrdtool
"""
import base64, concurrent.futures, html, http.client, json, os, pathlib, re, shutil, socket, struct, subprocess, sys, tempfile, time
import unittest
import urllib.error, urllib.parse, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import servers

PROGRAM = ""
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


def rewrite(file, text):
    """At no time empty, which a process that begins to answer might read."""
    with open(file, "r+") as f:
        f.write(text)
        f.truncate()


class Site:
    """Databases and settings."""

    def __init__(self, more=""):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-viewer-"))
        make_databases(self.work / "rrd_data")
        (self.work / "images").mkdir()
        (self.work / "gallery").mkdir()
        self.settings = self.work / "rrd-cgi.conf"
        self.settings.write_text(f"data_root = {self.work}/rrd_data\nimage_dir = {self.work}/images\n"
                                 f"gallery_dir = {self.work}/gallery\n{more}")

    def remove(self):
        shutil.rmtree(self.work)


def get(server, query="", path="", method="GET", headers=None, data=None):
    address = f"{server.address}{path}" + (f"?{query}" if query else "")
    request = urllib.request.Request(address, method=method, headers=headers or {}, data=data)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


class Kind:
    """The same for each."""

    @classmethod
    def setUpClass(cls):
        if package := servers.missing(cls.KIND):
            raise unittest.SkipTest(f"no {package}")
        cls.site = Site()
        cls.addClassCleanup(cls.site.remove)
        cls.server = servers.start(cls.KIND, PROGRAM, cls.site.settings)

    @classmethod
    def tearDownClass(cls):
        expected = 3 if servers.is_fastcgi(cls.KIND) else 0  # one, and the two that answer, or their successors
        until = time.monotonic() + 20
        while (answers := len(cls.server.programs())) != expected:
            if time.monotonic() > until:
                raise AssertionError(f"{cls.KIND}: {answers} processes of the program")
            time.sleep(0.05)
        if left := cls.server.stop():
            raise AssertionError(f"{cls.KIND}: {len(left)} processes are left")

    def get(self, *args, **kwargs):
        return get(self.server, *args, **kwargs)

    def test_pages_and_style(self):
        status, headers, body = self.get("dir=Lab/May&var=ip_len&duration=1w")
        self.assertEqual(status, 200, self.server.errors())
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn(b"IP packet length [byte]", body)
        self.assertIn(b'href="/tstat/tstat_rrd.cgi/style.css"', body)
        status, headers, body = self.get(path="/style.css")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/css; charset=utf-8"))
        self.assertIn(b"prefers-color-scheme: dark", body)
        self.assertEqual(self.get()[0], 200)

    def test_pictures_are_sent_once(self):
        status, headers, body = self.get(PICTURE)
        self.assertEqual((status, headers["Content-Type"], body[:4]), (200, "image/png", b"\x89PNG"), self.server.errors())
        self.assertTrue(headers["Last-Modified"].endswith("GMT"))
        status, _, body = self.get(PICTURE, headers={"If-None-Match": headers["ETag"]})
        self.assertEqual((status, body), (304, b""))
        self.assertEqual(len(list((self.site.work / "images").glob("*.png"))) > 0, True)

    def test_formats(self):
        for name, kind, begin in (("svg", "image/svg+xml", b"<?xml"), ("eps", "application/postscript", b"%!PS-Adobe"),
                                  ("pdf", "application/pdf", b"%PDF"), ("csv", "text/csv; charset=utf-8", b"time,"),
                                  ("data", "application/json", b"{")):
            status, headers, body = self.get(PICTURE.replace("png", name))
            self.assertEqual((status, headers["Content-Type"]), (200, kind), self.server.errors())
            self.assertEqual(body[:len(begin)], begin)

    def test_errors(self):
        for query, path, expected in (("dir=..", "", 400), ("dir=Nope", "", 404), ("gallery_add=x", "", 405),
                                      ("", "/nothing", 404), ("x=" + "a" * 257, "", 400)):
            status, headers, body = self.get(query, path)
            self.assertEqual(status, expected, query)
            self.assertIn(b'<p class="message">', body)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        for method in ("POST", "PUT", "DELETE"):
            status, headers, body = self.get("dir=Lab/May", method=method, data=b"dir=Lab" if method == "POST" else None)
            self.assertEqual((status, "GET" in headers["Allow"]), (405, True), method)

    def test_head(self):
        status, headers, body = self.get("dir=Lab/May", method="HEAD")
        self.assertEqual((status, body, headers["ETag"]), (200, b"", self.get("dir=Lab/May")[1]["ETag"]))

    def post(self, path, body, headers=None, chunked=False):
        address = urllib.parse.urlsplit(self.server.address)
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        self.addCleanup(connection.close)
        pieces = [body[i:i + 1000] for i in range(0, len(body), 1000)] if chunked else body
        connection.request("POST", address.path + path, pieces, {"Content-Type": "application/json", **(headers or {})},
                           encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def test_bodies(self):
        """JSON of a data source: with a length, without one, and too much of it."""
        self.assertEqual(self.get(path="/")[0], 200, self.server.errors())
        body = json.dumps({"target": "in:idx:1500", "padding": "x" * 20000}).encode()
        for chunked in (False, True):
            status, headers, answer = self.post("/search", body, chunked=chunked)
            self.assertEqual((status, headers["Content-Type"]), (200, "application/json"), self.server.errors())
            self.assertEqual(json.loads(answer), ["Lab/May:ip_len:in:idx:1500"])
            status, _, answer = self.post("/search", b" " * 70000, chunked=chunked)
            if self.KIND == "nginx-cgi":  # fcgiwrap has no room for as much, and says so itself
                self.assertIn(status, (400, 502))
            else:
                self.assertEqual((status, json.loads(answer)), (400, {"message": "The request is too long."}))
        query = {"range": {"from": (LAST - 3600) * 1000, "to": LAST * 1000}, "targets": [{"target": "Lab/May:ip_len:in:idx:1500"}]}
        points = json.loads(self.post("/query", json.dumps(query).encode())[2])[0]["datapoints"]
        self.assertEqual(points[-1], [LAST % 1000, LAST * 1000])

    def test_gallery(self):
        """A form as a browser fills it in, from the page to the gallery."""
        settings = self.site.settings.read_text()
        self.addCleanup(rewrite, self.site.settings, settings)
        rewrite(self.site.settings, settings + "trusted = 127.0.0.1, ::1\ngallery_allow = trusted\n")
        page = self.get("dir=Lab/May&var=ip_len&duration=2h")[2].decode()
        form = (re.findall(r'<form method="post" action="([^"]*)">(.*?)</form>', page, re.DOTALL) or [("", "")])[0]
        fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[1])
        body = urllib.parse.urlencode([(n, html.unescape(v)) for n, v in fields] + [("gallery_text", "Größer <als> sonst")]).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.server.address[:self.server.address.index("/tstat")]}
        status, answered, text = self.post("", body, headers)
        self.assertEqual((status, answered["Location"]), (303, "/tstat/tstat_rrd.cgi?gallery_show=1"),
                         (self.server.errors(), text))
        self.assertEqual(self.post("", body, {**headers, "Origin": "http://evil.example"})[0], 403)
        page = self.get("gallery_show=1")[2].decode()
        self.assertIn("Größer &lt;als&gt; sonst", page)
        (picture,) = re.findall(r'src="/tstat/tstat_rrd.cgi(/gallery/[0-9a-f]{32}.png)"', page)
        self.assertEqual(self.get(path=picture)[2][:4], b"\x89PNG")
        remove = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
        self.assertEqual(self.post("", urllib.parse.urlencode(remove).encode(), headers)[0], 303)
        self.assertIn(b"No pictures in the gallery yet !", self.get("gallery_show=1")[2])

    def test_no_other_file_is_sent(self):
        """Nothing that stands beside the program, as text."""
        for name in ("other.cgi", "other.py", "other", "tstat_rrd.cgi.bak", "tstat_rrd.cgix", "tstat_rrd"):
            (self.server.program.parent / name).write_text("#!/bin/sh\nPASSWORD=secret\n")
            for path in (name, f"tstat_rrd.cgi/../{name}", f"tstat_rrd.cgi/..%2f{name}", f"%2e/{name}", f"x/../{name}"):
                connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
                connection.request("GET", "/tstat/" + path)
                self.assertNotIn(b"PASSWORD", connection.getresponse().read(), path)
                connection.close()

    def test_a_name_that_nobody_has_checked(self):
        settings = self.site.settings.read_text()
        self.addCleanup(rewrite, self.site.settings, settings)
        rewrite(self.site.settings, settings + "gallery_allow = users\n")
        page = self.get("dir=Lab/May&var=ip_len&duration=2h", headers=basic("anybody", "nothing"))[2]
        self.assertIn(b"IP packet length", page)
        self.assertNotIn(b"gallery_token", page)

    def test_many_at_once(self):
        queries = [PICTURE.replace("2h", f"{hours}h") for hours in range(1, 4)] * 4
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(self.get, queries))
        by_query = {}
        for query, (status, _, body) in zip(queries, answers):
            self.assertEqual((status, body[:4]), (200, b"\x89PNG"), query)
            by_query.setdefault(query, set()).add(body)
        self.assertEqual([len(bodies) for bodies in by_query.values()], [1] * 3)
        self.assertEqual(list((self.site.work / "images").glob("*.tmp")), [])


for kind in servers.KINDS:
    name = "".join(word.capitalize() for word in kind.replace(".", "").split("-")) + "Test"
    globals()[name] = type(name, (Kind, unittest.TestCase), {"KIND": kind})


def record(kind, content):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def fastcgi_request(variables):
    """Its head as FastCGI has it: the variables."""
    pairs = b"".join(bytes([len(name), len(value)]) + (name + value).encode() for name, value in variables.items())
    return record(1, struct.pack(">HB5x", 1, 0)) + record(4, pairs) + record(4, b"")


def request_without_its_body():
    """A POST, and nothing of the ten bytes that it promises."""
    return fastcgi_request({"REQUEST_METHOD": "POST", "SCRIPT_NAME": "/tstat_rrd.cgi", "CONTENT_LENGTH": "10",
                            "CONTENT_TYPE": "application/x-www-form-urlencoded"})


class UsersTest(unittest.TestCase):
    """What the snippets of nginx say about auth_basic."""
    KINDS = "nginx-cgi", "nginx-fastcgi"

    def test_a_name_that_nginx_has_checked(self):
        for kind in self.KINDS:
            if servers.missing(kind):
                continue
            site = Site("gallery_allow = users\n")
            self.addCleanup(site.remove)
            (site.work / "users").write_text("maria:{PLAIN}right\n")
            users = f'auth_basic "Tstat"; auth_basic_user_file {site.work}/users;\n    fastcgi_param REMOTE_USER'
            server = servers.start(kind, PROGRAM, site.settings,
                                   edit=lambda text: text.replace("#fastcgi_param REMOTE_USER", users))
            self.addCleanup(server.stop)
            page = "dir=Lab/May&var=ip_len&duration=2h"
            self.assertEqual(get(server, page, headers=basic("maria", "wrong"))[0], 401)
            status, _, text = get(server, page, headers=basic("maria", "right"))
            self.assertEqual((status, b"gallery_token" in text), (200, True), server.errors())


class ResponderTest(unittest.TestCase):
    """The processes that answer are replaced, and nobody notices."""

    def setUp(self):
        if package := servers.missing("nginx-fastcgi"):
            self.skipTest(f"no {package}")
        self.start("processes = 3\n", 4)

    def start(self, settings, processes):
        self.site = Site(settings)
        self.addCleanup(self.site.remove)
        self.server = servers.start("nginx-fastcgi", PROGRAM, self.site.settings)
        self.addCleanup(self.server.stop)
        self.wait_for(lambda: len(self.server.programs()) == processes)

    def wait_for(self, condition):
        until = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), until, self.server.errors())
            time.sleep(0.02)

    def test_one_that_dies_has_a_successor(self):
        workers = set(self.server.programs()) - {self.server.responder.pid}
        for pid in workers:
            os.kill(pid, 9)
        self.wait_for(lambda: not workers & set(self.server.programs()))
        self.assertEqual(get(self.server, "dir=Lab/May")[0], 200)
        self.wait_for(lambda: len(self.server.programs()) == 4)

    def test_one_that_takes_too_long_has_a_successor(self):
        self.start("processes = 1\ntime_limit = 1\n", 2)
        self.wait_for(lambda: get(self.server)[0] == 200)  # so it knows its settings
        text = self.site.settings.read_text()
        rewrite(self.site.settings, text.replace("time_limit = 1\n", "time_limit = 60\n"))
        worker, = set(self.server.programs()) - {self.server.responder.pid}
        begin = time.monotonic()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.server.work / "tstat-rrd-cgi.socket"))
            connection.settimeout(60)
            connection.sendall(request_without_its_body())
            self.assertEqual(connection.recv(1), b"")  # it has ended without an answer
        self.assertGreater(time.monotonic() - begin, 0.5)
        self.wait_for(lambda: worker not in self.server.programs())
        self.assertIn("a request has taken too long: time_limit", self.server.errors())
        self.wait_for(lambda: len(self.server.programs()) == 2)
        self.assertEqual(get(self.server, PICTURE)[0], 200)

    def test_slow_clients_give_way(self):
        """Of a server that hands on what comes as it comes: long before the time limit of a minute."""
        self.start("processes = 1\n", 2)
        for name in ("README", "HEADER"):
            (self.site.work / "rrd_data" / "Lab" / "May" / name).write_text("&" * 65000)  # 325 kB of the page
        self.assertGreater(len(get(self.server, "dir=Lab/May")[2]), 600000)
        for request, line in ((request_without_its_body(), "has not come within 5 seconds"),
                              (fastcgi_request({"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/tstat_rrd.cgi",
                                                "QUERY_STRING": "dir=Lab/May"}) + record(5, b""), "taken too slowly")):
            worker, = set(self.server.programs()) - {self.server.responder.pid}
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(self.server.work / "tstat-rrd-cgi.socket"))
                connection.sendall(request)
                self.wait_for(lambda: worker not in self.server.programs())
            self.assertIn(line, self.server.errors())
            self.assertEqual(get(self.server)[0], 200)
            self.wait_for(lambda: len(self.server.programs()) == 2)

    def test_the_time_limit_counts_from_the_next_request_on(self):
        self.start("processes = 1\n", 2)
        self.assertEqual(get(self.server)[0], 200)
        worker, = set(self.server.programs()) - {self.server.responder.pid}
        rewrite(self.site.settings, self.site.settings.read_text() + "time_limit = 1\n")
        get(self.server)  # reads them, and may itself be too slow then
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.server.work / "tstat-rrd-cgi.socket"))
            connection.settimeout(30)
            connection.sendall(request_without_its_body())
            self.assertEqual(connection.recv(1), b"")
        self.wait_for(lambda: worker not in self.server.programs())
        self.assertIn("a request has taken too long: time_limit", self.server.errors())  # not the 5 seconds of a body

    def test_settings_count_at_once(self):
        self.assertIn(b">Tstat<", get(self.server)[2])
        text = self.site.settings.read_text()
        rewrite(self.site.settings, text + "title = Other\n")  # the same file
        self.assertIn(b">Other<", get(self.server)[2])
        # Another file in its place, and other directories in it: these are out of reach of those who run.
        (self.site.work / "more" / "Lab2").mkdir(parents=True)
        shutil.copytree(self.site.work / "rrd_data" / "Lab", self.site.work / "more" / "Lab2", dirs_exist_ok=True)
        new = self.site.work / "new.conf"
        new.write_text(text.replace("/rrd_data", "/more") + "title = Third\n")
        new.rename(self.site.settings)
        # Each of the three answers once more with what it knows.
        self.wait_for(lambda: all(b">Third<" in get(self.server)[2] for _ in range(6)))
        self.assertEqual(get(self.server, "dir=Lab2/May&var=ip_len&duration=1w")[0], 200)
        self.assertEqual(get(self.server, PICTURE.replace("Lab/", "Lab2/"))[0], 200)

    def test_broken_settings_are_mended(self):
        text = self.site.settings.read_text()
        for replace in (False, True):
            rewrite(self.site.settings, "nonsense\n")
            self.wait_for(lambda: get(self.server)[0] == 500)
            new = self.site.work / "new.conf"
            new.write_text(text)
            if replace:
                new.rename(self.site.settings)
            else:
                rewrite(self.site.settings, text)
            self.wait_for(lambda: all(get(self.server)[0] == 200 for _ in range(6)))

    def test_the_answer_at_hand_is_given(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answer = pool.submit(get, self.server, PICTURE.replace("png", "pdf"))
            time.sleep(0.02)
            self.server.responder.terminate()
            self.assertIn(answer.result()[0], (200, 502))  # 502: it had not come there yet
        self.assertEqual(self.server.responder.wait(20), 0)
        self.wait_for(lambda: not self.server.programs())

    def test_ends_however_early_it_is_told(self):
        """As soon as the first signal waits, or somebody wants it."""
        with servers.listening(self.site.work / "early") as s:
            process = subprocess.Popen([PROGRAM], stdin=s, env={**os.environ, "TSTAT_RRD_CGI_CONF": str(self.site.settings)})
        self.addCleanup(lambda: process.poll() is None and process.kill())
        status = pathlib.Path(f"/proc/{process.pid}/status")
        masks = lambda: [int(mask, 16) for mask in re.findall(r"Sig(?:Blk|Cgt):\s*(\w+)", status.read_text())]
        until = time.monotonic() + 20
        while not any(mask >> 14 & 1 for mask in masks()):  # without a pause: it lasts some milliseconds
            self.assertLess(time.monotonic(), until)
        process.terminate()
        self.assertEqual(process.wait(20), 0)

    def test_by_systemd_without_standard_input(self):
        """The socket as descriptor 3, as sd_listen_fds(3) has it."""
        with servers.listening(self.site.work / "socket") as s:
            script = ('import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True); '
                      'os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid())); os.execv(sys.argv[2], sys.argv[2:])')
            process = subprocess.Popen([sys.executable, "-c", script, str(s.fileno()), PROGRAM], stdin=subprocess.DEVNULL,
                                       pass_fds=[s.fileno()],
                                       env={**os.environ, "TSTAT_RRD_CGI_CONF": str(self.site.settings)})
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
            self.wait_for(lambda: len(children.read_text().split()) == 3)
            process.terminate()
            self.assertEqual(process.wait(20), 0)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if all(map(servers.missing, servers.KINDS)) or shutil.which("rrdtool") is None:
        print("skipped: no web server or no rrdtool (apt-get install lighttpd apache2 nginx-light fcgiwrap rrdtool)")
        sys.exit(77)
    if b"FastCGI" not in subprocess.run([PROGRAM, "--help"], capture_output=True).stdout:
        for kind in filter(servers.is_fastcgi, servers.KINDS):
            del globals()["".join(word.capitalize() for word in kind.split("-")) + "Test"]
        del ResponderTest
        UsersTest.KINDS = "nginx-cgi",
    unittest.main()
