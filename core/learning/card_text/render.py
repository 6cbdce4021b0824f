"""A version's card as a text to read: `models/README.md`. Every figure in it is one of the card's.

Laid out after Model Cards (Mitchell et al. 2019, arXiv:1810.03993) and CLAIM, update of 2024 (Tejani et al. 2024, doi
10.1148/ryai.240300).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from core.card import ModelVersion
from core.learning.card_text.figures import (
    at,
    bands,
    by_subgroup,
    failures,
    figures,
    figures_of,
    operating_points,
    plain_number,
    pointing,
    randomisation,
    table,
)
from core.learning.card_text.studies import changed, external, gate, on_a_split, seed_figures, seeds
from core.learning.training.provenance import ABOUT, FRACATLAS

NOT_A_DEVICE = (
    "**Not a medical device.** For research, teaching and quality review; a reader decides on every radiograph."
)
LAYOUT = (
    "Laid out after Model Cards (Mitchell et al. 2019) and CLAIM, the Checklist for Artificial Intelligence in Medical "
    "Imaging, update of 2024. Brackets hold 95 % intervals: DeLong's for an AUC, Wilson's for a share, bootstrapped "
    "ones otherwise. Written by `python -m core models card`; every figure is one of `card.json`."
)


def render(card: Mapping, versions: Sequence[ModelVersion] = ()) -> str:
    """One card as Markdown.

    Args:
        card: the parsed card.json.
        versions: all that ship, the newest first, for the history.
    """
    sections: list[tuple[str, Callable[[], str]]] = [
        ("Intended use", lambda: _intended_use(card)),
        ("Data", lambda: _data(card)),
        ("Recipe", lambda: _recipe(card)),
        ("Figures", lambda: figures(card)),
        ("Operating points and bands", lambda: operating_points(card) + bands(card)),
        ("Calibration", lambda: _calibration(card)),
        ("Subgroups", lambda: by_subgroup(card)),
        ("Known failures", lambda: failures(card)),
        ("Saliency, and when not to trust an overlay", lambda: _saliency(card)),
        ("The gate", lambda: gate(card)),
        ("Inverted and turned radiographs", lambda: changed(card)),
        ("Saved again with losses", lambda: on_a_split(card, "saved_again")),
        ("Test-time flips", lambda: on_a_split(card, "flips")),
        ("Several seeds", lambda: seeds(card)),
        ("External test", lambda: external(card)),
        ("The seed's own figures, repeated", lambda: seed_figures(card)),
        ("Limits", lambda: _list(card.get("limits", ()))),
        ("Human oversight", lambda: _list(_about(card, "oversight"))),
        ("Looks at test", lambda: _looks(card)),
        ("Versions", lambda: _versions(versions)),
        ("Changes", lambda: _changes(card)),
    ]
    parts = [f"# {card['version']}", NOT_A_DEVICE, _facts(card), LAYOUT]
    for title, write in sections:
        if body := write().strip():
            parts += [f"## {title}", body]
    return "\n\n".join(parts) + "\n"


def description(card: Mapping, change: str = "") -> dict:
    """What a card says in words, as it is said today; for `Registry.amend`.

    Args:
        change: a line for the change log, where there is something to say.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    parts: dict = {"about": dict(ABOUT)}
    if card.get("data", {}).get("source") == FRACATLAS.source:
        said = {name: getattr(FRACATLAS, name) for name in ("covered", "not_covered")}
        parts["data"] = {**card["data"], **said, "body_parts": list(FRACATLAS.body_parts)}
    if change:
        parts["changes"] = [*card.get("changes", ()), {"at": now, "what": change}]
    return parts


def _facts(card: Mapping) -> str:
    size = card["input"]["size"]
    rows = [
        ("network", card.get("description") or card["network"]),
        ("parameters", plain_number(card.get("parameters"))),
        ("input", f"{size} x {size} pixels, grey, " + ("letterboxed" if card["input"]["letterbox"] else "stretched")),
        ("made", card["created"][:10]),
        ("SHA-256 of the weights", f"`{card['sha256']}`"),
    ]
    return table(("", ""), rows)


def _intended_use(card: Mapping) -> str:
    data = card.get("data", {})
    covered = [("Covered", data.get("covered")), ("Not covered", data.get("not_covered"))]
    return "\n\n".join(
        [
            str(_about(card, "intended_use")),
            f"Users: {_about(card, 'users')}",
            "Not for:\n\n" + _list(_about(card, "out_of_scope")),
            *(f"{name}: {text}" for name, text in covered if text),
        ]
    )


def _data(card: Mapping) -> str:
    data, training = card.get("data", {}), card.get("training", {})
    n, manifests = training.get("n", {}), training.get("manifest_sha256", {})
    rows = [(name, plain_number(n[name]), f"`{manifests[name][:16]}`") for name in n if name in manifests]
    test = figures_of(card, "test")
    if test:
        rows.append(("test", plain_number(test["n"]), f"`{test.get('manifest_sha256', '')[:16]}`"))
    said = [
        ("Source", data.get("source")),
        ("Attribution", data.get("attribution")),
        ("Licence", data.get("licence")),
        ("Split", data.get("split")),
        ("Reference standard", data.get("reference_standard")),
        ("Left out of training", ", ".join(data.get("excluded") or ())),
    ]
    lines = [f"{name}: {text}" for name, text in said if text]
    return "\n\n".join([*lines, table(("split", "radiographs", "manifest"), rows)])


def _recipe(card: Mapping) -> str:
    training = card.get("training", {})
    recipe = training.get("recipe", {})
    if not recipe:
        return ""
    columns = ("size", "crop", "epochs", "learning_rate", "batch_size")
    rows = [
        (number, *(stage.get(name) or "" for name in columns))
        for number, stage in enumerate(recipe.get("stages", ()), 1)
    ]
    parents = [f"`{parent['version']}`" for parent in training.get("ancestors", ())]
    augmentation = {name: value for name, value in recipe.get("augmentation", {}).items() if value}
    settings = {
        name: recipe[name]
        for name in ("optimizer", "weight_decay", "fractured_weight", "not_fractured_share", "box_weight", "select")
        if name in recipe
    }
    return "\n\n".join(
        [
            f"Started from {recipe.get('start')} weights" + (f", by way of {', '.join(parents)}." if parents else "."),
            table(("stage", "pixels", "crop", "epochs", "learning rate", "batch"), rows),
            f"Augmentation: {_pairs(augmentation)}.",
            f"Settings: {_pairs(settings)}.",
            f"Seed {training.get('seed')}; {plain_number(training.get('seconds'))} seconds of training.",
            f"Made with {_pairs(training.get('libraries', {}))}.",
            str(training.get("repeatable", "")),
            *(str(note) for note in training.get("notes", ())),
        ]
    )


def _calibration(card: Mapping) -> str:
    fitted = card["calibration"]
    said = f"Method: {fitted['method']}, fitted on {fitted.get('fitted_on', 'nothing')}."
    if "prevalence" in fitted:
        said += f" Probabilities hold for a prevalence of {fitted['prevalence']:.3f}, and for another one not."
    rows = [
        (
            split,
            at(part, "ece", 3),
            "{:.3f} to {:.3f}".format(*part["ece_by_chance"]) if part.get("ece_by_chance") else "",
            at(part, "calibration_slope", 2),
            at(part, "calibration_intercept", 2),
            at(part, "brier", 3),
        )
        for split in ("val", "test")
        if (part := figures_of(card, split))
    ]
    heads = ("split", "calibration error, 15 bins", "of a perfect one, by chance", "slope", "intercept", "Brier")
    return f"{said}\n\n{table(heads, rows)}"


def _saliency(card: Mapping) -> str:
    return "\n\n".join([pointing(card), randomisation(card), _list(_about(card, "overlay"))])


def _looks(card: Mapping) -> str:
    return _list(f"{look['at'][:10]}: {look['why']}" for look in figures_of(card, "test").get("looks", ()))


def _versions(versions: Sequence[ModelVersion]) -> str:
    rows = [(v.version, f"{v.created:%Y-%m-%d}", v.network, at(figures_of(v.card, "test"), "auc", 3)) for v in versions]
    return table(("version", "made", "network", "AUC on test"), rows)


def _changes(card: Mapping) -> str:
    return _list(f"{change['at'][:10]}: {change['what']}" for change in card.get("changes", ()))


def _about(card: Mapping, name: str) -> object:
    return card.get("about", ABOUT)[name]


def _list(lines) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _pairs(values: Mapping) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
