# SPDX-License-Identifier: BSD-3-Clause
"""tstat: from packets to data frames.

    import tstat
    analysis = tstat.read("trace.pcap", profile="3.1.1", networks=["192.168.0.0/16"])
    analysis.tcp["c_rtt_avg"]            # a NumPy array
    analysis.tcp.to_pandas()             # a data frame
    print(tstat.schema("tcp"))           # what the columns are
    tstat.read_log("out/*/log_tcp_complete*")
"""

from ._analysis import PACKET_RESULTS, Analysis, Analyzer, capture, chunks, read
from ._errors import Error, TstatWarning
from ._logs import log_chunks, read_log
from ._packets import Moment, Packet, Verdict
from ._schema import Code, Column, Schema, schema, tables
from ._table import Table
from ._tstat import version as __version__

__all__ = ["Analysis", "Analyzer", "Code", "Column", "Error", "Moment", "PACKET_RESULTS", "Packet", "Schema", "Table",
           "TstatWarning", "Verdict", "__version__", "capture", "chunks", "log_chunks", "read", "read_log", "schema", "tables"]
