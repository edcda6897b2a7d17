"""The RepVGG page: how parallel branches become one convolution, and what that is worth."""

from typing import Any

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.choices import choice
from convnext_viz.ui.repvgg import forms, fuse, int8, mistakes, training
from convnext_viz.ui.shell import framed, odd_link

framed()

# Only the open section runs: some of them wait for torch.
SECTIONS = {
    "fuse": fuse.show,
    "break": mistakes.show,
    "forms": forms.show,
    "train": training.show,
    "int8": int8.show,
}

with st.container(gap="small"):
    section: Any = st.segmented_control(
        t("repvgg.section.label"),
        list(SECTIONS),
        format_func=lambda name: t(f"repvgg.section.{name}"),
        key=choice("repvgg_section", SECTIONS, "fuse", link="section"),
        required=True,
        label_visibility="collapsed",
    )
    st.caption(t(f"repvgg.says.{section}"))

SECTIONS[section]()

odd_link()
