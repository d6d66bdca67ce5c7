#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two hundred viewers at once: nobody gets an error, processes are replaced meanwhile, and memory stays as it is.

usage: load_test.py PROGRAM [--seconds N] [--kind KIND]...      exit status 77 (skipped for ctest) without wrk, server, rrdtool
"""
import argparse, os, pathlib, re, shutil, subprocess, sys, tempfile, threading, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import servers, year

CONNECTIONS = 200
# What they look at: the first page, graphs of metrics, pictures, numbers, style, and what is not there.
TARGETS = ["?dir=Lab&var=NULL&duration=1y", "?dir=Lab&var=ip_len&duration=1w", "/style.css", "?dir=Lab&var=ip_len&view=json",
           *(f"?dir=Lab&var={var}&template=idx&duration={span}&theme={theme}&view=png" for var in ("ip_bitrate", "ip_protocol")
             for span in ("1w", "1y") for theme in ("light", "dark")),
           "?dir=Lab&var=ip_bitrate&template=idx&duration=1d&view=csv"]
SCRIPT = """
local targets = { %s }
local at = 0
request = function()
  at = at %% #targets + 1
  return wrk.format("GET", targets[at])
end
"""


def resident(pids):
    """Bytes that each has for itself."""
    found = {}
    for pid in pids:
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found[pid] = sum(1024 * int(n) for n in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.M))
    return found


class Watcher(threading.Thread):
    """Memory of the program's processes, and which there were, a few times a second."""

    def __init__(self, server):
        super().__init__()
        self.server, self.samples, self.seen, self.end = server, [], set(), threading.Event()

    def run(self):
        begin = time.monotonic()
        while not self.end.wait(0.25):
            memory = resident(self.server.programs())
            self.seen |= set(memory)
            if memory:
                self.samples.append((time.monotonic() - begin, max(memory.values()), sum(memory.values())))


def check(kind, program, seconds):
    """What is wrong."""
    with tempfile.TemporaryDirectory(prefix="tstat-load-") as name:
        work = pathlib.Path(name)
        year.make(work / "data" / "Lab", HERE.parent / "traces" / "day" / "rrd.conf")
        (work / "images").mkdir()
        settings = work / "rrd-cgi.conf"
        requests = 300 if seconds < 30 else 3000
        settings.write_text(f"data_root = {work}/data\nimage_dir = {work}/images\nprocesses = 3\nrequests = {requests}\n")
        (work / "targets.lua").write_text(SCRIPT % ", ".join(f'"{servers.SCRIPT}{target}"' for target in TARGETS))
        server = servers.start(kind, program, settings)
        try:
            watcher = Watcher(server)
            watcher.start()
            done = subprocess.run(["wrk", "-t", "2", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "60s", "-s",
                                   work / "targets.lua", f"http://127.0.0.1:{server.port}/"], capture_output=True, text=True)
            watcher.end.set()
            watcher.join()
            log = server.errors()
        finally:
            left = server.stop()
        print(f"{kind}: {done.stdout}")
        wrong = [] if done.returncode == 0 else [done.stderr or f"wrk: {done.returncode}"]
        wrong += re.findall(r"(?:Socket errors|Non-2xx).*", done.stdout)
        answered = int((re.search(r"(\d+) requests in", done.stdout) or [0, 0])[1])
        replaced = len(watcher.seen) - 4
        half = [(largest, total) for at, largest, total in watcher.samples if at > seconds / 3]
        print(f"{answered} answers, {replaced} processes replaced; the largest of them, "
              f"MiB: {' '.join(f'{largest / 2**20:.1f}' for _, largest, _ in watcher.samples[::max(1, len(watcher.samples) // 12)])}")
        if answered < 10:  # a busy machine, with nothing drawn yet
            wrong.append(f"only {answered} answers")
        if answered > 6 * requests and replaced < 1:
            wrong.append("no process was replaced")
        # After the first third: the pages of all, pictures of all, and what libraries keep.
        if half and max(total for _, total in half[len(half) // 2:]) > 1.2 * max(total for _, total in half[:len(half) // 2]) + (2 << 20):
            wrong.append(f"memory grows: {[round(total / 2**20, 1) for _, total in half]} MiB")
        if left:
            wrong.append(f"{len(left)} processes are left")
        return [f"{kind}: {what}" for what in wrong] + ([log[-4000:]] if wrong else [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--kind", action="append")
    options = parser.parse_args()
    kinds = options.kind or ["lighttpd-fastcgi", "nginx-fastcgi"]
    if shutil.which("wrk") is None or shutil.which("rrdtool") is None or any(map(servers.missing, kinds)):
        print("skipped: no wrk, server or rrdtool (apt-get install wrk lighttpd nginx-light rrdtool)")
        return 77
    if b"FastCGI" not in subprocess.run([options.program, "--help"], capture_output=True).stdout:
        print("skipped: built without libfcgi")
        return 77
    wrong = [what for kind in kinds for what in check(kind, os.path.abspath(options.program), options.seconds)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
