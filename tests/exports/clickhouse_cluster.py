# SPDX-License-Identifier: BSD-3-Clause
"""A cluster of ClickHouse of a test's own: two shards of two replicas, and a ZooKeeper, on free ports of the loopback device.

  clickhouse_cluster.need()                           # exits 77 when a program is missing
  cluster = clickhouse_cluster.Cluster(folder)        # its name is in clickhouse_cluster.NAME
  cluster.at(0, 1).kill()                             # the second replica of the first shard
"""
import socket, subprocess

import clickhouse_server
import shipping

NAME = "two"
JAR = "/usr/share/java/zookeeper.jar"
JAVA = shipping.find("java")

ZOOKEEPER = """tickTime=500
dataDir={d}/data
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=srvr
"""
# A server finds itself in its cluster by its port. Sessions end soon, so that a killed replica is known to be dead soon.
MORE = """ <interserver_http_host>127.0.0.1</interserver_http_host>
 <zookeeper><node><host>127.0.0.1</host><port>{zookeeper}</port></node><session_timeout_ms>3000</session_timeout_ms></zookeeper>
 <macros><shard>{shard}</shard><replica>{replica}</replica></macros>
 <merge_tree><zookeeper_session_expiration_check_period>1</zookeeper_session_expiration_check_period></merge_tree>
 <distributed_ddl><path>/clickhouse/ddl</path></distributed_ddl>
 <remote_servers><{name}>{shards}</{name}></remote_servers>
"""
SHARD = "<shard><internal_replication>true</internal_replication>{}</shard>"
REPLICA = "<replica><host>127.0.0.1</host><port>{}</port></replica>"


def need():
    shipping.need("clickhouse-server", "java", JAR)


def is_there():
    return all(map(shipping.find, ("clickhouse-server", "java", JAR)))


class ZooKeeper:
    def __init__(self, work):
        self.work, self.port = work, shipping.free_port()
        (work / "zoo.cfg").write_text(ZOOKEEPER.format(d=work, port=self.port))
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [JAVA, "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", JAR, "org.apache.zookeeper.server.ZooKeeperServerMain",
             "zoo.cfg"], cwd=self.work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shipping.wait_for(self.answers, "ZooKeeper")

    def answers(self):
        assert self.process.poll() is None, "ZooKeeper has ended"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                s.sendall(b"srvr")
                return b"Mode:" in s.makefile("rb").read()  # (not so while it starts)
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()


def synchronizes(server, table):
    try:
        server.ask(f"SYSTEM SYNC REPLICA {table}")
        return True
    except AssertionError as mistake:
        # Of ZooKeeper, which the server is about to be connected to.
        if "Coordination::Exception" in str(mistake):
            return False
        raise


class Cluster:
    def __init__(self, work):
        (work / "zookeeper").mkdir()
        self.zookeeper = ZooKeeper(work / "zookeeper")
        self.shards = []
        for shard in range(2):
            self.shards.append([])
            for replica in range(2):
                folder = work / f"server{shard}{replica}"
                folder.mkdir()
                self.shards[-1].append(clickhouse_server.Server(folder))
        shards = "".join(SHARD.format("".join(REPLICA.format(s.tcp_port) for s in replicas)) for replicas in self.shards)
        for shard, replicas in enumerate(self.shards):
            for replica, server in enumerate(replicas):
                server.configure(MORE.format(zookeeper=self.zookeeper.port, shard=shard, replica=replica, name=NAME,
                                             shards=shards), level="debug")
                server.launch()
        for server in self.servers():
            shipping.wait_for(server.answers, "clickhouse-server")
            # 18.16 dies of a statement for its cluster that comes before.
            shipping.wait_for(lambda: "DDLWorker: Waiting a watch" in (server.work / "server.log").read_text(),
                              "a session with ZooKeeper")

    def at(self, shard, replica):
        return self.shards[shard][replica]

    def servers(self):
        return [server for replicas in self.shards for server in replicas]

    def synchronize(self, database):
        """Each server has what the others of its shard have, and what others still had for it."""
        for server in self.servers():
            for row in server.query(f"SELECT table FROM system.replicas WHERE database = '{database}' FORMAT JSONEachRow"):
                shipping.wait_for(lambda: synchronizes(server, f"{database}.{row['table']}"), "rows of the other replica")

    def kill(self):
        for process in [*self.servers(), self.zookeeper]:
            process.kill()
