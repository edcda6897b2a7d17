"""One block, or one chain of layers, unfolded: operations in order, shapes between, the shortcut.

Every operation is as tall as its feature maps have channels, so a bottleneck looks like one: the
shape narrows or widens where channels do. Full colour marks what costs multiply-adds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from convnext_viz.numbers import compact, exact
from convnext_viz.plans import Layer, Shape
from convnext_viz.plots import names, theme
from convnext_viz.text import t

_BOTTOM, _TOP = -1.0, 1.12
_ROW = -0.64  # top of the words under the operations
_LABELS = 0.54  # baseline of the shapes
_ARC = 0.88  # height of the shortcut
_HALF = 0.4  # of an operation's width
_FORK = -1.05  # where the shortcut leaves
_ASIDE = 0.85  # half the width of an operation on the shortcut
_FREE = 0.32  # opacity of what costs no multiply-adds


@dataclass(frozen=True)
class Chain:
    """What is drawn: layers one after the other; ``shortcut`` is None where there is no sum."""

    stage: str
    body: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] | None = None
    after: tuple[Layer, ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All operations, those of the shortcut after the body's."""
        return (*self.body, *(self.shortcut or ()), *self.after)


def block_map(chain: Chain, *, selected: str | None = None, height: int = 300) -> go.Figure:
    """The drawing of a chain; ``selected`` is a layer's name.

    Each operation can be clicked; its ``customdata`` is the layer's name.
    """
    at = _Places.of(chain)
    figure = theme.clickable(theme.hide_axes(theme.blank(height=height)))
    figure.update_layout(barmode="overlay", showlegend=False)
    figure.update_xaxes(range=[-1.3, at.end + 0.1])
    figure.update_yaxes(range=[_BOTTOM, _TOP])
    # At once: each shape or annotation added alone makes Plotly check all of them again.
    figure.update_layout(
        shapes=[*_marked(at, selected), *_operations(chain, at), *_projections(chain, at)],
        annotations=[*_words(chain, at), *_shapes_between(chain, at), *_words_around(chain, at)],
    )
    _lines(figure, chain, at)
    if at.sum is not None:
        _sum(figure, at.sum)
    _targets(figure, chain, at)
    return figure


@dataclass(frozen=True)
class _Places:
    """Where everything stands along x, in columns."""

    row: dict[str, float]  # operations of body and after
    around: dict[str, float]  # operations on the shortcut
    sum: float | None
    end: int  # number of columns

    @classmethod
    def of(cls, chain: Chain) -> "_Places":
        row = {layer.name: float(i) for i, layer in enumerate(chain.body)}
        plus = None if chain.shortcut is None else float(len(row))
        first = len(row) + (plus is not None)
        row |= {layer.name: float(first + i) for i, layer in enumerate(chain.after)}
        shortcut = chain.shortcut or ()
        step = ((plus or 0) - _FORK) / (len(shortcut) + 1)
        around = {layer.name: _FORK + step * i for i, layer in enumerate(shortcut, start=1)}
        return cls(row, around, plus, first + len(chain.after))


def describe(chain: Chain) -> str:
    """The drawing in words."""
    steps = t("plots.block.alt_joint").join(
        f"{names.operation(layer)} ({names.shape(layer.out_shape)})"
        for layer in (*chain.body, *chain.after)
    )
    if chain.shortcut is None:
        shortcut = t("plots.block.alt_no_shortcut")
    elif chain.shortcut:
        way = t("plots.block.alt_joint").join(names.operation(layer) for layer in chain.shortcut)
        shortcut = t("plots.block.alt_projection", way=way)
    else:
        shortcut = t("plots.block.alt_identity")
    shape = names.shape(chain.body[0].in_shape)
    return t("plots.block.alt", shape=shape, steps=steps, shortcut=shortcut)


def _height(shape: Shape, most: int) -> float:
    return max(shape[0] / most, 0.05)  # a sliver would vanish


def _marked(at: _Places, selected: str | None) -> Iterator[dict[str, Any]]:
    if selected in at.row:
        x = at.row[selected]
        yield _rectangle(x - 0.48, x + 0.48, _BOTTOM, 0.7)
    elif selected in at.around:
        x = at.around[selected]
        yield _rectangle(x - _ASIDE - 0.1, x + _ASIDE + 0.1, _ARC - 0.16, _ARC + 0.16)


def _rectangle(x0: float, x1: float, y0: float, y1: float) -> dict[str, Any]:
    place = {"x0": x0, "x1": x1, "y0": y0, "y1": y1}
    return place | _filled(theme.HIGHLIGHT, 0) | {"type": "rect"}


def _filled(colour: str, width: int, edge: str | None = None) -> dict[str, Any]:
    return {"layer": "below", "fillcolor": colour, "line": {"color": edge, "width": width}}


def _operations(chain: Chain, at: _Places) -> Iterator[dict[str, Any]]:
    colour = theme.stage_colour(chain.stage)
    most = max(max(layer.in_shape[0], layer.out_shape[0]) for layer in chain.layers)
    for layer in (*chain.body, *chain.after):
        left, right = _height(layer.in_shape, most) / 2, _height(layer.out_shape, most) / 2
        x0, x1 = at.row[layer.name] - _HALF, at.row[layer.name] + _HALF
        path = f"M{x0},{-left} L{x0},{left} L{x1},{right} L{x1},{-right} Z"
        yield {"type": "path", "path": path} | _filled(_fill(layer, colour), 1, colour)


def _fill(layer: Layer, colour: str) -> str:
    return colour if layer.macs else theme.with_alpha(colour, _FREE)


def _projections(chain: Chain, at: _Places) -> Iterator[dict[str, Any]]:
    colour = theme.stage_colour(chain.stage)
    for layer in chain.shortcut or ():
        x = at.around[layer.name]
        place = {"x0": x - _ASIDE, "x1": x + _ASIDE, "y0": _ARC - 0.1, "y1": _ARC + 0.1}
        yield {"type": "rect"} | place | _filled(_fill(layer, colour), 1, colour)


def _words(chain: Chain, at: _Places) -> Iterator[dict[str, Any]]:
    for layer in (*chain.body, *chain.after):
        kind = names.kind(layer).replace(" ", "<br>")
        text = f"<b>{kind}</b><br>{names.window(layer)}"
        yield theme.label(at.row[layer.name], _ROW, text, yanchor="top")


def _words_around(chain: Chain, at: _Places) -> Iterator[dict[str, Any]]:
    for layer in chain.shortcut or ():
        note = theme.label(at.around[layer.name], _ARC, names.operation(layer), yanchor="middle")
        if layer.macs:
            note["font"]["color"] = theme.text_on(theme.stage_colour(chain.stage))
        yield note
    if at.sum is not None and not chain.shortcut:
        middle = (at.sum + _FORK) / 2
        yield theme.label(middle, _ARC + 0.02, t("plots.block.identity"), yanchor="bottom")


def _changes(chain: Chain, at: _Places) -> list[tuple[float, Shape]]:
    """Where a shape is written: at the start and wherever it changes."""
    shown = [(-0.76, chain.body[0].in_shape)]
    for layer in (*chain.body, *chain.after):
        if layer.out_shape != shown[-1][1]:
            shown.append((at.row[layer.name] + 0.5, layer.out_shape))
    return shown


def _shapes_between(chain: Chain, at: _Places) -> Iterator[dict[str, Any]]:
    for x, shape in _changes(chain, at):
        yield theme.label(x, _LABELS, names.shape(shape), yanchor="bottom")
    yield theme.arrow((at.end - 0.25, at.end + 0.05), (0, 0))


def _lines(figure: go.Figure, chain: Chain, at: _Places) -> None:
    """The way through, the way around, and the dotted lines down from the shapes."""
    # Gap by gap: a line behind what is translucent would shine through.
    through: list[float | None] = []
    reached = -1.1
    for place in range(at.end):
        half = 0 if place == at.sum else _HALF  # the sum is a point, not a box
        through += [reached, place - half, None]
        reached = place + half
    through += [reached, at.end - 0.2]
    _line(figure, "edges", through, [None if x is None else 0 for x in through])
    if at.sum is not None:
        xs: list[float | None] = [_FORK, _FORK]
        ys: list[float | None] = [0, _ARC]
        for x in at.around.values():
            xs += [x - _ASIDE, None, x + _ASIDE]
            ys += [_ARC, None, _ARC]
        _line(figure, "shortcut", [*xs, at.sum, at.sum], [*ys, _ARC, 0])
    marks: list[float | None] = []
    heights: list[float | None] = []
    for x, _ in _changes(chain, at):
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


def _targets(figure: go.Figure, chain: Chain, at: _Places) -> None:
    """What the pointer meets and a click selects: a column each, a field on the shortcut."""
    places = at.row | at.around
    around = [layer.name in at.around for layer in chain.layers]
    figure.add_bar(
        name="operations",
        x=[places[layer.name] for layer in chain.layers],
        width=[2 * _ASIDE if aside else 1 for aside in around],
        base=[_ARC - 0.14 if aside else _BOTTOM for aside in around],
        y=[0.28 if aside else 0.68 - _BOTTOM for aside in around],
        marker={"color": "rgba(0,0,0,0)"},
        customdata=[layer.name for layer in chain.layers],
        hovertext=[_hover(layer) for layer in chain.layers],
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
