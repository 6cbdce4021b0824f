"""What a batch hides from its readers stays hidden in every list until the time comes, and no longer."""

from __future__ import annotations

import csv
import io

import pytest

from core.bootstrap import Services
from core.domain import Band, ReadingMode, Verdict
from core.errors import RedactedError
from core.reading.review.cases import ReviewStep
from core.reading.review.visibility import readers_wanted
from core.reading.worklist import WorklistFilter, WorklistRow
from core.store import worklist_rows
from core.store.batch_records import ReadingPlan
from tests.fakes import picture, read_all, take_in

UNAIDED, BLIND = ReadingMode.UNAIDED_FIRST, ReadingMode.BLIND


def make(services: Services, mode: ReadingMode, second_share: float = 0.0) -> int:
    """A read batch of three, the likeliest fracture in the middle."""
    batch = services.ingest.create_batch("three", "ann", mode, second_share)
    take_in(services, *((f"{b}.png", picture(b)) for b in (0.2, 0.9, 0.5)), batch_id=batch.id)
    read_all(services)
    return batch.id


def rows(services: Services, batch_id: int, reader: str = "ann") -> list[WorklistRow]:
    return services.worklist.page(services.worklist.freeze(WorklistFilter(batch_id=batch_id)), 1, reader=reader)


def prediction_of(services: Services, entry_id: int) -> int:
    """What a screen would know that got round the redaction."""
    with services.database.reading() as connection:
        return worklist_rows.rows(connection, [entry_id])[0].prediction_id


def written(services: Services, batch_id: int, reader: str) -> list[dict[str, str]]:
    data = b"".join(services.worklist_csv.csv(WorklistFilter(batch_id=batch_id), reader=reader)).decode()
    return list(csv.DictReader(io.StringIO(data, newline="")))


def test_ai_first_hides_nothing(services: Services) -> None:
    found = rows(services, make(services, ReadingMode.AI_FIRST), reader="")
    assert [row.band for row in found] == [Band.POSITIVE, Band.DOUBT, Band.NEGATIVE]
    assert not any(row.redacted for row in found)


@pytest.mark.parametrize("mode", [UNAIDED, BLIND])
def test_no_list_tells_what_the_model_says(services: Services, mode: ReadingMode) -> None:
    batch_id = make(services, mode)
    for row in (
        *rows(services, batch_id),
        *(services.worklist.row(r.entry_id, "ann") for r in rows(services, batch_id)),
    ):
        assert row.redacted
        said = (row.prediction_id, row.band, row.probability, row.score, row.threshold_low, row.threshold_high)
        assert (*said, row.saliency_xy, row.predicted_at, row.presentation) == (None,) * 9
        assert (row.reason, row.model_sha256) == ("", "")
    assert [row.file_name for row in rows(services, batch_id)] == ["0.2.png", "0.9.png", "0.5.png"]  # as they came
    counts = services.worklist.counts(WorklistFilter(batch_id=batch_id))
    assert (counts.positive, counts.doubt, counts.negative, counts.predicted) == (0, 0, 0, 3)
    likely = WorklistFilter(batch_id=batch_id, bands=(Band.POSITIVE,))
    assert services.worklist.freeze(likely).entry_ids == ()
    assert all(
        line["probability"] == line["band"] == line["score"] == "" for line in written(services, batch_id, "ann")
    )


def test_a_batch_read_without_stands_after_what_the_model_finds_likely(services: Services) -> None:
    first, second = make(services, BLIND), make(services, ReadingMode.AI_FIRST)
    everything = services.worklist.page(services.worklist.freeze(WorklistFilter()), 1)
    assert [row.batch_id for row in everything] == [second] * 3 + [first] * 3


def test_a_second_reader_confirms_without_the_first_ones_verdict(services: Services) -> None:
    """Else what is changed after the model's answer might be changed because of a colleague."""
    batch_id = make(services, UNAIDED, second_share=1.0)
    entry_id = rows(services, batch_id)[1].entry_id
    prediction_id = prediction_of(services, entry_id)
    services.reviews.give(entry_id, None, "ann", Verdict.FRACTURED)
    services.reviews.give(entry_id, prediction_id, "ann", Verdict.FRACTURED)
    services.reviews.give(entry_id, None, "bob", Verdict.NOT_FRACTURED)
    case = services.cases.case(entry_id, "bob")
    assert case.step is ReviewStep.CONFIRM
    assert {each.reader for each in (*case.standing, *case.history)} <= {"bob"}
    assert (
        services.cases.case(entry_id, "bob", adjudicating=True).step is ReviewStep.CONFIRM
    )  # what is one's own comes first
    assert {row.reviewer for row in (case.row, *rows(services, batch_id, "bob"))} == {""}
    assert {row["reviewer"] for row in written(services, batch_id, "bob")} == {""}
    services.reviews.give(entry_id, prediction_id, "bob", Verdict.NOT_FRACTURED)
    assert {each.reader for each in services.cases.case(entry_id, "bob").standing} == {"ann", "bob"}


def test_unaided_first_shows_the_answer_after_the_verdict_and_keeps_both(services: Services) -> None:
    batch_id = make(services, UNAIDED)
    entry_id = rows(services, batch_id)[1].entry_id
    assert not services.cases.case(entry_id, "ann").completes  # there is more to come
    first = services.reviews.give(entry_id, None, "ann", Verdict.NOT_FRACTURED)
    case = services.cases.case(entry_id, "ann")
    assert case.completes
    assert (case.step, case.row.band, case.visibility.model) == (ReviewStep.CONFIRM, Band.POSITIVE, True)
    assert services.cases.case(entry_id, "bob").row.redacted  # bob has not said anything yet
    second = services.reviews.give(entry_id, case.row.prediction_id, "ann", Verdict.FRACTURED)
    assert [(r.verdict, r.aided, r.mode) for r in services.reviews.history(entry_id)] == [
        (Verdict.NOT_FRACTURED, False, UNAIDED),
        (Verdict.FRACTURED, True, UNAIDED),
    ]
    assert first.created < second.created
    done = services.cases.case(entry_id, "ann")
    assert (done.step, done.own, done.unaided) == (ReviewStep.DONE, second, first)
    assert [bool(line["probability"]) for line in written(services, batch_id, "ann")] == [False, True, False]


def test_what_was_seen_cannot_be_unseen(services: Services) -> None:
    entry_id = rows(services, make(services, UNAIDED))[0].entry_id
    services.reviews.give(entry_id, None, "ann", Verdict.UNSURE)
    services.reviews.undo(entry_id, "ann")
    case = services.cases.case(entry_id, "ann")
    assert (case.step, case.row.redacted) == (ReviewStep.READ, False)


@pytest.mark.parametrize("mode", [UNAIDED, BLIND])
def test_a_verdict_on_what_must_not_have_been_shown_is_refused(services: Services, mode: ReadingMode) -> None:
    entry_id = rows(services, make(services, mode))[0].entry_id
    with pytest.raises(RedactedError, match="nothing was saved"):
        services.reviews.give(entry_id, prediction_of(services, entry_id), "ann", Verdict.UNSURE)
    assert services.reviews.history(entry_id) == []


def test_blind_hides_after_the_verdict_too_until_the_batch_is_signed(services: Services) -> None:
    batch_id = make(services, BLIND)
    for row in rows(services, batch_id):
        services.reviews.give(row.entry_id, None, "ann", Verdict.UNSURE)
    assert all(row.redacted for row in rows(services, batch_id))
    services.batch_signing.sign(batch_id, "ann")
    assert [row.band for row in rows(services, batch_id)] == [Band.POSITIVE, Band.DOUBT, Band.NEGATIVE]
    services.batch_signing.reopen(batch_id, "ann", "a slip")
    (row, *_) = rows(services, batch_id)
    assert row.band is Band.POSITIVE  # it was known from then on, and later verdicts say so
    assert services.reviews.give(row.entry_id, row.prediction_id, "ann", Verdict.FRACTURED).aided


def test_a_second_reader_does_not_know_what_the_first_said(services: Services) -> None:
    batch_id = make(services, ReadingMode.AI_FIRST, second_share=1.0)
    entry_id = rows(services, batch_id)[0].entry_id
    services.reviews.give(entry_id, None, "ann", Verdict.FRACTURED, "distal radius")
    bob = services.cases.case(entry_id, "bob")
    assert (bob.row.verdict, bob.row.reviewer, bob.row.comment, bob.history) == (None, "", "", ())
    assert not any(line["verdict"] or line["other_verdicts"] for line in written(services, batch_id, "bob"))
    assert services.worklist.row(entry_id, "ann").verdict is Verdict.FRACTURED
    services.reviews.give(entry_id, None, "bob", Verdict.FRACTURED)
    assert len(services.cases.case(entry_id, "bob").history) == 2


def test_the_same_radiographs_get_a_second_reader_every_time(services: Services) -> None:
    plan = ReadingPlan(second_share=0.3, seed=7)
    names = [f"{n:064x}" for n in range(2000)]
    chosen = [readers_wanted(plan, name, 0) for name in names]
    assert chosen == [readers_wanted(plan, name, 0) for name in names]
    assert 0.26 < chosen.count(2) / 2000 < 0.34  # four standard deviations either side
    assert chosen != [readers_wanted(ReadingPlan(second_share=0.3, seed=8), name, 0) for name in names]
    assert {readers_wanted(ReadingPlan(second_share=share), name, 0) for name in names for share in (0.0,)} == {1}
    assert {readers_wanted(ReadingPlan(second_share=share), name, 0) for name in names for share in (1.0,)} == {2}
    with pytest.raises(ValueError, match="share"):
        services.ingest.create_batch("x", "ann", second_share=1.5)
