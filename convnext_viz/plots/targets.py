"""Targets of a loss as bars, beside a network's prediction; and the mixing share's distribution."""

from collections.abc import Mapping, Sequence
from math import exp, lgamma

import numpy as np
import plotly.graph_objects as go

from convnext_viz.numbers import percent
from convnext_viz.plots import theme
from convnext_viz.text import t

_COLOURS = (
    theme.STAGE_COLOURS["stage4"],
    theme.STAGE_COLOURS["stage1"],
    theme.STAGE_COLOURS["stage2"],
)


def class_bars(labels: Sequence[str], series: Mapping[str, Sequence[float]]) -> go.Figure:
    """A group of bars a class, a bar a series: targets and predictions, 0 … 1."""
    rows = len(labels) * len(series)
    figure = theme.blank(height=max(150, 66 + 17 * rows), top=34)
    for (name, values), colour in zip(series.items(), _COLOURS, strict=False):
        figure.add_bar(
            orientation="h",
            y=list(labels),
            x=list(values),
            name=name,
            marker={"color": colour},
            text=[percent(value) for value in values],
            textposition="outside",
            textfont={"size": theme.SMALL},
            cliponaxis=False,
            hovertemplate="%{y}: %{text}",
        )
    figure.update_xaxes(range=[0, 1.14], tickformat=".0%", title_text=t("recipe.plot.probability"))
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    figure.update_layout(barmode="group", bargap=0.25, legend={"traceorder": "normal"})
    return figure


def mixing_shares(alpha: float, drawn: Sequence[float]) -> go.Figure:
    """The Beta(α, α) density of the share λ, and the shares that were drawn.

    CutMix's shares are the areas that were left, after the box was cut at the border.
    """
    x = np.linspace(0.004, 0.996, 249)
    figure = theme.blank(height=230, top=34)
    scale = exp(lgamma(2 * alpha) - 2 * lgamma(alpha))
    figure.add_scatter(
        x=x,
        y=scale * (x * (1 - x)) ** (alpha - 1),
        mode="lines",
        line={"color": theme.STAGE_COLOURS["stage1"], "width": 2.5},
        name=t("recipe.plot.density", alpha=f"{alpha:g}"),
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=list(drawn),
        y=[0.0] * len(drawn),
        mode="markers",
        marker={"size": 12, "color": theme.STAGE_COLOURS["stage4"], "symbol": "triangle-up"},
        cliponaxis=False,
        name=t("recipe.plot.drawn"),
        hovertemplate="%{x:.3f}",
    )
    figure.update_xaxes(title_text=t("recipe.plot.share"), range=[0, 1])
    figure.update_yaxes(title_text=t("recipe.plot.density_axis"), rangemode="tozero")
    return figure
