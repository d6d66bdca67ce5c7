#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Output directories that are removed, full, or of somebody else while tstat captures.

usage: failing_output_test.py TSTAT [unittest arguments]
"""
import os, re, shutil, subprocess

import live_case
from network import replay, run


class FailingOutput(live_case.LiveTest):
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

    @live_case.need_root
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

    @live_case.need_root
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


if __name__ == "__main__":
    live_case.main()
