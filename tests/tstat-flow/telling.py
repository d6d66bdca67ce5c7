# SPDX-License-Identifier: BSD-3-Clause
"""How the tests run tstat-flow."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

sys.argv[0] = "tstat-flow"  # messages begin with the program's name

import forked  # noqa: E402
import tstat  # noqa: E402,F401  that each run has it
from tstat_flow.main import main  # noqa: E402

SOURCE = pathlib.Path(os.environ["TSTAT_SOURCE_DIR"])
TRACES = SOURCE / "tests/traces"
TSTAT_FLOW = os.environ["TSTAT_FLOW"]
CAUSES = ("rto", "fs", "reor", "dup", "fc", "unrto", "unfs", "unk")


def run(*arguments, stdin=b"", environment=None):
    """The exit status, what is written, and what is said."""
    return forked.run(main, "tstat-flow", arguments, {"COLUMNS": "100", **(environment or {})}, stdin)


class WithFolder(unittest.TestCase):
    """Tests that write into self.folder."""

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        cls.folder = pathlib.Path(holder.name)

    def ok(self, *arguments, said="", **options):
        """What a run writes that goes well; what it says begins with ``said``."""
        status, out, err = run(*arguments, **options)
        self.assertEqual(status, 0, err)
        (self.assertIn if said else self.assertEqual)(said, err)
        return out

    def fails(self, status, *arguments, **options):
        """What a run says that does not go well."""
        got, out, said = run(*arguments, **options)
        self.assertEqual(got, status, out + said)
        self.assertNotIn("Traceback", said)
        return said

    def told(self, *arguments):
        """A flow as JSON."""
        return json.loads(self.ok(*arguments, "--json"))
