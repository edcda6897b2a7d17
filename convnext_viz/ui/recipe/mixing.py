"""Section "Mixup and CutMix": two images mixed as the loop mixes a batch, and their targets."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.data.samples import SAMPLES
from convnext_viz.numbers import percent
from convnext_viz.plots import targets
from convnext_viz.results import MixedImage
from convnext_viz.text import t
from convnext_viz.train.paper import PAPER
from convnext_viz.ui import picture
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number, put
from convnext_viz.ui.recipe.about import about

KINDS = ("mixup", "cutmix")
_SEEDS = 1000  # then the first draw comes again
_DRAWS = 3  # that are shown


def show() -> None:
    """Two images, the kind of mixing, its α; three draws with their targets."""
    columns = st.columns(4, vertical_alignment="bottom")
    with columns[0]:
        one = picture.choose()
    with columns[1]:
        other = picture.sample(
            st.selectbox(
                t("recipe.mixing.other"),
                list(SAMPLES),
                format_func=lambda name: t(f"images.sample.{name}"),
                key=choice("recipe_other", SAMPLES, "coffee", link="other"),
            )
        )
    with columns[2]:
        kind: Any = st.segmented_control(
            t("recipe.mixing.kind"),
            KINDS,
            format_func=lambda name: t(f"recipe.mixing.{name}"),
            key=choice("recipe_mix", KINDS, KINDS[0], link="mix"),
            required=True,
        )
    with columns[3]:
        alpha = st.slider(
            t("recipe.mixing.alpha"),
            0.1,
            2.0,
            step=0.1,
            key=number(f"recipe_{kind}", 0.1, 2.0, getattr(PAPER["in1k"], kind), link=kind),
            help=t("recipe.mixing.alpha_help"),
        )
    first = st.session_state[choice("recipe_draw", range(_SEEDS), 0, link="draw")]
    with st.spinner(t("common.loading"), show_time=True):
        drawn = _mixed((one.key, other.key), kind, alpha, first, (one, other))
    names = [one.name, other.name] if one.name != other.name else [one.name, f"{one.name} (2)"]
    for number_of, (column, mixed) in enumerate(zip(st.columns(_DRAWS), drawn, strict=True)):
        with column:
            shares = [mixed.share, 1 - mixed.share]
            target = ", ".join(
                f"{name} {percent(share)}" for name, share in zip(names, shares, strict=True)
            )
            st.image(mixed.image, width="stretch", alt=t("recipe.mixing.image", target=target))
            chart(
                targets.class_bars(names, {t("recipe.mixing.target"): shares}),
                key=f"recipe_target_{number_of}",
                alt=t("recipe.mixing.target_alt", target=target),
            )
    st.button(
        t("recipe.again"),
        icon=":material/casino:",
        key="recipe_again",
        on_click=put,
        args=("recipe_draw", (first + 1) % _SEEDS),
    )
    chart(
        targets.mixing_shares(alpha, [mixed.share for mixed in drawn]),
        key="recipe_shares",
        alt=t("recipe.mixing.alt", alpha=f"{alpha:g}"),
    )
    about("mixing")


@st.cache_data(max_entries=64, show_spinner=False)
def _mixed(
    keys: tuple[str, str], kind: str, alpha: float, draw: int, _images: Sequence[picture.Shown]
) -> list[MixedImage]:
    from convnext_viz.train.preview import mixed

    mixup, cutmix = ((alpha if kind == one else 0.0) for one in KINDS)
    recipe = replace(PAPER["in1k"], mixup=mixup, cutmix=cutmix)
    one, other = (
        picture.square(key, picture.SIDE, shown.image)
        for key, shown in zip(keys, _images, strict=True)
    )
    return [mixed(one, other, recipe, seed=_DRAWS * draw + i) for i in range(_DRAWS)]
