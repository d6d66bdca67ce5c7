#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Live capture as its users type it, on a veth pair in a network namespace.

usage: live_test.py TSTAT [unittest arguments]     (as root, or where users may make namespaces; else exit 77)
"""
import os, pathlib, pty, pwd, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time, unittest, urllib.request

import network
from network import Live, TRACES, environment, replay, run

TSTAT = None
# Columns that depend on when packets arrive; everything else must be as on the trace that is replayed.
TIMED = re.compile(r"first|last|durat|_rtt_|_(rto|fs|reor|dup|unk|fc|unrto|unfs)$|dshakeT|appdataT|_tm$|dns_rslv")
REAL_ROOT = pathlib.Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


def need_root(test):
    return unittest.skipUnless(REAL_ROOT, "needs root, not a user namespace")(test)


class LiveTest(unittest.TestCase):
    """What all of them need."""

    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-live-"))
        self.work.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def write(self, name, text):
        # At once, for tstat may be reading it.
        (self.work / "new").write_text(text)
        (self.work / "new").rename(self.work / name)
        return name

    def live(self, *options, **more):
        return Live(TSTAT, self.work, *options, **more)

    def on_file(self, *options):
        done = subprocess.run([TSTAT, *map(str, options)], cwd=self.work, capture_output=True, text=True, env=environment())
        self.assertEqual(done.returncode, 0, done.stderr)

    def assert_trees_equal(self, one, other):
        def files(base):
            (directory,) = base.glob("2*.out")
            return {p.relative_to(directory): p.read_bytes() for p in directory.rglob("*") if p.is_file()}

        one, other = files(one), files(other)
        self.assertEqual(sorted(one), sorted(other))
        self.assertGreater(len(one), 100)
        for path, content in one.items():
            self.assertEqual(content.decode(), other[path].decode(), path)


class Results(LiveTest):
    def test_logs_histograms_and_databases_as_on_the_recorded_file(self):
        self.write("histo.conf", "include ALL\ninclude ADX\n")
        self.write("rrd.conf", "ip_len_in avg min max hit prc:50,95\nip_protocol_in idx:6,17,other\ntcp_rtt_avg_in avg stdev\n")
        self.write("runtime.conf", "[log]\nlog_http_complete = 1\n[options]\ntcplog_advanced = 1\nvideolog_advanced = 1\n")
        options = ("-N", TRACES / "networks.conf", "-H", "histo.conf", "-g", "-T", "runtime.conf", "-R", "rrd.conf", "-E", 65535)
        with self.live(*options, "-r", "rrd", "-s", "traces") as live:
            recorder = network.Recorder()
            sent = sum(replay(trace, "-x", "10") for trace in ("mixed.pcap", "voice.pcap"))
            live.wait_for(lambda: len(recorder.records) >= sent, "packets")
            recorder.write(self.work / "recorded.pcap")
            self.assertEqual(live.stop(), 1)
        self.assertEqual((live.received(), live.dropped()), (sent, 0))
        self.on_file(*options, "-r", "rrd2", "-s", "traces2", "recorded.pcap")
        self.assert_trees_equal(self.work / "traces", self.work / "traces2")
        databases = sorted(p.name for p in (self.work / "rrd").iterdir())
        self.assertEqual(len(databases), 11)
        self.assertEqual(databases, sorted(p.name for p in (self.work / "rrd2").iterdir()))
        if shutil.which("rrdtool"):
            for name in databases:
                info = [sorted(line for line in run("rrdtool", "info", self.work / base / name).splitlines()
                               if not line.startswith(("filename", "rra"))) for base in ("rrd", "rrd2")]
                self.assertEqual(*info)

    def test_rows_as_on_the_replayed_trace(self):
        with self.live("-N", TRACES / "networks.conf", "-E", 65535, "-s", "out") as live:
            replay("web.pcap", "-x", "2")
            self.assertEqual(live.stop(), 1)
        self.on_file("-N", TRACES / "networks.conf", "-s", "file", TRACES / "web.pcap")
        for log, least in (("log_tcp_complete", 8), ("log_udp_complete", 4)):
            header = next((self.work / "file").glob("2*.out/" + log)).read_text().splitlines()[0].lstrip("#0123456789").split()
            kept = [i for i, label in enumerate(header) if not TIMED.search(label.split(":")[0])]
            rows = [sorted([row.split()[i] for i in kept] for row in live.rows(log, base)) for base in ("out", "file")]
            self.assertGreaterEqual(len(rows[0]), least)
            self.assertEqual(rows[0], rows[1])

    def test_snapshot_length_filter_and_default_base(self):
        self.write("filter", "port 53\n")
        with self.live("-f", "filter", "--bpf", "udp", "-E", 100, "-c", "--capture-buffer", 8, "--no-promiscuous") as live:
            promiscuous = re.search(r"promiscuity (\d+)", run("ip", "-d", "link", "show", network.CAPTURED))
            self.assertEqual(promiscuous[1], "0")
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertIn("Live capturing on: live1 - snaplen = 100\n", live.out)
        self.assertEqual(len(live.rows("log_tcp_complete", "stdin")), 0)
        self.assertGreaterEqual(len(live.rows("log_udp_complete", "stdin")), 4)
        self.assertLess(live.received(), 50)


class WhileItRuns(LiveTest):
    def test_rows_show_up_without_further_traffic(self):
        for options in ((), ("-Z",)):
            with self.live("-s", "out", *options) as live:
                replay("web.pcap", "--topspeed")
                if options:
                    log = lambda: next(iter(live.directories()[0].glob("log_tcp_complete.gz")), None)
                    live.wait_for(lambda: live.directories() and log() is not None and log().stat().st_size > 600, "rows")
                else:
                    live.wait_for(lambda: len(live.rows("log_tcp_complete")) >= 8, "rows")
                live.wait_for(lambda: "created new outdir" in live.out, "messages")
                self.assertEqual(live.stop(), 1)
            shutil.rmtree(self.work / "out")

    def test_intervals_rotation_and_drops(self):
        self.write("g", "[globals]\nMax_Time_Step = 0.5\nDirs = 2\n")
        self.write("histo.conf", "include ALL\n")
        with self.live("-G", "g", "-H", "histo.conf", "-s", "out") as live:
            told = lambda: re.findall(r"^\[\w.*\] (\d+) packets received by filter, 0 dropped by kernel$", live.out, re.M)
            sent = live.replay_until(lambda: len(live.directories()) >= 3 and len(told()) >= 4, "intervals", "web.pcap", 0.1)
            self.assertEqual(live.stop(), 1)
        for directory in live.directories()[:-1]:
            self.assertEqual(sorted(p.name for p in directory.iterdir() if p.is_dir()), ["000", "001"])
        self.assertTrue((live.directories()[-1] / "LAST").is_dir())
        self.assertLessEqual(sum(map(int, told())), sent)
        self.assertEqual(live.received(), sent)
        # The same counts, by another way: nothing is unaccounted for.
        total = int(re.search(r"^total packet analized : (\d+)$", live.err, re.M)[1])
        others = int(re.search(r"^ +(\d+)  packets: not IP$", live.err, re.M)[1])
        self.assertEqual(total + others, sent)

    def test_what_the_kernel_drops_is_told(self):
        self.write("g", "[globals]\nMax_Time_Step = 1\n")
        with self.live("-G", "g", "-s", "out") as live:
            live.process.send_signal(signal.SIGSTOP)
            sent = replay("mixed.pcap", "--topspeed", "--loop", "200")  # more than its buffer holds
            live.process.send_signal(signal.SIGCONT)
            pattern = r"^\[\w.*\] \d+ packets received by filter, [1-9]\d* dropped by kernel$"
            live.wait_for(lambda: re.search(pattern, live.err, re.M), "the report")
            self.assertEqual(live.stop(), 1)
        analysed = live.number(r"^total packet analized : (\d+)$") + live.number(r"^ +(\d+)  packets: not IP$")
        self.assertGreater(live.dropped(), 0)
        self.assertEqual((live.received(), analysed + live.dropped()), (sent, sent))

    def test_runtime_conf_is_read_again(self):
        self.write("g", "[globals]\nRuntime_Config_Idle = 0.3\nRuntime_Mtime_Counter = 1\n")
        self.write("runtime.conf", "[log]\nlog_http_complete = 0\n")
        with self.live("-G", "g", "-T", "runtime.conf", "-s", "out") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: len(live.directories()) == 1, "output")
            self.write("runtime.conf", "[log]\nlog_http_complete = 1\nlog_udp_complete = 0\n")
            live.wait_for(lambda: len(live.directories()) == 2, "the reload")
            self.write("runtime.conf", "[log]\nlog_http_complete = 7x\n")
            live.wait_for(lambda: "the configuration is kept" in live.err, "the error")
            os.remove(self.work / "runtime.conf")
            live.wait_for(lambda: "err: 'runtime.conf' - No such file" in live.err, "the missing file")
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertRegex(live.out, r"\] Enabling log_http_complete\n")
        self.assertIn("runtime.conf:2: ", live.err)
        self.assertIn("7x", live.err)
        self.assertEqual(live.err.count("No such file"), 1)
        self.assertEqual(len(live.directories()), 2)
        self.assertTrue((live.directories()[1] / "log_http_complete").exists())
        self.assertFalse((live.directories()[1] / "log_udp_complete").exists())
        self.assertGreater(len(live.rows("log_http_complete")), 5)


class FailingOutput(LiveTest):
    def test_removed_log_directory(self):
        with self.live("-s", "out") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: len(live.rows("log_tcp_complete")) == 8, "rows")
            directory = live.directories()[0]
            shutil.rmtree(directory)
            replay("ssh.pcap", "--topspeed")
            live.wait_for(lambda: (directory / "log_tcp_complete").exists(), "a new file")
            self.assertEqual(live.stop(), 1)
        self.assertEqual(len(live.rows("log_tcp_complete")), 2)
        self.assertTrue((directory / "log_tcp_complete").read_text().startswith("#15#c_ip:1 "))
        self.assertIn("was removed; it is made again", live.err)
        self.assertNotIn("could not be written", live.err)

    @need_root
    def test_removed_base_directory_that_cannot_be_made_again(self):
        self.write("g", "[globals]\nMax_Time_Step = 1\n")
        self.write("histo.conf", "include ALL\n")
        with self.live("-G", "g", "-H", "histo.conf", "-s", "out") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: len(live.rows("log_tcp_complete")) == 8, "rows")
            shutil.rmtree(self.work / "out")
            # The pause is long enough for the rows to fit into memory until then.
            live.replay_until(lambda: live.err.count("tstat: Cannot create directory out/") >= 2, "two reports", pause=1)
            self.assertIsNone(live.process.poll())
            (self.work / "new").mkdir()
            (self.work / "new").chmod(0o777)
            (self.work / "new").rename(self.work / "out")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows again")
            live.wait_for(lambda: "output can be written again; log rows lost so far: 0" in live.err, "the message")
            self.assertEqual(live.stop(), 1)
        self.assertRegex(live.err, r"tstat: histogram files that could not be written: \d\d+")

    @need_root
    def test_no_directory_from_the_start(self):
        self.write("g", "[globals]\nMax_Time_Step = 1\nDirs = 1\n")
        with self.live("-G", "g", "-s", "out") as live:
            (self.work / "out").rmdir()
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: "tstat: Cannot create directory out" in live.err, "the report")
            replay("ssh.pcap", "--topspeed")
            self.assertEqual(live.process.poll(), None)
            (self.work / "new").mkdir()
            (self.work / "new").chmod(0o777)
            (self.work / "new").rename(self.work / "out")
            live.wait_for(lambda: live.directories(), "a directory")
            # So it is when the next directory cannot be made. (The first time may be over before it counts as a recovery.)
            told = lambda what: live.err.count(what)
            (self.work / "out").chmod(0o555)
            reports = told("Cannot create directory out")
            live.replay_until(lambda: told("Cannot create directory out") >= reports + 2, "two more reports")
            recoveries = told("output can be written again")
            (self.work / "out").chmod(0o777)
            live.wait_for(lambda: told("output can be written again") > recoveries, "another directory")
            replay("ssh.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertGreaterEqual(live.number(r"tstat: log rows that could not be written: (\d+)"), 8)
        self.assertGreaterEqual(len(live.rows("log_tcp_complete")), 2)

    def test_full_disk(self):
        small = self.work / "small"
        small.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=256k,mode=0777", "tmpfs", small)
        self.addCleanup(subprocess.run, ["umount", small])
        self.write("g", "[globals]\nMax_Time_Step = 1\n")
        with self.live("-G", "g", "-s", "small/out") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: len(live.rows("log_tcp_complete", "small/out")) == 8, "rows")
            filler = os.open(small / "filler", os.O_WRONLY | os.O_CREAT)
            with self.assertRaises(OSError):
                while True:
                    os.write(filler, b"x" * 4096)
            os.close(filler)
            # More rows than fit into the rest of the last page, and then more than wait in a buffer.
            self.assertEqual(replay("web.pcap", "--topspeed", "--loop", "40"), 268 * 40)
            live.wait_for(lambda: live.err.count("log_tcp_complete: No space left on device") >= 2, "two reports")
            self.assertIsNone(live.process.poll())
            os.remove(small / "filler")
            live.wait_for(lambda: "output can be written again; log rows lost so far: " in live.err, "room")
            replay("ssh.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        rows = live.rows("log_tcp_complete", "small/out")
        self.assertTrue(all(len(row.split(" ")) == 130 for row in rows))
        self.assertTrue(any(row.split()[15] == "22" for row in rows))
        lost = int(re.search(r"tstat: log rows that could not be written: (\d+)", live.err)[1])
        udp = live.rows("log_udp_complete", "small/out")
        self.assertEqual(len(rows) + len(udp) + lost + len(live.rows("log_tcp_nocomplete", "small/out")),
                         int(re.search(r"total flows analized : (\d+)", live.err)[1]))


    def test_runs_of_the_same_minute_keep_their_directories(self):
        for runs in (1, 2, 3):
            with self.live("-s", "out") as live:
                replay("web.pcap", "--topspeed")
                live.wait_for(lambda: len(live.directories()) >= runs, "a directory")
                self.assertEqual(live.stop(), 1)
        for directory in live.directories():
            rows = (directory / "log_tcp_complete").read_text().splitlines()
            self.assertEqual(sum(not row.startswith("#") for row in rows), 8, directory)

    def test_old_directories_are_removed(self):
        self.write("g", "[globals]\nMax_Time_Step = 1\n")
        base = self.work / "out"
        old = [base / f"2017_07_{day:02}_10_00.out" for day in range(10, 20)]
        for directory in old:
            (directory / "000").mkdir(parents=True)
            (directory / "log_tcp_complete").write_text("#\n")
            os.utime(directory, (1500000000, 1500000000))
        (old[3] / "notes").write_text("mine")
        (base / "other").mkdir()
        run("chmod", "-R", "a+rwX", base)
        for directory in old:
            os.utime(directory, (1500000000, 1500000000))
        with self.live("-G", "g", "-s", "out", "--keep", "30d") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: sum(directory.exists() for directory in old) == 1, "removals", 60)
            live.wait_for(lambda: "cannot be removed: it holds what is not of tstat (notes)" in live.err, "a message")
            self.assertEqual(live.stop(), 1)
        self.assertEqual([p.name for p in old[3].iterdir()], ["notes"])
        self.assertTrue((base / "other").is_dir())
        self.assertEqual(live.out.count("removed out/2017_07_"), 9)
        self.assertEqual(len(live.rows("log_tcp_complete")), 8)

    def test_runtime_configuration_that_becomes_a_fifo(self):
        self.write("g", "[globals]\nRuntime_Config_Idle = 0.2\nRuntime_Mtime_Counter = 1\n")
        self.write("runtime.conf", "[log]\nlog_tcp_complete = 1\n")
        with self.live("-G", "g", "-T", "runtime.conf", "-s", "out") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: len(live.rows("log_tcp_complete")) == 8, "rows")
            os.remove(self.work / "runtime.conf")
            os.mkfifo(self.work / "runtime.conf")
            os.utime(self.work / "runtime.conf", (1500000000, 1500000000))
            live.wait_for(lambda: "runtime.conf: is not a regular file; the configuration is kept" in live.err, "a message")
            replay("ssh.pcap", "--topspeed")
            live.wait_for(lambda: len(live.rows("log_tcp_complete")) > 8, "further rows")
            self.assertEqual(live.stop(), 1)


class End(LiveTest):
    def test_signals_that_end_the_run(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.live("-s", "out") as live:
                sent = replay("web.pcap", "--topspeed")
                # What the kernel holds at that moment is analysed, too.
                self.assertEqual(live.stop(number), 1)
            self.assertIn(f"Terminating processing early on signal {int(number)}\n", live.out)
            self.assertIn("Dumping internal status variables:", live.err)
            self.assertIn(f"\nLive pcap_stats:\n", live.err)
            self.assertEqual((live.received(), live.dropped()), (sent, 0))
            self.assertNotIn("not read before the end", live.err)
            self.assertEqual(len(live.rows("log_tcp_complete")), 8)
            shutil.rmtree(self.work / "out")

    def test_second_signal_ends_at_once(self):
        # Nobody reads its messages, so that it cannot end in good order after the first one.
        messages = self.work / "messages"
        os.mkfifo(messages)
        reader = os.open(messages, os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        live = self.live("-s", "out", "-z", messages)
        self.addCleanup(live.__exit__)
        told = b""

        def started():
            nonlocal told
            try:
                told += os.read(reader, 65536)
            except BlockingIOError:
                pass
            return b"Live capturing on" in told

        live.wait_for(started, "the start")
        for size in (4096, 1):  # what is written at once must fit as a whole
            try:
                while True:
                    os.write(reader, b"x" * size)
            except BlockingIOError:
                pass
        replay("web.pcap", "--topspeed")
        live.process.send_signal(signal.SIGINT)
        live.wait_for(lambda: not live.catches(signal.SIGINT), "the first signal's effect")
        self.assertEqual(live.stop(signal.SIGINT), -signal.SIGINT)

    def test_signal_before_the_first_packet(self):
        with self.live("-s", "out") as live:
            self.assertEqual(live.stop(signal.SIGINT), 1)
        self.assertIn("Partial result after processing 0 packets:", live.out)
        self.assertEqual(live.directories(), [])

    def test_report_on_request(self):
        with self.live("-s", "out") as live:
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            live.process.send_signal(signal.SIGUSR1)
            live.wait_for(lambda: "Dumping internal status variables:" in live.err, "the report")
            self.assertIn("Got a signal USR1", live.out)
            self.assertEqual(live.stop(), 1)
        self.assertEqual(live.err.count("Dumping internal status variables:"), 2)

    def test_interface_that_goes_away(self):
        run("ip", "link", "add", "name", "gone0", "type", "veth", "peer", "name", "gone1")
        run("ip", "link", "set", "gone0", "up")
        run("ip", "link", "set", "gone1", "up")
        with self.live("-s", "out", interface="gone1") as live:
            run("tcpreplay", "-q", "--topspeed", "-i", "gone0", TRACES / "web.pcap")
            live.wait_for(lambda: live.rows("log_tcp_complete"), "rows")
            run("ip", "link", "del", "gone0")
            self.assertEqual(live.ended(), 1)
        self.assertIn("tstat: gone1: PCAP error: 'The interface disappeared'", live.err)
        self.assertIn(" packets seen, ", live.out)


class Start(LiveTest):
    def refused(self, *options, interface=network.CAPTURED):
        with self.live("-s", "out", *options, interface=interface) as live:
            self.assertEqual(live.ended(), 1)
        self.assertFalse((self.work / "out").exists())
        return live.err

    def test_interface_and_filter_errors(self):
        self.assertRegex(self.refused(interface="nope"), r"^pcap_openlive: nope: No such device exists")
        self.write("bad", "udp prot 53\n")
        self.assertRegex(self.refused("-f", "bad"), r"^pcap_compile: .*syntax error")
        self.assertRegex(self.refused("-f", "none"), r"^can't open none\n")
        run("ip", "link", "add", "name", "down0", "type", "veth", "peer", "name", "down1")
        self.assertRegex(self.refused(interface="down0"), r"^pcap_openlive: down0: That device is not up")
        self.write("file", "x")
        with self.live("-s", "file/out") as live:
            self.assertEqual(live.ended(), 1)
        self.assertIn("tstat: Cannot create directory file/out: Not a directory", live.err)

    @need_root
    def test_root_becomes_another_user(self):
        name = next(n for n in ("tstat", "nobody") if n in [p.pw_name for p in pwd.getpwall()])
        user = pwd.getpwnam(name)
        self.write("rrd.conf", "ip_len_in avg\n")
        with self.live("-s", "deep/out", "-r", "rrd", "-R", "rrd.conf") as live:
            self.assertEqual(live.proc("Uid").split(), [str(user.pw_uid)] * 4)
            self.assertEqual(live.proc("Gid").split(), [str(user.pw_gid)] * 4)
            self.assertNotIn("0", live.proc("Groups").split())
            for capabilities in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
                self.assertEqual(int(live.proc(capabilities), 16), 0)
            self.assertEqual(live.proc("NoNewPrivs"), "1")
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertEqual(len(live.rows("log_tcp_complete", "deep/out")), 8)
        self.assertEqual((self.work / "deep/out").stat().st_uid, user.pw_uid)
        self.assertEqual((self.work / "rrd/ip_len_in.avg.rrd").stat().st_uid, user.pw_uid)

    @need_root
    def test_user_that_cannot_write(self):
        # Asked for: an error. By default: root stays, with the rights to write files only, and says so.
        (self.work / "out").mkdir(mode=0o755)
        with self.live("-s", "out", "--user", "nobody") as live:
            self.assertEqual(live.ended(), 1)
        self.assertIn("tstat: user 'nobody' cannot write to out: Permission denied\n", live.err)
        self.assertNotIn("Live capturing", live.out)
        with self.live("-s", "out") as live:
            self.assertRegex(live.err, r"tstat: goes on as root: user '\w+' cannot write to out: Permission denied \(see --user\)\n")
            self.assertEqual(live.proc("Uid").split()[0], "0")
            self.assertEqual(int(live.proc("CapEff"), 16), 0b1110)
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertEqual(len(live.rows("log_tcp_complete")), 8)
        with self.live("-s", "out", "--user", "root") as live:
            self.assertEqual(live.err, "")
            self.assertEqual(live.stop(), 1)

    @need_root
    def test_user_that_cannot_read_what_is_reloaded(self):
        self.write("runtime.conf", "[log]\nlog_http_complete = 1\n")
        (self.work / "runtime.conf").chmod(0o600)
        self.assertIn("tstat: user 'nobody' cannot read runtime.conf: Permission denied",
                      self.refused_after_base("-T", "runtime.conf", "--user", "nobody"))
        self.assertIn("tstat: there is no user 'nosuchuser'", self.refused_after_base("--user", "nosuchuser"))

    def refused_after_base(self, *options):
        with self.live("-s", "out", *options) as live:
            self.assertEqual(live.ended(), 1)
        self.assertEqual(live.directories(), [])
        return live.err

    def test_user_is_for_live_capture(self):
        done = subprocess.run([TSTAT, "--user", "nobody", "-s", self.work / "out", TRACES / "web.pcap"], capture_output=True,
                              text=True, env=environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn("--user is for live capture (-l)", done.stderr)

    def test_service_manager_is_told(self):
        path = str(self.work / "notify")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.settimeout(network.PATIENCE)
        self.write("g", "[globals]\nMax_Time_Step = 1\n")
        with self.live("-G", "g", "-s", "out", env=environment(NOTIFY_SOCKET=path, WATCHDOG_USEC="5000000")) as live:
            self.assertEqual(listener.recv(1000), b"READY=1\nSTATUS=Capturing on live1")
            while listener.recv(1000) != b"WATCHDOG=1":
                pass
            replay("web.pcap", "--topspeed")
            status = b""
            while not status.startswith(b"STATUS=268 packets"):
                status = listener.recv(1000)
            self.assertEqual(status, b"STATUS=268 packets received by filter, 0 dropped by kernel since the start")
            self.assertEqual(live.stop(), 1)
            while listener.recv(1000) != b"STOPPING=1":
                pass


class Sandbox(LiveTest):
    """The filter of system calls is on in all tests above (network.Live checks it); here is what they leave out."""

    def test_databases_that_are_removed(self):
        self.write("g", "[globals]\nMax_Time_Step = 1\n")
        self.write("rrd.conf", "ip_len_in avg prc:50,95\ntcp_rtt_avg_in avg\n")
        (self.work / "rrd").mkdir()
        (self.work / "rrd").chmod(0o777)
        with self.live("-G", "g", "-R", "rrd.conf", "-r", "rrd", "-s", "out") as live:
            databases = lambda: sorted(p.name for p in (self.work / "rrd").glob("*.rrd"))
            live.replay_until(lambda: len(databases()) == 4, "databases", "web.pcap")
            for path in (self.work / "rrd").glob("*.rrd"):
                path.unlink()
            live.replay_until(lambda: len(databases()) == 4, "databases again", "web.pcap")
            self.assertEqual(live.stop(), 1)
        self.assertNotIn("rrd", live.err.replace("rrd.conf", ""))

    def test_dumps_that_are_switched_on(self):
        self.write("g", "[globals]\nRuntime_Config_Idle = 0.3\nRuntime_Mtime_Counter = 1\n")
        for option, name in (((), "ip_complete.pcap"), (("--dump-compression", "zstd"), "ip_complete.pcap.zst")):
            base = "out-" + name
            self.write("runtime.conf", "[dump]\n")
            with self.live("-G", "g", "-T", "runtime.conf", "-s", base, *option) as live:
                replay("web.pcap", "--topspeed")
                live.wait_for(lambda: len(live.directories(base)) == 1, "output")
                self.write("runtime.conf", "[dump]\nip_complete = 1\n")
                dumped = live.directories(base)[0] / "traces00" / name
                live.replay_until(lambda: dumped.exists() and dumped.stat().st_size > 1000, "a dump", "web.pcap")
                self.write("runtime.conf", "[dump]\nudp_complete = 1\nip_complete = 1\n")
                second = live.directories(base)[0] / "traces01" / name
                live.replay_until(lambda: second.exists() and second.stat().st_size > 1000, "a second dump", "web.pcap")
                self.assertEqual(live.stop(), 1)
            self.assertIn("Enabling dump engine", live.out)
            self.assertNotIn("could not be dumped", live.err)
            self.assertEqual(len(live.directories(base)), 1)

    def test_messages_on_a_terminal(self):
        terminal, inner = pty.openpty()
        self.addCleanup(os.close, terminal)
        process = subprocess.Popen([TSTAT, "-l", "-i", network.CAPTURED, "-s", "out"], cwd=self.work, stdin=inner, stdout=inner,
                                   stderr=inner, env=environment(), start_new_session=True)
        self.addCleanup(process.kill)
        os.close(inner)
        told = ""

        def read_until(text):
            nonlocal told
            while text not in told:
                told += os.read(terminal, 65536).decode()

        read_until("Live capturing on")
        replay("web.pcap", "--topspeed")
        read_until("created new outdir")
        process.send_signal(signal.SIGINT)
        read_until("packets dropped by kernel")
        self.assertEqual(process.wait(network.PATIENCE), 1)
        self.assertNotIn("without a filter", told)

    def test_switched_off(self):
        with self.live("-s", "out", "--no-sandbox") as live:
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertEqual(len(live.rows("log_tcp_complete")), 8)

    def collector(self, stalls=False):
        """A web server on the loopback device: what is posted to it."""
        run("ip", "link", "set", "lo", "up")
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        bodies = []

        def answer(connection):
            with connection, connection.makefile("rb") as stream:
                while head := stream.readline():
                    if not head.startswith(b"POST"):
                        return
                    length = 0
                    while (line := stream.readline().strip()):
                        if line.lower().startswith(b"content-length:"):
                            length = int(line.split(b":")[1])
                    bodies.append(stream.read(length).decode())
                    if stalls:
                        return time.sleep(network.PATIENCE)
                    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        def accept():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
        return server.getsockname()[1], bodies

    def test_exports_and_metrics_within_it(self):
        port, bodies = self.collector()
        # A name, too: who looks it up has nothing to load any more.
        options = ("--export", f"json=http://localhost:{port}/flows#logs=tcp&batch_time=0", "--export", "csv=flows.csv#logs=udp",
                   "--metrics", "0")
        self.work.chmod(0o777)
        with self.live("-s", "out", *options) as live:
            if "libmicrohttpd" in live.err:
                self.skipTest("no libmicrohttpd")
            replay("web.pcap", "--topspeed")
            live.wait_for(lambda: "".join(bodies).count("\n") >= 8, "rows at the server")
            live.wait_for(lambda: "/metrics" in live.out, "the address of the metrics")
            (url,) = re.findall(r"http://127.0.0.1:\d+/metrics", live.out)
            ask = lambda: urllib.request.urlopen(url, timeout=10).read().decode()
            live.wait_for(lambda: re.search(r'(?m)^tstat_export_sent_rows_total\{export="json-localhost\S+"\} 8$', ask()), "figures")
            self.assertRegex(ask(), r'(?m)^tstat_capture_dropped_packets_total\{by="kernel"\} 0$')
            self.assertEqual(live.stop(), 1)
        self.assertNotIn("batches wait", live.err)
        self.assertEqual("".join(bodies).count("\n"), len(live.rows("log_tcp_complete")))
        self.assertEqual(len((self.work / "flows.csv").read_text().splitlines()) - 1, len(live.rows("log_udp_complete")))

    def test_a_stalled_server_costs_no_packet(self):
        port, bodies = self.collector(stalls=True)
        with self.live("-s", "out", "--export-wait", "0", "--export", f"json=http://127.0.0.1:{port}/#batch_time=0") as live:
            sent = live.replay_until(lambda: bodies and len(live.rows("log_tcp_complete")) > 300, "rows", "web.pcap", 0.05)
            self.assertEqual(live.stop(), 1)
        self.assertEqual((live.received(), live.dropped()), (sent, 0))
        rows = sum(len(live.rows(log)) for log in ("log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete", "log_mm_complete",
                                                   "log_video_complete", "log_chat_complete"))
        self.assertEqual(live.number(r"(\d+) rows wait in out/spool/"), rows)

    def test_exports_that_are_switched_on(self):
        port, bodies = self.collector()
        self.write("g", "[globals]\nRuntime_Config_Idle = 0.3\nRuntime_Mtime_Counter = 1\n")
        self.write("runtime.conf", "[export]\n")
        with self.live("-G", "g", "-T", "runtime.conf", "-s", "out") as live:
            live.replay_until(lambda: live.directories(), "output", "web.pcap")
            self.write("runtime.conf", f"[export]\njson=http://127.0.0.1:{port}/#logs=tcp&batch_time=0\n")
            live.replay_until(lambda: bodies, "rows at the server", "web.pcap")
            self.assertEqual(live.stop(), 1)
        # Without the section at the start the right to do that is gone.
        self.write("runtime.conf", "[log]\n")
        with self.live("-G", "g", "-T", "runtime.conf", "-s", "out2") as live:
            live.replay_until(lambda: live.directories("out2"), "output", "web.pcap")
            self.write("runtime.conf", f"[export]\njson=http://127.0.0.1:{port}/\n")
            live.replay_until(lambda: "gave up the right to begin exports" in live.err, "the refusal", "web.pcap")
            self.assertEqual(live.stop(), 1)

    @unittest.skipUnless(os.uname().machine in network.FILTER_CALLS, "unknown numbers of system calls")
    def test_kernel_that_refuses(self):
        with self.live("-s", "out", before=network.refuse_filters) as live:
            replay("web.pcap", "--topspeed")
            self.assertEqual(live.stop(), 1)
        self.assertIn("tstat: goes on without a filter of system calls: ", live.err)
        self.assertEqual(len(live.rows("log_tcp_complete")), 8)
        with self.live("-s", "out2", "--no-sandbox", before=network.refuse_filters) as live:
            self.assertEqual(live.stop(), 1)
        self.assertNotIn("without a filter", live.err)


if __name__ == "__main__":
    network.enter()
    TSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
