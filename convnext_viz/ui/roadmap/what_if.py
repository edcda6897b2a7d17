"""What if: the changes of the roadmap in another order, some left out, some added."""

from functools import lru_cache
from itertools import takewhile
from typing import Any

import streamlit as st

from convnext_viz.numbers import compact, digits
from convnext_viz.plans import plan
from convnext_viz.specs import Spec, Step, roadmap
from convnext_viz.specs.published_roadmap import published_step
from convnext_viz.specs.roadmap import FURTHER, walk
from convnext_viz.text import prose, t
from convnext_viz.ui.choices import ordered, put
from convnext_viz.ui.roadmap import lab


def show(regime: str) -> None:
    """The changes, and what each of them makes of cost and accuracy."""
    paper = [step.key for step in roadmap(regime)[1:] if step.adopted]
    known = [*(step.key for step in roadmap(regime)[1:]), *FURTHER]
    st.subheader(t("roadmap.what_if.title"), anchor=False)
    st.markdown(prose("roadmap", "what_if"))
    key = ordered("roadmap_order", known, paper, link="order")
    chosen: list[str] = st.multiselect(
        t("roadmap.what_if.changes"),
        known,
        format_func=lambda name: t(f"roadmap.step.{name}"),
        key=key,
    )
    same = chosen == paper
    with st.container(horizontal=True, vertical_alignment="center", key="roadmap_order_reset"):
        st.button(
            t("roadmap.what_if.reset"),
            icon=":material/restart_alt:",
            key="roadmap_reset",
            disabled=same,
            on_click=put,
            args=(key, paper),
        )
        if same:
            st.caption(t("roadmap.what_if.same"))
    rows, problem = _rows(regime, chosen, paper)
    st.dataframe(rows, hide_index=True, height=38 + 35 * len(rows))
    if problem:
        st.warning(problem, icon=":material/block:")
    elif not same:
        lab.offer_order(paper, chosen)


def _rows(
    regime: str, chosen: list[str], paper: list[str]
) -> tuple[list[dict[str, Any]], str | None]:
    """A row a network, as far as the changes are possible; and why they go no further."""
    alike = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(chosen, paper, strict=False))))
    rows: list[dict[str, Any]] = []
    steps = walk(regime, chosen)
    for number in range(len(chosen) + 1):
        try:
            step = next(steps)
            rows.append(_row(step, regime, published=number <= alike))
        except ValueError as error:
            name = t(f"roadmap.step.{chosen[number - 1]}")
            return rows, t("roadmap.what_if.invalid", step=name, error=error)
    return rows, None


def _row(step: Step, regime: str, *, published: bool) -> dict[str, Any]:
    macs, params = _cost(step.spec)
    accuracy = published_step(step.key, regime).top1 if published else ""
    return {
        t("roadmap.what_if.step"): t(f"roadmap.step.{step.key}"),
        t("roadmap.what_if.macs"): digits(macs / 1e9),
        t("roadmap.what_if.params"): compact(params),
        t("roadmap.what_if.accuracy"): f"{accuracy}%" if accuracy else t("roadmap.what_if.unknown"),
    }


@lru_cache(maxsize=512)
def _cost(spec: Spec) -> tuple[int, int]:
    """Multiply-adds of one image, and parameters."""
    found = plan(spec)
    return found.macs, found.params
