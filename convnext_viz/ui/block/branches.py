"""Sections "layer scale" and "stochastic depth": how much, and how often, a branch adds."""

from dataclasses import replace
from math import floor
from typing import Any

import streamlit as st

from convnext_viz.plots import branch, names
from convnext_viz.specs import CIFAR, CONVNEXT, VARIANTS
from convnext_viz.text import t
from convnext_viz.ui import named_networks
from convnext_viz.ui.block import subjects
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number, put
from convnext_viz.ui.questions import questions

_DRAWS = 1000  # of which branches to drop; then the first one comes again
_EXPONENTS = [e / 2 for e in range(-12, 1)]  # of an initial γ, to the base of ten
_PAPERS = -6.0  # the one of the paper's γ
_SAMPLES = (8, 16, 32)
_DROPPING = ("convnext_tiny", "convnext_small", "cifar_ln_gelu")


def show_scale() -> None:
    """The branch's share of every block, for any initial γ, or as it was learned."""
    networks = ("cifar10_ln_gelu", "convnext_tiny")
    subject = subjects.choose(networks, block=False)
    learned = False
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        exponent = st.select_slider(
            t("block.scale.init"),
            _EXPONENTS,
            format_func=_power,
            key=choice("block_gamma", _EXPONENTS, _PAPERS, link="gamma"),
            on_change=put,
            args=("block_learned", False),  # who moves γ wants to see it
        )
    if named_networks.is_trained(subject.network):
        with right:
            learned = st.toggle(
                t("block.scale.take_learned"),
                key=choice("block_learned", (False, True), exponent == _PAPERS, link="learned"),
            )
    with st.spinner(t("block.trace.loading"), show_time=True):
        shares = subjects.shares(subject.network, subject.image, None if learned else 10**exponent)
    picture, words = st.columns([3, 1], gap="medium", vertical_alignment="center")
    with picture:
        chart(
            branch.share_bars(shares, learned=learned),
            alt=t(
                "block.scale.alt",
                low=f"{min(s.share for s in shares):.2g}",
                high=f"{max(s.share for s in shares):.2g}",
            ),
            key="block_shares",
        )
    with words:
        st.latex(r"\frac{\lVert \gamma \odot F(x) \rVert}{\lVert x \rVert}")
        st.markdown(t("block.scale.read"))
    questions("block", "layer_scale")


def _power(exponent: float) -> str:
    """``-6`` → ``"10⁻⁶"``, ``-5.5`` → ``"3.2·10⁻⁶"``."""
    power = floor(exponent)
    factor = "" if exponent == power else "3.2·"
    return "1" if exponent == 0 else f"{factor}10{str(power).translate(_RAISED)}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def show_drop_path() -> None:
    """Samples × blocks: which branches run, the schedule, and that the expectation stays."""
    columns = st.columns([4, 3, 3, 2], vertical_alignment="bottom")
    with columns[0]:
        rate = st.slider(
            t("block.drop.rate"),
            0.0,
            0.9,
            step=0.05,
            key=number("block_rate", 0.0, 0.9, 0.3, link="rate"),
        )
    with columns[1]:
        samples: Any = st.segmented_control(
            t("block.drop.samples"),
            _SAMPLES,
            key=choice("block_samples", _SAMPLES, 16, link="samples"),
            required=True,
        )
    with columns[2]:
        network = st.selectbox(
            t("common.network.label"),
            _DROPPING,
            format_func=lambda name: names.network(VARIANTS[name]),
            key=choice("block_depth", _DROPPING, "convnext_tiny", link="depth"),
        )
    with columns[3]:
        seed = st.session_state[choice("block_draw", range(_DRAWS), 0, link="draw")]
        st.button(
            t("block.drop.again"),
            icon=":material/casino:",
            key="block_again",
            on_click=put,
            args=("block_draw", (seed + 1) % _DRAWS),
        )
    spec = replace((CONVNEXT | CIFAR)[network], drop_path_rate=rate)
    rates = spec.drop_path_rates
    stages = tuple(f"stage{i + 1}" for i, depth in enumerate(spec.depths) for _ in range(depth))
    masks = branch.drop_masks(rates, samples, seed=seed)
    picture, words = st.columns([3, 1], gap="medium")
    with picture:
        chart(
            branch.drop_grid(masks, rates, stages),
            alt=t("block.drop.alt", dropped=int((~masks).sum()), total=masks.size),
            key="block_drops",
        )
    with words:
        st.metric(
            t("block.drop.running"),
            f"{masks.sum(axis=1).mean():.1f} / {len(rates)}",
            help=t("block.drop.running_help", expected=f"{sum(1 - r for r in rates):.1f}"),
        )
        st.markdown(f"**{t('block.drop.expectation')}**")
        lines = [
            f"|{t('block.drop.draws')}|{t('block.drop.mean')}|",
            "|---|---|",
            *(
                f"|{draws:,}|{branch.mean_factor(rates, draws, seed=seed).mean():.4f}|"
                for draws in (samples, 1_000, 20_000)
            ),
        ]
        st.markdown("\n".join(lines))
        st.caption(t("block.drop.note"))
    questions("block", "drop_path")
