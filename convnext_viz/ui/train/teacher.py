"""The teacher's key: given once, it makes a browser one that may see and change all runs."""

import time

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui import visitor

_WAIT = 1.0  # seconds after a wrong key: nobody tries many


def ask() -> None:
    """A form for it, where the server has a key and this visitor has not given it."""
    if not visitor.has_key():
        return
    if visitor.visitor().teacher:
        st.caption(t("train_page.rights.teacher"))
        return
    with (
        st.expander(t("train_page.rights.is_teacher"), key="train_teacher"),
        st.form("train_teacher_key", border=False),
    ):
        given = st.text_input(
            t("train_page.rights.key"), type="password", help=t("train_page.rights.key_help")
        )
        if not st.form_submit_button(t("train_page.rights.enter"), icon=":material/key:"):
            return
        if visitor.give_key(given):
            st.rerun()
        time.sleep(_WAIT)
        st.error(t("train_page.rights.wrong_key"), icon=":material/error:")
