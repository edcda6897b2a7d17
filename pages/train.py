"""Train: put a question to small networks, watch them learn, and hear an answer that is honest."""

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.ui.boundary import in_fragment
from convnext_viz.ui.lab import lab as lab_of_server
from convnext_viz.ui.shell import framed
from convnext_viz.ui.train import data, lens, panels, replay, run_list, setup, start, state, watch
from convnext_viz.ui.train import recipe as recipes
from convnext_viz.ui.train import view as top

framed()
state.restore()
view = top.choose()
state.write_link(view)
lab = lab_of_server()
top.tell_trouble()

match view:
    case "setup":
        start.take_what_fits()
        left, right = st.columns([1.8, 1], gap="large")
        with left:
            st.markdown(prose("train", "intro"))
            top.tell_of_clone()
            setup.choose_arms()
            table = st.container()
        with right:
            recipes.choose_preset()
            recipes.choose_budget()
            chosen = data.choose()
            seeds = recipes.choose_seeds()
            go = st.container()
        recipes.choose_recipe()
        lab.warm(chosen)
        if chosen is not None:
            with table, in_fragment():
                asked = start.experiment(chosen, seeds)

                @st.fragment(run_every=3)
                def costs() -> None:
                    with in_fragment():
                        start.costs(asked)

                costs()
                with go:
                    start.guess_and_go(asked)
                    replay.offer()
        st.markdown(prose("train", "honest"))
    case "watch":
        now = watch.find(state.current_run())
        if now is not None:
            played = replay.introduce(now)
            shown = watch.choose_view()
            if played:
                replay.controls(now)
            every = replay.pace(now) if played else watch.pace(now)

            @st.fragment(run_every=every)
            def live() -> None:
                with in_fragment():
                    run = lab.status(now.id, moment=replay.moment(now))
                    if played:
                        replay.scrub(run)
                    else:
                        watch.status(run)
                        watch.controls(run)
                    curves = (replay if played else watch).curves(run)
                    watch.draw(run, curves, shown)
                    lens.door(run)
                    section = panels.choose()
                    if not replay.panel(section, run):
                        panels.show(section, run, curves)
                    if not played and (run.state, watch.pace(run)) != (now.state, every):
                        st.rerun()  # how often it is looked at follows the run

            live()
            with st.container(horizontal=True):
                run_list.clone(now)
                run_list.downloads(now)
            st.caption(t("train_page.replay.link" if played else "train_page.watch.link"))
    case "shelf":
        run_list.show()

with st.expander(t("train_page.limits")):
    st.markdown(prose("train", "limits"))
