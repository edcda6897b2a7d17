"""The unfolded block: every operation in its place, as tall as it has channels."""

import re
from dataclasses import replace

import pytest

from convnext_viz.plans import Block, plan
from convnext_viz.plots import names
from convnext_viz.plots.block_map import Chain, block_map, describe
from convnext_viz.specs import VARIANTS
from convnext_viz.text import use_language


def chain_of(block: Block) -> Chain:
    return Chain(block.name.partition(".")[0], block.body, block.shortcut, block.after)


TINY = plan(VARIANTS["convnext_tiny"])
CHAINS = {
    "convnext": chain_of(TINY.stage("stage3").blocks[4]),
    "v2": chain_of(plan(VARIANTS["convnextv2_atto"]).stage("stage1").blocks[0]),
    "projection": chain_of(plan(VARIANTS["resnet50"]).stage("stage2").blocks[0]),
    "everything": chain_of(
        plan(replace(VARIANTS["resnet50"], grn=True, layer_scale=1e-6, drop_path_rate=0.1))
        .stage("stage1")
        .blocks[0]
    ),
    "stem": Chain("stem", TINY.stage("stem").own),
    "head": Chain("head", TINY.stage("head").own),
}


@pytest.fixture(params=CHAINS.values(), ids=CHAINS.keys())
def chain(request: pytest.FixtureRequest) -> Chain:
    assert isinstance(request.param, Chain)
    return request.param


def targets(chain: Chain) -> dict[str, tuple[float, float]]:
    bars = next(one for one in block_map(chain).data if one.name == "operations")
    return dict(zip(bars.customdata, zip(bars.x, bars.base, strict=True), strict=True))


def test_every_operation_can_be_clicked_in_its_order(chain: Chain) -> None:
    places = targets(chain)
    assert list(places) == [layer.name for layer in chain.layers]
    along = [places[layer.name][0] for layer in (*chain.body, *chain.after)]
    assert along == sorted(along) and len(set(along)) == len(along)


def test_the_way_around_lies_above(chain: Chain) -> None:
    places = targets(chain)
    for layer in chain.shortcut or ():
        assert places[layer.name][1] > max(places[one.name][1] for one in chain.body)


def test_the_sum_is_there_where_a_shortcut_is(chain: Chain) -> None:
    drawn = {trace.name for trace in block_map(chain).data}
    assert ({"sum", "shortcut"} <= drawn) == (chain.shortcut is not None)


def test_an_inverted_bottleneck_is_wide_inside() -> None:
    figure = block_map(CHAINS["convnext"])
    numbers = [
        [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", shape.path)]
        for shape in figure.layout.shapes
        if shape.type == "path"
    ]
    sides = [(path[3] - path[1], path[5] - path[7]) for path in numbers]  # left, right
    assert sides[2] == pytest.approx((0.25, 1)) and sides[4] == pytest.approx((1, 0.25))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_words_name_every_operation(chain: Chain, lang: str) -> None:
    with use_language(lang):
        words = describe(chain)
        assert all(names.operation(layer) in words for layer in chain.layers)


def test_the_selected_operation_is_marked(chain: Chain) -> None:
    plain = len(block_map(chain).layout.shapes)
    for layer in chain.layers:
        assert len(block_map(chain, selected=layer.name).layout.shapes) == plain + 1
