"""A map in shifted windows, frame by frame: grid, roll, windows, regions, mask, attention, merging.

Axes count tokens; the picture lies below them. A token is marked in every frame.
"""

import base64
from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.plots import attribution, theme
from convnext_viz.results import Place, Windows
from convnext_viz.text import t

HEIGHT = 184  # pixels of a frame
LETTERS = "ABCDEFGHI"  # of the regions
MOST_MARKS = 28  # a side: more would be slow to draw
TOKEN = "#D55E00"
_COLOURS = (
    *("#56B4E9", "#E69F00", "#009E73", "#F0E442", "#CC79A7"),
    *("#0072B2", "#D55E00", "#7A8793", "#B88A6A"),
)
_FEW = 25  # tokens of a window: with more, no number would be read
_FREE, _MASKED = "#cfe3f1", "#31475c"
_LIGHT = "rgba(255,255,255,0.75)"  # of lines on a picture

Drawing = dict[str, Any]
"""A trace, shape or annotation as Plotly has it, not to be checked again: checking takes longer
than a click may take."""


def source(pixels: NDArray[np.uint8], shift: Place = (0, 0), tokens: Place = (1, 1)) -> str:
    """A square picture (S, S, 3), rolled by ``shift`` of so many ``tokens``, as a data URL."""
    side = len(pixels)
    by = tuple(-round(part * side / count) for part, count in zip(shift, tokens, strict=True))
    file = BytesIO()
    Image.fromarray(np.roll(pixels, by, (0, 1))).save(file, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def grid(picture: str, found: Windows, token: Place) -> go.Figure:
    """The image as tokens, in the windows of the block before.

    A click gives the token: row · columns + column.
    """
    lines = [_lines(found.size, 1, width=0.5), _lines(found.size, found.side, width=2)]
    data = [_targets(found, rolled=False)]
    return _figure(found.size, picture, data, shapes=[*lines, _marked(token)])


def rolled(picture: str, found: Windows, token: Place) -> go.Figure:
    """The image after the roll; dashed: what was moved to the other side."""
    (rows, columns), (down, right) = found.size, found.shift
    dashed = {"line": {"color": theme.PAPER, "width": 3, "dash": "dash"}}
    strips = (
        (down, _box(rows - down, 0, rows, columns)),
        (right, _box(0, columns - right, rows, columns)),
    )
    moved = [strip | dashed for by, strip in strips if by]
    return _figure(found.size, picture, shapes=[*moved, _marked(found.rolled(token))])


def cut(picture: str, found: Windows, token: Place) -> go.Figure:
    """The rolled image, cut into windows; the token's own is light. A click as in :func:`grid`."""
    top, left = _corner(found, token)
    own = _box(top, left, top + found.side, left + found.side)
    own |= {"line": {"color": TOKEN, "width": 3}, "fillcolor": "rgba(255,255,255,0.25)"}
    shapes = [_lines(found.size, found.side, width=2), own, _marked(found.rolled(token))]
    return _figure(found.size, picture, [_targets(found, rolled=True)], shapes=shapes)


def cut_plainly(picture: str, size: Place, side: int) -> go.Figure:
    """A picture in windows of ``side`` tokens; nothing is marked."""
    return _figure(size, picture, shapes=[_lines(size, side, width=2)])


def regions(picture: str, found: Windows, token: Place) -> go.Figure:
    """The parts of the rolled image that were neighbours before, each with its letter."""
    shapes, letters = [], []
    for label in np.unique(found.labels):
        rows, columns = np.nonzero(found.labels == label)
        box = _box(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
        colour = _COLOURS[label]
        line = {"color": colour, "width": 1}
        shapes.append(box | {"fillcolor": theme.with_alpha(colour, 0.55), "line": line})
        x, y = (box["x0"] + box["x1"]) / 2, (box["y0"] + box["y1"]) / 2
        font = {"size": 14, "color": theme.INK}
        ground = {"bgcolor": _LIGHT, "borderpad": 1}
        letters.append(theme.label(x, y, f"<b>{letter(label)}</b>", font=font) | ground)
    shapes += [_lines(found.size, found.side, width=1), _marked(found.rolled(token))]
    return _figure(found.size, picture, shapes=shapes, annotations=letters)


def letter(label: int) -> str:
    """A region's letter."""
    return LETTERS[int(label)]


def window_mask(found: Windows, token: Place) -> go.Figure:
    """What the mask adds within the token's window: a row for each query, framed that of the
    token."""
    window, query = found.place(token)
    members = np.array([_name(place) for place in found.members(window)])
    count = len(members)
    heat = {
        "type": "heatmap",
        "z": found.mask[window],
        "customdata": np.stack(np.broadcast_arrays(members[:, None], members), -1),
        "zmin": -100,
        "zmax": 0,
        "colorscale": [[0, _MASKED], [1, _FREE]],
        "showscale": False,
        "hovertemplate": t("swin.hover.mask") + "<extra></extra>",
    }
    row = _box(query, 0, query + 1, count) | {"line": {"color": TOKEN, "width": 2}}
    return _figure((count, count), data=[heat], shapes=[row])


def attention(
    picture: str, found: Windows, token: Place, head: int | None, *, masked: bool
) -> go.Figure:
    """The token's window, enlarged: how much of its attention goes to each of its tokens."""
    side = found.side
    window, query = found.place(token)
    top, left = _corner(found, token)
    values = found.weights(token, head, masked=masked).reshape(side, side)
    names = np.array([_name(place) for place in found.members(window)]).reshape(side, side)
    heat = _heat(values, names) | {"x0": left, "y0": top}
    if side * side <= _FEW:
        heat |= {"texttemplate": "%{z:.0%}", "textfont": {"size": theme.SMALL}}
    shapes = [_marked((top + query // side, left + query % side))]
    figure = _figure(found.size, picture, [heat], shapes=shapes)
    figure.layout.xaxis.range = [left - 0.5, left + side - 0.5]
    figure.layout.yaxis.range = [top + side - 0.5, top - 0.5]
    return figure


def unrolled(
    picture: str,
    found: Windows,
    token: Place,
    head: int | None,
    *,
    masked: bool,
    clicks: bool = False,
) -> go.Figure:
    """The same weights at the places before the roll: who talks to whom in the image. ``clicks``: a
    click gives a token, as in :func:`grid`."""
    values = found.on_map(token, head, masked=masked)
    rows, columns = found.size
    names = np.array([[_name((i, j)) for j in range(columns)] for i in range(rows)])
    members = found.members(found.place(token)[0])
    foreign = [one for one, apart in zip(members, found.foreign(token), strict=True) if apart]
    dotted = {"line": {"color": theme.PAPER, "width": 1, "dash": "dot"}}
    frames = [_box(i, j, i + 1, j + 1) | dotted for i, j in foreign]
    data = [_heat(values, names), *([_targets(found, rolled=False)] if clicks else [])]
    return _figure(found.size, picture, data, shapes=[*frames, _marked(token)])


def merged(values: NDArray[np.float32], token: Place) -> go.Figure:
    """The map after merging, (h, w): the length of each token; framed the one that holds the
    token."""
    heat = {
        "type": "heatmap",
        "z": values,
        "colorscale": theme.SEQUENTIAL,
        "showscale": False,
        "hovertemplate": t("swin.hover.merged") + "<extra></extra>",
    }
    rows, columns = values.shape
    shapes = [_marked((token[0] // 2, token[1] // 2))]
    return _figure((rows, columns), data=[heat], shapes=shapes)


def square_map(size: Place) -> go.Figure:
    """Axes in tokens, from the upper left corner, and nothing on them."""
    return _figure(size)


@lru_cache(maxsize=64)
def _square(rows: int, columns: int) -> dict[str, Any]:
    figure = theme.hide_axes(theme.blank(height=HEIGHT, top=0, right=0, bottom=0, left=0))
    theme.clickable(figure).update_layout(dragmode=False, showlegend=False)
    figure.update_xaxes(range=[-0.5, columns - 0.5], constrain="domain")
    figure.update_yaxes(range=[rows - 0.5, -0.5], constrain="domain", scaleanchor="x")
    return theme.content(figure)


def _figure(
    size: Place,
    picture: str = "",
    data: Sequence[Drawing] = (),
    *,
    shapes: Iterable[Drawing] = (),
    annotations: Iterable[Drawing] = (),
) -> go.Figure:
    rows, columns = size
    place = {"xref": "x", "yref": "y", "x": -0.5, "y": -0.5, "sizex": columns, "sizey": rows}
    image = {"source": picture, "sizing": "stretch", "layer": "below"} | place
    drawn = {
        "images": [image] if picture else [],
        "shapes": list(shapes),
        "annotations": list(annotations),
    }
    known = _square(rows, columns)
    return theme.copy_of({"data": list(data), "layout": known["layout"] | drawn})


def _name(place: Place) -> str:
    return f"({place[0]}, {place[1]})"


def _box(top: float, left: float, bottom: float, right: float) -> Drawing:
    corners = {"x0": left - 0.5, "x1": right - 0.5, "y0": top - 0.5, "y1": bottom - 0.5}
    return {"type": "rect"} | {name: float(value) for name, value in corners.items()}


def _marked(token: Place) -> Drawing:
    return _box(*token, token[0] + 1, token[1] + 1) | {"line": {"color": TOKEN, "width": 3}}


def _lines(size: Place, step: int, *, width: float) -> Drawing:
    """Between tokens, or between windows of ``step`` tokens: one path for all."""
    rows, columns = size
    across = [f"M-0.5,{i - 0.5} L{columns - 0.5},{i - 0.5}" for i in range(step, rows, step)]
    down = [f"M{j - 0.5},-0.5 L{j - 0.5},{rows - 0.5}" for j in range(step, columns, step)]
    path = " ".join([*across, *down]) or "M0,0"
    return {"type": "path", "path": path, "line": {"color": _LIGHT, "width": width}}


def _corner(found: Windows, token: Place) -> Place:
    """The first token of the token's window, on the rolled map."""
    row, column = found.rolled(token)
    return row // found.side * found.side, column // found.side * found.side


def _heat(values: NDArray[np.float32], names: NDArray[np.str_]) -> Drawing:
    """Weights over the picture, none where they are NaN."""
    return {
        "type": "heatmap",
        "z": values,
        "x0": 0,
        "dx": 1,
        "y0": 0,
        "dy": 1,
        "zmin": 0,
        "zmax": float(np.nanmax(values)),
        "colorscale": attribution.scale(diverging=False),
        "opacity": 0.8,
        "showscale": False,
        "customdata": names,
        "hoverongaps": False,
        "hovertemplate": t("swin.hover.weight") + "<extra></extra>",
    }


def _targets(found: Windows, *, rolled: bool) -> Drawing:
    """What a click meets: every token, or every second, third … where there are many."""
    rows, columns = found.size
    step = -(-max(rows, columns) // MOST_MARKS)
    tokens = [(i, j) for i in range(0, rows, step) for j in range(0, columns, step)]
    places = [found.rolled(token) if rolled else token for token in tokens]
    return {
        "type": "scatter",
        "x": [column for _, column in places],
        "y": [row for row, _ in places],
        "mode": "markers",
        "marker": {"symbol": "square", "size": round(HEIGHT * step / rows), "opacity": 0},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "customdata": [i * columns + j for i, j in tokens],
        "text": [_name(token) for token in tokens],
        "hovertemplate": t("swin.hover.token") + "<extra></extra>",
    }
