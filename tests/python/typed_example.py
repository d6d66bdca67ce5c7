# SPDX-License-Identifier: BSD-3-Clause
"""What a program with types looks like: checked by `mypy --strict`, and run by the tests."""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt

import tstat


def retransmitting(table: tstat.Table) -> list[str]:
    """Servers whose flows had retransmissions."""
    servers: npt.NDArray[np.object_] = table.addresses("s_ip")
    packets: npt.NDArray[np.uint64] = table["s_pkts_retx"]
    return sorted({str(server) for server in servers[packets > 0]})


def main(trace: str) -> int:
    try:
        analysis: tstat.Analysis = tstat.read(trace, profile="3.1.1", networks=["10.0.0.0/24"], bpf="tcp")
    except tstat.Error as error:
        print(error.file, error.line, error.reason, file=sys.stderr)
        return 1
    column: tstat.Column = tstat.schema("tcp")["s_pkts_retx"]
    print(f"{column.description}: {', '.join(retransmitting(analysis.tcp))}")
    rows = 0
    for chunk in tstat.chunks(trace, "udp", rows=1000, profile="3.1.1"):
        rows += len(chunk)
    analyzer = tstat.Analyzer(profile="3.1.1", tables=["tcp"])
    analyzer.on_rows("tcp", lambda table: print(len(table)))
    analyzer.read(trace)
    analyzer.finish()
    return 0 if rows > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
