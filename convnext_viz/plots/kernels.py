"""Kernels as small multiples: signed squares around zero, first-layer patches in their colours."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.results import Kernels
from convnext_viz.text import t

_GAP = 1  # cells between two kernels


def grid(
    kernels: Kernels, *, columns: int = 16, side: int = 46, channels: slice = slice(None)
) -> go.Figure:
    """All k×k kernels of a convolution in one picture, each scaled by its own largest magnitude.

    Blue is below zero, orange above. One heat map for all: hundreds of axes would be slow to draw.
    ``side``: pixels of a kernel; ``channels``: those that are drawn.
    """
    values = kernels.values[channels]
    count, size, _ = values.shape
    limit = np.abs(values).max((1, 2), keepdims=True)
    scaled = values / np.where(limit > 0, limit, 1)
    numbers = np.broadcast_to(_numbers(kernels, channels)[:, None, None], values.shape)
    data = np.stack([_sheet(numbers.astype(float), columns), _sheet(values, columns)], -1)
    figure = _drawing(count, columns, side, size)
    figure.add_heatmap(
        z=_sheet(scaled, columns),
        customdata=data,
        zmin=-1,
        zmax=1,
        colorscale=theme.DIVERGING,
        showscale=False,
        hoverongaps=False,
        hovertemplate=t(
            "methods.kernels.hover", channel="%{customdata[0]}", value="%{customdata[1]:.3g}"
        )
        + "<extra></extra>",
    )
    return figure


def patches(
    kernels: Kernels, *, columns: int = 16, side: int = 46, channels: slice = slice(None)
) -> go.Figure:
    """First-layer kernels as colours: 0 is mid grey, each reaches to its own largest magnitude."""
    values = kernels.values[channels]
    count, size = values.shape[:2]
    limit = np.abs(values).max((1, 2, 3), keepdims=True)
    colours = 0.5 + 0.5 * values / np.where(limit > 0, limit, 1)
    numbers = np.broadcast_to(_numbers(kernels, channels)[:, None, None], values.shape[:3])
    names = [
        [
            "" if np.isnan(number) else t("methods.kernels.patch", channel=int(number))
            for number in row
        ]
        for row in _sheet(numbers.astype(float), columns)
    ]
    sheets = [_sheet(colours[..., c], columns, empty=-1.0) for c in range(3)]
    rgb = np.rint(np.stack(sheets, -1) * 255)
    clear = np.where(rgb[..., :1] < 0, 0, 255)
    figure = _drawing(count, columns, side, size)
    figure.add_image(
        z=np.concatenate([rgb.clip(0), clear], -1).astype(np.uint8),
        colormodel="rgba",
        hovertext=names,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    return figure


def describe(kernels: Sequence[Kernels]) -> str:
    """Small multiples in words: how many kernels of which size, of which layers."""
    return t(
        "methods.kernels.alt",
        count=sum(len(one.values) for one in kernels),
        size=kernels[0].values.shape[1],
        layers=", ".join(one.name for one in kernels),
    )


def _numbers(kernels: Kernels, channels: slice) -> NDArray[np.int64]:
    return np.arange(len(kernels.values))[channels]


def _drawing(count: int, columns: int, side: int, size: int) -> go.Figure:
    rows = -(-count // columns)
    figure = theme.hide_axes(theme.blank(height=rows * side + 8, top=4, right=0, bottom=4, left=0))
    figure.update_layout(dragmode=False)
    figure.update_xaxes(range=[-0.5, columns * (size + _GAP) - _GAP - 0.5], constrain="domain")
    figure.update_yaxes(
        range=[rows * (size + _GAP) - _GAP - 0.5, -0.5],
        constrain="domain",
        constraintoward="top",
        scaleanchor="x",
    )
    return figure


def _sheet(
    values: NDArray[np.floating], columns: int, empty: float = np.nan
) -> NDArray[np.floating]:
    """(C, k, k) laid out in rows of ``columns``, with gaps."""
    count, size, _ = values.shape
    rows, step = -(-count // columns), size + _GAP
    sheet = np.full((rows * step - _GAP, columns * step - _GAP), empty, dtype=np.float64)
    for place, kernel in enumerate(values):
        top, left = place // columns * step, place % columns * step
        sheet[top : top + size, left : left + size] = kernel
    return sheet
