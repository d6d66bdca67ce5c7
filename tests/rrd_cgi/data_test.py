#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The viewer's numbers against those of the real rrdtool, and the examples of its page for programs, run as they stand there.

usage: data_test.py PROGRAM      exit status 77 (skipped for ctest) without rrdtool or curl
"""
import csv, html, http.server, io, json, math, os, re, shutil, subprocess, sys, tempfile, threading, unittest
import xml.etree.ElementTree as xml
import pictures_test
from cgi_program import LAST, STEP, Viewer, make_database, rrdtool

PROGRAM = ""
TRACE = "Lab/May:1"


def known_by(element, definitions):
    """The definition of the database that an element of a graph shows."""
    for name in (re.sub("^pos_", "", element), re.sub("^neg_", "oth_", element), {"p1s": "stdev", "neg_p1s": "oth_stdev"}.get(element)):
        if name in definitions:
            return name
    raise AssertionError(element)


def exported(arguments, more=()):
    """By `rrdtool xport`: {time: [value of each element, or None where its database knows nothing]}."""
    definitions = [re.match("DEF:([^=]+)=", a).group(1) for a in arguments if a.startswith("DEF:")]
    elements = [m.group(1) for m in (re.match("(?:LINE[123]|AREA|STACK):([^#]+)#", a) for a in arguments) if m]
    span = more or [a for option in ("--end", "--start") for a in (option, arguments[arguments.index(option) + 1])]
    text = rrdtool("xport", "--showtime", *span, *(a for a in arguments if re.match("C?DEF:", a)),
                   *(f"XPORT:{name}" for name in elements + definitions))
    rows = {}
    for row in xml.fromstring(text).find("data"):
        values = [float(v.text) for v in row.findall("v")]
        known = dict(zip(definitions, values[len(elements):]))
        rows[int(row.find("t").text)] = [None if math.isnan(v) or math.isnan(known[known_by(e, definitions)]) else v
                                         for e, v in zip(elements, values)]
    return rows


class Numbers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.viewer = Viewer(PROGRAM)
        pictures_test.make_trace(cls.viewer.data / TRACE)

    @classmethod
    def tearDownClass(cls):
        cls.viewer.close()

    def assert_equal_rows(self, ours, theirs, what):
        self.assertEqual(sorted(ours), sorted(theirs), what)
        for time, values in theirs.items():
            self.assertEqual(len(values), len(ours[time]), what)
            for a, b in zip(ours[time], values):
                if b is None or a is None:
                    self.assertEqual(a, b, (what, time))
                else:
                    self.assertTrue(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9), (what, time, a, b))

    def csv_rows(self, query):
        status, headers, body = self.viewer.get(query + "&view=csv")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/csv; charset=utf-8"), query)
        lines = list(csv.reader(io.StringIO(body.decode())))
        self.assertEqual(lines[0][0], "time")
        return lines[0][1:], {int(line[0]): [float(v) if v else None for v in line[1:]] for line in lines[1:]}

    def test_as_rrdtool_xport_has_them(self):
        count = with_gaps = 0
        for number, (metric, direction, templates) in enumerate(pictures_test.GRAPHS):
            settings = pictures_test.SETTINGS if number in (1, 4) else pictures_test.SETTINGS[:1]
            for more, duration in [(more, "12h") for more in settings] + [("", "1y" if number % 2 else "1wk")]:
                kept = f"dir={TRACE}&var={metric}&direction={direction}&duration={duration}&{more}"
                model = self.viewer.json(kept + "&view=json")
                if model["kind"] == "error":  # nothing is left of it
                    self.assertTrue(more.startswith("exclude"))
                    continue
                commands = {g["command"][0].split(".")[1]: g["command"][1:] for g in model["graphs"]}
                for template in templates:
                    query = f"{kept}&template={template}"
                    with self.subTest(query):
                        theirs = exported(commands[template])
                        names, ours = self.csv_rows(query)
                        self.assert_equal_rows(ours, theirs, query)
                        self.assertEqual(len(names), len(set(names)), names)
                        data = self.viewer.json(query + "&view=data")
                        self.assertEqual([s["name"] for s in data["series"]], names)
                        rows = {data["start"] + i * data["step"]: [s["values"][i] for s in data["series"]]
                                for i in range(len(data["series"][0]["values"]))}
                        self.assert_equal_rows(rows, theirs, query)
                        count += 1
                        with_gaps += any(None in values for values in theirs.values())
        self.assertGreater(count, 40)
        self.assertGreater(with_gaps, 10)

    def test_as_rrdtool_fetch_has_them(self):
        """One database: the same values at the same times; negative below the axis."""
        for metric, direction, template, databases in (
                ("ip_len", "in", "idx", ["ip_len_in.idx1500", "ip_len_in.idx40", "ip_len_in.idxoth"]),
                ("ip_len", "both", "idx", ["ip_len_out.idx1500", "ip_len_out.idx40", "ip_len_out.idxoth",
                                           "-ip_len_in.idx1500", "-ip_len_in.idx40", "-ip_len_in.idxoth"]),
                ("tcp_rtt_avg", "out", "prc", ["tcp_rtt_avg_out.prc99.900", "tcp_rtt_avg_out.prc99", "tcp_rtt_avg_out.prc50"]),
                ("tcp_rtt_avg", "loc", "avg", ["tcp_rtt_avg_loc.min", "tcp_rtt_avg_loc.avg", "tcp_rtt_avg_loc.max"]),
                ("tcp_rtt_avg", "in", "hit", ["tcp_rtt_avg_in.hit"])):
            query = f"dir={TRACE}&var={metric}&direction={direction}&template={template}&duration=1d"
            for more in ("", "&logscale=true&ymin=1&ymax=2&bigpic=false"):
                _, ours = self.csv_rows(query + more)
                for column, database in enumerate(databases):
                    sign = -1 if database.startswith("-") else 1
                    text = rrdtool("fetch", self.viewer.data / TRACE / (database.strip("-") + ".rrd"), "AVERAGE", "--end", LAST,
                                   "--start", "end-1d")
                    theirs = {int(t): None if "nan" in v else sign * float(v) for t, v in re.findall(r"^(\d+): (\S+)", text, re.M)}
                    shared = [t for t in theirs if t in ours]
                    self.assertGreaterEqual(len(shared), 288, query)
                    for time in shared:
                        if theirs[time] is None:
                            self.assertIsNone(ours[time][column], (query, database, time))
                        else:
                            self.assertAlmostEqual(ours[time][column], theirs[time], delta=1e-6 * abs(theirs[time]) + 1e-6)

    def test_limits_of_the_axis_and_its_scale_change_no_number(self):
        query = f"dir={TRACE}&var=ip_len&direction=both&template=idx&duration=12h"
        plain = self.csv_rows(query)
        for more in ("&logscale=true", "&ymin=5&ymax=6", "&bigpic=false", "&yauto=true"):
            self.assertEqual(self.csv_rows(query + more), plain)
        self.assertEqual(self.csv_rows(query + "&exclude=ALL&include=40")[0], ["40 Bytes, out", "40 Bytes, in"])

    def test_percentiles_have_their_order_and_names(self):
        names, rows = self.csv_rows(f"dir={TRACE}&var=tcp_rtt_avg&direction=out&template=prc&duration=12h")
        self.assertEqual(names, ["99.900-th Percentile", "99-th Percentile", "50-th Percentile"])
        for values in rows.values():
            if None not in values:
                self.assertEqual(values, sorted(values, reverse=True))

    def test_points_of_queries_are_those_of_rrdtool(self):
        """Grafana's query over its own span, against rrdtool xport with the same limits."""
        for target, database in (("ip_len:in:idx:1500", "ip_len_in.idx1500"), ("tcp_rtt_avg:out:prc:99.900", "tcp_rtt_avg_out.prc99.900"),
                                 ("tcp_thru:s2c:stdev:avg", "tcp_thru_s2c.avg"), ("profile_flows:all:idx:2", "profile_flows.idx2")):
            for begin, end, points in ((LAST - 7200, LAST, 1000), (LAST - 100000, LAST - 5000, 400), (LAST - 40000000, LAST, 300)):
                body = {"range": {"from": begin * 1000, "to": end * 1000}, "maxDataPoints": points,
                        "targets": [{"target": f"{TRACE}:{target}"}]}
                status, _, answer = self.viewer.get(path="/query", method="POST", body=json.dumps(body).encode())
                self.assertEqual(status, 200, answer)
                (series,) = json.loads(answer)
                ours = {time // 1000: [value] for value, time in series["datapoints"]}
                path = str(self.viewer.data / TRACE / database).replace(":", "\\:")
                theirs = exported([f"DEF:a={path}.rrd:{database.split('.')[0]}:AVERAGE", "LINE1:a#000000:"],
                                  ("--start", begin, "--end", end, "--maxrows", points, "--step", 1))
                self.assert_equal_rows(ours, theirs, target)
                self.assertLessEqual(len(ours), points)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        path, _, query = self.path.partition("?")
        path = path.removeprefix("/tstat/tstat_rrd.cgi")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, content = self.server.viewer.get(query, path, self.command, body, HTTP_HOST=self.headers["Host"],
                                                          CONTENT_TYPE=self.headers.get("Content-Type", ""))
        self.send_response(status)
        for name, value in headers.items():
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


class Examples(unittest.TestCase):
    """Each command of the page, in a shell, against a server."""

    def commands(self, viewer, port):
        status, _, page = viewer.get("view=api", HTTP_HOST=f"127.0.0.1:{port}")
        self.assertEqual(status, 200)
        found = re.findall(r'<h2>([^<]*)</h2>\s*<p>[^<]*</p>\s*<pre class="command" tabindex="0">([^<]*)</pre>', page.decode())
        return [(title, html.unescape(command)) for title, command in found]

    def run_all(self, trace):
        viewer = Viewer(PROGRAM)
        self.addCleanup(viewer.close)
        for half in ("in", "out"):
            for part in ("idx40", "idx1500"):
                make_database(viewer.data / trace, f"ip_len_{half}.{part}", [i % 10 + 1 for i in range(600)])
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.viewer = viewer
        self.addCleanup(server.server_close)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        answers = {}
        for title, command in self.commands(viewer, server.server_port):
            done = subprocess.run(["sh", "-c", command], cwd=directory, capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, (command, done.stderr))
            self.assertEqual(done.stderr, b"", command)
            answers[title] = done.stdout
        self.assertEqual(sorted(os.listdir(directory)), ["graph.png"])
        with open(os.path.join(directory, "graph.png"), "rb") as picture:
            self.assertEqual(picture.read(4), b"\x89PNG")
        return answers

    def test_each_can_be_run_as_it_stands(self):
        answers = self.run_all("Lab")
        self.assertEqual(len(answers), 8)
        lines = answers["Numbers of a graph"].decode().splitlines()
        self.assertEqual(lines[0], 'time,"1500 Bytes, out","40 Bytes, out","1500 Bytes, in","40 Bytes, in"')
        self.assertEqual(len(lines), 289)
        self.assertEqual(len(json.loads(answers["The same as JSON"])["series"]), 4)
        self.assertEqual(json.loads(answers["A page as JSON"])["trace"], "Lab")
        self.assertIn("Lab:ip_len:both:idx:*", json.loads(answers["Names of series"]))
        values = json.loads(answers["Values of series"])
        self.assertEqual(len(values), 4)
        self.assertTrue(any(v is not None for v, _ in values[0]["datapoints"]))
        self.assertLessEqual(len(values[0]["datapoints"]), 100)
        self.assertEqual(json.loads(answers["Times without data"]), [])

    def test_names_have_no_meaning_for_the_shell_or_the_page(self):
        answers = self.run_all("O'Brien & <b>\"$(touch x)\" `touch y`; touch z %41")
        self.assertEqual(len(json.loads(answers["Values of series"])), 4)
        self.assertEqual(json.loads(answers["A page as JSON"])["trace"], "O'Brien & <b>\"$(touch x)\" `touch y`; touch z %41")

    def test_without_databases_there_are_examples_all_the_same(self):
        viewer = Viewer(PROGRAM)
        self.addCleanup(viewer.close)
        self.assertEqual(len(self.commands(viewer, 80)), 8)
        self.assertIn("http://127.0.0.1:80/tstat/tstat_rrd.cgi", self.commands(viewer, 80)[0][1])

    def test_an_address_of_a_stranger_is_not_shown(self):
        viewer = Viewer(PROGRAM)
        self.addCleanup(viewer.close)
        for host in ("evil.example/x", "a'b", "<b>", "a b", "x" * 300):
            page = viewer.get("view=api", HTTP_HOST=host)[2].decode()
            self.assertIn("http://HOST/tstat/tstat_rrd.cgi", page)
        self.assertIn("https://h.example/tstat", viewer.get("view=api", HTTP_HOST="h.example", HTTPS="on")[2].decode())

    def test_each_page_leads_there(self):
        viewer = Viewer(PROGRAM)
        self.addCleanup(viewer.close)
        for query in ("", "dir=Nope", "gallery_show=1", "view=api", "dir=.."):
            self.assertIn('<a href="/tstat/tstat_rrd.cgi?view=api">', viewer.get(query)[2].decode(), query)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    missing = [name for name in ("rrdtool", "curl") if shutil.which(name) is None]
    if missing:
        print(f"skipped: no {' and no '.join(missing)} (apt-get install rrdtool curl)")
        sys.exit(77)
    unittest.main()
