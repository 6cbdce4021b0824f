"""Of a DICOM header the allowed attributes are kept, and nothing else."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from core.domain import DicomAttributes
from tests import phantoms
from tests.unit.imaging.helpers import bone, read

pytestmark = pytest.mark.filterwarnings(
    "ignore:::pydicom"
)  # which `core.imaging.dicom.read` does itself, outside pytest


def code(meaning: str) -> Dataset:
    item = Dataset()
    item.CodeMeaning = meaning
    return item


def test_attributes_are_the_allowed_ones_and_nothing_else():
    data = phantoms.dicom(
        bone(), BodyPartExamined=" hand ", ViewPosition="AP", ImageLaterality="L", PatientName="Doe^Jane",
        InstitutionName="St. Elsewhere", PatientComments="fell off a horse",
    )  # fmt: skip
    radiograph = read(data, salt=b"salt")
    attributes = radiograph.dicom
    assert (attributes.modality, attributes.body_part) == ("CR", "HAND")
    assert (attributes.view, attributes.laterality) == ("AP", "L")
    for secret in ("Doe", "Jane", "PHANTOM", "19010203", "Elsewhere", "horse", "1.2.826"):
        assert secret not in repr(radiograph)


def test_pseudonyms_are_salted_and_told_apart():
    data = phantoms.dicom(bone())
    attributes = read(data, salt=b"one").dicom
    assert attributes == read(data, salt=b"one").dicom
    assert attributes.study != attributes.series != read(data, salt=b"two").dicom.series
    assert len(attributes.study) == 16
    assert (read(data).dicom.study, read(data).dicom.series) == (None, None)
    assert read(phantoms.dicom(bone(), drop=("StudyInstanceUID",)), salt=b"one").dicom.study is None


@pytest.mark.parametrize("value", ["see report: J. Doe, born 1901", "X" * 40, "HAND\\FOOT", "Händ", "<b>HAND</b>", ""])
def test_implausible_text_is_no_attribute(value):
    attributes = read(phantoms.dicom(bone(), BodyPartExamined=value, ViewPosition=value, Laterality="up")).dicom
    assert attributes == DicomAttributes(modality="CR")


def test_coded_region_and_view_stand_in():
    attributes = read(
        phantoms.dicom(
            bone(), drop=("BodyPartExamined",), AnatomicRegionSequence=[code("Elbow")],
            ViewCodeSequence=[code("antero-posterior")], Laterality="R",
        )
    ).dicom  # fmt: skip
    assert (attributes.body_part, attributes.view, attributes.laterality) == ("ELBOW", "ANTERO-POSTERIOR", "R")
