"""Section "flow": rollout, gradient-weighted attention and Grad-CAM of one image, side by side."""

from math import isnan

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convnext_viz.plots import patches
from convnext_viz.results.tokens import TokenMapTest
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.explain.views.evidence import SETTLED
from convnext_viz.ui.vit import measured
from convnext_viz.ui.vit import subject as subjects
from convnext_viz.ui.vit.subject import Subject


def show() -> None:
    """Six maps of one image; which of them depend on the class is said above each."""
    subject = subjects.choose()
    with st.spinner(t("common.loading"), show_time=True):
        labels = subject.labels
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        target = subjects.choose_class(subject)
    with right:
        tested = st.toggle(
            t("vit.flow.test"),
            key=choice("vit_tested", (False, True), False, link="tested"),
            help=t("vit.flow.test_help"),
        )
    found = measured.maps(subject, target)
    for column, (name, values) in zip(st.columns(len(found)), found.items(), strict=True):
        with column:
            _map(subject, name, values)
    st.caption(t("vit.flow.note"))
    if tested:
        with st.spinner(t("vit.flow.testing"), show_time=True):
            tests = measured.map_tests(subject, target)
        _table(tests, labels[target])
    st.markdown(prose("vit", "flow"))


def _map(subject: Subject, name: str, values: NDArray[np.floating]) -> None:
    from convnext_viz.explain.inside.token_maps import CLASS_BLIND

    kind = "blind" if name in CLASS_BLIND else "specific"
    st.markdown(f"**{t(f'vit.flow.{name}')}**  \n:small[:gray[{t(f'vit.flow.{kind}')}]]")
    place = np.unravel_index(int(values.argmax()), values.shape)
    grid = (values.shape[0], values.shape[1])
    chart(
        patches.picture(
            subject.image, grid, subjects.patch_names(grid, values), values=values, height=250
        ),
        key=f"vit_flow_{name}",
        alt=t(
            "vit.flow.alt",
            name=t(f"vit.flow.{name}"),
            row=int(place[0]),
            column=int(place[1]),
        ),
    )
    if not values.any():
        st.caption(t("vit.flow.empty"))


def _table(tests: tuple[TokenMapTest, ...], label: str) -> None:
    head = [t(f"vit.flow.{one}") for one in ("map", "deletion", "insertion", "shuffled")]
    lines = ["|".join(head), "|".join(["---"] * len(head))]
    for one in tests:
        areas = one.faithfulness.areas()
        pairs = [
            t("vit.flow.area", own=f"{areas[key]:.3f}", random=f"{areas[f'random_{key}']:.3f}")
            for key in ("deletion", "insertion")
        ]
        same = "–" if isnan(one.shuffled) else f"{one.shuffled:.2f}".replace("-", "−")
        lines.append("|".join([t(f"vit.flow.{one.name}"), *pairs, same]))
    st.markdown("\n".join(f"|{line}|" for line in lines))
    st.caption(t("vit.flow.table_note", label=label))
    if all(one.faithfulness.reach < SETTLED for one in tests):
        st.info(t("vit.flow.unmoved", label=label), icon=":material/horizontal_rule:")
