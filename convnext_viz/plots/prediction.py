"""The most probable classes as bars."""

import plotly.graph_objects as go

from convnext_viz.numbers import percent
from convnext_viz.plots import theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.results import Prediction
from convnext_viz.text import t

BAR = "#56B4E9"
_ROW = 42  # pixels a class: a line of text with its bar below
_LONGEST = 34  # letters of a name in a narrow column; hover has all of it


@drawn_once
def top_classes(prediction: Prediction, *, selected: int | None = None) -> go.Figure:
    """A bar a class, the most probable first, each below its name; ``selected`` stands out.

    ``customdata`` of every bar is its class, for clicks. Logits on hover.
    """
    top = prediction.top
    shares = [float(prediction.probabilities[i]) for i in top]
    figure = theme.blank(height=_ROW * len(top), top=0, right=0, bottom=0, left=0)
    theme.hide_axes(figure)
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(range=[len(top) - 0.3, -0.7])
    figure.update_layout(barmode="overlay", showlegend=False, dragmode=False, bargap=0.76)
    rows = list(range(len(top)))
    figure.add_bar(
        orientation="h",
        x=[1] * len(top),
        y=rows,
        marker={"color": theme.FAINT, "line": {"width": 0}},
        hoverinfo="skip",
    )
    figure.add_bar(
        orientation="h",
        x=shares,
        y=rows,
        customdata=[
            [i, prediction.label(i), percent(share), f"{prediction.logits[i]:.3g}"]
            for i, share in zip(top, shares, strict=True)
        ],
        marker={
            "color": [theme.STAGE_COLOURS["stage4"] if i == selected else BAR for i in top],
            "line": {"width": 0},
        },
        hovertemplate=t(
            "explain.classes.hover",
            label="%{customdata[1]}",
            share="%{customdata[2]}",
            logit="%{customdata[3]}",
        )
        + "<extra></extra>",
    )
    for row, (i, share) in enumerate(zip(top, shares, strict=True)):
        for x, words in ((0, _short(prediction.label(i))), (1, percent(share))):
            figure.add_annotation(
                x=x,
                y=row - 0.36,
                text=f"<b>{words}</b>" if i == selected else words,
                xanchor="right" if x else "left",
                yanchor="middle",
                showarrow=False,
                xshift=-2 if x else 2,
            )
    return figure


def describe(prediction: Prediction) -> str:
    """The bars in words."""
    rows = ", ".join(
        f"{prediction.label(i)} {percent(float(prediction.probabilities[i]))}"
        for i in prediction.top
    )
    return t("explain.classes.alt", rows=rows)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1].rstrip() + "…"
