"""Figures built as plain data: for those that every visit draws anew.

Plotly checks every word of a figure again whenever one is added, so that small multiples take it
half a second, in which one interpreter serves nobody else. What is built here is not checked as it
is made; tests have Plotly check all of it.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import plotly.graph_objects as go

from convnext_viz.plots import theme

Data = dict[str, Any]


def layout(
    *, height: int, top: int = 8, right: int = 8, bottom: int = 8, left: int = 8, **more: Any
) -> Data:
    """The layout of :func:`theme.blank`, for one pair of axes, and what else is given."""
    house: Data = theme.known_blank(height, top, right, bottom, left)["layout"]
    return deepcopy(house) | more


def figure(traces: Sequence[Data], layout: Data) -> go.Figure:
    """A figure of these traces, each with its ``type``; arrays stay arrays."""
    return theme.copy_of({"data": list(traces), "layout": layout})


def hidden(**more: Any) -> Data:
    """An axis of a drawing: not seen, not moved."""
    return {"visible": False, "fixedrange": True} | more


def axis_names(place: int) -> tuple[str, str]:
    """How a trace names the axes of a cell, counted from 0 row by row: ``("x", "y")``,
    ``("x2", "y2")`` …"""
    number = place + 1 if place else ""
    return f"x{number}", f"y{number}"


def axes(place: int, x: Data, y: Data) -> Data:
    """Both axes of a cell as entries of a layout."""
    across, down = axis_names(place)
    return {
        f"xaxis{across[1:]}": {"anchor": down} | x,
        f"yaxis{down[1:]}": {"anchor": across} | y,
    }


def domains(
    rows: int, columns: int, *, horizontal: float, vertical: float
) -> list[tuple[list[float], list[float]]]:
    """The part of a figure's width and of its height that each cell of a grid has, row by row from
    the top; ``horizontal`` and ``vertical`` are the gaps, as parts of the same."""
    width = (1 - horizontal * (columns - 1)) / columns
    height = (1 - vertical * (rows - 1)) / rows
    across = [[left, left + width] for left in (i * (width + horizontal) for i in range(columns))]
    down = [[low, low + height] for low in (i * (height + vertical) for i in range(rows))]
    return [(list(x), list(y)) for y in reversed(down) for x in across]
