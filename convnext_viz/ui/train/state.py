"""What the Train page shows, as session values and as a link: ``?run=…`` opens a run anywhere."""

from typing import Any

import streamlit as st

VIEWS = ("setup", "watch", "shelf")
_LAST = "train_last"  # no widget's: the run last looked at
_KEPT = "train_kept"  # no widget's: choices survive views and pages where they are not drawn
_GO = "train_go"  # the view to open in the next run
NOBODY = "-"  # a guess: no difference that can be told


def key(name: str) -> str:
    """The session key of a choice."""
    return f"train_{name}"


def restore() -> None:
    """Before the first widget: the view and the run of the link, else of the last visit."""
    view = st.session_state.pop(_GO, None)
    if key("view") not in st.session_state:
        asked = st.query_params.get("run", "")
        if asked:
            st.session_state[_LAST] = asked
        last = st.session_state.get(_KEPT, {}).get("view", "setup")  # before another page
        wanted = "watch" if asked else st.query_params.get("view", last)
        st.session_state[key("view")] = wanted if wanted in VIEWS else "setup"
    if view:
        st.session_state[key("view")] = view


def current_run() -> str:
    """The run that is looked at; empty where there is none."""
    return str(st.session_state.get(_LAST, ""))


def open_run(run: str) -> None:
    """Show ``run`` from the next script run on."""
    st.session_state[_LAST], st.session_state[_GO] = run, "watch"


def open_view(view: str) -> None:
    """Show another view from the next script run on."""
    st.session_state[_GO] = view


def write_link(view: str) -> None:
    """Writes what is shown into the URL."""
    shown = {
        "run": current_run() if view == "watch" else "",
        "view": view if view == "shelf" else "",
    }
    for name, value in shown.items():
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]


def seed(name: str, usual: Any, options: Any = None) -> str:
    """Before its widget: the key of a choice, its value kept from before, else the usual one."""
    where = key(name)
    kept = st.session_state.setdefault(_KEPT, {})
    value = st.session_state.get(where, kept.get(name, usual))
    if options is not None and value not in options:
        value = usual
    st.session_state[where] = value
    return where


def keep(name: str, value: Any) -> Any:
    """After its widget: remembers the choice."""
    st.session_state.setdefault(_KEPT, {})[name] = value
    return value


def kept(name: str, usual: Any) -> Any:
    """A choice whose widget may not be drawn."""
    where = st.session_state.get(key(name))
    return where if where is not None else st.session_state.get(_KEPT, {}).get(name, usual)


def put(name: str, value: Any) -> None:
    """Set a choice; only before its widget is drawn, or in a callback."""
    st.session_state[key(name)] = value
    keep(name, value)


def guess(run: str, arm: str | None = None) -> str:
    """The arm this visitor expected to win; ``arm`` locks one in."""
    guesses: dict[str, str] = st.session_state.setdefault("train_guesses", {})
    if arm:
        guesses[run] = arm
    return guesses.get(run, "")
