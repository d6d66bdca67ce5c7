# SPDX-License-Identifier: BSD-3-Clause
"""Many rows: memory is bounded, time is told, sums are those of the rows.

usage: large_test.py [ROWS]
"""

import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time
import unittest

from reports import PROGRAM, TRACES, Page, analyse

ROWS = 100_000
FILES = 4
MEMORY_MB = 450  # 220 MB, and what differs between machines


def write(folder, header, cells, rows):
    """Logs in sessions, whose addresses, names, ports and volumes differ; gives the sums."""
    chance = random.Random(11)
    columns = [column.rsplit(":", 1)[0] for column in header.split("#")[-1].split()]
    place = {name: columns.index(name) for name in ("c_ip", "s_ip", "s_port", "c_bytes_all", "s_bytes_all", "first",
                                                    "last", "fqdn",
                                                    "s_pkts_rto", "c_tls_SNI")}
    sums = {"bytes": 0, "time-outs": 0}
    for number in range(FILES):
        session = folder / f"{number}.out"
        session.mkdir(parents=True)
        with open(session / "log_tcp_complete", "w", encoding="utf-8") as log:
            log.write(header + "\n")
            for _ in range(rows // FILES):
                up, down, late = chance.randrange(3000), int(2 ** (chance.random() * 20)), chance.random() < 0.01
                first = 1_700_000_000_000 + number * 3_600_000 + chance.random() * 3_600_000
                put = {"c_ip": f"10.{chance.randrange(4)}.{chance.randrange(256)}.{chance.randrange(256)}",
                       "s_ip": f"{chance.randrange(1, 224)}.{chance.randrange(256)}.3.4",
                       "s_port": chance.choice(("443", "80", "8080")),
                       "c_bytes_all": up, "s_bytes_all": down, "first": f"{first:.6f}",
                       "last": f"{first + down / 100:.6f}",
                       "fqdn": f"host{int(1.0001 ** chance.randrange(120_000))}.example.test", "c_tls_SNI": "-",
                       "s_pkts_rto": int(late)}
                for name, value in put.items():
                    cells[place[name]] = str(value)
                log.write(" ".join(cells) + "\n")
                sums["bytes"] += up + down
                sums["time-outs"] += late
    return sums


class ManyRows(unittest.TestCase):
    def test_memory_and_time(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            header, *rows = (analyse(folder,
                                     TRACES / "web.pcap") / "log_tcp_complete").read_text(encoding="utf-8").splitlines()
            sums = write(folder / "logs", header, rows[0].split(" "), ROWS)
            begin = time.monotonic()
            subprocess.run([PROGRAM, folder / "logs", "-o", folder / "report.html"], check=True,
                           stdout=subprocess.DEVNULL)
            seconds = time.monotonic() - begin
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            text = (folder / "report.html").read_text(encoding="utf-8")
        print(f"{ROWS} rows: {seconds:.1f} s, {memory:.0f} MB, page of {len(text) // 1000} kB", flush=True)
        page = Page(text)
        self.assertEqual(page.cards()["Flows"][0], ROWS // FILES * FILES)
        self.assertEqual(page.cards()["Payload"][0], sums["bytes"])
        self.assertEqual(page.table("causes")[0]["From servers"], sums["time-outs"])
        self.assertLess(memory, MEMORY_MB)
        self.assertLess(len(text), 300_000)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ROWS = int(sys.argv.pop())
    unittest.main()
