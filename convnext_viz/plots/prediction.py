"""The most probable classes as bars."""

import plotly.graph_objects as go

from convnext_viz.numbers import percent
from convnext_viz.plots import plain, theme
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
    layout = plain.layout(height=_ROW * len(top), top=0, right=0, bottom=0, left=0)
    layout |= {"barmode": "overlay", "showlegend": False, "dragmode": False, "bargap": 0.76}
    layout |= plain.axes(0, plain.hidden(range=[0, 1]), plain.hidden(range=[len(top) - 0.3, -0.7]))
    rows = list(range(len(top)))
    bar = {"type": "bar", "orientation": "h", "y": rows}
    grounds = bar | {
        "x": [1] * len(top),
        "marker": {"color": theme.FAINT, "line": {"width": 0}},
        "hoverinfo": "skip",
    }
    hover = t(
        "explain.classes.hover",
        label="%{customdata[1]}",
        share="%{customdata[2]}",
        logit="%{customdata[3]}",
    )
    bars = bar | {
        "x": shares,
        "customdata": [
            [i, prediction.label(i), percent(share), f"{prediction.logits[i]:.3g}"]
            for i, share in zip(top, shares, strict=True)
        ],
        "marker": {
            "color": [theme.STAGE_COLOURS["stage4"] if i == selected else BAR for i in top],
            "line": {"width": 0},
        },
        "hovertemplate": hover + "<extra></extra>",
    }
    words = [
        {
            "x": x,
            "y": row - 0.36,
            "text": f"<b>{text}</b>" if i == selected else text,
            "xanchor": "right" if x else "left",
            "yanchor": "middle",
            "showarrow": False,
            "xshift": -2 if x else 2,
        }
        for row, (i, share) in enumerate(zip(top, shares, strict=True))
        for x, text in ((0, _short(prediction.label(i))), (1, percent(share)))
    ]
    return plain.figure([grounds, bars], layout | {"annotations": words})


def describe(prediction: Prediction) -> str:
    """The bars in words."""
    rows = ", ".join(
        f"{prediction.label(i)} {percent(float(prediction.probabilities[i]))}"
        for i in prediction.top
    )
    return t("explain.classes.alt", rows=rows)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1].rstrip() + "…"
