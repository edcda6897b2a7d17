"""Section "gradient": the lesson that the gradient of patches is zero behind the last attention."""

from typing import Any

import streamlit as st

from convnext_viz.plots import patches, tokens
from convnext_viz.results.tokens import TokenGradient
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, put
from convnext_viz.ui.vit import measured
from convnext_viz.ui.vit import subject as subjects


def show() -> None:
    """The gradient of every place; a click makes Grad-CAM there."""
    subject = subjects.choose()
    with st.spinner(t("common.loading"), show_time=True):
        trace = subject.trace
    target = subjects.choose_class(subject)
    found = measured.gradients(subject, target)
    places = range(len(found))
    chosen = st.session_state[choice("vit_place", places, len(found) - 1, link="place")]
    names = [_name(one) for one in found]
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(
            tokens.gradients(names, [one.learnt for one in found], [one.patches for one in found]),
            key="vit_gradients",
            alt=t(
                "vit.gradient.alt",
                zero=", ".join(
                    name for name, one in zip(names, found, strict=True) if not one.patches
                )
                or "–",
            ),
            on_click=_take,
        )
    with right:
        st.selectbox(
            t("vit.gradient.place"), places, format_func=names.__getitem__, key="vit_place"
        )
        one = found[chosen]
        if one.grad_cam.any():
            chart(
                patches.picture(
                    subject.image,
                    trace.grid,
                    subjects.patch_names(trace.grid, one.grad_cam),
                    values=one.grad_cam,
                    height=300,
                ),
                key="vit_gradient_map",
                alt=t("vit.gradient.alt_map", place=names[chosen]),
            )
        if one.patches:
            said = t("vit.gradient.some", place=names[chosen], value=f"{one.patches:.3g}")
        else:
            said = t("vit.gradient.zero", place=names[chosen])
        st.markdown(said)
        if one.patches and not one.grad_cam.any():
            st.caption(t("vit.flow.empty"))
    st.markdown(t(f"vit.gradient.{'token' if trace.reads_token else 'mean'}"))
    st.markdown(prose("vit", "gradient"))


def _name(one: TokenGradient) -> str:
    if one.block < 0:
        return t("vit.gradient.input")
    return t(f"vit.gradient.{one.part}", block=one.block + 1)


def _take(clicked: Any) -> None:
    put("vit_place", int(clicked))
