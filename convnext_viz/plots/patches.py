"""An image as patches: its grid, what belongs to each patch, and many small maps of patches."""

import base64
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.plots import theme
from convnext_viz.plots.attribution import enlarged
from convnext_viz.plots.drawn_once import drawn_once

CHOSEN = "#D55E00"
_LINE = "rgba(255, 255, 255, 0.55)"
_MOST_MAPS = 120  # pixels of a small map's side

Values = NDArray[np.floating]


@drawn_once
def picture(
    image: Image.Image,
    grid: tuple[int, int],
    hovers: Sequence[str],
    *,
    values: Values | None = None,
    chosen: int | None = None,
    signed: bool = False,
    opacity: float = 0.7,
    height: int = 300,
) -> go.Figure:
    """The image cut into its grid of patches, with a map (h, w) over it where ``values`` are given.

    A click gives the number of the patch, row by row; ``hovers`` says a text for each. ``chosen``
    is framed. Colours reach to the largest magnitude.
    """
    rows, columns = grid
    figure = _canvas(height=height, top=0, right=0, bottom=0, left=0)
    figure.add_layout_image(_ground(image, columns, rows))
    if values is None:
        figure.add_scatter(**_lines(rows, columns))
    else:
        limit = float(np.abs(values).max()) or 1.0
        scale = theme.DIVERGING if signed else theme.HEAT
        _heat(figure, values, -limit if signed else 0, limit, scale, opacity)
    _doors(figure, rows, columns, hovers)
    if chosen is not None:
        row, column = divmod(chosen, columns)
        _frame(figure, (column, row), (column + 1, row + 1))
    figure.update_xaxes(range=[0, columns], constrain="domain")
    ratio = image.height * columns / (image.width * rows)
    figure.update_yaxes(
        range=[rows, 0],
        constrain="domain",
        constraintoward="top",
        scaleanchor="x",
        scaleratio=ratio,
    )
    return figure


@drawn_once
def numbers(
    values: Values,
    hovers: Sequence[str],
    *,
    signed: bool = True,
    limit: float | None = None,
    chosen: int | None = None,
    height: int = 300,
) -> go.Figure:
    """A number for each patch (h, w); a click gives the patch. ``limit``: where colours end."""
    rows, columns = values.shape
    figure = _canvas(height=height, top=0, right=0, bottom=0, left=0)
    most = limit or float(np.abs(values).max()) or 1.0
    scale = theme.DIVERGING if signed else theme.SEQUENTIAL
    _heat(figure, values, -most if signed else float(values.min()), most, scale)
    _doors(figure, rows, columns, hovers)
    if chosen is not None:
        row, column = divmod(chosen, columns)
        _frame(figure, (column, row), (column + 1, row + 1))
    figure.update_xaxes(range=[0, columns], constrain="domain")
    figure.update_yaxes(range=[rows, 0], constrain="domain", constraintoward="top", scaleanchor="x")
    return figure


@drawn_once
def mosaic(
    maps: Values,
    hovers: Sequence[Sequence[str]],
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    chosen: tuple[int, int] | None = None,
    signed: bool = False,
    own_scale: bool = False,
    side: int = _MOST_MAPS,
) -> go.Figure:
    """Many maps (R, C, h, w) in rows and columns; a click gives (row, column).

    ``own_scale``: the colours of each map reach to its own largest magnitude, else to that of all.
    """
    down, across, height, width = maps.shape
    if own_scale:
        largest = np.abs(maps).max((2, 3), keepdims=True)
        maps = maps / np.where(largest > 0, largest, 1)
    most = float(np.abs(maps).max()) or 1.0
    gap = max(1, height // 8)
    canvas = np.full((down * (height + gap) - gap, across * (width + gap) - gap), np.nan)
    for i in range(down):
        for j in range(across):
            top, left = i * (height + gap), j * (width + gap)
            canvas[top : top + height, left : left + width] = maps[i, j]
    above, before = 22 if columns else 2, 64 if rows else 2
    figure = _canvas(height=down * side + above + 2, top=above, right=2, bottom=2, left=before)
    values = np.round(canvas.astype(np.float64), 4)
    scale = theme.DIVERGING if signed else theme.HEAT
    _heat(figure, values, -most if signed else 0, most, scale)
    places = [(i, j) for i in range(down) for j in range(across)]
    middles = [(i * (height + gap) + height / 2, j * (width + gap) + width / 2) for i, j in places]
    figure.add_scatter(
        x=[x for _, x in middles],
        y=[y for y, _ in middles],
        mode="markers",
        marker={"size": 20, "opacity": 0},
        customdata=[list(place) for place in places],
        text=[hovers[i][j] for i, j in places],
        hovertemplate="%{text}<extra></extra>",
    )
    for i, name in enumerate(rows):
        y = i * (height + gap) + height / 2
        figure.add_annotation(**theme.label(0, y, name, xanchor="right", xshift=-6))
    for j, name in enumerate(columns):
        x = j * (width + gap) + width / 2
        figure.add_annotation(**theme.label(x, 0, name, yanchor="bottom", yshift=2))
    if chosen is not None:
        top, left = chosen[0] * (height + gap), chosen[1] * (width + gap)
        _frame(figure, (left, top), (left + width, top + height))
    figure.update_xaxes(range=[0, canvas.shape[1]], constrain="domain", constraintoward="left")
    figure.update_yaxes(
        range=[canvas.shape[0], 0], constrain="domain", constraintoward="top", scaleanchor="x"
    )
    return figure


def filter_tiles(filters: Values, *, columns: int = 16, factor: int = 3) -> Image.Image:
    """Filters (n, 3, k, k) as small colour images in rows, each from its own smallest value, black,
    to its largest."""
    n, _, height, width = filters.shape
    low = filters.min((1, 2, 3), keepdims=True)
    span = np.maximum(filters.max((1, 2, 3), keepdims=True) - low, 1e-12)
    tiles = np.rint((filters - low) / span * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    rows = -(-n // columns)
    canvas = np.full((rows * (height + 1), columns * (width + 1), 3), 128, dtype=np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        top, left = row * (height + 1), column * (width + 1)
        canvas[top : top + height, left : left + width] = tile
    image = Image.fromarray(canvas)
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _canvas(**room: int) -> go.Figure:
    """An empty figure without axes that answers to clicks; ``room`` is ``theme.blank``'s."""
    figure = theme.clickable(theme.hide_axes(theme.blank(**room)))
    return figure.update_layout(showlegend=False, dragmode=False, hoverdistance=-1)


def _heat(
    figure: go.Figure,
    values: Values,
    low: float,
    most: float,
    colours: str | list[list[object]],
    opacity: float = 1.0,
) -> None:
    """A cell of 1×1 for each value, the first one in the corner at (0, 0)."""
    figure.add_heatmap(
        z=values,
        x0=0.5,
        dx=1,
        y0=0.5,
        dy=1,
        zmin=low,
        zmax=most,
        colorscale=colours,
        opacity=opacity,
        showscale=False,
        hoverinfo="skip",
    )


def _ground(image: Image.Image, columns: int, rows: int) -> dict[str, object]:
    file = BytesIO()
    enlarged(image).convert("RGB").save(file, "PNG")
    source = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    corner = {"xref": "x", "yref": "y", "x": 0, "y": 0, "sizex": columns, "sizey": rows}
    return {"source": source, "sizing": "stretch", "layer": "below", **corner}


def _lines(rows: int, columns: int) -> dict[str, object]:
    """The borders of patches as one trace."""
    x: list[float | None] = []
    y: list[float | None] = []
    for i in range(rows + 1):
        x, y = [*x, 0, columns, None], [*y, i, i, None]
    for j in range(columns + 1):
        x, y = [*x, j, j, None], [*y, 0, rows, None]
    line = {"color": _LINE, "width": 1}
    return {"x": x, "y": y, "mode": "lines", "line": line, "hoverinfo": "skip"}


def _doors(figure: go.Figure, rows: int, columns: int, hovers: Sequence[str]) -> None:
    """What patches say and answer to: Plotly's heat maps answer to no click."""
    places = [divmod(number, columns) for number in range(rows * columns)]
    figure.add_scatter(
        x=[column + 0.5 for _, column in places],
        y=[row + 0.5 for row, _ in places],
        mode="markers",
        marker={"size": 12, "opacity": 0},
        customdata=[[number] for number in range(rows * columns)],
        text=list(hovers),
        hovertemplate="%{text}<extra></extra>",
    )


def _frame(figure: go.Figure, start: tuple[float, float], end: tuple[float, float]) -> None:
    figure.add_shape(
        type="rect",
        x0=start[0],
        y0=start[1],
        x1=end[0],
        y1=end[1],
        line={"color": CHOSEN, "width": 3},
    )
