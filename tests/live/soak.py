#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A long live run: a trace in a loop at full speed, all outputs, rotation and reloads.

usage: soak.py TSTAT [--minutes 30] [--trace FILE] [--interval SECONDS] [--unique-ip] [--rate PACKETS_PER_SECOND]

Prints memory and counters at each interval. Fails when a packet is unaccounted for (analysed + dropped = sent), when
memory grows after the first interval, or when rotation or reload does not happen. Only seconds in which packets arrive
count as time: where something stops the sender, the run takes longer and says so. Not one of ctest's tests.
"""
import argparse, pathlib, re, shutil, signal, sys, tempfile, threading, time

import network
from network import CAPTURED, SENDER, TRACES, Live, replay, statistic


class Sender(threading.Thread):
    """Replays the trace again and again until it is told to stop."""

    def __init__(self, trace, options):
        super().__init__(daemon=True)
        self.trace, self.options, self.sent, self.error, self.stopping = trace, options, 0, None, False

    def run(self):
        try:
            while not self.stopping:
                self.sent += replay(self.trace, "--loop", "0", "--duration", "10", *self.options)
        except Exception as error:
            self.error = error


class Traffic:
    """How long packets arrived, and how long none did, by looking every second."""

    def __init__(self):
        self.active, self.paused, self.arrived = 0.0, 0.0, 0
        self.packets, self.last = statistic("rx_packets"), time.monotonic()

    def look(self):
        now, packets = time.monotonic(), statistic("rx_packets")
        seconds, arrived = now - self.last, packets - self.packets
        self.last, self.packets, self.arrived = now, packets, self.arrived + arrived
        if arrived:
            self.active += seconds
        else:
            self.paused += seconds


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {name: int(re.search(rf"^{name}:\s+(\d+) kB", status, re.M)[1]) / 1024 for name in ("VmRSS", "RssAnon")}


def write_runtime_conf(path, http):
    path.write_text(f"[log]\nlog_http_complete = {http}\n[options]\ntcplog_advanced = {http}\n")


def count_and_remove(directories, rows):
    """Counts the rows of directories that are done, and makes room for more."""
    for directory in directories:
        for log in directory.glob("log_*"):
            rows[log.name] = rows.get(log.name, 0) + sum(1 for line in open(log, "rb") if not line.startswith(b"#"))
        shutil.rmtree(directory)


def soak(arguments, work):
    shutil.copy(TRACES / "networks.conf", work / "l.conf")
    (work / "histo.conf").write_text("include ALL\n")
    (work / "rrd.conf").write_text("ip_len_in avg min max stdev prc:50,95 idx:40,1500,other\nip_bitrate_out avg\nL4_flow_number hit\n")
    (work / "g").write_text(f"[globals]\nMax_Time_Step = {arguments.interval}\nDirs = 2\nRuntime_Config_Idle = 3.0\n"
                            "Runtime_Mtime_Counter = 1\n")
    write_runtime_conf(work / "runtime.conf", 0)
    # A tstat that is to lose nothing needs a processor; the trace goes at the speed of another.
    options = ["--topspeed"] if not arguments.rate else ["--pps", str(arguments.rate)]
    options += ["--unique-ip"] if arguments.unique_ip else []
    rows, samples, reloads, made = {}, [], 0, set()
    with Live(arguments.tstat, work, "-N", "l.conf", "-H", "histo.conf", "-s", "traces", "-r", "rrd", "-R", "rrd.conf", "-T",
              "runtime.conf", "-G", "g", interface=CAPTURED) as live:
        sender, traffic = Sender(arguments.trace, options), Traffic()
        sender.start()
        next_interval = traffic.last + arguments.interval
        while sender.is_alive() and live.process.poll() is None:
            time.sleep(1)
            traffic.look()
            done = traffic.active >= 60 * arguments.minutes
            if traffic.last < next_interval and not done:
                continue
            next_interval = traffic.last + arguments.interval
            memory = resident(live.process.pid)
            samples.append(memory["VmRSS"])
            made |= {d.name for d in live.directories("traces")}
            print(f"{traffic.active:6.0f} s of traffic, {traffic.paused:.0f} s without  resident {memory['VmRSS']:.1f} MiB (heap "
                  f"{memory['RssAnon']:.1f})  arrived {traffic.packets}  directories {len(made)}  reloads {reloads}", flush=True)
            count_and_remove(live.directories("traces")[:-2], rows)
            if done:
                break
            if len(samples) % 4 == 0:
                reloads += 1
                write_runtime_conf(work / "runtime.conf", reloads % 2)
        sender.stopping = True
        sender.join()
        if sender.error:
            raise sender.error
        status = live.stop(signal.SIGTERM)
        made |= {d.name for d in live.directories("traces")}
        count_and_remove(live.directories("traces"), rows)
    return live, sender, traffic, status, rows, samples, made


def check(live, sender, traffic, status, rows, samples, made):
    received, dropped = live.received(), live.dropped()
    analysed = live.number(r"^total packet analized : (\d+)$") + live.number(r"^ +(\d+)  packets: not IP$")
    before = statistic("rx_dropped") + statistic("tx_dropped", SENDER)
    applied = len(re.findall(r"\] (?:En|Dis)abling log_http_complete$", live.out, re.M))
    intervals = re.findall(r"^\[\w.*\] (\d+) packets received by filter, (\d+) dropped by kernel", live.out + live.err, re.M)
    print(live.err[live.err.find("---"):])
    print(f"sent {sender.sent}, received {received}, of these analysed {analysed} and dropped by the kernel {dropped}; "
          f"lost before the capture {before}")
    print(f"{traffic.active:.0f} s of traffic, {traffic.arrived / traffic.active:.0f} packets/s on average; {traffic.paused:.0f} s without")
    print(f"intervals {len(intervals)}, in which {sum(int(d) for _, d in intervals)} were told as dropped; "
          f"directories {len(made)}, reloads {applied}; rows {rows}")
    first, last = samples[0], max(samples[-3:])
    print(f"resident memory: {first:.1f} MiB after the first interval, {last:.1f} MiB at the end, {max(samples):.1f} MiB at most")
    failures = []
    if analysed + dropped + before != sender.sent:
        failures.append(f"{sender.sent - analysed - dropped - before} packets are unaccounted for")
    if last > first * 1.02 + 4:
        failures.append("memory grows")
    if status != 1:
        failures.append(f"exit status {status}")
    if len(made) < 2 or (len(samples) > 8 and applied < 1):
        failures.append("no rotation or no reload")
    if "could not be written" in live.err or "did not take" in live.err:
        failures.append("output was lost")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tstat", type=lambda p: str(pathlib.Path(p).resolve()))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--trace", type=lambda p: str(pathlib.Path(p).resolve()), default=str(TRACES / "mixed.pcap"))
    parser.add_argument("--interval", type=float, default=60, help="seconds (Max_Time_Step); in less than a "
                        "minute not every flow slot was used once, which looks as if memory grew")
    parser.add_argument("--rate", type=int, default=0, help="packets a second (default: as fast as it goes)")
    parser.add_argument("--unique-ip", action="store_true", help="other addresses in each loop: other flows")
    arguments = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-soak-"))
    work.chmod(0o755)
    try:
        failures = check(*soak(arguments, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for failure in failures:
        print("FAILED:", failure)
    print("passed" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    network.enter()
    sys.exit(main())
