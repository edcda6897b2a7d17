"""Receptive fields: the theoretical square of one cell, and what really counts in it."""

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from convnext_viz.plots import attribution, names, theme
from convnext_viz.results import Box, EffectiveField
from convnext_viz.text import t

_SQUARE = "#D55E00"


def field(image: Image.Image, box: Box) -> go.Figure:
    """The part of the square that lies within the picture, drawn upon it."""
    figure = attribution.picture(image)
    inside = box.clipped(image.height, image.width)
    _square(figure, inside)
    return figure


def describe_field(image: Image.Image, box: Box, stage: str) -> str:
    """The square in words: its side, and how much of the picture it covers."""
    inside = box.clipped(image.height, image.width)
    area = (inside.bottom - inside.top) * (inside.right - inside.left)
    return t(
        "methods.receptive.field_alt",
        stage=names.stage(stage),
        side=box.bottom - box.top,
        share=f"{area / (image.width * image.height):.0%}",
    )


def effective(found: EffectiveField, box: Box | None = None) -> go.Figure:
    """RepLKNet's picture: log10(score + 1) over its largest; the theoretical square if given.

    Where that would be lost in the picture, only its surroundings are drawn.
    """
    height, width = found.score.shape
    figure = theme.blank(height=340, top=8)
    figure.add_heatmap(
        z=found.scaled,
        zmin=0,
        zmax=1,
        colorscale=theme.SEQUENTIAL,
        colorbar={"thickness": 10, "outlinewidth": 0, "title": {"text": "A"}},
        hovertemplate="x %{x}, y %{y}: %{z:.3f}<extra></extra>",
    )
    figure.update_xaxes(range=[0, width], constrain="domain", title=t("methods.receptive.pixels"))
    figure.update_yaxes(range=[height, 0], constrain="domain", scaleanchor="x")
    if box is not None:
        inside = box.clipped(height, width)
        _square(figure, inside)
        side = box.bottom - box.top
        if 3 * side < min(height, width):
            figure.update_xaxes(range=[inside.left - side, inside.right + side])
            figure.update_yaxes(range=[inside.bottom + side, inside.top - side])
    return figure


def describe_effective(found: EffectiveField) -> str:
    """The effective field in words: its spread, and the square that holds half of it."""
    down, across = found.deviation
    half = found.share(0.5)
    return t(
        "methods.receptive.effective_alt",
        stage=names.stage(found.stage),
        images=found.images,
        deviation=f"{float(np.sqrt(down * across)):.1f}",
        half="–" if half is None else f"{half:.0%}",
    )


def _square(figure: go.Figure, box: Box) -> None:
    figure.add_shape(
        type="rect",
        x0=box.left,
        x1=box.right,
        y0=box.top,
        y1=box.bottom,
        line={"color": _SQUARE, "width": 3},
        fillcolor=theme.with_alpha(_SQUARE, 0.12),
    )
