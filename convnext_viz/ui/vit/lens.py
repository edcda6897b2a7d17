"""Section "lens": what the classifier says behind every block, of all tokens and of each patch."""

import numpy as np
import streamlit as st

from convnext_viz.numbers import percent, scientific
from convnext_viz.plots import lens as drawn
from convnext_viz.plots import tokens
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.vit import measured, probes
from convnext_viz.ui.vit import subject as subjects

_CURVES = 3  # classes, the most probable ones


def show() -> None:
    """The curve of the token that is read, and a map a block of each patch's class."""
    subject = subjects.choose()
    with st.spinner(t("common.loading"), show_time=True):
        trace = subject.trace
        lens = measured.lens(subject)
    top = subject.prediction.top[:_CURVES]
    first = np.flatnonzero(lens.curve.argmax(1) != top[0])
    since = int(first[-1]) + 1 if len(first) else 0
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(f"**{t('vit.lens.curve' if trace.reads_token else 'vit.lens.curve_mean')}**")
        chart(
            tokens.lens_curve({subject.labels[i]: lens.curve[:, i] for i in top}),
            key="vit_lens_curve",
            alt=t(
                "vit.lens.alt_curve",
                label=subject.labels[top[0]],
                first=percent(float(lens.curve[0, top[0]])),
                last=percent(float(lens.curve[-1, top[0]])),
            ),
        )
        st.markdown(
            t(
                "vit.lens.since",
                label=subject.labels[top[0]],
                block=since,
                blocks=len(lens.curve) - 1,
            )
        )
        st.caption(
            t(
                "vit.lens.exact",
                difference=scientific(float(np.abs(lens.logits[-1] - trace.logits).max())),
            )
        )
    with right:
        st.markdown(f"**{t('vit.lens.patches')}**")
        classes, shares = trace.on_grid(lens.top), trace.on_grid(lens.probability)
        chart(
            drawn.classes(classes.astype(np.int64), shares, subject.labels),
            key="vit_lens_patches",
            alt=t(
                "vit.lens.alt_patches",
                share=percent(float((classes[-1] == top[0]).mean())),
                label=subject.labels[top[0]],
            ),
        )
    st.warning(t("vit.lens.warning"), icon=":material/schedule:")
    probes.show(subject)
    st.markdown(prose("vit", "lens"))
