#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the documentation says is what the command does: options, keys, defaults, examples, ready configuration files.

usage: documentation_test.py TSTAT [unittest arguments]
"""
import itertools, os, pathlib, re, shutil, subprocess, sys, tempfile, unittest

TSTAT = None
SOURCE = pathlib.Path(__file__).resolve().parents[2]
ETC, MAN, TRACES = SOURCE / "packaging/etc", SOURCE / "docs/man", SOURCE / "tests/traces"
ELEVEN = {"DNS_config.txt", "avgipg.conf", "ether.internal", "globals.conf", "histo.conf", "net.all", "net.private",
          "pktsize.conf", "rrd.conf", "runtime.conf", "tstat.conf"}
NOT_THERE = "Not in this build yet."


def plain(roff):
    """The text of a manual page without its markup."""
    text = roff.replace("\\-", "-").replace("\\(bu", "").replace("\\\n", "")
    text = re.sub(r"\\f[A-Z]", "", text)
    lines = []
    for line in text.splitlines():
        if line.startswith('.\\"'):
            continue
        if match := re.match(r"\.(B|I|BR|RB|BI|IB|IR|RI|SH|SS)\b ?(.*)", line):
            words = re.findall(r'"([^"]*)"|(\S+)', match[2])
            joined = "" if len(match[1]) == 2 and match[1] not in ("SH", "SS") else " "
            line = joined.join(a or b for a, b in words)
        elif line.startswith("."):
            line = "\n" + line if line.startswith((".TP", ".PP", ".TQ")) else ""
        lines.append(line)
    return "\n".join(lines)


class DocumentationTest(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-test-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def tstat(self, *args, status=0, stdin=None, cwd=None):
        done = subprocess.run([TSTAT, *map(str, args)], cwd=cwd or self.work, stdin=stdin, capture_output=True, timeout=120,
                              env=dict(os.environ, TZ="UTC", LC_ALL="C"))
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, status, f"tstat {args}\n{out}{err}")
        self.out, self.err = out, err
        return out

    def help(self):
        """(letter, long name, is refused) of each option."""
        self.tstat("--help")
        options = re.findall(r"^\t  (?:-(\S), |    )--(\S+)(.*)$", self.out + self.err, re.M)
        self.assertGreater(len(options), 40)
        return [(letter, name, "[not in this build yet]" in rest) for letter, name, rest in options]

    # Options ------------------------------------------------------------------------------------------------------

    def test_manual_has_each_option_and_marks_those_that_are_refused(self):
        page = (MAN / "tstat.1").read_text()
        heads = []  # (the lines that begin with an option, the paragraph)
        for paragraph in re.split(r"^\.(?:TP|SS|SH|PP)", page, flags=re.M):
            lines = [line.strip() for line in plain(paragraph).splitlines() if line.strip() not in ("", ".TQ")]
            heads.append(("\n".join(itertools.takewhile(lambda line: line.startswith("-"), lines)), paragraph))
        for letter, name, refused in self.help():
            spelling = "--" + name
            found = [(head, p) for head, p in heads if re.search(rf"^(-., )?{spelling}(?![\w-])", head, re.M)]
            self.assertEqual(len(found), 1, f"tstat.1: {spelling}")
            if letter:
                self.assertIn(f"-{letter}, {spelling}", found[0][0])
            self.assertEqual(NOT_THERE in found[0][1], refused, f"tstat.1: {spelling}")

    def test_readme_names_what_is_refused(self):
        readme = (SOURCE / "README.md").read_text()
        paragraph = re.search(r"\*\*Not there yet:\*\*(.*?)\n\n", readme, re.S)
        refused = {("-" + letter if letter else "--" + name) for letter, name, no in self.help() if no}
        self.assertEqual(bool(paragraph), bool(refused), "README.md: Not there yet")
        if refused:
            named = set(re.findall(r"`(-[\w-]+)`", paragraph[1].split("The command")[0])) - {"-3"}  # -3: in no help
            self.assertEqual(named, refused)

    def complete(self, *words):
        script = f"""compopt() {{ :; }}; . {SOURCE}/apps/tstat-cli/completion/tstat.bash
            COMP_WORDS=({" ".join(f"'{w}'" for w in words)}); COMP_CWORD={len(words) - 1}; _tstat
            printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=self.work, check=True)
        return set(done.stdout.split())

    def test_completion_offers_what_there_is(self):
        options = self.help()
        offered = self.complete("tstat", "-")
        self.assertEqual(offered, {f for letter, name, refused in options if not refused
                                   for f in (["-" + letter] if letter else []) + ["--" + name]})
        (self.work / "nets.conf").write_text("")
        (self.work / "folder").mkdir()
        self.assertEqual(self.complete("tstat", "--internal-nets", "=", "n"), {"nets.conf"})
        self.assertEqual(self.complete("tstat", "--internal-nets", "="), {"nets.conf", "folder"})
        self.assertEqual(self.complete("tstat", "--output-dir", "=", ""), {"folder"})
        self.assertEqual(self.complete("tstat", "-N", "n"), {"nets.conf"})
        self.assertEqual(self.complete("tstat", "--compat", "3.3"), {"3.3", "3.3-default"})

    # Keys of configuration files ----------------------------------------------------------------------------------

    def test_globals_page_and_file_have_each_parameter_with_its_default(self):
        self.tstat("--help")
        values = re.findall(r"^\t(\w+) = (\S+)$", self.out + self.err, re.M)
        self.assertGreater(len(values), 25)
        page, ready = plain((MAN / "tstat-globals.conf.5").read_text()), (ETC / "globals.conf").read_text()
        in_page = {name: number for name, number in re.findall(r"(\w+) \(([\d.]+)[ ;)]", page)}
        in_file = dict(re.findall(r"^(\w+) = (\S+)$", ready, re.M))
        for name, value in values:
            self.assertIn(name, in_page)
            self.assertEqual(float(in_page[name]), float(value), f"tstat-globals.conf.5: {name}")
            self.assertEqual(float(in_file.pop(name)), float(value), f"globals.conf: {name}")
        self.assertEqual(in_file, {})

    def allowed(self, section):
        """The keys of a section of runtime.conf, by what an unknown one is told."""
        (self.work / "bad.conf").write_text(f"[{section}]\nno_such_key = 1\n")
        self.tstat("-T", "bad.conf", "-s", "out", TRACES / "web.pcap", status=1)
        return re.search(r"\(allowed: ([^)]*)\)", self.out + self.err)[1].split(", ")

    def test_runtime_page_has_each_key(self):
        page = plain((MAN / "tstat-runtime.conf.5").read_text())
        keys = [key for section in ("log", "options", "dump") for key in self.allowed(section)]
        self.assertGreater(len(keys), 40)
        for key in keys:
            self.assertRegex(page, rf"\b{key}\b", f"tstat-runtime.conf.5: {key}")
        ready = (ETC / "runtime.conf").read_text()
        for key in self.allowed("log") + self.allowed("options"):
            # What the profile decides is not set.
            mark = "#" if key == "modern_layer7" else ""
            self.assertRegex(ready, rf"(?m)^{mark}{key} = \w+$", f"runtime.conf: {key}")

    def test_histogram_and_rrd_pages_have_each_keyword(self):
        (self.work / "bad.conf").write_text("no_such_keyword x\n")
        self.tstat("-H", "bad.conf", TRACES / "web.pcap", status=1)
        page = plain((MAN / "tstat-histo.conf.5").read_text())
        for keyword in re.search(r"the keywords are (.*)", self.out + self.err)[1].split(", "):
            self.assertRegex(page, rf"\n{keyword} ", f"tstat-histo.conf.5: {keyword}")
        (self.work / "bad.conf").write_text("ip_len_in no_such_statistic\n")
        self.tstat("-r", "rrd", "-R", "bad.conf", TRACES / "web.pcap", status=1)
        if "librrd" in self.err:
            self.skipTest("no librrd")
        page = plain((MAN / "tstat-rrd.conf.5").read_text())
        for keyword in re.search(r"\(allowed: ([^)]*)\)", self.out + self.err)[1].split(", "):
            self.assertRegex(page, rf"\b{re.match('[a-z]+', keyword)[0]}\b", f"tstat-rrd.conf.5: {keyword}")

    # Ready files --------------------------------------------------------------------------------------------------

    def test_all_ready_files_are_there(self):
        self.assertEqual({p.name for p in ETC.iterdir()}, ELEVEN | {"service.conf", "ship.conf"})

    def only(self, base):
        directories = list((self.work / base).glob("*.out"))
        self.assertEqual(len(directories), 1)
        return directories[0]

    def test_ready_files_run(self):
        self.tstat("-N", ETC / "net.private", "-T", ETC / "runtime.conf", "-H", ETC / "histo.conf", "-G", ETC / "globals.conf",
                   "-B", ETC, "-s", "out", TRACES / "mixed.pcap")
        self.assertEqual([line for line in self.err.splitlines() if re.search("Warning|warning|tstat:", line)], [])
        logs = self.only("out")
        # 10.0.0.0/8 is internal, 198.51.100.0/24 not: there is an inside and an outside.
        self.assertGreater(len((logs / "LAST/tcp_rtt_avg_out").read_text().splitlines()), 2)
        self.assertIn("198.51.100.0\t", (logs / "LAST/addresses").read_text())
        self.assertTrue((logs / "log_skype_complete").exists())
        rows = [r.split() for r in (logs / "log_tcp_complete").read_text().splitlines()]
        client, server = (next(i for i, c in enumerate(rows[0]) if c.startswith(n + ":")) for n in ("c_isint", "s_isint"))
        self.assertIn(("1", "0"), {(r[client], r[server]) for r in rows[1:]})

    def test_ready_defaults_are_the_defaults(self):
        self.tstat("-s", "with", "-T", ETC / "runtime.conf", "-G", ETC / "globals.conf", TRACES / "mixed.pcap")
        self.tstat("-s", "without", TRACES / "mixed.pcap")
        with_files, without = self.only("with"), self.only("without")
        self.assertEqual({p.name for p in with_files.iterdir()}, {p.name for p in without.iterdir()})
        for path in without.iterdir():
            self.assertEqual(path.read_bytes(), (with_files / path.name).read_bytes(), path.name)

    def test_ready_network_and_mac_lists(self):
        self.tstat("-N", ETC / "net.all", "-s", "all", TRACES / "mixed.pcap")
        rows = (self.only("all") / "log_tcp_complete").read_text().splitlines()
        self.assertGreater(len(rows), 10)  # IPv4 and IPv6 are internal
        self.tstat("-M", ETC / "ether.internal", "-s", "macs", TRACES / "mixed.pcap")
        self.assertEqual(len((self.only("macs") / "log_tcp_complete").read_text().splitlines()), 1)  # nobody has these

    def test_ready_rrd_configuration(self):
        done = subprocess.run([TSTAT, "-r", "rrd", "-R", str(ETC / "rrd.conf"), "-S", "-s", "out", "-N", str(ETC / "net.private"),
                               str(TRACES / "mixed.pcap")], cwd=self.work, capture_output=True, text=True, timeout=120)
        if "librrd is not installed" in done.stderr:
            self.skipTest("no librrd")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(list((self.work / "rrd").iterdir())), 1433)

    def test_ready_argument_file(self):
        for name in ELEVEN:
            shutil.copy(ETC / name, self.work)
        with open(TRACES / "web.pcap", "rb") as trace:
            self.tstat(stdin=trace)
        self.assertTrue((self.only("tstat-out") / "LAST/tcp_rtt_avg_out").exists())

    def test_why_in_is_empty_is_told_once(self):
        line = "Without -N and -M every address is internal"
        for args in (("-H", ETC / "histo.conf"), ("-g", "-H", ETC / "histo.conf")):
            self.tstat(*args, "-s", "out", TRACES / "web.pcap", TRACES / "ssh.pcap")
            self.assertEqual(self.err.count(line), 1)
        self.tstat("-H", ETC / "histo.conf", "-N", ETC / "net.private", "-s", "out", TRACES / "web.pcap")
        self.assertNotIn(line, self.err)
        self.tstat("--quiet", "-H", ETC / "histo.conf", "-s", "out", TRACES / "web.pcap")
        self.assertNotIn(line, self.err)
        self.tstat("-s", "out", TRACES / "web.pcap")
        self.assertNotIn(line, self.err)

    # Pages --------------------------------------------------------------------------------------------------------

    def test_example_of_retransmissions_is_what_the_command_writes(self):
        self.tstat("-N", TRACES / "networks.conf", "-s", "out", TRACES / "bulk-lossy.pcap")
        rows = [r.split() for r in (self.only("out") / "log_tcp_complete").read_text().splitlines()]
        labels = [re.sub(r"^#\d*#?", "", c).split(":")[0] for c in rows[0]]
        flow = next(dict(zip(labels, row)) for row in rows[1:] if row[1] == "36812")
        page = (SOURCE / "docs/retransmissions.md").read_text()
        shown = re.findall(r"\| `([cs]_\w+)` \| ([\d.]+)(?: ms)? \|", page)
        self.assertGreater(len(shown), 12)
        for label, value in shown:
            digits = len(value.partition(".")[2])
            self.assertEqual(f"{float(flow[label]):.{digits}f}", value, f"docs/retransmissions.md: {label}")

    def test_example_of_addresses_is_what_the_command_writes(self):
        (self.work / "histo.conf").write_text("include ADX\ninclude ip_len_out\nadx2_mask 32\n")
        self.tstat("-N", TRACES / "networks.conf", "-H", "histo.conf", "-s", "out", TRACES / "bulk-lossy.pcap")
        written = [line.rstrip() for name in ("addresses", "addresses2")
                   for line in (self.only("out") / "LAST" / name).read_text().splitlines()]
        shown = re.findall(r"^    (#.*|[\d.]+\t.*)$", (SOURCE / "docs/addresses.md").read_text(), re.M)
        self.assertEqual(len(shown), 7)
        for line in shown:
            self.assertIn(line, written)

    def test_links_of_pages_lead_somewhere(self):
        pages = [p for p in SOURCE.rglob("*.md") if "build" not in p.relative_to(SOURCE).parts]
        self.assertGreater(len(pages), 20)
        for page in pages:
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
                if "://" not in target:
                    self.assertTrue((page.parent / target).exists(), f"{page.relative_to(SOURCE)}: {target}")

    def test_manual_pages_are_well_formed(self):
        if not shutil.which("groff"):
            self.skipTest("no groff")
        for page in sorted(MAN.iterdir()):
            done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-z", str(page)], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)

    def test_nothing_cites_what_users_do_not_have(self):
        words = re.compile(r"\bspec\.? \d|\bchapters? \d", re.I)
        for folder in ("libtstat", "apps", "docs", "examples", "tests", "benchmarks", "packaging"):
            for path in (SOURCE / folder).rglob("*"):
                if path.suffix in (".h", ".cc", ".md", ".py", ".txt", ".conf") and path != pathlib.Path(__file__).resolve():
                    found = words.search(path.read_text(errors="replace"))
                    self.assertIsNone(found, f"{path.relative_to(SOURCE)}: {found and found[0]}")


if __name__ == "__main__":
    TSTAT = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
