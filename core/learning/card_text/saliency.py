"""How heatmaps point, and whether they depend on what the network has learned, as tables."""

from __future__ import annotations

from core.card import PointingFigures, Randomisation, SplitFigures
from core.learning.card_text.cells import Kind, Measure, number, share
from core.table import Align, Column, Row, Table, TextCell, columns

STEPS_SHOWN = 8  # of the randomisation, evenly over the network
MEASURES = (
    Measure("peak inside a box", "hit_rate", Kind.SHARE),
    Measure("peak within 15 pixels of one, at 512 on the long side", "near_rate", Kind.SHARE),
    Measure("share of the heatmap's energy inside the boxes", "energy_inside", Kind.NUMBER),
    Measure("intersection over union with the boxes", "iou", Kind.NUMBER),
    Measure("peak inside a box, by chance", "hit_rate_by_chance", Kind.SHARE, 3),
    Measure("the same, thrown at bone alone", "hit_rate_by_chance_on_bone", Kind.SHARE, 3),
    Measure("within 15 pixels, by chance", "near_rate_by_chance", Kind.SHARE, 3),
)


def pointing(part: SplitFigures, head: str = "on test") -> Table:
    """How the heatmap points, beside a plain Grad-CAM of the same network and blind throws."""
    own, found = part.pointing(), part.pointing(of_true_positives=True)
    measured: dict[str, PointingFigures] = {"all fractured": own, "true positives": found}
    plain = part.saliency_checks.plain_grad_cam if part.saliency_checks else None
    if plain:
        measured["plain Grad-CAM" + (f" of `{plain.layer}`" if plain.layer else "")] = plain
    rows: tuple[Row, ...] = tuple(
        (measure.head, *(measure.of(figures) for figures in measured.values()))
        for measure in MEASURES
        if own.hit_rate is not None and getattr(own, measure.name) is not None
    )
    return Table((Column(head, align=Align.LEFT), *(Column(title) for title in measured)), rows)


def randomisation(found: Randomisation) -> Table:
    """How alike the heatmaps stay while the weights are shuffled block by block, some of the steps."""
    steps = found.steps
    stride = max(1, -(-len(steps) // STEPS_SHOWN))
    shown = [*steps[::stride], *([steps[-1]] if (len(steps) - 1) % stride else [])]
    named = [(TextCell(step.randomised_down_to or "", code=True), step) for step in shown]
    if found.between_radiographs:
        title = TextCell("nothing, but of two different radiographs", strong=True)
        named.append((title, found.between_radiographs))
    rows: tuple[Row, ...] = tuple(
        (title, number(step, "ssim"), number(step, "rank_correlation"), share(step, "share_empty"))
        for title, step in named
    )
    heads = columns("shuffled down to", "structural similarity", "rank correlation", "maps left empty")
    caption = (
        f"Sanity check (Adebayo et al. 2018) on {found.n} radiographs: weights shuffled block by block from the "
        "output down; similarity of the heatmaps to the trained network's."
    )
    return Table(heads, rows, caption=caption)
