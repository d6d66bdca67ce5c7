# SPDX-License-Identifier: BSD-3-Clause
"""Real data for the dashboards' queries: conversations of a day, in InfluxDB and in RRD databases."""
import contextlib, json, os, pathlib, re, struct, subprocess, sys, urllib.error, urllib.parse, urllib.request

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
FOLDER = TESTS.parent / "dashboards"
sys.path.insert(0, str(TESTS / "exports"))

import influxdb_test
import shipping

DAY = TESTS / "traces/day"
SPAN = (1704067200, 1704067200 + 86400)  # 2024-01-01
SESSIONS = 200


def day():
    """A pcap of few sessions: enough for all kinds of rows. Clients of the bundled traces repeat nothing: here some do."""
    made = subprocess.run([DAY / "generate", "--sessions", str(SESSIONS)], check=True, capture_output=True).stdout
    records, at, requests = [], 24, 0
    while at < len(made):
        seconds, micros, kept, _ = struct.unpack_from("<IIII", made, at)
        frame = made[at + 16:at + 16 + kept]
        records.append((seconds, micros, made[at + 8:at + 16 + kept]))
        at += 16 + kept
        # A client's segment with payload, by IPv4: once more, a little later.
        if frame[12:14] == b"\x08\x00" and frame[23] == 6 and frame[26] == 10 and kept > 14 + 20 + (frame[46] >> 4) * 4:
            requests += 1
            if requests % 10 == 1:
                later = micros + 10_000
                records.append((seconds + later // 1_000_000, later % 1_000_000, records[-1][2]))
    records.sort(key=lambda record: record[:2])
    return made[:24] + b"".join(struct.pack("<II", seconds, micros) + rest for seconds, micros, rest in records)


def tstat(program, *options, cwd):
    """What the program makes of the day."""
    done = subprocess.run([program, "-N", DAY / "networks.conf", *map(str, options), "-"], input=day(), cwd=cwd,
                          capture_output=True, timeout=600, env=os.environ | {"TZ": "UTC"})
    errors = done.stderr.decode()
    if "libcurl" in errors:
        shipping.skip("no exports by HTTP: " + errors.strip())
    assert done.returncode == 0, errors
    return done.stdout.decode() + errors


def databases():
    """Those of InfluxDB, by the uid of Grafana's data source."""
    description = (FOLDER / "grafana/provisioning/datasources/tstat.yaml").read_text()
    found = {}
    for part in description.split("- name: ")[1:]:
        lines = dict(line.strip().split(": ", 1) for line in part.splitlines()[1:] if ": " in line)
        if "database" in lines:
            found[lines["uid"].strip('"')] = lines["database"].strip('"')
    return found


def log_rows(output, log):
    """Of all directories of a run: rows as {column: text}."""
    rows = []
    for path in sorted(output.glob(f"*.out/{log}")):
        header, *lines = path.read_text().splitlines()
        names = [re.sub(r":\d+$|^#\d+#", "", name) for name in header.split()]
        rows += [dict(zip(names, line.split())) for line in lines]
    return rows


class Server(influxdb_test.Influxd):
    """influxd on a free port, with both forms of the points."""

    def __init__(self, work, program):
        (influxdb_test.INFLUXD,) = shipping.need("influxd")
        super().__init__(work)
        self.address = f"http://127.0.0.1:{self.port}"
        self.ask("", "CREATE DATABASE tstat_flows", post=True)
        write = f"influx={self.address}/write?db="
        said = tstat(program, "-s", work / "out", "--export", f"{write}tstat#name=roll", "--export",
                     f"{write}tstat_flows#name=flows&points=full", cwd=work)
        assert "rows wait" not in said and "lost" not in said, said

    def ask(self, database, text, post=False):
        """The series of an answer."""
        data = urllib.parse.urlencode({"q": text, "db": database, "epoch": "ms"})
        url = f"{self.address}/query"
        try:
            with contextlib.closing(urllib.request.urlopen(*((url, data.encode()) if post else (f"{url}?{data}",)))) as answer:
                (result,) = json.load(answer)["results"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{text}: {error.read().decode()}") from None
        assert "error" not in result, (text, result)
        return result.get("series", [])


def columns(series):
    """Of all series of an answer: each column's values that are there."""
    found = {}
    for one in series:
        for i, name in enumerate(one["columns"]):
            found.setdefault(name, []).extend(v[i] for v in one["values"] if v[i] is not None)
    return found
