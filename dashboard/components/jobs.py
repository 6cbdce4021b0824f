"""A job on the screen: its state, how far it is, what it has cost, and the curves of a training."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.domain import EpochFigures, Job, JobState
from core.learning.admin.trainings import TrainingJob
from dashboard import resources
from dashboard.components import html
from dashboard.components.format import as_markdown, count, duration, moment, printable
from dashboard.components.html import Child, el
from dashboard.components.learning import training_chart
from dashboard.components.theme import GREY, RED, SOFT

ROW_PIXELS = 29
ROWS_SHOWN = 6
GIBIBYTE = 1024**3
COLOURS = {JobState.FAILED: RED, JobState.CANCELLED: GREY, JobState.WAITING: GREY}
WORDS = {
    "version": st.column_config.TextColumn("Version"),
    "state": st.column_config.TextColumn("State"),
    "epochs": st.column_config.TextColumn("Epochs", width="small", alignment="right"),
    "auc": st.column_config.TextColumn("Best AUC, tuning", alignment="right"),
    "asked": st.column_config.TextColumn("Asked for"),
    "reader": st.column_config.TextColumn("By"),
}


def choose(trainings: Sequence[TrainingJob], chosen: int | None) -> TrainingJob:
    """Show the list of trainings.

    Args:
        chosen: the id of the training that was shown last.

    Returns:
        The training clicked in this run, else the chosen one, else the newest.
    """
    frame = pd.DataFrame([_row(training) for training in trainings], columns=list(WORDS))
    ids = [training.job.id for training in trainings]
    clicked = st.dataframe(
        frame,
        key=f"trainings-{hashlib.sha256(repr(ids).encode()).hexdigest()[:16]}",
        on_select="rerun",
        selection_mode="single-cell",
        hide_index=True,
        row_height=ROW_PIXELS,
        height=37 + ROW_PIXELS * min(len(ids), ROWS_SHOWN),
        column_config=WORDS,
    )["selection"]["cells"]
    key = "training that was clicked last"
    if clicked and st.session_state.get(key) != clicked:
        chosen = ids[clicked[0][0]]
    st.session_state[key] = clicked
    return next((training for training in trainings if training.job.id == chosen), trainings[0])


def show(training: TrainingJob, data_set: str) -> None:
    """Show the state, the progress and the figures of one training."""
    job = training.job
    show_progress(job, f" {training.place} in line" if training.place else "")
    best, title = training.best, "best AUC, tuning"
    leaks = html.join(f"{title} ", html.warning("leaks")) if resources.tuning_leaks(job.manifest_sha256) else title
    facts: tuple[tuple[Child, str], ...] = (
        ("epochs", f"{len(training.epochs)} of {training.settings.epochs}"),
        (leaks, f"{best.auc:.3f}" if best else ""),
        ("time left", duration(job.seconds_left) if job.state.is_open else ""),
        ("taken", duration(sum(figures.seconds for figures in training.epochs)) if training.epochs else ""),
        ("peak memory", f"{job.peak_bytes / GIBIBYTE:.1f} GB" if job.peak_bytes else ""),
    )
    chosen = training.settings
    summary = f"{chosen.network} from {chosen.start}, {chosen.size} pixels, seed {chosen.seed}, on {data_set}"
    html.show(html.sums((value, name) for name, value in facts if value), html.note(printable(summary, 200)))


def show_progress(job: Job, more: str = "") -> None:
    """Show a line of state, a bar while the job runs, and the reason where it failed."""
    colour = COLOURS.get(job.state, SOFT)
    state = el("span", f"{job.state}{more}", style=f"color:{colour}")
    html.show(el("p", el("b", job.version), " ", state, cls="lead", role="status"))
    if job.state.is_open and job.phase:
        st.progress(job.fraction, text=as_markdown(phase(job)))
    if job.reason:
        st.error(as_markdown(job.reason, 800))


def show_curves(epochs: Sequence[EpochFigures]) -> None:
    """Show loss, AUC, sensitivity and specificity so far."""
    if not epochs:
        st.caption("Curves appear with the first finished epoch.")
        return
    for column, (title, chart) in zip(st.columns(3), training_chart.curves(epochs), strict=True):
        column.vega_lite_chart(chart, width="stretch", theme=None, alt=f"{title} by epoch")


def can_cancel(job: Job) -> bool:
    """Whether the job can still be stopped."""
    return job.state in (JobState.WAITING, JobState.RUNNING)


def can_resume(job: Job) -> bool:
    """Whether the job was stopped before its end."""
    return job.state in (JobState.CANCELLED, JobState.FAILED)


def is_finished(job: Job) -> bool:
    """Whether the job has done all that it was to do."""
    return job.state is JobState.FINISHED


def phase(job: Job) -> str:
    """Name what the job does just now, and how far that is."""
    steps = f", {job.done:,} of {count(job.total, 'step')}" if job.total else ""
    return f"{job.phase}{steps}"


def _row(training: TrainingJob) -> dict[str, str]:
    job, best = training.job, training.best
    return {
        "version": printable(job.version, 64),
        "state": str(job.state),
        "epochs": f"{len(training.epochs)} of {training.settings.epochs}",
        "auc": f"{'leaks ' if resources.tuning_leaks(job.manifest_sha256) else ''}{best.auc:.3f}" if best else "",
        "asked": moment(job.created),
        "reader": printable(job.reader, 40),
    }
