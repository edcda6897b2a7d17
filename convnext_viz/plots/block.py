"""Figures of one block on one image: all operations in a row, each with its output."""

import base64
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.plans import Block, Layer, Shape, channels, operations, walk
from convnext_viz.plots import names, theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.results import BlockTrace
from convnext_viz.text import t

_BOTTOM, _TOP = -0.92, 1.18  # of an operation's column
_ARC = 1.34  # height of the shortcut
_SIDE = 0.86  # of a picture, in columns
_PIXELS = 112  # of a picture's side, at least: browsers blur what they enlarge
_BANDS = [[int(str(c)[i : i + 2], 16) for _, c in theme.DIVERGING] for i in (1, 3, 5)]


def steps(block: Block) -> tuple[tuple[str, Layer | None], ...]:
    """Names and layers of a block's operations as ``explain.block.trace`` names them."""
    return (("input", None), *operations(block).items())


def step_name(name: str, layer: Layer | None) -> str:
    """What a person reads: ``"Depthwise 7×7"``; "Input" and "Sum" are no layers, and a branch aside
    goes by its own name."""
    own = name.rpartition(".")[2]
    if layer is None or own == "shortcut":
        return t(f"block.step.{own}")
    return t("block.step.branch", name=own) if is_branch(name, layer) else names.operation(layer)


def is_branch(name: str, layer: Layer | None) -> bool:
    """Whether an operation is a branch aside as a whole; ``layer`` is its last one."""
    return layer is not None and layer.name.rpartition(".")[2] != name.rpartition(".")[2]


@drawn_once
def overview(
    block: Block, *, stage: str, selected: str, traced: BlockTrace | None = None, channel: int = 0
) -> go.Figure:
    """A row of operations, each with one channel of its output where a trace is given.

    Wide outputs show the channel in the same place: channel c of C is channel c·k of k·C. A click
    gives the operation's name as ``customdata``.
    """
    row = steps(block)
    figure = theme.clickable(theme.hide_axes(theme.blank(height=210, top=0, bottom=0)))
    places = {name: float(i) for i, (name, _) in enumerate(row)}
    pictures = [] if traced is None else _pictures(block, traced, channel)
    arcs = [(places[start], places[end], around) for start, end, around in _arcs(block)]
    # At once: each shape or annotation added alone makes Plotly check all of them again.
    figure.update_layout(
        barmode="overlay",
        showlegend=False,
        images=pictures,
        shapes=[*_marks(block, stage, selected), *([] if pictures else _blanks(len(row)))],
        annotations=[*_words(block), *(note for arc in arcs for note in _arc_words(*arc))],
    )
    for start, end, _ in arcs:
        _arc(figure, start, end)
    figure.add_bar(
        x=list(places.values()),
        width=1,
        base=_BOTTOM,
        y=[_TOP - _BOTTOM] * len(row),
        marker={"color": "rgba(0,0,0,0)"},
        customdata=list(places),
        hovertext=[
            f"{step_name(name, layer)}<br>{names.shape(step_shape(block, name, layer))}"
            for name, layer in row
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )
    figure.update_xaxes(range=[-0.55, len(row) - 0.45])
    figure.update_yaxes(range=[-0.94, 1.6])
    return figure


def _marks(block: Block, stage: str, selected: str) -> Iterator[dict[str, Any]]:
    """The chosen operation's ground, and a bar under each, as wide as it has channels."""
    colour = theme.stage_colour(stage)
    widest = max(channels(layer.out_shape) for layer in block.layers)
    for x, (name, layer) in enumerate(steps(block)):
        if name == selected:
            line = {"color": colour, "width": 2}
            yield _rectangle(x, 0.5, (_BOTTOM, _TOP), theme.HIGHLIGHT, line) | {"layer": "below"}
        half = 0.45 * channels(step_shape(block, name, layer)) / widest
        yield _rectangle(x, half, (-0.58, -0.5), colour, {"width": 0})


def _blanks(count: int) -> Iterator[dict[str, Any]]:
    """Grey fields where the pictures will be."""
    for x in range(count):
        yield _rectangle(x, 0.3, (-0.34, 0.54), theme.FAINT, {"width": 0}) | {"layer": "below"}


def _rectangle(
    x: float, half: float, y: tuple[float, float], colour: str, line: dict[str, Any]
) -> dict[str, Any]:
    place = {"x0": x - half, "x1": x + half, "y0": y[0], "y1": y[1]}
    return {"type": "rect", "fillcolor": colour, "line": line} | place


def _pictures(block: Block, traced: BlockTrace, channel: int) -> list[dict[str, Any]]:
    """One channel of every operation's output."""
    pictures = []
    for x, (name, _) in enumerate(steps(block)):
        values = traced.operation(name).values
        place = {"x": x, "y": 0.1, "xref": "x", "yref": "y", "sizex": _SIDE, "sizey": 1.04}
        fit = {"sizing": "contain", "xanchor": "center", "yanchor": "middle"}
        shown = values[_same_place(channel, channels(block.in_shape), len(values))]
        pictures.append({"source": _picture(shown)} | place | fit)
    return pictures


def _words(block: Block) -> Iterator[dict[str, Any]]:
    """The operations' names over the pictures, their shapes below."""
    for x, (name, layer) in enumerate(steps(block)):
        first, _, rest = step_name(name, layer).partition(" ")
        yield theme.label(x, 1.16, f"<b>{first}</b><br>{rest}", yanchor="top")
        shape = names.shape(step_shape(block, name, layer))
        yield theme.label(x, -0.62, shape, yanchor="top")


def step_shape(block: Block, name: str, layer: Layer | None) -> Shape:
    """Shape of one picture after the operation, (C, H, W)."""
    if layer is not None:
        return layer.out_shape
    sums = {visit.operation(block.name): visit.residual for visit in walk(block.steps)}
    residual = sums.get(name)
    return residual.branches[0].layers[-1].out_shape if residual else block.in_shape


def _arcs(block: Block) -> Iterator[tuple[str, str, str]]:
    """Each residual's way around its first branch: the operations where it starts and ends."""
    before = "input"
    start, residual = before, None
    for visit in walk(block.steps):
        if visit.residual is not residual:
            start, residual = before, visit.residual
        if residual and visit.layer is None:
            projected = any(branch.layers for branch in residual.branches[1:])
            around = t("block.step.projected" if projected else "block.step.around")
            yield start, visit.operation(block.name), around
        if not visit.aside:
            before = visit.operation(block.name)


def _same_place(channel: int, of: int, here: int) -> int:
    return min(channel * here // of, here - 1)


def _arc(figure: go.Figure, start: float, end: float) -> None:
    """The way of the input around the branch to the sum."""
    figure.add_scatter(
        x=[start, start, end, end],
        y=[_TOP, _ARC, _ARC, 1.22],
        mode="lines",
        line={"color": theme.MUTED, "width": 2},
        hoverinfo="skip",
    )


def _arc_words(start: float, end: float, text: str) -> Iterator[dict[str, Any]]:
    yield theme.label((start + end) / 2, _ARC, text, yanchor="bottom")
    yield theme.arrow((end, end), (_ARC, _TOP), width=2)


def _picture(values: NDArray[np.float32]) -> str:
    """A signed map, (H, W), as a PNG in a data URI: zero in the middle of the scale."""
    limit = float(np.abs(values).max()) or 1.0
    at = (values / limit + 1) / 2 * (len(theme.DIVERGING) - 1)
    place = np.arange(len(theme.DIVERGING))
    rgb = np.stack([np.interp(at, place, band) for band in _BANDS], axis=-1)
    image = Image.fromarray(rgb.round().astype(np.uint8))
    times = max(1, -(-_PIXELS // max(values.shape)))
    image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    data = BytesIO()
    image.save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
