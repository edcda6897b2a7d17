"""Sections that measure: two ways of writing a block, activations on real numbers, layer scale."""

from math import floor

import streamlit as st

from convnext_viz.numbers import duration, percent
from convnext_viz.plots import activations, branch, names
from convnext_viz.plots import ways as ways_plot
from convnext_viz.results import WaysCompared
from convnext_viz.specs import VARIANTS
from convnext_viz.text import prose, t
from convnext_viz.ui.block import state, subjects
from convnext_viz.ui.block.subjects import Subject

STILL = {"displayModeBar": False}
WAYS = ("channels_first", "channels_last")


def questions(*asked: str) -> None:
    """Answers under the picture, folded away."""
    for one in asked:
        with st.expander(t(f"block.why.{one}")):
            st.markdown(prose("block", f"why_{one}"))


def show_ways() -> None:
    """Both implementations as code, run side by side on a button."""
    subject = subjects.choose(("cifar_ln_gelu", "convnext_tiny"))
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        samples = state.segments("n", t("block.ways.samples"), [1, 4, 16], usual=4)
    with right:
        pressed = st.button(
            t("block.ways.run"), type="primary", icon=":material/timer:", key="block_run"
        )
    if pressed:
        with st.spinner(t("block.ways.running"), show_time=True):
            st.session_state["block_ways"] = subject, subjects.ways(subject, samples)
    known, compared = st.session_state.get("block_ways", (None, None))
    if compared is not None:
        _compared(known, compared)
    else:
        st.info(t("block.ways.not_yet"), icon=":material/info:")
    for way, column in zip(WAYS, st.columns(2), strict=True):
        with column:
            st.markdown(f"**{t(f'block.ways.name.{way}')}**")
            with st.spinner(t("block.trace.loading")):
                st.code(_source(way), language="python", wrap_lines=True)
    questions("linear")


@st.cache_data(show_spinner=False)
def _source(way: str) -> str:
    from convnext_viz.explain.inside.block_ways import way_source

    return way_source(way)


def _compared(subject: Subject, compared: WaysCompared) -> None:
    picture, words = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        st.plotly_chart(
            ways_plot.times(compared),
            alt=t("block.ways.alt", rows=_times(compared)),
            key="block_times",
            config=STILL,
        )
    with words:
        st.metric(
            t("block.ways.difference"),
            f"{compared.difference:.1e}",
            help=t("block.ways.difference_help", largest=f"{compared.largest:.3g}"),
        )
        st.markdown(
            t(
                "block.ways.caveat",
                network=names.network(VARIANTS[subject.network]),
                stage=names.stage(subject.stage),
                shape="×".join(map(str, compared.shape)),
                threads=compared.threads,
                rounds=compared.timings[0].rounds,
            )
        )


def _times(compared: WaysCompared) -> str:
    return "; ".join(
        f"{t(f'block.ways.name.{one.way}')}, {t(f'block.ways.memory.{one.memory}')}:"
        f" {duration(one.seconds)}"
        for one in compared.timings
    )


def show_act() -> None:
    """Curves and slopes at once; then what the functions make of a real activation's inputs."""
    known = tuple(activations.FUNCTIONS)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        shown = state.several(
            "acts",
            t("block.act.which"),
            known,
            usual=known[:2],
            says=lambda name: t(f"block.act.name.{name}"),
        )
    with right:
        marked = state.slide("x", t("block.act.at"), -4.0, 4.0, 0.05, usual=-0.75)
    st.plotly_chart(
        activations.curves(shown, marked=marked),
        alt=t("block.act.alt_curves"),
        key="block_curves",
        config=STILL,
    )
    st.markdown(f"**{t('block.act.real')}**")
    subject = subjects.choose()
    described = subject.described
    act = next(layer for layer in described.body if layer.kind in activations.FUNCTIONS)
    with st.spinner(t("block.trace.loading"), show_time=True):
        traced = subjects.traced(subject.network, subject.stage, subject.block, subject.picture)
    before = traced.before(act.name.rpartition(".")[2])[0].values
    picture, table = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        st.plotly_chart(
            activations.outputs(before, shown),
            alt=t("block.act.alt_outputs"),
            key="block_outputs",
            config=STILL,
        )
    with table:
        rows = activations.shares(before, shown)
        head = [t("block.act.which"), *(t(f"block.act.{k}") for k in ("negative", "zero", "flat"))]
        lines = ["|".join(head), "|".join(["---"] * len(head))]
        for name, row in rows.items():
            lines.append("|".join([t(f"block.act.name.{name}"), *map(percent, row.values())]))
        st.markdown("\n".join(f"|{line}|" for line in lines))
        st.caption(t("block.act.note", act=names.kind(act)))
    questions("gelu")


def _power(exponent: float) -> str:
    """``-6`` → ``"10⁻⁶"``, ``-5.5`` → ``"3.2·10⁻⁶"``."""
    whole = floor(exponent)
    factor = "" if exponent == whole else "3.2·"
    return "1" if exponent == 0 else f"{factor}10{str(whole).translate(_RAISED)}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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
