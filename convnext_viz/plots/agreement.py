"""How alike the maps of several models are, as a small table of colours and numbers."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.text import t

_ROW = 44  # pixels


def table(similarities: NDArray[np.float64], names: Sequence[str]) -> go.Figure:
    """Rank correlations (n, n) around zero, −1 … 1, a number in every cell; "–" for a flat map.

    Rows and columns are numbered as the models are, from 1; their names show on hover.
    """
    count = len(names)
    figure = theme.blank(height=_ROW * count + 30, top=0, right=0, bottom=30)
    words = [[number(value) for value in row] for row in similarities]
    short = [f"{i + 1}" for i in range(count)]
    figure.add_heatmap(
        z=similarities,
        x=short,
        y=short,
        zmin=-1,
        zmax=1,
        colorscale=theme.DIVERGING,
        showscale=False,
        xgap=2,
        ygap=2,
        customdata=[[f"{one}<br>{other}" for other in names] for one in names],
        text=words,
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
    )
    for i, row in enumerate(similarities):
        for j, value in enumerate(row):
            figure.add_annotation(
                x=j,
                y=i,
                text=words[i][j],
                showarrow=False,
                font={"size": 14, "color": _ink(value)},
            )
    figure.update_xaxes(fixedrange=True, showgrid=False, zeroline=False, type="category")
    figure.update_yaxes(
        fixedrange=True, showgrid=False, zeroline=False, autorange="reversed", type="category"
    )
    figure.update_layout(dragmode=False)
    return figure


def describe(similarities: NDArray[np.float64], names: Sequence[str]) -> str:
    """The table in words: every pair with its number."""
    pairs = [
        t(
            "explain_subjects.compare.pair",
            one=names[i],
            other=names[j],
            value=number(float(similarities[i, j])),
        )
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]
    return t("explain_subjects.compare.alt", pairs="; ".join(pairs))


def number(value: float) -> str:
    """``0.82``, ``−0.10``, or a dash where a map is flat."""
    return "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")


def _ink(value: float) -> str:
    """What is read best on the colour of a number; the page's own where there is no colour."""
    if np.isnan(value):
        return theme.TEXT
    at = round((min(max(value, -1.0), 1.0) + 1) / 2 * (len(theme.DIVERGING) - 1))
    return theme.text_on(str(theme.DIVERGING[at][1]))
