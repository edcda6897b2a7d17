"""Questions under a section of the Block page, each with its answer folded away."""

import streamlit as st

from convnext_viz.text import prose, t


def questions(*names: str) -> None:
    """Answers under the figure, folded away."""
    for name in names:
        with st.expander(t(f"block.why.{name}")):
            st.markdown(prose("block", f"why_{name}"))
