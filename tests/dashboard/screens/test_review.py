"""Review: a verdict is written for the radiograph and the prediction on the screen, and nothing else."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.bootstrap import Services
from core.domain import Mark, MarkKind, ReadingMode, Verdict
from core.processes import now
from core.reading.review.cases import ReviewStep
from core.reading.worklist import WorklistFilter, WorklistOrder, WorklistRow
from core.store import workers
from tests import phantoms
from tests.dashboard.conftest import READER, Fill, be_the_worker, parameter
from tests.fakes import ASKEW, add_fake_version, picture, read_all, take_in

Open = Callable[..., AppTest]


def order_of(services: Services) -> WorklistOrder:
    return services.worklist.freeze(WorklistFilter())


def verdict_button(app: AppTest, verdict: Verdict) -> object:
    return next(button for button in app.button if (button.key or "").startswith(f"verdict-{verdict}-"))


def captions(app: AppTest) -> str:
    return " | ".join(caption.value for caption in app.caption)


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def viewer_header(app: AppTest) -> dict:
    """What the viewer was given, without the heatmap's values."""
    payload = next(
        element.proto.bytes for element in app.get("bidi_component") if "viewer" in element.proto.component_name
    )
    (length,) = struct.unpack_from("<I", payload)
    return json.loads(payload[4 : 4 + length])


def test_a_verdict_is_saved_for_what_is_on_the_screen(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 5)
    order = order_of(services)
    entry = order.entry_ids[2]
    row = services.worklist.row(entry)
    app = open_app("review", order=order.id, entry=entry)
    assert any(text.value == row.file_name for text in app.text)
    assert row.short_id in captions(app)
    assert "No verdict of yours yet." in captions(app)
    verdict_button(app, Verdict.FRACTURED).click().run()
    review = services.reviews.latest(entry, READER)
    assert (review.verdict, review.prediction_id) == (Verdict.FRACTURED, row.prediction_id)
    assert "Saved" in captions(app)
    assert all(services.reviews.latest(other, READER) is None for other in order.entry_ids if other != entry)


def test_whatever_is_resorted_or_read_again_the_verdict_goes_to_the_radiograph_shown(
    open_app: Open, fill: Fill, services: Services
) -> None:
    """Between the render and the key press the batch is read by another version and everything is reordered."""
    batch = fill("Monday", 6)
    order = order_of(services)
    shown = services.worklist.row(order.entry_ids[1])
    app = open_app("review", order=order.id, entry=shown.entry_id)
    read_by_another_version(services, fill, batch.id)
    reread = services.worklist.row(shown.entry_id)
    assert reread.prediction_id != shown.prediction_id
    app.query_params["order"] = services.worklist.freeze(WorklistFilter(batch_id=batch.id)).id
    app.query_params["entry"] = str(order.entry_ids[-1])
    verdict_button(app, Verdict.NOT_FRACTURED).click().run()
    assert not app.exception
    review = services.reviews.latest(shown.entry_id, READER)
    assert (review.entry_id, review.prediction_id) == (shown.entry_id, shown.prediction_id)
    assert review.verdict is Verdict.NOT_FRACTURED
    assert all(services.reviews.latest(other, READER) is None for other in order.entry_ids if other != shown.entry_id)


def read_by_another_version(services: Services, fill: Fill, batch_id: int) -> None:
    add_fake_version(services.settings.models, "fake-2")
    with services.database.writing() as connection:
        workers.appoint(connection, "fake-2", READER, "for the test", now())
    services.ingest.read_again(batch_id)
    fill.read()


def test_undo_takes_the_verdict_back_and_the_history_keeps_both(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 2)
    entry = order_of(services).entry_ids[0]
    app = open_app("review", entry=entry)
    verdict_button(app, Verdict.UNSURE).click().run()
    app.button(key=f"undo-{entry}").click().run()
    assert services.reviews.latest(entry, READER) is None
    assert "No verdict of yours yet." in captions(app)
    assert [review.verdict for review in services.reviews.history(entry)] == [Verdict.UNSURE, None]
    assert any("taken back" in text.value for text in app.text)


def test_a_comment_is_saved_with_the_verdict_and_after_it(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 2)
    entry = order_of(services).entry_ids[0]
    app = open_app("review", entry=entry)
    app.text_area[0].set_value("old callus?").run()
    assert services.reviews.history(entry) == []
    verdict_button(app, Verdict.NOT_FRACTURED).click().run()
    assert services.reviews.latest(entry, READER).comment == "old callus?"
    app.text_area[0].set_value("old callus").run()
    assert services.reviews.latest(entry, READER).comment == "old callus"
    assert services.reviews.latest(entry, READER).verdict is Verdict.NOT_FRACTURED
    assert len(services.reviews.history(entry)) == 2


def test_a_comment_never_wanders_to_the_next_reader(open_app: Open, fill: Fill, services: Services) -> None:
    """Two read in turn in one tab: what one has written is not signed by the other."""
    fill("Monday", 2)
    entry = order_of(services).entry_ids[0]
    app = open_app("review", entry=entry)
    app.text_area[0].set_value("mine").run()
    verdict_button(app, Verdict.FRACTURED).click().run()
    app.sidebar.text_input[0].set_value("bob").run()
    assert app.text_area[0].value == ""
    verdict_button(app, Verdict.NOT_FRACTURED).click().run()
    assert services.reviews.latest(entry, "bob").comment == ""
    assert services.reviews.latest(entry, READER).comment == "mine"


def test_a_comment_never_wanders_to_the_next_radiograph(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 3)
    order = order_of(services)
    app = open_app("review", order=order.id, entry=order.entry_ids[0])
    app.text_area[0].set_value("for the first").run()
    next(button for button in app.button if button.label == "Next").click().run()
    assert app.text_area[0].value == ""
    verdict_button(app, Verdict.FRACTURED).click().run()
    assert services.reviews.latest(order.entry_ids[1], READER).comment == ""


def test_next_and_previous_walk_the_frozen_order(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 4, read=False)
    order = order_of(services)
    fill.read()
    app = open_app("review", order=order.id, entry=order.entry_ids[0])
    walked = [parameter(app, "entry")]
    while not (forward := next(button for button in app.button if button.label == "Next")).disabled:
        forward.click().run()
        walked.append(parameter(app, "entry"))
    assert walked == [str(entry) for entry in order.entry_ids]
    assert f"{len(walked)} of {len(walked)}" in captions(app)
    next(button for button in app.button if button.label == "Previous").click().run()
    assert parameter(app, "entry") == walked[-2]


def test_it_goes_on_after_a_verdict_where_the_reader_wants_that(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 3)
    order = order_of(services)
    app = open_app("review", order=order.id, entry=order.entry_ids[0])
    app.toggle[0].set_value(True).run()
    verdict_button(app, Verdict.FRACTURED).click().run()
    assert services.reviews.latest(order.entry_ids[0], READER).verdict is Verdict.FRACTURED
    assert parameter(app, "entry") == str(order.entry_ids[1])


def test_a_signed_batch_takes_no_verdict(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 2)
    entry = order_of(services).entry_ids[0]
    app = open_app("review", entry=entry)
    services.batch_signing.sign(batch.id, READER)
    verdict_button(app, Verdict.FRACTURED).click().run()
    assert "signed" in app.error[0].value
    assert "Saved" not in captions(app)
    assert all(button.disabled for button in app.button if (button.key or "").startswith("verdict-"))


def test_a_signed_batch_says_what_was_signed(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 2)
    first, second = order_of(services).entry_ids
    services.reviews.give(first, services.worklist.row(first).prediction_id, "somebody else", Verdict.NOT_FRACTURED)
    services.batch_signing.sign(batch.id, READER)
    assert "Signed and frozen: not fractured, by somebody else" in captions(open_app("review", entry=first))
    assert "Signed without a verdict, and frozen." in captions(open_app("review", entry=second))


def test_the_probability_is_shown_with_both_operating_points(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 3)
    row = services.worklist.row(order_of(services).entry_ids[0])
    shown = html_of(open_app("review", entry=row.entry_id))
    for part in (
        f"{row.probability:.2f}",
        "high sensitivity",
        "high specificity",
        "0.30",
        "0.70",
        "50 % are fractured",
    ):
        assert part in shown
    assert row.model_version in shown


def test_what_waits_says_so_and_shows_its_prediction_when_it_comes(
    open_app: Open, fill: Fill, services: Services
) -> None:
    fill("Monday", 2, read=False)
    entry = order_of(services).entry_ids[0]
    app = open_app("review", entry=entry)
    assert "waiting" in html_of(app)
    assert viewer_header(app)["heatmap"] is None
    fill.read()
    app.run()
    assert "waiting" not in html_of(app)
    assert viewer_header(app)["heatmap"]["width"] == 8


def test_a_heatmap_comes_with_the_case_it_belongs_to(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 3)
    order = order_of(services)
    row = services.worklist.row(order.entry_ids[0])
    app = open_app("review", order=order.id, entry=row.entry_id)
    header = viewer_header(app)
    assert header["case"] == f"{row.entry_id}.{row.prediction_id}"
    read_by_another_version(services, fill, batch.id)
    app.run()
    again = services.worklist.row(row.entry_id)
    assert viewer_header(app)["case"] == f"{again.entry_id}.{again.prediction_id}" != header["case"]


def test_outside_the_validated_anatomy_is_said_beside_the_probability(open_app: Open, services: Services) -> None:
    pixels = phantoms.bone(np.random.default_rng(1), True, bits=16)
    take_in(services, ("jaw.dcm", phantoms.dicom(pixels, BodyPartExamined="JAW")))
    read_all(services)
    (entry,) = order_of(services).entry_ids
    assert "Outside the validated anatomy: the header says JAW" in html_of(open_app("review", entry=entry))


def test_a_radiograph_that_looks_turned_says_so_beside_the_probability(open_app: Open, services: Services) -> None:
    take_in(services, ("turned.png", picture(0.2, first=ASKEW)))
    read_all(services)
    (entry,) = order_of(services).entry_ids
    said = html_of(open_app("review", entry=entry))
    assert "Looks turned by a quarter. If it is, neither the probability nor the overlay holds" in said
    assert "its peak lies" not in said


def test_radiographs_of_a_study_are_told_apart_where_one_is_laid_beside(open_app: Open, services: Services) -> None:
    """A study often has several of one part and view."""
    pictures = [phantoms.bone(np.random.default_rng(seed), True, bits=16) for seed in range(3)]
    films = [phantoms.dicom(pixels, StudyInstanceUID="1.2.3") for pixels in pictures]
    take_in(services, *((f"{number}.dcm", film) for number, film in enumerate(films)))
    read_all(services)
    first, *mates = order_of(services).entry_ids
    beside = viewer_header(open_app("review", entry=first))["comparable"]
    said = {each["entry"]: each["label"] for each in beside if each["label"].startswith("Same study")}
    assert set(said) == set(mates)
    assert all(services.worklist.row(mate).short_id in said[mate] for mate in mates)


def test_dicom_facts_and_warnings_are_shown(open_app: Open, services: Services, fill: Fill) -> None:
    batch = services.ingest.create_batch("DICOM", READER)
    pixels = phantoms.bone(np.random.default_rng(0), True, bits=12)
    data = phantoms.dicom(
        pixels, BitsStored=12, HighBit=11, ViewPosition="PA", Laterality="L", BurnedInAnnotation="YES"
    )
    outcomes = list(services.ingest.take_in(batch.id, "IM0001", data))
    assert outcomes[0].entry_id
    fill.read()
    shown = html_of(open_app("review", entry=outcomes[0].entry_id))
    for part in ("L HAND", "PA", "12 bit, DICOM", 'class="warning"'):
        assert part in shown
    assert "Phantom" not in shown


def test_names_and_comments_are_text(open_app: Open, services: Services, fill: Fill) -> None:
    attack = "<script>alert(1)</script> *x* ![i](u).png"
    batch = services.ingest.create_batch("<u>b</u> **bold**", READER)
    data = phantoms.encode(phantoms.bone(np.random.default_rng(1), False), "PNG")
    entry = next(iter(services.ingest.take_in(batch.id, attack, data))).entry_id
    fill.read()
    row: WorklistRow = services.worklist.row(entry)
    services.reviews.give(entry, row.prediction_id, READER, Verdict.UNSURE, "<i>c</i> [l](u)")
    services.reviews.give(entry, row.prediction_id, READER, Verdict.UNSURE, "<i>d</i> [l](u)")
    app = open_app("review", entry=entry)
    assert any(text.value == attack for text in app.text)
    assert "<u>" not in html_of(app)
    assert "<script" not in html_of(app)
    assert "**bold**" not in captions(app)
    assert any("<i>c</i> [l](u)" in text.value for text in app.text)


@pytest.mark.usefixtures("services")
def test_an_entry_that_is_gone_shows_no_other(open_app: Open, fill: Fill) -> None:
    fill("Monday", 2)
    app = open_app("review", entry=999)
    assert "not in the store" in app.text[0].value
    assert [button.label for button in app.main.button] == ["Open the worklist"]


@pytest.mark.usefixtures("services")
def test_an_empty_store_says_what_to_do(open_app: Open) -> None:
    assert open_app("review").text[0].value.startswith("There is no radiograph to review yet.")


def test_the_worker_is_said_to_be_missing(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 3, read=False)
    be_the_worker(services)
    sidebar = " ".join(element.proto.body for element in open_app().sidebar.get("html"))
    assert "Reading 0 of 3" in sidebar


def test_unaided_first_shows_the_answer_after_the_verdict(open_app: Open, services: Services) -> None:
    batch = services.ingest.create_batch("Unaided", READER, ReadingMode.UNAIDED_FIRST)
    list(services.ingest.take_in(batch.id, "a.png", picture(0.9)))
    read_all(services)
    be_the_worker(services)
    (entry,) = services.worklist.freeze(WorklistFilter(batch_id=batch.id)).entry_ids
    app = open_app("review", entry=entry)
    assert "positive" not in html_of(app)
    app.button(key=f"verdict-{Verdict.UNSURE}-{entry}-None").click().run()
    assert not app.exception
    assert "positive" in html_of(app)
    (review,) = services.reviews.history(entry)
    assert (review.verdict, review.aided) == (Verdict.UNSURE, False)


def test_unaided_first_asks_to_confirm_or_to_change(open_app: Open, fill: Fill, services: Services) -> None:
    entry = unaided(services, fill)
    other = next(each for each in order_of(services).entry_ids if each != entry)
    app = open_app("review", order=order_of(services).id, entry=entry)
    assert "answer follows your verdict" in html_of(app)
    app.toggle[0].set_value(True).run()
    verdict_button(app, Verdict.NOT_FRACTURED).click().run()
    assert parameter(app, "entry") == str(entry)  # it goes on once the answer has been seen
    assert "not fractured, unaided. N confirms it; or change it." in captions(app)
    verdict_button(app, Verdict.FRACTURED).click().run()
    assert parameter(app, "entry") == str(other)
    assert [(review.verdict, review.aided) for review in services.reviews.history(entry)] == [
        (Verdict.NOT_FRACTURED, False),
        (Verdict.FRACTURED, True),
    ]
    assert ": fractured, before not fractured" in captions(open_app("review", entry=entry))


def test_blind_shows_the_answer_neither_before_nor_after(open_app: Open, fill: Fill, services: Services) -> None:
    entry = unaided(services, fill, ReadingMode.BLIND)
    app = open_app("review", entry=entry)
    verdict_button(app, Verdict.FRACTURED).click().run()
    assert "shown once the batch is signed" in html_of(app)
    assert ": fractured" in captions(app)
    assert viewer_header(app)["heatmap"] is None
    assert services.cases.case(entry, READER).step is ReviewStep.DONE


def unaided(services: Services, fill: Fill, mode: ReadingMode = ReadingMode.UNAIDED_FIRST) -> int:
    batch = services.ingest.create_batch("Apart", READER, mode)
    for number in (1, 2):
        list(services.ingest.take_in(batch.id, f"{number}.png", picture(0.9, number)))
    fill.read()
    return services.worklist.freeze(WorklistFilter(batch_id=batch.id)).entry_ids[0]


def test_what_another_reader_has_open_takes_no_verdict_until_they_leave(
    open_app: Open, fill: Fill, services: Services
) -> None:
    fill("Monday", 3)
    order = order_of(services)
    first, second, third = order.entry_ids
    for entry, reader in ((first, "ann"), (second, "carl")):
        services.cases.claim(entry, reader)
    app = open_app("review", order=order.id, entry=first)
    assert "ann is reading this radiograph" in captions(app)
    assert all(button.disabled for button in app.button if (button.key or "").startswith("verdict-"))
    services.cases.release(first, "ann")
    app.run()
    assert "No verdict of yours yet." in captions(app)
    assert services.cases.case(first, "ann").held_by == READER
    forward(app).click().run()
    assert parameter(app, "entry") == str(third)
    assert services.cases.case(first, "ann").step is ReviewStep.READ
    assert services.cases.case(third, "ann").held_by == READER


def test_a_claim_is_released_as_the_screen_is_left(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 2)
    entry = order_of(services).entry_ids[0]
    app = open_app("review", entry=entry)
    assert services.cases.case(entry, "bob").held_by == READER
    app.switch_page("screens/worklist.py").run()
    assert services.cases.case(entry, "bob").step is ReviewStep.READ


def test_what_is_taken_back_is_claimed_again(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 2)
    entry = order_of(services).entry_ids[0]
    app = open_app("review", entry=entry)
    verdict_button(app, Verdict.UNSURE).click().run()
    assert services.cases.case(entry, "bob").step is ReviewStep.READ
    app.button(key=f"undo-{entry}").click().run()
    assert services.cases.case(entry, "bob").held_by == READER


def test_readers_who_differ_are_adjudicated_with_their_words_in_sight(
    open_app: Open, fill: Fill, services: Services
) -> None:
    fill("Monday", 3)
    entry = order_of(services).entry_ids[1]
    services.reviews.give(
        entry, None, "ann", Verdict.FRACTURED, "<b>at</b> the base", marks=[Mark(MarkKind.POINT, 9, 9, 9, 9)]
    )
    services.reviews.give(entry, None, "bob", Verdict.NOT_FRACTURED)
    queue = services.worklist.freeze(WorklistFilter(disputed=True))
    app = open_app("review", order=queue.id, entry=entry)
    shown = html_of(app)
    for part in ("Readers differ", "ann", "bob", "&lt;b&gt;at&lt;/b&gt; the base", "1 mark"):
        assert part in shown
    assert "1 of 1 to adjudicate" in captions(app)
    verdict_button(app, Verdict.FRACTURED).click().run()
    row = services.worklist.row(entry)
    assert (row.adjudicated, row.reviewer, row.verdict, row.disputed) == (True, READER, Verdict.FRACTURED, False)
    assert "fractured, adjudicated" in captions(app)
    app.button(key=f"undo-{entry}").click().run()
    assert services.worklist.row(entry).disputed


def test_at_the_end_stands_what_is_left(open_app: Open, fill: Fill, services: Services) -> None:
    batch = fill("Monday", 3)
    order = services.worklist.freeze(WorklistFilter(batch_id=batch.id))
    first, second, third = order.entry_ids
    for reader, verdict in (("ann", Verdict.FRACTURED), ("bob", Verdict.NOT_FRACTURED)):
        services.reviews.give(second, None, reader, verdict)
    app = open_app("review", order=order.id, entry=third)
    assert "Nothing further down is yours to read." in captions(app)
    assert forward(app).disabled
    next(button for button in app.button if button.label == "First one left").click().run()
    assert parameter(app, "entry") == str(first)
    app = open_app("review", order=order.id, entry=third)
    next(button for button in app.button if button.label == "Adjudicate 1").click().run()
    assert parameter(app, "entry") == str(second)
    assert "to adjudicate" in captions(app)


def test_a_tab_reads_under_the_name_that_it_was_given(open_app: Open, fill: Fill, services: Services) -> None:
    fill("Monday", 2)
    entry = order_of(services).entry_ids[0]
    app = open_app("review", entry=entry)
    app.sidebar.text_input[0].set_value(" <i>ann</i> ").run()
    assert parameter(app, "reader") == "<i>ann</i>"
    verdict_button(app, Verdict.FRACTURED).click().run()
    assert services.reviews.history(entry)[0].reader == "<i>ann</i>"
    app.switch_page("screens/worklist.py").run()
    assert parameter(app, "reader") == "<i>ann</i>"


def forward(app: AppTest) -> object:
    return next(button for button in app.button if button.label == "Next")
