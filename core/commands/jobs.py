"""`python -m core jobs`: trainings, comparisons and audits in their lines: seen, started, cancelled, resumed."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core.commands.services import with_services
from core.domain import Job, JobKind, JobState
from core.errors import TrainingError

if TYPE_CHECKING:
    from core.bootstrap import Services
    from core.commands.services import WithServices
    from core.learning.training.settings import TrainingSettings

YES_OR_NO = ("no", "yes")
POLL_SECONDS = 0.5
LOG_LINES = 20
SETTINGS_ABOUT = "Show every setting of a training with its default and range."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions; without one, jobs are listed."""
    parser.set_defaults(run=_with_jobs(_list))
    actions = parser.add_subparsers(metavar="ACTION", title="actions, each with a --help of its own")

    def action(name: str, run: WithServices, about: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=about, description=about)
        added.set_defaults(run=_with_jobs(run))
        return added

    action("list", _list, "List trainings, comparisons and audits; also what `jobs` alone does.")

    start = action("start", _start, "Start a training on a kept data set.")
    start.add_argument("dataset", metavar="HASH", help="of a kept data set, or its beginning; `audit --keep` makes one")
    start.add_argument("--version", dest="name", metavar="NAME", help="what to call it; default: the network's")
    start.add_argument(
        "--set",
        dest="values",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one setting, again for each; `jobs settings` shows them",
    )

    show = action("show", _show, "Show all that is known of a job, as JSON.")
    cancel = action("cancel", _cancel, "Cancel a job, which ends at the next step.")
    resume = action("resume", _resume, "Let a training go on at its last epoch.")
    for of_one in (show, cancel, resume):
        of_one.add_argument("id", type=_job_number, metavar="ID", help="the number that `jobs list` shows")
    for starting in (start, cancel, resume):
        starting.add_argument("--wait", action="store_true", help="stay until the job has ended")

    settings = actions.add_parser("settings", help=SETTINGS_ABOUT, description=SETTINGS_ABOUT)
    settings.add_argument(
        "network", nargs="?", metavar="NETWORK", help="whose; default: the network trained by default"
    )
    settings.set_defaults(run=_show_settings)


def _with_jobs(run: WithServices) -> Callable[[argparse.Namespace], int]:
    """Let a job that was killed go on first, since no dashboard and no worker may be there to see to it."""

    def after_jobs(arguments: argparse.Namespace, services: Services) -> int:
        services.ensure_jobs()
        return run(arguments, services)

    return with_services(after_jobs)


def _job_number(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"must be the number of a job, as `jobs list` shows it, but is {text!r}")
    return int(text)


def _start(arguments: argparse.Namespace, services: Services) -> int:
    settings = _chosen(arguments.values)
    version = arguments.name or services.trainings.free_name(settings.network)
    sha256 = services.data_sets.find(arguments.dataset)
    started = services.trainings.start(settings, sha256, version, getpass.getuser())
    print(f"{version} is trained on {services.data_sets.get(sha256).name} as job {started.job.id}.")
    return _finish(arguments, services, started.job)


def _chosen(values: list[str]) -> TrainingSettings:
    """The network's defaults, with what was given in their place."""
    from core.learning.training.settings import PRESETS, SETTINGS, SettingKind, TrainingSettings, defaults

    given = dict(each.partition("=")[::2] for each in values)
    chosen = defaults(given.pop("network", TrainingSettings().network))
    augmentation = PRESETS.get(given.get("augmentation", ""), chosen.augmentation)
    if given.pop("augmentation", "") not in ("", *PRESETS):
        raise TrainingError(f"augmentation must be one of {', '.join(PRESETS)}; strengths are set one by one.")
    known = {each.name: each for each in SETTINGS}
    parse: dict[SettingKind, Callable[[str], Any]] = {
        SettingKind.WHOLE: int,
        SettingKind.NUMBER: float,
        SettingKind.FLAG: lambda text: bool(YES_OR_NO.index(text)),
    }
    changed: dict[str, Any] = {}
    strengths: dict[str, float] = {}
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


def _show_settings(arguments: argparse.Namespace) -> int:
    """Print each setting with its default, its range and one line of help, as the screen has them."""
    from core.learning.training.settings import HIGHEST, SETTINGS, SettingKind, TrainingSettings, defaults

    chosen = defaults(arguments.network or TrainingSettings().network)
    for each in SETTINGS:
        ends = f"{each.low:g} to {each.high:.7g}" if each.low is not None else ", ".join(each.choices)
        ends = "yes, no" if each.kind is SettingKind.FLAG else ends
        value = getattr(chosen, each.name)
        _print_setting(
            each.name, {True: "yes", False: "no"}[value] if isinstance(value, bool) else value, ends, each.help
        )
    print("Augmentation, as a preset (augmentation=none, gentle, strong or seed) or one by one:")
    for name, value in asdict(chosen.augmentation).items():
        _print_setting(name, value, f"0 to {HIGHEST[name]:g}", "")
    return 0


def _print_setting(name: str, default: object, ends: str, about: str) -> None:
    print(f"{name:<17} {default!s:<10} {ends:<33} {about}".rstrip())


def _cancel(arguments: argparse.Namespace, services: Services) -> int:
    return _finish(arguments, services, services.jobs.cancel(arguments.id))


def _resume(arguments: argparse.Namespace, services: Services) -> int:
    if services.jobs.find(arguments.id).kind is not JobKind.TRAINING:
        raise TrainingError("Only a training goes on where it was. Begin a comparison or an audit anew.")
    return _finish(arguments, services, services.trainings.resume(arguments.id).job)


def _finish(arguments: argparse.Namespace, services: Services, job: Job) -> int:
    """Wait for the job where that is asked for, and say how it stands."""
    if arguments.wait:
        job = _wait(services, job)
    print(f"job {job.id}: {job.state}{f', {job.reason}' if job.reason else ''}")
    return int(job.state is JobState.FAILED)


def _wait(services: Services, job: Job) -> Job:
    """Wait until the job has ended, printing each phase. A key that interrupts ends the waiting, not the job."""
    printed = ""
    while job.state.is_open:
        services.ensure_jobs()
        if (phase := job.phase or str(job.state)) != printed:
            print(phase, file=sys.stderr)
            printed = phase
        time.sleep(POLL_SECONDS)
        job = services.jobs.find(job.id)
    return job


def _list(_: argparse.Namespace, services: Services) -> int:
    jobs = sorted((job for kind in JobKind for job in services.jobs.of_kind(kind)), key=lambda job: -job.id)
    for job in jobs:
        done = f"{job.phase} {job.done}/{job.total}" if job.total else job.phase
        what = f"{job.version} against {job.against}" if job.against else job.version or _audited(job)
        print(
            f"{job.id:>4}  {job.kind:<10}  {job.state:<10}  {job.created:%Y-%m-%d %H:%M}  {what:<40}  {done}".rstrip()
        )
    return 0


def _audited(job: Job) -> str:
    from core.learning.datasets.audit_request import AuditRequest

    return AuditRequest.from_json(job.settings_json).name


def _show(arguments: argparse.Namespace, services: Services) -> int:
    print(json.dumps(_described(services, arguments.id), indent=2, ensure_ascii=False, default=str))
    return 0


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
