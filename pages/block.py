"""The Block page: what a ConvNeXt block does, and why it is built so."""

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui import block_drawn, block_measured, block_state, block_subject, block_trace
from convnext_viz.ui.block_measured import questions
from convnext_viz.ui.shell import framed

framed()

# Only the open section runs: some of them wait for torch, most never touch it.
SECTIONS = ("trace", "ways", "norm", "act", "conv", "bottleneck", "scale", "drop")

with st.container(gap="small"):
    section = block_state.segments(
        "section",
        t("block.section.label"),
        SECTIONS,
        usual="trace",
        says=lambda name: t(f"block.section.{name}"),
        label_visibility="collapsed",
    )
    st.caption(t(f"block.says.{section}"))

match section:
    case "trace":
        subject = block_subject.choose()
        block_trace.show(subject)
        questions("macs", "fewer_norms", "cifar")
    case "ways":
        block_measured.show_ways()
    case "norm":
        block_drawn.show_norms()
    case "act":
        block_measured.show_act()
    case "conv":
        block_drawn.show_convolutions()
    case "bottleneck":
        block_drawn.show_bottlenecks()
    case "scale":
        block_measured.show_scale()
    case "drop":
        block_drawn.show_drop_path()
