"""Questions under a section of a page, each with its answer folded away."""

import streamlit as st

from convnext_viz.text import prose, t


def questions(page: str, *names: str) -> None:
    """Answers under the figures, folded away."""
    for name in names:
        with st.expander(t(f"questions.{page}.{name}")):
            st.markdown(prose("questions", f"{page}_{name}"))
