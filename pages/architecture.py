"""Architecture: what any ConvNeXt is made of, and what it costs, counted before your eyes."""

import streamlit as st

from convnext_viz.plans import plan
from convnext_viz.plots import cost, names
from convnext_viz.plots.network_map import network_map
from convnext_viz.specs import VARIANTS
from convnext_viz.text import prose, t
from convnext_viz.ui.architecture import controls, detail, state, tables
from convnext_viz.ui.architecture import numbers as totals
from convnext_viz.ui.network_map import show_map
from convnext_viz.ui.shell import framed

framed()
state.restore()

picture, side = st.columns([3.2, 1], gap="medium")

with side:
    controls.choose_network()
    controls.choose_size()
    controls.choose_colour()
    controls.choose_knobs()

whole, problems = state.current()
versus = st.session_state[state.key("versus")]
beside = None
if versus != state.NONE:
    try:
        beside = plan(VARIANTS[versus], whole.image_size)
    except ValueError as error:
        problems.append(f"{names.network(VARIANTS[versus])}: {error}")

with picture:
    warnings = st.container()
    for problem in problems:
        warnings.error(t("architecture.error.kept", error=problem))
    totals.numbers(whole, beside)
    if beside is None:
        totals.badges(whole)
    else:
        st.caption(totals.delta_caption(whole, beside))

    plans = [whole] if beside is None else [whole, beside]
    map_place = st.container(key=tables.MAP)
    stage = detail.choose_stage(whole)
    with map_place:
        for number, one in enumerate(plans):
            if beside is not None:
                totals.badges(one, title=f"**{names.network(one.spec)}**")
            drawn = network_map(
                one,
                selected=stage.name,
                colour_by=st.session_state[state.key("colour")],
                other=whole if one is beside else beside,
                height=270 if beside is None else 230,
            )
            show_map(drawn, key=state.key(f"map{number}"), on_stage=detail.open_stage)

    shares, fields = st.columns([3, 2])
    with shares:
        detail.stage_chart(cost.per_stage(*plans), "shares", alt=cost.describe_per_stage(*plans))
    fields.plotly_chart(
        cost.receptive_fields(*plans),
        key=state.key("fields"),
        config=detail.DRAWING,
        alt=cost.describe_receptive_fields(*plans),
    )

st.subheader(names.stage(stage.name), anchor=False)
st.markdown(detail.caption(stage))
detail.unfold(stage)

if beside is not None:
    st.subheader(t("architecture.compare.title"), anchor=False)
    tables.differences(whole, beside)
tables.layer_table(whole)
tables.code(whole)
tables.downloads(whole, beside)

link = state.write_link(whole)
for note in state.notes(link):
    warnings.warning(note)

st.divider()
for column, sections in zip(
    st.columns(2, gap="large"),
    (("stages", "where", "field"), ("convention", "gamma", "reading")),
    strict=True,
):
    for section in sections:
        column.markdown(prose("architecture", section))
