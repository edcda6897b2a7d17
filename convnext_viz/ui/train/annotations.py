"""Annotations of a run: its name, a note and tags, shown and edited."""

import re

import streamlit as st

from convnext_viz.lab import Run
from convnext_viz.lab.annotations import MAX_NOTE
from convnext_viz.text import t
from convnext_viz.train.experiment import MAX_NAME
from convnext_viz.ui import lab
from convnext_viz.ui.boundary import boundary
from convnext_viz.ui.literal import literal
from convnext_viz.ui.run_titles import stored_name, title

_COMMA = re.compile("[,，、;；]")  # not shown


def show(run: Run) -> None:
    """Note and tags, where there are any."""
    if run.tags:
        with st.container(horizontal=True, gap="small"):
            for tag in run.tags:
                st.badge(literal(tag), color="gray", icon=":material/sell:")
    if run.note:
        st.markdown(literal(run.note))


def edit(run: Run) -> None:
    """A form for all three; everybody who uses the lab sees them."""
    with (
        st.popover(t("train_page.note.edit"), icon=":material/edit:"),
        st.form(f"train_annotations_{run.id}", border=False),
    ):
        st.caption(t("train_page.note.seen"))
        name = st.text_input(
            t("train_page.table.name"),
            title(run),
            max_chars=MAX_NAME,
            help=t("train_page.note.name_help"),
        )
        note = st.text_area(t("train_page.note.note"), run.note, max_chars=MAX_NOTE)
        tags = st.text_input(
            t("train_page.note.tags"), ", ".join(run.tags), help=t("train_page.note.tags_help")
        )
        if st.form_submit_button(t("train_page.note.save"), icon=":material/save:"):
            _save(run, name.strip(), note, _COMMA.split(tags))


def _save(run: Run, name: str, note: str, tags: list[str]) -> None:
    """The automatic name is not stored as it is shown: it would speak one language alone."""
    given = None if name == title(run) else name or stored_name(run.experiment.arms)
    with boundary():
        lab.lab().annotate(run.id, name=given, note=note, tags=tags)
        st.rerun()
