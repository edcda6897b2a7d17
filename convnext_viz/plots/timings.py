"""Times that were measured in turns, as bars with a line between their quartiles."""

from collections.abc import Sequence

import plotly.graph_objects as go

from convnext_viz.numbers import duration
from convnext_viz.plots import theme
from convnext_viz.results import Timing


def bars(
    rows: Sequence[Timing], labels: Sequence[str], colours: Sequence[str], *, axis: str, **room: int
) -> go.Figure:
    """Median milliseconds of each, a line between the quartiles; ``room`` is ``theme.blank``'s."""
    figure = theme.blank(top=4, **room)
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
        marker={"color": colours},
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
    figure.update_xaxes(title_text=axis, range=[0, longest * 1.4])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
