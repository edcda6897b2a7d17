"""The map of a network as one SVG: from left to right, blocks folded, shapes on every map.

Pages, notebooks and files show the same drawing. Its words take the text's colour of the page
around it; where it stands alone it brings its own colours for light and dark.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Literal, get_args
from xml.etree.ElementTree import Element, SubElement, tostring

from plotly.colors import sample_colorscale

from convnext_viz.numbers import compact, exact, percent
from convnext_viz.plans import Plan, Shape, Stage
from convnext_viz.plots import names, theme
from convnext_viz.plots.boxes import Box, Scale, box
from convnext_viz.text import language, t

ColourBy = Literal["stage", "params", "macs", "receptive_field"]
COLOUR_BY: tuple[ColourBy, ...] = get_args(ColourBy)

_FONT = 13  # pixels
_LINE = 18  # pixels from one line of words to the next
_GAP = 7  # pixels between a box and its words
_UNDER = 3 * _LINE + 2 * _GAP  # pixels of the words under the boxes
_WIDTH = 840  # pixels of a drawing with few columns
_COLUMN = 120  # pixels of a column in which words have room
_CROWDED = 10  # columns from which on they are narrow and labels shortened
_NARROW = 90  # pixels of such a column
_MOST_CUTS = 18  # more would hide the face's colour; ×N says how many blocks there are
_IMAGE_COLOUR = "#B9C2CB"
# Inside a page the drawing is not :root.
_ALONE = (
    f"svg:root{{color:{theme.INK};background:{theme.PAPER}}}"
    "@media(prefers-color-scheme:dark){svg:root{color:#e8edf2;background:#0f1419}}"
)


@dataclass(frozen=True)
class NetworkMap:
    """The drawing as an SVG document, and in words for those who cannot see it."""

    svg: str
    alt: str
    width: int  # pixels
    height: int

    def _repr_svg_(self) -> str:
        return self.svg


def network_map(
    plan: Plan,
    *,
    selected: str | None = None,
    colour_by: ColourBy = "stage",
    other: Plan | None = None,
    height: int = 270,
) -> NetworkMap:
    """The map of a plan: image, stem, stages with their blocks folded, head.

    ``selected`` is a stage's name. ``other`` is a second plan that is drawn elsewhere: both maps
    then share their scales. ``height`` is in pixels. Each stage is a group whose ``data-stage`` is
    its name and whose title has its counts.
    """
    plans = [plan] if other is None else [plan, other]
    count = 1 + max(len(one.stages) for one in plans)
    crowded = count >= _CROWDED
    width = count * _NARROW if crowded else max(count * _COLUMN, _WIDTH)
    shapes = [plan.in_shape, *(stage.map_shape for stage in plan.stages)]
    scale = Scale.of(
        *plans,
        column=width / len(shapes),
        room=height - _UNDER - _GAP - _LINE * (2 if crowded else 1),
    )
    flow = height - _UNDER - scale.height / 2  # where the middle of every front is
    boxes = [box(scale.column * (i + 0.5), flow, one, scale) for i, one in enumerate(shapes)]
    most = max(_measure(stage, colour_by) for one in plans for stage in one.stages)

    alt = describe(plan)
    root = _document(names.network(plan.spec), alt, width, height)
    for before, after in pairwise(boxes):
        _arrow(root, before.right + 3, after.left - 3, flow)
    total = plan.params, plan.macs  # sums over all layers: once
    for i, (one, stage) in enumerate(zip(boxes, [None, *plan.stages], strict=True)):
        column = SubElement(root, "g")
        if stage is None:
            _faces(column, one, _IMAGE_COLOUR, _IMAGE_COLOUR)
            lines = [_Line(t("plots.stage.image"), "bold")]
        else:
            column.attrib |= {"class": "stage", "data-stage": stage.name}
            SubElement(column, "title").text = _counts(stage, *total)
            _ground(column, i, scale.column, height, selected=stage.name == selected)
            colour = _colour(stage, colour_by, most)
            # The dark end of a scale would vanish on a dark ground.
            _faces(column, one, colour, colour if colour_by == "stage" else theme.MUTED)
            if stage.tokens:
                rows, columns = (min(count, _MOST_CUTS) for count in stage.tokens)
                _lines(column, "tokens", one.grid(rows, columns))
            _blocks(column, one, len(stage.blocks), colour)
            lines = [
                _Line(names.stage(stage.name), "bold"),
                *_amounts(stage, *total, colour_by, crowded),
            ]
        x = scale.column * (i + 0.5)
        label = _shape(shapes[i], crowded)
        _words(column, x, one.top - one.back[1] - _GAP - _LINE * (len(label) - 1), label)
        _words(column, x, height - _UNDER + _GAP + _FONT, lines)
    return NetworkMap(tostring(root, encoding="unicode"), alt, width, height)


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


@dataclass(frozen=True)
class _Line:
    """A line of words."""

    text: str
    weight: Literal["normal", "bold"] = "normal"


def _document(name: str, alt: str, width: int, height: int) -> Element:
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "network-map",
            "role": "img",
            "lang": language(),
            "width": str(width),
            "height": str(height),
            "viewBox": f"0 0 {width} {height}",
            "font-family": theme.FONT,
            "font-size": str(_FONT),
            "text-anchor": "middle",
            "fill": "currentColor",
        },
    )
    SubElement(root, "title").text = name
    SubElement(root, "desc").text = alt
    SubElement(root, "style").text = _ALONE
    return root


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


def _ground(column: Element, i: int, width: float, height: int, *, selected: bool) -> None:
    """What the pointer meets of a stage; its colour marks the selected one."""
    place = {"x": f"{(i + 0.02) * width:.2f}", "width": f"{0.96 * width:.2f}"}
    fill = theme.HIGHLIGHT if selected else "transparent"
    SubElement(column, "rect", place | {"height": str(height), "rx": "4", "fill": fill})
    if selected:
        column.set("aria-current", "true")


def _faces(column: Element, one: Box, colour: str, edge: str) -> None:
    for path, opacity in zip(one.faces(), ("0.45", "0.7", "1"), strict=True):
        look = {"fill": colour, "fill-opacity": opacity, "stroke": edge}
        SubElement(column, "path", {"class": "face", "d": path} | look)


def _lines(column: Element, kind: str, paths: Iterable[str]) -> None:
    look = {"fill": "none", "stroke": theme.INK, "stroke-opacity": "0.35"}
    SubElement(column, "path", {"class": kind, "d": " ".join(paths)} | look)


def _blocks(column: Element, one: Box, count: int, colour: str) -> None:
    """Cuts that show folded blocks, and how many they are."""
    if count > 1:
        _lines(column, "cuts", one.cuts(min(count, _MOST_CUTS)))
    if count:
        middle = one.top + one.height / 2 + 0.35 * _FONT
        _words(column, one.left + one.width / 2, middle, [_Line(f"×{count}", "bold")])
        # A number wider than its front keeps the front's colour around it.
        ground = {"stroke": colour, "stroke-width": "3", "paint-order": "stroke"}
        column[-1].attrib |= {"fill": theme.text_on(colour)} | ground


def _shape(shape: Shape, crowded: bool) -> list[_Line]:
    text = names.shape(shape)
    if crowded and len(text) > 8:
        channels, by, positions = text.partition("×")
        return [_Line(channels + by), _Line(positions)]
    return [_Line(text)]


def _amounts(
    stage: Stage, all_params: int, all_macs: int, colour_by: ColourBy, crowded: bool
) -> tuple[_Line, _Line]:
    """Two short lines: parameters and multiply-adds, or what the colour stands for."""
    if colour_by == "receptive_field":
        return _Line(t("plots.map.sees")), _Line(f"{exact(stage.receptive_field)} px", "bold")
    params, macs = compact(stage.params), compact(stage.macs)
    if not crowded:
        params, macs = t("plots.map.params", count=params), t("plots.map.macs", count=macs)
    if colour_by == "params":
        return _Line(params), _Line(f"{_share(stage.params, all_params):.0%}", "bold")
    if colour_by == "macs":
        return _Line(macs), _Line(f"{_share(stage.macs, all_macs):.0%}", "bold")
    return _Line(params), _Line(macs)


def _counts(stage: Stage, all_params: int, all_macs: int) -> str:
    """Every count of a stage, one a line."""
    return t(
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


def _share(part: int, total: int) -> float:
    return part / total if total else 0.0


def _words(parent: Element, x: float, y: float, lines: Sequence[_Line]) -> None:
    """Lines under each other; ``y`` is the first one's baseline."""
    for row, line in enumerate(lines):
        place = {"x": f"{x:.2f}", "y": f"{y + row * _LINE:.2f}"}
        weight = {} if line.weight == "normal" else {"font-weight": line.weight}
        SubElement(parent, "text", place | weight).text = line.text


def _arrow(root: Element, start: float, end: float, y: float) -> None:
    head = f"M{end:.2f} {y:.2f}l-7 -3.5v7z"
    line = f"M{start:.2f} {y:.2f}H{end - 6:.2f}"
    look = {"fill": theme.MUTED, "stroke": theme.MUTED, "pointer-events": "none"}
    SubElement(root, "path", {"class": "arrow", "d": line + head} | look)
