"""The images of a set, class by class: small, with their half; remove, move, rename."""

import streamlit as st

from convnext_viz.data import own_sets
from convnext_viz.data.own_sets import Picture, PictureSet
from convnext_viz.numbers import exact
from convnext_viz.text import t
from convnext_viz.ui.literal import literal
from convnext_viz.ui.yours import state

_PAGE = 30  # images of a class at once
_SIDE = 88  # pixels: three side by side on a phone


def show(found: PictureSet) -> None:
    """Every class with its images, and what is done with the marked ones."""
    small = thumbnails(found)
    bar = st.container()
    marked: list[Picture] = []
    for label in found.classes:
        marked += _class(found, label, small)
    with bar:
        _do(found, marked)


@st.cache_data(max_entries=16, show_spinner=False)
def _thumbnails(id: str, mark: str) -> dict[str, bytes]:
    del mark
    return own_sets.thumbnails(id)


def thumbnails(found: PictureSet) -> dict[str, bytes]:
    """Small images, by the pictures' ids; read once for the set as it stands."""
    return _thumbnails(found.id, own_sets.mark(found))


def _class(found: PictureSet, label: str, small: dict[str, bytes]) -> list[Picture]:
    """One class; returns the images that are marked."""
    of_class = [one for one in found.pictures if one.label == label]
    counts = {half: exact(found.count(label, half)) for half in ("train", "test")}
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{literal(label)}**", width="content")
            st.caption(t("yours.gallery.counts", **counts), width="content")
            with st.popover(t("yours.gallery.rename"), icon=":material/edit:"):
                _rename(found, label)
        pages = -(-len(of_class) // _PAGE)
        page = 1
        if pages > 1:
            page = int(
                st.number_input(
                    t("yours.gallery.page", pages=pages),
                    1,
                    pages,
                    key=f"yours_page_{found.id}_{label}",
                    width=180,
                )
            )
        shown = [one for one in of_class[(page - 1) * _PAGE : page * _PAGE] if one.id in small]
        marked = []
        with st.container(horizontal=True, gap="small", key=f"yours_strip_{found.id}_{label}"):
            for one in shown:
                with st.container(width=_SIDE + 2, gap=None):
                    st.image(small[one.id], width=_SIDE, alt=one.name)
                    here = st.checkbox(t(f"yours.gallery.{one.half}"), key=f"yours_mark_{one.id}")
                if here:
                    marked.append(one)
        return marked


def _rename(found: PictureSet, label: str) -> None:
    key = f"yours_class_name_{found.id}_{label}"
    name = st.text_input(t("yours.add.class"), value=label, max_chars=80, key=key)
    if name.strip() in found.classes and name.strip() != label:
        st.caption(t("yours.gallery.merges", label=literal(name.strip())))
    st.button(
        t("yours.gallery.rename"),
        key=f"yours_do_class_{found.id}_{label}",
        on_click=lambda: state.change(
            lambda: own_sets.rename_class(found.id, label, st.session_state[key].strip())
        ),
    )


def _do(found: PictureSet, marked: list[Picture]) -> None:
    """Remove or move what is marked."""
    if not marked:
        st.caption(t("yours.gallery.mark"))
        return
    chosen = [one.id for one in marked]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            t("yours.gallery.remove", count=len(chosen)),
            icon=":material/delete:",
            key="yours_remove",
            on_click=lambda: state.change(lambda: own_sets.remove(found.id, chosen)),
        )
        others = [one for one in found.classes if {one} != {two.label for two in marked}]
        if others:
            key = "yours_move_to"
            st.selectbox(t("yours.gallery.move_to"), others, key=key, width=220)
            st.button(
                t("yours.gallery.move", count=len(chosen)),
                icon=":material/drive_file_move:",
                key="yours_move",
                on_click=lambda: state.change(
                    lambda: own_sets.move(found.id, chosen, st.session_state[key])
                ),
            )
