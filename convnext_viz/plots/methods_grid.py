"""Stage × method: small maps over the picture, and in empty cells the reason."""

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.subplots import make_subplots

from convnext_viz.plots import attribution as maps
from convnext_viz.plots import names, theme
from convnext_viz.results import Attribution
from convnext_viz.text import t

_TITLE = 26  # pixels above the first row
_NAMES = 76  # pixels left of the first column


def name(method: str) -> str:
    """A method's name as its paper writes it."""
    return t(f"methods.name.{method}")


def meaning(method: str) -> str:
    """What a method's map shows, in one sentence."""
    return t(f"methods.meaning.{method}")


def grid(
    attributions: Sequence[Attribution],
    image: Image.Image,
    *,
    stages: Sequence[str],
    methods: Sequence[str],
    reasons: Mapping[tuple[str, str], str] | None = None,
    shared_scale: bool = False,
    opacity: float = 0.6,
    side: int = 120,
) -> go.Figure:
    """Rows are ``stages``, columns ``methods``; every map smooth over ``image``.

    Signed maps diverge around zero. A cell without map is grey and shows its reason, of ``reasons``
    by (stage, method); so is one whose map shows nothing. Colours reach to each map's own largest
    magnitude, or with ``shared_scale`` to that of all maps of the method. ``side``: pixels of a
    cell. On hover a cell says its range; a click anywhere in it selects one point, whose customdata
    is [stage, method].
    """
    found = {(one.stage, one.method): one for one in attributions}
    ground = _picture(image, side)
    figure = make_subplots(
        rows=len(stages),
        cols=len(methods),
        horizontal_spacing=0.03 / len(methods),
        vertical_spacing=0.06 / len(stages),
    )
    height = _TITLE + len(stages) * side
    figure.update_layout(
        theme.blank(height=height, top=_TITLE, right=0, bottom=0, left=_NAMES).layout
    )
    theme.hide_axes(figure)
    # The one point of a cell answers wherever in it the pointer is.
    figure.update_layout(dragmode=False, showlegend=False, hovermode="closest", hoverdistance=-1)
    for row, stage in enumerate(stages, 1):
        for column, method in enumerate(methods, 1):
            place = (row - 1) * len(methods) + column
            axes = [f"{axis}{place if place > 1 else ''}" for axis in "xy"]
            figure.update_xaxes(range=[0, 1], constrain="domain", row=row, col=column)
            figure.update_yaxes(
                range=[1, 0],
                constrain="domain",
                scaleanchor=axes[0],
                scaleratio=image.height / image.width,
                row=row,
                col=column,
            )
            one = found.get((stage, method))
            reason = (reasons or {}).get((stage, method), "")
            if one is not None and one.nothing:
                reason = maps.nothing(one)
                one = None
            if one is None:
                maps.gray_cell(figure, axes, reason, letters=round(side / 6.5))
            else:
                same = [one]
                if shared_scale:
                    same = [a for a in attributions if a.method == method and not a.nothing]
                limit = max(float(np.abs(a.values).max()) for a in same) or 1.0
                figure.add_layout_image(ground, xref=axes[0], yref=axes[1])
                figure.add_trace(_cells(one, limit, opacity), row=row, col=column)
            figure.add_trace(_door(stage, method, one, reason), row=row, col=column)
    for column, method in enumerate(methods):
        _title(figure, name(method), (column + 0.5) / len(methods), 1, "center", "bottom")
    for row, stage in enumerate(stages):
        _title(figure, names.stage(stage), 0, 1 - (row + 0.5) / len(stages), "right", "middle")
    return figure


def describe(attributions: Sequence[Attribution]) -> str:
    """The grid in words: where each map that shows something has its largest value."""
    told = []
    for one in attributions:
        if one.nothing:
            continue
        row, column = np.unravel_index(int(one.values.argmax()), one.values.shape)
        told.append(
            t(
                "methods.grid.cell",
                method=name(one.method),
                stage=names.stage(one.stage),
                left=f"{(column + 0.5) / one.values.shape[1]:.0%}",
                top=f"{(row + 0.5) / one.values.shape[0]:.0%}",
            )
        )
    return t("methods.grid.alt", cells="; ".join(told))


def _picture(image: Image.Image, side: int) -> dict[str, object]:
    """The picture as a ground that fills its cell; the same few kilobytes in all of them."""
    ground = maps.enlarged(image)
    ground.thumbnail((2 * side, 2 * side))
    file = BytesIO()
    ground.save(file, "JPEG", quality=85)
    source = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
    corner = {"x": 0, "y": 0, "sizex": 1, "sizey": 1, "sizing": "stretch", "layer": "below"}
    return {"source": source, **corner}


def _cells(one: Attribution, limit: float, opacity: float) -> go.Heatmap:
    rows, columns = one.values.shape
    return go.Heatmap(
        z=one.values,
        x0=0.5 / columns,
        dx=1 / columns,
        y0=0.5 / rows,
        dy=1 / rows,
        zmin=-limit if maps.signed(one) else 0,
        zmax=limit,
        zsmooth="best" if min(rows, columns) > 1 else False,
        colorscale=maps.scale(maps.signed(one)),
        opacity=opacity,
        showscale=False,
        hoverinfo="skip",
    )


def _door(stage: str, method: str, one: Attribution | None, reason: str) -> go.Scatter:
    """What a cell says and answers to: Plotly's heat maps answer to no click."""
    if one is not None:
        low, high = float(one.values.min()), float(one.values.max())
        reason = t("methods.grid.range", low=f"{low:.3g}", high=f"{high:.3g}")
    hover = t("methods.grid.hover", method=name(method), stage=names.stage(stage), told=reason)
    return go.Scatter(
        x=[0.5],
        y=[0.5],
        mode="markers",
        marker={"size": 24, "opacity": 0},
        customdata=[[stage, method]],
        hovertemplate=hover + "<extra></extra>",
    )


def _title(figure: go.Figure, text: str, x: float, y: float, across: str, down: str) -> None:
    figure.add_annotation(
        text=text,
        x=x,
        y=y,
        xref="paper",
        yref="paper",
        xanchor=across,
        yanchor=down,
        xshift=-6 if across == "right" else 0,
        showarrow=False,
        font_size=12,
    )
