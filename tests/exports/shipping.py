# SPDX-License-Identifier: BSD-3-Clause
"""Rows on their way to a server, through a spool, while both sides are killed.

  shipping.need("influxd")                               # exits 77 when a program is missing
  shipping.enter_network()                               # in main, first: a network to cut, and small disks
  rows = shipping.ship(work, address, "influx", options, disturb)
  missing, unknown = rows.compare(numbers)
"""
import errno, os, pathlib, random, shutil, socket, subprocess, sys, threading, time, unittest

DRIVER = READER = ""
SKIPPED = 77
ROWS = int(os.environ.get("TSTAT_ROWS", "20000"))
PATIENCE = 120 + ROWS // 1000  # seconds until a test gives up
KILLS = int(os.environ.get("TSTAT_KILLS", "5"))
SERVER_KILLS = int(os.environ.get("TSTAT_SERVER_KILLS", "2"))  # of servers that take long to start
ALL = bool(os.environ.get("TSTAT_ALL"))  # what takes long, too
SEED = int(os.environ.get("TSTAT_SEED") or random.randrange(1 << 30))
ROWS_A_BATCH = 100


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def find(program):
    """Its path, or None; packages put some where only root looks."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    return path or (program if os.path.exists(program) else None)


def need(*programs):
    found = [find(program) for program in programs]
    for program, path in zip(programs, found):
        if path is None:
            skip(f"no {program} (./run-tests --servers installs it)")
    return found


def arguments():
    global DRIVER, READER
    DRIVER = sys.argv[1]
    READER = sys.argv[2] if len(sys.argv) > 2 else ""
    del sys.argv[1:3]
    print("TSTAT_SEED =", SEED)


def enter_network():
    """The rest of the program has a loopback device and mounts of its own, where it may."""
    if os.environ.get("TSTAT_EXPORTS_INSIDE"):
        return
    unshare = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    up = ["ip", "link", "set", "lo", "up"]
    if shutil.which("unshare") and subprocess.run(unshare + up, capture_output=True).returncode == 0:
        os.environ["TSTAT_EXPORTS_INSIDE"] = "1"
        script = " ".join(up) + ' && exec "$@"'
        os.execvp("unshare", unshare + ["sh", "-c", script, "sh", sys.executable, "-B"] + sys.argv)


def can_cut():
    return bool(os.environ.get("TSTAT_EXPORTS_INSIDE"))


def needs_namespaces(test):
    return unittest.skipUnless(can_cut(), "no network namespace")(test)


def set_network(state):
    subprocess.run(["ip", "link", "set", "lo", state], check=True)


class SmallDisk:
    """A file system in memory at `folder`, that can be full."""

    def __init__(self, folder, size):
        folder.mkdir()
        self.folder, self.ballast = folder, folder / "ballast"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder], check=True)

    def fill(self, free=0):
        with open(self.ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            file.truncate(file.tell() - free)

    def make_room(self):
        self.ballast.unlink()

    def end(self):
        subprocess.run(["umount", "--lazy", self.folder], check=True)


def make_certificate(folder, name):
    """NAME.key and NAME.pem, which is its own authority."""
    [openssl] = need("openssl")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", folder / f"{name}.key"]
    subprocess.run([openssl, "req", "-x509", *key, "-days", "2", "-subj", f"/CN={name}", "-addext",
                    f"subjectAltName=DNS:{name}", "-out", folder / f"{name}.pem"], check=True, capture_output=True)


def free_port():
    """One below those that the system gives to clients (ip_local_port_range): a server that is killed and comes again finds
    its port free, though others connect meanwhile."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as limits:
        first = int(limits.read().split()[0])
    dice = random.SystemRandom()
    while True:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", dice.randrange(10000, first) if first > 20000 else 0))
                return s.getsockname()[1]
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("in vain: " + what)
        time.sleep(0.05)


class Rows:
    """What the spool said that it has, and what it may have: it was killed while it took it."""

    def __init__(self):
        self.kept, self.in_doubt, self.next = set(), set(), 1

    def compare(self, numbers):
        """Of the rows that are there: those that are missing, and those that nobody sent."""
        return self.kept - numbers, numbers - self.kept - self.in_doubt


class Run:
    """One process of the driver. What it says is read as it comes."""

    def __init__(self, work, address, form, rows, count, options, grace):
        command = [DRIVER, str(work / "spool"), address, form, str(rows.next), str(count), str(ROWS_A_BATCH), str(grace)]
        self.rows, self.figures = rows, {}
        self.errors = open(work / "errors", "a")
        self.process = subprocess.Popen(command + options, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            if not line.endswith("\n"):
                break  # killed while it said so
            word, _, rest = line.partition(" ")
            if word == "kept":
                last = int(rest)
                self.rows.kept.update(range(max(1, last - ROWS_A_BATCH + 1), last + 1))
                self.rows.next = last + 1
            else:
                self.figures = {name: int(value) for name, value in (cell.split("=") for cell in rest.split())}

    def wait(self):
        status = self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.errors.close()
        return status

    def kill(self):
        self.process.kill()
        self.wait()
        self.rows.in_doubt.update(range(self.rows.next, self.rows.next + ROWS_A_BATCH))
        self.rows.next += ROWS_A_BATCH


def ship(work, address, form, options, disturb=lambda step: None, kills=None):
    """ROWS rows, with KILLS kills of the sending process at random moments; `disturb` is called that often, too, while
    rows are under way."""
    kills = KILLS if kills is None else kills
    chance = random.Random(SEED)
    rows = Rows()
    for step in range(kills):
        run = Run(work, address, form, rows, ROWS // (kills + 1), options, PATIENCE)
        time.sleep(chance.random() * 0.3)
        disturb(step)
        until = rows.next + chance.randrange(1, max(2, ROWS // (kills + 1)))
        end = time.monotonic() + chance.random()
        while rows.next < until and time.monotonic() < end and run.process.poll() is None:
            time.sleep(0.002)
        run.kill()
    left = max(0, ROWS - rows.next + 1)
    last = Run(work, address, form, rows, left - left % ROWS_A_BATCH, options, PATIENCE)
    assert last.wait() == 0, (work / "errors").read_text()
    assert last.figures["queued"] == 0, last.figures
    assert last.figures["lost"] == last.figures["dropped"] == last.figures["unwritten"] == 0, last.figures
    rows.figures = last.figures
    return rows
