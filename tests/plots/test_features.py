"""Figures about channels and fields draw what was measured, can be clicked, and say it in words."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from convnext_viz.plots import channel, features, field, kernels
from convnext_viz.results import Box, FeatureMaps, Kernels, KernelSize, KernelSizes
from convnext_viz.text import LANGUAGES, use_language

RANDOM = np.random.default_rng(0)
IMAGE = Image.fromarray(RANDOM.integers(0, 256, (32, 48, 3), dtype=np.uint8))
MAPS = FeatureMaps(stage="stage2", values=RANDOM.normal(size=(20, 4, 6)).astype(np.float32))
POSITIVE = FeatureMaps(stage="stage1", values=np.abs(MAPS.values))
SIZES = KernelSizes(
    fresh=tuple(
        KernelSize(kernel_size=k, side=40 * k, plain=3.0 * k, fresh=2.0, full=1.5 * k)
        for k in (3, 5, 7)
    ),
    trained=11.0,
    own=(3, 5),
)


def heatmaps(figure: go.Figure) -> list[go.Heatmap]:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def test_every_channel_with_its_own_scale_and_mark() -> None:
    shown = [7, 0, 19, 3, 4]
    figure = features.grid(MAPS, shown, columns=4, pinned=19)
    marks = [trace for trace in figure.data if trace.type == "scatter"]
    assert [mark.customdata[0] for mark in marks] == shown
    assert [mark.marker.symbol == "square" for mark in marks] == [c == 19 for c in shown]
    notes = figure.layout.annotations
    for number, trace, mark, note in zip(shown, heatmaps(figure), marks, notes, strict=True):
        values = MAPS.values[number]
        np.testing.assert_array_equal(trace.z, values)
        assert trace.zmax == -trace.zmin == abs(values).max()
        mean = f"{MAPS.values[number].mean():.2g}".replace("-", "−")
        assert note.text == f"<b>ch {number}</b><br>mean {mean}"
        assert mark.xaxis == trace.xaxis
    assert all(trace.zmin == 0 for trace in heatmaps(features.grid(POSITIVE, [1], columns=1)))


def test_a_shared_scale() -> None:
    figure = features.grid(MAPS, [1, 2, 3], columns=3, span=(-9.0, 9.0))
    assert {(trace.zmin, trace.zmax) for trace in heatmaps(figure)} == {(-9, 9)}


@pytest.mark.parametrize("maps", [MAPS, POSITIVE])
def test_a_channel_lies_where_its_cells_are(maps: FeatureMaps) -> None:
    for figure in (channel.overlay(maps, 5, IMAGE), channel.raw(maps, 5, IMAGE)):
        (trace,) = heatmaps(figure)
        np.testing.assert_array_equal(trace.z, maps.values[5])
        assert (trace.x0, trace.dx, trace.y0, trace.dy) == (4, 8, 4, 8)  # 48 × 32 pixels
        assert list(figure.layout.xaxis.range) == [0, 48]
    scale = heatmaps(channel.overlay(maps, 5, IMAGE))[0].colorscale
    zero = 0.5 if maps is MAPS else 0.0
    assert [colour.endswith(",0)") for at, colour in scale if at == zero] == [True] * (
        1 + (zero > 0)
    )
    assert not channel.raw(maps, 5, IMAGE).layout.images


def test_exciting_pictures_with_their_fields() -> None:
    box = Box(top=-8, left=24, bottom=24, right=56)
    figure = channel.top_activating(
        [IMAGE] * 5, list("abcde"), [box] * 5, [box.middle(4)] * 5, across=4
    )
    assert len(figure.layout.images) == 5 and len(figure.layout.shapes) == 10
    outline, middle = figure.layout.shapes[8:]  # of the fifth: first in the second row
    picture = figure.layout.images[4]
    left, top, side = picture.x, picture.y, picture.sizex
    assert (outline.x0, outline.x1) == (left + side / 2, left + side)  # 24 and 48 of 48 pixels
    assert (outline.y0, outline.y1) == (top, top + side * 0.75)  # 0 and 24 of 32 pixels
    assert middle.x1 - middle.x0 == pytest.approx(side * 4 / 48)
    assert "e" in [note.text for note in figure.layout.annotations]


@pytest.mark.parametrize(("side", "step"), [(6, 1), (20, 1), (21, 2), (112, 6)])
def test_cells_can_be_clicked(side: int, step: int) -> None:
    values = RANDOM.normal(size=(side, side)).astype(np.float32)
    heat, marks = field.cells(values, (5, 3)).data
    np.testing.assert_array_equal(heat.z, values)
    places = [tuple(place) for place in marks.customdata]
    assert len(places) == len(set(places)) <= 20**2 + 1
    assert {(0, 0), (0, step), (step, 0), (5, 3)} <= set(places)
    assert [(y, x) for x, y in zip(marks.x, marks.y, strict=True)] == places
    sizes = dict(zip(places, marks.marker.size, strict=True))
    assert max(sizes, key=sizes.__getitem__) == (5, 3)


def test_the_theoretical_field_reaches_beyond_the_picture() -> None:
    box = Box(top=-10, left=20, bottom=22, right=52)
    figure = field.theoretical(IMAGE, box, jump=4)
    whole, inside, middle = figure.layout.shapes
    assert (whole.x0, whole.x1, whole.y0, whole.y1) == (20, 52, -10, 22)
    assert (inside.x0, inside.x1, inside.y0, inside.y1) == (20, 48, 0, 22)
    assert (middle.x0, middle.x1, middle.y0, middle.y1) == (34, 38, 4, 8)
    assert whole.line.dash == "dash" and inside.line.dash is None
    low, high = figure.layout.xaxis.range
    assert low <= -10 and high >= 52  # all of it is in sight
    assert figure.layout.images[0].xref == "x" and figure.layout.images[0].sizex == 48


def test_a_huge_field_leaves_the_picture_visible() -> None:
    figure = field.theoretical(IMAGE, Box(top=-800, left=-800, bottom=888, right=888), jump=32)
    assert list(figure.layout.xaxis.range) == [-24, 72]


def test_kernel_sizes() -> None:
    figure = field.kernel_sizes(SIZES, input_side=128)
    sides = [list(trace.y) for trace in figure.data]
    assert sides[:4] == [[120, 200, 280], [36, 60, 84], [18, 30, 42], [8, 8, 8]]
    assert sides[4:] == [[44, 44], [128, 128]]
    assert "3, 5" in figure.data[4].name and "128" in figure.data[5].name


def test_trained_kernel_sizes_are_a_curve() -> None:
    learnt = replace(SIZES, own=(5, 5), siblings=((7, 12.0), (3, 9.0)))
    figure = field.kernel_sizes(learnt, input_side=128)
    assert len(figure.data) == 6  # the curve takes the place of the net's own level
    assert list(figure.data[4].x) == [3, 5, 7] and list(figure.data[4].y) == [36, 44, 48]
    assert "k = 5: 44" in field.describe_kernel_sizes(learnt)


def test_some_kernels_keep_their_numbers() -> None:
    drawn = Kernels(name="conv", values=RANDOM.normal(size=(20, 5, 5)).astype(np.float32))
    heat = kernels.grid(drawn, columns=8, channels=slice(8, 16)).data[0]
    assert (heat.customdata[:5, 6:11, 0] == 9).all()
    np.testing.assert_allclose(heat.customdata[:5, 6:11, 1], drawn.values[9], rtol=1e-6)
    patches = Kernels(name="conv", values=RANDOM.normal(size=(6, 2, 2, 3)).astype(np.float32))
    (image,) = kernels.patches(patches, columns=8, channels=slice(4, 6)).data
    assert "4" in image.hovertext[0][0] and "5" in image.hovertext[1][3]
    assert image.hovertext[0][2] == "" and np.asarray(image.z).shape == (2, 23, 4)  # a whole row


@pytest.mark.parametrize("code", LANGUAGES)
def test_in_words(code: str) -> None:
    with use_language(code):
        assert f"{MAPS.values[5].max():.3g}" in channel.describe(MAPS, 5)
        assert "36" in field.describe_kernel_sizes(SIZES)
        assert "6 × 4" in field.describe_cells((6, 4), "stage2", (1, 2))
        box = Box(top=0, left=0, bottom=16, right=48)
        assert "50%" in field.describe_theoretical(IMAGE, box, "stage1")
