#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How long a person waits for the first page of a trace and its pictures: the medians of some rounds, as a table.

usage: speed.py PROGRAM [--rounds N] [--most RATIO]     exit status 1: more than RATIO times a limit; 77: tools are missing

A trace with all databases of packaging/etc/rrd.conf and values for more than a year; the page over a year, then its first
ten pictures, one after another. The processor time of the program stands beside the time that passes, which other
programs on the machine lengthen; it is what is compared with the limit.
"""
import argparse, contextlib, html, http.client, os, pathlib, re, shutil, statistics, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import servers, year

PAGE = "?dir=Lab&var=NULL&duration=1y"
PICTURES = 10
# What, and the most milliseconds.
LIMITS = {"FastCGI, nothing kept": 250, "FastCGI, nothing kept, 2 x pixels": 500, "FastCGI, all kept": 20, "CGI, nothing kept": 600}


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


def measure(rounds, before, visit, processor):
    """Median milliseconds: passed, and of the processor."""
    passed, used = [], []
    for _ in range(rounds):
        before()
        begin, begin_used = time.monotonic(), processor()
        visit()
        passed.append(1000 * (time.monotonic() - begin))
        used.append(processor() - begin_used)
    return statistics.median(passed), statistics.median(used)


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
        for kind in ("lighttpd-fastcgi", "lighttpd-cgi"):
            server = servers.start(kind, program, settings)
            stack.callback(server.stop)
            client = Client(server, work / "images")
            if kind == "lighttpd-fastcgi":
                client.visit(1)  # warm
                processor = lambda: processor_ms(server.programs())
                for name, before, scale in zip(LIMITS, (client.forget, client.forget, lambda: None), (1, 2, 1)):
                    figures[name] = measure(rounds, before, lambda: client.visit(scale), processor)
            else:
                figures["CGI, nothing kept"] = measure(rounds, client.forget, lambda: client.visit(1), lambda: children_ms(server))
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=float, default=4.0)
    options = parser.parse_args()
    if servers.missing("lighttpd-fastcgi") or shutil.which("rrdtool") is None:
        print("skipped: no lighttpd or no rrdtool")
        return 77
    figures = run(os.path.abspath(options.program), options.rounds)
    print(f"{'':36} {'passed':>8} {'processor':>10} {'limit':>7}")
    for name, (passed, used) in figures.items():
        print(f"{name:36} {passed:5.0f} ms {used:7.0f} ms {LIMITS[name]:4} ms")
    slow = [name for name, (_, used) in figures.items() if used > options.most * LIMITS[name]]
    for name in slow:
        print(f"{name}: more than {options.most:g} times the limit")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
