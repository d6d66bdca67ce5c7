# SPDX-License-Identifier: BSD-3-Clause
"""Where results go: standard output or a file, which is there as a whole or not at all."""

from __future__ import annotations

import argparse
import contextlib
import gzip
import os
import stat
import sys
import tempfile
from typing import IO, Iterator, Optional, Sequence

from .messages import Usage

_SUFFIXES = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet", ".txt": "text"}


def add_arguments(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """--output and --format; the first format is the default one."""
    parser.add_argument("-o", "--output", metavar="FILE", help="write into FILE; with .gz compressed")
    parser.add_argument("-f", "--format", choices=formats,
                        help=f"how to write; without it as the name of FILE says, or {formats[0]}")


def format_of(arguments: argparse.Namespace, formats: Sequence[str]) -> str:
    """The format that is wanted. Throws Usage."""
    if arguments.format:
        return str(arguments.format)
    if arguments.output:
        name = arguments.output.lower()
        suffix = os.path.splitext(name[:-3] if name.endswith(".gz") else name)[1]
        found = _SUFFIXES.get(suffix)
        if found in formats:
            return str(found)
        if found and found != "text":
            raise Usage(f"{arguments.output}: {found} is not among {', '.join(formats)}; --format chooses")
    return formats[0]


@contextlib.contextmanager
def replaced(path: str) -> Iterator[str]:
    """A name beside a file, which becomes that of the file when all went well."""
    if os.path.exists(path) and not os.path.isfile(path):
        yield path  # a device, a pipe
        return
    path = os.path.realpath(path) if os.path.islink(path) else path
    folder, name = os.path.split(os.path.abspath(path))
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error
    os.close(handle)
    try:
        yield beside
        os.chmod(beside, _mode_of(path))
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _mode_of(path: str) -> int:
    """Who may read and write the file: as it was, or as files are that begin."""
    with contextlib.suppress(FileNotFoundError):
        return stat.S_IMODE(os.stat(path).st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextlib.contextmanager
def opened(path: Optional[str]) -> Iterator[IO[bytes]]:
    """A file to write to; standard output without a name, or for -."""
    if path is None or path == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with replaced(path) as beside:
        if path.endswith(".gz"):
            with open(beside, "wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0, compresslevel=6) as packed:
                yield packed  # type: ignore[misc]
        else:
            with open(beside, "wb") as file:
                yield file
