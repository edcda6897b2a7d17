"""Sections "layer scale" and "stochastic depth": how much, and how often, a branch adds."""

from dataclasses import replace
from math import floor

import streamlit as st

from convnext_viz.plots import branch, names
from convnext_viz.specs import VARIANTS
from convnext_viz.text import t
from convnext_viz.ui.block import state, subjects
from convnext_viz.ui.block.questions import STILL, questions

_DRAWS = 1000  # of which branches to drop; then the first one comes again


def show_scale() -> None:
    """The branch's share of every block, for any initial γ, or as it was learned."""
    networks = ("cifar_ln_gelu", "convnext_tiny")
    subject = subjects.choose(networks, block=False)
    learned = False
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        exponent = state.steps(
            "gamma",
            t("block.scale.init"),
            [e / 2 for e in range(-12, 1)],
            usual=-6.0,
            says=_power,
        )
    if subjects.is_trained(subject.network):
        with right:
            learned = state.switch("learned", t("block.scale.take_learned"))
    with st.spinner(t("block.trace.loading"), show_time=True):
        shares = subjects.shares(
            subject.network, subject.picture, None if learned else 10**exponent
        )
    picture, words = st.columns([3, 1], gap="medium", vertical_alignment="center")
    with picture:
        st.plotly_chart(
            branch.share_bars(shares, learned=learned),
            alt=t(
                "block.scale.alt",
                low=f"{min(s.share for s in shares):.2g}",
                high=f"{max(s.share for s in shares):.2g}",
            ),
            key="block_shares",
            config=STILL,
        )
    with words:
        st.latex(r"\frac{\lVert \gamma \odot F(x) \rVert}{\lVert x \rVert}")
        st.markdown(t("block.scale.read"))
    questions("layer_scale")


def _power(exponent: float) -> str:
    """``-6`` → ``"10⁻⁶"``, ``-5.5`` → ``"3.2·10⁻⁶"``."""
    whole = floor(exponent)
    factor = "" if exponent == whole else "3.2·"
    return "1" if exponent == 0 else f"{factor}10{str(whole).translate(_RAISED)}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def show_drop_path() -> None:
    """Samples × blocks: which branches run, the schedule, and that the expectation stays."""
    columns = st.columns([4, 3, 3, 2], vertical_alignment="bottom")
    with columns[0]:
        rate = state.slide("rate", t("block.drop.rate"), 0.0, 0.9, 0.05, usual=0.3)
    with columns[1]:
        samples = state.segments("samples", t("block.drop.samples"), [8, 16, 32], usual=16)
    with columns[2]:
        network = state.menu(
            "depth",
            t("block.choose.network"),
            ["convnext_tiny", "convnext_small", "cifar_ln_gelu"],
            usual="convnext_tiny",
            says=lambda name: names.network(VARIANTS[name]),
        )
    with columns[3]:
        state.seed("draw", range(_DRAWS), 0)
        if st.button(t("block.drop.again"), icon=":material/casino:", key="block_again"):
            st.session_state[state.key("draw")] += 1
            st.session_state[state.key("draw")] %= _DRAWS
    seed = state.remember("draw", st.session_state[state.key("draw")], 0)
    spec = replace(VARIANTS[network], drop_path_rate=rate)
    rates = spec.drop_path_rates
    stages = tuple(f"stage{i + 1}" for i, depth in enumerate(spec.depths) for _ in range(depth))
    masks = branch.drop_masks(rates, samples, seed=seed)
    picture, words = st.columns([3, 1], gap="medium")
    with picture:
        st.plotly_chart(
            branch.drop_grid(masks, rates, stages),
            alt=t("block.drop.alt", dropped=int((~masks).sum()), total=masks.size),
            key="block_drops",
            config=STILL,
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
                f"|{draws:,}|{branch.kept_mean(rates, draws, seed=seed).mean():.4f}|"
                for draws in (samples, 1_000, 20_000)
            ),
        ]
        st.markdown("\n".join(lines))
        st.caption(t("block.drop.note"))
    questions("drop_path")
