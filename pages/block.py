"""The Block page: what a ConvNeXt block does, and why it is built so."""

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.block import (
    activations,
    branches,
    convolutions,
    norms,
    state,
    subjects,
    trace,
    ways,
)
from convnext_viz.ui.block.questions import questions
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
        ways.show_ways()
    case "norm":
        norms.show_norms()
    case "act":
        activations.show_act()
    case "conv":
        convolutions.show_convolutions()
    case "bottleneck":
        convolutions.show_bottlenecks()
    case "scale":
        branches.show_scale()
    case "drop":
        branches.show_drop_path()
