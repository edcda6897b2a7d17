"""A page of small pictures to choose one from: by a click, or by name."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from convnext_viz.plots import thumbnails
from convnext_viz.plots.thumbnails import Thumbnail
from convnext_viz.text import t
from convnext_viz.ui import choices
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain.state import key, seed

PAGE = 12  # pictures

Id = TypeVar("Id", str, int)


def choose(
    name: str, ids: Sequence[Id], draw: Callable[[Sequence[Id]], list[Thumbnail]], *, of: str = ""
) -> Id:
    """One of ``ids``, of which a page is shown; as chosen before, or of the link, else the first.

    ``draw`` makes the small pictures of some of them. ``of`` says what the ids are a list of: the
    page with the chosen one is opened when it changes.
    """
    where = seed(name, ids, ids[0], param=name)
    chosen: Id = st.session_state[where]
    pages = -(-len(ids) // PAGE)
    page = _page(name, f"{of}:{len(ids)}", ids.index(chosen) // PAGE) % pages
    shown: list[Id] = list(ids[page * PAGE : (page + 1) * PAGE])
    needed = list(shown)
    if chosen not in shown:
        needed.insert(0, chosen)
    some = draw(needed)
    if len(ids) > 1:
        # A new one each time, in which nothing is selected.
        name_of_chart = key(f"{name}_strip_{ids.index(chosen)}")
        chart(
            thumbnails.strip(some[-len(shown) :], selected=chosen),
            key=name_of_chart,
            alt=thumbnails.describe(some[-len(shown) :]),
            on_click=lambda id_: choices.put(where, id_),
        )
        words = {one.id: one.name for one in some}
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if pages > 1:
                _turn(name, page, pages)
            st.selectbox(
                t("explain_subjects.strip.which"),
                [one.id for one in some],
                format_func=lambda id_: words[id_],
                key=where,
                label_visibility="collapsed",
            )
        if pages > 1:
            first, last = page * PAGE + 1, min(len(ids), (page + 1) * PAGE)
            st.caption(t("explain_subjects.strip.page", first=first, last=last, count=len(ids)))
    return chosen


def _page(name: str, of: str, first: int) -> int:
    """The number of the page that is open."""
    where = key(f"{name}_page")
    if st.session_state.get(where, ("", 0))[0] != of:
        st.session_state[where] = (of, first)
    return int(st.session_state[where][1])


def _turn(name: str, page: int, pages: int) -> None:
    def to(number: int) -> None:
        of, _ = st.session_state[key(f"{name}_page")]
        st.session_state[key(f"{name}_page")] = (of, number % pages)

    for step, word, sign in ((-1, "before", "‹"), (1, "after", "›")):
        st.button(
            sign,
            key=key(f"{name}_{word}"),
            help=t(f"explain_subjects.strip.{word}"),
            on_click=to,
            args=(page + step,),
        )
