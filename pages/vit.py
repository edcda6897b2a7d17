"""The ViT page: one image through a Vision Transformer, token by token."""

from typing import Any

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.choices import choice
from convnext_viz.ui.shell import framed, odd_link
from convnext_viz.ui.vit import attending, cost, distance, flow, lens, norms, positions, walk, zero

framed()

# Only the open section runs: all but the cost wait for torch.
SECTIONS = {
    "walk": walk.show,
    "attention": attending.show,
    "distance": distance.show,
    "positions": positions.show,
    "flow": flow.show,
    "lens": lens.show,
    "gradient": zero.show,
    "norms": norms.show,
    "cost": cost.show,
}

with st.container(gap="small"):
    section: Any = st.segmented_control(
        t("vit.section.label"),
        list(SECTIONS),
        format_func=lambda name: t(f"vit.section.{name}"),
        key=choice("vit_section", SECTIONS, "walk", link="section"),
        required=True,
        label_visibility="collapsed",
    )
    st.caption(t(f"vit.says.{section}"))

SECTIONS[section]()

odd_link()
