"""What the shipped champion was made from, beyond the network's recipe: its data, their licence, their known traps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where training data come from, for the card."""

    source: str
    licence: str
    attribution: str
    split: str
    reference_standard: str


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
)

# Near-identical pictures that carry both labels; nothing can be learned from them.
FRACATLAS_CONTRADICTIONS = frozenset(
    f"IMG{number:07d}.jpg" for number in (2952, 4262, 4243, 2886, 4280, 2998, 4314, 4341, 3034)
)

GENERIC = Provenance(
    source="Class folders given to `python -m core train`",
    licence="as the folders' owner says",
    attribution="none",
    split="As the folders give it; not audited for copies.",
    reference_standard="The folders' names",
)
