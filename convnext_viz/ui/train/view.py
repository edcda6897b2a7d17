"""Which view of the Train page is open, and what stands above all of them."""

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.lab import lab
from convnext_viz.ui.train import state


def choose() -> str:
    """Set up, watch, or the list of all runs."""
    view = st.segmented_control(
        t("train_page.view.label"),
        state.VIEWS,
        format_func=lambda name: t(f"train_page.view.{name}"),
        key=state.seed("view", "setup", state.VIEWS),
        required=True,
        label_visibility="collapsed",
    )
    return str(state.keep("view", view))


def tell_trouble() -> None:
    """What keeps the lab from working, if anything does."""
    trouble = lab().trouble()
    if trouble:
        st.warning(trouble, icon=":material/warning:")


def tell_of_clone() -> None:
    """That a cloned run has arms which the builder cannot make."""
    if st.session_state.pop("train_not_whole", False):
        st.warning(t("train_page.shelf.not_whole"))
