# SPDX-License-Identifier: BSD-3-Clause
"""What a report is about: directories of logs, single logs, traces; and what was odd about them."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import warnings
from dataclasses import dataclass, field
from typing import Any, Iterator, Optional, Sequence, Union

import tstat
from tstat_log import inputs, messages
from tstat_log.progress import Progress

from . import chapters
from .flows import Rows

_ROWS = 100_000  # at a time
_LOG_FILE = re.compile(r"(log_[a-z_]+)(\.gz)?$")


@dataclass(frozen=True)
class Source:
    """A file: a log, or (without the name of one) a trace."""

    path: str
    log: Optional[str]


@dataclass
class Read:
    """What was read, for the report's last chapter."""

    files: dict[str, int] = field(default_factory=dict)  #: by log, or "trace"
    rows: dict[str, int] = field(default_factory=dict)  #: by table
    problems: list[str] = field(default_factory=list)
    packets: int = 0
    dropped: dict[str, int] = field(default_factory=dict)  #: packets of traces that were not analysed, by reason


def tables_by_log() -> dict[str, str]:
    """Of each log that chapters look at, its table."""
    return {tstat.schema(table).log: table for table in chapters.tables()}


def _logs_below(folder: str) -> list[Source]:
    known = tables_by_log()
    found: list[Source] = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        found += [Source(os.path.join(root, name), match[1]) for name in sorted(names)
                  if (match := _LOG_FILE.fullmatch(name)) and match[1] in known]
    return found


def _source(path: str) -> Source:
    match = _LOG_FILE.fullmatch(os.path.basename(path))
    if match and match[1] in inputs.known_logs().values():
        return Source(path, match[1])
    first_line = ""
    with contextlib.suppress(OSError, EOFError), inputs.open_text(path) as file:
        first_line = file.readline(1 << 16).decode("utf-8", "replace")
    if inputs.header_names(first_line):
        with inputs.named_logs([path]) as logs:
            return Source(path, logs.log)
    return Source(path, None)


def find(arguments: Sequence[str]) -> list[Source]:
    """The files that arguments name, each once. Throws Failure."""
    found: list[Source] = []
    for argument in arguments:
        names = [argument]
        if not os.path.exists(argument) and glob.has_magic(argument):
            names = sorted(glob.glob(argument, recursive=True))
        names = [name for name in names if os.path.exists(name)]
        if not names:
            raise messages.Failure(f"{argument}: no such file or directory")
        for name in names:
            if not os.path.isdir(name):
                found.append(_source(name))
                continue
            logs = _logs_below(name)
            if not logs:
                raise messages.Failure(f"{name}: no log that a report is made of is there "
                                       f"({', '.join(sorted(tables_by_log()))})")
            found += logs
    once: dict[str, Source] = {}
    for source in found:
        once.setdefault(os.path.realpath(source.path), source)
    known = tables_by_log()
    used = [source for source in once.values() if source.log is None or source.log in known]
    if not used:
        raise messages.Failure(f"{found[0].path}: a report is not made of {found[0].log}, but of "
                               f"{', '.join(sorted(known))}, or of a trace")
    return used


class Reader:
    """Reads sources in tables of bounded size. Problems go to standard error and into the report."""

    def __init__(self, sources: Sequence[Source], profile: str, networks: Union[str, list[str], None]) -> None:
        self._sources = sources
        self._profile = profile
        self._networks = networks
        self.read = Read()
        self._columns: dict[str, tuple[str, frozenset[str]]] = {}

    def _problem(self, text: str, incomplete: bool = True) -> None:
        self.read.problems.append(messages.with_names(text))
        messages.warn(text, incomplete)

    @contextlib.contextmanager
    def _warnings_kept(self) -> Iterator[None]:
        told = warnings.showwarning

        def show(message: Any, category: type[Warning], *rest: Any, **named: Any) -> None:
            if issubclass(category, tstat.TstatWarning):
                self.read.problems.append(messages.with_names(str(message)))
            told(message, category, *rest, **named)
        warnings.showwarning = show
        try:
            yield
        finally:
            warnings.showwarning = told

    def rows(self) -> Iterator[Rows]:
        """All rows."""
        with self._warnings_kept(), Progress("rows") as progress:
            for source in self._sources:
                kind = source.log or "trace"
                self.read.files[kind] = self.read.files.get(kind, 0) + 1
                if source.log is not None:
                    self.read.rows.setdefault(tables_by_log()[source.log], 0)
                progress.note(os.path.basename(source.path))
                try:
                    for table in self._log(source) if source.log is not None else self._trace(source.path):
                        self.read.rows[table.name] = self.read.rows.get(table.name, 0) + len(table)
                        progress.advance(len(table))
                        yield Rows(table)
                except tstat.Error as error:
                    self._problem(str(error))
                except OSError as error:
                    self._problem(f"{source.path}: {error.strerror or error}")

    def _log(self, source: Source) -> Iterator[tstat.Table]:
        # File by file: each has its own columns, and of them only those that are looked at are read.
        with inputs.named_logs([source.path]) as logs:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", tstat.TstatWarning)  # told when all is read
                first = next(tstat.log_chunks(logs.paths, 1), None)
            columns = None
            if first is not None:
                self._compare(source, first)
                wanted = chapters.columns_of(first.name)
                columns = [name for name in first.columns if name in wanted] or None
                # What is not there now may come with another header line, and would not be told of.
                if any(name in wanted and name not in first and "3.1.1" in first.schema[name].profiles
                       for name in first.schema.names):
                    columns = None
            yield from tstat.log_chunks(logs.paths, _ROWS, columns=columns)

    def _compare(self, source: Source, table: tstat.Table) -> None:
        columns = frozenset(table.columns)
        first_path, expected = self._columns.setdefault(table.name, (source.path, columns))
        if columns != expected:
            odd = sorted(columns ^ expected)
            told = ", ".join(odd[:5]) + (f" and {len(odd) - 5} more" if len(odd) > 5 else "")
            self._problem(f"{source.path} has other columns than {first_path} ({told}): figures of these are of some "
                          "rows only", False)

    def _trace(self, path: str) -> Iterator[tstat.Table]:
        tables = [name for name in chapters.tables() if self._profile in tstat.schema(name).profiles]
        chunks = tstat.chunks(path, tables, _ROWS, profile=self._profile, networks=self._networks)
        yield from chunks
        numbers = chunks.statistics
        self.read.packets += numbers["ip_packets"]
        for reason, count in numbers["dropped"].items():
            self.read.dropped[reason] = self.read.dropped.get(reason, 0) + count
        for table in tables:
            self.read.rows.setdefault(table, 0)
