"""Feature maps as small multiples: one square a channel."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from convnext_viz.plots import names, theme
from convnext_viz.results import FeatureMaps
from convnext_viz.text import t

_TITLE = 22  # pixels above every square


def grid(maps: FeatureMaps, channels: Sequence[int], *, columns: int, side: int = 100) -> go.Figure:
    """Some channels of a stage, ``columns`` in a row; number and mean above each, value on hover.

    Every channel has its own scale: signed ones around zero, from blue through grey to orange, as
    far as their largest absolute value; ones that are never negative from 0. ``side``: pixels.
    """
    rows = -(-len(channels) // columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        horizontal_spacing=0.12 / columns,
        vertical_spacing=_TITLE / (rows * (side + _TITLE)),
    )
    figure.update_layout(
        theme.blank(height=rows * (side + _TITLE), top=_TITLE, right=0, bottom=0, left=0).layout
    )
    theme.hide_axes(figure)
    figure.update_layout(dragmode=False)
    signed = bool((maps.values < 0).any())
    for place, channel in enumerate(channels):
        values = maps.values[channel]
        limit = float(np.abs(values).max()) or 1.0
        row, column = place // columns + 1, place % columns + 1
        figure.add_heatmap(
            z=values,
            zmin=-limit if signed else 0,
            zmax=limit,
            colorscale=theme.DIVERGING if signed else theme.SEQUENTIAL,
            showscale=False,
            hovertemplate=t("explain.features.hover", channel=channel, value="%{z:.3g}")
            + "<extra></extra>",
            row=row,
            col=column,
        )
        x, y = (f"{axis}{place + 1 if place else ''}" for axis in "xy")
        figure.update_xaxes(constrain="domain", row=row, col=column)
        figure.update_yaxes(
            autorange="reversed", scaleanchor=x, constrain="domain", row=row, col=column
        )
        figure.add_annotation(
            text=f"<b>{channel}</b>  {values.mean():.2g}",
            xref=f"{x} domain",
            yref=f"{y} domain",
            x=0.5,
            y=1,
            yanchor="bottom",
            showarrow=False,
            font={"size": 11},
        )
    return figure


def describe(maps: FeatureMaps, channels: Sequence[int]) -> str:
    """The small multiples in words: which channels of which stage, and their means."""
    means = ", ".join(f"{channel} ({maps.values[channel].mean():.2g})" for channel in channels)
    count, height, width = maps.values.shape
    return t(
        "explain.features.alt",
        stage=names.stage(maps.stage),
        count=count,
        height=height,
        width=width,
        means=means,
    )
