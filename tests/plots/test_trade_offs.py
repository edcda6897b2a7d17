"""The figure of the Compare page: its points are the counts and prints, its labels can be read."""

from itertools import combinations
from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convnext_viz.plans.trade_offs import AXES, DATA, chosen, of_network
from convnext_viz.plots import trade_offs
from convnext_viz.plots.label_places import Frame, Place, label_places, width
from convnext_viz.text import use_language

NAMES = ("convnext_tiny", "swin_tiny_patch4_window7_224", "deit_small_patch16_224", "resnet50")
SIZE = (500.0, 400.0)


def drawn(data: Any = "1k", axis: Any = "macs", names: tuple[str, ...] = NAMES) -> go.Figure:
    return trade_offs.accuracy_against_cost(data, axis, chosen(names, data, axis))


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("axis", AXES)
def test_every_published_accuracy_is_a_point(data: Any, axis: Any) -> None:
    figure = drawn(data, axis)
    points = [trace for trace in figure.data if trace.customdata is not None]
    placed = trade_offs.placed(data, axis)
    assert sorted(name for trace in points for name in trace.customdata) == sorted(
        one.name for one in placed
    )
    assert sorted(y for trace in points for y in trace.y) == sorted(one.top1 for one in placed)


def test_points_stand_where_the_paper_puts_them() -> None:
    # Table 1: ConvNeXt-T 28.6 M parameters, 4.5 G multiply-adds, 82.1%.
    for axis, expected in (("macs", 4.456), ("params", 28.589), ("v100", 774.7)):
        trace = next(one for one in drawn(axis=axis).data if one.name == "ConvNeXt")
        number = list(trace.customdata).index("convnext_tiny")
        assert trace.x[number] == pytest.approx(expected, abs=1e-3)
        assert trace.y[number] == 82.1
        assert "README (Liu et al. 2022)" in trace.hovertext[number]


def test_the_front_never_falls_as_cost_rises() -> None:
    for axis, rising in (("macs", True), ("rtx4090", False)):
        line = next(one for one in drawn(axis=axis).data if one.mode == "lines")
        assert list(line.x) == sorted(line.x)
        assert list(line.y) == sorted(line.y, reverse=not rising)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("data", DATA)
def test_every_chosen_network_is_named(data: Any, axis: Any, lang: str) -> None:
    with use_language(lang):
        figure = drawn(data, axis)
        bold = {one.text for one in figure.layout.annotations if one.text.startswith("<b>")}
        asked = chosen(NAMES, data, axis)
        names = [trade_offs.short(one) for one in asked]
        assert bold == {f"<b>{name}</b>" for name in names}
        assert all(
            name in trade_offs.describe(data, axis, chosen(NAMES, data, axis)) for name in names
        )


def test_a_larger_image_is_said() -> None:
    one = next(
        one
        for one in trade_offs.placed("1k", "macs")
        if (one.name, one.accuracy.image_size) == ("convnext_base", 384)
    )
    assert trade_offs.short(one) == "ConvNeXt-B ↑384"
    tiny = of_network("convnext_tiny", "1k")
    assert tiny and trade_offs.short(tiny) == "ConvNeXt-T"


POINTS = st.lists(st.tuples(st.floats(0, SIZE[0]), st.floats(0, SIZE[1])), min_size=1, max_size=25)


def box(point: tuple[float, float], label: str, place: Place) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a label, by what its place says."""
    left = point[0] + place.x
    if place.side == "left":
        left -= width(label)
    elif place.side == "centre":
        left -= width(label) / 2
    return left, point[1] + place.y - 7.5, left + width(label), point[1] + place.y + 7.5


@given(POINTS, st.booleans())
def test_labels_cover_neither_each_other_nor_points(
    points: list[tuple[float, float]], far: bool
) -> None:
    labels = [f"Net {number}" for number in range(len(points))]
    frame = Frame(size=SIZE, points=points, radii=[5.0] * len(points))
    found = label_places([frame], labels, range(len(points)), far=far)
    boxes = [box(points[number], labels[number], place) for number, place in found.items()]
    for left, top, right, bottom in boxes:
        assert left >= 0 and top >= 0 and right <= SIZE[0] and bottom <= SIZE[1]
        assert not any(left < x < right and top < y < bottom for x, y in points)
    for (a, b, c, d), (e, f, g, h) in combinations(boxes, 2):
        assert c <= e + 1e-6 or g <= a + 1e-6 or d <= f + 1e-6 or h <= b + 1e-6


def test_a_label_without_room_is_left_out_or_led_to() -> None:
    crowd = [(250.0 + x, 200.0 + y) for x in range(-40, 41, 8) for y in range(-40, 41, 8)]
    frame = Frame(size=SIZE, points=crowd, radii=[5.0] * len(crowd))
    middle = crowd.index((250.0, 200.0))
    labels = ["ConvNeXt-T"] * len(crowd)
    assert label_places([frame], labels, [middle]) == {}
    assert label_places([frame], labels, [middle], far=True)[middle].far
