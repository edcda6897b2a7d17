"""Choices of the Block page: each has a widget, a place in the session and one in the link."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from convnext_viz.ui.history import gone_back

Value = TypeVar("Value", str, bool, int, float)
_LINK = "block_link"  # no widget's: survives leaving the page, and sections that are not open


def key(name: str) -> str:
    """The session key of a choice."""
    return f"block_{name}"


def segments(
    name: str,
    label: str,
    options: Sequence[Value],
    *,
    usual: Value,
    says: Callable[[Any], str] = str,
    label_visibility: Any = "visible",
    **more: Any,
) -> Value:
    """A row of buttons of which one is down."""
    seed(name, options, usual)
    value: Value = st.segmented_control(
        label,
        options,
        format_func=says,
        key=key(name),
        required=True,
        label_visibility=label_visibility,
        **more,
    )
    return remember(name, value, usual)


def menu(
    name: str,
    label: str,
    options: Sequence[Value],
    *,
    usual: Value,
    says: Callable[[Any], str] = str,
    **more: Any,
) -> Value:
    """A list to choose from."""
    seed(name, options, usual)
    value: Value = st.selectbox(label, options, format_func=says, key=key(name), **more)
    return remember(name, value, usual)


def steps(
    name: str,
    label: str,
    options: Sequence[Value],
    *,
    usual: Value,
    says: Callable[[Any], str] = str,
    **more: Any,
) -> Value:
    """A slider over a list of values; a label where there is only one."""
    seed(name, options, usual)
    if len(options) == 1:
        st.session_state.pop(key(name), None)
        return options[0]
    value: Value = st.select_slider(label, options, format_func=says, key=key(name), **more)
    return remember(name, value, usual)


def slide(name: str, label: str, low: float, high: float, step: float, *, usual: float) -> float:
    """A slider over all numbers of a range."""
    now = st.session_state.get(key(name))
    if gone_back() or not isinstance(now, float) or not low <= now <= high:
        now = _number(_asked(name), low, high, usual)
    st.session_state[key(name)] = now
    value: float = st.slider(label, low, high, step=step, key=key(name))
    return remember(name, value, usual)


def switch(name: str, label: str, **more: Any) -> bool:
    """A switch that is off unless it is said otherwise."""
    seed(name, (False, True), False)
    return remember(name, st.toggle(label, key=key(name), **more), False)


def several(
    name: str,
    label: str,
    options: Sequence[str],
    *,
    usual: tuple[str, ...],
    says: Callable[[Any], str] = str,
) -> tuple[str, ...]:
    """Any number of a list's values, in the list's order; the usual ones for none."""
    if gone_back() or key(name) not in st.session_state:
        asked = (_asked(name) or "").split(",")
        st.session_state[key(name)] = [one for one in options if one in asked] or list(usual)
    st.session_state[key(name)] = st.session_state[key(name)]  # as in seed
    chosen = st.pills(label, options, selection_mode="multi", format_func=says, key=key(name))
    shown = tuple(one for one in options if one in chosen) or usual
    remember(name, ",".join(shown), ",".join(usual))
    return shown


def seed(name: str, options: Sequence[Value], usual: Value) -> None:
    """Before its widget: the choice from the session, else the link, else the last visit.

    After the browser's Back or Forward the link alone is asked.
    """
    now = st.session_state.get(key(name))
    if now in options and not gone_back():
        # A widget that was not drawn in the last run would forget what it is not told again.
        st.session_state[key(name)] = now
        return
    st.session_state[key(name)] = {str(option): option for option in options}.get(
        _asked(name) or "", usual
    )


def _asked(name: str) -> str | None:
    """What the link says, else what the last visit's said."""
    last = {} if gone_back() else st.session_state.get(_LINK, {})
    said: str | None = st.query_params.get(name, last.get(name))
    return said


def _number(text: str | None, low: float, high: float, usual: float) -> float:
    try:
        value = float(text or "")
    except ValueError:
        return usual
    return value if low <= value <= high else usual


def remember(name: str, value: Value, usual: Value) -> Value:
    """After its widget: writes the choice into the link, if it is not the usual one."""
    link = st.session_state.setdefault(_LINK, {})
    link[name] = str(value)
    if value == usual:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)
    return value
