"""The logit lens over all patches: a small map a block, a colour a class."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.text import t

_PALETTE = ("#56B4E9", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#0072B2", "#F0E442", "#B88A6A")
_OTHER = "#7A8793"
_ACROSS = 7  # maps in a row


@drawn_once
def classes(
    top: NDArray[np.int64], probability: NDArray[np.floating], labels: Sequence[str]
) -> go.Figure:
    """The most probable class of every patch, (L + 1, h, w), behind every block.

    The eight classes that come most often have a colour; the class and its probability on hover.
    """
    layers, height, width = top.shape
    common = [int(one) for one, _ in Counter(top.ravel().tolist()).most_common(len(_PALETTE))]
    number = {one: i for i, one in enumerate(common)}
    across = min(layers, _ACROSS)
    down, gap = -(-layers // across), max(2, height // 5)
    shape = (down * (height + gap), across * (width + gap) - gap)
    canvas = np.full(shape, np.nan)
    text = np.full(shape, "", dtype=object)
    figure = theme.hide_axes(theme.blank(height=down * 130 + 60, top=60, right=0, bottom=0, left=0))
    for layer in range(layers):
        row, column = divmod(layer, across)
        y, x = row * (height + gap) + gap, column * (width + gap)
        here = (slice(y, y + height), slice(x, x + width))
        canvas[here] = np.vectorize(lambda one: number.get(one, len(_PALETTE)))(top[layer])
        text[here] = [
            [f"{labels[c]} {p:.0%}" for c, p in zip(*line, strict=True)]
            for line in zip(top[layer], probability[layer], strict=True)
        ]
        name = t("vit.plot.block", n=layer) if layer else t("vit.plot.input")
        figure.add_annotation(**theme.label(x + width / 2, y, name, yanchor="bottom"))
    colours = [*_PALETTE, _OTHER]
    steps = len(colours)
    figure.add_heatmap(
        z=canvas,
        x0=0.5,
        y0=0.5,
        dx=1,
        dy=1,
        zmin=-0.5,
        zmax=steps - 0.5,
        colorscale=[
            [(i + side) / steps, colour] for i, colour in enumerate(colours) for side in (0, 1)
        ],
        showscale=False,
        text=text,
        hovertemplate="%{text}<extra></extra>",
        hoverongaps=False,
    )
    for one, colour in zip(common, _PALETTE, strict=False):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"symbol": "square", "size": 11, "color": colour},
            name=labels[one],
        )
    figure.update_layout(showlegend=True, dragmode=False)
    figure.update_xaxes(range=[0, shape[1]], constrain="domain", constraintoward="left")
    figure.update_yaxes(
        range=[shape[0], 0], constrain="domain", constraintoward="top", scaleanchor="x"
    )
    return figure
