"""The theme of every figure: stage colours, a template for light and dark, heat-map scales.

Figures are transparent, and their text is in the one colour that Streamlit replaces by its
own, light or dark; in a notebook it is near black. Nothing is fetched to draw.
"""

from functools import lru_cache
from typing import Any

import plotly.graph_objects as go
from plotly.colors import get_colorscale
from plotly.subplots import make_subplots

STAGE_COLOURS = {  # Okabe and Ito's colour-blind safe palette
    "stem": "#7A8793",
    "stage1": "#56B4E9",
    "stage2": "#009E73",
    "stage3": "#E69F00",
    "stage4": "#D55E00",
    "head": "#CC79A7",
}
"""Stem, the four stages of the paper, head; :func:`stage_colour` also knows further stages."""

_FURTHER = {"stage5": "#F0E442", "stage6": "#4F9BCB", "stage7": "#66C7A8", "stage8": "#B88A6A"}

NORM_COLOURS = {"batch": "#0072B2", "layer": "#E69F00", "rms": "#009E73", "simple": "#CC79A7"}
ACT_DASHES = {"relu": "dot", "gelu": "solid", "gelu_tanh": "dash", "silu": "dashdot"}
"""In comparisons of arms hue says the norm, the dash of the line the activation."""

SEQUENTIAL = "Viridis"
_INFERNO = (
    # "#000004" would be Streamlit's placeholder of its fourth chart colour: drawn gold, not black.
    *("rgb(0, 0, 4)", "#1b0c41", "#4a0c6b", "#781c6d", "#a52c60"),
    *("#cf4446", "#ed6925", "#fb9b06", "#f7d13d", "#fcffa4"),
)
HEAT = [[i / 9, colour] for i, colour in enumerate(_INFERNO)]
_BLUE_TO_ORANGE = (
    ("#0a4a7a", "#0072b2", "#4f9bcb", "#95c2e0", "#d3e4ef"),
    ("#f6dfcb", "#eeb98e", "#e28c4d", "#d55e00", "#8f3f00"),
)
DIVERGING = [[i / 9, colour] for i, colour in enumerate(_BLUE_TO_ORANGE[0] + _BLUE_TO_ORANGE[1])]
"""Scales for amounts, for heat maps over pictures, and for signed values (zero in the middle)."""

TEXT = "#000037"  # near black; Streamlit puts its theme's text colour, light or dark, in its place
INK = "#000000"  # on coloured ground, in both themes
PAPER = "#ffffff"
MUTED = "#7d8894"  # lines and marks that must be seen on white and on near black
FAINT = "rgba(125, 136, 148, 0.28)"
HIGHLIGHT = "rgba(44, 124, 182, 0.16)"  # the ground of what is selected

SMALL = 12  # pixels: no word in a figure is smaller, as figures are shown on walls

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"  # noqa: E501  # not shown

_AXIS = {
    "gridcolor": FAINT,
    "linecolor": MUTED,
    "zerolinecolor": FAINT,
    "automargin": True,
    "title": {"standoff": 10},
}
# Like the margins: in the layout itself, or Streamlit's grey would take their place.
_WORDS = {"tickfont": {"color": TEXT}, "title": {"font": {"color": TEXT}, "standoff": 8}}

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": TEXT},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": list(STAGE_COLOURS.values()),
        "colorscale": {"sequential": SEQUENTIAL, "diverging": DIVERGING},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        "hoverlabel": {"align": "left"},
    }
)


def blank(
    *, height: int, top: int = 8, right: int = 8, bottom: int = 8, left: int = 8
) -> go.Figure:
    """An empty figure in the house's look; height and margins in pixels."""
    return copy_of(known_blank(height, top, right, bottom, left))


@lru_cache(maxsize=64)
def known_blank(height: int, top: int, right: int, bottom: int, left: int) -> dict[str, Any]:
    """The content of such a figure: made once, and not to be changed."""
    # Margins stand in the layout itself: Streamlit overrides those of a template.
    margin = {"t": top, "r": right, "b": bottom, "l": left, "pad": 0}
    figure = go.Figure(
        layout={
            "template": TEMPLATE,
            "height": height,
            "margin": margin,
            "font": {"color": TEXT},
            "xaxis": _WORDS,
            "yaxis": _WORDS,
        }
    )
    return content(figure)


def content(figure: go.Figure) -> dict[str, Any]:
    """What a figure consists of, for :func:`copy_of`; its arrays stay arrays."""
    traces = [trace.to_plotly_json() for trace in figure.data]
    return {"data": traces, "layout": figure.layout.to_plotly_json()}


def copy_of(known: dict[str, Any]) -> go.Figure:
    """A figure of what :func:`content` gave, without what Plotly checked when it was made: a tenth
    of the time. Plotly copies what it is given; what is changed later is checked as ever."""
    figure = go.Figure(known, _validate=False)
    figure._validate = figure.layout._validate = True
    return figure


def panels(
    *,
    height: int,
    top: int = 8,
    right: int = 8,
    bottom: int = 8,
    left: int = 8,
    **grid: Any,
) -> go.Figure:
    """:func:`blank` with several axes; ``grid`` is Plotly's: rows, cols, titles, spacing."""
    known = {name: tuple(v) if isinstance(v, list) else v for name, v in grid.items()}
    return go.Figure(_panels(height, (top, right, bottom, left), **known))


@lru_cache(maxsize=64)
def _panels(height: int, margins: tuple[int, int, int, int], **grid: Any) -> go.Figure:
    figure = make_subplots(**grid)
    top, right, bottom, left = margins
    house = blank(height=height, top=top, right=right, bottom=bottom, left=left)
    figure.update_layout(house.layout)
    figure.update_xaxes(_WORDS)
    figure.update_yaxes(_WORDS)
    figure.update_annotations(font_size=14)
    return figure


CLICKABLE = {"clickmode": "event+select", "dragmode": "pan", "hovermode": "closest"}


def clickable(figure: go.Figure) -> go.Figure:
    """Says what Streamlit would only say in a second drawing: a click selects a point."""
    return figure.update_layout(CLICKABLE)


def arrow(x: tuple[float, float], y: tuple[float, float], *, width: float = 1.5) -> dict[str, Any]:
    """An annotation that is an arrow, from the first to the second of ``x`` and of ``y``."""
    return {
        "ax": x[0],
        "x": x[1],
        "ay": y[0],
        "y": y[1],
        "axref": "x",
        "ayref": "y",
        "text": "",
        "showarrow": True,
        "arrowhead": 2,
        "arrowwidth": width,
        "arrowcolor": MUTED,
    }


def label(x: float, y: float, text: str, **more: Any) -> dict[str, Any]:
    """An annotation that is a word or two, as small as words may be."""
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": {"size": SMALL}} | more


def hide_axes(figure: go.Figure) -> go.Figure:
    """Turns a figure into a drawing: no axes, no zoom."""
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    return figure


@lru_cache(maxsize=1)
def sequential() -> list[list[object]]:
    """``SEQUENTIAL`` in full: a browser does not know all names, which Plotly else looks up."""
    found: list[list[object]] = get_colorscale(SEQUENTIAL)
    return found


def stage_colour(name: str) -> str:
    """The colour of ``"stem"``, ``"stage1"`` … ``"stage8"`` or ``"head"``."""
    return STAGE_COLOURS.get(name) or _FURTHER[name]


def text_on(colour: str) -> str:
    """Dark or white, whichever is read better on ``colour`` (``"#rrggbb"``)."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]  # WCAG 2.2
    return INK if luminance > 0.179 else PAPER  # either way at least 4.58 : 1


def with_alpha(colour: str, alpha: float) -> str:
    """``"#rrggbb"`` as a translucent colour."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"
