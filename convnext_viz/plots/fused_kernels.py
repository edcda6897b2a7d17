"""Kernels of a re-parameterized block, number by number, and feature maps of both of its forms."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.results import BlockForms, BranchKernel, Fusion
from convnext_viz.text import t

Floats = NDArray[np.floating]
_SIDE = 168  # pixels of a kernel with its title
_TITLE = 24  # pixels
_FEW = 5  # cells along a side: numbers of more would be too small to be read


def limit(fusion: Fusion, out: int, into: int) -> float:
    """The largest magnitude of a pair of channels' fused kernels: one scale for all of them."""
    kernels = [*(branch.fused for branch in fusion.branches), fusion.kernel]
    return max(float(np.abs(kernel[out, into]).max()) for kernel in kernels) or 1.0


def branch_kernel(branch: BranchKernel, out: int, into: int, reach: float) -> go.Figure:
    """A branch's kernel before and after its BN, side by side; blue is below zero.

    The first is scaled by its own largest magnitude, the second by ``reach``.
    """
    before, after = branch.kernel[out, into], branch.fused[out, into]
    return _branch(before, after, float(branch.factor[out]), reach)


# What is remembered is given its few numbers: a whole block's kernels would be read for a checksum.


@drawn_once
def _branch(before: Floats, after: Floats, factor: float, reach: float) -> go.Figure:
    figure = _pair([t("repvgg.fuse.before"), t("repvgg.fuse.after")])
    hover = t("repvgg.fuse.hover_before", row="%{y}", column="%{x}", value="%{z:.4g}")
    _cells(figure, before, float(np.abs(before).max()) or 1.0, hover, column=1)
    hover = t(
        "repvgg.fuse.hover_after",
        row="%{y}",
        column="%{x}",
        before="%{customdata:.4g}",
        factor=f"{factor:.4g}",
        value="%{z:.4g}",
    )
    _cells(figure, after, reach, hover, column=2, data=before)
    return figure


def summed_kernel(fusion: Fusion, out: int, into: int, reach: float) -> go.Figure:
    """The deployed kernel: each cell is the sum of the branches' cells."""
    return _summed(np.stack([branch.fused[out, into] for branch in fusion.branches]), reach)


@drawn_once
def _summed(parts: Floats, reach: float) -> go.Figure:
    figure = theme.hide_axes(theme.blank(height=_SIDE, top=_TITLE, left=2, right=2, bottom=2))
    figure.add_annotation(
        theme.label(0.5, 1.0, t("repvgg.fuse.deployed"), xref="paper", yref="paper")
        | {"yanchor": "bottom"}
    )
    terms = " + ".join(f"%{{customdata[{number}]:.4g}}" for number in range(len(parts)))
    hover = t("repvgg.fuse.hover_sum", row="%{y}", column="%{x}", terms=terms, value="%{z:.4g}")
    _cells(figure, parts.sum(0), reach, hover, data=np.moveaxis(parts, 0, -1))
    return figure


def describe(kernel: Floats) -> str:
    """The numbers of a kernel, row by row."""
    return "; ".join(", ".join(map(number, row)) for row in kernel)


def number(value: float) -> str:
    """``-0.0342`` → ``"−0.034"``; an exact zero is ``"0"``."""
    return "0" if value == 0 else f"{value:.3f}".replace("-", "−")


def output_maps(forms: BlockForms, channel: int) -> go.Figure:
    """One channel of a block's output in training form and by another way.

    One colour scale for both: that of the training form.
    """
    return _outputs((forms.expected[channel], forms.found[channel]), forms.way)


@drawn_once
def _outputs(maps: tuple[Floats, Floats], way: str) -> go.Figure:
    low, top = min(0.0, float(maps[0].min())), float(maps[0].max()) or 1.0
    other = t("repvgg.plot.deployed" if way == "fused" else f"repvgg.way.{way}")
    figure = _pair([t("repvgg.plot.training"), other], height=260)
    for column, values in enumerate(maps, start=1):
        figure.add_heatmap(
            z=np.where(np.isfinite(values), values, np.nan),
            zmin=low,
            zmax=top,
            colorscale=theme.SEQUENTIAL,
            showscale=column == 2,
            colorbar={"thickness": 10, "len": 0.9, "tickfont": {"size": theme.SMALL}},
            hovertemplate="%{z:.4g}<extra></extra>",
            row=1,
            col=column,
        )
    return _square(figure)


def _pair(titles: list[str], height: int = _SIDE) -> go.Figure:
    figure = theme.panels(
        height=height,
        top=_TITLE,
        left=2,
        right=2,
        bottom=2,
        cols=2,
        subplot_titles=titles,
        horizontal_spacing=0.06,
    )
    figure.update_annotations(font_size=theme.SMALL)
    return theme.hide_axes(figure)


def _square(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(constrain="domain")
    for number_of, axis in enumerate(figure.select_yaxes(), start=1):
        axis.update(
            autorange="reversed",
            scaleanchor=f"x{number_of if number_of > 1 else ''}",
            constrain="domain",
        )
    return figure


def _cells(
    figure: go.Figure,
    kernel: Floats,
    reach: float,
    hover: str,
    *,
    column: int | None = None,
    data: Floats | None = None,
) -> None:
    side = kernel.shape[0]
    places = list(range(1, side + 1))
    grid = {} if column is None else {"row": 1, "col": column}
    figure.add_heatmap(
        z=kernel,
        x=places,
        y=places,
        customdata=data,
        zmin=-reach,
        zmax=reach,
        colorscale=theme.DIVERGING,
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate=hover + "<extra></extra>",
        **grid,
    )
    if side <= _FEW:  # as one trace: annotations are validated anew with each that is added
        values = [float(value) for value in kernel.ravel()]
        figure.add_scatter(
            x=places * side,
            y=[row for row in places for _ in places],
            mode="text",
            text=[number(value) for value in values],
            textfont={"size": theme.SMALL, "color": [_ink(value / reach) for value in values]},
            hoverinfo="skip",
            showlegend=False,
            **grid,
        )
    _square(figure)


def _ink(share: float) -> str:
    """What is read on the colour of −1 … 1: the ends of the scale are dark, the blue one most."""
    place = min(9, max(0, round((share + 1) / 2 * 9)))
    return theme.text_on(str(theme.DIVERGING[place][1]))
