"""The unfolded block: every operation in its place, as tall as it has channels."""

import re
from dataclasses import replace

import pytest

from convnext_viz.plans import Layer, Residual, Step, main_way, plan, walk
from convnext_viz.plots import names
from convnext_viz.plots.block_map import block_map, describe
from convnext_viz.specs import VARIANTS
from convnext_viz.text import use_language
from tests.plans.handmade import BLOCKS

TINY = plan(VARIANTS["convnext_tiny"])
PARTS: dict[str, tuple[Step, ...]] = {
    "convnext": TINY.stage("stage3").blocks[4].steps,
    "v2": plan(VARIANTS["convnextv2_atto"]).stage("stage1").blocks[0].steps,
    "projection": plan(VARIANTS["resnet50"]).stage("stage2").blocks[0].steps,
    "everything": plan(
        replace(VARIANTS["resnet50"], grn=True, layer_scale=1e-6, drop_path_rate=0.1)
    )
    .stage("stage1")
    .blocks[0]
    .steps,
    "stem": (TINY.stage("stem").own,),
    "head": (TINY.stage("head").own,),
    **{name: block.steps for name, block in BLOCKS.items()},
}


@pytest.fixture(params=PARTS.values(), ids=PARTS.keys())
def steps(request: pytest.FixtureRequest) -> tuple[Step, ...]:
    part: tuple[Step, ...] = request.param
    return part


def layers(steps: tuple[Step, ...]) -> list[Layer]:
    return [visit.layer for visit in walk(steps) if visit.layer]


def targets(steps: tuple[Step, ...]) -> dict[str, tuple[float, float]]:
    bars = next(one for one in block_map(steps, stage="stage2").data if one.name == "operations")
    return dict(zip(bars.customdata, zip(bars.x, bars.base, strict=True), strict=True))


def test_every_operation_can_be_clicked_in_its_order(steps: tuple[Step, ...]) -> None:
    places = targets(steps)
    assert sorted(places) == sorted(layer.name for layer in layers(steps))
    along = [places[layer.name][0] for layer in main_way(steps)]
    assert along == sorted(along) and len(set(along)) == len(along)


def test_the_way_around_lies_above(steps: tuple[Step, ...]) -> None:
    places = targets(steps)
    row = {layer.name for layer in main_way(steps)}
    for visit in walk(steps):
        if visit.aside and visit.layer:
            assert places[visit.layer.name][1] > max(places[name][1] for name in row)
            assert visit.residual
            start, end = (visit.residual.branches[0].layers[i].name for i in (0, -1))
            assert places[start][0] - 1.1 < places[visit.layer.name][0] < places[end][0] + 1


def test_ways_around_do_not_lie_on_one_another(steps: tuple[Step, ...]) -> None:
    drawn = [one for one in block_map(steps, stage="stage2").data if one.name == "shortcut"]
    boxes = [(one.x[0], one.x[-1], max(y for y in one.y if y)) for one in drawn]
    for i, (start, end, height) in enumerate(boxes):
        for other_start, other_end, other_height in boxes[:i]:
            apart = start > other_end or other_start > end
            assert apart or abs(height - other_height) > 0.2  # two fields of 0.1 either side


def test_the_sum_is_there_where_a_shortcut_is(steps: tuple[Step, ...]) -> None:
    drawn = [trace.name for trace in block_map(steps, stage="stage2").data]
    residuals = [step for step in steps if isinstance(step, Residual)]
    assert drawn.count("sum") == len(residuals)
    assert drawn.count("shortcut") == sum(len(step.branches) - 1 for step in residuals)


def test_an_inverted_bottleneck_is_wide_inside() -> None:
    figure = block_map(PARTS["convnext"], stage="stage3")
    numbers = [
        [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", shape.path)]
        for shape in figure.layout.shapes
        if shape.type == "path"
    ]
    sides = [(path[3] - path[1], path[5] - path[7]) for path in numbers]  # left, right
    assert sides[2] == pytest.approx((0.25, 1)) and sides[4] == pytest.approx((1, 0.25))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_words_name_every_operation(steps: tuple[Step, ...], lang: str) -> None:
    with use_language(lang):
        words = describe(steps)
        assert all(names.operation(layer) in words for layer in layers(steps))


def test_the_selected_operation_is_marked(steps: tuple[Step, ...]) -> None:
    plain = len(block_map(steps, stage="stage2").layout.shapes)
    for layer in layers(steps):
        marked = block_map(steps, stage="stage2", selected=layer.name)
        assert len(marked.layout.shapes) == plain + 1
