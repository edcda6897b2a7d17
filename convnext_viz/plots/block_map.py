"""The map of a block, or of a chain of layers: operations in order, shapes between, shortcuts.

Every operation is as tall as its feature maps have channels, so a bottleneck looks like one: the
shape narrows or widens where channels do. Full colour marks what costs multiply-adds.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from convnext_viz.numbers import compact, exact
from convnext_viz.plans import Layer, Residual, Shape, Step, channels, main_way
from convnext_viz.plots import names, theme
from convnext_viz.plots.block_places import ARC, Places
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.text import t

_BOTTOM, _TOP = -1.0, 1.12
_ROW = -0.64  # top of the words under the operations
_LABELS = 0.54  # baseline of the shapes
_HALF = 0.4  # of an operation's width
_ASIDE = 0.85  # half the width of an operation on a way around
_FREE = 0.32  # opacity of what costs no multiply-adds


@drawn_once
def block_map(
    steps: Iterable[Step],
    *,
    stage: str,
    selected: str | Sequence[str] | None = None,
    widest: int = 0,
    height: int = 300,
) -> go.Figure:
    """The drawing of a block's steps, or of one chain of layers; ``selected`` are layers' names.

    ``widest`` are the most channels of what is drawn elsewhere to the same scale. Each operation
    can be clicked; its ``customdata`` is the layer's name.
    """
    marked = (selected,) if isinstance(selected, str) else tuple(selected or ())
    at, colour = Places.of(steps), theme.stage_colour(stage)
    figure = theme.clickable(theme.hide_axes(theme.blank(height=height)))
    figure.update_layout(barmode="overlay", showlegend=False)
    figure.update_xaxes(range=[-1.3, at.end + 0.1])
    figure.update_yaxes(range=[_BOTTOM, _TOP + at.highest - ARC])
    # At once: each shape or annotation added alone makes Plotly check all of them again.
    figure.update_layout(
        shapes=[*_marked(at, marked), *_operations(at, colour, widest), *_projections(at, colour)],
        annotations=[*_words(at), *_shapes_between(at), *_words_around(at, colour)],
    )
    _lines(figure, at)
    for plus in at.row:
        if plus.layer is None:
            _sum(figure, plus.x)
    _targets(figure, at)
    return figure


def describe(steps: Iterable[Step]) -> str:
    """The drawing in words."""
    steps = tuple(steps)
    joint = t("plots.block.alt_joint")
    row = tuple(main_way(steps))
    along = joint.join(f"{names.operation(one)} ({names.shape(one.out_shape)})" for one in row)
    around = [
        t("plots.block.alt_projection", way=joint.join(map(names.operation, branch.layers)))
        if branch.layers
        else t("plots.block.alt_identity")
        for step in steps
        if isinstance(step, Residual)
        for branch in step.branches[1:]
    ]
    return t(
        "plots.block.alt",
        shape=names.shape(row[0].in_shape),
        steps=along,
        shortcut=" ".join(around) or t("plots.block.alt_no_shortcut"),
    )


def _height(shape: Shape, most: int) -> float:
    return max(channels(shape) / most, 0.05)  # a sliver would vanish


def _marked(at: Places, marked: Sequence[str]) -> Iterator[dict[str, Any]]:
    for layer, placed in at.layers:
        if layer.name in marked and placed.y:
            half = _ASIDE + 0.1
            yield _ground(placed.x - half, placed.x + half, placed.y - 0.16, placed.y + 0.16)
        elif layer.name in marked:
            yield _ground(placed.x - 0.48, placed.x + 0.48, _BOTTOM, 0.7)


def _ground(x0: float, x1: float, y0: float, y1: float) -> dict[str, Any]:
    place = {"x0": x0, "x1": x1, "y0": y0, "y1": y1}
    return place | _filled(theme.HIGHLIGHT, 0) | {"type": "rect"}


def _filled(colour: str, width: int, edge: str | None = None) -> dict[str, Any]:
    return {"layer": "below", "fillcolor": colour, "line": {"color": edge, "width": width}}


def _operations(at: Places, colour: str, widest: int) -> Iterator[dict[str, Any]]:
    shapes = [shape for layer, _ in at.layers for shape in (layer.in_shape, layer.out_shape)]
    most = max(widest, *map(channels, shapes))
    for layer, placed in at.layers:
        if not placed.y:
            left, right = _height(layer.in_shape, most) / 2, _height(layer.out_shape, most) / 2
            x0, x1 = placed.x - _HALF, placed.x + _HALF
            path = f"M{x0},{-left} L{x0},{left} L{x1},{right} L{x1},{-right} Z"
            yield {"type": "path", "path": path} | _filled(_fill(layer, colour), 1, colour)


def _fill(layer: Layer, colour: str) -> str:
    return colour if layer.macs else theme.with_alpha(colour, _FREE)


def _projections(at: Places, colour: str) -> Iterator[dict[str, Any]]:
    for layer, placed in at.layers:
        if placed.y:
            x, y = placed.x, placed.y
            place = {"x0": x - _ASIDE, "x1": x + _ASIDE, "y0": y - 0.1, "y1": y + 0.1}
            yield {"type": "rect"} | place | _filled(_fill(layer, colour), 1, colour)


def _words(at: Places) -> Iterator[dict[str, Any]]:
    for layer, placed in at.layers:
        if not placed.y:
            kind = names.kind(layer).replace(" ", "<br>")
            text = f"<b>{kind}</b><br>{names.window(layer)}"
            yield theme.label(placed.x, _ROW, text, yanchor="top")


def _words_around(at: Places, colour: str) -> Iterator[dict[str, Any]]:
    for layer, placed in at.layers:
        if placed.y:
            note = theme.label(placed.x, placed.y, names.operation(layer), yanchor="middle")
            if layer.macs:
                note["font"]["color"] = theme.text_on(colour)
            yield note
    for way in at.ways:
        if not way.layers:
            middle, text = (way.start + way.end) / 2, t("plots.block.identity")
            yield theme.label(middle, way.y + 0.02, text, yanchor="bottom")


def _changes(at: Places) -> list[tuple[float, Shape]]:
    """Where a shape is written: at the start and wherever it changes."""
    shown: list[tuple[float, Shape]] = []
    for placed in at.row:
        if placed.layer and not shown:
            shown.append((-0.76, placed.layer.in_shape))
        if placed.layer and placed.layer.out_shape != shown[-1][1]:
            shown.append((placed.x + 0.5, placed.layer.out_shape))
    return shown


def _shapes_between(at: Places) -> Iterator[dict[str, Any]]:
    for x, shape in _changes(at):
        yield theme.label(x, _LABELS, names.shape(shape), yanchor="bottom")
    yield theme.arrow((at.end - 0.25, at.end + 0.05), (0, 0))


def _lines(figure: go.Figure, at: Places) -> None:
    """The way through, the ways around, and the dotted lines down from the shapes."""
    # Gap by gap: a line behind what is translucent would shine through.
    through: list[float | None] = []
    reached = -1.1
    for placed in at.row:
        half = _HALF if placed.layer else 0  # the sum is a point, not a box
        through += [reached, placed.x - half, None]
        reached = placed.x + half
    through += [reached, at.end - 0.2]
    _line(figure, "edges", through, [None if x is None else 0 for x in through])
    for way in at.ways:
        xs: list[float | None] = [way.start, way.start]
        ys: list[float | None] = [0, way.y]
        for placed in way.layers:
            xs += [placed.x - _ASIDE, None, placed.x + _ASIDE]
            ys += [way.y, None, way.y]
        _line(figure, "shortcut", [*xs, way.end, way.end], [*ys, way.y, 0])
    marks: list[float | None] = []
    heights: list[float | None] = []
    for x, _ in _changes(at):
        marks += [x, x, None]
        heights += [0.02, _LABELS - 0.02, None]
    _line(figure, "shapes", marks, heights, dash="dot", width=1)


def _line(
    figure: go.Figure,
    name: str,
    xs: list[float | None],
    ys: list[float | None],
    dash: str = "solid",
    width: float = 1.5,
) -> None:
    line = {"color": theme.MUTED, "width": width, "dash": dash}
    figure.add_scatter(name=name, x=xs, y=ys, mode="lines", line=line, hoverinfo="skip")


def _sum(figure: go.Figure, x: float) -> None:
    figure.add_scatter(
        name="sum",
        x=[x],
        y=[0],
        mode="markers+text",
        marker={"size": 24, "color": theme.PAPER, "line": {"color": theme.MUTED, "width": 1.5}},
        text=["<b>+</b>"],
        textfont={"color": theme.INK, "size": 16},
        hovertext=[t("plots.block.sum")],
        hovertemplate="%{hovertext}<extra></extra>",
        unselected={"marker": {"opacity": 1}, "textfont": {"color": theme.INK}},
    )


def _targets(figure: go.Figure, at: Places) -> None:
    """What the pointer meets and a click selects: a column each, a field on a way around."""
    figure.add_bar(
        name="operations",
        x=[placed.x for _, placed in at.layers],
        width=[2 * _ASIDE if placed.y else 1 for _, placed in at.layers],
        base=[placed.y - 0.14 if placed.y else _BOTTOM for _, placed in at.layers],
        y=[0.28 if placed.y else 0.68 - _BOTTOM for _, placed in at.layers],
        marker={"color": "rgba(0,0,0,0)"},
        customdata=[layer.name for layer, _ in at.layers],
        hovertext=[_hover(layer) for layer, _ in at.layers],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _hover(layer: Layer) -> str:
    return t(
        "plots.block.hover",
        operation=names.operation(layer),
        name=layer.name,
        shape_in=names.shape(layer.in_shape),
        shape_out=names.shape(layer.out_shape),
        params=exact(layer.params),
        macs=compact(layer.macs),
    )
