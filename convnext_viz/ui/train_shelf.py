"""The shelf: every run, found, pinned, compared, cloned, taken home, thrown away."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from convnext_viz.numbers import compact, percent
from convnext_viz.text import t
from convnext_viz.train import Experiment, Run
from convnext_viz.train import experiment as experiments
from convnext_viz.ui import train_data as data
from convnext_viz.ui import train_doors as doors
from convnext_viz.ui import train_recipe as recipes
from convnext_viz.ui import train_setup as setup
from convnext_viz.ui import train_state as state

_DELETING = "train_deleting"  # the run whose deletion waits for a second word


def show() -> None:
    """The table, and what may be done with the chosen rows."""
    lab = doors.lab()
    found = _filtered(lab.runs())
    if not found:
        st.info(t("train_page.shelf.empty"))
        return
    chosen = st.dataframe(
        [_row(run) for run in found],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="train_shelf",
        height=min(38 + 35 * len(found), 388),
    )
    rows = [i for i in chosen.selection.rows if i < len(found)]
    picked = [found[i] for i in rows]
    if not picked:
        st.caption(t("train_page.shelf.choose"))
    elif len(picked) == 1:
        _one(picked[0])
    else:
        _compare(picked)
    _room()


def _filtered(found: tuple[Run, ...]) -> list[Run]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        words = st.text_input(
            t("train_page.shelf.filter"),
            key=state.seed("filter", ""),
            help=t("train_page.shelf.filter_help"),
            width=320,
        )
        state.keep("filter", words)
        pinned = st.toggle(t("train_page.shelf.pinned"), key=state.seed("pinned", False))
        state.keep("pinned", pinned)
    wanted = words.lower().split()
    return [
        run
        for run in found
        if (run.pinned or not pinned) and all(word in _words(run) for word in wanted)
    ]


def _words(run: Run) -> str:
    labels = " ".join(label for label, _ in run.experiment.arms)
    shown = t(f"train_page.state.{run.state}")
    return f"{run.id} {run.name} {labels} {run.state} {shown} {run.experiment.data.kind}".lower()


def _row(run: Run) -> dict[str, Any]:
    return {
        t("train_page.table.pin"): "★" if run.pinned else "",
        t("train_page.table.number"): run.number,
        t("train_page.table.name"): run.name,
        t("train_page.table.state"): t(f"train_page.state.{run.state}"),
        t("train_page.table.done"): percent(run.share),
        t("train_page.table.arms"): ", ".join(label for label, _ in run.experiment.arms),
        t("train_page.table.seeds"): len(run.experiment.seeds),
        t("train_page.table.data"): run.experiment.data.kind,
        t("train_page.table.created"): datetime.fromtimestamp(run.created, UTC).strftime(
            "%m-%d %H:%M"
        ),
        t("train_page.table.size"): compact(run.size, "B"),
    }


def _one(run: Run) -> None:
    lab = doors.lab()
    with st.container(horizontal=True, gap="small"):
        if st.button(t("train_page.shelf.open"), icon=":material/show_chart:", type="primary"):
            state.open_run(run.id)
            st.rerun()
        pin = "unpin" if run.pinned else "pin"
        if st.button(t(f"train_page.shelf.{pin}"), icon=":material/keep:"):
            lab.pin(run.id, not run.pinned)
            st.rerun()
        clone(run)
        downloads(run)
        if st.button(t("train_page.shelf.delete"), icon=":material/delete:"):
            st.session_state[_DELETING] = run.id
    if st.session_state.get(_DELETING) == run.id:
        st.warning(t("train_page.shelf.sure", name=run.name))
        if st.button(t("train_page.shelf.really"), key="train_really"):
            st.session_state.pop(_DELETING)
            lab.delete(run.id)
            st.rerun()


def downloads(run: Run) -> None:
    """Everything recorded as a CSV or JSON file, made when it is asked for."""
    st.download_button(
        t("train_page.shelf.csv"),
        lambda: doors.table_csv(doors.lab().table(run.id)),
        file_name=f"run-{run.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.download_button(
        t("train_page.shelf.json"),
        lambda: doors.run_json(run.id),
        file_name=f"run-{run.id}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )


def clone(run: Run) -> None:
    """Its experiment in the builder, to be changed and started anew."""
    st.button(
        t("train_page.shelf.clone"),
        icon=":material/content_copy:",
        key="train_clone",
        on_click=_take_over,
        args=(run.experiment,),
        help=t("train_page.shelf.clone_help"),
    )


def _take_over(given: Experiment) -> None:
    whole = setup.take_over(given)
    whole = recipes.take_over(given.recipe, len(given.seeds)) and whole
    whole = data.take_over(given.data) and whole
    st.session_state["train_not_whole"] = not whole
    state.open_view("setup")


def _compare(picked: list[Run]) -> None:
    """Only what differs between the runs, and where each arm ended."""
    st.markdown(f"**{t('train_page.shelf.differs')}**")
    columns = {f"#{run.number}": _flat(run) for run in picked}
    fields = list(dict.fromkeys(name for values in columns.values() for name in values))
    rows = [
        {t("train_page.table.field"): name}
        | {run: str(values.get(name, "–")) for run, values in columns.items()}
        for name in fields
        if len({str(values.get(name)) for values in columns.values()}) > 1
    ]
    if rows:
        st.dataframe(rows, hide_index=True)
    else:
        st.info(t("train_page.shelf.same"))
    st.markdown(f"**{t('train_page.shelf.ends')}**")
    ends = [row for run in picked for row in _ends(run)]
    if not ends:
        st.info(t("train_page.panel.no_evaluation"))
        return
    first = ends[0][2]
    st.dataframe(
        [
            {
                t("train_page.table.number"): number,
                t("train_page.table.arm"): label,
                t("train_page.quantity.test_accuracy"): percent(mean),
                t("train_page.table.delta"): f"{100 * (mean - first):+.1f}",
                t("train_page.table.seeds"): seeds,
            }
            for number, label, mean, seeds in ends
        ],
        hide_index=True,
    )
    st.caption(t("train_page.shelf.ends_note"))


def _ends(run: Run) -> list[tuple[str, str, float, int]]:
    """Number, arm, mean of the last test accuracies, seeds."""
    found: dict[str, list[float]] = {}
    for curve in doors.lab().metrics(run.id, points=2):
        if len(curve.test_accuracy):
            found.setdefault(curve.label, []).append(float(curve.test_accuracy[-1]))
    return [
        (f"#{run.number}", label, sum(values) / len(values), len(values))
        for label, values in found.items()
    ]


def _flat(run: Run) -> dict[str, Any]:
    whole = experiments.to_dict(run.experiment)
    parts = {f"data.{k}": v for k, v in whole["data"].items()}
    parts |= {f"recipe.{k}": v for k, v in whole["recipe"].items()}
    parts |= {"seeds": whole["seeds"], "arms": [label for label, _ in whole["arms"]]}
    specs = [spec for _, spec in whole["arms"]]
    for name in specs[0]:
        values = list(dict.fromkeys(str(spec[name]) for spec in specs))
        parts[f"net.{name}"] = " | ".join(values)
    environments = doors.lab().environments(run.id)
    parts |= {f"environment.{k}": v for k, v in (environments[0] if environments else {}).items()}
    return parts


def _room() -> None:
    lab = doors.lab()
    offered = lab.expendable()
    if offered:
        shown = ", ".join(f"#{run.number}" for run in offered)
        st.warning(t("train_page.shelf.full", size=compact(lab.size(), "B"), runs=shown))
