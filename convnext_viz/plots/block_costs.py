"""A block from top to bottom: channels, parameters and multiply-adds of every operation.

Bars of two blocks that are compared have one scale; the shares are those of the block itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from convnext_viz.numbers import exact, percent
from convnext_viz.plans import Layer, Shape, Step, channels, walk
from convnext_viz.plots import names, theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.text import t

_ROW = 27  # pixels
_TOP, _BOTTOM = 26, 6  # pixels
_WIDTHS = [0.28, 0.36, 0.36]
_WORD = 1.5  # times the longest bar: room for its share
_SHORTCUT = -0.66  # of the most channels


@dataclass(frozen=True)
class _Row:
    """The input, an operation or a sum."""

    name: str
    shape: Shape
    layer: Layer | None = None


@drawn_once
def block_costs(
    steps: Iterable[Step], *, stage: str, other: Iterable[Step] = (), selected: str | None = None
) -> go.Figure:
    """Three bars an operation: channels of its output, parameters, multiply-adds.

    ``other`` are the steps of a block that is drawn elsewhere, to the same scale. A bar's
    ``customdata`` is its layer's name.
    """
    steps, other = tuple(steps), tuple(other)
    rows, colour = tuple(_rows(steps)), theme.stage_colour(stage)
    every = (*rows, *(_rows(other) if other else ()))
    figure = theme.panels(
        height=block_costs_height(steps),
        top=_TOP,
        bottom=_BOTTOM,
        left=0,
        cols=3,
        shared_yaxes=True,
        column_widths=_WIDTHS,
        horizontal_spacing=0.03,
        subplot_titles=[t(f"plots.block_costs.{what}") for what in ("channels", "params", "macs")],
    )
    most = max(channels(row.shape) for row in every)
    _channels(figure, rows, colour, most)
    for column, quantity in ((2, "params"), (3, "macs")):
        counts = [getattr(row.layer, quantity) if row.layer else 0 for row in every]
        _bars(figure, rows, quantity, max(*counts, 1), colour, column)
    figure.update_annotations(font_size=theme.SMALL)
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        tickvals=list(range(len(rows))),
        ticktext=[_marked(row, selected) for row in rows],
        ticklabelstandoff=5,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_layout(
        barmode="overlay", bargap=0.3, showlegend=False, shapes=[*_shortcuts(steps, most)]
    )
    return theme.clickable(figure)


def block_costs_height(steps: Iterable[Step]) -> int:
    """Pixels that the figure is high."""
    return _TOP + _BOTTOM + _ROW * sum(1 for _ in _rows(steps))


def describe(steps: Iterable[Step]) -> str:
    """The bars in words: the share of every operation that costs anything."""
    layers = [visit.layer for visit in walk(steps) if visit.layer]
    totals = {name: sum(getattr(one, name) for one in layers) for name in ("params", "macs")}
    said = [
        t(
            "plots.block_costs.alt_row",
            operation=names.operation(one),
            params=percent(_share(one.params, totals["params"])),
            macs=percent(_share(one.macs, totals["macs"])),
        )
        for one in layers
        if one.params or one.macs
    ]
    return t("plots.block_costs.alt", rows=t("plots.map.alt_joint").join(said))


def _rows(steps: Iterable[Step]) -> Iterator[_Row]:
    before: Shape = ()
    for visit in walk(steps):
        others = [names.branch(one) for one in visit.residual.branches] if visit.residual else []
        if visit.layer is None:
            yield _Row(" ".join(f"+ {one}" for one in others[1:]), before)
            continue
        if not before:
            yield _Row(t("plots.block_costs.input"), visit.layer.in_shape)
        name = names.operation(visit.layer)
        if visit.aside:
            branch = others[visit.branch or 0]
            name = t("plots.block_costs.aside", branch=branch, operation=name)
        before = visit.layer.out_shape
        yield _Row(name, before, visit.layer)


def _marked(row: _Row, selected: str | None) -> str:
    return f"<b>{row.name}</b>" if row.layer and row.layer.name == selected else row.name


def _channels(figure: go.Figure, rows: tuple[_Row, ...], colour: str, most: int) -> None:
    """Bars around the middle, as wide as there are channels: the block's shape."""
    widths = [channels(row.shape) for row in rows]
    figure.add_bar(
        orientation="h",
        y=list(range(len(rows))),
        x=widths,
        base=[-width / 2 for width in widths],
        marker={
            "color": [colour if row.layer else theme.with_alpha(colour, 0.4) for row in rows],
            "line": {"width": 0},
        },
        **_told(rows, [names.shape(row.shape) for row in rows]),
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=[width / 2 for width in widths],
        y=list(range(len(rows))),
        mode="text",
        text=[f"\u00a0{width}" for width in widths],
        textposition="middle right",  # not shown
        textfont={"size": theme.SMALL},
        hoverinfo="skip",
        cliponaxis=False,
        row=1,
        col=1,
    )
    figure.layout.xaxis.range = [-0.7 * most, 1.45 * most]


def _bars(
    figure: go.Figure, rows: tuple[_Row, ...], quantity: str, most: int, colour: str, column: int
) -> None:
    counts = [getattr(row.layer, quantity) if row.layer else 0 for row in rows]
    total = sum(counts)
    shares = [_share(count, total) for count in counts]
    figure.add_bar(
        orientation="h",
        y=list(range(len(rows))),
        x=counts,
        marker={"color": colour, "line": {"width": 0}},
        text=[_short(count, share) for count, share in zip(counts, shares, strict=True)],
        textposition="outside",
        textfont={"size": theme.SMALL},
        cliponaxis=False,
        textangle=0,
        constraintext="none",
        **_told(
            rows,
            [
                t(f"plots.block_costs.hover_{quantity}", count=exact(count), share=percent(share))
                for count, share in zip(counts, shares, strict=True)
            ],
        ),
        row=1,
        col=column,
    )
    figure.update_xaxes(range=[0, _WORD * most], row=1, col=column)


def _told(rows: tuple[_Row, ...], words: list[str]) -> dict[str, Any]:
    """What a bar says to the pointer, and to the page when it is clicked."""
    return {
        "customdata": [row.layer.name if row.layer else "" for row in rows],
        "hovertext": [
            f"<b>{row.name}</b><br>{word}" for row, word in zip(rows, words, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }


def _short(count: int, share: float) -> str:
    if not count:
        return ""
    return f"{share:.0%}" if share >= 0.01 else "<1%"


def _shortcuts(steps: tuple[Step, ...], most: int) -> Iterator[dict[str, Any]]:
    """A line around every residual, from what it reads to its sum."""
    start, residual = 0, None
    for row, visit in enumerate(walk(steps), start=1):
        if visit.residual is not residual:
            start, residual = row - 1, visit.residual
        if visit.layer is None:
            side, edge = _SHORTCUT * most, -0.5 * most
            yield {
                "type": "path",
                "path": f"M{edge},{start} L{side},{start} L{side},{row} L{edge},{row}",
                "line": {"color": theme.MUTED, "width": 1.5},
                "xref": "x",
                "yref": "y",
            }


def _share(part: int, total: int) -> float:
    return part / total if total else 0.0
