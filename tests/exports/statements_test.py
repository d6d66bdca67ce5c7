#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What goes to a ClickHouse of today, as text, since Debian 12 has no such server: statements and rows.

usage: statements_test.py TSTAT [--renew]      writes the files in clickhouse/ anew, to be looked at before they are committed
"""
import http.server, pathlib, re, subprocess, sys, tempfile, threading, unittest

TSTAT = ""
HERE = pathlib.Path(__file__).resolve().parent
TRACE = HERE.parent / "traces/mixed.pcap"
ADDRESS = "http://127.0.0.1:8123/"
STATEMENTS = {
    "present.sql": "logs=tcp,tls,histogram&ttl_days=90",
    "present-cluster.sql": "logs=udp&columns=c_ip,c_port,c_first_abs,c_bytes_all,c_type&cluster=two&database=tstat&ttl_days=7",
}
ROWS = "logs=tcp&columns=c_ip,c_port,s_ip,s_port,first,durat,c_rtt_avg,c_bytes_all,c_isint,fqdn,c_tls_SNI"


def statements(options):
    return subprocess.run([TSTAT, "--export-schema", "--export", f"clickhouse={ADDRESS}#{options}"], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def rows():
    """The requests of one run."""
    bodies = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server, tempfile.TemporaryDirectory() as work:
        threading.Thread(target=server.serve_forever).start()
        try:
            export = f"clickhouse=http://127.0.0.1:{server.server_port}/#encoding=TabSeparated&probe=here&{ROWS}"
            subprocess.run([TSTAT, "-S", "-L", "--spool", f"{work}/spool", "--export", export, TRACE], check=True,
                           capture_output=True, cwd=work)
        finally:
            server.shutdown()
    # The number of the run is another one each time.
    return re.sub(r"^((?:[^\t\n]*\t){3})\d+", r"\1RUN", "".join(bodies), flags=re.MULTILINE)


def texts():
    return {**{name: statements(options) for name, options in STATEMENTS.items()}, "present-rows.txt": rows()}


class Present(unittest.TestCase):
    maxDiff = None

    def test_text(self):
        for name, text in texts().items():
            self.assertEqual(text, (HERE / "clickhouse" / name).read_text(), name)


if __name__ == "__main__":
    TSTAT = sys.argv.pop(1)
    if "--renew" in sys.argv:
        for name, text in texts().items():
            (HERE / "clickhouse" / name).write_text(text)
        sys.exit()
    unittest.main(verbosity=2)
