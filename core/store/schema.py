"""The tables. Each change to them needs a migration in `migrations/versions` and its name in `REVISIONS`.

    radiograph ─┬─ entry ── batch ── refusal, intake      what was taken in
                │    └─ copy                              files that brought an entry's image once more
                ├─ work ── prediction ── heatmap          which model version predicts what
    entry ──────┴─ review, claim                          verdicts, append-only; who reads what at the moment
    batch ── batch_event                                  changes of a batch's state, append-only
    champion, worker, worklist_order                      promotions, worker processes, frozen orders of the worklist
    job ── epoch; test_look                               trainings, comparisons, audits; measurements on a test split

`work` is the queue: a row that is neither predicted nor failed is a prediction to make. An entry points at the row that
it waits for.

A column that holds a member of a StrEnum is made by `_one_of`, with the CHECK constraint that lists the members. A new
member therefore needs a migration too; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from core.domain import (
    Band,
    BatchState,
    ChampionAction,
    IntakeState,
    JobKind,
    JobState,
    Presentation,
    ReadingMode,
    Verdict,
    WorkerState,
    WorkState,
)

# Oldest first. This code reads and writes the last one; a revision that is not listed is of a newer version.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")


class Utc(TypeDecorator[datetime]):
    """A timezone-aware UTC datetime, stored without its zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert a value for the database. The signature is SQLAlchemy's."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert a value from the database. The signature is SQLAlchemy's."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _one_of(
    name: str, members: type[StrEnum], *, nullable: bool = False, index: bool = False, default: StrEnum | None = None
) -> tuple[Column[str], CheckConstraint]:
    """A column whose value the database holds to be a member of an enum; NULL passes where the column allows it."""
    listed = ", ".join(f"'{member}'" for member in members)
    column = Column(name, String(16), nullable=nullable, index=index, default=default)
    return column, CheckConstraint(f"{name} IN ({listed})", name=name)


radiograph = Table(
    "radiograph",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("page", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bit_depth", Integer, nullable=False),
    Column("format", String(16), nullable=False),
    Column("window_low", Float, nullable=False),
    Column("window_high", Float, nullable=False),
    Column("modality", Text),
    Column("body_part", Text),
    Column("view", Text),
    Column("laterality", Text),
    Column("study", Text),  # a salted pseudonym, as is the series
    Column("series", Text),
    Column("warnings", JSON, nullable=False),
    Column("created", Utc, nullable=False),
    UniqueConstraint("sha256", "page"),
)

batch = Table(
    "batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("reader", Text, nullable=False),
    *_one_of("state", BatchState),
    Column("model_version", Text, nullable=False),
    Column("created", Utc, nullable=False),
    Column("signed_at", Utc),
    Column("signed_by", Text, nullable=False, default=""),
    *_one_of("mode", ReadingMode, default=ReadingMode.AI_FIRST),
    Column("second_share", Float, nullable=False, default=0.0),  # of its radiographs, that gets a second reader
    Column("seed", Integer, nullable=False, default=0),  # determines which radiographs these are
    Column("revealed", Boolean, nullable=False, default=False),  # it was signed once, so its predictions are visible
)

batch_event = Table(
    "batch_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", ForeignKey("batch.id"), nullable=False, index=True),
    *_one_of("state", BatchState),  # the new one
    Column("reader", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created", Utc, nullable=False),
)

work = Table(
    "work",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("radiograph_id", ForeignKey("radiograph.id"), nullable=False),
    Column("model_version", Text, nullable=False),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),  # the newest batch that needs it
    *_one_of("state", WorkState),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease_owner", Text, nullable=False, default=""),
    Column("lease_until", Utc),
    Column("error", Text, nullable=False, default=""),
    Column("settled", Integer),  # a number that counts up, over all rows, as rows are predicted or fail
    Column("created", Utc, nullable=False),
    UniqueConstraint("radiograph_id", "model_version"),
)
Index("ix_work_queue", work.c.state, work.c.batch_id.desc(), work.c.id)
Index("ix_work_settled", work.c.settled)

entry = Table(
    "entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    Column("radiograph_id", ForeignKey("radiograph.id"), nullable=False),
    Column("work_id", ForeignKey("work.id"), nullable=False),  # (radiograph, the batch's model version)
    Column("file_name", Text, nullable=False),
    Column("wanted", Integer, nullable=False, default=1),  # the number of readers who shall give a verdict
    # `reviews.append` writes the next three columns in the transaction that adds a review. The verdict is the standing
    # adjudication, else the newest standing review. Since entry and review refer to each other, an entry is inserted
    # without a verdict, and the reference becomes NULL before its reviews can be deleted.
    Column("verdict_id", ForeignKey("review.id", use_alter=True)),
    Column("given", Integer, nullable=False, default=0),  # the number of readers whose verdict stands
    Column("disputed", Boolean, nullable=False, default=False),  # its readers differ, and nobody has adjudicated
    Column("created", Utc, nullable=False),
    UniqueConstraint("batch_id", "radiograph_id"),
)
Index("ix_entry_work_id", entry.c.work_id)
Index("ix_entry_counting", entry.c.batch_id, entry.c.work_id, entry.c.verdict_id)
Index("ix_entry_disputed", entry.c.disputed, entry.c.batch_id)

copy = Table(
    "copy",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entry_id", ForeignKey("entry.id"), nullable=False, index=True),
    Column("file_name", Text, nullable=False),
)

refusal = Table(
    "refusal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", ForeignKey("batch.id"), nullable=False, index=True),
    Column("file_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("created", Utc, nullable=False),
)

intake = Table(
    "intake",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", ForeignKey("batch.id"), nullable=False, index=True),
    *_one_of("state", IntakeState),
    Column("files", Integer),  # handed in, an archive counted as one; NULL from an older version
    Column("total", Integer, nullable=False),
    Column("received", Integer, nullable=False, default=0),
    Column("taken", Integer, nullable=False, default=0),
    Column("known", Integer, nullable=False, default=0),
    Column("refused", Integer, nullable=False, default=0),
    Column("cancel_asked", Boolean, nullable=False, default=False),
    Column("owner", Text, nullable=False),
    Column("updated", Utc, nullable=False),
)

prediction = Table(
    "prediction",
    metadata,
    Column("id", ForeignKey("work.id"), primary_key=True, autoincrement=False),  # one a work row
    Column("radiograph_id", ForeignKey("radiograph.id"), nullable=False),
    Column("model_version", Text, nullable=False),
    Column("model_sha256", String(64), nullable=False),
    Column("score", Float, nullable=False),
    Column("probability", Float),
    *_one_of("band", Band),
    Column("reason", Text, nullable=False),
    *_one_of("presentation", Presentation, nullable=True),
    Column("threshold_low", Float, nullable=False),
    Column("threshold_high", Float, nullable=False),
    Column("saliency_x", Integer),
    Column("saliency_y", Integer),
    Column("created", Utc, nullable=False, index=True),
    UniqueConstraint("radiograph_id", "model_version"),
)

heatmap = Table(
    "heatmap",
    metadata,
    Column("prediction_id", ForeignKey("prediction.id"), primary_key=True, autoincrement=False),
    Column("height", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("has_evidence", Boolean, nullable=False),
    Column("values", LargeBinary, nullable=False),  # (height, width) little-endian float16
)

review = Table(
    "review",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entry_id", ForeignKey("entry.id"), nullable=False),
    Column("reader", Text, nullable=False),
    Column("prediction_id", ForeignKey("prediction.id")),  # the one that was on the screen
    *_one_of("verdict", Verdict, nullable=True),  # NULL takes the reader's verdict back
    Column("comment", Text, nullable=False),
    Column("marks", JSON, nullable=False, default=()),  # as `core.domain.Mark`, in its order
    *_one_of("mode", ReadingMode, default=ReadingMode.AI_FIRST),  # the batch's
    Column("shown_at", Utc),
    Column("adjudication", Boolean, nullable=False, default=False),
    Column("created", Utc, nullable=False),
)
Index("ix_review_entry_id_reader", review.c.entry_id, review.c.reader, review.c.id)

claim = Table(
    "claim",
    metadata,
    Column("entry_id", ForeignKey("entry.id"), primary_key=True),
    Column("reader", Text, primary_key=True),
    Column("until", Utc, nullable=False),
)

champion = Table(
    "champion",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Text, nullable=False),
    *_one_of("action", ChampionAction, default=ChampionAction.PROMOTED),
    Column("reader", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("override", Boolean, nullable=False, default=False),
    Column("comparison_id", ForeignKey("job.id")),  # the job it rests on
    Column("created", Utc, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner", Text, nullable=False, unique=True),
    Column("code_version", Text, nullable=False),
    *_one_of("state", WorkerState),
    Column("started", Utc, nullable=False),
    Column("heartbeat", Utc, nullable=False),
)

worklist_order = Table(
    "worklist_order",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("filter", JSON, nullable=False),
    Column("entry_ids", LargeBinary, nullable=False),  # little-endian int64
    Column("entry_mark", Integer, nullable=False),  # the highest entry id at that time
    Column("settled_mark", Integer, nullable=False),  # the highest `work.settled` at that time
    Column("created", Utc, nullable=False, index=True),
)

job = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    *_one_of("kind", JobKind),
    *_one_of("state", JobState, index=True),
    Column("version", Text, nullable=False),
    Column("against", Text, nullable=False, default=""),
    Column("manifest_sha256", String(64), nullable=False),
    Column("asked", Text, nullable=False),  # the settings, as JSON
    Column("result", Text),  # JSON
    Column("reader", Text, nullable=False),
    Column("created", Utc, nullable=False),
    Column("started", Utc),
    Column("finished", Utc),
    Column("owner", Text, nullable=False, default=""),
    Column("heartbeat", Utc),
    Column("attempts", Integer, nullable=False, default=0),
    Column("phase", Text, nullable=False, default=""),
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("seconds_left", Float),
    Column("peak_bytes", BigInteger),
    Column("reason", Text, nullable=False, default=""),
)

epoch = Table(
    "epoch",
    metadata,
    Column("job_id", ForeignKey("job.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # counts through the stages, from 0
    Column("stage", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("loss", Float, nullable=False),
    Column("accuracy", Float, nullable=False),
    Column("tuning_loss", Float, nullable=False),
    Column("auc", Float, nullable=False),
    Column("sensitivity", Float, nullable=False),
    Column("specificity", Float, nullable=False),
    Column("hit_rate", Float),
    Column("seconds", Float, nullable=False),
)

test_look = Table(
    "test_look",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Text, nullable=False),
    Column("test_sha256", String(64), nullable=False, index=True),
    Column("reader", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("created", Utc, nullable=False),
)
