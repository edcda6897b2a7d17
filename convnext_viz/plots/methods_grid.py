"""Stage × method: small maps over the picture, and in empty cells the reason."""

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import product

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from convnext_viz.plots import attribution as maps
from convnext_viz.plots import names, plain, theme
from convnext_viz.plots.plain import Data
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
    height = _TITLE + len(stages) * side
    layout = plain.layout(height=height, top=_TITLE, right=0, bottom=0, left=_NAMES)
    # The one point of a cell answers wherever in it the pointer is.
    layout |= {"dragmode": False, "showlegend": False}
    layout |= {"hovermode": "closest", "hoverdistance": -1}
    gaps = {"horizontal": 0.03 / len(methods), "vertical": 0.06 / len(stages)}
    parts = plain.domains(len(stages), len(methods), **gaps)
    traces, shapes, words, grounds = [], [], [], []
    for place, (stage, method) in enumerate(product(stages, methods)):
        x, y = plain.axis_names(place)
        across, down = parts[place]
        layout |= plain.axes(
            place,
            plain.hidden(domain=across, range=[0, 1], constrain="domain"),
            plain.hidden(
                domain=down,
                range=[1, 0],
                constrain="domain",
                scaleanchor=x,
                scaleratio=image.height / image.width,
            ),
        )
        one = found.get((stage, method))
        reason = (reasons or {}).get((stage, method), "")
        if one is not None and one.nothing:
            reason = maps.nothing(one)
            one = None
        if one is None:
            gray, why = maps.gray_cell((x, y), reason, letters=round(side / 6.5))
            shapes.append(gray)
            words.append(why)
        else:
            same = [one]
            if shared_scale:
                same = [a for a in attributions if a.method == method and not a.nothing]
            limit = max(float(np.abs(a.values).max()) for a in same) or 1.0
            grounds.append(ground | {"xref": x, "yref": y})
            traces.append(_cells(one, limit, opacity) | {"xaxis": x, "yaxis": y})
        traces.append(_door(stage, method, one, reason) | {"xaxis": x, "yaxis": y})
    for column, method in enumerate(methods):
        words.append(_title(name(method), (column + 0.5) / len(methods), 1, "center", "bottom"))
    for row, stage in enumerate(stages):
        at = 1 - (row + 0.5) / len(stages)
        words.append(_title(names.stage(stage), 0, at, "right", "middle"))
    return plain.figure(
        traces, layout | {"shapes": shapes, "annotations": words, "images": grounds}
    )


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


def _cells(one: Attribution, limit: float, opacity: float) -> Data:
    rows, columns = one.values.shape
    return {
        "type": "heatmap",
        "z": one.values,
        "x0": 0.5 / columns,
        "dx": 1 / columns,
        "y0": 0.5 / rows,
        "dy": 1 / rows,
        "zmin": -limit if maps.signed(one) else 0,
        "zmax": limit,
        "zsmooth": "best" if min(rows, columns) > 1 else False,
        "colorscale": maps.scale(maps.signed(one)),
        "opacity": opacity,
        "showscale": False,
        "hoverinfo": "skip",
    }


def _door(stage: str, method: str, one: Attribution | None, reason: str) -> Data:
    """What a cell says and answers to: Plotly's heat maps answer to no click."""
    if one is not None:
        low, high = float(one.values.min()), float(one.values.max())
        reason = t("methods.grid.range", low=f"{low:.3g}", high=f"{high:.3g}")
    hover = t("methods.grid.hover", method=name(method), stage=names.stage(stage), told=reason)
    return {
        "type": "scatter",
        "x": [0.5],
        "y": [0.5],
        "mode": "markers",
        "marker": {"size": 24, "opacity": 0},
        "customdata": [[stage, method]],
        "hovertemplate": hover + "<extra></extra>",
    }


def _title(text: str, x: float, y: float, across: str, down: str) -> Data:
    place = {"xref": "paper", "yref": "paper", "xanchor": across, "yanchor": down}
    return theme.label(x, y, text, xshift=-6 if across == "right" else 0, **place)
