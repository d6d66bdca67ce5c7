#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The generated day: its packets, and what tstat makes of them.

usage: day_test.py TSTAT [unittest arguments]
"""
import collections, os, pathlib, re, runpy, shutil, struct, subprocess, sys, tempfile, unittest

HERE = pathlib.Path(__file__).resolve().parent
START = 1704067200
TSTAT = None


def generate(*options):
    return subprocess.run([HERE / "generate", *map(str, options)], check=True, capture_output=True, timeout=120).stdout


def records(data):
    at = 24
    while at < len(data):
        seconds, micros, kept, length = struct.unpack_from("<IIII", data, at)
        yield seconds * 1_000_000 + micros, data[at + 16:at + 16 + kept], length
        at += 16 + kept


def folded(data):
    data += b"\0" * (len(data) % 2)
    return sum(struct.unpack(f">{len(data) // 2}H", data)) % 0xFFFF


class DayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.generator = runpy.run_path(str(HERE / "generate"))
        cls.day = generate()
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.work = pathlib.Path(temporary.name)
        cls.done = subprocess.run([TSTAT, "-N", HERE / "networks.conf", "-R", HERE / "rrd.conf", "-r", cls.work / "rrd", "-s",
                                   cls.work / "out", "-"], input=cls.day, capture_output=True, timeout=300,
                                  env={**os.environ, "TZ": "UTC"})

    def share(self, hours):
        """What the curve has in these hours, of a day."""
        curve = self.generator["CURVE"]
        return sum(curve[h % 24] + curve[(h + 1) % 24] for h in hours) / 2 / sum(curve)

    def test_seed_and_start(self):
        few = generate("--sessions", 20, "--seed", 5)
        self.assertEqual(few, generate("--sessions", 20, "--seed", 5))
        self.assertNotEqual(few, generate("--sessions", 20, "--seed", 6))
        later = generate("--sessions", 20, "--seed", 5, "--start", START + 1000)
        self.assertEqual([(t + 1_000_000_000, frame) for t, frame, _ in records(few)],
                         [(t, frame) for t, frame, _ in records(later)])

    def test_packets(self):
        """In order, of one day, by as many clients as there are sessions, with right checksums."""
        last, clients, hours = START * 1_000_000, set(), collections.Counter()
        checked = 0
        for at, frame, length in records(self.day):
            self.assertGreaterEqual(at, last)
            last = at
            four = frame[12:14] == b"\x08\x00"
            source, target = (frame[26:30], frame[30:34]) if four else (frame[22:38], frame[38:54])
            client = source if source[:1] == b"\x0a" or source[:6] == b"\x20\x01\x0d\xb8\0\1" else target
            if client not in clients:
                clients.add(client)
                hours[(at // 1_000_000 - START) // 3600] += 1
            if four:
                self.assertEqual(folded(frame[14:34]), 0)
            if four and frame[23] == 6 and len(frame) == length and checked < 5000:
                size = struct.unpack_from(">H", frame, 16)[0]
                self.assertEqual(folded(frame[26:34] + struct.pack(">HH", 6, size - 20) + frame[34:14 + size]), 0)
                checked += 1
        self.assertEqual(checked, 5000)
        self.assertLess(last, (START + 86400 + 60) * 1_000_000)
        self.assertEqual(len(clients), 2400)
        for hour in range(24):
            self.assertAlmostEqual(hours[hour], 2400 * self.share([hour]), delta=3, msg=hour)

    def test_flows_follow_the_curve(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        flows = collections.Counter()
        for path in self.work.glob("out/*/log_tcp_*complete"):
            lines = path.read_text().splitlines()
            first = next(i for i, name in enumerate(lines[0].split()) if re.sub(r":\d+$|^#\d*#?", "", name) == "first")
            for line in lines[1:]:
                flows[int((float(line.split()[first]) / 1000 - START) // 3600)] += 1
        total = sum(flows.values())
        self.assertGreater(total, 3000)
        self.assertEqual(set(flows), set(range(24)))
        for part in range(24 // 4):
            hours = range(part * 4, part * 4 + 4)
            expected = total * self.share(hours)
            self.assertAlmostEqual(sum(flows[h] for h in hours), expected, delta=expected * 0.2, msg=part)

    @unittest.skipUnless(shutil.which("rrdtool"), "needs rrdtool")
    def test_databases_show_the_curve(self):
        text = subprocess.run(["rrdtool", "fetch", self.work / "rrd/ip_len_in.hit.rrd", "AVERAGE", "-r", "300", "-s", str(START),
                               "-e", str(START + 86400)], check=True, capture_output=True, text=True).stdout
        values = {(int(t) - START) / 3600: float(v) for t, v in re.findall(r"^(\d+): (\S+)$", text, re.M)}

        def mean(begin, end):
            part = [v for t, v in values.items() if begin < t <= end]
            self.assertEqual(len(part), (end - begin) * 12)
            self.assertFalse([v for v in part if v != v], "no gap")
            return sum(part) / len(part)
        mean(1, 23)
        night, morning, evening = mean(2, 6), mean(9, 13), mean(19, 23)
        self.assertGreater(morning, 2 * night)
        self.assertGreater(evening, 1.15 * morning)


if __name__ == "__main__":
    TSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
