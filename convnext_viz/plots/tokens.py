"""Charts of a Vision Transformer: distances, logit lens, gradients, norms, cost by image size."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.plots.drawn_once import drawn_once
from convnext_viz.results.tokens import KernelReach, LinearProbes
from convnext_viz.text import t

_VIT, _CONV, _THIRD = "#0072B2", "#D55E00", "#009E73"
_COLOURS = (_VIT, _CONV, _THIRD, "#E69F00", "#CC79A7")


@drawn_once
def distances(
    found: NDArray[np.float64], uniform: float, reaches: Sequence[KernelReach]
) -> go.Figure:
    """A dot a head (L, heads) over the depth of its block, the line of uniform attention, and the
    kernels of a convolutional network. A click on a head gives (block, head)."""
    layers, heads = found.shape
    figure = theme.blank(height=360, top=36, right=8, bottom=44, left=48)
    theme.clickable(figure)
    places = [(layer, head) for layer in range(layers) for head in range(heads)]
    figure.add_scatter(
        x=[layer / max(layers - 1, 1) for layer, _ in places],
        y=[found[place] for place in places],
        mode="markers",
        name=t("vit.plot.head"),
        marker={"color": _VIT, "size": 9, "opacity": 0.8},
        customdata=[list(place) for place in places],
        text=[
            t("vit.plot.head_hover", block=i + 1, head=j + 1, distance=f"{found[i, j]:.1f}")
            for i, j in places
        ],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.add_scatter(
        x=[one.depth for one in reaches],
        y=[one.distance for one in reaches],
        mode="lines+markers",
        name=t("vit.plot.kernel"),
        line={"color": _CONV, "shape": "hv"},
        marker={"size": 5, "symbol": "square"},
        text=[
            t("vit.plot.kernel_hover", distance=f"{one.distance:.1f}", field=one.field)
            for one in reaches
        ],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.add_hline(
        y=uniform,
        line={"color": theme.MUTED, "dash": "dash"},
        annotation_text=t("vit.plot.uniform", distance=f"{uniform:.1f}"),
        annotation_position="bottom right",  # not shown
    )
    figure.update_xaxes(title=t("vit.plot.depth"), range=[-0.03, 1.03], tickformat=".0%")
    figure.update_yaxes(title=t("vit.plot.distance"), rangemode="tozero")
    return figure


@drawn_once
def lens_curve(
    curves: Mapping[str, NDArray[np.floating]], *, chosen: int | None = None
) -> go.Figure:
    """Probabilities of some classes, (L + 1,) each, behind every block; a click gives the block."""
    figure = theme.blank(height=320, top=36, right=8, bottom=44, left=48)
    theme.clickable(figure)
    for (name, curve), colour in zip(curves.items(), _COLOURS, strict=False):
        figure.add_scatter(
            x=list(range(len(curve))),
            y=curve,
            mode="lines+markers",
            name=name,
            line={"color": colour},
            customdata=[[i] for i in range(len(curve))],
            hovertemplate="%{x}: %{y:.1%}<extra>%{fullData.name}</extra>",
        )
    if chosen is not None:
        figure.add_vline(x=chosen, line={"color": theme.MUTED, "dash": "dot"})
    figure.update_xaxes(title=t("vit.plot.behind"), dtick=1)
    figure.update_yaxes(title=t("vit.plot.probability"), tickformat=".0%", range=[0, 1.02])
    return figure


@drawn_once
def gradients(names: Sequence[str], learnt: Sequence[float], patches: Sequence[float]) -> go.Figure:
    """The largest gradient of patches and of learnt tokens at each place, on a logarithmic scale; a
    zero, which no such scale has, is written. A click gives the place."""
    figure = theme.blank(height=max(260, 26 * len(names)), top=36, right=8, bottom=44, left=130)
    theme.clickable(figure)
    known = [value for value in (*learnt, *patches) if value > 0] or [1.0]
    floor = 10 ** (np.floor(np.log10(min(known))) - 1)
    for series, key, colour in ((patches, "patches", _CONV), (learnt, "learnt", _VIT)):
        if not any(series):
            continue
        figure.add_scatter(
            x=[max(value, floor) for value in series],
            y=list(names),
            mode="markers+text",
            name=t(f"vit.plot.{key}"),
            marker={
                "color": colour,
                "size": 11,
                "symbol": ["circle" if value else "x" for value in series],
            },
            text=["" if value else "0" for value in series],
            textposition="middle right",  # not shown
            customdata=[[i] for i in range(len(names))],
            hovertext=[f"{value:.3g}" for value in series],
            hovertemplate="%{y}: %{hovertext}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(type="log", title=t("vit.plot.gradient"), exponentformat="power")
    figure.update_yaxes(autorange="reversed")
    return figure


@drawn_once
def norms(found: NDArray[np.floating], prefix: int, *, chosen: int) -> go.Figure:
    """Lengths of tokens (L + 1, T) behind every block: learnt tokens as lines, of the patches the
    median, the range from 2% to 98%, and the largest. A click gives the block."""
    figure = theme.blank(height=320, top=36, right=8, bottom=44, left=48)
    theme.clickable(figure)
    x = list(range(len(found)))
    patches = found[:, prefix:]
    low, middle, high = np.percentile(patches, (2, 50, 98), axis=1)
    blank = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(x=x, y=low, **blank)
    figure.add_scatter(x=x, y=high, fill="tonexty", fillcolor=theme.FAINT, **blank)
    series = [("median", middle, _CONV), ("largest", patches.max(1), _THIRD)]
    if prefix:
        series.append(("learnt", found[:, :prefix].mean(1), _VIT))
    for key, values, colour in series:
        figure.add_scatter(
            x=x,
            y=values,
            mode="lines+markers",
            name=t(f"vit.plot.{key}"),
            line={"color": colour},
            customdata=[[i] for i in x],
            hovertemplate="%{x}: %{y:.3g}<extra>%{fullData.name}</extra>",
        )
    figure.add_vline(x=chosen, line={"color": theme.MUTED, "dash": "dot"})
    figure.update_xaxes(title=t("vit.plot.behind"), dtick=1)
    figure.update_yaxes(title=t("vit.plot.norm"), rangemode="tozero")
    return figure


@drawn_once
def norm_histogram(found: NDArray[np.floating], prefix: int, *, limit: float) -> go.Figure:
    """How many patches have tokens of which length, (T,), with the length that is called high;
    learnt tokens as lines."""
    figure = theme.blank(height=220, top=36, right=8, bottom=44, left=48)
    counts, edges = np.histogram(found[prefix:], bins=24, range=(0, 1.05 * max(*found, limit)))
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        name=t("vit.plot.patches"),
        marker={"color": _CONV},
        hovertemplate="%{x:.3g}: %{y}<extra></extra>",
    )
    lines = [("limit", limit, theme.MUTED), *(("learnt", one, _VIT) for one in found[:prefix])]
    top = float(counts.max())
    for number, (key, value, colour) in enumerate(lines):
        figure.add_scatter(
            x=[value, value],
            y=[0, top],
            mode="lines",
            name=t(f"vit.plot.{key}"),
            showlegend=number < 2,
            line={"color": colour, "dash": "dash" if key == "limit" else "solid"},
            hovertemplate="%{x:.3g}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title=t("vit.plot.norm"))
    figure.update_yaxes(title=t("vit.plot.count"), rangemode="tozero")
    return figure


@drawn_once
def probes(found: LinearProbes) -> go.Figure:
    """Accuracy behind every block, of the probes and of the logit lens."""
    figure = theme.blank(height=320, top=36, right=8, bottom=44, left=48)
    series = {f"probe_{name}": values for name, values in found.accuracy.items()}
    if found.lens is not None:
        series["lens"] = found.lens
    colours = {"probe_learnt": _VIT, "probe_patches": _THIRD, "lens": _CONV}
    for name, values in series.items():
        figure.add_scatter(
            x=list(range(len(values))),
            y=values,
            mode="lines+markers",
            name=t(f"vit.plot.{name}"),
            line={"color": colours[name], "dash": "dash" if name == "lens" else "solid"},
            hovertemplate="%{x}: %{y:.1%}<extra>%{fullData.name}</extra>",
        )
    figure.update_xaxes(title=t("vit.plot.behind"), dtick=1)
    figure.update_yaxes(title=t("vit.plot.accuracy"), tickformat=".0%", rangemode="tozero")
    return figure


@drawn_once
def costs(sides: Sequence[int], series: Mapping[str, Sequence[int]], marked: int) -> go.Figure:
    """Multiply-adds over the side of the image, in billions; both axes are logarithmic."""
    figure = theme.blank(height=360, top=36, right=8, bottom=44, left=56)
    for (name, values), colour, dash in zip(
        series.items(), (_VIT, _VIT, _CONV), ("solid", "dot", "solid"), strict=True
    ):
        figure.add_scatter(
            x=list(sides),
            y=[value / 1e9 for value in values],
            mode="lines+markers",
            name=name,
            line={"color": colour, "dash": dash},
            hovertemplate="%{x} px: %{y:.3g} G<extra>%{fullData.name}</extra>",
        )
    figure.add_vline(x=marked, line={"color": theme.MUTED, "dash": "dot"})
    figure.update_xaxes(title=t("vit.plot.side"), type="log", tickvals=list(sides))
    figure.update_yaxes(title=t("vit.plot.macs"), type="log", dtick=1)
    return figure
