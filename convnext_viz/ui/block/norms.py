"""Section "norms": which cells share a mean, and what evaluation changes."""

from typing import Any

import streamlit as st

from convnext_viz.plots import norms
from convnext_viz.text import t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, put
from convnext_viz.ui.questions import questions

TRIOS = {"paper": ("batch", "layer", "layer_chw"), "others": ("instance", "group", "rms")}
_SHOWS = ("before", "after")
_AXES = ("n", "c", "h", "w")


def show() -> None:
    """Three normalisations of one small tensor: which cells share a mean with the chosen one."""
    columns = st.columns([5, 4, 4, 3], vertical_alignment="bottom")
    with columns[0]:
        which: Any = st.segmented_control(
            t("block.norm.which"),
            list(TRIOS),
            format_func=lambda trio: t(f"block.norm.trio.{trio}"),
            key=choice("block_norms", TRIOS, "paper", link="norms"),
            required=True,
        )
        trio = TRIOS[which]
    with columns[1]:
        sizes = range(1, norms.SHAPE[0] + 1)
        samples = st.select_slider(
            t("block.norm.batch"), sizes, key=choice("block_batch", sizes, 4, link="batch")
        )
    with columns[2]:
        shows: Any = st.segmented_control(
            t("block.norm.shows"),
            _SHOWS,
            format_func=lambda shows: t(f"block.norm.show.{shows}"),
            key=choice("block_shows", _SHOWS, "before", link="shows"),
            required=True,
        )
    with columns[3]:
        evaluating = st.toggle(
            t("block.norm.eval"),
            key=choice("block_eval", (False, True), False, link="eval"),
            help=t("block.norm.eval_help", seen=norms.SEEN),
            disabled="batch" not in trio,
        )
    cell = _cell(samples)
    x = norms.example(samples)
    running = norms.running_statistics(norms.SHAPE[0])
    for norm, column in zip(trio, st.columns(3), strict=True):
        fixed = running if norm == "batch" and evaluating else None
        after = norms.normalise(norm, x, running=fixed)
        mean, variance = norms.statistics(norm, x)
        count = int(norms.sharing(norm, x.shape, cell).sum())
        at = (0, cell[1], 0, 0)
        numbers = {
            "count": count,
            "mean": norms.written(fixed[0][at] if fixed else mean[cell]),
            "std": norms.written((fixed[1][at] if fixed else variance[cell]) ** 0.5),
            "value": norms.written(x[cell], 1),
            "after": norms.written(after[cell]),
        }
        with column:
            st.markdown(f"**{t(f'block.norm.name.{norm}')}**")
            with st.container(key=f"block_tensor_{norm}"):
                chart(
                    norms.cells(norm, x, cell, shown=after if shows == "after" else None),
                    alt=t("block.norm.alt", norm=t(f"block.norm.short.{norm}"), **numbers),
                    key=f"block_cells_{norm}",
                    on_click=_open_cell,
                )
            key = "running" if fixed else "root" if norm == "rms" else "shared"
            st.markdown(t(f"block.norm.{key}", **numbers))
    st.markdown(f"**{t('block.norm.moves')}**")
    chart(
        norms.against_batch(trio, cell, evaluating=evaluating),
        alt=t("block.norm.alt_moves"),
        key="block_moves",
    )
    _choose_cell(samples)
    questions("block", "layer_norm", "over_c", "eval", "vanishing", "before_downsampling")


def _cell(samples: int) -> norms.Cell:
    """The chosen cell."""
    n, c, h, w = (
        int(st.session_state[choice(f"block_cell_{axis}", range(size), 0, link=f"cell_{axis}")])
        for axis, size in zip(_AXES, (samples, *norms.SHAPE[1:]), strict=True)
    )
    return n, c, h, w


def _open_cell(cell: tuple[int, ...]) -> None:
    for axis, place in zip(_AXES, cell, strict=True):
        put(f"block_cell_{axis}", place)


def _choose_cell(samples: int) -> None:
    sizes = (samples, *norms.SHAPE[1:])
    for axis, size, column in zip(_AXES, sizes, st.columns(4), strict=True):
        if size > 1:  # else there is nothing to choose
            label, places = t(f"block.norm.axis.{axis}"), range(size)
            column.select_slider(label, places, key=f"block_cell_{axis}")
