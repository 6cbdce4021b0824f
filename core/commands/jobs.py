"""`python -m core jobs`: trainings, comparisons and audits in their lines: seen, started, cancelled, resumed."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from core.domain import Job, JobKind, JobState
from core.errors import DatasetError, TrainingError

if TYPE_CHECKING:
    from core.bootstrap import Services
    from core.learning.training.settings import TrainingSettings

ACTIONS = ("list", "show", "settings", "start", "cancel", "resume")
YES_OR_NO = ("no", "yes")
POLL_SECONDS = 0.5
LOG_LINES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS, nargs="?", default="list")
    parser.add_argument(
        "what",
        nargs="?",
        metavar="ID|DATASET|NETWORK",
        help="the number of a job; start: the hash of a kept data set, or its beginning; settings: of which network",
    )
    parser.add_argument("--wait", action="store_true", help="start, resume, cancel: stay until the job has ended")
    parser.add_argument("--version", dest="name", metavar="NAME", help="start: what to call it; default: the network's")
    parser.add_argument(
        "--set",
        dest="values",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="start: one setting, again for each; `jobs settings` shows them",
    )


def main(arguments: argparse.Namespace, services: Services) -> int:
    services.ensure_jobs()  # what was killed goes on, though no dashboard and no worker is there to see to it
    match arguments.action:
        case "list":
            _list(services)
            return 0
        case "show":
            print(json.dumps(_described(services, _id(arguments)), indent=2, ensure_ascii=False, default=str))
            return 0
        case "settings":
            _show_settings(arguments.what)
            return 0
        case "start":
            job = _start(services, arguments)
        case "cancel":
            job = services.jobs.cancel(_id(arguments))
        case "resume":
            job = _resume(services, _id(arguments))
    if arguments.wait:
        job = _wait(services, job)
    print(f"job {job.id}: {job.state}{f', {job.reason}' if job.reason else ''}")
    return int(job.state is JobState.FAILED)


def _start(services: Services, arguments: argparse.Namespace) -> Job:
    if not arguments.what:
        raise DatasetError("jobs start needs a kept data set. `audit DATASET --keep NAME` makes one.")
    settings = _chosen(arguments.values)
    version = arguments.name or services.trainings.free_name(settings.network)
    sha256 = services.data_sets.find(arguments.what)
    started = services.trainings.start(settings, sha256, version, getpass.getuser())
    print(f"{version} is trained on {services.data_sets.get(sha256).name} as job {started.job.id}.")
    return started.job


def _chosen(values: list[str]) -> TrainingSettings:
    """The network's defaults, with what was given in their place."""
    from core.learning.training.settings import PRESETS, SETTINGS, SettingKind, TrainingSettings, defaults

    given = dict(each.partition("=")[::2] for each in values)
    chosen = defaults(given.pop("network", TrainingSettings().network))
    augmentation = PRESETS.get(given.get("augmentation", ""), chosen.augmentation)
    if given.pop("augmentation", "") not in ("", *PRESETS):
        raise TrainingError(f"augmentation must be one of {', '.join(PRESETS)}; strengths are set one by one.")
    known = {each.name: each for each in SETTINGS}
    parse = {
        SettingKind.WHOLE: int,
        SettingKind.NUMBER: float,
        SettingKind.FLAG: lambda text: bool(YES_OR_NO.index(text)),
    }
    changed, strengths = {}, {}
    for name, text in given.items():
        try:
            if name in known:
                changed[name] = parse.get(known[name].kind, str)(text)
            elif name in asdict(augmentation):
                strengths[name] = float(text)
            else:
                raise TrainingError(f"There is no setting {name!r}. `jobs settings` shows them.")
        except (ValueError, KeyError) as error:
            raise TrainingError(f"{name} cannot be {text!r}. `jobs settings` shows what it can be.") from error
    return replace(chosen, augmentation=replace(augmentation, **strengths), **changed)


def _show_settings(network: str | None) -> None:
    """Each with its default, its range and one line of help, as the screen has them."""
    from core.learning.training.settings import HIGHEST, SETTINGS, SettingKind, TrainingSettings, defaults

    chosen = defaults(network or TrainingSettings().network)
    for each in SETTINGS:
        ends = f"{each.low:g} to {each.high:.7g}" if each.low is not None else ", ".join(each.choices)
        ends = "yes, no" if each.kind is SettingKind.FLAG else ends
        value = getattr(chosen, each.name)
        _tell(each.name, {True: "yes", False: "no"}[value] if isinstance(value, bool) else value, ends, each.help)
    print("Augmentation, as a preset (augmentation=none, gentle, strong or seed) or one by one:")
    for name, value in asdict(chosen.augmentation).items():
        _tell(name, value, f"0 to {HIGHEST[name]:g}", "")


def _tell(name: str, default: object, ends: str, said: str) -> None:
    print(f"{name:<17} {default!s:<10} {ends:<33} {said}".rstrip())


def _resume(services: Services, job_id: int) -> Job:
    if services.jobs.find(job_id).kind is not JobKind.TRAINING:
        raise TrainingError("Only a training goes on where it was. Begin a comparison or an audit anew.")
    return services.trainings.resume(job_id).job


def _wait(services: Services, job: Job) -> Job:
    """Until it has ended, saying what it does. Whoever is stopped while waiting stops the waiting alone."""
    said = ""
    while job.state.is_open:
        services.ensure_jobs()
        if (doing := job.phase or str(job.state)) != said:
            print(doing, file=sys.stderr)
            said = doing
        time.sleep(POLL_SECONDS)
        job = services.jobs.find(job.id)
    return job


def _list(services: Services) -> None:
    jobs = sorted((job for kind in JobKind for job in services.jobs.of_kind(kind)), key=lambda job: -job.id)
    for job in jobs:
        done = f"{job.phase} {job.done}/{job.total}" if job.total else job.phase
        what = f"{job.version} against {job.against}" if job.against else job.version or _audited(job)
        print(
            f"{job.id:>4}  {job.kind:<10}  {job.state:<10}  {job.created:%Y-%m-%d %H:%M}  {what:<40}  {done}".rstrip()
        )


def _audited(job: Job) -> str:
    from core.learning.datasets.audit_request import AuditRequest

    return AuditRequest.from_json(job.settings_json).name


def _described(services: Services, job_id: int) -> dict:
    """All that is known of a job; `settings` is what was asked for."""
    job = services.jobs.find(job_id)
    left_out = ("asked", "owner", "manifest_sha256" if job.kind is JobKind.AUDIT else "")
    values = {name: value for name, value in asdict(job).items() if name not in left_out}
    return {
        **values,
        "settings": json.loads(job.settings_json),
        "epochs": [asdict(figures) for figures in services.jobs.epochs(job_id)],
        "folder": services.jobs.folder(job),
        "log": services.jobs.log_tail(job, LOG_LINES).splitlines(),
    }


def _id(arguments: argparse.Namespace) -> int:
    if not (arguments.what or "").isdigit():
        raise TrainingError(f"jobs {arguments.action} needs the number of a job. `jobs list` shows them.")
    return int(arguments.what)
