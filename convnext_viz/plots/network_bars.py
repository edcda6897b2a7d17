"""Bars of several networks: activations in memory, and multiply-adds beside measured time."""

from collections.abc import Sequence

import plotly.graph_objects as go

from convnext_viz.numbers import digits, duration, size
from convnext_viz.plans import Plan
from convnext_viz.plans.peak import peak
from convnext_viz.plots import names, theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.plots.image_sizes import COLOURS
from convnext_viz.results import ForwardTimes
from convnext_viz.text import t

BYTES = 4  # of a float32
_ROW = 40  # pixels a network


@drawn_once
def activations(plans: Sequence[Plan]) -> go.Figure:
    """Bytes of the activations of one image: what training keeps, and the peak without it."""
    panels = (
        [plan.out_elements * BYTES for plan in plans],
        [peak(plan) * BYTES for plan in plans],
    )
    figure = _pair(len(plans), t("compare.memory.kept"), t("compare.memory.peak"))
    for column, values in enumerate(panels, 1):
        _bars(figure, column, [float(value) for value in values], list(map(size, values)))
    return _named(figure, [names.short(plan.spec) for plan in plans])


def describe_activations(plans: Sequence[Plan]) -> str:
    """The bars in words."""
    rows = [
        t(
            "compare.memory.alt_row",
            network=names.short(plan.spec),
            kept=size(plan.out_elements * BYTES),
            peak=size(peak(plan) * BYTES),
        )
        for plan in plans
    ]
    return t("compare.memory.alt", rows=t("plots.map.alt_joint").join(rows))


def times(found: ForwardTimes, plans: Sequence[Plan]) -> go.Figure:
    """Multiply-adds of one image beside the time that one takes: median, and the quartiles."""
    images = found.inputs[0][0]
    medians = [one.seconds / images for one in found.timings]
    lines = {
        "type": "data",
        "symmetric": False,
        "array": [(one.quartiles[1] - one.seconds) / images for one in found.timings],
        "arrayminus": [(one.seconds - one.quartiles[0]) / images for one in found.timings],
        "color": theme.MUTED,
        "thickness": 2,
        "width": 5,
    }
    macs = [plan.macs / 1e9 for plan in plans]
    figure = _pair(len(plans), t("compare.times.macs"), t("compare.times.time"))
    _bars(figure, 1, macs, list(map(digits, macs)))
    # Words behind the longest whisker of their row.
    ends = [max(one.quartiles[1], one.seconds) / images for one in found.timings]
    _bars(figure, 2, medians, list(map(duration, medians)), lines=lines, ends=ends)
    return _named(figure, [names.short(plan.spec) for plan in plans])


def describe_times(found: ForwardTimes, plans: Sequence[Plan]) -> str:
    """The measured times in words."""
    rows = [
        t(
            "compare.times.alt_row",
            network=names.short(plan.spec),
            macs=digits(plan.macs / 1e9),
            time=duration(one.seconds / found.inputs[0][0]),
            low=duration(one.quartiles[0] / found.inputs[0][0]),
            high=duration(one.quartiles[1] / found.inputs[0][0]),
        )
        for one, plan in zip(found.timings, plans, strict=True)
    ]
    return t("compare.times.alt", rows=t("plots.map.alt_joint").join(rows))


def _pair(count: int, left: str, right: str) -> go.Figure:
    figure = theme.panels(
        height=44 + _ROW * count,
        top=28,
        bottom=8,
        left=0,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.06,
        subplot_titles=[left, right],
    )
    figure.update_annotations(font_size=theme.SMALL)
    figure.update_layout(showlegend=False, bargap=0.3)
    return figure


def _bars(
    figure: go.Figure,
    column: int,
    values: Sequence[float],
    words: Sequence[str],
    *,
    lines: dict[str, object] | None = None,
    ends: Sequence[float] | None = None,
) -> None:
    """A bar a network, with its words behind its end."""
    rows = list(range(len(values)))
    figure.add_bar(
        orientation="h",
        x=list(values),
        y=rows,
        marker={"color": COLOURS[: len(rows)]},
        error_x=lines,
        hoverinfo="skip",
        row=1,
        col=column,
    )
    figure.add_scatter(
        x=list(ends or values),
        y=rows,
        mode="text",
        text=[f"\u00a0{word}" for word in words],
        textposition="middle right",  # not shown
        textfont={"size": theme.SMALL},
        cliponaxis=False,
        hoverinfo="skip",
        row=1,
        col=column,
    )
    longest = max(max(values), *(ends or (0.0,)))
    figure.update_xaxes(range=[0, longest * 1.8], row=1, col=column)


def _named(figure: go.Figure, labels: Sequence[str]) -> go.Figure:
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=list(labels),
        range=[len(labels) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        ticklabelstandoff=5,
    )
    return figure
