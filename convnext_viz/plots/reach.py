"""Which pixels move a cell, on a logarithmic scale: what is zero stays empty."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from convnext_viz.plots import theme
from convnext_viz.results import Box, EffectiveField
from convnext_viz.text import t

DECADES = 8  # of the scale, below the largest
_SQUARE = "#D55E00"


def reach(found: EffectiveField, box: Box, *, window: int = 0) -> go.Figure:
    """The gradient of a cell with respect to each pixel; framed the theoretical field.

    ``window``: pixels between the borders of windows; 0 draws none.
    """
    height, width = found.score.shape
    share = found.score / (found.score.max() or 1)
    with np.errstate(divide="ignore"):
        values = np.where(share > 0, np.log10(share).clip(-DECADES), np.nan)
    figure = theme.hide_axes(theme.blank(height=300, top=0, right=0, bottom=0, left=0))
    figure.update_layout(dragmode=False)
    figure.add_heatmap(
        z=values,
        zmin=-DECADES,
        zmax=0,
        colorscale=theme.SEQUENTIAL,
        hoverongaps=False,
        hovertemplate=t("swin.hover.reach") + "<extra></extra>",
        colorbar={
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": list(range(-DECADES, 1, 2)),
            "ticktext": [_power(exponent) for exponent in range(-DECADES, 1, 2)],
        },
    )
    shapes: list[dict[str, Any]] = []
    if window:
        borders = range(window, height, window)
        lines = [f"M-0.5,{at - 0.5} L{width - 0.5},{at - 0.5}" for at in borders]
        lines += [f"M{at - 0.5},-0.5 L{at - 0.5},{height - 0.5}" for at in borders]
        line = {"color": theme.MUTED, "width": 1, "dash": "dot"}
        shapes.append({"type": "path", "path": " ".join(lines), "line": line})
    inside = box.clipped(height, width)
    corners: dict[str, Any] = {"x0": inside.left - 0.5, "x1": inside.right - 0.5}
    corners |= {"y0": inside.top - 0.5, "y1": inside.bottom - 0.5}
    shapes.append({"type": "rect", "line": {"color": _SQUARE, "width": 3}, **corners})
    figure.update_layout(shapes=shapes)
    figure.update_xaxes(range=[-1, width], constrain="domain")
    figure.update_yaxes(range=[height, -1], constrain="domain", scaleanchor="x")
    return figure


def _power(exponent: int) -> str:
    return f"10<sup>−{-exponent}</sup>" if exponent else "1"
