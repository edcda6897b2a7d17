"""Results of a run: differences with their interval, confusions, images and their predictions."""

import base64
import io
from collections.abc import Mapping, Sequence
from math import isfinite

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.numbers import percent
from convnext_viz.plots import theme
from convnext_viz.plots.training import Style
from convnext_viz.results import Difference, ProbeImages
from convnext_viz.text import t

_ACROSS = 8  # pictures in a row


def differences(found: Sequence[tuple[str, Difference]], colours: Sequence[str]) -> go.Figure:
    """A row a difference, with what it is called: a dot for each seed, their mean and its interval.

    In percentage points, zero marked: an interval that crosses it tells nothing.
    """
    figure = theme.blank(height=110 + 48 * len(found), top=8, right=16, bottom=80)
    figure.add_vline(x=0, line={"color": theme.MUTED, "width": 1.5})
    for row, ((_, one), colour) in enumerate(zip(found, colours, strict=True)):
        if isfinite(one.low):
            low, high = 100 * one.low, 100 * one.high
            figure.add_scatter(
                x=[low, high],
                y=[row, row],
                mode="lines",
                line={"color": colour, "width": 5},
                opacity=0.45,
                hovertemplate=t("train_page.plot.interval", low=f"{low:+.2f}", high=f"{high:+.2f}")
                + "<extra></extra>",
            )
        figure.add_scatter(
            x=[100 * value for value in one.each],
            y=[row] * len(one.each),
            mode="markers",
            marker={"color": colour, "size": 8, "line": {"color": theme.MUTED, "width": 1}},
            hovertemplate="%{x:+.2f}<extra></extra>",
        )
        figure.add_scatter(
            x=[100 * one.mean],
            y=[row],
            mode="markers",
            marker={"symbol": "line-ns", "size": 20, "line": {"color": colour, "width": 3}},
            hovertemplate="x̄ %{x:+.2f}<extra></extra>",
        )
    figure.update_layout(showlegend=False)
    figure.update_yaxes(
        tickvals=list(range(len(found))),
        ticktext=[label for label, _ in found],
        range=[len(found) - 0.5, -0.5],
        fixedrange=True,
        showgrid=False,
    )
    figure.update_xaxes(
        title={"text": t("train_page.plot.points"), "standoff": 4},
        range=_reach([one for _, one in found]),
        fixedrange=True,
    )
    return figure


def _reach(found: Sequence[Difference]) -> list[float]:
    """From a little before the lowest point or end of an interval to behind the highest; with 0."""
    values = [0.0, *(value for one in found for value in (*one.each, one.low, one.high))]
    ends = [100 * pick(value for value in values if isfinite(value)) for pick in (min, max)]
    room = 0.04 * (ends[1] - ends[0]) or 1.0
    return [ends[0] - room, ends[1] + room]


def confusion(pictures: NDArray[np.int64], classes: Sequence[str]) -> go.Figure:
    """Rows are the right classes, columns what the network said; colour is the row's share."""
    shares = pictures / np.maximum(pictures.sum(1, keepdims=True), 1)
    few = len(classes) <= 20
    figure = theme.blank(height=440 if few else 560, top=8, right=8, bottom=60)
    figure.add_heatmap(
        z=shares,
        x=list(range(len(classes))),
        y=list(range(len(classes))),
        colorscale=theme.SEQUENTIAL,
        zmin=0,
        zmax=1,
        customdata=[
            [f"{classes[i]} → {classes[j]}: {pictures[i, j]:,}" for j in range(len(classes))]
            for i in range(len(classes))
        ],
        text=pictures if few else None,
        texttemplate="%{text}" if few else None,
        hovertemplate="%{customdata} (%{z:.1%})<extra></extra>",
        colorbar={"tickformat": ".0%", "thickness": 12},
    )
    ticks = {"tickvals": list(range(len(classes))), "ticktext": list(classes), "showgrid": False}
    figure.update_xaxes(
        title={"text": t("train_page.plot.said"), "standoff": 4}, fixedrange=True, **ticks
    )
    figure.update_yaxes(
        title={"text": t("train_page.plot.right")}, autorange="reversed", fixedrange=True, **ticks
    )
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


def probe_images(given: ProbeImages, style: Mapping[str, Style]) -> go.Figure:
    """Each picture with its right class above and every arm's word for it below."""
    arms = [label for label in style if label in given.predicted]
    count = len(given.images)
    rows = -(-count // _ACROSS)
    line = 0.17  # of a picture's side
    tall = 1.26 + line * len(arms)
    figure = theme.blank(height=round(140 * rows * tall), top=4, right=4, bottom=4, left=4)
    theme.hide_axes(figure)
    figure.update_xaxes(range=[-0.02, _ACROSS])
    figure.update_yaxes(range=[rows * tall, 0])
    figure.update_layout(showlegend=False, dragmode=False)
    figure.add_scatter(x=[0, _ACROSS], y=[0, rows * tall], mode="markers", opacity=0)
    for i, label in enumerate(given.labels):
        left, top = i % _ACROSS, i // _ACROSS * tall
        figure.add_layout_image(
            source=_png(given.images[i]),
            xref="x",
            yref="y",
            x=left + 0.06,
            y=top + 0.22,
            sizex=0.86,
            sizey=0.98,
            sizing="stretch",
            layer="above",
        )
        _word(figure, left, top + 0.1, f"<b>{given.classes[label]}</b>", theme.TEXT)
        for number, arm in enumerate(arms):
            said = given.predicted[arm][i]
            sign = "✓" if said == label else "✗"
            chance = given.probability[arm][i]
            share = f" {chance:.0%}" if isfinite(chance) else ""
            text = (
                f"<span style='color:{style[arm][0]}'>●</span> {sign} {given.classes[said]}{share}"
            )
            _word(figure, left, top + 1.29 + line * number, text, theme.TEXT)
    return figure


def describe_watched(given: ProbeImages) -> str:
    """How many of the pictures each arm names rightly."""
    parts = []
    for arm, said in given.predicted.items():
        right = sum(a == b for a, b in zip(said, given.labels, strict=True))
        step = given.step[arm]
        parts.append(
            t("train_page.plot.watched_arm", arm=arm, right=right, n=len(given.labels), step=step)
        )
    return t("train_page.plot.joint").join(parts) or t("train_page.plot.nothing")


def _word(figure: go.Figure, x: float, y: float, text: str, colour: str) -> None:
    figure.add_annotation(
        x=x + 0.06,
        y=y,
        text=text,
        showarrow=False,
        xanchor="left",
        font={"size": 11, "color": colour},
    )


def _png(pixels: NDArray[np.uint8]) -> str:
    """(H, W, 3) as a data URI, enlarged without smoothing."""
    image = Image.fromarray(pixels)
    scale = max(1, 96 // max(image.size))
    image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
