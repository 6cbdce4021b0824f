"""The one pipeline: in order, ahead but bounded, under the limits given, and each error by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.config import Limits
from core.domain import Radiograph, Window
from core.errors import FileLimitError, RefusedFileError, UnreadableFileError
from core.imaging.decode import decode_pages
from core.prediction import pipeline as pipelines
from core.prediction.pipeline import Input, Outcome, Pipeline, decoding_threads
from tests.phantoms import encode

SIDE = 8
BATCH = 4
STUMBLING = 13  # `predict` raises where a batch holds this value


def radiograph(value: int) -> Radiograph:
    pixels = np.full((SIDE, SIDE), value, np.uint8)
    return Radiograph("0" * 64, 0, str(value), pixels, 8, "PNG", Window(0.0, 255.0))


def decode(data: bytes, source: str, limits: Limits) -> Iterator[Radiograph | RefusedFileError]:
    """A radiograph a byte; 255 is a page that is refused, 254 an error in the middle."""
    for value in data:
        if value == 254:
            raise OSError("the disk is gone")
        yield UnreadableFileError(source, "it is damaged", "Copy it again.") if value == 255 else radiograph(value)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with decoding_threads() as threads:
        yield threads


class Recorder:
    """What the pipeline was made to do."""

    def __init__(self) -> None:
        self.prepared: list[int] = []
        self.batches: list[list[int]] = []

    def prepare(self, item: Radiograph) -> int:
        value = int(item.pixels[0, 0])
        self.prepared.append(value)
        if value == 99:
            raise ValueError("it cannot be prepared")
        return value

    def predict(self, values: list[int]) -> list[int]:
        self.batches.append(values)
        if STUMBLING in values:
            raise ValueError("the network stumbles")
        return [value * 10 for value in values]


def pipeline_of(pool: ThreadPoolExecutor, recorder: Recorder, limits: Limits | None = None) -> Pipeline[str, str, int]:
    return Pipeline(
        pool=pool,
        decode=decode,
        prepare=recorder.prepare,
        predict=recorder.predict,
        keep=lambda item: item.name,
        limits=limits or Limits(),
        batch=BATCH,
    )


def inputs(*files: bytes) -> list[Input[str]]:
    return [Input(f"file {number}", lambda data=data: data, len(data)) for number, data in enumerate(files)]


def told(outcomes: Iterable[Outcome[str, str, int]]) -> list[tuple]:
    return [(o.source, o.kept, o.answer, type(o.error).__name__ if o.error else "") for o in outcomes]


def test_every_radiograph_comes_in_order_predicted_in_batches(pool: ThreadPoolExecutor) -> None:
    recorder = Recorder()
    found = told(pipeline_of(pool, recorder).run(inputs(b"\x01", b"\x02\x03\x04", b"\x05", b"\x06")))
    expected = [(0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 6)]
    assert found == [(f"file {number}", str(value), value * 10, "") for number, value in expected]
    assert recorder.batches == [[1, 2, 3, 4], [5, 6]]


def test_a_batch_that_fails_is_predicted_one_by_one(pool: ThreadPoolExecutor) -> None:
    recorder = Recorder()
    found = told(pipeline_of(pool, recorder).run(inputs(b"\x01", bytes([STUMBLING]), b"\x03")))
    assert found == [
        ("file 0", "1", 10, ""),
        ("file 1", str(STUMBLING), None, "ValueError"),
        ("file 2", "3", 30, ""),
    ]
    assert recorder.batches == [[1, STUMBLING, 3], [1], [STUMBLING], [3]]


def test_an_answer_too_few_is_an_error_of_all_and_of_none_beside(pool: ThreadPoolExecutor) -> None:
    class Forgetful(Recorder):
        def predict(self, values: list[int]) -> list[int]:
            return super().predict(values)[1:] if len(values) > 1 else super().predict(values)

    found = told(pipeline_of(pool, Forgetful()).run(inputs(b"\x01", b"\x02")))
    assert [answer for _, _, answer, _ in found] == [10, 20]


def test_each_error_is_an_outcome_of_its_own(pool: ThreadPoolExecutor) -> None:
    def gone() -> bytes:
        raise FileNotFoundError("no such file")

    given = [*inputs(b"\x01", b"\x02\xff\x03", b"\x04\xfe\x05", b"\x63"), Input("gone", gone), *inputs(b"\x07")]
    recorder = Recorder()
    assert told(pipeline_of(pool, recorder).run(given)) == [
        ("file 0", "1", 10, ""),
        ("file 1", "2", 20, ""),
        ("file 1", None, None, "UnreadableFileError"),
        ("file 1", "3", 30, ""),
        ("file 2", "4", 40, ""),
        ("file 2", None, None, "OSError"),
        ("file 3", "99", None, "ValueError"),
        ("gone", None, None, "FileNotFoundError"),
        ("file 0", "7", 70, ""),
    ]


def test_two_batches_of_files_are_ahead_at_most(pool: ThreadPoolExecutor) -> None:
    taken: list[int] = []

    def many() -> Iterator[Input[str]]:
        for number in range(10 * BATCH):
            taken.append(number)
            yield Input(str(number), lambda: b"\x01")

    for done, _ in enumerate(pipeline_of(pool, Recorder()).run(many())):
        assert len(taken) - done <= 3 * BATCH
    assert len(taken) == done + 1 == 10 * BATCH


def test_of_large_files_fewer_are_ahead(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "AHEAD_BYTES", 250)
    taken: list[int] = []

    def many() -> Iterator[Input[str]]:
        for number in range(2 * BATCH):
            taken.append(number)
            yield Input(str(number), lambda: b"\x01", 100)

    found = pipeline_of(pool, Recorder()).run(many())
    next(found)
    assert len(taken) == BATCH + 2, "one batch is predicted, and two files of 100 bytes are ahead of it"
    assert 1 + sum(1 for _ in found) == 2 * BATCH


def test_the_limits_given_are_those_that_hold(pool: ThreadPoolExecutor) -> None:
    data = encode(np.full((SIDE, SIDE), 7, np.uint8), "PNG")

    def run(limits: Limits) -> Outcome[str, str, int]:
        pipeline = Pipeline(
            pool=pool,
            decode=decode_pages,
            prepare=lambda item: int(item.pixels[0, 0]),
            predict=list,
            keep=lambda item: item.name,
            limits=limits,
        )
        (outcome,) = pipeline.run([Input("x.png", lambda: data)])
        return outcome

    assert isinstance(run(Limits(pixels=SIDE * SIDE - 1)).error, FileLimitError)
    assert run(Limits(pixels=SIDE * SIDE)).answer == 7


def test_what_has_not_begun_when_the_block_ends_never_does() -> None:
    first, go_on = threading.Event(), threading.Event()
    read: list[int] = []

    def slow(number: int) -> bytes:
        read.append(number)
        first.set()
        go_on.wait(10)
        return b"\x01"

    with decoding_threads() as pool:
        pipeline = pipeline_of(pool, Recorder())
        for number in range(6):
            pipeline.begin(Input(str(number), lambda number=number: slow(number)))
        first.wait(10)
        threading.Timer(0.2, go_on.set).start()
    assert len(read) <= pipelines.THREADS
