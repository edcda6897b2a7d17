"""Merging drawn: four neighbours become one token, and both ways of computing it, side by side."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.results import Merging, Place
from convnext_viz.text import t

COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7")
"""Of the four neighbours, in the order of their channels."""


def order(found: Merging, place: Place, channel: int) -> go.Figure:
    """2×2 neighbours with their values in a channel, and where these stand among 4C channels."""
    channels = len(found.given)
    row, column = place
    figure = theme.hide_axes(theme.blank(height=230, top=0, right=0, bottom=0, left=0))
    figure.update_layout(dragmode=False, showlegend=False)
    figure.update_xaxes(range=[-0.2, 8.4], constrain="domain")
    figure.update_yaxes(range=[2.6, -0.5], constrain="domain", scaleanchor="x")
    shapes, words = [], []
    for part, (down, right) in enumerate(found.order):
        colour = COLOURS[part]
        value = found.given[channel, 2 * row + down, 2 * column + right]
        for x, y, text in (
            (right, down, f"<b>({down}, {right})</b><br>{value:.3f}"),
            (3.2 + 1.25 * part, 0.5, f"<b>({down}, {right})</b><br>{value:.3f}"),
        ):
            wide = 1.25 if x >= 3 else 1
            box = {"x0": x, "x1": x + wide, "y0": y, "y1": y + 1}
            line = {"color": theme.PAPER, "width": 2}
            shapes.append({"type": "rect", "fillcolor": colour, "line": line, **box})
            font = {"size": theme.SMALL, "color": theme.text_on(colour)}
            words.append(theme.label(x + wide / 2, y + 0.5, text, font=font))
        first = part * channels
        middle = 3.2 + 1.25 * (part + 0.5)
        words.append(theme.label(middle, 1.75, f"{first}–{first + channels - 1}"))
    words.append(theme.label(1, -0.25, t("swin.merging.neighbours", row=row, column=column)))
    words.append(theme.label(5.7, -0.05, t("swin.merging.channels", count=4 * channels)))
    words.append(theme.arrow((2.2, 3.0), (1, 1)))
    figure.update_layout(shapes=shapes, annotations=words)
    return figure


def channel_map(values: NDArray[np.float32], limit: float, place: Place) -> go.Figure:
    """One channel of an output, (h, w), on a scale from −limit to limit; the ``place`` is framed.

    A click chooses a place: row · columns + column.
    """
    rows, columns = values.shape
    figure = theme.hide_axes(theme.blank(height=240, top=0, right=0, bottom=0, left=0))
    theme.clickable(figure).update_layout(dragmode=False, showlegend=False)
    figure.add_heatmap(
        z=values,
        zmin=-limit,
        zmax=limit,
        colorscale=theme.DIVERGING,
        showscale=False,
        hovertemplate=t("swin.hover.value") + "<extra></extra>",
    )
    y, x = place
    frame = {"x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5}
    figure.add_shape(type="rect", line={"color": theme.INK, "width": 3}, **frame)
    places = [(i, j) for i in range(rows) for j in range(columns)]
    figure.add_scatter(
        x=[column for _, column in places],
        y=[row for row, _ in places],
        mode="markers",
        marker={"symbol": "square", "size": round(240 / rows), "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[i * columns + j for i, j in places],
        text=[f"({i}, {j}): {values[i, j]:.6f}" for i, j in places],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_xaxes(range=[-0.5, columns - 0.5], constrain="domain")
    figure.update_yaxes(range=[rows - 0.5, -0.5], constrain="domain", scaleanchor="x")
    return figure
