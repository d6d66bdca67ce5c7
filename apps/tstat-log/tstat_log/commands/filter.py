# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log filter."""

from __future__ import annotations

import argparse

from .. import inputs, originals, output, selection

NAME = "filter"
HELP = "writes the rows for which a condition holds"
EPILOG = """conditions:

  c_rtt_avg > 100 and s_port == 443                   times are milliseconds, unless a unit says otherwise:
  durat > 1.5s or s_bytes_all >= 10MB                 ns us ms s min h d; k M G T, kB MB ..., KiB MiB ...
  s_port in (80, 443, 8000..8100)                     numbers and ranges
  s_ip in 10.0.0.0/8 and c_ip != 10.0.0.1             addresses and networks
  fqdn ~ "(^|\\.)example\\.com$"                        regular expressions; !~: it is not found
  fqdn is absent; fqdn is present                     whether there is a value
  con_t has tls; p2p_t == bittorrent                  names of codes
  first >= "2026-11-24 05:40" and hour(first) < 6     times, UTC
  s_bytes_all * 8 / (durat / 1s) > 2M                 + - * / %; abs min max floor round sqrt log log10 length
                                                      hour minute weekday
  $45 > 100                                           a column by its number

what follows from something absent is absent, and such a row is not written."""
ORIGINAL_HELP = originals.FILTER_HELP
add_original_arguments = originals.add_filter_arguments
run_original = originals.run_filter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("condition", metavar="CONDITION", help="see below")
    inputs.add_arguments(parser)
    parser.add_argument("-c", "--columns", metavar="COLUMNS", action="append", default=[],
                        help="only these columns, separated by commas (see tstat-log select)")
    output.add_arguments(parser, selection.FORMATS)


def run(arguments: argparse.Namespace) -> int:
    """Writes the rows."""
    return selection.write(arguments, arguments.condition, arguments.columns)
