"""Cost against image size: multiply-adds of several networks, and attention's share of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from convnext_viz.numbers import compact
from convnext_viz.plans import Plan
from convnext_viz.plots import names, theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.specs import Spec
from convnext_viz.text import t

Per = Literal["pixel", "image"]

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7")
DASHES = ("solid", "dash", "dashdot", "longdash")
"""Of the networks that are compared, in their order."""


@dataclass(frozen=True)
class Costs:
    """What one image costs a network, side by side of square images in pixels."""

    spec: Spec
    sides: tuple[int, ...]
    macs: tuple[int, ...]
    attention_macs: tuple[int, ...]  # of them, the products of activations


def costs(plans: Sequence[Plan]) -> Costs:
    """Those of one network, planned for several sides."""
    return Costs(
        plans[0].spec,
        tuple(one.image_size[0] for one in plans),
        tuple(one.macs for one in plans),
        tuple(one.attention_macs for one in plans),
    )


@drawn_once
def growth(networks: Sequence[Costs], *, per: Per, chosen: int) -> go.Figure:
    """Multiply-adds over the image's side: a line a network, thin and dotted what attention's
    products are of them.

    ``per`` pixel a convolution's cost is level; global attention's rises with the number of
    tokens. A line marks the ``chosen`` side.
    """
    figure = theme.blank(height=340, top=44, bottom=48, left=64, right=12)
    for of, colour, dash in zip(networks, COLOURS, DASHES, strict=False):
        name = names.short(of.spec)
        figure.add_scatter(
            name=name,
            x=of.sides,
            y=_scaled(of.macs, of.sides, per),
            mode="lines",
            line={"color": colour, "dash": dash, "width": 2.5},
            hovertemplate=t("compare.sizes.hover", network=name) + "<extra></extra>",
        )
        if any(of.attention_macs):
            figure.add_scatter(
                name=t("compare.sizes.products", network=name),
                x=of.sides,
                y=_scaled(of.attention_macs, of.sides, per),
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


def describe(networks: Sequence[Costs]) -> str:
    """The lines in words: what each network costs at the smallest and the largest image."""
    rows = [
        t(
            "compare.sizes.alt_row",
            network=names.short(of.spec),
            small=compact(of.macs[0]),
            large=compact(of.macs[-1]),
            products=compact(of.attention_macs[-1]),
        )
        for of in networks
    ]
    sides = networks[0].sides
    joined = t("plots.map.alt_joint").join(rows)
    return t("compare.sizes.alt", first=sides[0], last=sides[-1], rows=joined)


def _scaled(macs: Sequence[int], sides: Sequence[int], per: Per) -> list[float]:
    """Thousands a pixel of the image, or billions an image."""
    if per == "image":
        return [one / 1e9 for one in macs]
    return [one / side**2 / 1e3 for one, side in zip(macs, sides, strict=True)]
