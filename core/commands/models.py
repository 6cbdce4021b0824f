"""`python -m core models list | show | compare | promote | rollback | retire`: which version serves, and why."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain import JobState, ModelVersion
from core.errors import DatasetError, PromotionError, TrainingError

if TYPE_CHECKING:
    from core.bootstrap import Services
    from core.learning.evaluation.comparison import Comparison, Side

ACTIONS = ("list", "show", "compare", "promote", "rollback", "retire")
POLL_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--against", metavar="VERSION", help="compare: with this one; default: the champion")
    parser.add_argument(
        "--dataset", metavar="DATASET", help="compare: the hash of a kept data set, or a folder with test/"
    )
    parser.add_argument("--json", action="store_true", help="show: the whole card")
    parser.add_argument("--reason", default="", metavar="TEXT", help="rollback, retire: why, which is written down")
    parser.add_argument(
        "--override", default="", metavar="TEXT", help="promote: why, where no comparison supports it; written down"
    )


def main(arguments: argparse.Namespace, services: Services) -> int:
    match arguments.action:
        case "list":
            _list(services)
        case "show":
            _show(services, arguments.name, arguments.json)
        case "compare":
            _compare(services, _named(arguments), arguments.dataset, arguments.against)
        case "promote":
            promoted = services.promotion.promote(_named(arguments), getpass.getuser(), arguments.override)
            print(f"{promoted.version} reads new batches from now on.")
        case "rollback":
            back = services.promotion.roll_back(getpass.getuser(), arguments.reason)
            print(f"{back.version} reads new batches again.")
        case "retire":
            retired = services.promotion.retire(_named(arguments), getpass.getuser(), arguments.reason)
            print(f"{retired.version} is retired: its weights are gone, its card is kept.")
    return 0


def _named(arguments: argparse.Namespace) -> str:
    if not arguments.name:
        raise PromotionError(f"models {arguments.action} needs the name of a version. `models list` shows them.")
    return arguments.name


def _list(services: Services) -> None:
    for model, role in ((standing.model, standing.role) for standing in services.promotion.versions()):
        place = "shipped" if model.shipped else "trained here"
        print(f"{model.version:<32} {model.network:<12} {model.created:%Y-%m-%d %H:%M}  {place:<12} {role}".rstrip())


def _show(services: Services, version: str | None, whole: bool) -> None:
    """The card, in short or whole; with the looks taken here since it was written, and who let it serve."""
    shown = services.models.get(version) if version else services.models.champion()
    name, promotion = shown.version, services.promotion
    looks = [f"{look.created:%Y-%m-%d %H:%M} {look.reader}: {look.why}" for look in promotion.test_looks(name)]
    served = [
        f"{each.created:%Y-%m-%d %H:%M} {each.reader}: {each.action}{', overriding' * each.override}. {each.reason}"
        for each in promotion.history()
        if each.version == name
    ]
    here = {what: lines for what, lines in (("looks", looks), ("served", served)) if lines}
    if whole:
        card = {**shown.card, **({"this_installation": here} if here else {})}
        print(json.dumps(card, indent=2, ensure_ascii=False))
        return
    print(_summary(shown))
    for what, lines in here.items():
        print(f"{what}, here:", *(f"  {line}" for line in lines), sep="\n")


def _summary(model: ModelVersion) -> str:
    """What the screen Model shows first; whatever a card lacks is left out."""
    card, place = model.card, "shipped" if model.shipped else "trained here"
    data, figures = card.get("data") or {}, card.get("figures") or {}
    rows = [
        ("version", model.version),
        ("network", f"{card.get('description') or model.network}, {place}, made {model.created:%Y-%m-%d %H:%M}"),
        *((name, str(data[name])) for name in ("source", "licence", "covered", "not_covered") if data.get(name)),
        ("body parts", ", ".join(data.get("body_parts") or ())),
        *((f"AUC on {split}", _auc(part)) for split, part in figures.items() if isinstance(part, Mapping)),
        *((point["name"].replace("_", " "), _point(point)) for point in card.get("operating_points", ())),
        *(("limit", str(limit)) for limit in card.get("limits", ())),
        ("weights", f"SHA-256 {model.sha256}"),
    ]
    return _aligned([row for row in rows if row[1]])


def _auc(figures: Mapping) -> str:
    if "auc" not in figures:
        return ""
    interval = figures.get("auc_ci")
    return _with_interval(figures["auc"], interval) if interval else f"{figures['auc']:.3f}"


def _point(point: Mapping) -> str:
    sensitivity = _with_interval(point["sensitivity"], point["sensitivity_ci"])
    specificity = _with_interval(point["specificity"], point["specificity_ci"])
    return f"from {point['threshold']:.3f}: sensitivity {sensitivity}, specificity {specificity}"


def _compare(services: Services, challenger: str, dataset: str | None, against: str | None) -> None:
    if not dataset:
        raise DatasetError("models compare needs --dataset: the hash of a kept data set, or a folder with test/.")
    asked = services.comparisons.start(challenger, _manifest(services, dataset), getpass.getuser(), against)
    said = ""
    while (now := services.comparisons.job(asked.job.id)).job.state.is_open:
        services.ensure_jobs()
        phase = now.job.phase or str(now.job.state)
        if phase != said:
            print(phase, file=sys.stderr)
            said = phase
        time.sleep(POLL_SECONDS)
    if now.job.state is not JobState.FINISHED or now.result is None:
        raise TrainingError(now.job.reason or f"The comparison was {now.job.state}.")
    _tell(now.result)


def _tell(found: Comparison) -> None:
    print(f"{found.n} radiographs, {found.n_fractured} fractured; look number {found.looks} at this test")
    heads = [f"{side.version}{' (leaks)' if side.leaks else ''}" for side in (found.challenger, found.champion)]
    rows = [("AUC", *(_with_interval(side.auc, side.auc_ci) for side in (found.challenger, found.champion)), "")]
    for ours, theirs, test in zip(found.challenger.points, found.champion.points, found.points, strict=True):
        for name, p in (("sensitivity", test.sensitivity_p), ("specificity", test.specificity_p)):
            values = [_with_interval(getattr(point, name), getattr(point, f"{name}_ci")) for point in (ours, theirs)]
            rows.append((f"{name}, {test.name.split('_')[1]} point", *values, f"p {p:.3f}"))
    rows.append(("calibration error", *map(_calibration, (found.challenger, found.champion)), ""))
    print(_aligned([("", *heads, ""), *rows]))
    print(f"different bands: {len(found.disagreements)} radiographs")
    for reason in dict.fromkeys((*found.challenger.leaks, *found.champion.leaks)):
        print(f"leaks: {reason}")
    print(found.sentence)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of as many cells each, every column as wide as its widest."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _calibration(side: Side) -> str:
    return "none" if side.ece is None else f"{side.ece:.3f}"


def _manifest(services: Services, dataset: str) -> str:
    """The hash of a kept data set, from the beginning of it; or of class folders, which are then kept."""
    from core.learning.datasets import manifest
    from core.learning.datasets.class_folders import find_split, read_split
    from core.learning.datasets.lineage import describe_folders

    home, folder = services.settings.home, Path(dataset)
    if folder.is_dir():
        test = read_split(find_split(folder, manifest.Split.TEST))
        made = describe_folders(folder.resolve().name, {manifest.Split.TEST: test}, folder.resolve())
        manifest.write(made, home)
        return made.sha256
    return services.data_sets.find(dataset)
