"""Training: settings with a preview of the augmentation; start, watch, cancel and resume a training."""

from __future__ import annotations

import time

import streamlit as st

from core.errors import FractureReviewError
from core.learning.datasets.manifest import Manifest
from core.learning.training.augmentation_preview import preview, sheet
from core.learning.training.settings import SETTINGS, TrainingSettings, defaults
from dashboard import resources, signin, state
from dashboard.components import actions, gallery, html, jobs
from dashboard.components.format import as_markdown, count, printable
from dashboard.components.learning import setting_field, strengths
from dashboard.state import Screen

POLL_SECONDS = 2.0
NEW, WATCH = "New training", "Trainings"
COLUMNS = 4  # of the preview
_VIEW, _DATA_SET, _VERSION, _NETWORK = "training-view", "training-data-set", "training-version", "training-network"
_LEAVE = "training-leave"
_EXAMPLE = "number of the previewed picture"


def show() -> None:
    """The whole screen."""
    if st.session_state.pop(_LEAVE, False):  # not from within the part that polls
        state.go(Screen.MODELS)
    place = state.keep(Screen.TRAINING)
    running = any(training.job.state.is_open for training in _training().jobs())
    st.session_state.setdefault(_VIEW, WATCH if running or place.training else NEW)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Training", anchor=False, width="content")
        view = st.segmented_control(
            "View", [NEW, WATCH], key=_VIEW, required=True, label_visibility="collapsed", persist_state="session"
        )
    actions.show_failure()
    if view == WATCH:
        st.fragment(_show_trainings, run_every=POLL_SECONDS if running else None)(running)
        return
    kept = resources.services().data_sets.kept()
    if not kept:
        st.text("There is no data set yet. Audit one first; what is trained on is what was audited.")
        if st.button("Open data sets", type="primary"):
            state.go(Screen.DATASETS)
        return
    left, right = st.columns([1, 1.1], gap="large")
    with left:
        manifest = _choose_data_set(kept)
    with right:
        _show_augmentation(manifest)


def _choose_data_set(kept: tuple[str, ...]) -> Manifest | None:
    """Ask for the data set and for every setting, and offer the start. Returns the data set."""
    labels = {sha256: resources.data_set_name(sha256) for sha256 in kept}
    chosen = st.selectbox("Data set", kept, format_func=labels.__getitem__, key=_DATA_SET, persist_state="session")
    manifest = resources.manifest(chosen)
    if manifest is None:
        st.error("This data set cannot be read any more. Choose another, or audit it again.")
        return None
    network = next(setting for setting in SETTINGS if setting.name == "network")
    name, kind = st.columns(2)
    with kind:
        picked = st.selectbox(
            network.label,
            network.choices,
            index=network.choices.index(TrainingSettings().network),
            key=_NETWORK,
            help=network.help,
            on_change=_follow_network,
            persist_state="session",
        )
    with name:
        if not st.session_state.get(_VERSION):
            st.session_state[_VERSION] = _training().free_name(picked)
        st.text_input("Name of the new version", key=_VERSION, max_chars=64, persist_state="session")
    columns = st.columns(2)
    for place, setting in enumerate(each for each in SETTINGS if each is not network):
        with columns[place % len(columns)]:
            default = getattr(defaults(picked), setting.name)
            setting_field.show(setting, default, _key(picked, setting.name), setting.choices or _startable(picked))
    _show_start(chosen, manifest)
    return manifest


def _startable(network: str) -> tuple[str, ...]:
    """Name what a network can start from; the champion only where it has the same network."""
    starts = _training().starts(network)
    return ("champion", *starts) if resources.services().model_versions.champion_name() in starts else starts


def _show_start(data_set: str, manifest: Manifest) -> None:
    """Show what leaks and what would be refused, before the start; then offer it."""
    for leak in manifest.leaks:
        st.caption(
            f":orange[Leaks:] {count(leak.pictures, 'picture')} of {leak.second} "
            f"{'has a copy' if leak.pictures == 1 else 'have copies'} in {leak.first}. "
            "It can be trained on; its figures are marked."
        )
    try:
        settings = _settings()
        _training().check(settings, data_set, st.session_state[_VERSION].strip())
        for reason in resources.start_leaks(settings.start, data_set):
            st.caption(f":orange[Leaks:] {as_markdown(reason, 200)} Its figures on the test will be marked.")
        refused = ""
    except FractureReviewError as error:
        refused = str(error)
    if refused:
        st.error(as_markdown(refused, 600))
    st.button("Start training", type="primary", on_click=_start, args=(data_set,), disabled=bool(refused))


@st.fragment
def _show_augmentation(manifest: Manifest | None) -> None:
    """Show the sliders and what they make of one radiograph."""
    chosen = strengths.show()
    if manifest is None or not manifest.items:
        return
    number = st.session_state.get(_EXAMPLE, 0)
    try:
        radiograph = resources.services().audits.example(manifest, number)
    except FractureReviewError as error:
        st.error(as_markdown(str(error), 600))
        radiograph = None
    if radiograph is not None:
        began = time.perf_counter()
        drawn = preview(radiograph, chosen)
        jpeg = sheet(drawn, COLUMNS)
        took = (time.perf_counter() - began) * 1000
        html.show(gallery.sheet(jpeg, f"{len(drawn)} augmented draws of one radiograph"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Another radiograph", on_click=_next_example, args=(number + 1,), type="tertiary")
        if radiograph is not None:
            st.caption(f"{len(drawn)} draws in {took:.0f} ms, by the function that trains", width="content")


def _show_trainings(was_running: bool) -> None:
    """Show the list of trainings and the chosen one. While a training is open, this runs every few seconds."""
    services = resources.services()
    if was_running:
        services.ensure_worker()
    trainings = services.trainings.jobs()
    if any(training.job.state.is_open for training in trainings) != was_running:
        st.rerun()
    if not trainings:
        st.text("Nothing was trained here yet. Choose a data set and settings under New training.")
        return
    addressed = state.here().training
    shown = jobs.choose(trainings, addressed)
    if shown.job.id != addressed:
        state.keep(Screen.TRAINING, training=shown.job.id)
    jobs.show(shown, resources.data_set_name(shown.job.manifest_sha256))
    with st.container(horizontal=True, vertical_alignment="center"):
        if jobs.can_cancel(shown.job):
            st.button("Cancel training", on_click=_cancel, args=(shown.job.id,))
        if jobs.can_resume(shown.job):
            st.button("Resume at its last epoch", on_click=_resume, args=(shown.job.id,))
        if jobs.is_finished(shown.job) and st.button("Compare with the champion", type="primary"):
            st.session_state["models-challenger"] = shown.job.version
            st.session_state[_LEAVE] = True
            st.rerun()
    jobs.show_curves(shown.epochs)
    with st.expander("Log", type="compact"):
        st.code(services.trainings.log_tail(shown.job.id) or "Nothing is written yet.", language=None, wrap_lines=True)
    with st.expander("TensorBoard", type="compact"):
        _show_board(shown.job.id)


def _show_board(job_id: int) -> None:
    services = resources.services()
    st.code(services.trainings.board_command(job_id), language="bash", wrap_lines=True)
    url = services.tensorboard.url()
    if url:
        st.link_button("Open TensorBoard", url)
    else:
        st.button("Start TensorBoard here", on_click=_start_board)


def _settings() -> TrainingSettings:
    """Read the widgets.

    Raises:
        TrainingError: a value is out of its range.
    """
    network = st.session_state[_NETWORK]
    values = {
        setting.name: st.session_state[_key(network, setting.name)] for setting in SETTINGS if setting.name != "network"
    }
    return TrainingSettings(network=network, augmentation=strengths.current(), **values)


def _start(data_set: str) -> None:
    version = st.session_state[_VERSION].strip()

    def start() -> None:
        started = _training().start(_settings(), data_set, version, signin.administrator())
        st.session_state[_VIEW], st.session_state[_VERSION] = WATCH, ""
        state.keep(Screen.TRAINING, training=started.job.id)

    actions.attempt(start)


def _cancel(job_id: int) -> None:
    actions.attempt(lambda: signin.administrator() and _training().cancel(job_id))


def _resume(job_id: int) -> None:
    actions.attempt(lambda: signin.administrator() and _training().resume(job_id))


def _start_board() -> None:
    actions.attempt(lambda: signin.administrator() and resources.services().tensorboard.start())


def _follow_network() -> None:
    network = st.session_state[_NETWORK]
    st.session_state[_VERSION] = _training().free_name(network)
    strengths.put(defaults(network).augmentation)


def _next_example(number: int) -> None:
    st.session_state[_EXAMPLE] = number


def _key(network: str, name: str) -> str:
    return printable(f"training-{network}-{name}")


def _training():  # noqa: ANN202 - the service's class is core's affair
    return resources.services().trainings


if __name__ == "__main__":
    show()
