"""One channel large: over the picture, and as its cells; and the pictures that excite it most."""

from collections.abc import Sequence

import plotly.graph_objects as go
from PIL import Image

from convnext_viz.plots import attribution, features, names, theme
from convnext_viz.results import Box, FeatureMaps
from convnext_viz.text import t

FIELD = "#D55E00"


def overlay(
    maps: FeatureMaps,
    channel: int,
    image: Image.Image,
    *,
    span: tuple[float, float] | None = None,
) -> go.Figure:
    """The channel, smoothed, over the picture in grey: where it is silent, the picture is seen.

    Signed channels cover it in orange above zero and in blue below; others in orange. ``span`` as
    in ``features.grid``.
    """
    figure = attribution.picture(image.convert("L").convert("RGB"))
    trace = _stretched(maps, channel, image, span)
    trace.colorscale = _clear(trace.zmin < 0)
    trace.zsmooth = "best" if min(trace.z.shape) > 1 else False
    figure.add_trace(trace)
    return figure


def raw(
    maps: FeatureMaps,
    channel: int,
    image: Image.Image,
    *,
    span: tuple[float, float] | None = None,
) -> go.Figure:
    """The channel's cells, unsmoothed, with the colours' legend; at the place of the picture."""
    figure = attribution.picture(image)
    figure.layout.images = ()
    trace = _stretched(maps, channel, image, span)
    trace.update(
        showscale=True,
        colorbar={
            "orientation": "h",
            "thickness": 10,
            "len": 1,
            "x": 0.5,
            "y": 0,
            "yanchor": "top",
            "ypad": 6,
            "nticks": 5,
            "outlinewidth": 0,
        },
    )
    figure.add_trace(trace)
    return figure


def top_activating(
    images: Sequence[Image.Image],
    titles: Sequence[str],
    fields: Sequence[Box],
    centres: Sequence[Box],
    *,
    across: int = 4,
    side: int = 132,
) -> go.Figure:
    """Pictures side by side, ``titles`` above them; ``fields`` outlined, ``centres`` dotted.

    Boxes are pixels of the pictures; what lies beyond them is cut off. ``side``: pixels of one.
    """
    rows, tall = -(-len(images) // across), 1.2
    figure = theme.blank(height=round(rows * side * tall), top=0, right=0, bottom=0, left=0)
    theme.hide_axes(figure)
    figure.update_xaxes(range=[0, across])
    figure.update_yaxes(range=[rows * tall, 0], scaleanchor="x", constrain="domain")
    figure.update_layout(dragmode=False, showlegend=False)
    figure.add_scatter(
        x=[0, across], y=[0, rows * tall], mode="markers", opacity=0, hoverinfo="skip"
    )
    for place, (image, title) in enumerate(zip(images, titles, strict=True)):
        left, top = place % across + 0.02, place // across * tall + 0.2
        figure.add_layout_image(
            source=attribution.enlarged(image),
            xref="x",
            yref="y",
            x=left,
            y=top,
            sizex=0.96,
            sizey=0.96,
            sizing="stretch",
            layer="below",
        )
        figure.add_annotation(
            x=left,
            y=top,
            text=title,
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            font={"size": 12},
        )
        for box, dash in ((fields[place], "solid"), (centres[place], "dot")):
            inside = box.clipped(image.height, image.width)
            figure.add_shape(
                type="rect",
                x0=left + 0.96 * inside.left / image.width,
                x1=left + 0.96 * inside.right / image.width,
                y0=top + 0.96 * inside.top / image.height,
                y1=top + 0.96 * inside.bottom / image.height,
                line={"color": FIELD, "width": 2, "dash": dash},
            )
    return figure


def describe(maps: FeatureMaps, channel: int) -> str:
    """The channel in words: its mean and where it is largest."""
    one = maps.channel(channel)
    _, rows, columns = maps.values.shape
    return t(
        "explain_features.channel.alt",
        channel=channel,
        stage=names.stage(maps.stage),
        mean=f"{one.mean:.3g}",
        largest=f"{one.largest:.3g}",
        left=f"{(one.largest_at[1] + 0.5) / columns:.0%}",
        top=f"{(one.largest_at[0] + 0.5) / rows:.0%}",
    )


def _stretched(
    maps: FeatureMaps, channel: int, image: Image.Image, span: tuple[float, float] | None
) -> go.Heatmap:
    """The cells at the picture's pixels."""
    trace = go.Heatmap(features.cells(maps, channel, span=span))
    rows, columns = trace.z.shape
    dx, dy = image.width / columns, image.height / rows
    trace.update(x0=dx / 2, dx=dx, y0=dy / 2, dy=dy)
    return trace


def _clear(signed: bool) -> list[list[object]]:
    """The end colours of the theme's scales, clear where the value is 0."""
    low, high = (theme.DIVERGING[i][1] for i in (1, -2))
    above = [
        [0.5 if signed else 0.0, theme.with_alpha(str(high), 0.0)],
        [1.0, theme.with_alpha(str(high), 0.9)],
    ]
    if not signed:
        return above
    below = [[0.0, theme.with_alpha(str(low), 0.9)], [0.5, theme.with_alpha(str(low), 0.0)]]
    return below + above
