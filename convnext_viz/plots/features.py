"""Feature maps as small multiples: one square a channel."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import names, plain, theme
from convnext_viz.plots.plain import Data
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
    layout = plain.layout(height=height, top=0, right=0, bottom=0, left=0, showlegend=False)
    layout |= theme.CLICKABLE
    parts = plain.domains(rows, columns, horizontal=0.12 / columns, vertical=0.02 / rows)
    down, across = maps.values.shape[1:]
    traces, tiles = [], []
    for place, channel in enumerate(channels):
        values = maps.values[channel]
        x, y = plain.axis_names(place)
        where = {"xaxis": x, "yaxis": y}
        traces += [cells(maps, channel, span=span) | where]
        traces += [_handle(channel, values, channel == pinned) | where]
        mean = _signed(float(values.mean()))
        tiles.append(
            {
                "text": t("explain_features.maps.tile", channel=channel, mean=mean),
                "align": "left",
                "x": -0.5 + 0.19 * across,
                "y": -0.5 - 0.5 * _HEAD * down,
                "xref": x,
                "yref": y,
                "xanchor": "left",
                "showarrow": False,
                "font": {"size": 11},
            }
        )
        layout |= plain.axes(
            place,
            plain.hidden(domain=parts[place][0], range=[-0.5, across - 0.5], constrain="domain"),
            plain.hidden(
                domain=parts[place][1],
                range=[down - 0.5, -0.5 - _HEAD * down],
                scaleanchor=x,
                constrain="domain",
            ),
        )
    return plain.figure(traces, layout | {"annotations": tiles})


def _signed(value: float) -> str:
    """Two digits and, where it is below zero, a minus sign in place of a hyphen."""
    return f"{value:.2g}".replace("-", "−")


def cells(maps: FeatureMaps, channel: int, *, span: tuple[float, float] | None = None) -> Data:
    """One channel as it is, its value on hover; ``span`` as in :func:`grid`."""
    values = maps.values[channel]
    limit = float(np.abs(values).max()) or 1.0
    low, high = span or (-limit if maps.span()[0] < 0 else 0.0, limit)
    hover = t("explain.features.hover", channel=channel, value="%{z:.3g}")
    return {
        "type": "heatmap",
        "z": values,
        "zmin": low,
        "zmax": high,
        "colorscale": theme.DIVERGING if low < 0 else theme.sequential(),
        "showscale": False,
        "hovertemplate": hover + "<extra></extra>",
    }


def _handle(channel: int, values: NDArray[np.float32], pinned: bool) -> Data:
    """The mark above a map, to be clicked."""
    down, across = values.shape
    hover = t("explain_features.maps.handle", channel=channel, largest=f"{values.max():.3g}")
    return {
        "type": "scatter",
        "x": [-0.5 + 0.09 * across],
        "y": [-0.5 - 0.5 * _HEAD * down],
        "mode": "markers",
        "marker": {
            "size": 13,
            "symbol": "square" if pinned else "square-open",
            "color": PIN if pinned else theme.MUTED,
            "line": {"width": 1.5},
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "cliponaxis": False,
        "customdata": [channel],
        "hovertemplate": hover + "<extra></extra>",
    }


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
