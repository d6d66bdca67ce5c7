# SPDX-License-Identifier: BSD-3-Clause
"""What comparisons over the golden traces have in common.

    for row in rows_of(log):                      # of a log of tstat: {label: cell}
    done = compare_traces(__doc__, compare)       # the command line of a test, and compare(tstat, trace) for each trace
    if done is None: return SKIPPED               # it was told why
    arguments, found = done
"""
import argparse
import concurrent.futures
import pathlib
import re
from typing import Callable, Iterator, TypeVar

import tshark_packets

Found = TypeVar("Found")
SKIPPED = 77
MOST_BYTES_OF_SAMPLE = 1 << 20


def rows_of(log: pathlib.Path) -> Iterator[dict[str, str]]:
    """With the labels of the log's first header: in log_http_complete, that of requests."""
    labels: list[str] = []
    separator = "\t" if log.name.startswith("log_http") else " "
    with open(log, errors="surrogateescape") as lines:
        for line in lines:
            cells = line.rstrip("\n").split(separator)
            if line.startswith("#"):
                labels = labels or [re.sub(r"^(#\w+)?#|:\d+$", "", cell) for cell in cells]
            else:
                yield dict(zip(labels, cells))


def sample_of(traces: list[pathlib.Path], count: int) -> list[pathlib.Path]:
    small = sorted((t for t in traces if t.stat().st_size <= MOST_BYTES_OF_SAMPLE), key=lambda t: (t.stat().st_size, t.name))
    return [small[(i + 1) * len(small) // count - 1] for i in range(count)]


def compare_traces(description: str | None, compare: Callable[[pathlib.Path, pathlib.Path], Found]
                   ) -> tuple[argparse.Namespace, list[Found]] | None:
    """None: there is nothing to compare with, or nothing to compare."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tstat", type=pathlib.Path, required=True)
    parser.add_argument("--shared", type=pathlib.Path, required=True)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--verbose", action="store_true", help="name every exception")
    parser.add_argument("traces", type=pathlib.Path, nargs="*")
    a = parser.parse_args()
    if not tshark_packets.available():
        print("skipped: no tshark (apt-get install tshark)")
        return None
    traces = a.traces or sorted((a.shared / "golden" / "traces").glob("*.pcap"))
    if not traces:
        print(f"skipped: no traces in {a.shared}/golden/traces")
        return None
    if a.sample:
        traces = sample_of(traces, a.sample)
    largest_first = sorted(traces, key=lambda t: -t.stat().st_size)
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        return a, list(pool.map(compare, [a.tstat] * len(traces), largest_first))
