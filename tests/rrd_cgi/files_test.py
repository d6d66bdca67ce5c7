#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the viewer opens and starts while it answers, hostile requests too, as strace sees it: files below the directories
of its settings, those that libraries read, and no program.

usage: files_test.py PROGRAM      exit status 77 (skipped for ctest) without strace or rrdtool, or where it may not trace
"""
import os, pathlib, random, re, shutil, subprocess, sys, tempfile, unittest, urllib.error, urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import servers, year

PROGRAM = ""
# Of libraries: themselves, fonts, locales, time zones; and what says nothing.
ALLOWED = re.compile(r"/(etc/(ld\.so\.(cache|preload)|localtime|locale\.alias|fonts(/.*)?|host\.conf)"
                     r"|(usr/)?lib(32|64|x32)?/.*|usr/local/lib/.*|opt/.*/lib/.*"
                     r"|usr/(local/)?share/(fonts|fontconfig|zoneinfo|locale|X11/fonts)(/.*)?|var/cache/fontconfig(/.*)?"
                     r"|proc/self/(maps|auxv|status|cgroup)|proc/(cpuinfo|filesystems|meminfo|mounts)"
                     r"|sys/devices/system/cpu(/.*)?|sys/fs/cgroup/.*|sys/kernel/mm/.*|dev/(null|urandom))")
OWN_FONTS = ("/.fonts", "/.fontconfig", "/.fonts.conf", "/.local/share/fonts", "/.cache/fontconfig", "/.config/fontconfig")
GRAPH = "dir=Lab&var=ip_len&direction=both&template=idx&duration=1w"
ORDINARY = ["", "dir=Lab", "dir=Lab&var=NULL&duration=1y", "dir=Lab&var=ip_len&duration=1w&describe=true", GRAPH + "&view=json",
            *(GRAPH + f"&view={view}" for view in ("png", "svg", "eps", "pdf", "csv", "data")), GRAPH + "&view=png&theme=dark"]
HOSTILE = ["dir=..", "dir=../secret", "dir=Lab/../../secret", "dir=/etc", "dir=out", "dir=Lab%00", "dir=%2e%2e/secret",
           "dir=Lab&var=../../secret/x", "dir=Lab&var=ip_len:x", "dir=Lab;rm -rf /", "dir=$(id)", "dir=`id`", "dir=|id",
           GRAPH + "&view=png&ymin=--imginfo", "dir=Lab&var=link&direction=NULL&template=avg&duration=1w&view=png",
           "gallery_save=1&gallery_add=/etc/passwd&gallery_cmd=/etc/passwd", "gallery_show=1", "dir=Lab&var=pipe&template=avg"]
NAMES = ["dir", "var", "direction", "template", "duration", "ymin", "exclude", "include", "view", "theme", "gallery_add"]
VALUES = ["", "Lab", "ip_len", "in", "idx", "1w", "png", "..", "../..", "/etc/passwd", "Lab/..", "%00", "%", "*", "'", "%22",
          "%3cscript%3e", "$(id)", "--imginfo", "DEF:a=b:c:AVERAGE", "9999y", "%ff%fe", "a" * 257]


def random_requests(count, seed):
    dice = random.Random(seed)
    return ["&".join(f"{dice.choice(NAMES)}={dice.choice(VALUES)}" for _ in range(dice.randint(1, 4))) for _ in range(count)]


class Trace:
    """Calls that strace -f -y wrote."""
    LINE = re.compile(r"^(?P<process>\d+) +(?P<call>\w+)\((?P<arguments>.*?)(\) += (?P<result>-?\d+|\?).*| <unfinished \.\.\.>)$")

    def __init__(self, path):
        text = path.read_text(errors="replace")
        self.calls = [found for line in text.splitlines() if (found := self.LINE.match(line))]

    def files(self):
        """(path, whether to write) of each that was opened, or should have been."""
        for call in self.calls:
            if call["call"] not in ("open", "openat", "openat2", "creat"):
                continue
            found = re.match(r'(?:(AT_FDCWD|\d+)(?:<(.*?)>)?, )?"(.*?)"(?:\.\.\.)?, ?(.*)', call["arguments"])
            if not found:
                raise AssertionError(call[0])
            folder, name, flags = found[2] or "/", found[3], found[4]
            yield os.path.normpath(os.path.join(folder, name)), bool(re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", flags))

    def named(self, *names):
        return [call[0] for call in self.calls if call["call"] in names]


class FilesTest(unittest.TestCase):
    SANDBOX = "yes"

    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-files-")).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.work)
        year.make(cls.work / "data" / "Lab", HERE.parent / "traces" / "day" / "rrd.conf")
        for name in ("images", "gallery", "secret"):
            (cls.work / name).mkdir()
        shutil.copy(next((cls.work / "data" / "Lab").glob("*.rrd")), cls.work / "secret" / "x.rrd")
        (cls.work / "secret" / "README").write_text("secret")
        (cls.work / "data" / "out").symlink_to(cls.work / "secret")
        (cls.work / "data" / "Lab" / "link.avg.rrd").symlink_to(cls.work / "secret" / "x.rrd")
        os.mkfifo(cls.work / "data" / "Lab" / "pipe.avg.rrd")
        shutil.copy(PROGRAM, cls.work / "tstat_rrd.cgi")
        cls.settings = cls.work / "rrd-cgi.conf"
        cls.settings.write_text(f"data_root = {cls.work}/data\nimage_dir = {cls.work}/images\ngallery_dir = {cls.work}/gallery\n"
                                f"processes = 2\nsandbox = {cls.SANDBOX}\n")
        cls.environment = {"PATH": os.environ.get("PATH", ""), "TSTAT_RRD_CGI_CONF": str(cls.settings), "TZ": "Europe/Rome",
                           "LC_ALL": "C.UTF-8", "HOME": str(cls.work / "home"), "ASAN_OPTIONS": "detect_leaks=0"}

    def strace(self, log):
        return ["strace", "-f", "-y", "-qq", "-s", "4096", "-o", str(log), "-e", "trace=%file,%process,%network,memfd_create"]

    def check(self, trace, requests):
        opened, outside = 0, []
        for path, writes in trace.files():
            opened += 1
            home = str(self.work / "home")
            if path.startswith((f"{self.work}/images/", f"{self.work}/gallery/")):
                continue
            below = path in (f"{self.work}/images", f"{self.work}/gallery", f"{self.work}/data", str(self.settings)) or \
                path.startswith(f"{self.work}/data/")
            if writes or not (below or ALLOWED.fullmatch(path) or any(path.startswith(home + fonts) for fonts in OWN_FONTS)):
                outside.append(path)
        self.assertEqual(sorted(set(outside)), [], requests)
        self.assertGreater(opened, 5 * len(requests) // 10)
        self.assertEqual(trace.named("ptrace", "connect", "bind", "listen", "socket", "socketpair", "mount"), [])

    def test_cgi(self):
        if self.SANDBOX == "no":
            self.skipTest("one way is enough")
        for query in ORDINARY[1::2] + HOSTILE[:5] + random_requests(3, 1):
            with self.subTest(query):
                log = self.work / "trace"
                done = subprocess.run(self.strace(log) + [self.work / "tstat_rrd.cgi"], stdin=subprocess.DEVNULL, timeout=120,
                                      capture_output=True, env={**self.environment, "GATEWAY_INTERFACE": "CGI/1.1",
                                                                "REQUEST_METHOD": "GET", "QUERY_STRING": query})
                status = int(re.match(rb"Status: (\d+)", done.stdout)[1])
                self.assertIn(status, (200,) if query in ORDINARY else (200, 400, 404, 405), done.stderr)
                self.assertNotIn(b"secret", done.stdout.replace(b"../secret", b""))
                trace = Trace(log)
                self.check(trace, [query])
                self.assertEqual(len(trace.named("execve", "execveat")), 1)  # itself
                # Another process answers, in the hope that it need not draw.
                processes = [call for call in trace.named("fork", "vfork", "clone", "clone3") if "CLONE_THREAD" not in call
                             and "<unfinished" not in call and "ENOSYS" not in call]
                self.assertLessEqual(len(processes), 1, processes)
        left = [folder for folder in pathlib.Path("/proc").glob("[0-9]*") if self.runs_program(folder)]
        self.assertEqual(left, [])

    def runs_program(self, folder):
        try:
            return os.readlink(folder / "exe") == str(self.work / "tstat_rrd.cgi")
        except OSError:
            return False

    def test_fastcgi(self):
        if servers.missing("nginx-fastcgi") or b"FastCGI" not in subprocess.run([PROGRAM, "--help"], capture_output=True).stdout:
            self.skipTest("no nginx, or built without libfcgi")
        log = self.work / "responder-trace"
        requests = ORDINARY + HOSTILE + random_requests(60, 2)
        server = servers.start("nginx-fastcgi", PROGRAM, self.settings, variables=self.environment, wrapper=self.strace(log))
        try:
            for query in requests:
                try:
                    with urllib.request.urlopen(f"{server.address}?{urllib.request.quote(query, safe='%&=;:/')}", timeout=60) as answer:
                        self.assertNotIn(b"secret", answer.read().replace(b"../secret", b""))
                except urllib.error.HTTPError as error:
                    self.assertIn(error.code, (400, 404, 405), server.errors())
                    error.close()
        finally:
            for pid in sorted(server.programs())[:1]:
                os.kill(pid, 15)
            left = server.stop()
        self.assertEqual(left, [])
        trace = Trace(log)
        self.check(trace, requests)
        self.assertEqual(len(trace.named("execve", "execveat")), 1)
        # The keeper's children, and threads of the libraries.
        children = [call for call in trace.named("clone", "clone3") if "CLONE_THREAD" not in call and "<unfinished" not in call
                    and "ENOSYS" not in call]
        self.assertLessEqual(len(children), 2, children)


class WithoutSandboxTest(FilesTest):
    """What it would open if it could: the same."""
    SANDBOX = "no"


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if shutil.which("strace") is None or shutil.which("rrdtool") is None:
        print("skipped: no strace or no rrdtool (apt-get install strace rrdtool)")
        sys.exit(77)
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode != 0:
        print("skipped: strace may not trace here")
        sys.exit(77)
    unittest.main()
