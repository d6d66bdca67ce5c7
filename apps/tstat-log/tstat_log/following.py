# SPDX-License-Identifier: BSD-3-Clause
"""The same log of several probes, read while it is written: lines of the newest session of each log directory."""

from __future__ import annotations

import collections
import gzip
import os
import re
import zlib
from typing import IO, Optional, Union

from . import messages

SESSION = re.compile(r"[^/]+\.out")
_CHUNK = 1 << 20
_LONGEST_LINE = 16 << 20


class Follower:
    """One log: whole lines as they come. A log that was made anew under its name is read from its begin."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._rest = b""
        self._skips = False
        self._position = 0
        self._is_gzip = path.endswith(".gz")
        self._file: Union[gzip.GzipFile, IO[bytes], None] = None
        self._identity: Optional[tuple[int, int]] = None

    def lines(self) -> list[bytes]:
        """Lines that are complete by now, without their ends; none: nothing new."""
        data = self._read()
        if not data:
            return []
        parts = (self._rest + data).split(b"\n")
        self._rest = parts.pop()
        if self._skips and parts:
            parts.pop(0)
            self._skips = False
        if len(self._rest) > _LONGEST_LINE:
            messages.warn(f"{self.path}: a line of more than {_LONGEST_LINE >> 20} MiB is left out", incomplete=True)
            self._rest, self._skips = b"", True
        return parts

    def close(self) -> None:
        """Says what is lost: a last line without its end."""
        if self._rest:
            messages.warn(f"{self.path}: the last line has no end and is left out", incomplete=True)
        if self._file is not None:
            self._file.close()
        self._rest, self._file = b"", None

    def _read(self) -> bytes:
        try:
            if self._file is None:
                self._open()
            data = self._some()
            if not data and self._was_replaced():
                self._open()
                data = self._some()
        except FileNotFoundError:
            return b""  # its directory is being made anew
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            messages.warn(f"{self.path}: {error}", incomplete=True)
            self._end()
            return b""
        self._position += len(data)
        return data

    def _some(self) -> bytes:
        if isinstance(self._file, gzip.GzipFile):
            return self._file.read1(_CHUNK)  # so that what is before the damage comes out
        return self._file.read(_CHUNK) if self._file is not None else b""

    def _open(self) -> None:
        self.close()
        self._file = gzip.open(self.path, "rb") if self._is_gzip else open(self.path, "rb", buffering=0)
        found = os.fstat(self._file.fileno())
        self._identity, self._position = (found.st_dev, found.st_ino), 0

    def _was_replaced(self) -> bool:
        if self._is_gzip:
            return False
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return False  # it may have been compressed meanwhile; what is open can be read to its end
        return (found.st_dev, found.st_ino) != self._identity or found.st_size < self._position

    def _end(self) -> None:
        """Nothing comes out of a damaged file any more."""
        if self._file is not None:
            self._file.close()
        self._file = open(os.devnull, "rb")


class Probe:
    """A directory in which a probe makes log directories, of which the newest is followed, and then those after it; or
    one file. ``last_rows``: of what is there at first only so many, with the header line; 0: all."""

    def __init__(self, place: str, log: str, *, from_first: bool, last_rows: int = 0) -> None:
        self.place = place
        self.session = ""  #: that the last lines are of
        self._log = log
        self._from_first = from_first
        self._last_rows = last_rows
        self._follower: Optional[Follower] = None

    def lines(self) -> list[bytes]:
        """Lines that are new. When a later session has begun, the log is finished: its last lines come before the first of
        that one."""
        if self._follower is None:
            return self._begun(self._next())
        lines = self._follower.lines()
        if lines:
            return lines
        following = self._next()
        if following is None:
            return []
        # Once more: what was written between the look into the log and the look into the directory.
        return self._follower.lines() or self._begun(following)

    def is_at_end(self) -> bool:
        """Whether there is no later session."""
        return self._next() is None

    def close(self) -> None:
        """Tells what is lost."""
        if self._follower is not None:
            self._follower.close()

    def _begun(self, found: Optional[tuple[str, str]]) -> list[bytes]:
        if found is None:
            return []
        self.close()
        self.session, path = found
        self._follower = Follower(path)
        if not self._last_rows:
            return self._follower.lines()
        header: list[bytes] = []
        rows: collections.deque[bytes] = collections.deque(maxlen=self._last_rows)
        while lines := self._follower.lines():
            header += [line for line in lines if line.startswith(b"#")]
            rows.extend(line for line in lines if not line.startswith(b"#"))
        self._last_rows = 0
        return header + list(rows)

    def _next(self) -> Optional[tuple[str, str]]:
        """The session to read next, and its log: the newest at first, then the one after the one that is read."""
        if not os.path.isdir(self.place):
            name = os.path.basename(os.path.dirname(os.path.abspath(self.place))) or "log"
            return (name, self.place) if self._follower is None and os.path.exists(self.place) else None
        found = []
        for name in sorted(name for name in os.listdir(self.place) if SESSION.fullmatch(name) and name > self.session):
            for path in (os.path.join(self.place, name, self._log), os.path.join(self.place, name, self._log + ".gz")):
                if os.path.isfile(path):
                    found.append((name, path))
                    break
        if not found:
            return None
        return found[0] if self.session or self._from_first else found[-1]
