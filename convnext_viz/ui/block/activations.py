"""Section "activations": curves, slopes, and what the functions make of real inputs."""

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plots import activations, names
from convnext_viz.text import t
from convnext_viz.ui.block import subjects
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import number, several
from convnext_viz.ui.questions import questions


def show() -> None:
    """Curves and slopes at once; then what the functions make of a real activation's inputs."""
    known = tuple(activations.FUNCTIONS)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        chosen = st.pills(
            t("block.act.which"),
            known,
            selection_mode="multi",
            format_func=lambda name: t(f"block.act.name.{name}"),
            key=several("block_acts", known, known[:2], link="acts"),
        )
        shown = tuple(name for name in known if name in chosen) or known[:2]
    with right:
        marked = st.slider(
            t("block.act.at"),
            -4.0,
            4.0,
            step=0.05,
            key=number("block_x", -4.0, 4.0, -0.75, link="x"),
        )
    chart(
        activations.curves(shown, marked=marked),
        alt=t("block.act.alt_curves"),
        key="block_curves",
    )
    st.markdown(f"**{t('block.act.real')}**")
    subject = subjects.choose()
    described = subject.described
    act = next(layer for layer in described.body if layer.kind in activations.FUNCTIONS)
    with st.spinner(t("block.trace.loading"), show_time=True):
        traced = subjects.traced(subject.network, subject.stage, subject.block, subject.image)
    before = traced.before(act.name.rpartition(".")[2])[0].values
    picture, table = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        chart(
            activations.outputs(before, shown),
            alt=t("block.act.alt_outputs"),
            key="block_outputs",
        )
    with table:
        rows = activations.shares(before, shown)
        head = [t("block.act.which"), *(t(f"block.act.{k}") for k in ("negative", "zero", "flat"))]
        lines = ["|".join(head), "|".join(["---"] * len(head))]
        for name, row in rows.items():
            lines.append("|".join([t(f"block.act.name.{name}"), *map(percent, row.values())]))
        st.markdown("\n".join(f"|{line}|" for line in lines))
        st.caption(t("block.act.note", act=names.kind(act)))
    questions("block", "gelu")
