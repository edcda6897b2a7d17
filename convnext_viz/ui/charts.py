"""Charts on a page: drawn with their alternative text; which mark was clicked."""

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

_CONFIG = {"displayModeBar": False}


def chart(
    figure: go.Figure, key: str, alt: str, on_click: Callable[[Any], None] | None = None
) -> None:
    """Draws ``figure``; ``on_click`` gets the clicked mark's data before the next run.

    ``alt`` says in words what the figure shows.
    """
    if on_click is None:
        st.plotly_chart(figure, key=key, alt=alt, config=_CONFIG)
        return

    def hear() -> None:
        data = clicked(key)
        if data is not None:
            on_click(data)

    st.plotly_chart(
        figure, key=key, alt=alt, config=_CONFIG, on_select=hear, selection_mode="points"
    )


def clicked(key: str) -> Any:
    """The ``customdata`` of the clicked mark of a chart: a value, or a tuple of several; or None.

    Plotly hands a single value or a list of one, as its version likes.
    """
    points = st.session_state.get(key, {}).get("selection", {}).get("points", [])
    data = points[0].get("customdata") if points else None
    if isinstance(data, list | tuple):
        data = data[0] if len(data) == 1 else tuple(data)
    return None if data in (None, "", ()) else data
