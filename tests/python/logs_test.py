# SPDX-License-Identifier: BSD-3-Clause
"""tstat.read_log: text logs as tables."""

import decimal
import gzip
import ipaddress
import pathlib
import shutil
import tempfile
import unittest
import warnings

import pandas as pd

import tstat
from traces import ALL, MIXED, NETWORKS, logs_of, rows_of

# What a log does not tell as the analysis does (docs/exports.md): modulo 256, means as printed, times through a double.
NOT_THE_SAME = ("c_syn_cnt", "s_syn_cnt", "c_fin_cnt", "s_fin_cnt")


def nanoseconds(text, per_unit):
    return int((decimal.Decimal(text) * per_unit).to_integral_value())


# What pandas' own reader has as text, as the value it says: the conversions of docs/exports.md, one a kind of column.
CONVERSIONS = {
    "unsigned": lambda text: int(text, 0),
    "signed": int,
    "bits": int,
    "enum": int,
    "bool": lambda text: bool(int(text)),
    "real": float,
    "address": lambda text: str(ipaddress.ip_address(text)),
    "text": str,
}
# What stands for nothing; a column of counts can have 0 for it.
NOTHING = ("-", "--", "---", "0", "0.0")


def as_pandas_reads_it(log):
    """The log's rows by pandas.read_csv, as texts by the names of the header line."""
    with open(log, encoding="utf-8") as file:
        header, sample = file.readline(), file.readline()
    names = [name.rsplit(":", 1)[0] for name in header.split("#")[-1].split()]
    if not sample:
        return pd.DataFrame(columns=names)
    frame = pd.read_csv(log, sep="\t" if "\t" in sample else " ", header=None, skiprows=1, dtype=str, keep_default_na=False, quoting=3)
    return frame.iloc[:, : len(names)].set_axis(names, axis=1)


class Logs(unittest.TestCase):
    def setUp(self):
        self.holder, self.logs = logs_of(MIXED)
        self.addCleanup(self.holder.cleanup)
        self.directory = pathlib.Path(self.holder.name)

    def told(self, call):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            result = call()
        return result, [str(warning.message) for warning in told]

    def test_all_logs(self):
        analysis = tstat.read(MIXED, profile="3.1.1", networks=NETWORKS)
        for name in ("tcp", "tcp_nocomplete", "udp", "http", "video", "chat", "chat_messages", "media"):
            log, told = self.told(lambda: tstat.read_log(self.logs / tstat.schema(name).log))
            self.assertEqual(told, [])
            self.assertEqual((log.name, len(log)), (name, len(analysis[name])), name)
            for column in log.columns:
                self.assertIn(column, analysis[name].columns)

    def test_values_are_those_of_the_analysis(self):
        for trace in ALL:
            holder, logs = logs_of(trace)
            with holder:
                analysis = tstat.read(trace, profile="3.1.1", networks=NETWORKS)
                for name in ("tcp", "tcp_nocomplete", "udp"):
                    log, table = tstat.read_log(logs / tstat.schema(name).log), analysis[name]
                    rows = list(zip(log, table))
                    for column in log.columns:
                        kind = tstat.schema(name)[column].kind
                        if kind not in ("unsigned", "bool", "enum", "bits", "text", "address") or column in NOT_THE_SAME:
                            continue
                        for ours, theirs in rows:
                            # A 0 of the log may stand for nothing.
                            expected = getattr(theirs, column)
                            self.assertIn(getattr(ours, column), (expected, 0) if expected is None else (expected,), column)

    def test_values_are_those_pandas_reads(self):
        """Every column of every log that has one header line."""
        checked = {}
        for trace, profile in [(trace, profile) for trace in ALL for profile in ("3.1.1", "3.3")]:
            holder, logs = logs_of(trace, profile)
            with holder:
                for name in ("tcp", "tcp_nocomplete", "udp", "video", "chat", "chat_messages", "media"):
                    if name == "media" and profile == "3.1.1":  # It has no header line.
                        continue
                    theirs = as_pandas_reads_it(logs / tstat.schema(name).log)
                    ours = tstat.read_log(logs / tstat.schema(name).log).to_pandas(text="object")
                    self.assertEqual(len(ours), len(theirs))
                    for column in tstat.schema(name):
                        if column.name in ours and column.name in theirs:
                            where = f"{name} {column.name} {trace.name} {profile}"
                            self.same(column, ours[column.name], theirs[column.name], where)
                            checked.setdefault(column.kind, set()).add(column.name)
        self.assertEqual(set(checked), {*CONVERSIONS, "time", "duration"})
        self.assertGreater(sum(len(names) for names in checked.values()), 220)

    def same(self, column, ours, theirs, where):
        codes = {code.name: code.value for code in column.codes}
        for value, text in zip(ours, theirs):
            if pd.isna(value):
                # (RTCP's jitter is printed in units of a clock that the log does not tell.)
                self.assertTrue(text in NOTHING or column.name.startswith("jitter_"), f"{where}: {text}")
            elif column.kind in ("time", "duration"):
                self.assertIn(value.value, (nanoseconds(text, 10**6), nanoseconds(text, 10**9)), f"{where}: {text}")
            elif column.name == "speed":  # printed of RTCP in kbit/s
                self.assertIn(f"{value:.6g}", (f"{float(text):.6g}", f"{1000 * float(text):.6g}"), where)
            else:
                self.assertEqual(codes.get(value, value), CONVERSIONS[column.kind](text), where)

    def test_the_header_says_which_columns(self):
        names, rows = rows_of(self.logs / "log_tcp_complete")
        some = ["c_ip", "s_port", "fqdn", "c_pkts_all"]
        log = self.directory / "log_tcp_complete"
        places = [names.index(name) for name in some]
        log.write_text("#" + " ".join(some) + "\n" + "".join(" ".join(row[p] for p in places) + "\n" for row in rows), encoding="utf-8")
        table = tstat.read_log(log)
        self.assertEqual(sorted(table.columns), sorted(some))
        self.assertEqual(table["c_pkts_all"].tolist(), [int(row[names.index("c_pkts_all")]) for row in rows])

    def test_patterns_lists_and_gzip(self):
        for i in range(3):
            run = self.directory / f"run{i}"
            run.mkdir()
            if i == 1:
                with gzip.open(run / "log_tcp_complete.gz", "wb") as out:
                    out.write((self.logs / "log_tcp_complete").read_bytes())
            else:
                shutil.copy(self.logs / "log_tcp_complete", run)
        one = tstat.read_log(self.logs / "log_tcp_complete")
        for logs in (f"{self.directory}/run*/log_tcp_complete*", sorted(self.directory.glob("run*/log_tcp_complete*"))):
            table, told = self.told(lambda: tstat.read_log(logs))
            self.assertEqual(told, [])
            self.assertEqual(len(table), 3 * len(one))
            self.assertEqual(table["c_port"].tolist(), 3 * one["c_port"].tolist())
        chunks = list(tstat.log_chunks(f"{self.directory}/run*/log_tcp_complete*", rows=4))
        self.assertTrue(all(len(chunk) == 4 for chunk in chunks[:-1]) and 0 < len(chunks[-1]) <= 4)
        self.assertEqual([row for chunk in chunks for row in chunk], list(table))

    def test_mixed_headers_are_told(self):
        first, second = self.directory / "a", self.directory / "b"
        for place, columns in ((first, ["c_ip", "c_port", "fqdn"]), (second, ["c_ip", "s_port"])):
            place.mkdir()
            cells = {"c_ip": "10.0.0.1", "c_port": "1000", "s_port": "443", "fqdn": "example.org"}
            (place / "log_tcp_complete").write_text("#" + " ".join(columns) + "\n" + " ".join(cells[c] for c in columns) + "\n",
                                                    encoding="utf-8")
        table, told = self.told(lambda: tstat.read_log(f"{self.directory}/[ab]/log_tcp_complete"))
        self.assertEqual(len(told), 1)
        self.assertRegex(told[0], "b/log_tcp_complete: has other columns than .*a/log_tcp_complete")
        self.assertEqual([(r.c_ip.compressed, r.c_port, r.s_port, r.fqdn) for r in table],
                         [("10.0.0.1", 1000, None, "example.org"), ("10.0.0.1", None, 443, None)])

    def test_a_header_in_the_middle(self):
        log = self.directory / "log_tcp_complete"
        log.write_text("#c_ip c_port\n10.0.0.1 1\n#c_ip s_port\n10.0.0.1 2\n", encoding="utf-8")
        table, told = self.told(lambda: tstat.read_log(log))
        self.assertEqual([(row.c_port, row.s_port) for row in table], [(1, None), (None, 2)])
        self.assertRegex(told[0], "log_tcp_complete:4: from here on there are other columns; before, they are absent")

    def test_a_header_in_the_middle_with_fewer_columns(self):
        log = self.directory / "log_tcp_complete"
        log.write_text("#c_ip c_port\n10.0.0.1 1\n#c_ip\n10.0.0.2\n#c_ip c_port\n10.0.0.3 3\n", encoding="utf-8")
        table, told = self.told(lambda: tstat.read_log(log))
        self.assertEqual([row.c_port for row in table], [1, None, 3])
        self.assertEqual(len(told), 1)
        self.assertRegex(told[0], "log_tcp_complete:4: from here on there are other columns; those before are absent")
        _, told = self.told(lambda: tstat.read_log(log, columns=["c_ip"]))
        self.assertEqual(told, [])  # of those that nobody wants nothing is told

    def test_a_large_log(self):
        """Several threads read it, and one does where there is something to tell: the rows are the same."""
        header, _, rows = (self.logs / "log_tcp_complete").read_text(encoding="utf-8").partition("\n")
        times = (40 << 20) // len(rows) + 1
        log = self.directory / "log_tcp_complete"
        one = tstat.read_log(self.logs / "log_tcp_complete")
        for odd in ("", "1 2 3\n", header + "\n", "#c_ip c_port\n10.0.0.1 7\n" + header + "\n"):
            log.write_text(header + "\n" + rows * times + odd + rows * times, encoding="utf-8")
            table, told = self.told(lambda: tstat.read_log(log))
            extra = 1 if "10.0.0.1 7" in odd else 0
            self.assertEqual(len(told), 1 if odd.startswith(("1 2 3", "#c_ip")) else 0, told)
            self.assertEqual(len(table), 2 * times * len(one) + extra)
            ports = one["c_port"].tolist() * times
            self.assertEqual(table["c_port"].tolist(), ports + [7] * extra + ports)
            names = tuple(row.fqdn for row in one) * times
            codes, texts = table.categories("fqdn")
            self.assertEqual([None if c < 0 else texts[c] for c in codes], list(names + (None,) * extra + names))

    def test_a_cut_gzip(self):
        whole = gzip.compress((self.logs / "log_tcp_complete").read_bytes() * 50)
        log = self.directory / "log_tcp_complete.gz"
        log.write_bytes(whole[:len(whole) // 2])
        table, told = self.told(lambda: tstat.read_log(log))
        self.assertGreater(len(table), 10)
        self.assertTrue(any("in the middle" in text and str(log) in text for text in told), told)

    def test_lines_that_are_no_rows(self):
        log = self.directory / "log_tcp_complete"
        log.write_text("#c_ip c_port\n10.0.0.1 1\n10.0.0.1\n10.0.0.2 x\n10.0.0.3 3\n", encoding="utf-8")
        table, told = self.told(lambda: tstat.read_log(log))
        self.assertEqual([row.c_port for row in table], [1, None, 3])
        self.assertRegex(told[0], "log_tcp_complete:3: 1 cells where")
        self.assertRegex(told[1], "log_tcp_complete:4: column c_port")

    def test_empty_input(self):
        log = self.directory / "log_tcp_complete"
        log.write_bytes(b"")
        table = tstat.read_log(log)
        self.assertEqual(len(table), 0)
        self.assertIn("c_rtt_avg", table.columns)
        self.assertEqual(list(table.to_pandas().columns), table.columns)
        log.write_text("#c_ip c_port\n", encoding="utf-8")
        self.assertEqual(tstat.read_log(log).columns, ["c_ip", "c_port"])
        self.assertEqual(list(tstat.log_chunks(log)), [])

    def test_errors(self):
        for logs, status in ((self.directory / "nothing/log_tcp_complete", "NOT_FOUND"), (f"{self.directory}/x*/log*", "NOT_FOUND"),
                             (NETWORKS, "INVALID_ARGUMENT"), ([self.logs / "log_tcp_complete", self.logs / "log_udp_complete"], "INVALID_ARGUMENT"),
                             ([], "NOT_FOUND")):
            with self.assertRaises(tstat.Error) as caught:
                tstat.read_log(logs)
            self.assertEqual(caught.exception.status, status)
        with self.assertRaises(KeyError):
            tstat.read_log(self.logs / "log_tcp_complete", table="udp")

    def test_some_columns(self):
        log = self.logs / "log_tcp_complete"
        whole = tstat.read_log(log)
        for some in ([table] for table in ("c_ip", "fqdn", "first")):
            read = tstat.read_log(log, columns=some)
            self.assertEqual(read.columns, some)
            self.assertEqual([row[0] for row in read], [getattr(row, some[0]) for row in whole])
        some = ["s_port", "c_rtt_avg"]  # in the order of the schema
        chunks = list(tstat.log_chunks([log, log], 3, columns=some))
        self.assertEqual([len(chunk) for chunk in chunks[:-1]], [3] * (len(chunks) - 1))
        self.assertEqual([row for chunk in chunks for row in chunk], [(row.s_port, row.c_rtt_avg) for row in whole] * 2)
        with self.assertRaisesRegex(KeyError, "s_prt: no such column of tcp in these logs; did you mean s_port?"):
            tstat.read_log(log, columns=["c_ip", "s_prt"])
        for wrong in ([], "c_ip"):
            with self.assertRaises(ValueError):
                tstat.log_chunks(log, columns=wrong)

    def test_files_of_other_columns_are_told_if_it_matters(self):
        names, rows = rows_of(self.logs / "log_tcp_complete")
        log = self.directory / "log_tcp_complete"
        log.write_text("#15#" + " ".join(f"{name}:{i}" for i, name in enumerate(names[:20], 1)) + "\n" +
                       "".join(" ".join(row[:20]) + "\n" for row in rows), encoding="utf-8")
        logs = [log, self.logs / "log_tcp_complete"]
        read, told = self.told(lambda: tstat.read_log(logs, columns=["c_ip", "s_port"]))
        self.assertEqual((len(read), told), (2 * len(rows), []))
        read, told = self.told(lambda: tstat.read_log(logs, columns=["c_ip", "fqdn"]))
        self.assertIn("has other columns than", told[0])
        self.assertEqual([row.fqdn for row in read][:len(rows)], [None] * len(rows))

    def test_places(self):
        lines = (self.logs / "log_tcp_complete").read_text(encoding="utf-8").splitlines()
        log = self.directory / "log_tcp_complete"
        log.write_text("\n".join([lines[0], lines[1], "no row", lines[0], *lines[2:]]) + "\n", encoding="utf-8")
        logs = [log, self.logs / "log_tcp_complete"]
        for kwargs in ({}, {"columns": ["c_ip"]}):
            read, told = self.told(lambda: tstat.read_log(logs, places=True, **kwargs))  # pylint: disable=cell-var-from-loop
            self.assertEqual(len(told), 1, told)
            own = [2, *range(5, len(lines) + 3)]
            self.assertEqual(read.lines.tolist(), own + list(range(2, len(lines) + 1)))
            self.assertEqual(read.files.tolist(), [0] * len(own) + [1] * (len(lines) - 1))
        self.assertEqual(len(tstat.read_log(log, columns=["c_ip"]).lines), 0)

    def test_a_log_of_two_tables(self):
        with tempfile.TemporaryDirectory() as directory:
            log = pathlib.Path(directory, "log_http_complete")
            shutil.copy(self.logs / "log_http_complete", log)
            table = tstat.read_log(log)
        self.assertEqual(table.name, "http")
        self.assertTrue(any(row.method == "GET" for row in table) and any(row.method is None for row in table))


if __name__ == "__main__":
    unittest.main()
