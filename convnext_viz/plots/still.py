"""A drawing as plain HTML: what is to be seen until Plotly's five megabytes of script are there.

For drawings made of paths, rectangles, bars, lines, arrows and words, as the architecture map is;
places are shares of the figure's plot area, so that the page may be of any width.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import plotly.graph_objects as go

_PAIR = re.compile(r"(-?[\d.]+(?:e-?\d+)?)[ ,](-?[\d.]+(?:e-?\d+)?)")
_CLEAR = "rgba(0,0,0,0)"
Place = Callable[[float, float], tuple[float, float]]
Part = dict[str, Any]


def still(figure: go.Figure) -> str:
    """The drawing without what only a pointer would find; hidden from readers of screens, as the
    figure that takes its place has a text of its own."""
    drawn = (
        figure.to_plotly_json()
    )  # Plotly makes an object anew for everything that is asked of it
    layout = drawn["layout"]
    place, margin = _place(layout), layout["margin"]
    # As a background: Streamlit takes SVG elements out of a page's HTML.
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none">'
        f"{''.join(_lines(layout, drawn['data'], place))}</svg>"
    )
    return (
        f'<div class="still" aria-hidden="true" style="height:{layout["height"]}px">'
        f'<div style="inset:{margin["t"]}px {margin["r"]}px {margin["b"]}px {margin["l"]}px;'
        f"background:url('data:image/svg+xml,{quote(picture)}') 0 0/100% 100%\">"
        f"{''.join(_words(layout, place))}</div></div>"
    )


def _place(layout: Part) -> Place:
    """From the drawing's coordinates to per cent from the left and from the top."""
    left, right = layout["xaxis"]["range"]
    low, high = layout["yaxis"]["range"]

    def place(x: float, y: float) -> tuple[float, float]:
        across, down = (x - left) / (right - left), (high - y) / (high - low)
        return round(100 * across, 3), round(100 * down, 3)

    return place


def _lines(layout: Part, traces: list[Part], place: Place) -> Iterator[str]:
    for shape in layout["shapes"]:
        if shape["type"] == "path":
            path = _PAIR.sub(lambda pair: _point(place, *map(float, pair.groups())), shape["path"])
        else:
            path = _box(place, shape["x0"], shape["x1"], shape["y0"], shape["y1"])
        yield _path(path, shape["fillcolor"], shape["line"])
    for trace in traces:
        yield from _bars(trace, place) if trace["type"] == "bar" else (_run(trace, place),)
    for note in layout["annotations"]:
        if note["showarrow"]:
            path = f"M{_point(place, note['ax'], note['ay'])}L{_point(place, note['x'], note['y'])}"
            yield _path(path, None, {"color": note["arrowcolor"], "width": note["arrowwidth"]})


def _bars(trace: Part, place: Place) -> Iterator[str]:
    if trace["marker"]["color"] == _CLEAR:
        return
    line = trace["marker"]["line"]
    rows = (trace["x"], trace["y"], trace["width"], trace["base"])
    for x, high, wide, base, colour, edge in zip(
        *rows, trace["marker"]["color"], line["color"], strict=True
    ):
        box = _box(place, x - wide / 2, x + wide / 2, base, base + high)
        yield _path(box, colour, {"color": edge, "width": line["width"]})


def _run(trace: Part, place: Place) -> str:
    path, pen = "", "M"
    for x, y in zip(trace["x"], trace["y"], strict=True):
        path += "" if x is None else f"{pen}{_point(place, x, y)}"
        pen = "M" if x is None else "L"
    return _path(path, None, trace["line"])


def _words(layout: Part, place: Place) -> Iterator[str]:
    for note in layout["annotations"]:
        if note["text"]:
            x, y = place(note["x"], note["y"])
            up = 100 if note.get("yanchor") == "bottom" else 50
            colour = f";color:{note['font']['color']}" if "color" in note["font"] else ""
            yield (
                f'<span style="left:{x}%;top:{y}%;transform:translate(-50%,-{up}%);'
                f'font-size:{note["font"]["size"]}px{colour}">{note["text"]}</span>'
            )


def _point(place: Place, x: float, y: float) -> str:
    return "{},{}".format(*place(x, y))


def _box(place: Place, left: float, right: float, low: float, high: float) -> str:
    (x0, y0), (x1, y1) = place(left, high), place(right, low)
    return f"M{x0},{y0}H{x1}V{y1}H{x0}Z"


def _path(path: str, fill: str | None, line: Part) -> str:
    width = line["width"] or 0
    stroke = f"stroke:{line['color']};stroke-width:{width}px" if width else "stroke:none"
    style = f"fill:{fill or 'none'};{stroke};vector-effect:non-scaling-stroke"
    return f'<path d="{path}" style="{style}"/>'
