"""A set of the visitor's own images as the data of a run."""

from typing import Any

import streamlit as st

from convnext_viz.data import DataSpec
from convnext_viz.data.sources import facts
from convnext_viz.numbers import exact
from convnext_viz.text import t
from convnext_viz.ui.boundary import attempt
from convnext_viz.ui.choices import put, value
from convnext_viz.ui.picture_sets import find, sets
from convnext_viz.ui.shell import open_page

SIZES = (32, 48, 64, 96, 128)
_SET, _SIZE = "train_own_set", "train_own_size"  # in no link: a set is nobody else's


def choose() -> DataSpec | None:
    """The chosen set; None, with what to do, where there is none that can be trained on."""
    known = {one.id: one for one in sets()}
    if not known:
        st.info(t("train_page.data.no_set"))
        open_page("yours")
        return None
    if value(_SET, None) not in known:
        put(_SET, next(iter(known)))
    chosen: Any = st.selectbox(
        t("yours.sets.label"), list(known), format_func=lambda id_: known[id_].name, key=_SET
    )
    if value(_SIZE, None) not in SIZES:
        put(_SIZE, SIZES[0])
    side: Any = st.selectbox(
        t("yours.size.label"),
        SIZES,
        format_func=lambda one: t("yours.size.px", side=one),
        key=_SIZE,
    )
    data = DataSpec(kind="own", path=str(chosen), image_size=int(side))
    found = attempt(lambda: facts(data))
    if found is None:
        return None
    counts = {"train": exact(found.train), "test": exact(found.test), "classes": found.classes}
    st.caption(t("train_page.data.found", **counts))
    return data


def take_over(data: DataSpec) -> bool:
    """Set the controls to a run's set; False where this visitor has no such set."""
    if find(data.path) is None or data.image_size not in SIZES or data.train is not None:
        return False
    put(_SET, data.path)
    put(_SIZE, data.image_size)
    return True
