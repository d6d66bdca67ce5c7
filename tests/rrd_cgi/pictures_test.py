#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The viewer's pictures against those that `rrdtool graph` draws by the command that the viewer shows for them, pixel by
pixel: every template, one half and both, limits, logarithmic axis, large and small, gaps.

usage: pictures_test.py PROGRAM      exit status 77 (skipped for ctest) without rrdtool
"""
import math, os, re, shutil, subprocess, sys, unittest
from cgi_program import Picture, Viewer, make_database

PROGRAM = ""
STEPS = 600


def wave(size, phase, gap=None):
    values = [size * (1.5 + math.sin(i / 40 + phase)) + i % 7 for i in range(STEPS)]
    for i in range(*(gap or (0, 0))):
        values[i] = None
    return values


def make_trace(trace):
    """Metrics of each kind: with directions, of client and server, with neither; with labels and without."""
    for half, size in (("in", 40), ("out", 70), ("loc", 5)):
        for number, part in enumerate(("idx40", "idx1500", "idxoth")):
            make_database(trace, f"ip_len_{half}.{part}", wave(size, number, (300, 330)))
        for part, factor in (("avg", 1), ("min", 0.2), ("max", 3), ("stdev", 0.5), ("hit", 10), ("prc50", 0.8), ("prc99", 2.5),
                             ("prc99.900", 2.9)):
            make_database(trace, f"tcp_rtt_avg_{half}.{part}", wave(size * factor, 1))
    for half, size in (("c2s", 900), ("s2c", 4000)):
        for part, factor in (("avg", 1), ("stdev", 0.4), ("prc95", 2)):
            make_database(trace, f"tcp_thru_{half}.{part}", wave(size * factor, 2))
        for number, part in enumerate(("idx0", "idx1", "idx63")):
            make_database(trace, f"tcp_anomalies_{half}.{part}", wave(size, number))
    for part in ("idx0", "idx1", "idx2", "idx3"):
        make_database(trace, f"profile_flows.{part}", wave(100, int(part[3:])))
    for part in ("idx1", "idx10", "idx4000"):
        make_database(trace, f"eth_8021Q_vlanid.{part}", wave(1000, len(part)))


# Metric, direction, templates.
GRAPHS = [
    ("ip_len", "in", ("idx", "normidx")),
    ("ip_len", "both", ("idx", "normidx")),
    ("ip_len", "loc", ("idx",)),
    ("tcp_rtt_avg", "out", ("avg", "stdev", "hit", "prc")),
    ("tcp_rtt_avg", "both", ("avg", "stdev", "hit", "prc")),
    ("tcp_thru", "bothcs", ("stdev", "prc")),
    ("tcp_thru", "s2c", ("stdev", "prc")),
    ("tcp_anomalies", "bothcs", ("idx", "normidx")),
    ("profile_flows", "NULL", ("idx", "normidx")),
    ("eth_8021Q_vlanid", "NULL", ("idx",)),
]
# Together with each of these.
SETTINGS = ["", "bigpic=false", "logscale=true&ymin=1", "ymin=10&ymax=90", "exclude=40,0,50&include=0"]


class Pictures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.viewer = Viewer(PROGRAM, "vlan.10 = Office: 2nd floor", "vlan.4000 = Guests")
        make_trace(cls.viewer.data / "Lab" / "May:1")
        make_database(cls.viewer.data / "Gaps", "tcp_rtt_avg_out.prc50", [20] * 60 + [-1] * 30 + [None] * 30 + [20] * 24)

    @classmethod
    def tearDownClass(cls):
        cls.viewer.close()

    def query(self, metric, direction, template, duration, more):
        return f"dir=Lab/May:1&var={metric}&direction={direction}&template={template}&duration={duration}&{more}"

    def commands(self, metric, direction, duration, more):
        """What the page of all graphs over that span has for each: template -> arguments of rrdtool graph. None: an error."""
        model = self.viewer.json(f"dir=Lab/May:1&var={metric}&direction={direction}&duration={duration}&{more}&view=json")
        if model["kind"] == "error":
            return None
        return {g["command"][0].split(".")[1]: g["command"][1:] for g in model["graphs"]}

    def command(self, metric, direction, template, duration, more):
        return self.commands(metric, direction, duration, more)[template]

    def drawn(self, arguments):
        file = self.viewer.work / "drawn.png"
        subprocess.run(["rrdtool", "graph", file, *arguments], check=True, env=dict(os.environ, TZ="UTC"), stdout=subprocess.DEVNULL)
        return Picture(file.read_bytes())

    def own(self, query):
        status, headers, body = self.viewer.get(query)
        self.assertEqual((status, headers["Content-Type"]), (200, "image/png"), query)
        return Picture(body)

    def assert_same(self, ours, theirs, what):
        self.assertEqual(ours.size, theirs.size, what)
        if ours != theirs:
            self.fail(f"{what}: rows {[y for y, (a, b) in enumerate(zip(ours.rows, theirs.rows)) if a != b]}")

    def test_each_template_and_kind(self):
        count = 0
        for number, (metric, direction, templates) in enumerate(GRAPHS):
            # All settings with some of them.
            for more in SETTINGS if number in (1, 4) else [SETTINGS[0], SETTINGS[1 + number % 4]]:
                duration = "3d" if number % 3 == 0 and not more else "12h"
                commands = self.commands(metric, direction, duration, more)
                for template in templates:
                    what = self.query(metric, direction, template, duration, more)
                    with self.subTest(what):
                        if commands is None:  # nothing is left of it
                            self.assertTrue(more.startswith("exclude"))
                            continue
                        self.assert_same(self.own(what + "&view=png"), self.drawn(commands[template]), what)
                        count += 1
        self.assertGreater(count, 30)

    def test_the_shown_command_draws_the_picture(self):
        """As a user does: the text of the page into a shell."""
        query = self.query("ip_len", "both", "idx", "", "advcmd=true")
        model = self.viewer.json(query + "&view=json")
        self.assertEqual(len(model["sections"]), 5)
        directory = self.viewer.work / "by hand"
        directory.mkdir()
        subprocess.run(["sh", "-c", model["sections"][0]["command"]], check=True, cwd=directory, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, TZ="UTC"))
        files = list(directory.iterdir())
        self.assertEqual([f.name for f in files], ["ip_len.idx.12h.png"])
        self.assert_same(self.own(self.query("ip_len", "both", "idx", "12h", "view=png")), Picture(files[0].read_bytes()), query)

    def test_twice_the_Picture(self):
        arguments = self.command("ip_len", "both", "idx", "12h", "")
        arguments[arguments.index("--zoom") + 1] = "2.36"
        self.assert_same(self.own(self.query("ip_len", "both", "idx", "12h", "view=png&scale=2")), self.drawn(arguments), "2x")

    def test_colours_of_the_pages_change_nothing_else(self):
        """In a theme: without title, border and mark, with a unit and other colours of the ground. The series are the same."""
        for metric, direction, template, unit in (("ip_len", "both", "idx", "packets / 5 min"), ("tcp_rtt_avg", "out", "prc", "ms")):
            arguments = self.command(metric, direction, template, "12h", "")
            at = arguments.index("--title")
            plain = arguments[:at] + arguments[at + 2:] + ["--border", "0", "--vertical-label", unit, "--disable-rrdtool-tag"]
            theirs = self.drawn(plain)
            ours = self.own(self.query(metric, direction, template, "12h", "view=png&theme=light"))
            self.assertEqual(ours.size, theirs.size)
            colours = [bytes.fromhex(c) + b"\xff" for c in re.findall(r"#([0-9A-F]{6})", " ".join(arguments))]
            self.assertGreater(len(colours), 1)
            for colour in colours:
                places = [{(x, y) for y, row in enumerate(picture.rows) for x in range(0, len(row), 4) if row[x:x + 4] == colour}
                          for picture in (ours, theirs)]
                # Where a grid line of another colour shines through, a few differ.
                self.assertGreater(len(places[0] & places[1]), 0.9 * len(places[1]), (metric, colour))

    def test_counts_per_second(self):
        """The command that the page shows for them divides by the interval."""
        query = self.query("ip_len", "both", "idx", "12h", "per=second")
        arguments = self.command("ip_len", "both", "idx", "12h", "per=second")
        self.assertIn("CDEF:neg_A=0,c_oth_A,-,300,/", arguments)
        self.assert_same(self.own(query + "&view=png"), self.drawn(arguments), query)

    def test_lines_of_pages_end_where_nothing_is_known(self):
        """And so they do where percentiles have no samples; the command draws 0 and -1 there."""
        query = "dir=Gaps&var=tcp_rtt_avg&direction=out&template=prc&duration=12h&view="
        numbers = self.viewer.json(query + "data&theme=light")["series"][0]["values"]
        self.assertIn(None, numbers)
        self.assertEqual({v for v in numbers if v is not None}, {20})
        self.assertIn(-1, self.viewer.json(query + "data")["series"][0]["values"])
        svg = self.viewer.get(query + "svg&theme=light")[2].decode()
        arguments = self.viewer.json("dir=Gaps&var=tcp_rtt_avg&direction=out&duration=12h&view=json")["graphs"][0]["command"]
        self.assertIn("CDEF:c_A=A,UN,0,A,IF", arguments)
        self.assertNotEqual(svg.count("<path"), self.viewer.get(query + "svg")[2].decode().count("<path"))

    def test_vlans_have_the_names_of_the_configuration(self):
        text = " ".join(self.command("eth_8021Q_vlanid", "NULL", "idx", "12h", ""))
        self.assertIn("Office\\: 2nd floor", text)
        self.assertIn("Guests", text)
        self.assertIn("eth_8021Q_vlanid = 1", text)

    def test_a_picture_that_differs_is_noticed(self):
        ours = self.own(self.query("ip_len", "both", "idx", "12h", "view=png"))
        theirs = self.drawn(self.command("ip_len", "both", "idx", "3d", ""))
        with self.assertRaises(AssertionError):
            self.assert_same(ours, theirs, "")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if shutil.which("rrdtool") is None:
        print("skipped: no rrdtool (apt-get install rrdtool)")
        sys.exit(77)
    unittest.main()
