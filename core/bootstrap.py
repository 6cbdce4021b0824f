"""The composition root: the one place that wires settings, store, registry and services together."""

from __future__ import annotations

from dataclasses import dataclass

from core.cnn.engine import load_classifier
from core.config import Settings
from core.domain import JobKind
from core.learning.admin.audits import Audits
from core.learning.admin.comparisons import Comparisons
from core.learning.admin.promotions import Promotions
from core.learning.admin.trainings import Trainings
from core.learning.datasets.catalogue import DataSetCatalogue
from core.learning.evaluation.catalogue import EvaluationCatalogue
from core.learning.jobs.queue import COMMAND, FOLDERS, JobQueue
from core.learning.training.tensorboard import TensorBoard
from core.reading.champion import ModelVersions
from core.reading.intake.demonstration import Demonstration
from core.reading.intake.inbox import Inbox
from core.reading.intake.ingest import Ingest
from core.reading.output.report import Report
from core.reading.output.reviews_csv import ReviewsCsv
from core.reading.output.worklist_csv import WorklistCsv
from core.reading.review.batch_signing import BatchSigning
from core.reading.review.cases import Cases
from core.reading.review.performance import PerformanceMeasurement
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
    """Every use case of one store. Threads may share it; build one in each process."""

    settings: Settings
    registry: Registry
    database: Database
    files: FileStore
    model_versions: ModelVersions
    ingest: Ingest
    demonstration: Demonstration
    worklist: Worklist
    viewing: Viewing
    reviews: Reviews
    cases: Cases
    batch_signing: BatchSigning
    worklist_csv: WorklistCsv
    reviews_csv: ReviewsCsv
    performance: PerformanceMeasurement
    report: Report
    queue: Queue
    evaluations: EvaluationCatalogue
    jobs: JobQueue
    data_sets: DataSetCatalogue
    audits: Audits
    trainings: Trainings
    comparisons: Comparisons
    promotions: Promotions
    tensorboard: TensorBoard

    def ensure_jobs(self) -> bool:
        """Start a process for the next job of each kind that has none. Returns whether any job has not ended."""
        return self.jobs.ensure()

    def ensure_worker(self, even_if_idle: bool = False) -> bool:
        """Start a detached worker, unless one is alive or no work waits; see `supervisor.ensure_worker`.

        Processes of jobs are started too.
        """
        self.ensure_jobs()
        return supervisor.ensure_worker(self.settings, self.queue, even_if_idle)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def build(
    settings: Settings | None = None, registry: Registry | None = None, job_command: tuple[str, ...] = COMMAND
) -> Services:
    """Open the store, bring its schema up to date, and build the services.

    Args:
        settings: by default from the environment.
        registry: by default of the settings' folders.
        job_command: the command that runs a job; the job's id is appended.

    Raises:
        ConfigurationError: a setting that cannot be used.
        NewerDatabaseError: the store was written by a newer version; it is left untouched.
    """
    settings = settings or Settings.from_environment()
    registry = registry or Registry(settings.shipped_models, settings.models)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database_url, settings.home)
    files = FileStore(settings.home / "files")
    model_versions = ModelVersions(database, registry, load_classifier)
    data_sets = DataSetCatalogue(settings, database, files)
    jobs = JobQueue(database, settings.home, supervisor.environment(settings), job_command)
    comparisons = Comparisons(jobs, registry, model_versions.champion, settings.home, settings.limits)
    viewing = Viewing(database, files, model_versions, settings.limits)
    ingest = Ingest(
        database, files, model_versions, Inbox(settings.inbox), settings.limits, installation_salt(settings.home)
    )
    return Services(
        settings=settings,
        registry=registry,
        database=database,
        files=files,
        model_versions=model_versions,
        ingest=ingest,
        demonstration=Demonstration(ingest),
        worklist=Worklist(database, viewing),
        viewing=viewing,
        reviews=Reviews(database),
        cases=Cases(database),
        batch_signing=BatchSigning(database),
        worklist_csv=WorklistCsv(database, model_versions),
        reviews_csv=ReviewsCsv(database),
        performance=PerformanceMeasurement(database),
        report=Report(database, viewing, model_versions),
        queue=Queue(database, model_versions),
        evaluations=EvaluationCatalogue(registry, settings.datasets, settings.limits),
        jobs=jobs,
        data_sets=data_sets,
        audits=Audits(data_sets, jobs, settings.home, settings.limits),
        trainings=Trainings(jobs, registry, model_versions.champion, settings.home),
        comparisons=comparisons,
        promotions=Promotions(database, jobs, registry, model_versions.champion, comparisons),
        tensorboard=TensorBoard(settings.home, settings.home / FOLDERS[JobKind.TRAINING]),
    )
