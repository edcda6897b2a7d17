"""The paper's four recipes as a table, next to the chosen one."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.paper_recipes import OF_THE_NETWORK, OPTIMIZERS, ROWS, name, number, row
from convnext_viz.ui.train import setup


def show(chosen: Mapping[str, Any]) -> None:
    """The table; ``chosen`` are the values of the controls."""
    st.dataframe(
        [
            {t("train_page.paper.what"): name(one)}
            | row(one)
            | {t("train_page.paper.here"): _here(one, chosen)}
            for one in ROWS
        ],
        hide_index=True,
        width="stretch",
        height=38 + 35 * len(ROWS),
        column_config={
            t("train_page.paper.what"): st.column_config.TextColumn(width=190),
            t("train_page.paper.in1k"): st.column_config.TextColumn(width=165),
        },
    )
    st.caption(t("train_page.paper.source"))


def _here(row: str, chosen: Mapping[str, Any]) -> str:
    if row in OF_THE_NETWORK:
        return " | ".join(number(value) for value in setup.values(row)) or number(None)
    match row:
        case "optimizer":
            return OPTIMIZERS[chosen[row]]
        case "betas":
            return f"{chosen['beta1']:g} / {chosen['beta2']:g}"
        case "layer_decay":
            return number(None)
        case "rand_augment" if chosen[row]:
            return f"{chosen[row]:g} ± {chosen['rand_augment_spread']:g}"
    return number(chosen[row])
