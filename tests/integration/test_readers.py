"""Several readers at once on one batch, each in a process of their own: nothing is lost and nothing mixed up."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from core.bootstrap import Services
from core.domain import Verdict
from core.reading.worklist import WorklistFilter, WorklistOrder
from tests.fakes import picture, read_all, take_in
from tests.unit.architecture.sources import ROOT

READ = """
import sys
from pathlib import Path
from core.domain import Verdict
from tests.fakes import fake_services
home, order_id, reader = sys.argv[1:]
services = fake_services(Path(home))
order = services.worklist.order(order_id)
print("ready", flush=True)
sys.stdin.readline()
while (entry_id := services.cases.claim_next_waiting(order, None, reader)) is not None:
    row = services.cases.claim(entry_id, reader).row
    services.reviews.give(entry_id, row.prediction_id, reader, Verdict.FRACTURED, f"{reader} saw {row.file_name}")
    print(entry_id, flush=True)
"""


def read_at_once(services: Services, order: WorklistOrder, *readers: str) -> dict[str, list[int]]:
    """Let each reader read what there is; returns who read what."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", READ, str(services.settings.home), order.id]
    processes = {reader: subprocess.Popen([*command, reader], cwd=ROOT, **pipes) for reader in readers}
    for process in processes.values():
        assert process.stdout.readline() == "ready\n"
    for process in processes.values():
        process.stdin.write("go\n")
        process.stdin.flush()
    read = {}
    for reader, process in processes.items():
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        read[reader] = [int(line) for line in out.split()]
    return read


@pytest.mark.parametrize("second_share", [0.0, 1.0])
def test_readers_at_once_share_a_batch(services: Services, second_share: float) -> None:
    batch = services.ingest.create_batch("pile", "ann", second_share=second_share)
    take_in(services, *((f"{n}.png", picture(n / 40, n)) for n in range(40)), batch_id=batch.id)
    read_all(services)
    order = services.worklist.freeze(WorklistFilter(batch_id=batch.id))
    read = read_at_once(services, order, "ann", "bob", "carl")
    times = 2 if second_share else 1
    assert Counter(entry for entries in read.values() for entry in entries) == dict.fromkeys(order.entry_ids, times)
    for entry_id in order.entry_ids:
        history = services.reviews.history(entry_id)
        row = services.worklist.row(entry_id, history[0].reader)
        assert {review.reader for review in history} == {reader for reader in read if entry_id in read[reader]}
        for review in history:
            assert (review.verdict, review.prediction_id) == (Verdict.FRACTURED, row.prediction_id)
            assert review.comment == f"{review.reader} saw {row.file_name}"
        assert (row.verdicts_given, row.disputed, row.verdict) == (times, False, Verdict.FRACTURED)
    assert services.batch_signing.sign(batch.id, "ann").signed_by == "ann"
