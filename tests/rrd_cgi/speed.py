#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How long a person waits for the first page of a trace and its pictures: the medians of some rounds, as a table.

usage: speed.py PROGRAM [--rounds N]        exit status 1: slower than it may be; 77: tools are missing

A trace with all databases of packaging/etc/rrd.conf and values for more than a year; the page over a year, then its first
ten pictures, one after another. The processor time of the program stands beside the time that passes, which other
programs on the machine lengthen. Limits are in runs of `rrdtool graph` with a picture of the same size, which draws with
the same libraries: their processor time, measured in between, is short where and when that of the program is.
"""
import argparse, contextlib, html, http.client, os, pathlib, re, resource, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import servers, year

PAGE = "?dir=Lab&var=NULL&duration=1y"
PICTURES = 10
# What, how long it should take at most in milliseconds, and the most processor time in runs of rrdtool.
# (These are twice what was measured, on a quiet machine and on one with ten programs at work.)
LIMITS = {"FastCGI, nothing kept": (250, 3.2), "FastCGI, nothing kept, 2 x pixels": (500, 4.4),
          "FastCGI, all kept": (20, 0.55), "CGI, nothing kept": (600, 25.0), "CGI, all kept": (200, 6.7)}
YARD = ["--imgformat", "PNG", "--zoom", "1.18", "--start", "end-1y", "--end", str(year.LAST)]
TRIES = 3  # until one is fast enough
YARDS = 5  # runs a round


class Client:
    def __init__(self, server, images):
        self.server, self.images = server, images
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)

    def get(self, target):
        self.connection.request("GET", target)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {target}: {self.server.errors()}")
        return body

    def forget(self):
        for picture in self.images.glob("*.*g"):
            picture.unlink()

    def visit(self, scale):
        """The page, and what a browser asks for with it."""
        page = self.get(servers.SCRIPT + PAGE).decode()
        pictures = [html.unescape(found) for found in re.findall(r'<img[^>]* src="([^"]*view=png[^"]*)"', page)]
        if len(pictures) < PICTURES:
            raise RuntimeError(f"only {len(pictures)} pictures")
        for picture in pictures[:PICTURES]:
            self.get(picture + ("&scale=2" if scale == 2 else ""))


def processor_ms(pids):
    total = 0
    for pid in pids:
        for thread in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(thread.read_text().split()[0])
    return total / 1e6


def yards_ms(database, source):
    """Processor time of one rrdtool graph."""
    def used():
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return 1000 * (children.ru_utime + children.ru_stime)
    begin = used()
    for _ in range(YARDS):
        subprocess.run(["rrdtool", "graph", os.devnull, *YARD, f"DEF:a={database}:{source}:AVERAGE", "AREA:a#A0522D:a",
                        "STACK:a#FFA500:b"], stdout=subprocess.DEVNULL, check=True)
    return (used() - begin) / YARDS


def measure(rounds, before, visit, processor, yard):
    """Medians: milliseconds passed, of the processor, and these in runs of rrdtool."""
    passed, used, yards = [], [], []
    for _ in range(rounds):
        before()
        begin, begin_used = time.monotonic(), processor()
        visit()
        passed.append(1000 * (time.monotonic() - begin))
        used.append(processor() - begin_used)
        yards.append(used[-1] / yard())
    return tuple(map(statistics.median, (passed, used, yards)))


def children_ms(server):
    """Of processes that have ended, for CGI: the server's children."""
    ticks = os.sysconf("SC_CLK_TCK")
    fields = pathlib.Path(f"/proc/{server.processes[-1].pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * 1000 / ticks


def run(program, rounds):
    figures = {}
    with contextlib.ExitStack() as stack:
        work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-speed-"))
        stack.callback(shutil.rmtree, work)
        count = year.make(work / "data" / "Lab", HERE.parents[1] / "packaging" / "etc" / "rrd.conf")
        (work / "images").mkdir()
        settings = work / "rrd-cgi.conf"
        settings.write_text(f"data_root = {work}/data\nimage_dir = {work}/images\nprocesses = 1\n")
        print(f"{count} databases; medians of {rounds} rounds: a page and {PICTURES} pictures")
        yard = lambda: yards_ms(work / "data" / "Lab" / "ip_len_in.idx40.rrd", "ip_len_in")
        for kind in ("lighttpd-fastcgi", "lighttpd-cgi"):
            server = servers.start(kind, program, settings)
            stack.callback(server.stop)
            client = Client(server, work / "images")
            name, processor = "CGI", lambda: children_ms(server)
            if kind == "lighttpd-fastcgi":
                name, processor = "FastCGI", lambda: processor_ms(server.programs())
            client.visit(1)  # warm
            for what, before, scale in (("nothing kept", client.forget, 1), ("nothing kept, 2 x pixels", client.forget, 2),
                                        ("all kept", lambda: None, 1)):
                if f"{name}, {what}" in LIMITS:
                    if what == "all kept":
                        client.visit(1)
                    # What others do on the machine makes it slow once, not each time.
                    for _ in range(TRIES):
                        figure = measure(rounds, before, lambda: client.visit(scale), processor, yard)
                        if figure[2] <= LIMITS[f"{name}, {what}"][1]:
                            break
                    figures[f"{name}, {what}"] = figure
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if servers.missing("lighttpd-fastcgi") or shutil.which("rrdtool") is None:
        print("skipped: no lighttpd or no rrdtool")
        return 77
    figures = run(os.path.abspath(options.program), options.rounds)
    print(f"{'':36} {'passed':>8} {'goal':>7} {'processor':>10} {'in rrdtools':>12} {'limit':>6}")
    slow = []
    for name, (passed, used, yards) in figures.items():
        goal, limit = LIMITS[name]
        print(f"{name:36} {passed:5.0f} ms {goal:4} ms {used:7.0f} ms {yards:12.1f} {limit:6.1f}")
        if yards > limit:
            slow.append(name)
    for name in slow:
        print(f"{name}: slower than it may be")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
