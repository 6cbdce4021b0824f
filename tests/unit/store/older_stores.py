"""Stores as older versions left them: the tables of a revision, filled by SQL of that time."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from core.store.migrate import MIGRATIONS

# Revision 0005: rows in every table, an id with a gap before it, NULL wherever it may stand.
FILLED = """
INSERT INTO batch (id, name, reader, state, model_version, created, signed_at, signed_by, mode, second_share, seed,
    revealed) VALUES
    (1, 'Mänd ''ag', 'ann', 'signed', 'v', '2026-01-01 08:00:00', '2026-01-02 08:00:00.000001', 'ann', 'blind', 0.25,
    7, 1),
    (5, '', 'bob', 'being_read', 'v', '2026-01-01 08:00:00', NULL, '', 'unaided_first', 0.1, 0, 0);
INSERT INTO batch_event VALUES (3, 1, 'signed', 'ann', 'why', '2026-01-02 08:00:00');
INSERT INTO radiograph VALUES
    (1, 'a', 0, 4, 4, 8, 'PNG', 0, 255, NULL, NULL, NULL, NULL, NULL, NULL, '[]', '2026-01-01 08:00:00'),
    (9, 'b', 1, 4000, 5000, 16, 'DICOM', -0.1, 65535.5, 'DX', 'HAND', 'AP', 'L', 's1', 's2', '["a word"]',
    '2026-01-01 08:00:01');
INSERT INTO work VALUES
    (1, 1, 'v', 5, 'waiting', 2, '', NULL, '', NULL, '2026-01-01 08:00:00'),
    (4, 9, 'v', 5, 'predicted', 1, '', NULL, '', 1, '2026-01-01 08:00:00'),
    (6, 9, 'w', 5, 'claimed', 1, 'host|1|0.0', '2026-01-01 09:00:00', '', NULL, '2026-01-01 08:00:00'),
    (7, 1, 'w', 5, 'failed', 3, '', NULL, 'it crashed', 2, '2026-01-01 08:00:00');
INSERT INTO prediction (id, radiograph_id, model_version, model_sha256, score, probability, band, reason, threshold_low,
    threshold_high, saliency_x, saliency_y, created, presentation) VALUES
    (4, 9, 'v', 'c', 0.1, 0.30000000000000004, 'doubt', '', 0.3, 0.7, 3, 4, '2026-01-01 08:30:00', 'turned'),
    (7, 1, 'w', 'c', 0.1, NULL, 'not_assessable', 'a chest', 0.3, 0.7, NULL, NULL, '2026-01-01 08:30:00', NULL);
INSERT INTO heatmap VALUES (4, 1, 2, 1, X'003C0000');
INSERT INTO entry (id, batch_id, radiograph_id, work_id, file_name, verdict_id, created, wanted, given, disputed) VALUES
    (1, 1, 1, 1, 'a.png', 2, '2026-01-01 08:00:00', 2, 1, 0),
    (2, 5, 9, 4, 'b.dcm', NULL, '2026-01-01 08:00:00', 1, 0, 0);
INSERT INTO copy VALUES (2, 1, 'once more.png');
INSERT INTO refusal VALUES (1, 5, 'letter.txt', 'no image', 'send one', '2026-01-01 08:00:00');
INSERT INTO intake (id, batch_id, state, total, received, taken, known, refused, cancel_asked, owner, updated, files)
    VALUES (1, 1, 'finished', 2, 2, 1, 1, 0, 0, 'host|1|0.0', '2026-01-01 08:00:00', NULL),
    (3, 5, 'interrupted', 2, 2, 1, 0, 1, 1, 'host|1|0.0', '2026-01-01 08:00:00', 2);
INSERT INTO review (id, entry_id, reader, prediction_id, verdict, comment, created, marks, mode, shown_at, adjudication)
    VALUES (2, 1, 'ann', NULL, 'fractured', 'x', '2026-01-01 09:00:00', '[["box",1.5,2,3,4,"n"]]', 'blind', NULL, 0),
    (3, 2, 'bob', 4, NULL, '', '2026-01-01 09:01:00', '[]', 'unaided_first', '2026-01-01 09:00:30', 1);
INSERT INTO claim VALUES (2, 'bob', '2026-01-01 09:20:00');
INSERT INTO worker VALUES (2, 'host|1|0.0', 'abc', 'idle', '2026-01-01 08:00:00', '2026-01-01 08:10:00');
INSERT INTO worklist_order VALUES ('0123456789ab', '{"text": ""}', X'0100000000000000', 1, 1, '2026-01-01 08:00:00');
INSERT INTO job (id, kind, state, version, against, manifest_sha256, asked, result, reader, created, owner, attempts,
    phase, done, total, peak_bytes, reason) VALUES
    (1, 'training', 'finished', 'w', '', 'm', '{}', NULL, 'ann', '2026-01-01 08:00:00', '', 1, '', 0, 0, 9000000000,
    ''),
    (3, 'comparison', 'finished', 'w', 'v', 'm', '{}', '{}', 'ann', '2026-01-01 08:00:00', '', 1, '', 0, 0, NULL, ''),
    (4, 'audit', 'cancelled', '', '', '', '{}', NULL, 'ann', '2026-01-01 08:00:00', '', 1, '', 0, 0, NULL, '');
INSERT INTO epoch VALUES (1, 0, 0, 1, 0.5, 0.9, 0.6, 0.95, 0.9, 0.8, NULL, 12.5);
INSERT INTO test_look VALUES (1, 'w', 't', 'ann', 'compared', '2026-01-01 08:00:00');
INSERT INTO champion (id, version, reader, reason, created, action, override, comparison_id) VALUES
    (1, 'v', 'ann', '', '2026-01-01 08:00:00', 'promoted', 1, NULL),
    (2, 'w', 'ann', 'better', '2026-01-02 08:00:00', 'promoted', 0, 3),
    (3, 'v', 'ann', 'worse', '2026-01-03 08:00:00', 'rolled_back', 0, NULL);
"""

Rows = dict[str, list[dict[str, object]]]


def make(file: Path, revision: str, statements: str) -> str:
    """Make a store of this revision with these rows, written without foreign keys. Returns its URL."""
    url = f"sqlite:///{file}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        execute(connection, statements)
    engine.dispose()
    return url


def execute(connection: sa.Connection, statements: str) -> None:
    for statement in statements.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def rows(url: str) -> Rows:
    """Every row of every table as SQLite keeps it, in the order of the keys."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        names = [name for name in sa.inspect(connection).get_table_names() if name != "alembic_version"]
        found = {
            name: [dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1, 2").mappings()]
            for name in names
        }
    engine.dispose()
    return found


def known_before(after: Rows, before: Rows) -> Rows:
    """The rows after an upgrade, as far as the older store has their tables and columns: a later one may add both."""
    columns = {table: set().union(*rows) for table, rows in before.items()}
    return {
        table: [{name: value for name, value in row.items() if name in columns[table]} for row in rows]
        for table, rows in after.items()
        if table in columns
    }
