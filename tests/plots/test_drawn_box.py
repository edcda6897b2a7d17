"""A picture to draw a box on: the box lies where it was drawn, on the pixels of the picture."""

from itertools import pairwise

import plotly.graph_objects as go
import pytest
from PIL import Image

from convnext_viz.plots import drawn_box, theme
from convnext_viz.results import Box

BOX = Box(top=3, left=5, bottom=20, right=31)


@pytest.mark.parametrize("size", [(32, 24), (32, 32), (300, 200)])
def test_plotly_takes_it_and_the_axes_count_the_pictures_pixels(size: tuple[int, int]) -> None:
    figure = drawn_box.drawn(Image.new("RGB", size), BOX, size=size)
    go.Figure(figure.to_dict())  # raises for what it does not know
    assert figure.layout.template == theme.TEMPLATE
    assert figure.layout.xaxis.range == (0, size[0]) and figure.layout.yaxis.range == (size[1], 0)
    assert figure.layout.yaxis.scaleanchor == "x"  # a pixel is a square
    (image,) = figure.layout.images
    assert image.layer == "below"  # the box is drawn over it


def test_the_box_is_outlined_at_its_edges() -> None:
    figure = drawn_box.drawn(Image.new("RGB", (64, 48)), BOX, size=(64, 48))
    (shape,) = figure.layout.shapes
    assert shape.type == "rect"
    assert (shape.x0, shape.x1, shape.y0, shape.y1) == (5, 31, 3, 20)


def test_an_enlarged_picture_keeps_the_pixels_of_the_small_one() -> None:
    figure = drawn_box.drawn(Image.new("RGB", (320, 240)), BOX, size=(32, 24))
    assert figure.layout.xaxis.range == (0, 32) and figure.layout.yaxis.range == (24, 0)


@pytest.mark.parametrize("size", [(32, 32), (96, 64)])
def test_a_box_drawn_anywhere_meets_marks_that_nobody_sees(size: tuple[int, int]) -> None:
    """Plotly reports a selection only where it holds points."""
    figure = drawn_box.drawn(Image.new("RGB", size), BOX, size=size)
    (marks,) = figure.data
    assert figure.layout.dragmode == "select"
    assert marks.mode == "markers" and marks.hoverinfo == "skip"
    states = (marks.marker, marks.selected.marker, marks.unselected.marker)
    assert [one.opacity for one in states] == [0, 0, 0]
    assert len(marks.x) == len(marks.y) == len(set(zip(marks.x, marks.y, strict=True)))
    for places, side in ((marks.x, size[0]), (marks.y, size[1])):
        edges = sorted({0.0, *places, float(side)})
        assert max(b - a for a, b in pairwise(edges)) <= side / 20  # no gap that a box fits into
        assert min(places) > 0 and max(places) < side
