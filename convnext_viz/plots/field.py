"""A cell and what it sees: chosen by a click, its theoretical field, and kernel sizes compared."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.plots import attribution, names, plain, receptive, theme
from convnext_viz.results import Box, KernelSizes
from convnext_viz.text import t

MOST_MARKS = 20  # a side: more could not be told apart by a finger
_CELL = "#D55E00"
_SIDE = 330  # pixels of the drawing


def cells(values: NDArray[np.float32], cell: tuple[int, int]) -> go.Figure:
    """A stage's map (h, w) with a mark on each cell; ``cell`` (row, column) is filled.

    A click on a mark chooses it: its customdata is [row, column]. Where there are too many for a
    finger, only every second, third, … row and column has marks.
    """
    rows, columns = values.shape
    limit = float(np.abs(values).max()) or 1.0
    signed = bool((values < 0).any())
    heat = {
        "type": "heatmap",
        "z": values,
        "zmin": -limit if signed else 0,
        "zmax": limit,
        "colorscale": theme.DIVERGING if signed else theme.sequential(),
        "showscale": False,
        "hoverinfo": "skip",
    }
    step = -(-max(rows, columns) // MOST_MARKS)
    places = [(i, j) for i in range(0, rows, step) for j in range(0, columns, step)]
    if cell not in places:
        places.append(cell)
    chosen = [place == cell for place in places]
    marks = {
        "type": "scatter",
        "x": [column for _, column in places],
        "y": [row for row, _ in places],
        "mode": "markers",
        "marker": {
            "opacity": 1,
            "symbol": "circle",
            "size": [13 if one else max(5, min(11, 150 // max(rows, columns))) for one in chosen],
            "color": [_CELL if one else "rgba(255, 255, 255, 0.55)" for one in chosen],
            "line": {"color": "rgba(13, 20, 27, 0.8)", "width": 1},
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "customdata": [list(place) for place in places],
        "text": [f"{values[place]:.3g}" for place in places],
        "hovertemplate": t("explain_features.field.hover") + "<extra></extra>",
    }
    across = plain.hidden(range=[-0.5, columns - 0.5], constrain="domain")
    down = plain.hidden(range=[rows - 0.5, -0.5], constrain="domain", scaleanchor="x")
    layout = plain.layout(height=_SIDE, top=0, right=0, bottom=0, left=0, showlegend=False)
    return plain.figure([heat, marks], layout | theme.CLICKABLE | plain.axes(0, across, down))


def theoretical(image: Image.Image, box: Box, *, jump: int) -> go.Figure:
    """The field on the picture, also where it reaches beyond: there the net sees only padding.

    At most half a picture's side is drawn around it. ``jump``: pixels between two cells, the side
    of the dotted square in the field's middle.
    """
    figure = attribution.picture(image)
    figure.update_layout(height=_SIDE, margin={"b": 0})
    width, height = image.size
    over = max(0, -box.top, -box.left, box.bottom - height, box.right - width)
    room = min(over * 1.08, max(width, height) / 2)
    figure.update_xaxes(range=[-room, width + room])
    figure.update_yaxes(range=[height + room, -room])
    image_at = {"xref": "x", "yref": "y", "x": 0, "y": 0, "sizex": width, "sizey": height}
    figure.update_layout_images(image_at)
    drawn = Box(
        top=max(box.top, round(-room)),
        left=max(box.left, round(-room)),
        bottom=min(box.bottom, round(height + room)),
        right=min(box.right, round(width + room)),
    )
    _rectangle(figure, drawn, {"width": 2, "dash": "dash"}, fill=0.08)
    _rectangle(figure, box.clipped(height, width), {"width": 3}, fill=0.12)
    _rectangle(figure, box.middle(jump), {"width": 2, "dash": "dot"}, fill=0)
    return figure


def describe_cells(shape: tuple[int, int], stage: str, cell: tuple[int, int]) -> str:
    """The map to choose from in words."""
    return t(
        "explain_features.field.cells_alt",
        stage=names.stage(stage),
        rows=shape[0],
        columns=shape[1],
        row=cell[0],
        column=cell[1],
    )


def describe_theoretical(image: Image.Image, box: Box, stage: str) -> str:
    """The field in words: its side, its share of the picture."""
    return receptive.describe_field(image, box, stage)


def kernel_sizes(found: KernelSizes, *, input_side: int) -> go.Figure:
    """Sides of fields against kernel sizes: theoretical, plain layers, fresh nets; pixels.

    Effective ones are four deviations wide, which hold 95 % of a Gaussian. The axis is logarithmic,
    as the ratios matter. Level lines: the net itself, unless trained siblings make a curve with it,
    and ``input_side``, beyond which nothing is seen.
    """
    sizes = [one.kernel_size for one in found.fresh]
    figure = theme.blank(height=400, top=84, right=12, bottom=46, left=56)
    curves = [
        ("theoretical", [float(one.side) for one in found.fresh], theme.MUTED, "solid"),
        ("plain", [4 * one.plain for one in found.fresh], "#CC79A7", "dash"),
        ("full", [4 * one.full for one in found.fresh], "#0072B2", "solid"),
        ("fresh", [4 * one.fresh for one in found.fresh], "#56B4E9", "dot"),
    ]
    if found.siblings:
        curves.append(("siblings", [4 * sided for _, sided in found.learnt], _CELL, "longdash"))
    for name, sides, colour, dash in curves:
        label = t(f"explain_features.kernels.{name}")
        figure.add_scatter(
            x=[size for size, _ in found.learnt] if name == "siblings" else sizes,
            y=sides,
            name=label,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2.5},
            hovertemplate=f"{label}<br>k = %{{x}}: %{{y:.1f}} px<extra></extra>",
        )
    own = ", ".join(map(str, found.own)) if len(set(found.own)) > 1 else str(found.own[0])
    levels = (
        (4 * found.trained, _CELL, "longdash", t("explain_features.kernels.trained", own=own)),
        (input_side, theme.MUTED, "dot", t("explain_features.kernels.input", side=input_side)),
    )
    for level, colour, dash, label in levels[bool(found.siblings) :]:
        figure.add_scatter(
            x=[sizes[0], sizes[-1]],
            y=[level, level],
            name=label,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate=f"{label}<br>%{{y:.1f}} px<extra></extra>",
        )
    figure.update_xaxes(tickvals=sizes, title=t("explain_features.kernels.across"), fixedrange=True)
    figure.update_yaxes(
        title=t("explain_features.kernels.up"),
        type="log",
        tickvals=[one * ten for ten in (1, 10, 100, 1000) for one in (1, 2, 5)],
        fixedrange=True,
    )
    figure.update_layout(legend={"font": {"size": 12}})
    return figure


def describe_kernel_sizes(found: KernelSizes) -> str:
    """The curves in words: each kernel size with its sides."""
    rows = "; ".join(
        f"k = {one.kernel_size}: {one.side} / {4 * one.plain:.0f}"
        f" / {4 * one.full:.0f} / {4 * one.fresh:.0f}"
        for one in found.fresh
    )
    if found.siblings:
        learnt = "; ".join(f"k = {size}: {4 * sided:.0f}" for size, sided in found.learnt)
        return t("explain_features.kernels.alt_siblings", rows=rows, trained=learnt)
    return t("explain_features.kernels.alt", rows=rows, trained=f"{4 * found.trained:.0f}")


def _rectangle(figure: go.Figure, box: Box, line: dict[str, object], *, fill: float) -> None:
    figure.add_shape(
        type="rect",
        x0=box.left,
        x1=box.right,
        y0=box.top,
        y1=box.bottom,
        line={"color": _CELL, **line},
        fillcolor=theme.with_alpha(_CELL, fill),
    )
