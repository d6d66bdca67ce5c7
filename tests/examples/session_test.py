#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The example that embeds a session writes the tree that the command writes, byte for byte.

usage: session_test.py EXAMPLE TSTAT
"""
import pathlib, subprocess, sys, tempfile, unittest

EXAMPLE, TSTAT = sys.argv[1:3]
TRACES = pathlib.Path(__file__).resolve().parent.parent / "traces"


def tree(folder):
    """Every file below `folder` by its name, and its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def figures(report):
    """The closing report without what depends on the clock."""
    lines = report[report.index("---\nDumping"):].splitlines()
    return [line for line in lines if "elapsed" not in line and "/sec" not in line][:20]


class SessionTest(unittest.TestCase):
    def compare(self, trace):
        networks = TRACES / "networks.conf"
        with tempfile.TemporaryDirectory(prefix="tstat-session-") as work:
            work = pathlib.Path(work)
            histograms = work / "histo.conf"
            histograms.write_text("include ALL\ninclude ADX\n")
            command = subprocess.run([TSTAT, "-s", work / "command", "-N", networks, "-H", histograms, TRACES / trace],
                                     capture_output=True, text=True, check=True)
            example = subprocess.run([EXAMPLE, work / "example", TRACES / trace, networks, histograms],
                                     capture_output=True, text=True, check=True)
            expected, written = tree(work / "command"), tree(work / "example")
            self.assertGreater(len(expected), 300)
            self.assertTrue(any(b"\n" in text[text.find(b"\n") + 1:] for name, text in expected.items() if "log_" in name))
            self.assertEqual(list(written), list(expected))
            self.assertEqual([name for name in expected if written[name] != expected[name]], [])
            self.assertEqual(figures(example.stdout), figures(command.stdout))

    def test_web(self):
        self.compare("web.pcap")

    def test_mixed(self):
        self.compare("mixed.pcap")

    def test_voice(self):
        self.compare("voice.pcap")

    def test_a_missing_file_is_named(self):
        with tempfile.TemporaryDirectory(prefix="tstat-session-") as work:
            result = subprocess.run([EXAMPLE, work, TRACES / "web.pcap", "/none/nets.conf", "/none/histo.conf"],
                                    capture_output=True, text=True)
            self.assertEqual(result.returncode, 1)
            self.assertIn("/none/nets.conf: ", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
