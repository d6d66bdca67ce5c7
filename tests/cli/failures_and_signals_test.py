#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What fails or ends a run early, and other runs beside it."""
import os, pathlib, resource, shutil, signal, subprocess, time

import command
from command import DIRECTORY, FIRST, CommandTest, connection, pcap, standard_trace


def fill(directory):
    """Until no page is left. What a process held that has just ended may become free a little later."""
    empty_handed = 0
    with open(directory / "fill", "ab", buffering=0) as file:
        while empty_handed < 5:
            try:
                file.write(bytes(4096))
                empty_handed = 0
            except OSError:
                empty_handed += 1
                time.sleep(0.05)


class FailuresAndSignals(CommandTest):
    def test_directory_cannot_be_made(self):
        self.write("file", "x")
        self.run_tstat("-s", "file/out", "t.pcap", "t.pcap", status=1)
        self.assertIn("Cannot create directory file/out", self.err)
        self.assertEqual(self.err.count("Cannot create"), 1)

    def test_full_standard_output(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([self.tstat, "-s", "out", "t.pcap"], cwd=self.work, stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left on device", done.stderr)
        self.assertEqual(len(self.rows("log_tcp_complete", directory=next((self.work / "out").iterdir()).name)), 1)

    def test_closed_pipe_does_not_stop_the_analysis(self):
        process = subprocess.Popen([self.tstat, "-s", "out", "t.pcap"], cwd=self.work, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=dict(os.environ, TZ="UTC"))
        process.stdout.close()
        process.stderr.read()
        process.stderr.close()
        self.assertNotEqual(process.wait(60), -signal.SIGPIPE)
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)

    def many_connections(self):
        records = []
        for i in range(2000):
            records += connection((FIRST + i // 100) * 1000000 + i % 100, port=2000 + i)
        self.write("many.pcap", pcap(records))

    def test_limited_file_size(self):
        self.many_connections()
        self.run_tstat("-s", "out", "many.pcap", status=1,
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)))
        self.assertRegex(self.err, r"tstat: out/.*log_tcp_complete: File too large\n")
        self.assertIn("packets seen", self.out)

    def test_limited_address_space(self):
        if b"__asan_init" in pathlib.Path(self.tstat).read_bytes():
            self.skipTest("the address sanitizer reserves terabytes")

        def limit(megabytes):
            return lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2)
        self.run_tstat("-s", "out", "t.pcap", preexec_fn=limit(1000))
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        self.run_tstat("-s", "out2", "t.pcap", status=1, preexec_fn=limit(100))
        self.assertIn("tstat: out of memory\n", self.err)

    def test_exception(self):
        """One that ends the analysis: here as there are no random numbers for keys of hash tables."""
        library = os.environ.get("TSTAT_NO_ENTROPY")
        if library is None:
            self.skipTest("a build with sanitizers")
        done = subprocess.run([self.tstat, "-s", "out", "t.pcap"], cwd=self.work, capture_output=True, text=True, timeout=60, check=False,
                              env=dict(os.environ, TZ="UTC", LD_PRELOAD=library))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("tstat: an exception ended the analysis: no random numbers\n", done.stderr)
        self.assertNotIn("Not even a single packet", done.stderr)

    def test_full_disk(self):
        self.many_connections()
        mount = self.work / "small"
        mount.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], capture_output=True).returncode != 0:
            self.skipTest("cannot mount a small file system here")
        try:
            self.run_tstat("-s", "small/out", "many.pcap", status=1)
            self.assertEqual(self.err.count("No space left on device"), 1)
            self.assertIn("16000 packets seen", self.out)
            for log in (mount / "out").rglob("log_*"):
                self.assertIn(log.read_bytes()[-1:], (b"", b"\n"), log.name)  # no half row
        finally:
            subprocess.run(["umount", mount], check=True)

    def test_databases_with_holes_on_a_full_disk(self):
        """librrd writes through a mapping: SIGBUS where the disk has no page for it."""
        mount = self.work / "small"
        mount.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", mount], capture_output=True).returncode != 0:
            self.skipTest("cannot mount a small file system here")
        try:
            self.write("rrd.conf", "ip_len_loc avg min max hit var stdev\nweb_bitrate_loc avg min max hit var stdev\n")
            rrd = ("-R", "rrd.conf", "-r", "small/rrd")
            self.run_tstat("-s", "first", "t.pcap", *rrd)
            made = sorted((mount / "rrd").iterdir())
            self.assertEqual(len(made), 12)
            for database in made[1:]:
                subprocess.run(["fallocate", "-p", "-o", "8192", "-l", "12288", database], check=True)
            fill(mount)
            self.write("later.pcap", standard_trace((FIRST + 3600) * 1000000))
            self.run_tstat("-s", "out", "later.pcap", *rrd, status=1)
            self.assertEqual(len(self.rows("log_tcp_complete", directory="2017_07_14_03_40.out")), 1)
            self.assertRegex(self.err, r"small/rrd/\S+\.rrd: the process that wrote to it died \(Bus error\)")
            # Of eleven, and a few pages may be left, or become free late: the system counts them for each processor.
            self.assertRegex(self.err, "values that RRD databases did not take: ([1-9]|10|11)\n")
        finally:
            subprocess.run(["umount", mount], check=True)

    def test_databases_that_cannot_begin_so_early(self):
        self.write("early.pcap", standard_trace(3 * 1000000))
        self.write("rrd.conf", "ip_len_loc avg\n")
        self.run_tstat("-s", "out", "-R", "rrd.conf", "-r", "rrd", "early.pcap", status=1)
        self.assertIn("less than 11 seconds after 1970-01-01", self.err)

    def test_a_stream_never_replaces_an_earlier_result(self):
        for directory in (DIRECTORY, DIRECTORY.replace(".out", "_2.out"), DIRECTORY.replace(".out", "_3.out")):
            self.run_tstat("-s", "out", "stdin", stdin=standard_trace())
            self.assertEqual(len(self.rows("log_tcp_complete", directory=directory)), 1)
        self.assertIn(f"Warning: out/{DIRECTORY} is there already, the next goes to out/{directory}\n", self.err)
        self.run_tstat("-s", "out", "t.pcap")  # a trace can be had again
        self.assertEqual(self.err, "")
        self.assertEqual(len(list((self.work / "out").iterdir())), 3)

    def test_files_of_others_are_kept(self):
        self.run_tstat("-s", "out", "t.pcap")
        self.write(f"out/{DIRECTORY}/notes", "mine")
        self.run_tstat("-s", "out", "t.pcap")
        self.assertIn(f"out/{DIRECTORY} holds what is not of tstat (notes), the next goes to", self.err)
        self.assertEqual((self.work / "out" / DIRECTORY / "notes").read_text(), "mine")
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        self.assertEqual(len(self.rows("log_tcp_complete", directory=DIRECTORY.replace(".out", "_2.out"))), 1)

    def test_two_runs_at_once(self):
        self.write("rrd.conf", "ip_len_loc avg\n")
        fifo = self.work / "fifo"
        os.mkfifo(fifo)
        process = subprocess.Popen([self.tstat, "-s", "out", "-R", "rrd.conf", "-r", "rrd", "fifo"], cwd=self.work,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
        with open(fifo, "wb") as trace:
            trace.write(standard_trace())
            trace.flush()
            self.wait_for(self.work / "out" / DIRECTORY)
            self.run_tstat("-s", "out", "t.pcap")
            self.assertIn(f"out/{DIRECTORY} is being written by another tstat, the next goes to", self.err)
            self.run_tstat("-s", "out", "-R", "rrd.conf", "-r", "rrd", "t.pcap", status=1)
            self.assertIn("tstat: rrd: another tstat keeps its RRD databases there", self.err)
        self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(self.rows("log_tcp_complete")), 1)
        self.assertEqual(len(self.rows("log_tcp_complete", directory=DIRECTORY.replace(".out", "_2.out"))), 1)

    def test_signals_that_end_a_run(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            shutil.rmtree(self.work / "out", ignore_errors=True)
            process = self.start_stream(pcap(connection(FIRST * 1000000)[:5]))
            process.send_signal(number)
            out, err = self.finish(process)
            self.assertEqual(process.returncode, 1)
            self.assertIn(f"\a\nTerminating processing early on signal {int(number)}\n"
                          "Partial result after processing 5 packets:\n\n\n", out)
            self.assertIn("Dumping internal status variables:", err)
            self.assertNotIn("packets seen", out)
            self.assertEqual(len(self.rows("log_tcp_nocomplete")), 1)

    def test_signal_before_the_first_packet(self):
        for data in (b"", pcap([])):
            process = self.start_stream(data)
            process.send_signal(signal.SIGINT)
            out, _ = self.finish(process)
            self.assertEqual(process.returncode, 1)
            self.assertIn("Partial result after processing 0 packets:", out)

    def test_report_on_request(self):
        process = self.start_stream(standard_trace())
        process.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
        out, err = self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertIn("\a\nGot a signal USR1\n", out)
        self.assertEqual(err.count("Dumping internal status variables:"), 1)
        self.assertEqual(out.count("Dumping internal status variables:"), 1)


if __name__ == "__main__":
    command.main()
