# SPDX-License-Identifier: BSD-3-Clause
"""Lines of logs as they stand, in and out.

Where a command hands rows on as they are, nothing is read into values: old logs come out as they went in.
"""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from typing import IO, BinaryIO, Iterator, Sequence

from . import inputs, messages

_CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


def lines(path: str, label: str = "") -> Iterator[bytes]:
    """The lines of a plain or compressed file, without their ends; - is standard input."""
    file = sys.stdin.buffer if path == "-" else inputs.open_text(path)
    try:
        for line in file:
            yield line.rstrip(b"\n")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        messages.warn(f"{label or path}: {error}", incomplete=True)
    finally:
        if path != "-":
            file.close()


def shown(text: bytes) -> bytes:
    """A text without what a terminal would obey."""
    return _CONTROLS.sub(lambda match: b"".join(b"\\x%02X" % byte for byte in match[0]), text)


def shown_text(text: str) -> str:
    """The same of a text."""
    return shown(text.encode("utf-8", "replace")).decode("utf-8", "replace").replace("\n", "\\x0A").replace("\t", "\\x09")


def write(out: IO[bytes], lines: bytes) -> None:
    """Whole lines; to a terminal without control characters."""
    out.write(shown(lines) if out.isatty() else lines)


class Writer:
    """Lines to standard output; to a terminal without control characters."""

    def __init__(self) -> None:
        self._file: BinaryIO = sys.stdout.buffer
        self._is_terminal = sys.stdout.isatty()

    def line(self, line: bytes) -> None:
        """A line, without its end."""
        self._file.write((shown(line) if self._is_terminal else line) + b"\n")

    def flush(self) -> None:
        """Lets a reader have all lines so far."""
        self._file.flush()


class Layout:
    """How the rows below a header line are split, and which columns they have."""

    def __init__(self, header: bytes) -> None:
        self.header = header
        self.separator = b"\t" if b"\t" in header else b" "
        self.names = [name.rsplit(":", 1)[0] for name in header.rsplit(b"#", 1)[-1].decode("utf-8", "replace").split()]

    def places(self, wanted: Sequence[str]) -> list[int]:
        """Where columns are. Throws Failure."""
        missing = [name for name in wanted if name not in self.names]
        if missing:
            raise messages.Failure(f"there is no column {missing[0]}")
        return [self.names.index(name) for name in wanted]

    def header_with(self, more: Sequence[str]) -> bytes:
        """The header line with columns at the end, numbered as the others are."""
        is_numbered = b":" in self.header
        return self.separator.join([self.header, *(name.encode() + (b":%d" % number if is_numbered else b"")
                                                   for number, name in enumerate(more, len(self.names) + 1))])
