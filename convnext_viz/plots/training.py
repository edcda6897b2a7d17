"""Training curves of arms in one figure, and what goes on inside the stages meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import names, theme
from convnext_viz.results import Curve, InternalsCurve
from convnext_viz.specs import Spec
from convnext_viz.specs.variant_labels import shown
from convnext_viz.text import t

Axis = Literal["step", "epoch", "images", "seconds"]
Quantity = Literal["loss", "accuracy", "test_loss", "test_accuracy", "grad_norm", "lr"]
Style = tuple[str, str]  # colour, dash
Range = tuple[float, float]  # of an axis

AXES: tuple[Axis, ...] = ("step", "epoch", "images", "seconds")
INTERNALS = ("grad_norm", "mean", "std", "dead", "gamma")
MOST = 500  # points a curve: more is not seen, and is sent once a second

_OTHERS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#7A8793", "#B88A6A")
_DASHES = ("solid", "dot", "dash", "dashdot")
_SHARES = ("accuracy", "test_accuracy", "dead")


class LabelledSpec(Protocol):
    """An arm of an experiment, as far as a drawing needs it."""

    @property
    def label(self) -> str: ...
    @property
    def spec(self) -> Spec: ...


def styles(arms: Sequence[LabelledSpec]) -> dict[str, Style]:
    """By label, colour and dash of every arm: hue = norm and dash = activation where that tells all
    arms apart, otherwise one colour an arm."""
    known = [_norm_and_act(arm.spec) for arm in arms]
    found = [style for style in known if style is not None]
    if len(set(found)) < len(arms):
        many = len(_OTHERS)
        found = [(_OTHERS[i % many], _DASHES[i // many % 4]) for i in range(len(arms))]
    return {arm.label: style for arm, style in zip(arms, found, strict=True)}


def _norm_and_act(spec: Any) -> Style | None:
    """None for a network of a family without these settings, or with values of its own."""
    colour = theme.NORM_COLOURS.get(getattr(spec, "norm", ""))
    dash = theme.ACT_DASHES.get(getattr(spec, "act", ""))
    return None if colour is None or dash is None else (colour, dash)


def curves(
    given: Sequence[Curve],
    style: Mapping[str, Style],
    *,
    quantity: Quantity,
    axis: Axis = "epoch",
    smoothing: float = 0.0,
    height: int = 300,
    x_range: Range | None = None,
    y_range: Range | None = None,
) -> go.Figure:
    """One line an arm and seed, the newest seed strong, earlier ones pale.

    ``smoothing`` (0 … 1) is a moving average's weight of what came before; the raw values then
    stay behind it, pale. What is measured once an epoch is never smoothed. Axes with a range stand
    still while the curves grow.
    """
    figure = theme.blank(height=height, top=62, right=12, bottom=44)
    newest = given[-1].seed if given else 0
    named: set[str] = set()
    for curve in given:
        x, y = _points(curve, quantity, axis)
        colour, dash = style[curve.label]
        strength = 1.0 if curve.seed == newest else 0.35
        smooth = smoothing > 0 and not quantity.startswith("test")
        if smooth:
            _line(figure, curve, x, y, {"color": colour, "width": 1}, opacity=0.25 * strength)
        _line(
            figure,
            curve,
            x,
            smoothed(y, smoothing) if smooth else y,
            {"color": colour, "dash": dash, "width": 2},
            opacity=strength,
            markers=quantity.startswith("test"),
            legend=curve.label not in named and curve.seed == newest,
        )
        if curve.seed == newest:
            named.add(curve.label)
        _cross_where_it_diverged(figure, curve, x, y, colour)
    note = t("train_page.plot.smoothed", share=f"{smoothing:g}") if smoothing > 0 else ""
    title = t(f"train_page.quantity.{quantity}") + (note if not quantity.startswith("test") else "")
    # The legend's title makes room for itself: a narrow figure needs two rows of names or more.
    heading = {"text": title, "font": {"size": 14, "color": theme.TEXT}, "side": "top"}
    figure.update_layout(
        legend_title=heading,
        showlegend=True,
        uirevision=f"{quantity}{axis}",
        hovermode="closest",
    )
    title_x = {"text": t(f"train_page.axis.{axis}"), "standoff": 4}
    figure.update_xaxes(title=title_x, range=x_range, rangemode="tozero")
    figure.update_yaxes(range=y_range)
    if quantity in _SHARES:
        figure.update_yaxes(tickformat=".0%")
    if not any(len(_points(curve, quantity, axis)[0]) for curve in given):
        words = t("train_page.panel.no_evaluation" if given else "train_page.watch.no_points")
        if quantity in _SHARES and y_range is None:  # an empty axis would count from −100 to 400%
            figure.update_yaxes(range=(0, 1))
        _nothing_yet(figure, words, axes=x_range is not None)
    return figure


def extent(
    given: Sequence[Curve], quantity: Quantity, axis: Axis
) -> tuple[Range | None, Range | None]:
    """Ranges of both axes that all of these curves fit into; None where nothing is measured."""
    points = [_points(curve, quantity, axis) for curve in given]
    x = _around([x for x, _ in points])
    return (None if x is None else (0.0, x[1])), _around([y for _, y in points])


def extent_inside(
    given: Sequence[InternalsCurve], stage: str, quantity: str
) -> tuple[Range | None, Range | None]:
    """The same for one quantity inside one stage, over the steps."""
    of_stage = [curve for curve in given if curve.stage == stage]
    x = _around([curve.step.astype(float) for curve in of_stage])
    y = _around([getattr(curve, quantity) for curve in of_stage])
    return (None if x is None else (0.0, x[1])), y


def _around(values: Sequence[NDArray[np.float64]]) -> Range | None:
    """From the smallest to the largest finite value, with a margin."""
    known = np.concatenate([np.empty(0), *values])
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    low, high = float(known.min()), float(known.max())
    margin = 0.04 * (high - low) or 0.04 * abs(high) or 1.0
    return low - margin, high + margin


def describe_curves(given: Sequence[Curve], quantity: Quantity) -> str:
    """The curves in words: where each arm stands."""
    parts = []
    for curve in given:
        _, y = _points(curve, quantity, "step")
        if len(y):
            value = f"{y[-1]:.1%}" if quantity in _SHARES else f"{y[-1]:.3g}"
            parts.append(
                t("train_page.plot.alt_arm", arm=shown(curve.label), seed=curve.seed, value=value)
            )
    rows = t("train_page.plot.joint").join(parts) or t("train_page.plot.nothing")
    return t("train_page.plot.alt", quantity=t(f"train_page.quantity.{quantity}"), rows=rows)


def internals(
    given: Sequence[InternalsCurve],
    style: Mapping[str, Style],
    *,
    stage: str,
    quantity: str,
    height: int = 290,
    x_range: Range | None = None,
    y_range: Range | None = None,
) -> go.Figure:
    """One quantity inside one stage, a line an arm, over the steps."""
    figure = theme.blank(height=height, top=62, right=12, bottom=44)
    for curve in given:
        y = getattr(curve, quantity)
        if curve.stage != stage or np.isnan(y).all():
            continue
        x, y = _thin(curve.step.astype(float)), _thin(y)
        colour, dash = style[curve.label]
        figure.add_scatter(
            x=x,
            y=y,
            name=shown(curve.label),
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate="%{y:.3g}<extra>%{fullData.name}</extra>",
        )
    title = f"{t(f'train_page.quantity.{quantity}')} · {names.stage(stage)}"
    heading = {"text": title, "font": {"size": 13, "color": theme.TEXT}, "side": "top"}
    figure.update_layout(legend_title=heading, showlegend=True, uirevision=f"{quantity}{stage}")
    title_x = {"text": t("train_page.axis.step"), "standoff": 4}
    figure.update_xaxes(title=title_x, range=x_range, rangemode="tozero")
    figure.update_yaxes(range=y_range)
    if quantity in _SHARES:
        figure.update_yaxes(tickformat=".2~%", rangemode="tozero")
    return figure


def smoothed(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponential moving average with its start corrected; what is not finite is left as it is."""
    found, total, share = values.copy(), 0.0, 0.0
    for i, value in enumerate(values):
        if np.isfinite(value):
            total = weight * total + (1 - weight) * value
            share = weight * share + (1 - weight)
            found[i] = total / share
    return found


def _points(
    curve: Curve, quantity: Quantity, axis: Axis
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y = getattr(curve, quantity)
    x = getattr(curve, axis).astype(float)
    if quantity.startswith("test"):
        # An evaluation knows its step; curves may hold every n-th step only.
        at = curve.test_step.astype(float)
        x = at if axis == "step" or not len(x) else np.interp(at, curve.step.astype(float), x)
    return _thin(x), _thin(y)


def _thin(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most ``MOST`` values, evenly taken, the last one among them."""
    if len(values) <= MOST:
        return values
    chosen: NDArray[np.float64] = values[np.linspace(0, len(values) - 1, MOST).round().astype(int)]
    return chosen


def _line(
    figure: go.Figure,
    curve: Curve,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    line: dict[str, object],
    *,
    opacity: float,
    markers: bool = False,
    legend: bool = False,
) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        name=shown(curve.label),
        legendgroup=curve.label,
        showlegend=legend,
        mode="lines+markers" if markers else "lines",
        marker={"size": 5},
        line=line,
        opacity=opacity,
        connectgaps=False,
        hovertemplate=t(
            "train_page.plot.hover",
            arm=shown(curve.label),
            seed=curve.seed,
            x="%{x:.4~g}",
            y="%{y:.4~g}",
        )
        + "<extra></extra>",
    )


def _nothing_yet(figure: go.Figure, words: str, *, axes: bool) -> None:
    """Words in the middle; without ``axes``, which would count from −1 to 6."""
    figure.update_xaxes(visible=axes)
    figure.update_yaxes(visible=axes)
    figure.add_annotation(
        text=words, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper",
        font={"size": 14, "color": theme.TEXT},
    )  # fmt: skip


def _cross_where_it_diverged(
    figure: go.Figure,
    curve: Curve,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    colour: str,
) -> None:
    finite = np.flatnonzero(np.isfinite(y))
    if curve.diverged_at is None or not len(finite):
        return
    last = finite[-1]
    figure.add_scatter(
        x=[x[last]],
        y=[y[last]],
        mode="markers",
        marker={"symbol": "x", "size": 11, "color": colour},
        showlegend=False,
        hovertemplate=t("train_page.plot.diverged", arm=shown(curve.label), step=curve.diverged_at)
        + "<extra></extra>",
    )
