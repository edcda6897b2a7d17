"""The link of the page: what of it is not possible, in words."""

import streamlit as st

from convnext_viz.text import t
from convnext_viz.ui.choices import rejected
from convnext_viz.ui.factors import FACTORS
from convnext_viz.ui.literal import literal
from convnext_viz.ui.train import fields

_NAMES = {
    "net": "train_page.arms.base",
    "data": "train_page.data.label",
    "images": "train_page.data.pictures",
    "preset": "train_page.preset.label",
    "minutes": "train_page.budget.minutes",
    "by_time": "train_page.budget.follows",
    "seeds": "train_page.seeds.label",
    "pinned": "train_page.shelf.pinned",
    "curves": "train_page.watch.curves",
    "axis": "train_page.watch.axis",
    "smoothing": "train_page.watch.smoothing",
    "panel": "train_page.panel.label",
}


def note() -> None:
    """After all choices: every word of the link that was refused."""
    for parameter, value in rejected().items():
        st.warning(
            t("train_page.link.word", name=_name(parameter), value=literal(value[:60])),
            icon=":material/link_off:",
        )


def _name(parameter: str) -> str:
    if parameter in _NAMES:
        return t(_NAMES[parameter])
    if parameter in FACTORS:
        return t(f"train_page.factor.{parameter}")
    return fields.name(f"recipe.{parameter}")
