#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tstat-rrd-merge over trees that tstat writes, read back by rrdtool.

usage: merge_test.py TSTAT TSTAT_RRD_MERGE [unittest arguments]
"""
import fcntl, math, os, pathlib, random, re, shutil, struct, subprocess, sys, tempfile, unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TSTAT = MERGE = None
CONFIG = "ip_len_out hit avg min max var stdev prc:50,99.9 idx:40,1500,other\ntcp_rtt_avg_out avg max\n"
STATISTICS = ["hit", "avg", "min", "max", "var", "stdev", "prc50", "prc99.900", "idx40", "idx1500", "idxoth"]
STEP, ARCHIVES = 300, ((1, 600), (6, 700), (24, 775), (288, 797))


def replayed(name, starts):
    """The bundled trace, once for each start (Unix time)."""
    data = (SOURCE / "tests/traces" / name).read_bytes()
    out, packets, at, first = [data[:24]], [], 24, None
    while at < len(data):
        seconds, micros, kept, length = struct.unpack_from("<IIII", data, at)
        first = seconds if first is None else first
        packets.append((seconds - first, micros, data[at + 8:at + 16 + kept]))
        at += 16 + kept
    for start in starts:
        out += [struct.pack("<II", start + seconds, micros) + rest for seconds, micros, rest in packets]
    return b"".join(out)


class Rrdtool:
    """One process for all questions."""

    def __init__(self):
        self.process = subprocess.Popen(["rrdtool", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        lines = []
        while not (line := self.process.stdout.readline()).startswith("OK "):
            if not line or line.startswith("ERROR"):
                raise RuntimeError(f"{words}: {line}")
            lines.append(line)
        return "".join(lines)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def rows(rrdtool, path, steps, count):
    """Known rows of one archive, by their time."""
    step = steps * STEP
    last = int(rrdtool("last", path))
    end = last - last % step
    text = rrdtool("fetch", path, "AVERAGE", "-r", step, "-s", end - step * count, "-e", end)
    found = {int(t): float(v) for t, v in re.findall(r"^(\d+): (\S+)$", text, re.M)}
    times = sorted(found)
    assert times[1] - times[0] == step, (path, step)
    return {t: v for t, v in found.items() if not math.isnan(v)}


def expected(statistic, values):
    if statistic in ("min", "max"):
        return min(values) if statistic == "min" else max(values)
    return sum(values) / (1 if statistic.startswith(("idx", "hit")) else len(values))


@unittest.skipUnless(shutil.which("rrdtool"), "needs rrdtool")
class MergeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.rrdtool = Rrdtool()
        cls.addClassCleanup(cls.rrdtool.close)
        cls.made = pathlib.Path(temporary.name)
        (cls.made / "rrd.conf").write_text(CONFIG)
        begin = 1_500_000_000
        # Two probes that overlap, with different traffic, and one of another month.
        cls.make("a", "web.pcap", range(begin, begin + 40 * 310, 310))
        cls.make("b", "ssh.pcap", range(begin + 20 * 310, begin + 60 * 310, 290))
        cls.make("c", "voice.pcap", range(begin - 35 * 86400, begin - 35 * 86400 + 12000, 400))

    @classmethod
    def make(cls, name, trace, starts):
        subprocess.run([TSTAT, "-S", "-L", "-N", SOURCE / "tests/traces/networks.conf", "-R", cls.made / "rrd.conf", "-r",
                        cls.made / name, "-"], input=replayed(trace, starts), check=True, capture_output=True, timeout=60)

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.work = pathlib.Path(temporary.name)
        for name in "abc":
            shutil.copytree(self.made / name, self.work / name)

    def merge(self, *args, status=0):
        done = subprocess.run([MERGE, *args], cwd=self.work, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr)
        self.out, self.err = done.stdout, done.stderr

    def compare(self, name, statistic, inputs, output="out"):
        """Every row of every archive; how many are of more than one input."""
        shared = 0
        ends = []
        for steps, count in ARCHIVES:
            sources = [rows(self.rrdtool, self.work / i / name, steps, count) for i in inputs]
            merged = rows(self.rrdtool, self.work / output / name, steps, count)
            last = max(int(self.rrdtool("last", self.work / i / name)) for i in inputs)
            step = steps * STEP
            first = last - last % step - step * count
            times = sorted({t for source in sources for t in source if t > first})
            self.assertEqual(sorted(merged), times, (name, steps))
            for t in times:
                values = [source[t] for source in sources if t in source]
                self.assertTrue(math.isclose(merged[t], expected(statistic, values), rel_tol=1e-8, abs_tol=1e-8),
                                (name, steps, t, merged[t], values))
                shared += len(values) > 1
            ends.append(len(times))
        self.assertGreater(ends[0], 30, name)
        return shared

    def test_every_statistic(self):
        self.merge("out", "a", "b", "c")
        self.assertEqual((self.out, self.err), ("", ""))
        self.assertEqual(sorted(os.listdir(self.work / "out")), sorted(os.listdir(self.work / "a")))
        for statistic in STATISTICS:
            shared = self.compare(f"ip_len_out.{statistic}.rrd", statistic, "abc")
            self.assertGreater(shared, 20, statistic)
        self.compare("tcp_rtt_avg_out.max.rrd", "max", "abc")

    def test_layout_is_that_of_the_inputs(self):
        self.merge("out", "a", "b")

        def layout(tree):
            text = subprocess.run(["rrdtool", "info", self.work / tree / "ip_len_out.avg.rrd"], check=True,
                                  capture_output=True, text=True).stdout
            return re.sub(r"^(filename|last_update|rra.*(cur_row|cdp_prep)|ds.*(last_ds|value|unknown)).*\n", "", text,
                          flags=re.M)
        self.assertEqual(layout("out"), layout("a"))
        self.assertIn('rra[3].pdp_per_row = 288\n', layout("out"))
        # It can be merged, and updated, as any other.
        self.merge("again", "out")
        self.compare("ip_len_out.hit.rrd", "hit", ["a", "b"], output="again")

    def test_databases_of_some_probes_only(self):
        (self.work / "b/ip_len_out.idx40.rrd").unlink()
        (self.work / "a/ip_len_out.max.rrd").unlink()
        os.makedirs(self.work / "a/more")
        shutil.copy(self.work / "a/ip_len_out.avg.rrd", self.work / "a/more/avg.rrd")
        self.merge("out", "a", "b")
        self.compare("ip_len_out.idx40.rrd", "idx40", "a")
        self.compare("ip_len_out.max.rrd", "max", "b")
        self.compare("more/avg.rrd", "avg", "a")

    def test_broken_and_foreign_files_are_named_and_left_out(self):
        whole = (self.work / "a/ip_len_out.hit.rrd").read_bytes()
        (self.work / "a/ip_len_out.hit.rrd").write_bytes(whole[:-100])
        (self.work / "a/ip_len_out.avg.rrd").write_bytes(b"")
        (self.work / "a/ip_len_out.max.rrd").write_text("not a database\n" * 1000)
        (self.work / "a/ip_len_out.idx7.rrd").write_text("nor here\n" * 1000)
        os.mkdir(self.work / "a/ip_len_out.idx9.rrd")
        shutil.copy(self.work / "b/ip_len_out.avg.rrd", self.work / "b/load.rrd")
        shutil.copy(self.work / "b/tcp_rtt_avg_out.max.rrd", self.work / "b/ip_len_out.var.rrd")
        (self.work / "b/notes.txt").write_text("of no interest")
        create = ["rrdtool", "create", self.work / "b/ip_len_out.idx1500.rrd", "--start", "1500000000"]
        subprocess.run([*create, "--step", "60", "DS:ip_len_out:GAUGE:600:U:U", "RRA:AVERAGE:0.5:1:600"], check=True)
        create[2] = self.work / "b/ip_len_out.idxoth.rrd"
        subprocess.run([*create, "DS:a:GAUGE:600:U:U", "DS:b:GAUGE:600:U:U", "RRA:AVERAGE:0.5:1:600"], check=True)
        create[2] = self.work / "b/ip_len_out.min.rrd"
        subprocess.run([*create, "DS:ip_len_out:GAUGE:600:U:U", "RRA:MAX:0.5:1:600"], check=True)
        self.merge("out", "a", "b", status=1)
        named = {re.match(r"tstat-rrd-merge: .*?([ab]/[\w.]+\.rrd)", line)[1] for line in self.err.splitlines()}
        self.assertEqual(named, {"a/ip_len_out.hit.rrd", "a/ip_len_out.avg.rrd", "a/ip_len_out.max.rrd",
                                 "a/ip_len_out.idx7.rrd", "b/load.rrd", "b/ip_len_out.var.rrd",
                                 "b/ip_len_out.idx1500.rrd", "b/ip_len_out.idxoth.rrd", "b/ip_len_out.min.rrd"})
        self.assertEqual(len(self.err.splitlines()), 9, self.err)
        made = set(os.listdir(self.work / "out"))
        self.assertEqual(made, set(os.listdir(self.made / "a")))
        for statistic, inputs in (("hit", "b"), ("avg", "b"), ("max", "b"), ("var", "a"), ("idx1500", "a"), ("idxoth", "a"),
                                  ("min", "a"), ("stdev", "ab")):
            self.compare(f"ip_len_out.{statistic}.rrd", statistic, inputs)

    def test_any_bytes_in_a_header_are_survived(self):
        source = random.Random(7)
        path = self.work / "a/ip_len_out.hit.rrd"
        whole = path.read_bytes()
        for name in os.listdir(self.work / "a"):
            if name != path.name:
                (self.work / "a" / name).unlink()
        for _ in range(60):
            broken = bytearray(whole)
            for _ in range(source.randint(1, 3)):
                broken[source.randrange(1300)] = source.randrange(256)
            path.write_bytes(broken)
            done = subprocess.run([MERGE, "out", "a"], cwd=self.work, capture_output=True, timeout=20)
            self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertEqual(os.listdir(self.work / "out"), [path.name])

    def test_places(self):
        os.symlink("a", self.work / "link")
        os.makedirs(self.work / "a/deep")
        for args, message in ((("out", "a", "a"), "a: the same directory as a"),
                              (("out", "a", "./b/../a/"), "./b/../a/: the same directory as a"),
                              (("out", "a", "link"), "link: the same directory as a"),
                              (("a", "a", "b"), "a: the same directory as a"),
                              (("link", "b", "a"), "a: the same directory as link"),
                              (("a", "a/deep", "b"), "a/deep: lies in a"),
                              (("a/out", "b", "a"), "a/out: lies in a"),
                              (("out", "a/deep", "a"), "a/deep: lies in a"),
                              (("out", "a", "none"), "none: No such file or directory"),
                              (("out", "a/ip_len_out.avg.rrd"), "a/ip_len_out.avg.rrd: not a directory"),
                              (("out", "a/deep"), "no databases in these directories"),
                              (("a/ip_len_out.avg.rrd", "b"), "a/ip_len_out.avg.rrd: Not a directory")):
            self.merge(*args, status=1)
            self.assertEqual(self.err, f"tstat-rrd-merge: {message}\n")
            self.assertFalse((self.work / "out").exists(), args)
        os.mkdir(self.work / "ab")  # a name that only begins like another one
        self.merge("ab", "a", "b")

    def test_output_is_whole_or_as_it_was(self):
        self.merge("out", "a", "b")
        before = (self.work / "out/ip_len_out.hit.rrd").stat().st_ino
        (self.work / "out/ip_len_out.max.rrd.new").write_text("of a run that was killed")
        (self.work / "out/kept").write_text("of somebody else")
        self.merge("out", "a", "c")
        self.assertNotEqual((self.work / "out/ip_len_out.hit.rrd").stat().st_ino, before)
        self.compare("ip_len_out.max.rrd", "max", "ac")
        self.assertEqual(set(os.listdir(self.work / "out")), set(os.listdir(self.work / "a")) | {"kept"})
        # What cannot be replaced stays, and nothing is left beside it.
        os.unlink(self.work / "out/ip_len_out.hit.rrd")
        os.makedirs(self.work / "out/ip_len_out.hit.rrd/full")
        self.merge("out", "a", "b", status=1)
        self.assertEqual(self.err, "tstat-rrd-merge: out/ip_len_out.hit.rrd: Is a directory\n")
        self.assertFalse([name for name in os.listdir(self.work / "out") if name.endswith(".new")])

    def test_one_at_a_time(self):
        self.merge("out", "a")
        held = os.open(self.work / "out", os.O_RDONLY)
        self.addCleanup(os.close, held)
        fcntl.flock(held, fcntl.LOCK_EX)
        self.merge("out", "a", status=1)
        self.assertEqual(self.err, "tstat-rrd-merge: out: another tstat-rrd-merge writes there\n")

    def test_help_pages_and_completion(self):
        self.merge("--version")
        self.assertRegex(self.out, r"^tstat-rrd-merge \d+\.\d+\.\d+\n$")
        self.merge("--help")
        options = set(re.findall(r"(?<!\w)(--?[a-z]+)", self.out))
        self.assertEqual(options, {"-r", "-h", "--help", "-v", "--version"})
        page = (SOURCE / "docs/man/tstat-rrd-merge.1").read_text().replace("\\-", "-")
        completion = (SOURCE / "apps/tstat-rrd-merge/completion/tstat-rrd-merge.bash").read_text()
        for option in options - {"-r"}:
            self.assertIn(option, page)
            self.assertIn(option, completion)
        for args in ((), ("out",)):
            self.merge(*args, status=1)
            self.assertTrue(self.err.startswith("Usage: tstat-rrd-merge OUTPUT INPUT..."))
        self.merge("--nothing", "out", "a", status=1)
        self.assertIn("Try 'tstat-rrd-merge --help'", self.err)


if __name__ == "__main__":
    TSTAT, MERGE = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
    unittest.main()
