#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How a live capture begins: mistakes, rights given up, the service manager.

usage: start_test.py TSTAT [unittest arguments]
"""
import os, pwd, socket, subprocess

import live_case, network
from network import TRACES, environment, replay


class Start(live_case.LiveTest):
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
        network.add_pair("down0", "down1", up=False)
        self.assertRegex(self.refused(interface="down0"), r"^pcap_openlive: down0: That device is not up")
        self.write("file", "x")
        with self.live("-s", "file/out") as live:
            self.assertEqual(live.ended(), 1)
        self.assertIn("tstat: Cannot create directory file/out: Not a directory", live.err)

    @live_case.need_root
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

    @live_case.need_root
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

    @live_case.need_root
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
        done = subprocess.run([live_case.TSTAT, "--user", "nobody", "-s", self.work / "out", TRACES / "web.pcap"],
                              capture_output=True, text=True, env=environment())
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


if __name__ == "__main__":
    live_case.main()
