# SPDX-License-Identifier: BSD-3-Clause
"""What time-series.py prints, with its quirks: `tstat-log series --as-original`.

A row's time is its end. Bins have edges every so many seconds, for 62 minutes from a minute behind the first row's time
rounded down to five minutes. The first row beyond the open bin's edge is still counted in it, and is the reference: each row
after it closes one bin and begins the next, until the reference is in the open one. The last bin is not printed.
"""

from __future__ import annotations

import argparse
import datetime
import os
from typing import IO, Iterator

import numpy as np

from . import inputs
from .columns import unknown
from .messages import Failure
from .originals import Fields, numbered_lines, original_output

HELP = """What time-series.py does: count, sum, mean, median and deviation of a column, by bins of the rows' ends, local time;
on standard output, and in FILE with OUTSUFFIX behind its name.
Columns have the names of a log's header line, or those of the script's records."""
_SPAN_S = 3720
_ROUNDED_S = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """As time-series.py."""
    parser.add_argument("-r", metavar="DIR", required=True, help="the directory of the log")
    parser.add_argument("-i", metavar="FILE", required=True, help="the log, plain or .gz")
    parser.add_argument("-o", metavar="OUTSUFFIX", required=True, help="behind the name of the output")
    parser.add_argument("-l", metavar="LOG", required=True, choices=["tcp"], help="tcp")
    parser.add_argument("-f", metavar="FIELD", required=True, help="the column")
    parser.add_argument("-b", metavar="SECONDS", required=True, type=int, help="the length of a bin")


def _rows(file: IO[bytes], field: str, label: str) -> Iterator[tuple[datetime.datetime, float]]:
    """The end and the value of each row."""
    fields = Fields("tcp")
    begin, length = "timestamp", "comlp"
    is_known = False
    for number, line in numbered_lines(file):
        if line.startswith("#"):
            if names := inputs.header_names(line):
                fields, begin, length = Fields("tcp", [names]), "first", "durat"
            continue
        if not is_known and field not in fields.names():
            raise Failure(unknown(field, fields.names()), status=2)
        is_known = True
        cells = fields.cells(line)
        try:
            ms = float(cells[begin]) + float(cells[length])
            yield datetime.datetime.fromtimestamp(ms / 1000), float(cells[field])
        except (KeyError, ValueError) as error:
            raise Failure(f"{label}:{number}: {begin}, {length} and {field} are not all numbers") from error


def _edges(first: datetime.datetime, seconds: int) -> list[datetime.datetime]:
    begin = first - datetime.timedelta(seconds=(first.minute * 60 + first.second) % _ROUNDED_S, microseconds=first.microsecond)
    begin += datetime.timedelta(minutes=1)
    return [begin + datetime.timedelta(seconds=step) for step in range(0, _SPAN_S, seconds)]


def lines(rows: Iterator[tuple[datetime.datetime, float]], seconds: int) -> Iterator[str]:
    """The lines that are printed."""
    edges: list[datetime.datetime] = []
    values: list[float] = []
    place = 0
    reference = datetime.datetime.min
    for end, value in rows:
        edges = edges or _edges(end, seconds)
        if place >= len(edges) or reference <= edges[place]:
            values.append(value)
            reference = end
            continue
        part = np.array(values)
        yield "%s %d %f %f %f %f\n" % (edges[place].strftime("%Y-%m-%d %H:%M:%S"), len(values), part.sum(), part.mean(),
                                       np.median(part), part.std())
        values, place = [value], place + 1


def run(arguments: argparse.Namespace) -> int:
    """Prints and writes a line for each bin that is closed."""
    if arguments.b < 1:
        raise Failure(f"-b {arguments.b}: is less than a second", status=2)
    path = os.path.join(arguments.r, arguments.i)
    target = path + arguments.o
    if not arguments.o:
        raise Failure(f"{target}: would be written over; -o gives another name", status=2)
    out = original_output()
    with inputs.open_text(path) as file, open(target, "w", encoding="utf-8") as copy:
        for line in lines(_rows(file, arguments.f, path), arguments.b):
            out.write(line)
            copy.write(line)
    out.flush()
    return 0
