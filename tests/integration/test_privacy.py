"""Nothing that names a patient is stored, logged or exported; a file's name is in the database alone."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from core.bootstrap import Services
from core.domain import Verdict
from core.reading.worklist import WorklistFilter
from tests.fakes import read_all, take_in
from tests.phantoms import bone, dicom, zip_of

PATIENT = {
    "PatientName": "Zwiebelfisch^Ottilie",
    "PatientID": "PID-77341-ZF",
    "PatientBirthDate": "19370415",
    "PatientAddress": "Quittenweg 9",
    "OtherPatientIDs": "OTHER-55512",
    "AccessionNumber": "ACC-90210-X",
    "ReferringPhysicianName": "Doktor^Eisenbart",
    "InstitutionName": "Klinik am Quellteich",
    "StudyDate": "20261103",
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.77001",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.77002",
    "StudyID": "STUDY-4711",
    "RequestedProcedureDescription": "Frage Fraktur bei Ottilie",
    "DeviceSerialNumber": "SN-0815-42",
}
SECRETS = sorted(
    {part for value in PATIENT.values() for part in (value, *value.split("^"))} - {""}, key=len, reverse=True
)
FILE_NAME = "Zwiebelfisch_Ottilie_Hand.dcm"


def bytes_at_rest(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def leaks(data: bytes) -> list[str]:
    """Which secrets stand in these bytes, in any case and in the usual encodings."""
    low = data.lower()
    return [s for s in SECRETS if any(s.lower().encode(code) in low for code in ("utf-8", "utf-16-le", "utf-16-be"))]


@pytest.mark.parametrize("pack", [False, True])
def test_a_patient_leaves_no_trace(services: Services, caplog: pytest.LogCaptureFixture, pack: bool) -> None:
    caplog.set_level(logging.DEBUG)
    film = dicom(bone(np.random.default_rng(5), True, bits=16) >> 4, BitsStored=12, **PATIENT)
    broken = film[: len(film) // 2]
    files = {"film.dcm": film, "broken.dcm": broken}
    if pack:
        take_in(services, ("films.zip", zip_of(files)))
    else:
        take_in(services, *files.items())
    read_all(services)
    (row,) = services.worklist.page(services.worklist.freeze(WorklistFilter()), 1)
    services.reviews.give(row.entry_id, row.prediction_id, "ann", Verdict.UNSURE)
    assert row.dicom.body_part == "HAND"
    assert leaks(film), "the phantom carries no secrets, so nothing is tested"
    stored = bytes_at_rest(services.settings.home)
    assert len(stored) > 4
    for name, data in stored.items():
        assert leaks(data) == [], name
    assert leaks(b"".join(services.worklist_csv.csv(WorklistFilter()))) == []
    assert leaks(services.ingest.refusals_csv(row.batch_id)) == []
    assert leaks(caplog.text.encode()) == []


def test_a_file_name_is_in_the_database_and_nowhere_else(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    film = dicom(bone(np.random.default_rng(5), True))
    batch_id = services.ingest.create_batch("hands", "ann").id
    services.ingest.start(batch_id, [(FILE_NAME, film), (f"broken {FILE_NAME}", film[:200])])
    while services.ingest.progress(batch_id).state == "running":
        pass
    read_all(services)
    for name, data in bytes_at_rest(services.settings.home).items():
        assert "Zwiebelfisch" not in name
        assert (FILE_NAME.encode() in data) <= name.startswith("fracture.db"), name
    assert "Zwiebelfisch" not in caplog.text
    assert FILE_NAME.encode() in b"".join(services.worklist_csv.csv(WorklistFilter()))
    assert b"Zwiebelfisch" not in b"".join(services.worklist_csv.csv(WorklistFilter(), names=False))


def test_pseudonyms_differ_between_installations(services: Services, tmp_path: Path) -> None:
    from tests.fakes import fake_services  # a second installation

    other = fake_services(tmp_path / "other")
    film = dicom(bone(np.random.default_rng(5), True), **PATIENT)
    facts = []
    for installation in (services, other):
        take_in(installation, ("film.dcm", film))
        facts.append(installation.worklist.row(1).dicom)
    other.close()
    assert facts[0].study
    assert facts[0].study != facts[1].study
    assert facts[0].series != facts[1].series
