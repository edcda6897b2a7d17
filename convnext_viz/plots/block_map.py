"""One block, or one chain of layers, unfolded: operations in order, shapes between, the shortcut.

Every operation is as tall as its feature maps have channels, so a bottleneck looks like one: the
shape narrows or widens where channels do. Full colour marks what costs multiply-adds.
"""

from dataclasses import dataclass

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
    figure = theme.hide_axes(theme.blank(height=height))
    figure.update_layout(barmode="overlay", showlegend=False, hovermode="closest")
    sum_at = len(chain.body) if chain.shortcut is not None else None
    places = {layer.name: float(i) for i, layer in enumerate(chain.body)}
    first_after = len(chain.body) + (sum_at is not None)
    places |= {layer.name: float(first_after + i) for i, layer in enumerate(chain.after)}
    end = first_after + len(chain.after)
    figure.update_xaxes(range=[-1.3, end + 0.1])
    figure.update_yaxes(range=[_BOTTOM, _TOP])

    most = max(max(layer.in_shape[0], layer.out_shape[0]) for layer in chain.layers)
    colour = theme.stage_colour(chain.stage)
    for layer in (*chain.body, *chain.after):
        _operation(figure, layer, places[layer.name], most, colour, layer.name == selected)
    _edges(figure, chain, places, sum_at, end, most)
    if sum_at is not None:
        places |= _shortcut(figure, chain, float(sum_at), colour, selected)
    _targets(figure, chain, places)
    return figure


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


def _operation(
    figure: go.Figure, layer: Layer, x: float, most: int, colour: str, selected: bool
) -> None:
    left, right = _height(layer.in_shape, most) / 2, _height(layer.out_shape, most) / 2
    x0, x1 = x - _HALF, x + _HALF
    if selected:
        _highlight(figure, x - 0.48, x + 0.48, _BOTTOM, 0.7)
    figure.add_shape(
        type="path",
        path=f"M{x0},{-left} L{x0},{left} L{x1},{right} L{x1},{-right} Z",
        layer="below",
        fillcolor=theme.with_alpha(colour, 1 if layer.macs else _FREE),
        line={"color": colour, "width": 1},
    )
    figure.add_annotation(
        x=x,
        y=_ROW,
        yanchor="top",
        showarrow=False,
        text=f"<b>{names.kind(layer).replace(' ', '<br>')}</b><br>{names.window(layer)}",
        font={"size": 12},
    )


def _highlight(figure: go.Figure, x0: float, x1: float, y0: float, y1: float) -> None:
    figure.add_shape(
        type="rect",
        x0=x0,
        x1=x1,
        y0=y0,
        y1=y1,
        layer="below",
        fillcolor=theme.HIGHLIGHT,
        line={"width": 0},
    )


def _edges(
    figure: go.Figure,
    chain: Chain,
    places: dict[str, float],
    sum_at: int | None,
    end: int,
    most: int,
) -> None:
    """Lines between operations, and the shape wherever it changes."""
    # Gap by gap: a line behind what is translucent would shine through.
    xs: list[float | None] = []
    reached = -1.1
    for place in range(end):
        half = 0 if place == sum_at else _HALF  # the sum is a point, not a box
        xs += [reached, place - half, None]
        reached = place + half
    figure.add_scatter(
        name="edges",
        x=xs,
        y=[None if x is None else 0 for x in xs],
        mode="lines",
        line={"color": theme.MUTED, "width": 1.5},
        hoverinfo="skip",
    )
    shown = [(-0.76, chain.body[0].in_shape)]
    for layer in (*chain.body, *chain.after):
        if layer.out_shape != shown[-1][1]:
            shown.append((places[layer.name] + 0.5, layer.out_shape))
    ticks: list[float | None] = []
    heights: list[float | None] = []
    for x, shape in shown:
        ticks += [x, x, None]
        heights += [0.02, _LABELS - 0.02, None]
        figure.add_annotation(
            x=x,
            y=_LABELS,
            yanchor="bottom",
            showarrow=False,
            text=names.shape(shape),
            font={"size": 11},
        )
    dotted = {"color": theme.MUTED, "width": 1, "dash": "dot"}
    figure.add_scatter(
        name="shapes", x=ticks, y=heights, mode="lines", line=dotted, hoverinfo="skip"
    )
    figure.add_annotation(
        x=end + 0.05,
        ax=reached,
        y=0,
        ay=0,
        xref="x",
        yref="y",
        axref="x",
        ayref="y",
        text="",
        showarrow=True,
        arrowhead=2,
        arrowwidth=1.5,
        arrowcolor=theme.MUTED,
    )


def _shortcut(
    figure: go.Figure, chain: Chain, sum_at: float, colour: str, selected: str | None
) -> dict[str, float]:
    """The way around the body and the sum; where on it the operations of a projection sit."""
    layers = chain.shortcut or ()
    line = {"color": theme.MUTED, "width": 1.5}
    step = (sum_at - _FORK) / (len(layers) + 1)
    places = {layer.name: _FORK + step * i for i, layer in enumerate(layers, start=1)}
    xs: list[float | None] = [_FORK, _FORK]
    ys: list[float | None] = [0, _ARC]
    for x in places.values():
        xs += [x - _ASIDE, None, x + _ASIDE]
        ys += [_ARC, None, _ARC]
    xs += [sum_at, sum_at]
    ys += [_ARC, 0]
    figure.add_scatter(
        name="shortcut",
        x=xs,
        y=ys,
        mode="lines",
        line=line,
        hoverinfo="skip",
    )
    figure.add_scatter(
        name="sum",
        x=[sum_at],
        y=[0],
        mode="markers+text",
        marker={"size": 24, "color": theme.PAPER, "line": line},
        text=["<b>+</b>"],
        textfont={"color": theme.INK, "size": 16},
        hovertext=[t("plots.block.sum")],
        hovertemplate="%{hovertext}<extra></extra>",
        unselected={"marker": {"opacity": 1}, "textfont": {"color": theme.INK}},
    )
    if not layers:
        figure.add_annotation(
            x=(sum_at + _FORK) / 2,
            y=_ARC + 0.02,
            yanchor="bottom",
            showarrow=False,
            text=t("plots.block.identity"),
            font={"size": 12},
        )
    for layer in layers:
        x = places[layer.name]
        if layer.name == selected:
            _highlight(figure, x - 0.95, x + 0.95, _ARC - 0.16, _ARC + 0.16)
        figure.add_shape(
            type="rect",
            x0=x - _ASIDE,
            x1=x + _ASIDE,
            y0=_ARC - 0.1,
            y1=_ARC + 0.1,
            fillcolor=colour if layer.macs else theme.with_alpha(colour, _FREE),
            line={"color": colour, "width": 1},
            layer="below",
        )
        ink = {"color": theme.text_on(colour)} if layer.macs else {}
        figure.add_annotation(
            x=x, y=_ARC, showarrow=False, text=names.operation(layer), font={"size": 12, **ink}
        )
    return places


def _targets(figure: go.Figure, chain: Chain, places: dict[str, float]) -> None:
    """What the pointer meets and a click selects: a column each, a field on the shortcut."""
    around = set(chain.shortcut or ())
    figure.add_bar(
        name="operations",
        x=[places[layer.name] for layer in chain.layers],
        width=[2 * _ASIDE if layer in around else 1 for layer in chain.layers],
        base=[_ARC - 0.14 if layer in around else _BOTTOM for layer in chain.layers],
        y=[0.28 if layer in around else 0.68 - _BOTTOM for layer in chain.layers],
        marker={"color": "rgba(0,0,0,0)"},
        customdata=[layer.name for layer in chain.layers],
        hovertext=[
            t(
                "plots.block.hover",
                operation=names.operation(layer),
                name=layer.name,
                shape_in=names.shape(layer.in_shape),
                shape_out=names.shape(layer.out_shape),
                params=exact(layer.params),
                macs=compact(layer.macs),
            )
            for layer in chain.layers
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )
