"""Learning rates layer by layer, and which parameters decay: bars along a network."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from convnext_viz.numbers import compact
from convnext_viz.plots import theme
from convnext_viz.text import t


@dataclass(frozen=True, kw_only=True)
class LayerRate:
    """One part of a network: ``stage`` colours it; its rate by the official rule and by timm's."""

    label: str
    stage: str
    official: float | None  # None: the official rule knows no group for it
    timm: float


def layer_rates(rates: Sequence[LayerRate]) -> go.Figure:
    """The official rate of every part as a bar, timm's as a line, on a logarithmic axis."""
    figure = theme.blank(height=370, top=34)
    labels = [one.label for one in rates]
    figure.add_bar(
        x=labels,
        y=[one.official for one in rates],
        marker={"color": [theme.stage_colour(one.stage) for one in rates]},
        name=t("recipe.layers.official"),
        hovertemplate="%{x}: %{y:.3~g}",
    )
    figure.add_scatter(
        x=labels,
        y=[one.timm for one in rates],
        mode="lines+markers",
        line={"color": theme.MUTED, "width": 1.5, "shape": "hvh"},
        marker={"size": 5, "color": theme.MUTED},
        name=t("recipe.layers.timm"),
        hovertemplate="%{x}: %{y:.3~g}",
    )
    figure.update_xaxes(type="category", title_text=t("recipe.layers.axis"), showgrid=False)
    figure.update_yaxes(type="log", title_text=t("recipe.plot.rate"), exponentformat="power")
    return figure


def decay_shares(rows: Sequence[tuple[str, int, bool]]) -> go.Figure:
    """Kinds of parameters, how many there are of each, and whether they decay.

    A row is (label, count, decays).
    """
    figure = theme.blank(height=60 + 26 * len(rows), top=34)
    for decays, colour in ((True, theme.STAGE_COLOURS["stage4"]), (False, theme.MUTED)):
        some = [(label, count) for label, count, it_does in rows if it_does == decays]
        figure.add_bar(
            orientation="h",
            y=[label for label, _ in some],
            x=[count for _, count in some],
            marker={"color": colour},
            name=t("recipe.decay.decays" if decays else "recipe.decay.exempt"),
            text=[compact(count) for _, count in some],
            textposition="outside",
            textfont={"size": theme.SMALL},
            cliponaxis=False,
            hovertemplate="%{y}: %{x:,}",
        )
    most = max(count for _, count, _ in rows)
    figure.update_xaxes(
        type="log", title_text=t("recipe.decay.axis"), range=[0, 1.02 * len(str(most))], dtick=1
    )
    figure.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=[label for label, _, _ in reversed(rows)],
        showgrid=False,
    )
    figure.update_layout(bargap=0.3)
    return figure
