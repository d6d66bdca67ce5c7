# SPDX-License-Identifier: BSD-3-Clause
"""A ClickHouse server of a test's own, in a folder, on free ports of the loopback device."""
import json, subprocess, urllib.error, urllib.parse, urllib.request

import shipping

SERVER = shipping.find("clickhouse-server")

CONFIG = """<?xml version="1.0"?>
<yandex>
 <logger><level>{level}</level><log>{d}/server.log</log><errorlog>{d}/errors.log</errorlog></logger>
 <http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><interserver_http_port>{between}</interserver_http_port>
 <listen_host>127.0.0.1</listen_host><max_concurrent_queries>100</max_concurrent_queries>
 <mark_cache_size>67108864</mark_cache_size>
 <path>{d}/data/</path><tmp_path>{d}/tmp/</tmp_path><user_files_path>{d}/files/</user_files_path>
 <users_config>users.xml</users_config><default_profile>default</default_profile>
 <default_database>default</default_database><timezone>UTC</timezone>
{more}</yandex>
"""
USERS = """<?xml version="1.0"?>
<yandex><profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
<quota>default</quota></default></users>
<quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows>
<read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas></yandex>
"""


def schema(program, address):
    """The statements of `clickhouse=ADDRESS`, one by one."""
    text = subprocess.run([program, "--export-schema", "--export", f"clickhouse={address}"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True).stdout
    return [statement for statement in text.split(";\n") if statement.strip()]


class Server:
    """One that is configured and started by its owner."""

    def __init__(self, work):
        self.work = work
        self.port, self.tcp_port, self.between_port = (shipping.free_port() for _ in range(3))
        for name in "data", "tmp", "files":
            (work / name).mkdir()
        (work / "users.xml").write_text(USERS)

    def configure(self, more="", level="warning"):
        """`more`: elements for config.xml; level: of its log."""
        (self.work / "config.xml").write_text(CONFIG.format(d=self.work, http=self.port, tcp=self.tcp_port,
                                                            between=self.between_port, more=more, level=level))

    def start(self):
        self.launch()
        shipping.wait_for(self.answers, "clickhouse-server")

    def launch(self):
        self.process = subprocess.Popen([SERVER, "--config-file=config.xml"], cwd=self.work, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def answers(self):
        if self.process.poll() is not None:
            errors = self.work / "errors.log"
            raise AssertionError(f"clickhouse-server has ended ({self.process.returncode}): "
                                 + (errors.read_text(errors="replace")[-2000:] if errors.exists() else "no log"))
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=5) as answer:
                return answer.read() == b"Ok.\n"
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, text, database="default"):
        """What is answered; the mistake of a statement is one of the test."""
        url = f"http://127.0.0.1:{self.port}/?" + urllib.parse.urlencode({"database": database})
        try:
            with urllib.request.urlopen(url, text.encode(), timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{text[:200]}: {error.read().decode()}") from None

    def query(self, text):
        """Rows of JSONEachRow as dictionaries."""
        return [json.loads(line) for line in self.ask(text).splitlines()]

    def run_statements(self, statements):
        for statement in statements:
            self.ask(statement)


class ClickHouse(Server):
    """One that is there at once."""

    def __init__(self, work):
        super().__init__(work)
        self.configure()
        self.start()
