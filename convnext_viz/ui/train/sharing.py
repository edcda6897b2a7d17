"""Sharing of a run with all visitors, by a teacher; and whose a run is, in words."""

import streamlit as st

from convnext_viz.lab import Run
from convnext_viz.text import t
from convnext_viz.ui import lab
from convnext_viz.ui.visitor import visitor

_LETTERS = 4  # of a visitor's id: enough to tell a class apart


def switch(run: Run) -> None:
    """A teacher's button that lets every visitor look at a run, or ends that."""
    if run.recorded or not visitor().teacher:
        return
    pressed = st.button(
        t(f"train_page.rights.{'unshare' if run.shared else 'share'}"),
        icon=f":material/{'group_off' if run.shared else 'group'}:",
        key="train_share",
        help=t("train_page.rights.share_help"),
    )
    if pressed:
        lab.lab().share(run.id, not run.shared)
        st.rerun()


def owner(run: Run) -> str:
    """Whose a run is; empty for the visitor's own ones and for recorded ones."""
    who = visitor()
    if run.recorded:
        return ""
    if run.shared:
        return t("train_page.rights.shared")
    if not who.teacher or run.owner == who.id or (who.here and not run.owner):
        return ""
    if len(run.owner) < 2 * _LETTERS:  # nobody's browser
        return t("train_page.rights.here")
    return t("train_page.rights.visitor", id=run.owner[:_LETTERS])
