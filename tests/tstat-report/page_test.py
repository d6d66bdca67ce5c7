# SPDX-License-Identifier: BSD-3-Clause
"""The page as such: nothing outside of it, hostile names, the same bytes each time; odd inputs; options."""

import gzip
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

from reports import NETWORKS, PACKAGE, PROGRAM, SOURCE, TRACES, Page, WithReports, analyse, run

HOSTILE = ("<script>alert(1)</script>", '"onmouseover="alert(1)', "'><img/src=x>", "&lt;b&gt;",
           "]]><svg/onload=alert(1)>",
           "</style><style>*{display:none}", "<!--", "a\u202egnp.exe", "zero\u200bwidth", "\u2066isolate", "e"
           + "\u0301" * 9,
           "x" * 300, "\u0007bell", "caf\u00e9", "\ufeffbom", "\U000e0041tag", "{{7*7}}", "%3Cb%3E", "&#60;i&#62;",
           "javascript:alert(1)")


def log_with_names(folder, names):
    """A log_tcp_complete whose servers are called so."""
    session = analyse(folder, TRACES / "web.pcap")
    header, *rows = (session / "log_tcp_complete").read_text(encoding="utf-8").splitlines()
    columns = [column.rsplit(":", 1)[0] for column in header.split("#")[-1].split()]
    cells = rows[0].split(" ")
    made = [header]
    for name in names:
        cells[columns.index("c_tls_SNI")] = name
        made.append(" ".join(cells))
    log = pathlib.Path(folder, "log_tcp_complete")
    log.write_text("\n".join(made) + "\n", encoding="utf-8")
    return log


class ThePage(WithReports):
    def test_it_is_well_formed_and_alone(self):
        page = self.page("-N", NETWORKS, TRACES / "mixed.pcap")
        self.assertTrue(page.source.startswith("<!DOCTYPE html>\n<html lang=\"en\">"))
        self.assertEqual(page.root.all("script") + page.root.all("img") + page.root.all("iframe")
                         + page.root.all("form"), [])
        for element in page.root.walk():
            for name, value in element.attributes.items():
                self.assertNotRegex(name, r"^on")
                self.assertNotEqual(name, "style")
                if name in ("href", "src", "action"):
                    self.assertRegex(value, r"^(#[a-z-]+|data:,)$")
        self.assertNotRegex(page.source, r"https?:|//[a-z]|url\(|@import")
        policy = page.root.all("meta", http_equiv="Content-Security-Policy")[0].attributes["content"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertLess(len(page.source), 200_000)

    def test_it_can_be_used_without_eyes(self):
        page = self.page("-N", NETWORKS, TRACES / "mixed.pcap")
        identifiers = [e.attributes["id"] for e in page.root.walk() if "id" in e.attributes]
        self.assertEqual(len(identifiers), len(set(identifiers)))
        for name in ("header", "nav", "main", "footer"):
            self.assertEqual(len(page.root.all(name)), 1)
        for link in page.root.all("a"):
            self.assertIn(link.attributes["href"][1:], identifiers)
        for section in page.root.all("section"):
            self.assertEqual(page.by_id(section.attributes["aria-labelledby"]).tag, "h2")
        for table in page.root.all("table"):
            self.assertTrue(table.all("caption")[0].plain)
            self.assertTrue(all(head.attributes["scope"] for head in table.all("th")))
            self.assertGreater(len(table.all("tbody")[0].all("tr")), 0)
        charts = page.root.all("svg", role="img")
        self.assertGreater(len(charts), 3)
        for chart in charts:
            for identifier in chart.attributes["aria-labelledby"].split():
                self.assertTrue(page.by_id(identifier).plain)
        for picture in page.root.all("svg"):
            self.assertTrue(picture.attributes.get("role") == "img" or picture.attributes.get("aria-hidden") == "true")

    def test_the_same_bytes_each_time(self):
        made = []
        for seed in ("1", "77"):
            made.append(subprocess.run([PROGRAM, "-N", NETWORKS, TRACES / "mixed.pcap", "-o", "-"], capture_output=True,
                                       check=True,
                                       env=os.environ | {"PYTHONHASHSEED": seed, "TZ": "Asia/Kolkata" if seed == "1"
                                                         else "UTC",
                                                         "LC_ALL": "C" if seed == "1" else "C.UTF-8"}).stdout)
        self.assertEqual(made[0], made[1])
        self.assertIn(b"Traffic of mixed.pcap", made[0])
        self.assertNotIn("Made", self.page(TRACES / "web.pcap").root.all("footer")[0].plain)
        self.assertRegex(self.page(TRACES / "web.pcap", "--date").root.all("footer")[0].plain,
                         r"Made 20\d\d-\d\d-\d\d [\d:]+ UTC\.")

    def test_hostile_names(self):
        log = log_with_names(self.folder, HOSTILE)
        page = self.page(log, "--top", 100, "--title", "<b>T&amp;</b>\u202e")
        names = [row["Name"] for row in page.table("top-names")]
        self.assertEqual(len(names), len(HOSTILE))
        shown = {name: next((n for n in names if name[:7] in n), None) for name in HOSTILE if "\\" not in ascii(name)}
        for name in ("<script>alert(1)</script>", "&lt;b&gt;", "'><img/src=x>", "{{7*7}}", "javascript:alert(1)"):
            self.assertEqual(shown[name], name)  # as text, and as it was
        for name, wanted in (("a\u202egnp.exe", "a\\u202egnp.exe"), ("zero\u200bwidth", "zero\\u200bwidth"),
                             ("caf\u00e9", "caf\u00e9"),
                             ("\U000e0041tag", "\\ue0041tag"), ("\ufeffbom", "\\ufeffbom")):
            self.assertIn(wanted, names, name)
        self.assertLess(max(map(len, names)), 130)
        self.assertEqual(page.root.all("script") + page.root.all("img"), [])
        self.assertEqual(len(page.root.all("style")), 1)
        self.assertNotRegex(page.source,
                            "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
        self.assertNotIn("<!--", page.source)
        self.assertEqual(page.root.all("title")[0].plain, "<b>T&amp;</b>\\u202e")

    def test_hostile_inputs_names(self):
        folder = self.folder / "<i>\u202e'\"&"
        folder.mkdir()
        shutil.copy(TRACES / "web.pcap", folder / "<b>.pcap")
        page = self.page(folder / "<b>.pcap")
        self.assertEqual(page.root.all("h1")[0].plain, "Traffic of <b>.pcap")
        (folder / "log_tcp_complete").write_bytes(b"#15#c_ip:1 c_port:2\nwhat <u> \xff\xfe\n")
        page = self.page(folder, status=1)
        self.assertIn("\\u202e", page.by_id("problems").plain)
        self.assertEqual(page.root.all("i") + page.root.all("u"), [])

    def test_anonymous(self):
        plain = self.page("-N", NETWORKS, TRACES / "mixed.pcap")
        page = self.page("-N", NETWORKS, TRACES / "mixed.pcap", "--anonymous")
        self.assertIn("example.test", plain.source)
        self.assertNotRegex(page.source, r"example\.test|10\.0\.0\.|198\.51|2001:|mixed")
        self.assertEqual(len(page.table("top-clients")), len(plain.table("top-clients")))
        # The same host has the same number.
        self.assertEqual(page.table("failed-clients")[0]["Client"], page.table("top-clients")[2]["Client"])
        self.assertEqual([row["Flows"] for row in page.table("top-names")],
                         [row["Flows"] for row in plain.table("top-names")])


class Inputs(WithReports):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.session = analyse(cls.folder, TRACES / "mixed.pcap")

    def test_empty(self):
        for content in (b"", (self.session / "log_tcp_complete").read_bytes().split(b"\n")[0] + b"\n"):
            (self.folder / "empty").mkdir(exist_ok=True)
            (self.folder / "empty/log_tcp_complete").write_bytes(content)
            page = self.page(self.folder / "empty")
            self.assertIn("warning: there are no flows", self.said)
            self.assertEqual(page.findings()[0][0], "Look")
            self.assertIn("There are no flows", page.findings()[0][1])
            self.assertEqual(page.table("rows"), [{"Log": "log_tcp_complete", "Files": 1, "Rows": 0}])

    def test_other_columns(self):
        folder = self.folder / "columns"
        runtime = "[options]\ntcplog_end_to_end = 0\ntcplog_options = 0\n"
        for name, options in (("a", {}), ("b", {"runtime": runtime})):
            (folder / name).mkdir(parents=True)
            analyse(folder / name, TRACES / "mixed.pcap", **options)
        page = self.page(folder / "a/out", folder / "b/out")
        self.assertRegex(self.said, "warning: .*b/out/.*/log_tcp_complete has other columns than .*a/out")
        self.assertIn("has other columns than", page.by_id("problems").plain)
        self.assertEqual(page.cards()["Flows"][0], 64)  # rows are there
        self.assertEqual(page.table("rtt")[0]["Flows"], 14)  # of the one that has them
        only = self.page(folder / "b/out")
        self.assertFalse(only.has("rtt"))
        self.assertIn("Round-trip times: the logs have no such columns", only.by_id("absent").plain)

    def test_columns_of_another_kind_in_one_file(self):
        log = self.folder / "log_tcp_complete"
        log.write_bytes(b"".join(one.read_bytes() for one in self.two_headers()))
        page = self.page(log)
        self.assertIn("from here on there are other columns", self.said)
        self.assertEqual(page.cards()["Flows"][0], 28)

    def two_headers(self):
        (self.folder / "other").mkdir()
        one = analyse(self.folder / "other", TRACES / "mixed.pcap",
                      runtime="[options]\ntcplog_end_to_end = 0\n") / "log_tcp_complete"
        return self.session / "log_tcp_complete", one

    def test_cut_gzip(self):
        folder = self.folder / "cut"
        folder.mkdir()
        data = gzip.compress((self.session / "log_udp_complete").read_bytes())
        (folder / "log_udp_complete.gz").write_bytes(data[:-200])
        page = self.page(folder, status=1)
        self.assertIn("tstat-report: warning: ", self.said)
        self.assertIn("log_udp_complete.gz", page.by_id("problems").plain)
        self.assertEqual(page.findings()[0][0], "Look")
        self.assertLess(0, page.cards()["Flows"][0])
        self.assertLess(page.cards()["Flows"][0], 16)

    def test_cut_trace(self):
        trace = self.folder / "cut.pcap"
        trace.write_bytes((TRACES / "mixed.pcap").read_bytes()[:300_001])
        page = self.page(trace, status=1)
        self.assertIn("cut.pcap", page.by_id("problems").plain)
        self.assertLess(5, page.cards()["Flows"][0])

    def test_connections_that_began_before(self):
        trace = (TRACES / "ssh.pcap").read_bytes()
        kept, at = [trace[:24]], 24
        while at < len(trace):
            length = int.from_bytes(trace[at + 8:at + 12], "little")
            frame = trace[at + 16:at + 16 + length]
            if frame[12:14] == b"\x08\x00" and frame[23] == 6 and not frame[14 + (frame[14] & 15) * 4 + 13] & 2:
                kept.append(trace[at:at + 16 + length])
            at += 16 + length
        (self.folder / "later.pcap").write_bytes(b"".join(kept))
        page = self.page(self.folder / "later.pcap")
        self.assertIn("There are no flows", page.findings()[0][1])
        self.assertIn(f"1 trace: {len(kept) - 1} packets. No packet that was analysed begins a flow",
                      page.by_id("reading").plain)

    def test_what_cannot_be_read(self):
        self.assertIn("no-such: no such file", self.fails(1, "no-such"))
        self.assertIn("no such file", self.fails(1, "nothing*.pcap"))
        (self.folder / "bare").mkdir()
        self.assertIn("no log that a report is made of", self.fails(1, self.folder / "bare"))
        text = self.folder / "text"
        text.write_text("hello\n")
        page = self.page(text, status=1)  # neither a log nor a trace: told on the page, too
        self.assertIn("text", page.by_id("problems").plain)
        self.assertEqual(self.page(text, self.session, status=1).cards()["Flows"][0], 32)  # what can be read counts
        self.assertIn("a report is not made of log_chat_complete", self.fails(1, self.session / "log_chat_complete"))
        self.assertIn("--profile", self.fails(2, "--profile", "9", TRACES / "web.pcap"))
        self.assertIn("1 to 1000", self.fails(2, "--top", "0", TRACES / "web.pcap"))
        self.fails(2)

    def test_ways_to_name_logs(self):
        expected = self.page(self.session).cards()
        out = self.folder / "out"
        self.assertEqual(self.page(out).cards(), expected)
        self.assertEqual(self.page(out / "*.out").cards(), expected)
        self.assertEqual(self.page(out, self.session, self.session / "log_tcp_complete").cards(), expected)  # each once
        self.assertEqual(self.page(self.session / "log_*_complete", self.session / "log_tcp_nocomplete").cards(),
                         expected)
        other = self.folder / "flows.txt"
        shutil.copy(self.session / "log_tcp_complete", other)
        self.assertEqual(self.page(other).cards()["Flows"][0], 14)  # by its first line
        gz = self.folder / "gz"
        gz.mkdir()
        for log in self.session.iterdir():
            (gz / f"{log.name}.gz").write_bytes(gzip.compress(log.read_bytes()))
        self.assertEqual(self.page(gz).cards(), expected)
        both = self.page(self.session, TRACES / "web.pcap")
        self.assertGreater(both.cards()["Flows"][0], expected["Flows"][0])
        self.assertRegex(both.root.all("h1")[0].plain, r"and 1 more$")


class Output(WithReports):
    def test_where_it_goes(self):
        status, out, said = run(TRACES / "web.pcap", folder=self.folder)
        self.assertEqual((status, out, said), (0, f"Report: {self.folder}/tstat-report.html\n", ""))
        first = (self.folder / "tstat-report.html").read_text(encoding="utf-8")
        Page(first)
        self.assertEqual(run(TRACES / "mixed.pcap", folder=self.folder)[0], 0)  # in the place of an older report
        self.assertNotEqual((self.folder / "tstat-report.html").read_text(encoding="utf-8"), first)
        mode = stat.S_IMODE((self.folder / "tstat-report.html").stat().st_mode)
        mask = os.umask(0)
        os.umask(mask)
        self.assertEqual(mode, 0o666 & ~mask)
        self.assertEqual([p.name for p in self.folder.glob(".*")], [])

    def test_what_is_left_alone(self):
        other = self.folder / "notes.html"
        other.write_text("<html>mine</html>")
        self.assertIn("is no report", self.fails(2, TRACES / "web.pcap", "-o", other))
        self.assertEqual(other.read_text(), "<html>mine</html>")
        trace = self.folder / "web.pcap"
        shutil.copy(TRACES / "web.pcap", trace)
        self.assertIn("is read, and cannot be written", self.fails(2, trace, "-o", trace))
        self.assertEqual(trace.read_bytes(), (TRACES / "web.pcap").read_bytes())
        self.assertIn("is a directory", self.fails(2, trace, "-o", self.folder))
        self.assertIn("No such file", self.fails(1, trace, "-o", self.folder / "no/where.html"))
        if os.path.exists("/dev/full"):
            self.assertIn("No space left", self.fails(1, trace, "-o", "/dev/full"))

    def test_options(self):
        page = self.page("-N", NETWORKS, TRACES / "mixed.pcap", "--top", 2, "--title", "Monday")
        self.assertEqual(page.root.all("h1")[0].plain, "Monday")
        self.assertIn("of mixed.pcap", page.root.all("header")[0].plain)
        self.assertEqual(len(page.table("top-names")), 2)
        self.assertEqual(len(page.table("top-clients")), 2)
        self.assertFalse(page.has("slowest"))
        self.assertIn("No server has 5 connections", page.by_id("slow-servers").plain)
        self.assertTrue(self.page(TRACES / "mixed.pcap", "--samples", 1).has("slowest"))

    def test_help_page_and_completion_name_all_options(self):
        status, out, _ = run("--help")
        self.assertEqual(status, 0)
        options = set(re.findall(r"--[a-z]+", out))
        self.assertIn("--output", options)
        manual = (SOURCE / "docs/man/tstat-report.1").read_text(encoding="utf-8").replace("\\-", "-")
        docs = (SOURCE / "docs/report.md").read_text(encoding="utf-8")
        for option in options:
            self.assertIn(option, manual)
        for option in options - {"--help", "--version"}:
            self.assertIn(option, docs)
        self.assertRegex(subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout,
                         r"^tstat-report \d+\.\d+\.\d+\n$")

    @unittest.skipUnless(shutil.which("mypy"), "mypy is not installed")
    def test_types(self):
        with tempfile.TemporaryDirectory() as cache:
            paths = (PACKAGE.parent, SOURCE / "apps/tstat-log", SOURCE / "bindings/python")
            result = subprocess.run(["mypy", "--python-executable", sys.executable, "--strict", "--cache-dir", cache,
                                     "-p",
                                     "tstat_report"], text=True, capture_output=True, check=False,
                                    env={**os.environ, "MYPYPATH": ":".join(map(str, paths))})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
