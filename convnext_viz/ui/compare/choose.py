"""What is compared: the networks, the data they were pre-trained on, the axis, the image size."""

from functools import lru_cache
from typing import Any

import streamlit as st

from convnext_viz.plans import Plan, plan
from convnext_viz.plans.trade_offs import AXES, DATA, Axis, Data, at_inference
from convnext_viz.plots import names
from convnext_viz.specs import VARIANTS, default_size
from convnext_viz.text import t
from convnext_viz.ui.choices import choice, ordered, put

FEWEST, MOST = 2, 4
SIZES = (128, 160, 192, 224, 256, 320, 384, 448, 512)  # pixels

_SMALL = 32  # pixels: the image side of networks for CIFAR
_NETWORKS = tuple(
    name
    for name, spec in VARIANTS.items()
    if default_size(spec) > _SMALL and not name.startswith("test_")
)
_FIRST = (
    "convnext_tiny",
    "swin_tiny_patch4_window7_224",
    "deit_small_patch16_224",
    "resnet50",
)
_KEY = "compare_nets"


@lru_cache(maxsize=2048)
def planned(name: str, size: int) -> Plan:
    """A network as it is used after training, for images of that side in pixels."""
    return plan(at_inference(VARIANTS[name]), size)


def named(plan: Plan) -> str:
    """What a sentence calls a network: by its name alone, whichever form of it is used."""
    return names.short(VARIANTS[plan.spec.name])


def networks() -> list[str]:
    """Two to four networks; fewer while the visitor is choosing."""
    chosen: list[str] = st.multiselect(
        t("compare.choose.networks"),
        _NETWORKS,
        format_func=lambda name: names.network(VARIANTS[name]),
        key=ordered(_KEY, _NETWORKS, _FIRST, most=MOST, link="nets"),
        max_selections=MOST,
        placeholder=t("compare.choose.hint"),
    )
    return chosen


def toggle(name: str) -> None:
    """A click on a network's point: chooses it in place of the last one, or lets go of it."""
    chosen = list(st.session_state[_KEY])
    if name not in chosen:
        put(_KEY, [*chosen[: MOST - 1], name])
    elif len(chosen) > FEWEST:
        put(_KEY, [one for one in chosen if one != name])


def data_and_axis() -> tuple[Data, Axis]:
    """Which accuracies, and over what."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_axes"):
        data: Any = st.segmented_control(
            t("compare.choose.data"),
            DATA,
            format_func=lambda key: t(f"compare.data.{key}"),
            key=choice("compare_data", DATA, "1k", link="data"),
            required=True,
            help=t("compare.choose.data_help"),
        )
        axis: Any = st.segmented_control(
            t("compare.choose.axis"),
            AXES,
            format_func=lambda key: t(f"compare.axis.{key}"),
            key=choice("compare_axis", AXES, "macs", link="x"),
            required=True,
        )
    return data, axis


def image_size() -> int:
    """The image side, in pixels, at which everything below is counted and measured."""
    size: Any = st.select_slider(
        t("compare.choose.size"),
        SIZES,
        key=choice("compare_size", SIZES, 224, link="size"),
        width=420,
    )
    return int(size)
