# SPDX-License-Identifier: BSD-3-Clause
"""SQLite, PostgreSQL and MySQL (MariaDB), as far as rows of logs get into them.

    database = databases.opened("postgresql://probe@db.example.org/tstat")
    database.create(definition)
    database.insert(definition, rows)
    database.commit()

Names are always quoted and values never part of a statement's text.
"""

from __future__ import annotations

import os
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Any, Iterable, Optional, Sequence

from .messages import Failure, Usage

MOST_NAME = 63  # characters of a name, in each of the databases


@dataclass(frozen=True)
class Field:
    """A column: its type in the words of ``_TYPES``, and for a code or a set the names that there are."""

    name: str
    type: str
    comment: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Definition:
    """A table to be made."""

    name: str
    fields: tuple[Field, ...]
    comment: str = ""
    indexes: tuple[tuple[str, ...], ...] = field(default=())


_TYPES: dict[str, dict[str, str]] = {
    "sqlite": {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "uint8": "INTEGER", "uint16": "INTEGER", "uint32": "INTEGER", "uint64": "INTEGER",
               "int": "INTEGER", "real": "REAL", "bool": "INTEGER", "text": "TEXT", "address": "TEXT", "time": "TEXT", "duration": "INTEGER",
               "enum": "TEXT", "set": "TEXT"},
    "postgresql": {"id": "bigserial PRIMARY KEY", "uint8": "smallint", "uint16": "integer", "uint32": "bigint", "uint64": "numeric(20)",
                   "int": "bigint", "real": "double precision", "bool": "boolean", "text": "text", "address": "inet",
                   "time": "timestamp(6) with time zone", "duration": "bigint", "enum": "text", "set": "text"},
    "mysql": {"id": "int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY", "uint8": "tinyint unsigned", "uint16": "smallint unsigned",
              "uint32": "int unsigned", "uint64": "bigint unsigned", "int": "bigint", "real": "double", "bool": "tinyint(1)", "text": "text",
              "address": "varchar(45)", "time": "datetime(6)", "duration": "bigint", "enum": "enum", "set": "set"},
}
_WAIT_S = 3600.0  # for another run
_LARGEST = (1 << 63) - 1
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Database:
    """What the three have in common."""

    kind = ""
    mark = "%s"  # of a value in a statement
    quotes = '"'
    returning = ""  # behind a statement that shall give the id of its row

    def __init__(self, connection: Any, place: str) -> None:
        self.connection = connection
        self.place = place

    def quoted(self, name: str) -> str:
        """A name as a statement has it."""
        if not name or len(name) > MOST_NAME or _NOT_IN_NAMES.search(name):
            raise Usage(f"{name!r}: no name of a table has less than one or more than {MOST_NAME} characters, or control characters, "
                        "or what is no UTF-8")
        return self.quotes + name.replace(self.quotes, self.quotes * 2) + self.quotes

    def named(self, *names: str) -> str:
        """Names in a statement that has values, in which a % would begin a mark."""
        quoted = ", ".join(map(self.quoted, names))
        return quoted.replace("%", "%%") if self.mark == "%s" else quoted

    def literal(self, text: str) -> str:
        """A text as a definition has it, where no value can stand."""
        return "'" + _CONTROLS.sub(" ", text).replace("\\", "/").replace("'", "''") + "'"

    def type_of(self, column: Field) -> str:
        """The type as this database names it."""
        return _TYPES[self.kind][column.type]

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Runs one statement; gives the cursor."""
        cursor = self.connection.cursor()
        if values:
            cursor.execute(statement, tuple(values))
        else:
            cursor.execute(statement)  # in which a % is one
        return cursor

    def columns(self, table: str) -> list[str]:
        """The columns of a table; none: it is not there."""
        raise NotImplementedError

    def create(self, definition: Definition) -> None:
        """Makes the table, or adds the columns that it lacks."""
        known = self.columns(definition.name)
        for statement in self.statements(definition, known):
            self.execute(statement)

    def statements(self, definition: Definition, known: Sequence[str] = ()) -> list[str]:
        """The statements that make the table, of which some columns may be there."""
        made = [] if known else [self.definition(definition), *self.indexes(definition)]
        made += [f"ALTER TABLE {self.quoted(definition.name)} ADD COLUMN {self._line(column).strip()}" for column in definition.fields
                 if known and column.name not in known]
        return made + self.comments(definition, known)

    def definition(self, definition: Definition) -> str:
        """CREATE TABLE."""
        return f"CREATE TABLE {self.quoted(definition.name)} (\n" + ",\n".join(
            self._line(column) for column in definition.fields) + "\n)"

    def _line(self, column: Field) -> str:
        check = ""
        if column.type == "enum" and self.kind != "mysql":
            check = f" CHECK ({self.quoted(column.name)} IN ({', '.join(map(self.literal, column.members))}))"
        return f"  {self.quoted(column.name)} {self.type_of(column)}{check}"

    def comments(self, definition: Definition, known: Sequence[str]) -> list[str]:
        """Comments on columns that are new, where they are statements of their own."""
        return []

    def indexes(self, definition: Definition) -> list[str]:
        """Indexes, where they are."""
        return [f"CREATE INDEX {self.quoted('_'.join((definition.name, *columns))[:MOST_NAME])} "
                f"ON {self.quoted(definition.name)} ({', '.join(map(self.quoted, columns))})" for columns in definition.indexes]

    def insert(self, definition: Definition, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Adds rows of values, in the order of the columns."""
        marks = ", ".join([self.mark] * len(columns))
        self.connection.cursor().executemany(f"INSERT INTO {self.named(definition.name)} ({self.named(*columns)}) VALUES ({marks})", rows)

    def insert_one(self, definition: Definition, columns: Sequence[str], values: Sequence[Any]) -> int:
        """Adds a row; gives its ``id``."""
        marks = ", ".join([self.mark] * len(columns))
        cursor = self.execute(f"INSERT INTO {self.named(definition.name)} ({self.named(*columns)}) VALUES ({marks}){self.returning}", values)
        found: int = cursor.fetchone()[0] if self.returning else cursor.lastrowid
        return found

    def alone(self) -> None:
        """Waits until no other run of this program loads into this database; no other does then, until the connection ends."""

    def begin(self) -> None:
        """Begins to change something, where that must be said."""

    def commit(self) -> None:
        """What was done since the last time stays."""
        self.connection.commit()

    def rollback(self) -> None:
        """What was done since the last time goes."""
        self.connection.rollback()

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()


class Sqlite(Database):
    """A file."""

    kind = "sqlite"
    mark = "?"

    def columns(self, table: str) -> list[str]:
        """See Database."""
        return [row[1] for row in self.execute(f"PRAGMA table_info({self.quoted(table)})")]

    def begin(self) -> None:
        """Others wait from now on. (Python's module would begin with the first row alone.)"""
        if not self.connection.in_transaction:
            self.execute("BEGIN IMMEDIATE")

    def definition(self, definition: Definition) -> str:
        """With the comments, which SQLite keeps as they stand."""
        lines = []
        for i, column in enumerate(definition.fields):
            comma = "," if i + 1 < len(definition.fields) else ""
            comment = f" -- {_CONTROLS.sub(' ', column.comment)}" if column.comment else ""
            lines.append(self._line(column) + comma + comment)
        title = f" -- {_CONTROLS.sub(' ', definition.comment)}" if definition.comment else ""
        return f"CREATE TABLE {self.quoted(definition.name)} ({title}\n" + "\n".join(lines) + "\n)"

    def insert(self, definition: Definition, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See Database. Integers of SQLite have 63 bits and a sign."""
        super().insert(definition, columns, ([str(value) if isinstance(value, int) and value > _LARGEST else value for value in row]
                                             for row in rows))


class Postgresql(Database):
    """A server, by libpq: with its files of passwords and its environment."""

    kind = "postgresql"
    returning = " RETURNING id"

    def alone(self) -> None:
        """See Database."""
        self.execute("SELECT pg_advisory_lock(hashtext('tstat-log'))")

    def columns(self, table: str) -> list[str]:
        """See Database."""
        return [row[0] for row in self.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s", [table]).fetchall()]

    def comments(self, definition: Definition, known: Sequence[str]) -> list[str]:
        """See Database."""
        made = []
        table = self.quoted(definition.name)
        if definition.comment and not known:
            made.append(f"COMMENT ON TABLE {table} IS {self.literal(definition.comment)}")
        return made + [f"COMMENT ON COLUMN {table}.{self.quoted(column.name)} IS {self.literal(column.comment)}"
                       for column in definition.fields if column.comment and column.name not in known]

    def insert(self, definition: Definition, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """See Database."""
        names = ", ".join(map(self.quoted, columns))
        self.connection.cursor().copy_expert(f"COPY {self.quoted(definition.name)} ({names}) FROM STDIN", _CopyText(rows))


class _CopyText:
    """Rows as COPY reads them."""

    _ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\\\x00"})

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = iter(rows)
        self._text = ""

    def _cell(self, value: Any) -> str:
        if value is None:
            return "\\N"
        if isinstance(value, str):
            return value.translate(self._ESCAPES)
        return ("f", "t")[value] if isinstance(value, bool) else str(value)

    def read(self, size: int = 8192) -> str:
        """At least one row, as long as there are any."""
        parts = [self._text]
        have = len(self._text)
        while have < size:
            row = next(self._rows, None)
            if row is None:
                break
            parts.append("\t".join(map(self._cell, row)) + "\n")
            have += len(parts[-1])
        text = "".join(parts)
        self._text = text[size:]
        return text[:size]


class Mysql(Database):
    """A server of MySQL or MariaDB."""

    kind = "mysql"
    quotes = "`"

    def type_of(self, column: Field) -> str:
        """See Database."""
        members = f"({','.join(map(self.literal, column.members))})" if column.members else ""
        return super().type_of(column) + members

    def columns(self, table: str) -> list[str]:
        """See Database."""
        return [row[0] for row in self.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = database() AND table_name = %s", [table])]

    def _line(self, column: Field) -> str:
        comment = f" COMMENT {self.literal(column.comment[:1000])}" if column.comment else ""
        return super()._line(column) + comment

    def definition(self, definition: Definition) -> str:
        """With the indexes; of texts the begin counts."""
        texts = {column.name for column in definition.fields if column.type == "text"}
        keys = [", ".join(self.quoted(name) + ("(64)" if name in texts else "") for name in columns) for columns in definition.indexes]
        lines = [self._line(column) for column in definition.fields]
        lines += [f"  KEY {self.quoted('_'.join(columns)[:MOST_NAME])} ({key})" for columns, key in zip(definition.indexes, keys)]
        comment = f" COMMENT {self.literal(definition.comment[:1000])}" if definition.comment else ""
        return f"CREATE TABLE {self.quoted(definition.name)} (\n" + ",\n".join(lines) + "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4" + comment

    def indexes(self, definition: Definition) -> list[str]:
        """They stand in the definition."""
        return []

    def alone(self) -> None:
        """See Database."""
        self.execute("SELECT GET_LOCK(CONCAT('tstat-log.', DATABASE()), 86400)")


KINDS: dict[str, type[Database]] = {kind.kind: kind for kind in (Sqlite, Postgresql, Mysql)}


def _secret(text: str) -> str:
    """A password: itself, env:NAME or file:PATH."""
    kind, colon, rest = text.partition(":")
    if colon and kind == "env":
        if rest not in os.environ:
            raise Usage(f"{text}: there is no such variable")
        return os.environ[rest]
    if colon and kind == "file":
        with open(rest, encoding="utf-8") as file:
            return file.readline().rstrip("\n")
    return text


def _module(name: str, package: str) -> Any:
    import importlib
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Failure(f"this needs the Python module {name} (Debian: {package})") from None


def opened(url: str) -> Database:
    """The database at an address; what has no scheme is a file of SQLite. Throws Failure."""
    scheme, colon, rest = url.partition(":")
    if scheme == "sqlite" and colon:
        return _sqlite(rest[2:] if rest.startswith("//") else rest)
    if "://" not in url:
        return _sqlite(url)
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:  # what it says may have a part of a password in it
        raise Usage("the address of the database is none: behind the host stands a port up to 65535, and in a password "
                    "%2F is a /, %40 an @, %5B a [") from None
    query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    said = query.pop("password") if "password" in query else None
    password = urllib.parse.unquote(parts.password) if parts.password is not None else said
    login = {"host": parts.hostname, "port": port, "user": urllib.parse.unquote(parts.username) if parts.username else None,
             "database": urllib.parse.unquote(parts.path.lstrip("/")) or None, "password": None if password is None else _secret(password)}
    where = urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    if parts.scheme in ("postgresql", "postgres"):
        return _postgresql(login, query, where)
    if parts.scheme in ("mysql", "mariadb"):
        return _mysql(login, query, where)
    raise Usage(f"{where}: databases are sqlite:FILE, postgresql://... and mysql://...")


def _sqlite(path: str) -> Database:
    import sqlite3
    if not path:
        raise Usage("sqlite: needs the name of a file behind it")
    try:
        connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")  # (also tells whether it is a database)
        connection.execute("ROLLBACK")
        connection.isolation_level = "IMMEDIATE"
    except sqlite3.Error as error:
        raise Failure(f"{path}: {error}") from None
    return Sqlite(connection, path)


def _postgresql(login: dict[str, Any], query: dict[str, str], where: str) -> Database:
    psycopg2 = _module("psycopg2", "python3-psycopg2")
    arguments: dict[str, Any] = {"application_name": "tstat-log", **query, **{key: value for key, value in login.items() if value is not None}}
    try:
        connection = psycopg2.connect(**arguments)
        connection.set_client_encoding("UTF8")
        connection.cursor().execute("SET TIME ZONE 'UTC'")
        connection.commit()
    except psycopg2.Error as error:
        raise Failure(f"{where}: {sentence(error)}") from None
    return Postgresql(connection, where)


def _mysql(login: dict[str, Any], query: dict[str, str], where: str) -> Database:
    pymysql = _module("pymysql", "python3-pymysql")
    unknown = set(query) - {"unix_socket", "ssl_ca"}
    if unknown:
        raise Usage(f"{sorted(unknown)[0]}: options of mysql:// are unix_socket, ssl_ca and password")
    arguments: dict[str, Any] = {**query, **{key: value for key, value in login.items() if value is not None}}
    try:
        connection = pymysql.connect(charset="utf8mb4", init_command="SET time_zone = '+00:00'", local_infile=False, **arguments)
    except (pymysql.Error, OSError, RuntimeError) as error:
        raise Failure(f"{where}: {sentence(error)}") from None
    return Mysql(connection, where)


def sentence(error: BaseException) -> str:
    """What a database says, in one line."""
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return " ".join(text.split())


def errors() -> tuple[type[Exception], ...]:
    """What databases that are in use throw."""
    import sys
    found: list[type[Exception]] = []
    for name in ("sqlite3", "psycopg2", "pymysql"):
        module: Optional[Any] = sys.modules.get(name)
        if module is not None:
            found.append(module.Error)
    return tuple(found)
