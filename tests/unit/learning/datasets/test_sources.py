"""Sources: nothing outside is read, no name from outside becomes a path, and every picture ends as one plain file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.bootstrap import Services
from core.config import Limits
from core.domain import Verdict
from core.errors import DatasetError
from core.imaging.decode import decode
from core.learning.datasets.labels import LabelPolicy
from core.learning.datasets.manifest import Split
from core.learning.datasets.sources import list_folders, read_archive, read_folder, read_folder_below, read_reviews
from tests.fakes import fake_services
from tests.phantoms import bone, class_folders, dicom, encode, zip_of

LIMITS = Limits()


def phantom(seed: int) -> np.ndarray:
    return bone(np.random.default_rng(seed), bool(seed % 2), (96, 80))


def png(seed: int) -> bytes:
    return encode(phantom(seed), "PNG")


def pixels_of(path: Path) -> np.ndarray:
    return decode(path.read_bytes(), "x", LIMITS)[0].pixels


def archive(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "set.zip"
    path.write_bytes(zip_of(members))
    return path


def test_a_folder_with_and_without_splits(tmp_path: Path) -> None:
    class_folders(tmp_path / "split", {"train": 2, "test": 1})
    found = read_folder(tmp_path / "split").pictures
    assert [each.split for each in found] == [Split.TRAIN] * 4 + [Split.TEST] * 2
    assert found[0].name == "train/fractured/0000.jpg"
    bare = read_folder(tmp_path / "split" / "train").pictures
    assert {each.split for each in bare} == {None}
    with pytest.raises(DatasetError, match="is not a folder"):
        read_folder(tmp_path / "gone")


@pytest.mark.parametrize("chosen", ["..", "../outside", "/etc", "link", "a\0b", "gone"])
def test_nothing_outside_the_folder_of_data_sets_is_read(chosen: str, tmp_path: Path) -> None:
    class_folders(tmp_path / "outside", {"train": 1})
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(DatasetError, match="FRACTURE_DATASETS"):
        read_folder_below(tmp_path / "datasets", chosen)


@pytest.mark.parametrize("linked", ["train", "boxes.csv"])
def test_a_part_that_leads_out_is_refused(linked: str, tmp_path: Path) -> None:
    class_folders(tmp_path / "outside", {"train": 1})
    class_folders(tmp_path / "datasets" / "mine", {"val": 1})
    (tmp_path / "outside" / "boxes.csv").write_text("file,left,top,width,height\n")
    (tmp_path / "datasets" / "mine" / linked).symlink_to(tmp_path / "outside" / linked)
    with pytest.raises(DatasetError, match="leads out"):
        read_folder_below(tmp_path / "datasets", "mine")


def test_pictures_that_links_lead_out_of_are_left_out_and_counted(tmp_path: Path) -> None:
    class_folders(tmp_path / "outside", {"train": 1})
    class_folders(tmp_path / "datasets" / "mine", {"train": 1})
    secret = tmp_path / "outside" / "train" / "fractured" / "0000.jpg"
    (tmp_path / "datasets" / "mine" / "train" / "fractured" / "secret.jpg").symlink_to(secret)
    found = read_folder_below(tmp_path / "datasets", "mine")
    assert [each.path.name for each in found.pictures] == ["0000.jpg", "0000.jpg"]
    assert [each.pictures for each in found.source.left_out] == [1]
    assert list_folders(tmp_path / "datasets") == ("mine",)
    assert list_folders(None) == ()
    with pytest.raises(DatasetError, match="No folder of data sets"):
        read_folder_below(None, "mine")


def test_an_archive_is_unpacked_under_checksums(tmp_path: Path) -> None:
    members = {
        "bones/train/Fractured/../../../evil.png": png(1),
        "bones/train/Non_fractured/deep/b.png": png(2),
        "bones/TEST/fractured/a.png": png(3),
        "fractured/unsplit.png": png(5),
        "bones/train/fractured/notes.txt": b"not a picture",
        "README.png": png(4),
        "__MACOSX/bones/train/fractured/._a.png": b"litter",
    }
    home = tmp_path / "home"
    found = read_archive(archive(tmp_path, members), home, LIMITS)
    by_name = {each.name: each for each in found.pictures}
    assert by_name["bones/train/Non_fractured/deep/b.png"].split is Split.TRAIN
    assert not by_name["bones/train/Non_fractured/deep/b.png"].fractured
    assert by_name["bones/TEST/fractured/a.png"].split is Split.TEST
    assert by_name["fractured/unsplit.png"].split is None
    for each in found.pictures:
        assert each.path.is_relative_to(home / found.source.root)
        assert each.path.name == each.sha256
    assert np.array_equal(pixels_of(by_name["bones/TEST/fractured/a.png"].path), phantom(3))
    assert sum(each.pictures for each in found.source.left_out) == len(members) - 1 - len(found.pictures)
    assert not list(tmp_path.glob("**/evil.png"))


def test_of_a_dicom_file_in_an_archive_only_the_shown_pixels_are_kept(tmp_path: Path) -> None:
    deep = bone(np.random.default_rng(1), True, (96, 80), bits=12)
    file = dicom(deep, BitsStored=12, PatientName="Doe^Jane")
    found = read_archive(archive(tmp_path, {"fractured/a.dcm": file, "normal/b.png": png(2)}), tmp_path, LIMITS)
    kept = next(each for each in found.pictures if each.fractured)
    assert pixels_of(kept.path).dtype == np.uint8
    assert b"Doe" not in kept.path.read_bytes()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.read_bytes() == file]


@pytest.mark.parametrize("data", [b"", b"no zip", zip_of({}), zip_of({"fractured/x.png": b"x"})])
def test_what_is_no_archive_of_class_folders_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "set.zip").write_bytes(data)
    with pytest.raises(DatasetError):
        read_archive(tmp_path / "set.zip", tmp_path / "home", LIMITS)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"broken/a.png": png(1), "b.png": png(2)},
            "holds neither, and folders named 'broken', and pictures in no folder",
        ),
        ({"fractured/a.png": png(1)}, "holds 1 of fractured. Accepted names"),
    ],
)
def test_an_archive_without_both_classes_says_what_it_holds(members: dict, said: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=said):
        read_archive(archive(tmp_path, members), tmp_path / "home", LIMITS)


def test_what_is_no_zip_is_called_that(tmp_path: Path) -> None:
    (tmp_path / "set.zip").write_bytes(b"no zip")
    with pytest.raises(DatasetError, match="is no ZIP"):
        read_archive(tmp_path / "set.zip", tmp_path / "home", LIMITS)


def test_class_folders_beside_the_splits_are_not_missed(tmp_path: Path) -> None:
    class_folders(tmp_path / "set", {"train": 1, "test": 1})
    class_folders(tmp_path / "broken", {"truncated": 1})
    (tmp_path / "broken" / "truncated").rename(tmp_path / "set" / "truncated")
    assert len(read_folder(tmp_path / "set").pictures) == 4  # what is no split by name is no part of the set
    class_folders(tmp_path / "set" / "more", {"validation": 1})
    (tmp_path / "set" / "more" / "validation").rename(tmp_path / "set" / "validation")
    with pytest.raises(DatasetError, match="class folders in 'validation', which is no split"):
        read_folder(tmp_path / "set")


def test_an_archive_over_a_limit_is_refused(tmp_path: Path) -> None:
    members = {f"{name}/{seed}.png": png(seed) for seed in range(3) for name in ("fractured", "normal")}
    with pytest.raises(DatasetError, match="more than 4 entries"):
        read_archive(archive(tmp_path, members), tmp_path, Limits(zip_entries=4))


@pytest.fixture
def services(tmp_path: Path):
    built = fake_services(tmp_path / "home", None)
    yield built
    built.close()


def test_reviewed_cases_become_pictures(services: Services) -> None:
    batch = services.ingest.create_batch("pile", "reader")
    pages = encode(np.stack([phantom(7), phantom(8)]), "TIFF-PAGES")
    deep = bone(np.random.default_rng(9), True, (96, 80), bits=12)
    files = {"a.png": png(1), "b.png": png(2), "c.tif": pages, "d.dcm": dicom(deep, BitsStored=12), "e.png": png(3)}
    taken = [outcome for name, data in files.items() for outcome in services.ingest.take_in(batch.id, name, data)]
    entries = [outcome.entry_id for outcome in taken]
    given = [Verdict.FRACTURED, Verdict.NOT_FRACTURED, Verdict.UNSURE, Verdict.FRACTURED, Verdict.NOT_FRACTURED]
    for entry_id, verdict in zip(entries, given, strict=False):
        services.reviews.give(entry_id, None, "ann", verdict)
    services.reviews.give(entries[0], None, "bob", Verdict.NOT_FRACTURED)
    found = read_reviews(services.database, services.files, services.settings.home, LIMITS, LabelPolicy())
    assert [each.fractured for each in found.pictures] == [False, True, False]
    assert {each.reason: each.pictures for each in found.source.left_out} == {
        "readers disagree, and nobody has adjudicated": 1,
        "unsure or not assessable": 1,
    }
    plain, page, shown = found.pictures
    assert np.array_equal(pixels_of(plain.path), phantom(2))
    assert np.array_equal(pixels_of(page.path), phantom(8))
    assert pixels_of(shown.path).dtype == np.uint8
    for each in found.pictures:
        assert each.path.is_relative_to(services.settings.home / found.source.root)
