"""ZIPs and folders become single files; a hostile archive is one refusal, a bad member another."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.domain import Radiograph, Refusal
from core.imaging.archive import Member, expand, walk
from tests import phantoms
from tests.unit.imaging.helpers import LIMITS, bone, open_radiographs

PNG = phantoms.encode(bone(), "PNG")
ENTRY, LOCAL = b"PK\x01\x02", b"PK\x03\x04"


def names(found) -> list[str]:
    return [item.name for item in found]


def refused(data: bytes, limits=LIMITS) -> Refusal:
    """The one refusal that the whole archive comes to."""
    (refusal,) = open_radiographs("a.zip", data, limits)
    assert isinstance(refusal, Refusal) and refusal.name == "a.zip"
    return refusal


def patch(data: bytes, field: dict[bytes, int], value: bytes, entry: int = 0) -> bytes:
    """Overwrite a field, by its offset in the local header and in the directory, of one entry."""
    patched = bytearray(data)
    for signature, offset in field.items():
        at = -1
        for _ in range(entry + 1):
            at = patched.index(signature, at + 1)
        patched[at + offset : at + offset + len(value)] = value
    return bytes(patched)


def test_a_plain_file_is_itself(tmp_path):
    (tmp_path / "x.png").write_bytes(PNG)
    for source in (PNG, tmp_path / "x.png", io.BytesIO(PNG)):
        assert list(expand("y.png", source, LIMITS)) == [Member("y.png", PNG)]
        (radiograph,) = open_radiographs("y.png", source, LIMITS)
        assert isinstance(radiograph, Radiograph) and radiograph.name == "y.png"


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_of_everything_with_folders_inside(tmp_path, compression):
    members = {
        "inner/": b"",
        "inner/x.png": PNG,
        "inner/deeper/x.dcm": phantoms.dicom(bone()),
        "pages.tif": phantoms.encode(np.stack([bone()] * 2), "TIFF-PAGES"),
        "__MACOSX/inner/._x.png": b"\0\x05\x16\x07",
        "inner/.DS_Store": b"\0\0\0\1Bud1",
        "Thumbs.db": b"\xd0\xcf\x11\xe0",
    }
    data = phantoms.zip_of(members, compression)
    (tmp_path / "not called zip").write_bytes(data)
    found = list(open_radiographs("a.zip", tmp_path / "not called zip", LIMITS))
    assert all(isinstance(item, Radiograph) for item in found)
    assert names(found) == ["a.zip/inner/x.png", "a.zip/inner/deeper/x.dcm", "a.zip/pages.tif", "a.zip/pages.tif#2"]


def test_a_bad_member_does_not_keep_the_others_out():
    members = {
        "good.png": PNG,
        "empty.png": b"",
        "cut.png": PNG[:-100],
        "letter.txt": b"Dear colleague",
        "again.zip": phantoms.zip_of({"x.png": PNG}),
        "DICOMDIR": phantoms.dicom(bone(), Modality="", SOPClassUID="1.2.840.10008.1.3.10", header_only=True),
        "mr.dcm": phantoms.dicom(bone(), Modality="MR", SOPClassUID=phantoms.MR),
        "last.bmp": phantoms.encode(bone(), "BMP"),
    }
    found = list(open_radiographs("a.zip", phantoms.zip_of(members), LIMITS))
    assert names(found) == [f"a.zip/{name}" for name in members]
    taken = [item.name for item in found if isinstance(item, Radiograph)]
    assert taken == ["a.zip/good.png", "a.zip/last.bmp"]
    reasons = [item.reason for item in found if isinstance(item, Refusal)]
    for reason, words in zip(
        reasons, ("empty", "cut short", "a text file", "inside another", "DICOMDIR", "magnetic resonance"), strict=True
    ):
        assert words in reason


NASTY = [
    "../../x.png", "/etc/passwd.png", "C:\\windows\\x.png", "..\\..\\x.png", "n" * 4000 + ".png", "a\nb\x1b[31m.png",
    "x\u202egnp.exe", "骨折/レントゲン.png", "أشعة.png", "рентген é.png", " .png", "-rf.png",
    "=cmd().png", "con.png", "%s{0}.png",
]  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_names_are_labels_and_nothing_more(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (radiograph,) = open_radiographs("a.zip", phantoms.zip_of({name: PNG}), LIMITS)
    assert isinstance(radiograph, Radiograph)
    assert radiograph.name.startswith("a.zip/") and len(radiograph.name) == len(name) + 6
    assert not any(ord(c) < 32 or c == "\u202e" for c in radiograph.name)
    radiograph.name.encode("utf-8")
    assert list(tmp_path.iterdir()) == []


def test_nul_and_bad_bytes_in_names():
    data = phantoms.zip_of({"aXb.png": PNG})
    for evil in (b"a\0b.png", b"a\xffb.png"):
        (radiograph,) = open_radiographs("a.zip", data.replace(b"aXb.png", evil), LIMITS)
        assert isinstance(radiograph, Radiograph)
        radiograph.name.encode("utf-8")
    (refusal,) = open_radiographs("x\0y\udcff", b"", LIMITS)
    assert refusal.name == "x�y�"


def test_password_protected():
    data = phantoms.zip_of({"x.png": PNG, "y.png": PNG})
    refusal = refused(patch(data, {LOCAL: 6, ENTRY: 8}, b"\x01\x00", entry=1))
    assert "password" in refusal.reason


def test_bombs_by_ratio():
    zeros = bytes(4 * 2**20)
    assert "bomb" in refused(phantoms.zip_of({"x.bmp": zeros})).reason
    filler = {f"{i}.bin": np.random.default_rng(i).bytes(100_000) for i in range(2)}
    found = list(expand("a.zip", phantoms.zip_of(filler | {"x.bmp": zeros}), LIMITS))
    assert names(item for item in found if isinstance(item, Refusal)) == ["a.zip/x.bmp"]
    assert names(item for item in found if isinstance(item, Member)) == ["a.zip/0.bin", "a.zip/1.bin"]


def test_entries_that_overlap():
    """Many entries of the directory that all point at one piece of data (Fifield, WOOT 2019)."""
    data = phantoms.zip_of({"a": PNG, "b": PNG})
    second = data.index(ENTRY, data.index(ENTRY) + 1)
    overlapping = data[: second + 42] + bytes(4) + data[second + 46 :]
    assert "overlap" in refused(overlapping).reason


def test_too_many_entries_are_counted_not_believed(peak_memory):
    data = phantoms.zip_of({f"{i}": b"" for i in range(300)})
    assert len(list(expand("a.zip", data, replace(LIMITS, zip_entries=300)))) == 300
    assert "299 entries" in refused(data, replace(LIMITS, zip_entries=299)).reason
    end = data.rindex(b"PK\x05\x06")
    lying = data[: end + 8] + struct.pack("<HH", 1, 1) + data[end + 12 :]
    assert "entries" in refused(lying, replace(LIMITS, zip_entries=299)).reason
    directory = (ENTRY + bytes(42)) * 200_000
    endless = LOCAL + bytes(26) + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), 30, 0)
    with peak_memory(40):
        assert "entries" in refused(endless).reason


def test_sizes_over_the_limits():
    data = phantoms.zip_of({"x.png": PNG, "y.png": PNG})
    assert "a ZIP archive" in refused(data, replace(LIMITS, zip_bytes=len(data) - 1)).reason
    assert "holds more" in refused(data, replace(LIMITS, zip_total_bytes=len(PNG))).reason
    found = list(open_radiographs("a.zip", data, replace(LIMITS, file_bytes=len(PNG) - 1)))
    assert names(found) == ["a.zip/x.png", "a.zip/y.png"]
    assert all(isinstance(item, Refusal) and "MB a file" in item.reason for item in found)
    (refusal,) = open_radiographs("x.png", PNG, replace(LIMITS, file_bytes=len(PNG) - 1))
    assert "MB a file" in refusal.reason


@pytest.mark.parametrize("declared", [10, len(PNG) - 1, len(PNG) + 1, 2**31])
def test_a_member_that_lies_about_its_size(declared, peak_memory):
    data = phantoms.zip_of({"x.png": PNG, "y.png": PNG})
    lying = patch(data, {LOCAL: 22, ENTRY: 24}, struct.pack("<L", declared))
    with peak_memory(8):
        found = list(open_radiographs("a.zip", lying, replace(LIMITS, zip_ratio=1e9)))
    assert isinstance(found[0], Refusal) and found[0].name == "a.zip/x.png"
    assert isinstance(found[1], Radiograph)


def test_a_member_that_claims_more_than_the_file_holds():
    data = phantoms.zip_of({"x.png": PNG})
    assert "overlap" in refused(patch(data, {LOCAL: 18, ENTRY: 20}, struct.pack("<L", 2**30))).reason


def test_damaged_members():
    data = phantoms.zip_of({"x.png": PNG, "y.png": PNG})
    bad_crc = patch(data, {LOCAL: 14, ENTRY: 16}, b"\1\2\3\4")
    bad_bytes = patch(data, {LOCAL: 60}, bytes(50))
    other_method = patch(data, {LOCAL: 8, ENTRY: 10}, struct.pack("<H", 9))
    other_name = patch(data, {LOCAL: 30}, b"z")
    for bad in (bad_crc, bad_bytes, other_method, other_name):
        found = list(open_radiographs("a.zip", bad, LIMITS))
        assert names(found) == ["a.zip/x.png", "a.zip/y.png"]
        assert isinstance(found[0], Refusal) and isinstance(found[1], Radiograph)


def test_methods_that_cannot_be_bounded_are_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.png", PNG, zipfile.ZIP_BZIP2)
        archive.writestr("y.png", PNG, zipfile.ZIP_LZMA)
        archive.writestr("z.png", PNG)
    found = list(open_radiographs("a.zip", buffer.getvalue(), LIMITS))
    assert [isinstance(item, Radiograph) for item in found] == [False, False, True]


def test_archives_that_are_none():
    data = phantoms.zip_of({"x.png": PNG, "y.png": PNG})
    assert "empty" in refused(phantoms.zip_of({})).reason
    assert "empty" in refused(phantoms.zip_of({"folder/": b"", "__MACOSX/x": b""})).reason
    for cut in (1, 30, len(data) // 2, len(data) - 5):
        refused(data[:-cut])


def test_a_zip_at_the_end_of_a_picture_is_not_opened():
    (radiograph,) = open_radiographs("x.png", PNG + phantoms.zip_of({"y.png": PNG}), LIMITS)
    assert isinstance(radiograph, Radiograph) and radiograph.name == "x.png"


def test_members_come_one_at_a_time(tmp_path, peak_memory):
    noise = np.random.default_rng(0).bytes(2 * 2**20)
    (tmp_path / "a.zip").write_bytes(phantoms.zip_of({f"{i}.bin": noise for i in range(12)}, zipfile.ZIP_STORED))
    with peak_memory(9):
        assert sum(len(member.data) for member in expand("a.zip", tmp_path / "a.zip", LIMITS)) == 24 * 2**20


def test_what_cannot_be_opened_is_a_refusal(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "nowhere", tmp_path / "pipe", tmp_path, Path("n" * 5000), Path("a\0b")):
        (refusal,) = expand("x", path, LIMITS)
        assert isinstance(refusal, Refusal) and refusal.name == "x" and refusal.remedy


def test_walk_names_files_as_they_were_given(tmp_path, monkeypatch):
    for name in ("b/2.png", "b/10.png", "a/x.png", "a/.hidden.png", ".git/y.png", "__MACOSX/z.png", "b/Thumbs.db"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    found = list(walk([Path("data"), "data/a/.hidden.png", "gone.png", "n" * 5000]))
    assert [name for name, _ in found[:3]] == ["data/a/x.png", "data/b/10.png", "data/b/2.png"]
    assert [name for name, _ in found[3:5]] == ["data/a/.hidden.png", "gone.png"]
    assert all(path.read_bytes() == PNG for _, path in found[:4])
    assert next(walk([tmp_path / "data"]))[0] == (tmp_path / "data/a/x.png").as_posix()
