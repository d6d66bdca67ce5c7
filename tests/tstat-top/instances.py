# SPDX-License-Identifier: BSD-3-Clause
"""What the tests look at: metrics of instances that are none, rows of logs, and a server of a given answer."""

import contextlib
import http.server
import threading
import time

from tstat_top.metrics import Exposition, Sample

HEADER = ("#15#c_ip:1 c_port:2 c_bytes_all:3 s_ip:4 s_port:5 s_bytes_all:6 c_pkts_data:7 s_pkts_data:8 c_pkts_retx:9 "
          "s_pkts_retx:10 c_pkts_rto:11 s_pkts_rto:12 c_pkts_fs:13 s_pkts_fs:14 last:15 c_rtt_avg:16 c_tls_SNI:17 fqdn:18 "
          "app:19\n")


def row(name="-", size=1000, last=0.0, server="192.0.2.1", app="TLS", sni="-", rtt="20.5", retx=0, rto=0, segments=10):
    """A line of a log of TCP flows."""
    return (f"10.0.0.1 40000 0 {server} 443 {size} 0 {segments} 0 {retx} 0 {rto} 0 0 {last:.6f} {rtt} {sni} {name} "
            f"{app}\n")


def exposition(packets=0, start=1000.0, last=0.0, dropped=0, flows=0, capture=True, rtt=(), more=""):
    """The text of an answer. ``rtt``: counts below 0.01, 0.1, 1 s and of all."""
    text = f"""# TYPE tstat_build_info gauge
tstat_build_info{{version="9.8.7"}} 1
tstat_start_time_seconds {start}
# HELP tstat_packets_total IP packets
tstat_packets_total {packets}
tstat_transport_packets_total{{protocol="tcp"}} {packets // 2}
tstat_transport_packets_total{{protocol="udp"}} {packets // 4}
tstat_dropped_packets_total{{reason="not IP"}} {packets // 10}
tstat_last_packet_time_seconds {last}
tstat_flows_total{{protocol="tcp"}} {flows}
tstat_flows_total{{protocol="udp"}} 0
tstat_open_flows{{protocol="tcp"}} 7
tstat_open_flows{{protocol="udp"}} 3
tstat_rows_total{{rows="tcp_complete"}} {flows}
tstat_lost_total{{what="log rows"}} 0
"""
    if capture:
        text += (f'tstat_capture_packets_total {packets + dropped}\n'
                 f'tstat_capture_dropped_packets_total{{by="kernel"}} {dropped}\n'
                 'tstat_capture_dropped_packets_total{by="interface"} 0\n')
    for limit, count in zip(("0.01", "0.1", "1", "+Inf"), rtt):
        text += f'tstat_tcp_rtt_seconds_bucket{{side="server",le="{limit}"}} {count}\n'
    if rtt:
        text += f'tstat_tcp_rtt_seconds_sum{{side="server"}} {rtt[-1] * 0.05}\n'
        text += f'tstat_tcp_rtt_seconds_count{{side="server"}} {rtt[-1]}\n'
    return text + more


def sample(when, **content):
    """An answer at a time."""
    return Sample(when, content.pop("wall", 5000.0 + when), Exposition(exposition(**content)))


@contextlib.contextmanager
def server(answer):
    """Answers each question by ``answer(handler)``; gives the port."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()


def answering(text, status=200):
    """An answer of that text."""
    def answer(handler):
        body = (text() if callable(text) else text).encode("utf-8", "surrogateescape")
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(body)
    return answer


def wait_for(condition, what, seconds=120):
    """Until it is so; on a slow machine that takes a while."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return found
