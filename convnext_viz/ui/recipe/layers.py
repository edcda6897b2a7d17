"""Section "layer-wise decay": the learning rate of every layer, by the official rule and timm's."""

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from convnext_viz.plots import names
from convnext_viz.plots.layer_rates import LayerRate, layer_rates
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t
from convnext_viz.train.layer_decay import official, timm
from convnext_viz.train.paper import FURTHER, NETWORKS, PAPER
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number
from convnext_viz.ui.recipe.about import about

_TUNED = "tuned_22k"
_DEEPEST = 36  # blocks of stage 3


def show() -> None:
    """A network, the decay, the depth of stage 3; every layer's rate."""
    columns = st.columns(3, vertical_alignment="bottom")
    with columns[0]:
        size = st.selectbox(
            t("common.network.label"),
            list(NETWORKS),
            format_func=lambda key: names.network(NETWORKS[key]),
            key=choice("recipe_size", NETWORKS, "T", link="size"),
        )
    with columns[1]:
        decay = st.slider(
            t("recipe.layers.decay"),
            0.5,
            1.0,
            step=0.05,
            key=number("recipe_layer_decay", 0.5, 1.0, _decay(), link="d"),
        )
    own = NETWORKS[size].depths
    with columns[2]:
        depth = st.slider(
            t("recipe.layers.depth"),
            1,
            _DEEPEST,
            key=number(f"recipe_depth_{own[2]}", 1, _DEEPEST, own[2], link="depth"),
        )
    spec = replace(NETWORKS[size], depths=(*own[:2], depth, own[3]))
    rates = list(_rates(spec, decay))
    chart(
        layer_rates(rates),
        key="recipe_layer_rates",
        alt=t("recipe.layers.alt", rows="; ".join(map(_row, rates))),
    )
    stem = rates[0]
    if stem.official is None:
        st.warning(t("recipe.layers.too_deep"), icon=":material/block:")
    else:
        st.markdown(
            t(
                "recipe.layers.facts",
                lr=f"{PAPER[_TUNED].lr:g}",
                decay=f"{decay:g}",
                official=f"{stem.official / PAPER[_TUNED].lr:.2g}",
                timm=f"{stem.timm / PAPER[_TUNED].lr:.2g}",
            )
        )
    about("layers")


def _decay() -> float:
    """The paper's."""
    decay = FURTHER[_TUNED].layer_decay
    assert decay is not None
    return decay


def _rates(spec: ConvNeXtSpec, decay: float) -> Iterator[LayerRate]:
    """Stem, every downsampling and every block in their order, head."""
    lr = PAPER[_TUNED].lr
    for label, stage, name in _parts(spec):
        try:
            scale: float | None = decay ** official(name, spec.depths)
        except ValueError:  # more blocks than the official rule has groups for
            scale = None
        yield LayerRate(
            label=label,
            stage=stage,
            official=None if scale is None else lr * scale,
            timm=lr * decay ** timm(name, spec.depths),
        )


def _parts(spec: ConvNeXtSpec) -> Iterator[tuple[str, str, str]]:
    """Label, stage and name of every part."""
    yield t("recipe.layers.stem"), "stem", "stem"
    for number_of, depth in enumerate(spec.depths, 1):
        stage = f"stage{number_of}"
        if number_of > 1:
            yield f"↓{number_of}", stage, f"{stage}.downsample"
        for block in range(depth):
            yield f"{number_of}.{block + 1}", stage, f"{stage}.blocks.{block}"
    yield t("recipe.layers.head"), "head", "head"


def _row(one: LayerRate) -> str:
    return f"{one.label}: {'–' if one.official is None else f'{one.official:.2g}'}"
