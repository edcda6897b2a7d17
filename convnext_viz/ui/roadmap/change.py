"""What a step changes: the blocks, the maps, the costs and the code of both networks."""

import difflib
from functools import lru_cache

import streamlit as st

from convnext_viz.plans import Plan, channels, walk
from convnext_viz.plans.changes import ChangedPart, changed_parts
from convnext_viz.plots import cost, names
from convnext_viz.plots.block_map import block_map, describe
from convnext_viz.plots.network_map import network_map
from convnext_viz.specs import Spec
from convnext_viz.text import language, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.network_map import show_map

_HEIGHT = 250  # pixels of a block's drawing


def blocks(was: Plan, now: Plan) -> None:
    """The parts that are not built alike, before and after, what changed lit."""
    parts = changed_parts(was, now)
    st.subheader(t("roadmap.change.blocks"), anchor=False)
    if not parts:
        st.markdown(t("roadmap.change.same_blocks"))
        return
    shown = [part for part in parts if part.name != "head" or len(parts) == 1]
    names_of = {part.name: t(f"roadmap.part.{part.name}") for part in shown}
    part = shown[0]
    if len(shown) > 1:
        key = "roadmap_part"
        likely = next((one.name for one in shown if one.name == "block"), shown[0].name)
        if st.session_state.get(key) not in names_of:
            st.session_state[key] = likely
        chosen = st.segmented_control(
            t("roadmap.change.part"),
            list(names_of),
            format_func=names_of.__getitem__,
            key=key,
            required=True,
            label_visibility="collapsed",
        )
        part = next(one for one in shown if one.name == chosen)
    st.caption(t("roadmap.change.lit", part=t(f"roadmap.part_says.{part.name}")))
    _drawn(part)


def _drawn(part: ChangedPart) -> None:
    widest = max(
        channels(shape)
        for steps in (part.was, part.now)
        for visit in walk(steps)
        if visit.layer
        for shape in (visit.layer.in_shape, visit.layer.out_shape)
    )
    rows = (("before", part.was, part.removed), ("after", part.now, part.added))
    for when, steps, lit in rows:
        st.markdown(t(f"roadmap.change.{when}"))
        with st.container(key=f"roadmap_block_{when}"):
            chart(
                block_map(steps, stage=part.stage, selected=lit, widest=widest, height=_HEIGHT),
                key=f"roadmap_chain_{when}",
                alt=describe(steps),
            )


def costs(was: Plan, now: Plan) -> None:
    """The map of both networks to one scale, and where their costs sit."""
    st.subheader(t("roadmap.change.costs"), anchor=False)
    for when, one, other in (("before", was, now), ("after", now, was)):
        st.markdown(t(f"roadmap.change.{when}"))
        show_map(network_map(one, other=other, height=200), key=f"roadmap_{when}")
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(
            cost.per_stage(was, now),
            key="roadmap_costs",
            alt=cost.describe_per_stage(was, now),
        )
    with right:
        chart(
            cost.receptive_fields(was, now),
            key="roadmap_fields",
            alt=cost.describe_receptive_fields(was, now),
        )


def code(was: Plan, now: Plan) -> None:
    """What the step changes in the network's own PyTorch file."""
    st.subheader(t("roadmap.change.code"), anchor=False)
    st.caption(t("roadmap.change.code_says"))
    st.code(_difference(was.spec, now.spec, language()), language="diff")


@lru_cache(maxsize=128)
def _difference(was: Spec, now: Spec, _language: str) -> str:
    """Of their files, whose comments are in that language."""
    from convnext_viz.nets.source_code import source  # only for those who ask

    old, new = (source(spec).splitlines() for spec in (was, now))
    return "\n".join([*difflib.unified_diff(old, new, n=2, lineterm="")][2:])


def name(one: Plan) -> str:
    """What a network of the walk is called."""
    return names.network(one.spec)
