"""The architecture map without Plotly: the same words and faces in the same places."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from convnext_viz.plans import plan
from convnext_viz.plots import architecture
from convnext_viz.plots.still import still
from convnext_viz.specs import CONVNEXT, RESNET
from convnext_viz.text import use_language

PLAN = plan(CONVNEXT["convnext_tiny"])


def paths(html: str) -> list[tuple[str, str]]:
    """Style and points of every path of the background."""
    (picture,) = re.findall(r"url\('data:image/svg\+xml,([^']*)'\)", html)
    root = ElementTree.fromstring(unquote(picture))
    return [(one.attrib["style"], one.attrib["d"]) for one in root]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("net", [CONVNEXT["convnext_tiny"], RESNET["resnet50"]])
def test_every_word_of_the_figure_stands_in_it(lang: str, net: object) -> None:
    with use_language(lang):
        figure = architecture.network_map(plan(net), selected="stage2")  # type: ignore[arg-type]
        said = re.findall(r"<span [^>]*>(.*?)</span>", still(figure))
    assert said == [note.text for note in figure.layout.annotations if note.text]


def test_boxes_stand_where_the_figure_has_them() -> None:
    figure = architecture.network_map(PLAN)
    fronts = figure.data[0]
    drawn = paths(still(figure))
    left, right = figure.layout.xaxis.range
    low, high = figure.layout.yaxis.range
    for i, colour in enumerate(fronts.marker.color):
        (d,) = [d for style, d in drawn if style.startswith(f"fill:{colour};")]
        x0, y0, x1, y1 = map(float, re.findall(r"-?[\d.]+", d)[:4])
        middle, width = fronts.x[i], fronts.width[i]
        assert x0 == pytest.approx(100 * (middle - width / 2 - left) / (right - left), abs=0.01)
        assert x1 == pytest.approx(100 * (middle + width / 2 - left) / (right - left), abs=0.01)
        top = fronts.base[i] + fronts.y[i]
        assert y0 == pytest.approx(100 * (high - top) / (high - low), abs=0.01)
        assert y1 == pytest.approx(100 * (high - fronts.base[i]) / (high - low), abs=0.01)


def test_faces_cuts_arrows_and_the_selected_stage() -> None:
    boxes = 1 + len(PLAN.stages)
    plain, marked = (
        paths(still(architecture.network_map(PLAN, selected=one))) for one in (None, "stage3")
    )
    # Two faces and a front a box, the cuts as one line, an arrow between two boxes.
    assert len(plain) == 3 * boxes + 1 + boxes - 1
    assert len(marked) == len(plain) + 1
    assert all("nan" not in d and "e" not in d for _, d in marked)
