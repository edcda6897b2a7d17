"""The relative-position bias: a query and a key are chosen, and the table is drawn as a picture."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.results import Place, PositionBias
from convnext_viz.text import t

QUERY, KEY = "#D55E00", "#0072B2"
_HEIGHT = 260  # pixels


def picker(side: int, chosen: Place, other: Place, *, of: str) -> go.Figure:
    """A window's tokens, to choose one with a click: row · side + column. ``of`` is what is chosen,
    "query" or "key"; the ``other`` is an outline."""
    figure = theme.hide_axes(theme.blank(height=_HEIGHT, top=0, right=0, bottom=0, left=0))
    theme.clickable(figure).update_layout(dragmode=False, showlegend=False)
    places = [(i, j) for i in range(side) for j in range(side)]
    own, others = (QUERY, KEY) if of == "query" else (KEY, QUERY)
    size = round(0.8 * _HEIGHT / side)
    figure.add_scatter(
        x=[column for _, column in places],
        y=[row for row, _ in places],
        mode="markers",
        marker={
            "symbol": "square",
            "opacity": 1,
            "size": size,
            "color": [own if place == chosen else theme.FAINT for place in places],
            "line": {
                "width": [3 if place == other else 0 for place in places],
                "color": others,
            },
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=[i * side + j for i, j in places],
        text=[f"({i}, {j})" for i, j in places],
        hovertemplate=t("swin.hover.token") + "<extra></extra>",
    )
    figure.update_xaxes(range=[-0.6, side - 0.4], constrain="domain")
    figure.update_yaxes(range=[side - 0.4, -0.6], constrain="domain", scaleanchor="x")
    return figure


def table(found: PositionBias, head: int, query: Place, key: Place) -> go.Figure:
    """A head's column of the table as (2M − 1)² offsets; framed the one of the query and key."""
    values = found.table[head]
    most = found.side - 1
    limit = float(np.abs(values).max()) or 1.0
    offsets = list(range(-most, most + 1))
    count = len(offsets)
    rows = np.arange(count**2).reshape(count, count)
    figure = theme.blank(height=340, top=8, right=8, bottom=46, left=56)
    figure.update_layout(dragmode=False)
    figure.add_heatmap(
        z=values,
        x=offsets,
        y=offsets,
        customdata=rows,
        zmin=-limit,
        zmax=limit,
        colorscale=theme.DIVERGING,
        colorbar={"thickness": 10, "outlinewidth": 0},
        hovertemplate=t("swin.hover.bias") + "<extra></extra>",
    )
    down, right = (cell - most for cell in found.cell(query, key))
    frame = {"x0": right - 0.5, "x1": right + 0.5, "y0": down - 0.5, "y1": down + 0.5}
    figure.add_shape(type="rect", line={"color": theme.INK, "width": 5}, **frame)
    figure.add_shape(type="rect", line={"color": theme.PAPER, "width": 2}, **frame)
    ticks = [-most, 0, most]
    figure.update_xaxes(
        title=t("swin.bias.across"), tickvals=ticks, constrain="domain", showgrid=False
    )
    figure.update_yaxes(
        title=t("swin.bias.down"),
        tickvals=ticks,
        range=[most + 0.5, -most - 0.5],
        constrain="domain",
        scaleanchor="x",
        showgrid=False,
    )
    return figure


def heads(values: NDArray[np.float32], chosen: int) -> go.Figure:
    """The bias of each head for one offset, (heads,)."""
    figure = theme.blank(height=180, top=8, right=8, bottom=46, left=56)
    figure.update_layout(showlegend=False, bargap=0.3)
    labels = [str(number + 1) for number in range(len(values))]
    colours = [QUERY if number == chosen else theme.MUTED for number in range(len(values))]
    figure.add_bar(
        x=labels,
        y=values,
        marker={"color": colours},
        hovertemplate=t("swin.hover.head") + "<extra></extra>",
    )
    figure.update_xaxes(title=t("swin.bias.heads"), type="category", fixedrange=True)
    figure.update_yaxes(title=t("swin.bias.value"), fixedrange=True, nticks=4)
    return figure
