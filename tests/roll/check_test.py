#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The roll's check refuses disks that a frontend would refuse, ignore, or find useless later, and says by which rule.

usage: check_test.py SHARED_DIR [unittest arguments]
TSTAT_HEAVY=1: those of SHARED_DIR/roll/make_sample_roll.py, too.
"""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import building
from building import build_rpm, disk_of, make
from checker.conditions import ConditionError, holds, joined, value_of
from checker.elf import needed_versions
from checker.iso9660 import Iso, IsoError
from checker.rpm_file import RpmError, RpmFile

SAMPLES = pathlib.Path(sys.argv[1]) / "roll" / "make_sample_roll.py"
HEAVY = os.environ.get("TSTAT_HEAVY") == "1"
HOLDER = tempfile.TemporaryDirectory()
WORK = pathlib.Path(HOLDER.name)
V = building.VERSION
RPMS = f"tstat/{V}/x86_64/RedHat/RPMS"
# What make_sample_roll.py breaks, and the rule that must say so.
SAMPLE_RULES = {"no-roll-attr": "R5.6", "wrong-top-dir": "R2.1", "two-xml": "R1.4", "no-prefix": "R3.2", "zstd": "R4.4", "missing-node": "R5.3",
                "bad-name": "R4.1", "no-rockridge": "R1.2", "unreadable": "R2.3", "package-not-on-iso": "R6.1"}


def setUpModule():
    building.small_tree(WORK / "tree")
    building.small_guide(WORK / "guide")
    status, said = make("roll", WORK / "good", PORTABLE=WORK / "tree", GUIDE=WORK / "guide", PAYLOADS=WORK / "none")
    assert status == 0, said
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", str(disk_of(WORK / "good")), "-extract", "/", str(WORK / "disk")], check=True,
                   capture_output=True)
    for path in WORK.joinpath("disk").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def tearDownModule():
    HOLDER.cleanup()


def check(iso, *words):
    done = subprocess.run([sys.executable, "-B", "-m", "checker", *words, str(iso)], cwd=building.ROLL, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


class Broken(unittest.TestCase):
    """The good disk with one thing changed."""

    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.place.name)
        self.disk = self.folder / "disk"
        shutil.copytree(WORK / "disk", self.disk)
        self.rpms = self.disk / RPMS

    def tearDown(self):
        self.place.cleanup()

    def assert_refused(self, rule, text, flags=("-R",), level="ERROR"):
        iso = self.folder / f"tstat-{V}-0.x86_64.disk1.iso"
        subprocess.run(["xorriso", "-as", "mkisofs", *flags, "-quiet", "-V", "tstat disk1", "-o", str(iso), str(self.disk)], check=True,
                       capture_output=True)
        status, said = check(iso)
        self.assertRegex(said, rf"(?m)^{level} {re.escape(rule)} .*{text}")
        self.assertEqual(status, 1 if level == "ERROR" else 0, said)

    def profile(self, nodes=None, graph=None, head="Prefix: /export/profile", name="tstat"):
        """Another profile package in the place of the good one."""
        good = {f.path: f.data.decode() for f in RpmFile((self.rpms / f"roll-tstat-kickstart-{V}-0.noarch.rpm").read_bytes()).files()
                if f.mode & 0o100000}
        node, edges = good["/export/profile/nodes/tstat.xml"], good["/export/profile/graphs/default/tstat.xml"]
        files = {f"/export/profile/nodes/{name}.xml": nodes(node) if nodes else node,
                 "/export/profile/graphs/default/tstat.xml": graph(edges) if graph else edges}
        made = build_rpm("roll-tstat-kickstart", V, "0", files, self.folder, arch="noarch", head=head)
        shutil.copyfile(made, self.rpms / made.name)

    def test_the_good_one(self):
        status, said = check(disk_of(WORK / "good"))
        self.assertEqual((status, said), (0, f"tstat-{V}-0.x86_64.disk1.iso: good: 0 errors, 0 warnings\n"))

    def test_a_disk_that_is_cut(self):
        whole = disk_of(WORK / "good").read_bytes()
        iso = self.folder / "cut.iso"
        filled = len(whole.rstrip(b"\0"))  # behind it a disk is only padded
        for size in range(filled // 8, filled, filled // 8):
            iso.write_bytes(whole[:size])
            status, said = check(iso)
            self.assertEqual(status, 1)
            self.assertRegex(said, r"^ERROR R1\.2 ((/\S+|a file) lies behind the end of the disk|no ISO 9660 file system)\n")

    def test_names(self):
        other = self.folder / "roll.img"
        shutil.copyfile(disk_of(WORK / "good"), other)
        self.assertEqual(check(other)[0], 1)
        self.assertRegex(check(other)[1], r"^ERROR R1\.1 .*: its name does not end in \.iso")
        self.assertRegex(check(self.folder / "none.iso")[1], r"^ERROR R1\.1 .*: no such file")

    def test_no_rock_ridge(self):
        iso = self.folder / "x.iso"
        subprocess.run(["xorriso", "-rockridge", "off", "-outdev", f"stdio:{iso}", "-map", str(self.disk), "/"], check=True, capture_output=True)
        status, said = check(iso)
        self.assertEqual(status, 1)
        self.assertIn("ERROR R1.2 no Rock Ridge", said)

    def test_another_top_directory(self):
        (self.disk / "tstat").rename(self.disk / "Tstat")
        self.assert_refused("R2.1", "no directory /tstat")

    def test_another_version(self):
        (self.disk / f"tstat/{V}").rename(self.disk / "tstat/9.9")
        self.assert_refused("R2.2", f"no directory /tstat/{V}/x86_64/RedHat/RPMS")

    def test_two_descriptions(self):
        text = next((self.disk / f"tstat/{V}/x86_64").glob("roll-*.xml")).read_text()
        (self.disk / f"tstat/{V}/x86_64/SRPMS/roll-x.xml").write_text(text.replace('name="tstat"', 'name="x"', 1))
        self.assert_refused("R1.4", "several rolls: tstat, x")

    def test_no_description(self):
        (self.disk / f"tstat/{V}/x86_64/roll-tstat.xml").unlink()
        self.assert_refused("R1.4", "no roll-")

    def test_a_damaged_description(self):
        path = self.disk / f"tstat/{V}/x86_64/roll-tstat.xml"
        path.write_text(path.read_text().replace("</roll>", ""))
        self.assert_refused("R1.5", "roll-tstat.xml")

    def test_a_description_without_what_others_need(self):
        path = self.disk / f"tstat/{V}/x86_64/roll-tstat.xml"
        path.write_text(re.sub(r"<color[^>]*/>", "", path.read_text()))
        self.assert_refused("R1.6", "lacks color edge, color node", level="WARN")

    def test_discinfo(self):
        (self.disk / ".discinfo").write_text("tstat\n")
        self.assert_refused("R1.7", ".discinfo", level="WARN")

    def test_what_is_not_copied(self):
        (self.disk / "notes").write_text("x\n")
        self.assert_refused("R2.4", "not copied: notes", level="WARN")

    def test_a_file_that_is_not_served(self):
        next(self.rpms.glob("tstat-*.rpm")).chmod(0o600)
        self.assert_refused("R2.3", "mode 0600")

    def test_a_package_twice(self):
        made = build_rpm("tstat", "3.1.1", "0", {"/opt/tstat/bin/tstat": "x"}, self.folder)
        shutil.copyfile(made, self.rpms / made.name)
        self.assert_refused("R3.1", "only the newer one counts", level="WARN")

    def test_no_profile(self):
        (self.rpms / f"roll-tstat-kickstart-{V}-0.noarch.rpm").unlink()
        self.assert_refused("R3.2", "no package roll-tstat-kickstart")

    def test_a_profile_that_cannot_be_moved(self):
        self.profile(head="")
        self.assert_refused("R3.2", "not relocatable")

    def test_names_of_packages(self):
        next(self.rpms.glob("tstat-*.rpm")).rename(self.rpms / "tstat.rpm")
        self.assert_refused("R4.1", "tstat.rpm: not name-version-release.arch.rpm")

    def test_a_name_that_the_header_does_not_have(self):
        next(self.rpms.glob("tstat-*.rpm")).rename(self.rpms / "tstat-5.0-0.x86_64.rpm")
        self.assert_refused("R4.1", f"its header says tstat-{V}-0.x86_64")

    def test_no_package(self):
        (self.rpms / "fdt-1-0.x86_64.rpm").write_bytes(b"no package")
        self.assert_refused("R4.3", "no RPM file")

    def test_a_payload_that_old_ones_cannot_read(self):
        made = build_rpm("fdt", "1", "0", {"/opt/fdt/x": "x"}, self.folder, head="%define _binary_payload w9.zstdio")
        shutil.copyfile(made, self.rpms / made.name)
        self.assert_refused("R4.4", "payload zstd")

    def test_a_rich_requirement(self):
        made = build_rpm("fdt", "1", "0", {"/opt/fdt/x": "x"}, self.folder, head="Requires: (a or b)")
        shutil.copyfile(made, self.rpms / made.name)
        self.assert_refused("R4.4", "rich requirement")

    def test_symbols_that_are_too_new(self):
        tree = self.folder / "elf"
        shutil.copytree(WORK / "tree", tree)
        shutil.copyfile("/bin/sh", tree / "opt/tstat/bin/tstat")
        status, said = make("roll", self.folder / "out", PORTABLE=tree, GUIDE=WORK / "guide", PAYLOADS=WORK / "none")
        self.assertEqual(status, 0, said)
        newest = max(tuple(map(int, v[6:].split("."))) for v in needed_versions(pathlib.Path("/bin/sh").read_bytes()) if v[6:7].isdigit())
        text = ".".join(map(str, newest))
        self.assertIn(f"ERROR R4.5 tstat-{V}-0.x86_64.rpm: /opt/tstat/bin/tstat needs glibc {text}", check(disk_of(self.folder / "out"))[1])
        self.assertEqual(check(disk_of(self.folder / "out"), "--glibc", text)[0], 0)

    def test_nodes_without_the_roll(self):
        self.profile(nodes=lambda t: t.replace(' roll="tstat"', ""))
        self.assert_refused("R5.6", "no node that server reaches is of roll 'tstat'")

    def test_a_node_without_a_file(self):
        self.profile(name="tstatt")
        self.assert_refused("R5.3", "node 'tstat', which has no file")

    def test_a_damaged_node(self):
        self.profile(nodes=lambda t: t.replace("</post>", ""))
        self.assert_refused("R5.4", "node tstat")

    def test_an_unknown_entity(self):
        self.profile(nodes=lambda t: t.replace("Tstat roll<", "&nothing;<"))
        self.assert_refused("R5.4", "undefined entity")

    def test_elements_in_a_script(self):
        self.profile(nodes=lambda t: t.replace("</post>", "<b>x</b></post>"))
        self.assert_refused("R5.5", "<b> inside of <post>")

    def test_a_damaged_graph(self):
        self.profile(graph=lambda t: t.replace("</graph>", ""))
        self.assert_refused("R5.1", "graphs/default/tstat.xml")

    def test_a_graph_that_leads_nowhere(self):
        self.profile(graph=lambda t: t.replace("server", "servant"))
        self.assert_refused("R5.6", "no node that server reaches")

    def test_a_condition_that_is_none(self):
        self.profile(graph=lambda t: t.replace('cond="tstat"', 'cond="tstat and"'))
        self.assert_refused("R5.8", "tstat and")

    def test_a_package_that_is_not_there(self):
        self.profile(nodes=lambda t: t.replace("<package>tstat<", "<package>jq</package><package>tstat<"))
        self.assert_refused("R6.1", "package 'jq'")

    def test_a_package_that_nobody_installs(self):
        made = build_rpm("fdt", "1", "0", {"/opt/fdt/x": "x"}, self.folder)
        shutil.copyfile(made, self.rpms / made.name)
        self.assert_refused("R6.2", "package 'fdt'", level="WARN")

    def test_a_script_that_is_none(self):
        self.profile(nodes=lambda t: t.replace("<package>tstat<", "<package>a;;b<"))
        self.assert_refused("R6.3", "not one of sh")


class Samples(unittest.TestCase):
    def test_each(self):
        if not HEAVY or not SAMPLES.is_file() or not shutil.which("genisoimage"):
            self.skipTest("with --all, and where the samples are")
        with tempfile.TemporaryDirectory() as folder:
            for kind, rule in {"": "", **SAMPLE_RULES}.items():
                with self.subTest(kind=kind):
                    subprocess.run([sys.executable, "-B", str(SAMPLES), folder, *(["--break", kind] if kind else [])], check=True, capture_output=True)
                    status, said = check(f"{folder}/tstat-3.1.1-0.x86_64.disk1.iso")
                    self.assertEqual(status, 1 if kind else 0, said)
                    if kind:
                        self.assertRegex(said, rf"(?m)^ERROR {re.escape(rule)} ")


class Parts(unittest.TestCase):
    def test_conditions(self):
        host = {"tstat": "true", "n": "4", "os": "linux", "off": "no"}
        for text, expected in (("", True), ("tstat", True), ("off", False), ("nothing", False), ("not off", True), ("n > 3 and os == 'linux'", True),
                               ("n == '4' or off", False), ("nothing == None", True), ("os < 3", False)):
            self.assertEqual(holds(text, host), expected, text)
        for text in ("f()", "a.b", "(", "(" * 5000, "a and " * 5000 + "b ==", "-" * 9000 + "1", "[x for x in y]", "__import__('os')"):
            with self.assertRaises(ConditionError):
                holds(text, host)
        self.assertEqual(joined({"arch": "i386, x86_64", "cond": "a"}, "b"), "(arch == 'i386' or arch == 'x86_64') and (a) and (b)")
        self.assertEqual([value_of(t) for t in ("on", "OFF", "3", "3.5", "x")], [True, False, 3, 3.5, "x"])

    def test_damaged_files(self):
        """Cut or changed anywhere, a file is refused, or read as something else; it breaks nothing."""
        iso, rpm = disk_of(WORK / "good").read_bytes(), next((WORK / "disk" / RPMS).glob("tstat-*.rpm")).read_bytes()
        for size in list(range(0, 1000, 37)) + list(range(1000, len(rpm), 997)):
            with self.assertRaises((RpmError, ValueError)):
                list(RpmFile(rpm[:size]).files())
        for at in list(range(0, 4096, 13)):
            changed = rpm[:at] + bytes([rpm[at] ^ 0xFF]) + rpm[at + 1:]
            try:
                list(RpmFile(changed).files())
            except (RpmError, ValueError):
                pass
        for at in range(16 * 2048, 40 * 2048, 11):
            changed = iso[:at] + bytes([iso[at] ^ 0xFF]) + iso[at + 1:]
            try:
                Iso(changed)
            except IsoError:
                pass
        for size in range(0, 24 * 2048, 499):
            with self.assertRaises(IsoError):
                Iso(iso[:size])

    def test_elf(self):
        self.assertEqual(needed_versions(b"#!/bin/sh\n"), set())
        self.assertEqual(needed_versions(b"\x7fELF\x02\x01" + bytes(58)), set())
        data = pathlib.Path("/bin/sh").read_bytes()
        self.assertIn("GLIBC_2.2.5", needed_versions(data))
        self.assertEqual(needed_versions(data[:40] + struct.pack("<Q", len(data)) + data[48:]), {"damaged"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
