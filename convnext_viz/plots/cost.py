"""Costs of a network: parameters, multiply-adds and activations, stage by stage."""

from collections.abc import Sequence
from math import log10
from operator import attrgetter

import plotly.graph_objects as go

from convnext_viz.numbers import compact, exact, percent
from convnext_viz.plans import Plan
from convnext_viz.plots import names, theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.text import t

QUANTITIES = ("params", "macs", "out_elements")
_ROW = 38  # pixels a bar, with two lines next to it
_LEGEND = 21  # pixels a line of the legend
_GAP = 5  # pixels between a bar and its name


@drawn_once
def per_stage(*plans: Plan) -> go.Figure:
    """Share bars: one a quantity and plan, each cut into stages; exact counts on hover.

    ``customdata`` of every segment is its stage's name, for clicks.
    """
    rows = [(quantity, plan) for quantity in QUANTITIES for plan in plans]
    totals = [getattr(plan, quantity) for quantity, plan in rows]  # sums over all layers: once
    stages = stage_names(plans)
    top = 12 + _LEGEND * -(-len(stages) // 4)  # four names of stages fit next to each other
    height = top + 42 + _ROW * len(rows)
    figure = theme.clickable(theme.blank(height=height, top=top, right=20, bottom=26))
    # Rows are numbered and named by tick texts: two plans may carry the same words.
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[
            _row(plan, quantity, total, len(plans) > 1)
            for (quantity, plan), total in zip(rows, totals, strict=True)
        ],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        ticklabelstandoff=_GAP,
    )
    figure.update_xaxes(
        range=[0, 1], tickformat=".0%", dtick=0.25, showgrid=False, fixedrange=True, ticks=""
    )
    figure.update_layout(
        barmode="stack",
        bargap=0.2,
        legend={
            "traceorder": "normal",
            "y": 1,
            "yanchor": "bottom",
            "font": {"size": theme.SMALL},
            "entrywidth": 52,
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    for name in stages:
        _segments(figure, name, rows, totals)
    return figure


def describe_per_stage(*plans: Plan) -> str:
    """The share bars in words: each plan's largest stage for every quantity."""
    parts = []
    for plan in plans:
        for quantity in QUANTITIES:
            total = getattr(plan, quantity)
            largest = max(plan.stages, key=attrgetter(quantity))
            parts.append(
                t(
                    "plots.cost.alt_row",
                    network=names.network(plan.spec),
                    quantity=t(f"plots.cost.{quantity}"),
                    total=compact(total),
                    stage=names.stage(largest.name),
                    share=percent(_share(getattr(largest, quantity), total)),
                )
            )
    return t("plots.cost.alt", rows=t("plots.map.alt_joint").join(parts))


@drawn_once
def receptive_fields(*plans: Plan) -> go.Figure:
    """How many pixels of the image one position sees after each stage, next to the image's side."""
    stages = [name for name in stage_names(plans) if name != "head"]
    bars = max(len(stages), 3) * len(plans)
    figure = theme.blank(
        height=90 + (_ROW - 2) * max(bars, 4) // len(plans) ** 0.5, top=30, bottom=44
    )
    for number, plan in enumerate(plans):
        fields = {stage.name: stage.receptive_field for stage in plan.stages}
        own = [name for name in stages if name in fields]
        colours = [theme.stage_colour(name) for name in own]
        lighter = [theme.with_alpha(colour, 0.45) for colour in colours]
        figure.add_bar(
            name=names.network(plan.spec),
            orientation="h",
            y=[stages.index(name) for name in own],
            x=[fields[name] for name in own],
            customdata=own,
            marker={
                "color": lighter if number else colours,
                "line": {"color": colours, "width": 1},
            },
            text=[exact(fields[name]) for name in own],
            textposition="outside",
            cliponaxis=False,
            textangle=0,
            constraintext="none",
            hovertemplate=t("plots.field.hover", network=names.network(plan.spec)),
            hovertext=[names.stage(name) for name in own],
        )
    side = max(max(plan.image_size) for plan in plans)
    figure.add_vline(x=side, line={"color": theme.MUTED, "dash": "dash", "width": 1.5})
    figure.add_annotation(
        x=1,
        xref="x domain",
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right",
        showarrow=False,
        text=_reading(side, plans),
        font={"size": theme.SMALL},
    )
    figure.update_layout(showlegend=False, barmode="group", bargap=0.25)
    widest = max(stage.receptive_field for plan in plans for stage in plan.stages)
    figure.update_xaxes(
        type="log",
        title={
            "text": t("plots.field.axis"),
            "standoff": 4,
            "font": {"size": theme.SMALL, "color": theme.TEXT},
        },
        # Room for the number next to the longest bar.
        range=[0, log10(max(widest, side)) * 1.16],
        dtick=1,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(stages))),
        ticktext=[names.stage(name) for name in stages],
        range=[len(stages) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
        ticklabelstandoff=_GAP,
    )
    return figure


def _reading(side: int, plans: Sequence[Plan]) -> str:
    image = t("plots.field.image", side=exact(side))
    if len(plans) == 1:
        return image
    return t("plots.field.pale", image=image, network=names.network(plans[-1].spec))


def describe_receptive_fields(*plans: Plan) -> str:
    """The receptive fields in words."""
    parts = [
        t(
            "plots.field.alt_row",
            network=names.network(plan.spec),
            fields=", ".join(exact(stage.receptive_field) for stage in plan.stages[:-1]),
        )
        for plan in plans
    ]
    return t("plots.field.alt", rows=t("plots.map.alt_joint").join(parts))


def stage_names(plans: Sequence[Plan]) -> list[str]:
    """Stem, every stage that any of the plans has, head."""
    longest = max(plans, key=lambda plan: len(plan.stages))
    return [stage.name for stage in longest.stages]


def _segments(
    figure: go.Figure, name: str, rows: list[tuple[str, Plan]], totals: list[int]
) -> None:
    """One stage's piece of every row."""
    values = []
    for quantity, plan in rows:
        stage = {stage.name: stage for stage in plan.stages}.get(name)
        values.append(getattr(stage, quantity) if stage else 0)
    shares = [_share(value, total) for value, total in zip(values, totals, strict=True)]
    colour = theme.stage_colour(name)
    figure.add_bar(
        name=names.stage(name),
        orientation="h",
        y=list(range(len(rows))),
        x=shares,
        marker={"color": colour, "line": {"width": 0}},
        customdata=[name] * len(rows),
        text=[f"{share:.0%}" if share >= 0.045 else "" for share in shares],
        textposition="inside",
        insidetextanchor="middle",
        insidetextfont={"color": theme.text_on(colour)},
        textangle=0,
        constraintext="none",
        hovertext=[
            t(
                "plots.cost.hover",
                network=names.network(plan.spec),
                stage=names.stage(name),
                quantity=t(f"plots.cost.{quantity}"),
                count=exact(value),
                share=percent(share),
            )
            for value, share, (quantity, plan) in zip(values, shares, rows, strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _row(plan: Plan, quantity: str, total: int, with_name: bool) -> str:
    words, count = t(f"plots.cost.{quantity}"), f"<b>{compact(total)}</b>"
    return f"{names.network(plan.spec)}<br>{words} {count}" if with_name else f"{words}<br>{count}"


def _share(part: int, total: int) -> float:
    return part / total if total else 0.0
