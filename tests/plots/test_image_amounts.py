"""Accuracy against the number of images: what is drawn and said are the runs' own numbers."""

import json
import re

import plotly.graph_objects as go
import pytest

from convnext_viz.plots import image_amounts, theme
from convnext_viz.plots.image_amounts import Amount
from convnext_viz.text import LANGUAGES, use_language

AMOUNTS = (
    Amount("fine-tuned", 48, (0.9, 1.0)),
    Amount("from scratch", 12, (0.5, 0.6, 0.4)),
    Amount("fine-tuned", 12, (0.7, 0.8)),
    Amount("from scratch", 48, (0.75,)),
    Amount("fine-tuned", 24, (0.85,)),
)


def test_a_line_of_means_for_each_variant_whatever_the_order_of_the_runs() -> None:
    figure = image_amounts.curves(AMOUNTS)
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    assert list(lines["fine-tuned"].x) == [12, 24, 48]
    assert list(lines["fine-tuned"].y) == pytest.approx([0.75, 0.85, 0.95])
    assert list(lines["from scratch"].x) == [12, 48]
    assert list(lines["from scratch"].y) == pytest.approx([0.5, 0.75])
    assert lines["fine-tuned"].line.color != lines["from scratch"].line.color


def test_every_seed_is_a_point_of_its_variants_colour() -> None:
    figure = image_amounts.curves(AMOUNTS)
    colours = {trace.name: trace.line.color for trace in figure.data if trace.name}
    points = {trace.marker.color: trace for trace in figure.data if trace.mode == "markers"}
    seen = points[colours["from scratch"]]
    assert list(zip(seen.x, seen.y, strict=True)) == [(12, 0.5), (12, 0.6), (12, 0.4), (48, 0.75)]
    assert len(points[colours["fine-tuned"]].x) == 5
    assert not any(one.showlegend for one in points.values())


def test_a_doubling_is_one_width_and_every_amount_has_its_tick() -> None:
    figure = image_amounts.curves(AMOUNTS)
    go.Figure(figure.to_dict())
    assert figure.layout.xaxis.type == "log" and figure.layout.xaxis.tickvals == (12, 24, 48)
    low, high = figure.layout.yaxis.range
    assert low <= 0 and high >= 1
    assert figure.layout.template == theme.TEMPLATE


def test_more_variants_than_colours_are_all_drawn() -> None:
    many = [Amount(f"variant {i}", count, (0.5,)) for i in range(9) for count in (4, 8)]
    named = [trace for trace in image_amounts.curves(many).data if trace.name]
    assert [trace.name for trace in named] == [f"variant {i}" for i in range(9)]
    assert all(list(trace.x) == [4, 8] for trace in named)


def test_streamlit_changes_none_of_our_colours() -> None:
    """#000001, #000002, … stand for its theme's colours: they would be repainted."""
    words = json.dumps([trace.to_plotly_json() for trace in image_amounts.curves(AMOUNTS).data])
    assert not re.findall(r"#0000(?:0[1-9a-f]|[1-3][0-9a-f])\b", words)


@pytest.mark.parametrize("code", LANGUAGES)
def test_in_words(code: str) -> None:
    with use_language(code):
        said = image_amounts.describe(AMOUNTS)
        title = image_amounts.curves(AMOUNTS).layout.xaxis.title.text
    assert len(re.findall(r"[\d.]+%", said)) == 5
    assert said.index("75") < said.index("85") < said.index("95")  # by the number of images
    assert said.index("95") < said.index("50")  # one variant after the other
    assert title
