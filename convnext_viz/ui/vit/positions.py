"""Section "positions": how alike the position embeddings of two patches are, at any image size."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from convnext_viz.plots import patches
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.vit import subject as subjects

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIZES = (0.5, 0.75, 1.5, 2.0)  # of the side of the image
_MOST = 256  # patches whose maps are shown all at once


def show() -> None:
    """The cosine of one position with all others, before and after a change of image size; and
    the maps of all positions."""
    subject = subjects.choose()
    with st.spinner(t("common.loading"), show_time=True):
        trace = subject.trace
    rows, columns = trace.grid
    factor: Any = st.segmented_control(
        t("vit.positions.size"),
        _SIZES,
        format_func=lambda one: f"{round(rows * one) * trace.patch[0]} px",
        key=choice("vit_size", _SIZES, 2.0, link="size"),
        required=True,
    )
    other = (round(rows * factor), round(columns * factor))
    before = similarity(subject.network, trace.grid, trace.positions)
    after = similarity(subject.network, other, trace.positions)
    chosen = subjects.patch(subject)
    moved = int((chosen // columns + 0.5) * factor) * other[1] + int(
        (chosen % columns + 0.5) * factor
    )
    left, right, every = st.columns([1, 1, 1.2], gap="medium")
    for column, name, grid, table, number in (
        (left, "before", trace.grid, before, chosen),
        (right, "after", other, after, moved),
    ):
        values = table[number].reshape(grid)
        with column:
            st.markdown(
                t(
                    f"vit.positions.{name}",
                    grid=f"{grid[0]}×{grid[1]}",
                    side=grid[0] * trace.patch[0],
                )
            )
            chart(
                patches.numbers(
                    values,
                    subjects.patch_names(grid, values),
                    limit=1.0,
                    chosen=number,
                    height=320,
                ),
                key=f"vit_positions_{name}",
                alt=t(
                    "vit.positions.alt",
                    row=number // grid[1],
                    column=number % grid[1],
                    low=f"{values.min():.2f}",
                ),
                on_click=subjects.take_patch if name == "before" else None,
            )
    with every:
        st.markdown(t("vit.positions.every"))
        _every(before, trace.grid, chosen)
    st.markdown(prose("vit", "positions"))


def _every(table: "NDArray[np.float64]", grid: tuple[int, int], chosen: int) -> None:
    rows, columns = grid
    if rows * columns > _MOST:
        st.caption(t("vit.positions.too_many", count=rows * columns))
        return
    names = subjects.patch_names(grid)
    told = [names[row * columns : (row + 1) * columns] for row in range(rows)]
    chart(
        patches.mosaic(
            table.reshape(rows, columns, rows, columns),
            told,
            chosen=divmod(chosen, columns),
            signed=True,
            side=max(24, 330 // rows),
        ),
        key="vit_positions_every",
        alt=t("vit.positions.alt_every", rows=rows, columns=columns),
        on_click=lambda clicked: subjects.take_patch(int(clicked[0]) * columns + int(clicked[1])),
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def similarity(
    network: str, grid: tuple[int, int], _positions: "NDArray[np.float32]"
) -> "NDArray[np.float64]":
    """Cosines of the positions of a network on a grid, (n, n)."""
    from convnext_viz.explain.inside.positions import position_similarity, positions_at

    return position_similarity(positions_at(_positions, grid))
