"""Section "walk": from the image to patches, tokens, blocks and the prediction."""

import numpy as np
import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plots import patches, tokens
from convnext_viz.plots.prediction import top_classes
from convnext_viz.results import Prediction
from convnext_viz.results.tokens import TokenTrace
from convnext_viz.specs import ViTSpec
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number, put
from convnext_viz.ui.vit import networks
from convnext_viz.ui.vit import subject as subjects
from convnext_viz.ui.vit.subject import Subject

_HEIGHT = 230  # pixels of a step's figure
_TILES = 16  # filters in a row


def show() -> None:
    """Five steps in a row, each with its shape, then the blocks and the head."""
    subject = subjects.choose()
    with st.spinner(t("common.loading"), show_time=True):
        trace = subject.trace
    channels = len(trace.embedded)
    patch = subjects.patch(subject)
    key = number("vit_channel", 0, channels - 1, 0, link="dim")
    channel: int = st.session_state[key]
    _steps(subject, trace, patch, channel)
    st.slider(t("vit.walk.channel"), 0, channels - 1, key=key)
    _rest(subject, trace)
    _filters(subject, channel)
    st.markdown(prose("vit", "walk"))


def _steps(subject: Subject, trace: TokenTrace, patch: int, channel: int) -> None:
    rows, columns = trace.grid
    n, width = rows * columns, len(trace.embedded)
    embedded, positions = trace.embedded[channel], trace.positions[channel]
    total = embedded + positions
    limit = float(max(np.abs(one).max() for one in (embedded, positions, total)))
    image, cut, *others = st.columns(5, gap="small")
    with image:
        _title("patches", f"{rows}×{columns} = {n}")
        chart(
            patches.picture(
                subject.image,
                trace.grid,
                subjects.patch_names(trace.grid),
                chosen=patch,
                height=_HEIGHT,
            ),
            key="vit_patches",
            alt=t("vit.walk.alt_patches", rows=rows, columns=columns),
            on_click=subjects.take_patch,
        )
    with cut:
        height, across = trace.patch
        _title("patch", f"{height}×{across}×3 = {3 * height * across}")
        top, left = (side * i for side, i in zip(trace.patch, divmod(patch, columns), strict=True))
        small = subject.image.crop((left, top, left + across, top + height))
        st.image(
            small.resize((216, 216), resample=0),
            alt=t("vit.walk.alt_patch", n=patch, row=patch // columns, column=patch % columns),
        )
    for column, (name, values) in zip(
        others,
        (("embedding", embedded), ("position", positions), ("token", total)),
        strict=True,
    ):
        with column:
            _title(name, f"{n}×{width}")
            chart(
                patches.numbers(
                    values,
                    subjects.patch_names(trace.grid, values),
                    limit=limit,
                    chosen=patch,
                    height=_HEIGHT,
                ),
                key=f"vit_walk_{name}",
                alt=t(
                    f"vit.walk.alt_{name}",
                    channel=channel,
                    low=f"{values.min():.3g}",
                    high=f"{values.max():.3g}",
                ),
                on_click=subjects.take_patch,
            )


def _title(step: str, shape: str) -> None:
    st.markdown(f"**{t(f'vit.walk.{step}')}**  \n:small[{shape}]")


def _rest(subject: Subject, trace: TokenTrace) -> None:
    """What the blocks do to the tokens, and what the head reads."""
    layers, all_tokens, width = trace.tokens.shape
    spec = subject.loaded.spec
    assert isinstance(spec, ViTSpec)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(f"**{t('vit.walk.blocks')}**")
        st.markdown(
            t(
                "vit.walk.blocks_say",
                prefix=trace.prefix,
                tokens=all_tokens,
                width=width,
                blocks=layers - 1,
                heads=spec.heads,
                head_width=width // spec.heads,
                hidden=int(spec.mlp_ratio * width),
            )
        )
        block = st.session_state[choice("vit_block", range(layers), layers // 2, link="block")]
        chart(
            tokens.norms(trace.norms, trace.prefix, chosen=block),
            key="vit_walk_norms",
            alt=t("vit.walk.alt_norms", blocks=layers - 1),
            on_click=lambda clicked: put("vit_block", int(clicked)),
        )
    with right:
        st.markdown(f"**{t('vit.walk.head')}**")
        found = subject.prediction
        chart(
            top_classes(found, selected=found.top[0]),
            key="vit_walk_head",
            alt=t(
                "vit.walk.alt_head",
                classes=_said(found),
            ),
        )
        reads = "token" if trace.reads_token else "mean"
        st.markdown(t(f"vit.walk.head_{reads}", width=width, classes=len(trace.logits)))


def _said(found: Prediction) -> str:
    return ", ".join(f"{found.label(i)} {percent(found.probabilities[i])}" for i in found.top)


def _filters(subject: Subject, channel: int) -> None:
    weights = networks.filters(subject.network)
    spec = subject.loaded.spec
    assert isinstance(spec, ViTSpec)
    side = weights.shape[-1]
    st.markdown(f"**{t('vit.walk.filters')}**")
    if spec.conv_stem or weights.shape[1] != 3:
        st.caption(t("vit.walk.no_filters"))
        return
    st.caption(t("vit.walk.filters_say", count=len(weights), side=side, size=3 * side * side))
    one, every = st.columns([1, 4])
    large = patches.filter_tiles(weights[channel : channel + 1], columns=1, factor=-(-160 // side))
    with one:
        st.image(
            large,
            caption=t("vit.walk.dimension", n=channel),
            alt=t("vit.walk.alt_filter", n=channel),
        )
    with every:
        st.image(
            patches.filter_tiles(weights, columns=2 * _TILES, factor=max(1, 24 // side)),
            alt=t("vit.walk.alt_filters", count=len(weights)),
        )
