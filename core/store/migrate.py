"""Bring the database to this code's schema, once, however many processes start; refuse a newer one untouched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from sqlalchemy import URL, Column, Connection, Engine, MetaData, PrimaryKeyConstraint, String, Table, inspect, select
from sqlalchemy.exc import DatabaseError, IntegrityError

from core.errors import NewerDatabaseError, StoreError
from core.store.schema import REVISIONS, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_SECONDS = 120.0
# The table in which Alembic keeps the revision; a new database gets it without Alembic.
VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite URL; None for any other database, or one in memory."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(url.database)


def refuse_newer(revision: str | None) -> None:
    """Refuse a revision that this code does not know.

    Raises:
        NewerDatabaseError: it is none of `REVISIONS`.
    """
    if revision is not None and revision not in REVISIONS:
        versions = f"schema {revision}; this version knows up to {REVISIONS[-1]}"
        raise NewerDatabaseError(
            f"The database was written by a newer version ({versions}). It is left untouched. "  # noqa: S608 (a sentence)
            "Update this program, or set FRACTURE_HOME to another folder."
        )


def peek(file: Path) -> str | None:
    """The revision of an SQLite file, read without writing a byte to it or beside it; None for a new one.

    Raises:
        StoreError: the file is no SQLite database.
    """
    if not file.exists() or file.stat().st_size == 0:
        return None
    # A write-ahead log must be read as well; its side files exist then already.
    modes = ("mode=ro",) if Path(f"{file}-wal").exists() else ("immutable=1", "mode=ro")
    for mode in modes:
        try:
            return _read_revision(file, mode)
        except sqlite3.Error as error:
            problem = error
    raise StoreError(
        f"The database cannot be read ({problem}). Restore a copy, or set FRACTURE_HOME to another folder."
    ) from problem


def _read_revision(file: Path, mode: str) -> str | None:
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?{mode}", uri=True, timeout=30)
    try:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
        if known.fetchone() is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row[0] if row else None
    finally:
        connection.close()


def migrate(engine: Engine, home: Path) -> None:
    """Create or update the tables; does nothing where they are as this code wants them.

    Args:
        home: the folder of the lock that keeps two starting processes apart; for SQLite the lock lies beside the file.

    Raises:
        NewerDatabaseError: a newer version wrote the database, which is left untouched.
        StoreError: it cannot be opened or read, or it holds a value that this version does not know.
    """
    file = sqlite_file(engine.url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        revision = peek(file)
        refuse_newer(revision)
        if revision == REVISIONS[-1]:
            return
    with FileLock(f"{file}.lock" if file else home / "migration.lock", timeout=LOCK_SECONDS):
        try:
            if file is not None:  # the mode persists, and two processes must not switch it at once
                _use_write_ahead_log(file)
            with (
                engine.execution_options(writes=True).connect() as connection,
                _without_foreign_keys(connection),
                connection.begin(),
            ):
                _upgrade(connection)
        except IntegrityError as error:
            raise StoreError(
                f"The database holds a value that this version does not know ({error.orig}). It is left untouched. "
                "Restore a copy, or set FRACTURE_HOME to another folder."
            ) from error
        except DatabaseError as error:
            raise StoreError(f"The database cannot be opened ({error.orig}). Check FRACTURE_DATABASE_URL.") from error


def _use_write_ahead_log(file: Path) -> None:
    connection = sqlite3.connect(file, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Switch SQLite's foreign keys off for an upgrade, and on again after it. Enter it outside a transaction.

    SQLite changes a table by copying and dropping it; with foreign keys on, the rows that refer to it forbid that.
    Within a transaction SQLite ignores the switch.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    _switch_foreign_keys(connection, "OFF")
    try:
        yield
    finally:
        _switch_foreign_keys(connection, "ON")


def _switch_foreign_keys(connection: Connection, to: str) -> None:
    cursor = connection.connection.cursor()  # the driver's own, since SQLAlchemy would begin a transaction
    cursor.execute(f"PRAGMA foreign_keys = {to}")
    cursor.close()


def _upgrade(connection: Connection) -> None:
    revision = None
    if inspect(connection).has_table(VERSION.name):
        revision = connection.scalar(select(VERSION.c.version_num))
    refuse_newer(revision)
    if revision == REVISIONS[-1]:
        return
    if revision is None:  # a new database gets in one step what the migrations give; a test compares the two
        metadata.create_all(connection, checkfirst=False)
        VERSION.create(connection, checkfirst=True)
        connection.execute(VERSION.insert().values(version_num=REVISIONS[-1]))
        return
    from alembic import command  # here, because it is slow to import and seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
