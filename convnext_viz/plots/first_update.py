"""First update of a fresh network: gradients of its parts for several initial layer scales."""

from collections.abc import Sequence

import plotly.graph_objects as go

from convnext_viz.plots import theme
from convnext_viz.results import FirstUpdate
from convnext_viz.text import t

_COLOURS = {
    "branches": theme.STAGE_COLOURS["stage1"],
    "gamma": theme.STAGE_COLOURS["stage4"],
    "others": theme.MUTED,
}


def gradient_norms(updates: Sequence[FirstUpdate]) -> go.Figure:
    """A group of bars an initial γ: the gradient norm in branches, in γ, elsewhere."""
    figure = theme.blank(height=320, top=34)
    for part, colour in _COLOURS.items():
        values = [one.gradients[part] for one in updates]
        figure.add_bar(
            x=[f"γ = {one.gamma:g}" for one in updates],
            y=values,
            marker={"color": colour},
            name=t(f"recipe.scale.part.{part}"),
            text=[f"{value:.1g}" for value in values],
            textposition="outside",
            textfont={"size": theme.SMALL},
            cliponaxis=False,
            hovertemplate="%{x}: %{y:.3g}",
        )
    lowest = min(value for one in updates for value in one.gradients.values() if value > 0)
    figure.update_yaxes(
        type="log",
        title_text=t("recipe.scale.gradient_axis"),
        exponentformat="power",
        dtick=1 if lowest > 1e-4 else 2,
    )
    figure.update_layout(barmode="group", bargap=0.25)
    return figure
