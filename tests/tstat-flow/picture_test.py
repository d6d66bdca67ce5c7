# SPDX-License-Identifier: BSD-3-Clause
"""Pictures: well-formed, the same again, with a mark for each kind of anomaly that the columns count."""

import re
import unittest
import xml.etree.ElementTree as ElementTree

import conversations
import tstat
from telling import CAUSES, TRACES, WithFolder

from tstat_flow import pictures  # noqa: F401  that each run has matplotlib
from tstat_flow import words


class Pictures(WithFolder):
    def picture(self, *arguments, name="picture.svg"):
        self.ok(*arguments, "-o", self.folder / name)
        return (self.folder / name).read_bytes()

    def texts(self, svg):
        return ["".join(element.itertext()).strip() for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]

    def test_each_cause_that_is_counted_is_in_the_legend(self):
        capture, ports = conversations.all_truths()
        trace = self.folder / "truth.pcap"
        trace.write_bytes(capture.bytes())
        flows = [(trace, port) for port in ports.values()]
        flows += [(TRACES / name, row.c_port) for name in ("bulk-lossy.pcap", "ssh.pcap") for row in list(tstat.read(TRACES / name, profile="3.1.1").tcp)[:1]]
        for path, port in flows:
            row = next(row for row in tstat.read(path, profile="3.1.1").tcp if row.c_port == port)
            texts = self.texts(self.picture(path, "tcp", "port", port))
            for cause in CAUSES:
                count = getattr(row, f"c_pkts_{cause}") + getattr(row, f"s_pkts_{cause}")
                self.assertEqual(words.CAUSES[cause][0] in texts, count > 0, (path, port, cause))
            self.assertEqual("window closed" in texts, row.c_win_0 + row.s_win_0 > 0)
            for text in ("data", "acknowledged", "Windows", "seconds"):
                self.assertIn(text, texts)

    def test_the_same_again(self):
        for end, arguments in (("svg", (TRACES / "voice.pcap", "udp", 1)), ("svg", (TRACES / "bulk-lossy.pcap", "tcp", 1, "-t", "0.2-1")),
                               ("png", (TRACES / "ssh.pcap", "tcp", 1))):
            self.assertEqual(self.picture(*arguments, name=f"one.{end}"), self.picture(*arguments, name=f"again.{end}"))

    def test_udp(self):
        texts = self.texts(self.picture(TRACES / "voice.pcap", "udp", 1))
        self.assertIn("Packets of RTP that have not come", texts)
        texts = self.texts(self.picture(TRACES / "mixed.pcap", "udp", 1))
        self.assertNotIn("Packets of RTP that have not come", texts)
        self.assertIn("Bytes so far", texts)

    def test_what_has_hardly_a_packet(self):
        capture = conversations.Capture()
        connection = conversations.Connection(capture, 40000)
        connection.send(True, flags=conversations.SYN)
        conversations.udp(capture, 1, b"?")
        trace = self.folder / "one.pcap"
        trace.write_bytes(capture.bytes())
        self.assertIn("Windows", self.texts(self.picture(trace, "tcp", 1)))
        self.assertIn("Bytes so far", self.texts(self.picture(trace, "udp", 1)))

    def test_plots_of_characters(self):
        out = self.ok(TRACES / "bulk-lossy.pcap", "tcp", 1, "--plot")
        for title in ("Sequence numbers", "Round trips from the capture", "Windows"):
            self.assertIn("\n" + title + "\n", out)
        plain = self.ok(TRACES / "bulk-lossy.pcap", "tcp", 1, "--plot", environment={"PYTHONIOENCODING": "ascii"})
        self.assertIn("\nWindows\n", plain)
        self.assertIn("Bytes of each packet", self.ok(TRACES / "voice.pcap", "udp", 1, "--plot"))
        for trace, flow, plots in (("bulk-lossy.pcap", ("tcp", 1), 3), ("voice.pcap", ("udp", 1), 1)):
            out = self.ok(TRACES / trace, *flow, "--plot", "--times", "1-2")
            axes = re.findall(r"(?m)^ +└─+\n +(\S+ s) +(\S+ s)$", out)
            self.assertEqual(len(axes), plots)
            for begin, end in axes:
                self.assertTrue(1 <= float(begin.split()[0]) < 1.1 and 1.8 < float(end.split()[0]) <= 2, axes)


if __name__ == "__main__":
    unittest.main()
