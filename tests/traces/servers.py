# SPDX-License-Identifier: BSD-3-Clause
"""The programs whose traffic is captured: configuration and start of nginx, dnsmasq and sshd in one namespace."""
import pathlib, random, subprocess, textwrap, time

DNS4, WEB4, CDN4 = "198.51.100.53", "198.51.100.10", "198.51.100.20"
DNS6, WEB6 = "2001:db8:2::53", "2001:db8:2::10"
NOBODY4 = "198.51.100.77"
CLIENTS4 = ["10.0.0.2", "10.0.0.3", "10.0.0.4"]
CLIENTS6 = ["2001:db8:1::2", "2001:db8:1::3"]


class Servers:
    """Files below `work`; processes in namespace `ns`; stop() ends exactly those."""

    def __init__(self, ns, work, seed):
        self.ns, self.work, self.processes = ns, pathlib.Path(work), []
        self.random = random.Random(seed)

    def start_process(self, *command):
        log = open(self.work / (pathlib.Path(command[0]).name + ".log"), "ab")
        self.processes.append(subprocess.Popen(["ip", "netns", "exec", self.ns, *command], stdin=subprocess.DEVNULL,
                                               stdout=log, stderr=log))

    def run(self, *command):
        subprocess.run(command, check=True, cwd=self.work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def make_certificates(self):
        """An own CA, and a server certificate signed by it."""
        (self.work / "san.cnf").write_text(
            "subjectAltName=DNS:www.example.test,DNS:shop.example.test,DNS:ipv6.example.test\n")
        self.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-keyout", "ca.key",
                 "-out", "ca.pem", "-subj", "/O=Example Test CA/CN=Example Test Root")
        self.run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "web.key", "-out", "web.csr",
                 "-subj", "/O=Example/CN=www.example.test")
        self.run("openssl", "x509", "-req", "-in", "web.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                 "-days", "3650", "-extfile", "san.cnf", "-out", "web.pem")

    def start_web(self):
        root = self.work / "www"
        root.mkdir()
        (root / "index.html").write_text("<html><title>Example</title>" + "<p>Hello.</p>" * 120 + "</html>")
        (root / "style.css").write_text("p { margin: 1em }\n" * 90)
        (root / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF\0" + self.random.randbytes(24_000))
        (root / "big.bin").write_bytes(self.random.randbytes(1_500_000))
        (root / "list.json").write_text("[" + ",".join(str(i) for i in range(1200)) + "]")
        (self.work / "nginx.conf").write_text(textwrap.dedent(f"""\
            daemon off; pid {self.work}/nginx.pid; error_log {self.work}/nginx-error.log; user root;
            events {{}}
            http {{
              types {{ text/html html; text/css css; image/jpeg jpg; application/json json; }}
              default_type application/octet-stream;
              access_log off; client_body_temp_path {self.work}/body; keepalive_timeout 6;
              proxy_temp_path {self.work}/p; fastcgi_temp_path {self.work}/f; uwsgi_temp_path {self.work}/u;
              scgi_temp_path {self.work}/s;
              server {{
                listen 80; listen [::]:80; root {root};
                location /old {{ return 301 /index.html; }}
                location /upload {{ return 204; }}
              }}
              server {{
                listen 443 ssl http2; listen [::]:443 ssl http2; root {root};
                ssl_certificate {self.work}/web.pem; ssl_certificate_key {self.work}/web.key;
                ssl_protocols TLSv1.2 TLSv1.3;
              }}
            }}
            """))
        self.start_process("nginx", "-c", str(self.work / "nginx.conf"), "-p", str(self.work))

    def start_dns(self):
        hosts = {"www.example.test": WEB4, "shop.example.test": WEB4, "cdn.example.test": CDN4, "ipv6.example.test": WEB6}
        records = [f"--host-record={name},{address}" for name, address in hosts.items()]
        self.start_process("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=",
                           f"--listen-address={DNS4},{DNS6}", "--bind-interfaces", "--local-ttl=60",
                           "--local=/test/", *records)

    def start_ssh(self):
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host_key")
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "user_key")
        (self.work / "authorized").write_bytes((self.work / "user_key.pub").read_bytes())
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        (self.work / "sshd.conf").write_text(
            f"HostKey {self.work}/host_key\nAuthorizedKeysFile {self.work}/authorized\nPidFile none\nStrictModes no\n"
            "PasswordAuthentication no\nUsePAM no\nPermitRootLogin yes\n")
        self.start_process("/usr/sbin/sshd", "-D", "-e", "-f", str(self.work / "sshd.conf"))

    def start_all(self):
        self.make_certificates()
        self.start_web(), self.start_dns(), self.start_ssh()
        time.sleep(1.0)
        for process in self.processes:
            if process.poll() is not None:
                logs = "".join(p.read_text(errors="replace") for p in self.work.glob("*.log"))
                raise SystemExit(f"a server did not start: {process.args}\n{logs}")

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()
