#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The PDF: contents with numbers of pages, running heads, text; the same twice. With TSTAT_HEAVY the whole book, too."""
import os, pathlib, re, shutil, subprocess, sys, tempfile, unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SMALL = "= First\ndocs/live.md\n= Second\ndocs/output.md\ndocs/man/tstat-networks.5\npackaging/etc/net.private\n"
HEAVY = os.environ.get("TSTAT_HEAVY") in {"1", "ON", "TRUE"}


def build(out, *arguments, epoch):
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    run = subprocess.run([sys.executable, SOURCE / "docs/guide/build", "--no-api", "--pdf", *arguments, out], env=env,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    assert (run.returncode, run.stdout) == (0, ""), run.stdout
    return out / "tstat-guide.pdf"


def pages(pdf):
    run = subprocess.run(["pdftotext", "-layout", pdf, "-"], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return run.stdout.split("\f")[:-1]


class Book(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.work = pathlib.Path(temporary.name)

    def contents(self, text):
        (self.work / "contents").write_text(text)
        return "--contents", self.work / "contents"

    def test_small(self):
        pdf = build(self.work / "a", *self.contents(SMALL), epoch=1700000000)
        text = pages(pdf)
        self.assertIn("Version", text[0])
        self.assertIn("2023-11-14", text[0])
        listed = dict(re.findall(r"^\s*(?:\d\. )?(\S.*?\S)\s*(?:\. ?)+(\d+)$", text[1], re.M))
        self.assertEqual(set(listed), {"First", "Live capture", "Second", "Output", "tstat-networks(5)", "net.private"})
        first = next(i for i, page in enumerate(text[2:], 2) if "Live capture" in page)
        for title in ("Output", "tstat-networks(5)"):
            page = text[first + int(listed[title]) - int(listed["Live capture"])]
            lines = [line.strip() for line in page.splitlines() if line.strip()]
            self.assertRegex(lines[0], rf"^2\. Second\s+{re.escape(title)}$")
            self.assertEqual(lines[1], title)
            self.assertEqual(lines[-1], listed[title])
        self.assertIn("tstat -l -i eth0 -N nets.conf -s out", text[first])
        self.assertIn('href="tstat-guide.pdf"', (self.work / "a/index.html").read_text())
        data = pdf.read_bytes()
        self.assertNotIn(str(self.work).encode(), data)
        self.assertNotIn(str(SOURCE).encode(), data)
        self.assertEqual(data, build(self.work / "b", *self.contents(SMALL), epoch=1700000000).read_bytes())

    @unittest.skipUnless(HEAVY, "minutes")
    def test_whole(self):
        text = pages(build(self.work / "whole", epoch=1700000000))
        self.assertGreater(len(text), 250)
        self.assertLess(sum(not page.strip() for page in text), 3)
        whole = "\n".join(text)
        for words in ("log_tcp_complete", "Max_TCP_Pairs", "tcp_rtt_avg_out", "include ip_len_out", "tstat_session_run_trace"):
            self.assertIn(words, whole)


if __name__ == "__main__":
    if not shutil.which("weasyprint") or not shutil.which("pdftotext"):
        print("no weasyprint, or no pdftotext: skipped")
        sys.exit(77)
    unittest.main()
