"""Section "break it": wrong ways to fuse, and what each does to the outputs."""

from typing import Any

import streamlit as st

from convnext_viz.numbers import percent, scientific
from convnext_viz.plots import fused_kernels, reparam
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.repvgg import subjects
from convnext_viz.ui.repvgg.subjects import Subject

WAYS = ("fused", "train_mode", "corner", "ones", "dense_alone")


def show() -> None:
    """A mistake, its outputs, and all of them side by side."""
    subject = subjects.choose()
    way: Any = st.segmented_control(
        t("repvgg.break.label"),
        WAYS,
        format_func=lambda name: t(f"repvgg.way.{name}"),
        key=choice("repvgg_way", WAYS, "train_mode", link="way"),
        required=True,
    )
    with st.spinner(t("common.loading")):
        rows = {one: _differences(subject, one) for one in WAYS}
        changed = subjects.drift_of_samples(subject.network, way)
    inside, whole = rows[way]
    st.markdown(
        t(
            "repvgg.break.answer",
            way=t(f"repvgg.way.{way}"),
            block=scientific(inside),
            network=scientific(whole),
            share=percent(changed.predictions),
            count=len(subjects.samples(subject.network)),
        )
    )
    if way == "ones" and "identity" not in subject.branches:
        st.info(t("repvgg.break.no_identity"), icon=":material/info:")
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(
            reparam.drifts(rows, way),
            key="repvgg_drifts",
            alt=t("repvgg.break.alt", rows="; ".join(_row(one, rows[one]) for one in WAYS)),
        )
    with right:
        forms = subjects.block_forms(subject, way)
        chart(
            fused_kernels.output_maps(forms, _strongest(subject)),
            key="repvgg_broken",
            alt=t(
                "repvgg.fuse.outputs_alt",
                channel=_strongest(subject),
                difference=scientific(inside),
            ),
        )
        st.caption(t("repvgg.break.channel", channel=_strongest(subject)))
    st.markdown(prose("repvgg", way))
    subjects.untrained_note(subject.network)


def _differences(subject: Subject, way: str) -> tuple[float, float]:
    return subjects.block_forms(subject, way).difference, subjects.drift(subject, way).difference


def _strongest(subject: Subject) -> int:
    """The channel whose output varies most in training form: most can be seen on it."""
    return int(subjects.block_forms(subject, "fused").expected.std((1, 2)).argmax())


def _row(way: str, pair: tuple[float, float]) -> str:
    return t(
        "repvgg.break.row",
        way=t(f"repvgg.way.{way}"),
        block=scientific(pair[0]),
        network=scientific(pair[1]),
    )
