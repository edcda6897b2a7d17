"""Section "two implementations": the same block in both memory layouts, compared and timed."""

from typing import Any

import streamlit as st

from convnext_viz.numbers import duration
from convnext_viz.plots import names
from convnext_viz.plots import ways as ways_plot
from convnext_viz.results import WaysCompared
from convnext_viz.specs import VARIANTS
from convnext_viz.text import t
from convnext_viz.ui.block import subjects
from convnext_viz.ui.block.subjects import Subject
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.questions import questions

WAYS = ("channels_first", "channels_last")
_SAMPLES = (1, 4, 16)


def show() -> None:
    """Both implementations as code, run side by side, and again on a button."""
    subject = subjects.choose(("cifar10_ln_gelu", "convnext_tiny"))
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        samples: Any = st.segmented_control(
            t("block.ways.samples"),
            _SAMPLES,
            key=choice("block_n", _SAMPLES, 4, link="n"),
            required=True,
        )
    with right:
        st.button(
            t("block.ways.run"),
            icon=":material/timer:",
            key="block_run",
            on_click=subjects.ways.clear,
            args=(subject, samples),
        )
    place = st.container(key="block_ways")
    for way, column in zip(WAYS, st.columns(2), strict=True):
        with column:
            st.markdown(f"**{t(f'block.ways.name.{way}')}**")
            with st.spinner(t("block.trace.loading")):
                st.code(_source(way), language="python", wrap_lines=True)
    with place, st.spinner(t("block.ways.running"), show_time=True):
        compared = subjects.ways(subject, samples)
    with place:
        _compared(subject, compared)
    questions("block", "linear")


@st.cache_data(show_spinner=False)
def _source(way: str) -> str:
    from convnext_viz.explain.inside.block_ways import way_source

    return way_source(way)


def _compared(subject: Subject, compared: WaysCompared) -> None:
    picture, words = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        chart(
            ways_plot.times(compared),
            alt=t("block.ways.alt", rows=_times(compared)),
            key="block_times",
        )
    with words:
        st.metric(
            t("block.ways.difference"),
            f"{compared.difference:.1e}",
            help=t("block.ways.difference_help", largest=f"{compared.largest:.3g}"),
        )
        st.markdown(
            t(
                "block.ways.caveat",
                network=names.network(VARIANTS[subject.network]),
                stage=names.stage(subject.stage),
                shape="×".join(map(str, compared.shape)),
                threads=compared.threads,
                rounds=compared.timings[0].rounds,
            )
        )


def _times(compared: WaysCompared) -> str:
    return "; ".join(
        f"{t(f'block.ways.name.{one.way}')}, {t(f'block.ways.memory.{one.memory}')}:"
        f" {duration(one.seconds)}"
        for one in compared.timings
    )
