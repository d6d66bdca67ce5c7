# SPDX-License-Identifier: BSD-3-Clause
"""tstat-log load."""

from __future__ import annotations

import argparse
import csv
import io
import os
import signal

import tstat

from .. import databases, inputs, loading, original_tables, output, raw_rows, sql_rows
from ..messages import Failure, Usage

NAME = "load"
HELP = "loads logs into a database: SQLite, PostgreSQL, MySQL or MariaDB"
EPILOG = """Databases: FILE or sqlite:FILE; postgresql://USER@HOST/DATABASE, also postgresql:///DATABASE?host=/run/postgresql;
mysql://USER@HOST/DATABASE, also ?unix_socket=/run/mysqld/mysqld.sock. A password is better not on the command line:
?password=env:NAME or ?password=file:PATH (PostgreSQL also takes PGPASSWORD and ~/.pgpass)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its own arguments."""
    inputs.add_arguments(parser)
    parser.add_argument("-d", "--database", metavar="URL", default="tstat.sqlite", help="where to (tstat.sqlite)")
    parser.add_argument("-t", "--table", metavar="NAME", help="the table (tcp, udp, http, ...: the kind of rows)")
    parser.add_argument("--again", action="store_true", help="also what was loaded before")
    parser.add_argument("--original-tables", action="store_true", help="the tables tcp, tcp_no, udp as Tstat's MySQL scripts have them")
    parser.add_argument("--print-schema", metavar="KIND", choices=("sqlite", "postgresql", "mysql"),
                        help="print the statement that makes the table; load nothing")
    parser.add_argument("--as-original", action="store_true", help="no database: write tcp.csv, tcp_no.csv or udp.csv for mysqlimport")
    parser.add_argument("-o", "--output", metavar="DIR", default=".", help="where --as-original writes (the current directory)")


def run(arguments: argparse.Namespace) -> int:
    """Loads each file in a transaction of its own."""
    if arguments.print_schema:
        return _print_schema(arguments)
    with inputs.opened(arguments) as logs:
        if arguments.as_original:
            return _write_csv(logs, arguments.output)
        definition = _definition(arguments, logs.log)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a server that goes away is an error
        database = databases.opened(arguments.database)
        try:
            return _load(arguments, logs, database, definition)
        except databases.errors() as error:
            raise Failure(f"{database.place}: {databases.sentence(error)}") from None
        finally:
            database.close()


def _definition(arguments: argparse.Namespace, log: str) -> databases.Definition:
    if arguments.original_tables:
        if log not in original_tables.TABLES:
            raise Usage(f"{log}: there are tables of the original for {', '.join(original_tables.TABLES)}")
        return original_tables.definition(log, arguments.table)
    table, *others = [name for name in tstat.tables() if tstat.schema(name).log == log]
    if others:
        raise Usage(f"{log}: has rows of several kinds, and cannot be loaded")
    definition = sql_rows.definition(table, arguments.table or table)
    if definition.name.casefold() == sql_rows.LOADS.name.casefold():  # names of SQLite and MySQL have no case
        raise Usage(f"{definition.name}: is the table of what was loaded")
    return definition


def _load(arguments: argparse.Namespace, logs: inputs.Logs, database: databases.Database, definition: databases.Definition) -> int:
    kind = loading.OriginalLoader if arguments.original_tables else loading.Loader
    loader = kind(database, logs.log, definition, again=arguments.again)
    for file in logs.files:
        rows = loader.load(file)
        print(f"{raw_rows.shown_text(file.label)}: {'is there already' if rows is None else f'{rows} rows into {definition.name}'}")
    return 0


def _print_schema(arguments: argparse.Namespace) -> int:
    if arguments.logs:
        raise Usage("--print-schema reads no log: --log tells which table")
    database = databases.KINDS[arguments.print_schema](None, "")
    definition = _definition(arguments, inputs.log_of_name(arguments.log or "tcp"))
    print(";\n".join([*database.statements(definition), ""]), end="")
    return 0


def _write_csv(logs: inputs.Logs, folder: str) -> int:
    if logs.log not in original_tables.TABLES:
        raise Usage(f"{logs.log}: there are tables of the original for {', '.join(original_tables.TABLES)}")
    path = os.path.join(folder, original_tables.TABLES[logs.log][0] + ".csv")
    with output.opened(path) as binary, io.TextIOWrapper(binary, encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for file in logs.files:
            for _, values in loading.original_rows(file, for_file=True):
                writer.writerow(["\\N", *("\\N" if value is None else value for value in values)])
    return 0
