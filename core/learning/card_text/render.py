"""A version's card as a text to read: `models/README.md`. Every figure in it is one of the card's.

Laid out after Model Cards (Mitchell et al. 2019, arXiv:1810.03993) and CLAIM, update of 2024 (Tejani et al. 2024, doi
10.1148/ryai.240300).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.card import About, DataSource, ModelCard, ModelVersion, RecipeRecord, SplitFigures, Training
from core.learning.card_text import figures, saliency, studies
from core.learning.card_text.cells import number
from core.learning.card_text.markdown import markdown
from core.learning.training.provenance import ABOUT
from core.table import Column, CountCell, Row, Table, TextCell, columns

SPLITS = ("val", "test")
HASH_DIGITS = 16  # of a manifest
NOT_A_DEVICE = (
    "**Not a medical device.** For research, teaching and quality review; a reader decides on every radiograph."
)
LAYOUT = (
    "Laid out after Model Cards (Mitchell et al. 2019) and CLAIM, the Checklist for Artificial Intelligence in Medical "
    "Imaging, update of 2024. Brackets hold 95 % intervals: DeLong's for an AUC, Wilson's for a share, bootstrapped "
    "ones otherwise. Written by `python -m core models card`; every figure is one of `card.json`."
)
FIGURES_NOTE = (
    "`val` chose the epoch, the calibration and the thresholds; its figures are cross-fitted. On `test` "
    "nothing was chosen. A fracture that the gate declines counts as missed."
)
COVERAGE_IS_ABOVE = "What it declines of `val` and `test` stands under Figures, as their coverage."


def render(card: ModelCard, versions: Sequence[ModelVersion] = ()) -> str:
    """One card as Markdown.

    Args:
        card: of the version to describe.
        versions: all that ship, the newest first, for the history.
    """
    sections: list[tuple[str, str]] = [
        ("Intended use", _intended_use(card)),
        ("Data", _data(card)),
        ("Recipe", _recipe(card.training)),
        ("Figures", _figures(card)),
        ("Operating points and bands", _points_and_bands(card)),
        ("Calibration", _calibration(card)),
        ("Subgroups", markdown(figures.subgroups(_test(card)))),
        ("Known failures", markdown(figures.failures(_test(card)))),
        ("Saliency, and when not to trust an overlay", _saliency(card)),
        *_studies(card),
        ("Limits", _bullets(card.limits)),
        ("Human oversight", _bullets(_about(card).oversight)),
        ("Looks at test", _bullets(f"{look.at[:10]}: {look.why}" for look in _test(card).looks)),
        ("Versions", _versions(versions)),
        ("Changes", _bullets(f"{(change.at or '')[:10]}: {change.what}" for change in card.changes)),
    ]
    parts = [f"# {card.version}", NOT_A_DEVICE, _summary(card), LAYOUT]
    for title, body in sections:
        if body.strip():
            parts += [f"## {title}", body.strip()]
    return "\n\n".join(parts) + "\n"


def _summary(card: ModelCard) -> str:
    size = card.input.size
    rows: tuple[Row, ...] = (
        ("network", card.description or card.network),
        ("parameters", CountCell(card.parameters)),
        ("input", f"{size} x {size} pixels, grey, " + ("letterboxed" if card.input.letterbox else "stretched")),
        ("made", card.created[:10]),
        ("SHA-256 of the weights", TextCell(card.sha256, code=True)),
    )
    return markdown(Table(columns("", "", words=2), rows))


def _intended_use(card: ModelCard) -> str:
    about, data = _about(card), card.data or DataSource()
    covered = (("Covered", data.covered), ("Not covered", data.not_covered))
    return "\n\n".join(
        [
            about.intended_use or "",
            f"Users: {about.users or ''}",
            "Not for:\n\n" + _bullets(about.out_of_scope),
            *(f"{name}: {text}" for name, text in covered if text),
        ]
    )


def _data(card: ModelCard) -> str:
    data, training, test = card.data or DataSource(), card.training or Training(), card.figures.get("test")
    rows: list[Row] = [
        (name, CountCell(n), TextCell(training.manifest_sha256[name][:HASH_DIGITS], code=True))
        for name, n in training.n.items()
        if name in training.manifest_sha256
    ]
    if test:
        rows.append(("test", CountCell(test.n), TextCell((test.manifest_sha256 or "")[:HASH_DIGITS], code=True)))
    described = (
        ("Source", data.source),
        ("Attribution", data.attribution),
        ("Licence", data.licence),
        ("Split", data.split),
        ("Reference standard", data.reference_standard),
        ("Left out of training", ", ".join(data.excluded)),
    )
    lines = [f"{name}: {text}" for name, text in described if text]
    return "\n\n".join([*lines, markdown(Table(columns("split", "radiographs", "manifest"), tuple(rows)))])


def _recipe(training: Training | None) -> str:
    if training is None or training.recipe is None:
        return ""
    recipe = training.recipe
    rows: tuple[Row, ...] = tuple(
        (
            CountCell(number),
            *(
                str(value or "")
                for value in (stage.size, stage.crop, stage.epochs, stage.learning_rate, stage.batch_size)
            ),
        )
        for number, stage in enumerate(recipe.stages, 1)
    )
    parents = [f"`{parent.version}`" for parent in training.ancestors]
    augmentation = {name: value for name, value in recipe.augmentation.items() if value}
    return "\n\n".join(
        [
            f"Started from {recipe.start} weights" + (f", by way of {', '.join(parents)}." if parents else "."),
            markdown(Table(columns("stage", "pixels", "crop", "epochs", "learning rate", "batch"), rows)),
            f"Augmentation: {_pairs(augmentation)}.",
            f"Settings: {_pairs(_settings(recipe))}.",
            f"Seed {training.seed}; {_seconds(training)} seconds of training.",
            f"Made with {_pairs(training.libraries)}.",
            training.repeatable or "",
            *training.notes,
        ]
    )


def _settings(recipe: RecipeRecord) -> dict[str, object]:
    named = {
        "optimizer": recipe.optimizer,
        "weight decay": recipe.weight_decay,
        "fractured weight": recipe.fractured_weight,
        "not fractured share": recipe.not_fractured_share,
        "box weight": recipe.box_weight,
        "select": recipe.select,
    }
    return {name: value for name, value in named.items() if value is not None}


def _seconds(training: Training) -> str:
    return "" if training.seconds is None else f"{training.seconds:,}"


def _figures(card: ModelCard) -> str:
    """One column a split, and beside `test` the versions that were measured with it."""
    titled: list[tuple[str | TextCell, SplitFigures]] = [
        (TextCell(split, mark="leaks" if found.leaks else ""), found)
        for split in SPLITS
        if (found := card.figures.get(split))
    ]
    titled += [(f"test, {version}", part) for version, part in _test(card).against.items()]
    table = figures.figures(titled).without((figures.CALIBRATION_ERROR, figures.PEAK_INSIDE))
    return markdown(replace(table, note=FIGURES_NOTE), transposed=True, between=" at the point of ")


def _points_and_bands(card: ModelCard) -> str:
    points = figures.operating_points(card.operating_points).without((figures.CHOSEN_AT,))
    bands = figures.bands(_test(card)).without((figures.SHARE_FRACTURED,))
    return f"{markdown(points)}\n\n{markdown(bands)}"


def _calibration(card: ModelCard) -> str:
    fitted = card.calibration
    caption = f"Method: {fitted.method}, fitted on {fitted.fitted_on or 'nothing'}."
    if fitted.prevalence is not None:
        caption += f" Probabilities hold for a prevalence of {fitted.prevalence:.3f}, and for another one not."
    titled = [(split, card.figures[split]) for split in SPLITS if split in card.figures]
    return f"{caption}\n\n{markdown(figures.calibration(titled))}"


def _saliency(card: ModelCard) -> str:
    checks = _test(card).saliency_checks
    shuffled = markdown(saliency.randomisation(checks.randomisation)) if checks and checks.randomisation else ""
    return "\n\n".join([markdown(saliency.pointing(_test(card))), shuffled, _bullets(_about(card).overlay)])


def _studies(card: ModelCard) -> list[tuple[str, str]]:
    changed = card.figures["val"].changed if "val" in card.figures else {}
    return [
        (
            title,
            "\n\n".join(markdown(_with_coverage(table) if title == studies.GATE_TITLE else table) for table in tables),
        )
        for title, tables in studies.sections(card.studies, changed)
    ]


def _with_coverage(gate: Table) -> Table:
    return replace(gate, caption=f"{COVERAGE_IS_ABOVE} {gate.caption}".strip())


def _versions(versions: Sequence[ModelVersion]) -> str:
    rows: tuple[Row, ...] = tuple(
        (each.version, f"{each.created:%Y-%m-%d}", each.network, number(each.card.figures.get("test"), "auc", 3))
        for each in versions
    )
    return markdown(Table((*columns("version", "made", "network", words=3), Column("AUC on test")), rows))


def _test(card: ModelCard) -> SplitFigures:
    """The figures on `test`, without any where nothing was measured."""
    return card.figures.get("test") or SplitFigures()


def _about(card: ModelCard) -> About:
    return card.about or ABOUT


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
