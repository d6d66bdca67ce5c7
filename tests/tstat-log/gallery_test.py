# SPDX-License-Identifier: BSD-3-Clause
"""The pictures of docs/log-tools.md are what the commands beside them draw of the sample day.

  gallery_test.py [--write]       --write: draws them anew
"""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

import matplotlib
import tstat_log.plots  # noqa: F401  that each run has it
from logs import SOURCE, TRACES, TSTAT, run

PAGE = SOURCE / "docs/log-tools.md"
PICTURES = SOURCE / "docs/log-tools"
DRAWN_BY = "3.6"  # of matplotlib: another one draws a little otherwise
DAY = TRACES / "day"


class Gallery(unittest.TestCase):
    def test_pictures(self):
        text = PAGE.read_text(encoding="utf-8")
        shown = re.findall(r"^    (tstat-log .* --plot (\S+\.svg) out/)\n\n!\[[^]]+\]\(log-tools/(\S+)\)$", text, re.M)
        self.assertEqual([name for _, name, _ in shown], [name for _, _, name in shown])
        self.assertEqual({name for _, name, _ in shown}, {path.name for path in PICTURES.iterdir()} if not WRITE else {n for _, n, _ in shown})
        self.assertGreaterEqual(len(shown), 4)
        with tempfile.TemporaryDirectory() as folder:
            with subprocess.Popen([DAY / "generate"], stdout=subprocess.PIPE) as day:
                subprocess.run([TSTAT, "-N", DAY / "networks.conf", "-s", f"{folder}/out", "-"], stdin=day.stdout, check=True,
                               stdout=subprocess.DEVNULL)
            self.assertEqual(day.returncode, 0)
            for command, name, _ in shown:
                words = [word.replace("out/", f"{folder}/out/") for word in shlex.split(command)[1:]]
                drawn = pathlib.Path(folder, name)
                words[words.index(name)] = drawn
                self.assertEqual(run(*words), (0, "", ""), command)
                if WRITE:
                    (PICTURES / name).write_bytes(drawn.read_bytes())
                elif matplotlib.__version__.startswith(DRAWN_BY):
                    self.assertTrue(drawn.read_bytes() == (PICTURES / name).read_bytes(),
                                    f"{name} is another picture by now; gallery_test.py --write draws it anew")
                self.assertNotIn(b"NaN", drawn.read_bytes())


WRITE = "--write" in sys.argv
if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--write"])
