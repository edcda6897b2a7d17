"""Residual branches: how much one adds, and when stochastic depth drops it."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from convnext_viz.plots import theme
from convnext_viz.results import BranchShare
from convnext_viz.text import t


def share_bars(shares: tuple[BranchShare, ...], *, learned: bool) -> go.Figure:
    """‖γ·F(x)‖ / ‖x‖ of every block on a logarithmic axis, a mark where it is without γ."""
    figure = theme.blank(height=380, top=34, bottom=8)
    names = [_short(share.name) for share in shares]
    figure.add_bar(
        x=names,
        y=[s.share for s in shares],
        marker={"color": [theme.stage_colour(s.name.split(".")[0]) for s in shares]},
        name=t("block.scale.learned") if learned else t("block.scale.with"),
        hovertemplate="%{x}: %{y:.3g}",
    )
    figure.add_scatter(
        x=names,
        y=[s.plain for s in shares],
        mode="markers",
        marker={"symbol": "line-ew-open", "size": 16, "color": theme.MUTED, "line": {"width": 3}},
        name=t("block.scale.without"),
        hovertemplate="%{x}: %{y:.3g}",
    )
    figure.add_hline(y=1, line={"color": theme.MUTED, "dash": "dot", "width": 1})
    figure.update_xaxes(title_text=t("block.scale.block_axis"), type="category")
    lowest = min(min(s.share, s.plain) for s in shares)
    bottom = np.floor(np.log10(lowest)) if lowest > 0 else -8
    figure.update_yaxes(
        title_text=t("block.scale.share_axis"),
        type="log",
        range=[min(bottom, -1.0), 1],
        dtick=1,
        exponentformat="power",
    )
    return figure


def _short(name: str) -> str:
    """``"stage3.blocks.4"`` → ``"3.5"``; ``"stage1.blocks.0.attn"`` → ``"1.1 attn"``."""
    stage, _, number, *part = name.split(".")
    return " ".join((f"{stage.removeprefix('stage')}.{int(number) + 1}", *part))


def drop_masks(rates: tuple[float, ...], samples: int, *, seed: int) -> NDArray[np.bool_]:
    """Which branches run: (samples, blocks), each dropped with its block's rate."""
    random = np.random.default_rng(seed)
    return random.random((samples, len(rates))) >= np.array(rates)


def mean_factor(rates: tuple[float, ...], samples: int, *, seed: int) -> NDArray[np.float64]:
    """Mean over samples of what each branch is multiplied with, 0 or 1 / (1 − rate): near one."""
    mask = drop_masks(rates, samples, seed=seed)
    mean: NDArray[np.float64] = (mask / (1 - np.array(rates))).mean(axis=0)
    return mean


def drop_grid(
    masks: NDArray[np.bool_], rates: tuple[float, ...], stages: tuple[str, ...]
) -> go.Figure:
    """A row a sample, a column a block: coloured where the branch runs, empty where it is dropped.

    ``stages`` names the stage of every block.
    """
    samples, blocks = masks.shape
    figure = theme.blank(height=max(240, 90 + 18 * samples), top=26, bottom=8)
    for kept in (True, False):
        rows, columns = np.nonzero(masks == kept)
        colours = [theme.stage_colour(stages[i]) for i in columns]
        figure.add_scatter(
            x=columns + 1,
            y=rows + 1,
            mode="markers",
            marker={
                "symbol": "square" if kept else "x-thin",
                "size": 13 if kept else 9,
                "color": colours if kept else theme.MUTED,
                "line": {"width": 0 if kept else 2, "color": theme.MUTED},
            },
            name=t("block.drop.kept") if kept else t("block.drop.dropped"),
            customdata=[f"×{1 / (1 - rates[i]):.2f}" if kept else "×0" for i in columns],
            hovertemplate=t("block.drop.hover") + "<extra></extra>",
            showlegend=not kept,
        )
    figure.update_xaxes(
        title_text=t("block.drop.block_axis"),
        tickvals=list(range(1, blocks + 1)),
        ticktext=[f"{rate:.0%}" for rate in rates],
        range=[0.3, blocks + 0.7],
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        title_text=t("block.drop.sample_axis"),
        dtick=1 if samples <= 12 else 4,
        range=[samples + 0.6, 0.4],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def survival_bars(rates: tuple[float, ...], stages: tuple[str, ...]) -> go.Figure:
    """Probability with which every block's branch runs; ``stages`` names the stage of each."""
    figure = theme.blank(height=210, top=8)
    figure.add_bar(
        x=list(range(1, len(rates) + 1)),
        y=[1 - rate for rate in rates],
        marker={"color": [theme.stage_colour(stage) for stage in stages]},
        hovertemplate="%{x}: %{y:.1%}<extra></extra>",
    )
    figure.update_xaxes(title_text=t("recipe.drop.block_axis"), fixedrange=True, showgrid=False)
    figure.update_yaxes(
        title_text=t("recipe.drop.survival_axis"), range=[0, 1.02], tickformat=".0%"
    )
    figure.update_layout(bargap=0.15)
    return figure
