"""Sections "stochastic depth" and "layer scale": how often, and how much, a branch takes part."""

import math
from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.data.samples import SAMPLES
from convnext_viz.numbers import compact, percent
from convnext_viz.plans import plan
from convnext_viz.plots import branch, names
from convnext_viz.plots import first_update as drawn
from convnext_viz.results import FirstUpdate
from convnext_viz.specs import CIFAR
from convnext_viz.text import t
from convnext_viz.train.paper import FURTHER, NETWORKS, PAPER, SIZES
from convnext_viz.train.schedule import learning_rate, steps_per_epoch
from convnext_viz.ui import picture
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number, put
from convnext_viz.ui.recipe.about import about

_SEEDS = 1000
_SUBNETWORKS = 12
_GAMMAS = (1e-6, 0.1, 1.0)
_RATES = ("peak", "first")


def show_drop_path() -> None:
    """Every block's probability to run, and a dozen networks that are left in training."""
    columns = st.columns([4, 4, 2], vertical_alignment="bottom")
    with columns[0]:
        size = st.selectbox(
            t("common.network.label"),
            list(NETWORKS),
            format_func=lambda key: names.network(NETWORKS[key]),
            key=choice("recipe_size", NETWORKS, "T", link="size"),
        )
    rows = {key: further.drop_path.get(size) for key, further in FURTHER.items()}
    default = next(rate for rate in (rows["in1k"], rows["in22k"], 0.0) if rate is not None)
    with columns[1]:
        rate = st.slider(
            t("recipe.drop.rate"),
            0.0,
            0.95,
            step=0.05,
            key=number(f"recipe_drop_{size}", 0.0, 0.95, default, link="rate"),
        )
    first = st.session_state[choice("recipe_draw", range(_SEEDS), 0, link="draw")]
    with columns[2]:
        st.button(
            t("recipe.again"),
            icon=":material/casino:",
            key="recipe_again",
            on_click=put,
            args=("recipe_draw", (first + 1) % _SEEDS),
        )
    spec = replace(NETWORKS[size], drop_path_rate=rate)
    rates = spec.drop_path_rates
    stages = tuple(f"stage{i + 1}" for i, depth in enumerate(spec.depths) for _ in range(depth))
    masks = branch.drop_masks(rates, _SUBNETWORKS, seed=first)
    chart(
        branch.survival_bars(rates, stages),
        key="recipe_survival",
        alt=t("recipe.drop.alt", last=percent(1 - rate), blocks=len(rates)),
    )
    chart(
        branch.drop_grid(masks, rates, stages),
        key="recipe_subnetworks",
        alt=t("block.drop.alt", dropped=int((~masks).sum()), total=masks.size),
    )
    described = plan(spec)
    blocks = [block.macs for stage in described.stages for block in stage.blocks]
    saved = sum(macs * p for macs, p in zip(blocks, rates, strict=True))
    st.markdown(
        t(
            "recipe.drop.facts",
            running=f"{sum(1 - p for p in rates):.1f}",
            blocks=len(rates),
            whole=f"{math.prod(1 - p for p in rates):.2g}",
            macs=compact(described.macs - saved),
            all=compact(described.macs),
        )
    )
    st.dataframe(
        [
            {t("train_page.paper.what"): t(f"train_page.paper.{key}")}
            | {
                names.network(NETWORKS[one]): f"{further.drop_path[one]:g}"
                if one in further.drop_path
                else "–"
                for one in SIZES
            }
            for key, further in FURTHER.items()
        ],
        hide_index=True,
    )
    st.caption(t("recipe.drop.source"))
    about("drop")


def show_layer_scale() -> None:
    """Gradients and the first update of a fresh network, for three initial values of γ."""
    left, right = st.columns([3, 4], vertical_alignment="bottom")
    with left:
        shown = picture.choose()
    recipe = PAPER["in1k"]
    per_epoch = steps_per_epoch(FURTHER["in1k"].images, recipe)
    rates = {"peak": recipe.lr, "first": learning_rate(1, per_epoch, recipe)}
    with right:
        which: Any = st.segmented_control(
            t("recipe.scale.rate"),
            _RATES,
            format_func=lambda name: t(f"recipe.scale.{name}", lr=f"{rates[name]:.2g}"),
            key=choice("recipe_rate", _RATES, "peak", link="at"),
            required=True,
        )
    with st.spinner(t("common.loading"), show_time=True):
        updates = _updates(shown.key, rates[which], shown)
    picture_of, words = st.columns([4, 5], gap="medium", vertical_alignment="center")
    with picture_of:
        chart(
            drawn.gradient_norms(updates),
            key="recipe_gradients",
            alt=t(
                "recipe.scale.alt",
                rows="; ".join(
                    f"γ = {one.gamma:g}: {one.gradients['branches']:.1g}" for one in updates
                ),
            ),
        )
    with words:
        st.dataframe(
            [
                {
                    t("recipe.scale.gamma"): f"{one.gamma:g}",
                    t("recipe.scale.branch"): f"{one.branch:.1g}",
                    t("recipe.scale.gamma_after"): f"{one.gamma_after:.3g}",
                    t("recipe.scale.branch_step"): f"{one.branch_step:.2f}",
                    t("recipe.scale.change"): f"{one.change:.2g}",
                }
                for one in updates
            ],
            hide_index=True,
        )
        st.caption(t("recipe.scale.note", blocks=sum(CIFAR["cifar10_ln_gelu"].depths)))
    about("scale")


@st.cache_data(max_entries=32, show_spinner=False)
def _updates(key: str, lr: float, _shown: picture.Shown) -> list[FirstUpdate]:
    """A batch of the image and the sample photos, each a class of its own."""
    import numpy as np
    import torch

    from convnext_viz.nets.preprocess import IMAGENET_MEAN, IMAGENET_STD
    from convnext_viz.train.augment import normalize
    from convnext_viz.train.first_update import first_update

    shown = [_shown, *(picture.sample(name) for name in SAMPLES if name != key)]
    images = np.stack([picture.square(one.key, 32, one.image) for one in shown])
    x = normalize(torch.from_numpy(images).permute(0, 3, 1, 2), IMAGENET_MEAN, IMAGENET_STD)
    labels = torch.arange(len(x))
    recipe = replace(PAPER["in1k"], lr=lr, min_lr=0.0)
    spec = CIFAR["cifar10_ln_gelu"]
    return [first_update(spec, x, labels, recipe, gamma=gamma) for gamma in _GAMMAS]
