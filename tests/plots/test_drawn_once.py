"""Figures drawn once: the same as drawn anew, nobody's changes in another's, one language each."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray

from convnext_viz.plans import Plan, plan
from convnext_viz.plots import cost, theme
from convnext_viz.plots.drawn_once import MOST, drawn_once
from convnext_viz.specs import CONVNEXT
from convnext_viz.text import use_language


def test_a_copy_is_the_figure_and_plotly_finds_nothing_wrong_with_it() -> None:
    tiny = plan(CONVNEXT["convnext_tiny"])
    anew = cost.per_stage.__wrapped__(tiny)  # type: ignore[attr-defined]
    for _ in range(2):
        found = cost.per_stage(plan(CONVNEXT["convnext_tiny"]))
        assert found.to_dict() == anew.to_dict()
        assert go.Figure(found.to_dict()) == anew  # validated


def test_what_one_changes_is_in_no_other_and_is_checked() -> None:
    for make in (lambda: theme.blank(height=70), lambda: cost.receptive_fields(plan_of_tiny())):
        before = make().to_dict()
        figure = make()
        figure.update_layout(height=71, template={"layout": {"font": {"size": 40}}})
        figure.update_xaxes(title_text="changed")
        for trace in figure.data:
            trace.marker = {"color": "red"}
            trace.x = [1]
        for annotation in figure.layout.annotations:
            annotation.font.size = 40
        with pytest.raises(ValueError, match="no_such"):
            figure.update_layout(no_such=1)
        with pytest.raises(ValueError, match="barmode"):
            figure.update_layout(barmode="no such")
        assert make().to_dict() == before


def plan_of_tiny() -> Plan:
    return plan(CONVNEXT["convnext_tiny"])


def test_each_language_has_its_own() -> None:
    tiny = plan(CONVNEXT["convnext_tiny"])
    english = cost.per_stage(tiny).to_json()
    use_language("zh")
    try:
        chinese = cost.per_stage(tiny).to_json()
    finally:
        use_language("en")
    assert english != chinese
    assert cost.per_stage(tiny).to_json() == english


def test_arrays_are_told_apart_by_their_values_and_drawn_once_by_thirty_at_once() -> None:
    drawn: list[float] = []
    together = threading.Barrier(30)

    @drawn_once
    def draw(values: NDArray[np.float64], *, scale: float = 1.0) -> go.Figure:
        drawn.append(float(values[0]) * scale)
        return go.Figure(layout={"height": 100 + values[0] * scale})

    def look(_: int) -> float:
        together.wait()
        return float(draw(np.array([1.0])).layout.height)

    with ThreadPoolExecutor(30) as visitors:
        assert set(visitors.map(look, range(30))) == {101.0}
    assert drawn == [1.0]
    assert draw(np.array([2.0])).layout.height == 102
    assert draw(np.array([1.0]), scale=3).layout.height == 103
    assert drawn == [1.0, 2.0, 3.0]


def test_the_ones_not_looked_at_for_longest_go() -> None:
    drawn: list[int] = []

    @drawn_once
    def draw(number: int) -> go.Figure:
        drawn.append(number)
        return go.Figure()

    for number in range(MOST + 1):
        draw(number)
        draw(0)
    assert len(drawn) == MOST + 1
    draw(1)
    assert drawn[-1] == 1
