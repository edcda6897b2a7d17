"""Views of the Train page: which is open, and the run in it; ``?run=…`` opens a run anywhere."""

import streamlit as st

from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t
from convnext_viz.ui import lab
from convnext_viz.ui.choices import choice, in_link, link_decides, put, requested

VIEWS = ("setup", "watch", "shelf")
NOBODY = "-"  # a guess: no difference that can be seen

_RUN = "train_run"  # no widget's: the run last looked at
_NEXT = "train_next"  # the view to open in the next run of the page


def choose_view() -> str:
    """Set up, watch, or the list of all runs."""
    if link_decides(_RUN):
        run, view = requested("run"), requested("view") or "setup"
        if run:
            st.session_state[_RUN], view = run, "watch"
        put("train_view", view)
    if _NEXT in st.session_state:
        put("train_view", st.session_state.pop(_NEXT))
    view = str(
        st.segmented_control(
            t("train_page.view.label"),
            VIEWS,
            format_func=lambda name: t(f"train_page.view.{name}"),
            key=choice("train_view", VIEWS, "setup"),
            required=True,
            label_visibility="collapsed",
        )
    )
    in_link("run", current_run() or None if view == "watch" else None)
    in_link("view", view if view == "shelf" else None)
    return view


def show_trouble() -> None:
    """What keeps the lab from working, if anything does."""
    trouble = lab.lab().trouble()
    if trouble:
        st.warning(trouble, icon=":material/warning:")


def current_run() -> str:
    """The run that is looked at; empty where there is none."""
    return str(st.session_state.get(_RUN, ""))


def open_run(run: str) -> None:
    """Shows ``run`` from the next script run on."""
    st.session_state[_RUN], st.session_state[_NEXT] = run, "watch"


def open_view(view: str) -> None:
    """Shows another view from the next script run on."""
    st.session_state[_NEXT] = view


def guess_shown(guess: str) -> str:
    """A guess in words."""
    return t("train_page.start.nobody") if guess == NOBODY else shown(guess)


def guess(run: str, arm: str | None = None) -> str:
    """The arm this visitor expected to win; ``arm`` locks one in."""
    guesses: dict[str, str] = st.session_state.setdefault("train_guesses", {})
    if arm:
        guesses[run] = arm
    return guesses.get(run, "")
