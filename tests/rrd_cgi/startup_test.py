#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a CGI program, which starts anew for each request, loads for it, and when it gives up.

usage: startup_test.py PROGRAM      exit status 77 (skipped for ctest) without rrdtool
"""
import os, pathlib, shutil, subprocess, sys, time, unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import cgi_program

PROGRAM = ""
GRAPH = "dir=Lab&var=ip_len&direction=in&template=idx&duration=1d"


class StartupTest(unittest.TestCase):
    def setUp(self):
        self.viewer = cgi_program.Viewer(PROGRAM)
        self.addCleanup(self.viewer.close)
        for part in (40, 1500):
            cgi_program.make_database(self.viewer.data / "Lab", f"ip_len_in.idx{part}", range(1, 300))

    def get(self, query, **variables):
        """(status, body, names of the libraries that the loader has looked for)."""
        log = self.viewer.work / "loaded"
        status, headers, body = self.viewer.get(query, LD_DEBUG="libs", LD_DEBUG_OUTPUT=str(log), **variables)
        loaded = ""
        for file in self.viewer.work.glob("loaded.*"):
            loaded += file.read_text()
            file.unlink()
        self.assertIn("libc.so", loaded)
        return status, headers, body, loaded

    def test_librrd_is_loaded_to_draw_only(self):
        for query, wanted in (("", 200), ("dir=Lab", 200), ("dir=Lab&var=ip_len&direction=in&template=idx", 200),
                              ("dir=Lab&var=ip_len&direction=in&duration=1d&view=json", 200), ("dir=..", 400), ("dir=None", 404)):
            status, _, _, loaded = self.get(query)
            self.assertEqual(status, wanted, query)
            self.assertNotIn("librrd", loaded, query)
            if "libtstat.so" not in loaded:
                self.assertNotIn("libcrypto", loaded, query)
        status, headers, drawn, loaded = self.get(GRAPH + "&view=png")
        self.assertEqual((status, drawn[:4]), (200, b"\x89PNG"))
        self.assertIn("librrd", loaded)
        status, _, kept, loaded = self.get(GRAPH + "&view=png")
        self.assertEqual((status, kept), (200, drawn))
        self.assertNotIn("librrd", loaded)
        if "libtstat.so" not in loaded:
            self.assertNotIn("libcrypto", loaded)
        status, _, _, loaded = self.get(GRAPH + "&view=png", HTTP_IF_NONE_MATCH=headers["ETag"])
        self.assertEqual(status, 304)
        self.assertNotIn("librrd", loaded)
        status, _, numbers, loaded = self.get(GRAPH + "&view=csv")
        self.assertEqual((status, numbers[:5]), (200, b"time,"))
        self.assertIn("librrd", loaded)

    def test_an_answer_has_a_time_limit(self):
        self.viewer.configure("time_limit = 1")
        environment = dict(TSTAT_RRD_CGI_CONF=str(self.viewer.settings), GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="POST",
                           CONTENT_LENGTH="10", CONTENT_TYPE="application/x-www-form-urlencoded",
                           SCRIPT_NAME="/tstat_rrd.cgi", ASAN_OPTIONS="detect_leaks=0", PATH=os.environ.get("PATH", ""))
        begin = time.monotonic()
        # The body does not come.
        with subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment) as process:
            answer, log = process.stdout.read().decode(), process.stderr.read().decode()
            self.assertEqual(process.wait(30), 1)
        self.assertGreater(time.monotonic() - begin, 0.5)
        self.assertTrue(answer.startswith("Status: 503 Service Unavailable\r\n"), answer[:200])
        self.assertIn("Content-Security-Policy: default-src 'none'", answer)
        self.assertIn('<p class="message">The answer would take too long.</p>', answer)
        self.assertIn("time_limit", log)
        # Who comes in time is answered.
        self.viewer.configure("time_limit = 60")
        self.assertEqual(self.viewer.get(GRAPH + "&view=png")[0], 200)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if shutil.which("rrdtool") is None:
        print("skipped: no rrdtool")
        sys.exit(77)
    unittest.main()
