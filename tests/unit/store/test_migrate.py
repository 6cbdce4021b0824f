"""The schema is brought up to date on start, once; what a newer version wrote is left as it is."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.errors import ConfigurationError, NewerDatabaseError, StoreError
from core.store.database import Database, absolute_url
from core.store.migrate import MIGRATIONS, peek
from core.store.schema import REVISIONS, metadata
from tests.unit.architecture.sources import ROOT
from tests.unit.store import older_stores


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def make_newer(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


@pytest.mark.parametrize("steps", [True, False], ids=["migrated", "made in one step"])
def test_a_store_has_the_schema_that_the_code_declares(steps: bool, tmp_path: Path) -> None:
    file = tmp_path / "fracture.db"
    if steps:
        older_stores.make(file, REVISIONS[-1], "")
    database = Database(url_of(file), tmp_path)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_every_migration_is_known_by_name() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    steps = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(step.revision for step in steps)[::-1] == REVISIONS


def test_a_new_database_gets_the_last_revision_and_a_write_ahead_log(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "fracture.db"
    Database(url_of(file), tmp_path).close()
    assert peek(file) == REVISIONS[-1]
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_connections_wait_for_each_other_and_hold_foreign_keys(database: Database) -> None:
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 30_000


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "fracture.db"
    Database(url_of(file), tmp_path).close()
    before = contents(tmp_path)
    Database(url_of(file), tmp_path).close()
    assert contents(tmp_path) == before


def test_a_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    file = folder / "fracture.db"
    Database(url_of(file), tmp_path).close()
    make_newer(file)
    before = contents(folder)
    with pytest.raises(NewerDatabaseError, match=r"9999.*left untouched.*Update"):
        Database(url_of(file), tmp_path)
    assert contents(folder) == before


def test_a_newer_database_in_use_is_refused_untouched(tmp_path: Path) -> None:
    """Its write-ahead log holds the revision, and the file itself does not yet."""
    folder = tmp_path / "store"
    file = folder / "fracture.db"
    Database(url_of(file), tmp_path).close()
    user = sqlite3.connect(file)
    user.execute("PRAGMA wal_autocheckpoint = 0")
    user.execute("UPDATE alembic_version SET version_num = '9999'")
    user.commit()
    before = {name: data for name, data in contents(folder).items() if not name.endswith("-shm")}
    with pytest.raises(NewerDatabaseError):
        Database(url_of(file), tmp_path)
    assert {name: data for name, data in contents(folder).items() if not name.endswith("-shm")} == before
    user.close()


def test_what_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    file = tmp_path / "fracture.db"
    file.write_bytes(b"this is a letter, not a database, and longer than a header would be" * 4)
    before = contents(tmp_path)
    with pytest.raises(StoreError, match="cannot be read"):
        Database(url_of(file), tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("url", ["no url at all", "nosuchdialect://host/name"])
def test_a_url_that_cannot_be_used_says_so(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="FRACTURE_DATABASE_URL"):
        Database(url, tmp_path)


def test_a_relative_url_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute_url("sqlite:///some.db") == url_of(tmp_path / "some.db")
    assert absolute_url("postgresql://me:secret@host/name") == "postgresql://me:secret@host/name"


@pytest.mark.parametrize("older", [False, True])
def test_processes_that_start_at_once_migrate_once(older: bool, tmp_path: Path) -> None:
    kept = {}
    if older:
        kept = older_stores.rows(older_stores.make(tmp_path / "fracture.db", "0005", older_stores.FILLED))
    code = """
import sys, time
from pathlib import Path
from core.store.database import Database
from core.store.workers import all_workers
import alembic.command
home = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
database = Database(f"sqlite:///{home / 'fracture.db'}", home)
with database.reading() as connection:
    print(len(all_workers(connection)))
"""
    start = [sys.executable, "-c", code, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(start, cwd=ROOT, **pipes) for _ in range(4)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        said, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert int(said) == len(kept.get("worker", ()))
    assert peek(tmp_path / "fracture.db") == REVISIONS[-1]
    if older:
        assert older_stores.known_before(older_stores.rows(url_of(tmp_path / "fracture.db")), kept) == kept
