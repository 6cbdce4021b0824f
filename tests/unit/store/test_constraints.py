"""What the database itself refuses: values that no enum has, and references to rows that do not exist."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from core.domain import Verdict
from core.errors import StoreError
from core.store import reviews
from core.store.database import Database
from core.store.migrate import peek
from core.store.schema import metadata
from tests.unit.store import older_stores
from tests.unit.store.conftest import NOW

Check = tuple[str, str, frozenset[str]]  # table, name, values

CHECKED = [
    (table.name, column.name)
    for table in metadata.tables.values()
    for column in table.columns
    if any(f"ck_{table.name}_{column.name}" == each.name for each in table.constraints)
]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an older store with rows in every table, brought up to date."""
    file = tmp_path_factory.mktemp("upgraded") / "fracture.db"
    Database(older_stores.make(file, "0005", older_stores.FILLED), file.parent).close()
    return file


@pytest.fixture
def filled(tmp_path: Path, upgraded: Path) -> Iterator[Database]:
    """A copy of that store."""
    opened = Database(f"sqlite:///{shutil.copy(upgraded, tmp_path / 'filled.db')}", tmp_path)
    yield opened
    opened.close()


def declared_checks() -> set[Check]:
    return {
        (table.name, str(each.name), values(str(each.sqltext)))
        for table in metadata.tables.values()
        for each in table.constraints
        if isinstance(each, sa.CheckConstraint)
    }


def checks(engine: sa.Engine) -> set[Check]:
    inspector = sa.inspect(engine)
    return {
        (table, str(each["name"]), values(each["sqltext"]))
        for table in inspector.get_table_names()
        for each in inspector.get_check_constraints(table)
    }


def values(condition: str) -> frozenset[str]:
    return frozenset(re.findall(r"'(\w+)'", condition))


def references(engine: sa.Engine) -> set[tuple[str, str | None, tuple[str, ...], str, tuple[str, ...]]]:
    inspector = sa.inspect(engine)
    return {
        (
            table,
            each["name"],
            tuple(each["constrained_columns"]),
            each["referred_table"],
            tuple(each["referred_columns"]),
        )
        for table in inspector.get_table_names()
        for each in inspector.get_foreign_keys(table)
    }


def uniques(engine: sa.Engine) -> set[tuple[str, str | None, tuple[str, ...]]]:
    inspector = sa.inspect(engine)
    found = set()
    for table in inspector.get_table_names():
        key = inspector.get_pk_constraint(table)
        found.add((table, key["name"], tuple(key["constrained_columns"])))
        found |= {
            (table, each["name"], tuple(each["column_names"])) for each in inspector.get_unique_constraints(table)
        }
    return found


def indexes(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {" ".join(sql.split()) for sql in found.scalars()}


def test_every_enum_of_the_schema_is_checked() -> None:
    """`String(16)` is what enums are kept in; a file's format and an order's hash are none."""
    short = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.String) and column.type.length == 16
    }
    assert short - set(CHECKED) == {("radiograph", "format"), ("worklist_order", "id")}
    assert set(CHECKED) <= short and len(CHECKED) == 13


def test_the_migrations_give_the_constraints_that_the_code_declares(database: Database, filled: Database) -> None:
    """`database` is made in one step, `filled` by the migrations."""
    made, migrated = database.engine, filled.engine
    assert checks(migrated) == checks(made) == declared_checks()
    assert references(migrated) == references(made) and uniques(migrated) == uniques(made)
    assert indexes(migrated) == indexes(made)
    found = {(table, *columns, target) for table, _, columns, target, _ in references(made)}
    assert {("entry", "verdict_id", "review"), ("champion", "comparison_id", "job")} <= found


@pytest.mark.parametrize(("table", "column"), CHECKED)
def test_a_value_that_does_not_exist_is_refused(filled: Database, table: str, column: str) -> None:
    with pytest.raises(IntegrityError, match=f"ck_{table}_{column}"), filled.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = 'dreaming'")


def test_every_value_that_exists_is_taken(filled: Database) -> None:
    with filled.writing() as connection:
        for table, name, known in checks(filled.engine):
            for value in known:
                connection.exec_driver_sql(f"UPDATE {table} SET {name.removeprefix(f'ck_{table}_')} = '{value}'")


@pytest.mark.parametrize("change", ["entry SET verdict_id", "champion SET comparison_id"])
def test_a_reference_to_nothing_is_refused(filled: Database, change: str) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), filled.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {change} = 1234")


def test_an_entry_loses_its_verdict_before_its_reviews_go(database: Database, add_batch: Callable[..., int]) -> None:
    add_batch("a")
    with database.writing() as connection:
        reviews.append(connection, 1, None, "ann", Verdict.UNSURE, "", NOW)
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM review")
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE entry SET verdict_id = NULL")
        connection.exec_driver_sql("DELETE FROM review")
        connection.exec_driver_sql("DELETE FROM entry")


def test_an_older_store_keeps_every_row(tmp_path: Path) -> None:
    url = older_stores.make(tmp_path / "fracture.db", "0005", older_stores.FILLED)
    before = older_stores.rows(url)
    assert set(before) <= set(metadata.tables) and all(before.values()), "there are rows in every table"
    database = Database(url, tmp_path)
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    database.close()
    assert older_stores.known_before(older_stores.rows(url), before) == before


def test_an_older_store_with_references_to_nothing(tmp_path: Path) -> None:
    odd = """
UPDATE entry SET verdict_id = 88 WHERE id = 2;
UPDATE champion SET comparison_id = 77 WHERE id = 3;
INSERT INTO copy VALUES (9, 1234, 'of an entry that is gone');
INSERT INTO worker VALUES (3, 'host|2|0.0', 'abc', 'dreaming', '2026-01-01 08:00:00', '2026-01-01 08:10:00');
"""
    url = older_stores.make(tmp_path / "fracture.db", "0005", older_stores.FILLED + odd)
    before = older_stores.rows(url)
    Database(url, tmp_path).close()
    after = older_stores.known_before(older_stores.rows(url), before)
    before["entry"][1]["verdict_id"] = None
    before["champion"][2]["comparison_id"] = None
    del before["worker"][1]
    assert after == before


def test_a_value_of_nobody_stops_the_upgrade_and_nothing_changes(tmp_path: Path) -> None:
    file = tmp_path / "fracture.db"
    url = older_stores.make(file, "0005", older_stores.FILLED + "UPDATE job SET state = 'dreaming' WHERE id = 4;\n")
    before = older_stores.rows(url)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"does not know.*ck_job_state.*left untouched"):
            Database(url, tmp_path)
        assert older_stores.rows(url) == before and peek(file) == "0005"
