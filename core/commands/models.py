"""`python -m core models`: which version serves, and why. The actions `card` and `describe` are in `card.py`."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.card import DataSource, ModelVersion, OperatingPoint, SplitFigures, to_document
from core.commands import card
from core.commands.services import add_action, with_services
from core.domain import JobState
from core.errors import TrainingError

if TYPE_CHECKING:
    from core.bootstrap import Services
    from core.learning.evaluation.comparison import Comparison, Side

POLL_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions; without one, versions are listed."""
    parser.set_defaults(run=with_services(_list))
    actions = parser.add_subparsers(metavar="ACTION", title="actions, each with a --help of its own")
    add_action(actions, "list", _list, "List the versions, and which of them serves; also what `models` alone does.")

    show = add_action(actions, "show", _show, "Show a version's card in short, and who let it serve here.")
    show.add_argument("version", nargs="?", metavar="VERSION", help="which one; default: the champion")
    show.add_argument("--json", action="store_true", help="the whole card, as JSON")

    compare = add_action(actions, "compare", _compare, "Measure a version and the champion on the same test.")
    compare.add_argument("version", metavar="VERSION", help="the challenger")
    compare.add_argument(
        "--dataset",
        required=True,
        metavar="DATASET",
        help="the hash of a kept data set or its beginning, a folder with test/, or a folder of two class folders",
    )
    compare.add_argument("--against", metavar="VERSION", help="measure against this one; default: the champion")

    promote = add_action(actions, "promote", _promote, "Let a version serve: it reads new batches from now on.")
    promote.add_argument("version", metavar="VERSION", help="the challenger")
    promote.add_argument(
        "--override", default="", metavar="TEXT", help="why, where no comparison supports it; written down"
    )

    rollback = add_action(actions, "rollback", _roll_back, "Let the champion before serve again.")
    rollback.add_argument("--reason", default="", metavar="TEXT", help="why; written down")

    retire = add_action(actions, "retire", _retire, "Delete a version's weights, and keep its card.")
    retire.add_argument("version", metavar="VERSION", help="one that does not serve and has not shipped")
    retire.add_argument("--reason", default="", metavar="TEXT", help="why; written down")
    card.add_actions(actions)


def _promote(arguments: argparse.Namespace, services: Services) -> int:
    promoted = services.promotions.promote(arguments.version, getpass.getuser(), arguments.override)
    print(f"{promoted.version} reads new batches from now on.")
    return 0


def _roll_back(arguments: argparse.Namespace, services: Services) -> int:
    back = services.promotions.roll_back(getpass.getuser(), arguments.reason)
    print(f"{back.version} reads new batches again.")
    return 0


def _retire(arguments: argparse.Namespace, services: Services) -> int:
    retired = services.promotions.retire(arguments.version, getpass.getuser(), arguments.reason)
    print(f"{retired.version} is retired: its weights are gone, its card is kept.")
    return 0


def _list(_: argparse.Namespace, services: Services) -> int:
    for model, role in ((standing.model, standing.role) for standing in services.promotions.versions()):
        place = "shipped" if model.shipped else "trained here"
        print(f"{model.version:<32} {model.network:<12} {model.created:%Y-%m-%d %H:%M}  {place:<12} {role}".rstrip())
    return 0


def _show(arguments: argparse.Namespace, services: Services) -> int:
    """Print the card, in short or whole, with the looks at the test taken here and who let the version serve."""
    shown = services.model_versions.get(arguments.version) if arguments.version else services.model_versions.champion()
    name, promotion = shown.version, services.promotions
    looks = [f"{look.created:%Y-%m-%d %H:%M} {look.reader}: {look.why}" for look in promotion.test_looks(name)]
    served = [
        f"{each.created:%Y-%m-%d %H:%M} {each.reader}: {each.action}{', overriding' * each.override}. {each.reason}"
        for each in promotion.history()
        if each.version == name
    ]
    here = {what: lines for what, lines in (("looks", looks), ("served", served)) if lines}
    if arguments.json:
        card = {**to_document(shown.card), **({"this_installation": here} if here else {})}
        print(json.dumps(card, indent=2, ensure_ascii=False))
        return 0
    print(_summary(shown))
    for what, lines in here.items():
        print(f"{what}, here:", *(f"  {line}" for line in lines), sep="\n")
    return 0


def _summary(model: ModelVersion) -> str:
    """What the screen Model shows first; whatever a card lacks is left out."""
    card, place = model.card, "shipped" if model.shipped else "trained here"
    data = card.data or DataSource()
    said = (("source", data.source), ("licence", data.licence), ("covered", data.covered))
    rows = [
        ("version", model.version),
        ("network", f"{card.description or model.network}, {place}, made {model.created:%Y-%m-%d %H:%M}"),
        *((name, text) for name, text in (*said, ("not_covered", data.not_covered)) if text),
        ("body parts", ", ".join(data.body_parts)),
        *((f"AUC on {split}", _auc(part)) for split, part in card.figures.items()),
        *((point.name.replace("_", " "), _point(point)) for point in card.operating_points),
        *(("limit", limit) for limit in card.limits),
        ("weights", f"SHA-256 {model.sha256}"),
    ]
    return _aligned([row for row in rows if row[1]])


def _auc(figures: SplitFigures) -> str:
    return "" if figures.auc is None else _with_interval(figures.auc, figures.auc_ci)


def _point(point: OperatingPoint) -> str:
    sensitivity = _with_interval(point.sensitivity, point.sensitivity_ci)
    specificity = _with_interval(point.specificity, point.specificity_ci)
    return f"from {point.threshold:.3f}: sensitivity {sensitivity}, specificity {specificity}"


def _compare(arguments: argparse.Namespace, services: Services) -> int:
    """Start a comparison as a job, wait for it and print what it found."""
    manifest = _manifest(services, arguments.dataset)
    started = services.comparisons.start(arguments.version, manifest, getpass.getuser(), arguments.against)
    printed = ""
    while (now := services.comparisons.job(started.job.id)).job.state.is_open:
        services.ensure_jobs()
        phase = now.job.phase or str(now.job.state)
        if phase != printed:
            print(phase, file=sys.stderr)
            printed = phase
        time.sleep(POLL_SECONDS)
    if now.job.state is not JobState.FINISHED or now.result is None:
        raise TrainingError(now.job.reason or f"The comparison was {now.job.state}.")
    _print_comparison(now.result)
    return 0


def _print_comparison(found: Comparison) -> None:
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


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:.3f}" + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")


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
