"""A picture, the raw map of where a class's score comes from, and the two laid over each other.

The raw map is drawn as its cells are, at the stage's resolution. Only the overlay is smooth: the
map is enlarged bilinearly there, as a person compares it with a picture of many more pixels. A map
with values below zero diverges around zero; any other runs from zero to its largest value.
"""

import base64
import re
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image, ImageColor

from convnext_viz.plots import names, plain, theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.plots.plain import Data
from convnext_viz.results import Attribution
from convnext_viz.text import t

SIDE = 288  # pixels of a panel's square
_LEGEND = 52  # pixels below the square, for the colour bar; the same for all panels
_MOST_CELLS = 64 * 64  # that the overlay carries a second time


@drawn_once
def picture(image: Image.Image) -> go.Figure:
    """A picture as the net gets it; small ones enlarged with their pixels left as squares."""
    return plain.figure([], panel(image.size) | {"images": [layer(enlarged(image))]})


@drawn_once
def raw_map(attribution: Attribution) -> go.Figure:
    """The map's cells, unsmoothed; value and pixels on hover. A map that shows nothing is grey, and
    says why."""
    height, width = attribution.image_size
    layout = panel((width, height))
    if attribution.nothing:
        ground, words = gray_cell(("x", "y"), nothing(attribution), letters=36, size=13)
        return plain.figure([], layout | {"shapes": [ground], "annotations": [words]})
    return plain.figure([_cells(attribution, opacity=1.0, showscale=True)], layout)


@drawn_once
def overlay(attribution: Attribution, image: Image.Image, *, opacity: float) -> go.Figure:
    """The enlarged map over the picture; ``opacity`` 0 is the picture alone, 1 the map alone.

    Of a map that shows nothing, the picture alone.
    """
    ground = layer(overlay_image(attribution, image, opacity=opacity))
    traces = []
    if not attribution.nothing and attribution.values.size <= _MOST_CELLS:
        # For hover; a pixel's own value is in the raw map.
        traces.append(_cells(attribution, opacity=0.0, showscale=False))
    return plain.figure(traces, panel(image.size) | {"images": [ground]})


def overlay_image(attribution: Attribution, image: Image.Image, *, opacity: float) -> Image.Image:
    """The overlay as an RGB picture: what the figure shows and a download gives."""
    ground = enlarged(image)
    if attribution.nothing:
        return ground.convert("RGB")
    low, high = limits(attribution)
    values = (upsampled(attribution.values, ground.size) - low) / (high - low)
    colours = ramp(signed(attribution))
    coloured = Image.fromarray(colours[np.rint(values * 255).astype(np.uint8)])
    return Image.blend(ground, coloured, opacity)


def signed(attribution: Attribution) -> bool:
    """Whether something in the map speaks against the class."""
    return bool(attribution.values.min() < 0)


def limits(attribution: Attribution) -> tuple[float, float]:
    """The values at both ends of the map's colours: 0 stays "nothing", whatever the sign."""
    largest = float(np.abs(attribution.values).max()) or 1.0
    return (-largest if signed(attribution) else 0.0), largest


def upsampled(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """A map (h, w) enlarged bilinearly to (width, height), each cell's value at its centre."""
    small = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(small.resize(size, Image.Resampling.BILINEAR))


def enlarged(image: Image.Image) -> Image.Image:
    """A small picture times the whole number that fills a panel: its pixels stay squares."""
    factor = max(1, SIDE // max(image.size))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def nothing(attribution: Attribution) -> str:
    """Why a map shows nothing, in a few words; "" where it shows something."""
    match attribution.nothing:
        case "":
            return ""
        case "empty":
            return t("explain_maps.reason.empty")
        case reason:
            return t(f"explain_maps.nothing_short.{reason}")


def why_nothing(attribution: Attribution, labels: Sequence[str] = ()) -> str:
    """The same in sentences, with what was measured. ``labels``: of all classes, or none."""
    label, stage = attribution.label(labels), names.stage(attribution.stage)
    match attribution.nothing:
        case "":
            return ""
        case "empty":
            return t("explain.panel.empty", label=label, stage=stage)
        case reason:
            remaining = f"{attribution.remaining:.0e}"
            return t(f"explain_maps.nothing.{reason}", label=label, remaining=remaining)


def gray_cell(
    axes: Sequence[str], reason: str, *, letters: int, size: int = 10
) -> tuple[Data, Data]:
    """A shape that fills axes with grey, and an annotation with a reason, in lines of about so many
    ``letters``."""
    xref, yref = (f"{axis} domain" for axis in axes)
    place = {"xref": xref, "yref": yref}
    corners = {"x0": 0, "x1": 1, "y0": 0, "y1": 1}
    ground = {"type": "rect", "fillcolor": theme.FAINT, "line": {"width": 0}, **corners, **place}
    words = theme.label(0.5, 0.5, _broken(reason, letters), font={"size": size}, **place)
    return ground, words


def _broken(sentence: str, width: int) -> str:
    """Lines of about so many letters; Chinese has no spaces and counts double."""
    lines, line, length = [], "", 0
    for word in re.findall(
        r"[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*", sentence
    ):
        size = 2 if len(word) == 1 and word >= "\u3000" else len(word)
        if line and length + size > width + 1:
            lines.append(line.strip())
            line, length = "", 0
        line, length = line + word, length + size
    return "<br>".join([*lines, line.strip()])


def describe(attribution: Attribution, labels: Sequence[str] = ()) -> str:
    """The map in words: its method, class and stage, and where its largest value lies, or why it
    shows nothing. ``labels``: a name for every class, or none."""
    if attribution.nothing:
        return why_nothing(attribution, labels)
    rows, columns = attribution.values.shape
    row, column = np.unravel_index(int(attribution.values.argmax()), (rows, columns))
    return t(
        "explain.map.alt",
        method=t(f"methods.name.{attribution.method}"),
        label=attribution.label(labels),
        stage=names.stage(attribution.stage),
        rows=rows,
        columns=columns,
        left=f"{(column + 0.5) / columns:.0%}",
        top=f"{(row + 0.5) / rows:.0%}",
    )


def panel(size: tuple[int, int]) -> Data:
    """A layout: axes in the picture's pixels, from the upper left corner, as squares."""
    width, height = size
    across = plain.hidden(range=[0, width], constrain="domain")
    down = plain.hidden(
        range=[height, 0], constrain="domain", constraintoward="top", scaleanchor="x"
    )
    layout = plain.layout(height=SIDE + _LEGEND, top=0, right=0, bottom=_LEGEND, left=0)
    return layout | {"dragmode": False, "showlegend": False} | plain.axes(0, across, down)


def layer(image: Image.Image) -> Data:
    """A picture that fills the axes, as an image of a layout."""
    file = BytesIO()
    image.save(file, "PNG")
    source = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    corner = {"xref": "x domain", "yref": "y domain", "x": 0, "y": 1, "sizex": 1, "sizey": 1}
    return {"source": source, "sizing": "stretch", "layer": "below", **corner}


def _cells(attribution: Attribution, *, opacity: float, showscale: bool) -> Data:
    values = attribution.values
    (rows, columns), (height, width) = values.shape, attribution.image_size
    dx, dy = width / columns, height / rows
    text, pixels = {}, "x %{x:.1f}, y %{y:.1f}"  # a cell's middle
    if values.size <= _MOST_CELLS:  # a text for every pixel would be a megabyte
        across = [f"x {_span(j, dx)}" for j in range(columns)]
        down = [f"y {_span(i, dy)}" for i in range(rows)]
        text["text"] = [[f"{x}, {y}" for x in across] for y in down]
        pixels = "%{text}"
    hover = t("explain.map.hover", value="%{z:.3g}", pixels=pixels)
    low, high = limits(attribution)
    return {
        "type": "heatmap",
        "z": values,
        "x0": dx / 2,
        "dx": dx,
        "y0": dy / 2,
        "dy": dy,
        "zmin": low,
        "zmax": high,
        "colorscale": scale(signed(attribution)),
        "opacity": opacity,
        "showscale": showscale,
        "hovertemplate": hover + "<extra></extra>",
        "colorbar": {
            "orientation": "h",
            "thickness": 10,
            "len": 1,
            "x": 0.5,
            "y": 0,
            "yanchor": "top",
            "ypad": 6,
            "nticks": 4,
            "exponentformat": "power",
            "outlinewidth": 0,
        },
        **text,
    }


def _span(cell: int, size: float) -> str:
    """The pixels of a cell: ``"32–63"``, or ``"7"`` where it is one."""
    first, last = round(cell * size), round((cell + 1) * size) - 1
    return f"{first}–{last}" if last > first else f"{first}"


def scale(diverging: bool) -> list[list[object]]:
    """The theme's scale for heat maps, or the one around zero, with colours as ``rgb(…)``.

    Streamlit takes #000001, #000002, … for the colours of its own theme and puts others in their
    place, and the scale begins with #000004.
    """
    return [[at, f"rgb{_rgb(colour)}"] for at, colour in _stops(diverging)]


@cache
def ramp(diverging: bool) -> NDArray[np.uint8]:
    """The same scale as 256 colours, (256, 3), interpolated as Plotly does."""
    stops = _stops(diverging)
    at = [position for position, _ in stops]
    points = np.array([_rgb(colour) for _, colour in stops])
    x = np.linspace(0, 1, 256)
    channels = [np.interp(x, at, points[:, channel]) for channel in range(3)]
    colours: NDArray[np.uint8] = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    return colours


@cache
def _stops(diverging: bool) -> tuple[tuple[float, str], ...]:
    given: Any = theme.DIVERGING if diverging else theme.HEAT
    return tuple((float(at), str(colour)) for at, colour in given)


def _rgb(colour: str) -> tuple[int, int, int]:
    """``"#0a0b0c"`` or ``"rgb(10, 11, 12)"`` → ``(10, 11, 12)``."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue
