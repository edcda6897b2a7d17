"""Section "ConvNeXt": three blocks in one style, and what ConvNeXt took from Swin."""

from functools import cache
from typing import Any

import streamlit as st

from convnext_viz.numbers import compact, exact
from convnext_viz.plans import Block, Plan, channels, plan, walk
from convnext_viz.plots import activations, names
from convnext_viz.plots.block_map import block_map, describe
from convnext_viz.specs import VARIANTS
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.questions import questions
from convnext_viz.ui.shell import open_page
from convnext_viz.ui.swin import subjects

_BLOCKS = {"swin": subjects.PAPERS, "resnet": "resnet50", "convnext": "convnext_tiny"}
_STAGES = ("stage1", "stage2", "stage3", "stage4")
_TAKEN = (
    *("recipe", "stage_ratio", "patchify", "depthwise", "width", "inverted", "kernel7"),
    *("gelu", "fewer_acts", "fewer_norms", "layer_norm", "separate"),
)
"""Steps of the roadmap whose source is Swin, or what it took from Transformers."""
_HEIGHT = 250  # pixels of a block's drawing


def show() -> None:
    """The paper's Figure 4 from plans, then the steps of the roadmap with their source."""
    stage: Any = st.segmented_control(
        t("block.choose.stage"),
        _STAGES,
        format_func=names.stage,
        key=choice("swin_taken_stage", _STAGES, "stage1", link="stage"),
        required=True,
        label_visibility="collapsed",
    )
    blocks = {name: _block(network, stage) for name, network in _BLOCKS.items()}
    widest = max(
        channels(shape)
        for block in blocks.values()
        for visit in walk(block.steps)
        if visit.layer
        for shape in (visit.layer.in_shape, visit.layer.out_shape)
    )
    for name, block in blocks.items():
        st.markdown(
            t(
                "swin.taken.block",
                network=names.network(VARIANTS[_BLOCKS[name]]),
                params=exact(block.params),
                macs=compact(block.macs),
                norms=sum("norm" in layer.kind for layer in block.layers),
                acts=sum(layer.kind in activations.FUNCTIONS for layer in block.layers),
            )
        )
        with st.container(key=f"swin_chain_{name}"):
            chart(
                block_map(block.steps, stage=stage, widest=widest, height=_HEIGHT),
                key=f"swin_block_{name}",
                alt=describe(block.steps),
            )
    st.subheader(t("swin.taken.title"), anchor=False)
    for step in _TAKEN:
        link, says = st.columns([2, 7], vertical_alignment="center")
        with link:
            open_page("roadmap", label=t(f"roadmap.step.{step}"), link={"step": step})
        says.markdown(t(f"swin.taken.{step}"))
    st.markdown(prose("swin", "taken"))
    questions("swin", "not_taken")


@cache
def _plan(network: str) -> Plan:
    return plan(VARIANTS[network])


def _block(network: str, stage: str) -> Block:
    """The second block of a stage: of Swin it is one that shifts, of ResNet one with identity."""
    return _plan(network).stage(stage).blocks[1]
