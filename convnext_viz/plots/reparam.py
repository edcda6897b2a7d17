"""Measures of re-parameterization: drifts, times, the paper's ablation, 8-bit rounding."""

from collections.abc import Mapping, Sequence
from math import isfinite, log10

import plotly.graph_objects as go

from convnext_viz.numbers import scientific
from convnext_viz.plots import theme, timings
from convnext_viz.results import Distribution, EightBitsCompared, ForwardTimes
from convnext_viz.specs.published_repvgg import ABLATION
from convnext_viz.text import t

FORM_COLOURS = {"training": "#E69F00", "deployed": "#56B4E9"}
BRANCH_COLOURS = {
    "dense": "#56B4E9",
    "pointwise": "#009E73",
    "identity": "#E69F00",
    "sum": "#D55E00",
}
_SMALLEST = 1e-17  # of a drift's axis


def drifts(rows: Mapping[str, tuple[float, float]], selected: str) -> go.Figure:
    """Relative differences by way, of the block and of the network, on a logarithmic axis.

    An infinite one reaches to the end of the axis and says so.
    """
    labels = [t(f"repvgg.way.{way}") for way in rows]
    finite = [one for pair in rows.values() for one in pair if isfinite(one) and one > 0]
    high = 10 ** (log10(max(finite, default=1.0)) + 1.2)
    low = max(_SMALLEST, min(finite, default=1e-7) / 10)
    figure = theme.blank(height=86 + 44 * len(rows), top=34, right=70)
    for place, (part, colour) in enumerate((("block", "#56B4E9"), ("network", "#E69F00"))):
        values = [pair[place] for pair in rows.values()]
        figure.add_bar(
            orientation="h",
            y=labels,
            x=[min(max(value, low), high) for value in values],
            name=t(f"repvgg.break.{part}"),
            marker={
                "color": [
                    colour if way == selected else theme.with_alpha(colour, 0.55) for way in rows
                ]
            },
            text=[scientific(value) for value in values],
            textposition="outside",
            textfont={"size": theme.SMALL},
            cliponaxis=False,
            hovertemplate="%{y}: %{text}",
        )
    figure.update_xaxes(
        type="log",
        range=[log10(low), log10(high)],
        title_text=t("repvgg.break.axis"),
        exponentformat="power",
        nticks=7,
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def times(measured: ForwardTimes) -> go.Figure:
    """Median milliseconds of both forms, a line between the quartiles."""
    rows = measured.timings
    return timings.bars(
        rows,
        [t(f"repvgg.plot.{one.way}") for one in rows],
        [FORM_COLOURS[one.way] for one in rows],
        axis=t("repvgg.forms.axis"),
        height=150,
        right=80,
    )


def ablation() -> go.Figure:
    """The paper's Table 6: top-1 of RepVGG-B0 with some of its branches in training."""
    figure = theme.blank(height=220, top=4, right=60)
    values = [float(row.top1) for row in ABLATION.values()]
    figure.add_scatter(  # dots, as bars would have to begin at 0
        y=[t(f"repvgg.arms.{key}") for key in ABLATION],
        x=values,
        mode="markers+text",
        text=[f"{row.top1}%" for row in ABLATION.values()],
        textposition="middle right",  # not shown
        textfont={"color": theme.TEXT},
        cliponaxis=False,
        marker={
            "size": 14,
            "color": [theme.MUTED if key == "plain" else "#56B4E9" for key in ABLATION],
        },
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    figure.update_xaxes(
        title_text=t("repvgg.train.axis"), range=[min(values) - 0.5, max(values) + 0.5]
    )
    figure.update_yaxes(range=[len(values) - 0.5, -0.5])
    return figure


def histograms(found: Sequence[Distribution]) -> go.Figure:
    """Values of every branch and of the sum: how many percent lie where, on a logarithmic axis."""
    figure = theme.blank(height=260, top=46)
    for one in found:
        shares = [share * 100 if share else None for share in one.shares]
        figure.add_scatter(
            x=(one.edges[:-1] + one.edges[1:]) / 2,
            y=shares,
            mode="lines+markers",
            line={
                "shape": "hvh",
                "width": 2.5 if one.branch == "sum" else 1.5,
                "color": BRANCH_COLOURS[one.branch],
            },
            marker={"size": 4},
            name=t(f"repvgg.branch.{one.branch}"),
            hovertemplate="%{x:.3g}: %{y:.3g}%",
        )
    figure.update_xaxes(title_text=t(f"repvgg.int8.{found[0].of}"))
    figure.update_yaxes(
        type="log", title_text=t("repvgg.int8.share"), exponentformat="power", dtick=1
    )
    return figure


def rounding(compared: EightBitsCompared) -> go.Figure:
    """Share of equal predictions (or accuracy, where it is known) by way of rounding."""
    figure = theme.blank(height=270, top=34, right=50)
    known = compared.accuracy is not None
    for fused, colour in ((False, "#E69F00"), (True, "#56B4E9")):
        rows = [one for one in compared.rows if one.fused == fused]
        values = [
            100 * (one.accuracy if one.accuracy is not None else one.agreement) for one in rows
        ]
        figure.add_bar(
            orientation="h",
            y=[
                t(f"repvgg.int8.{'both' if one.activations else 'kernels'}.{one.per}")
                for one in rows
            ],
            x=values,
            name=t(f"repvgg.int8.{'fused' if fused else 'branches'}"),
            marker={"color": colour},
            text=[f"{value:.1f}%" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}",
        )
    figure.update_xaxes(
        title_text=t("repvgg.int8.accuracy" if known else "repvgg.int8.agreement"), range=[0, 108]
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
