"""The run list: every run, found, opened, pinned, annotated, compared, cloned, deleted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from convnext_viz.lab import Run, recorded
from convnext_viz.numbers import percent, size
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t
from convnext_viz.train import Experiment
from convnext_viz.ui import lab, own_runs, run_titles, visitor
from convnext_viz.ui.choices import choice, words
from convnext_viz.ui.literal import literal
from convnext_viz.ui.run_titles import title
from convnext_viz.ui.train import (
    annotations,
    compare,
    data,
    exports,
    fields,
    setup,
    sharing,
    views,
)
from convnext_viz.ui.train import recipe as recipes

_INCOMPLETE = "train_incomplete"  # whether the run that was cloned was not shown completely
_DELETING = "train_deleting"  # the run whose deletion waits for a second word
_ROWS = 100  # that are shown without scrolling: a browser has to paint them all


def show() -> None:
    """The table, and what may be done with the chosen rows."""
    for sentence in recorded.read()[1]:
        st.warning(literal(sentence), icon=":material/warning:")
    found = _filtered(own_runs.runs())
    if not found:
        st.info(t("train_page.shelf.empty"))
        return
    st.caption(t("train_page.shelf.choose"))
    names = run_titles.titles(found)
    # Ticks are of rows: where other runs stand in them, they must not stay.
    key = f"train_shelf_{hash(tuple(run.id for run in found))}"
    rows = [_row(run, names[run.id]) for run in found]
    empty = {column for column in rows[0] if all(row[column] == "" for row in rows)}
    chosen = st.dataframe(
        rows,
        column_order=[column for column in rows[0] if column not in empty],
        hide_index=True,
        on_select=lambda: _open_clicked(key, found),
        selection_mode=("multi-row", "single-cell"),
        key=key,
        height=38 + 35 * min(len(found), _ROWS),
        column_config={
            t("train_page.table.pin"): st.column_config.TextColumn(width=40),
            t("train_page.table.number"): st.column_config.TextColumn(width=50),
            t("train_page.table.name"): st.column_config.TextColumn(width=420),
        },
    )
    picked = [found[i] for i in chosen.selection.rows if i < len(found)]
    if len(picked) == 1:
        _one(picked[0])
    elif picked:
        compare.show(picked)
    _room()


def _open_clicked(key: str, found: Sequence[Run]) -> None:
    """In a callback: a click on a name opens the run."""
    for row, column in st.session_state[key].selection.cells:
        if column == t("train_page.table.name"):
            views.open_run(found[row].id)


def _filtered(found: tuple[Run, ...]) -> list[Run]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        text = st.text_input(
            t("train_page.shelf.filter"),
            key=words("train_filter", link="find"),
            help=t("train_page.shelf.filter_help"),
            width=320,
        )
        pinned = st.toggle(
            t("train_page.shelf.pinned"),
            key=choice("train_pinned", (False, True), False, link="pinned"),
        )
    wanted = text.lower().split()
    return [
        run
        for run in found
        if (run.pinned or not pinned) and all(word in _words(run) for word in wanted)
    ]


def _words(run: Run) -> str:
    """All that a run is found by."""
    labels = run.experiment.labels
    state = "recorded" if run.recorded else run.state
    kind = run.experiment.data.kind
    said = (run.id, run.name, title(run), run.note, *run.tags, state, _state(run))
    said += (*labels, *map(shown, labels), kind, fields.value("data.kind", kind))
    return " ".join(said).lower()


def _state(run: Run) -> str:
    return t(f"train_page.state.{'recorded' if run.recorded else run.state}")


def _row(run: Run, name: str) -> dict[str, Any]:
    taken = recorded.about(run.id).bytes if run.recorded else run.size
    return {
        t("train_page.table.pin"): "★" if run.pinned else "",
        t("train_page.table.number"): compare.tag(run),
        t("train_page.table.name"): name,
        t("train_page.table.state"): _state(run),
        t("train_page.table.done"): percent(run.share),
        t("train_page.table.created"): datetime.fromtimestamp(run.created, UTC).strftime(
            "%m-%d %H:%M"
        ),
        t("train_page.table.size"): size(taken) if taken else "–",
        t("train_page.rights.owner"): sharing.owner(run),
        t("train_page.note.tags"): ", ".join(run.tags),
        t("train_page.note.note"): " ".join(run.note.split()),
        t("train_page.table.arms"): ", ".join(map(shown, run.experiment.labels)),
        t("train_page.table.data"): run_titles.data(run.experiment.data),
        t("train_page.table.seeds"): len(run.experiment.seeds),
    }


def _one(run: Run) -> None:
    ours = own_runs.may_change(run)
    with st.container(horizontal=True, gap="small"):
        st.button(
            t("train_page.shelf.open"),
            icon=":material/show_chart:",
            type="primary",
            on_click=views.open_run,
            args=(run.id,),
        )
        pin = "unpin" if run.pinned else "pin"
        if ours and st.button(t(f"train_page.shelf.{pin}"), icon=":material/keep:"):
            lab.lab().pin(run.id, not run.pinned)
            st.rerun()
        if ours:
            annotations.edit(run)
        sharing.switch(run)
        clone(run)
        downloads(run)
        if ours and st.button(t("train_page.shelf.delete"), icon=":material/delete:"):
            st.session_state[_DELETING] = run.id
    if ours and st.session_state.get(_DELETING) == run.id:
        st.warning(t("train_page.shelf.sure", name=literal(title(run))))
        if st.button(t("train_page.shelf.really"), key="train_really"):
            st.session_state.pop(_DELETING)
            lab.lab().delete(run.id)
            st.rerun()
    elsewhere(run)


def elsewhere(run: Run) -> None:
    """Its link, and the two lines that open it in a notebook."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{t('train_page.shelf.link')}**")
        st.code(f"{str(st.context.url or '').partition('?')[0]}?run={run.id}", language=None)
    with right:
        st.markdown(f"**{t('train_page.panel.notebook')}**")
        code = f'from convnext_viz.lab import Lab\ncurves = Lab().metrics("{run.id}")'  # not shown
        st.code(code, language="python")


def downloads(run: Run) -> None:
    """Everything recorded as a CSV or JSON file, made on request."""
    st.download_button(
        t("train_page.shelf.csv"),
        lambda: exports.table_csv(lab.lab().table(run.id)),
        file_name=f"run-{run.id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.download_button(
        t("train_page.shelf.json"),
        lambda: exports.run_json(run.id),
        file_name=f"run-{run.id}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
    )


def note_incomplete_clone() -> None:
    """Says that a cloned run has arms which the builder cannot make."""
    if st.session_state.pop(_INCOMPLETE, False):
        st.warning(t("train_page.shelf.not_whole"))


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
    complete = setup.take_over(given)
    complete = recipes.take_over(given.recipe, len(given.seeds)) and complete
    complete = data.take_over(given.data) and complete
    st.session_state[_INCOMPLETE] = not complete
    views.open_view("setup")


def _room() -> None:
    """What the runs take, where that is much: of all for a teacher, else of the visitor's own."""
    allowed = visitor.quota()
    if allowed is not None:
        used = {"used": size(own_runs.taken()), "most": size(allowed.bytes)}
        st.caption(t("train_page.rights.quota", runs=allowed.runs, **used))
        return
    offered = lab.lab().expendable()
    if offered:
        listed = ", ".join(f"#{run.number}" for run in offered)
        st.warning(t("train_page.shelf.full", size=size(lab.lab().size()), runs=listed))
