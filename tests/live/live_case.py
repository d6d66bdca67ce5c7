# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of live captures share: a directory each, tstat, and the program that they are run by.

  import live_case
  class Topic(live_case.LiveTest): ...
  if __name__ == "__main__":
      live_case.main()

usage of such a program: TOPIC_test.py TSTAT [unittest arguments]
It runs as root, or where users may make namespaces; otherwise it exits with 77.
"""
import os, pathlib, shutil, subprocess, sys, tempfile, unittest

import network

TSTAT = None
REAL_ROOT = pathlib.Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


def need_root(test):
    return unittest.skipUnless(REAL_ROOT, "needs root, not a user namespace")(test)


class LiveTest(unittest.TestCase):
    """What all of them need."""

    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-live-"))
        self.work.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def write(self, name, text):
        # At once, for tstat may be reading it.
        (self.work / "new").write_text(text)
        (self.work / "new").rename(self.work / name)
        return name

    def live(self, *options, **more):
        return network.Live(TSTAT, self.work, *options, **more)

    def on_file(self, *options):
        done = subprocess.run([TSTAT, *map(str, options)], cwd=self.work, capture_output=True, text=True,
                              env=network.environment())
        self.assertEqual(done.returncode, 0, done.stderr)

    def assert_trees_equal(self, one, other):
        def files(base):
            (directory,) = base.glob("2*.out")
            return {p.relative_to(directory): p.read_bytes() for p in directory.rglob("*") if p.is_file()}

        one, other = files(one), files(other)
        self.assertEqual(sorted(one), sorted(other))
        self.assertGreater(len(one), 100)
        for path, content in one.items():
            self.assertEqual(content.decode(), other[path].decode(), path)


def main():
    global TSTAT
    network.enter()
    TSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
