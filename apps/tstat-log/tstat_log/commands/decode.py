# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log decode."""

from __future__ import annotations

import argparse

from .. import raw_rows, sitenames

NAME = "decode"
HELP = "decodes the names of YouTube's caches in any text, as a filter"
EPILOG = "r3---sn-hpa7zn7s.googlevideo.com becomes r3---mil04s03.googlevideo.com: a cache in Milan."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    parser.add_argument("files", nargs="*", metavar="FILE", default=[], help="files, plain or gzip; without any, or for -, standard input")
    parser.add_argument("--as-original", action="store_true",
                        help="as decode_yt_sitename.pl: the first name of a line only, and a line that begins with one is cut")


def run(arguments: argparse.Namespace) -> int:
    """Copies lines."""
    decoded = sitenames.decoded_as_original if arguments.as_original else sitenames.decoded
    out = raw_rows.Writer()
    for path in arguments.files or ["-"]:
        for line in raw_rows.lines(path):
            out.line(decoded(line))
    return 0
