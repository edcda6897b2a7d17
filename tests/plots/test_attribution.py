"""What is drawn is what was measured: maps, overlays, bars, feature maps."""

import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from PIL import Image
from plotly.colors import sample_colorscale, unlabel_rgb
from torch.nn.functional import interpolate

from convnext_viz.plots import attribution as maps
from convnext_viz.plots import features, legend, prediction, theme
from convnext_viz.results import Attribution, FeatureMaps, Prediction
from convnext_viz.text import LANGUAGES, use_language

RANDOM = np.random.default_rng(0)


def attribution(
    rows: int = 7, columns: int = 7, side: int = 224, zero: bool = False
) -> Attribution:
    values = RANDOM.random((rows, columns)).astype(np.float32) * (0 if zero else 3e-3)
    values[0, 0] = 0
    return Attribution(
        method="grad_cam",
        stage="stage4",
        target=2,
        score=1.5,
        values=values,
        image_size=(side, side),
        seconds=0.01,
    )


def photograph(width: int = 224, height: int = 224) -> Image.Image:
    return Image.fromarray(RANDOM.integers(0, 256, (height, width, 3), dtype=np.uint8))


def predicted(classes: int = 10) -> Prediction:
    logits = RANDOM.normal(size=classes).astype(np.float32)
    shares = np.exp(logits) / np.exp(logits).sum()
    return Prediction(
        logits=logits,
        probabilities=shares,
        top=tuple(map(int, np.argsort(-shares)[:5])),
        labels=tuple(f"a class with the number {i} and a very long name" for i in range(classes)),
        seconds=0.01,
    )


def channels(signed: bool = True) -> FeatureMaps:
    values = RANDOM.normal(size=(20, 6, 8)).astype(np.float32)
    return FeatureMaps(stage="stage2", values=values if signed else abs(values))


def only(figure: go.Figure, kind: type) -> go.Heatmap:
    (trace,) = (trace for trace in figure.data if isinstance(trace, kind))
    return trace


def test_enlarging_is_torchs_bilinear() -> None:
    values = RANDOM.random((7, 5)).astype(np.float32)
    expected = interpolate(torch.from_numpy(values)[None, None], size=(224, 160), mode="bilinear")
    np.testing.assert_allclose(maps.upsampled(values, (160, 224)), expected[0, 0], atol=1e-6)


def test_small_pictures_become_squares_and_large_ones_stay() -> None:
    small = photograph(32, 32)
    large = np.asarray(maps.enlarged(small))
    factor = large.shape[0] // 32
    assert factor == 9
    np.testing.assert_array_equal(large, np.asarray(small).repeat(factor, 0).repeat(factor, 1))
    assert maps.enlarged(photograph(384, 300)).size == (384, 300)


def test_the_raw_map_is_the_values_unsmoothed() -> None:
    found = attribution(14, 7)
    cells = only(maps.raw_map(found), go.Heatmap)
    np.testing.assert_array_equal(cells.z, found.values)
    assert not cells.zsmooth and (cells.zmin, cells.zmax) == (0, float(found.values.max()))
    assert (cells.x0, cells.dx, cells.y0, cells.dy) == (16, 32, 8, 16)  # centres, in pixels
    assert cells.text[0][0] == "x 0–31, y 0–15" and cells.text[13][6] == "x 192–223, y 208–223"


@pytest.mark.parametrize("side", [32, 224])
def test_the_overlay_runs_from_the_picture_to_the_map(side: int) -> None:
    found, image = attribution(side=side), photograph(side, side)
    ground = maps.enlarged(image)
    none, half, all_ = (
        np.asarray(maps.overlay_image(found, image, opacity=o), dtype=int) for o in (0, 0.5, 1)
    )
    np.testing.assert_array_equal(none, np.asarray(ground))
    assert abs(half - (none + all_) / 2).max() <= 1
    values = maps.upsampled(found.values, ground.size) / found.values.max()
    for row, column in ((0, 0), (side // 2, side // 3), (-1, -1)):
        colour = sample_colorscale("Inferno", [float(values[row, column])])[0]
        assert abs(all_[row, column] - np.array(unlabel_rgb(colour))).max() <= 2


def test_a_map_with_both_signs_diverges_around_zero() -> None:
    found = attribution(6, 6)
    found.values[:] = 0
    found.values[1, 1], found.values[4, 4] = 2e-3, -1e-3
    overlay = np.asarray(maps.overlay_image(found, photograph(6, 6), opacity=1), dtype=int)
    side = overlay.shape[0] // 6
    middle = overlay[side // 2 :: side, side // 2 :: side]
    expected = {(1, 1): 1.0, (4, 4): 0.25, (0, 5): 0.5}  # along the scale: −2e-3 … 2e-3
    for place, share in expected.items():
        colour = sample_colorscale(theme.DIVERGING, [share])[0]
        assert abs(middle[place] - np.array(unlabel_rgb(colour))).max() <= 8  # half a pixel off
    cells = only(maps.raw_map(found), go.Heatmap)
    largest = float(found.values.max())
    assert (cells.zmin, cells.zmax) == (-largest, largest) and maps.limits(found)[0] == -largest


def test_a_map_of_pixels_names_the_pixel_and_carries_no_text_for_each_of_many() -> None:
    few, many = attribution(32, 32, side=32), attribution(224, 224, side=224)
    assert only(maps.raw_map(few), go.Heatmap).text[3][31] == "x 31, y 3"
    cells = only(maps.raw_map(many), go.Heatmap)
    assert cells.text is None and "%{x" in cells.hovertemplate and cells.x0 == 0.5
    assert not list(maps.overlay(many, photograph(), opacity=0.5).data)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("size", [(32, 32), (300, 200)])
def test_a_picture_with_legend_holds_input_overlay_bar_and_words(
    code: str, size: tuple[int, int]
) -> None:
    found, image = attribution(5, 9), photograph(*size)
    with use_language(code):
        page = legend.legend(found, image, opacity=1, network="a network of some name")
    pixels = np.asarray(page, dtype=int)
    factor = -(-448 // max(size))
    wide, high = size[0] * factor, size[1] * factor
    shown = pixels[24 : 24 + high, 24 : 24 + wide]
    np.testing.assert_array_equal(shown[::factor, ::factor], np.asarray(image))
    over = pixels[24 : 24 + high, 48 + wide : 48 + 2 * wide]
    enlarged = image.resize((wide, high), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(over, maps.overlay_image(found, enlarged, opacity=1))
    bar = pixels[48 + high + 9, 24:-24]
    assert (bar[0] == maps.ramp(False)[0]).all() and (bar[-1] == maps.ramp(False)[-1]).all()
    words = pixels[48 + high + 18 :]
    assert (words < 100).any() and (pixels[:, -20:] == 255).all() and (pixels[-8:] == 255).all()


def test_an_empty_map_is_the_lowest_colour_and_no_error() -> None:
    found = attribution(zero=True)
    overlay = np.asarray(maps.overlay_image(found, photograph(), opacity=1))
    assert (overlay == [0, 0, 4]).all()
    assert only(maps.raw_map(found), go.Heatmap).zmax == 1
    maps.describe(found)


@pytest.mark.parametrize("size", [(300, 200), (64, 128)])
def test_pictures_that_are_no_squares(size: tuple[int, int]) -> None:
    image = photograph(*size)
    found = attribution(5, 9)
    assert maps.overlay_image(found, image, opacity=0.5).size == maps.enlarged(image).size
    figure = maps.picture(image)
    assert figure.layout.xaxis.range == (0, size[0]) and figure.layout.yaxis.range == (size[1], 0)


def test_bars_are_the_probabilities() -> None:
    found = predicted()
    figure = prediction.top_classes(found, selected=found.top[1])
    _, bars = figure.data
    assert list(bars.x) == [pytest.approx(found.probabilities[i]) for i in found.top]
    assert [row[0] for row in bars.customdata] == list(found.top)
    assert len(set(bars.marker.color)) == 2 and bars.marker.color[1] != bars.marker.color[0]
    assert max(len(note.text) for note in figure.layout.annotations) < 50  # a narrow column


@pytest.mark.parametrize("signed", [True, False])
def test_feature_maps_one_square_a_channel(signed: bool) -> None:
    found = channels(signed)
    some = found.strongest(7)
    figure = features.grid(found, some, columns=4)
    squares = [trace for trace in figure.data if isinstance(trace, go.Heatmap)]
    assert len(squares) == 7 and len(figure.data) == 14  # and a mark above each
    for channel, trace in zip(some, squares, strict=True):
        np.testing.assert_array_equal(trace.z, found.values[channel])
        limit = float(abs(found.values[channel]).max())
        assert (trace.zmin, trace.zmax) == (-limit if signed else 0, limit)


FIGURES = {
    "picture": lambda: maps.picture(photograph()),
    "raw_map": lambda: maps.raw_map(attribution()),
    "overlay": lambda: maps.overlay(attribution(), photograph(), opacity=0.5),
    "top_classes": lambda: prediction.top_classes(predicted(), selected=3),
    "grid": lambda: features.grid(channels(), range(5), columns=2),
    "unsigned_grid": lambda: features.grid(channels(signed=False), range(5), columns=2),
}


@pytest.mark.parametrize("name", FIGURES)
def test_streamlit_changes_none_of_our_colours(name: str) -> None:
    """#000001, #000002, … stand for its theme's colours: a scale with one of them is repainted."""
    words = json.dumps([trace.to_plotly_json() for trace in FIGURES[name]().data], default=str)
    assert not re.findall(r"#0000(?:0[1-9a-f]|[1-3][0-9a-f])\b", words)


@pytest.mark.parametrize("code", LANGUAGES)
def test_in_words(code: str) -> None:
    with use_language(code):
        found = attribution()
        found.values[1, 5] = 1
        said = maps.describe(found)
        assert "79%" in said and "21%" in said  # the middle of column 5 and of row 1 of seven
        assert prediction.describe(predicted()).count("%") == 5
        assert "20" in features.describe(channels(), range(3))
