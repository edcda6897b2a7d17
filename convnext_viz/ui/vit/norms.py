"""Section "norms": the length of every token behind every block, and tokens that stick out."""

import numpy as np
import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plots import patches, tokens
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number, put
from convnext_viz.ui.vit import measured
from convnext_viz.ui.vit import subject as subjects
from convnext_viz.ui.vit.subject import Subject

_HIGH = 3.0  # times the median of the patches: such a length is called high here


def show() -> None:
    """Lengths over the blocks, and those of one block over the image."""
    subject = subjects.choose()
    with st.spinner(t("common.loading"), show_time=True):
        trace = subject.trace
    lengths = trace.norms
    behind = range(len(lengths))
    key = choice("vit_block", behind, len(lengths) // 2, link="block")
    block = st.session_state[key]
    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(
            tokens.norms(lengths, trace.prefix, chosen=block),
            key="vit_norms",
            alt=t("vit.walk.alt_norms", blocks=len(lengths) - 1),
            on_click=lambda clicked: put("vit_block", int(clicked)),
        )
        st.select_slider(t("vit.plot.behind"), list(behind), key=key)
        limit = _HIGH * float(np.median(lengths[block, trace.prefix :]))
        chart(
            tokens.norm_histogram(lengths[block], trace.prefix, limit=limit),
            key="vit_norm_histogram",
            alt=t("vit.norms.alt_histogram", block=block, limit=f"{limit:.3g}"),
        )
    with right:
        values = trace.on_grid(lengths[block])
        place = np.unravel_index(int(values.argmax()), values.shape)
        chart(
            patches.picture(
                subject.image,
                trace.grid,
                subjects.patch_names(trace.grid, values),
                values=values,
                height=320,
            ),
            key="vit_norm_map",
            alt=t("vit.norms.alt", block=block, row=int(place[0]), column=int(place[1])),
        )
        high = float((values > _HIGH * np.median(values)).mean())
        st.markdown(
            t(
                "vit.norms.facts",
                median=f"{np.median(values):.3g}",
                largest=f"{values.max():.3g}",
                times=f"{values.max() / np.median(values):.2f}",
                share=percent(high),
                limit=f"{_HIGH:g}",
            )
        )
    _replacing(subject, block)
    st.markdown(prose("vit", "norms"))


def _replacing(subject: Subject, block: int) -> None:
    """The predicted class's probability where the longest tokens of the block are replaced."""
    patches_there = int(np.prod(subject.trace.grid))
    most = max(2, patches_there // 4)
    target = subject.prediction.top[0]
    st.markdown(f"**{t('vit.norms.replace', block=block)}**")
    left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
    with left:
        count = st.slider(
            t("vit.norms.count"),
            1,
            most,
            key=number("vit_count", 1, most, max(1, patches_there // 32), link="count"),
        )
    shares = measured.replaced(subject, block, count, target)
    intact = float(subject.prediction.probabilities[target])
    head = [t("vit.norms.what"), t("vit.norms.mean"), t("vit.norms.zero")]
    lines = ["|".join(head), "|".join(["---"] * len(head))]
    for which in ("longest", "random"):
        cells = [percent(shares[which, by]) for by in ("mean", "zero")]
        lines.append("|".join([t(f"vit.norms.{which}", count=count), *cells]))
    with right:
        st.markdown("\n".join(f"|{line}|" for line in lines))
        label = subject.labels[target]
        st.caption(t("vit.norms.replace_note", label=label, intact=percent(intact)))
