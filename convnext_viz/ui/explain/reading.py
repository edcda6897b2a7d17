"""What there is to read below each view: three columns."""

import streamlit as st

from convnext_viz.text import prose

_OF_FEATURES = ("features", "field")


def show(view: str) -> None:
    """How it is done, how to choose, what it does not show."""
    for column, words in zip(st.columns(3, gap="medium"), _words(view), strict=True):
        column.markdown(words)


def _words(view: str) -> tuple[str, ...]:
    if view in _OF_FEATURES:
        parts = ("one", "two", "three")
        return tuple(prose("explain_features", f"{view}_{part}") for part in parts)
    if view == "compare":
        parts = ("one", "two", "three")
        return tuple(prose("explain_subjects", f"compare_{part}") for part in parts)
    return tuple(prose("explain", part) for part in ("method", "stages", "limits"))
