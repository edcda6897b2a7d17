"""A recorded run beside the paper: accuracies of its variants, and what each step changed."""

from collections.abc import Mapping, Sequence
from math import isfinite

import plotly.graph_objects as go

from convnext_viz.plots import theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.results import ArmMean, Difference
from convnext_viz.text import t

_ROW = 27  # pixels
_TOP, _BOTTOM = 58, 46  # pixels
_OURS, _PAPERS = "#0072B2", "#E69F00"


@drawn_once
def steps(
    means: Sequence[ArmMean],
    found: Mapping[str, Difference],
    published: Mapping[str, float],
    names: Mapping[str, str],
    *,
    selected: str = "",
) -> go.Figure:
    """A row a variant: its mean with an interval; its difference to the variant it is compared
    with, a dot for each seed, and the paper's difference as a diamond.

    ``found`` and ``published`` (in percentage points) are by the variant's label; ``names`` are
    what the variants are called.
    """
    figure = theme.panels(
        height=_TOP + _BOTTOM + _ROW * len(means),
        top=_TOP,
        bottom=_BOTTOM,
        right=10,
        cols=2,
        shared_yaxes=True,
        column_widths=[0.42, 0.58],
        horizontal_spacing=0.04,
    )
    rows = {one.label: row for row, one in enumerate(means)}
    known = [one for one in means if isfinite(one.low)]
    figure.add_scatter(
        x=[100 * one.mean for one in means],
        y=list(rows.values()),
        error_x={
            "array": [50 * (one.high - one.low) if one in known else 0 for one in means],
            "thickness": 2,
            "width": 3,
        },
        mode="markers",
        marker={"color": _OURS, "size": 8},
        name=t("recorded.plot.ours"),
        hovertemplate="%{y}: %{x:.2f}%<extra></extra>",
        row=1,
        col=1,
    )
    ours = {label: one for label, one in found.items() if label in rows}
    for label, one in ours.items():
        if isfinite(one.low):
            figure.add_scatter(
                x=[100 * one.low, 100 * one.high],
                y=[rows[label]] * 2,
                mode="lines",
                line={"color": _OURS, "width": 5},
                opacity=0.45,
                showlegend=False,
                hovertemplate="%{x:+.2f}<extra></extra>",
                row=1,
                col=2,
            )
    each = [(100 * value, rows[label]) for label, one in ours.items() for value in one.each]
    figure.add_scatter(
        x=[value for value, _ in each],
        y=[row for _, row in each],
        mode="markers",
        marker={"color": _OURS, "size": 6, "line": {"color": theme.MUTED, "width": 1}},
        showlegend=False,
        hovertemplate="%{x:+.2f}<extra></extra>",
        row=1,
        col=2,
    )
    figure.add_scatter(
        x=[100 * one.mean for one in ours.values()],
        y=[rows[label] for label in ours],
        mode="markers",
        marker={"symbol": "line-ns", "size": 16, "line": {"color": _OURS, "width": 3}},
        showlegend=False,
        hovertemplate="x̄ %{x:+.2f}<extra></extra>",
        row=1,
        col=2,
    )
    theirs = {label: value for label, value in published.items() if label in ours}
    figure.add_scatter(
        x=list(theirs.values()),
        y=[rows[label] for label in theirs],
        mode="markers",
        marker={
            "symbol": "diamond-open",
            "size": 10,
            "color": _PAPERS,
            "line": {"color": _PAPERS, "width": 2},
        },
        name=t("recorded.plot.papers"),
        hovertemplate="%{x:+.2f}<extra>%{fullData.name}</extra>",
        row=1,
        col=2,
    )
    figure.add_vline(x=0, line={"color": theme.MUTED, "width": 1.5}, row=1, col=2)
    _axes(figure, [names[label] for label in rows], rows.get(selected))
    return figure


def _axes(figure: go.Figure, ticks: Sequence[str], row: int | None) -> None:
    figure.update_yaxes(
        tickvals=list(range(len(ticks))),
        ticktext=list(ticks),
        range=[len(ticks) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_xaxes(fixedrange=True, nticks=5, tickfont={"size": theme.SMALL})
    for col, name in enumerate(("accuracy", "difference"), start=1):
        title = {"text": t(f"recorded.plot.{name}"), "font": {"size": theme.SMALL}, "standoff": 4}
        figure.update_xaxes(title=title, row=1, col=col)
    if row is not None:
        figure.add_hrect(
            y0=row - 0.5, y1=row + 0.5, fillcolor=theme.HIGHLIGHT, line_width=0, layer="below"
        )
