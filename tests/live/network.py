# SPDX-License-Identifier: BSD-3-Clause
"""A network of its own for live tests: a veth pair, tcpreplay on one end, tstat on the other.

  network.enter()                      # in main, first: re-runs the program in a namespace, or exits 77
  with network.Live(tstat, work, "-s", "out") as live:
      network.replay("web.pcap", "--topspeed")
      ...
"""
import ctypes, os, pathlib, re, shutil, signal, socket, struct, subprocess, sys, threading, time

SENDER, CAPTURED = "live0", "live1"
PATIENCE = 60  # seconds until a test gives up: no test expects anything within a time, for the machine may be busy
SKIPPED = 77
TRACES = pathlib.Path(__file__).resolve().parent.parent / "traces"


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def enter():
    """The rest of the program runs in network and mount namespaces that end with it."""
    for program in ("ip", "unshare", "mount", "tcpreplay"):
        if shutil.which(program) is None:
            skip(f"no {program}")
    if os.environ.get("TSTAT_LIVE_INSIDE") != "1":
        unshare = ["unshare", "--net", "--mount", "--propagation", "private"]
        if os.geteuid() != 0:
            unshare += ["--user", "--map-root-user"]
        probe = subprocess.run(unshare + ["ip", "link", "add", "name", "probe0", "type", "veth", "peer", "name", "probe1"],
                               capture_output=True, text=True)
        if probe.returncode != 0:
            skip("no network namespace with a veth pair: " + (probe.stderr.strip() or f"status {probe.returncode}"))
        os.environ["TSTAT_LIVE_INSIDE"] = "1"
        os.execvp("unshare", unshare + [sys.executable, "-B"] + sys.argv)
    # Whoever runs the tests under nohup has it ignored, and tstat then leaves it so.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    # The counters of these interfaces, not of those outside.
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], capture_output=True)
    make_pair()


def make_pair():
    # Nothing but what is replayed: no neighbour discovery.
    for name in ("all", "default"):
        path = pathlib.Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6")
        if path.exists():
            try:
                path.write_text("1")
            except OSError:
                pass  # read-only in some containers; the tests' filter keeps it out
    add_pair(SENDER, CAPTURED, up=False)
    for name in (SENDER, CAPTURED):
        # Frames arrive as they are sent.
        if shutil.which("ethtool"):
            subprocess.run(["ethtool", "-K", name, "gro", "off", "gso", "off", "tso", "off", "tx", "off", "rx", "off"],
                           capture_output=True)
        run("ip", "link", "set", name, "up")


def add_pair(sender, captured, queues=1, up=True):
    """One more; del_pair ends it."""
    each = ("numtxqueues", str(queues), "numrxqueues", str(queues))
    run("ip", "link", "add", "name", sender, *each, "type", "veth", "peer", "name", captured, *each)
    for name in (sender, captured) if up else ():
        run("ip", "link", "set", name, "up")


def del_pair(sender):
    run("ip", "link", "del", sender)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout


def replay(trace, *options):
    """Sends a bundled trace, or the file of that path; the number of packets sent."""
    path = pathlib.Path(trace)
    out = run("tcpreplay", "-q", *options, "-i", SENDER, path if path.is_absolute() else TRACES / path)
    return int(re.search(r"Successful packets:\s+(\d+)", out)[1])


def statistic(name, interface=CAPTURED):
    return int(pathlib.Path(f"/sys/class/net/{interface}/statistics/{name}").read_text())


class Recorder:
    """Records what arrives, with the times that the kernel gives each packet: the file on which another run must find
    the same as the live one."""

    def __init__(self):
        SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind((CAPTURED, 0))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        except OSError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
        self.socket.settimeout(0.1)
        self.records, self.stopping = [], False
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while True:
            try:
                frame, control, _, _ = self.socket.recvmsg(65536, 256)
            except TimeoutError:
                if self.stopping:
                    return
                continue
            seconds, nanoseconds = struct.unpack("qq", control[0][2][:16])
            self.records.append((seconds, nanoseconds // 1000, frame))

    def write(self, path):
        self.stopping = True
        self.thread.join()
        self.socket.close()
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for seconds, microseconds, frame in self.records:
                out.write(struct.pack("<IIII", seconds, microseconds, len(frame), len(frame)) + frame)


def environment(**more):
    env = dict(os.environ, TZ="UTC", LC_ALL="C")
    # LeakSanitizer cannot look at a process that changed its user.
    env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    env.update(more)
    return env


# By processor: the numbers of the calls seccomp and prctl.
FILTER_CALLS = {"x86_64": (317, 157), "aarch64": (277, 167)}


def refuse_filters():
    """From now on this process is one of a kernel without system call filters (but for the one that makes it so)."""
    seccomp, prctl = FILTER_CALLS[os.uname().machine]
    PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
    LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
    ALLOW, EINVAL = 0x7FFF0000, 0x00050000 | 22
    program = [(LOAD, 0, 0, 0), (EQUAL, 3, 0, seccomp), (EQUAL, 0, 3, prctl), (LOAD, 0, 0, 16), (EQUAL, 0, 1, PR_SET_SECCOMP),
               (RETURN, 0, 0, EINVAL), (RETURN, 0, 0, ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, header, 0, 0) != 0:
        raise OSError("cannot set a system call filter")


class Live:
    """A live run of tstat in directory `work`; `before` is called in its process before it begins."""

    def __init__(self, tstat, work, *options, env=None, interface=CAPTURED, before=None):
        self.filters = 1 if before is refuse_filters else 0  # of somebody else
        self.work, self.out_path, self.err_path = work, work / "stdout.txt", work / "stderr.txt"
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen([tstat, "-l", "-i", interface, *map(str, options)], cwd=work, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=err, env=env or environment(), start_new_session=True,
                                            preexec_fn=before)

    def __enter__(self):
        self.wait_for(lambda: "Live capturing on" in self.out or self.process.poll() is not None, "the start")
        if self.process.poll() is None:
            self.check_sandbox()
        return self

    def check_sandbox(self):
        """Every test runs with the filter of system calls, but those that switch it off and those that are told why not."""
        off = "--no-sandbox" in self.process.args or "goes on without a filter of system calls" in self.err
        filters = [int(re.search(r"^Seccomp_filters:\s*(\d+)$", pathlib.Path(f"/proc/{who}/status").read_text(), re.M)[1])
                   for who in ("self", self.process.pid)]
        if filters[1] - filters[0] - self.filters != (0 if off else 1):
            raise AssertionError(f"system call filters of this process and of tstat: {filters}\n{self.err}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def out(self):
        return self.out_path.read_text(errors="replace")

    @property
    def err(self):
        return self.err_path.read_text(errors="replace")

    def wait_for(self, condition, what, pause=0.02):
        until = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"waited in vain for {what}\n--- stdout\n{self.out}--- stderr\n{self.err}")
            time.sleep(pause)

    def replay_until(self, condition, what, trace="ssh.pcap", pause=0.3):
        """Sends a trace again and again until `condition`: what comes at the end of an interval needs packets after it. The
        number of packets sent."""
        sent = 0

        def replay_once():
            nonlocal sent
            if condition():
                return True
            sent += replay(trace, "--topspeed")
            return False

        self.wait_for(replay_once, what, pause)
        return sent

    def ended(self):
        """The exit status."""
        return self.process.wait(PATIENCE)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.ended()

    def catches(self, number):
        return bool(int(self.proc("SigCgt"), 16) & 1 << (number - 1))

    def proc(self, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return re.search(rf"^{name}:\s*(.*)$", text, re.M)[1]

    def directories(self, base="out"):
        return sorted((self.work / base).glob("2*.out"))

    def rows(self, log, base="out"):
        rows = []
        for directory in self.directories(base):
            path = directory / log
            if path.exists():
                rows += [line for line in path.read_text().splitlines() if not line.startswith("#")]
        return rows

    def number(self, pattern):
        """What the first group of `pattern` holds in the messages."""
        found = re.search(pattern, self.out + self.err, re.M)
        if found is None:
            raise AssertionError(f"no {pattern!r} in\n--- stdout\n{self.out}--- stderr\n{self.err}")
        return int(found[1])

    def received(self):
        return self.number(r"^(\d+) packets received by filter$")

    def dropped(self):
        return self.number(r"^(\d+) packets dropped by kernel$")
