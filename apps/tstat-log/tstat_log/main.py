# SPDX-License-Identifier: BSD-3-Clause
"""The command line of tstat-log."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import signal
import sys
from typing import Any, Optional, Sequence

from . import commands, messages, starting

_DESCRIPTION = """Selects, filters, counts and draws what text logs of tstat hold.

Logs are files, patterns, directories of sessions (*.out) or standard input (-), plain or gzip."""
# The command line of the script that a command replaces comes behind it.
ORIGINAL = "--as-original"
_EPILOG = """'tstat-log COMMAND --help' tells more of one; tstat-log(1). Exit status: 0; 1 when something could not be read or
written as a whole; 2 when the command line is wrong."""


def command_names() -> list[str]:
    """The names of all sub-commands."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))


def _module(name: str) -> Any:
    return importlib.import_module(f"{commands.__name__}.{name.replace('-', '_')}")


def _parser(version: str, wanted: Sequence[str], is_original: bool = False) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tstat-log", description=_DESCRIPTION, epilog=_EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-v", "--version", action="version", version=f"tstat-log {version}")
    parsers = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for name in wanted:
        module = _module(name)
        if is_original:
            own = parsers.add_parser(name, prog=f"tstat-log {name} {ORIGINAL}", description=module.ORIGINAL_HELP, add_help=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
            own.add_argument("--help", action="help", help="show this help message and exit")
            module.add_original_arguments(own)
            own.set_defaults(run=module.run_original)
            continue
        own = parsers.add_parser(module.NAME, help=module.HELP, description=module.HELP[0].upper() + module.HELP[1:] + ".",
                                 epilog=getattr(module, "EPILOG", None), formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(own)
        if hasattr(module, "run_original"):
            own.add_argument(ORIGINAL, action="store_true",
                             help="what follows is the command line of the original's script; "
                                  f"'tstat-log {name} {ORIGINAL} --help' tells it")
        own.set_defaults(run=module.run)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    messages.take_warnings()
    starting.guard()
    return starting.status_of(lambda: int(arguments.run(arguments)))



def main(version: str, argv: Optional[Sequence[str]] = None) -> int:
    """Runs one command; gives the exit status."""
    starting.prepare()
    argv = sys.argv[1:] if argv is None else argv
    names = command_names()
    wanted = [argv[0]] if argv and argv[0] in names else names
    is_original = len(argv) > 1 and argv[1] == ORIGINAL and hasattr(_module(wanted[0]), "run_original")
    if is_original:
        argv = [argv[0], *argv[2:]]
    parser = _parser(version, wanted, is_original)
    arguments, rest = parser.parse_known_args(argv)
    # argparse takes logs in one place alone; they may stand behind options, too.
    has_logs = isinstance(getattr(arguments, "logs", None), list)
    if rest and (not has_logs or any(one.startswith("-") and one != "-" for one in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        arguments.logs.extend(rest)
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return 130
