#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Anonymised addresses and names as a user gets them, and back: keys, key files, tstat-decrypt.

usage: privacy_test.py TSTAT TSTAT_DECRYPT [unittest arguments]
"""
import gzip, os, pathlib, re, stat, subprocess, sys

import command
from command import DIRECTORY, FIRST, CommandTest, connection, pcap, udp_packet

KEY = "golden-test-key"
KEY_FILE = "CPanKey_2017_07_14_02_40"
KEY_LINE = "Z29sZGVuLXRlc3Qta2V5AAAAAAAAAAAAAAAAAAAAAAA="  # of KEY
CLIENT, IMAGE = "10.0.0.1", "106.127.244.49"
SERVER = "192.0.2.1"


def dns_answer(name, address):
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0"
    return (b"\0\1\x81\x80\0\1\0\1\0\0\0\0" + labels + b"\0\1\0\1" + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes(address))


class Privacy(CommandTest):
    decrypt_program = None

    def setUp(self):
        super().setUp()
        self.write("ten", "10.0.0.0/8\n")
        self.write("all", "0.0.0.0/0\n::/0\n")

    def addresses(self, **kwargs):
        cells = self.rows("log_tcp_complete", **kwargs)[0].split()
        return cells[0], cells[14], cells[39], cells[40]

    def decrypt(self, *args, status=0, stdin=b""):
        done = subprocess.run([self.decrypt_program, *args], cwd=self.work, input=stdin, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        self.err = done.stderr.decode()
        return done.stdout.decode()

    def key_file(self, base="out"):
        path = self.work / base / KEY_FILE
        return path, path.read_text()

    # Addresses ----------------------------------------------------------------------------------------------------

    def test_networks_and_flags(self):
        self.run_tstat("-Y", "ten", "--keyvalue", KEY, "-s", "out", "t.pcap")
        self.assertEqual(self.addresses(), (IMAGE, SERVER, "1", "0"))
        for line in ("Using plain text key from command line", "Key shorter than 32 bytes: padding with zeros"):
            self.assertIn(line + "\n", self.out)
        self.assertRegex(self.out, r" flows/sec analyzed\nHash Insert: 2 Hit: 0 Miss: 0\nHash IPv6 Insert: 1 Hit: 0 Miss: 0\n")
        self.write("white", "10.0.0.1/32\n")
        self.run_tstat("-Y", "all", "-W", "white", "--keyvalue", KEY, "-s", "w", "t.pcap")
        self.assertEqual(self.addresses(base="w")[0::2], (CLIENT, "0"))
        self.assertNotEqual(self.addresses(base="w")[1], SERVER)

    def test_order_of_options_does_not_matter(self):
        self.run_tstat("--keyvalue", KEY, "-s", "out", "t.pcap", "-Y", "ten")
        self.assertEqual(self.addresses()[0], IMAGE)
        self.run_tstat("--keyvalue", "other", "-Y", "ten", "--keyvalue", KEY, "-s", "out", "t.pcap")
        self.assertEqual(self.addresses()[0], IMAGE)

    def test_mask_comes_first(self):
        """Membership by the real address, the image of the masked one."""
        self.run_tstat("-A", "255", "-Y", "ten", "-N", "ten", "--keyvalue", KEY, "-s", "out", "t.pcap")
        self.assertEqual(self.addresses()[0::2], ("106.127.244.129", "1"))
        self.run_tstat("-A", "0xff000000", "-Y", "ten", "-N", "ten", "--keyvalue", KEY, "-s", "far", "t.pcap")
        self.assertEqual(self.addresses(base="far")[2], "1")
        self.assertEqual(self.decrypt("--keyvalue", KEY, self.addresses(base="far")[0]), "245.0.0.1\n")

    # Keys ---------------------------------------------------------------------------------------------------------

    def test_key_is_stored_once_and_for_the_owner_only(self):
        self.write("u.pcap", command.standard_trace(start=(FIRST + 3600) * 1000000))
        os.umask(0)
        self.run_tstat("-Y", "ten", "-s", "out", "t.pcap", "u.pcap")
        self.assertIn("Generating random key (might take some time)...\n... done\n", self.out)
        path, text = self.key_file()
        self.assertEqual(sorted(p.name for p in path.parent.iterdir() if "Key" in p.name), [KEY_FILE])
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertRegex(text, r"^[A-Za-z0-9+/]{43}=\n$")
        # Both traces have the same images.
        second = self.addresses(directory="2017_07_14_03_40.out")
        self.assertEqual(self.addresses(), second)
        self.assertNotEqual(second[0], CLIENT)
        self.assertEqual(self.decrypt("--keybase64", f"out/{KEY_FILE}", second[0]), CLIENT + "\n")

    def test_key_goes_to_no_other_place(self):
        (self.work / "out").mkdir()
        (self.work / "victim").write_text("mine\n")
        (self.work / "out" / KEY_FILE).symlink_to(self.work / "victim")
        self.run_tstat("-Y", "ten", "--keyvalue", KEY, "-s", "out", "t.pcap")
        self.assertEqual((self.work / "victim").read_text(), "mine\n")
        self.assertEqual(self.key_file()[1], KEY_LINE + "\n")
        self.assertFalse(self.key_file()[0].is_symlink())

    def test_key_that_cannot_be_stored(self):
        (self.work / "out" / KEY_FILE / "something").mkdir(parents=True)
        self.run_tstat("-Y", "ten", "--keyvalue", KEY, "-s", "out", "t.pcap", status=1)
        self.assertIn(f"Error opening out/{KEY_FILE}. CPan key not stored: ", self.err)
        self.assertEqual(self.addresses()[0], IMAGE)
        self.assertEqual([p.name for p in (self.work / "out").iterdir() if p.name.startswith(".")], [])

    def test_key_is_beside_the_trace_without_a_directory_of_output(self):
        self.run_tstat("-Y", "ten", "--keyvalue", KEY, "t.pcap")
        self.assertEqual(self.key_file("t.pcap.out")[1], KEY_LINE + "\n")

    def test_the_only_copy_of_another_key_stays(self):
        self.run_tstat("-Y", "ten", "-s", "out", "t.pcap")
        first, image = self.key_file()[1], self.addresses()[0]
        self.run_tstat("-Y", "ten", "-s", "out", "t.pcap")
        self.assertEqual(self.key_file()[1], first)
        self.assertIn(f"out/{KEY_FILE} holds another key, and stays: the key of this run is in out/{KEY_FILE}_2\n", self.err)
        self.assertEqual(self.decrypt("--keybase64", f"out/{KEY_FILE}", image), CLIENT + "\n")
        self.assertEqual(self.decrypt("--keybase64", f"out/{KEY_FILE}_2", self.addresses()[0]), CLIENT + "\n")
        self.assertEqual(stat.S_IMODE((self.work / "out" / f"{KEY_FILE}_2").stat().st_mode), 0o600)
        # The same key needs no second file.
        self.run_tstat("-Y", "ten", "--keybase64", f"out/{KEY_FILE}", "-s", "out", "t.pcap")
        self.assertEqual(len([p for p in (self.work / "out").iterdir() if "Key" in p.name]), 2)
        self.assertNotIn("another key", self.err)

    def test_key_files(self):
        self.write("k", KEY + "\nmore\n")
        self.write("b", KEY_LINE + "\n")
        for file in "kb":
            os.chmod(self.work / file, 0o600)
        for option, file in (("--keyfile", "k"), ("--keybase64", "b")):
            self.run_tstat("-Y", "ten", option, file, "-s", "out", "t.pcap")
            self.assertEqual(self.addresses()[0], IMAGE)
            self.assertRegex(self.out, f"key from file {file} ...\n... done\n")
            self.assertEqual(self.err, "")
        os.chmod(self.work / "k", 0o644)
        self.run_tstat("-Y", "ten", "--keyfile", "k", "-s", "out", "t.pcap")
        self.assertEqual(self.err, "Warning: k: everybody may read this key ('chmod 600' makes it private)\n")
        self.run_tstat("--strict-anonymity", "--keyfile", "k", "-s", "strict", "t.pcap", status=1)
        self.assertIn("k: everybody may read this key", self.err)
        self.assertFalse((self.work / "strict").exists())

    def test_bad_keys_end_the_run_before_any_output(self):
        self.write("empty", "")
        self.write("line", "\n")
        self.write("binary", bytes(range(256)))
        self.write("base", "not base64!\n")
        (self.work / "folder").mkdir()
        os.mkfifo(self.work / "fifo")
        for args, error in ((("--keyfile", "none"), "Error opening file none. Exiting\ntstat: none: No such file"),
                            (("--keyfile", "empty"), "empty: Cannot read plain text key from file"),
                            (("--keybase64", "empty"), "empty: Cannot read Base64 encoded key from file"),
                            (("--keyfile", "line"), "line:1: Plain text key empty"),
                            (("--keyfile", "binary"), "binary:1: byte 1 is 0x00: a key is a line of text"),
                            (("--keybase64", "base"), "base:1: Base64 decoding failed at character 4"),
                            (("--keyfile", "folder"), "folder: is a directory"),
                            (("--keybase64", "fifo"), "fifo: is not a regular file"),
                            (("--keyvalue", ""), "tstat: Plain text key empty"),
                            (("--keyvalue", "", "--strict-anonymity"), "tstat: Plain text key empty"),
                            (("--keyvalue", "a", "--keyfile", "k"), "Only one encryption key option"),
                            (("-W", "ten", "--strict-anonymity"), "-W cannot be combined")):
            with self.subTest(args):
                self.run_tstat("-Y", "ten", *args, "-s", "out", "t.pcap", status=1)
                self.assertIn(error, self.err)
                self.assertFalse((self.work / "out").exists())

    def test_options_without_effect_are_told(self):
        self.write("none", "# nothing here\n\n")
        self.run_tstat("-Y", "none", "--keyvalue", KEY, "-s", "out", "t.pcap")
        self.assertIn("Warning: none contains no network.\n         Nothing is anonymised\n", self.out)
        self.assertEqual(self.addresses()[0], CLIENT)
        self.run_tstat("-Y", "ten", "--enc", "--strict-anonymity", "--keyvalue", KEY, "-s", "out", "t.pcap")
        self.assertIn("Warning: -Y has no effect with --strict-anonymity", self.out)
        self.assertIn("Warning: --enc has no effect with --strict-anonymity", self.out)
        for options in (("-Y", "ten", "--enc"), ("--strict-anonymity",)):
            self.run_tstat(*options, "--keyvalue", KEY, "-s", "out", "t.pcap")
            self.assertNotRegex(self.out, "no effect|contains no")

    def test_options_without_networks(self):
        self.run_tstat("--keyvalue", KEY, "-W", "ten", "--enc", "-s", "out", "t.pcap")
        for warning in ("One encryption key option has been specified but no encrypted\n         networks",
                        "A set of whitelisted networks has been provided but no encrypted\n         networks",
                        "The encryption of all relevant hostnames has been requested, but\n         no encrypted networks"):
            self.assertIn("Warning: " + warning, self.out)
        self.assertEqual(self.addresses(), (CLIENT, SERVER, "0", "0"))
        self.assertFalse((self.work / "out" / KEY_FILE).exists())
        self.assertNotIn("Hash Insert", self.out)

    def test_keys_are_never_printed(self):
        self.run_tstat("-d", "-d", "-d", "-Y", "ten", "--keyvalue", KEY, "-s", "out", "t.pcap")
        for form in (KEY, KEY_LINE, KEY.encode().hex(), "67 6f 6c 64"):
            self.assertNotIn(form, self.out + self.err)

    # Names, contents ----------------------------------------------------------------------------------------------

    def named_trace(self):
        start = FIRST * 1000000
        answer = udp_packet((8, 8, 8, 8), (10, 0, 0, 1), 53, 4000, dns_answer("www.google.com", (192, 0, 2, 1)))
        question = udp_packet((10, 0, 0, 1), (8, 8, 8, 8), 4000, 53, b"\0\1\1\0\0\1\0\0\0\0\0\0\3www\6google\3com\0\0\1\0\1")
        self.write("n.pcap", pcap([(start, question), (start + 500, answer)] + connection(start + 1000)))

    def test_names_are_encrypted(self):
        self.named_trace()
        self.run_tstat("--enc", "-Y", "ten", "--keyvalue", KEY, "-s", "out", "n.pcap")
        self.assertIn(" v30vLux0aSIy6gIdMAdcyw== 8.8.8.8 ", self.rows("log_tcp_complete")[0])
        path = f"out/{DIRECTORY}/log_tcp_complete"
        self.assertIn(" www.google.com 8.8.8.8 ", self.decrypt("--enc", "--keyvalue", KEY, path))
        self.assertNotIn("www.google.com", self.decrypt("--keyvalue", KEY, path))

    def test_the_resolver_is_anonymised_in_3_3(self):
        self.named_trace()
        self.run_tstat("--compat", "3.3", "-Y", "all", "--keyvalue", KEY, "-s", "out", "n.pcap")
        self.assertIn(" www.google.com 105.231.201.248 ", self.rows("log_tcp_complete")[0])
        plain = self.decrypt("--compat", "3.3", "--keyvalue", KEY, f"out/{DIRECTORY}/log_tcp_complete")
        self.assertIn(" www.google.com 8.8.8.8 ", plain)

    def test_strict_anonymity(self):
        self.named_trace()
        self.write("run.conf", "[log]\nlog_http_complete = 1\n[options]\nhttplog_full_url = 2\n")
        self.write("histo", "include_all\n")
        self.run_tstat("--strict-anonymity", "--keyvalue", KEY, "-T", "run.conf", "-s", "out", "n.pcap")
        pseudonym = r"[a-z2-7]{26}\.[a-z2-7]{26}\.[a-z2-7]{26}"
        everything = "".join(p.read_text() for p in (self.work / "out" / DIRECTORY).iterdir() if p.is_file())
        for word in (CLIENT, SERVER, "8.8.8.8", "google"):
            self.assertNotIn(word, everything)
        self.assertRegex(self.rows("log_tcp_complete")[0], f" {pseudonym} 105.231.201.248 ")
        request = self.rows("log_http_complete")[0].split("\t")
        self.assertRegex(request[7], f"^{pseudonym}$")
        self.assertEqual(request[8:13], ["-"] * 5)
        back = self.decrypt("--strict-anonymity", "--keyvalue", KEY, f"out/{DIRECTORY}/log_tcp_complete")
        self.assertRegex(back, f"\n{CLIENT} .* {SERVER} .* {pseudonym} 8.8.8.8 ")

    # Back ---------------------------------------------------------------------------------------------------------

    def test_decrypt_gives_the_plain_log(self):
        self.run_tstat("-s", "plain", "t.pcap")
        self.run_tstat("-Y", "all", "--keyvalue", KEY, "-s", "out", "-Z", "t.pcap")
        log = f"out/{DIRECTORY}/log_tcp_complete.gz"
        plain = (self.work / "plain" / DIRECTORY / "log_tcp_complete").read_text()
        self.assertEqual(self.decrypt("--keybase64", f"out/{KEY_FILE}", log), plain)
        packed = (self.work / log).read_bytes()
        self.assertEqual(self.decrypt("--keyvalue", KEY, stdin=packed), plain)
        self.assertEqual(self.decrypt("--keyvalue", KEY, "-", stdin=gzip.decompress(packed)), plain)

    def test_decrypt_of_addresses(self):
        self.assertEqual(self.decrypt("--keyvalue", KEY, IMAGE, "e001:c2e7:c8f4:cc30:6f9e:f037:6784:c1c8"),
                         f"{CLIENT}\n2001:0db8::0001\n")
        self.assertEqual(self.decrypt("--compat", "3.3", "--keyvalue", KEY, "e001:15b8:c8f4:ced:6f9e:ff0f:6784:c1c8"),
                         "2001:db8::1\n")

    def test_decrypt_knows_the_version_of_a_log(self):
        self.run_tstat("--compat", "3.3", "-Y", "all", "--keyvalue", KEY, "-s", "out", "t.pcap")
        log = f"out/{DIRECTORY}/log_tcp_complete"
        self.assertEqual(self.decrypt("--keyvalue", KEY, log, status=1), "")
        self.assertIn(f"{log}: a log of another version: --compat 3.3\n", self.err)
        self.assertIn(CLIENT, self.decrypt("--compat", "3.3", "--keyvalue", KEY, log))
        self.run_tstat("-Y", "all", "--keyvalue", KEY, "-s", "old", "t.pcap")
        self.decrypt("--compat", "3.3", "--keyvalue", KEY, f"old/{DIRECTORY}/log_tcp_complete", status=1)
        self.assertIn("--compat 3.1.1\n", self.err)

    def test_decrypt_warns_of_rows_without_flags(self):
        row = f"{IMAGE} 1 2\n".encode()
        self.decrypt("--keyvalue", KEY, "--log", "log_mm_complete", stdin=b"R 4 " + row * 3)
        self.assertEqual(self.err.count("do not say what is anonymised"), 1)
        self.decrypt("--keyvalue", KEY, "--log", "log_mm_complete", "-Y", "all", stdin=b"R 4 " + row)
        self.assertNotIn("do not say", self.err)

    def test_a_key_in_base64_is_no_text(self):
        self.write("k64", KEY_LINE + "\n")
        self.decrypt("--keyfile", "k64", IMAGE)
        self.assertIn("k64 looks like a key in Base64: that is --keybase64\n", self.err)
        self.assertNotIn("looks like", self.decrypt("--keybase64", "k64", IMAGE) + self.err)

    def test_decrypt_says_what_is_wrong(self):
        self.decrypt("--log", "tcp", "--keyvalue", KEY, status=1)
        self.assertIn("--log tcp: the logs are log_tcp_complete, ", self.err)
        (self.work / "cut.gz").write_bytes(gzip.compress(b"1 2 3\n" * 1000)[:-9])
        self.decrypt("--keyvalue", KEY, "cut.gz", status=1)
        self.assertIn("tstat-decrypt: cut.gz: unexpected end of file\n", self.err)
        self.decrypt(IMAGE, status=1)
        self.assertIn("no key", self.err)
        self.decrypt("--keyvalue", KEY, "nowhere", status=1)
        self.assertIn("nowhere: No such file or directory", self.err)
        self.assertEqual(self.decrypt("--keyvalue", KEY, status=1, stdin=b"1 2 3\n"), "1 2 3\n")
        self.assertIn("1 rows are as they were", self.err)
        self.decrypt("--keyvalue", KEY, "--keyfile", "x", IMAGE, status=1)
        self.decrypt("--keyvalue", KEY, "--log", "log_x", status=1)
        self.decrypt("--keyvalue", "", IMAGE, status=1)
        self.assertIn("key empty", self.err)
        self.decrypt("--compat", "2", "--keyvalue", KEY, status=1)
        self.decrypt("--nothing", status=1)

    def test_decrypt_pages(self):
        """Help, manual page and completion have the same options."""
        options = set(re.findall(r"(--[a-z0-9-]+)", self.decrypt("--help").replace("tstat-decrypt", "")))
        source = os.path.dirname(os.path.abspath(__file__)) + "/../.."
        page = pathlib.Path(source, "docs/man/tstat-decrypt.1").read_text().replace("\\-", "-")
        completion = pathlib.Path(source, "apps/tstat-decrypt/completion/tstat-decrypt.bash").read_text()
        self.assertGreater(len(options), 10)
        for option in options:
            self.assertRegex(page, re.escape(option) + r"(?![\w-])", option)
            self.assertRegex(completion, re.escape(option) + r"(?![\w-])", option)


if __name__ == "__main__":
    Privacy.decrypt_program = os.path.abspath(sys.argv.pop(2))
    command.main()
