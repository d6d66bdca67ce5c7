# SPDX-License-Identifier: BSD-3-Clause
"""The command line of tstat-log."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import signal
import sys
from typing import Any, Optional, Sequence

from . import commands, messages

_DESCRIPTION = """Selects, filters, counts and draws what text logs of tstat hold.

Logs are files, patterns, directories of sessions (*.out) or standard input (-), plain or gzip."""
_EPILOG = """'tstat-log COMMAND --help' tells more of one; tstat-log(1). Exit status: 0; 1 when something could not be read or
written as a whole; 2 when the command line is wrong."""


def command_names() -> list[str]:
    """The names of all sub-commands."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))


def _module(name: str) -> Any:
    return importlib.import_module(f"{commands.__name__}.{name.replace('-', '_')}")


def _parser(version: str, wanted: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tstat-log", description=_DESCRIPTION, epilog=_EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-v", "--version", action="version", version=f"tstat-log {version}")
    parsers = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for name in wanted:
        module = _module(name)
        own = parsers.add_parser(module.NAME, help=module.HELP, description=module.HELP[0].upper() + module.HELP[1:] + ".",
                                 epilog=getattr(module, "EPILOG", None), formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(own)
        own.set_defaults(run=module.run)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    from tstat import Error
    messages.take_warnings()
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except messages.Failure as failure:
        print(f"{messages.PROGRAM}: {messages.with_names(str(failure))}", file=sys.stderr)
        return failure.status
    except Error as error:
        print(f"{messages.PROGRAM}: {messages.with_names(str(error))}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{messages.PROGRAM}: {messages.with_names(where)}{error.strerror or error}", file=sys.stderr)
        return 1
    return max(status, int(messages.is_incomplete()))


def main(version: str, argv: Optional[Sequence[str]] = None) -> int:
    """Runs one command; gives the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    # Who does not read on ends the program as any other's.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    names = command_names()
    wanted = [argv[0]] if argv and argv[0] in names else names
    arguments = _parser(version, wanted).parse_args(argv)
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return 130
