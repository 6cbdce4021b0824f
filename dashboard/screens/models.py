"""Models: which version serves, which could; compared on the same test, promoted, rolled back, retired."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.errors import FractureReviewError
from core.learning.admin.comparisons import ComparisonJob
from core.learning.admin.promotions import RegisteredVersion, Role
from core.learning.evaluation.comparison import Comparison
from dashboard import resources, signin, state
from dashboard.components import actions, gallery, html, jobs
from dashboard.components.charts import Specification
from dashboard.components.format import as_markdown, count, moment, printable
from dashboard.components.learning import comparison
from dashboard.state import Screen

POLL_SECONDS = 2.0
PICTURES_PAGE = 12
REASON_LETTERS = 1000
CHALLENGER = "models-challenger"
_AGAINST, _DATA_SET, _REASON = "models-against", "models-data-set", "models-reason"
_RETIRE, _RETIRE_REASON, _DONE = "models-retire", "models-retire-reason", "what was just done"


def show() -> None:
    """The whole screen."""
    state.keep(Screen.MODELS)
    st.header("Models", anchor=False)
    actions.show_failure()
    done = st.session_state.pop(_DONE, None)
    if done:
        st.success(as_markdown(done, 400))
    standings = _promotion().versions()
    html.show(comparison.versions(standings))
    st.caption("Small numbers are 95 % confidence intervals, as on each version's card.")
    with st.container():  # what a comparison adds to it moves nothing beneath to another place in the tree
        _show_compare(standings)
    left, right = st.columns(2, gap="large")
    with left:
        _show_history()
    with right:
        _show_retire(standings)


def _show_compare(standings: tuple[RegisteredVersion, ...]) -> None:
    """Ask for two versions and a test; beneath, show what their comparison has found, and offer to promote."""
    st.subheader("Compare and promote", anchor=False)
    able = [each.model.version for each in standings if each.role is not Role.RETIRED]
    challengers = [each.model.version for each in standings if each.role not in (Role.RETIRED, Role.CHAMPION)]
    if not challengers:
        st.text("There is nothing to compare the champion with yet. Train a version; it then waits here.")
        if st.button("Open training", type="primary"):
            state.go(Screen.TRAINING)
        return
    if st.session_state.get(CHALLENGER) not in challengers:
        named = [each.job.version for each in _comparisons().jobs() if each.job.id == state.here().comparison]
        st.session_state[CHALLENGER] = next((version for version in named if version in challengers), challengers[0])
    kept = resources.services().data_sets.kept()
    names = {sha256: resources.data_set_name(sha256) for sha256 in kept}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Challenger", challengers, key=CHALLENGER, persist_state="session")
        against = st.selectbox("Against", able, key=_AGAINST)
        data_set = st.selectbox("On the test of", kept, format_func=names.__getitem__, key=_DATA_SET)
        arguments = (chosen, data_set, against)
        st.button("Compare", on_click=_compare, args=arguments, disabled=not kept)
    comparisons = _comparisons().jobs(chosen)
    if not comparisons:
        st.caption("These two have not been compared yet. Every comparison is a look at the test, and is counted.")
    elif not _show_comparison(comparisons):
        return  # its end draws the screen anew, and must not take a field away from under somebody who types
    _show_promote(chosen)


def _show_comparison(comparisons: tuple[ComparisonJob, ...]) -> bool:
    """Show the comparison that the address names, else the newest of this challenger. Returns whether it is over."""
    ids = {each.job.id: each for each in comparisons}
    addressed = state.here().comparison
    shown = ids[addressed] if addressed in ids else comparisons[0]
    if len(ids) > 1:
        key = f"comparison-of-{shown.job.version}-{len(ids)}"
        st.selectbox(
            "Comparison",
            list(ids),
            index=list(ids).index(shown.job.id),
            format_func=lambda job_id: _title(ids[job_id]),
            key=key,
            on_change=_follow_comparison,
            args=(key,),
        )
    if shown.result is None:
        running = shown.job.state.is_open
        st.fragment(_show_waiting, run_every=POLL_SECONDS if running else None)(shown.job.id, running)
        return not running
    _show_result(shown.job.id, shown.result)
    return True


def _follow_comparison(key: str) -> None:
    state.keep(Screen.MODELS, comparison=st.session_state[key])


def _show_waiting(job_id: int, was_open: bool) -> None:
    """Show how far a comparison is; once it is over, draw the whole screen anew."""
    services = resources.services()
    if was_open:
        services.ensure_worker()
    job = services.comparisons.job(job_id).job
    if was_open and not job.state.is_open:
        st.rerun()
    jobs.show_progress(job)
    if jobs.can_cancel(job):
        st.button("Cancel comparison", on_click=_cancel, args=(job_id,))
    if was_open:
        st.caption("Promoting can be decided once it is over or cancelled.")


def _show_result(job_id: int, found: Comparison) -> None:
    html.show(comparison.verdict(found), comparison.leaks(found))
    table, chart = st.columns([1.25, 1], gap="large")
    with table:
        html.show(comparison.figures(found))
    with chart:
        _chart("ROC", comparison.roc(found), "ROC curves of both versions")
    for column, side in zip(st.columns(2, gap="large"), (found.challenger, found.champion), strict=True):
        with column:
            _chart(f"Reliability, {printable(side.version, 40)}", comparison.reliability(side), "Reliability plot")
    st.subheader("Where they disagree", anchor=False)
    if not found.disagreements:
        st.caption("Nowhere: both put every radiograph into the same band.")
        return
    total = len(found.disagreements)
    pages = -(-total // PICTURES_PAGE)
    page = st.pagination(pages, key=f"disagreements-{job_id}") if pages > 1 else 1
    first = (page - 1) * PICTURES_PAGE
    shown = range(first, min(first + PICTURES_PAGE, total))
    st.caption(f"{count(total, 'radiograph')} in different bands, the widest apart first.")
    fetch = resources.services().comparisons.picture
    html.show(
        gallery.gallery(
            [
                (partial(fetch, job_id, found.disagreements[index].sha256), comparison.disagreement(found, index))
                for index in shown
            ]
        )
    )


def _show_promote(version: str) -> None:
    """Offer to promote: in one click where the comparison supports it, else only with a reason, which is recorded."""
    try:
        advice = _promotion().advice(version)
    except FractureReviewError as error:
        st.error(as_markdown(str(error), 600))
        return
    reason = ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if not advice.supported:
            reason = st.text_input(
                "Reason to promote all the same, which is written down",
                key=_REASON,
                max_chars=REASON_LETTERS,
                help=as_markdown(advice.sentence, 400),
                live="0ms",
            )
        label = f"Promote {as_markdown(version, 40)}" + ("" if advice.supported else " all the same")
        st.button(
            label,
            type="primary" if advice.supported else "secondary",
            on_click=_promote,
            args=(version,),
            disabled=not advice.supported and not reason.strip(),
        )


def _show_history() -> None:
    st.subheader("Who served", anchor=False)
    history = _promotion().history()
    if not history:
        st.caption("Nothing was promoted here yet: the version that ships serves.")
        return
    html.show(comparison.history(history))
    st.button("Roll back to the version before", on_click=_roll_back)


def _show_retire(standings: tuple[RegisteredVersion, ...]) -> None:
    st.subheader("Retire", anchor=False)
    able = [
        each.model.version
        for each in standings
        if each.role in (Role.CHALLENGER, Role.FORMER) and not each.model.shipped
    ]
    if not able:
        st.caption("No version can be retired: the champion serves, and what ships stays.")
        return
    st.caption("Its weights are deleted. Its card, its manifest and everything it has read stay.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        version = st.selectbox("Version", able, key=_RETIRE)
        reason = st.text_input("Reason", key=_RETIRE_REASON, max_chars=REASON_LETTERS, live="0ms")
        st.button("Retire", on_click=_retire, args=(version,), disabled=not reason.strip())


def _compare(challenger: str, data_set: str, against: str) -> None:
    def compare() -> None:
        made = _comparisons().start(challenger, data_set, signin.administrator(), against)
        state.keep(Screen.MODELS, comparison=made.job.id)

    actions.attempt(compare)


def _cancel(job_id: int) -> None:
    actions.attempt(lambda: signin.administrator() and _comparisons().cancel(job_id))


def _promote(version: str) -> None:
    override = st.session_state.get(_REASON) or ""
    if actions.attempt(lambda: _promotion().promote(version, signin.administrator(), override)):
        _say(f"{version} serves now. What was read stays as it is; Upload offers to read a batch again.")


def _roll_back() -> None:
    def roll_back() -> None:
        _say(f"{_promotion().roll_back(signin.administrator()).version} serves again.")

    actions.attempt(roll_back)


def _retire(version: str) -> None:
    reason = st.session_state.get(_RETIRE_REASON) or ""
    if actions.attempt(lambda: _promotion().retire(version, signin.administrator(), reason)):
        st.session_state[_RETIRE_REASON] = ""
        _say(f"{version} is retired. Its card is kept.")


def _say(text: str) -> None:
    st.session_state[_DONE] = text
    resources.forget_counts()


def _title(each: ComparisonJob) -> str:
    job = each.job
    where = resources.data_set_name(job.manifest_sha256)
    return printable(f"{moment(job.created)}, against {job.against}, on {where}, {job.state}", 160)


def _chart(title: str, specification: Specification, alt: str) -> None:
    st.subheader(title, anchor=False)
    st.vega_lite_chart(specification, width="stretch", theme=None, alt=alt)


def _comparisons():  # noqa: ANN202 - the service's class is core's affair
    return resources.services().comparisons


def _promotion():  # noqa: ANN202 - the service's class is core's affair
    return resources.services().promotions


if __name__ == "__main__":
    show()
