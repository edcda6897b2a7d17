"""The Train page: ask a question of small networks, watch them learn, read the verdict."""

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.ui import lab
from convnext_viz.ui.boundary import in_fragment
from convnext_viz.ui.shell import framed
from convnext_viz.ui.train import data, link, live, replay, run_list, setup, start, teacher, views
from convnext_viz.ui.train import recipe as recipes

framed()
view = views.choose_view()
notes = st.container()  # with something in it or not, what follows keeps its place, and stays open
with notes:
    views.show_trouble()
    run_list.note_incomplete_clone()

match view:
    case "setup":
        start.take_what_fits()
        left, right = st.columns([1.8, 1], gap="large")
        with left:
            st.markdown(prose("train", "intro"))
            setup.choose_arms()
            table = st.container()
        with right:
            recipes.choose_preset()
            recipes.choose_budget()
            chosen = data.choose()
            seeds = recipes.choose_seeds()
            go = st.container()
        recipes.choose_recipe()
        lab.lab().warm(chosen)
        if chosen is not None:
            with table, in_fragment():
                experiment = start.experiment(chosen, seeds)

                @st.fragment(run_every=3)
                def costs() -> None:
                    with in_fragment():
                        start.costs(experiment)

                costs()
                with go:
                    start.guess_and_go(experiment)
                    replay.offer()
        st.markdown(prose("train", "honest"))
    case "watch":
        live.show(views.current_run())
    case "shelf":
        run_list.show()
with notes:
    link.note()

with st.expander(t("train_page.limits"), key="train_limits"):
    st.markdown(prose("train", "limits"))
teacher.ask()
