"""Learning-rate schedules as curves, and the moving average of weights behind its weights."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from convnext_viz.plots import theme
from convnext_viz.text import t

Points = tuple[Sequence[float], Sequence[float]]  # x and y of one curve

_LINES = (
    (theme.STAGE_COLOURS["stage4"], "solid"),
    (theme.STAGE_COLOURS["stage1"], "dash"),
    (theme.STAGE_COLOURS["stage2"], "dot"),
)


def learning_rates(curves: Mapping[str, Points]) -> go.Figure:
    """The learning rate over the epochs; of every curve its name, epochs and rates."""
    figure = theme.blank(height=320, top=34)
    _add(figure, curves, "%{x:.4~g}: %{y:.3~g}")
    figure.update_xaxes(title_text=t("recipe.plot.epoch"), rangemode="tozero")
    figure.update_yaxes(
        title_text=t("recipe.plot.rate"), rangemode="tozero", exponentformat="power"
    )
    return figure


def averages(shares: Mapping[str, Points], lags: Mapping[str, Points]) -> go.Figure:
    """What is left of the initial weights in the average, and by how many steps it lags."""
    figure = theme.panels(
        height=330,
        top=60,
        cols=2,
        horizontal_spacing=0.12,
        subplot_titles=[t("recipe.plot.initial"), t("recipe.plot.lag")],
    )
    _add(figure, shares, "%{x:,.0f}: %{y:.1%}", column=1)
    _add(figure, lags, "%{x:,.0f}: %{y:,.0f}", column=2, legend=False)
    figure.update_xaxes(title_text=t("recipe.plot.step"), type="log")
    figure.update_yaxes(range=[0, 1.03], tickformat=".0%", row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=1, col=2)
    figure.update_layout(legend={"y": 1.14})
    return figure


def _add(
    figure: go.Figure,
    curves: Mapping[str, Points],
    hover: str,
    *,
    column: int | None = None,
    legend: bool = True,
) -> None:
    where = {} if column is None else {"row": 1, "col": column}
    for (name, (x, y)), (colour, dash) in zip(curves.items(), _LINES, strict=False):
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2.5},
            name=name,
            legendgroup=name,
            showlegend=legend and len(curves) > 1,
            hovertemplate=hover,
            **where,
        )
