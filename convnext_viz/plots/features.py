"""Feature maps as small multiples: one square a channel."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from convnext_viz.plots import names, theme
from convnext_viz.results import FeatureMaps
from convnext_viz.text import t

PIN = "#D55E00"  # the mark of the pinned channel
_HEAD = 0.36  # of a map's height: the lines above it, with the channel's number and mean


def grid(
    maps: FeatureMaps,
    channels: Sequence[int],
    *,
    columns: int,
    side: int = 100,
    span: tuple[float, float] | None = None,
    pinned: int | None = None,
) -> go.Figure:
    """Some channels of a stage, ``columns`` in a row; number and mean above each, value on hover.

    Every channel has its own scale: signed ones around zero, from blue through grey to orange, as
    far as their largest absolute value; ones that are never negative from 0. With ``span`` all have
    that scale. The mark beside a number can be clicked, its customdata is the channel; that of
    ``pinned`` is filled. ``side``: pixels.
    """
    rows = -(-len(channels) // columns)
    height = round(rows * side * (1 + _HEAD))
    figure = make_subplots(
        rows=rows, cols=columns, horizontal_spacing=0.12 / columns, vertical_spacing=0.02 / rows
    )
    figure.update_layout(theme.blank(height=height, top=0, right=0, bottom=0, left=0).layout)
    theme.hide_axes(figure)
    theme.clickable(figure).update_layout(showlegend=False)
    for place, channel in enumerate(channels):
        values = maps.values[channel]
        where = {"row": place // columns + 1, "col": place % columns + 1}
        figure.add_trace(cells(maps, channel, span=span), **where)
        figure.add_trace(_handle(channel, values, channel == pinned), **where)
        down, across = values.shape
        figure.add_annotation(
            text=t(
                "explain_features.maps.tile", channel=channel, mean=_signed(float(values.mean()))
            ),
            align="left",
            x=-0.5 + 0.19 * across,
            y=-0.5 - 0.5 * _HEAD * down,
            xanchor="left",
            showarrow=False,
            font={"size": 11},
            **where,
        )
        figure.update_xaxes(range=[-0.5, across - 0.5], constrain="domain", **where)
        figure.update_yaxes(
            range=[down - 0.5, -0.5 - _HEAD * down],
            scaleanchor=f"x{place + 1 if place else ''}",
            constrain="domain",
            **where,
        )
    return figure


def _signed(value: float) -> str:
    """Two digits and, where it is below zero, a minus sign in place of a hyphen."""
    return f"{value:.2g}".replace("-", "−")


def cells(
    maps: FeatureMaps, channel: int, *, span: tuple[float, float] | None = None
) -> go.Heatmap:
    """One channel as it is, its value on hover; ``span`` as in :func:`grid`."""
    values = maps.values[channel]
    limit = float(np.abs(values).max()) or 1.0
    low, high = span or (-limit if maps.span()[0] < 0 else 0.0, limit)
    hover = t("explain.features.hover", channel=channel, value="%{z:.3g}")
    return go.Heatmap(
        z=values,
        zmin=low,
        zmax=high,
        colorscale=theme.DIVERGING if low < 0 else theme.SEQUENTIAL,
        showscale=False,
        hovertemplate=hover + "<extra></extra>",
    )


def _handle(channel: int, values: NDArray[np.float32], pinned: bool) -> go.Scatter:
    """The mark above a map, to be clicked."""
    down, across = values.shape
    hover = t("explain_features.maps.handle", channel=channel, largest=f"{values.max():.3g}")
    return go.Scatter(
        x=[-0.5 + 0.09 * across],
        y=[-0.5 - 0.5 * _HEAD * down],
        mode="markers",
        marker={
            "size": 13,
            "symbol": "square" if pinned else "square-open",
            "color": PIN if pinned else theme.MUTED,
            "line": {"width": 1.5},
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
        customdata=[channel],
        hovertemplate=hover + "<extra></extra>",
    )


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
