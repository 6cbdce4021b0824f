"""TensorBoard is started once, on this machine alone, and known to be there or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from core.learning.training.tensorboard import STATE, TensorBoard, command


@pytest.fixture
def board(tmp_path: Path) -> Iterator[TensorBoard]:
    made = TensorBoard(tmp_path, tmp_path / "runs")
    yield made
    made.stop()


def test_it_is_started_once_and_stopped(board: TensorBoard) -> None:
    assert board.url() is None
    board.stop()
    url = board.start()
    assert url.startswith("http://127.0.0.1:") and board.url() == url
    with urlopen(url, timeout=60) as answer:  # noqa: S310  of this machine
        assert b"TensorBoard" in answer.read()
    assert board.start() == url
    board.stop()
    assert board.url() is None


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"process": "elsewhere|1|0", "port": 1}', '{"process": 3, "port": "x"}']
)
def test_what_another_start_has_left_does_not_count(board: TensorBoard, tmp_path: Path, text: str) -> None:
    (tmp_path / STATE).write_text(text, encoding="utf-8")
    assert board.url() is None


def test_the_line_to_type_names_the_folder() -> None:
    assert command(Path("/some where/run")).endswith("--logdir '/some where/run' --host 127.0.0.1")
