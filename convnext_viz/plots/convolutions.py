"""Convolutions: what they cost, what their kernels look like, and how a bottleneck is shaped."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.numbers import compact
from convnext_viz.plans import Block, Layer
from convnext_viz.plots import names, theme
from convnext_viz.text import t

_SPATIAL = ("conv", "grouped", "depthwise")


def costs(layers: Mapping[str, Layer], *, stage: str) -> go.Figure:
    """Parameters and multiply-adds of layers, by their label, as bars side by side."""
    titles = [t("plots.cost.params"), t("plots.cost.macs")]
    figure = theme.panels(
        height=300,
        top=30,
        cols=2,
        shared_yaxes=True,
        subplot_titles=titles,
        horizontal_spacing=0.06,
    )
    labels = list(layers)
    for column, counts in enumerate(
        ([layer.params for layer in layers.values()], [layer.macs for layer in layers.values()]),
        start=1,
    ):
        figure.add_bar(
            y=labels,
            x=counts,
            orientation="h",
            text=[compact(count) for count in counts],
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": [
                    theme.stage_colour(stage) if layer.kind == "depthwise" else theme.MUTED
                    for layer in layers.values()
                ]
            },
            hovertemplate="%{y}: %{x:,}<extra></extra>",
            showlegend=False,
            row=1,
            col=column,
        )
        figure.update_xaxes(
            range=[0, max(counts) * 1.22], nticks=4, exponentformat="SI", row=1, col=column
        )
    figure.update_yaxes(autorange="reversed", showgrid=False, ticklabelstandoff=5)
    return figure


def kernels(values: NDArray[np.float32], *, most: int = 32, columns: int = 16) -> go.Figure:
    """The first kernels of (C, k, k) as a sheet, each on its own scale around zero."""
    values = values[:most]
    side = values.shape[1]
    rows = -(-len(values) // columns)
    sheet = np.full((rows * (side + 1) - 1, columns * (side + 1) - 1), np.nan)
    raw = sheet.copy()
    for i, kernel in enumerate(values):
        y, x = (i // columns) * (side + 1), (i % columns) * (side + 1)
        sheet[y : y + side, x : x + side] = kernel / (np.abs(kernel).max() or 1)
        raw[y : y + side, x : x + side] = kernel
    figure = theme.hide_axes(theme.blank(height=200, top=0))
    figure.add_heatmap(
        z=sheet,
        customdata=raw,
        colorscale=theme.DIVERGING,
        zmin=-1,
        zmax=1,
        showscale=False,
        hoverongaps=False,
        hovertemplate="%{customdata:.4f}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", scaleanchor="x", constrain="domain")
    figure.update_xaxes(constrain="domain")
    return figure


def hourglass(block: Block, *, widest: int, stage: str) -> go.Figure:
    """A block from top to bottom, each convolution as wide as its channels; costs next to it.

    ``widest`` is the number of channels that fills the figure, so that several can be compared.
    """
    figure = theme.hide_axes(theme.blank(height=330, top=0))
    colour = theme.stage_colour(stage)
    chain = [layer for layer in block.body if layer.macs]
    most = max(block.macs, 1)
    for i, layer in enumerate(chain):
        into, out = layer.in_shape[0] / widest, layer.out_shape[0] / widest
        spatial = layer.kind in _SPATIAL
        figure.add_shape(
            type="path",
            path=f"M{-into},{-i} L{into},{-i} L{out},{-i - 0.46} L{-out},{-i - 0.46} Z",
            fillcolor=colour if spatial else theme.with_alpha(theme.MUTED, 0.45),
            line={"color": colour if spatial else theme.MUTED, "width": 1},
            layer="below",
        )
        figure.add_annotation(
            x=0,
            y=-i - 0.48,
            yanchor="top",
            showarrow=False,
            text=f"<b>{names.operation(layer)}</b>, {layer.in_shape[0]} → {layer.out_shape[0]}<br>"
            + t(
                "block.bottleneck.row",
                params=compact(layer.params),
                macs=compact(layer.macs),
                share=f"{layer.macs / most:.0%}",
            ),
            font={"size": theme.SMALL},
        )
    figure.update_xaxes(range=[-1.05, 1.05])
    figure.update_yaxes(range=[-len(chain) + 0.02, 0.05])
    return figure
