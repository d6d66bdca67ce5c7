# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log enrich and cdn: what is known of addresses, by files made here, by this machine's resolver and by servers on its loopback device."""

import contextlib
import csv
import importlib.util
import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest
from unittest import mock

import mmdb
from logs import WithLogs, rows_of, run
from tstat_log import banners, lookups, places
from tstat_log.commands import cdn, enrich

ASN = {"192.0.2.0/25": {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Video, Inc."},
       "192.0.2.128/25": {"autonomous_system_number": 64501, "autonomous_system_organization": "ünï%\x1b[31m\nOther"},
       "2001:db8:2::/48": {"autonomous_system_number": 64502, "organization": "Six"}, "198.51.100.0/24": {"isp": "Access", "number": 1}}
COUNTRY = {"192.0.2.0/24": {"country": {"iso_code": "IT", "names": {"en": "Italy"}}}, "198.51.100.0/24": {"registered_country": {"iso_code": "FR"}},
           "10.0.0.0/8": {"country": "private"}, "2001:db8:2::/48": {"country": {}}}
HEADER = "#c_ip:1 s_ip:2 s_port:3 fqdn:4"
ROWS = ["10.0.0.2 192.0.2.10 443 a.test", "10.0.0.3 192.0.2.200 80 -", "198.51.100.7 2001:0db8:0002::0001 443 c.test", "10.0.0.2 203.0.113.1 80 -"]


def log(rows=ROWS, header=HEADER):
    return "\n".join([header, *rows, ""]).encode()


@unittest.skipUnless(importlib.util.find_spec("maxminddb"), "no python3-maxminddb")
class Files(WithLogs):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asn, cls.country = cls.folder / "asn.mmdb", cls.folder / "country.mmdb"
        mmdb.write(cls.asn, "GeoLite2-ASN", ASN)
        mmdb.write(cls.country, "GeoLite2-Country", COUNTRY)
        cls.geo = ("--geo", cls.asn, "--geo", cls.country)

    def rows(self, *options, data=None):
        out = self.ok("enrich", "-l", "tcp", *options, stdin=data or log()).splitlines()
        return out[0], [line.split(" ") for line in out[1:]]

    def test_servers(self):
        header, rows = self.rows(*self.geo)
        self.assertEqual(header, HEADER + " s_country:5 s_asn:6 s_organisation:7")
        self.assertEqual([row[:4] for row in rows], [row.split(" ") for row in ROWS])
        self.assertEqual([row[4:] for row in rows], [["IT", "64500", "Example%20Video,%20Inc."], ["IT", "64501", "ünï%25%1B[31m%0AOther"],
                                                     ["-", "64502", "Six"], ["-", "-", "-"]])

    def test_clients_and_both(self):
        self.assertEqual([row[4:] for row in self.rows(*self.geo, "--side", "client")[1]],
                         [["private", "-", "-"], ["private", "-", "-"], ["FR", "-", "Access"], ["private", "-", "-"]])
        header, rows = self.rows(*self.geo, "--side", "both")
        self.assertEqual(header.split(" ")[4:], ["c_country:5", "c_asn:6", "c_organisation:7", "s_country:8", "s_asn:9", "s_organisation:10"])
        self.assertEqual(rows[2][4:], ["FR", "-", "Access", "-", "64502", "Six"])

    def test_organisations(self):
        self.assertEqual([row[1] for row in self.rows(*self.geo, "-O", "VIDEO|^six$")[1]], ["192.0.2.10", "2001:0db8:0002::0001"])
        self.assertEqual([row[1] for row in self.rows(*self.geo, "-O", "access", "-s", "both")[1]], ["2001:0db8:0002::0001"])

    def test_every_row_of_a_trace(self):
        """Against a search through the networks."""
        rows = rows_of(self.udp)
        networks = {f"{ipaddress.ip_address(row['s_ip'])}/{32 if '.' in row['s_ip'] else 128}": {"autonomous_system_number": i + 1}
                    for i, row in enumerate(rows) if i % 2}
        mmdb.write(self.folder / "some.mmdb", "GeoLite2-ASN", networks)
        out = self.ok("enrich", "--geo", self.folder / "some.mmdb", self.udp).splitlines()[1:]
        self.assertEqual(len(out), len(rows))
        for row, line in zip(rows, out):
            found = [record["autonomous_system_number"] for text, record in networks.items()
                     if ipaddress.ip_address(row["s_ip"]) in ipaddress.ip_network(text)]
            self.assertEqual(line.split(" ")[-2], str(found[0]) if found else "-")

    def test_summary(self):
        """Sums of the bundled trace, by a loop."""
        rows = rows_of(self.tcp)
        mmdb.write(self.folder / "two.mmdb", "GeoIP2-ISP", {"198.51.100.0/24": {"organization": "One, Inc.", "autonomous_system_number": 1},
                                                              "192.0.2.0/24": {"organization": "Two\x1b"}, "203.0.113.0/24": {"organization": "Three"}})
        sums = {}
        for row in rows:
            prefix = row["s_ip"].rpartition(".")[0]
            name = {"198.51.100": "One, Inc.", "192.0.2": "Two\\x1B", "203.0.113": "Three"}.get(prefix, "")
            old = sums.get(name, (0, 0))
            sums[name] = (old[0] + 1, old[1] + int(row["c_bytes_all"]) + int(row["s_bytes_all"]))
        options = ("enrich", "--geo", self.folder / "two.mmdb", "--summary", self.out)
        found = list(csv.reader(self.ok(*options, "-f", "csv").splitlines()))
        self.assertEqual(found[0], ["organisation", "asn", "country", "rows", "bytes"])
        self.assertEqual({row[0]: (int(row[3]), int(row[4])) for row in found[1:]}, sums)
        self.assertGreater(len(sums), 1)
        self.assertEqual([int(row[4]) for row in found[1:]], sorted((both[1] for both in sums.values()), reverse=True))
        self.ok(*options, "--plot", self.folder / "summary.svg")
        self.assertIn(found[1][0] or "(not known)", self.ok(*options, "--plot", "terminal"))
        self.assertIn("are of --summary", self.fails(2, "enrich", *self.geo, "-f", "csv", self.out))
        self.assertIn("is about one side", self.fails(2, *options, "--side", "both"))

    def test_numbers_that_are_none(self):
        header, row = self.tcp.read_bytes().split(b"\n")[:2]
        cells = row.split(b" ")
        cells[[name.rsplit(b":", 1)[0] for name in header.split(b" ")].index(b"s_bytes_all")] = b"9" * 5000
        log = self.folder / "long"
        log.write_bytes(header + b"\n" + b" ".join(cells) + b"\n")
        self.assertIn("rows", self.ok("enrich", *self.geo, "--summary", log))

    def test_http_has_two_header_lines(self):
        out = self.ok("enrich", "-l", "http", *self.geo, self.out).splitlines()
        self.assertTrue(all(line.startswith("#") and line.endswith("\ts_organisation:16") for line in out[:2]), out[:2])
        self.assertTrue(all(line.count("\t") == 15 for line in out[2:]))

    def test_odd_rows_and_files(self):
        rows = ["x", "10.0.0.2 no.address 80 -", "10.0.0.2 300.1.1.1 80 -"]
        self.assertEqual([row[-3:] for row in self.rows(*self.geo, data=log(rows))[1]], [["-"] * 3] * 3)
        self.assertIn("no file has such", self.fails(1, "enrich", *self.geo, "/no/such*"))
        self.assertEqual(self.fails(1, "enrich", "--geo", "/no/such", self.tcp), "tstat-log: /no/such: No such file or directory\n")
        self.assertIn("valid MaxMind DB", self.fails(1, "enrich", "--geo", self.tcp, self.tcp))
        damaged = self.folder / "damaged.mmdb"
        data = bytearray(self.asn.read_bytes())
        begin = data.index(b"autonomous") - 2
        data[begin:begin + 40] = b"\xff" * 40
        damaged.write_bytes(data)
        self.assertEqual([row[4:] for row in self.rows("--geo", damaged)[1]][0], ["-", "-", "-"])

    def test_as_the_script(self):
        """Rows of the organisation, with the name, or else what the server says, or else that there is neither."""
        names = {"192.0.2.10": "host.example", "192.0.2.11": None, "192.0.2.12": None}
        rows = [f"10.0.0.2 192.0.2.{i} 443 -" for i in (10, 11, 12, 200)]
        options = ("enrich", "--as-original", "-g", self.asn, "-o", "example video")
        with mock.patch.object(lookups, "reverse_name", names.get), mock.patch.object(
                enrich, "_banner", lambda address: banners.Banner(80, "nginx/1\x1b") if address == "192.0.2.11" else None):
            self.assertEqual(self.ok(*options, stdin=log(rows)).splitlines(),
                             [rows[0] + " host.example", rows[1] + " organization-no-name", rows[2] + " organization-no-name"])
            file = self.folder / "rows"
            file.write_bytes(log(rows))
            self.assertEqual(self.ok(*options, "--allow-network", "-r", file).splitlines(),
                             [rows[0] + " host.example", rows[1] + " server-type-nginx/1\\x1B", rows[2] + " organization-no-name"])

    def test_as_the_script_with_a_log_of_tstat_2(self):
        """Without a header line the server is in column 45."""
        rows = [" ".join(["10.0.0.2", *["0"] * 43, f"192.0.2.{i}", *["0"] * 74]) for i in (10, 200)]
        with mock.patch.object(lookups, "reverse_name", {"192.0.2.10": "host.example"}.get):
            self.assertEqual(self.ok("enrich", "--as-original", "-g", self.asn, "-o", "video", stdin=("\n".join(rows) + "\n").encode()),
                             rows[0] + " host.example\n")
        self.assertIn("has no header line", self.fails(1, "enrich", *self.geo, "-l", "tcp", stdin=rows[0].encode()))

    def test_wrong_command_lines(self):
        for options, said in (([], "nothing to add"), (["--geo", self.asn, "-O", "("], "(: missing )"), (["-n", "-O", "a"], "needs --geo"),
                              (["--as-original", "-o", "a"], "required: -g"), (["-n", "--timeout", "0"], "no time")):
            self.assertIn(said, self.fails(2, "enrich", *options, self.tcp))
        self.assertIn("no header line", self.fails(1, "enrich", "-l", "tcp", *self.geo, stdin=b"1 2 3\n"))
        self.assertIn("no column s_ip", self.fails(1, "enrich", "-l", "tcp", *self.geo, stdin=b"#c_ip:1 fqdn:2\n1 2\n"))


class Names(WithLogs):
    def test_of_this_machine(self):
        name = socket.getnameinfo(("127.0.0.1", 0), 0)[0]
        out = self.ok("enrich", "-l", "tcp", "--names", stdin=log(["10.0.0.1 127.0.0.1 80 -"])).splitlines()
        self.assertEqual(out, [HEADER + " s_name:5", "10.0.0.1 127.0.0.1 80 - " + (name.lower() if name != "127.0.0.1" else "-")])

    def test_each_address_once(self):
        asked = []
        found = lookups.Lookups(lambda key: asked.append(key) or key.upper(), 4, 60)
        self.assertEqual(found.ask(["a", "b", "a"]), {"a": "A", "b": "B"})
        found.ask(["b", "c"])
        self.assertEqual(sorted(asked), ["a", "b", "c"])

    def test_nobody_is_waited_for_too_long(self):
        forever = threading.Event()
        self.addCleanup(forever.set)

        def find(key):
            if key.startswith("slow"):
                forever.wait()
            if key == "bad":
                raise RuntimeError
            return key
        found = lookups.Lookups(find, 2, 0.2)
        answers = found.ask([*(f"slow{i}" for i in range(5)), *(f"quick{i}" for i in range(20)), "bad"])
        self.assertEqual([answers[f"quick{i}"] for i in range(20)], [f"quick{i}" for i in range(20)])
        self.assertEqual({answers[f"slow{i}"] for i in range(5)} | {answers["bad"]}, {None})
        self.assertEqual(found.late, 5)

    def test_names_are_cells(self):
        with mock.patch.object(lookups, "reverse_name", lambda address: "a b\tc\n\x1b[2J"):
            out = self.ok("enrich", "-l", "tcp", "--names", stdin=log(ROWS[:1])).splitlines()
        self.assertEqual(out[1:], [ROWS[0] + " a%20b%09c%0A%1B[2J"])

    def test_nothing_is_asked_unless_it_is_wanted(self):
        with mock.patch.object(lookups, "reverse_name", side_effect=AssertionError), mock.patch.object(
                socket, "getnameinfo", side_effect=AssertionError), mock.patch.object(socket, "create_connection", side_effect=AssertionError):
            self.fails(2, "enrich", "-l", "tcp", stdin=log())
            self.fails(2, "cdn", "-l", "tcp", stdin=log())


class Server:
    """A server on the loopback device that answers each connection with some bytes."""

    def __init__(self, answer, context=None, pause=None):
        self.requests = []
        self._answer = answer
        self._context = context
        self._pause = pause
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        with contextlib.suppress(OSError), connection:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                some = connection.recv(4096)
                if not some:
                    return
                request += some
            self.requests.append(request)
            for part in self._answer:
                connection.sendall(part)
                if self._pause:
                    self._pause.wait(0.05)
            connection.close()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Banners(WithLogs):
    def serve(self, *answer, **options):
        server = Server(answer, **options)
        self.addCleanup(server.close)
        return server

    def cdn(self, ports, *options, rows=("10.0.0.1 127.0.0.1 443 www.example.test",)):
        # (the child of the test is a copy of this process)
        with mock.patch.object(cdn, "_PORTS", ports):
            out = self.ok("cdn", "-l", "tcp", "--allow-network", "--private", "-f", "csv", *options, stdin=log(rows))
        return list(csv.reader(out.splitlines()))

    def test_over_http(self):
        server = self.serve(b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nSERVER:  Apache/2.4 (Unix) \r\n\r\n")
        rows = ["10.0.0.1 127.0.0.1 443 -", "10.0.0.2 127.0.0.1 443 www.example.test", "10.0.0.1 127.0.0.1 443 -"]
        self.assertEqual(self.cdn((server.port, 1), rows=rows),
                         [["address", "rows", "name", "port", "server"], ["127.0.0.1", "3", "www.example.test", str(server.port), "Apache/2.4 (Unix)"]])
        self.assertEqual(len(server.requests), 1)  # one of a server, and no redirection
        self.assertTrue(server.requests[0].startswith(b"HEAD / HTTP/1.1\r\nHost: www.example.test\r\n"))

    def test_as_the_script(self):
        server = self.serve(b"HTTP/1.1 200 OK\r\nServer: nginx/1 \x1b\r\n\r\n")
        with mock.patch.object(cdn, "_PORTS", (server.port, 1)):
            self.assertEqual(self.ok("cdn", "--as-original", "--allow-network", "127.0.0.1"), "nginx/1 \\x1B\n")
            self.assertIn("with --allow-network it does", self.fails(2, "cdn", "--as-original", "127.0.0.1"))
        self.assertEqual(len(server.requests), 1)
        with mock.patch.object(cdn, "_PORTS", (1, 1)):
            self.assertIn("127.0.0.1: no answer", self.fails(1, "cdn", "--as-original", "--allow-network", "127.0.0.1"))
        with mock.patch.object(socket, "getaddrinfo", side_effect=socket.gaierror(-2, "Name or service not known")):
            self.assertIn("a.test: Name or service", self.fails(1, "cdn", "--as-original", "--allow-network", "a.test"))

    @unittest.skipUnless(shutil.which("openssl"), "no openssl")
    def test_then_over_https(self):
        pem = self.folder / "server.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=x", "-keyout", pem, "-out",
                        self.folder / "certificate.pem"], check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "certificate.pem", pem)
        named = []
        context.sni_callback = lambda _, name, __: named.append(name)
        bad = self.serve(b"SSH-2.0-x\r\n\r\n")
        good = self.serve(b"HTTP/1.0 200 OK\r\nServer: nginx\r\n\r\n", context=context)
        self.assertEqual(self.cdn((bad.port, good.port))[1:], [["127.0.0.1", "1", "www.example.test", str(good.port), "nginx"]])
        self.assertEqual(named, ["www.example.test"])

    def test_hostile_answers(self):
        endless = threading.Event()
        self.addCleanup(endless.set)
        for answer, expected in (([b"HTTP/1.1 200 OK\r\n\r\n"], ""), ([b"HTTP/1.1 200 OK\r\nServer: a\x1b[2J\xff b\r\n\r\n"], "a\\x1B[2J\\xff b"),
                                 ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000], ""),
                                 ([b"HTTP/1.1 200 OK\r\nServer: " + b"s" * 5000 + b"\r\n\r\n"], "s" * 200)):
            server = self.serve(*answer)
            self.assertEqual(self.cdn((server.port, 1))[1][3:], [str(server.port), expected])
        server = self.serve()
        self.assertEqual(self.cdn((server.port, 1))[1][3:], ["", ""])
        dripping = self.serve(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 100_000, pause=endless)
        begun = time.monotonic()
        self.assertIsNone(banners.banner("127.0.0.1", "a.test", 1, (dripping.port, dripping.port)))
        self.assertLess(time.monotonic() - begun, 60)  # and not a minute for the largest head, byte by byte
        self.assertEqual(self.cdn((dripping.port, dripping.port), "--timeout", "1")[1][3:], ["", ""])
        talkative = self.serve(b"HTTP/1.1 200 OK\r\nServer: a\r\n", *[b"X: y\r\n" * 1000] * 100_000)
        self.assertEqual(banners.banner("127.0.0.1", "a.test", 60, (talkative.port, 1)), banners.Banner(talkative.port, "a"))

    def test_names_that_are_none(self):
        server = self.serve(b"HTTP/1.1 200 OK\r\nServer: a\r\n\r\n")
        for name in ("evil\\r\\nX:y", "a/b", "-a", "a:81", "ü.test"):
            self.cdn((server.port, 1), rows=[f"10.0.0.1 127.0.0.1 443 {name}"])
            self.assertIn(b"\r\nHost: 127.0.0.1\r\n", server.requests[-1], name)

    def test_which_addresses_are_asked(self):
        for address in ("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "224.0.0.1", "0.0.0.0", "255.255.255.255", "100.64.0.1", "::1",
                        "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "2002:0a00:0001::1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "localhost",
                        "example.com", "1", "0x7f.1", ""):
            self.assertFalse(banners.is_public(address), address)
        for address in ("8.8.8.8", "2a00:1450:4001:80b::200e", "2a00:1450:4001:080b::200e", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"):
            self.assertTrue(banners.is_public(address), address)
        for text in ("localhost", "example.com", "224.0.0.1", "::", "0x7f.1"):
            self.assertFalse(banners.is_address(text), text)

    def test_what_is_left_out_is_told(self):
        rows = ["10.0.0.1 localhost 80 -", "10.0.0.1 10.0.0.9 80 -", "10.0.0.1 127.0.0.1 80 -"]
        with mock.patch.object(socket, "create_connection", side_effect=AssertionError):
            status, out, said = run("cdn", "-l", "tcp", "--allow-network", stdin=log(rows))
        self.assertEqual((status, out), (0, "address  rows  name  port  server\n"))
        self.assertIn("3 of 3 servers are not asked", said)
        self.assertIn("this connects to 0 of the log's 3 servers", self.fails(2, "cdn", "-l", "tcp", stdin=log(rows)))
        self.assertIn("above 0", self.fails(2, "cdn", "--most", "0", self.tcp))


class Cells(unittest.TestCase):
    def test_a_text_is_one_cell(self):
        self.assertEqual(places.cell("a b%c\r\n\x85\u2028d"), b"a%20b%25c%0D%0A%C2%85%E2%80%A8d")
        self.assertEqual((places.cell(None), places.cell("")), (b"-", b"-"))


if __name__ == "__main__":
    unittest.main()
