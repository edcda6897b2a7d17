"""Section "cost": attention within windows against attention among all tokens."""

from functools import cache
from typing import Any

import streamlit as st

from convnext_viz.numbers import compact
from convnext_viz.plans.attention_costs import (
    equal_side,
    global_attention,
    matrices,
    planned_attention,
    products_overtake,
    window_attention,
)
from convnext_viz.plots import attention_costs as drawn
from convnext_viz.plots import names
from convnext_viz.specs import SWIN, SwinSpec
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.questions import questions

_NETWORKS = tuple(SWIN)
_SIDES = (32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024, 1536, 2048)
_MOST = 64  # tokens a side that a window may have in a plan
_STAGES = ("stage1", "stage2", "stage3", "stage4")


def show() -> None:
    """Both costs over the image's size, and both formulas with numbers for one size."""
    columns = st.columns([3, 3, 4], vertical_alignment="bottom")
    with columns[0]:
        name = st.selectbox(
            t("common.network.label"),
            _NETWORKS,
            format_func=lambda name: names.network(SWIN[name]),
            key=choice("swin_cost_net", _NETWORKS, _NETWORKS[0], link="of"),
        )
    with columns[1]:
        stage: Any = st.segmented_control(
            t("block.choose.stage"),
            _STAGES,
            format_func=lambda stage: stage.removeprefix("stage"),
            key=choice("swin_cost_stage", _STAGES, "stage1", link="stage"),
            required=True,
        )
    with columns[2]:
        side = st.select_slider(
            t("swin.cost.choose_side"),
            _SIDES,
            key=choice("swin_cost_side", _SIDES, 224, link="side"),
        )
    spec, number = SWIN[name], _STAGES.index(stage)
    jump, channels, window = spec.patch_size * 2**number, spec.dims[number], spec.window
    _answer(spec, number, side)
    lines = list(range(jump, _SIDES[-1] + 1, jump))
    tokens = [(line // jump) ** 2 for line in lines]
    planned = {"windows": _windows(spec, number), "global": _global(spec, number)}
    equal, overtaken = equal_side(window, jump), products_overtake(channels, jump)
    chart(
        drawn.costs(
            lines,
            [global_attention(count, channels) for count in tokens],
            [window_attention(count, channels, window) for count in tokens],
            planned,
            equal=equal,
            overtaken=overtaken,
            chosen=side,
        ),
        key="swin_costs",
        alt=t("swin.cost.alt", equal=equal, overtaken=round(overtaken)),
    )
    st.caption(t("swin.cost.points"))
    st.markdown(prose("swin", "cost"))
    questions("swin", "quadratic", "convolution")


def _answer(spec: SwinSpec, number: int, side: int) -> None:
    """The formulas of the paper with this size's numbers."""
    jump, channels, window = spec.patch_size * 2**number, spec.dims[number], spec.window
    height = -(-side // jump)
    tokens = height**2
    everywhere = global_attention(tokens, channels)
    within = window_attention(tokens, channels, window)
    linear = matrices(tokens, channels)
    st.markdown(
        t(
            "swin.cost.answer",
            side=side,
            height=height,
            everywhere=compact(everywhere),
            within=compact(within),
            times=f"{everywhere / within:.1f}",
            products=f"{(everywhere - linear) / (within - linear):.1f}",
        )
    )
    msa = rf"\Omega(\mathrm{{MSA}}) = 4hwC^2 + 2(hw)^2C = 4 \cdot {height}^2 \cdot {channels}^2"
    st.latex(msa + rf" + 2 \cdot {height}^4 \cdot {channels} = {_long(everywhere)}")
    wmsa = rf"\Omega(\mathrm{{W\text{{-}}MSA}}) = 4hwC^2 + 2M^2hwC = 4 \cdot {height}^2"
    rest = rf" \cdot {channels}^2 + 2 \cdot {window}^2 \cdot {height}^2 \cdot {channels}"
    st.latex(f"{wmsa}{rest} = {_long(within)}")


def _long(count: int) -> str:
    return f"{count:,}".replace(",", "{,}")


@cache
def _windows(spec: SwinSpec, number: int) -> dict[int, int]:
    return {side: planned_attention(spec, number, side) for side in _SIDES}


@cache
def _global(spec: SwinSpec, number: int) -> dict[int, int]:
    """One window that holds the map, where a plan allows one as large."""
    jump = spec.patch_size * 2**number
    sides = [side for side in _SIDES if side % jump == 0 and side // jump <= _MOST]
    return {side: planned_attention(spec, number, side, window=side // jump) for side in sides}
