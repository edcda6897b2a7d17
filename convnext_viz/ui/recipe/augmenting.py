"""Section "RandAugment and Random Erasing": the image as the loop would change it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.results import AppliedOperation, AugmentedImage
from convnext_viz.text import t
from convnext_viz.train.paper import COLOR_JITTER, PAPER
from convnext_viz.ui import picture
from convnext_viz.ui.choices import choice, number, put
from convnext_viz.ui.recipe.about import about

_SEEDS = 1000
_DRAWS = 8
_WIDTH = 168  # pixels of an image
_VIEWS = ("drawn", "every")


def show() -> None:
    """Eight draws of the paper's augmentation, or each operation alone; what was done to each."""
    paper = PAPER["in1k"]
    columns = st.columns([4, 4, 3, 3], vertical_alignment="bottom")
    with columns[0]:
        shown = picture.choose()
    with columns[1]:
        magnitude = st.slider(
            t("train_page.recipe.rand_augment"),
            0.0,
            10.0,
            step=0.5,
            key=number("recipe_magnitude", 0.0, 10.0, paper.rand_augment, link="magnitude"),
        )
    with columns[2]:
        operations = st.slider(
            t("train_page.recipe.rand_augment_ops"),
            1,
            4,
            key=number("recipe_ops", 1, 4, paper.rand_augment_ops, link="ops"),
        )
    with columns[3]:
        erasing = st.slider(
            t("train_page.recipe.random_erasing"),
            0.0,
            1.0,
            step=0.05,
            key=number("recipe_erasing", 0.0, 1.0, paper.random_erasing, link="erasing"),
        )
    first = st.session_state[choice("recipe_draw", range(_SEEDS), 0, link="draw")]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view: Any = st.segmented_control(
            t("recipe.augmenting.view"),
            _VIEWS,
            format_func=lambda name: t(f"recipe.augmenting.{name}"),
            key=choice("recipe_view", _VIEWS, "drawn", link="view"),
            required=True,
            label_visibility="collapsed",
            width="content",
        )
        st.button(
            t("recipe.again"),
            icon=":material/casino:",
            key="recipe_again",
            disabled=view == "every",
            on_click=put,
            args=("recipe_draw", (first + 1) % _SEEDS),
        )
    with st.spinner(t("common.loading"), show_time=True):
        if view == "drawn":
            setting = (magnitude, operations, erasing)
            images = _drawn(shown.key, *setting, first, shown)
        else:
            images = _every(shown.key, magnitude, shown)
    with st.container(horizontal=True, gap="small", key="recipe_augmented"):
        for one in images:
            said = _said(one)
            with st.container(width=_WIDTH, gap=None):
                st.image(one.image, width="stretch", alt=f"{shown.name}: {said}")
                st.caption(said)
    st.caption(t(f"recipe.augmenting.{view}_note", jitter=f"{COLOR_JITTER:g}"))
    about("augmenting")


def _said(one: AugmentedImage) -> str:
    """What was done to the image, with the strengths."""
    done = [_operation(operation) for operation in one.operations]
    if one.erased:
        done.append(t("recipe.augmenting.erased", share=percent(one.erased)))
    return ", ".join(done) or t("recipe.augmenting.nothing")


def _operation(done: AppliedOperation) -> str:
    level = f"{done.level:+.1f}".replace("-", "−")
    name = t(f"recipe.operation.{done.name}")
    return name if done.name in _WITHOUT_STRENGTH else f"{name} {level}"


_WITHOUT_STRENGTH = ("AutoContrast", "Equalize", "Invert")


@st.cache_data(max_entries=64, show_spinner=False)
def _drawn(
    key: str, magnitude: float, operations: int, erasing: float, draw: int, _shown: picture.Shown
) -> Sequence[AugmentedImage]:
    from convnext_viz.train.preview import augmented

    recipe = replace(
        PAPER["in1k"],
        rand_augment=magnitude,
        rand_augment_ops=operations,
        random_erasing=erasing,
    )
    image = picture.square(key, picture.SIDE, _shown.image)
    return augmented(image, recipe, seed=draw, draws=_DRAWS)


@st.cache_data(max_entries=64, show_spinner=False)
def _every(key: str, magnitude: float, _shown: picture.Shown) -> Sequence[AugmentedImage]:
    from convnext_viz.train.preview import every_operation

    return every_operation(picture.square(key, picture.SIDE, _shown.image), magnitude=magnitude)
