"""Which DICOM files are projection radiographs, and words for those that are not."""

from __future__ import annotations

from types import MappingProxyType

from pydicom.uid import UID

_PROJECTION_MODALITIES = frozenset({"CR", "DX", "RG"})
_PROJECTION_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.1",  # Computed Radiography Image Storage
        "1.2.840.10008.5.1.4.1.1.1.1",  # Digital X-Ray Image Storage - For Presentation
        "1.2.840.10008.5.1.4.1.1.1.1.1",  # Digital X-Ray Image Storage - For Processing
    }
)
_ANY_MODALITY_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.7",  # Secondary Capture: what digitised films come in
        "1.2.840.10008.5.1.4.1.1.7.2",  # its multi-frame grey forms
        "1.2.840.10008.5.1.4.1.1.7.3",
    }
)
_DIRECTORY = "1.2.840.10008.1.3.10"
_WORDS = MappingProxyType(
    {
        "AU": "a sound recording",
        "BMD": "a bone densitometry image",
        "CT": "a computed tomography image",
        "DOC": "a document",
        "ECG": "an electrocardiogram",
        "ES": "an endoscopy image",
        "GM": "a microscopy image",
        "IO": "an intra-oral radiograph",
        "IVUS": "an intravascular ultrasound image",
        "KO": "a key object selection",
        "MG": "a mammogram",
        "MR": "a magnetic resonance image",
        "NM": "a nuclear medicine image",
        "OCT": "an optical coherence tomography image",
        "OP": "an ophthalmic photograph",
        "OT": "an image of no stated modality",
        "PR": "a presentation state",
        "PT": "a positron emission tomography image",
        "PX": "a panoramic radiograph",
        "REG": "a registration",
        "RF": "a fluoroscopy image",
        "RTDOSE": "a radiotherapy dose",
        "RTIMAGE": "a radiotherapy image",
        "RTPLAN": "a radiotherapy plan",
        "RTSTRUCT": "a radiotherapy structure set",
        "SC": "a secondary capture",
        "SEG": "a segmentation",
        "SM": "a slide microscopy image",
        "SR": "a structured report",
        "US": "an ultrasound image",
        "XA": "an angiography image",
        "XC": "a photograph",
    }
)


def is_projection(modality: str | None, sop_class: UID) -> bool:
    """True for CR, DX and RG: modality and SOP class both say so, or one does and the other is absent or unspecific."""
    if sop_class in _PROJECTION_CLASSES:
        return modality is None or modality in _PROJECTION_MODALITIES
    unspecific = not sop_class or sop_class in _ANY_MODALITY_CLASSES or sop_class.is_private
    return unspecific and modality in _PROJECTION_MODALITIES


def describe_kind(modality: str | None, sop_class: UID) -> str:
    """Such as "a magnetic resonance image (MR)"."""
    if sop_class == _DIRECTORY:
        return "a directory of DICOM files (DICOMDIR)"
    if modality and modality not in _PROJECTION_MODALITIES:
        return f"{_WORDS.get(modality, 'a DICOM file of another modality')} ({modality})"
    if sop_class and sop_class.name != sop_class:
        return f"a DICOM file of another kind ({sop_class.name})"
    return "a DICOM file of no stated modality"
