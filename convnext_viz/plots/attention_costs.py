"""What attention costs against the image's size: all tokens, windows, and where they cross."""

from collections.abc import Mapping, Sequence
from math import log10

import plotly.graph_objects as go

from convnext_viz.plots import theme
from convnext_viz.text import t

GLOBAL, WINDOWS = "#D55E00", "#0072B2"


def costs(
    sides: Sequence[int],
    everywhere: Sequence[int],
    windows: Sequence[int],
    planned: Mapping[str, Mapping[int, int]],
    *,
    equal: float,
    overtaken: float,
    chosen: int,
) -> go.Figure:
    """Multiply-adds by the closed formulas as lines over the image's ``sides``, by plans as points.

    ``planned``: "global" and "windows", side: multiply-adds. Vertical lines: where both are
    ``equal``, where global products have ``overtaken`` their matrices, and the ``chosen`` side.
    """
    figure = theme.blank(height=400, top=52, right=16, bottom=46, left=64)
    curves = (("global", everywhere, GLOBAL), ("windows", windows, WINDOWS))
    for name, values, colour in curves:
        figure.add_scatter(
            name=t(f"swin.cost.{name}"),
            x=list(sides),
            y=list(values),
            mode="lines",
            line={"color": colour, "width": 2},
            hovertemplate=t("swin.cost.hover") + "<extra></extra>",
        )
        points = planned[name]
        figure.add_scatter(
            name=t(f"swin.cost.{name}_plan"),
            x=list(points),
            y=list(points.values()),
            mode="markers",
            marker={"color": colour, "size": 7, "symbol": "circle-open"},
            hovertemplate=t("swin.cost.hover_plan") + "<extra></extra>",
        )
    marks = (
        (equal, "dot", t("swin.cost.equal", side=f"{equal:g}"), 0.98),
        (overtaken, "dash", t("swin.cost.overtaken", side=f"{overtaken:.0f}"), 0.9),
        (chosen, "solid", f"{chosen} px", 0.02),
    )
    for side, dash, text, height in marks:
        figure.add_vline(x=side, line={"color": theme.MUTED, "width": 1.5, "dash": dash})
        figure.add_annotation(
            x=log10(side),
            y=height,
            yref="y domain",
            text=text,
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"size": theme.SMALL},
        )
    figure.update_xaxes(type="log", title=t("swin.cost.side"), tickvals=_ticks(sides))
    figure.update_yaxes(type="log", title=t("swin.cost.macs"), exponentformat="SI", dtick=1)
    return figure


def _ticks(sides: Sequence[int]) -> list[int]:
    return [side for side in (16, 32, 64, 128, 224, 512, 1024, 2048) if side <= max(sides)]
