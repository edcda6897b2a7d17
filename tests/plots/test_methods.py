"""Figures about methods draw what was measured, and say it in words."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from convnext_viz.plots import faithfulness, kernels, methods_grid, receptive
from convnext_viz.results import (
    Attribution,
    Box,
    EffectiveField,
    Faithfulness,
    Kernels,
    RandomizedMap,
)
from convnext_viz.text import LANGUAGES, use_language

RANDOM = np.random.default_rng(0)
IMAGE = Image.fromarray(RANDOM.integers(0, 256, (32, 48, 3), dtype=np.uint8))


def attribution(method: str, stage: str, *, signed: bool = False) -> Attribution:
    values = RANDOM.random((4, 6)).astype(np.float32) - (0.5 if signed else 0)
    return Attribution(
        method=method,
        stage=stage,
        target=1,
        score=2.0,
        values=values,
        image_size=(32, 48),
        seconds=0.1,
    )


STAGES, METHODS = ("stage1", "stage2"), ("grad_cam", "layer_cam", "occlusion")
MAPS = [attribution(m, s, signed=m == "occlusion") for s in STAGES for m in METHODS][:-1]
REASONS = {("stage2", "occlusion"): "It looks at the input, which has no stages"}
FAITHFUL = Faithfulness(
    fractions=np.linspace(0, 1, 5),
    deletion=np.array([0.9, 0.5, 0.3, 0.2, 0.1]),
    insertion=np.array([0.1, 0.6, 0.8, 0.9, 0.9]),
    random_deletion=RANDOM.random((2, 5)),
    random_insertion=RANDOM.random((2, 5)),
)
SHUFFLED = [
    RandomizedMap(depth="head", similarity=0.25, attribution=MAPS[0]),
    RandomizedMap(depth="stem", similarity=float("nan"), attribution=MAPS[0]),
]
FIELD = EffectiveField(stage="stage2", cell=(1, 1), score=RANDOM.random((32, 48)), images=3)
DEPTHWISE = Kernels(
    name="stage1.blocks.0.body.dwconv",
    values=RANDOM.normal(size=(20, 7, 7)).astype(np.float32),
)
PATCHES = Kernels(name="stem.conv", values=RANDOM.normal(size=(6, 4, 4, 3)).astype(np.float32))


def heat(figure: go.Figure) -> list[go.Heatmap]:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def test_a_cell_for_every_stage_and_method() -> None:
    figure = methods_grid.grid(MAPS, IMAGE, stages=STAGES, methods=METHODS, reasons=REASONS)
    drawn = heat(figure)
    assert len(drawn) == len(figure.layout.images) == 5 and len(figure.layout.shapes) == 1
    for trace, one in zip(drawn, MAPS, strict=True):
        np.testing.assert_array_equal(trace.z, one.values)
        limit = float(abs(one.values).max())
        assert trace.zmax == limit and trace.zmin == (-limit if one.values.min() < 0 else 0)
    said = [note.text for note in figure.layout.annotations]
    doors = [trace.customdata[0] for trace in figure.data if trace.type == "scatter"]
    assert [tuple(door) for door in doors] == [(s, m) for s in STAGES for m in METHODS]
    assert "Grad-CAM" in said
    assert REASONS["stage2", "occlusion"] in [text.replace("<br>", " ") for text in said]


def test_a_shared_scale_is_the_methods_largest() -> None:
    figure = methods_grid.grid(
        MAPS, IMAGE, stages=STAGES, methods=METHODS, reasons=REASONS, shared_scale=True
    )
    same = [one for one in MAPS if one.method == "grad_cam"]
    largest = max(float(one.values.max()) for one in same)
    assert heat(figure)[0].zmax == heat(figure)[3].zmax == largest


def test_curves_are_the_measured_ones() -> None:
    figure = faithfulness.curves(FAITHFUL)
    deletion, random, insertion, _ = figure.data
    np.testing.assert_array_equal(deletion.y, FAITHFUL.deletion)
    np.testing.assert_array_equal(insertion.x, FAITHFUL.fractions)
    np.testing.assert_allclose(random.y, FAITHFUL.random_deletion.mean(0))
    assert "0.375" in deletion.name  # (0.9/2 + 0.5 + 0.3 + 0.2 + 0.1/2) / 4
    bars = faithfulness.cascading_randomization(SHUFFLED).data[0]
    assert bars.y[0] == 0.25 and bars.text == ("0.25", "constant")


def test_a_map_is_better_where_it_beats_every_random_one() -> None:
    found = replace(
        FAITHFUL,
        random_deletion=np.array([[0.9, 0.5, 0.3, 0.2, 0.2], [0.9, 0.4, 0.3, 0.2, 0.1]]),
        random_insertion=np.array([[0.1, 0.2, 0.3, 0.4, 0.9], [0.1, 0.1, 0.1, 0.1, 0.9]]),
    )
    assert found.beaten() == {"deletion": 1, "insertion": 2}
    assert found.reach == pytest.approx(0.8)


def test_fields() -> None:
    box = Box(top=-4, left=10, bottom=12, right=26)
    (square,) = receptive.field(IMAGE, box).layout.shapes
    assert (square.x0, square.x1, square.y0, square.y1) == (10, 26, 0, 12)
    figure = receptive.effective(FIELD, box)
    np.testing.assert_array_equal(figure.data[0].z, FIELD.scaled)
    assert figure.data[0].z.max() == 1
    assert list(figure.layout.xaxis.range) == [0, 48]
    small = receptive.effective(FIELD, Box(top=-2, left=20, bottom=4, right=26))
    assert list(small.layout.xaxis.range) == [14, 32]  # lost in 48 × 32 pixels: seen from near
    assert list(small.layout.yaxis.range) == [10, -6]


def test_every_kernel_has_its_place_and_scale() -> None:
    heat = kernels.grid(DEPTHWISE, columns=8).data[0]
    eleventh = heat.z[8:15, 16:23]  # second row, third column
    expected = DEPTHWISE.values[10] / abs(DEPTHWISE.values[10]).max()
    np.testing.assert_allclose(eleventh, expected, rtol=1e-6)
    assert (heat.customdata[8:15, 16:23, 0] == 10).all()
    assert np.isnan(heat.z[7]).all() and heat.z.shape == (23, 63)
    picture = np.asarray(kernels.patches(PATCHES, columns=4).data[0].z)
    first = PATCHES.values[0]
    shown = np.rint(255 * (0.5 + 0.5 * first / abs(first).max()))
    np.testing.assert_array_equal(picture[:4, :4, :3], shown)
    assert picture[:4, :4, 3].min() == 255 and picture[:, 4, 3].max() == 0


@pytest.mark.parametrize("code", LANGUAGES)
def test_in_words(code: str) -> None:
    with use_language(code):
        said = methods_grid.describe(MAPS[:2])
        assert "Grad-CAM" in said and said.count("%") == 4
        assert "0.375" in faithfulness.describe_curves(FAITHFUL)
        assert "0.25" in faithfulness.describe_sanity(SHUFFLED)
        box = Box(top=0, left=0, bottom=16, right=48)
        assert "50%" in receptive.describe_field(IMAGE, box, "stage1")
        assert "3" in receptive.describe_effective(FIELD)
        assert "20" in kernels.describe([DEPTHWISE])
        for method in METHODS:
            assert methods_grid.name(method) and methods_grid.meaning(method)
        for figure in (kernels.grid(DEPTHWISE), faithfulness.cascading_randomization(SHUFFLED)):
            assert isinstance(figure, go.Figure)
