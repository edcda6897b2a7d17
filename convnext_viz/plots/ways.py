"""Times of the two implementations of a block, as bars."""

import plotly.graph_objects as go

from convnext_viz.numbers import duration
from convnext_viz.plots import theme
from convnext_viz.results import WaysCompared
from convnext_viz.text import t

_COLOURS = {"channels_first": "#56B4E9", "channels_last": "#E69F00"}


def times(compared: WaysCompared) -> go.Figure:
    """Median milliseconds of each way in each memory format, a line between the quartiles."""
    rows = compared.timings
    labels = [
        f"{t(f'block.ways.short.{one.way}')} · {t(f'block.ways.memory.{one.memory}')}"
        for one in rows
    ]
    figure = theme.blank(height=210, top=4, bottom=8, right=76)
    figure.add_bar(
        y=labels,
        x=[one.seconds * 1e3 for one in rows],
        orientation="h",
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [(one.quartiles[1] - one.seconds) * 1e3 for one in rows],
            "arrayminus": [(one.seconds - one.quartiles[0]) * 1e3 for one in rows],
            "color": theme.MUTED,
        },
        marker={"color": [_COLOURS[one.way] for one in rows]},
        hovertemplate="%{x:.3g} ms<extra>%{y}</extra>",
        showlegend=False,
    )
    for label, one in zip(labels, rows, strict=True):  # next to the axis, clear of the lines
        figure.add_annotation(
            x=1.01,
            xref="paper",
            xanchor="left",
            y=label,
            text=f"<b>{duration(one.seconds)}</b>",
            showarrow=False,
        )
    # By the medians: a round that the machine interrupted may reach far outside.
    longest = max(one.seconds for one in rows) * 1e3
    figure.update_xaxes(title_text=t("block.ways.axis"), range=[0, longest * 1.4])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
