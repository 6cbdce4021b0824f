"""What an audit job does: gather what a data set is to be made of, look through it, and keep what was found."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain import Job
from core.errors import DatasetError
from core.learning.datasets import audit_file
from core.learning.datasets.audit_request import AuditRequest

if TYPE_CHECKING:
    from core.learning.jobs.process import JobServices, Reporter


def audit_data_set(services: JobServices, job: Job, reporter: Reporter) -> None:
    """Audit, and write what was found into the job's folder. What is said on the way names no file: it is logged.

    Raises:
        RunCancelledError, DatasetError
    """
    wanted, data_sets = AuditRequest.from_json(job.settings_json), services.data_sets
    archives = [services.settings.home / archive for archive in wanted.archives]
    if not all(archive.is_file() for archive in archives):
        raise DatasetError("The uploaded archive is gone. Upload it again, and begin a new audit.")
    try:
        collections = []
        for chosen in wanted.folders:
            reporter.say("listing a folder")
            collections.append(data_sets.from_folder(chosen))
        for archive in archives:
            reporter.say("unpacking an archive")
            collections.append(data_sets.from_archive(archive))
        if wanted.reviews:
            reporter.say("gathering reviewed cases")
            collections.append(data_sets.from_reviews(wanted.reviews))
        audited = data_sets.audit(collections, reporter.come_to)
        if not audited.audit.pictures:
            raise DatasetError("No picture of it can be used. Choose another source, or other readers.")
        reporter.say("writing what was found")
        audit_file.write([each.source for each in collections], audited, services.jobs.folder(job))
    finally:
        forget(archives)


def forget(archives: list[Path]) -> None:
    """Uploads lie in a folder of their own each, which goes with them."""
    for archive in archives:
        shutil.rmtree(archive.parent, ignore_errors=True)
