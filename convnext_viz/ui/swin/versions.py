"""Section "V1 and V2": both attentions side by side, as formulas, blocks and numbers."""

from dataclasses import replace
from functools import cache
from typing import Any

import streamlit as st

from convnext_viz.plans import Block, plan
from convnext_viz.plots import position_bias, windows
from convnext_viz.plots.block_map import block_map, describe
from convnext_viz.results import Place
from convnext_viz.text import prose, t
from convnext_viz.ui import picture
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, put
from convnext_viz.ui.questions import questions
from convnext_viz.ui.swin import subjects

_VERSIONS = {"v1": subjects.SMALL, "v2": subjects.SECOND}
_FORMULAS = {
    "v1": r"\mathrm{softmax}\left(\frac{q k^\top}{\sqrt{d}} + B\right) v",
    "v2": r"\mathrm{softmax}\left(\tau \cos(q, k) + 16\,\sigma(\mathrm{MLP}(\Delta))\right) v",
}


def show() -> None:
    """For each version: its formula, its block, a token's attention and the biases."""
    left, right = st.columns(2)
    with left:
        shown = picture.choose()
    with st.spinner(t("common.loading"), show_time=True):
        both = {
            name: subjects.windowed(network, shown.key, subjects.window_of(network) // 2, shown)
            for name, network in _VERSIONS.items()
        }
    rows, across = both["v1"].size
    heads = range(both["v1"].masked.shape[1])
    with right:
        head: Any = st.segmented_control(
            t("swin.choose.head"),
            heads,
            format_func=lambda index: str(index + 1),
            key=choice("swin_versions_head", heads, 0, link="head"),
            required=True,
        )
    middle = (rows // 2 + 1) * across + across // 2 + 1
    key = choice("swin_versions_token", range(rows * across), middle, link="token")
    number = st.session_state[key]
    token: Place = (number // across, number % across)
    for (name, found), column in zip(both.items(), st.columns(2, gap="large"), strict=True):
        with column:
            st.markdown(f"#### {t(f'swin.versions.{name}')}")
            st.latex(_FORMULAS[name])
            _measured(name, shown, token, head)
            st.markdown(t(f"swin.versions.says_{name}", count=found.side**2))
    st.caption(t("swin.versions.click"))
    for name in _VERSIONS:
        block = _block(name)
        st.markdown(f"**{t(f'swin.versions.{name}')}**")
        with st.container(key=f"swin_chain_{name}"):
            chart(
                block_map(block.steps, stage="stage1", height=250),
                key=f"swin_versions_block_{name}",
                alt=describe(block.steps),
            )
    st.caption(t("swin.versions.untrained"))
    st.markdown(prose("swin", "versions"))
    questions("swin", "cosine", "log_scale")


def _measured(name: str, shown: picture.Shown, token: Place, head: int) -> None:
    """A token's attention in its window, and the head's biases around it."""
    network = _VERSIONS[name]
    found = subjects.windowed(network, shown.key, subjects.window_of(network) // 2, shown)
    ground = subjects.picture(network, shown.key, (0, 0), found.size, shown)
    one, two = st.columns(2)
    with one:
        chart(
            windows.unrolled(ground, found, token, head, masked=True, clicks=True),
            key=f"swin_versions_attention_{name}",
            alt=t("swin.versions.attention_alt", name=t(f"swin.versions.{name}"), token=str(token)),
            on_click=lambda chosen: put("swin_versions_token", chosen),
        )
    side = found.side
    query = divmod(found.place(token)[1], side)
    with two:
        bias = subjects.bias(network, subjects.STAGE, subjects.BLOCK)
        mean = bias.table.mean((1, 2), keepdims=True)  # softmax does not see it; V2's is about 8
        bias = replace(bias, table=bias.table - mean)
        values = bias.table[head]
        chart(
            position_bias.table(bias, head, query, query),
            key=f"swin_versions_bias_{name}",
            alt=t(
                "swin.bias.table_alt",
                head=head + 1,
                side=2 * side - 1,
                low=f"{values.min():.3f}",
                high=f"{values.max():.3f}",
            ),
        )


@cache
def _block(name: str) -> Block:
    return plan(subjects.spec_of(_VERSIONS[name]), 32).stage(subjects.STAGE).blocks[subjects.BLOCK]
