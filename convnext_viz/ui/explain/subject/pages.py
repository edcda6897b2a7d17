"""Many small things in pages of a bounded number: which page is open."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.ui.explain.state import key, seed


def choose(name: str, pages: int, *, param: str = "page") -> tuple[int, DeltaGenerator]:
    """The open page, counted from 1, and the place above the buttons for what is on it."""
    place = st.container()
    where = seed(name, range(1, pages + 1), 1, param=param)
    if pages == 1:
        return 1, place
    # The buttons have a key of their own: they may not find a value in the session before them.
    buttons = key(f"{name}_buttons")
    page = st.pagination(pages, default=st.session_state[where], key=buttons)
    st.session_state[where] = page
    seed(name, range(1, pages + 1), 1, param=param)  # stored for when other views were open
    return page, place
