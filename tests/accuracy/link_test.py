# SPDX-License-Identifier: BSD-3-Clause
"""link_test.py LINK: the link between two namespaces, and that its truth is what both kernels tell. Skipped (status 77) where
namespaces or TUN devices cannot be made."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "benchmarks" / "accuracy"))

from laboratory import frames, packets, table, views  # noqa: E402
from laboratory.recording import record  # noqa: E402
from laboratory.scenario import Scenario  # noqa: E402


def why_not():
    """Why nothing can be recorded here; empty: it can."""
    if shutil.which("ip") is None or not os.path.exists("/dev/net/tun"):
        return "no ip, or no /dev/net/tun"
    name = f"probe{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if made.returncode != 0:
        return made.stderr.strip() or "no network namespace"
    tun = subprocess.run(["ip", "-n", name, "tuntap", "add", "dev", "probe0", "mode", "tun"], capture_output=True, text=True)
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return tun.stderr.strip() if tun.returncode != 0 else ""


class Link(unittest.TestCase):
    def record(self, name, *options, **more):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / name
        record(Scenario(name, "test", 5, (*table.delay(2, 3), *options), **more), Path(LINK).resolve(), folder)
        _, flows = packets.read(folder)
        self.assertEqual(len(flows), 1)
        kernel = {end["end"]: end["last"] for end in json.loads((folder / "kernel.json").read_text())}
        return folder, flows[0], kernel

    def test_what_is_lost_is_sent_again(self):
        for ipv6 in (False, True):
            folder, flow, kernel = self.record("lost", "server to_client lose data 5-6 2", "client to_client lose data 12", size=40_000, ipv6=ipv6)
            way = flow.ways["to_client"].sent
            lost = Counter((s.hop, s.fate) for s in way if s.lost)
            self.assertEqual(lost, {("server", "rule"): 4, ("client", "rule"): 1})
            again = [s for s in way if s.resent]
            self.assertEqual(len(again), kernel["server"]["total_retrans"])
            self.assertEqual(sum(s.payload for s in again), kernel["server"]["bytes_retrans"])
            self.assertGreaterEqual(len(again), 5)
            # Each capture has what passed its place.
            for place in views.PLACES:
                numbers = {s.frame[place] for w in flow.ways.values() for s in w.sent if place in s.frame}
                self.assertEqual(numbers, set(frames.read(folder / f"{place}.pcap")))

    def test_packets_take_the_time_that_they_are_told(self):
        _, flow, _ = self.record("delay", traffic="requests", size=2000, count=5)
        for way in flow.ways.values():
            for one in way.sent:
                self.assertGreaterEqual(one.left - one.entered, 5_000_000)

    def test_the_kernel_leaves_cutting_to_the_link(self):
        folder, flow, kernel = self.record("offload", size=200_000, offload=True)
        sent = flow.ways["to_client"].sent
        self.assertGreater(max(frame.payload for frame in frames.read(folder / "server.pcap").values()), 2000)
        self.assertLessEqual(max(s.payload for s in sent), kernel["server"]["snd_mss"])
        self.assertEqual(sum(s.payload for s in sent if not s.resent), 200_000)


if __name__ == "__main__":
    LINK = sys.argv.pop(1)
    if why_not():
        print("skipped:", why_not())
        sys.exit(77)
    unittest.main()
