"""Each kind of job has its handler."""

from __future__ import annotations

from core.domain import JobKind
from core.learning.jobs.handlers import HANDLERS


def test_each_kind_of_job_has_a_handler_of_its_own() -> None:
    assert set(HANDLERS) == set(JobKind)
    assert len(set(HANDLERS.values())) == len(JobKind)
