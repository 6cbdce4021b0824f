"""The table of copies: which pictures a study takes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import DatasetError
from core.learning.studies.copies import Copy, one_per_source, read_copies, without_copies_of_train

TABLE = """split,class,file,near_group,source_group,fracatlas
train,fractured,a.png,1,1,
train,not fractured,b.png,2,2,
val,fractured,a2.png,3,1,
val,fractured,c.png,4,3,
val,fractured,c2.png,4,3,
val,not fractured,b2.png,5,2,
test,fractured,d.png,6,4,IMG0000001.jpg
test,not fractured,e.png,7,5,
train,fractured,e2.png,8,5,
"""


@pytest.fixture
def copies(tmp_path: Path) -> list[Copy]:
    (tmp_path / "groups.csv").write_text(TABLE)
    return read_copies(tmp_path)


def names(examples: list) -> list[str]:
    return [example.path.name for example in examples]


def test_one_picture_per_source_of_one_class_and_not_of_fracatlas(copies: list[Copy], tmp_path: Path) -> None:
    found = one_per_source(copies)
    assert names(found) == ["a.png", "b.png", "c.png"]
    assert [example.fractured for example in found] == [True, False, True]
    assert found[1].path == tmp_path / "train" / "not fractured" / "b.png"


def test_what_train_has_a_copy_of_was_seen(copies: list[Copy]) -> None:
    assert names(without_copies_of_train(copies, "val")) == ["c.png"]
    assert names(without_copies_of_train(copies, "test")) == ["d.png"]


def test_a_table_of_copies_is_needed(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_copies(tmp_path)
    (tmp_path / "groups.csv").write_text("split,class,file\ntrain,fractured,a.png\n")
    with pytest.raises(DatasetError, match="source_group"):
        read_copies(tmp_path)
