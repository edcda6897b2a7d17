"""Section "distance": how far each head looks, beside uniform attention and ConvNeXt's kernels."""

from typing import Any

import streamlit as st

from convnext_viz.explain.inside.attention_distance import (
    attention_distances,
    kernel_reaches,
    uniform_distance,
)
from convnext_viz.plans import plan
from convnext_viz.plots import names, tokens
from convnext_viz.specs import VARIANTS
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import put
from convnext_viz.ui.vit import subject as subjects

_BESIDE = {32: "cifar10_ln_gelu"}  # by the side of the image; ConvNeXt-T for all others


def show() -> None:
    """A dot a head, the uniform line, the kernels of a ConvNeXt."""
    subject = subjects.choose()
    with st.spinner(t("common.loading"), show_time=True):
        trace = subject.trace
    patch = float(trace.patch[0])
    found = attention_distances(trace.attention, trace.grid, patch)
    uniform = uniform_distance(trace.grid, patch)
    side = subject.image.height
    beside = VARIANTS[_BESIDE.get(side, "convnext_tiny")]
    reaches = kernel_reaches(plan(beside, side))
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with picture:
        chart(
            tokens.distances(found, uniform, reaches),
            key="vit_distances",
            alt=t(
                "vit.distance.alt",
                low=f"{found.min():.1f}",
                high=f"{found.max():.1f}",
                uniform=f"{uniform:.1f}",
            ),
            on_click=_take,
        )
    with words:
        st.markdown(
            t(
                "vit.distance.facts",
                first_low=f"{found[0].min():.1f}",
                first_high=f"{found[0].max():.1f}",
                last_low=f"{found[-1].min():.1f}",
                last_high=f"{found[-1].max():.1f}",
                uniform=f"{uniform:.1f}",
            )
        )
        st.markdown(
            t(
                "vit.distance.beside",
                name=names.network(beside),
                kernel=f"{reaches[0].distance:.1f}",
                last=f"{reaches[-1].distance:.1f}",
                field=reaches[0].field,
                whole=reaches[-1].field,
                side=side,
            )
        )
        st.caption(t("vit.distance.note"))
    st.markdown(prose("vit", "distance"))


def _take(clicked: Any) -> None:
    """A head was clicked: section "attention" shows it."""
    put("vit_section", "attention")
    put("vit_layer", int(clicked[0]))
    put("vit_head", str(int(clicked[1])))
