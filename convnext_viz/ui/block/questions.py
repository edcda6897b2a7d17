"""Questions under a section of the Block page, each with its answer folded away."""

import streamlit as st

from convnext_viz.text import prose, t

STILL = {"displayModeBar": False}


def questions(*asked: str) -> None:
    """Answers under the picture, folded away."""
    for one in asked:
        with st.expander(t(f"block.why.{one}")):
            st.markdown(prose("block", f"why_{one}"))
