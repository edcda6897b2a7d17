"""The architecture map holds what the plan counts: every stage, shape and share, at any size."""

from dataclasses import replace

import plotly.graph_objects as go
import pytest

from convnext_viz.numbers import exact
from convnext_viz.plans import Plan, plan
from convnext_viz.plots import architecture, names, theme
from convnext_viz.specs import VARIANTS, ConvNeXtSpec
from convnext_viz.text import use_language

EIGHT = ConvNeXtSpec(depths=(1, 2, 3, 36, 5, 6, 7, 8), dims=(8, 16, 32, 64, 128, 256, 512, 1024))
PLANS = {
    "tiny": plan(VARIANTS["convnext_tiny"]),
    "resnet": plan(VARIANTS["resnet50"]),
    "iso": plan(VARIANTS["convnext_iso_large"]),
    "cifar": plan(VARIANTS["cifar_bn_relu"], 32),
    "eight stages": plan(EIGHT, 512),
    "one stage": plan(ConvNeXtSpec(depths=(1,), dims=(8,), num_classes=0), (33, 64)),
}


@pytest.fixture(params=PLANS.values(), ids=PLANS.keys())
def whole(request: pytest.FixtureRequest) -> Plan:
    assert isinstance(request.param, Plan)
    return request.param


def trace(figure: go.Figure, name: str) -> go.Bar:
    return next(one for one in figure.data if one.name == name)


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_every_stage_can_be_clicked_and_names_itself(whole: Plan) -> None:
    columns = trace(architecture.network_map(whole), "stages")
    assert list(columns.customdata) == [stage.name for stage in whole.stages]


def test_every_shape_and_count_stands_in_the_drawing(whole: Plan) -> None:
    figure = architecture.network_map(whole)
    shown = [text.replace("<br>", "") for text in texts(figure)]
    for stage in whole.stages:
        assert names.shape(stage.out_shape) in shown
        if stage.blocks:
            assert f"<b>×{len(stage.blocks)}</b>" in shown
    for stage, hover in zip(whole.stages, trace(figure, "stages").hovertext, strict=True):
        for count in (stage.params, stage.macs, stage.out_elements, stage.receptive_field):
            assert exact(count) in hover


def test_boxes_follow_resolution_and_channels() -> None:
    maps = trace(architecture.network_map(PLANS["tiny"]), "maps")
    _, _, *stages, _ = zip(maps.y, maps.width, strict=True)
    heights, widths = zip(*stages, strict=True)
    assert list(heights) == sorted(heights, reverse=True) and len(set(heights)) == 4
    assert list(widths) == sorted(widths) and len(set(widths)) == 4
    assert heights[0] == pytest.approx((56 / 224) ** 0.5)  # the image's box is 1 high


@pytest.mark.parametrize("colour_by", architecture.COLOUR_BY)
def test_colours_order_stages_by_what_they_stand_for(
    whole: Plan, colour_by: architecture.ColourBy
) -> None:
    figure = architecture.network_map(whole, colour_by=colour_by)
    colours = dict(
        zip(
            [stage.name for stage in whole.stages],
            trace(figure, "maps").marker.color[1:],
            strict=True,
        )
    )
    if colour_by == "stage":
        assert colours == {name: theme.stage_colour(name) for name in colours}
    else:
        most = max(whole.stages, key=lambda stage: float(getattr(stage, colour_by)))
        assert colours[most.name] == "#fde725"  # the bright end of viridis


def test_two_maps_side_by_side_share_their_scale() -> None:
    tiny, resnet = PLANS["tiny"], PLANS["resnet"]
    small = plan(VARIANTS["convnext_tiny"], 112)
    alone = trace(architecture.network_map(small), "maps")
    beside = trace(architecture.network_map(small, beside=tiny), "maps")
    assert beside.y[0] == pytest.approx(alone.y[0] * 0.5**0.5)
    one = trace(architecture.network_map(tiny, beside=resnet), "maps")
    two = trace(architecture.network_map(resnet, beside=tiny), "maps")
    assert one.y[1] == two.y[1]  # both stems give 56×56


def test_the_selected_stage_is_marked() -> None:
    def count(selected: str | None) -> int:
        return len(architecture.network_map(PLANS["tiny"], selected=selected).layout.shapes)

    assert count("stage3") == count(None) + 1 == count("stage9") + 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_words_for_those_who_cannot_see_name_every_stage(whole: Plan, lang: str) -> None:
    with use_language(lang):
        words = architecture.describe(whole)
        assert all(names.stage(stage.name) in words for stage in whole.stages)
        assert all(names.shape(stage.out_shape) in words for stage in whole.stages)


@pytest.mark.parametrize("name", sorted(VARIANTS))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_network_has_a_name_of_its_own(name: str, lang: str) -> None:
    with use_language(lang):
        called = names.network(VARIANTS[name])
        assert called not in {names.network(VARIANTS[other]) for other in VARIANTS if other != name}
        changed = names.network(replace(VARIANTS[name], drop_rate=0.5))
        assert called in changed and called != changed
