"""Section "activations": curves, slopes, and what the functions make of real inputs."""

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plots import activations, names
from convnext_viz.text import t
from convnext_viz.ui.block import state, subjects
from convnext_viz.ui.block.questions import STILL, questions


def show_act() -> None:
    """Curves and slopes at once; then what the functions make of a real activation's inputs."""
    known = tuple(activations.FUNCTIONS)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        shown = state.several(
            "acts",
            t("block.act.which"),
            known,
            usual=known[:2],
            says=lambda name: t(f"block.act.name.{name}"),
        )
    with right:
        marked = state.slide("x", t("block.act.at"), -4.0, 4.0, 0.05, usual=-0.75)
    st.plotly_chart(
        activations.curves(shown, marked=marked),
        alt=t("block.act.alt_curves"),
        key="block_curves",
        config=STILL,
    )
    st.markdown(f"**{t('block.act.real')}**")
    subject = subjects.choose()
    described = subject.described
    act = next(layer for layer in described.body if layer.kind in activations.FUNCTIONS)
    with st.spinner(t("block.trace.loading"), show_time=True):
        traced = subjects.traced(subject.network, subject.stage, subject.block, subject.picture)
    before = traced.before(act.name.rpartition(".")[2])[0].values
    picture, table = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        st.plotly_chart(
            activations.outputs(before, shown),
            alt=t("block.act.alt_outputs"),
            key="block_outputs",
            config=STILL,
        )
    with table:
        rows = activations.shares(before, shown)
        head = [t("block.act.which"), *(t(f"block.act.{k}") for k in ("negative", "zero", "flat"))]
        lines = ["|".join(head), "|".join(["---"] * len(head))]
        for name, row in rows.items():
            lines.append("|".join([t(f"block.act.name.{name}"), *map(percent, row.values())]))
        st.markdown("\n".join(f"|{line}|" for line in lines))
        st.caption(t("block.act.note", act=names.kind(act)))
    questions("gelu")
