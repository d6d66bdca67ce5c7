# SPDX-License-Identifier: BSD-3-Clause
"""Logs that a command reads: files, patterns, directories of sessions, standard input; plain or gzip.

    with inputs.opened(arguments) as logs:
        for table in logs.tables():          # tables of the module, of bounded size
            ...
"""

from __future__ import annotations

import argparse
import contextlib
import glob
import gzip
import os
import re
import shutil
import sys
import tempfile
import zlib
from dataclasses import dataclass
from typing import IO, Iterator, Optional, Sequence

import tstat
from tstat import Schema, Table

from . import messages
from .columns import Columns, unknown
from .messages import Failure, Usage
from .progress import Progress

ROWS = 100_000  # at a time
DEFAULT_LOG = "log_tcp_complete"
STANDARD_INPUT = "standard input"

# Of logs that tstat does not write unasked.
_HINTS = {"log_http_complete": " (tstat -T FILE writes it, where FILE has the lines '[log]' and 'log_http_complete = 1')"}
_HEADER = re.compile(r"#(\d+#)?[A-Za-z_]")
_LOG_FILE = re.compile(r"(log_[a-z_]+)(\.gz)?$")


@dataclass(frozen=True)
class LogFile:
    """One file: where it is, what the user calls it, and which log it is."""

    path: str
    label: str
    log: str


def add_arguments(parser: argparse.ArgumentParser, several: bool = True) -> None:
    """The arguments that name logs."""
    parser.add_argument("logs", nargs="*" if several else "?", metavar="LOG", default=[] if several else None,
                        help="files, patterns, directories of sessions; without any, or for -, standard input")
    parser.add_argument("-l", "--log", metavar="NAME",
                        help="which logs of a directory: tcp (default), udp, http, ... or log_tcp_complete, ...; "
                             "also what a file is whose name and first line do not tell")


def known_logs() -> dict[str, str]:
    """The log of each name: of tables (tcp) and of logs (log_tcp_complete)."""
    known: dict[str, str] = {}
    for table in tstat.tables():
        log = tstat.schema(table).log
        if log:
            known[table] = log
            known[log] = log
            known[log[len("log_"):]] = log
    return known


def log_of_name(name: str) -> str:
    """log_tcp_complete for tcp. Throws Usage."""
    known = known_logs()
    if name not in known:
        raise Usage(unknown(name, known, "log"))
    return known[name]


def open_text(path: str) -> IO[bytes]:
    """A plain or compressed file, by its first bytes."""
    with open(path, "rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_gzip else open(path, "rb")  # type: ignore[return-value]


def header_names(line: str) -> Optional[list[str]]:
    """The columns that a header line names; None: it is none."""
    if not _HEADER.match(line):
        return None
    return [re.sub(r":\d+$", "", name) for name in line.rsplit("#", 1)[-1].split()]


def _first_line(path: str) -> str:
    with contextlib.suppress(OSError, EOFError, zlib.error), open_text(path) as file:
        return file.readline(1 << 20).decode("utf-8", "replace")
    return ""


def _log_by_header(path: str) -> Optional[str]:
    """The log with most of the names; of several the one with fewest others. (Short logs of either kind of TCP flows look alike.)"""
    names = set(header_names(_first_line(path)) or [])
    found = []
    for table in tstat.tables():
        schema = tstat.schema(table)
        known = {column.label for column in schema} | set(schema.names)
        share = len(names & known) / max(1, len(names))
        if schema.log and share > 0.8 and table != "tcp_nocomplete":
            found.append((-share, len(known), schema.log))
    return min(found)[2] if found else None


class Logs:
    """The logs of one command, all of one kind."""

    def __init__(self, files: Sequence[LogFile], wanted: Optional[str] = None) -> None:
        self.files = list(files)
        self.log = self.files[0].log
        tables = [table for table in tstat.tables() if tstat.schema(table).log == self.log]
        self.table = wanted if wanted in tables else tables[0]
        self.shows_progress = True

    @property
    def paths(self) -> list[str]:
        """Where they are."""
        return [file.path for file in self.files]

    @property
    def labels(self) -> list[str]:
        """What they are called."""
        return [file.label for file in self.files]

    def tables(self, columns: Optional[Sequence[str]] = None, rows: int = ROWS, places: bool = False) -> Iterator[Table]:
        """Their rows in tables of at most so many; at least one table, which may be empty. Of some columns: faster."""
        wanted = list(columns) if columns else None
        any_rows = False
        with Progress("rows", is_shown=self.shows_progress) as progress:
            for table in tstat.log_chunks(self.paths, rows, table=self.table, columns=wanted, places=places):
                any_rows = True
                progress.advance(len(table))
                yield table
        if not any_rows:
            yield tstat.read_log(self.paths, table=self.table, columns=wanted, places=places)

    def columns(self) -> Columns:
        """Their columns; numbers are those of the first header line."""
        known = next(tstat.log_chunks(self.paths, 1, table=self.table), None)
        known = tstat.read_log(self.paths, table=self.table) if known is None else known
        names = {column.label: column.name for column in self.schema}
        return Columns(known.columns, [names.get(label, label) for label in self.header()] or known.columns)

    def header(self) -> list[str]:
        """The labels of the first header line."""
        return next((labels for path in self.paths if (labels := header_names(_first_line(path)))), [])

    @property
    def schema(self) -> Schema:
        """What their columns are."""
        return tstat.schema(self.table)


def _in_directory(folder: str, log: str) -> list[str]:
    found: list[str] = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        found.extend(os.path.join(root, name) for name in sorted(names) if name in (log, log + ".gz"))
    return found


def _expanded(argument: str, wanted: Optional[str]) -> list[str]:
    names = [argument]
    if not os.path.exists(argument) and glob.has_magic(argument):
        names = sorted(glob.glob(argument, recursive=True))
        if not names:
            raise Failure(f"{argument}: no file has such a name")
    files = []
    for name in names:
        if os.path.isdir(name):
            found = _in_directory(name, wanted or DEFAULT_LOG)
            if not found:
                hint = _HINTS.get(wanted, "") if wanted else f" ({', '.join(_logs_below(name)) or 'no log at all'} is there; --log chooses)"
                raise Failure(f"{name}: no {wanted or DEFAULT_LOG} is there{hint}")
            files += found
        elif len(names) > 1 and wanted and (match := _LOG_FILE.search(name)) and match[1] != wanted:
            continue
        else:
            files.append(name)
    return files


def _logs_below(folder: str) -> list[str]:
    known = set(known_logs().values())
    return sorted({match[1] for _, _, names in os.walk(folder) for name in names
                   if (match := _LOG_FILE.fullmatch(name)) and match[1] in known})


def _spooled(source: IO[bytes], folder: str, number: int) -> str:
    """What can be read once alone, as a file."""
    path = os.path.join(folder, f"input{number}")
    with open(path, "wb") as file:
        shutil.copyfileobj(source, file)
    return path


def _named(path: str, label: str, wanted: Optional[str], folder: str, number: int) -> LogFile:
    """The file under a name that tells which log it is."""
    if not os.path.exists(path):
        raise Failure(f"{label}: no such file or directory")
    if not os.path.isfile(path):
        with open(path, "rb") as pipe:
            path = _spooled(pipe, folder, number)
    match = _LOG_FILE.fullmatch(os.path.basename(path))
    if match and match[1] in known_logs().values():
        return LogFile(path, label, match[1])
    log = _log_by_header(path) or wanted
    if log is None:
        log = DEFAULT_LOG
        if _first_line(path):
            raise Failure(f"{label}: neither its name nor its first line tell which log it is; --log does")
    own = os.path.join(folder, str(number))
    os.mkdir(own)
    link = os.path.join(own, log)
    os.symlink(os.path.abspath(path), link)
    messages.rename(link, label)
    return LogFile(link, label, log)


@contextlib.contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Logs]:
    """The logs that the command line names."""
    named: list[str] = [arguments.logs] if isinstance(arguments.logs, str) else list(arguments.logs or [])
    with named_logs(named, arguments.log) as logs:
        yield logs


@contextlib.contextmanager
def named_logs(named: Sequence[str], log: Optional[str] = None) -> Iterator[Logs]:
    """The logs of some names (without any, standard input), of the kind that ``--log`` would name."""
    wanted = log_of_name(log) if log else None
    table = log if log in tstat.tables() else None
    if not named and sys.stdin.isatty():
        raise Usage("no log is named, and standard input is a terminal")
    with tempfile.TemporaryDirectory(prefix="tstat-log-") as folder:
        files: list[LogFile] = []
        for argument in named or ["-"]:
            if argument == "-":
                path = _spooled(sys.stdin.buffer, folder, len(files))
                files.append(_named(path, STANDARD_INPUT, wanted, folder, len(files)))
                continue
            for path in _expanded(argument, wanted):
                files.append(_named(path, path, wanted, folder, len(files)))
        if not files:
            raise Failure("there is no log to read")
        for file in files[1:]:
            if file.log != files[0].log:
                raise Failure(f"{file.label}: is {file.log}, and {files[0].label} is {files[0].log}: one kind of log at a time "
                              "(--log chooses)")
        yield Logs(files, table)
