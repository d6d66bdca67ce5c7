# SPDX-License-Identifier: BSD-3-Clause
"""How the tests run tstat-flow."""

import contextlib
import json
import os
import pathlib
import sys
import tempfile
import time
import traceback
import unittest

sys.argv[0] = "tstat-flow"  # messages begin with the program's name

import tstat  # noqa: E402,F401  that each run has it
from tstat_flow.main import main  # noqa: E402

SOURCE = pathlib.Path(os.environ["TSTAT_SOURCE_DIR"])
TRACES = SOURCE / "tests/traces"
TSTAT_FLOW = os.environ["TSTAT_FLOW"]
CAUSES = ("rto", "fs", "reor", "dup", "fc", "unrto", "unfs", "unk")


def _child(arguments, files, environment):
    for number, file in enumerate(files):
        os.dup2(file.fileno(), number)
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww"))
    os.environ.update(environment)
    time.tzset()
    try:
        status = main("1.2.3", arguments)
    except SystemExit as leaving:
        status = leaving.code
    except BaseException:
        traceback.print_exc()
        status = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def run(*arguments, stdin=b"", environment=None):
    """The exit status, what is written, and what is said: of a process that has the modules already."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(stdin)
        files[0].seek(0)
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            _child(list(map(str, arguments)), files, {"TZ": "UTC", "COLUMNS": "100", **(environment or {})})
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = []
        for file in files[1:]:
            file.seek(0)
            texts.append(file.read().decode())
        return status, *texts


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
