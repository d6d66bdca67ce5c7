# SPDX-License-Identifier: BSD-3-Clause
"""Tables as data frames, and for Arrow's consumers: one of the test's own, by ctypes."""

import csv
import ctypes
import io
import ipaddress
import os
import struct
import tempfile
import unittest
from unittest import mock

import numpy as np
import pandas as pd

import tstat
from tstat import _duckdb
from traces import ALL, MIXED, NETWORKS, TRACES, logs_of


def read(trace=MIXED, **options):
    return tstat.read(trace, profile="3.1.1", networks=NETWORKS, **options)


class Frames(unittest.TestCase):
    def test_types(self):
        analysis = read()
        for table in analysis.tables.values():
            frame = table.to_pandas()
            self.assertEqual(list(frame.columns), table.columns)
            self.assertEqual(len(frame), len(table))
            for name in table.columns:
                column, dtype = tstat.schema(table.name)[name], frame[name].dtype
                if column.kind in ("text", "address"):
                    self.assertIsInstance(dtype, pd.CategoricalDtype, name)
                elif column.kind in ("time", "duration"):
                    self.assertEqual(dtype.kind, "M" if column.kind == "time" else "m", name)
                elif column.nullable:
                    self.assertTrue(pd.api.types.is_extension_array_dtype(dtype), name)
                self.assertEqual(frame[name].isna().tolist(), (~table.valid(name)).tolist(), name)

    def test_values(self):
        table = read().tcp
        frame = table.to_pandas()
        self.assertEqual(frame["c_pkts_all"].tolist(), table["c_pkts_all"].tolist())
        self.assertEqual([None if pd.isna(name) else name for name in frame["fqdn"]], [row.fqdn for row in table])
        self.assertEqual(frame["c_ip"].astype(str).tolist(), [str(a) for a in table.addresses("c_ip")])
        self.assertTrue((frame["first"].to_numpy() == table["first"]).all())
        self.assertEqual(str(read().udp.to_pandas()["c_type"].dtype), "category")
        self.assertIn("dns", set(read().udp.to_pandas()["c_type"]))

    def test_as_pandas_reads_the_log(self):
        """What pandas makes of the text, after the conversions of the documentation, is what the table has."""
        for trace in ALL:
            holder, logs = logs_of(trace)
            with holder:
                table = read(trace).tcp
                text = (logs / "log_tcp_complete").read_text(encoding="utf-8")
                header, _, rows = text.partition("\n")
                names = [name.rsplit(":", 1)[0] for name in header.split("#")[-1].split()]
                log = pd.read_csv(io.StringIO(rows), sep=" ", header=None, names=names, keep_default_na=False)
                frame = table.to_pandas()
                self.assertEqual(len(frame), len(log))
                checked = 0
                for column in tstat.schema("tcp"):
                    if column.name not in frame or column.name not in log or not len(log):
                        continue
                    there = frame[column.name].notna()
                    ours, theirs = frame[column.name][there], log[column.name][there.to_numpy()]
                    if column.kind in ("unsigned", "bool", "bits") and column.name not in ("c_syn_cnt", "s_syn_cnt", "c_fin_cnt", "s_fin_cnt"):
                        self.assertEqual(ours.astype("int64").tolist(), theirs.astype("int64").tolist(), column.name)
                    elif column.kind == "address":
                        self.assertEqual([ipaddress.ip_address(a) for a in ours], [ipaddress.ip_address(a) for a in theirs])
                    elif column.kind == "duration" and "rtt" not in column.name:
                        ms = ours.dt.total_seconds() * 1000
                        self.assertLess(float((ms - theirs.astype(float).to_numpy()).abs().max() if len(ms) else 0), 0.001, column.name)
                    else:
                        continue
                    checked += 1
                self.assertGreater(checked, 80 if len(log) else -1)

    def test_memory_is_shared_unless_copied(self):
        table = read().tcp
        address = table.values("c_pkts_all").__array_interface__["data"][0]
        self.assertEqual(table.to_pandas(["c_pkts_all"])["c_pkts_all"].to_numpy().__array_interface__["data"][0], address)
        copied = table.to_pandas(["c_pkts_all"], copy=True)
        copied.loc[0, "c_pkts_all"] = 7
        self.assertNotEqual(table["c_pkts_all"][0], 7)

    def test_texts_as_objects(self):
        frame = read().tcp.to_pandas(["c_ip", "fqdn"], text="object")
        self.assertEqual(frame["c_ip"].dtype, np.dtype(object))
        with self.assertRaisesRegex(ValueError, "text"):
            read().tcp.to_pandas(text="str")

    def test_groups(self):
        frame = read().udp.to_pandas()
        sums = frame.groupby("c_ip", observed=True)["c_bytes_all"].sum()
        self.assertEqual(int(sums.sum()), int(read().udp["c_bytes_all"].sum()))


class ArrowSchema(ctypes.Structure):
    pass


ArrowSchema._fields_ = [("format", ctypes.c_char_p), ("name", ctypes.c_char_p), ("metadata", ctypes.c_char_p),
                        ("flags", ctypes.c_int64), ("n_children", ctypes.c_int64),
                        ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))), ("dictionary", ctypes.c_void_p),
                        ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowSchema))), ("private_data", ctypes.c_void_p)]


class ArrowArray(ctypes.Structure):
    pass


ArrowArray._fields_ = [("length", ctypes.c_int64), ("null_count", ctypes.c_int64), ("offset", ctypes.c_int64),
                       ("n_buffers", ctypes.c_int64), ("n_children", ctypes.c_int64),
                       ("buffers", ctypes.POINTER(ctypes.c_void_p)), ("children", ctypes.POINTER(ctypes.POINTER(ArrowArray))),
                       ("dictionary", ctypes.c_void_p), ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArray))),
                       ("private_data", ctypes.c_void_p)]


class ArrowStream(ctypes.Structure):
    pass


ArrowStream._fields_ = [("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ArrowStream), ctypes.POINTER(ArrowSchema))),
                        ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ArrowStream), ctypes.POINTER(ArrowArray))),
                        ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(ArrowStream))),
                        ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowStream))), ("private_data", ctypes.c_void_p)]


def values_of(schema, array):
    """A column as Python's values; None where it is null."""
    rows, kind = array.length, schema.format.decode()
    validity = array.buffers[0]
    bits = ctypes.string_at(validity, (rows + 7) // 8) if validity else None
    valid = [bits is None or bits[i // 8] >> i % 8 & 1 for i in range(rows)]
    if kind == "U":
        offsets = struct.unpack(f"<{rows + 1}q", ctypes.string_at(array.buffers[1], 8 * (rows + 1)))
        data = ctypes.string_at(array.buffers[2], offsets[-1]) if offsets[-1] else b""
        values = [data[a:b].decode("utf-8") for a, b in zip(offsets[:-1], offsets[1:])]
    elif kind == "b":
        data = ctypes.string_at(array.buffers[1], (rows + 7) // 8)
        values = [bool(data[i // 8] >> i % 8 & 1) for i in range(rows)]
    else:
        letter, size = {"C": ("B", 1), "c": ("b", 1), "S": ("H", 2), "s": ("h", 2), "I": ("I", 4), "i": ("i", 4), "L": ("Q", 8),
                        "l": ("q", 8), "g": ("d", 8), "tsn:": ("q", 8), "tDn": ("q", 8)}[kind]
        values = list(struct.unpack(f"<{rows}{letter}", ctypes.string_at(array.buffers[1], size * rows))) if rows else []
    return [value if is_valid else None for value, is_valid in zip(values, valid)]


class Arrow(unittest.TestCase):
    def stream_of(self, table):
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        self.capsule = table.__arrow_c_stream__()
        return ctypes.cast(pointer(self.capsule, b"arrow_array_stream"), ctypes.POINTER(ArrowStream))

    def columns_of(self, table):
        stream = self.stream_of(table)
        schema, array, end = ArrowSchema(), ArrowArray(), ArrowArray()
        self.assertEqual(stream.contents.get_schema(stream, schema), 0)
        self.assertEqual(schema.format, b"+s")
        self.assertEqual(stream.contents.get_next(stream, array), 0)
        self.assertEqual(stream.contents.get_next(stream, end), 0)
        self.assertFalse(end.release)
        self.assertEqual(schema.n_children, array.n_children)
        columns = {}
        for i in range(schema.n_children):
            child, data = schema.children[i].contents, array.children[i].contents
            columns[child.name.decode()] = values_of(child, data)
            self.assertEqual(columns[child.name.decode()].count(None), data.null_count)
        array.release(array)
        schema.release(schema)
        stream.contents.release(stream)
        return columns

    def test_values(self):
        for table in read().tables.values():
            columns = self.columns_of(table)
            self.assertEqual(list(columns), table.columns)
            for name, values in columns.items():
                kind = tstat.schema(table.name)[name].kind
                if kind == "address":
                    expected = [None if a is None else str(a) for a in table.addresses(name)]
                elif kind == "text":
                    expected = [getattr(row, name) for row in table]
                else:
                    data = table.values(name)
                    raw = (data.view("i8") if kind in ("time", "duration") else data).tolist()
                    expected = [v if ok else None for v, ok in zip(raw, table.valid(name))]
                self.assertEqual(values, expected, name)

    def test_numbers_are_not_copied(self):
        table = read().tcp
        stream, array = self.stream_of(table), ArrowArray()
        self.assertEqual(stream.contents.get_next(stream, array), 0)
        place = table.columns.index("c_pkts_all")
        self.assertEqual(array.children[place].contents.buffers[1], table.values("c_pkts_all").__array_interface__["data"][0])
        # It outlives the table, and the stream.
        expected = table["c_pkts_all"].tolist()
        stream.contents.release(stream)
        del table
        read()
        data = ctypes.string_at(array.children[place].contents.buffers[1], 8 * len(expected))
        self.assertEqual(list(struct.unpack(f"<{len(expected)}Q", data)), expected)
        array.release(array)

    def test_durations_as_numbers(self):
        stream, schema = self.stream_of(read().tcp), ArrowSchema()
        self.assertEqual(stream.contents.get_schema(stream, schema), 0)
        formats = {schema.children[i].contents.name: schema.children[i].contents.format for i in range(schema.n_children)}
        self.assertEqual((formats[b"durat"], formats[b"first"], formats[b"c_ip"]), (b"tDn", b"tsn:", b"U"))
        schema.release(schema)

    def test_a_capsule_that_nobody_takes(self):
        for _ in range(100):
            read(TRACES / "web.pcap", tables=["tcp"]).tcp.__arrow_c_stream__()


def duckdb():
    """DuckDB's C library; None: it is not there."""
    try:
        return ctypes.CDLL(os.environ.get("TSTAT_DUCKDB_LIBRARY") or "libduckdb.so")
    except OSError:
        return None


class Parquet(unittest.TestCase):
    def test_without_the_library(self):
        with mock.patch.dict(os.environ, {"TSTAT_DUCKDB_LIBRARY": "/nothing/libduckdb.so"}):
            with self.assertRaisesRegex(ModuleNotFoundError, "TSTAT_DUCKDB_LIBRARY"):
                read().tcp.to_parquet("rows.parquet")

    @unittest.skipUnless(duckdb(), "libduckdb is not there")
    def test_a_file_is_read_again(self):
        table = read().tcp
        with tempfile.TemporaryDirectory() as directory:
            file, out = f"{directory}/rows' and.parquet", f"{directory}/rows.csv"
            table.to_parquet(file)
            table.to_parquet(f"{directory}/some.parquet", ["fqdn", "c_ip"])
            with _duckdb._connection(_duckdb._library()) as connection:
                result = ctypes.create_string_buffer(256)
                quoted = file.replace("'", "''")
                statement = (f"COPY (SELECT c_ip, c_pkts_all, epoch_ns(first) AS first, durat, fqdn FROM '{quoted}') TO '{out}' "
                             "(FORMAT csv, HEADER false)")
                library = duckdb()
                library.duckdb_query.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
                self.assertEqual(library.duckdb_query(connection, statement.encode(), result), 0)
            with open(out, encoding="utf-8", newline="") as rows:
                found = list(csv.reader(rows))
            with self.assertRaisesRegex(OSError, "nothing"):
                table.to_parquet(f"{directory}/nothing/rows.parquet")
        self.assertEqual(found, [[str(row.c_ip), str(row.c_pkts_all), str(int(row.first.astype("i8"))), str(int(row.durat.astype("i8"))),
                                  row.fqdn or ""] for row in table])


if __name__ == "__main__":
    unittest.main()
