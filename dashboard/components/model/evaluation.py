"""The tables of an evaluation. Nothing in a document is taken for granted: what is not there is not shown."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from dashboard.components.format import count, interval, percent, printable, probability
from dashboard.components.model.card import cell

POINTS = ("high_sensitivity", "high_specificity")
COLUMNS = {
    "auc": "AUC",
    "average_precision": "average precision",
    "sensitivity_at_90_specificity": "at 90 % specificity",
    "auc_difference": "AUC is less by",
}
SALIENCY = {
    "hit_rate": "peak inside a box",
    "near_rate": "peak within 15 pixels",
    "energy_inside": "energy inside the boxes",
    "iou": "overlap with the boxes",
}
FOUND = "_true_positives"  # ends the names of figures over the fractures that were found
SPLITS = {"val": "tuning (val)"}


def versions(document: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """The version that was measured, and those beside it, by name."""
    own = {str(document.get("model_version", "this version")): document}
    return own | {str(name): part for name, part in mapping(document.get("against")).items()}


def facts(document: Mapping[str, object]) -> str:
    """On what, how many, how often looked at."""
    looks = document.get("looks")
    split = str(document.get("split", ""))
    parts = [
        f"{document.get('dataset', '')} {SPLITS.get(split, split)}".strip(),
        count(int(document.get("n") or 0), "radiograph"),
        f"{percent(_number(document, 'prevalence'))} fractured",
        f"{(_number(document, 'coverage') or 0.0) * 100:.1f} % assessable",
    ]
    if refused := int(document.get("n_refused") or 0):
        parts.append(f"{count(refused, 'file')} refused")
    if isinstance(looks, Sequence) and looks:
        parts.append(f"looked at {count(len(looks), 'time')}")
    parts.append(str(document.get("created", ""))[:10])
    return f'<p class="lead">{html.escape(printable(" · ".join(part for part in parts if part.strip()), 400))}</p>'


def figures(document: Mapping[str, object]) -> str:
    """A row a version: discrimination, and both operating points."""
    rows = [(name, mapping(part)) for name, part in versions(document).items()]
    shown = [name for name in COLUMNS if any(cell(part, name) for _, part in rows)]
    lines = []
    for name, part in rows:
        points = [mapping(mapping(part.get("points")).get(point)) for point in POINTS]
        cells = [cell(part, column) for column in shown]
        cells += [cell(point, measure) for point in points for measure in ("sensitivity", "specificity")]
        lines.append([_safe(name), *cells])
    heads = ["version", *(COLUMNS[name] for name in shown), *("sensitivity", "specificity") * len(POINTS)]
    groups = "".join(f'<th colspan="2">{point.replace("_", " ")}</th>' for point in POINTS)
    return _table(heads, lines, f'<tr><td colspan="{1 + len(shown)}"></td>{groups}</tr>')


def calibration(document: Mapping[str, object]) -> str:
    """Calibration error beside what chance gives a perfect model, slope, intercept, Brier score."""
    lines = []
    for name, part in versions(document).items():
        chance = part.get("ece_by_chance")
        by_chance = f"{chance[0]:.3f} to {chance[1]:.3f}" if isinstance(chance, Sequence) and len(chance) == 2 else ""
        cells = [cell(part, key) for key in ("calibration_slope", "calibration_intercept", "brier")]
        error = _number(part, "ece")
        lines.append([_safe(name), "" if error is None else f"{error:.3f}", by_chance, *cells])
    heads = ["version", "calibration error", "of a perfect one, by chance", "slope", "intercept", "Brier score"]
    return _table(heads, lines)


def bands(document: Mapping[str, object]) -> str:
    """How often a band that takes a side was wrong."""
    lines = [
        [_safe(name.replace("_", " ")), _whole(part, "n"), _whole(part, "n_fractured"), cell(part, "error_rate")]
        for name, part in mapping(document.get("bands")).items()
        if isinstance(part, Mapping)
    ]
    return _table(["band", "radiographs", "fractured", "wrong"], lines)


def subgroups(document: Mapping[str, object]) -> str:
    """Each subgroup's size, AUC of every version, and the version's sensitivity and specificity."""
    everyone = versions(document)
    lines = []
    for name, part in mapping(document.get("subgroups")).items():
        own = mapping(part)
        aucs = [cell(mapping(mapping(other.get("subgroups")).get(name)), "auc") for other in everyone.values()]
        measures = [cell(own, measure) for measure in ("sensitivity", "specificity", "hit_rate")]
        lines.append([_safe(name), _whole(own, "n"), _whole(own, "n_fractured"), *aucs, *measures])
    heads = ["subgroup", "radiographs", "fractured", *(f"AUC, {_safe(version)}" for version in everyone)]
    return _table([*heads, "sensitivity", "specificity", "peak inside a box"], lines)


def subgroup_rows(document: Mapping[str, object]) -> list[dict[str, object]]:
    """For the chart: one row a subgroup and version that has an AUC."""
    rows = []
    for version, part in versions(document).items():
        for name, group in mapping(part.get("subgroups")).items():
            own = mapping(group)
            bounds = own.get("auc_ci")
            if _number(own, "auc") is not None and isinstance(bounds, Sequence) and len(bounds) == 2:
                row = {"group": name, "axis": own.get("axis", ""), "version": version, "auc": own["auc"]}
                rows.append({**row, "low": bounds[0], "high": bounds[1]})
    return rows


def saliency(document: Mapping[str, object]) -> str:
    """How the heatmap points: over all fractured, over true positives, a plain Grad-CAM, and chance."""
    hits = {name.removesuffix(FOUND): value for name, value in document.items() if name.endswith(FOUND)}
    plain = mapping(mapping(document.get("saliency_checks")).get("plain_grad_cam"))
    named = {"all fractured": document, "true positives": hits, "plain Grad-CAM": plain}
    lines = [
        [SALIENCY[name], *(cell(part, name) for part in named.values()), _chance(document, name)]
        for name in SALIENCY
        if cell(document, name)
    ]
    return _table(["", *named, "by chance"], lines)


def shuffled(check: Mapping[str, object]) -> str:
    """How the similarity of heatmaps while the weights are shuffled is to be read."""
    said = f"Of {count(int(check.get('n') or 0), 'radiograph')}. Dashed: the heatmaps of two different radiographs."
    empty = [_number(step, "share_empty") for step in check.get("steps", ())]
    if None in empty or not empty:
        return said
    least, most = min(empty), max(empty)
    share = percent(least) if least == most else interval((least, most))
    return f"{said} {share} of the shuffled network's heatmaps are empty."


def caption(failure: Mapping[str, object]) -> str:
    """File name and probability of one error, as text."""
    name = str(failure.get("file", "")).rsplit("/", 1)[-1]
    value = _number(failure, "probability")
    return f"{printable(name, 40)}  {'not assessable' if value is None else probability(value)}"


def mapping(value: object) -> Mapping[str, object]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _chance(document: Mapping[str, object], name: str) -> str:
    value = _number(document, f"{name}_by_chance")
    return "" if value is None else f"{value * 100:.1f} %"


def _number(part: Mapping[str, object], name: str) -> float | None:
    value = part.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _whole(part: Mapping[str, object], name: str) -> str:
    value = _number(part, name)
    return "" if value is None else f"{value:,.0f}"


def _safe(text: str) -> str:
    return html.escape(printable(str(text), 80))


def _table(heads: Sequence[str], lines: Sequence[Sequence[str]], above: str = "") -> str:
    if not lines:
        return ""
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{value}</td>' for value in line)}</tr>" for line in lines)
    return f'<table class="card">{above}<tr>{head}</tr>{body}</table>'
