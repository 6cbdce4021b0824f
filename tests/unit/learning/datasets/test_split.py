"""From an audit to a manifest: no copy crosses, contradictions are left out, and one seed gives one split."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.config import Limits
from core.errors import DatasetError
from core.learning.datasets.audit import Audited, audit
from core.learning.datasets.class_folders import read_split
from core.learning.datasets.manifest import Leak, LeftOut, Manifest, Source, SourceKind, Split
from core.learning.datasets.sources import read_folder
from core.learning.datasets.split import (
    CONTRADICTION,
    CROSSING,
    FURTHER_COPY,
    UNREADABLE,
    Division,
    Shares,
    make_manifest,
    suggest,
)
from core.learning.datasets.survey import Picture
from tests.phantoms import class_folders
from tests.unit.learning.pictures import SIZE, marked_folders

LIMITS = Limits()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return marked_folders(tmp_path / "data", {"train": 8, "val": 3, "test": 3})


def divided(dataset: Path, division: Division, shares: Shares | None = None, seed: int = 0) -> Manifest:
    found = read_folder(dataset)
    audited = audit(found.pictures, LIMITS)
    return make_manifest("x", [found.source], audited, dataset.parent, division, shares, seed)


def turn(path: Path, to: Path) -> None:
    cv2.imwrite(str(to), np.rot90(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)))


def test_a_clean_split_is_suggested_and_kept(dataset: Path) -> None:
    audited = audit(read_folder(dataset).pictures, LIMITS)
    assert audited.audit.leaks == ()
    assert suggest(audited) is Division.GIVEN
    made = divided(dataset, Division.GIVEN)
    assert made.leaks == ()
    for split in Split:
        expected = {(each.path, each.fractured) for each in read_split(dataset / split)}
        assert {(each.path, each.fractured) for each in made.examples(split, dataset.parent)} == expected


def test_a_leaking_split_can_be_kept_and_says_so_or_be_made_anew(dataset: Path) -> None:
    turn(dataset / "train/fractured/0000.jpg", dataset / "test/fractured/turned.jpg")
    shutil.copy(dataset / "train/not_fractured/0001.jpg", dataset / "val/not_fractured/copy.jpg")
    audited = audit(read_folder(dataset).pictures, LIMITS)
    leaks = (Leak(Split.TRAIN, Split.TUNING, 1, 1), Leak(Split.TRAIN, Split.TEST, 1, 1))
    assert audited.audit.leaks == leaks
    assert audited.audit.exact_copies == 1
    assert suggest(audited) is Division.FRESH
    assert divided(dataset, Division.GIVEN).leaks == leaks
    fresh = divided(dataset, Division.FRESH)
    assert fresh.leaks == ()
    assert len({item.group for item in fresh.items}) == 28


def test_a_given_split_is_mended_by_leaving_out_what_crosses(tmp_path: Path) -> None:
    """A picture stays in the first of its splits: what was trained on before can be no test."""
    dataset = marked_folders(tmp_path / "data", {"train": 12, "val": 12, "test": 12})
    turn(dataset / "train/fractured/0000.jpg", dataset / "test/fractured/again.jpg")
    turn(dataset / "val/fractured/0000.jpg", dataset / "test/fractured/once-more.jpg")
    turn(dataset / "test/fractured/0003.jpg", dataset / "test/fractured/twice.jpg")  # it crosses nothing
    assert suggest(audit(read_folder(dataset).pictures, LIMITS)) is Division.MENDED
    given, made = (divided(dataset, division) for division in (Division.GIVEN, Division.MENDED))
    assert given.leaks and made.leaks == ()
    gone = {item.file for item in given.items} - {item.file for item in made.items}
    assert gone == {"test/fractured/again.jpg", "test/fractured/once-more.jpg"}
    assert made.sources[0].left_out == (LeftOut(CROSSING, 2),)
    for number in range(1, 4):  # three of the 27 of test, which is more than a tenth
        turn(dataset / f"train/fractured/000{number}.jpg", dataset / f"test/fractured/more-{number}.jpg")
    assert suggest(audit(read_folder(dataset).pictures, LIMITS)) is Division.FRESH


def test_a_fresh_split_is_stratified_and_fixed_by_its_seed(dataset: Path) -> None:
    shares = Shares(0.5, 0.25, 0.25)
    made = divided(dataset, Division.FRESH, shares)
    for split, number in ((Split.TRAIN, 6), (Split.TUNING, 4), (Split.TEST, 4)):
        assert [item.fractured for item in made.of(split)].count(True) == number
        assert [item.fractured for item in made.of(split)].count(False) == number
    assert divided(dataset, Division.FRESH, shares).sha256 == made.sha256
    assert divided(dataset, Division.FRESH, shares, seed=1).sha256 != made.sha256
    for path in list(dataset.glob("*/*/*.jpg")):  # other names, and so another order
        path.rename(path.with_name(f"{999 - int(path.stem)}.jpg"))
    renamed = divided(dataset, Division.FRESH, shares)
    assert {(item.sha256, item.split) for item in renamed.items} == {(item.sha256, item.split) for item in made.items}


def test_val_and_test_hold_one_copy_of_each_picture_in_a_fresh_split(dataset: Path) -> None:
    for path in list(dataset.glob("*/*/*.jpg")):
        turn(path, path.with_name(f"turned-{path.name}"))
    made = divided(dataset, Division.FRESH)
    held = [*made.of(Split.TUNING), *made.of(Split.TEST)]
    assert len(held) == len({item.group for item in held}) == 8
    assert len(made.of(Split.TRAIN)) == 2 * 20
    assert made.sources[0].left_out == (LeftOut(FURTHER_COPY, 8),)


def test_contradictions_and_what_is_unreadable_are_left_out_and_counted(dataset: Path) -> None:
    turn(dataset / "train/fractured/0000.jpg", dataset / "train/not_fractured/turned.jpg")
    (dataset / "train/fractured/broken.jpg").write_bytes((dataset / "train/fractured/0001.jpg").read_bytes()[:500])
    found = audit(read_folder(dataset).pictures, LIMITS).audit
    assert found.contradictions == (("train/fractured/0000.jpg", "train/not_fractured/turned.jpg"),)
    assert [refusal.name for refusal in found.unreadable] == ["train/fractured/broken.jpg"]
    made = divided(dataset, Division.GIVEN)
    assert made.sources[0].left_out == (LeftOut(CONTRADICTION, 2), LeftOut(UNREADABLE, 1))
    assert len(made.items) == 27


def test_pictures_without_a_split_follow_their_copies(dataset: Path, tmp_path: Path) -> None:
    for folder in ("fractured", "not_fractured"):
        (tmp_path / "more" / folder).mkdir(parents=True)
    for split, at in ((Split.TEST, 0), (Split.TRAIN, 1)):
        turn(dataset / f"{split}/fractured/000{at}.jpg", tmp_path / f"more/fractured/{split}.jpg")
    first, more = read_folder(dataset, "first"), read_folder_of(tmp_path / "more")
    audited = audit([*first.pictures, *more], LIMITS)
    sources = [first.source, Source("more", SourceKind.FOLDER, str(tmp_path / "more"))]
    made = make_manifest("mix", sources, audited, tmp_path, Division.GIVEN)
    followed = {item.file: item.split for item in made.items if item.source == "more"}
    assert followed == {"fractured/test.jpg": Split.TEST, "fractured/train.jpg": Split.TRAIN}
    assert made.leaks == ()


def read_folder_of(folder: Path) -> list[Picture]:
    files = sorted(folder.glob("fractured/*"))
    return [Picture(path, path.name, True, None, "more") for path in files]


def test_too_little_is_said(tmp_path: Path) -> None:
    dataset = class_folders(tmp_path / "data", {"train": (3, 1)})
    with pytest.raises(DatasetError, match="needs pictures of both classes"):
        divided(dataset, Division.FRESH)


@pytest.mark.parametrize("shares", [(1.0, 0.0, 0.0), (0.5, 0.5, 0.5), (1.2, -0.1, -0.1)])
def test_shares_that_are_none(shares: tuple[float, float, float]) -> None:
    with pytest.raises(DatasetError, match="add up to one"):
        Shares(*shares)


def test_the_audit_counts(dataset: Path) -> None:
    audited: Audited = audit(read_folder(dataset).pictures, LIMITS)
    counts = {count.split: count for count in audited.audit.counts}
    assert (counts["train"].fractured, counts["train"].not_fractured) == (8, 8)
    assert counts["val"].typical == SIZE[::-1]
    assert counts["test"].bytes == sum(path.stat().st_size for path in dataset.glob("test/*/*"))
    assert (audited.audit.pictures, audited.audit.distinct) == (28, 28)
