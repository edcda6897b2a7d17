"""Small pictures to choose from, a word or two below each."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import plotly.graph_objects as go
from PIL import Image

from convnext_viz.plots import plain, theme
from convnext_viz.text import t

COLUMNS = 4
_UNIT = 84  # pixels of a cell's width where the strip has the page's narrow column
_LINE = 0.19  # of a cell's width: a line of words
_LONGEST = 12  # letters of a line; hover has all of them
_MARGIN = 0.05


@dataclass(frozen=True)
class Thumbnail:
    """One of the pictures: ``id`` is what a click gives, ``lines`` stand below it."""

    id: int | str
    image: Image.Image
    name: str  # in a list; always the same
    lines: tuple[str, ...]
    hover: str = ""  # where it says more than the lines


def strip(thumbnails: Sequence[Thumbnail], *, selected: int | str | None = None) -> go.Figure:
    """Rows of four, the ``selected`` one framed; ``customdata`` of every marker is its id."""
    depth = max((len(one.lines) for one in thumbnails), default=0)
    height = 1 + depth * _LINE + _MARGIN  # of a row, in widths of a cell
    rows = -(-len(thumbnails) // COLUMNS)
    across = plain.hidden(range=[0, COLUMNS], constrain="domain")
    down = plain.hidden(
        range=[rows * height, 0], constrain="domain", constraintoward="top", scaleanchor="x"
    )
    layout = plain.layout(height=round(rows * height * _UNIT), top=0, right=0, bottom=0, left=0)
    layout |= {"dragmode": False, "showlegend": False} | plain.axes(0, across, down)
    images, words, frames = [], [], []
    side = 1 - 2 * _MARGIN
    places = [(i % COLUMNS, i // COLUMNS * height) for i in range(len(thumbnails))]
    for one, (left, top) in zip(thumbnails, places, strict=True):
        images.append(
            {
                "source": _source(one.image),
                "xref": "x",
                "yref": "y",
                "x": left + 0.5,
                "y": top + 0.5,
                "sizex": side,
                "sizey": side,
                "xanchor": "center",
                "yanchor": "middle",
                "sizing": "contain",
                "layer": "below",
            }
        )
        for number, line in enumerate(one.lines):
            text = f"<b>{_short(line)}</b>" if one.id == selected else _short(line)
            y = top + 1 + (number + 0.5) * _LINE
            words.append(theme.label(left + 0.5, y, text, font={"size": 11}))
        if one.id == selected:
            corners = {"x0": left + 0.01, "x1": left + 0.99, "y0": top + 0.01, "y1": top + 0.99}
            edge = {"color": theme.STAGE_COLOURS["stage4"], "width": 3}
            frames.append({"type": "rect", "line": edge} | corners)
    marks = {
        "type": "scatter",
        "x": [left + 0.5 for left, _ in places],
        "y": [top + 0.5 for _, top in places],
        "mode": "markers",
        "marker": {"symbol": "square", "size": round(side * _UNIT), "opacity": 0},
        "customdata": [[one.id] for one in thumbnails],
        "text": [one.hover or "<br>".join(one.lines) for one in thumbnails],
        "hovertemplate": "%{text}<extra></extra>",
    }
    return plain.figure(
        [marks], layout | {"images": images, "annotations": words, "shapes": frames}
    )


def describe(thumbnails: Sequence[Thumbnail]) -> str:
    """The strip in words."""
    rows = "; ".join(", ".join(one.lines) for one in thumbnails)
    return t("explain_subjects.strip.alt", count=len(thumbnails), rows=rows)


def _source(image: Image.Image) -> str:
    """The picture as a data URL, its pixels left as squares where it has few."""
    factor = max(1, round(_UNIT / max(image.size)))
    file = BytesIO()
    image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST).save(
        file, "PNG"
    )
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
