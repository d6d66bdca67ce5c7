#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A web server with TLS that fails now and then: nothing lost, and what comes twice has the same name.

usage: web_test.py DRIVER      exit status 77 (skipped for ctest) without openssl
"""
import http.server, os, pathlib, random, shutil, ssl, tempfile, threading, unittest

import shipping


class Web:
    """Keeps what it has answered by 204, and what it has taken without saying so."""

    def __init__(self, folder, name):
        self.chance, self.taken, self.fails, self.largest = random.Random(shipping.SEED), [], True, None
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.answer(self, body)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *args):
                pass  # clients that hang up

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request, body):
        name = "/".join(request.headers[f"X-Tstat-{part}"] for part in ("Probe", "Run", "Sequence"))
        numbers = tuple(int(line.split()[1]) for line in body.decode().splitlines())
        what = self.chance.random() if self.fails else 1
        status, retry = 204, None
        if self.largest is not None and len(body) > self.largest:
            status = 413
        elif what < 0.05:
            status = 503
        elif what < 0.07:
            status, retry = 429, "1"
        if status == 204:
            self.taken.append((name, numbers))
        if what > 0.95 and what < 1:  # it has the batch, and does not say so
            request.close_connection = True
            return
        request.send_response(status)
        if retry:
            request.send_header("Retry-After", retry)
        request.send_header("Content-Length", "0")
        request.end_headers()


class Https(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-exports-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        shipping.make_certificate(self.work, "localhost")
        shipping.make_certificate(self.work, "other.example")
        self.web = Web(self.work, "localhost")
        self.addCleanup(self.web.end)
        self.address = f"https://localhost:{self.web.port}/flows"
        self.options = [f"ca={self.work}/localhost.pem", "timeout=20"]

    def check(self, rows):
        named = {}
        for name, numbers in self.web.taken:
            self.assertEqual(named.setdefault(name, numbers), numbers, "two batches have the same name")
        everything = [number for numbers in named.values() for number in numbers]
        self.assertEqual(len(everything), len(set(everything)), "a row is there twice, under two names")
        self.assertEqual(rows.compare(set(everything)), (set(), set()))

    def test_killed_and_failing(self):
        self.check(shipping.ship(self.work, self.address, "text", self.options))

    def test_batches_that_are_too_large_go_in_parts(self):
        self.web.largest = 400
        rows = shipping.Rows()
        run = shipping.Run(self.work, self.address, "text", rows, 2000, self.options, shipping.PATIENCE)
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["split"], 20)
        self.check(rows)

    def test_a_server_that_is_not_trusted(self):
        for waiting, options in (2, []), (4, [f"ca={self.work}/other.example.pem"]):
            run = shipping.Run(self.work, self.address, "text", shipping.Rows(), 200, options, 2)
            self.assertEqual(run.wait(), 0)
            self.assertEqual(run.figures["queued"], waiting)
        self.assertEqual(self.web.taken, [])
        self.assertIn("certificate", (self.work / "errors").read_text())

    def test_a_certificate_of_another_name(self):
        other = Web(self.work, "other.example")
        self.addCleanup(other.end)
        rows = shipping.Rows()
        run = shipping.Run(self.work, f"https://localhost:{other.port}/", "text", rows, 100,
                           [f"ca={self.work}/other.example.pem"], 2)
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["queued"], 1)
        self.assertEqual(other.taken, [])

    def test_secrets_are_nowhere(self):
        os.environ["TSTAT_TEST_PASSWORD"] = "very-hidden"
        rows = shipping.Rows()
        run = shipping.Run(self.work, self.address, "text", rows, 2000,
                           self.options + ["user=somebody", "password=env:TSTAT_TEST_PASSWORD"], shipping.PATIENCE)
        command = pathlib.Path(f"/proc/{run.process.pid}/cmdline").read_bytes()
        self.assertEqual(run.wait(), 0)
        self.assertNotIn(b"very-hidden", command)
        for path in [self.work / "errors", *(self.work / "spool").iterdir()]:
            self.assertNotIn(b"very-hidden", path.read_bytes())


if __name__ == "__main__":
    shipping.need("openssl")
    shipping.arguments()
    unittest.main(verbosity=2)
