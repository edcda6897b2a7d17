"""Larger images: how multiply-adds grow, and the activations that one image leaves in memory."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plans import Plan
from convnext_viz.plots import image_sizes, network_bars
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.compare.choose import named, planned

_SIDES = tuple(range(128, 1025, 32))  # pixels
_FROM, _TO = 224, 448  # pixels: four times as many of them
_PER = ("pixel", "image")


def growth(networks: Sequence[str], size: int) -> None:
    """Multiply-adds over the image's side, per pixel or in all."""
    st.subheader(t("compare.sizes.title"), anchor=False)
    grown = [planned(name, _TO).macs / planned(name, _FROM).macs for name in networks]
    said = t("compare.joint").join(
        t(
            "compare.sizes.times",
            network=named(planned(name, _FROM)),
            times=f"{times:.2f}",
        )
        for name, times in zip(networks, grown, strict=True)
    )
    st.markdown(t("compare.sizes.answer", first=_FROM, last=_TO, networks=said))
    per: Any = st.segmented_control(
        t("compare.sizes.per"),
        _PER,
        format_func=lambda key: t(f"compare.sizes.choose_{key}"),
        key=choice("compare_per", _PER, "pixel", link="per"),
        required=True,
        label_visibility="collapsed",
    )
    costs = [_costs(name) for name in networks]
    chart(
        image_sizes.growth(costs, per=per, chosen=size),
        key="compare_growth",
        alt=image_sizes.describe(costs),
    )
    st.markdown(prose("compare", "sizes"))


def memory(plans: Sequence[Plan]) -> None:
    """Activations of one image: all that training keeps, and the peak when nothing is kept."""
    st.subheader(t("compare.memory.title"), anchor=False)
    most = max(plans, key=lambda plan: plan.out_elements)
    least = min(plans, key=lambda plan: plan.out_elements)
    st.markdown(
        t(
            "compare.memory.answer",
            most=named(most),
            least=named(least),
            times=f"{most.out_elements / least.out_elements:.2f}",
            macs=percent(most.macs / least.macs),
        )
    )
    chart(
        network_bars.activations(plans),
        key="compare_memory",
        alt=network_bars.describe_activations(plans),
    )
    st.markdown(prose("compare", "memory"))


@lru_cache(maxsize=128)
def _costs(name: str) -> image_sizes.Costs:
    return image_sizes.costs([planned(name, side) for side in _SIDES])
