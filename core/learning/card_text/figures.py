"""The tables of a card's text, made of the card's figures alone. What a card does not hold is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SPLITS = ("val", "test")
POINTS = ("high_sensitivity", "high_specificity")
BANDS = ("positive", "doubt", "negative", "not_assessable")
STEPS_SHOWN = 8  # of the randomisation, evenly over the network

Row = Sequence[object]


def figures_of(card: Mapping, split: str) -> Mapping:
    """The figures on a split, empty where there are none."""
    return card.get("figures", {}).get(split, {})


def table(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """A Markdown table; nothing without rows."""
    if not rows:
        return ""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def at(part: Mapping, name: str, digits: int = 2) -> str:
    """A figure with its interval, as in `0.93 (0.86 to 0.97)`."""
    value, bounds = part.get(name), part.get(f"{name}_ci")
    if value is None:
        return ""
    return f"{value:.{digits}f}" + (f" ({bounds[0]:.{digits}f} to {bounds[1]:.{digits}f})" if bounds else "")


def plain_number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def figures(card: Mapping) -> str:
    """One column a split, and beside `test` the versions that were measured with it."""
    test = figures_of(card, "test")
    columns = [
        (split + (" (leaks)" if figures_of(card, split).get("leaks") else ""), figures_of(card, split))
        for split in SPLITS
        if figures_of(card, split)
    ]
    columns += [(f"test, {version}", part) for version, part in test.get("against", {}).items()]
    if not columns:
        return ""
    rows: list[Row] = [
        ("radiographs", *(plain_number(part["n"]) for _, part in columns)),
        ("fractured", *(plain_number(part["n_fractured"]) for _, part in columns)),
        ("prevalence", *(at(part, "prevalence", 3) for _, part in columns)),
        ("coverage: not declined by the gate", *(at(part, "coverage", 3) for _, part in columns)),
        ("noted as inverted or turned", *(at(part, "noted", 3) for _, part in columns)),
        ("AUC", *(at(part, "auc", 3) for _, part in columns)),
        ("average precision", *(at(part, "average_precision", 3) for _, part in columns)),
        ("sensitivity at 90 % specificity", *(at(part, "sensitivity_at_90_specificity") for _, part in columns)),
    ]
    for point in POINTS:
        for name in ("sensitivity", "specificity"):
            cells = [at(part["points"][point], name) for _, part in columns]
            rows.append((f"{name} at the point of {point.replace('_', ' ')}", *cells))
    differences = [at(part, "auc_difference", 3) for _, part in columns]
    if any(differences):
        rows.append(("AUC of this version minus this one's", *differences))
    note = (
        "\n\n`val` chose the epoch, the calibration and the thresholds; its figures are cross-fitted. On `test` "
        "nothing was chosen. A fracture that the gate declines counts as missed."
    )
    return table(("measured on", *(name for name, _ in columns)), rows) + note


def operating_points(card: Mapping) -> str:
    rows = [
        (
            point["name"].replace("_", " "),
            f"{point['threshold']:.4f}",
            at(point, "sensitivity"),
            at(point, "specificity"),
            point.get("measured_on", ""),
        )
        for point in card["operating_points"]
    ]
    return table(("operating point", "from", "sensitivity", "specificity", "chosen on"), rows) + "\n\n"


def bands(card: Mapping) -> str:
    """What stood in each band of `test`, and how often a band that takes a side was wrong."""
    found = figures_of(card, "test").get("bands", {})
    rows = [
        (
            name.replace("_", " "),
            plain_number(found[name]["n"]),
            at(found[name], "share"),
            plain_number(found[name]["n_fractured"]),
            at(found[name], "error_rate", 3),
        )
        for name in BANDS
        if name in found
    ]
    return table(("band on test", "radiographs", "of all", "fractured", "wrong"), rows)


def by_subgroup(card: Mapping) -> str:
    """AUC, both points and the pointing game by subgroup of `test`, with the AUC of what was measured beside."""
    test = figures_of(card, "test")
    others = test.get("against", {})
    rows = []
    for name, part in test.get("subgroups", {}).items():
        low, high = (part["points"][point] for point in POINTS)
        cells = [at(other.get("subgroups", {}).get(name, {}), "auc", 3) for other in others.values()]
        rows.append(
            (
                name,
                plain_number(part["n"]),
                plain_number(part["n_fractured"]),
                at(part, "auc", 3),
                *cells,
                at(low, "sensitivity"),
                at(low, "specificity"),
                at(high, "sensitivity"),
                at(high, "specificity"),
                at(part, "hit_rate"),
            )
        )
    heads = ("subgroup of test", "radiographs", "fractured", "AUC", *(f"AUC, {version}" for version in others))
    points = [f"{name}, {point.replace('_', ' ')}" for point in POINTS for name in ("sensitivity", "specificity")]
    return table((*heads, *points, "peak inside a box"), rows)


def failures(card: Mapping) -> str:
    test = figures_of(card, "test")
    found = test.get("failures", {})
    said = {
        "missed": "fractures in the band negative, or declined",
        "false_alarms": "radiographs without a fracture in the band positive",
    }
    rows = [
        (text, f"{found[kind]['n']} of {found[kind]['of']}", at(found[kind], "rate", 3))
        for kind, text in said.items()
        if kind in found
    ]
    for name, part in test.get("subgroups", {}).items():
        if part.get("axis") == "largest box":
            point = part["points"]["high_specificity"]
            rows.append((f"found at high specificity, {name}", f"of {part['n_fractured']}", at(point, "sensitivity")))
    return table(("on test", "how many", "rate"), rows)


def pointing(card: Mapping) -> str:
    """How the heatmap points, beside a plain Grad-CAM of the same network and blind throws."""
    test = figures_of(card, "test")
    if "hit_rate" not in test:
        return ""
    true_positives = {
        name.removesuffix("_true_positives"): value for name, value in test.items() if name.endswith("_true_positives")
    }
    columns = {"all fractured": test, "true positives": true_positives}
    if plain := test.get("saliency_checks", {}).get("plain_grad_cam"):
        columns[f"plain Grad-CAM of `{plain['layer']}`"] = plain
    rows = [
        (title, *(at(part, name, digits) for part in columns.values()))
        for title, name, digits in (
            ("peak inside a box", "hit_rate", 2),
            ("peak within 15 pixels of one, at 512 on the long side", "near_rate", 2),
            ("share of the heatmap's energy inside the boxes", "energy_inside", 2),
            ("intersection over union with the boxes", "iou", 2),
            ("peak inside a box, by chance", "hit_rate_by_chance", 3),
            ("the same, thrown at bone alone", "hit_rate_by_chance_on_bone", 3),
            ("within 15 pixels, by chance", "near_rate_by_chance", 3),
        )
        if name in test
    ]
    return table(("on test", *columns), rows)


def randomisation(card: Mapping) -> str:
    found = figures_of(card, "test").get("saliency_checks", {}).get("randomisation")
    if not found:
        return ""
    steps = found["steps"]
    stride = max(1, -(-len(steps) // STEPS_SHOWN))
    shown = [*steps[::stride], *([steps[-1]] if (len(steps) - 1) % stride else [])]
    named = [(f"`{step['randomised_down_to']}`", step) for step in shown]
    named.append(("*nothing, but of two different radiographs*", found["between_radiographs"]))
    rows = [(n, *(at(step, key) for key in ("ssim", "rank_correlation", "share_empty"))) for n, step in named]
    said = (
        f"Sanity check (Adebayo et al. 2018) on {found['n']} radiographs: weights shuffled block by block from the "
        "output down; similarity of the heatmaps to the trained network's."
    )
    return (
        f"{said}\n\n{table(('shuffled down to', 'structural similarity', 'rank correlation', 'maps left empty'), rows)}"
    )
