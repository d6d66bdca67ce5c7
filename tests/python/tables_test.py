# SPDX-License-Identifier: BSD-3-Clause
"""tstat.read: tables, their columns as arrays, records, the schema, errors."""

import gc
import io
import ipaddress
import json
import pathlib
import tempfile
import unittest
import warnings

import numpy as np

import tstat
from traces import ALL, MIXED, NETWORKS, TRACES, logs_of, rows_of


def read(trace=MIXED, **options):
    options.setdefault("profile", "3.1.1")
    options.setdefault("networks", NETWORKS)
    return tstat.read(trace, **options)


class Tables(unittest.TestCase):
    def test_rows_are_those_of_the_logs(self):
        for trace in ALL:
            for profile in ("3.1.1", "3.3"):
                with self.subTest(trace=trace.name, profile=profile):
                    holder, logs = logs_of(trace, profile)
                    with holder:
                        analysis = read(trace, profile=profile)
                        for name in ("tcp", "tcp_nocomplete", "udp"):
                            names, rows = rows_of(logs / tstat.schema(name).log)
                            table = analysis[name]
                            self.assertEqual(len(table), len(rows))
                            for column in ("c_pkts_all", "c_ip", "c_port", "s_ip", "s_port"):
                                if column not in names:
                                    continue
                                cells = [row[names.index(column)] for row in rows]
                                if column.endswith("_ip"):
                                    cells = [ipaddress.ip_address(cell) for cell in cells]
                                    self.assertEqual(list(table.addresses(column)), cells)
                                else:
                                    self.assertEqual(table[column].tolist(), [int(cell) for cell in cells])

    def test_types_follow_the_schema(self):
        dtypes = {"unsigned": "u", "signed": "i", "real": "f", "bool": "b", "enum": "u", "bits": "u", "text": "O",
                  "address": "V", "time": "M", "duration": "m"}
        tables = read().tables
        self.assertEqual(list(tables), ["tcp", "tcp_nocomplete", "udp", "media", "chat", "chat_messages", "video", "http",
                                        "tls", "dns"])
        for name, table in tables.items():
            for column in table.columns:
                described = tstat.schema(name)[column]
                values = table[column]
                self.assertEqual(values.dtype.kind, dtypes[described.kind], column)
                if described.type[-1].isdigit() and described.kind in ("unsigned", "signed", "enum", "bits"):
                    self.assertEqual(values.dtype.itemsize * 8, int(described.type.lstrip("uintenmbs")), column)
                self.assertEqual(len(values), len(table))
                self.assertEqual(isinstance(values, np.ma.MaskedArray), described.nullable or not table.valid(column).all())
        self.assertEqual(tables["tcp"]["first"].dtype, np.dtype("datetime64[ns]"))
        self.assertEqual(tables["tcp"]["durat"].dtype, np.dtype("timedelta64[ns]"))
        self.assertEqual(tables["tcp"]["c_ip"].dtype, np.dtype("V16"))

    def test_columns_are_the_memory_of_the_analysis(self):
        table = read().tcp
        first, again = table["c_pkts_all"], table["c_pkts_all"]
        self.assertEqual(first.__array_interface__["data"], again.__array_interface__["data"])
        self.assertFalse(first.flags.owndata)
        self.assertFalse(first.flags.writeable)
        masked = table["c_rtt_avg"]
        self.assertEqual(masked.data.__array_interface__["data"], table.values("c_rtt_avg").__array_interface__["data"])
        # They hold it when the table is gone.
        expected = first.tolist()
        del table, again, masked
        gc.collect()
        read()
        self.assertEqual(first.tolist(), expected)

    def test_what_is_absent_is_masked(self):
        table = read().tcp
        names = table["fqdn"]
        self.assertTrue(names.mask.any() and not names.mask.all())
        self.assertTrue(all(isinstance(name, str) for name in names.compressed()))
        self.assertEqual((~table.valid("fqdn")).tolist(), names.mask.tolist())
        retransmitted = table["c_rtt_avg"]
        self.assertTrue(np.all(retransmitted.compressed() > np.timedelta64(0)))

    def test_texts_and_categories(self):
        table = read().http
        codes, texts = table.categories("hostname")
        self.assertEqual(len(texts), len(set(texts)))
        joined = [None if code < 0 else texts[code] for code in codes]
        self.assertEqual(joined, [None if m else v for v, m in zip(table["hostname"].data, np.ma.getmaskarray(table["hostname"]))])
        raw, offsets = table.values("hostname").tobytes(), table.offsets("hostname")
        self.assertEqual([raw[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])], [name or "" for name in joined])
        codes, texts = read().udp.categories("c_type")
        self.assertEqual({texts[code] for code in codes}, {texts[code] for code in set(codes.tolist())})
        self.assertIn("dns", texts)

    def test_records(self):
        analysis = read()
        rows = list(analysis.tcp)
        self.assertEqual(len(rows), len(analysis.tcp))
        self.assertIsInstance(rows[0].c_ip, ipaddress.IPv4Address)
        self.assertIsInstance(rows[0].c_pkts_all, int)
        self.assertIsInstance(rows[0].first, np.datetime64)
        self.assertEqual([row.c_pkts_all for row in rows], analysis.tcp["c_pkts_all"].tolist())
        self.assertEqual([row.fqdn for row in rows].count(None), int(analysis.tcp["fqdn"].mask.sum()))
        self.assertIn("port", type(rows[0]).c_port.__doc__)
        self.assertEqual({row.method for row in analysis.http}, {None, "GET", "POST"})

    def test_a_column_that_is_a_keyword(self):
        messages = tstat.read(MIXED, profile="3.3", tables=["dns_messages"]).dns_messages
        self.assertEqual([row.class_ for row in messages], messages["class"].tolist())
        self.assertGreater(len(messages), 10)

    def test_chunks(self):
        for names in ("tcp", ["tcp", "udp"]):
            whole = read()
            chunks = list(tstat.chunks(MIXED, names, rows=3, profile="3.1.1", networks=NETWORKS))
            self.assertTrue(all(0 < len(chunk) <= 3 for chunk in chunks))
            for name in [names] if isinstance(names, str) else names:
                rows = [row for chunk in chunks if chunk.name == name for row in chunk]
                self.assertEqual(rows, list(whole[name]))
                self.assertEqual({len(c) for c in [c for c in chunks if c.name == name][:-1]}, {3})
        with self.assertRaisesRegex(ValueError, "rows: 0"):
            tstat.chunks(MIXED, rows=0, profile="3.1.1")

    def test_options_of_the_command(self):
        self.assertEqual(len(read(bpf="udp").tcp), 0)
        with tempfile.TemporaryDirectory() as directory:
            analysis = read(output_dir=pathlib.Path(directory), keys={"log_http_complete": 1}, tables=["tls"])
            self.assertTrue(pathlib.Path(analysis.directory, "log_tcp_complete").is_file())
            self.assertEqual(list(analysis.tables), ["tls"])
        self.assertIn("total TCP flows analized : 16", analysis.report)
        self.assertEqual(analysis.statistics["tcp_flows"], 16)
        self.assertEqual(sum(read().statistics["dropped"].values()), 25)

    def test_networks(self):
        by_file = read()
        by_prefixes = read(networks=["10.0.0.0/24", ipaddress.ip_network("2001:db8:1::/64")])
        self.assertEqual(list(by_file.tcp), list(by_prefixes.tcp))
        self.assertLess(len(read(networks="10.0.0.2/32").tcp), len(by_file.tcp))

    def test_anonymisation(self):
        plain = read().tcp.categories("c_ip")[1]
        hidden = read(strict_anonymity=True, keyvalue="a key of thirty-two bytes, hidden").tcp
        self.assertFalse(set(plain) & set(hidden.categories("c_ip")[1]))
        with tempfile.TemporaryDirectory() as directory:
            nets = pathlib.Path(directory, "nets")
            nets.write_text("10.0.0.0/24\n", encoding="utf-8")
            images = read(crypto_nets=nets, keyvalue="a key of thirty-two bytes, hidden").tcp.categories("c_ip")[1]
        self.assertFalse({text for text in plain if text.startswith("10.0.0.")} & set(images))

    def test_csv_and_json(self):
        table = read().tcp
        columns = ["c_ip", "c_port", "first", "durat", "c_isint", "fqdn"]
        out = io.StringIO()
        table.to_csv(out, columns)
        lines = out.getvalue().splitlines()
        self.assertEqual(lines[0], ",".join(columns))
        self.assertEqual(len(lines), len(table) + 1)
        ns = int(table["first"][0].astype("i8"))
        self.assertEqual(lines[1].split(",")[2], f"{ns // 10**6}.{ns % 10**6:06d}")
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory, "rows.jsonl")
            table.to_json(file, columns)
            rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        self.assertEqual([row["c_port"] for row in rows], table["c_port"].tolist())
        self.assertEqual([row["fqdn"] for row in rows], [row.fqdn for row in table])
        self.assertEqual(type(rows[0]["c_isint"]), bool)

    def test_profiles_differ(self):
        old, new = read(), read(profile="3.3")
        self.assertNotIn("c_tls_version", old.tcp)
        self.assertGreater(len(new.tcp.columns), len(old.tcp.columns))
        self.assertGreater(len(new.dns_messages), 0)
        self.assertFalse(hasattr(old, "dns_messages"))


class Schema(unittest.TestCase):
    def test_all_tables(self):
        self.assertEqual(tstat.tables()[0], "tcp")
        for name in tstat.tables():
            schema = tstat.schema(name)
            self.assertEqual(len(schema.names), len(set(schema.names)), name)
            self.assertTrue(schema.description and schema.log and schema.profiles)
            for column in schema:
                self.assertTrue(column.name.isidentifier() and column.description and column.profiles, column.name)
                self.assertIn(column.name, str(schema))

    def test_a_column(self):
        column = tstat.schema("tcp")["c_rtt_avg"]
        self.assertEqual((column.kind, column.unit, column.side), ("duration", "ns", "client"))
        self.assertTrue(column.nullable)
        self.assertEqual([code.name for code in tstat.schema("udp")["c_type"].codes][:1], ["unknown"])
        self.assertEqual(len(tstat.schema("udp")["c_type"].codes), len({c.value for c in tstat.schema("udp")["c_type"].codes}))


class Errors(unittest.TestCase):
    def test_a_file_that_is_not_there(self):
        with self.assertRaises(tstat.Error) as caught:
            read("nothing")
        self.assertEqual((caught.exception.status, caught.exception.file, caught.exception.line), ("NOT_FOUND", "nothing", None))
        self.assertEqual(caught.exception.reason, "No such file or directory")

    def test_a_line_of_a_configuration_file(self):
        with tempfile.TemporaryDirectory() as directory:
            nets = pathlib.Path(directory, "nets")
            nets.write_text("10.0.0.0/8\n10.0.0.0/33\n", encoding="utf-8")
            with self.assertRaises(tstat.Error) as caught:
                read(networks=nets)
        self.assertEqual((caught.exception.file, caught.exception.line), (str(nets), 2))
        self.assertIn("10.0.0.0/33", caught.exception.reason)

    def test_what_is_no_trace(self):
        with self.assertRaises(tstat.Error) as caught:
            read(NETWORKS)
        self.assertEqual(caught.exception.status, "INVALID_ARGUMENT")
        with self.assertRaises(tstat.Error):
            read(TRACES)

    def test_a_trace_that_is_cut(self):
        with tempfile.TemporaryDirectory() as directory:
            cut = pathlib.Path(directory, "cut.pcap")
            cut.write_bytes(MIXED.read_bytes()[:-100000])
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                analysis = read(cut)
            self.assertEqual([w.category for w in told], [tstat.TstatWarning])
            self.assertIn(str(cut), str(told[0].message))
            self.assertEqual(analysis.problem, str(told[0].message))
            self.assertGreater(len(analysis.udp), 0)
            with self.assertWarns(tstat.TstatWarning):
                rows = [row for chunk in tstat.chunks(cut, "udp", profile="3.1.1", networks=NETWORKS) for row in chunk]
            self.assertEqual(rows, list(analysis.udp))

    def test_names_that_are_none(self):
        table = read().tcp
        for call, message in ((lambda: table["c_rtt_av"], "did you mean c_rtt_avg"), (lambda: read()["tpc"], "did you mean tcp"),
                              (lambda: tstat.schema("udpp"), "did you mean udp"), (lambda: read(tables=["tcpp"]), "did you mean tcp"),
                              (lambda: table.to_csv(io.StringIO(), ["nothing"]), "no such column")):
            with self.assertRaisesRegex(KeyError, message):
                call()
        with self.assertRaisesRegex(TypeError, "did you mean output_dir"):
            read(outputdir="x")
        with self.assertRaisesRegex(TypeError, "profile"):
            tstat.read(MIXED)
        with self.assertRaisesRegex(tstat.Error, "compat|4.0"):
            read(profile="4.0")
        with self.assertRaisesRegex(tstat.Error, "no rows of this table"):
            read(tables=["dns_messages"])
        with self.assertRaises(tstat.Error):
            read(networks=["10.0.0.0/33"])
        with self.assertRaises(AttributeError):
            read(tables=["tcp"]).udp


if __name__ == "__main__":
    unittest.main()
