"""The Swin page: attention in shifted windows on an image, piece by piece."""

from typing import Any

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.choices import choice
from convnext_viz.ui.shell import framed, odd_link
from convnext_viz.ui.swin import bias, costs, fields, frames, merging, padding, taken, versions

framed()

# Only the open section runs: two of them never touch torch.
SECTIONS = {
    "frames": frames.show,
    "bias": bias.show,
    "merging": merging.show,
    "cost": costs.show,
    "field": fields.show,
    "padding": padding.show,
    "taken": taken.show,
    "versions": versions.show,
}

with st.container(gap="small"):
    section: Any = st.segmented_control(
        t("swin.section.label"),
        list(SECTIONS),
        format_func=lambda name: t(f"swin.section.{name}"),
        key=choice("swin_section", SECTIONS, "frames", link="section"),
        required=True,
        label_visibility="collapsed",
    )
    st.caption(t(f"swin.says.{section}"))

SECTIONS[section]()

odd_link()
