# SPDX-License-Identifier: BSD-3-Clause
"""PostgreSQL and MariaDB of one's own, for a test: in a temporary directory, on a Unix socket, as no privileged user."""

import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

DEADLINE_S = 240
POSTGRESQL = max(glob.glob("/usr/lib/postgresql/*/bin/initdb"), default=None)
MARIADB = shutil.which("mariadbd")


@contextlib.contextmanager
def _folder():
    """A directory that an unprivileged user may write, and who that is (None: who runs this)."""
    with tempfile.TemporaryDirectory(prefix="tstat-db-", dir="/tmp") as name:  # (short, as a socket's must be, and open to all)
        user = None
        if os.geteuid() == 0:
            user = "nobody"
            os.chown(name, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        yield pathlib.Path(name), user


def _made(command, user, folder):
    subprocess.run(command, user=user, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder), "TZ": "UTC"})


@contextlib.contextmanager
def _running(command, user, folder, connect):
    """Runs a server until it can be connected to, and while it is used."""
    with (folder / "server.log").open("wb") as log, subprocess.Popen(
            command, user=user, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)}) as process:
        try:
            deadline = time.monotonic() + DEADLINE_S
            while True:
                try:
                    connect().close()
                    break
                except Exception:
                    if process.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError((folder / "server.log").read_text(errors="replace")) from None
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(DEADLINE_S)


@contextlib.contextmanager
def postgresql():
    """Gives the address of a database, and a function that connects to it."""
    import psycopg2
    with _folder() as (folder, user):
        programs = pathlib.Path(POSTGRESQL).parent
        _made([POSTGRESQL, "-D", folder / "data", "-A", "trust", "-U", "tstat", "-E", "UTF8", "--locale=C", "--no-sync"], user, folder)

        def connect():
            return psycopg2.connect(host=str(folder), user="tstat", dbname="postgres")
        with _running([programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"], user, folder, connect):
            yield f"postgresql:///postgres?host={folder}&user=tstat", connect


@contextlib.contextmanager
def mariadb():
    """The same."""
    import pymysql
    with _folder() as (folder, user):
        socket = folder / "s.sock"
        common = ["--no-defaults", f"--datadir={folder}/data"]
        _made(["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"], user, folder)

        def connect(**options):
            return pymysql.connect(unix_socket=str(socket), user="root", **options)
        with _running([MARIADB, *common, f"--socket={socket}", "--skip-networking", f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=0"],
                      user, folder, connect):
            with connect() as connection:
                connection.cursor().execute("CREATE DATABASE flows")
            yield f"mysql://root@/flows?unix_socket={socket}", lambda: connect(database="flows")
