"""What a version's card says of its data: where they come from, their licence, their known faults."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.card import About


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where training data come from, for the card."""

    source: str
    licence: str
    attribution: str
    split: str
    reference_standard: str
    limits: tuple[str, ...] = ()
    covered: str = "What the data set holds; not recorded."
    not_covered: str = "Everything else."
    body_parts: tuple[str, ...] = ()  # DICOM's terms for what was validated; none where it is not known


# What a version of this product is for, whatever it was trained on.
ABOUT = About(
    intended_use=(
        "To put a pile of bone radiographs into an order in which likely fractures are read first, and to offer a "
        "second look at what was read; for research, teaching and quality review."
    ),
    users="Readers of radiographs: radiologists, reporting radiographers, and trainees under supervision.",
    out_of_scope=(
        "Diagnosis, or any decision about a patient. This is not a medical device.",
        "Ruling a fracture out: the band negative holds fractures, as many as its figures say.",
        "Anatomy, ages or kinds of picture that were not validated.",
        "Finding anything but fractures: dislocations, tumours and foreign bodies are not looked for.",
    ),
    oversight=(
        "A reader decides on every radiograph, negatives included; the order is all that the model changes.",
        "A verdict is bound to the prediction that was on the screen, and is never overwritten.",
        "The untouched radiograph is what opens first; the overlay is shown on demand.",
        "Compare verdicts with bands on your own radiographs before you rely on the order, and from time to time.",
    ),
    overlay=(
        "It is evidence for the model's own answer, not a localisation: where the answer is wrong, so is it.",
        "Below the threshold of high sensitivity it means nothing.",
        "Its peak lies beside the fracture as often as the table says; look at the whole radiograph.",
        "Of several fractures it often shows one.",
        "Plates, nails and screws draw it to themselves.",
    ),
)

# FracAtlas sorts by hand, leg, hip and shoulder, no finer. A part is listed where radiographs of that region show the
# whole of it: hand to the wrist, leg from knee to toes, hip as a hip or on a pelvis, shoulder with the clavicle.
# Left out is what lies between regions and is seen in part only (forearm, humerus, femoral shaft), and the elbow.
FRACATLAS_PARTS = (
    *("HAND", "FINGER", "THUMB", "WRIST"),
    *("LEG", "LOWERLEG", "KNEE", "PATELLA", "TIBIA", "FIBULA", "TIBIAFIBULA", "ANKLE", "CALCANEUS", "FOOT", "TOE"),
    *("HIP", "PELVIS"),
    *("SHOULDER", "CLAVICLE"),
)

FRACATLAS = Provenance(
    source="FracAtlas: radiographs of hand, leg, hip and shoulder",
    licence="CC BY 4.0",
    attribution=(
        "Abedeen et al., FracAtlas: A Dataset for Fracture Classification, Localization and Segmentation of "
        "Musculoskeletal Radiographs, Sci Data 10 (2023), doi 10.1038/s41597-023-02432-4"
    ),
    split=(
        "Near-duplicates are kept on one side of the split. There are no patient ids, so views of one patient can "
        "stand on both sides."
    ),
    reference_standard="Two radiologists, checked by an orthopaedic surgeon, from the radiographs alone",
    limits=(
        "Trained on hand, leg, hip and shoulder alone. Spine, skull, elbow, chest and children were not validated.",
        "Plates, nails and screws raise the probability by themselves: in the training data nearly every radiograph "
        "with hardware is fractured.",
        "The gate declines some bone radiographs that look unlike the training data, and lets some other pictures "
        "pass.",
    ),
    covered=(
        "Hand, leg, hip and shoulder; frontal, lateral and oblique views; with and without hardware. Ages and sexes "
        "are not known picture by picture."
    ),
    not_covered=(
        "Spine, skull, ribs, elbow; children by themselves; and every kind of picture but projection radiographs."
    ),
    body_parts=FRACATLAS_PARTS,
)

# Near-identical pictures that carry both labels; nothing can be learned from them.
FRACATLAS_CONTRADICTIONS = frozenset(
    f"IMG{number:07d}.jpg" for number in (2952, 4262, 4243, 2886, 4280, 2998, 4314, 4341, 3034)
)

_FRACATLAS_NAME = re.compile(r"IMG\d{7}\.jpg")


def is_fracatlas(training: Path) -> bool:
    """Whether the pictures of a split all carry FracAtlas' names, so that its licence and its traps apply."""
    return are_fracatlas([path.name for path in training.glob("*/*") if not path.name.startswith(".")])


def are_fracatlas(names: Sequence[str]) -> bool:
    """Whether all these file names are FracAtlas' own; False for none."""
    return bool(names) and all(map(_FRACATLAS_NAME.fullmatch, names))


GENERIC = Provenance(
    source="Class folders given to `python -m core train`",
    licence="as the folders' owner says",
    attribution="none",
    split="As the folders give it; not audited for copies.",
    reference_standard="The folders' names",
)
