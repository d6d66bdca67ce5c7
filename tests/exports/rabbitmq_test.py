#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""RabbitMQ: nothing lost, and what comes twice has the same name.

usage: rabbitmq_test.py DRIVER READER      exit status 77 (skipped for ctest) without the server
"""
import os, pathlib, shutil, signal, socket, subprocess, tempfile, time, unittest

import shipping

PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class RabbitMq:
    """`disk`: where its data are. `certificate`: that of localhost in `work`, for TLS at another port."""
    LIMIT = 16 << 20  # of room on the disk: with less it takes no messages

    def __init__(self, work, disk=None, certificate=None):
        self.work, self.port, self.tls_port = work, shipping.free_port(), shipping.free_port()
        self.epmd_port, self.dist_port = shipping.free_port(), shipping.free_port()
        (work / "plugins").write_text("[].\n")
        configuration = f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
        if certificate:
            configuration += f"""listeners.ssl.1 = 127.0.0.1:{self.tls_port}
ssl_options.cacertfile = {work}/{certificate}.pem
ssl_options.certfile = {work}/{certificate}.pem
ssl_options.keyfile = {work}/{certificate}.key
ssl_options.verify = verify_none
"""
        if disk:
            configuration += f"disk_free_limit.absolute = {self.LIMIT}\n"
        (work / "rabbitmq.conf").write_text(configuration)
        self.environment = os.environ | {
            "HOME": str(work), "RABBITMQ_NODENAME": f"tstat{self.port}@localhost", "RABBITMQ_MNESIA_BASE": f"{disk or work}/data",
            "RABBITMQ_LOG_BASE": f"{work}/log", "RABBITMQ_CONFIG_FILE": f"{work}/rabbitmq.conf",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(self.dist_port),
            "ERL_EPMD_PORT": str(self.epmd_port), "RABBITMQ_ENABLED_PLUGINS_FILE": f"{work}/plugins",
            "RABBITMQ_PID_FILE": f"{work}/pid", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +A 8"}
        self.start()

    def start(self):
        self.log = open(self.work / "rabbitmq.out", "a")
        self.process = subprocess.Popen([PROGRAM], env=self.environment, stdout=self.log, stderr=self.log,
                                        start_new_session=True)
        shipping.wait_for(self.answers, "RabbitMQ")

    def answers(self):
        assert self.process.poll() is None, (self.work / "rabbitmq.out").read_text()[-2000:]
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                s.sendall(b"AMQP\0\0\x09\x01")
                return s.recv(1) == b"\x01"
        except OSError:
            return False

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def end(self):
        self.kill()
        # It does not end before it has noticed that its node is gone.
        command = ["epmd", "-port", str(self.epmd_port), "-kill"]
        for _ in range(20):
            if "Killed" in subprocess.run(command, capture_output=True, text=True).stdout:
                break
            time.sleep(0.1)

    def alarms(self):
        return (self.work / f"log/tstat{self.port}@localhost.log").read_text().count("Publishers will be blocked")

    def messages(self, queue):
        """Name and rows of every message that is in the queue, which is empty then."""
        output = subprocess.run([shipping.READER, str(self.port), queue], check=True, capture_output=True, text=True).stdout
        result = []
        for line in output.splitlines():
            name, *rows = line.rstrip("\t").split("\t")
            result.append((name, tuple(int(row.removeprefix("row ")) for row in rows)))
        return result


class Amqp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # One for all: it takes long to start.
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tstat-exports-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        for name in ("localhost", "other.example"):
            shipping.make_certificate(cls.folder, name)
        disk = None
        if shipping.can_cut():
            disk = cls.disk = shipping.SmallDisk(cls.folder / "disk", "256M")
            cls.addClassCleanup(disk.end)
        cls.server = RabbitMq(cls.folder, disk and disk.folder, "localhost")
        cls.addClassCleanup(cls.server.end)
        cls.address = f"amqp://127.0.0.1:{cls.server.port}"

    def setUp(self):
        self.queue = self.id().rpartition(".")[2]
        self.work = self.folder / self.queue
        self.work.mkdir()
        self.options = [f"queue={self.queue}", "persistent=yes", "timeout=10"]

    def check(self, rows):
        named = {}
        for name, numbers in self.server.messages(self.queue):
            self.assertEqual(named.setdefault(name, numbers), numbers, "two batches have the same name")
        everything = [number for numbers in named.values() for number in numbers]
        self.assertEqual(len(everything), len(set(everything)), "a row is there twice, under two names")
        self.assertEqual(rows.compare(set(everything)), (set(), set()))

    def test_killed_on_both_sides(self):
        def disturb(step):
            every = max(1, shipping.KILLS // shipping.SERVER_KILLS)
            if step % every == every - 1:
                self.server.kill()
                self.server.start()

        self.check(shipping.ship(self.work, self.address, "text", self.options, disturb))

    def send_all(self, rows, count):
        return shipping.Run(self.work, self.address, "text", rows, count, self.options, shipping.PATIENCE)

    def check_all_sent(self, run, rows):
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["queued"], 0)
        self.check(rows)
        self.assertEqual(len(rows.kept), shipping.ROWS)

    @shipping.needs_namespaces
    def test_network_cut(self):
        rows = shipping.Rows()
        run = self.send_all(rows, shipping.ROWS)
        shipping.wait_for(lambda: rows.next > 100, "the first rows")
        shipping.set_network("down")
        shipping.wait_for(lambda: rows.next > shipping.ROWS, "all rows")
        time.sleep(1)
        shipping.set_network("up")
        self.check_all_sent(run, rows)

    def fill_the_disk(self, rows, free):
        """With rows before, and rows that come meanwhile."""
        self.assertEqual(self.send_all(rows, shipping.ROWS // 2).wait(), 0)
        alarms = self.server.alarms()
        self.disk.fill(free)
        # It takes no messages then, and does not say so.
        shipping.wait_for(lambda: self.server.alarms() > alarms, "the alarm")
        run = self.send_all(rows, shipping.ROWS - shipping.ROWS // 2)
        shipping.wait_for(lambda: "; batches wait" in (self.work / "errors").read_text(), "the failure")
        shipping.wait_for(lambda: rows.next > shipping.ROWS, "all rows")
        self.disk.make_room()
        return run

    @shipping.needs_namespaces
    def test_disk_of_the_server_nearly_full(self):
        rows = shipping.Rows()
        self.check_all_sent(self.fill_the_disk(rows, RabbitMq.LIMIT // 2), rows)

    @shipping.needs_namespaces
    @unittest.skipUnless(shipping.ALL, "takes long")
    def test_disk_of_the_server_full(self):
        rows = shipping.Rows()
        run = self.fill_the_disk(rows, 0)
        # It does not get over that before it is started again.
        self.server.kill()
        self.server.start()
        self.check_all_sent(run, rows)

    def test_tls(self):
        rows = shipping.Rows()
        # An authority that is trusted, for that name.
        trusted = f"amqps://localhost:{self.server.tls_port}"
        mistakes = ((trusted, None, "peer cert verification failed"),
                    (trusted, "other.example", "peer cert verification failed"),
                    (trusted.replace("localhost", "127.0.0.1"), "localhost", "hostname verification failed"))
        for waiting, (address, authority, error) in enumerate(mistakes, 1):
            options = self.options + ([f"ca={self.folder}/{authority}.pem"] if authority else [])
            (self.work / "errors").unlink(missing_ok=True)
            run = shipping.Run(self.work, address, "text", rows, 100, options, 3)
            self.assertEqual(run.wait(), 0)
            self.assertEqual((run.figures["queued"], run.figures["sent"]), (waiting, 0))
            self.assertIn(error, (self.work / "errors").read_text())
        options = self.options + [f"ca={self.folder}/localhost.pem"]
        run = shipping.Run(self.work, trusted, "text", rows, shipping.ROWS, options, shipping.PATIENCE)
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["queued"], 0)
        self.check(rows)

    def test_returned_messages_wait(self):
        rows = shipping.Rows()
        # No queue is declared, and none is there.
        options = [f"routing_key={self.queue}", "persistent=yes"]
        run = shipping.Run(self.work, self.address, "text", rows, 200, options, 3)
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["queued"], 2)
        self.assertIn("AMQP 312: returned, NO_ROUTE", (self.work / "errors").read_text())
        run = shipping.Run(self.work, self.address, "text", rows, 0, self.options, shipping.PATIENCE)
        self.assertEqual(run.wait(), 0)
        self.check(rows)

    def test_a_user_that_is_refused(self):
        rows = shipping.Rows()
        os.environ["TSTAT_TEST_WRONG"] = "hidden"
        run = shipping.Run(self.work, self.address, "text", rows, 100,
                           self.options + ["user=nobody", "password=env:TSTAT_TEST_WRONG"], 3)
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.figures["queued"], 1)
        errors = (self.work / "errors").read_text()
        self.assertIn("ACCESS_REFUSED", errors)
        self.assertNotIn("hidden", errors)
        self.assertEqual(errors.count("ACCESS_REFUSED"), 1, "told once")


if __name__ == "__main__":
    shipping.enter_network()
    shipping.need(PROGRAM, "epmd")
    shipping.arguments()
    if not shipping.READER:
        shipping.skip("built without librabbitmq")
    unittest.main(verbosity=2)
