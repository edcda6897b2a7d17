"""The training of a set: from which weights, how, how long it takes, and the button."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from convnext_viz.data import DataSpec
from convnext_viz.data.own_sets import PictureSet
from convnext_viz.lab import starts as lab_starts
from convnext_viz.numbers import compact, exact, lasting
from convnext_viz.text import prose, t
from convnext_viz.train import Experiment, fine_tuning
from convnext_viz.ui.boundary import attempt, in_fragment
from convnext_viz.ui.choices import choice, number, several
from convnext_viz.ui.lab import lab
from convnext_viz.ui.visitor import visitor
from convnext_viz.ui.yours import starts, state

WAYS = ("fine_tuned", "probe", "scratch")
SIZES = (32, 48, 64, 96, 128, 160, 192, 224, 256, 288, 320, 384)
SEEDS = (1, 2, 3, 5)
STEPS = (100, 200, 400, 600, 1000, 2000, 4000)


@dataclass(frozen=True)
class _Chosen:
    """What the controls say."""

    start: str
    ways: tuple[str, ...]
    image_size: int
    seeds: int


def show(found: PictureSet) -> None:
    """The set-up and the start."""
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        st.markdown(prose("yours", "train"))
        chosen = _choose(found)
    with right:
        if chosen is None:
            return
        experiment = attempt(lambda: _experiment(found, chosen))
        if experiment is None:
            return
        _costs(experiment)
        _go(experiment)


def _choose(found: PictureSet) -> _Chosen | None:
    start = starts.choose()
    ways = st.pills(
        t("yours.ways.label"),
        WAYS,
        selection_mode="multi",
        format_func=lambda name: t(f"yours.ways.{name}"),
        key=several("yours_ways", WAYS, WAYS, link="ways"),
        help=t("yours.ways.help"),
    )
    st.caption("  \n".join(t(f"yours.ways.{way}_says") for way in ways or WAYS))
    if start is None:
        return None
    given = attempt(lambda: lab_starts.preprocess_of(start))
    if given is None:
        return None
    own = max(given.image_size)
    sizes = sorted({*SIZES, own})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        side: Any = st.selectbox(
            t("yours.size.label"),
            sizes,
            key=choice(f"yours_size_{own}", sizes, own, link="size"),
            format_func=lambda side: t("yours.size.own" if side == own else "yours.size.px", side=side),
            help=t("yours.size.help"),
            width=200,
        )
        seeds: Any = st.segmented_control(
            t("yours.seeds.label"),
            SEEDS,
            key=choice("yours_seeds", SEEDS, 3, link="seeds"),
            required=True,
            help=t("yours.seeds.help"),
        )
    with st.expander(t("yours.more.title")):
        _more()
    del found
    return _Chosen(start, tuple(ways or WAYS), int(side), int(seeds))
