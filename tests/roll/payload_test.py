#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rolls with what others made: all, none, each missing, and files that are not what they should be. Small files stand in.

usage: payload_test.py SHARED_DIR [unittest arguments]      TSTAT_HEAVY=1: a roll without each single one
"""
import contextlib
import io
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import types
import unittest
import unittest.mock

import building
from building import PACKAGES, PYTHON, SITE, Root, archive, can_chroot, disk_of, make, packages_of, vouch
from checker.rpm_file import RpmFile
from maker import guide_package
from maker.settings import RollError

JUDGE = pathlib.Path(sys.argv[1]) / "roll" / "rollcheck.py"
HEAVY = os.environ.get("TSTAT_HEAVY") == "1"
HOLDER = tempfile.TemporaryDirectory()
WORK = pathlib.Path(HOLDER.name)
ALWAYS = {"tstat", "roll-tstat-usersguide", "roll-tstat-kickstart"}


def setUpModule():
    building.small_tree(WORK / "tree")
    building.small_guide(WORK / "guide")
    building.stand_ins(WORK)


def tearDownModule():
    HOLDER.cleanup()


def contents(rpm):
    return {f.path: f for f in RpmFile(rpm.read_bytes()).files()}


class PayloadCase(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.place.name)
        self.payloads = self.folder / "payloads"
        self.out = self.folder / "out"

    def tearDown(self):
        self.place.cleanup()

    def have(self, *files):
        """These payloads; with no words all of them."""
        self.payloads.mkdir(exist_ok=True)
        for file in files or PACKAGES:
            shutil.copyfile(WORK / "payloads" / file, self.payloads / file)
        shutil.copyfile(WORK / "payloads/SHA256SUMS", self.payloads / "SHA256SUMS")

    def roll(self, target="roll", out=None, **more):
        variables = {"PORTABLE": WORK / "tree", "GUIDE": WORK / "guide", "PAYLOADS": self.payloads, "PAYLOAD_TABLE": WORK / "payloads.tsv"}
        return make(target, out or self.out, **{**variables, **more})

    def made(self, **more):
        status, said = self.roll(**more)
        self.assertEqual(status, 0, said)
        return said

    def assert_good(self, names, judge=True):
        """The disk has these packages and is taken, by the roll's own check and by the other judge."""
        self.assertEqual(set(packages_of(self.out)), ALWAYS | set(names))
        iso = disk_of(self.out)
        status, said = make("check", self.out, ISO=iso)
        self.assertEqual((status, said), (0, f"{iso.name}: good: 0 errors, 0 warnings\n"))
        if judge and JUDGE.is_file() and shutil.which("cpio"):
            for release in "67":
                for host in (("server",), ("compute", "--attr", "tstat=true")):
                    done = subprocess.run([sys.executable, str(JUDGE), "--release", release, "--appliance", *host, "--work",
                                           str(self.folder / "judge"), str(iso)], capture_output=True, text=True, check=False)
                    self.assertRegex(done.stdout, r"(?m)^ACCEPTED: 0 errors, 0 warnings", done.stdout + done.stderr)


class Rolls(PayloadCase):
    def test_none(self):
        self.assertIn("payloads: none", self.made())
        self.assert_good([])
        self.assertIn(f'<info version="{building.VERSION}" release="0" arch="x86_64" os="linux"/>', (self.out / "roll-tstat.xml").read_text())
        tree = contents(packages_of(self.out)["tstat"])
        for path in ("bin/tstat", f"lib/{building.LIBRARY}", "lib/libtstat.so", "include/libtstat.h", "lib/pkgconfig/libtstat.pc", "doc/LICENSE",
                     "lib/cgi-bin/tstat_rrd.cgi", "doc/web-servers/apache.conf", "share/tstat/dashboards/a.json", "etc/tstat/service.conf",
                     "tstat-conf/net.private", "tstat-conf/rrd.conf", "share/man/man1/tstat.1"):
            self.assertIn(f"/opt/tstat/{path}", tree)
        self.assertEqual(sum(p.startswith("/opt/tstat/tstat-conf/") for p in tree), 11)
        # Python 3 is nothing that CentOS 6 has.
        self.assertEqual([p for p in tree if "python" in p or "tstat-log" in p], [])
        self.assertIn(b"/opt/tstat/tstat-conf/runtime.conf", tree["/opt/tstat/etc/tstat/service.conf"].data)
        self.assertIn(b"libdir=${prefix}/lib\n", tree["/opt/tstat/lib/pkgconfig/libtstat.pc"].data)

    def test_another_guide(self):
        guide = self.folder / "guide"
        building.write(guide / "index.html", '<!DOCTYPE html><body><a href="tstat-guide.pdf">PDF</a></body>\n')
        building.write(guide / "tstat-guide.pdf", "%PDF\n")
        self.made(GUIDE=guide)
        files = contents(packages_of(self.out)["roll-tstat-usersguide"])
        place = next(p.rsplit("/", 1)[0] for p in files if p.endswith("/packages.html"))
        self.assertRegex(place, r"^/var/www/html/roll-documentation/tstat/[\d.]+$")
        self.assertEqual(files[f"{place}/roll-tstat-usersguide.pdf"].data, b"%PDF\n")
        index = files[f"{place}/index.html"].data.decode()
        self.assertIn('<a href="roll-tstat-usersguide.pdf">PDF</a>', index)
        self.assertIn('<a href="packages.html">', index)

    def test_another_version(self):
        shutil.copytree(WORK / "tree", self.folder / "tree")
        library = next((self.folder / "tree").rglob("libtstat.so.0.*"))
        library.rename(library.with_name("libtstat.so.0.3.9"))
        status, said = self.roll(PORTABLE=self.folder / "tree")
        self.assertNotEqual(status, 0)
        self.assertIn("libtstat.so.0.3.9 is of another version than this roll", said)

    def test_all(self):
        self.have()
        said = self.made()
        self.assertIn("influxdb-1.2.4-1.x86_64.rpm and influxdb-1.4.2-1.x86_64.rpm are both influxdb: influxdb-1.4.2-1.x86_64.rpm is taken", said)
        self.assert_good(PACKAGES.values())
        rpms = packages_of(self.out)
        for name in ("influxdb", "chronograf", "kapacitor", "telegraf"):
            self.assertEqual(rpms[name].read_bytes(), (self.payloads / rpms[name].name).read_bytes(), "as it was given")
        for file, (package, member) in PYTHON.items():
            files = contents(rpms[package])
            self.assertEqual(files[f"/{SITE}/{member}"].data, b"x = 1\n", file)
            self.assertFalse([p for p in files if p.endswith("setup.py")])
            infos = {p.split("/")[-2]: f for p, f in files.items() if p.endswith("/PKG-INFO")}
            self.assertEqual(len(infos), 1)
            self.assertRegex(next(iter(infos)), rf"-{re.escape(rpms[package].name.split('-')[2])}-py2\.7\.egg-info$")
        self.assertIn(b"its own", contents(rpms["opt-six"])[f"/{SITE}/six-1.11.0-py2.7.egg-info/PKG-INFO"].data)
        self.assertIn("/opt/python/bin/chardetect", contents(rpms["opt-chardet"]))
        self.assertEqual({p for p, f in contents(rpms["fdt"]).items() if not stat.S_ISDIR(f.mode)},
                         {"/opt/fdt/bin/fdt-server.sh", "/opt/fdt/bin/fdt-client.sh", "/opt/fdt/lib/fdt.jar"})
        self.assertIn("/opt/tstat/bin/jq", contents(rpms["jq"]))
        guide = contents(rpms["roll-tstat-usersguide"])
        page = next(f.data.decode() for p, f in guide.items() if p.endswith("packages.html"))
        self.assertEqual({n for n in PACKAGES.values() if f"<td>{n}</td>" in page}, set(PACKAGES.values()))

    def test_all_install(self):
        """Each package by rpm; the profile as a frontend unpacks it."""
        if not can_chroot():
            self.skipTest("rpm --root needs root")
        self.have()
        self.made()
        root = Root(self.folder / "root", ["sh"])

        def rpm(*words):
            done = subprocess.run(["rpm", "--root", str(root.folder), "--nosignature", *map(str, words)], capture_output=True, text=True, check=False)
            said = (done.stdout + done.stderr).splitlines()
            return done.returncode, [line for line in said if not line.startswith("rpm: ")]  # Debian's rpm warns of itself

        rpms = packages_of(self.out)
        profile = rpms.pop("roll-tstat-kickstart")
        self.assertEqual(rpm("--initdb"), (0, []))
        self.assertEqual(rpm("-i", building.build_rpm("system", "1", "0", {"/etc/system": "x\n"}, self.folder, head="Provides: /bin/sh")), (0, []))
        before = set(root.folder.rglob("*"))
        for path in rpms.values():
            self.assertEqual(rpm("-i", path), (0, []), path.name)
        self.assertEqual(rpm("-V", *rpms), (0, []))
        self.assertEqual(root.run("/opt/tstat/bin/jq").stdout, "jq\n")
        self.assertEqual(rpm("-e", *rpms), (0, []))
        left = {p for p in set(root.folder.rglob("*")) - before if not p.is_dir() and "var/lib/rpm" not in str(p)}
        self.assertEqual(left, set())
        build = self.folder / "build"
        done = subprocess.run(["rpm", "--dbpath", str(self.folder / "db"), "-i", "--ignoresize", "--nomd5", "--force", "--force-debian", "--nodeps",
                               "--ignorearch", "--nosignature", "--prefix", str(build), str(profile)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({str(p.relative_to(build)) for p in build.rglob("*.xml")}, {"nodes/tstat.xml", "graphs/default/tstat.xml", "roll-tstat.xml"})

    def test_each_missing(self):
        files = list(PACKAGES) if HEAVY else ["fdt.jar"]
        for file in files:
            with self.subTest(missing=file):
                self.have()
                (self.payloads / file).unlink()
                said = self.made()
                self.assertIn(f"payloads that are not there: {file}", said)
                self.assert_good({p for f, p in PACKAGES.items() if f != file})

    def test_the_same_bytes(self):
        self.have("six-1.11.0.tar.gz", "jq-1.5.tar.gz", "telegraf-1.5.1-1.x86_64.rpm")
        self.made()
        first = disk_of(self.out).read_bytes()
        other = self.folder / "somewhere else"
        shutil.copytree(self.payloads, self.folder / "p q", copy_function=shutil.copyfile)
        old = os.umask(0o077)
        try:
            status, said = self.roll(out=other, PAYLOADS=self.folder / "p q")
        finally:
            os.umask(old)
        self.assertEqual(status, 0, said)
        self.assertEqual(disk_of(other).read_bytes(), first)
        status, said = self.roll("reroll")
        self.assertEqual((status, disk_of(self.out).read_bytes()), (0, first), said)
        status, said = self.roll(SOURCE_DATE_EPOCH=building.EPOCH + 1)
        self.assertEqual(status, 0, said)
        self.assertNotEqual(disk_of(self.out).read_bytes(), first)


class Guide(PayloadCase):
    def parts(self, *programs, pdf=True):
        """What docs/guide/build is told where these programs are; the warnings."""
        shutil.rmtree(self.folder / "bin", ignore_errors=True)
        for program in programs:
            building.write(self.folder / "bin" / program, "#!/bin/sh\n", 0o755)
        said = io.StringIO()
        with unittest.mock.patch.dict(os.environ, PATH=str(self.folder / "bin")), contextlib.redirect_stderr(said):
            return guide_package.parts(types.SimpleNamespace(pdf=pdf)), said.getvalue()

    def test_what_is_there_makes_it(self):
        self.assertEqual(self.parts("pandoc", "doxygen", "weasyprint"), (["--pdf"], ""))
        self.assertEqual(self.parts("pandoc", "doxygen", "weasyprint", pdf=False), ([], ""))
        words, said = self.parts("pandoc")
        self.assertEqual(words, ["--no-api"])
        self.assertEqual(said, "warning: the guide is without the reference of C and C++: doxygen is not installed (./bootstrap.sh installs it)\n"
                               "warning: the guide is without its PDF: weasyprint is not installed (./bootstrap.sh installs it)\n")
        with self.assertRaisesRegex(RollError, r"the guide: pandoc is not installed \(\./bootstrap\.sh installs it; GUIDE=DIR: .*\)"):
            self.parts("doxygen", "weasyprint")


class BadFiles(PayloadCase):
    def test_another_sum(self):
        self.have("six-1.11.0.tar.gz", "fdt.jar")
        (self.payloads / "fdt.jar").write_bytes(b"something else")
        said = self.made()
        self.assertRegex(said, r"warning: fdt\.jar: wrong: SHA-1 [0-9a-f]{40}, not [0-9a-f]{40}: left out")
        self.assert_good(["opt-six"])
        status, said = self.roll(STRICT=1)
        self.assertNotEqual(status, 0, said)
        status, said = self.roll("verifydownload")
        self.assertNotEqual(status, 0)
        self.assertRegex(said, r"(?m)^fdt\.jar: wrong: SHA-1 .*\n(.*\n)*six-1\.11\.0\.tar\.gz: right$")

    def test_a_sum_that_the_builder_names_counts_too(self):
        self.have("six-1.11.0.tar.gz")
        (self.payloads / "SHA256SUMS").write_text("0" * 64 + "  six-1.11.0.tar.gz\n")
        self.assertIn("six-1.11.0.tar.gz: wrong: SHA-256 of SHA256SUMS", self.made())
        self.assert_good([], judge=False)

    def test_no_sum_is_known(self):
        self.have("jq-1.5.tar.gz")
        (self.payloads / "SHA256SUMS").unlink()
        self.assertRegex(self.made(), r"jq-1\.5\.tar\.gz: no sum of it is known: .* add to SHA256SUMS beside it: [0-9a-f]{64}  jq-1\.5\.tar\.gz")
        self.assert_good([], judge=False)

    def test_doubled(self):
        self.have("six-1.11.0.tar.gz")
        shutil.copyfile(self.payloads / "six-1.11.0.tar.gz", self.payloads / "six-1.11.0 (1).tar.gz")
        shutil.copyfile(WORK / "payloads/fdt.jar", self.payloads / "FDT.jar")
        (self.payloads / "notes").write_text("x")
        (self.payloads / "a\x1b[31m\nb").write_text("x")
        said = self.made()
        self.assertIn("'six-1.11.0 (1).tar.gz' is six-1.11.0.tar.gz once more: not used", said)
        self.assertIn("'FDT.jar' is fdt.jar under another name: rename it", said)
        self.assertIn("'notes' is no payload of the table: not used", said)
        self.assertIn(r"'a\x1b[31m\nb' is no payload of the table: not used", said)
        self.assert_good(["opt-six"], judge=False)

    def bad(self, file, data):
        """A file that somebody vouches for, whatever it is."""
        self.have("fdt.jar")
        table = "".join(line + "\n" for line in (WORK / "payloads.tsv").read_text().splitlines() if not line.startswith(file))
        building.write(self.folder / "table", table + f"{file}\t{self.package_of(file)}\t-\t-\tx\n")
        if callable(data):
            data(self.payloads / file)
        else:
            (self.payloads / file).write_bytes(data)
        (self.payloads / "SHA256SUMS").unlink()
        vouch(self.payloads, file)
        said = self.made(PAYLOAD_TABLE=self.folder / "table")
        self.assert_good(["fdt"], judge=False)
        return said

    @staticmethod
    def package_of(file):
        return next(line.split("\t")[1] for line in (building.ROLL / "payloads.tsv").read_text().splitlines() if line.startswith(file))

    def test_what_cannot_be_packed(self):
        self.assertIn("six-1.11.0.tar.gz: left out: six-1.11.0.tar.gz: not an archive", self.bad("six-1.11.0.tar.gz", b"x" * 100))
        self.assertIn("a path that leads out of it: '../six.py'", self.bad("six-1.11.0.tar.gz", lambda p: archive(p, {"../six.py": "x"})))
        self.assertIn("there is no six.py in it", self.bad("six-1.11.0.tar.gz", lambda p: archive(p, {"six-1.11.0/seven.py": "x"})))
        self.assertIn("jq-1.5.tar.gz: left out: jq: ./configure failed",
                      self.bad("jq-1.5.tar.gz", lambda p: archive(p, {"x:jq-1.5/configure": "#!/bin/sh\necho no >&2\nexit 3\n"})))
        self.assertIn("no RPM file", self.bad("telegraf-1.5.1-1.x86_64.rpm", b"x" * 200))
        self.assertIn("jq-1.5.tar.gz: left out: jq-1.5.tar.gz: it has one name for a file and a directory",
                      self.bad("jq-1.5.tar.gz", lambda p: archive(p, {"jq-1.5/a": "x", "jq-1.5/a/b": "x"})))
        whole = (WORK / "payloads/jq-1.5.tar.gz").read_bytes()
        self.assertIn("jq-1.5.tar.gz: left out: jq-1.5.tar.gz: not an archive: ", self.bad("jq-1.5.tar.gz", whole[:60] + b"\xff" * 20 + whole[80:]))
        zipped = (WORK / "payloads/pytz-2017.3.zip").read_bytes()
        encrypted = zipped.replace(b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\1")
        self.assertNotEqual(encrypted, zipped)
        self.assertIn("pytz-2017.3.zip: left out: pytz-2017.3.zip: not an archive: ", self.bad("pytz-2017.3.zip", encrypted))
        other = (WORK / "payloads/kapacitor-1.4.0-1.x86_64.rpm").read_bytes()
        self.assertIn("its header says kapacitor-1.4.0-1.x86_64", self.bad("telegraf-1.5.1-1.x86_64.rpm", other))

    def test_a_jq_for_newer_systems(self):
        """It is left out of a roll for CentOS 6 and 7, as the check would refuse it."""
        if tuple(map(int, os.confstr("CS_GNU_LIBC_VERSION").split()[1].split("."))) < (2, 34):
            self.skipTest("this system's programs run on CentOS 7")
        configure = building.JQ_CONFIGURE.replace("printf '#!/bin/sh\\necho jq\\n' >jq && chmod 755 jq", f"cp {shutil.which('true')} jq")
        self.assertNotEqual(configure, building.JQ_CONFIGURE)
        said = self.bad("jq-1.5.tar.gz", lambda p: archive(p, {"x:jq-1.5/configure": configure, "jq-1.5/jq.h": ""}))
        self.assertRegex(said, r"jq-1\.5\.tar\.gz: left out: jq needs glibc 2\.\d+, which CentOS 7 lacks\. JQ_CC=COMMAND is another compiler")

    def test_one_package_that_is_not_what_its_name_says(self):
        """The others of InfluxData are on the disk all the same."""
        self.have("telegraf-1.5.1-1.x86_64.rpm", "kapacitor-1.4.0-1.x86_64.rpm", "chronograf-1.4.0.1-1.x86_64.rpm")
        (self.payloads / "kapacitor-1.4.0-1.x86_64.rpm").write_bytes(b"x" * 200)
        table = (WORK / "payloads.tsv").read_text()
        building.write(self.folder / "table", re.sub(r"(?m)^(kapacitor\S*\t\S+)\t\S+", r"\1\t-", table))
        vouch(self.payloads, "kapacitor-1.4.0-1.x86_64.rpm")
        said = self.made(PAYLOAD_TABLE=self.folder / "table")
        self.assertRegex(said, r"warning: kapacitor-1\.4\.0-1\.x86_64\.rpm: left out: kapacitor\S+: ")
        self.assert_good(["telegraf", "chronograf"], judge=False)

    def test_a_directory_that_is_not_there(self):
        self.assertIn(f"PAYLOADS={self.folder}/mistyped: no directory", self.made(PAYLOADS=self.folder / "mistyped"))
        status, said = self.roll(PAYLOADS=self.folder / "mistyped", STRICT=1)
        self.assertNotEqual(status, 0, said)

    def test_a_large_stranger_is_not_read(self):
        self.have("fdt.jar")
        with (self.payloads / "large").open("wb") as file:
            file.truncate(1 << 42)
        self.assertIn("'large' is no payload of the table: not used", self.made())

    def test_tables_with_mistakes(self):
        for text, error in (("a\tb\n", ":1: five columns"), ("a\tfdt\tx\t-\t-\n", "'x': 40 hexadecimal digits"),
                            ("a\tfdt\t-\t-\t-\na\tfdt\t-\t-\t-\n", ":2: 'a' is no name of a file, or stands there twice")):
            building.write(self.folder / "table", text)
            status, said = self.roll(PAYLOAD_TABLE=self.folder / "table")
            self.assertNotEqual(status, 0)
            self.assertIn(error, said)
        self.have("fdt.jar")
        (self.payloads / "SHA256SUMS").write_bytes(b"\xff\xfe")
        status, said = self.roll("verifydownload")
        self.assertNotEqual(status, 0)
        self.assertIn("SHA256SUMS: no text (UTF-8)", said)
        self.assertNotIn("Traceback", said)


class Places(PayloadCase):
    def test_blanks_and_quotes(self):
        self.have("six-1.11.0.tar.gz")
        self.payloads = self.payloads.rename(self.folder / "it's \"one\" dir")
        self.out = self.folder / "an out dir"
        self.made()
        self.assert_good(["opt-six"], judge=False)

    def test_in_parallel(self):
        self.have("six-1.11.0.tar.gz", "fdt.jar")
        status, said = self.roll("-j8 roll check")
        self.assertEqual(status, 0, said)
        self.assertIn(": good: 0 errors, 0 warnings", said)

    def test_two_at_once(self):
        """In the same directory one waits for the other."""
        words = [f"{k}={v}" for k, v in {"OUT": self.out, "PORTABLE": WORK / "tree", "GUIDE": WORK / "guide", "PAYLOADS": self.payloads,
                                         "SOURCE_DATE_EPOCH": building.EPOCH}.items()]
        both = [subprocess.Popen(["make", "-s", "roll", *words], cwd=building.ROLL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                for _ in range(2)]
        for process in both:
            said, _ = process.communicate()
            self.assertEqual(process.returncode, 0, said)
        self.assert_good([], judge=False)

    def test_interrupted(self):
        self.have("fdt.jar")
        self.made()
        before = disk_of(self.out).read_bytes()
        started = self.folder / "started"
        archive(self.payloads / "jq-1.5.tar.gz", {"x:jq-1.5/configure": f"#!/bin/sh\n>{started}\nwhile :; do sleep 1; done\n"})
        (self.payloads / "SHA256SUMS").unlink()
        vouch(self.payloads, "jq-1.5.tar.gz")
        words = [f"{k}={v}" for k, v in {"OUT": self.out, "PORTABLE": WORK / "tree", "GUIDE": WORK / "guide", "PAYLOADS": self.payloads,
                                         "PAYLOAD_TABLE": WORK / "payloads.tsv", "SOURCE_DATE_EPOCH": building.EPOCH}.items()]
        with subprocess.Popen(["make", "-s", "roll", *words], cwd=building.ROLL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              start_new_session=True) as process:
            while not started.exists():
                self.assertIsNone(process.poll())
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGKILL)
        self.assertEqual(disk_of(self.out).read_bytes(), before, "the disk that was there")
        # One that can still say so leaves nothing.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            started.unlink()
            place = self.folder / "temporary"
            place.mkdir(exist_ok=True)
            with subprocess.Popen([sys.executable, "-B", "-m", "maker", "roll"], cwd=building.ROLL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                                  env=os.environ | dict(word.split("=", 1) for word in words) | {"TMPDIR": str(place), "VERSION": building.VERSION}) as process:
                while not started.exists():
                    self.assertIsNone(process.poll())
                    time.sleep(0.05)
                os.killpg(process.pid, number)
                said = process.communicate()[1]
            self.assertEqual(process.returncode, 1)
            self.assertIn(f"make roll: interrupted ({number.name})\n", said)
            self.assertNotIn("Traceback", said)
            self.assertEqual([*place.iterdir()] + [p for p in self.out.rglob("*") if p.name.endswith(".part") or p.name == "BUILD"], [])
            self.assertEqual(disk_of(self.out).read_bytes(), before)
        (self.payloads / "jq-1.5.tar.gz").unlink()
        self.made()
        self.assertEqual(disk_of(self.out).read_bytes(), before)
        self.assertEqual([p for p in self.out.rglob("*") if p.name.endswith(".part") or p.name == "BUILD"], [])

    def mounted(self, options, command):
        """In a mount namespace of its own, with a small file system at `out`."""
        self.out.mkdir()
        script = f'mount -t tmpfs -o {options} tmpfs "{self.out}" && {{ {command}; }}'
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False, cwd=building.ROLL)
        if "unshare failed" in done.stderr or "mount:" in done.stderr:
            self.skipTest(done.stderr.strip())
        return done

    def test_a_full_or_read_only_directory(self):
        line = (f'make -s roll OUT="{self.out}" PORTABLE="{WORK}/tree" GUIDE="{WORK}/guide" SOURCE_DATE_EPOCH=1; s=$?; '
                f'ls -A "{self.out}"; exit $s')
        done = self.mounted("size=96k", line)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("No space left on device", done.stderr)
        self.assertNotIn(".iso", done.stdout)
        shutil.rmtree(self.out)
        done = self.mounted("size=1m,ro", line)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Read-only file system (OUT=DIR: another directory)", done.stderr)

    def test_a_full_directory_for_what_is_temporary(self):
        line = f'TMPDIR="{self.out}" make -s roll OUT="{self.folder}/made" PORTABLE="{WORK}/tree" GUIDE="{WORK}/guide" SOURCE_DATE_EPOCH=1'
        done = self.mounted("size=96k", line)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("No space left on device", done.stderr)
        self.assertEqual([p.name for p in (self.folder / "made").rglob("*") if p.name.endswith((".rpm", ".iso", ".part"))], [])

    def test_words_that_are_missing(self):
        for variables, error in (({"PORTABLE": ""}, "which tstat? PORTABLE=DIR"), ({"PORTABLE": self.folder}, "there is no bin/tstat in it"),
                                 ({"GUIDE": self.folder}, "there is no index.html in it"), ({"SOURCE_DATE_EPOCH": "now"}, "a number of seconds"),
                                 ({"PORTABLE": "", "NATIVE": 1, "RELEASE_BUILD": self.folder}, "is no build"), ({"RELEASE": "a-b"}, "RELEASE 'a-b'"),
                                 ({"SOURCE_DATE_EPOCH": "9" * 11}, "a number of seconds, up to 4294967295"),
                                 ({"SOURCE_DATE_EPOCH": 1 << 32}, "a number of seconds, up to 4294967295"),
                                 ({"ISOSIZE": "1.5"}, "ISOSIZE '1.5': a number of megabytes"), ({"COLOR": 'a"'}, "COLOR 'a\"'"),
                                 ({"ROLLNAME": "other"}, "there is no nodes/other.xml"), ({"ROLLNAME": "../nodes/tstat"}, "there is no nodes/")):
            status, said = self.roll(**variables)
            self.assertNotEqual(status, 0)
            self.assertIn(error, said)
            self.assertNotIn("Traceback", said)

    def test_one_package_and_clean(self):
        self.have("six-1.11.0.tar.gz")
        status, said = self.roll("-C src/python-six rpm")
        self.assertEqual(status, 0, said)
        self.assertEqual(set(packages_of(self.out)), {"opt-six"})
        status, said = self.roll("rpm", PACKAGE="fdt")
        self.assertNotEqual(status, 0)
        self.assertIn("fdt: its payload is not in", said)
        self.assertIn("there is no package 'nothing'", self.roll("rpm", PACKAGE="nothing")[1])
        self.made()
        self.assertEqual(self.roll("clean")[0], 0)
        self.assertEqual(list(self.out.iterdir()), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
