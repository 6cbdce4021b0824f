"""The connection to the database, with two kinds of transaction.

`reading` sees the store as it is at one moment; `writing` is the only writer while it lasts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Row,
    Select,
    Table,
    create_engine,
    event,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import ConfigurationError
from core.store.migrate import migrate, sqlite_file

BUSY_SECONDS = 60  # how long a writer waits for another
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


def is_there(url: str) -> bool:
    """Whether there is a store to open; False where opening it would make one.

    Raises:
        ConfigurationError: a URL that SQLAlchemy cannot use.
    """
    try:
        file = sqlite_file(make_url(url))
    except ArgumentError as error:
        raise ConfigurationError(f"FRACTURE_DATABASE_URL cannot be used: {error}") from error
    return file is None or file.is_file()


class Database:
    """The store's tables. Safe to share between threads; open one in each process.

    Args:
        url: FRACTURE_DATABASE_URL.
        home: FRACTURE_HOME.

    Raises:
        ConfigurationError: a URL that SQLAlchemy cannot use.
        NewerDatabaseError, StoreError: see `migrate`.
    """

    def __init__(self, url: str, home: Path) -> None:
        try:
            self.engine: Engine = create_engine(url, connect_args=_connect_arguments(url))
        except (ArgumentError, ImportError) as error:
            raise ConfigurationError(f"FRACTURE_DATABASE_URL cannot be used: {error}") from error
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        migrate(self.engine, home)
        self._writer = self.engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the store as it is at its first query."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, durable: bool = False) -> Iterator[Connection]:
        """A transaction that commits at the end, or rolls back where an exception leaves it.

        What is committed survives the end of any process.

        Args:
            durable: it survives a power cut as well, from the moment this returns; that costs waiting for the disk.
        """
        with self._writer.execution_options(durable=durable).begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def insert_new(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that skips a row which is there already, by any of the table's unique keys.

    Raises:
        ConfigurationError: a kind of database that has no such statement.
    """
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    raise ConfigurationError(f"FRACTURE_DATABASE_URL: {connection.dialect.name} is not supported. Use SQLite.")


def insert_row(connection: Connection, table: Table, values: Mapping[str, object]) -> int:
    """Insert a row into a table whose key is `id`. Returns the new id."""
    return _new_id(connection.execute(table.insert().values(**values)))


def insert_or_find(
    connection: Connection, table: Table, values: Mapping[str, object], same: ColumnElement[bool]
) -> tuple[int, bool]:
    """Insert a row unless one is there by any of the table's unique keys.

    Args:
        same: the condition that finds the row which is there.

    Returns:
        The row's id, and whether it is new.
    """
    made = connection.execute(insert_new(connection, table).values(**values))
    if made.rowcount == 1:
        return _new_id(made), True
    return int(connection.execute(select(table.c.id).where(same)).scalar_one()), False


def absolute_url(url: str) -> str:
    """The URL with an SQLite file's path made absolute, for a process that starts in another folder."""
    parsed = make_url(url)
    file = sqlite_file(parsed)
    return url if file is None else parsed.set(database=str(file.resolve())).render_as_string(hide_password=False)


def _new_id(made: CursorResult[Any]) -> int:
    key: Any = made.inserted_primary_key  # one column
    return int(key[0])


def _connect_arguments(url: str) -> dict[str, object]:
    # isolation_level None leaves BEGIN to `_begin_sqlite`: a writer must take its lock at the start, not halfway.
    return {"timeout": BUSY_SECONDS, "isolation_level": None} if url.startswith("sqlite") else {}


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('durable') else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")
