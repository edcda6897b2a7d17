"""Figures built as plain data: Plotly takes every word of them, and places cells as it would."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image
from plotly.subplots import make_subplots

from convnext_viz.plots import (
    attribution,
    faithfulness,
    features,
    field,
    methods_grid,
    plain,
    prediction,
    theme,
    thumbnails,
)
from convnext_viz.plots.thumbnails import Thumbnail
from convnext_viz.results import Attribution, Faithfulness, FeatureMaps, Prediction

IMAGE = Image.new("RGB", (32, 24))


def one(stage: str, method: str, **more: Any) -> Attribution:
    values = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    given = {"stage": stage, "method": method, "values": values, "target": 0, "score": 1.0}
    return Attribution(**given | {"image_size": (24, 32), "seconds": 0.0} | more)


MAPS = np.random.default_rng(0).normal(size=(7, 3, 4)).astype(np.float32)
PREDICTION = Prediction(
    logits=np.arange(3.0),
    probabilities=np.array([0.1, 0.2, 0.7]),
    top=(2, 1, 0),
    labels=("a", "b", "c"),
    seconds=0.1,
)
CURVES = Faithfulness(
    fractions=np.linspace(0, 1, 3),
    deletion=np.array([0.9, 0.5, 0.1]),
    insertion=np.array([0.1, 0.5, 0.9]),
    random_deletion=np.ones((3, 3)),
    random_insertion=np.ones((3, 3)),
)
FIGURES = {
    "grid": lambda: features.grid(
        FeatureMaps(stage="stage1", values=MAPS), range(7), columns=3, pinned=2
    ),
    "strip": lambda: thumbnails.strip(
        [Thumbnail(i, IMAGE, f"{i}", ("one", "two")) for i in range(6)], selected=3
    ),
    "methods": lambda: methods_grid.grid(
        [one("stage1", "grad_cam"), one("stage2", "grad_cam", nothing="empty")],
        IMAGE, stages=("stage1", "stage2"), methods=("grad_cam", "hires_cam"),
    ),
    "picture": lambda: attribution.picture(IMAGE),
    "raw": lambda: attribution.raw_map(one("stage1", "grad_cam")),
    "nothing": lambda: attribution.raw_map(one("stage1", "grad_cam", nothing="empty")),
    "bars": lambda: prediction.top_classes(PREDICTION, selected=1),
    "curves": lambda: faithfulness.curves(CURVES),
    "cells": lambda: field.cells(np.abs(MAPS[0]), (1, 2)),
    "overlay": lambda: attribution.overlay(one("stage1", "grad_cam"), IMAGE, opacity=0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_takes_every_word(name: str) -> None:
    figure = FIGURES[name]()
    go.Figure(figure.to_dict())  # raises for what it does not know
    assert figure.layout.template == theme.TEMPLATE


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 5), (3, 1), (4, 6)])
def test_cells_lie_where_plotly_puts_them(rows: int, columns: int) -> None:
    gaps = 0.2 / columns, 0.1 / rows
    theirs = make_subplots(
        rows=rows, cols=columns, horizontal_spacing=gaps[0], vertical_spacing=gaps[1]
    )
    ours = plain.domains(rows, columns, horizontal=gaps[0], vertical=gaps[1])
    for place, (across, down) in enumerate(ours):
        x, y = plain.axis_names(place)
        assert theirs.layout[f"xaxis{x[1:]}"].domain == pytest.approx(across)
        assert theirs.layout[f"yaxis{y[1:]}"].domain == pytest.approx(down)
        assert theirs.layout[f"xaxis{x[1:]}"].anchor == y


def test_two_figures_share_nothing_that_can_change() -> None:
    first, second = (plain.figure([], plain.layout(height=100)) for _ in range(2))
    first.layout.font.color = "#123456"
    first.layout.xaxis.tickfont.color = "#123456"
    assert second.layout.font.color == second.layout.xaxis.tickfont.color == theme.TEXT
