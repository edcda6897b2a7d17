"""Section "attention": of any block and head, from the class token or a clicked patch."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convnext_viz.numbers import percent
from convnext_viz.plots import patches
from convnext_viz.results.tokens import TokenTrace
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, put
from convnext_viz.ui.vit import subject as subjects
from convnext_viz.ui.vit.subject import Subject

MEAN = "mean"  # of all heads


def show() -> None:
    """The map of one head over the image, and beside it those of all blocks and heads."""
    subject = subjects.choose()
    with st.spinner(t("common.loading"), show_time=True):
        trace = subject.trace
    layers, heads = trace.attention.shape[:2]
    controls = st.columns([3, 2, 3], vertical_alignment="bottom")
    with controls[0]:
        start = subjects.start(subject)
    with controls[1]:
        layer = st.selectbox(
            t("vit.choose.block"),
            range(layers),
            format_func=lambda one: str(one + 1),
            key=choice("vit_layer", range(layers), layers - 1, link="layer"),
        )
    with controls[2]:
        known = (*map(str, range(heads)), MEAN)
        head: Any = st.segmented_control(
            t("vit.choose.head"),
            known,
            format_func=lambda one: t("vit.choose.all_heads") if one == MEAN else str(int(one) + 1),
            key=choice("vit_head", known, "0", link="head"),
            required=True,
        )
    rows = taken(trace, start)  # (L, heads, T)
    chosen = rows[layer].mean(0) if head == MEAN else rows[layer, int(head)]
    one, every = st.columns([2, 3], gap="medium")
    with one:
        _one(subject, trace, start, chosen)
    with every:
        _grid(trace, rows, layer, head)
    st.markdown(prose("vit", "attention"))


def taken(trace: TokenTrace, start: int | None) -> NDArray[np.floating]:
    """What a patch, or what the classifier reads, takes of every token: (L, heads, T)."""
    if start is None:
        return trace.read(trace.attention)
    return trace.attention[..., trace.prefix + start, :]


def _one(subject: Subject, trace: TokenTrace, start: int | None, row: NDArray[np.floating]) -> None:
    values = trace.on_grid(row)
    place = np.unravel_index(int(values.argmax()), values.shape)
    chart(
        patches.picture(
            subject.image,
            trace.grid,
            subjects.patch_names(trace.grid, values),
            values=values,
            chosen=start,
            height=400,
        ),
        key="vit_attention",
        alt=t(
            "vit.attention.alt",
            row=int(place[0]),
            column=int(place[1]),
            share=percent(float(values.max())),
        ),
        on_click=subjects.take_patch,
    )
    learnt = float(row[: trace.prefix].sum())
    said = t(
        "vit.attention.sums",
        patches=percent(1 - learnt),
        learnt=percent(learnt),
        largest=percent(float(values.max())),
        equal=percent(1 / len(row)),
    )
    st.caption(said)


def _grid(trace: TokenTrace, rows: NDArray[np.floating], layer: int, head: str) -> None:
    maps = trace.on_grid(rows).transpose(1, 0, 2, 3)  # (heads, L, h, w)
    heads, layers = maps.shape[:2]
    if heads > 1:
        maps = np.concatenate([maps, maps.mean(0, keepdims=True)])
    told = [
        [
            t(
                "vit.attention.hover",
                block=j + 1,
                head=i + 1 if i < heads else t("vit.choose.all_heads"),
                largest=percent(float(maps[i, j].max())),
            )
            for j in range(layers)
        ]
        for i in range(len(maps))
    ]
    chosen = heads if head == MEAN and heads > 1 else (0 if head == MEAN else int(head))
    chart(
        patches.mosaic(
            maps,
            told,
            rows=[
                t("vit.plot.head_n", n=i + 1) if i < heads else t("vit.choose.all_heads")
                for i in range(len(maps))
            ],
            columns=[str(j + 1) for j in range(layers)],
            chosen=(chosen, layer),
            own_scale=True,
            side=max(46, min(88, 640 // layers)),
        ),
        key="vit_heads",
        alt=t("vit.attention.alt_grid", blocks=layers, heads=heads),
        on_click=lambda clicked: _take(clicked, heads),
    )
    st.caption(t("vit.attention.grid_note"))


def _take(clicked: Any, heads: int) -> None:
    row, layer = map(int, clicked)
    put("vit_layer", layer)
    put("vit_head", str(row) if row < heads else MEAN)
