#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""packaging/container/Containerfile, step by step in a debootstrap root, as a container engine would do it: the packages that it names
are there, and the image that comes out analyses a trace and captures with the rights that docs/install.md says.

usage: container_test.py BASE [unittest arguments]

BASE is the archive of a root that piuparts.sh made. It compiles without optimisation, which takes a quarter of the time.
"""
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
RECIPE = SOURCE / "packaging/container/Containerfile"
BASE = None
QUICKLY = "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -DTSTAT_LTO=OFF -DTSTAT_LTO_LINK=OFF -DTSTAT_HARDENING=OFF"


def instructions():
    """(WORD, rest) of each line, those that go on joined."""
    text = re.sub(r"^#.*\n", "", RECIPE.read_text(), flags=re.M).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def sh(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


class Stage:
    """The file system and settings of one FROM."""

    def __init__(self, image):
        self.image, self.root = image, pathlib.Path(tempfile.mkdtemp(dir=Image.work))
        sh("tar", "-xf", BASE, "-C", self.root)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        sh("mount", "-t", "proc", "proc", self.root / "proc")
        sh("mount", "--rbind", "/dev", self.root / "dev")
        self.directory, self.user, self.settings, self.entry = "/", "0:0", {}, []

    def run(self, command):
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
        return sh("chroot", f"--userspec={self.user}", self.root, "sh", "-ec", f"cd {self.directory} && {command}",
                  env=environment | self.settings)


class Image:
    """What the recipe makes."""

    work = None

    def __init__(self):
        self.stages = {}
        for word, rest in instructions():
            getattr(self, "do_" + word.lower())(rest)

    def do_from(self, rest):
        image, *name = rest.split(" AS ")
        self.stage = self.stages[name[0] if name else ""] = Stage(image)

    def do_workdir(self, rest):
        self.stage.directory = rest
        (self.stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def do_copy(self, rest):
        *sources, target = rest.split()
        to = self.stage.root / self.stage.directory.lstrip("/") / target
        for source in (SOURCE / name for name in sources):
            if source.is_dir():
                shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
            else:
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, to)

    def do_run(self, rest):
        mount = re.match(r"--mount=type=bind,from=(\w+),source=/packages,target=/packages +", rest)
        if mount:
            rest = rest[mount.end():]
            (self.stage.root / "packages").mkdir()
            sh("mount", "--bind", self.stages[mount[1]].root / "packages", self.stage.root / "packages")
        self.stage.run(rest.replace("cmake --preset release", f"cmake --preset release {QUICKLY}"))
        if mount:
            sh("umount", self.stage.root / "packages")
            (self.stage.root / "packages").rmdir()

    def do_arg(self, rest):
        name, value = rest.split("=")
        self.stage.settings[name] = shlex.split(value)[0]

    def do_user(self, rest):
        self.stage.user = rest

    def do_entrypoint(self, rest):
        self.stage.entry = re.findall(r'"([^"]*)"', rest)

    def do_cmd(self, rest):
        self.command = re.findall(r'"([^"]*)"', rest)


class ContainerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        Image.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-container-"))
        cls.addClassCleanup(shutil.rmtree, Image.work, ignore_errors=True)
        sh("mount", "-t", "tmpfs", "tmpfs", Image.work)
        cls.addClassCleanup(subprocess.run, ["umount", "--recursive", "--lazy", Image.work])
        cls.image = Image()
        cls.root = cls.image.stage.root

    def command(self, *arguments, user=None, wrapper=()):
        """The program of the image, as an engine starts it."""
        stage = self.image.stage
        return ["chroot", f"--userspec={user or stage.user}", self.root, *wrapper, "sh", "-ec", f"cd {stage.directory}; exec \"$@\"", "-",
                *stage.entry, *arguments]

    def test_two_stages_begin_with_images_of_debian_and_the_last_one_is_no_root(self):
        self.assertEqual([stage.image for stage in self.image.stages.values()], ["debian:12", "debian:12-slim"])
        self.assertRegex(self.image.stage.user, r"^[1-9]\d*:[1-9]\d*$")
        self.assertFalse((self.root / "packages").exists())
        self.assertFalse(list((self.root / "var/lib/apt/lists").glob("*_Packages")))

    def test_it_analyses_a_trace_as_its_user(self):
        self.assertIn("--", sh(*self.command(*self.image.command)))
        shutil.copy(SOURCE / "tests/traces/web.pcap", self.root / "srv/web.pcap")
        sh(*self.command("-s", "out", "/srv/web.pcap"))
        (log,) = (self.root / "var/lib/tstat/out").rglob("log_tcp_complete")
        self.assertEqual(f"{log.stat().st_uid}:{log.stat().st_gid}", self.image.stage.user)

    def test_it_captures_as_root_with_three_capabilities_and_becomes_its_user(self):
        three = "-all,+net_raw,+setuid,+setgid"
        # As an engine does: the first process of a namespace, in a network that has packets.
        packets = "ip link set lo up; while sleep 0.1; do echo >/dev/udp/127.0.0.1/9; done & exec \"$@\""
        command = ["unshare", "--net", "--pid", "--fork", "--kill-child", "bash", "-c", packets, "-",
                   *self.command("-l", "-i", "lo", "-s", "/var/lib/tstat", user="0:0",
                                 wrapper=("setpriv", "--inh-caps", three, "--bounding-set", three))]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as engine:
            for _ in range(600):
                logs = list((self.root / "var/lib/tstat").glob("*.out/log_udp_complete"))
                if logs or engine.poll() is not None:
                    break
                time.sleep(0.1)
            children = pathlib.Path(f"/proc/{engine.pid}/task/{engine.pid}/children")
            if engine.poll() is None:
                os.kill(int(children.read_text().split()[0]), signal.SIGTERM)
            told = engine.communicate()[0]
        self.assertEqual({f"{log.stat().st_uid}:{log.stat().st_gid}" for log in logs}, {self.image.stage.user}, told)


def main(arguments):
    global BASE
    BASE = pathlib.Path(arguments[1]).resolve()
    if os.geteuid() != 0 or not BASE.exists():
        print("no root, or no system to begin with: skipped")
        return 77
    if "TSTAT_OWN_MOUNTS" not in os.environ:
        os.environ["TSTAT_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-B", *arguments])
    os.umask(0o022)
    unittest.main(argv=[arguments[0], *arguments[2:]])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
