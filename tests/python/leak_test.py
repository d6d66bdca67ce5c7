# SPDX-License-Identifier: BSD-3-Clause
"""Memory stays flat over many analyses in one process.

  leak_test.py [ANALYSES]      200 unless something else is said
"""

import gc
import os
import sys
import tempfile
import unittest

import tstat
from traces import MIXED, NETWORKS, TRACES, logs_of

ANALYSES = 200


def resident_kb():
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class Leaks(unittest.TestCase):
    def flat(self, once, count, allowed_kb):
        for _ in range(count // 4 + 10):
            once()
        before = resident_kb()
        for _ in range(count):
            once()
        self.assertLess(resident_kb() - before, allowed_kb)

    def test_analyses(self):
        def once():
            analysis = tstat.read(MIXED, profile="3.1.1", networks=NETWORKS)
            for table in analysis.tables.values():
                table.__arrow_c_stream__()
                list(table)
                for name in table.columns:
                    table[name]  # pylint: disable=pointless-statement
            analysis.tcp.to_pandas()

        # An analysis has some 200 kB in columns and records.
        self.flat(once, ANALYSES, 2000)

    def test_errors_call_backs_and_chunks(self):
        class Stop(Exception):
            pass

        def stop(_):
            raise Stop

        def once():
            analyzer = tstat.Analyzer(profile="3.1.1", tables=["http"])
            analyzer.on("http", stop)
            with self.assertRaises(Stop):
                analyzer.read(MIXED)
            with self.assertRaises(tstat.Error):
                tstat.read("nothing", profile="3.1.1")
            next(tstat.chunks(TRACES / "web.pcap", "tcp", rows=1, profile="3.1.1"))  # the rest is not asked for

        self.flat(once, ANALYSES, 2000)

    def test_logs(self):
        holder, logs = logs_of(MIXED)
        with holder, tempfile.TemporaryDirectory():
            self.flat(lambda: list(tstat.read_log(logs / "log_tcp_complete")), ANALYSES, 2000)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ANALYSES = int(sys.argv.pop())
    unittest.main()
