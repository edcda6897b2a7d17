"""Whether a map holds: deletion and insertion curves, and what shuffled weights leave of it."""

from collections.abc import Sequence

import plotly.graph_objects as go

from convnext_viz.plots import names, plain, theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.results import Faithfulness, RandomizedMap
from convnext_viz.text import t

_COLOURS = {"deletion": "#D55E00", "insertion": "#0072B2"}


@drawn_once
def curves(found: Faithfulness) -> go.Figure:
    """Probability over the share of pixels: the map's curves solid, those of random maps dotted."""
    layout = plain.layout(height=340, top=84)
    areas = found.areas()
    traces = []
    for kind, own, random in (
        ("deletion", found.deletion, found.random_deletion),
        ("insertion", found.insertion, found.random_insertion),
    ):
        for key, y, dash in ((kind, own, "solid"), (f"random_{kind}", random.mean(0), "dot")):
            label = t("methods.faithfulness.legend", curve=_curve(key), area=f"{areas[key]:.3f}")
            traces.append(
                {
                    "type": "scatter",
                    "x": found.fractions,
                    "y": y,
                    "mode": "lines",
                    "name": label,
                    "line": {"color": _COLOURS[kind], "dash": dash, "width": 2.5},
                    "hovertemplate": "%{x:.0%} → %{y:.1%}",
                }
            )
    share = {"tickformat": ".0%", "ticklabelstandoff": 6}  # two of them are 0% in one corner
    layout["xaxis"] |= share | {"range": [0, 1]}
    layout["yaxis"] |= share | {"rangemode": "tozero"}
    for axis, title in (("xaxis", "pixels"), ("yaxis", "probability")):
        layout[axis]["title"]["text"] = t(f"methods.faithfulness.{title}")
    return plain.figure(traces, layout)


def describe_curves(found: Faithfulness) -> str:
    """The areas under the curves in words."""
    areas = {key: f"{area:.3f}" for key, area in found.areas().items()}
    return t("methods.faithfulness.alt", **areas)


def cascading_randomization(steps: Sequence[RandomizedMap]) -> go.Figure:
    """Similarity to the untouched net's map, as the weights are shuffled from the head down."""
    figure = theme.blank(height=300, top=12)
    figure.add_bar(
        x=[names.stage(step.depth) for step in steps],
        y=[step.similarity for step in steps],
        marker_color=[theme.stage_colour(step.depth) for step in steps],
        text=[number(step.similarity) for step in steps],
        hovertemplate="%{x}: %{text}<extra></extra>",
    )
    figure.update_xaxes(title=t("methods.sanity.down_to"))
    figure.update_yaxes(title=t("methods.sanity.similarity"), range=[-1.1, 1.1])
    figure.add_hline(y=0, line={"color": theme.MUTED, "width": 1})
    return figure


def describe_sanity(steps: Sequence[RandomizedMap]) -> str:
    """The similarities in words, from the head down."""
    told = ", ".join(f"{names.stage(step.depth)}: {number(step.similarity)}" for step in steps)
    return t("methods.sanity.alt", steps=told)


def _curve(key: str) -> str:
    return t(f"methods.curve.{key}")


def number(similarity: float) -> str:
    """A similarity with two digits; a flat map has none."""
    return f"{similarity:.2f}" if similarity == similarity else t("methods.sanity.flat")
