#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Scripts of the roll: FDT's commands, services without systemd, units for an old one, and bootstrap.sh."""
import functools
import hashlib
import http.server
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from building import ROLL, write

JAVA = '#!/bin/sh\nfor word; do printf "<%s>" "$word"; done\necho\n'


class ScriptCase(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.place.name)

    def tearDown(self):
        self.place.cleanup()

    def tools(self, *names):
        """A folder of links to these programs, for a PATH that has no others."""
        (self.folder / "bin").mkdir(exist_ok=True)
        for name in names:
            if not (self.folder / "bin" / name).exists():
                os.symlink(shutil.which(name), self.folder / "bin" / name)
        return self.folder / "bin"


class Fdt(ScriptCase):
    def run_fdt(self, name, *words, java=True, jar=True):
        path = self.tools("sh")
        write(path / "java", JAVA, 0o755)
        if not java:
            (path / "java").unlink()
        if jar:
            write(self.folder / "a jar/fdt.jar", "x")
        environment = {"PATH": str(path), "FDT_JAR": str(self.folder / "a jar/fdt.jar")}
        done = subprocess.run(["/bin/sh", str(ROLL / "src/fdt" / name), *words], capture_output=True, text=True, env=environment, check=False)
        return done.returncode, done.stdout.replace(str(self.folder), ""), done.stderr

    def test_words_stay_as_they_are(self):
        words = ("-c", "host", "a b", "$x;*", "", "'\"")
        printed = "".join(f"<{w}>" for w in ("-jar", "/a jar/fdt.jar", *words)) + "\n"
        self.assertEqual(self.run_fdt("fdt-client.sh", *words), (0, printed, ""))
        self.assertEqual(self.run_fdt("fdt-server.sh", *words), (0, printed, ""))
        self.assertEqual(self.run_fdt("fdt-server.sh"), (0, "<-jar></a jar/fdt.jar>\n", ""))
        self.assertIn("<-d></tmp><me@host:/x>", self.run_fdt("fdt-client.sh", "-d", "/tmp", "me@host:/x")[1])

    def test_help(self):
        status, said, _ = self.run_fdt("fdt-client.sh")
        self.assertEqual(status, 0)
        self.assertRegex(said, r"^\*+\n +Parameters needed\n\*+\n<-jar></a jar/fdt.jar><-h>\n$")
        status, said, _ = self.run_fdt("fdt-client.sh", "-pull", "file")
        self.assertEqual(status, 0)
        self.assertRegex(said, r"^\*+\n +Please specify the server address\n\*+\n<-jar></a jar/fdt.jar><-h>\n$")

    def test_what_is_missing(self):
        for name in ("fdt-client.sh", "fdt-server.sh"):
            status, _, said = self.run_fdt(name, "-c", "h", jar=False)
            self.assertEqual(status, 1)
            self.assertRegex(said, "there is no .*/fdt.jar$")
            status, _, said = self.run_fdt(name, "-c", "h", java=False)
            self.assertEqual(status, 1)
            self.assertIn("java is not on the PATH", said)
            (self.folder / "a jar/fdt.jar").unlink()


class Services(ScriptCase):
    def service(self, action, command, user="root"):
        environment = {**os.environ, "ROOT": str(self.folder)}
        return subprocess.run([str(ROLL / "src/tstat/init-service"), "example", action, str(self.folder / "options"), user, "/var/lib/example",
                               *command], capture_output=True, text=True, env=environment, check=False)

    def wait_for(self, condition):
        for _ in range(600):
            if condition():
                return
            time.sleep(0.1)
        self.fail("it does not happen")

    def test_starts_and_stops(self):
        for name in ("var/run", "var/log", "var/lib/example"):
            (self.folder / name).mkdir(parents=True)
        write(self.folder / "options", 'OPTIONS="one two"\n')
        program = self.folder / "program"
        write(program, '#!/bin/sh\necho "words: $*"\nwhile :; do sleep 1; done\n', 0o755)
        command = [str(program), "-l"]
        self.assertEqual(self.service("status", command).returncode, 3)
        try:
            self.assertEqual(self.service("start", command).stdout, "example: started\n")
            log = self.folder / "var/log/example.log"
            self.wait_for(lambda: log.read_text() == "words: -l one two\n")
            self.assertIn("runs already", self.service("start", command).stdout)
            self.assertEqual(self.service("status", command).returncode, 0)
            before = (self.folder / "var/run/example.pid").read_text()
            self.assertEqual(self.service("restart", command).returncode, 0)
            self.assertNotEqual((self.folder / "var/run/example.pid").read_text(), before)
        finally:
            done = self.service("stop", command)
        self.assertEqual((done.returncode, done.stdout), (0, "example: stopped\n"))
        self.assertFalse((self.folder / "var/run/example.pid").exists())
        write(program, "#!/bin/sh\necho no >&2\nexit 3\n", 0o755)
        # A slow machine may not see the end at once; then it is not there the next time.
        done = self.service("start", command)
        if done.returncode != 0:
            self.assertIn("did not start, see", done.stderr)
        self.wait_for(lambda: self.service("status", command).returncode == 3)
        self.assertEqual(self.service("what", command).returncode, 2)

    def test_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.folder.chmod(0o755)
        for name in ("var/run", "var/log", "var/lib/example"):
            (self.folder / name).mkdir(parents=True)
        program = self.folder / "program"
        write(program, '#!/bin/sh\necho "$(id -un): $*"\nwhile :; do sleep 1; done\n', 0o755)
        try:
            self.assertEqual(self.service("start", [str(program), "--follow"], "nobody").stdout, "example: started\n")
            self.wait_for(lambda: (self.folder / "var/log/example.log").read_text() == "nobody: --follow\n")
        finally:
            done = self.service("stop", [str(program)], "nobody")
        self.assertEqual((done.returncode, done.stdout), (0, "example: stopped\n"))
        self.assertEqual(subprocess.run(["pgrep", "-f", str(program)], capture_output=True, check=False).stdout, b"")

    def test_another_process_is_not_ours(self):
        (self.folder / "var/run").mkdir(parents=True)
        write(self.folder / "var/run/example.pid", f"{os.getpid()}\n")
        done = self.service("stop", [str(self.folder / "program")])
        self.assertEqual((done.returncode, done.stdout), (0, "example does not run\n"))

    def test_units(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("no systemd-analyze")
        for name in ("tstat", "tstat-ship"):
            text = (ROLL / f"src/tstat/{name}.service").read_text()
            self.assertIn(f"ExecStart=/opt/tstat/bin/{name} ", text, "an old systemd takes absolute paths only")
            unit = self.folder / f"{name}.service"
            write(unit, text.replace(f"/opt/tstat/bin/{name}", "/bin/true").replace("User=tstat\nGroup=tstat\n", ""))
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if str(unit) in line]), (0, []), done.stderr)

    def test_init_scripts_name_what_is_there(self):
        for name in ("tstat", "tstat-ship"):
            text = (ROLL / f"src/tstat/{name}.init").read_text()
            self.assertRegex(text, r"(?m)^# chkconfig: - \d\d \d\d$", "off in all runlevels")
            self.assertEqual(subprocess.run(["sh", "-n", str(ROLL / f"src/tstat/{name}.init")], check=False).returncode, 0)


class Bootstrap(ScriptCase):
    def bootstrap(self, *words, path=None, **environment):
        return subprocess.run([str(ROLL / "bootstrap.sh"), *words], capture_output=True, text=True, check=False, cwd=self.folder,
                              env={**os.environ, **({"PATH": str(path)} if path else {}), **{k: str(v) for k, v in environment.items()}})

    def test_what_is_missing_is_installed(self):
        for manager, expected in (("apt-get", ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends make python3 rpm xorriso createrepo-c "
                                               "pandoc cmake binutils weasyprint doxygen"]),
                                  ("yum", ["yum -y install make python3 rpm-build xorriso createrepo_c pandoc cmake3 binutils"])):
            shutil.rmtree(self.folder / "bin", ignore_errors=True)
            path = self.tools("sh", "dirname", "cat")
            write(path / manager, f'#!/bin/sh\necho "{manager} $*" >>{self.folder}/called\n', 0o755)
            write(path / "id", "#!/bin/sh\necho 0\n", 0o755)
            done = self.bootstrap("--dry-run", path=path)
            self.assertEqual((done.returncode, (self.folder / "called").exists()), (0, False), done.stderr)
            self.assertIn("installs: make python3", done.stdout)
            done = self.bootstrap(path=path)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((self.folder / "called").read_text().splitlines(), expected)
            (self.folder / "called").unlink()

    def test_payloads_are_taken(self):
        (self.folder / "from").mkdir()
        write(self.folder / "from/a.jar", "right")
        write(self.folder / "from/b.jar", "wrong")
        right = hashlib.sha1(b"right").hexdigest()
        write(self.folder / "table", "".join(f"{n}.jar\tfdt\t{right}\t-\thttp://127.0.0.1:1/{n}\n" for n in "abc"))
        done = self.bootstrap("--payloads", "from", PAYLOADS=self.folder / "to", PAYLOAD_TABLE=self.folder / "table")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a.jar: right\nb.jar: wrong: SHA-1", done.stdout)
        self.assertEqual([p.name for p in (self.folder / "to").iterdir()], ["a.jar"])
        self.assertEqual(self.bootstrap("--payloads", "nothing", PAYLOADS=self.folder / "to").returncode, 1)
        self.assertEqual(self.bootstrap("--what").returncode, 2)

    def test_downloads_only_when_told(self):
        (self.folder / "served").mkdir()
        for name, text in (("a", "right"), ("b", "wrong")):
            write(self.folder / "served" / name, text)
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(self.folder / "served"))
        asked = []
        handler.func.log_message = lambda _, form, *words: asked.append(form % words)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            right = hashlib.sha1(b"right").hexdigest()
            write(self.folder / "table", "".join(f"{n}.jar\tfdt\t{right}\t-\thttp://127.0.0.1:{server.server_port}/{n}\n" for n in "abc"))
            variables = {"PAYLOADS": self.folder / "to", "PAYLOAD_TABLE": self.folder / "table", "no_proxy": "127.0.0.1"}
            self.assertEqual((self.bootstrap(**variables).returncode, asked), (0, []))
            done = self.bootstrap("--download", **variables)
            server.shutdown()
        self.assertEqual(done.returncode, 1)
        self.assertIn("a.jar: fetched", done.stdout)
        self.assertIn("warning: b.jar: http", done.stderr)
        self.assertIn("warning: c.jar: http", done.stderr)
        self.assertEqual([p.name for p in (self.folder / "to").iterdir()], ["a.jar"])


if __name__ == "__main__":
    unittest.main()
