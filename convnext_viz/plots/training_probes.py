"""Probe images: test images, each with its true class and what every arm predicts for it."""

import base64
import io
from math import isfinite

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from convnext_viz.plots import theme
from convnext_viz.results import ProbeImages
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t

_ACROSS = 8  # images in a row
_SIDE = 140  # pixels of a tile
_LETTERS = 13  # pixels
_LINE = 0.16  # of a tile's side


def probe_images(given: ProbeImages) -> go.Figure:
    """Each image with its true class above and below it a row for every arm, which its number
    names; the numbers are those of :func:`describe_arms`."""
    count, arms = len(given.images), list(given.predicted)
    rows = -(-count // _ACROSS)
    tall = 1.26 + _LINE * len(arms)
    figure = theme.blank(height=round(_SIDE * rows * tall), top=4, right=4, bottom=4, left=4)
    theme.hide_axes(figure)
    figure.update_xaxes(range=[-0.02, _ACROSS])
    figure.update_yaxes(range=[rows * tall, 0])
    figure.update_layout(showlegend=False, dragmode=False)
    figure.add_scatter(x=[0, _ACROSS], y=[0, rows * tall], mode="markers", opacity=0)
    words, pictures = [], []
    for i, label in enumerate(given.labels):
        left, top = i % _ACROSS, i // _ACROSS * tall
        pictures.append(_picture(given.images[i], left, top))
        words.append(_word(left, top + 0.1, f"<b>{_plain(given.classes[label])}</b>"))
        for number, arm in enumerate(arms, 1):
            said, chance = given.predicted[arm][i], given.probability[arm][i]
            sign = "✓" if said == label else "✗"
            share = f" {chance:.0%}" if isfinite(chance) else ""
            text = f"{number} {sign} {_plain(given.classes[said])}{share}"
            words.append(_word(left, top + 1.29 + _LINE * (number - 1), text))
    figure.update_layout(images=pictures, annotations=words)
    return figure


def describe_arms(given: ProbeImages) -> list[str]:
    """How many of the images each arm classifies correctly, in the order of the numbers."""
    found = []
    for arm, said in given.predicted.items():
        right = sum(a == b for a, b in zip(said, given.labels, strict=True))
        step, n = given.step[arm], len(given.labels)
        found.append(t("train_page.plot.watched_arm", arm=shown(arm), right=right, n=n, step=step))
    return found


def _picture(pixels: NDArray[np.uint8], left: float, top: float) -> dict[str, object]:
    return {
        "source": _png(pixels),
        "xref": "x",
        "yref": "y",
        "sizing": "stretch",
        "layer": "above",
        "x": left + 0.06,
        "y": top + 0.22,
        "sizex": 0.86,
        "sizey": 0.98,
    }


def _word(x: float, y: float, text: str) -> dict[str, object]:
    font = {"size": _LETTERS, "color": theme.TEXT}
    return theme.label(x + 0.06, y, text, xanchor="left", font=font)


def _plain(name: str) -> str:
    """A folder may be called anything: Plotly must not read it as a tag."""
    return name.replace("&", "&amp;").replace("<", "&lt;")


def _png(pixels: NDArray[np.uint8]) -> str:
    """(H, W, 3) as a data URI, enlarged without smoothing."""
    image = Image.fromarray(pixels)
    scale = max(1, 96 // max(image.size))
    image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
