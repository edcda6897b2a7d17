"""The map of a network holds what the plan counts: every stage, shape and share, at any size."""

import re
import unicodedata
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from convnext_viz.numbers import exact
from convnext_viz.plans import Plan, plan
from convnext_viz.plots import names, theme
from convnext_viz.plots.network_map import COLOUR_BY, ColourBy, describe, network_map
from convnext_viz.specs import VARIANTS, ConvNeXtSpec
from convnext_viz.text import use_language
from tests.plans.handmade import token_plan

EIGHT = ConvNeXtSpec(depths=(1, 2, 3, 36, 5, 6, 7, 8), dims=(8, 16, 32, 64, 128, 256, 512, 1024))
PLANS = {
    "tiny": plan(VARIANTS["convnext_tiny"]),
    "resnet": plan(VARIANTS["resnet50"]),
    "iso": plan(VARIANTS["convnext_iso_large"]),
    "cifar": plan(VARIANTS["cifar_bn_relu"], 32),
    "eight stages": plan(EIGHT, 512),
    "one stage": plan(ConvNeXtSpec(depths=(1,), dims=(8,), num_classes=0), (33, 64)),
}
SVG = "{http://www.w3.org/2000/svg}"
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


@pytest.fixture(params=PLANS.values(), ids=PLANS.keys())
def network_plan(request: pytest.FixtureRequest) -> Plan:
    assert isinstance(request.param, Plan)
    return request.param


def drawing(
    described: Plan, *, colour_by: ColourBy = "stage", other: Plan | None = None
) -> Element:
    drawn = network_map(described, colour_by=colour_by, other=other)
    root = ElementTree.fromstring(drawn.svg)
    assert root.get("viewBox") == f"0 0 {drawn.width} {drawn.height}"
    return root


def stages(root: Element) -> dict[str, Element]:
    return {name: one for one in root.iter() if (name := one.get("data-stage"))}


def texts(part: Element) -> list[str]:
    return [one.text or "" for one in part.iter(f"{SVG}text")]


def numbers(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+", path)]


def fronts(root: Element) -> list[Rectangle]:
    """The front of every box, image first: the last of its three faces."""
    found = []
    for column in root.iter(f"{SVG}g"):
        faces = [one.attrib["d"] for one in column if one.get("class") == "face"]
        if faces:
            left, top, width, height, _ = numbers(faces[-1])
            found.append((left, top, left + width, top + height))
    return found


def sizes(root: Element) -> tuple[list[float], list[float]]:
    """Widths and heights of the fronts, in pixels."""
    found = fronts(root)
    return [right - left for left, _, right, _ in found], [low - top for _, top, _, low in found]


def extent(text: Element, size: float) -> Rectangle:
    """At most the place of a line: letters 0.64 of its size wide, bold 0.7, Chinese ones 1."""
    latin = 0.7 if text.get("font-weight") == "bold" else 0.64
    wide = [1 if unicodedata.east_asian_width(one) == "W" else latin for one in text.text or ""]
    x, y, half = float(text.attrib["x"]), float(text.attrib["y"]), size * sum(wide) / 2
    return x - half, y - 0.8 * size, x + half, y + 0.2 * size


def overlap(one: Rectangle, other: Rectangle) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 0 and down > 0


def test_every_stage_can_be_told_and_names_itself(network_plan: Plan) -> None:
    found = stages(drawing(network_plan))
    assert list(found) == [stage.name for stage in network_plan.stages]
    for name, group in found.items():
        assert names.stage(name) in texts(group)
        assert group.find(f"{SVG}title") is group[0]  # what SVG shows of a group at the pointer


def test_every_shape_and_count_stands_in_the_drawing(network_plan: Plan) -> None:
    for stage, group in zip(
        network_plan.stages, stages(drawing(network_plan)).values(), strict=True
    ):
        assert names.shape(stage.out_shape) in "".join(texts(group))
        if stage.blocks:
            assert f"×{len(stage.blocks)}" in texts(group)
        hover = group.findtext(f"{SVG}title", "")
        for count in (stage.params, stage.macs, stage.out_elements, stage.receptive_field):
            assert exact(count) in hover
        assert "<" not in hover


def test_boxes_follow_resolution_and_channels() -> None:
    widths, heights = sizes(drawing(PLANS["tiny"]))
    image = heights[0]
    stage_widths, stage_heights = widths[2:-1], heights[2:-1]
    assert stage_heights == sorted(stage_heights, reverse=True) and len(set(stage_heights)) == 4
    assert stage_widths == sorted(stage_widths) and len(set(stage_widths)) == 4
    assert stage_heights[0] / image == pytest.approx((56 / 224) ** 0.5, rel=1e-3)


def test_every_box_has_three_faces_its_cuts_and_an_arrow_to_the_next(network_plan: Plan) -> None:
    root = drawing(network_plan)
    kinds = [one.get("class") for one in root.iter(f"{SVG}path")]
    boxes = 1 + len(network_plan.stages)
    assert kinds.count("face") == 3 * boxes and kinds.count("arrow") == boxes - 1
    for stage, group in zip(network_plan.stages, stages(root).values(), strict=True):
        cuts = [one.attrib["d"].count("M") for one in group if one.get("class") == "cuts"]
        expected = min(len(stage.blocks), 18) - 1
        assert cuts == ([expected] if expected > 0 else [])
    assert not re.search(r"nan|inf|\de", " ".join(one.get("d", "") for one in root.iter()))


def test_tokens_are_drawn_as_their_grid_and_maps_are_not(network_plan: Plan) -> None:
    def lines(described: Plan) -> dict[str, int]:
        return {
            name: path.attrib["d"].count("M")
            for name, group in stages(drawing(described)).items()
            for path in group
            if path.get("class") == "tokens"
        }

    assert lines(network_plan) == {}
    tokens = token_plan()  # 4 rows and 6 columns of patches
    assert lines(tokens) == {one.name: 3 + 5 for one in tokens.stages if one.end.grid} != {}


def test_arrows_lead_from_box_to_box(network_plan: Plan) -> None:
    root = drawing(network_plan)
    arrows = [numbers(one.attrib["d"]) for one in root.iter() if one.get("class") == "arrow"]
    for (start, _, _, end, *_), (before, after) in zip(arrows, pairwise(fronts(root)), strict=True):
        assert before[2] < start < end < after[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("colour_by", COLOUR_BY)
@pytest.mark.parametrize("name", [*PLANS, *VARIANTS])
def test_words_never_meet_and_stay_inside(name: str, colour_by: ColourBy, lang: str) -> None:
    described = PLANS.get(name) or plan(VARIANTS[name])
    with use_language(lang):
        root = drawing(described, colour_by=colour_by)
    size = float(root.attrib["font-size"])
    words = [(one.text, extent(one, size)) for one in root.iter(f"{SVG}text")]
    meeting = [(a, b) for (a, x), (b, y) in combinations(words, 2) if overlap(x, y)]
    assert meeting == []
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for text, (left, top, right, bottom) in words:
        assert left >= 0 and top >= 0 and right <= width and bottom <= height, text
    for one in fronts(root):
        below = [text for text, place in words if overlap(one, place) and "×" not in (text or "")]
        assert below == []  # only a block's number stands on its box


@pytest.mark.parametrize("colour_by", COLOUR_BY)
def test_colours_order_stages_by_what_they_stand_for(
    network_plan: Plan, colour_by: ColourBy
) -> None:
    found = stages(drawing(network_plan, colour_by=colour_by))
    colours = {
        name: [one.attrib["fill"] for one in group if one.get("class") == "face"][-1]
        for name, group in found.items()
    }
    if colour_by == "stage":
        assert colours == {name: theme.stage_colour(name) for name in colours}
    else:
        most = max(network_plan.stages, key=lambda stage: float(getattr(stage, colour_by)))
        assert colours[most.name] == "#fde725"  # the bright end of viridis


def test_two_maps_side_by_side_share_their_scale() -> None:
    tiny, resnet = PLANS["tiny"], PLANS["resnet"]
    small = plan(VARIANTS["convnext_tiny"], 112)
    _, alone = sizes(drawing(small))
    _, scaled = sizes(drawing(small, other=tiny))
    assert scaled[0] == pytest.approx(alone[0] * 0.5**0.5, rel=1e-3)
    _, one = sizes(drawing(tiny, other=resnet))
    _, two = sizes(drawing(resnet, other=tiny))
    assert one[1] == two[1]  # both stems give 56×56
    eight = PLANS["eight stages"]
    assert network_map(tiny, other=eight).width == network_map(eight, other=tiny).width


def test_the_selected_stage_is_marked() -> None:
    def marked(selected: str | None) -> list[str]:
        root = ElementTree.fromstring(network_map(PLANS["tiny"], selected=selected).svg)
        found = stages(root).items()
        by_colour = []
        for name, group in found:
            ground = group.find(f"{SVG}rect")
            if ground is not None and ground.get("fill") == theme.HIGHLIGHT:
                by_colour.append(name)
        assert by_colour == [name for name, group in found if group.get("aria-current") == "true"]
        return by_colour

    assert marked("stage3") == ["stage3"]
    assert marked(None) == marked("stage9") == []


def test_a_stage_is_met_by_the_pointer_wherever_its_column_is(network_plan: Plan) -> None:
    root = drawing(network_plan)
    column = float(root.attrib["width"]) / (1 + len(network_plan.stages))
    for i, group in enumerate(stages(root).values(), start=1):
        ground = group.find(f"{SVG}rect")
        assert ground is not None and ground.get("fill") != "none"
        assert ground.get("height") == root.get("height")
        assert float(ground.attrib["x"]) == pytest.approx(i * column, abs=0.03 * column)
        assert float(ground.attrib["width"]) > 0.9 * column


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_drawing_names_and_describes_itself(network_plan: Plan, lang: str) -> None:
    with use_language(lang):
        drawn = network_map(network_plan)
        root = ElementTree.fromstring(drawn.svg)
        assert root.get("role") == "img" and root.get("lang") == lang
        assert root.findtext(f"{SVG}title") == names.network(network_plan.spec)
        assert root.findtext(f"{SVG}desc") == drawn.alt == describe(network_plan)
        assert all(names.stage(stage.name) in drawn.alt for stage in network_plan.stages)
        assert all(names.shape(stage.out_shape) in drawn.alt for stage in network_plan.stages)


def test_it_stands_alone_in_a_file_and_in_a_notebook() -> None:
    named = plan(replace(VARIANTS["convnext_tiny"], name="<b>&\"'"))
    drawn = network_map(named)
    root = ElementTree.fromstring(drawn._repr_svg_())
    assert root.findtext(f"{SVG}title") == "<b>&\"'"
    assert not re.search(r"(href|src)=|url\(|@import", drawn.svg)  # asks for nothing
    assert not any(one.tag == f"{SVG}script" for one in root.iter())
    assert "prefers-color-scheme:dark" in root.findtext(f"{SVG}style", "")
    for text in root.iter(f"{SVG}text"):  # on no box: as the page around it
        assert "fill" not in text.attrib or (text.text or "").startswith("×")
    assert root.get("fill") == "currentColor"


@pytest.mark.parametrize("name", sorted(VARIANTS))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_network_has_a_name_of_its_own(name: str, lang: str) -> None:
    with use_language(lang):
        called = names.network(VARIANTS[name])
        assert called not in {names.network(VARIANTS[other]) for other in VARIANTS if other != name}
        changed = names.network(replace(VARIANTS[name], num_classes=7))
        assert called in changed and called != changed
