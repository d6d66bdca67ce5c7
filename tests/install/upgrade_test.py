#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Debian packages installed, upgraded, removed and purged, by apt and dpkg, in a root of their own: this system under an
overlay, or a debootstrap root (piuparts.sh makes one).

usage: upgrade_test.py PACKAGES SOURCE [--base TAR] [unittest arguments]

PACKAGES is a folder with the .deb files. Without root, or where nothing can be mounted, it is skipped (exit status 77).
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PACKAGES = SOURCE = BASE = None
# What installing and purging anything leaves: records of dpkg, apt and debconf, caches, users.
KEPT = re.compile(r"/var/(lib/(dpkg|apt|ucf)|log|cache/(apt|debconf|ldconfig|man|fontconfig))/|/etc/ld\.so\.cache$|"
                  r"/etc/((passwd|group|shadow|gshadow|subuid|subgid)-?|\.pwd\.lock)$|/(srv|tmp|run|dev|proc|root)/|"
                  r"/var/lib/doc-base/")
SOCKET_LINK = "etc/systemd/system/sockets.target.wants/tstat-rrd-cgi.socket"


def package(name):
    """The path of that package's file."""
    (path,) = PACKAGES.glob(f"{name}_*.deb")
    return path


def names():
    return sorted(path.name.split("_")[0] for path in PACKAGES.glob("*.deb"))


def make_package(folder, to, **fields):
    """A .deb of a folder: control fields, and what stands in folder/DEBIAN already."""
    control = {"Maintainer": "Nobody <nobody@tstat.invalid>", "Architecture": "amd64", "Description": "a stand-in"} | fields
    (folder / "DEBIAN").mkdir(exist_ok=True)
    (folder / "DEBIAN/control").write_text("".join(f"{k.replace('_', '-')}: {v}\n" for k, v in control.items()))
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", folder, to], check=True, stdout=subprocess.DEVNULL)


class Root:
    """A system that can be changed: an overlay over `lower`."""

    def __init__(self, work, lower):
        self.upper, self.path = work / "upper", work / "root"
        for folder in (self.upper, work / "inner", self.path):
            folder.mkdir()
        mount("-t", "overlay", "-o", f"lowerdir={lower},upperdir={self.upper},workdir={work / 'inner'}", "overlay", self.path)
        mount("-t", "proc", "proc", self.path / "proc")
        mount("-t", "tmpfs", "tmpfs", self.path / "run")
        mount("--rbind", "/dev", self.path / "dev")
        for folder in [self.path / "etc/tstat", *(self.path / "var/lib").glob("tstat*")]:  # a live capture was here
            shutil.rmtree(folder, ignore_errors=True)
        if not BASE:  # faster: apt that knows installed packages alone, and no index of manual pages
            mount("--bind", "/bin/true", self.path / "usr/bin/mandb")
            for folder in ("var/lib/apt/lists", "var/cache/apt"):
                mount("-t", "tmpfs", "tmpfs", self.path / folder)
                (self.path / folder / ("archives/partial" if folder.endswith("apt") else "partial")).mkdir(parents=True)

    def run(self, *command, status=0):
        """The output of a command in there."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
        alone = [] if BASE else ["unshare", "--net"]  # what is not here is not fetched but in a root that was made for it
        done = subprocess.run([*alone, "chroot", self.path, *command], env=environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != status:
            raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}")
        return done.stdout

    def apt(self, action, *arguments, options=()):
        """apt-get; a question about a file that was changed fails."""
        return self.run("apt-get", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-unsafe-io", *options, action, *arguments)

    def install(self, *paths, options=()):
        to = self.path / "srv/packages"
        to.mkdir(exist_ok=True)
        for path in paths:
            shutil.copy(path, to)
        return self.apt("install", *(f"/srv/packages/{path.name}" for path in paths), options=options)

    def write(self, path, text):
        (self.path / path).parent.mkdir(parents=True, exist_ok=True)
        (self.path / path).write_text(text)

    def enable(self, unit, target):
        """As `systemctl enable` does."""
        link = self.path / f"etc/systemd/system/{target}.wants/{unit}"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"/lib/systemd/system/{unit}")

    def read(self, path):
        return (self.path / path).read_text()

    def exists(self, path):
        return os.path.lexists(self.path / path)

    def state(self, name):
        done = subprocess.run(["chroot", self.path, "dpkg-query", "-W", "-f", "${db:Status-Status}", name], capture_output=True, text=True)
        return done.stdout or "unknown"

    def changed(self):
        """The files that are others than before, as paths of the system."""
        files = (p.relative_to(self.upper) for p in self.upper.rglob("*") if p.is_symlink() or not p.is_dir())
        return sorted(f"/{file}" for file in files if self.exists(file) and not KEPT.match(f"/{file}"))


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


class UpgradeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-debian-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        mount("-t", "tmpfs", "tmpfs", cls.work)
        cls.addClassCleanup(subprocess.run, ["umount", "--recursive", "--lazy", cls.work])
        cls.lower = pathlib.Path("/")
        if BASE:
            cls.lower = cls.work / "base"
            cls.lower.mkdir()
            subprocess.run(["tar", "-xf", BASE, "-C", cls.lower], check=True)
            shutil.copy("/etc/resolv.conf", cls.lower / "etc/resolv.conf")
            (cls.work / "updated").mkdir()
            root = Root(cls.work / "updated", cls.lower)
            root.run("apt-get", "-q", "update")
            needed = [subprocess.run(["dpkg-deb", "--field", path, "Depends"], check=True, capture_output=True, text=True).stdout
                      for path in PACKAGES.glob("*.deb")]
            others = {part.strip() for text in needed for part in text.split(",") if part.strip() and "tstat" not in part}
            root.apt("satisfy", "g++", "dpkg-dev", *sorted(others))
            cls.lower = root.path  # an overlay over that one

    def setUp(self):
        self.here = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        self.root = Root(self.here, self.lower)

    def text_of(self, name, path):
        """What a file of the package says."""
        shown = subprocess.run(["dpkg-deb", "--fsys-tarfile", package(name)], check=True, capture_output=True)
        return subprocess.run(["tar", "-xO", f"./{path}"], input=shown.stdout, check=True, capture_output=True).stdout.decode()

    def assert_works(self):
        self.assertRegex(self.root.run("tstat", "-v"), r"4\.\d+\.\d+")
        self.root.write("srv/web.pcap", "")
        shutil.copy(SOURCE / "tests/traces/web.pcap", self.root.path / "srv/web.pcap")
        self.root.run("tstat", "-s", "/srv/out", "/srv/web.pcap")
        self.assertEqual(len(list((self.root.path / "srv/out").rglob("log_tcp_complete"))), 1)

    def old_viewer(self):
        """The viewer's package as it was called up to 4.0.0-0upstream1: the same files, in another folder of documents."""
        folder = self.here / "old"
        subprocess.run(["dpkg-deb", "--raw-extract", package("tstat-cgi"), folder], check=True)
        (folder / "usr/share/doc/tstat-cgi").rename(folder / "usr/share/doc/tstat-viewer")
        overrides = folder / "usr/share/lintian/overrides"
        (overrides / "tstat-cgi").rename(overrides / "tstat-viewer")
        depends = re.search(r"^Depends: (.*)$", (folder / "DEBIAN/control").read_text(), re.M)[1]
        make_package(folder, self.here / "tstat-viewer_4.0.0-0upstream1_amd64.deb", Package="tstat-viewer",
                     Version="4.0.0-0upstream1", Depends=depends)
        return self.here / "tstat-viewer_4.0.0-0upstream1_amd64.deb"

    # ---------------------------------------------------------------------------------------------------------------

    def test_what_is_purged_leaves_what_was_captured_and_nothing_else(self):
        self.root.install(*PACKAGES.glob("*.deb"))
        self.assertEqual({name: self.root.state(name) for name in names()}, {name: "installed" for name in names()})
        self.assertEqual(self.root.run("dpkg", "--audit"), "")
        self.assertEqual(self.root.run("dpkg", "--verify", *names()), "")
        self.assertIn("tstat", self.root.run("id", "tstat"))
        self.assertFalse(list((self.root.path / "etc/systemd/system").glob("*.wants/tstat*")), "a service is on")
        self.assert_works()
        if "tstat-tools" in names():  # used by root: nothing is compiled then that would stay
            self.root.run("tstat-log", "--help")
            self.root.run("tstat-flow", "--help")
        self.root.enable("tstat.service", "multi-user.target")
        self.root.write("etc/tstat/net.all", "10.0.0.0/8\n")
        self.root.write("var/lib/tstat/out/log", "captured\n")
        (self.root.path / "var/lib/tstat-ship").mkdir()

        self.root.apt("remove", *names())
        self.assertFalse(self.root.exists("usr/bin/tstat"))
        self.assertEqual(self.root.read("etc/tstat/net.all"), "10.0.0.0/8\n", "settings do not outlast the package")
        left = [file for file in self.root.changed() if not file.startswith(("/etc/", "/var/lib/systemd/"))]
        self.assertEqual(left, ["/var/lib/tstat/out/log"])

        self.root.apt("purge", *(name for name in names() if self.root.state(name) == "config-files"))
        self.assertEqual({self.root.state(name) for name in names()} - {"unknown", "not-installed"}, set())
        self.assertEqual(self.root.changed(), ["/var/lib/tstat/out/log"])
        self.assertFalse(self.root.exists("etc/tstat"))
        self.assertFalse(self.root.exists("var/lib/tstat-ship"), "an empty folder stays")
        self.assertIn("tstat", self.root.run("id", "tstat"), "nobody has what was captured")

    def test_packages_follow_one_of_tstat_3_1_1_that_had_everything(self):
        old = self.here / "tstat"
        files = {"usr/bin/tstat": "#!/bin/sh\necho 3.1.1\n", "usr/lib/cgi-bin/tstat_rrd.cgi": "old\n", "usr/include/libtstat.h": "old\n",
                 "usr/lib/x86_64-linux-gnu/libtstat.so.0.0.0": "old\n", "usr/share/man/man1/tstat.1.gz": "old\n",
                 "usr/lib/x86_64-linux-gnu/pkgconfig/libtstat.pc": "old\n",
                 "etc/tstat/net.all": "192.0.2.0/24\n", "etc/tstat/net.private": "old\n", "etc/tstat/own.conf": "own\n"}
        for path, text in files.items():
            (old / path).parent.mkdir(parents=True, exist_ok=True)
            (old / path).write_text(text)
        (old / "usr/lib/x86_64-linux-gnu/libtstat.so.0").symlink_to("libtstat.so.0.0.0")
        (old / "DEBIAN").mkdir()
        (old / "DEBIAN/conffiles").write_text("".join(f"/{path}\n" for path in files if path.startswith("etc/")))
        make_package(old, self.here / "tstat_3.1.1-1_amd64.deb", Package="tstat", Version="3.1.1-1")
        self.root.install(self.here / "tstat_3.1.1-1_amd64.deb")
        self.root.write("etc/tstat/net.all", "10.0.0.0/8\n")

        self.root.install(*PACKAGES.glob("*.deb"), options=["-o", "Dpkg::Options::=--force-confold"])
        self.assert_works()
        self.assertEqual(self.root.run("dpkg", "--audit"), "")
        self.assertEqual(self.root.read("etc/tstat/net.all"), "10.0.0.0/8\n")
        self.assertEqual(self.root.read("etc/tstat/net.all.dpkg-dist"), self.text_of("tstat", "etc/tstat/net.all"))
        self.assertEqual(self.root.read("etc/tstat/net.private"), self.text_of("tstat", "etc/tstat/net.private"))
        owners = {"usr/include/libtstat.h": "libtstat-dev"}
        if "tstat-cgi" in names():
            owners["usr/lib/cgi-bin/tstat_rrd.cgi"] = "tstat-cgi"
        for path, owner in owners.items():
            self.assertEqual(self.root.run("dpkg-query", "--search", f"/{path}"), f"{owner}: /{path}\n")
        self.assertFalse(self.root.exists("usr/lib/x86_64-linux-gnu/libtstat.so.0.0.0"))
        self.root.apt("purge", *names())
        self.assertFalse(self.root.exists("etc/tstat"))

    def test_the_command_alone_takes_the_place_of_what_tstat_3_1_1_had(self):
        old = self.here / "tstat"
        (old / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
        (old / "usr/lib/x86_64-linux-gnu/libtstat.so.0").write_text("old\n")
        make_package(old, self.here / "tstat_3.1.1-1_amd64.deb", Package="tstat", Version="3.1.1-1")
        self.root.install(self.here / "tstat_3.1.1-1_amd64.deb")
        self.root.install(package("tstat"))
        self.assert_works()
        self.assertFalse(self.root.exists("usr/lib/x86_64-linux-gnu/libtstat.so.0"))

    def test_the_viewer_under_its_former_name_is_upgraded(self):
        if "tstat-cgi" not in names():
            self.skipTest("no viewer")
        self.root.install(self.old_viewer())
        self.root.enable("tstat-rrd-cgi.socket", "sockets.target")
        settings = self.root.read("etc/tstat/rrd-cgi.conf") + "data_root = /data\n"
        self.root.write("etc/tstat/rrd-cgi.conf", settings)

        # As one would: both files. A question about the settings would end it.
        self.root.install(package("tstat-cgi"), package("tstat-viewer"))
        self.assertEqual([self.root.state(name) for name in ("tstat-cgi", "tstat-viewer")], ["installed", "installed"])
        self.assertEqual(self.root.read("etc/tstat/rrd-cgi.conf"), settings)
        self.assertTrue(self.root.exists(SOCKET_LINK), "the socket is off")
        self.assertFalse(self.root.exists("usr/share/doc/tstat-viewer/examples"))

        # The empty package takes nothing with it.
        self.root.apt("purge", "tstat-viewer")
        self.assertEqual(self.root.state("tstat-cgi"), "installed")
        self.assertEqual(self.root.read("etc/tstat/rrd-cgi.conf"), settings)
        self.assertTrue(self.root.exists(SOCKET_LINK), "the socket is off")
        self.assertEqual(self.root.run("dpkg-query", "--search", "/etc/tstat/rrd-cgi.conf"), "tstat-cgi: /etc/tstat/rrd-cgi.conf\n")

        self.root.apt("purge", "tstat-cgi")
        self.assertEqual(self.root.changed(), [])

    def test_the_viewer_alone_takes_the_place_of_its_former_package(self):
        if "tstat-cgi" not in names():
            self.skipTest("no viewer")
        self.root.install(self.old_viewer())
        self.root.write("etc/tstat/rrd-cgi.conf", "data_root = /data\n")
        self.root.install(package("tstat-cgi"))
        self.assertNotEqual(self.root.state("tstat-viewer"), "installed")
        self.assertEqual(self.root.read("etc/tstat/rrd-cgi.conf"), "data_root = /data\n")
        self.root.apt("purge", "tstat-viewer")
        self.assertEqual(self.root.read("etc/tstat/rrd-cgi.conf"), "data_root = /data\n")

    def test_programs_depend_on_the_interfaces_that_they_use(self):
        if "libtstat0" not in names() or not shutil.which("dpkg-shlibdeps"):
            self.skipTest("no shared library, or no dpkg-dev")
        self.root.install(package("libtstat0"), package("libtstat-dev"))
        examples = "/usr/share/doc/libtstat-dev/examples"
        self.root.run("sh", "-c", "mkdir -p /srv/debian && printf 'Source: x\\n\\nPackage: x\\nArchitecture: any\\n' >/srv/debian/control")
        self.root.run("cc", f"{examples}/c/feed_ports.c", "-o", "/srv/c", "-ltstat")
        self.root.run("c++", "-std=c++20", f"{examples}/count_flows.cc", "-o", "/srv/cxx", "-ltstat", "-labsl_status", "-labsl_strings",
                      "-labsl_statusor")

        def needs(program):
            told = self.root.run("sh", "-c", f"cd /srv && dpkg-shlibdeps -O {program}")
            return set(re.findall(r"libtstat[^,\n]*", told))

        self.assertEqual(needs("c"), {"libtstat0 (>= 4.0.0)"})
        self.assertEqual(needs("cxx"), {"libtstat0 (>= 4.0.0)", "libtstat-cxx-v1 (>= 4.0.0)"})


def main(arguments):
    global PACKAGES, SOURCE, BASE
    PACKAGES, SOURCE = (pathlib.Path(argument).resolve() for argument in arguments[1:3])
    rest = arguments[3:]
    if rest[:1] == ["--base"]:
        BASE, rest = pathlib.Path(rest[1]).resolve(), rest[2:]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print("no root, or no Debian: skipped")
        return 77
    if "TSTAT_OWN_MOUNTS" not in os.environ:
        # What is mounted goes when this process does.
        if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode:
            print("nothing can be mounted: skipped")
            return 77
        os.environ["TSTAT_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-B", *arguments])
    os.umask(0o022)
    unittest.main(argv=[arguments[0], *rest])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
