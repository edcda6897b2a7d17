"""A picture on which a box can be drawn, and the box that was drawn last."""

import plotly.graph_objects as go
from PIL import Image

from convnext_viz.plots import plain, theme
from convnext_viz.plots.attribution import layer, panel
from convnext_viz.results import Box

_DOTS = 24  # a side: Plotly reports a drawn box only where there are marks to select


def drawn(image: Image.Image, box: Box, *, size: tuple[int, int]) -> go.Figure:
    """The picture with ``box`` outlined; both axes count the pixels of ``size`` (width, height)."""
    width, height = size
    edge = {"color": theme.STAGE_COLOURS["stage4"], "width": 3}
    corners = {"x0": box.left, "x1": box.right, "y0": box.top, "y1": box.bottom}
    dots = [(i + 0.5) / _DOTS for i in range(_DOTS)]
    unseen = {"marker": {"opacity": 0}}
    marks = {
        "type": "scatter",
        "x": [width * x for x in dots for _ in dots],
        "y": [height * y for _ in dots for y in dots],
        "mode": "markers",
        "marker": {"opacity": 0, "size": 4},
        "selected": unseen,
        "unselected": unseen,
        "hoverinfo": "skip",
    }
    layout = panel(size) | {
        "dragmode": "select",
        "images": [layer(image)],
        "shapes": [{"type": "rect", "line": edge} | corners],
    }
    return plain.figure([marks], layout)
