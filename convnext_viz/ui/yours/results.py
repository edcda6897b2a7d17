"""What a training has led to: while it runs its curves, then the verdict and a closer look."""

from typing import Any

import streamlit as st

from convnext_viz.data.own_sets import PictureSet
from convnext_viz.lab import Run
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import prose, t
from convnext_viz.train import verdict_words as words
from convnext_viz.ui import own_runs
from convnext_viz.ui.boundary import attempt, boundary, in_fragment
from convnext_viz.ui.choices import choice, write_link_of_fragment
from convnext_viz.ui.lab import lab
from convnext_viz.ui.literal import literal
from convnext_viz.ui.run_titles import title
from convnext_viz.ui.shell import open_page
from convnext_viz.ui.train import verdict, watch
from convnext_viz.ui.yours import amounts, background, channel, downloads, mistakes, state
from convnext_viz.ui.yours.answers import Answers, answers

_LOST = "yours_lost"  # no widget's: whether a link's run was not there

LOOKS = ("mistakes", "confusion", "background", "channel", "amounts", "downloads")
_VIEW: Any = (("loss", "test_accuracy"), "epoch", 0.0)  # of the curves while it trains


def show(found: PictureSet | None) -> None:
    """The run of the link, or the newest of this set."""
    run = _run(found)
    if run is None:
        return
    if run.live:
        _live(run)
        return
    watch.status(run)
    watch.controls(run)
    _verdict(run)
    if run.seeds_done:
        _look(run)


def runs_of(found: PictureSet) -> list[Run]:
    """The runs on this set that this visitor may see, the newest first."""
    return [
        run
        for run in own_runs.runs()
        if run.experiment.data.kind == "own" and run.experiment.data.path == found.id
    ]


def _run(found: PictureSet | None) -> Run | None:
    runs = {run.id: run for run in runs_of(found)} if found else {}
    wanted = state.current_run()
    lost = bool(wanted) and wanted not in runs
    if st.session_state.pop(_LOST, False) or (lost and not runs):
        st.error(t("yours.error.no_run"), icon=":material/error:")
    if not runs:
        st.info(t("yours.results.none"))
        return None
    ids = list(runs)
    chosen = ids[0]
    if len(runs) > 1:
        chosen = st.selectbox(
            t("yours.results.run"),
            ids,
            index=ids.index(wanted) if wanted in runs else 0,
            format_func=lambda id_: f"#{runs[id_].number} {title(runs[id_])}",
            key=f"yours_runs_{len(ids)}_{wanted}",
        )
    if chosen != wanted:
        st.session_state[_LOST] = lost  # said once the newest is shown in its place
        state.open_run(chosen)
        st.rerun()
    return runs[chosen]


def _verdict(run: Run) -> None:
    """Its first sentence; the figures behind it for who asks."""
    given = lab().verdict(run.id) if len(run.experiment.labels) > 1 else None
    if given is None:
        return
    with st.container(key="yours_verdict"):
        st.markdown(f"**{literal(words.said(given)[0])}**")
    with st.expander(t("yours.results.verdict")):
        verdict.show(run)


def _live(run: Run) -> None:
    """Status and curves while it trains; the rest of the page once it has ended."""

    @st.fragment(run_every=watch.pace(run))
    def live() -> None:
        with in_fragment():
            now = own_runs.status(run.id)
            watch.status(now)
            watch.controls(now)
            watch.draw(now, watch.curves(now), _VIEW, watch.frame)
            write_link_of_fragment()
            if (now.state, watch.pace(now)) != (run.state, watch.pace(run)):
                st.rerun()

    live()
    st.markdown(prose("yours", "while_it_trains"))


def _look(run: Run) -> None:
    """A closer look at one variant under one seed."""
    labels = [one for one in run.experiment.labels if one not in run.diverged]
    if not labels:
        return
    done = list(run.experiment.seeds[: run.seeds_done])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        label: Any = st.segmented_control(
            t("yours.results.variant"),
            labels,
            format_func=shown,
            key=choice("yours_variant", labels, labels[0], link="variant"),
            required=True,
        )
        seed: Any = done[-1]
        if len(done) > 1:
            seed = st.segmented_control(
                t("train_page.table.seed"),
                done,
                key=choice("yours_of_seed", done, done[-1], link="seed"),
                required=True,
            )
    found = attempt(lambda: answers(run, str(label), int(seed)))
    if found is None:
        return
    look: Any = st.segmented_control(
        t("yours.results.look"),
        LOOKS,
        format_func=lambda name: t(f"yours.look.{name}"),
        key=choice("yours_look", LOOKS, LOOKS[0], link="look"),
        required=True,
        label_visibility="collapsed",
    )
    with boundary():
        _section(look, run, str(label), int(seed), found)
    open_page(
        "explain",
        label=t("yours.results.explain"),
        link={"net": f"run:{run.id}:{seed}:{label}", "picture": f"run:{run.id}:0"},
    )


def _section(look: str, run: Run, label: str, seed: int, found: Answers) -> None:
    match look:
        case "mistakes":
            mistakes.show(found)
        case "confusion":
            mistakes.confusion(found)
        case "background":
            background.show(found)
        case "channel":
            channel.show(found)
        case "amounts":
            amounts.show(run)
        case _:
            downloads.show(run, label, seed, found)
