# SPDX-License-Identifier: BSD-3-Clause
"""Rows as they stand in the logs: bytes, with the header lines that hold for them."""

from __future__ import annotations

import contextlib
import gzip
import operator
import zlib
from typing import IO, Any, Callable, Iterable, Iterator, Optional, Sequence

from . import messages, raw_rows
from .columns import Columns
from .inputs import Logs, header_names, open_text
from .messages import Failure, Usage

MOST_HEADERS = 8


class RawRows:
    """Lines of logs, found by file and number, both going up."""

    def __init__(self, logs: Logs) -> None:
        self._paths = logs.paths
        self._labels = logs.labels
        self._file = -1
        self._damaged = -1
        self._line = 0
        self._opened: Optional[IO[bytes]] = None
        self._was_header = False
        self.header: tuple[bytes, ...] = ()

    def __enter__(self) -> "RawRows":
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()

    def _open(self, file: int) -> None:
        self.__exit__()
        self._opened = open_text(self._paths[file])
        self._file, self._line = file, 0
        self.header, self._was_header = (), False

    def _take_header(self, text: bytes) -> None:
        text = text.rstrip(b"\r\n")
        if header_names(text.decode("utf-8", "replace")) is not None:
            # (A log has two at most; one with many more shall not take the time of their square.)
            self.header = (*self.header, text)[-MOST_HEADERS:] if self._was_header else (text,)
            self._was_header = True

    def take(self, files: Iterable[int], lines: Iterable[int]) -> Iterator[bytes]:
        """The lines, without their ends; `header` is the one of the line that was given last. Of a compressed file that is
        damaged, which was told when it was read into values, those that can be reached."""
        for file, line in zip(files, lines):
            if file == self._damaged:
                continue
            if file != self._file:
                self._open(file)
            try:
                text = self._line_at(line)
            except (EOFError, gzip.BadGzipFile, zlib.error):
                self._damaged = file
                messages.warn(f"{self._labels[file]}: what stands right before the damage is left out", incomplete=True)
                continue
            yield text

    def _line_at(self, line: int) -> bytes:
        assert self._opened is not None
        text = b""
        number = self._line
        for text in self._opened:
            number += 1
            if text[:1] == b"#":
                self._take_header(text)
            else:
                self._was_header = False
            if number == line:
                break
        self._line = number
        return text.rstrip(b"\r\n")


def first_header(logs: Logs) -> tuple[bytes, ...]:
    """The header lines with which the first log begins that has some."""
    for path in logs.paths:
        found: list[bytes] = []
        with contextlib.suppress(EOFError, gzip.BadGzipFile, zlib.error), open_text(path) as file:
            for text in file:
                if header_names(text.decode("utf-8", "replace")) is None:
                    break
                found.append(text.rstrip(b"\r\n"))
        if found:
            return tuple(found[-MOST_HEADERS:])
    return ()


def separator(header: Sequence[bytes]) -> bytes:
    """What stands between cells."""
    return b"\t" if any(b"\t" in line for line in header) else b" "


class LogWriter:
    """Writes rows as a log: header lines wherever they are others than before, rows whole or some of their cells."""

    def __init__(self, out: IO[bytes], header: tuple[bytes, ...], names: Optional[Sequence[str]]) -> None:
        self._out = out
        self._names = names
        self._of: Optional[tuple[bytes, ...]] = None
        self._separator = b" "
        self._most = 0
        self._pick: Optional[Callable[[list[bytes]], Any]] = None
        self._is_told = False
        self._is_terminal = out.isatty()
        if header:
            self._begin(header)

    def _begin(self, header: tuple[bytes, ...]) -> None:
        self._of = header
        if self._names is None:
            self._out.write(b"".join(line + b"\n" for line in header))
            return
        if len(header) != 1:
            raise Failure("the rows of this log have two layouts: cells of them are chosen with --format csv or json")
        self._separator = separator(header)
        labels = header_names(header[0].decode("utf-8", "replace")) or []
        places = [labels.index(name) if name in labels else -1 for name in self._names]
        self._most = max(places) + 1  # cells behind it are not looked at
        self._pick = operator.itemgetter(*places, -1)  # one more, so that it is a tuple
        if not self._is_told:
            self._is_told = True
            numbered = (f"{name}:{number}" for number, name in enumerate(self._names, 1))
            self._out.write(b"#" + self._separator.join(name.encode() for name in numbered) + b"\n")

    def write(self, raw: RawRows, lines: Iterable[bytes]) -> None:
        """Writes the lines that `raw` gives; to a terminal without control characters."""
        for line in map(raw_rows.shown, lines) if self._is_terminal else lines:
            if raw.header != self._of:
                self._begin(raw.header)
            if self._names is not None:
                if self._pick is None:
                    raise Failure("this log has no header line: cells are chosen with --format csv or json")
                cells = line.split(self._separator, self._most)
                cells.append(b"-")
                line = self._separator.join(self._pick(cells)[:-1])
            self._out.write(line)
            self._out.write(b"\n")


def labels_of(header: Sequence[bytes], listed: Sequence[str]) -> list[str]:
    """Columns of a header line by names and numbers. Throws Usage."""
    labels = [label for line in header for label in header_names(line.decode("utf-8", "replace")) or []]
    if not labels:
        raise Usage("the log has no header line: columns are chosen with --format csv or json")
    return Columns(labels).find_all(listed)


