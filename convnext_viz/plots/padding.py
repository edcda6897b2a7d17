"""A map that windows do not fill: padded before the roll or after it, and where this differs."""

from typing import Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.plots import theme, windows
from convnext_viz.results import PaddingOrders
from convnext_viz.text import t

Order = Literal["before", "after"]
ORDERS: tuple[Order, ...] = ("before", "after")
_GREY = 128  # of what is padded
_SIDE = 224  # pixels of the picture, about


def rolled(
    pixels: NDArray[np.uint8], found: PaddingOrders, side: int, *, order: Order
) -> go.Figure:
    """The picture (S, S, 3) in windows of ``side`` tokens, padded "before" or "after" the roll."""
    rows, columns = found.unpadded
    token = max(1, _SIDE // max(rows, columns))
    fitted = Image.fromarray(pixels).resize((columns * token, rows * token))
    padding = [
        (0, (padded - own) * token) for padded, own in zip(found.size, found.unpadded, strict=True)
    ]
    by = tuple(-shift * token for shift in found.shift)
    image = np.asarray(fitted)
    if order == "before":
        image = np.roll(_padded(image, padding), by, (0, 1))
    else:
        image = _padded(np.roll(image, by, (0, 1)), padding)
    return windows.cut_plainly(windows.source(image), found.size, side)


def _padded(image: NDArray[np.uint8], by: list[tuple[int, int]]) -> NDArray[np.uint8]:
    return np.pad(image, [*by, (0, 0)], constant_values=_GREY)


def differences(found: PaddingOrders) -> go.Figure:
    """How far the two orders are from each other at each token; dotted where far tokens talk."""
    figure = windows.square_map(found.unpadded)
    share = found.distance / (float(found.before.max()) or 1.0)
    figure.add_heatmap(
        z=share,
        zmin=0,
        colorscale=theme.SEQUENTIAL,
        customdata=np.where(found.mixed, t("swin.padding.mixed"), t("swin.padding.apart")),
        hovertemplate=t("swin.hover.difference") + "<extra></extra>",
        colorbar={"thickness": 10, "outlinewidth": 0, "tickformat": ".0%"},
    )
    return figure
