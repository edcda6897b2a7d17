"""One operation of a block on one image: a channel before and after, and all numbers."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.results import Operation
from convnext_viz.text import t


@drawn_once
def maps(
    before: tuple[Operation, ...],
    operation: Operation,
    channel: int,
    *,
    called: Mapping[str, str],
    kernel: NDArray[np.float32] | None = None,
) -> go.Figure:
    """One channel before and after an operation, each on its own scale around zero.

    Where the numbers of channels differ, the map before is the mean over channels. ``called`` says
    what a person calls the operations.
    """
    panels = []
    for given in before:
        alike = len(given.values) == len(operation.values)
        values = given.values[channel] if alike else given.values.mean(axis=0)
        title = t("block.maps.channel" if alike else "block.maps.mean", name=called[given.name])
        panels.append((title, values))
    if kernel is not None:
        panels.append((t("block.maps.kernel", size="×".join(map(str, kernel.shape))), kernel))
    if operation.name != "input":
        panels.append(
            (t("block.maps.channel", name=called[operation.name]), operation.values[channel])
        )
    titles = [title for title, _ in panels]
    figure = theme.panels(
        height=235,
        top=24,
        bottom=30,
        cols=len(panels),
        subplot_titles=titles,
        horizontal_spacing=0.04,
    )
    for i, (_, values) in enumerate(panels, start=1):
        limit = float(np.abs(values).max()) or 1.0
        figure.add_heatmap(
            z=values,
            colorscale=theme.DIVERGING,
            zmin=-limit,
            zmax=limit,
            showscale=False,
            hovertemplate="(%{y}, %{x}): %{z:.4g}<extra></extra>",
            row=1,
            col=i,
        )
        axes = figure.data[-1]
        figure.update_yaxes(
            scaleanchor=axes.xaxis or "x", autorange="reversed", constrain="domain", row=1, col=i
        )
        figure.update_xaxes(
            constrain="domain", title={"text": f"±{limit:.3g}", "standoff": 4}, row=1, col=i
        )
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False)
    return figure


@drawn_once
def histograms(before: tuple[Operation, ...], operation: Operation, *, stage: str) -> go.Figure:
    """How the numbers are distributed before and after; one range for both where scales allow.

    The outermost 0.1 % at either end are left out of the picture.
    """
    given = before[-1]
    pair = [given, operation] if operation.name != "input" else [operation]
    spans = [np.percentile(o.values, [0.1, 99.9]) for o in pair]
    sizes = [max(abs(low), abs(high)) for low, high in spans]
    together = max(sizes) < 12 * min(sizes)
    figure = theme.panels(
        height=215, top=4, rows=len(pair), shared_xaxes=together, vertical_spacing=0.2
    )
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    for i, (one, span) in enumerate(zip(pair, spans, strict=True), start=1):
        ends = (low, high) if together else tuple(span)
        if ends[0] == ends[1]:
            ends = (ends[0] - 1, ends[1] + 1)
        counts, edges = np.histogram(one.values, bins=60, range=ends)
        figure.add_bar(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts / one.values.size,
            marker={"color": theme.MUTED if i < len(pair) else theme.stage_colour(stage)},
            hovertemplate="%{x:.4g}: %{y:.2%}<extra></extra>",
            showlegend=False,
            row=i,
            col=1,
        )
        figure.update_yaxes(
            title_text=t("block.histogram.before" if i < len(pair) else "block.histogram.after"),
            tickformat=".0%",
            nticks=3,
            row=i,
            col=1,
        )
        figure.update_xaxes(exponentformat="power", nticks=7, row=i, col=1)
    figure.update_layout(bargap=0)
    return figure
