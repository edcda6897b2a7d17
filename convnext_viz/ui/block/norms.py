"""Section "norms": which cells share a mean, and what evaluation changes."""

import streamlit as st

from convnext_viz.plots import norms
from convnext_viz.text import t
from convnext_viz.ui.block import state
from convnext_viz.ui.block.questions import STILL, questions

TRIOS = {"paper": ("batch", "layer", "layer_chw"), "others": ("instance", "group", "rms")}


def show_norms() -> None:
    """Three normalisations of one small tensor: which cells share a mean with the chosen one."""
    columns = st.columns([5, 4, 4, 3], vertical_alignment="bottom")
    with columns[0]:
        trio = TRIOS[
            state.segments(
                "norms",
                t("block.norm.which"),
                list(TRIOS),
                usual="paper",
                says=lambda one: t(f"block.norm.trio.{one}"),
            )
        ]
    with columns[1]:
        samples = state.steps(
            "batch", t("block.norm.batch"), list(range(1, norms.SHAPE[0] + 1)), usual=4
        )
    with columns[2]:
        shows = state.segments(
            "shows",
            t("block.norm.shows"),
            ["before", "after"],
            usual="before",
            says=lambda one: t(f"block.norm.show.{one}"),
        )
    with columns[3]:
        evaluating = state.switch(
            "eval",
            t("block.norm.eval"),
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
                st.plotly_chart(
                    norms.cells(norm, x, cell, shown=after if shows == "after" else None),
                    alt=t("block.norm.alt", norm=t(f"block.norm.short.{norm}"), **numbers),
                    key=f"block_cells_{norm}",
                    on_select="rerun",
                    selection_mode="points",
                    config=STILL,
                )
            key = "running" if fixed else "root" if norm == "rms" else "shared"
            st.markdown(t(f"block.norm.{key}", **numbers))
    st.markdown(f"**{t('block.norm.moves')}**")
    st.plotly_chart(
        norms.against_batch(trio, cell, evaluating=evaluating),
        alt=t("block.norm.alt_moves"),
        key="block_moves",
        config=STILL,
    )
    _choose_cell(samples)
    questions("layer_norm", "over_c", "eval", "vanishing", "before_downsampling")


_AXES = ("n", "c", "h", "w")


def _cell(samples: int) -> norms.Cell:
    """The chosen cell: that of a new click, else that of the sliders."""
    for norm in norms.AXES:
        event = st.session_state.get(f"block_cells_{norm}", {})
        points = event.get("selection", {}).get("points", [])
        clicked = tuple(points[0]["customdata"]) if points else None
        seen = f"block_cells_seen_{norm}"
        if clicked and clicked != st.session_state.get(seen):
            for axis, value in zip(_AXES, clicked, strict=True):
                st.session_state[state.key(f"cell_{axis}")] = value
        st.session_state[seen] = clicked
    sizes = (samples, *norms.SHAPE[1:])
    for axis, size in zip(_AXES, sizes, strict=True):
        state.seed(f"cell_{axis}", range(size), 0)
    n, c, h, w = (int(st.session_state[state.key(f"cell_{axis}")]) for axis in _AXES)
    return n, c, h, w


def _choose_cell(samples: int) -> None:
    sizes = (samples, *norms.SHAPE[1:])
    for axis, size, column in zip(_AXES, sizes, st.columns(4), strict=True):
        with column:
            state.steps(f"cell_{axis}", t(f"block.norm.axis.{axis}"), list(range(size)), usual=0)
