# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log select."""

from __future__ import annotations

import argparse

from .. import inputs, originals, output, selection

NAME = "select"
HELP = "writes some columns of the rows"
EPILOG = """columns are names, numbers (7, 3-9: as the header line counts) and patterns (c_rtt_*):

  tstat-log select c_ip,s_ip,fqdn out/
  tstat-log select 'c_rtt_*' --where 's_port == 443' --format csv log_tcp_complete.gz"""
ORIGINAL_HELP = originals.FILTER_HELP
add_original_arguments = originals.add_filter_arguments
run_original = originals.run_filter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("columns", metavar="COLUMNS", help="columns, separated by commas")
    inputs.add_arguments(parser)
    parser.add_argument("-w", "--where", metavar="CONDITION", help="of the rows for which this holds (see tstat-log filter)")
    output.add_arguments(parser, selection.FORMATS)


def run(arguments: argparse.Namespace) -> int:
    """Writes the columns."""
    return selection.write(arguments, arguments.where, [arguments.columns])
