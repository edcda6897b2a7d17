"""Choices of the Block page: each has a widget, a place in the session and one in the link."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

Value = TypeVar("Value", str, int, float)
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


def seed(name: str, options: Sequence[Value], usual: Value) -> None:
    """Before its widget: the choice from the session, else the link, else the last visit."""
    now = st.session_state.get(key(name))
    if now in options:
        # A widget that was not drawn in the last run would forget what it is not told again.
        st.session_state[key(name)] = now
        return
    asked = st.query_params.get(name, st.session_state.get(_LINK, {}).get(name))
    st.session_state[key(name)] = {str(option): option for option in options}.get(asked, usual)


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
