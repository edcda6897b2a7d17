"""The Block page: what a block does, and why that of ConvNeXt is built so."""

from typing import Any

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.block import activations, branches, convolutions, norms, trace, ways
from convnext_viz.ui.choices import choice
from convnext_viz.ui.shell import framed

framed()

# Only the open section runs: some of them wait for torch, most never touch it.
SECTIONS = {
    "trace": trace.show,
    "ways": ways.show,
    "norm": norms.show,
    "act": activations.show,
    "conv": convolutions.show_convolutions,
    "bottleneck": convolutions.show_bottlenecks,
    "scale": branches.show_scale,
    "drop": branches.show_drop_path,
}

with st.container(gap="small"):
    section: Any = st.segmented_control(
        t("block.section.label"),
        list(SECTIONS),
        format_func=lambda name: t(f"block.section.{name}"),
        key=choice("block_section", SECTIONS, "trace", link="section"),
        required=True,
        label_visibility="collapsed",
    )
    st.caption(t(f"block.says.{section}"))

SECTIONS[section]()
