"""Confusion matrix: test images by true and predicted class, numbers that can be read in cells."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

from convnext_viz.numbers import percent
from convnext_viz.plots import theme
from convnext_viz.text import t

_FEW = 20  # classes: with more there is no room for numbers


def confusion(pictures: NDArray[np.int64], classes: Sequence[str]) -> go.Figure:
    """Rows are the true classes, columns the predicted ones; colour is the share of the row."""
    shares = pictures / np.maximum(pictures.sum(1, keepdims=True), 1)
    count = len(classes)
    few = count <= _FEW
    figure = theme.blank(height=440 if few else 560, top=8, right=8, bottom=60)
    figure.add_heatmap(
        z=shares,
        x=list(range(count)),
        y=list(range(count)),
        colorscale=theme.SEQUENTIAL,
        zmin=0,
        zmax=1,
        customdata=[
            [f"{classes[i]} → {classes[j]}: {pictures[i, j]:,}" for j in range(count)]
            for i in range(count)
        ],
        hovertemplate="%{customdata} (%{z:.1%})<extra></extra>",
        colorbar={"tickformat": ".0%", "thickness": 12},
    )
    if few:
        row, column = np.indices(shares.shape).reshape(2, -1)
        figure.add_scatter(
            x=column,
            y=row,
            mode="text",
            text=[str(number) for number in pictures.ravel()],
            textfont={"color": [_inks()[round(255 * share)] for share in shares.flat], "size": 13},
            hoverinfo="skip",
            showlegend=False,
        )
    ticks = {"tickvals": list(range(count)), "ticktext": list(classes), "showgrid": False}
    ticks |= {"range": (-0.5, count - 0.5), "zeroline": False, "fixedrange": True}
    figure.update_xaxes(title={"text": t("train_page.plot.said"), "standoff": 4}, **ticks)
    ticks["range"] = (count - 0.5, -0.5)
    figure.update_yaxes(title={"text": t("train_page.plot.right")}, **ticks)
    return figure


def describe_confusion(pictures: NDArray[np.int64], classes: Sequence[str]) -> str:
    """The confusions in words: the share that is right and the most frequent mistake."""
    wrong = pictures.copy()
    np.fill_diagonal(wrong, 0)
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return t(
        "train_page.plot.confusion_alt",
        right=percent(float(np.trace(pictures)) / max(1, int(pictures.sum()))),
        label=classes[int(row)],
        said=classes[int(column)],
        count=int(wrong.max()),
    )


@cache
def _inks() -> tuple[str, ...]:
    """Black or white, whichever can be read on the colour of each of 256 shares from 0 to 1."""
    colours = sample_colorscale(theme.SEQUENTIAL, [i / 255 for i in range(256)], colortype="tuple")
    return tuple(
        theme.text_on("#" + "".join(f"{round(255 * channel):02x}" for channel in colour))
        for colour in colours
    )
