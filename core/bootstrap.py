"""The composition root: the one place that wires settings, store, registry and services together."""

from __future__ import annotations

from dataclasses import dataclass

from core.config import Settings
from core.domain import JobKind
from core.learning.admin.audits import Audits
from core.learning.admin.promotions import Promotion
from core.learning.admin.trainings import Training
from core.learning.datasets.catalogue import DataSets
from core.learning.evaluation.catalogue import Evaluations
from core.learning.jobs.queue import COMMAND, FOLDERS, JobQueue
from core.learning.training.tensorboard import Board
from core.reading.champion import Models
from core.reading.intake.demonstration import Demonstration
from core.reading.intake.inbox import Inbox
from core.reading.intake.ingest import Ingest
from core.reading.output.report import Report
from core.reading.output.reviews_csv import LongForm
from core.reading.output.worklist_csv import Export
from core.reading.review.batch_signing import Signing
from core.reading.review.cases import Cases
from core.reading.review.performance import Measuring
from core.reading.review.reviews import Reviews
from core.reading.viewing import Viewing
from core.reading.worker import supervisor
from core.reading.worker.queue import Queue
from core.reading.worklist import Worklist
from core.registry import Registry
from core.store.database import Database
from core.store.files import FileStore, installation_salt


@dataclass(frozen=True)
class Services:
    """Every use case over one store. Safe to share between threads; build one in each process."""

    settings: Settings
    registry: Registry
    database: Database
    files: FileStore
    models: Models
    ingest: Ingest
    demonstration: Demonstration
    worklist: Worklist
    viewing: Viewing
    reviews: Reviews
    cases: Cases
    signing: Signing
    export: Export
    long_form: LongForm
    measuring: Measuring
    report: Report
    queue: Queue
    evaluations: Evaluations
    jobs: JobQueue
    data_sets: DataSets
    audits: Audits
    training: Training
    promotion: Promotion
    board: Board

    def ensure_jobs(self) -> bool:
        """Start the next training or comparison where its process is missing. Returns whether any is open."""
        return self.jobs.ensure()

    def ensure_worker(self, even_if_idle: bool = False) -> bool:
        """Start a worker, detached, unless one is alive or there is nothing to read; see `supervisor.ensure_worker`.

        Jobs are seen to as well.
        """
        self.ensure_jobs()
        return supervisor.ensure_worker(self.settings, self.queue, even_if_idle)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def build(
    settings: Settings | None = None, registry: Registry | None = None, job_command: tuple[str, ...] = COMMAND
) -> Services:
    """Open the store, bring it up to date, and wire everything.

    Args:
        settings: from the environment by default.
        registry: of the settings' folders by default.
        job_command: starts the process of a job whose id is added.

    Raises:
        ConfigurationError: a setting that cannot be used.
        NewerDatabaseError: the store was written by a newer version; it is left untouched.
    """
    settings = settings or Settings.from_environment()
    registry = registry or Registry(settings.shipped_models, settings.models)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database_url, settings.home)
    files = FileStore(settings.home / "files")
    models = Models(database, registry)
    data_sets = DataSets(settings, database, files)
    jobs = JobQueue(database, settings.home, supervisor.environment(settings), job_command)
    viewing = Viewing(database, files, models, settings.limits)
    ingest = Ingest(database, files, models, Inbox(settings.inbox), settings.limits, installation_salt(settings.home))
    return Services(
        settings=settings,
        registry=registry,
        database=database,
        files=files,
        models=models,
        ingest=ingest,
        demonstration=Demonstration(ingest),
        worklist=Worklist(database, viewing),
        viewing=viewing,
        reviews=Reviews(database),
        cases=Cases(database),
        signing=Signing(database),
        export=Export(database, models),
        long_form=LongForm(database),
        measuring=Measuring(database),
        report=Report(database, viewing, models),
        queue=Queue(database, models),
        evaluations=Evaluations(registry, settings.datasets, settings.limits),
        jobs=jobs,
        data_sets=data_sets,
        audits=Audits(data_sets, jobs, settings.home, settings.limits),
        training=Training(jobs, registry, models.champion, settings.home),
        promotion=Promotion(database, jobs, registry, models.champion, settings.home, settings.limits),
        board=Board(settings.home, settings.home / FOLDERS[JobKind.TRAINING]),
    )
