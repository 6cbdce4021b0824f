"""A card names FracAtlas where it was trained on FracAtlas, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.learning.training.provenance import FRACATLAS_CONTRADICTIONS, is_fracatlas


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["IMG0000019.jpg", "IMG0004262.jpg"], True),
        (["IMG0000019.jpg", ".DS_Store"], True),
        (["IMG0000019.jpg", "hand.jpg"], False),
        (["IMG_0001.jpg"], False),
        ([], False),
    ],
)
def test_fracatlas_is_known_by_its_names(names: list[str], expected: bool, tmp_path: Path) -> None:
    folder = tmp_path / "train" / "fractured"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"x")
    assert is_fracatlas(tmp_path / "train") is expected


def test_the_contradictions_are_four_groups_of_nine() -> None:
    assert len(FRACATLAS_CONTRADICTIONS) == 9 and "IMG0003034.jpg" in FRACATLAS_CONTRADICTIONS
