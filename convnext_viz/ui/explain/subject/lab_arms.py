"""A network from the lab: an arm of a run, with its newest checkpoint."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from convnext_viz.numbers import exact
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.boundary import in_fragment
from convnext_viz.ui.explain.records import NetworkChoice
from convnext_viz.ui.explain.state import key, seed
from convnext_viz.ui.explain.subject import loaded_networks
from convnext_viz.ui.shell import open_page

if TYPE_CHECKING:
    from convnext_viz.lab import Run

_TAKEN = "explain_taken"  # no widget's: after which step the weights are looked at, by run and seed
_LOOK = 5  # seconds between two looks for newer weights


def choose() -> NetworkChoice | None:
    """An arm of a run; None, with what to do, where there is none to look at."""
    with st.spinner(t("explain_subjects.lab.loading")):
        from convnext_viz.ui import own_runs
        from convnext_viz.ui.lab import lab
    runs = {run.id: run for run in own_runs.runs() if not run.recorded}
    if not runs:
        st.info(t("explain_subjects.lab.none"))
        open_page("train")
        return None
    run = _run(runs)
    if run is None:
        return None
    checkpoints = lab().checkpoint_steps(run.id)
    if not checkpoints:
        st.info(t("lab.error.no_weights"))
        return None
    left, right = st.columns([2, 1], gap="small")
    arms = list(run.experiment.labels)
    where = seed("lab_arm", arms, arms[0], param="lab_arm")
    left.selectbox(t("explain_subjects.lab.arm"), arms, key=where)
    label = str(st.session_state[where])
    seeds = [number for number in run.experiment.seeds if number in checkpoints]
    where = seed("lab_seed", seeds, seeds[-1], param="lab_seed")
    right.selectbox(t("explain_subjects.lab.seed"), seeds, key=where)
    of = int(st.session_state[where])
    choice = _arm(run, label, of, checkpoints[of])
    _tell(choice, run)
    return choice


def of_link(link: str) -> NetworkChoice:
    """The arm that a link names, as newest; raises ValueError where it is not there."""
    from convnext_viz.ui import own_runs
    from convnext_viz.ui.lab import lab

    _, run, of, label = (*link.split(":", 3), "", "", "")[:4]
    status = own_runs.status(run)
    arms = status.experiment.labels
    if label not in arms:
        raise ValueError(t("lab.error.no_arm", label=label, known=", ".join(arms)))
    checkpoints = lab().checkpoint_steps(run)
    if not checkpoints:
        raise ValueError(t("lab.error.no_weights"))
    newest = max(checkpoints, key=status.experiment.seeds.index)
    number = next((number for number in checkpoints if str(number) == of), newest)
    return _arm(status, label, number, checkpoints[number])


def newest(count: int) -> dict[str, NetworkChoice]:
    """The arms of the newest runs with weights, each under the newest seed, by its link; none
    where there is no lab yet."""
    from convnext_viz.data import home
    from convnext_viz.lab.store import NAME
    from convnext_viz.ui import own_runs
    from convnext_viz.ui.lab import lab

    if not (home() / NAME).exists():
        return {}
    found: dict[str, NetworkChoice] = {}
    for run in [run for run in own_runs.runs() if run.size][:count]:
        checkpoints = lab().checkpoint_steps(run.id)
        for of in sorted(checkpoints, key=run.experiment.seeds.index)[-1:]:
            arms = [_arm(run, label, of, checkpoints[of]) for label in run.experiment.labels]
            found |= {arm.link or "": arm for arm in arms}
    return found


def may_see(choice: NetworkChoice) -> bool:
    """Whether an arm that was looked at before is still there, and this visitor's to see."""
    from convnext_viz.ui import own_runs

    return own_runs.may_see(choice.run)


def of_other_kernels(choice: NetworkChoice) -> list[NetworkChoice]:
    """The arms of the same run and seed that differ from this one in their kernels' size alone."""
    if choice.kind != "lab":
        return []
    from convnext_viz.explain.inside.fields import differ_in_kernels
    from convnext_viz.ui import own_runs

    run = own_runs.status(choice.run)
    own = run.experiment.specs[choice.name]
    return [
        _arm(run, label, choice.seed, choice.step)
        for label, spec in run.experiment.specs.items()
        if differ_in_kernels(own, spec)
    ]


def _arm(run: "Run", label: str, of: int, newest: int) -> NetworkChoice:
    """An arm under the seed ``of``, after the step that is looked at."""
    called = t("explain_subjects.lab.title", arm=label, number=run.number, seed=of)
    step = _step(run, label, of, newest)
    return NetworkChoice("lab", label, run=run.id, seed=of, step=step, called=called)


def _run(runs: "Mapping[str, Run]") -> "Run | None":
    """The chosen run; None, in words, where a link or a choice is of one that is no more."""
    from convnext_viz.ui.run_titles import title

    ids: list[str | None] = [None, *runs]
    wanted = choices.value(key("lab_run"), None)
    default = next((run.id for run in runs.values() if run.size), next(iter(runs)))
    where = seed("lab_run", ids, default, param="lab_run")
    if wanted and wanted not in runs:
        st.session_state[where] = None
        st.error(t("explain_subjects.lab.gone", run=str(wanted)[:40]), icon=":material/error:")
    chosen = st.selectbox(
        t("explain_subjects.lab.run"),
        list(runs),
        index=None,
        format_func=lambda id_: f"#{runs[id_].number} {title(runs[id_])}",
        placeholder=t("explain_subjects.lab.which"),
        key=where,
        label_visibility="collapsed",
    )
    return runs.get(chosen or "")


def _step(run: "Run", label: str, of: int, newest: int) -> int:
    """The step whose weights are looked at: as before while these are at hand, else the newest."""
    taken = st.session_state.setdefault(_TAKEN, {})
    before = taken.setdefault((run.id, of), newest)
    if before != newest and not loaded_networks.is_open(
        NetworkChoice("lab", label, run=run.id, seed=of, step=before)
    ):
        taken[run.id, of] = newest
    return int(taken[run.id, of])


def _tell(choice: NetworkChoice, run: "Run") -> None:
    """After which step, and newer weights where there are any; looked for while it trains."""

    @st.fragment(run_every=_LOOK if run.live else None)
    def newer() -> None:
        from convnext_viz.ui.lab import lab

        with in_fragment():
            taken = st.session_state[_TAKEN]
            if taken.get((choice.run, choice.seed)) != choice.step:
                st.rerun()  # the button was pressed: all of the page is about other weights now
            steps = lab().checkpoint_steps(choice.run)
            newest = steps.get(choice.seed, choice.step)
            epoch = f"{choice.step / run.per_epoch:.1f}" if run.per_epoch else "–"
            words = "live" if run.live else "ended"
            st.caption(t(f"explain_subjects.lab.{words}", step=exact(choice.step), epoch=epoch))
            if newest > choice.step:
                st.button(
                    t("explain_subjects.lab.newest", step=exact(newest)),
                    key=key("lab_newest"),
                    icon=":material/update:",
                    on_click=lambda: taken.update({(choice.run, choice.seed): newest}),
                )

    newer()
