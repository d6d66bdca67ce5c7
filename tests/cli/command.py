# SPDX-License-Identifier: BSD-3-Clause
"""Runs the tstat command as a user does. The traces are made here, byte by byte, so that each test says what is in them.

    class Networks(CommandTest):
        def test_networks(self):
            self.write("nets", "10.0.0.0/8")
            self.run_tstat("-N", "nets", "-s", "out", "t.pcap")

    command.main()                  # usage: *_test.py TSTAT [unittest arguments]
"""
import os, pathlib, re, shutil, signal, struct, subprocess, sys, tempfile, time, unittest

FIRST = 1500000000  # Fri Jul 14 02:40:00 2017 UTC
DIRECTORY = "2017_07_14_02_40.out"


def tcp_packet(source, destination, sport, dport, seq, ack, flags, payload=b""):
    """An Ethernet frame."""
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 8192, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), seq & 0xFFFF, 0, 64, 6, 0, bytes(source), bytes(destination))
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + ip + tcp


def udp_packet(source, destination, sport, dport, payload, ident=1):
    udp = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), ident, 0, 64, 17, 0, bytes(source), bytes(destination))
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + ip + udp


ARP = b"\xff" * 6 + b"\x02\0\0\0\0\2\x08\x06" + b"\0" * 28


def connection(start, client=(10, 0, 0, 1), server=(192, 0, 2, 1), port=1025):
    """A complete connection of nine packets, as (time in microseconds, frame)."""
    c, s = (client, server, port, 80), (server, client, 80, port)
    frames = [
        tcp_packet(*c, 100, 0, 0x02), tcp_packet(*s, 500, 101, 0x12), tcp_packet(*c, 101, 501, 0x10),
        tcp_packet(*c, 101, 501, 0x18, b"GET / HTTP/1.0\r\n\r\n"), tcp_packet(*s, 501, 119, 0x18, b"HTTP/1.0 200 OK\r\n\r\n"),
        tcp_packet(*c, 119, 520, 0x11), tcp_packet(*s, 520, 120, 0x11), tcp_packet(*c, 120, 521, 0x10),
    ]
    return [(start + i * 1000, frame) for i, frame in enumerate(frames)]


def pcap(records, link_type=1):
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)]
    for microseconds, frame in records:
        out.append(struct.pack("<IIII", microseconds // 1000000, microseconds % 1000000, len(frame), len(frame)) + frame)
    return b"".join(out)


def standard_trace(start=FIRST * 1000000, port=1025):
    return pcap(connection(start, port=port))


class CommandTest(unittest.TestCase):
    tstat = None  # the program

    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-test-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.write("t.pcap", standard_trace())

    def write(self, name, content):
        (self.work / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def run_tstat(self, *args, status=0, stdin=b"", **kwargs):
        done = subprocess.run([self.tstat, *args], cwd=self.work, input=stdin, capture_output=True, timeout=60,
                              env=dict(os.environ, TZ="UTC", LC_ALL="C"), **kwargs)
        self.out, self.err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, status, f"tstat {' '.join(args)}\n--- stdout\n{self.out}--- stderr\n{self.err}")
        return self.out

    def rows(self, log, base="out", directory=DIRECTORY):
        text = (self.work / base / directory / log).read_text()
        return [line for line in text.splitlines() if not line.startswith("#")]

    def wait_for(self, path):
        for _ in range(500):
            if path.exists():
                return
            time.sleep(0.01)
        self.fail(f"{path} does not appear")

    def start_stream(self, data):
        process = subprocess.Popen([self.tstat, "-s", "out", "stdin"], cwd=self.work, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
        process.stdin.write(data)
        process.stdin.flush()
        self.wait_until_it_catches(process, signal.SIGINT)
        if len(data) > 24:
            for _ in range(500):
                if (self.work / "out").exists():
                    break
                time.sleep(0.01)
        time.sleep(0.2)
        return process

    def wait_until_it_catches(self, process, number):
        """A program with sanitizers takes its time to start."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", pathlib.Path(f"/proc/{process.pid}/status").read_text(), re.M)
            if caught and int(caught[1], 16) >> (number - 1) & 1:
                return
            time.sleep(0.01)

    def finish(self, process):
        out, err = process.communicate(timeout=60)
        return out.decode(), err.decode()


def main():
    CommandTest.tstat = os.path.abspath(sys.argv.pop(1))
    unittest.main()
