"""Accuracy against the number of training images, a line for every variant."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import plotly.graph_objects as go

from convnext_viz.numbers import percent
from convnext_viz.plots import theme
from convnext_viz.text import t


@dataclass(frozen=True)
class Amount:
    """A variant trained on so many images: its test accuracy under every seed, 0 … 1."""

    label: str
    images: int
    accuracies: tuple[float, ...]


def curves(amounts: Sequence[Amount]) -> go.Figure:
    """Means as lines, seeds as points; the number of images grows by doubling."""
    figure = theme.blank(height=340, top=8, right=8, bottom=48, left=56)
    labels = list(dict.fromkeys(one.label for one in amounts))
    colours = list(theme.STAGE_COLOURS.values())[1:]
    for label, colour in zip(labels, colours * len(labels), strict=False):
        of_label = sorted((one for one in amounts if one.label == label), key=lambda o: o.images)
        figure.add_scatter(
            x=[one.images for one in of_label],
            y=[fmean(one.accuracies) for one in of_label],
            name=label,
            mode="lines+markers",
            line={"color": colour},
            hovertemplate=t("yours.amounts.hover", name=label),
        )
        figure.add_scatter(
            x=[one.images for one in of_label for _ in one.accuracies],
            y=[value for one in of_label for value in one.accuracies],
            mode="markers",
            marker={"color": colour, "opacity": 0.4, "size": 6},
            showlegend=False,
            hoverinfo="skip",
        )
    ticks = sorted({one.images for one in amounts})
    figure.update_xaxes(type="log", tickvals=ticks, title={"text": t("yours.amounts.x")})
    figure.update_yaxes(tickformat=".0%", range=[-0.02, 1.02], title={"text": t("yours.amounts.y")})
    figure.update_layout(legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    return figure


def describe(amounts: Sequence[Amount]) -> str:
    """The lines in words."""
    parts = [
        t(
            "yours.amounts.said",
            name=one.label,
            images=one.images,
            accuracy=percent(fmean(one.accuracies)),
        )
        for one in sorted(amounts, key=lambda one: (one.label, one.images))
    ]
    return t("yours.between").join(parts)
