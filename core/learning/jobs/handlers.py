"""Which function does a job of which kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.domain import JobKind
from core.learning.jobs.audit_job import audit_data_set
from core.learning.jobs.comparison_job import compare_versions
from core.learning.jobs.process import Handler
from core.learning.jobs.train_job import train_version

HANDLERS: Mapping[JobKind, Handler] = MappingProxyType(
    {JobKind.TRAINING: train_version, JobKind.COMPARISON: compare_versions, JobKind.AUDIT: audit_data_set}
)
