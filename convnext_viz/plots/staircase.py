"""The roadmap as a staircase: what every step did to accuracy, and what its network costs.

Accuracies are the paper's; multiply-adds are counted from the plans (Liu et al. 2022, Figure 2).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from convnext_viz.numbers import digits
from convnext_viz.plots import theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.specs import Step
from convnext_viz.specs.published_roadmap import PublishedStep, published_step
from convnext_viz.specs.roadmap import before
from convnext_viz.text import t

_ROW = 25  # pixels
_TOP, _BOTTOM = 30, 8  # pixels
_DASH = 0.2  # of a row: half a dash of the transformer's line
_WORDS = 0.55  # of the accuracies' range: room for "81.97 ± 0.06" also on a projector
_UP, _DOWN = "#009E73", "#D55E00"


@drawn_once
def staircase(
    steps: Sequence[Step], macs: Mapping[str, int], *, regime: str, selected: str
) -> go.Figure:
    """A row a step: from the accuracy before to the one after, and the multiply-adds.

    ``macs`` are those of each step's network, by key. What was tried and left again is hollow. The
    last row is the transformer that the paper compares with. ``customdata`` is the step's key.
    """
    printed = [published_step(step.key, regime) for step in steps]
    swin = published_step("swin", regime)
    count = len(steps) + 1
    figure = theme.clickable(
        theme.panels(
            height=_TOP + _BOTTOM + _ROW * count,
            top=_TOP,
            bottom=_BOTTOM,
            left=0,
            right=8,
            cols=2,
            shared_yaxes=True,
            column_widths=[0.62, 0.38],
            horizontal_spacing=0.02,
            subplot_titles=[t("roadmap.plot.accuracy"), t("roadmap.plot.macs")],
        )
    )
    _accuracies(figure, steps, printed)
    _reference(figure, swin, count - 1)
    _costs(figure, steps, printed, macs, swin)
    _targets(figure, steps)
    figure.update_annotations(font_size=theme.SMALL)
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(
        range=[count - 0.5, -0.5],
        tickvals=list(range(count)),
        ticktext=[*(_name(step, selected) for step in steps), t(f"roadmap.swin.{regime}")],
        ticklabelstandoff=5,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    row = [step.key for step in steps].index(selected)
    ground = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": row - 0.5, "y1": row + 0.5}
    figure.update_layout(
        barmode="overlay",
        bargap=0.28,
        showlegend=False,
        shapes=[ground | {"fillcolor": theme.HIGHLIGHT, "line": {"width": 0}, "layer": "below"}],
    )
    return figure


def describe(steps: Sequence[Step], macs: Mapping[str, int], *, regime: str) -> str:
    """The staircase in words: every step with its accuracy and cost."""
    rows = [
        t(
            "roadmap.plot.alt_row",
            step=t(f"roadmap.step.{step.key}"),
            accuracy=_accuracy(published_step(step.key, regime)),
            macs=digits(macs[step.key] / 1e9),
        )
        for step in steps
    ]
    return t("roadmap.plot.alt", rows=t("plots.map.alt_joint").join(rows))


def _name(step: Step, selected: str) -> str:
    name = t(f"roadmap.step.{step.key}")
    if not step.adopted:
        name = t("roadmap.plot.tried", step=name)
    return f"<b>{name}</b>" if step.key == selected else name


def _accuracy(printed: PublishedStep) -> str:
    return f"{printed.top1} ± {printed.std}" if printed.std else printed.top1


def _accuracies(figure: go.Figure, steps: Sequence[Step], printed: Sequence[PublishedStep]) -> None:
    """From the accuracy of the step before to the one of the step, with the paper's spread."""
    values = {step.key: float(row.top1) for step, row in zip(steps, printed, strict=True)}
    starts, colours, fills = [], [], []
    lowest = min(values.values())
    for number, step in enumerate(steps):
        earlier = before(steps, number)
        starts.append(values[earlier.key] if earlier else lowest - 0.3)
        gain = values[step.key] - starts[-1]
        colour = theme.MUTED if earlier is None else _UP if gain >= 0 else _DOWN
        colours.append(colour)
        fills.append(colour if step.adopted else theme.with_alpha(colour, 0.12))
    rows = list(range(len(steps)))
    figure.add_bar(
        orientation="h",
        y=rows,
        base=starts,
        x=[values[step.key] - start for step, start in zip(steps, starts, strict=True)],
        marker={"color": fills, "line": {"color": colours, "width": 1.5}},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=[values[step.key] for step in steps],
        y=rows,
        error_x={"array": [float(row.std or 0) for row in printed], "thickness": 1.5, "width": 3},
        mode="markers",
        marker={"size": 4, "color": theme.MUTED},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    ends = [
        max(values[step.key], start) + float(row.std or 0)
        for step, start, row in zip(steps, starts, printed, strict=True)
    ]
    figure.add_scatter(
        x=ends,
        y=rows,
        mode="text",
        text=[f"\u00a0{_accuracy(row)}" for row in printed],
        textposition="middle right",  # not shown
        textfont={"size": theme.SMALL},
        cliponaxis=False,
        hoverinfo="skip",
        row=1,
        col=1,
    )
    high = max(values.values())
    figure.update_xaxes(range=[lowest - 0.35, high + _WORDS * (high - lowest)], row=1, col=1)


def _reference(figure: go.Figure, swin: PublishedStep, row: int) -> None:
    """The transformer's accuracy, as a line of dashes between the rows: in them stand numbers."""
    value = float(swin.top1)
    dashes = [(edge - _DASH, edge + _DASH, None) for edge in (row - 0.5 for row in range(row + 1))]
    figure.add_scatter(
        x=[value, value, None] * len(dashes),
        y=[end for dash in dashes for end in dash],
        mode="lines",
        line={"color": theme.MUTED, "width": 1.5},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=[value],
        y=[row],
        mode="markers+text",
        marker={"size": 8, "symbol": "diamond", "color": theme.MUTED},
        text=[f"\u00a0{swin.top1}"],
        textposition="middle right",  # not shown
        textfont={"size": theme.SMALL},
        cliponaxis=False,
        hoverinfo="skip",
        row=1,
        col=1,
    )


def _costs(
    figure: go.Figure,
    steps: Sequence[Step],
    printed: Sequence[PublishedStep],
    macs: Mapping[str, int],
    swin: PublishedStep,
) -> None:
    """Multiply-adds as bars; where the paper contradicts itself its figure stands beside ours."""
    counts = [macs[step.key] / 1e9 for step in steps]
    words = [
        t("roadmap.plot.doubtful", ours=digits(count), printed=row.macs.removesuffix("G"))
        if row.doubtful
        else digits(count)
        for count, row in zip(counts, printed, strict=True)
    ]
    figure.add_bar(
        orientation="h",
        y=list(range(len(steps) + 1)),
        x=[*counts, float(swin.macs.removesuffix("G"))],
        marker={
            "color": [
                *(theme.MUTED if step.adopted else theme.FAINT for step in steps),
                theme.FAINT,
            ],
            "line": {"color": theme.MUTED, "width": 1},
        },
        text=[*words, swin.macs.removesuffix("G")],
        textposition="outside",
        textfont={"size": theme.SMALL},
        cliponaxis=False,
        textangle=0,
        constraintext="none",
        hoverinfo="skip",
        row=1,
        col=2,
    )
    figure.update_xaxes(range=[0, 2.5 * max(counts)], row=1, col=2)


def _targets(figure: go.Figure, steps: Sequence[Step]) -> None:
    """What a click meets: each row from one side to the other."""
    for column in (1, 2):
        reach: Any = figure.layout[f"xaxis{column if column > 1 else ''}"].range
        figure.add_bar(
            orientation="h",
            y=list(range(len(steps))),
            base=[reach[0]] * len(steps),
            x=[reach[1] - reach[0]] * len(steps),
            width=1,
            marker={"color": "rgba(0,0,0,0)"},
            customdata=[step.key for step in steps],
            hovertext=[t(f"roadmap.step.{step.key}") for step in steps],
            hovertemplate="%{hovertext}<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            row=1,
            col=column,
        )
