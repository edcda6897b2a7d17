"""Accuracy against cost: every network with a published accuracy, and the Pareto front."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log10
from typing import Any

import plotly.graph_objects as go

from convnext_viz.numbers import compact, digits
from convnext_viz.plans.pareto import front
from convnext_viz.plans.trade_offs import CARDS, Axis, Data, TradeOff, at_inference, trade_offs
from convnext_viz.plots import names, theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.plots.label_places import Box, Frame, Place, label_places
from convnext_viz.specs import VARIANTS, default_size
from convnext_viz.specs.published_speeds import speed
from convnext_viz.text import t

_HEIGHT, _TOP, _BOTTOM, _LEFT, _RIGHT = 500, 58, 50, 58, 10  # pixels
_WIDTHS = (520.0, 250.0)  # pixels of the narrowest drawing on a desk, and of one on a phone
_MARK, _RING = 6, 11  # pixels: radius of a point, and of a ring around it
_UNITS = {"macs": 1e9, "params": 1e6}
_SERIES: dict[str, tuple[str, str]] = {  # colour, symbol
    "convnext": ("#D55E00", "circle"),
    "v2": ("#E69F00", "diamond"),
    "iso": ("#B88A6A", "hexagon"),
    "resnet": ("#7A8793", "square"),
    "repvgg": ("#009E73", "triangle-up"),
    "vit": ("#0072B2", "cross"),
    "deit": ("#56B4E9", "x"),
    "swin": ("#8465B5", "star"),
    "swinv2": ("#CC79A7", "star-diamond"),
}


@drawn_once
def accuracy_against_cost(data: Data, axis: Axis, chosen: tuple[TradeOff, ...]) -> go.Figure:
    """Top-1 accuracy over parameters, multiply-adds or images a second, on a logarithmic axis.

    ``chosen`` are ringed and named; of the others those are named that have room, the front's
    first. ``customdata`` of a point is its network's name, for clicks.
    """
    shown = placed(data, axis)
    figure = theme.clickable(
        theme.blank(height=_HEIGHT, top=_TOP, bottom=_BOTTOM, left=_LEFT, right=_RIGHT)
    )
    xs = [_x(one, axis) for one in shown]
    ys = [one.top1 for one in shown]
    x_range = [log10(min(xs)) - 0.06, log10(max(xs)) + 0.06]
    y_range = [min(ys) - 0.6, max(ys) + 0.9]
    best = front_of(data, axis)
    _front(figure, best, axis)
    for series in _SERIES:
        _points(figure, series, [one for one in shown if one.series == series], axis)
    rings = [number for number, one in enumerate(shown) if one in chosen]
    figure.add_scatter(
        x=[xs[number] for number in rings],
        y=[ys[number] for number in rings],
        mode="markers",
        marker={
            "size": 2 * _RING - 4,
            "symbol": "circle-open",
            "color": theme.MUTED,
            "line": {"width": 3},
        },
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_xaxes(
        type="log",
        range=x_range,
        title_text=t(f"compare.axis_title.{axis}"),
        tickvals=_ticks(*x_range),
        ticktext=[f"{tick:g}" for tick in _ticks(*x_range)],
        fixedrange=True,
    )
    figure.update_yaxes(
        range=y_range, title_text=t("compare.plot.accuracy"), fixedrange=True, zeroline=False
    )
    figure.update_layout(
        legend={
            "font": {"size": theme.SMALL},
            "entrywidth": 84,
            "itemclick": False,
            "itemdoubleclick": False,
        }
    )
    _name_points(figure, shown, rings, best, axis)
    return figure


def describe(data: Data, axis: Axis, chosen: Sequence[TradeOff]) -> str:
    """The front and the chosen networks in words."""
    joint = t("plots.map.alt_joint")
    return t(
        "compare.plot.alt",
        axis=t(f"compare.axis_title.{axis}"),
        count=len(placed(data, axis)),
        front=joint.join(_words(one, axis) for one in front_of(data, axis)),
        chosen=joint.join(_words(one, axis) for one in chosen) or t("compare.none"),
    )


def placed(data: Data, axis: Axis) -> tuple[TradeOff, ...]:
    """The published accuracies that have a place on that axis."""
    return tuple(one for one in trade_offs(data) if one.place(axis) is not None)


def front_of(data: Data, axis: Axis) -> tuple[TradeOff, ...]:
    """Those on the Pareto front, from the cheapest to the most accurate."""
    shown = placed(data, axis)
    return tuple(shown[i] for i in front((one.cost(axis) or 0.0, one.top1) for one in shown))


def short(one: TradeOff) -> str:
    """``"ConvNeXt-T"``, ``"ConvNeXt-B ↑384"`` for images larger than the network's own."""
    spec, size = VARIANTS[one.name], one.accuracy.image_size
    name = names.short(spec)
    return name if size == default_size(spec) else f"{name} ↑{size}"


def _words(one: TradeOff, axis: Axis) -> str:
    place = one.place(axis) or 0.0
    return t("compare.plot.alt_row", network=short(one), top1=one.accuracy.top1, x=compact(place))


def _x(one: TradeOff, axis: Axis) -> float:
    return (one.place(axis) or 0.0) / _UNITS.get(axis, 1.0)


def _front(figure: go.Figure, best: Sequence[TradeOff], axis: Axis) -> None:
    """The front as a staircase: what the best network is for a cost."""
    line = _by_place(best, axis)
    figure.add_scatter(
        name=t("compare.plot.front"),
        x=[_x(one, axis) for one in line],
        y=[one.top1 for one in line],
        mode="lines",
        line={
            "color": theme.MUTED,
            "width": 1.5,
            "dash": "dot",
            "shape": "vh" if axis in CARDS else "hv",  # more images a second are better
        },
        hoverinfo="skip",
    )


def _points(figure: go.Figure, series: str, shown: Sequence[TradeOff], axis: Axis) -> None:
    if not shown:
        return
    colour, symbol = _SERIES[series]
    figure.add_scatter(
        name=t(f"compare.series.{series}"),
        x=[_x(one, axis) for one in shown],
        y=[one.top1 for one in shown],
        mode="markers",
        marker={"size": 9, "symbol": symbol, "color": colour},
        customdata=[one.name for one in shown],
        hovertext=[_hover(one) for one in shown],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _hover(one: TradeOff) -> str:
    """Everything that is known of a point, and where it was printed."""
    row = one.accuracy
    lines = [
        t(
            "compare.plot.hover",
            network=names.network(at_inference(VARIANTS[one.name])),
            size=row.image_size,
            top1=row.top1,
            training=t(f"architecture.accuracy.{row.training}"),
            source=row.source,
            params=compact(one.params),
            macs=digits(one.macs / 1e9),
        )
    ]
    for card in CARDS.values():
        fast = speed(one.name, row.image_size, card)
        if fast:
            lines.append(
                t(
                    "compare.plot.hover_speed",
                    rate=digits(float(fast.per_second)),
                    card=t(f"compare.card.{card}"),
                    source=fast.source,
                )
            )
    return "<br>".join(lines)


def _name_points(
    figure: go.Figure,
    shown: Sequence[TradeOff],
    rings: Sequence[int],
    best: Sequence[TradeOff],
    axis: Axis,
) -> None:
    """The chosen ones' names, for every window; the others', where a desk's has room."""
    labels = [short(one) for one in shown]
    frames = [_frame(figure, shown, rings, best, axis, width) for width in _WIDTHS]
    own = label_places(frames, labels, rings, far=True)
    front_first = sorted(range(len(shown)), key=lambda number: shown[number] not in best)
    others = [number for number in front_first if number not in rings]
    rest = label_places(frames[:1], labels, others, around=tuple(own.items()))
    annotations = []
    for number, place in (own | rest).items():
        point = (log10(_x(shown[number], axis)), shown[number].top1)
        annotations.append(_annotation(point, labels[number], place, chosen=number in own))
    figure.update_layout(annotations=annotations)


def _annotation(
    point: tuple[float, float], label: str, place: Place, *, chosen: bool
) -> dict[str, Any]:
    anchors = {"right": "left", "left": "right", "centre": "center"}
    found: dict[str, Any] = {
        "x": point[0],
        "y": point[1],
        "text": f"<b>{label}</b>" if chosen else label,
        "xanchor": anchors[place.side],
        "yanchor": "middle",
        "font": {"size": theme.SMALL},
        "captureevents": False,
    }
    if place.far:
        line = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": theme.MUTED}
        return found | line | {"ax": place.x, "ay": place.y, "standoff": 9}
    return found | {"showarrow": False, "xshift": place.x, "yshift": -place.y}


def _frame(
    figure: go.Figure,
    shown: Sequence[TradeOff],
    rings: Sequence[int],
    best: Sequence[TradeOff],
    axis: Axis,
    wide: float,
) -> Frame:
    """The drawing in pixels: all points, and the front's steps."""
    high = _HEIGHT - _TOP - _BOTTOM
    (x_low, x_high), (y_low, y_high) = figure.layout.xaxis.range, figure.layout.yaxis.range

    def pixel(one: TradeOff) -> tuple[float, float]:
        across = (log10(_x(one, axis)) - x_low) / (x_high - x_low)
        return wide * across, high * (y_high - one.top1) / (y_high - y_low)

    lines: list[Box] = []
    for (x0, y0), (x1, y1) in pairwise(map(pixel, _by_place(best, axis))):
        level, edge = (y1, x0) if axis in CARDS else (y0, x1)
        lines += [(x0, level - 1, x1, level + 1), (edge - 1, min(y0, y1), edge + 1, max(y0, y1))]
    return Frame(
        size=(wide, high),
        points=[pixel(one) for one in shown],
        radii=[_RING if number in rings else _MARK for number in range(len(shown))],
        lines=lines,
        crowded=wide < _WIDTHS[0],
    )


def _by_place(best: Sequence[TradeOff], axis: Axis) -> list[TradeOff]:
    """The front from left to right."""
    return sorted(best, key=lambda one: _x(one, axis))


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of every power of ten between two logarithms."""
    powers = range(floor(low), ceil(high) + 1)
    marks = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    return [mark for mark in marks if low <= log10(mark) <= high]
