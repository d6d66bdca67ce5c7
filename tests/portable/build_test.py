# SPDX-License-Identifier: BSD-3-Clause
"""packaging/portable/build, and that what it makes does what this build does.

  build_test.py --tstat TSTAT --shared DIR [--tree DIR]     --tree: one that build made, which is not made anew

Exit status 77: the compiler is not in the cache, and npm has it not.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PORTABLE = SOURCE / "packaging/portable"
TRACES = sorted((SOURCE / "tests/traces").glob("*.pcap"))
SKIPPED = 77
ARGUMENTS = argparse.Namespace()


def files_below(directory):
    """The content of each file, by its path, but for what tells of the run itself."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*")
            if path.is_file() and not path.name.startswith("profile_")}


def run(*command, **more):
    """A command that must succeed; what it prints."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class PortableTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="tstat-portable-")
        self.addCleanup(self.directory.cleanup)
        self.work = pathlib.Path(self.directory.name)
        self.tree = ARGUMENTS.tree / "opt/tstat"

    def output_of(self, tstat, name, *options):
        """What the command writes of all traces."""
        out = self.work / name
        run(tstat, *options, "-s", out, *TRACES, env={**os.environ, "TZ": "UTC"})
        return files_below(out)

    def test_symbols(self):
        printed = run(PORTABLE / "check-symbols", self.tree)
        for name in ("bin/tstat", "bin/tstat-ship", "bin/tstat-decrypt", "bin/tstat-rrd-merge", "lib/cgi-bin/tstat_rrd.cgi"):
            self.assertIn(f"{self.tree / name}: glibc 2.", printed)
        self.assertRegex(printed, r"libtstat\.so\.0\.[0-9.]+: glibc 2\.")

    def test_logs_and_histograms_are_those_of_this_build(self):
        (self.work / "histo.conf").write_text("include ALL\n", encoding="utf-8")
        options = ("-H", self.work / "histo.conf", "-N", SOURCE / "packaging/etc/net.private")
        ours, theirs = self.output_of(self.tree / "bin/tstat", "portable", *options), self.output_of(ARGUMENTS.tstat, "native", *options)
        self.assertGreater(len(theirs), 20)
        self.assertEqual(ours.keys(), theirs.keys())
        for name, content in theirs.items():
            self.assertEqual(ours[name], content, name)

    def test_databases(self):
        if shutil.which("rrdtool") is None:
            self.skipTest("no rrdtool")
        (self.work / "rrd.conf").write_text("ip_bitrate_in avg\nip_bitrate_out avg\ntcp_thru_s2c avg\n", encoding="utf-8")
        for tstat, name in ((self.tree / "bin/tstat", "portable"), (ARGUMENTS.tstat, "native")):
            run(tstat, "-R", self.work / "rrd.conf", "-r", self.work / name, "-s", self.work / f"{name}-out", TRACES[0])
        ours, theirs = ({path.name: run("rrdtool", "dump", path) for path in (self.work / name).rglob("*.rrd")}
                        for name in ("portable", "native"))
        self.assertGreater(len(theirs), 1)
        self.assertEqual(ours, theirs)

    def test_a_program_in_c(self):
        (self.work / "client.c").write_text(
            "#include <libtstat.h>\n#include <tstat.h>\n#include <stdio.h>\n"
            "int main(void) { puts(tstat_version()); return tstat_init == 0; }\n", encoding="utf-8")
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.tree / "lib/pkgconfig"), "LD_LIBRARY_PATH": str(self.tree / "lib")}
        flags = run("pkg-config", "--cflags", "--libs", "libtstat", env=environment).split()
        run("cc", self.work / "client.c", "-o", self.work / "client", *flags)
        self.assertRegex(run(self.work / "client", env=environment), r"^[0-9.]+\n")

    def test_in_a_root_with_glibc_alone(self):
        if os.geteuid() != 0:
            self.skipTest("chroot is for root")
        root = self.work / "root"
        shutil.copytree(self.tree, root / "opt/tstat", symlinks=True)
        for library in ("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1"):
            to = root / "lib/x86_64-linux-gnu" / library
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(pathlib.Path("/lib/x86_64-linux-gnu") / library, to)
        (root / "lib64").mkdir()
        shutil.copy("/lib64/ld-linux-x86-64.so.2", root / "lib64/ld-linux-x86-64.so.2")
        (root / "tmp").mkdir()
        shutil.copy(TRACES[0], root / "trace.pcap")
        for name in ("tstat-ship", "tstat-decrypt"):
            run("chroot", root, f"/opt/tstat/bin/{name}", "--version")
        run("chroot", root, "/opt/tstat/bin/tstat", "-s", "/out", "/trace.pcap")
        run(ARGUMENTS.tstat, "-s", self.work / "out", TRACES[0], env={**os.environ, "TZ": "UTC"})
        self.assertEqual(files_below(root / "out"), files_below(self.work / "out"))

    def test_the_archive_is_for_any_folder(self):
        archive, = ARGUMENTS.tree.glob("tstat-*-x86_64.tar.gz")
        expected = self.output_of(ARGUMENTS.tstat, "native")
        for place in ("one", "an other/one"):
            with tarfile.open(archive) as file:
                file.extractall(self.work / place)
            unpacked = self.work / place / archive.name.removesuffix(".tar.gz")
            self.assertEqual(files_below(unpacked), files_below(self.tree))
            self.assertEqual(self.output_of(unpacked / "bin/tstat", f"{place}/out"), expected)
            for program in (unpacked / "bin").iterdir():
                done = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
                if program.name in ("tstat-log", "tstat-flow"):  # they load the module, which is in the wheel
                    self.assertRegex(done.stderr, rf"^{program.name}: .* has no module tstat, which it needs\n$")
                else:
                    self.assertEqual((done.returncode, done.stderr), (0, ""), program)
            environment = {**os.environ, "PKG_CONFIG_PATH": str(unpacked / "lib/pkgconfig")}
            if place == "one":  # a path that has a blank is not one for a compiler's options
                self.assertIn(f"-L{unpacked}/lib", os.path.normpath(run("pkg-config", "--libs", "libtstat", env=environment).split()[0]))

    def test_what_is_linked_is_listed(self):
        document = json.loads((self.tree / "share/doc/tstat/tstat.spdx.json").read_text(encoding="utf-8"))
        names = {package["name"] for package in document["packages"]}
        table = [line.split("\t") for line in (PORTABLE / "dependencies.tsv").read_text(encoding="utf-8").splitlines()]
        listed = {row[0] for row in table if not row[0].startswith("#")}
        self.assertLessEqual(listed, names)
        identifiers = {package["SPDXID"] for package in document["packages"]} | {"SPDXRef-DOCUMENT"}
        for relation in document["relationships"]:
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, identifiers)
        licences = (self.tree / "share/doc/tstat/THIRD-PARTY-LICENSES").read_text(encoding="utf-8")
        for name, use, *_ in (row for row in table if not row[0].startswith("#")):
            self.assertEqual(f"\n{name} " in licences, use == "linked", name)

    def test_the_wheel(self):
        wheel, = ARGUMENTS.tree.glob("*.whl")
        self.assertRegex(wheel.name, r"-manylinux_2_12_x86_64\.manylinux2010_x86_64\.whl$")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.work / "module")
        program = "import sys, tstat; assert len(tstat.read(sys.argv[1], profile='3.1.1').tcp) > 0"
        run("/usr/bin/python3", "-c", program, TRACES[0], env={**os.environ, "PYTHONPATH": str(self.work / "module")})
        if subprocess.run(["/usr/bin/python3", "-c", "import ensurepip"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no environments: no python3-venv")
        run("/usr/bin/python3", "-m", "venv", "--system-site-packages", self.work / "environment")
        python = self.work / "environment/bin/python"
        run(python, "-m", "pip", "install", "--no-index", "--force-reinstall", "--no-deps", wheel)
        run(python, "-c", program + f"; assert tstat.__file__.startswith({str(self.work)!r}), tstat.__file__", TRACES[0])
        # The tools of the tree, by that module.
        self.assertIn("percentiles", run(python, self.tree / "bin/tstat-log", "--help"))

    def test_what_this_build_is_tested_with(self):
        command, viewer = self.tree / "bin/tstat", self.tree / "lib/cgi-bin/tstat_rrd.cgi"
        tests = [(f"cli/{topic}_test.py", command) for topic in ("messages_and_options", "configuration", "traces_and_streams",
                                                                 "failures_and_signals", "dumps")]
        tests += [("cli/privacy_test.py", command, self.tree / "bin/tstat-decrypt"), ("rrd_cgi/server_test.py", viewer),
                  ("rrd_cgi/pictures_test.py", viewer)]
        if shutil.which("rrdtool"):
            tests += [("rrd_merge/merge_test.py", command, self.tree / "bin/tstat-rrd-merge")]
        for test, *programs in tests:
            with self.subTest(test):
                run(sys.executable, "-B", SOURCE / "tests" / test, *programs, env={**os.environ, "TZ": "UTC"})

    def test_a_roll_and_a_package_of_it(self):
        if not shutil.which("rpmbuild") or not shutil.which("xorriso"):
            self.skipTest("no rpmbuild or xorriso")
        environment = {**os.environ, "TZ": "UTC", "TSTAT_PORTABLE_TREE": str(ARGUMENTS.tree)}
        build = ARGUMENTS.tstat.parents[2]
        for test, *words in (("disk", build, ARGUMENTS.shared), ("el", ARGUMENTS.tstat), ("commands", build)):
            with self.subTest(test):
                command = [sys.executable, "-B", SOURCE / f"tests/roll/{test}_test.py", *words]
                done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
                self.assertIn(done.returncode, (0, SKIPPED), done.stdout + done.stderr)

    def test_golden_rows(self):
        if not (ARGUMENTS.shared / "golden").is_dir():
            self.skipTest("no reference outputs")
        for test, options in (("golden.full", ()), ("golden.histo", ()), ("golden.3.3.full", ("--version", "3.3"))):
            with self.subTest(test):
                run(sys.executable, SOURCE / "tests/golden/run_check.py", "--test", test, "--shared", ARGUMENTS.shared, "--tstat",
                    self.tree / "bin/tstat", *options, "--", "--config", test.split(".")[-1], "--jobs", "2", "--verbose", "6")


def built(directory):
    """Whether there is a tree now; without a compiler there is none."""
    done = subprocess.run([PORTABLE / "build", "-w", directory], capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr)
    if "toolchain failed" in done.stderr and "integrity" not in done.stderr:
        return None
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tstat", type=pathlib.Path, required=True)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--tree", type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="tstat-portable-tree-") as directory:
        if arguments.tree is None:
            arguments.tree = pathlib.Path(directory)
            is_built = built(directory)
            if not is_built:
                return SKIPPED if is_built is None else 1
        vars(ARGUMENTS).update(vars(arguments))
        return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False, verbosity=2).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
