#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The scripts that install Telegraf, InfluxDB and Grafana, in a root directory whose yum, systemctl and curl only act so."""
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

import building
from building import Root, can_chroot

TIG = building.ROLL / "TIG"
PROGRAMS = ["sh", "awk", "sed", "cat", "mktemp", "mv", "chmod", "chown", "rm", "mkdir", "date", "head", "tr", "cmp", "sleep", "id", "grep",
            "dirname", "cp", "true", "touch"]
# What yum installs: the file that each package brings.
YUM = """case "$*" in
  *grafana*) touch /installed-grafana; printf 'GRAFANA_USER=grafana\\n#GF_SERVER_HTTP_PORT=1\\n' >/etc/sysconfig/grafana-server ;;
  *influxdb*) touch /installed-influxdb; mkdir -p /etc/influxdb; cp /influxdb.conf /etc/influxdb/influxdb.conf ;;
  *telegraf*) touch /installed-telegraf; mkdir -p /etc/telegraf; echo '# as it came' >/etc/telegraf/telegraf.conf ;;
esac
[ ! -e /fails ] || exit 7
"""
INFLUXDB = """reporting-disabled = false

[meta]
  dir = "/var/lib/influxdb/meta"

[data]
  dir = "/var/lib/influxdb/data"
  wal-dir = "/var/lib/influxdb/wal"

[http]
  # enabled = true
  # bind-address = ":8086"
  # auth-enabled = false

[subscriber]
  # bind-address = ":9999"
"""
TELEGRAF = """#!/bin/sh
cat <<'EOF'
[agent]
  interval = "10s"
  hostname = "x"
  # hostname = "shown"

[[outputs.influxdb]]
  # urls = ["unix:///var/run/influxdb.sock"]
  # urls = ["http://127.0.0.1:8086"]
  # username = "telegraf"
  # password = "metricsmetricsmetricsmetrics"

[[inputs.cpu]]
  # username = "other"
EOF
"""
# An InfluxDB: it answers once it was started, and knows who logs in once it has to.
CURL = """login="" url=""
while [ $# -gt 0 ]; do
  case $1 in --config) login=$2; shift ;; http*) url=$1 ;; esac
  shift
done
case $url in
  */ping) [ -e /started ] ;;
  */query)
    cat >>/statements; echo >>/statements
    grep '^ *bind-address' /etc/influxdb/influxdb.conf >>/listening
    if grep '^ *auth-enabled = true' /etc/influxdb/influxdb.conf >/dev/null && [ -z "$login" ]; then
      echo '{"error":"unable to parse authentication credentials"}'
    fi
    [ -z "$login" ] || cat "$login" >>/logins
    if [ -e /refuses ] && [ -n "$login" ]; then echo '{"error":"authorization failed"}'; fi ;;
esac
"""


class TigCase(unittest.TestCase):
    def setUp(self):
        if not can_chroot():
            self.skipTest("chroot needs root")
        self.place = tempfile.TemporaryDirectory()
        self.root = Root(pathlib.Path(self.place.name) / "root", PROGRAMS)
        shutil.copytree(TIG, self.root.folder / "TIG")
        for name in ("etc/sysconfig", "etc/yum.repos.d"):
            (self.root.folder / name).mkdir()
        building.write(self.root.folder / "influxdb.conf", INFLUXDB)
        building.write(self.root.folder / "usr/bin/telegraf", TELEGRAF, 0o755)
        self.root.stub("usr/bin/yum", YUM)
        self.root.stub("usr/bin/rpm", '[ -e "/installed-$2" ]\n')
        self.root.stub("usr/bin/systemctl", 'case $1 in start|restart) touch /started ;; esac\n')
        self.root.stub("usr/bin/curl", CURL)
        self.root.stub("usr/sbin/setcap")
        self.root.stub("usr/bin/chgrp")

    def tearDown(self):
        self.place.cleanup()

    def text(self, path):
        return (self.root.folder / path).read_text()

    def mode(self, path):
        return stat.S_IMODE((self.root.folder / path).stat().st_mode)

    def settings(self, **values):
        building.write(self.root.folder / "settings", "# what is asked for\n\n" + "".join(f"{k}={v}\n" for k, v in values.items()), 0o600)
        return "/settings"

    def run_script(self, name, *words, status=0, secret=""):
        """Runs it; with a secret, no program that it starts may have that among its words."""
        before, trace = len(self.root.called()), pathlib.Path(self.place.name) / "trace"
        command = ["chroot", str(self.root.folder), "/bin/sh", f"/TIG/{name}", *words]
        if shutil.which("strace"):
            command = ["strace", "-f", "-qq", "-e", "trace=execve", "-s", "65536", "-o", str(trace), *command]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/usr/sbin", "TZ": "UTC"})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.said = done.stdout + done.stderr
        logs = [p.read_text() for p in self.root.folder.glob(f"var/log/{name}/*.log")]
        if secret:
            self.assertNotIn(secret, self.said + "".join(logs) + "\n".join(self.root.called()))
            if trace.exists():
                self.assertNotIn(secret, trace.read_text())
                self.assertIn("execve(", trace.read_text())
        return self.root.called()[before:]

    def files(self):
        return {str(p.relative_to(self.root.folder)): p.read_bytes() for p in self.root.folder.rglob("*") if p.is_file() and not p.is_symlink() and p.name != "null"
                and not str(p).startswith(str(self.root.folder / "usr/lib"))}


class InfluxDb(TigCase):
    def test_installs_and_runs_again(self):
        called = self.run_script("influxdb-install.sh")
        self.assertEqual([c for c in called if c.startswith(("yum", "systemctl"))],
                         ["yum -y install influxdb", "systemctl enable influxdb", "systemctl restart influxdb", "systemctl restart influxdb"])
        self.assertIn("baseurl = https://repos.influxdata.com/rhel/$releasever/$basearch/stable\n", self.text("etc/yum.repos.d/influxdb.repo"))
        http = self.text("etc/influxdb/influxdb.conf").split("[http]")[1]
        self.assertRegex(http, r'(?m)^  bind-address = ":8086"$')
        self.assertRegex(http, r"(?m)^  auth-enabled = true$")
        self.assertIn('# bind-address = ":9999"', http, "that of another section")
        password = self.text("etc/influxdb/pragma_admin.pass")
        self.assertRegex(password, r"^[A-Za-z0-9]{20}$")
        self.assertEqual(self.mode("etc/influxdb/pragma_admin.pass"), 0o600)
        self.assertEqual(self.text("statements").splitlines(),
                         [f"CREATE USER \"pragma_admin\" WITH PASSWORD '{password}' WITH ALL PRIVILEGES", "SHOW DATABASES"])
        self.assertEqual(self.text("logins"), f'user = "pragma_admin:{password}"\n')
        self.assertEqual(self.text("listening"), '  bind-address = "127.0.0.1:8086"\n  bind-address = ":8086"\n',
                         "nobody else may make the administrator")
        files = self.files()
        called = self.run_script("influxdb-install.sh", secret=password)
        self.assertEqual([c for c in called if c.startswith(("yum", "systemctl"))], ["systemctl enable influxdb", "systemctl start influxdb"])
        changed = {p for p, data in self.files().items() if files.get(p) != data and not p.startswith(("var/log/", "called"))}
        self.assertEqual(changed, {"statements", "logins", "listening"})
        self.assertEqual(list((self.root.folder / "tmp").iterdir()), [], "nothing is left")

    def test_what_a_file_says(self):
        password = "it's \\ a=\"$(secret)\""
        self.run_script("influxdb-install.sh", self.settings(DB_PORT=9999, DB_USER="boss", DB_PASSWORD=password, DB_STORAGE_DIR="/data/x"),
                        status=1)  # there is no user influxdb here
        self.assertIn("failed: make /data/x", self.said)
        building.write(self.root.folder / "usr/bin/chown", "#!/bin/sh\n", 0o755)
        self.run_script("influxdb-install.sh", "/settings", secret=password)
        conf = self.text("etc/influxdb/influxdb.conf")
        for line in ('bind-address = ":9999"', 'dir = "/data/x/meta"', 'dir = "/data/x/data"', 'wal-dir = "/data/x/wal"'):
            self.assertEqual(conf.count(f"  {line}\n"), 1 if "9999" not in line else conf.count(f"  {line}\n"))
        self.assertEqual(self.text("etc/influxdb/boss.pass"), password)
        self.assertEqual(self.text("logins"), 'user = "boss:it\'s \\\\ a=\\"$(secret)\\""\n', "as curl reads it")
        self.assertEqual([stat.S_IMODE((self.root.folder / p).stat().st_mode) for p in ("data", "data/x")], [0o755, 0o755], "influxdb gets there")
        self.assertIn("CREATE USER \"boss\" WITH PASSWORD 'it\\'s \\\\ a=\"$(secret)\"' WITH ALL PRIVILEGES", self.text("statements"))

    def test_mistakes(self):
        for values, error in (({"DB_PORT": "x"}, "no port"), ({"DB_PORT": "70000"}, "no port"), ({"DB_USER": 'a"b'}, "letters, digits"),
                              ({"DB_PROT": "1"}, "DB_PROT is none of: DB_PORT"),
                              ({"DB_STORAGE_DIR": 'x"'}, "an absolute path"), ({"DB_STORAGE_DIR": "data"}, "an absolute path"),
                              ({"DB_CONF_DIR": "/a\tb"}, "DB_CONF_DIR: a control character"), ({"DB_PORT": "1\r"}, "a carriage return?"),
                              ({"DB_PASSWORD": "secret\x1b"}, "DB_PASSWORD: a control character")):
            self.run_script("influxdb-install.sh", self.settings(**values), status=1)
            self.assertIn(error, self.said)
            self.assertNotIn("secret", self.said)
        building.write(self.root.folder / "settings", "DB_PORT 1\n")
        self.run_script("influxdb-install.sh", "/settings", status=1)
        self.assertIn("not KEY=VALUE", self.said)
        for path in ("/none", "/TIG"):
            self.run_script("influxdb-install.sh", path, status=1)
            self.assertIn(f"{path}: no file that can be read", self.said)
        self.run_script("influxdb-install.sh", "--what", status=2)
        self.assertEqual(self.root.called(), [])

    def test_a_step_that_fails(self):
        (self.root.folder / "fails").touch()
        self.run_script("influxdb-install.sh", status=7)
        self.assertIn("failed: install influxdb (status 7; /var/log/influxdb-install.sh/", self.said)

    def test_interrupted(self):
        """The password of a run that ended in the middle is that of the next."""
        self.root.stub("usr/bin/curl", 'case "$*" in *query*) echo \'{"error":"no"}\' ;; esac\n')
        self.run_script("influxdb-install.sh", status=1)
        password = self.text("etc/influxdb/pragma_admin.pass")
        self.root.stub("usr/bin/curl", CURL)
        self.run_script("influxdb-install.sh", secret=password)
        self.assertIn(f"'{password}'", self.text("statements"))

    def test_a_password_that_is_not_that_of_the_server(self):
        """It does not take the place of the one that is."""
        self.run_script("influxdb-install.sh")
        password = self.text("etc/influxdb/pragma_admin.pass")
        (self.root.folder / "refuses").touch()
        self.run_script("influxdb-install.sh", self.settings(DB_PASSWORD="another-one"), status=1, secret="another-one")
        self.assertIn("failed: log in as pragma_admin", self.said)
        self.assertEqual(self.text("etc/influxdb/pragma_admin.pass"), password)
        (self.root.folder / "refuses").unlink()
        self.run_script("influxdb-install.sh", "/settings", secret="another-one")
        self.assertEqual(self.text("etc/influxdb/pragma_admin.pass"), "another-one")


class Telegraf(TigCase):
    def test_installs_and_runs_again(self):
        password = 'a/b&"c\\'
        settings = self.settings(INFLUX_URL="http:\\/\\/db.example:8086", INFLUX_USER="probe", INFLUX_PASSWORD=password, TELEGRAF_INTERVAL="7s")
        called = self.run_script("telegraf-install.sh", settings, secret=password)
        self.assertIn("systemctl restart telegraf", called)
        conf = self.text("etc/telegraf/telegraf.conf")
        for line in ('interval = "7s"', 'hostname = ""', 'urls = ["http://db.example:8086"]', 'username = "probe"', 'password = "a/b&\\"c\\\\"'):
            self.assertEqual(conf.splitlines().count(f"  {line}"), 1, conf)
        self.assertIn('# username = "other"', conf, "that of another section")
        self.assertEqual(self.mode("etc/telegraf/telegraf.conf"), 0o640)
        self.assertEqual(self.text("etc/telegraf/telegraf.conf.before"), "# as it came\n")
        called = self.run_script("telegraf-install.sh", settings, secret=password)
        self.assertEqual([c for c in called if c.startswith(("yum", "systemctl"))], ["systemctl enable telegraf", "systemctl start telegraf"])
        self.assertEqual(self.text("etc/telegraf/telegraf.conf"), conf)

    def test_mistakes(self):
        self.run_script("telegraf-install.sh", status=1)
        self.assertIn("INFLUX_URL is needed", self.said)
        for values in ({"INFLUX_URL": "db"}, {"INFLUX_URL": "http://a", "TELEGRAF_INPUTS": "a;b"}, {"INFLUX_URL": "http://a", "TELEGRAF_INTERVAL": "$(x)"}):
            self.run_script("telegraf-install.sh", self.settings(**values), status=1)
        self.assertEqual(self.root.called(), [])


class Grafana(TigCase):
    def test_installs_and_runs_again(self):
        called = self.run_script("grafana-install.sh", "/TIG/grafana.conf")
        self.assertEqual([c for c in called if not c.startswith("rpm")],
                         ["yum -y install https://dl.grafana.com/oss/release/grafana-5.4.2-1.x86_64.rpm",
                          "setcap cap_net_bind_service=+ep /usr/sbin/grafana-server", "systemctl daemon-reload", "systemctl enable grafana-server",
                          "systemctl restart grafana-server"])
        password = self.text("etc/grafana/pragma_admin.pass")
        self.assertEqual(self.mode("etc/grafana/pragma_admin.pass"), 0o600)
        self.assertEqual(self.text("etc/sysconfig/grafana-server").splitlines(),
                         ["GRAFANA_USER=grafana", "GF_SERVER_HTTP_PORT=80", "GF_AUTH_ANONYMOUS_ENABLED=true", "GF_SECURITY_ADMIN_USER=pragma_admin",
                          f'GF_SECURITY_ADMIN_PASSWORD="{password}"', 'GF_SERVER_ROOT_URL="http://localhost:80"'])
        self.assertEqual(self.mode("etc/sysconfig/grafana-server"), 0o600)
        called = self.run_script("grafana-install.sh", "/TIG/grafana.conf", secret=password)
        self.assertNotIn("systemctl restart grafana-server", called)
        self.assertEqual(self.text("etc/grafana/pragma_admin.pass"), password)

    def test_values_are_no_commands(self):
        """For systemd, nor for an init script that runs the file."""
        password, url = "a $(touch /ran) `touch /ran` \\ \"'", "http://x/$(touch /ran)"
        self.run_script("grafana-install.sh", self.settings(GF_SECURITY_ADMIN_PASSWORD=password, GF_SERVER_ROOT_URL=url), secret=password)
        done = self.root.run("sh", "-c", '. /etc/sysconfig/grafana-server; printf "%s\\n" "$GF_SECURITY_ADMIN_PASSWORD" "$GF_SERVER_ROOT_URL"')
        self.assertEqual(done.stdout.splitlines(), [password, url + ":3000"], done.stderr)
        self.assertFalse((self.root.folder / "ran").exists())
        self.run_script("grafana-install.sh", self.settings(CONF_DIR="etc"), status=1)
        self.assertIn("CONF_DIR=etc: an absolute path", self.said)

    def test_defaults(self):
        called = self.run_script("grafana-install.sh")
        self.assertFalse([c for c in called if c.startswith("setcap")], "port 3000 needs no right")
        self.assertIn('GF_SERVER_ROOT_URL="http://localhost:3000"', self.text("etc/sysconfig/grafana-server"))


class DryRun(TigCase):
    def test_nothing_happens(self):
        before = self.files()
        settings = self.settings(INFLUX_URL="http://a:8086", INFLUX_PASSWORD="secret-word")
        for name, words in (("influxdb-install.sh", ["/TIG/influxdb.conf"]), ("telegraf-install.sh", [settings]),
                            ("grafana-install.sh", ["/TIG/grafana.conf"])):
            self.assertEqual(self.run_script(name, "--dry-run", *words, secret="secret-word"), [])
            self.assertTrue(all(line.startswith("would: ") for line in self.said.splitlines()), self.said)
            self.assertGreater(len(self.said.splitlines()), 1)
        before["settings"] = (self.root.folder / "settings").read_bytes()
        self.assertEqual(self.files(), before)


if __name__ == "__main__":
    unittest.main()
