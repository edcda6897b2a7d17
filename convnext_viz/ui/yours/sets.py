"""Which set is open: the visitor's own ones, a new one, an example; rename and delete."""

import streamlit as st

from convnext_viz.data import own_sets
from convnext_viz.data.own_sets import PictureSet
from convnext_viz.numbers import exact, size
from convnext_viz.text import t
from convnext_viz.ui import own_runs, picture_sets
from convnext_viz.ui.literal import literal
from convnext_viz.ui.visitor import visitor
from convnext_viz.ui.yours import example, state

_NEW = ""
_NAME = "yours_new_name"


def choose() -> PictureSet | None:
    """The open set; None, with what to do, where there is none."""
    known = {one.id: one for one in picture_sets.sets()}
    found = state.current()
    if not known:
        st.markdown(t("yours.sets.first"))
        _create()
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(
            t("yours.sets.label"),
            [*known, _NEW],
            index=list(known).index(found.id) if found else None,
            format_func=lambda id_: called(known[id_]) if id_ else t("yours.sets.new"),
            placeholder=t("yours.sets.which"),
            key=f"yours_sets_{found.id if found else ''}_{len(known)}",
            width=400,  # "Drawn shapes (images: 60, classes: 2)" fits
        )
        if found is not None and chosen == found.id:
            _manage(found)
    if chosen == _NEW:
        _create()
        return None
    if chosen is not None and (found is None or chosen != found.id):
        state.open_set(chosen)
        st.rerun()
    return found


def called(one: PictureSet) -> str:
    """A set in a list: its name, and how much is in it."""
    counts = {"images": exact(len(one.pictures)), "classes": len(one.classes)}
    return t("yours.sets.called", name=one.name, **counts)


def _create() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="yours_new"):
        st.text_input(
            t("yours.sets.name"),
            value=t("yours.sets.default"),
            max_chars=80,
            key=_NAME,
            width=320,
        )
        st.button(
            t("yours.sets.create"),
            icon=":material/add:",
            type="primary",
            key="yours_create",
            on_click=_open_new,
        )
        st.button(
            t("yours.sets.example"),
            icon=":material/shapes:",
            key="yours_example",
            on_click=_open_example,
            help=t("yours.sets.example_help"),
        )
    st.caption(t("yours.sets.private"))


def _open_new() -> None:
    # As it stands now: what was typed last may come in one message with the click.
    name = str(st.session_state[_NAME]).strip()
    made = state.made(lambda: own_sets.create(name or t("yours.sets.default"), owner=visitor().id))
    if made is not None:
        state.open_set(made.id)


def _open_example() -> None:
    made = state.made(_example)
    if made is not None:
        state.open_set(made.id)


def _example() -> PictureSet:
    own_runs.check_space()
    return example.create(owner=visitor().id)


def _manage(found: PictureSet) -> None:
    """Rename and delete, each behind a click."""
    with st.popover(t("yours.sets.rename"), icon=":material/edit:"):
        key = f"yours_name_{found.id}"
        st.text_input(t("yours.sets.name"), value=found.name, max_chars=80, key=key)
        st.button(
            t("yours.sets.rename"),
            key="yours_do_rename",
            on_click=lambda: state.change(lambda: own_sets.rename(found.id, st.session_state[key])),
        )
    with st.popover(t("yours.sets.delete"), icon=":material/delete:"):
        st.markdown(t("yours.sets.delete_ask", name=literal(found.name), size=size(found.size)))
        st.button(
            t("yours.sets.delete_do"),
            key="yours_do_delete",
            type="primary",
            on_click=_delete,
            args=(found.id,),
        )


def _delete(id: str) -> None:
    state.change(lambda: own_sets.delete(id))
    if picture_sets.find(id) is None:
        state.open_set("")
