"""How long the two ways of writing a block take."""

import plotly.graph_objects as go

from convnext_viz.numbers import duration
from convnext_viz.plots import theme
from convnext_viz.results import WaysCompared
from convnext_viz.text import t

_COLOURS = {"channels_first": "#56B4E9", "channels_last": "#E69F00"}


def times(compared: WaysCompared) -> go.Figure:
    """Median milliseconds of each way, in groups by how the input lies in memory."""
    figure = theme.blank(height=210, top=30, bottom=8)
    for way, colour in _COLOURS.items():
        rows = [one for one in compared.timings if one.way == way]
        figure.add_bar(
            y=[t(f"block.ways.memory.{one.memory}") for one in rows],
            x=[one.seconds * 1e3 for one in rows],
            text=[duration(one.seconds) for one in rows],
            textposition="auto",
            insidetextanchor="start",
            orientation="h",
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(one.quartiles[1] - one.seconds) * 1e3 for one in rows],
                "arrayminus": [(one.seconds - one.quartiles[0]) * 1e3 for one in rows],
                "color": theme.MUTED,
            },
            name=t(f"block.ways.short.{way}"),
            marker={"color": colour},
            insidetextfont={"color": theme.INK},
            hovertemplate="%{y}: %{x:.3g} ms",
        )
    # By the medians: a round that the machine interrupted may reach far outside.
    longest = max(one.seconds for one in compared.timings) * 1e3
    figure.update_xaxes(title=t("block.ways.axis"), range=[0, longest * 1.4])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
