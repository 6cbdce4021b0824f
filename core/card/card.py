"""The model card: all that is said of a version, as `card.json` beside its weights holds it.

What decides a prediction never changes once it is written. What is said of a version (AMENDABLE) can be said better or
more often.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.card.convert import check, read
from core.card.decision import Calibration, GateParameters, InputSpec, Meaning, OperatingPoint
from core.card.figures import SplitFigures
from core.card.origin import About, Change, DataSource, Training
from core.card.part import Count, Part, named, to_document
from core.card.studies import Studies
from core.errors import DamagedModelError, RegistryError

AMENDABLE = frozenset({"about", "changes", "data", "figures", "limits", "studies"})
HIGH_SENSITIVITY, HIGH_SPECIFICITY = "high_sensitivity", "high_specificity"  # the names of the two operating points
LIST_OF_NUMBERS = re.compile(r"\[\s+([-+.\deE,\s]+?)\s+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard(Part):
    """All that is said of one version.

    Attributes:
        created: in ISO 8601.
        network: its name in `core.cnn.networks`; `description` says it in words.
        parameters: how many weights it has.
        sigmoid_means: what its output is the score of.
        saliency_layer: the layer that the heatmaps are of.
        gate: None declines nothing but what the cheap checks do.
        limits: sentences for the reader.
        figures: by split.
        version, sha256: the folder's name and the hex digest of the weights; the registry fills them in.

    Raises:
        ValueError: `created` is no time.
    """

    created: str
    network: str
    description: str | None = None
    parameters: Count | None = None
    input: InputSpec
    sigmoid_means: Meaning
    saliency_layer: str
    calibration: Calibration
    operating_points: tuple[OperatingPoint, ...]
    gate: GateParameters | None = field(default=None, metadata={"decides": True, "always": True})
    training: Training | None = None
    data: DataSource | None = None
    limits: tuple[str, ...] = ()
    about: About | None = None
    figures: Mapping[str, SplitFigures] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    version: str = named()
    sha256: str = named()
    studies: Studies | None = None

    def __post_init__(self) -> None:
        try:
            datetime.fromisoformat(self.created)
        except ValueError as error:
            raise ValueError(f"created must be a time in ISO 8601, but is {self.created!r}") from error

    def point(self, name: str) -> OperatingPoint:
        """One operating point. Raises ValueError where the card has none of that name."""
        for point in self.operating_points:
            if point.name == name:
                return point
        raise ValueError(f"operating_points must hold {name}, but hold {[p.name for p in self.operating_points]}")


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One folder of the registry. Of a retired version its card is all that is left.

    Attributes:
        shipped: whether it came with the product; its folder is read-only then.
    """

    version: str
    network: str
    sha256: str
    created: datetime
    shipped: bool
    card: ModelCard
    retired: bool = False

    @classmethod
    def of(cls, card: ModelCard, shipped: bool = False, retired: bool = False) -> ModelVersion:
        """The version that a card describes."""
        moment = datetime.fromisoformat(card.created)
        created = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return cls(card.version, card.network, card.sha256, created, shipped, card, retired)


def read_card(text: str, name: str) -> ModelCard:
    """Read `card.json`.

    Args:
        name: the version's, which the card must carry.

    Raises:
        DamagedModelError: it is not JSON, is of another version, or a part that decides a prediction is missing or
            malformed; the message names it.
    """
    try:
        card = read(ModelCard, json.loads(text))
    except (ValueError, RecursionError) as error:
        raise DamagedModelError(f"The card of {name} cannot be read: {error}.") from error
    if card.version != name:
        raise DamagedModelError(f"The card of {name} lacks its own name: it says {card.version!r}.")
    return card


def write_card(card: ModelCard) -> str:
    """`card.json` as people read it: indented, with each list of numbers on one line.

    Raises:
        RegistryError: a field has another type than its own, lies outside its range or is no JSON; the message names
            it.
    """
    try:
        check(card)
        text = json.dumps(to_document(card), indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise RegistryError(f"The card of {card.version} cannot be written as JSON: {error}.") from error
    return LIST_OF_NUMBERS.sub(lambda found: "[" + " ".join(found[1].split()) + "]", text) + "\n"
