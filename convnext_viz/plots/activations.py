"""Activation functions: the curves, their slopes, and what they make of real numbers."""

from collections.abc import Callable
from math import erfc, sqrt

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.text import t

Floats = NDArray[np.float64]

COLOURS = {"relu": "#56B4E9", "gelu": "#E69F00", "gelu_tanh": "#009E73", "silu": "#CC79A7"}


def _bell(x: Floats) -> Floats:
    """Density of the standard normal distribution."""
    out: Floats = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    return out


def _below(x: Floats) -> Floats:
    """Φ(x): share of the standard normal distribution below x."""
    # erfc keeps its digits far below zero, where 1 + erf is exactly 0.
    return np.array([erfc(-v / sqrt(2)) for v in x.ravel()]).reshape(x.shape) / 2


def _sigmoid(x: Floats) -> Floats:
    out: Floats = (1 + np.tanh(x / 2)) / 2  # never overflows
    return out


def _tanh_argument(x: Floats) -> Floats:
    out: Floats = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    return out


def _gelu_tanh_slope(x: Floats) -> Floats:
    tanh = np.tanh(_tanh_argument(x))
    inner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    out: Floats = (1 + tanh) / 2 + x / 2 * (1 - tanh**2) * inner
    return out


FUNCTIONS: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
    "gelu": (lambda x: x * _below(x), lambda x: _below(x) + x * _bell(x)),
    "gelu_tanh": (lambda x: x * (1 + np.tanh(_tanh_argument(x))) / 2, _gelu_tanh_slope),
    "silu": (
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x))),
    ),
}
"""Value and slope of every activation (Hendrycks and Gimpel 2016 for GELU; SiLU is x·σ(x))."""


def curves(names: tuple[str, ...], *, marked: float) -> go.Figure:
    """The functions and their slopes side by side, with the values at ``marked``."""
    x = np.linspace(-4, 4, 321)
    titles = [t("block.act.function"), t("block.act.slope")]
    figure = theme.panels(
        height=280, top=54, cols=2, subplot_titles=titles, horizontal_spacing=0.09
    )
    for column in (0, 1):
        for name in names:
            line = {"color": COLOURS[name], "dash": theme.ACT_DASHES[name], "width": 2.5}
            figure.add_scatter(
                x=x,
                y=FUNCTIONS[name][column](x),
                mode="lines",
                name=t(f"block.act.name.{name}"),
                legendgroup=name,
                showlegend=column == 0,
                line=line,
                hovertemplate="%{x:.2f} → %{y:.3f}",
                row=1,
                col=column + 1,
            )
            figure.add_scatter(
                x=[marked],
                y=FUNCTIONS[name][column](np.array([marked])),
                mode="markers",
                marker={"color": COLOURS[name], "size": 9},
                hoverinfo="skip",
                showlegend=False,
                row=1,
                col=column + 1,
            )
        figure.add_vline(x=marked, line={"color": theme.MUTED, "width": 1}, row=1, col=column + 1)
    figure.update_xaxes(title_text=t("block.act.input_axis"), zeroline=True)
    figure.update_layout(legend={"y": 1.14})
    return figure


def outputs(before: NDArray[np.float32], names: tuple[str, ...]) -> go.Figure:
    """How the inputs of a real activation are distributed, and what each function makes of them."""
    low, high = np.percentile(before, [0.1, 99.9])
    edges = np.linspace(min(low, -0.3), high, 80)
    figure = theme.blank(height=290, top=34)
    sample = before.ravel()[:: max(1, before.size // 50_000)].astype(np.float64)
    series: list[tuple[str, Floats, str, str]]
    series = [(t("block.act.before"), sample, theme.MUTED, "solid")]
    for name in names:
        after = FUNCTIONS[name][0](sample)
        dash = theme.ACT_DASHES[name]
        series.append((t(f"block.act.name.{name}"), after, COLOURS[name], dash))
    for label, values, colour, dash in series:
        counts, _ = np.histogram(values, edges)
        figure.add_scatter(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts / np.size(values),
            mode="lines",
            line={"shape": "hvh", "color": colour, "dash": dash, "width": 2},
            name=label,
            hovertemplate="%{x:.3f}: %{y:.2%}",
        )
    figure.update_xaxes(title_text=t("block.act.output_axis"))
    # One spike of zeros (ReLU) would flatten everything else.
    figure.update_yaxes(title_text=t("block.act.share_axis"), type="log", tickformat=".2~%")
    return figure


def shares(before: NDArray[np.float32], names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Share of outputs below zero, exactly zero, and with a slope below 0.01, of every function."""
    sample = before.ravel()[:: max(1, before.size // 50_000)].astype(np.float64)
    rows = {}
    for name in names:
        function, slope = FUNCTIONS[name]
        after = function(sample)
        rows[name] = {
            "negative": float(np.mean(after < 0)),
            "zero": float(np.mean(after == 0)),
            "flat": float(np.mean(np.abs(slope(sample)) < 0.01)),
        }
    return rows
