"""Times of the two implementations of a block, as bars."""

import plotly.graph_objects as go

from convnext_viz.plots import timings
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
    return timings.bars(
        rows,
        labels,
        [_COLOURS[one.way] for one in rows],
        axis=t("block.ways.axis"),
        height=210,
        bottom=8,
        right=76,
    )
