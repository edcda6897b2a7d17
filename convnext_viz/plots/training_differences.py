"""Differences of a run's arms: each seed's, their mean and its interval."""

from collections.abc import Sequence
from math import isfinite

import plotly.graph_objects as go

from convnext_viz.plots import theme
from convnext_viz.results import Difference
from convnext_viz.text import t


def differences(found: Sequence[tuple[str, Difference]], colours: Sequence[str]) -> go.Figure:
    """A row a difference, with what it is called: a dot for each seed, their mean and its interval.

    In percentage points, zero marked: an interval that crosses it tells nothing.
    """
    figure = theme.blank(height=110 + 48 * len(found), top=8, right=16, bottom=80)
    figure.add_vline(x=0, line={"color": theme.MUTED, "width": 1.5})
    for row, ((_, one), colour) in enumerate(zip(found, colours, strict=True)):
        if isfinite(one.low):
            low, high = 100 * one.low, 100 * one.high
            figure.add_scatter(
                x=[low, high],
                y=[row, row],
                mode="lines",
                line={"color": colour, "width": 5},
                opacity=0.45,
                hovertemplate=t("train_page.plot.interval", low=f"{low:+.2f}", high=f"{high:+.2f}")
                + "<extra></extra>",
            )
        figure.add_scatter(
            x=[100 * value for value in one.each],
            y=[row] * len(one.each),
            mode="markers",
            marker={"color": colour, "size": 8, "line": {"color": theme.MUTED, "width": 1}},
            hovertemplate="%{x:+.2f}<extra></extra>",
        )
        figure.add_scatter(
            x=[100 * one.mean],
            y=[row],
            mode="markers",
            marker={"symbol": "line-ns", "size": 20, "line": {"color": colour, "width": 3}},
            hovertemplate="x̄ %{x:+.2f}<extra></extra>",
        )
    figure.update_layout(showlegend=False)
    figure.update_yaxes(
        tickvals=list(range(len(found))),
        ticktext=[label for label, _ in found],
        range=[len(found) - 0.5, -0.5],
        fixedrange=True,
        showgrid=False,
    )
    figure.update_xaxes(
        title={"text": t("train_page.plot.points"), "standoff": 4},
        range=_reach([one for _, one in found]),
        fixedrange=True,
    )
    return figure


def _reach(found: Sequence[Difference]) -> list[float]:
    """From a little before the lowest point or end of an interval to behind the highest; with 0."""
    values = [0.0, *(value for one in found for value in (*one.each, one.low, one.high))]
    ends = [100 * pick(value for value in values if isfinite(value)) for pick in (min, max)]
    room = 0.04 * (ends[1] - ends[0]) or 1.0
    return [ends[0] - room, ends[1] + room]
