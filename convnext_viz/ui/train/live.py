"""The live view of a run that trains or is replayed: state, curves and panels, redrawn."""

import streamlit as st

from convnext_viz.lab import Run
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t
from convnext_viz.ui import own_runs
from convnext_viz.ui.boundary import in_fragment
from convnext_viz.ui.choices import write_link_of_fragment
from convnext_viz.ui.literal import literal
from convnext_viz.ui.shell import open_page
from convnext_viz.ui.train import annotations, panels, replay, run_list, sharing, verdict, watch


def show(run: str) -> None:
    """The run of the link, or in words that there is none of it."""
    found = watch.find(run)
    if found is None:
        return
    played = replay.introduce(found)
    view = watch.choose_view()
    if played:
        replay.controls(found)
    every = (replay if played else watch).pace(found)

    @st.fragment(run_every=every)
    def live() -> None:
        with in_fragment():
            now = own_runs.status(found.id, moment=replay.moment(found))
            # What comes and goes has a place of its own: what follows stays where it is, and open.
            with st.container():
                if played:
                    replay.scrub(now)
                else:
                    watch.status(now)
            with st.container():
                if not played:
                    watch.controls(now)
                verdict.headline(now)
            curves = (replay if played else watch).curves(now)
            with st.container():
                watch.draw(now, curves, view, (replay if played else watch).frame)
            with st.container():
                link_to_explain(now)
            section = panels.choose()
            if not replay.panel(section, now):
                panels.show(section, now, curves)
            write_link_of_fragment()
            if not played and (now.state, watch.pace(now)) != (found.state, every):
                st.rerun()  # how often it is looked at follows the run

    live()
    with st.container(horizontal=True):
        if own_runs.may_change(found):
            annotations.edit(found)
        sharing.switch(found)
        run_list.clone(found)
        run_list.downloads(found)
    st.caption(t("train_page.replay.link" if played else "train_page.watch.link"))


def link_to_explain(run: Run) -> None:
    """Links to the Explain page: each arm with its newest weights, on its own test images."""
    if not run.size or run.recorded:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(t("explain_subjects.lab.door"), width="content")
        for label in run.experiment.labels:
            link = {"net": f"run:{run.id}::{label}", "picture": f"run:{run.id}:0"}
            open_page("explain", label=literal(shown(label)), link=link)
