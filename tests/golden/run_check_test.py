#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""That run_check.py passes for exactly what is known, and for nothing else."""
import json, os, pathlib, shutil, subprocess, sys, tempfile, unittest

RUN_CHECK = pathlib.Path(__file__).with_name("run_check.py")

# A comparison whose result is in a file.
CHECK = """
import json, pathlib, sys
result = json.loads(pathlib.Path(__file__).with_name("result").read_text())
print(result["text"])
pathlib.Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(result["json"]))
"""


def result(identical=98, file_same=False, text_extra=""):
    log = {"reference": 100, "identical": identical, "missing": 0, "extra": 0}
    report = {"trace": "a", "logs": {"log_x": log}, "files": {"d/h1": [file_same, "line 1"], "d/h2": [True, None]}}
    text = f"{text_extra}identical files: 50.00% (1 of 2)\nidentical rows: 98.00% ({identical} of 100)"
    return {"text": text, "json": {"default": [report]}}


KNOWN = """Text.

== golden.default
files: 1 of 2
rows: 98 of 100
rows a log_x 2 not there, 2 instead  # stale bytes
file a d/h1  # likewise

== golden.other
rows: 1 of 1
"""


class RunCheckTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.shared = pathlib.Path(self.folder.name) / "shared"
        self.golden = self.shared / "golden"
        self.golden.mkdir(parents=True)
        (self.golden / "check").write_text(CHECK)
        self.known = pathlib.Path(self.folder.name) / "known"
        self.known.write_text(KNOWN)

    def run_check(self, *arguments, shared=None, **environment):
        clean = {k: v for k, v in os.environ.items() if k != "TSTAT_REQUIRE_GOLDEN"}
        done = subprocess.run([sys.executable, RUN_CHECK, "--test", "golden.default", "--shared", shared or self.shared,
                               "--tstat", sys.executable, "--known", self.known, *arguments],
                              env={**clean, **environment}, capture_output=True, text=True)
        return done.returncode, done.stdout

    def status(self, **what):
        (self.golden / "result").write_text(json.dumps(result(**what)))
        return self.run_check()[0]

    def test_passes_for_what_is_known(self):
        self.assertEqual(self.status(), 0)

    def test_one_row_less_fails(self):
        self.assertEqual(self.status(identical=97), 1)
        self.assertIn("+rows a log_x 3 not there, 3 instead", self.run_check()[1])

    def test_one_row_more_fails_too(self):
        self.assertEqual(self.status(identical=99), 1)

    def test_a_file_more_fails_too(self):
        self.assertEqual(self.status(file_same=True), 1)

    def test_a_failed_run_of_tstat_fails(self):
        self.assertEqual(self.status(text_extra="   FAILED on a: exit status 1\n"), 1)

    def test_update_keeps_reasons_and_other_tests(self):
        (self.golden / "result").write_text(json.dumps(result(identical=99)))
        self.assertEqual(self.run_check("--update")[0], 0)
        text = self.known.read_text()
        self.assertIn("rows: 99 of 100\nrows a log_x 1 not there, 1 instead  # ?\nfile a d/h1  # likewise\n", text)
        self.assertTrue(text.startswith("Text.\n\n== ") and text.endswith("\n\n== golden.other\nrows: 1 of 1\n"))
        self.assertEqual(self.run_check()[0], 0)

    def test_a_sample_is_every_nth_trace_and_has_its_own_part(self):
        (self.golden / "traces").mkdir()
        for name in "a.b", "c", "d[1]", "e":
            (self.golden / "traces" / f"{name}.pcap").touch()
        (self.golden / "check").write_text(CHECK + "print(sys.argv)")
        (self.golden / "result").write_text(json.dumps(result()))
        status, text = self.run_check("--sample", "2")
        self.assertEqual(status, 1)
        self.assertIn("'--only=a.b', '--only=d[[]1]'", text)
        self.assertNotIn("--only=c", text)
        self.assertEqual(self.run_check("--sample", "2", "--update")[0], 0)
        self.assertIn("== golden.default/2\nfiles: 1 of 2\n", self.known.read_text())
        self.assertEqual(self.run_check("--sample", "2")[0], 0)

    @unittest.skipUnless(shutil.which("rrdtool"), "no rrdtool")
    def test_a_sample_of_databases_is_of_the_traces_that_have_them(self):
        (self.golden / "rrd").mkdir()
        for name in "a", "b", "c":
            (self.golden / "rrd" / f"{name}.txt").touch()
        (self.golden / "check-rrd").write_text("import sys\nprint('identical databases: 100.00% (7 of 7)', sys.argv)")
        text = self.run_check("--script", "check-rrd", "--sample", "2")[1]
        self.assertIn("'--only=a', '--only=c'", text)
        self.assertNotIn("--only=b", text)

    def test_what_cannot_run_is_skipped_only_without_a_reference(self):
        (self.golden / "check").unlink()
        self.assertEqual(self.run_check()[0], 1)
        nowhere = pathlib.Path(self.folder.name) / "nowhere"
        status, text = self.run_check(shared=nowhere)
        self.assertEqual(status, 77)
        self.assertIn("skipped: no reference outputs at", text)
        self.assertEqual(self.run_check(shared=nowhere, TSTAT_REQUIRE_GOLDEN="1")[0], 1)


if __name__ == "__main__":
    unittest.main()
