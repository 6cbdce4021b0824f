"""`python -m core models list | show | compare | promote | rollback | retire`: which version serves, and why."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain import JobState
from core.errors import DatasetError, PromotionError, TrainingError

if TYPE_CHECKING:
    from core.bootstrap import Services
    from core.learning.compared import Comparison, Side

ACTIONS = ("list", "show", "compare", "promote", "rollback", "retire")
POLL_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--against", metavar="VERSION", help="compare: with this one; default: the champion")
    parser.add_argument(
        "--dataset", metavar="DATASET", help="compare: the hash of a kept data set, or a folder with test/"
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="rollback, retire: why, which is written down")
    parser.add_argument(
        "--override", default="", metavar="TEXT", help="promote: why, where no comparison supports it; written down"
    )


def main(arguments: argparse.Namespace, services: Services) -> int:
    match arguments.action:
        case "list":
            _list(services)
        case "show":
            _show(services, arguments.name)
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


def _show(services: Services, version: str | None) -> None:
    """The card; with the looks that this installation has taken since it was written, and who let it serve."""
    shown = services.models.get(version) if version else services.models.champion()
    name, promotion = shown.version, services.promotion
    looks = [f"{look.created:%Y-%m-%d %H:%M} {look.reader}: {look.why}" for look in promotion.looks(name)]
    served = [
        f"{each.created:%Y-%m-%d %H:%M} {each.reader}: {each.action}{', overriding' * each.override}. {each.reason}"
        for each in promotion.history()
        if each.version == name
    ]
    here = {what: lines for what, lines in (("looks", looks), ("served", served)) if lines}
    card = {**shown.card, **({"this_installation": here} if here else {})}
    print(json.dumps(card, indent=2, ensure_ascii=False))


def _compare(services: Services, challenger: str, dataset: str | None, against: str | None) -> None:
    if not dataset:
        raise DatasetError("models compare needs --dataset: the hash of a kept data set, or a folder with test/.")
    asked = services.promotion.compare(challenger, _manifest(services, dataset), getpass.getuser(), against)
    said = ""
    while (now := services.promotion.comparison(asked.job.id)).job.state.is_open:
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
    heads = (f"{side.version}{' (leaks)' if side.leaks else ''}" for side in (found.challenger, found.champion))
    print(f"{'':<24}{''.join(f'{head:<28}' for head in heads)}".rstrip())
    rows = [("AUC", *(_with_interval(side.auc, side.auc_ci) for side in (found.challenger, found.champion)), "")]
    for ours, theirs, test in zip(found.challenger.points, found.champion.points, found.points, strict=True):
        for name, p in (("sensitivity", test.sensitivity_p), ("specificity", test.specificity_p)):
            values = [_with_interval(getattr(point, name), getattr(point, f"{name}_ci")) for point in (ours, theirs)]
            rows.append((f"{name}, {test.name.split('_')[1]} point", *values, f"p {p:.3f}"))
    rows.append(("calibration error", *map(_calibration, (found.challenger, found.champion)), ""))
    for name, ours, theirs, note in rows:
        print(f"{name:<24}{ours:<28}{theirs:<28}{note}".rstrip())
    print(f"different bands: {len(found.disagreements)} radiographs")
    for reason in dict.fromkeys((*found.challenger.leaks, *found.champion.leaks)):
        print(f"leaks: {reason}")
    print(found.sentence)


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _calibration(side: Side) -> str:
    return "none" if side.ece is None else f"{side.ece:.3f}"


def _manifest(services: Services, dataset: str) -> str:
    """The hash of a kept data set, from the beginning of it; or of class folders, which are then kept."""
    from core.learning import manifest
    from core.learning.dataset import find_split, read_split
    from core.learning.lineage import describe_folders

    home, folder = services.settings.home, Path(dataset)
    if folder.is_dir():
        test = read_split(find_split(folder, manifest.Split.TEST))
        made = describe_folders(folder.resolve().name, {manifest.Split.TEST: test}, folder.resolve())
        manifest.write(made, home)
        return made.sha256
    return services.data_sets.find(dataset)
