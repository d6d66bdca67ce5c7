# SPDX-License-Identifier: BSD-3-Clause
"""What docs/extending.md shows is put into a copy of the sources and compiled; built, and used: each new thing works.

    extending_test.py compile TREE BUILD_FOLDER COMPILER         # the sources that are changed, without code
    extending_test.py use TREE BUILD_FOLDER COMPILER CMAKE [unittest arguments]

The copy stays in the build folder, so that a further run compiles only what changed since.
"""
import concurrent.futures, os, pathlib, re, shutil, struct, subprocess, sys, unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))
import command, worked_page

PARTS = ["CMakeLists.txt", "LICENSE", "CHANGELOG.md", "README.md", "apps", "cmake", "docs", "libtstat", "packaging"]
VIEWER, DEVICE = (10, 0, 0, 1), (192, 0, 2, 1)


def copy_with_edits(tree, edits, copy):
    """What is the same as before keeps its time, so that it is not compiled again."""
    fresh = copy.parent / (copy.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for part in PARTS:
        if (tree / part).is_dir():
            shutil.copytree(tree / part, fresh / part, ignore=shutil.ignore_patterns("build*", "__pycache__"))
        else:
            shutil.copy2(tree / part, fresh / part)
    worked_page.apply(edits, fresh)
    for path in sorted(fresh.rglob("*")):
        before = copy / path.relative_to(fresh)
        if path.is_file():
            same = before.is_file() and before.read_bytes() == path.read_bytes()
            os.utime(path, ns=(before.stat().st_mtime_ns,) * 2) if same else os.utime(path)
    shutil.rmtree(copy, ignore_errors=True)
    fresh.rename(copy)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}\n{done.stdout[-6000:]}{done.stderr[-6000:]}")


def congested(frame):
    """The same with ECN's "congestion experienced"."""
    return frame[:15] + bytes([frame[15] | 3]) + frame[16:]


def vnc_session():
    c, s = (VIEWER, DEVICE, 1025, 5900), (DEVICE, VIEWER, 5900, 1025)
    version = b"RFB 003.008\n"
    tcp = command.tcp_packet
    return [
        tcp(*c, 100, 0, 0x02), tcp(*s, 500, 101, 0x12), tcp(*c, 101, 501, 0x10),
        congested(tcp(*s, 501, 101, 0x18, version)), tcp(*c, 101, 513, 0x18, version),
        congested(tcp(*s, 513, 113, 0x18, b"\1\2")), tcp(*c, 113, 515, 0x18, b"\2"),
        tcp(*c, 114, 515, 0x11), tcp(*s, 515, 115, 0x11), tcp(*c, 115, 516, 0x10),
    ]


def search():
    return command.udp_packet(VIEWER, (239, 255, 255, 250), 1900, 1900, b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n")


class Extending(command.CommandTest):
    def setUp(self):
        super().setUp()
        frames = vnc_session() + [search()]
        times = [command.FIRST * 1000000 + 1000 * i for i in range(len(frames))]
        self.write("t.pcap", command.pcap(zip(times, frames)))
        self.write("t.frames", b"FRAMES1\n" + b"".join(
            struct.pack(">III", t // 1000000, t % 1000000 * 1000, len(f)) + f for t, f in zip(times, frames)))

    def column(self, name, log="log_tcp_complete"):
        header = (self.work / "out" / command.DIRECTORY / log).read_text().splitlines()[0]
        names = [word.partition(":")[0] for word in re.sub("^#([0-9]+#)?", "", header).split()]
        return self.rows(log)[0].split(" ")[names.index(name)]

    def test_the_column_is_printed(self):
        self.write("runtime.conf", "[options]\ntcplog_advanced = 1\n")
        self.run_tstat("-s", "out", "-T", "runtime.conf", "t.pcap")
        self.assertEqual(self.column("c_ecn_ce"), "0")
        self.assertEqual(self.column("s_ecn_ce"), "2")
        self.run_tstat("-s", "out", "t.pcap")
        self.assertNotIn("ecn_ce", (self.work / "out" / command.DIRECTORY / "log_tcp_complete").read_text())

    def test_the_protocol_over_tcp_is_recognised(self):
        self.write("runtime.conf", "[options]\ntcplog_advanced = 1\n")
        self.run_tstat("-s", "out", "-T", "runtime.conf", "t.pcap")
        self.assertEqual(self.column("con_t"), str(1 << 19))

    def test_the_protocol_over_udp_is_recognised(self):
        self.run_tstat("-s", "out", "t.pcap")
        self.assertEqual(self.column("c_type", "log_udp_complete"), "32")

    def test_the_histogram_is_in_a_file(self):
        self.write("histograms", "include tcp_msgs_c2s\ninclude tcp_msgs_s2c\n")
        self.run_tstat("-s", "out", "-H", "histograms", "t.pcap")
        last = self.work / "out" / command.DIRECTORY / "LAST"
        self.assertIn("\n2 1\n", (last / "tcp_msgs_c2s").read_text())
        self.assertIn("\n2 1\n", (last / "tcp_msgs_s2c").read_text())

    def test_the_sink_writes(self):
        self.run_tstat("-s", "out", "--flow-lines", "flows", "t.pcap")
        self.assertEqual((self.work / "flows").read_text(), "5900 13 14 0.009\n")
        self.assertIn("--flow-lines FILE", self.run_tstat("--help"))
        self.run_tstat("-s", "out", "--flow-lines", "no/such/folder", "t.pcap", status=1)
        self.assertIn("no/such/folder: cannot be written", self.out + self.err)

    def test_the_source_reads(self):
        self.run_tstat("-s", "out", "t.pcap")
        expected = self.rows("log_tcp_complete") + self.rows("log_udp_complete")
        self.run_tstat("-s", "frames", "t.frames")
        self.assertEqual(self.rows("log_tcp_complete", "frames") + self.rows("log_udp_complete", "frames"), expected)
        self.assertEqual(len(expected), 2)


def compile_changed(edits, copy, compiler):
    """What a header changes is seen where it is included: by one source of its folder, at least."""
    sources = {edit.path for edit in edits if edit.path.endswith(".cc")} | {"libtstat/tcp/tcp_tracker.cc"}
    flags = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wshadow", "-Wno-unused-parameter", "-Werror"]
    folders = [f"-I{copy / 'libtstat'}", f"-I{copy / 'libtstat' / 'include'}"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda source: run(compiler, *flags, *folders, copy / source), sorted(sources)))
    print(f"{len(edits)} edits, {len(sources)} sources compile")


def main():
    mode, tree, build, compiler = (sys.argv.pop(1) for _ in range(4))
    copy = pathlib.Path(build) / "source"
    edits = worked_page.edits_of((pathlib.Path(tree) / "docs" / "extending.md").read_text())
    copy_with_edits(pathlib.Path(tree), edits, copy)
    if mode == "compile":
        return compile_changed(edits, copy, compiler)
    cmake, objects = sys.argv.pop(1), pathlib.Path(build) / "build"
    run(cmake, "-G", "Ninja", "-S", copy, "-B", objects, f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=Debug",
        "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DTSTAT_PRECOMPILED_HEADERS=ON", "-DTSTAT_WERROR=ON", "-DTSTAT_HARDENING=OFF",
        "-DTSTAT_BUILD_TESTS=OFF", "-DTSTAT_BUILD_EXAMPLES=OFF")
    run(cmake, "--build", objects, "--target", "tstat")
    command.CommandTest.tstat = str(objects / "apps" / "tstat-cli" / "tstat")
    unittest.main()


if __name__ == "__main__":
    main()
