#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""import.sh, export.sh and export_to_other.sh, against servers that keep what Chronograf would.

usage: scripts_test.py [unittest arguments]      exit status 77 (skipped for ctest) without curl or jq
"""
import http.server, json, pathlib, shutil, subprocess, sys, tempfile, threading, unittest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "dashboards/chronograf"
PATH = "/chronograf/v1/dashboards"


class Chronograf:
    """Dashboards as they are posted, with numbers; refuses what is no JSON or has another type."""

    def __init__(self):
        self.dashboards = []
        ours = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, content):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def do_GET(self):
                self.answer(*((200, {"dashboards": ours.dashboards}) if self.path == PATH else (404, {})))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    assert self.path == PATH and self.headers["Content-Type"] == "application/json"
                    ours.dashboards.append(json.loads(body) | {"id": len(ours.dashboards) + 1})
                except (ValueError, AssertionError):
                    return self.answer(422, {"message": "no dashboard"})
                return self.answer(201, ours.dashboards[-1])

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Scripts(unittest.TestCase):
    def setUp(self):
        self.one, self.other = Chronograf(), Chronograf()
        self.addCleanup(self.one.close)
        self.addCleanup(self.other.close)

    def run_script(self, name, *arguments, status=0):
        done = subprocess.run([FOLDER / name, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def test_there_and_back(self):
        files = [FOLDER / "TSTAT.json", FOLDER / "flows.json"]
        self.run_script("import.sh", self.one.address + "/", *files)
        contents = [json.loads(f.read_text()) for f in files]
        self.assertEqual([d["name"] for d in self.one.dashboards], ["TSTAT", "tstat flows"])
        for number, (kept, content) in enumerate(zip(self.one.dashboards, contents), 1):
            self.assertEqual(kept, content | {"id": number})
            for which in (content["name"], number):
                self.assertEqual(json.loads(self.run_script("export.sh", self.one.address, which)), kept)
        said = self.run_script("export_to_other.sh", self.one.address, self.other.address)
        self.assertEqual(said, "TSTAT: copied\ntstat flows: copied\n")
        self.assertEqual(self.other.dashboards, self.one.dashboards)
        # What export.sh wrote can be imported.
        with tempfile.NamedTemporaryFile("w+") as file:
            file.write(self.run_script("export.sh", self.one.address, "TSTAT"))
            file.flush()
            self.run_script("import.sh", self.other.address, file.name)
        self.assertEqual(self.other.dashboards[2]["cells"], contents[0]["cells"])

    def test_mistakes(self):
        for name in ("import.sh", "export.sh", "export_to_other.sh"):
            self.assertIn("usage: ", self.run_script(name, status=2))
        self.assertIn("has no dashboard OTHER", self.run_script("export.sh", self.one.address, "OTHER", status=1))
        with tempfile.NamedTemporaryFile("w+") as file:
            self.assertIn("422", self.run_script("import.sh", self.one.address, file.name, status=22))
        self.assertIn("no dashboards", self.run_script("export_to_other.sh", self.one.address, self.other.address, status=1))
        self.one.dashboards = None  # an answer of another form
        self.assertIn("something else than dashboards", self.run_script("export_to_other.sh", self.one.address, self.other.address, status=1))
        for words in (("export.sh", "-K/etc/passwd", "x"), ("import.sh", "file:///tmp", __file__), ("export_to_other.sh", self.one.address, "-d@x")):
            self.assertIn("http:// or https://", self.run_script(*words, status=2))
        for path in ("/nowhere", "-", tempfile.gettempdir()):
            self.assertIn(f"{path} cannot be read", self.run_script("import.sh", self.other.address, path, status=1))
        self.assertEqual(self.other.dashboards, [])
        nobody = self.one.address
        self.one.close()
        self.assertIn("onnect", self.run_script("import.sh", nobody, FOLDER / "TSTAT.json", status=7))


if __name__ == "__main__":
    for program in ("curl", "jq"):
        if shutil.which(program) is None:
            print(f"skipped: no {program} (./run-tests --servers installs it)")
            sys.exit(77)
    unittest.main(verbosity=2)
