"""The Recipe page: every ingredient of the paper's training, applied to an image or a network."""

from typing import Any

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui import paper_recipes
from convnext_viz.ui.choices import choice
from convnext_viz.ui.recipe import (
    augmenting,
    average,
    decay,
    depth,
    layers,
    mixing,
    schedule,
    smoothing,
)
from convnext_viz.ui.shell import framed, odd_link

framed()

# Only the open section runs: some of them wait for torch.
SECTIONS = {
    "schedule": schedule.show,
    "decay": decay.show,
    "mixing": mixing.show,
    "augmenting": augmenting.show,
    "smoothing": smoothing.show,
    "drop": depth.show_drop_path,
    "scale": depth.show_layer_scale,
    "average": average.show,
    "layers": layers.show,
    "length": schedule.show_length,
}

with st.container(gap="small"):
    section: Any = st.segmented_control(
        t("recipe.section.label"),
        list(SECTIONS),
        format_func=lambda name: t(f"recipe.section.{name}"),
        key=choice("recipe_section", SECTIONS, "schedule", link="section"),
        required=True,
        label_visibility="collapsed",
    )
    st.caption(t(f"recipe.says.{section}"))

SECTIONS[section]()

with st.expander(t("recipe.table"), key="recipe_table"):
    what = t("train_page.paper.what")
    st.dataframe(
        [{what: paper_recipes.name(row)} | paper_recipes.row(row) for row in paper_recipes.ROWS],
        hide_index=True,
        height=38 + 35 * len(paper_recipes.ROWS),
    )
    st.caption(t("train_page.paper.source"))

odd_link()
