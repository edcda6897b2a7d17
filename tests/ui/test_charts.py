"""A chart that can be read and clicked: what Streamlit gets, and what a click says."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from convnext_viz.ui.charts import clicked


def page() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from convnext_viz.ui.charts import chart

    marks = go.Figure(go.Scatter(x=[1, 2], y=[1, 2], customdata=[["a"], ["b"]]))
    chart(marks, "one", "two marks")
    chart(marks, "other", "two marks that can be clicked", lambda data: None)
    st.session_state["drawn"] = True


def test_every_chart_says_in_words_what_it_shows() -> None:
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    protos = [chart.proto for chart in app.get("plotly_chart")]
    assert [proto.alt for proto in protos] == ["two marks", "two marks that can be clicked"]
    assert all('"displayModeBar": false' in proto.config for proto in protos)
    assert [bool(proto.selection_mode) for proto in protos] == [False, True]


@pytest.mark.parametrize(
    ("points", "data"),
    [
        ([], None),
        ([{}], None),
        ([{"customdata": None}], None),
        ([{"customdata": ""}], None),
        ([{"customdata": []}], None),
        ([{"customdata": "stage1"}], "stage1"),
        ([{"customdata": ["stage1"]}], "stage1"),
        ([{"customdata": [0]}], 0),
        ([{"customdata": ["stage1", "saliency"]}], ("stage1", "saliency")),
        ([{"customdata": [0, 1, 2, 3]}, {"customdata": "later"}], (0, 1, 2, 3)),
    ],
)
def test_a_click_is_a_value_or_several(
    monkeypatch: pytest.MonkeyPatch, points: list[Any], data: object
) -> None:
    state = {"map": {"selection": {"points": points}}}
    monkeypatch.setattr("streamlit.session_state", state)
    assert clicked("map") == data


def test_a_chart_that_was_not_drawn_was_not_clicked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {})
    assert clicked("map") is None
