# SPDX-License-Identifier: BSD-3-Clause
"""The viewer behind each web server of Debian, set up with the snippets of packaging/viewer, on a free port of the
loopback interface.

    server = servers.start("nginx-fastcgi", program, configuration)
    urllib.request.urlopen(server.address + "?dir=Lab")        # http://127.0.0.1:PORT/tstat/tstat_rrd.cgi
    server.stop()

Servers run as whoever starts them, and write into a directory of their own. `missing(kind)`: the Debian package that is
not there, or nothing.
"""
import os, pathlib, shutil, signal, socket, subprocess, tempfile, time

SNIPPETS = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "viewer"
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
APACHE_MODULES = pathlib.Path("/usr/lib/apache2/modules")
SCRIPT = "/tstat/tstat_rrd.cgi"
START_SECONDS, STOP_SECONDS = 20, 20

# Kind: snippet, server, and what else answers: `wrap` runs the program for each request, `responder` is the program as
# systemd starts it, with the listening socket as its standard input.
KINDS = {
    "lighttpd-cgi": ("lighttpd.conf", "lighttpd", None),
    "lighttpd-fastcgi": ("lighttpd-fastcgi.conf", "lighttpd", None),
    "lighttpd-socket": ("lighttpd-socket.conf", "lighttpd", "responder"),
    "apache-cgi": ("apache.conf", "apache2", None),
    "apache-2.2-cgi": ("apache-2.2.conf", "apache2", None),
    "apache-fastcgi": ("apache-fastcgi.conf", "apache2", "responder"),
    "nginx-cgi": ("nginx.conf", "nginx", "wrap"),
    "nginx-fastcgi": ("nginx-fastcgi.conf", "nginx", "responder"),
}


def missing(kind):
    _, server, other = KINDS[kind]
    for program, package in ((server, server), *([("fcgiwrap", "fcgiwrap")] if other == "wrap" else [])):
        if not shutil.which(program, path=PATH):
            return package
    return None


def is_fastcgi(kind):
    return not kind.endswith("-cgi")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listening(path, backlog=4096):
    """A socket as systemd makes it."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(path))
    s.listen(backlog)
    return s


class Server:
    """A running one; `work` holds its files, `pids` those who were started for it."""

    def __init__(self, kind, program, configuration, variables=None, modules=(), wrapper=(), edit=str):
        snippet, name, other = KINDS[kind]
        self.kind, self.work, self.processes = kind, pathlib.Path(tempfile.mkdtemp(prefix="tstat-server-")), []
        self.configuration = pathlib.Path(configuration).resolve()
        self.environment = {**os.environ, "PATH": PATH, "TZ": "UTC", **(variables or {})}
        self.modules, self.wrapper, self.edit = modules, wrapper, edit
        try:
            (self.work / "cgi-bin").mkdir()
            (self.work / "empty").mkdir()
            self.program = self.work / "cgi-bin" / "tstat_rrd.cgi"
            shutil.copy(program, self.program)
            if other:
                self._answerer(other)
            for _ in range(5):  # somebody else may take the port in between
                self.port = free_port()
                self.address = f"http://127.0.0.1:{self.port}{SCRIPT}"
                if self._serve(name, self._snippet(snippet)):
                    return
            raise RuntimeError(f"{kind}: {name} does not start: {self.errors()}")
        except BaseException:
            self.stop()
            raise

    def _snippet(self, name):
        """What users get, with paths of here."""
        text = (SNIPPETS / name).read_text()
        for path, here in (("/usr/lib/cgi-bin/", f"{self.work}/cgi-bin/"), ("/usr/lib/cgi-bin>", f"{self.work}/cgi-bin>"),
                           ("/etc/tstat/rrd-cgi.conf", str(self.configuration)),
                           ("/run/lighttpd/", f"{self.work}/"), ("/run/", f"{self.work}/")):
            text = text.replace(path, here)
        return self.edit(text)

    def _start(self, command, **more):
        # A session of its own: what it starts can be found.
        process = subprocess.Popen([str(word) for word in command], env=self.environment | more.pop("variables", {}),
                                   cwd=self.work, start_new_session=True, **more)
        self.processes.append(process)
        return process

    def _answerer(self, other):
        with open(self.work / "responder-errors", "w") as log:
            if other == "wrap":
                with listening(self.work / "fcgiwrap.socket") as s:
                    self._start([shutil.which("fcgiwrap", path=PATH), "-c", 4], stdin=s, stderr=log)
            else:
                with listening(self.work / "tstat-rrd-cgi.socket") as s:
                    self.responder = self._start([*self.wrapper, self.program], stdin=s, stderr=log, stdout=log,
                                                 variables={"TSTAT_RRD_CGI_CONF": str(self.configuration)})

    def _serve(self, name, snippet):
        command = getattr(self, "_" + name)(snippet)
        with open(self.work / "output", "w") as log:
            process = self._start([shutil.which(name, path=PATH), *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.02)
        self._end(self.processes.pop())
        return False

    def _lighttpd(self, snippet):
        (self.work / "server.conf").write_text(
            f'server.document-root = "{self.work}/empty"\nserver.port = {self.port}\nserver.bind = "127.0.0.1"\n'
            f'server.errorlog = "{self.work}/errors"\nserver.modules = ()\n'
            f'server.upload-dirs = ( "{self.work}" )\nserver.max-connections = 2000\nserver.max-fds = 4096\n' + snippet)
        return ["-D", "-f", self.work / "server.conf"]

    def _apache2(self, snippet):
        """One process with threads, which stays who it is."""
        modules = ["mpm_event", "authz_core", "authz_host", "alias", "env", *self.modules]
        modules += ["proxy", "proxy_fcgi"] if self.kind == "apache-fastcgi" else ["cgi"]
        modules += ["access_compat"] if "2.2" in self.kind else []
        (self.work / "server.conf").write_text(
            f"ServerRoot {self.work}\nServerName 127.0.0.1\nListen 127.0.0.1:{self.port}\nPidFile {self.work}/pid\n"
            f"ErrorLog {self.work}/errors\nDocumentRoot {self.work}/empty\nDefaultRuntimeDir {self.work}\n"
            "ThreadsPerChild 256\nThreadLimit 256\nMaxRequestWorkers 256\nServerLimit 1\nStartServers 1\n" +
            "".join(f"LoadModule {m}_module {APACHE_MODULES}/mod_{m}.so\n" for m in modules) + snippet)
        return ["-X", "-f", self.work / "server.conf"]

    def _nginx(self, snippet):
        user = "user root;" if os.geteuid() == 0 else ""
        places = "".join(f"{n}_temp_path {self.work}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.work / "server.conf").write_text(
            f"{user} pid {self.work}/pid; error_log {self.work}/errors; daemon off; worker_processes 1;\n"
            "events { worker_connections 2048; }\n"
            f"http {{ access_log off; {places}\nserver {{ listen 127.0.0.1:{self.port}; root {self.work}/empty;\n{snippet}}} }}\n")
        return ["-p", self.work, "-e", self.work / "errors", "-c", self.work / "server.conf"]

    def errors(self):
        """What the server and the program told their logs."""
        logs = (self.work / name for name in ("output", "errors", "responder-errors"))
        return "".join(log.read_text(errors="replace") for log in logs if log.exists())

    def pids(self):
        """Those who run of what was started, the program's processes too."""
        sessions, found = {process.pid for process in self.processes}, []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            # A child of lighttpd begins a session of its own.
            if state != "Z" and (int(session) in sessions or self._runs_program(folder)):
                found.append(int(folder.name))
        return found

    def _runs_program(self, folder):
        try:
            return os.readlink(folder / "exe") == str(self.program)
        except OSError:
            return False

    def programs(self):
        """Processes of the viewer."""
        return [pid for pid in self.pids() if self._runs_program(pathlib.Path("/proc") / str(pid))]

    @staticmethod
    def _end(process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)  # fcgiwrap leaves its processes alone
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self):
        """Ends everything. Returns the processes that were still there a moment later, and have been ended now."""
        for process in reversed(self.processes):
            self._end(process)
        until = time.monotonic() + 5
        while (left := self.pids()) and time.monotonic() < until:
            time.sleep(0.02)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.work, ignore_errors=True)
        return left


def start(kind, program, configuration, variables=None, modules=(), wrapper=(), edit=str):
    """`variables` are added to the environment of server and program, `modules` to those of Apache; `wrapper`: a command
    that runs a responder; `edit`: what is done to the snippet's text."""
    return Server(kind, program, configuration, variables, modules, wrapper, edit)
