"""Taking in: each file is counted once, in one of three ways, whatever it is called and whatever is in it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from core.bootstrap import Services
from core.domain import IntakeState, Verdict
from core.errors import NotFoundError, SignedBatchError
from core.reading.intake.ingest import FileOutcomeKind, IntakeProgress, Known
from core.reading.worklist import WorklistFilter, WorklistRow
from core.store import intakes
from tests.fakes import add_fake_version, picture, read_all, take_in
from tests.phantoms import bone, dicom, encode, zip_of

TAKEN, KNOWN, REFUSED = FileOutcomeKind


def rows(services: Services, batch_id: int | None = None) -> list[WorklistRow]:
    return services.worklist.page(services.worklist.freeze(WorklistFilter(batch_id=batch_id)), 1, 1000)


def kinds(services: Services, batch_id: int, name: str, data: bytes) -> list[str]:
    return [outcome.kind for outcome in services.ingest.take_in(batch_id, name, data)]


def finished(services: Services, batch_id: int) -> IntakeProgress:
    for _ in range(1000):
        progress = services.ingest.progress(batch_id)
        assert progress.received == progress.taken + progress.known + progress.refused
        assert 0 <= progress.fraction <= 1
        if progress.state is not IntakeState.RUNNING:
            return progress
        time.sleep(0.01)
    raise AssertionError("taking in never ends")


@pytest.fixture
def batch_id(services: Services) -> int:
    return services.ingest.create_batch("hands", "ann").id


def test_a_batch_has_a_name_and_the_champion(services: Services) -> None:
    named = services.ingest.create_batch(" Monday\x00 ", "ann")
    assert (named.name, named.reader, named.model_version, named.entries) == ("Monday\ufffd", "ann", "fake-1", 0)
    unnamed = services.ingest.create_batch("", "ann")
    assert unnamed.name == f"{unnamed.created:%Y-%m-%d %H:%M:%S} UTC"  # to the second: two drops are told apart
    assert services.ingest.batch(named.id) == named
    assert [batch.id for batch in services.worklist.batches()] == [named.id + 1, named.id]


def test_a_picture_becomes_an_entry_with_work_to_do(services: Services, batch_id: int) -> None:
    (outcome,) = services.ingest.take_in(batch_id, "folder/a.png", picture(0.5))
    assert (outcome.kind, outcome.name, outcome.refusal) == (TAKEN, "folder/a.png", None)
    row = services.worklist.row(outcome.entry_id)
    assert (row.file_name, row.status, row.width, row.height, row.format) == ("folder/a.png", "waiting", 48, 40, "PNG")
    assert row.thumbnail
    assert services.queue.status().waiting == 1


def test_what_is_taken_in_is_read_back_bit_by_bit(services: Services, batch_id: int) -> None:
    sixteen = bone(np.random.default_rng(3), True, bits=16)
    files = {"a.png": encode(sixteen, "PNG16"), "b.dcm": dicom(sixteen >> 4, BitsStored=12, WindowCenter=900)}
    for name, data in files.items():
        (outcome,) = services.ingest.take_in(batch_id, name, data)
        radiograph = services.viewing.radiograph(outcome.entry_id)
        expected = sixteen if name == "a.png" else sixteen >> 4
        assert np.array_equal(radiograph.pixels, expected), name
        assert radiograph.window.low < radiograph.window.high
    assert radiograph.dicom.body_part == "HAND"
    assert radiograph.dicom.study not in (None, "1.2.826.0.1.3680043.8.498.1")


def test_the_same_picture_twice_is_known(services: Services, batch_id: int) -> None:
    assert kinds(services, batch_id, "a.png", picture(0.5)) == [TAKEN]
    assert kinds(services, batch_id, "b.png", picture(0.5)) == [KNOWN]
    other = services.ingest.create_batch("again", "ann").id
    assert kinds(services, other, "c.png", picture(0.5)) == [KNOWN]
    assert [row.file_name for row in rows(services, batch_id)] == ["a.png"]
    assert [row.file_name for row in rows(services, other)] == ["c.png"]
    assert services.queue.status().waiting == 1


def test_what_is_known_is_named_with_what_it_equals(services: Services, batch_id: int) -> None:
    first = services.ingest.create_batch("first", "ann").id
    kinds(services, first, "a.png", picture(0.1))
    for name, grey in (("b.png", 0.2), ("b too.png", 0.2), ("c.png", 0.1), ("c too.png", 0.1)):
        kinds(services, batch_id, name, picture(grey))
    assert services.ingest.known(first) == []
    assert services.ingest.known(batch_id) == [
        Known("c.png", "a.png", "first"),
        Known("b too.png", "b.png", None),
        Known("c too.png", "c.png", None),
    ]
    assert services.ingest.progress(batch_id).known == 3


def test_a_bad_file_is_refused_by_name_and_the_rest_goes_on(services: Services, batch_id: int) -> None:
    archive = {"x/a.png": picture(0.1), "x/empty.png": b"", "x/b.png": picture(0.2), "letter.txt": b"Dear colleague"}
    assert kinds(services, batch_id, "pile.zip", zip_of(archive)) == [TAKEN, REFUSED, TAKEN, REFUSED]
    assert [row.file_name for row in rows(services)] == ["pile.zip/x/a.png", "pile.zip/x/b.png"]
    empty, letter = services.ingest.refusals(batch_id)
    assert (empty.name, letter.name) == ("pile.zip/x/empty.png", "pile.zip/letter.txt")
    assert empty.reason
    assert empty.remedy
    listed = services.ingest.refusals_csv(batch_id).decode().splitlines()
    assert listed[0] == "file,reason,remedy"
    assert listed[1].startswith("pile.zip/x/empty.png,")


def test_pages_are_radiographs(services: Services, batch_id: int) -> None:
    pages = np.stack([bone(np.random.default_rng(seed), False) for seed in range(3)])
    assert kinds(services, batch_id, "x.tif", encode(pages, "TIFF-PAGES")) == [TAKEN] * 3
    found = rows(services)
    assert [row.file_name for row in found] == ["x.tif", "x.tif#2", "x.tif#3"]
    for row, page in zip(found, pages, strict=True):
        assert np.array_equal(services.viewing.radiograph(row.entry_id).pixels, page)


HOSTILE = ["../../x.png", "/etc/passwd", "a\0b.png", "\x1b[2J.png", "x" * 4000 + ".png", "نتيجة.png", "\ud800.png", ""]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_harmless(services: Services, batch_id: int, name: str, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if "files" not in path.parts}
    assert kinds(services, batch_id, name, picture(0.5)) == [TAKEN]
    assert kinds(services, batch_id, name, b"no picture") == [REFUSED]
    new = {path for path in tmp_path.rglob("*") if "files" not in path.parts} - before
    assert {path.name for path in new} <= {"fracture.db-wal", "fracture.db-shm"}
    (row,) = rows(services)
    assert row.file_name.isprintable() or name == "نتيجة.png"
    assert len(row.file_name) >= len(name)
    assert services.viewing.radiograph(row.entry_id).pixels.shape == (40, 48)


def test_on_a_thread_everything_is_counted_and_let_go(services: Services, batch_id: int) -> None:
    assert services.ingest.progress(batch_id) is None
    files = [(f"{n}.png", picture(0.5, n)) for n in range(6)] + [("0 again.png", picture(0.5, 0)), ("bad", b"bad")]
    services.ingest.start(batch_id, files)
    progress = finished(services, batch_id)
    assert progress == IntakeProgress(batch_id, 8, 8, 8, 6, 1, 1, IntakeState.FINISHED)
    services.ingest.start(batch_id, files[:1])
    assert finished(services, batch_id) == IntakeProgress(batch_id, 9, 9, 9, 6, 2, 1, IntakeState.FINISHED)


def test_the_end_of_an_archive_is_known_at_its_beginning(services: Services, batch_id: int) -> None:
    archive = zip_of({"x/": b"", "a.png": picture(0.1), "b.png": picture(0.2), "c.png": b"", "x/.DS_Store": b"x"})
    steps = services.ingest.take_in(batch_id, "a.zip", archive)
    next(steps)
    assert services.ingest.progress(batch_id).total == 3
    assert services.ingest.progress(batch_id).fraction == pytest.approx(1 / 3)
    list(steps)
    services.ingest.start(batch_id, [("a.zip", archive), ("broken.zip", archive[:90]), ("d.png", picture(0.3))])
    assert finished(services, batch_id) == IntakeProgress(batch_id, 4, 8, 8, 3, 2, 3, IntakeState.FINISHED)


def test_nothing_handed_in_is_finished(services: Services, batch_id: int) -> None:
    services.ingest.start(batch_id, [])
    assert finished(services, batch_id) == IntakeProgress(batch_id, 0, 0, 0, 0, 0, 0, IntakeState.FINISHED)


def test_cancelling_keeps_what_was_taken(services: Services, batch_id: int) -> None:
    steps = services.ingest.take_in(batch_id, "a.zip", zip_of({f"{n}.png": picture(0.5, n) for n in range(9)}))
    next(steps)
    services.ingest.cancel(batch_id)
    assert len(list(steps)) <= 1
    progress = services.ingest.progress(batch_id)
    assert progress.state is IntakeState.CANCELLED
    assert progress.taken == len(rows(services)) < 9


def test_an_intake_whose_process_has_died_is_interrupted(services: Services, batch_id: int) -> None:
    with services.database.writing() as connection:
        moment = services.ingest.batch(batch_id).created
        intakes.begin(connection, batch_id, 5, 5, "elsewhere|1|0.0", moment.replace(year=2020))
    assert services.ingest.progress(batch_id).state is IntakeState.INTERRUPTED


def test_a_file_that_is_gone_is_refused(services: Services, batch_id: int, tmp_path: Path) -> None:
    services.ingest.start(batch_id, [("gone.png", tmp_path / "gone.png"), ("a.png", picture(0.1))])
    progress = finished(services, batch_id)
    assert (progress.taken, progress.refused, progress.state) == (1, 1, IntakeState.FINISHED)


def test_the_inbox_offers_its_own_files_only(services: Services, batch_id: int, inbox: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture(0.9, 99))
    (inbox / "deep").mkdir()
    (inbox / "deep" / "b.png").write_bytes(picture(0.2))
    (inbox / "a.zip").write_bytes(zip_of({"c.png": picture(0.3)}))
    (inbox / ".hidden").write_bytes(b"x")
    (inbox / "out.png").symlink_to(secret)
    (inbox / "outside").symlink_to(tmp_path, target_is_directory=True)
    listed = services.ingest.inbox()
    assert [file.name for file in listed] == ["a.zip", "deep/b.png"]
    assert listed[1].size == len(picture(0.2))
    bad = ["out.png", "outside/secret.png", "../secret.png", str(secret), "gone.png", ".hidden", "", "deep"]
    services.ingest.start_inbox(batch_id, [file.name for file in listed] + bad)
    progress = finished(services, batch_id)
    assert (progress.taken, progress.refused) == (2, len(bad))
    assert {row.file_name for row in rows(services)} == {"a.zip/c.png", "deep/b.png"}
    assert [refusal.name for refusal in services.ingest.refusals(batch_id)] == bad


def test_without_an_inbox_there_is_nothing(services: Services, batch_id: int, inbox: Path) -> None:
    inbox.rmdir()
    assert services.ingest.inbox() == []


def test_a_signed_batch_takes_nothing(services: Services, batch_id: int) -> None:
    services.batch_signing.sign(batch_id, "ann")
    with pytest.raises(SignedBatchError):
        next(services.ingest.take_in(batch_id, "a.png", picture(0.1)))
    with pytest.raises(SignedBatchError):
        services.ingest.start(batch_id, [("a.png", picture(0.1))])
    with pytest.raises(SignedBatchError):
        services.ingest.read_again(batch_id)
    with pytest.raises(NotFoundError):
        services.ingest.start(99, [])
    assert services.ingest.progress(batch_id) is None


def test_reading_again_is_by_the_champion_of_now(services: Services) -> None:
    batch_id = take_in(services, ("a.png", picture(0.1)), ("b.png", picture(0.9)))
    read_all(services)
    assert services.ingest.read_again(batch_id) == 0
    add_fake_version(services.settings.models, "fake-2")
    services.model_versions.appoint("fake-2", "ann", "it is better")
    assert {row.model_version for row in rows(services)} == {"fake-1"}  # never by a promotion alone
    assert services.queue.status().waiting == 0
    assert services.ingest.read_again(batch_id) == 2
    assert {(row.status, row.model_version, row.band) for row in rows(services)} == {("waiting", "fake-2", None)}
    read_all(services)
    assert {(row.status, row.model_version) for row in rows(services)} == {("predicted", "fake-2")}


def test_a_refused_name_is_defused_in_the_list(services: Services, batch_id: int) -> None:
    kinds(services, batch_id, "=cmd()", b"bad")
    assert services.ingest.refusals_csv(batch_id).decode().splitlines()[1].startswith("'=cmd(),")


def test_a_verdict_moves_with_no_batch(services: Services) -> None:
    """The same radiograph in two batches has verdicts of its own in each."""
    first, second = (take_in(services, ("a.png", picture(0.5))) for _ in range(2))
    (one,), (two,) = rows(services, first), rows(services, second)
    services.reviews.give(one.entry_id, None, "ann", Verdict.FRACTURED)
    assert rows(services, second) == [two]
    assert one.radiograph_id == two.radiograph_id
