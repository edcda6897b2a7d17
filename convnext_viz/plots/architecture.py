"""The architecture map: a whole network from left to right, blocks folded, shapes on every map."""

from collections.abc import Iterator
from itertools import pairwise
from math import log
from typing import Any, Literal, get_args

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from convnext_viz.numbers import compact, exact, percent
from convnext_viz.plans import Plan, Stage
from convnext_viz.plots import names, theme
from convnext_viz.plots.boxes import Box, Scale, box
from convnext_viz.text import t

ColourBy = Literal["stage", "params", "macs", "receptive_field"]
COLOUR_BY: tuple[ColourBy, ...] = get_args(ColourBy)

_BOTTOM, _TOP = -1.02, 0.98  # of the drawing; the tallest box reaches from -0.5 to 0.76
_ROWS = (-0.62, -0.76, -0.9)  # baselines of the words under the boxes
_CROWDED = 10  # columns from which on labels are shortened
_MOST_CUTS = 18  # more would hide the face's colour; ×N says how many blocks there are
_IMAGE_COLOUR = "#B9C2CB"


def network_map(
    plan: Plan,
    *,
    selected: str | None = None,
    colour_by: ColourBy = "stage",
    beside: Plan | None = None,
    height: int = 330,
) -> go.Figure:
    """The map of a plan: image, stem, stages with their blocks folded, head.

    ``selected`` is a stage's name. ``beside`` is a second plan that is drawn elsewhere: both maps
    then share their scales. Each stage's column can be clicked; its ``customdata`` is the name.
    """
    plans = [plan] if beside is None else [plan, beside]
    scale = Scale.of(*plans)
    boxes = [box(0, plan.in_shape, scale)]
    boxes += [box(i, stage.out_shape, scale) for i, stage in enumerate(plan.stages, start=1)]
    most = max(_measure(stage, colour_by) for one in plans for stage in one.stages)
    colours = [_IMAGE_COLOUR, *(_colour(stage, colour_by, most) for stage in plan.stages)]

    # The dark end of a scale would vanish on a dark ground.
    edges = colours if colour_by == "stage" else [theme.MUTED] * len(colours)

    figure = theme.clickable(theme.hide_axes(theme.blank(height=height)))
    figure.update_layout(barmode="overlay", showlegend=False)
    figure.update_xaxes(range=[-0.5, len(boxes) - 0.5])
    figure.update_yaxes(range=[_BOTTOM, _TOP])
    # At once: each shape or annotation added alone makes Plotly check all of them again.
    figure.update_layout(
        shapes=[*_highlight(plan, selected), *_faces(boxes, colours, edges)],
        annotations=[*_arrows(boxes), *_words(boxes, plan, colour_by, colours)],
    )
    _fronts(figure, boxes, colours, edges)
    _cuts(figure, boxes, plan)
    _columns(figure, plan)
    return figure


def describe(plan: Plan) -> str:
    """The map in words: the text for those who cannot see it."""
    stages = []
    for stage in plan.stages:
        words = {"name": names.stage(stage.name), "shape": names.shape(stage.out_shape)}
        if stage.blocks:
            stages.append(t("plots.map.alt_stage", blocks=len(stage.blocks), **words))
        else:
            stages.append(t("plots.map.alt_part", **words))
    return t(
        "plots.map.alt",
        name=names.network(plan.spec),
        size=names.shape(plan.image_size),
        stages=t("plots.map.alt_joint").join(stages),
    )


def _measure(stage: Stage, colour_by: ColourBy) -> float:
    return 0 if colour_by == "stage" else float(getattr(stage, colour_by))


def _colour(stage: Stage, colour_by: ColourBy, most: float) -> str:
    if colour_by == "stage":
        return theme.stage_colour(stage.name)
    value = _measure(stage, colour_by)
    # Fields grow by factors, shares of a sum add up.
    share = log(value) / log(max(most, 2)) if colour_by == "receptive_field" else value / most
    red, green, blue = sample_colorscale(theme.SEQUENTIAL, [share], colortype="tuple")[0]
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _faces(boxes: list[Box], colours: list[str], edges: list[str]) -> Iterator[dict[str, Any]]:
    for one, colour, edge in zip(boxes, colours, edges, strict=True):
        for path, alpha in zip(one.faces(), (0.45, 0.7), strict=True):
            yield {
                "type": "path",
                "path": path,
                "layer": "below",
                "fillcolor": theme.with_alpha(colour, alpha),
                "line": {"color": edge, "width": 1},
            }


def _fronts(figure: go.Figure, boxes: list[Box], colours: list[str], edges: list[str]) -> None:
    figure.add_bar(
        name="maps",
        x=[one.left + one.thickness / 2 for one in boxes],
        width=[one.thickness for one in boxes],
        base=[-one.height / 2 for one in boxes],
        y=[one.height for one in boxes],
        marker={"color": colours, "line": {"color": edges, "width": 1}},
        hoverinfo="skip",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _cuts(figure: go.Figure, boxes: list[Box], plan: Plan) -> None:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for one, stage in zip(boxes[1:], plan.stages, strict=True):
        cuts = one.slices(min(len(stage.blocks), _MOST_CUTS))
        xs += cuts[0]
        ys += cuts[1]
    line = {"color": theme.with_alpha(theme.INK, 0.35), "width": 1}
    figure.add_scatter(name="cuts", x=xs, y=ys, mode="lines", line=line, hoverinfo="skip")


def _arrows(boxes: list[Box]) -> Iterator[dict[str, Any]]:
    for before, after in pairwise(boxes):
        yield theme.arrow((before.right + 0.03, after.left - 0.03), (0, 0))


def _words(
    boxes: list[Box], plan: Plan, colour_by: ColourBy, colours: list[str]
) -> Iterator[dict[str, Any]]:
    crowded = len(boxes) >= _CROWDED
    shapes = [plan.in_shape, *(stage.out_shape for stage in plan.stages)]
    titles = [t("plots.stage.image"), *(names.stage(stage.name) for stage in plan.stages)]
    for one, shape, title in zip(boxes, shapes, titles, strict=True):
        text = names.shape(shape)
        if crowded and len(text) > 9:
            text = text.replace("×", "×<br>", 1)
        yield theme.label(one.x, one.top + 0.03, text, yanchor="bottom")
        yield theme.label(one.x, _ROWS[0], f"<b>{title}</b>")
    for one, stage, colour in zip(boxes[1:], plan.stages, colours[1:], strict=True):
        if stage.blocks:
            front = theme.label(one.left + one.thickness / 2, 0, f"<b>×{len(stage.blocks)}</b>")
            front["font"]["color"] = theme.text_on(colour)
            yield front
        for y, text in zip(_ROWS[1:], _amounts(stage, plan, colour_by, crowded), strict=True):
            yield theme.label(one.x, y, text)


def _amounts(stage: Stage, plan: Plan, colour_by: ColourBy, crowded: bool) -> tuple[str, str]:
    """Two short lines: parameters and multiply-adds, or what the colour stands for."""
    if colour_by == "receptive_field":
        return t("plots.map.sees"), f"<b>{exact(stage.receptive_field)} px</b>"
    params, macs = compact(stage.params), compact(stage.macs)
    if not crowded:
        params, macs = t("plots.map.params", count=params), t("plots.map.macs", count=macs)
    if colour_by == "params":
        return params, f"<b>{_share(stage.params, plan.params):.0%}</b>"
    if colour_by == "macs":
        return macs, f"<b>{_share(stage.macs, plan.macs):.0%}</b>"
    return params, macs


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _columns(figure: go.Figure, plan: Plan) -> None:
    """Invisible columns over the drawing: what the pointer meets, and what a click selects."""
    all_params, all_macs = plan.params, plan.macs  # sums over all layers: once
    hover = [
        t(
            "plots.map.hover",
            name=names.stage(stage.name),
            shape_in=names.shape(stage.in_shape),
            shape_out=names.shape(stage.out_shape),
            blocks=len(stage.blocks),
            params=exact(stage.params),
            params_share=percent(_share(stage.params, all_params)),
            macs=exact(stage.macs),
            macs_share=percent(_share(stage.macs, all_macs)),
            activations=exact(stage.out_elements),
            field=exact(stage.receptive_field),
            jump=exact(stage.jump),
        )
        for stage in plan.stages
    ]
    figure.add_bar(
        name="stages",
        x=list(range(1, len(plan.stages) + 1)),
        width=1,
        base=_BOTTOM,
        y=[_TOP - _BOTTOM] * len(plan.stages),
        marker={"color": "rgba(0,0,0,0)"},
        customdata=[stage.name for stage in plan.stages],
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _highlight(plan: Plan, selected: str | None) -> Iterator[dict[str, Any]]:
    for i, stage in enumerate(plan.stages, start=1):
        if stage.name == selected:
            yield {
                "type": "rect",
                "x0": i - 0.48,
                "x1": i + 0.48,
                "y0": _BOTTOM,
                "y1": _TOP,
                "layer": "below",
                "fillcolor": theme.HIGHLIGHT,
                "line": {"width": 0},
            }
