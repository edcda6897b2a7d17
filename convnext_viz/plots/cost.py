"""Where a network's parameters, multiply-adds and activations sit, stage by stage."""

from collections.abc import Sequence
from operator import attrgetter

import plotly.graph_objects as go

from convnext_viz.numbers import compact, exact, percent
from convnext_viz.plans import Plan
from convnext_viz.plots import names, theme
from convnext_viz.text import t

QUANTITIES = ("params", "macs", "out_elements")
_ROW = 38  # pixels a bar, with two lines beside it


def per_stage(*plans: Plan) -> go.Figure:
    """Share bars: one a quantity and plan, each cut into stages; exact counts on hover.

    ``customdata`` of every segment is its stage's name, for clicks.
    """
    rows = [(quantity, plan) for quantity in QUANTITIES for plan in plans]
    figure = theme.blank(height=96 + _ROW * len(rows), top=54, bottom=26)
    # Rows are numbered and named by tick texts: two plans may carry the same words.
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[_row(plan, quantity, len(plans) > 1) for quantity, plan in rows],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
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
            "font": {"size": 11},
            "entrywidth": 52,
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    for name in stage_names(plans):
        _segments(figure, name, rows)
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


def receptive_fields(*plans: Plan) -> go.Figure:
    """How many pixels of the image one position sees after each stage, beside the image's side."""
    stages = [name for name in stage_names(plans) if name != "head"]
    figure = theme.blank(
        height=70 + _ROW * max(len(stages), 3),
        top=30,
        bottom=40,
    )
    for number, plan in enumerate(plans):
        fields = {stage.name: stage.receptive_field for stage in plan.stages}
        own = [name for name in stages if name in fields]
        figure.add_bar(
            name=names.network(plan.spec),
            orientation="h",
            y=[stages.index(name) for name in own],
            x=[fields[name] for name in own],
            customdata=own,
            marker={
                "color": [theme.stage_colour(name) for name in own],
                "pattern": {"shape": "/" if number else "", "solidity": 0.25},
            },
            text=[exact(fields[name]) for name in own],
            textposition="auto",
            insidetextfont={"color": [theme.text_on(theme.stage_colour(name)) for name in own]},
            hovertemplate=t("plots.field.hover", network=names.network(plan.spec)),
            hovertext=[names.stage(name) for name in own],
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
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
        text=t("plots.field.image", side=exact(side)),
        font={"size": 11},
    )
    figure.update_layout(showlegend=False, barmode="group", bargap=0.25)
    figure.update_xaxes(
        type="log", title={"text": t("plots.field.axis"), "standoff": 4}, dtick=1, fixedrange=True
    )
    figure.update_yaxes(
        tickvals=list(range(len(stages))),
        ticktext=[names.stage(name) for name in stages],
        range=[len(stages) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
    )
    return figure


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


def _segments(figure: go.Figure, name: str, rows: list[tuple[str, Plan]]) -> None:
    """One stage's piece of every row."""
    values = []
    for quantity, plan in rows:
        stage = {stage.name: stage for stage in plan.stages}.get(name)
        values.append(getattr(stage, quantity) if stage else 0)
    shares = [
        _share(value, getattr(plan, quantity))
        for value, (quantity, plan) in zip(values, rows, strict=True)
    ]
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


def _row(plan: Plan, quantity: str, with_name: bool) -> str:
    total = f"<b>{compact(getattr(plan, quantity))}</b>"
    words = t(f"plots.cost.{quantity}")
    return f"{names.network(plan.spec)}<br>{words} {total}" if with_name else f"{words}<br>{total}"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
