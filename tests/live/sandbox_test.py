#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Live capture under the filter of system calls.

usage: sandbox_test.py TSTAT [unittest arguments]
"""
import os, pty, re, signal, socket, subprocess, threading, time, unittest, urllib.request

import live_case, network
from network import environment, replay, run


class Sandbox(live_case.LiveTest):
    """The filter of system calls is on in all tests of live captures (network.Live checks it); here is what they leave out."""

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
        process = subprocess.Popen([live_case.TSTAT, "-l", "-i", network.CAPTURED, "-s", "out"], cwd=self.work, stdin=inner,
                                   stdout=inner, stderr=inner, env=environment(), start_new_session=True)
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

    def test_collectors_of_ipfix_within_it(self):
        run("ip", "link", "set", "lo", "up")
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(network.PATIENCE)
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        listener.settimeout(network.PATIENCE)
        options = ("--export", f"ipfix=udp://localhost:{receiver.getsockname()[1]}#batch_time=0", "--export",
                   f"ipfix=tcp://localhost:{listener.getsockname()[1]}#batch_time=0")
        with self.live("-s", "out", *options) as live:
            replay("web.pcap", "--topspeed")
            # Both begin with templates: version 10.
            self.assertEqual(receiver.recv(65536)[:2], b"\0\x0a")
            connection = listener.accept()[0]
            self.addCleanup(connection.close)
            connection.settimeout(network.PATIENCE)
            self.assertEqual(connection.recv(2), b"\0\x0a")
            self.assertEqual(live.stop(), 1)
        sent = re.findall(r"export ipfix-\S+: (\d+) rows sent", live.out)
        self.assertEqual(len(sent), 2, live.out)
        self.assertEqual(set(sent), {str(sum(len(live.rows(log)) for log in ("log_tcp_complete", "log_tcp_nocomplete", "log_udp_complete")))})

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
    live_case.main()
