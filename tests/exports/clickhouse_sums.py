# SPDX-License-Identifier: BSD-3-Clause
"""What tables of ClickHouse hold, against the rows of JSON.

  rows = clickhouse_sums.rows_by_table(work / "rows.jsonl")
  compared = clickhouse_sums.compare(test, server, rows, "tcp_complete")
"""
import collections, json, math

KEYS = ("time", "run", "row", "flow")


def rows_by_table(path):
    """{"tcp_complete": [{"c_ip": ...}, ...], ...}"""
    rows = collections.defaultdict(list)
    for line in path.read_text().splitlines():
        row = json.loads(line)
        name = row["log"].removeprefix("log_")
        if name == "http_complete":
            name = "http_request" if "method" in row else "http_response"
        rows[name].append(row)
    return rows


def compare(test, server, rows, table, database="default", where="1"):
    """Asserts that the table, of which repeated rows count once, has as many rows, and the sum and the number of values of
    each column of numbers. Returns how many columns those are."""
    described = server.query(f"DESCRIBE TABLE {database}.{table} FORMAT JSONEachRow")
    columns = [c["name"] for c in described if c["type"].replace("Nullable(", "").startswith(("UInt", "Int", "Float"))
               and c["name"] not in KEYS]
    sums = ", ".join(f"toString(sum(toFloat64(`{c}`))) AS `sum {c}`, toString(count(`{c}`)) AS `n {c}`" for c in columns)
    [found] = server.query(f"SELECT toUInt32(count()) AS n, {sums} FROM {database}.{table} FINAL WHERE {where} FORMAT JSONEachRow")
    test.assertEqual(found["n"], len(rows), table)
    if not rows:
        return 0
    for name in columns:
        label = name if name in rows[0] else name.removesuffix("_")
        if label not in rows[0]:
            test.assertIn(found[f"sum {name}"], ("0", "\\N", None), f"{table}.{name}, which the log does not have")
            continue
        values = [row[label] for row in rows if row[label] is not None]
        test.assertEqual(int(found[f"n {name}"]), len(values), f"{table}.{name}: so many values")
        total = math.fsum(float(v) for v in values)
        text = found[f"sum {name}"]
        got = 0.0 if text in ("\\N", None) else float(text)
        # Times are nanoseconds there, milliseconds in JSON.
        scales = (1, 1e6) if any(isinstance(v, float) for v in values) else (1,)
        test.assertTrue(any(math.isclose(got, total * s, rel_tol=1e-9, abs_tol=1e-6) for s in scales),
                        f"{table}.{name}: {got} instead of {total}")
    return len(columns)
