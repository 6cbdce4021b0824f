"""The audit job: gather the sources of a data set, audit them, and write the audit file."""

from __future__ import annotations

import shutil
from pathlib import Path

from core.domain import Job
from core.errors import DatasetError
from core.learning.datasets import audit_file
from core.learning.datasets.audit_request import AuditRequest
from core.learning.jobs.process import JobServices
from core.learning.jobs.reporter import Reporter


def audit_data_set(services: JobServices, job: Job, reporter: Reporter) -> None:
    """Audit the sources of a request, and write the audit file into the job's folder.

    The phases are logged, so they name no file.

    Raises:
        RunCancelledError: the job is to be cancelled.
        DatasetError: a source cannot be used, or none of its pictures.
    """
    request, data_sets = AuditRequest.from_json(job.settings_json), services.data_sets
    archives = [services.settings.home / archive for archive in request.archives]
    if not all(archive.is_file() for archive in archives):
        raise DatasetError("The uploaded archive is gone. Upload it again, and begin a new audit.")
    try:
        collections = []
        for folder in request.folders:
            reporter.begin("listing a folder")
            collections.append(data_sets.from_folder(folder))
        for archive in archives:
            reporter.begin("unpacking an archive")
            collections.append(data_sets.from_archive(archive))
        if request.reviews:
            reporter.begin("gathering reviewed cases")
            collections.append(data_sets.from_reviews(request.reviews))
        audited = data_sets.audit(collections, reporter.advance)
        if not audited.audit.pictures:
            raise DatasetError("No picture of it can be used. Choose another source, or other readers.")
        reporter.begin("writing what was found")
        audit_file.write([collection.source for collection in collections], audited, services.jobs.folder(job))
    finally:
        _delete(archives)


def _delete(archives: list[Path]) -> None:
    """Delete uploads. Each lies in a folder of its own, which is deleted with it."""
    for archive in archives:
        shutil.rmtree(archive.parent, ignore_errors=True)
