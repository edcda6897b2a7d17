"""Steps of the Your-images page: which is open, of which set and which run; ``?set=…&step=…&run=…``
opens them again."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from convnext_viz.data.own_sets import PictureSet
from convnext_viz.text import t, use_language
from convnext_viz.ui.boundary import boundary
from convnext_viz.ui.choices import choice, in_link, link_decides, put, requested
from convnext_viz.ui.picture_sets import find

STEPS = ("images", "train", "results")

_SET, _RUN, _NEXT = "yours_set", "yours_run", "yours_to_step"  # no widgets'
_FAILED = "yours_failed"  # no widget's: what went wrong in a callback, until the page says it

T = TypeVar("T")


def choose_step() -> str:
    """Images, training, or what was learnt."""
    if link_decides(_SET):
        for name, where in (("set", _SET), ("run", _RUN)):
            st.session_state[where] = requested(name) or ""
    if _NEXT in st.session_state:
        put("yours_step", st.session_state.pop(_NEXT))
    step = str(
        st.segmented_control(
            t("yours.step.label"),
            STEPS,
            format_func=lambda name: t(f"yours.step.{name}"),
            key=choice("yours_step", STEPS, STEPS[0], link="step"),
            required=True,
            label_visibility="collapsed",
        )
    )
    in_link("set", st.session_state.get(_SET) or None)
    in_link("run", (st.session_state.get(_RUN) or None) if step != "images" else None)
    return step


def current() -> PictureSet | None:
    """The open set; None, in words where a link names one that is not there for this visitor."""
    chosen = str(st.session_state.get(_SET, ""))
    if not chosen:
        return None
    found = find(chosen)
    if found is None:
        st.error(t("yours.error.no_set"), icon=":material/error:")
    return found


def current_run() -> str:
    """The run that is looked at; empty where there is none."""
    return str(st.session_state.get(_RUN, ""))


def made(call: Callable[[], T]) -> T | None:
    """In a callback: what ``call`` returns; None where it goes wrong, which :func:`tell` says.

    A callback runs before the frame, which says the language, and above it.
    """
    use_language(st.session_state.get("lang", "en"))
    try:
        return call()
    except Exception as error:  # as in boundary
        st.session_state[_FAILED] = error
        return None


def change(call: Callable[[], object]) -> None:
    """The same where nobody waits for what is returned."""
    made(call)


def tell() -> None:
    """On the page: what went wrong in the callback before."""
    error: Exception | None = st.session_state.pop(_FAILED, None)
    if error is not None:
        with boundary():
            raise error


def open_set(id: str) -> None:
    """Opens a set (none where ``id`` is empty) from the next script run on; its runs are others."""
    st.session_state[_SET], st.session_state[_RUN] = id, ""


def open_run(run: str) -> None:
    """Shows a run."""
    st.session_state[_RUN] = run


def open_step(step: str) -> None:
    """Opens another step from the next script run on."""
    st.session_state[_NEXT] = step
