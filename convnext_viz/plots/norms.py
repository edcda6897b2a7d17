"""Normalisations: which numbers share a mean, on a tensor small enough to draw every cell.

The tensor is (N, C, H, W): samples side by side, channels one below the other, each map H×W cells.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.text import t

SHAPE = (8, 4, 3, 3)  # at most so many samples, channels, rows, columns
GROUPS = 2  # of GroupNorm
EPS = 1e-6
MOMENTUM = 0.1  # torch's: running = 0.9 · running + 0.1 · batch
_READABLE = 4  # samples: cells of more are too small for their numbers
SEEN = 30  # batches that BatchNorm has learned from before it evaluates

Cell = tuple[int, int, int, int]
Floats = NDArray[np.float64]

AXES = {  # the axes of (N, C, G, H, W) along which mean and variance are taken; C in G groups
    "batch": (0, 3, 4),
    "layer": (1, 2),
    "layer_chw": (1, 2, 3, 4),
    "instance": (3, 4),
    "group": (2, 3, 4),
    "rms": (1, 2),
}
"""BatchNorm; LayerNorm over C; over C, H, W; InstanceNorm; GroupNorm; RMSNorm over C."""

COLOURS = {
    "batch": theme.NORM_COLOURS["batch"],
    "layer": theme.NORM_COLOURS["layer"],
    "layer_chw": "#D55E00",
    "instance": "#56B4E9",
    "group": "#CC79A7",
    "rms": theme.NORM_COLOURS["rms"],
}


def example(samples: int = SHAPE[0], *, seed: int = 0) -> Floats:
    """Numbers with one decimal whose level differs from sample to sample, channel to channel."""
    random = np.random.default_rng(seed)
    level = random.normal(0, 1.5, SHAPE[0])[:, None, None, None]
    scale = np.array([0.5, 1.0, 2.0, 1.0])[None, :, None, None]
    values = random.normal(0, 1, SHAPE) * scale + level + np.array([0, 2, 0, -2])[:, None, None]
    rounded: Floats = np.round(values[:samples], 1)
    return rounded


def sharing(norm: str, shape: tuple[int, ...], cell: Cell) -> NDArray[np.bool_]:
    """Which cells of a tensor of that shape are normalised with the same numbers as ``cell``."""
    n, c, h, w = np.indices(shape)
    alike = {
        0: n == cell[0],
        1: c * GROUPS // shape[1] == cell[1] * GROUPS // shape[1],
        2: c == cell[1],
        3: h == cell[2],
        4: w == cell[3],
    }
    same = [alike[axis] for axis in alike if axis not in AXES[norm]]
    return np.logical_and.reduce(same) if same else np.ones(shape, bool)


def statistics(norm: str, x: Floats) -> tuple[Floats, Floats]:
    """Mean and biased variance that every cell is normalised with, broadcast to x's shape.

    RMSNorm takes no mean off: its mean is zero, its "variance" the mean square.
    """
    n, c, h, w = x.shape
    grouped = x.reshape(n, GROUPS, c // GROUPS, h, w)
    axes = AXES[norm]
    mean = grouped.mean(axes, keepdims=True)
    if norm == "rms":
        mean = np.zeros_like(mean)
    variance = np.square(grouped - mean).mean(axes, keepdims=True)
    every = np.broadcast_to(mean, grouped.shape), np.broadcast_to(variance, grouped.shape)
    return every[0].reshape(x.shape), every[1].reshape(x.shape)


def running_statistics(samples: int) -> tuple[Floats, Floats]:
    """BatchNorm's running mean and variance (unbiased), (1, C, 1, 1), after :data:`SEEN` batches.

    They start at 0 and 1, as torch's do; the batches are drawn like :func:`example`.
    """
    mean, variance = np.zeros((1, SHAPE[1], 1, 1)), np.ones((1, SHAPE[1], 1, 1))
    for seed in range(1, SEEN + 1):
        batch = example(samples, seed=seed)
        mean += MOMENTUM * (batch.mean((0, 2, 3), keepdims=True) - mean)
        variance += MOMENTUM * (batch.var((0, 2, 3), ddof=1, keepdims=True) - variance)
    return mean, variance


def normalise(norm: str, x: Floats, *, running: tuple[Floats, Floats] | None = None) -> Floats:
    """``(x − mean) / √(variance + eps)``; ``running`` are the numbers of BatchNorm's eval mode."""
    mean, variance = statistics(norm, x) if running is None else running
    out: Floats = (x - mean) / np.sqrt(variance + EPS)
    return out


def written(value: float, decimals: int = 3) -> str:
    """A number with a true minus, and no minus before zero."""
    text = f"{value:.{decimals}f}"
    return text.strip("-") if float(text) == 0 else text.replace("-", "−")


def cells(norm: str, x: Floats, cell: Cell, *, shown: Floats | None = None) -> go.Figure:
    """Every cell of ``x`` as its number (of ``shown``, if given); those that share a mean coloured.

    A click gives the point's ``customdata``: the cell's (n, c, h, w).
    """
    samples, channels, height, width = x.shape
    shown = x if shown is None else shown
    shared = sharing(norm, x.shape, cell)
    n, c, h, w = (index.ravel() for index in np.indices(x.shape))
    across, down = n * (width + 0.6) + w, c * (height + 0.6) + h
    colour = COLOURS[norm]
    figure = theme.hide_axes(theme.blank(height=250, top=0, left=0, right=0, bottom=0))
    theme.clickable(figure)
    figure.update_layout(shapes=_squares(across, down, shared.ravel(), colour))
    inside = shared.ravel()
    small = samples > _READABLE
    ink = np.where(inside, theme.text_on(colour), theme.TEXT)
    figure.add_scatter(
        x=across,
        y=down,
        mode="markers" if small else "markers+text",
        text=[f"{v + 0.0:.1f}".replace("-0.0", "0.0") for v in shown.ravel()],
        textfont={"size": theme.SMALL, "color": ink.tolist()},
        marker={"size": 20, "symbol": "square", "color": "rgba(0,0,0,0)"},
        selected={"marker": {"opacity": 1}, "textfont": {}},
        unselected={"marker": {"opacity": 1}, "textfont": {}},
        customdata=np.stack([n, c, h, w], axis=1).tolist(),
        hovertemplate=t("block.norm.hover") + "<extra></extra>",
        showlegend=False,
    )
    at = int(np.ravel_multi_index(cell, x.shape))
    figure.add_shape(
        type="rect",
        x0=across[at] - 0.5,
        x1=across[at] + 0.5,
        y0=down[at] - 0.5,
        y1=down[at] + 0.5,
        line={"color": theme.MUTED, "width": 4},
    )
    for i in range(samples):
        middle = i * (width + 0.6) + (width - 1) / 2
        figure.add_annotation(x=middle, y=-0.6, text=f"n = {i}", showarrow=False, yanchor="bottom")
    for i in range(channels):
        middle = i * (height + 0.6) + (height - 1) / 2
        figure.add_annotation(x=-1.1, y=middle, text=f"c = {i}", showarrow=False, textangle=-90)
    figure.update_xaxes(range=[-1.7, across.max() + 0.6])
    figure.update_yaxes(range=[down.max() + 0.6, -1.5])
    return figure


def _squares(
    across: NDArray[Any], down: NDArray[Any], inside: NDArray[np.bool_], colour: str
) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect",
            "x0": x - 0.47,
            "x1": x + 0.47,
            "y0": y - 0.47,
            "y1": y + 0.47,
            "fillcolor": colour if marked else theme.FAINT,
            "line": {"width": 0},
            "layer": "below",
        }
        for x, y, marked in zip(across, down, inside, strict=True)
    ]


def against_batch(norms: tuple[str, ...], cell: Cell, *, evaluating: bool) -> go.Figure:
    """The chosen cell after each norm, against the number of samples in the batch."""
    sizes = list(range(cell[0] + 1, SHAPE[0] + 1))
    figure = theme.blank(height=190, top=26, left=8, right=8, bottom=8)
    dashes = ("solid", "dash", "dot")
    for norm, dash in zip(norms, dashes, strict=True):
        after = []
        for size in sizes:
            fixed = running_statistics(SHAPE[0]) if norm == "batch" and evaluating else None
            after.append(normalise(norm, example(size), running=fixed)[cell])
        figure.add_scatter(
            x=sizes,
            y=after,
            mode="lines+markers",
            name=t(f"block.norm.short.{norm}"),
            line={"color": COLOURS[norm], "dash": dash, "width": 3},
            hovertemplate="N = %{x}: %{y:.3f}",
        )
    figure.update_xaxes(title_text=t("block.norm.batch_axis"), dtick=1)
    figure.update_yaxes(title_text=t("block.norm.value_axis"))
    return figure
