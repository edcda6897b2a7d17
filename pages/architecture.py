"""The Architecture page: what a network is made of, and what it costs, counted on the spot."""

import streamlit as st

from convnext_viz.plans import plan
from convnext_viz.plots import names
from convnext_viz.plots.network_map import network_map
from convnext_viz.specs import VARIANTS
from convnext_viz.text import t
from convnext_viz.ui.architecture import controls, detail, reading, subject, tables, title
from convnext_viz.ui.architecture import numbers as totals
from convnext_viz.ui.network_map import show_map
from convnext_viz.ui.shell import framed

framed()
subject.restore()
tables.restore_panels()
controls.toolbar()

shown, problems = subject.shown_plan()
refused = bool(problems)
versus = st.session_state["arch_versus"]
other = None
if versus != controls.NONE:
    try:
        other = plan(VARIANTS[versus], shown.image_size)
    except ValueError as error:
        problems.append(f"{names.network(VARIANTS[versus])}: {error}")
plans = [shown] if other is None else [shown, other]

main, side = controls.columns()
if side is not None:
    with side:
        controls.choose_knobs()

with main:
    warnings = st.container()
    for problem in problems:
        warnings.error(t("architecture.error.kept", error=problem))
    title.changes(shown, refused=refused)
    totals.numbers(shown, other)

    map_place = st.container(key=tables.MAP)
    st.container(key="arch_scroll").caption(t("architecture.open.scroll"))
    with st.container(horizontal=True, vertical_alignment="bottom", key="arch_pick"):
        stage = detail.choose_stage(shown)
        controls.choose_colour()
    with map_place:
        for number, one in enumerate(plans):
            totals.badges(one)
            drawn = network_map(
                one,
                selected=stage.name,
                colour_by=st.session_state["arch_colour"],
                other=shown if one is other else other,
                height=240 if other is None else 210,
            )
            show_map(drawn, key=f"arch_map{number}", on_stage=detail.open_stage)

    if other is None:
        detail.sums(shown, stage)
        of_stage, of_all = st.columns(2, gap="large")
        with of_stage:
            steps = detail.costs(stage)
        totals.charts(plans, of_all, of_all)
        detail.unfold(stage, steps)
    else:
        detail.side_by_side(shown, other, stage)
        totals.charts(plans, *st.columns([3, 2], gap="large"))

    if other is not None:
        st.subheader(t("architecture.compare.title"), anchor=False)
        tables.differences(shown, other)
    tables.layer_table(shown)
    tables.code(shown)
    tables.downloads(shown, other)

for note in subject.notes():
    warnings.warning(note)

if other is None:  # a text that speaks of one network
    st.divider()
    left, right = st.columns(2, gap="large")
    left.markdown("\n\n".join(reading.left(shown)))
    right.markdown("\n\n".join(reading.right(shown)))
