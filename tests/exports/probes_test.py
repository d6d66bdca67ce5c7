#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two live probes, each in a network of its own, into one cluster of ClickHouse.

usage: probes_test.py TSTAT      exit status 77 (skipped for ctest) without ClickHouse, ZooKeeper, tcpreplay or namespaces
"""
import contextlib, os, pathlib, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time, unittest

import clickhouse_cluster
import clickhouse_server
import clickhouse_sums
import shipping

TSTAT = ""
TRACES = pathlib.Path(__file__).resolve().parents[1] / "traces"
LOGS = "logs=tcp,tcp_nocomplete,udp,http"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout


class Relay:
    """What comes to an address of this machine goes on to a port of its loopback device."""

    def __init__(self, address, port):
        self.target, self.listener = port, socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                inner = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.relay, args=(inner,), daemon=True).start()

    def relay(self, inner):
        """(To a server that is down there is an end at once.)"""
        with inner, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as outer:
            back = threading.Thread(target=self.copy, args=(outer, inner), daemon=True)
            back.start()
            self.copy(inner, outer)
            back.join()

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Probe:
    """A network namespace with a link to this one, and a pair of interfaces on which tstat hears what is replayed."""

    def __init__(self, number, work):
        self.name, self.work, self.here = f"probe{number}", work / f"probe{number}", f"10.77.{number}.1"
        self.work.mkdir(mode=0o755)
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; exec sleep infinity"], stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.link = f"to{number}"
        run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "up0", "netns", str(self.holder.pid))
        run("ip", "address", "add", f"{self.here}/24", "dev", self.link)
        run("ip", "link", "set", self.link, "up")
        for command in ("ip link set lo up", f"ip address add 10.77.{number}.2/24 dev up0", "ip link set up0 up",
                        "ip link add live0 type veth peer name live1"):
            self.inside(*command.split())
        for name in ("live0", "live1"):
            self.inside("sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{name}/disable_ipv6 || true")
            self.inside("ip", "link", "set", name, "up")

    def inside(self, *command):
        return run("nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *map(str, command))

    def start(self, port, wait=120):
        address = f"http://{self.here}:{port}/?user=default&insert_distributed_sync=1#dialect=old&database=d&probe={self.name}&{LOGS}"
        if not getattr(self, "log", None):
            self.log = open(self.work / "said", "ab")
        begin = self.said().count("Live capturing on")
        self.process = subprocess.Popen(
            ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", TSTAT, "-l", "-i", "live1", "-S", "-s", "out", "--export-wait", str(wait),
             "--user", "root", "--export", f"clickhouse={address}", "--export", f"json=rows.jsonl#{LOGS}"],
            cwd=self.work, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        shipping.wait_for(lambda: self.said().count("Live capturing on") > begin or self.process.poll() is not None, "tstat")

    def said(self):
        return (self.work / "said").read_text()

    def replay(self, *names):
        for name in names:
            self.inside("tcpreplay", "-q", "--topspeed", "-i", "live0", TRACES / f"{name}.pcap")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(shipping.PATIENCE * 2)

    def end(self):
        if getattr(self, "process", None) and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if getattr(self, "log", None):
            self.log.close()
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


class Probes(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="tstat-probes-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        (self.work / "cluster").mkdir()
        self.cluster = clickhouse_cluster.Cluster(self.work / "cluster")
        self.addCleanup(self.cluster.kill)
        first = self.cluster.at(0, 0)
        first.ask(f"CREATE DATABASE d ON CLUSTER {clickhouse_cluster.NAME}")
        first.run_statements(clickhouse_server.schema(
            TSTAT, f"http://127.0.0.1/#dialect=old&database=d&cluster={clickhouse_cluster.NAME}&{LOGS}"))

    def test_rows_of_both_are_told_apart_and_none_is_lost(self):
        probes, relays = [], []
        for number in (1, 2):
            probes.append(Probe(number, self.work))
            self.addCleanup(probes[-1].end)
            # Each sends to another server, over a network.
            relays.append(Relay(probes[-1].here, self.cluster.at(number - 1, 0).port))
            self.addCleanup(relays[-1].close)
        north, south = probes
        for probe, relay in zip(probes, relays):
            probe.start(relay.port, 1 if probe is north else 120)
        north.replay("mixed", "web")
        south.replay("voice", "ssh")
        # The link of one goes, and it is restarted while it is away; the server of the other dies.
        run("ip", "link", "set", north.link, "down")
        south_server = self.cluster.at(1, 0)
        south_server.kill()
        north.replay("bulk-lossy")
        south.replay("mixed")
        north.stop()  # what it could not send is for its successor
        self.assertIn("for the next run", north.said())
        north.start(relays[0].port)
        north.replay("ssh")
        run("ip", "link", "set", north.link, "up")
        south_server.start()
        for probe in probes:
            probe.stop()
        self.cluster.synchronize("d")
        for probe in probes:
            rows = clickhouse_sums.rows_by_table(probe.work / "rows.jsonl")
            self.assertGreater(sum(map(len, rows.values())), 3, probe.said())
            for table in ("tcp_complete", "tcp_nocomplete", "udp_complete", "http_request", "http_response"):
                server = self.cluster.at(0, 1)  # whichever is asked
                clickhouse_sums.compare(self, server, rows[table], table, "d", f"probe = '{probe.name}'")
        counts = self.cluster.at(1, 1).query("SELECT probe, toUInt32(count()) AS n FROM d.tcp_complete GROUP BY probe "
                                             "ORDER BY probe FORMAT JSONEachRow")
        self.assertEqual([c["probe"] for c in counts], ["probe1", "probe2"])
        # The questions of the page have answers.
        page = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "scaling.md").read_text()
        questions = re.findall(r"^    (SELECT [^;]*FROM tcp_complete[^;]*);$", page, re.M)
        self.assertEqual(len(questions), 4)
        for question in questions:
            answer = self.cluster.at(0, 1).query(question.replace("FROM tcp_complete", "FROM d.tcp_complete") + " FORMAT JSONEachRow")
            self.assertGreaterEqual(len(answer), 2, question)


if __name__ == "__main__":
    clickhouse_cluster.need()
    shipping.need("tcpreplay", "ip", "nsenter", "unshare")
    shipping.enter_network()
    if not shipping.can_cut():
        shipping.skip("no network namespaces")
    TSTAT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
