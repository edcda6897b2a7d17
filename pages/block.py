"""The Block page: what a ConvNeXt block does, and why it is built so."""

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.block import drawn, measured, state, subjects, trace
from convnext_viz.ui.block.measured import questions
from convnext_viz.ui.shell import framed

framed()

# Only the open section runs: some of them wait for torch, most never touch it.
SECTIONS = ("trace", "ways", "norm", "act", "conv", "bottleneck", "scale", "drop")

with st.container(gap="small"):
    section = state.segments(
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
        subject = subjects.choose()
        trace.show(subject)
        questions("macs", "fewer_norms", "cifar")
    case "ways":
        measured.show_ways()
    case "norm":
        drawn.show_norms()
    case "act":
        measured.show_act()
    case "conv":
        drawn.show_convolutions()
    case "bottleneck":
        drawn.show_bottlenecks()
    case "scale":
        measured.show_scale()
    case "drop":
        drawn.show_drop_path()
