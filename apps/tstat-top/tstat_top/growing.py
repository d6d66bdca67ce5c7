# SPDX-License-Identifier: BSD-3-Clause
"""A file of lines that grows, plain or gzip, of which the newest lines are wanted: what is there at first is read from
near its end, and what there is too much of later is skipped, and counted."""

from __future__ import annotations

import collections
import os
import stat
import zlib
from typing import Optional

TAIL = 4 << 20  # bytes that are read of what is there at first
MOST_BEHIND = 64 << 20  # bytes; of more the begin is skipped
_PART = 1 << 18
_LONGEST_LINE = 1 << 20


class _Tail:
    """The last lines of many."""

    def __init__(self) -> None:
        self._lines: collections.deque[bytes] = collections.deque()
        self._size = 0

    def add(self, lines: list[bytes]) -> None:
        """More of them."""
        for line in lines:
            self._lines.append(line)
            self._size += len(line)
        while self._size > TAIL and self._lines:
            self._size -= len(self._lines.popleft())

    def take(self) -> list[bytes]:
        """They are not kept any longer."""
        lines = list(self._lines)
        self._lines.clear()
        self._size = 0
        return lines


class Growing:
    """Whole lines as they come. ``is_old``: it was there before, and only its end is wanted. Throws OSError."""

    def __init__(self, path: str, is_old: bool) -> None:
        self.path = path
        self.skipped = 0  #: bytes that were not looked at, because there was more than could be read in time
        self.problem = ""  #: why no further line will come
        self.header = b""  #: the first line
        self._is_gzip = path.endswith(".gz")
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        found = os.fstat(self._descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(self._descriptor)
            raise OSError(f"{path}: is no file")
        self._identity = (found.st_dev, found.st_ino)
        self._position = 0  # of the file
        self._rest = b""
        self._drops_line = False
        self._inflater = zlib.decompressobj(31)
        self._tail: Optional[_Tail] = None
        self._wants_tail = is_old
        self.has_caught_up = not is_old  #: whether what was there at first has been read

    def close(self) -> None:
        """Gives the file back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def lines(self) -> Optional[list[bytes]]:
        """Lines that are complete by now, without their ends, of a part of limited size; None: all that is there was
        read. Those that were there at first come when all of them have been read."""
        data = None if self.problem else self._data()
        if data is None:
            self.has_caught_up = True
            lines = self._tail.take() if self._tail is not None else []
            self._tail = None
            return lines or None
        lines = self._split(data)
        if lines and not self.header:
            self.header = lines[0]
            if self._wants_tail and self._skips_to_tail():
                lines = []
        if self._tail is None:
            return lines
        self._tail.add(lines)
        return []

    def was_replaced(self) -> bool:
        """Whether another file has its name, or it has become shorter."""
        try:
            found = os.stat(self.path)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) != self._identity or found.st_size < self._position

    def _data(self) -> Optional[bytes]:
        """More bytes of text; None: not now."""
        if self._is_gzip and self._inflater.unconsumed_tail:
            return self._inflated(self._inflater.unconsumed_tail)
        if self._inflater.eof and self._inflater.unused_data:
            data = self._inflater.unused_data
            self._inflater = zlib.decompressobj(31)
            return self._inflated(data)
        behind = os.fstat(self._descriptor).st_size - self._position
        if behind > MOST_BEHIND and self.header and not self._is_gzip:
            self._move_on(behind - TAIL)
            self.skipped += behind - TAIL
        data = os.pread(self._descriptor, _PART, self._position)
        self._position += len(data)
        if not data:
            return None
        return self._inflated(data) if self._is_gzip else data

    def _inflated(self, data: bytes) -> bytes:
        if self._inflater.eof:
            self._inflater = zlib.decompressobj(31)
        try:
            return self._inflater.decompress(data, 4 * _PART)
        except zlib.error as error:
            self.problem = f"{self.path}: {error}"
            return b""

    def _split(self, data: bytes) -> list[bytes]:
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if lines and self._drops_line:
            lines.pop(0)
            self._drops_line = False
        if len(self._rest) > _LONGEST_LINE:
            self._rest, self._drops_line = b"", True
        return lines

    def _skips_to_tail(self) -> bool:
        """After the header line: to where the newest lines are."""
        self._tail = _Tail()
        behind = os.fstat(self._descriptor).st_size - self._position
        if self._is_gzip or behind <= TAIL:
            return False
        self._move_on(behind - TAIL)
        return True

    def _move_on(self, size: int) -> None:
        self._position += size
        self._rest, self._drops_line = b"", True
