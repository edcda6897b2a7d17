"""The Architecture page: what a network is made of, and what it costs, counted on the spot."""

import streamlit as st

from convnext_viz.plans import plan
from convnext_viz.plots import cost, names
from convnext_viz.plots.network_map import network_map
from convnext_viz.specs import VARIANTS
from convnext_viz.text import prose, t
from convnext_viz.ui.architecture import controls, detail, subject, tables
from convnext_viz.ui.architecture import numbers as totals
from convnext_viz.ui.charts import chart
from convnext_viz.ui.network_map import show_map
from convnext_viz.ui.shell import framed

framed()
subject.restore()
tables.restore_panels()

main, side = st.columns([3.2, 1], gap="medium")

with side:
    controls.choose_network()
    controls.choose_size()
    controls.choose_colour()
    controls.choose_knobs()

shown, problems = subject.shown_plan()
versus = st.session_state["arch_versus"]
other = None
if versus != controls.NONE:
    try:
        other = plan(VARIANTS[versus], shown.image_size)
    except ValueError as error:
        problems.append(f"{names.network(VARIANTS[versus])}: {error}")

with main:
    warnings = st.container()
    for problem in problems:
        warnings.error(t("architecture.error.kept", error=problem))
    totals.numbers(shown, other)
    if other is None:
        totals.badges(shown)
    else:
        st.caption(totals.delta_caption(shown, other))

    plans = [shown] if other is None else [shown, other]
    map_place = st.container(key=tables.MAP)
    stage = detail.choose_stage(shown)
    with map_place:
        for number, one in enumerate(plans):
            if other is not None:
                totals.badges(one, title=f"**{names.network(one.spec)}**")
            drawn = network_map(
                one,
                selected=stage.name,
                colour_by=st.session_state["arch_colour"],
                other=shown if one is other else other,
                height=270 if other is None else 230,
            )
            show_map(drawn, key=f"arch_map{number}", on_stage=detail.open_stage)

    shares, fields = st.columns([3, 2])
    with shares:
        alt = cost.describe_per_stage(*plans)
        chart(cost.per_stage(*plans), "arch_shares", alt, on_click=detail.open_stage)
    with fields:
        alt = cost.describe_receptive_fields(*plans)
        chart(cost.receptive_fields(*plans), "arch_fields", alt)

st.subheader(names.stage(stage.name), anchor=False)
st.markdown(detail.caption(stage))
detail.unfold(stage)

if other is not None:
    st.subheader(t("architecture.compare.title"), anchor=False)
    tables.differences(shown, other)
tables.layer_table(shown)
tables.code(shown)
tables.downloads(shown, other)

for note in subject.notes():
    warnings.warning(note)

st.divider()
for column, sections in zip(
    st.columns(2, gap="large"),
    (("stages", "where", "field"), ("convention", "gamma", "reading")),
    strict=True,
):
    for section in sections:
        column.markdown(prose("architecture", section))
