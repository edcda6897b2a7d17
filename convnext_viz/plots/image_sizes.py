"""Cost against image size: multiply-adds of several networks, and attention's share of them."""

from collections.abc import Mapping, Sequence
from typing import Literal

import plotly.graph_objects as go

from convnext_viz.numbers import compact
from convnext_viz.plans import Plan
from convnext_viz.plots import names, theme
from convnext_viz.text import t

Per = Literal["pixel", "image"]

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7")
DASHES = ("solid", "dash", "dashdot", "longdash")
"""Of the networks that are compared, in their order."""


def growth(plans: Mapping[int, Sequence[Plan]], *, per: Per, chosen: int) -> go.Figure:
    """Multiply-adds over the image's side: a line a network, thin and dotted what attention's
    products are of them.

    ``plans``: the same networks for every side in pixels. ``per`` pixel a convolution's cost is
    level; global attention's rises with the number of tokens. A line marks the ``chosen`` side.
    """
    figure = theme.blank(height=340, top=44, bottom=48, left=64, right=12)
    sides = list(plans)
    for number, (colour, dash) in enumerate(zip(COLOURS, DASHES, strict=True)):
        row = [of[number] for of in plans.values() if number < len(of)]
        if not row:
            break
        name = names.short(row[0].spec)
        figure.add_scatter(
            name=name,
            x=sides,
            y=[_scaled(plan.macs, plan, per) for plan in row],
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2.5},
            hovertemplate=t("compare.sizes.hover", network=name) + "<extra></extra>",
        )
        if row[0].attention_macs:
            figure.add_scatter(
                name=t("compare.sizes.products", network=name),
                x=sides,
                y=[_scaled(plan.attention_macs, plan, per) for plan in row],
                mode="lines",
                line={"color": colour, "dash": "dot", "width": 1.5},
                hovertemplate=t("compare.sizes.hover_products", network=name) + "<extra></extra>",
            )
    figure.add_vline(x=chosen, line={"color": theme.MUTED, "dash": "dash", "width": 1.5})
    figure.update_xaxes(title_text=t("compare.sizes.side"), fixedrange=True)
    figure.update_yaxes(
        title_text=t(f"compare.sizes.per_{per}"), rangemode="tozero", fixedrange=True
    )
    figure.update_layout(
        legend={"font": {"size": theme.SMALL}, "itemclick": False, "itemdoubleclick": False}
    )
    return figure


def describe(plans: Mapping[int, Sequence[Plan]]) -> str:
    """The lines in words: what each network costs at the smallest and the largest image."""
    first, last = min(plans), max(plans)
    rows = [
        t(
            "compare.sizes.alt_row",
            network=names.short(small.spec),
            small=compact(small.macs),
            large=compact(large.macs),
            products=compact(large.attention_macs),
        )
        for small, large in zip(plans[first], plans[last], strict=True)
    ]
    return t("compare.sizes.alt", first=first, last=last, rows=t("plots.map.alt_joint").join(rows))


def _scaled(macs: int, plan: Plan, per: Per) -> float:
    """Thousands a pixel of the image, or billions an image."""
    height, width = plan.image_size
    return macs / (height * width) / 1e3 if per == "pixel" else macs / 1e9
