"""One block on one picture: all operations in a row, each with what it puts out."""

import base64
from io import BytesIO

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.plans import Block, Layer
from convnext_viz.plots import names, theme
from convnext_viz.results import BlockTrace
from convnext_viz.text import t

_ARC = 1.34  # height of the shortcut
_SIDE = 0.86  # of a picture, in columns
_PIXELS = 112  # of a picture's side, at least: browsers blur what they enlarge
_BANDS = [[int(str(c)[i : i + 2], 16) for _, c in theme.DIVERGING] for i in (1, 3, 5)]


def steps(block: Block) -> tuple[tuple[str, Layer | None], ...]:
    """Names and layers of a block's operations as ``explain.block.trace`` names them."""
    body: list[tuple[str, Layer | None]] = [
        (layer.name.rpartition(".")[2], layer) for layer in block.body
    ]
    past: list[tuple[str, Layer | None]] = (
        [("shortcut", block.shortcut[-1])] if block.shortcut else []
    )
    after: list[tuple[str, Layer | None]] = [
        (layer.name.rpartition(".")[2], layer) for layer in block.after
    ]
    return (("input", None), *body, *past, ("sum", None), *after)


def step_name(name: str, layer: Layer | None) -> str:
    """What a person reads: ``"Depthwise 7×7"``; "Input", "Shortcut" and "Sum" are no layers."""
    return names.operation(layer) if layer and name != "shortcut" else t(f"block.step.{name}")


def overview(
    block: Block, *, stage: str, selected: str, traced: BlockTrace | None = None, channel: int = 0
) -> go.Figure:
    """A row of operations, each with one channel of its output where a trace is given.

    Wide outputs show the channel in the same place: channel c of C is channel c·k of k·C. A click
    gives the operation's name as ``customdata``.
    """
    row = steps(block)
    figure = theme.hide_axes(theme.blank(height=210, top=0, bottom=0, left=2, right=2))
    theme.clickable(figure)
    places = {name: float(i) for i, (name, _) in enumerate(row)}
    widest = max(layer.out_shape[0] for layer in block.layers)
    colour = theme.stage_colour(stage)
    for name, layer in row:
        x, shape = places[name], step_shape(block, name, layer)
        if name == selected:
            figure.add_shape(
                type="rect",
                x0=x - 0.5,
                x1=x + 0.5,
                y0=-0.92,
                y1=1.18,
                layer="below",
                fillcolor=theme.HIGHLIGHT,
                line={"color": colour, "width": 2},
            )
        if traced is None:
            figure.add_shape(
                type="rect",
                x0=x - 0.3,
                x1=x + 0.3,
                y0=-0.34,
                y1=0.54,
                layer="below",
                fillcolor=theme.FAINT,
                line={"width": 0},
            )
        else:
            values = traced.operation(name).values
            figure.add_layout_image(
                source=_picture(values[_same_place(channel, block.in_shape[0], len(values))]),
                x=x,
                y=0.1,
                xref="x",
                yref="y",
                sizex=_SIDE,
                sizey=1.04,
                sizing="contain",
                xanchor="center",
                yanchor="middle",
            )
        figure.add_shape(  # as wide as the output has channels
            type="rect",
            x0=x - 0.45 * shape[0] / widest,
            x1=x + 0.45 * shape[0] / widest,
            y0=-0.58,
            y1=-0.5,
            fillcolor=colour,
            line={"width": 0},
        )
        figure.add_annotation(
            x=x,
            y=-0.62,
            yanchor="top",
            showarrow=False,
            font={"size": theme.SMALL},
            text=names.shape(shape),
        )
        label = step_name(name, layer).split(" ", 1)
        figure.add_annotation(
            x=x,
            y=1.16,
            yanchor="top",
            showarrow=False,
            font={"size": theme.SMALL},
            text=f"<b>{label[0]}</b><br>{''.join(label[1:])}"
            if len(label) > 1
            else f"<b>{label[0]}</b>",
        )
    _shortcut(figure, places, t("block.step.projected" if block.shortcut else "block.step.around"))
    figure.add_scatter(
        x=list(places.values()),
        y=[0.0] * len(row),
        mode="markers",
        marker={"size": 62, "symbol": "square", "color": "rgba(0,0,0,0)"},
        customdata=[name for name, _ in row],
        hovertext=[
            f"{step_name(name, layer)}<br>{names.shape(step_shape(block, name, layer))}"
            for name, layer in row
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        showlegend=False,
    )
    figure.update_xaxes(range=[-0.55, len(row) - 0.45])
    figure.update_yaxes(range=[-0.94, 1.6])
    return figure


def step_shape(block: Block, name: str, layer: Layer | None) -> tuple[int, ...]:
    """Shape of one picture after the operation, (C, H, W)."""
    if layer is not None:
        return layer.out_shape
    return block.in_shape if name == "input" else block.out_shape


def _same_place(channel: int, of: int, here: int) -> int:
    return min(channel * here // of, here - 1)


def _shortcut(figure: go.Figure, places: dict[str, float], label: str) -> None:
    """The way of the input around the branch to the sum."""
    start, end = places["input"], places["sum"]
    figure.add_scatter(
        x=[start, start, end, end],
        y=[1.18, _ARC, _ARC, 1.22],
        mode="lines",
        line={"color": theme.MUTED, "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_annotation(
        x=(start + end) / 2,
        y=_ARC,
        yanchor="bottom",
        showarrow=False,
        text=label,
        font={"size": theme.SMALL},
    )
    figure.add_annotation(
        x=end,
        y=1.18,
        ax=end,
        ay=_ARC,
        xref="x",
        yref="y",
        axref="x",
        ayref="y",
        text="",
        showarrow=True,
        arrowhead=2,
        arrowwidth=2,
        arrowcolor=theme.MUTED,
    )


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
